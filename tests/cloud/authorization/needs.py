"""What an operation asks of its caller: actions, on resources, with condition keys.

The table is rows.py; here is how a row and a request become needs. The facts about what is there
(tags, boundaries, paths of roles) come from a `Facts`, so that the same table serves this cloud and
tests that have only calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Mapping, Protocol

Keys = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Need:
    """One action that must be allowed on one resource; `keys` are the request's own condition keys."""

    action: str
    resource: str = "*"
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def context(self) -> Keys:
        return dict(self.keys)

    def as_json(self) -> dict[str, Any]:
        return {"action": self.action, "resource": self.resource, "keys": {key: list(values) for key, values in self.keys}}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Need":
        return Need(value["action"], value["resource"], tuple((key, tuple(item)) for key, item in value["keys"].items()))


def need(action: str, resource: str = "*", **keys: str | tuple[str, ...]) -> Need:
    """A Need, with single values written as text."""
    return Need(action, resource, tuple((key, (value,) if isinstance(value, str) else value)
                                        for key, value in keys.items()))


class Facts(Protocol):
    """What is there when the request arrives."""

    def role_arn(self, name: str) -> str | None: ...
    def boundary(self, role_name: str) -> str | None: ...
    def tags(self, arn: str) -> dict[str, str]: ...
    def space_keys(self, arn: str) -> dict[str, str]: ...


@dataclass(frozen=True)
class Ask:
    """One request, and where it was sent."""

    service: str
    operation: str
    partition: str
    account: str
    region: str
    given: Mapping[str, Any]
    facts: Facts

    def arn(self, service: str, tail: str, region: bool = True) -> str:
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account}:{tail}"


@dataclass(frozen=True)
class Row:
    """An operation in the table.

    `resources`: each must be allowed; words in braces are the input's members, or special (rows.py).
    `makes`: nothing is there yet; tags of the request then need the action in `tagging` as well.
    `keys`, `besides`: more condition keys, and what else is needed.
    """

    resources: tuple[str, ...] = ("*",)
    action: str = ""  # default: the operation's own name
    makes: bool = False
    tagging: str = ""
    keys: tuple[Callable[[Ask, str], Mapping[str, str]], ...] = ()
    besides: tuple[Callable[[Ask], Iterator[Need]], ...] = ()


#: Prefixes of actions where they are not the name of the service.
PREFIXES = {"resourcegroupstaggingapi": "tag", "tagging": "tag", "sso-admin": "sso", "service-quotas": "servicequotas"}


class MissingRow(Exception):
    """The table does not know the operation."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(f"what {ask.service}:{ask.operation} asks of its caller is not known: add a row to "
                         "tests/cloud/authorization/rows.py")


def of(ask: Ask) -> list[Need]:
    """Everything that must be allowed for this request, its own action first."""
    from .rows import FREE, ROWS

    if (ask.service, ask.operation) in FREE:
        return []
    service = "resourcegroupstaggingapi" if ask.service == "tagging" else ask.service
    row = ROWS.get((service, ask.operation))
    if row is None:
        raise MissingRow(ask)
    found = []
    action = row.action or f"{PREFIXES.get(ask.service, ask.service)}:{ask.operation}"
    for template in row.resources:
        resource = _expanded(ask, template)
        found.append(_need(ask, row, action, resource))
        if row.makes and row.tagging and ask.given.get("Tags"):
            extra = {"sagemaker:TaggingAction": ask.operation} if ask.service == "sagemaker" else {}
            found.append(Need(row.tagging, resource, _pairs(request_tags(ask) | {key: (text,) for key, text in extra.items()})))
    for more in row.besides:
        found.extend(more(ask))
    return found


def _need(ask: Ask, row: Row, action: str, resource: str) -> Need:
    keys = request_tags(ask)
    if not row.makes:
        keys |= {f"aws:ResourceTag/{key}": (value,) for key, value in ask.facts.tags(resource).items()}
    for more in row.keys:
        keys |= {key: (value,) for key, value in more(ask, resource).items() if value}
    return Need(action, resource, _pairs(keys))


def _pairs(keys: Keys) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted(keys.items()))


def request_tags(ask: Ask) -> Keys:
    """aws:RequestTag and aws:TagKeys; without tags in the request there are none."""
    tags = ask.given.get("Tags") or []
    keys: Keys = {f"aws:RequestTag/{tag['Key']}": (str(tag["Value"]),) for tag in tags}
    names = [tag["Key"] for tag in tags] or list(ask.given.get("TagKeys") or [])
    return keys | ({"aws:TagKeys": tuple(names)} if names else {})


def _expanded(ask: Ask, template: str) -> str:
    from .rows import WORDS

    def replaced(match: re.Match[str]) -> str:
        name = match.group(1)
        return WORDS[name](ask) if name in WORDS else str(ask.given[name])

    return re.sub(r"\{(\w+)\}", replaced, template)
