"""CreateDomain, DescribeDomain, ListDomains, UpdateDomain, DeleteDomain."""

from __future__ import annotations

from typing import Any

from ..errors import in_use, not_found, validation
from ..world import Call
from . import access, rules, settings
from .common import check_quota, compact, describable, domain_of, listed, region_of, set_tags, tags_from
from .network import check_network
from .paging import page, with_token
from .store import Domain, Region, random_id

#: Members of CreateDomain that are kept as sent and described again.
_PLAIN = ("AuthMode", "VpcId", "SubnetIds", "AppNetworkAccessType", "AppSecurityGroupManagement",
          "KmsKeyId", "HomeEfsFileSystemCreation", "TagPropagation")

#: Documents that merge on update, by the member that carries them there.
_DOCUMENTS = {"DefaultUserSettings": "DefaultUserSettings", "DefaultSpaceSettings": "DefaultSpaceSettings",
              "DomainSettingsForUpdate": "DomainSettings"}

_LIVE = ("InService", "Pending", "Deleting")


def create(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    _check_create(call)
    check_quota(call, "domains", "Domains", len(region.domains))
    if call.world.settings.unique_domain_names:
        for other in region.domains.values():
            if other.name == given["DomainName"]:
                raise in_use(f"Domain with name {given['DomainName']} already exists.")
    tags, now = tags_from(call), call.world.clock.now()
    domain_id = "d-" + random_id(12)
    domain = Domain("domain", given["DomainName"], region.arn("domain/" + domain_id), now, now, id=domain_id)
    kept = {name: given[name] for name in _PLAIN if name in given}
    kept.setdefault("AppNetworkAccessType", "PublicInternetOnly")
    kept.setdefault("TagPropagation", "DISABLED")
    if "HomeEfsFileSystemKmsKeyId" in given:
        kept.setdefault("KmsKeyId", given["HomeEfsFileSystemKmsKeyId"])
    if "KmsKeyId" in kept:
        kept["HomeEfsFileSystemKmsKeyId"] = kept["KmsKeyId"]
    for name in ("DefaultUserSettings", "DefaultSpaceSettings", "DomainSettings"):
        if name in given:
            kept[name] = settings.stored(given[name])
    rules.check_domain(kept)
    _fill_read_only(call, domain, kept)
    domain.settings = kept
    set_tags(call, domain, tags)
    region.domains[domain_id] = domain
    call.world.studio.begin(region, domain, "create", "Pending", "InService")
    return {"DomainArn": domain.arn, "DomainId": domain_id, "Url": kept["Url"]}


def _check_create(call: Call) -> None:
    given = call.input
    for name in ("VpcId", "SubnetIds"):
        if name not in given:
            raise validation(f"{name} is required for a domain that is not made from Unified Studio")
    if "KmsKeyId" in given and given.get("HomeEfsFileSystemKmsKeyId", given["KmsKeyId"]) != given["KmsKeyId"]:
        raise validation("KmsKeyId and HomeEfsFileSystemKmsKeyId cannot be set to different values")
    _check_settings(given)
    rstudio = given.get("DomainSettings", {}).get("RStudioServerProDomainSettings")
    if rstudio and given.get("AppNetworkAccessType") == "VpcOnly" and given.get("AppSecurityGroupManagement") != "Service":
        raise validation("AppSecurityGroupManagement must be Service when RStudioServerProDomainSettings is set")
    if given.get("DomainSettings", {}).get("AmazonQSettings", {}).get("Status") == "ENABLED" and given["AuthMode"] != "SSO":
        raise validation("AmazonQSettings can only be enabled for domains with AuthMode SSO")
    check_network(call, given["VpcId"], given["SubnetIds"], _groups(given))
    access.check_roles(call, given.get("DefaultUserSettings"), given.get("DefaultSpaceSettings"),
                       given.get("DomainSettings"))


def _check_settings(given: dict[str, Any]) -> None:
    if given.get("DefaultUserSettings", {}).get("AutoMountHomeEFS") == "DefaultAsDomain":
        raise validation("AutoMountHomeEFS of a domain must be Enabled or Disabled")
    if "DefaultSpaceSettings" in given and not given["DefaultSpaceSettings"].get("ExecutionRole") \
            and "DomainName" in given:
        raise validation("ExecutionRole is required in DefaultSpaceSettings")


def _groups(given: dict[str, Any]) -> list[str]:
    return [group for block in ("DefaultUserSettings", "DefaultSpaceSettings")
            for group in given.get(block, {}).get("SecurityGroups", [])]


def _fill_read_only(call: Call, domain: Domain, kept: dict[str, Any]) -> None:
    """What AWS answers about a domain that nobody sent."""
    kept["Url"] = f"https://{domain.id}.studio.{call.region}.sagemaker.aws"
    if kept.get("HomeEfsFileSystemCreation") != "Disabled":
        kept["HomeEfsFileSystemId"] = "fs-" + random_id(17, "0123456789abcdef")
    if kept.get("AuthMode") == "SSO":
        instance = random_id(16, "0123456789abcdef")
        kept["SingleSignOnManagedApplicationInstanceId"] = "ins-" + instance
        kept["SingleSignOnApplicationArn"] = f"arn:aws:sso::{call.account}:application/ssoins-{instance}/apl-{instance}"
    if "RStudioServerProDomainSettings" in kept.get("DomainSettings", {}):
        kept["SecurityGroupIdForDomainBoundary"] = "sg-" + random_id(17, "0123456789abcdef")


def describe(call: Call) -> dict[str, Any]:
    region = region_of(call)
    domain = domain_of(call, region)
    describable(call, domain, "Domain")
    output = compact({
        "DomainArn": domain.arn, "DomainId": domain.id, "DomainName": domain.name, "Status": domain.status,
        "CreationTime": domain.created, "LastModifiedTime": domain.modified, "FailureReason": domain.failure,
        **domain.settings})
    for name in ("DefaultUserSettings", "DefaultSpaceSettings"):
        if name in output:
            output[name] = settings.filled(output[name], call.region)
    call.world.studio.looked_at(region, domain)
    return output


def list_all(call: Call) -> dict[str, Any]:
    region = region_of(call)
    seen = [domain for domain in region.domains.values() if listed(call, domain)]
    chosen, token = page(call, seen, lambda domain: [domain.created, domain.id])
    details = [{"DomainArn": domain.arn, "DomainId": domain.id, "DomainName": domain.name, "Status": domain.status,
                "CreationTime": domain.created, "LastModifiedTime": domain.modified,
                "Url": domain.settings["Url"]} for domain in chosen]
    for domain in chosen:
        call.world.studio.looked_at(region, domain)
    return with_token({"Domains": details}, token)


def update(call: Call) -> dict[str, Any]:
    region = region_of(call)
    domain = domain_of(call, region)
    if domain.status in ("Failed", "Delete_Failed"):
        raise validation(f"Domain [{domain.arn}] is in {domain.status} status and cannot be updated.")
    call.world.studio.refuse_if_busy(domain, "Domain")
    given = call.input
    _check_settings(given)
    _check_update(call, domain)
    access.check_roles(call, *(given.get(name) for name in _DOCUMENTS))
    kept = dict(domain.settings)
    for name in ("AppSecurityGroupManagement", "SubnetIds", "AppNetworkAccessType", "TagPropagation", "VpcId",
                 "HomeEfsFileSystemCreation"):
        if name in given:
            kept[name] = given[name]
    for sent, name in _DOCUMENTS.items():
        if sent in given:
            kept[name] = settings.merged(kept.get(name, {}), _as_domain_settings(given[sent]))
    rules.check_domain(kept)
    if kept.get("HomeEfsFileSystemCreation") != "Disabled" and "HomeEfsFileSystemId" not in kept:
        kept["HomeEfsFileSystemId"] = "fs-" + random_id(17, "0123456789abcdef")
    domain.settings = kept
    call.world.studio.begin(region, domain, "update", "Updating", "InService")
    return {"DomainArn": domain.arn}


def _as_domain_settings(document: dict[str, Any]) -> dict[str, Any]:
    """DomainSettingsForUpdate as DomainSettings; an empty SecurityGroupIds is silently ignored."""
    result = dict(document)
    if "RStudioServerProDomainSettingsForUpdate" in result:
        result["RStudioServerProDomainSettings"] = result.pop("RStudioServerProDomainSettingsForUpdate")
    if result.get("SecurityGroupIds") == []:
        del result["SecurityGroupIds"]
    return result


def _check_update(call: Call, domain: Domain) -> None:
    given, kept = call.input, domain.settings
    live = [app for app in domain.apps.values() if app.status in _LIVE]
    rstudio = "RStudioServerProDomainSettings" in kept.get("DomainSettings", {}) \
        or "RStudioServerProDomainSettingsForUpdate" in given.get("DomainSettingsForUpdate", {})
    if "VpcId" in given and given["VpcId"] != kept.get("VpcId"):
        raise validation("VpcId can only be added to a domain that has none")
    if given.get("HomeEfsFileSystemCreation") == "Disabled" and kept.get("HomeEfsFileSystemCreation") != "Disabled":
        raise validation("HomeEfsFileSystemCreation cannot be changed from Enabled to Disabled")
    if given.get("AppNetworkAccessType", kept["AppNetworkAccessType"]) != kept["AppNetworkAccessType"]:
        if rstudio:
            raise validation("AppNetworkAccessType cannot be changed on a domain with RStudioServerPro")
        if live:
            raise in_use(f"AppNetworkAccessType of Domain [{domain.arn}] cannot be changed while App(s) are running.")
    if live and set(kept["SubnetIds"]) - set(given.get("SubnetIds", kept["SubnetIds"])):
        raise in_use(f"Subnets of Domain [{domain.arn}] cannot be removed while App(s) are running.")
    identity = given.get("DomainSettingsForUpdate", {}).get("ExecutionRoleIdentityConfig")
    if live and identity not in (None, kept.get("DomainSettings", {}).get("ExecutionRoleIdentityConfig")):
        raise in_use(f"ExecutionRoleIdentityConfig of Domain [{domain.arn}] cannot be changed while App(s) are running.")
    check_network(call, kept["VpcId"], given.get("SubnetIds", []), _groups(given))


def delete(call: Call) -> dict[str, Any]:
    region = region_of(call)
    domain = domain_of(call, region)
    call.world.studio.refuse_if_busy(domain, "Domain")
    for label, group in (("UserProfile(s)", domain.profiles), ("Space(s)", domain.spaces)):
        if group:
            raise in_use(f"Unable to delete Domain [{domain.arn}] because {label} are associated with it.")
    if any(app.status in _LIVE for app in domain.apps.values()):
        raise in_use(f"Unable to delete Domain [{domain.arn}] because App(s) are associated with it.")
    call.world.studio.begin(region, domain, "delete", "Deleting", "")
    return {}


def ready_domain(call: Call, region: Region) -> Domain:
    """The domain of a call that makes something in it."""
    domain = domain_of(call, region)
    if domain.status == "Deleting":
        raise not_found(f"Domain [{domain.arn}] is being deleted.")
    call.world.studio.refuse_if_busy(domain, "Domain")
    if domain.status in ("Failed", "Delete_Failed"):
        raise validation(f"Domain [{domain.arn}] is in {domain.status} status.")
    return domain
