"""CreateUserProfile, DescribeUserProfile, ListUserProfiles, UpdateUserProfile, DeleteUserProfile."""

from __future__ import annotations

from typing import Any

from ..errors import in_use, validation
from ..world import Call
from . import access, rules, settings
from .common import check_quota, compact, describable, domain_of, listed, profile_of, region_of, set_tags, tags_from
from .domain import ready_domain
from .network import check_network
from .paging import page, with_token
from .store import Domain, Region, UserProfile

_SIGN_ON = ("SingleSignOnUserIdentifier", "SingleSignOnUserValue")


def create(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    domain = ready_domain(call, region)
    _check_sign_on(domain, given)
    name = given["UserProfileName"]
    if name.lower() in domain.profiles:
        raise in_use(f"UserProfile [{domain.profiles[name.lower()].arn}] already exists.")
    check_quota(call, "user_profiles", "UserProfiles", sum(len(other.profiles) for other in region.domains.values()))
    document = given.get("UserSettings", {})
    check_network(call, domain.settings["VpcId"], [], document.get("SecurityGroups", []))
    access.check_roles(call, document)
    rules.check_profile(settings.stored(document), domain.settings)
    tags = tags_from(call)
    profile = add(call, region, domain, name, document)
    profile.sign_on = {member: given[member] for member in _SIGN_ON if member in given}
    set_tags(call, profile, tags)
    call.world.studio.begin(region, profile, "create", "Pending", "InService")
    return {"UserProfileArn": profile.arn}


def add(call: Call, region: Region, domain: Domain, name: str, document: dict[str, Any]) -> UserProfile:
    """Put a profile into its domain, with the next uid of the file system."""
    now = call.world.clock.now()
    arn = region.arn(f"user-profile/{domain.id}/{name.lower()}")
    profile = UserProfile("user_profile", name, arn, now, now, domain=domain, uid=str(domain.next_uid),
                          settings=settings.stored(document))
    domain.next_uid += 5
    domain.profiles[name.lower()] = profile
    return profile


def _check_sign_on(domain: Domain, given: dict[str, Any]) -> None:
    sent = [member for member in _SIGN_ON if member in given]
    if domain.settings["AuthMode"] == "IAM" and sent:
        raise validation(f"{sent[0]} cannot be set for a domain with AuthMode IAM")
    if domain.settings["AuthMode"] == "SSO" and len(sent) != len(_SIGN_ON):
        raise validation("SingleSignOnUserIdentifier and SingleSignOnUserValue are required for a domain with AuthMode SSO")


def describe(call: Call) -> dict[str, Any]:
    region = region_of(call)
    profile = profile_of(domain_of(call, region), call.input["UserProfileName"])
    describable(call, profile, "UserProfile")
    document = settings.filled(profile.settings, call.region)
    output = compact({
        "DomainId": profile.domain.id, "UserProfileArn": profile.arn, "UserProfileName": profile.name,
        "HomeEfsFileSystemUid": profile.uid, "Status": profile.status, "CreationTime": profile.created,
        "LastModifiedTime": profile.modified, "FailureReason": profile.failure, **profile.sign_on,
        "UserSettings": document or None})
    call.world.studio.looked_at(region, profile)
    return output


def list_all(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    wanted, part = given.get("DomainIdEquals"), given.get("UserProfileNameContains", "").lower()
    seen = [profile for domain in region.domains.values() if wanted in (None, domain.id)
            for key, profile in domain.profiles.items() if part in key and listed(call, profile)]
    by_change = given.get("SortBy") == "LastModifiedTime"
    chosen, token = page(
        call, seen, lambda item: [item.modified if by_change else item.created, item.domain.id, item.name.lower()],
        given.get("SortOrder") == "Descending")
    details = [{"DomainId": item.domain.id, "UserProfileName": item.name, "Status": item.status,
                "CreationTime": item.created, "LastModifiedTime": item.modified} for item in chosen]
    for item in chosen:
        call.world.studio.looked_at(region, item)
    return with_token({"UserProfiles": details}, token)


def update(call: Call) -> dict[str, Any]:
    region = region_of(call)
    profile = profile_of(domain_of(call, region), call.input["UserProfileName"])
    call.world.studio.refuse_if_busy(profile, "UserProfile")
    if profile.status in ("Failed", "Delete_Failed"):
        raise validation(f"UserProfile [{profile.arn}] is in {profile.status} status and cannot be updated.")
    document = call.input.get("UserSettings", {})
    old = profile.settings.get("RStudioServerProAppSettings", {})
    for member, value in document.get("RStudioServerProAppSettings", {}).items():
        if old.get(member) != value:
            raise validation(f"{member} of RStudioServerProAppSettings cannot be changed")
    check_network(call, profile.domain.settings["VpcId"], [], document.get("SecurityGroups", []))
    access.check_roles(call, document)
    after = settings.merged(profile.settings, document)
    rules.check_profile(after, profile.domain.settings)
    profile.settings = after
    call.world.studio.begin(region, profile, "update", "Updating", "InService")
    return {"UserProfileArn": profile.arn}


def delete(call: Call) -> dict[str, Any]:
    region = region_of(call)
    domain = domain_of(call, region)
    profile = profile_of(domain, call.input["UserProfileName"])
    call.world.studio.refuse_if_busy(profile, "UserProfile")
    name = profile.name.lower()
    if any(app.profile.lower() == name and app.status not in ("Deleted", "Failed") for app in domain.apps.values()):
        raise in_use(f"Unable to delete UserProfile [{profile.arn}] because App(s) are associated with it.")
    if any(space.owner.lower() == name for space in domain.spaces.values()):
        raise in_use(f"Unable to delete UserProfile [{profile.arn}] because Space(s) are associated with it.")
    call.world.studio.begin(region, profile, "delete", "Deleting", "")
    return {}
