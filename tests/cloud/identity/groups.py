"""Groups and memberships of Identity Center's directory."""

from __future__ import annotations

from typing import Any

from ..errors import validation
from ..studio.paging import page, with_token
from ..world import Call
from .state import Directory, check_quota, conflict, directory_of, missing, new_id, stamps, writable

PAGE = 100
#: What UpdateGroup may set: AttributePath in lower case -> member.
_ATTRIBUTES = {"displayname": "DisplayName", "description": "Description"}


def _group(directory: Directory, group_id: str) -> dict[str, Any]:
    if group_id not in directory.groups:
        raise missing("GROUP", group_id)
    return directory.groups[group_id]


def _free(directory: Directory, name: str) -> None:
    if any(group["DisplayName"] == name for group in directory.groups.values()):
        raise conflict("Duplicate GroupDisplayName")


def create(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    writable(call)
    if "DisplayName" not in call.input:
        raise validation("displayName is a required attribute")
    _free(directory, call.input["DisplayName"])
    check_quota(call, "groups", len(directory.groups))
    group = {name: call.input[name] for name in ("IdentityStoreId", "DisplayName", "Description") if name in call.input}
    group |= {"GroupId": new_id()} | stamps(call)
    directory.groups[group["GroupId"]] = group
    return {"GroupId": group["GroupId"], "IdentityStoreId": group["IdentityStoreId"]}


def describe(call: Call) -> dict[str, Any]:
    return dict(_group(directory_of(call), call.input["GroupId"]))


def get_id(call: Call) -> dict[str, Any]:
    wanted = call.input["AlternateIdentifier"]
    for group in directory_of(call).groups.values():
        unique = wanted.get("UniqueAttribute")
        if unique and unique["AttributePath"].lower() != "displayname":
            raise validation(f"The attribute {unique['AttributePath']} is not a unique attribute")
        if (unique and unique["AttributeValue"] == group["DisplayName"]) or (
                "ExternalId" in wanted and wanted["ExternalId"] in group.get("ExternalIds", [])):
            return {"GroupId": group["GroupId"], "IdentityStoreId": group["IdentityStoreId"]}
    raise missing("GROUP", new_id())


def list_all(call: Call) -> dict[str, Any]:
    groups = list(directory_of(call).groups.values())
    for rule in call.input.get("Filters", []):
        groups = [group for group in groups if group.get(rule["AttributePath"]) == rule["AttributeValue"]]
    found, token = page(call, groups, lambda group: [group["GroupId"]], default=PAGE)
    return with_token({"Groups": found}, token)


def update(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    group = _group(directory, call.input["GroupId"])
    writable(call)
    changed = dict(group)
    for operation in call.input["Operations"]:
        member = _ATTRIBUTES.get(operation["AttributePath"].lower())
        if member is None:
            raise validation(f"The attribute {operation['AttributePath']} cannot be updated")
        value = operation.get("AttributeValue")
        if value is None and member == "DisplayName":
            raise validation("displayName is a required attribute")
        if value is None:
            changed.pop(member, None)
        elif not isinstance(value, str) or not 1 <= len(value) <= 1024:
            raise validation(f"Invalid value for the attribute {operation['AttributePath']}")
        else:
            changed[member] = value
    if changed["DisplayName"] != group["DisplayName"]:
        _free(directory, changed["DisplayName"])
    changed |= {name: value for name, value in stamps(call).items() if name.startswith("Updated")}
    directory.groups[group["GroupId"]] = changed
    return {}


def delete(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    group = _group(directory, call.input["GroupId"])
    writable(call)
    del directory.groups[group["GroupId"]]
    directory.memberships = {name: item for name, item in directory.memberships.items()
                             if item["GroupId"] != group["GroupId"]}
    return {}


def _user_id(call: Call, directory: Directory) -> str:
    user_id = str(call.input["MemberId"]["UserId"])
    if user_id not in directory.users:
        raise missing("USER", user_id)
    return user_id


def _membership(directory: Directory, group_id: str, user_id: str) -> dict[str, Any] | None:
    return next((item for item in directory.memberships.values()
                 if item["GroupId"] == group_id and item["MemberId"]["UserId"] == user_id), None)


def add_member(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    user_id = _user_id(call, directory)
    group_id = _group(directory, call.input["GroupId"])["GroupId"]
    writable(call)
    if _membership(directory, group_id, user_id):
        raise conflict("Member and Group relationship already exists.")
    made = {"MembershipId": new_id(), "IdentityStoreId": call.input["IdentityStoreId"], "GroupId": group_id,
            "MemberId": {"UserId": user_id}} | stamps(call)
    directory.memberships[made["MembershipId"]] = made
    return {"MembershipId": made["MembershipId"], "IdentityStoreId": made["IdentityStoreId"]}


def _by_id(call: Call, directory: Directory) -> dict[str, Any]:
    found = directory.memberships.get(call.input["MembershipId"])
    if found is None:
        raise missing("GROUP_MEMBERSHIP", call.input["MembershipId"])
    return found


def remove_member(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    found = _by_id(call, directory)
    writable(call)
    del directory.memberships[found["MembershipId"]]
    return {}


def describe_member(call: Call) -> dict[str, Any]:
    return dict(_by_id(call, directory_of(call)))


def get_member_id(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    found = _membership(directory, call.input["GroupId"], call.input["MemberId"]["UserId"])
    if found is None:
        raise missing("GROUP_MEMBERSHIP", call.input["GroupId"])
    return {"MembershipId": found["MembershipId"], "IdentityStoreId": found["IdentityStoreId"]}


def _listed(call: Call, items: list[dict[str, Any]]) -> dict[str, Any]:
    found, token = page(call, items, lambda item: [item["MembershipId"]], default=PAGE)
    return with_token({"GroupMemberships": found}, token)


def list_members(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    group_id = _group(directory, call.input["GroupId"])["GroupId"]
    return _listed(call, [item for item in directory.memberships.values() if item["GroupId"] == group_id])


def list_groups_of(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    user_id = _user_id(call, directory)
    return _listed(call, [item for item in directory.memberships.values() if item["MemberId"]["UserId"] == user_id])


def is_member(call: Call) -> dict[str, Any]:
    directory = directory_of(call)
    user_id = _user_id(call, directory)
    return {"Results": [{"GroupId": group_id, "MemberId": {"UserId": user_id},
                         "MembershipExists": _membership(directory, group_id, user_id) is not None}
                        for group_id in call.input["GroupIds"]]}
