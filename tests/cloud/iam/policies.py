"""Customer managed policies: versions, default version, who uses them, tags."""

from __future__ import annotations

from typing import Any, Iterator

from ..errors import AwsError
from ..world import Call
from . import aws_managed, documents, state
from .common import (already_exists, delete_conflict, limit_exceeded, made, no_such_entity, own_policy, page, path_fits,
                     policy_of, store, tag_page, with_tags, without_tags)

MAX_VERSIONS = 5


def create(call: Call) -> dict[str, Any]:
    given, policies = call.input, store(call).managed_policies
    name = given["PolicyName"]
    own = [policy for policy in policies.values() if ":iam::aws:" not in policy.arn]
    if any(policy.name.lower() == name.lower() for policy in own):
        raise already_exists(f"A policy called {name} already exists. Duplicate names are not allowed.")
    limit = call.world.settings.quota.get("policies")
    if limit is not None and len(own) >= limit:
        raise limit_exceeded(f"Cannot exceed quota for PoliciesPerAccount: {int(limit)}")
    documents.check_permissions(given["PolicyDocument"])
    documents.check_managed_size(given["PolicyDocument"])
    policy = state.new_policy(name, account_id=call.account, region=store(call).region_name,
                              description=given.get("Description"), document=given["PolicyDocument"],
                              path=given.get("Path"))
    set_tags(policy, with_tags([], given.get("Tags", [])))
    policies[policy.arn] = policy
    made(call, policy.arn)
    output = summary(call, policy)
    return {"Policy": output | ({"Tags": tags_of(policy)} if policy.tags else {})}


def set_tags(policy: Any, tags: list[dict[str, str]]) -> None:
    policy.tags = {tag["Key"].lower(): tag for tag in tags}
    policy.cloud_ever_tagged = getattr(policy, "cloud_ever_tagged", False) or bool(tags)


def tags_of(policy: Any) -> list[dict[str, str]]:
    return [{"Key": tag["Key"], "Value": tag["Value"]} for tag in policy.tags.values()]


def summary(call: Call, policy: Any) -> dict[str, Any]:
    """A policy as ListPolicies answers it: no description, no tags, no document."""
    return {"PolicyName": policy.name, "PolicyId": policy.id, "Arn": policy.arn, "Path": policy.path,
            "DefaultVersionId": policy.default_version_id, "AttachmentCount": policy.attachment_count,
            "PermissionsBoundaryUsageCount": sum(1 for _ in boundary_users(call, policy.arn)), "IsAttachable": True,
            "CreateDate": policy.create_date, "UpdateDate": policy.update_date}


def boundary_users(call: Call, arn: str) -> Iterator[Any]:
    """Roles and users that have this policy as their permission boundary."""
    for entity in (*store(call).roles.values(), *store(call).users.values()):
        if getattr(entity, "permissions_boundary_arn", None) == arn:
            yield entity


def get(call: Call) -> dict[str, Any]:
    policy = policy_of(call, call.input["PolicyArn"])
    output = summary(call, policy)
    if policy.description:
        output["Description"] = policy.description
    return {"Policy": output | {"Tags": tags_of(policy)}}


def list_all(call: Call) -> dict[str, Any]:
    given = call.input
    scope = given.get("Scope", "All")
    if scope != "Local":
        aws_managed.ensure_all(store(call))
    seen = []
    for policy in store(call).managed_policies.values():
        owned_by_aws = ":iam::aws:" in policy.arn
        if (scope == "AWS" and not owned_by_aws) or (scope == "Local" and owned_by_aws):
            continue
        if not path_fits(call, policy.path) or not call.world.iam_visible(policy.arn):
            continue
        used = policy.attachment_count if given.get("PolicyUsageFilter") != "PermissionsBoundary" else 0
        if given.get("PolicyUsageFilter") == "PermissionsBoundary":
            used = sum(1 for _ in boundary_users(call, policy.arn))
        if given.get("OnlyAttached") and not used:
            continue
        seen.append(policy)
    chosen, more = page(call, seen, lambda policy: [policy.name.lower(), policy.id])
    return {"Policies": [summary(call, policy) for policy in chosen], **more}


def _version_output(version: Any) -> dict[str, Any]:
    return {"VersionId": version.version_id, "IsDefaultVersion": version.is_default, "CreateDate": version.create_date}


def version_details(policy: Any) -> list[dict[str, Any]]:
    """All versions with their documents, newest first."""
    return [_version_output(version) | {"Document": documents.encoded(version.document)}
            for version in reversed(policy.versions)]


def _version(policy: Any, version_id: str) -> Any:
    for version in policy.versions:
        if version.version_id == version_id:
            return version
    raise no_such_entity(f"Policy {policy.arn} version {version_id} does not exist or is not attachable.")


def create_version(call: Call) -> dict[str, Any]:
    from moto.core.utils import utcnow
    from moto.iam.models import PolicyVersion

    policy, document = own_policy(call), call.input["PolicyDocument"]
    documents.check_permissions(document)
    documents.check_managed_size(document)
    if len(policy.versions) >= MAX_VERSIONS:
        raise limit_exceeded("A managed policy can have up to 5 versions. Before you create a new version, you must "
                             "delete an existing version.")
    version = PolicyVersion(policy.arn, document, False, f"v{policy.next_version_num}")
    policy.next_version_num += 1
    policy.versions.append(version)
    policy.update_date = utcnow()
    if call.input.get("SetAsDefault"):
        _make_default(policy, version)
    return {"PolicyVersion": _version_output(version)}


def _make_default(policy: Any, chosen: Any) -> None:
    for version in policy.versions:
        version.is_default = version is chosen
    policy.default_version_id = chosen.version_id


def set_default(call: Call) -> dict[str, Any]:
    from moto.core.utils import utcnow

    policy = own_policy(call)
    _make_default(policy, _version(policy, call.input["VersionId"]))
    policy.update_date = utcnow()
    return {}


def get_version(call: Call) -> dict[str, Any]:
    version = _version(policy_of(call, call.input["PolicyArn"]), call.input["VersionId"])
    return {"PolicyVersion": _version_output(version) | {"Document": documents.encoded(version.document)}}


def list_versions(call: Call) -> dict[str, Any]:
    versions = policy_of(call, call.input["PolicyArn"]).versions
    chosen, more = page(call, versions, lambda version: [-int(version.version_id.lstrip("v"))])
    return {"Versions": [_version_output(version) for version in chosen], **more}


def delete_version(call: Call) -> dict[str, Any]:
    policy = own_policy(call)
    version = _version(policy, call.input["VersionId"])
    if version.is_default:
        raise delete_conflict("Cannot delete the default version of a policy.")
    policy.versions.remove(version)
    return {}


def delete(call: Call) -> dict[str, Any]:
    policy = own_policy(call)
    if policy.attachment_count or any(boundary_users(call, policy.arn)):
        raise delete_conflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise delete_conflict("This policy has more than one version. Before you delete a policy, you must delete the "
                              "policy's versions. The default version is deleted with the policy.")
    del store(call).managed_policies[policy.arn]
    call.world.iam_created.pop(policy.arn, None)
    return {}


def list_entities(call: Call) -> dict[str, Any]:
    given, arn = call.input, policy_of(call, call.input["PolicyArn"]).arn
    wanted, usage = given.get("EntityFilter"), given.get("PolicyUsageFilter")
    if wanted in ("LocalManagedPolicy", "AWSManagedPolicy"):
        raise AwsError("ValidationError", "Invalid EntityFilter")
    groups = (("Group", store(call).groups.values()), ("User", store(call).users.values()),
              ("Role", store(call).roles.values()))
    found = []
    for kind, entities in groups:
        for entity in entities if wanted in (None, kind) else ():
            uses = usage != "PermissionsBoundary" and arn in entity.managed_policies
            bounds = usage != "PermissionsPolicy" and getattr(entity, "permissions_boundary_arn", None) == arn
            if (uses or bounds) and path_fits(call, entity.path or "/"):
                found.append((kind, entity))
    chosen, more = page(call, found, lambda item: [item[0], item[1].id])
    output: dict[str, Any] = {"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": []}
    for kind, entity in chosen:
        output[f"Policy{kind}s"].append({f"{kind}Name": entity.name, f"{kind}Id": entity.id})
    return output | more


def tag(call: Call) -> dict[str, Any]:
    policy = own_policy(call)
    set_tags(policy, with_tags(tags_of(policy), call.input["Tags"]))
    return {}


def untag(call: Call) -> dict[str, Any]:
    policy = own_policy(call)
    set_tags(policy, without_tags(tags_of(policy), call.input["TagKeys"]))
    return {}


def list_tags(call: Call) -> dict[str, Any]:
    return tag_page(call, tags_of(policy_of(call, call.input["PolicyArn"])))
