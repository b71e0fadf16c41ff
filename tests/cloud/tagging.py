"""The resource groups tagging API over SageMaker Studio and IAM's customer managed policies.

Roles and users are left out on purpose: the real GetResources does not return them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from .errors import AwsError
from .iam import policies, state
from .iam.common import with_tags
from .studio.common import set_tags
from .studio.paging import BadToken, seal, unseal
from .world import Call

_TOKEN_SECONDS = 15 * 60
_IAM_REGION = "us-east-1"


@dataclass
class Tagged:
    """One resource as the tagging index has it."""

    arn: str
    type: str
    tags: dict[str, str]


def invalid(text: str) -> AwsError:
    return AwsError("InvalidParameterException", text)


def _index(call: Call) -> list[Tagged]:
    """Everything that is or was tagged, in order of ARN."""
    region = call.world.studio.region(call.account, call.region, call.partition)
    now = call.world.clock.now()
    found = []
    for item in region.resources():
        stale = now < item.indexed_until
        tags, ever = (item.indexed_tags or {}, item.indexed_ever) if stale else (item.tags, item.ever_tagged)
        if ever:
            found.append(Tagged(item.arn, "sagemaker:" + item.arn.split(":", 5)[5].split("/")[0], tags))
    if call.region == _IAM_REGION and not call.world.settings.tagging_lacks_policies:
        found.extend(_policies(call))
    return sorted(found, key=lambda item: item.arn)


def _policies(call: Call) -> list[Tagged]:
    found = []
    for policy in state.backend(call.account, call.partition).managed_policies.values():
        if ":iam::aws:" in policy.arn or not getattr(policy, "cloud_ever_tagged", False):
            continue
        tags = {tag["Key"]: tag["Value"] for tag in policies.tags_of(policy)}
        found.append(Tagged(policy.arn, "iam:policy", tags))
    return found


def get_resources(call: Call) -> dict[str, Any]:
    given = call.input
    arns = given.get("ResourceARNList")
    if arns is not None:
        others = [name for name in ("TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage",
                                    "PaginationToken") if given.get(name)]
        if others:
            raise invalid(f"ResourceARNList cannot be combined with {', '.join(others)}")
        wanted = {arn.lower() for arn in arns}
        return _answer([item for item in _index(call) if item.arn.lower() in wanted], "")
    size = _page_size(given)
    if not given.get("PaginationToken") and call.world.settings.empty_first_page:
        return _answer([], seal(call, [""]))
    if any("Key" not in wanted for wanted in given.get("TagFilters", [])):
        raise invalid("TagFilters must have a Key")
    items = [item for item in _index(call) if _type_fits(item, given.get("ResourceTypeFilters", []))
             and _tags_fit(item, given.get("TagFilters", []))]
    last = _last_arn(call, given.get("PaginationToken", ""))
    items = [item for item in items if item.arn > last]
    chosen = _within_tags(items[:size], given.get("TagsPerPage"))
    more = len(items) > len(chosen)
    return _answer(chosen, seal(call, [chosen[-1].arn]) if more else "")


def _page_size(given: dict[str, Any]) -> int:
    size, tags = given.get("ResourcesPerPage", 50), given.get("TagsPerPage", 100)
    if not 1 <= size <= 100:
        raise invalid("ResourcesPerPage must be between 1 and 100")
    if not 100 <= tags <= 500 or tags % 100:
        raise invalid("TagsPerPage must be a multiple of 100 between 100 and 500")
    return int(size)


def _within_tags(items: list[Tagged], limit: int | None) -> list[Tagged]:
    """As many whole resources as the tags of a page allow; one without tags counts as one."""
    total, count = 0, 0
    for item in items:
        total += max(1, len(item.tags))
        if limit is not None and total > limit:
            break
        count += 1
    return items[:count]


def _last_arn(call: Call, token: str) -> str:
    if not token:
        return ""
    try:
        made, content = unseal(call, token)
    except BadToken:
        raise invalid("The PaginationToken is not valid for this request") from None
    if call.world.clock.now() > made + _TOKEN_SECONDS:
        raise AwsError("PaginationTokenExpiredException", "The PaginationToken has expired")
    return str(content[0])


def _type_fits(item: Tagged, filters: list[str]) -> bool:
    return not filters or any(wanted in (item.type, item.type.split(":")[0]) for wanted in filters)


def _tags_fit(item: Tagged, filters: list[dict[str, Any]]) -> bool:
    for wanted in filters:
        if wanted["Key"] not in item.tags:
            return False
        if wanted.get("Values") and item.tags[wanted["Key"]] not in wanted["Values"]:
            return False
    return True


def _answer(items: list[Tagged], token: str) -> dict[str, Any]:
    return {"PaginationToken": token, "ResourceTagMappingList": [
        {"ResourceARN": item.arn, "Tags": [{"Key": key, "Value": value} for key, value in item.tags.items()]}
        for item in items]}


def _change(call: Call, new: Callable[[dict[str, str]], dict[str, str]]) -> dict[str, Any]:
    region = call.world.studio.region(call.account, call.region, call.partition)
    store = state.backend(call.account, call.partition)
    failed: dict[str, Any] = {}
    for arn in call.input["ResourceARNList"]:
        item = region.by_arn(arn)
        policy = store.managed_policies.get(arn) if call.region == _IAM_REGION else None
        try:
            if item is not None:
                set_tags(call, item, new(item.tags))
            elif policy is not None:
                tags = new({tag["Key"]: tag["Value"] for tag in policies.tags_of(policy)})
                policies.set_tags(policy, with_tags([], [{"Key": key, "Value": tags[key]} for key in tags]))
            else:
                failed[arn] = {"StatusCode": 400, "ErrorCode": "InvalidParameterException",
                               "ErrorMessage": "The resource does not exist"}
        except AwsError as error:
            failed[arn] = {"StatusCode": error.status, "ErrorCode": "InvalidParameterException",
                           "ErrorMessage": error.message}
    return {"FailedResourcesMap": failed}


def tag_resources(call: Call) -> dict[str, Any]:
    return _change(call, lambda tags: tags | call.input["Tags"])


def untag_resources(call: Call) -> dict[str, Any]:
    gone = set(call.input["TagKeys"])
    return _change(call, lambda tags: {key: value for key, value in tags.items() if key not in gone})


def get_tag_keys(call: Call) -> dict[str, Any]:
    return {"PaginationToken": "", "TagKeys": sorted({key for item in _index(call) for key in item.tags})}


def get_tag_values(call: Call) -> dict[str, Any]:
    key = call.input["Key"]
    return {"PaginationToken": "", "TagValues": sorted({item.tags[key] for item in _index(call) if key in item.tags})}
