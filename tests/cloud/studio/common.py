"""Looking things up, tags and quotas: what the operations of every Studio resource share."""

from __future__ import annotations

from typing import Any

from ..errors import limit_exceeded, not_found, validation
from ..world import Call
from .store import Domain, Region, Resource, UserProfile

MAX_TAGS = 50


def region_of(call: Call) -> Region:
    return call.world.studio.region(call.account, call.region, call.partition)


def compact(output: dict[str, Any]) -> dict[str, Any]:
    """Without the members that have no value."""
    return {name: value for name, value in output.items() if value is not None and value != ""}


def domain_of(call: Call, region: Region) -> Domain:
    domain = region.domains.get(call.input["DomainId"])
    if domain is None:
        raise not_found(f"Domain [{region.arn('domain/' + call.input['DomainId'])}] does not exist.")
    return domain


def profile_of(domain: Domain, name: str) -> UserProfile:
    profile = domain.profiles.get(name.lower())
    if profile is None:
        tail = f"user-profile/{domain.id}/{name.lower()}"
        raise not_found(f"UserProfile [{domain.arn.replace('domain/' + domain.id, tail)}] does not exist.")
    return profile


def describable(call: Call, resource: Resource, what: str) -> None:
    """Refuse to describe what was made just now, when the settings say so."""
    window = call.world.settings.describe_visibility_ms / 1000.0
    if call.world.clock.now() < resource.created + window:
        raise not_found(f"{what} [{resource.arn}] does not exist.")


def listed(call: Call, resource: Resource) -> bool:
    window = call.world.settings.list_visibility_ms / 1000.0
    return call.world.clock.now() >= resource.created + window


def check_quota(call: Call, quota: str, label: str, current: int) -> None:
    limit = call.world.settings.quota.get(quota)
    if limit is not None and current >= limit:
        raise limit_exceeded(
            f"The account-level service limit 'Maximum number of {label} allowed per account' is {int(limit)} {label}, "
            f"with current utilization of {current} {label} and a request delta of 1 {label}. Please use AWS Service "
            "Quotas to request an increase for this quota.")


def tags_from(call: Call) -> dict[str, str]:
    """The Tags of a create or AddTags call, checked as far as the model does not."""
    tags: dict[str, str] = {}
    for item in call.input.get("Tags", []):
        key = item["Key"]
        if key in tags:
            raise validation(f"Duplicate tag key found: {key}")
        if key.lower().startswith("aws:"):
            raise validation(f"aws: prefixed tag key names are not allowed for external use: {key}")
        tags[key] = item["Value"]
    return tags


def set_tags(call: Call, resource: Resource, tags: dict[str, str]) -> None:
    """Give a resource these tags; the tagging API goes on showing the old ones for a while."""
    if len(tags) > MAX_TAGS:
        raise validation(f"The number of tags cannot exceed {MAX_TAGS}")
    now = call.world.clock.now()
    if now >= resource.indexed_until:
        resource.indexed_tags, resource.indexed_ever = resource.tags, resource.ever_tagged
    resource.indexed_until = now + call.world.settings.tagging_visibility_ms / 1000.0
    resource.tags = dict(tags)
    resource.ever_tagged = resource.ever_tagged or bool(tags)
