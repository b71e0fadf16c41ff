"""A small evaluation of identity policies, for iam:PassRole only: no boundaries, no conditions, no SCPs."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from ..world import Call
from . import state


def allowed(call: Call, action: str, resource: str) -> bool:
    """Whether the caller's own policies allow this. An account's root may do everything."""
    who = call.principal
    if who is None:
        return False
    if who.arn.endswith(":root"):
        return True
    decided = False
    for document in _documents(call):
        for statement in _as_list(json.loads(document).get("Statement")):
            if _covers(statement, action, resource):
                if statement["Effect"] == "Deny":
                    return False
                decided = True
    return decided


def _documents(call: Call) -> list[str]:
    who = call.principal
    assert who is not None
    if who.role_arn:
        holder: Any = state.role_by_arn(call.world, who.role_arn)
    else:
        holder = state.backend(who.account, call.partition).users.get(who.arn.rpartition("/")[2])
    if holder is None:
        return []
    managed = [version.document for policy in holder.managed_policies.values()
               for version in policy.versions if version.is_default]
    return managed + [text if isinstance(text, str) else json.dumps(text) for text in holder.policies.values()]


def _covers(statement: dict[str, Any], action: str, resource: str) -> bool:
    actions = [str(item).lower() for item in _as_list(statement.get("Action"))]
    resources = [str(item) for item in _as_list(statement.get("Resource"))]
    return (any(fnmatch.fnmatchcase(action.lower(), item) for item in actions)
            and any(fnmatch.fnmatchcase(resource, item) for item in resources))


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
