"""Checks values against the shapes of a service model, with AWS's own words for what is wrong.

A checker is built once per shape and kept; a request then costs a walk over its own members.
Both sides use it: what comes in is refused with the error AWS gives, what goes out and does not
fit is a fault of this cloud.
"""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from typing import Any, Callable
from urllib.parse import unquote

import regex
from botocore.model import Shape

from .catalogue import service_model


class TypeMismatch(Exception):
    """A value of a wrong JSON type: AWS cannot even deserialise it."""


@dataclass(frozen=True)
class Problem:
    path: str
    value: Any
    constraint: str
    unknown: bool = False

    def sentence(self) -> str:
        if self.unknown:
            return f"Unknown member at '{self.path}' (AWS ignores it; the local AWS does not)"
        shown = "null" if self.value is None else f"'{_show(self.value)}'"
        return f"Value {shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def message(problems: list[Problem]) -> str:
    """AWS's sentence for a list of problems."""
    count = len(problems)
    noun = "error" if count == 1 else "errors"
    return f"{count} validation {noun} detected: " + "; ".join(item.sentence() for item in problems)


def _show(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_show(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _member_path(path: str, name: str) -> str:
    lowered = name[:1].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered


Check = Callable[[Any, str, list[Problem]], None]


class Checkers:
    """The checkers of one service, built as they are needed."""

    #: Members AWS answers with although the model's enumeration does not have them.
    EXTRA_ENUM = {
        "PermissionsBoundaryAttachmentType": ("Policy",),
        # EC2 spells the states of VPC endpoints in either case.
        "State": ("pending", "available", "deleting", "deleted", "failed", "rejected", "expired"),
    }

    def __init__(self) -> None:
        self._built: dict[str, Check] = {}

    def of(self, shape: Shape) -> Check:
        key = shape.name + "|" + shape.type_name
        check = self._built.get(key)
        if check is None:
            # Recursive shapes find this stand-in, which looks the finished checker up when called.
            self._built[key] = lambda value, path, problems: self._built[key](value, path, problems)
            check = self._built[key] = self._build(shape)
        return check

    def _build(self, shape: Shape) -> Check:
        builder = getattr(self, "_build_" + shape.type_name, None)
        if builder is None:
            return lambda value, path, problems: None
        built: Check = builder(shape)
        return built

    def _build_structure(self, shape: Shape) -> Check:
        if getattr(shape, "is_document_type", False):
            return lambda value, path, problems: None
        members = {name: (_member_path("", name), self.of(member)) for name, member in shape.members.items()}
        required = list(shape.required_members)
        union = getattr(shape, "is_tagged_union", False)

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            if not isinstance(value, dict):
                raise TypeMismatch(f"{path or 'body'}: expected a structure")
            for name, item in value.items():
                member = members.get(name)
                if member is None:
                    problems.append(Problem(_member_path(path, name), item, "", unknown=True))
                elif item is not None:
                    member[1](item, f"{path}.{member[0]}" if path else member[0], problems)
            for name in required:
                if value.get(name) is None:
                    problems.append(Problem(_member_path(path, name), None, "Member must not be null"))
            if union and sum(1 for item in value.values() if item is not None) != 1:
                problems.append(Problem(path, value, "Member must have exactly one of its members set"))

        return check

    def _build_list(self, shape: Shape) -> Check:
        item_check = self.of(shape.member)
        length = _length_check(shape)

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            if not isinstance(value, list):
                raise TypeMismatch(f"{path}: expected a list")
            length(value, path, problems)
            for index, item in enumerate(value, 1):
                where = f"{path}.{index}.member"
                if item is None:
                    problems.append(Problem(where, None, "Member must not be null"))
                else:
                    item_check(item, where, problems)

        return check

    def _build_map(self, shape: Shape) -> Check:
        key_check, value_check, length = self.of(shape.key), self.of(shape.value), _length_check(shape)

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            if not isinstance(value, dict):
                raise TypeMismatch(f"{path}: expected a map")
            length(value, path, problems)
            for key, item in value.items():
                key_check(key, f"{path}.key", problems)
                value_check(item, f"{path}.{key}.member", problems)

        return check

    def _build_string(self, shape: Shape) -> Check:
        length = _length_check(shape)
        pattern = shape.metadata.get("pattern")
        allowed = list(shape.metadata.get("enum") or ())
        accepted = frozenset(allowed) | frozenset(self.EXTRA_ENUM.get(shape.name, ()))
        listed = ", ".join(allowed)
        # IAM answers with documents URL-encoded; the bounds are those of the documents.
        encoded = shape.name == "policyDocumentType"

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            if not isinstance(value, str):
                raise TypeMismatch(f"{path}: {_show(value)} can not be converted to a String")
            length(unquote(value) if encoded and value.startswith("%7B") else value, path, problems)
            if allowed and value not in accepted:
                problems.append(Problem(path, value, f"Member must satisfy enum value set: [{listed}]"))
            if pattern and not _compiled(pattern).fullmatch(value):
                problems.append(Problem(path, value, f"Member must satisfy regular expression pattern: {pattern}"))

        return check

    def _number(self, shape: Shape, types: tuple[type, ...]) -> Check:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")

        def check(value: Any, path: str, problems: list[Problem]) -> None:
            if isinstance(value, bool) or not isinstance(value, types):
                raise TypeMismatch(f"{path}: {_show(value)} can not be converted to {shape.type_name}")
            if low is not None and value < low:
                problems.append(Problem(path, value, f"Member must have value greater than or equal to {low}"))
            if high is not None and value > high:
                problems.append(Problem(path, value, f"Member must have value less than or equal to {high}"))

        return check

    def _build_integer(self, shape: Shape) -> Check:
        return self._number(shape, (int,))

    _build_long = _build_integer

    def _build_float(self, shape: Shape) -> Check:
        return self._number(shape, (int, float))

    _build_double = _build_float

    def _build_boolean(self, shape: Shape) -> Check:
        def check(value: Any, path: str, problems: list[Problem]) -> None:
            if not isinstance(value, bool):
                raise TypeMismatch(f"{path}: {_show(value)} can not be converted to a Boolean")

        return check

    def _build_timestamp(self, shape: Shape) -> Check:
        def check(value: Any, path: str, problems: list[Problem]) -> None:
            if isinstance(value, bool) or not isinstance(value, (int, float, datetime.datetime)):
                raise TypeMismatch(f"{path}: {_show(value)} can not be converted to a Timestamp")

        return check

    def _build_blob(self, shape: Shape) -> Check:
        def check(value: Any, path: str, problems: list[Problem]) -> None:
            if not isinstance(value, (str, bytes)):
                raise TypeMismatch(f"{path}: {_show(value)} can not be converted to a Blob")

        return check


def _length_check(shape: Shape) -> Check:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")

    def check(value: Any, path: str, problems: list[Problem]) -> None:
        if low is not None and len(value) < low:
            problems.append(Problem(path, value, f"Member must have length greater than or equal to {low}"))
        if high is not None and len(value) > high:
            problems.append(Problem(path, value, f"Member must have length less than or equal to {high}"))

    return check


@functools.cache
def _compiled(pattern: str) -> Any:
    # The patterns are Java's: \p{L} is known (which Python's own re lacks), \w and \d are ASCII.
    return regex.compile(_ascii_classes(pattern))


def _ascii_classes(pattern: str) -> str:
    """Spell \\w and \\d out: Java means ASCII by them, and \\p{…} must keep meaning Unicode."""
    out: list[str] = []
    index, in_class = 0, False
    while index < len(pattern):
        pair = pattern[index:index + 2]
        if pair in (r"\w", r"\d"):
            letters = "a-zA-Z0-9_" if pair == r"\w" else "0-9"
            out.append(letters if in_class else f"[{letters}]")
            index += 2
        elif pair.startswith("\\"):
            out.append(pair)
            index += 2
        else:
            if pattern[index] == "[" and not in_class:
                in_class = True
            elif pattern[index] == "]" and in_class:
                in_class = False
            out.append(pattern[index])
            index += 1
    return "".join(out)


@functools.cache
def checkers(service: str) -> Checkers:
    service_model(service)
    return Checkers()


def problems_of(service: str, shape: Shape | None, value: Any) -> list[Problem]:
    """Everything wrong with a value; TypeMismatch when it is not even of the right JSON type."""
    found: list[Problem] = []
    if shape is not None:
        checkers(service).of(shape)(value, "", found)
    elif value:
        found.extend(Problem(name, item, "", unknown=True) for name, item in value.items())
    return found
