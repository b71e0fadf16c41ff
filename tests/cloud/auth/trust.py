"""Whether a role's trust policy lets someone assume it: principals, actions and conditions."""

from __future__ import annotations

import fnmatch
import json
import re
from dataclasses import dataclass, field
from typing import Any


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
    return _names(statement.get("Principal"), caller) and _conditions_hold(statement.get("Condition"), caller)


def _names(principal: Any, caller: Caller) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    values = [str(value) for value in as_list(principal.get(caller.kind))]
    return any(value == "*" and caller.kind == "AWS" or value in caller.names for value in values)


def _conditions_hold(condition: Any, caller: Caller) -> bool:
    context = {key.lower(): values for key, values in caller.context.items()}
    for operator, tests in (condition or {}).items():
        for key, wanted in tests.items():
            if not _holds(operator, [str(value) for value in as_list(wanted)], context.get(key.lower())):
                return False
    return True


def _holds(operator: str, wanted: list[str], actual: list[str] | None) -> bool:
    base = operator.split(":", 1)[-1]
    if base == "Null":
        return (actual is None) == (wanted[:1] == ["true"])
    if base.endswith("IfExists"):
        if actual is None:
            return True
        base = base[: -len("IfExists")]
    for_all = operator.startswith("ForAllValues:")
    negated = "Not" in base
    if actual is None:
        return for_all or negated
    match = _matcher(base.replace("Not", ""))
    if match is None:
        return False
    hits = [any(match(value, pattern) for pattern in wanted) for value in actual]
    if negated:
        return not any(hits) if not for_all else not all(hits)
    return all(hits) if for_all else any(hits)


def _matcher(base: str) -> Any:
    if base == "StringEquals":
        return lambda value, pattern: value == pattern
    if base in ("StringEqualsIgnoreCase", "Bool"):
        return lambda value, pattern: value.lower() == pattern.lower()
    if base in ("StringLike", "ArnLike", "ArnEquals"):
        return lambda value, pattern: re.fullmatch(_glob(pattern), value, re.DOTALL) is not None
    return None


def _glob(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
