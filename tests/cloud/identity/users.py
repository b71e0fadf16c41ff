"""Users of Identity Center's directory, and what an identity provider provisions there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import validation
from ..studio.paging import page, with_token
from ..world import Call
from .state import (Directory, check_quota, conflict, directory, directory_of, missing, new_id, stamps, store_id,
                    writable)

if TYPE_CHECKING:
    from ..world import World

PAGE = 100
_RESERVED = ("administrator", "awsadministrators")


def _taken(found: Directory, name: str, address: str | None) -> None:
    for user in found.users.values():
        if user["UserName"].lower() == name.lower():
            raise conflict("Duplicate UserName")
        if address and any(email["Value"].lower() == address.lower() for email in user.get("Emails", [])):
            raise conflict("Duplicate Email")


def create(call: Call) -> dict[str, Any]:
    found = directory_of(call)
    writable(call)
    given = call.input
    needed = {"userName": given.get("UserName"), "displayName": given.get("DisplayName"),
              "name.givenName": given.get("Name", {}).get("GivenName"),
              "name.familyName": given.get("Name", {}).get("FamilyName")}
    absent = [name for name, value in needed.items() if not value]
    if absent:
        raise validation(", ".join(f"{name}: The attribute {name} is required" for name in absent))
    if given["UserName"].lower() in _RESERVED:
        raise validation(f"{given['UserName']} is a reserved user name")
    _taken(found, given["UserName"], next((email.get("Value") for email in given.get("Emails", [])), None))
    check_quota(call, "users", len(found.users))
    user = dict(given) | {"UserId": new_id(), "UserStatus": "ENABLED"} | stamps(call)
    found.users[user["UserId"]] = user
    return {"UserId": user["UserId"], "IdentityStoreId": user["IdentityStoreId"]}


def _user(found: Directory, user_id: str) -> dict[str, Any]:
    if user_id not in found.users:
        raise missing("USER", user_id)
    return found.users[user_id]


def describe(call: Call) -> dict[str, Any]:
    return dict(_user(directory_of(call), call.input["UserId"]))


def delete(call: Call) -> dict[str, Any]:
    """A user takes their memberships along."""
    found = directory_of(call)
    user = _user(found, call.input["UserId"])
    writable(call)
    del found.users[user["UserId"]]
    found.memberships = {name: item for name, item in found.memberships.items()
                         if item["MemberId"]["UserId"] != user["UserId"]}
    return {}


def get_id(call: Call) -> dict[str, Any]:
    wanted = call.input["AlternateIdentifier"]
    unique = wanted.get("UniqueAttribute")
    path = unique["AttributePath"].lower() if unique else ""
    if unique and path not in ("username", "emails.value"):
        raise validation(f"The attribute {unique['AttributePath']} is not a unique attribute")
    for user in directory_of(call).users.values():
        values = [user["UserName"]] if path == "username" else [email["Value"] for email in user.get("Emails", [])]
        if (unique and unique["AttributeValue"] in values) or (
                "ExternalId" in wanted and wanted["ExternalId"] in user.get("ExternalIds", [])):
            return {"UserId": user["UserId"], "IdentityStoreId": user["IdentityStoreId"]}
    raise missing("USER", new_id())


def list_all(call: Call) -> dict[str, Any]:
    users = list(directory_of(call).users.values())
    for rule in call.input.get("Filters", []):
        users = [user for user in users if user.get(rule["AttributePath"]) == rule["AttributeValue"]]
    found, token = page(call, users, lambda user: [user["UserId"]], default=PAGE)
    return with_token({"Users": found}, token)


def provision(world: World, arguments: dict[str, Any]) -> Any:
    """Groups with their members as an identity provider writes them through SCIM: {"groups": {NAME: [USER]}}.

    Users are made where they are missing, memberships become exactly these; all carry ExternalIds.
    """
    account, region = str(arguments.get("account", world.account)), str(arguments.get("region", "us-east-1"))
    with world.lock:
        named = store_id(account, region)
        found, now = directory(world, named), world.clock.now()
        made = {"IdentityStoreId": named, "CreatedAt": now, "UpdatedAt": now}
        ids = {user["UserName"]: user["UserId"] for user in found.users.values()}
        for name in {name for members in arguments["groups"].values() for name in members} - set(ids):
            ids[name] = new_id()
            found.users[ids[name]] = {"UserId": ids[name], "UserName": name, "DisplayName": name, "UserStatus": "ENABLED",
                                      "ExternalIds": [{"Issuer": "https://idp.example.com", "Id": name}]} | made
        groups = {group["DisplayName"]: group["GroupId"] for group in found.groups.values()}
        for name, members in arguments["groups"].items():
            group_id = groups.get(name) or new_id()
            found.groups[group_id] = {"GroupId": group_id, "DisplayName": name,
                                      "ExternalIds": [{"Issuer": "https://idp.example.com", "Id": name}]} | made
            found.memberships = {key: item for key, item in found.memberships.items() if item["GroupId"] != group_id}
            for user in members:
                membership = {"MembershipId": new_id(), "GroupId": group_id, "MemberId": {"UserId": ids[user]}} | made
                found.memberships[membership["MembershipId"]] = membership
    return {"IdentityStoreId": named}
