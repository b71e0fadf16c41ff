"""The query and ec2 protocols: form fields into values, values into XML."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.model import Shape
from botocore.utils import parse_timestamp

from ..errors import AwsError
from ..model.checker import Problem


def form_fields(body: bytes, query: str) -> dict[str, str]:
    """The fields of a form post (or of the query string of a GET)."""
    text = body.decode("utf-8", "strict") if body else query
    return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))


class FormReader:
    """Reads one operation's input from its fields and remembers which fields were used."""

    def __init__(self, fields: dict[str, str], ec2: bool) -> None:
        self.fields = fields
        self.ec2 = ec2
        self.used: set[str] = {"Action", "Version"}
        self.prefixes: set[str] = set()
        for name in fields:
            parts = name.split(".")
            self.prefixes.update(".".join(parts[:count]) for count in range(1, len(parts) + 1))

    def read(self, shape: Shape | None) -> dict[str, Any]:
        if shape is None:
            return {}
        return self._structure(shape, "")

    def unknown(self) -> list[Problem]:
        return [Problem(name, value, "", unknown=True) for name, value in self.fields.items() if name not in self.used]

    def _name(self, shape: Shape, default: str) -> str:
        if not self.ec2:
            return str(shape.serialization.get("name", default))
        if "queryName" in shape.serialization:
            return str(shape.serialization["queryName"])
        if "name" in shape.serialization:
            name = str(shape.serialization["name"])
            return name[:1].upper() + name[1:]
        return default

    def _value(self, shape: Shape, prefix: str) -> Any:
        if shape.type_name == "structure":
            return self._structure(shape, prefix)
        if shape.type_name == "list":
            return self._list(shape, prefix)
        if shape.type_name == "map":
            return self._map(shape, prefix)
        self.used.add(prefix)
        return _scalar(shape, self.fields.get(prefix, ""), prefix)

    def _structure(self, shape: Shape, prefix: str) -> dict[str, Any]:
        self.used.add(prefix)
        result: dict[str, Any] = {}
        for name, member in shape.members.items():
            inner = self._member_prefix(prefix, name, member)
            if inner in self.prefixes:
                result[name] = self._value(member, inner)
        return result

    def _member_prefix(self, prefix: str, name: str, member: Shape) -> str:
        inner = self._name(member, name)
        if member.type_name == "list" and not self.ec2 and member.serialization.get("flattened"):
            inner = member.member.serialization.get("name", inner)
        return f"{prefix}.{inner}" if prefix else inner

    def _list(self, shape: Shape, prefix: str) -> list[Any]:
        self.used.add(prefix)
        flat = self.ec2 or shape.serialization.get("flattened")
        base = prefix if flat else f"{prefix}.{shape.member.serialization.get('name', 'member')}"
        result = []
        index = 1
        while f"{base}.{index}" in self.prefixes:
            result.append(self._value(shape.member, f"{base}.{index}"))
            index += 1
        return result

    def _map(self, shape: Shape, prefix: str) -> dict[str, Any]:
        self.used.add(prefix)
        base = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
        result = {}
        index = 1
        while f"{base}.{index}" in self.prefixes:
            key = self._value(shape.key, f"{base}.{index}.{shape.key.serialization.get('name', 'key')}")
            value_name = shape.value.serialization.get("name", "value")
            result[key] = self._value(shape.value, f"{base}.{index}.{value_name}")
            index += 1
        return result


def _scalar(shape: Shape, text: str, prefix: str) -> Any:
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name in ("float", "double"):
            return float(text)
        if shape.type_name == "boolean":
            if text.lower() not in ("true", "false"):
                raise ValueError(text)
            return text.lower() == "true"
        if shape.type_name == "timestamp":
            return parse_timestamp(text).timestamp()
    except ValueError:
        raise AwsError("MalformedInput", f"{prefix}: '{text}' is not a valid {shape.type_name}") from None
    return text


def to_xml(shape: Shape | None, value: dict[str, Any], ec2: bool) -> str:
    """The inside of the result element: one element per member of the output."""
    out: list[str] = []
    if shape is not None:
        _write_members(shape, value, out, ec2)
    return "".join(out)


def _element_name(shape: Shape, default: str) -> str:
    return str(shape.serialization.get("name", default))


def _write_members(shape: Shape, value: dict[str, Any], out: list[str], ec2: bool) -> None:
    for name, member in shape.members.items():
        item = value.get(name)
        if item is not None:
            _write(member, item, _element_name(member, name), out, ec2)


def _write(shape: Shape, value: Any, name: str, out: list[str], ec2: bool) -> None:
    kind = shape.type_name
    if kind == "list" and shape.serialization.get("flattened"):
        for item in value:
            _write(shape.member, item, _element_name(shape.member, name), out, ec2)
        return
    out.append(f"<{name}>")
    if kind == "structure":
        _write_members(shape, value, out, ec2)
    elif kind == "list":
        item_name = _element_name(shape.member, "item" if ec2 else "member")
        for item in value:
            _write(shape.member, item, item_name, out, ec2)
    elif kind == "map":
        for key, item in value.items():
            out.append("<entry>")
            _write(shape.key, key, _element_name(shape.key, "key"), out, ec2)
            _write(shape.value, item, _element_name(shape.value, "value"), out, ec2)
            out.append("</entry>")
    else:
        out.append(_text(kind, value))
    out.append(f"</{name}>")


def _text(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return iso_time(value)
    if isinstance(value, bytes):
        return value.decode("ascii")
    return escape(str(value))


def iso_time(value: Any) -> str:
    """ISO 8601 in UTC with whole seconds, as IAM and STS write it."""
    if isinstance(value, datetime.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        moment = moment.astimezone(datetime.timezone.utc)
    else:
        moment = datetime.datetime.fromtimestamp(float(value), datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
