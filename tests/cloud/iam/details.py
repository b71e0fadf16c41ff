"""GetAccountAuthorizationDetails: the whole account in pages, with what it has and what it lacks.

Roles come without Description and MaxSessionDuration, policies without Tags: the model has no
place for them, and readers must get them elsewhere.
"""

from __future__ import annotations

from typing import Any

from ..world import Call
from . import aws_managed, documents, policies
from .common import page, role_path, store
from .role_policies import attached
from .roles import boundary, last_used

_LISTS = {"User": "UserDetailList", "Group": "GroupDetailList", "Role": "RoleDetailList",
          "LocalManagedPolicy": "Policies", "AWSManagedPolicy": "Policies"}


def get(call: Call) -> dict[str, Any]:
    wanted = set(call.input.get("Filter") or _LISTS)
    data = store(call)
    if "AWSManagedPolicy" in wanted:
        aws_managed.ensure_all(data)
    items: list[tuple[str, Any]] = [("User", item) for item in data.users.values()]
    items += [("Group", item) for item in data.groups.values()]
    items += [("Role", item) for item in data.roles.values()]
    items += [("AWSManagedPolicy" if ":iam::aws:" in item.arn else "LocalManagedPolicy", item)
              for item in data.managed_policies.values()]
    seen = [(kind, item) for kind, item in items if kind in wanted and call.world.iam_visible(item.arn)]
    order = list(_LISTS)
    chosen, more = page(call, seen, lambda pair: [order.index(pair[0]), pair[1].id])
    output: dict[str, Any] = {name: [] for name in _LISTS.values()}
    writers = {"User": _user, "Group": _group, "Role": _role, "LocalManagedPolicy": _policy, "AWSManagedPolicy": _policy}
    for kind, item in chosen:
        output[_LISTS[kind]].append(writers[kind](call, item))
    return output | more


def _inline(item: Any) -> list[dict[str, str]]:
    return [{"PolicyName": name, "PolicyDocument": documents.encoded(text)} for name, text in item.policies.items()]


def _role(call: Call, role: Any) -> dict[str, Any]:
    output = {
        "Path": role_path(role), "RoleName": role.name, "RoleId": role.id, "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": documents.encoded(documents.trust_now(role)),
        "InstanceProfileList": [_instance_profile(call, profile) for profile in store(call).instance_profiles.values()
                                if any(other is role for other in profile.roles)],
        "RolePolicyList": _inline(role), "AttachedManagedPolicies": attached(role.managed_policies.values()),
        "Tags": role.tags, "RoleLastUsed": last_used(role)}
    if role.permissions_boundary_arn:
        output["PermissionsBoundary"] = boundary(role.permissions_boundary_arn)
    return output


def _instance_profile(call: Call, profile: Any) -> dict[str, Any]:
    roles = [{"Path": role_path(role), "RoleName": role.name, "RoleId": role.id, "Arn": role.arn,
              "CreateDate": role.create_date,
              "AssumeRolePolicyDocument": documents.encoded(documents.trust_now(role))}
             for role in profile.roles]
    return {"Path": profile.path or "/", "InstanceProfileName": profile.name, "InstanceProfileId": profile.id,
            "Arn": profile.arn, "CreateDate": profile.create_date, "Roles": roles}


def _policy(call: Call, policy: Any) -> dict[str, Any]:
    output = policies.summary(call, policy) | {"PolicyVersionList": policies.version_details(policy)}
    if policy.description:
        output["Description"] = policy.description
    return output


def _user(call: Call, user: Any) -> dict[str, Any]:
    groups = [group.name for group in store(call).groups.values() if any(member is user for member in group.users)]
    return {"Path": user.path, "UserName": user.name, "UserId": user.id, "Arn": user.arn, "CreateDate": user.create_date,
            "UserPolicyList": _inline(user), "GroupList": groups,
            "AttachedManagedPolicies": attached(user.managed_policies.values()),
            "Tags": store(call).tagger.list_tags_for_resource(user.arn)["Tags"]}


def _group(call: Call, group: Any) -> dict[str, Any]:
    return {"Path": group.path, "GroupName": group.name, "GroupId": group.id, "Arn": group.arn,
            "CreateDate": group.create_date, "GroupPolicyList": _inline(group),
            "AttachedManagedPolicies": attached(group.managed_policies.values())}
