"""Whether a role's trust policy lets someone assume it: principals, actions and conditions."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass, field
from typing import Any

from . import conditions
from .conditions import as_list


@dataclass
class Caller:
    """Who asks: every way in which a policy can name them, and the context keys of the request."""

    kind: str  # AWS, Service or Federated
    names: set[str]
    context: dict[str, list[str]] = field(default_factory=dict)


def allows(document: str, action: str, caller: Caller) -> bool:
    """True if some statement allows and none denies. A document that is no JSON allows nothing."""
    try:
        statements = as_list(json.loads(document).get("Statement"))
    except (ValueError, AttributeError):
        return False
    allowed = False
    for statement in statements:
        if not isinstance(statement, dict) or not _applies(statement, action, caller):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed


def _applies(statement: dict[str, Any], action: str, caller: Caller) -> bool:
    patterns = as_list(statement.get("Action"))
    if not any(fnmatch.fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns):
        return False
    return _names(statement.get("Principal"), caller) and conditions.hold(statement.get("Condition"), caller.context)


def _names(principal: Any, caller: Caller) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    values = [str(value) for value in as_list(principal.get(caller.kind))]
    return any(value == "*" and caller.kind == "AWS" or value in caller.names for value in values)
