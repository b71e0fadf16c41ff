"""What a role carries: inline policies and attached managed ones."""

from __future__ import annotations

from typing import Any

from ..world import Call
from . import documents
from .common import attachable, limit_exceeded, no_such_entity, page, path_fits, role_of

#: Managed policies per role in AWS's texts of 2026; the setting quota.policies_per_role changes it.
_ATTACHED = 20


def put(call: Call) -> dict[str, Any]:
    role, given = role_of(call, writing=True), call.input
    document = given["PolicyDocument"]
    documents.check_permissions(document)
    others = sum(documents.size(text) for name, text in role.policies.items() if name != given["PolicyName"])
    if others + documents.size(document) > documents.INLINE_SIZE:
        raise limit_exceeded(f"Maximum policy size of {documents.INLINE_SIZE} bytes exceeded for role {role.name}")
    role.policies[given["PolicyName"]] = document
    return {}


def get(call: Call) -> dict[str, Any]:
    role, name = role_of(call), call.input["PolicyName"]
    if name not in role.policies:
        raise no_such_entity(f"The role policy with name {name} cannot be found.")
    return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": documents.encoded(role.policies[name])}


def list_names(call: Call) -> dict[str, Any]:
    chosen, more = page(call, list(role_of(call).policies), lambda name: [name])
    return {"PolicyNames": chosen, **more}


def delete(call: Call) -> dict[str, Any]:
    role, name = role_of(call, writing=True), call.input["PolicyName"]
    if name not in role.policies:
        raise no_such_entity(f"The role policy with name {name} cannot be found.")
    del role.policies[name]
    return {}


def attach(call: Call) -> dict[str, Any]:
    role = role_of(call, writing=True)
    policy = attachable(call, call.input["PolicyArn"])
    if policy.arn in role.managed_policies:
        return {}
    limit = int(call.world.settings.quota.get("policies_per_role", _ATTACHED))
    if len(role.managed_policies) >= limit:
        raise limit_exceeded(f"Cannot exceed quota for PoliciesPerRole: {limit}")
    policy.attach_to(role)
    return {}


def detach(call: Call) -> dict[str, Any]:
    role, arn = role_of(call, writing=True), call.input["PolicyArn"]
    policy = role.managed_policies.get(arn)
    if policy is None:
        raise no_such_entity(f"Policy {arn} was not found.")
    policy.detach_from(role)
    return {}


def list_attached(call: Call) -> dict[str, Any]:
    seen = [policy for policy in role_of(call).managed_policies.values() if path_fits(call, policy.path)]
    chosen, more = page(call, seen, lambda policy: [policy.name.lower()])
    return {"AttachedPolicies": attached(chosen), **more}


def attached(policies: Any) -> list[dict[str, str]]:
    return [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in policies]
