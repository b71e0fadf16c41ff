"""Whether policies allow a request: identity policies, and the permissions boundary around them.

A second reading of IAM's evaluation logic (IAM User Guide, "Policy evaluation logic") that shares
nothing with the program's own. What it does not know is an UnknownElement, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Sequence

from ..auth import conditions
from ..auth.conditions import Context, UnknownElement, arn_like, as_list, like
from .needs import Need

Policy = dict[str, Any]

_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}


@dataclass(frozen=True)
class Verdict:
    """Allowed when `why` is empty; else what the sentence about the denial ends with."""

    why: str = ""

    @property
    def allowed(self) -> bool:
        return not self.why


def decide(identity: Sequence[Policy], boundary: Policy | None, need: Need, principal: Context | None = None) -> Verdict:
    """`boundary` None: there is none. `principal` holds the keys that follow from who asks."""
    context = {**(principal or {}), **need.context}
    for kind, policies in (("an identity-based policy", identity),
                           ("a permissions boundary", [boundary] if boundary else [])):
        if any(_effects(policies, "Deny", need, context)):
            return Verdict(f"with an explicit deny in {kind}")
    if boundary is not None and not any(_effects([boundary], "Allow", need, context)):
        return Verdict(f"because no permissions boundary allows the {need.action} action")
    if not any(_effects(identity, "Allow", need, context)):
        return Verdict(f"because no identity-based policy allows the {need.action} action")
    return Verdict()


def allowing(policy: Policy, need: Need) -> Iterator[dict[str, Any]]:
    """The statements of one policy that allow it."""
    return _effects([policy], "Allow", need, need.context)


def allows(policy: Policy, need: Need) -> bool:
    """What this policy alone says."""
    return decide([policy], None, need).allowed


def _effects(policies: Sequence[Policy], effect: str, need: Need, context: Context) -> Iterator[dict[str, Any]]:
    for policy in policies:
        for statement in as_list(policy["Statement"]):
            if statement["Effect"] == effect and _applies(statement, need, context):
                yield statement


def _applies(statement: dict[str, Any], need: Need, context: Context) -> bool:
    unknown = set(statement) - _ELEMENTS
    if unknown:
        raise UnknownElement(f"statement with {', '.join(sorted(unknown))}")
    action = any(like(need.action.lower(), pattern.lower()) for pattern in _element(statement, "Action"))
    resource = any(arn_like(need.resource, pattern) for pattern in _element(statement, "Resource"))
    return (action != ("NotAction" in statement) and resource != ("NotResource" in statement)
            and conditions.hold(statement.get("Condition"), context))


def _element(statement: dict[str, Any], name: str) -> list[str]:
    return conditions.texts(statement.get(name, statement.get("Not" + name)))
