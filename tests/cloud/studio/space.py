"""CreateSpace, DescribeSpace, ListSpaces, UpdateSpace, DeleteSpace."""

from __future__ import annotations

from typing import Any

from ..errors import AwsError, in_use, not_found, validation
from ..world import Call
from . import rules, settings
from .common import check_quota, compact, describable, domain_of, listed, profile_of, region_of, set_tags, tags_from
from .domain import ready_domain
from .paging import page, with_token
from .store import Domain, Region, Space

_DEFAULT_EBS_GB = 5
#: The settings block of each application a space can be made for.
_BLOCK_OF = {"JupyterLab": "JupyterLabAppSettings", "CodeEditor": "CodeEditorAppSettings"}


def missing(call: Call, what: str, arn: str) -> AwsError:
    """Spaces and apps that are not there: ResourceNotFound, or the older answer when set so."""
    if call.world.settings.old_not_found:
        return validation(f"RecordNotFound: {what} [{arn}] does not exist.")
    return not_found(f"{what} [{arn}] does not exist.")


def space_of(call: Call, region: Region, domain: Domain, name: str) -> Space:
    space = domain.spaces.get(name.lower())
    if space is None:
        raise missing(call, "Space", region.arn(f"space/{domain.id}/{name.lower()}"))
    return space


def create(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    domain = ready_domain(call, region)
    name, document = given["SpaceName"], given.get("SpaceSettings", {})
    owner = given.get("OwnershipSettings", {}).get("OwnerUserProfileName", "")
    sharing = given.get("SpaceSharingSettings", {}).get("SharingType", "")
    _check_create(domain, document, owner, sharing)
    if name.lower() in domain.spaces:
        raise in_use(f"Space [{domain.spaces[name.lower()].arn}] already exists.")
    check_quota(call, "spaces", "Spaces", sum(len(other.spaces) for other in region.domains.values()))
    rules.check_space(settings.stored(document))
    tags, now = tags_from(call), call.world.clock.now()
    space = Space("space", name, region.arn(f"space/{domain.id}/{name.lower()}"), now, now, domain=domain,
                  uid=str(domain.next_uid), owner=owner, sharing=sharing,
                  display_name=given.get("SpaceDisplayName", ""), settings=settings.stored(document))
    if space.settings.get("AppType") in _BLOCK_OF:
        storage = space.settings.setdefault("SpaceStorageSettings", {})
        storage.setdefault("EbsStorageSettings", {"EbsVolumeSizeInGb": _DEFAULT_EBS_GB})
    domain.next_uid += 5
    set_tags(call, space, tags)
    domain.spaces[name.lower()] = space
    call.world.studio.begin(region, space, "create", "Pending", "InService")
    return {"SpaceArn": space.arn}


def _check_create(domain: Domain, document: dict[str, Any], owner: str, sharing: str) -> None:
    if bool(owner) != bool(sharing):
        raise validation("OwnershipSettings and SpaceSharingSettings must be specified together")
    if owner:
        profile = profile_of(domain, owner)
        if profile.status not in ("InService", "Updating", "Update_Failed"):
            raise in_use(f"UserProfile [{profile.arn}] is in {profile.status} status.")
    if sharing == "Private" and "AppType" not in document:
        raise validation("AppType is required in SpaceSettings for private spaces")
    if sharing != "Private" and "ExecutionRole" not in domain.settings.get("DefaultSpaceSettings", {}):
        raise validation("Shared spaces need DefaultSpaceSettings with an ExecutionRole in the domain")
    for app_type, block in _BLOCK_OF.items():
        if block in document and document.get("AppType", app_type) != app_type:
            raise validation(f"{block} cannot be set on a space with AppType {document['AppType']}")


def describe(call: Call) -> dict[str, Any]:
    region = region_of(call)
    space = space_of(call, region, domain_of(call, region), call.input["SpaceName"])
    describable(call, space, "Space")
    output = compact({
        "DomainId": space.domain.id, "SpaceArn": space.arn, "SpaceName": space.name, "HomeEfsFileSystemUid": space.uid,
        "Status": space.status, "CreationTime": space.created, "LastModifiedTime": space.modified,
        "FailureReason": space.failure, "SpaceSettings": settings.filled(space.settings, call.region) or None,
        "SpaceDisplayName": space.display_name,
        "Url": f"https://{space.domain.id}.studio.{call.region}.sagemaker.aws/spaces/{space.name.lower()}",
        "OwnershipSettings": {"OwnerUserProfileName": space.owner} if space.owner else None,
        "SpaceSharingSettings": {"SharingType": space.sharing} if space.sharing else None})
    call.world.studio.looked_at(region, space)
    return output


def list_all(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    wanted, part = given.get("DomainIdEquals"), given.get("SpaceNameContains", "").lower()
    seen = [space for domain in region.domains.values() if wanted in (None, domain.id)
            for key, space in domain.spaces.items() if part in key and listed(call, space)]
    by_change = given.get("SortBy") == "LastModifiedTime"
    chosen, token = page(
        call, seen, lambda item: [item.modified if by_change else item.created, item.domain.id, item.name.lower()],
        given.get("SortOrder") == "Descending")
    for item in chosen:
        call.world.studio.looked_at(region, item)
    return with_token({"Spaces": [_details(item) for item in chosen]}, token)


def _details(space: Space) -> dict[str, Any]:
    summary = compact({"AppType": space.settings.get("AppType"), "RemoteAccess": space.settings.get("RemoteAccess"),
                       "SpaceStorageSettings": space.settings.get("SpaceStorageSettings")})
    return compact({
        "DomainId": space.domain.id, "SpaceName": space.name, "Status": space.status, "CreationTime": space.created,
        "LastModifiedTime": space.modified, "SpaceDisplayName": space.display_name,
        "SpaceSettingsSummary": summary or None,
        "SpaceSharingSettingsSummary": {"SharingType": space.sharing} if space.sharing else None,
        "OwnershipSettingsSummary": {"OwnerUserProfileName": space.owner} if space.owner else None})


def update(call: Call) -> dict[str, Any]:
    region, given = region_of(call), call.input
    space = space_of(call, region, domain_of(call, region), given["SpaceName"])
    call.world.studio.refuse_if_busy(space, "Space")
    if space.status in ("Failed", "Delete_Failed"):
        raise validation(f"Space [{space.arn}] is in {space.status} status and cannot be updated.")
    document = given.get("SpaceSettings", {})
    if "AppType" in document:
        raise validation("Updating AppType for Space is not supported")
    new_size, old_size = _ebs_size(document), _ebs_size(space.settings)
    if new_size is not None and old_size is not None and new_size < old_size:
        raise validation("EbsVolumeSizeInGb of a Space can only be increased")
    if new_size is not None and new_size != old_size and _apps_of(space):
        raise in_use(f"The volume of Space [{space.arn}] cannot be changed while App(s) are running in it.")
    after = settings.merged(space.settings, document)
    rules.check_space(after)
    space.settings = after
    space.display_name = given.get("SpaceDisplayName", space.display_name)
    call.world.studio.begin(region, space, "update", "Updating", "InService")
    return {"SpaceArn": space.arn}


def _ebs_size(document: dict[str, Any]) -> int | None:
    size: int | None = document.get("SpaceStorageSettings", {}).get("EbsStorageSettings", {}).get("EbsVolumeSizeInGb")
    return size


def _apps_of(space: Space) -> bool:
    """Whether apps that are not Deleted or Failed hang on it."""
    return any(app.space.lower() == space.name.lower() and app.status not in ("Deleted", "Failed")
               for app in space.domain.apps.values())


def delete(call: Call) -> dict[str, Any]:
    region = region_of(call)
    domain = domain_of(call, region)
    space = space_of(call, region, domain, call.input["SpaceName"])
    call.world.studio.refuse_if_busy(space, "Space")
    if _apps_of(space):
        raise in_use(f"Unable to delete Space [{space.arn}] because App(s) are associated with it.")
    call.world.studio.begin(region, space, "delete", "Deleting", "")
    return {}
