"""The condition block of a policy, and the patterns that policies match with.

Written for this cloud alone, and narrow on purpose: what it does not know it refuses with
UnknownElement, which ends as a crash of the local AWS, since a guess would hide a mistake.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping, Sequence

#: The values of the keys of one request; the names of keys have no case.
Context = Mapping[str, Sequence[str]]
Matcher = Callable[[str, str], bool]


class UnknownElement(Exception):
    """A policy uses something that is not evaluated here."""


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> list[str]:
    """The values of an element; JSON's booleans as IAM reads them."""
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in as_list(value)]


def like(value: str, pattern: str) -> bool:
    if "${" in pattern:
        raise UnknownElement(f"policy variables are not evaluated: {pattern}")
    glob = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(glob, value, re.DOTALL) is not None


def arn_like(value: str, pattern: str) -> bool:
    """Part by part: a wildcard does not reach over the first five colons. A lone * is everything."""
    if pattern == "*":
        return True
    parts, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(like, parts, patterns))


#: Whether one value of the request fits one value of the policy. The other names in AWS's list
#: (numbers, dates, addresses, binary) are not used by any document here.
_MATCHERS: dict[str, Matcher] = {
    "StringEquals": lambda value, pattern: value == pattern,
    "StringEqualsIgnoreCase": lambda value, pattern: value.lower() == pattern.lower(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda value, pattern: value.lower() == pattern.lower(),
}


def hold(condition: Any, context: Context) -> bool:
    """Whether every test of a condition block holds."""
    found = {key.lower(): values for key, values in context.items()}
    return all(_holds(operator, texts(wanted), found.get(key.lower()))
               for operator, tests in (condition or {}).items() for key, wanted in tests.items())


def _holds(operator: str, wanted: list[str], actual: Sequence[str] | None) -> bool:
    quantifier, _, base = operator.rpartition(":")
    if quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnknownElement(f"condition operator {operator}")
    if base == "Null":
        return (actual is None) == (wanted[:1] == ["true"])
    if base.endswith("IfExists"):
        base = base[: -len("IfExists")]
        if actual is None:
            return True
    negated = "Not" in base
    matcher = _MATCHERS.get(base.replace("Not", "", 1))
    if matcher is None or base == "NotBool":
        raise UnknownElement(f"condition operator {operator}")
    if not actual:
        return quantifier == "ForAllValues" or (negated and not quantifier)
    fits = [any(matcher(value, pattern) for pattern in wanted) != negated for value in actual]
    # Without a quantifier a negation must hold for every value, anything else for one.
    return all(fits) if quantifier == "ForAllValues" or (negated and not quantifier) else any(fits)
