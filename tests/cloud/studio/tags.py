"""AddTags, ListTags and DeleteTags of SageMaker. Tag changes do not move LastModifiedTime."""

from __future__ import annotations

from typing import Any

from ..errors import validation
from ..world import Call
from .common import region_of, set_tags, tags_from
from .paging import page, with_token
from .store import Resource


def _resource(call: Call) -> Resource:
    arn = call.input["ResourceArn"]
    region = region_of(call)
    parts = arn.split(":", 5)
    if parts[3] != call.region or parts[4] != call.account:
        raise validation(f"The resource ARN {arn} is not in this account and region")
    resource = region.by_arn(arn)
    if resource is None:
        raise validation(f"RecordNotFound: {arn} does not exist")
    return resource


def add(call: Call) -> dict[str, Any]:
    resource = _resource(call)
    set_tags(call, resource, resource.tags | tags_from(call))
    return {"Tags": tag_list(resource.tags)}


def remove(call: Call) -> dict[str, Any]:
    resource = _resource(call)
    gone = set(call.input["TagKeys"])
    set_tags(call, resource, {key: value for key, value in resource.tags.items() if key not in gone})
    return {}


def list_all(call: Call) -> dict[str, Any]:
    resource = _resource(call)
    size = call.input.get("MaxResults", 50)
    call.input["MaxResults"] = size
    chosen, token = page(call, list(resource.tags.items()), lambda item: [item[0]])
    return with_token({"Tags": [{"Key": key, "Value": value} for key, value in chosen]}, token)


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
