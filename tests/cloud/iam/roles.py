"""Roles: create, read, update, trust, boundary, tags, delete."""

from __future__ import annotations

from typing import Any

from ..errors import AwsError
from ..world import Call
from . import documents, state
from .common import (already_exists, check_boundary, delete_conflict, limit_exceeded, made, page, path_fits,
                     role_of, role_path, store, tag_page, with_tags, without_tags)

_DEFAULT_SESSION = 3600


def create(call: Call) -> dict[str, Any]:
    from moto.iam.utils import random_role_id

    given, roles = call.input, store(call).roles
    name, path = given["RoleName"], given.get("Path", "/")
    if state.role_by_name(call.account, name, call.partition) is not None:
        raise already_exists(f"Role with name {name} already exists.")
    if path.startswith(("/aws-service-role/", "/aws-reserved/")):
        raise AwsError("InvalidInput", f"The path {path} is reserved for AWS.")
    limit = call.world.settings.quota.get("roles")
    if limit is not None and len(roles) >= limit:
        raise limit_exceeded(f"Cannot exceed quota for RolesPerAccount: {int(limit)}")
    trust, principals = documents.check_trust(call, given["AssumeRolePolicyDocument"])
    if "PermissionsBoundary" in given:
        check_boundary(call, given["PermissionsBoundary"])
    role = state.new_role(account_id=call.account, partition=call.partition, role_id=random_role_id(call.account), name=name,
                          assume_role_policy_document=trust, path=path,
                          permissions_boundary=given.get("PermissionsBoundary"),
                          description=given.get("Description", ""), tags=with_tags([], given.get("Tags", [])),
                          max_session_duration=given.get("MaxSessionDuration", _DEFAULT_SESSION))
    role.cloud_principals = principals
    roles[role.id] = role
    made(call, role.arn)
    return {"Role": described(call, role)}


def described(call: Call, role: Any) -> dict[str, Any]:
    """A role as GetRole and CreateRole answer it."""
    output = _summary(call, role)
    if role.permissions_boundary_arn:
        output["PermissionsBoundary"] = boundary(role.permissions_boundary_arn)
    if role.tags:
        output["Tags"] = role.tags
    return output


def boundary(arn: str) -> dict[str, str]:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def _summary(call: Call, role: Any) -> dict[str, Any]:
    """A role as ListRoles answers it: without boundary, tags and last use."""
    output = {"Path": role_path(role), "RoleName": role.name, "RoleId": role.id, "Arn": role.arn,
              "CreateDate": role.create_date, "MaxSessionDuration": int(role.max_session_duration or _DEFAULT_SESSION),
              "AssumeRolePolicyDocument": documents.encoded(documents.trust_now(role))}
    if role.description:
        output["Description"] = role.description
    return output


def last_used(role: Any) -> dict[str, Any]:
    return {"LastUsedDate": role.last_used, "Region": role.last_used_region or "us-east-1"} if role.last_used else {}


def get(call: Call) -> dict[str, Any]:
    role = role_of(call)
    return {"Role": described(call, role) | {"RoleLastUsed": last_used(role)}}


def list_all(call: Call) -> dict[str, Any]:
    seen = [role for role in store(call).roles.values() if path_fits(call, role_path(role))
            and call.world.iam_visible(role.arn)]
    chosen, more = page(call, seen, lambda role: [role.name.lower()])
    return {"Roles": [_summary(call, role) for role in chosen], **more}


def update(call: Call) -> dict[str, Any]:
    """An omitted description stays; an omitted session duration falls back to the default, as documented."""
    role = role_of(call, writing=True)
    if "Description" in call.input:
        role.description = call.input["Description"]
    role.max_session_duration = call.input.get("MaxSessionDuration", _DEFAULT_SESSION)
    return {}


def update_description(call: Call) -> dict[str, Any]:
    role = role_of(call, writing=True)
    role.description = call.input["Description"]
    return {"Role": described(call, role)}


def update_trust(call: Call) -> dict[str, Any]:
    role = role_of(call, writing=True)
    role.assume_role_policy_document, role.cloud_principals = documents.check_trust(call, call.input["PolicyDocument"])
    return {}


def put_boundary(call: Call) -> dict[str, Any]:
    role = role_of(call, writing=True)
    check_boundary(call, call.input["PermissionsBoundary"])
    role.permissions_boundary_arn = call.input["PermissionsBoundary"]
    return {}


def delete_boundary(call: Call) -> dict[str, Any]:
    role = role_of(call, writing=True)
    if not role.permissions_boundary_arn:
        raise AwsError("NoSuchEntity", f"Role {role.name} does not have a permission boundary.", 404)
    role.permissions_boundary_arn = None
    return {}


def tag(call: Call) -> dict[str, Any]:
    role = role_of(call, writing=True)
    role.tags = with_tags(role.tags, call.input["Tags"])
    return {}


def untag(call: Call) -> dict[str, Any]:
    role = role_of(call, writing=True)
    role.tags = without_tags(role.tags, call.input["TagKeys"])
    return {}


def list_tags(call: Call) -> dict[str, Any]:
    return tag_page(call, role_of(call).tags)


def delete(call: Call) -> dict[str, Any]:
    role = role_of(call, writing=True)
    for profile in store(call).instance_profiles.values():
        if any(other is role for other in profile.roles):
            raise delete_conflict("Cannot delete entity, must remove roles from instance profile first.")
    if role.managed_policies:
        raise delete_conflict("Cannot delete entity, must detach all policies first.")
    if role.policies:
        raise delete_conflict("Cannot delete entity, must delete policies first.")
    del store(call).roles[role.id]
    call.world.iam_created.pop(role.arn, None)
    return {}
