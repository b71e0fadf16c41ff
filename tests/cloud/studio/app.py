"""CreateApp, DescribeApp, ListApps, DeleteApp, and the presigned URL by which people open Studio."""

from __future__ import annotations

import secrets
from typing import Any

from ..errors import in_use, validation
from ..world import Call
from . import settings
from .common import check_quota, compact, describable, domain_of, listed, profile_of, region_of, set_tags, tags_from
from .domain import ready_domain
from .paging import page, with_token
from .space import missing, space_of
from .store import App, Domain, Region, Resource, app_key

_ONLY_DEFAULT = ("JupyterServer", "JupyterLab", "CodeEditor", "Canvas")
_IN_SPACES = ("JupyterLab", "CodeEditor")
_ON_PROFILES = ("Canvas", "RStudioServerPro", "RSessionGateway", "TensorBoard")
#: A deleted app stays listed this long.
_KEPT_SECONDS = 24 * 3600


def _key(call: Call) -> tuple[str, str, str, str]:
    given = call.input
    profile, space = given.get("UserProfileName", ""), given.get("SpaceName", "")
    if bool(profile) == bool(space):
        raise validation("Exactly one of UserProfileName and SpaceName must be specified")
    return profile.lower(), space.lower(), given["AppType"].lower(), given["AppName"].lower()


def _arn(region: Region, domain: Domain, key: tuple[str, str, str, str]) -> str:
    return region.arn(f"app/{domain.id}/{key[0] or key[1]}/{key[2]}/{key[3]}")


def app_of(call: Call, region: Region, domain: Domain) -> App:
    key = _key(call)
    app = domain.apps.get(key)
    if app is None or _forgotten(call, app):
        raise missing(call, "App", _arn(region, domain, key))
    return app


def _forgotten(call: Call, app: App) -> bool:
    return app.status == "Deleted" and call.world.clock.now() > app.modified + _KEPT_SECONDS


def create(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    domain, key = ready_domain(call, region), _key(call)
    _check_type(given)
    owner = _owner(call, region, domain)
    live = domain.apps.get(key)
    if live is not None and live.status not in ("Deleted", "Failed"):
        raise in_use(f"App [{live.arn}] already exists.")
    running = sum(1 for other in region.domains.values() for app in other.apps.values()
                  if app.status not in ("Deleted", "Failed"))
    check_quota(call, "apps", "Apps", running)
    tags, now = tags_from(call), call.world.clock.now()
    app = App("app", given["AppName"], _arn(region, domain, key), now, now, domain=domain, app_type=given["AppType"],
              profile=given.get("UserProfileName", ""), space=given.get("SpaceName", ""),
              spec=_spec(given), recovery=given.get("RecoveryMode"))
    kind = "space" if app.space else "user-profile"
    # Studio gives an app the tags of what it is started from, and its own marks.
    marks = {"sagemaker:domain-arn": domain.arn, f"sagemaker:{kind}-arn": owner.arn}
    set_tags(call, app, domain.tags | owner.tags | tags | marks)
    domain.apps[app_key(app)] = app
    call.world.studio.begin(region, app, "create", "Pending", "InService")
    return {"AppArn": app.arn}


def _spec(given: dict[str, Any]) -> dict[str, Any]:
    block = given["AppType"] + "AppSettings"
    filled = settings.filled({block: {"DefaultResourceSpec": settings.stored(given.get("ResourceSpec"))}}, "us-east-1")
    spec: dict[str, Any] = filled[block]["DefaultResourceSpec"]
    return spec


def _check_type(given: dict[str, Any]) -> None:
    app_type = given["AppType"]
    if app_type in _ONLY_DEFAULT and given["AppName"] != "default":
        raise validation(f"AppName must be 'default' for AppType {app_type}")
    if app_type in _IN_SPACES and "SpaceName" not in given:
        raise validation(f"AppType {app_type} needs a SpaceName")
    if app_type in _ON_PROFILES and "SpaceName" in given:
        raise validation(f"AppType {app_type} needs a UserProfileName")


def _owner(call: Call, region: Region, domain: Domain) -> Resource:
    """The space or profile the app hangs on, which must be in service and have a role."""
    given = call.input
    owner: Resource
    if "SpaceName" in given:
        space = space_of(call, region, domain, given["SpaceName"])
        if space.settings.get("AppType", given["AppType"]) != given["AppType"]:
            raise validation(f"The space is for AppType {space.settings['AppType']}, not {given['AppType']}")
        owner, profile_name = space, space.owner if space.sharing == "Private" else ""
    else:
        owner, profile_name = profile_of(domain, given["UserProfileName"]), given["UserProfileName"]
    if owner.status not in ("InService", "Update_Failed"):
        raise in_use(f"[{owner.arn}] is in {owner.status} status.")
    defaults = "DefaultUserSettings" if profile_name else "DefaultSpaceSettings"
    own = profile_of(domain, profile_name).settings if profile_name else {}
    if not (own.get("ExecutionRole") or domain.settings.get(defaults, {}).get("ExecutionRole")):
        raise validation(f"No execution role is set for [{owner.arn}]")
    return owner


def describe(call: Call) -> dict[str, Any]:
    region = region_of(call)
    app = app_of(call, region, domain_of(call, region))
    describable(call, app, "App")
    output = compact({
        "AppArn": app.arn, "AppType": app.app_type, "AppName": app.name, "DomainId": app.domain.id,
        "UserProfileName": app.profile, "SpaceName": app.space, "Status": app.status, "RecoveryMode": app.recovery,
        "CreationTime": app.created, "FailureReason": app.failure, "ResourceSpec": app.spec or None,
        "LastHealthCheckTimestamp": app.modified, "LastUserActivityTimestamp": app.modified})
    call.world.studio.looked_at(region, app)
    return output


def list_all(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    wanted = given.get("DomainIdEquals")
    profile, space = given.get("UserProfileNameEquals"), given.get("SpaceNameEquals")
    seen = [app for domain in region.domains.values() if wanted in (None, domain.id) for app in domain.apps.values()
            if (profile is None or app.profile.lower() == profile.lower())
            and (space is None or app.space.lower() == space.lower()) and listed(call, app) and not _forgotten(call, app)]
    chosen, token = page(call, seen, lambda item: [item.created, item.arn], given.get("SortOrder") == "Descending")
    details = [compact({"DomainId": app.domain.id, "UserProfileName": app.profile, "SpaceName": app.space,
                        "AppType": app.app_type, "AppName": app.name, "Status": app.status,
                        "CreationTime": app.created, "ResourceSpec": app.spec or None}) for app in chosen]
    for app in chosen:
        call.world.studio.looked_at(region, app)
    return with_token({"Apps": details}, token)


def delete(call: Call) -> dict[str, Any]:
    region = region_of(call)
    app = app_of(call, region, domain_of(call, region))
    if app.status == "Deleted":
        raise validation(f"App [{app.arn}] has already been deleted.")
    if app.status == "Failed":
        raise validation(f"App [{app.arn}] previously failed and was automatically deleted.")
    call.world.studio.refuse_if_busy(app, "App")
    call.world.studio.begin(region, app, "delete", "Deleting", "Deleted")
    return {}


def presigned_url(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    domain = domain_of(call, region)
    profile = profile_of(domain, given["UserProfileName"])
    if domain.settings["AuthMode"] != "IAM":
        raise validation("CreatePresignedDomainUrl is only supported for domains with AuthMode IAM")
    for resource in (domain, profile):
        if resource.status not in ("InService", "Updating", "Update_Failed"):
            raise validation(f"[{resource.arn}] is in {resource.status} status")
    if "SpaceName" in given:
        space_of(call, region, domain, given["SpaceName"])
    landing = given.get("LandingUri", "")
    if landing and not landing.startswith(("studio::", "app:")):
        raise validation("LandingUri must start with studio:: or app:")
    return {"AuthorizedUrl": f"{domain.settings['Url']}/auth?token={secrets.token_urlsafe(200)}"}
