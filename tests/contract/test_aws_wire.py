"""Request bodies against botocore's serializer, answers against its parser."""

from __future__ import annotations

import datetime
import json
import random
from typing import Any
from urllib.parse import parse_qsl, urlencode

import botocore.session
import pytest
from botocore import parsers, serialize
from botocore.model import OperationModel, Shape

from aws_tool import ask, botocore_name, tables

SESSION = botocore.session.get_session()
OPERATIONS = tables()["operations"]
PROTOCOLS = {row["name"]: row["protocol"] for row in tables()["services"]}
VARIANTS = 12


def label(row: dict[str, Any]) -> str:
    return f"{row['service']}-{row['name']}"


def model_of(row: dict[str, Any]) -> OperationModel:
    return SESSION.get_service_model(botocore_name(row["service"])).operation_model(row["name"])


def sample(shape: Shape, random_: random.Random, depth: int = 0, least: int = 0) -> Any:
    """A value of a shape; members are left out at random, lists are empty at times, but no list holds an empty
    structure: AWS sends none, and in XML nothing would tell it from an empty string."""
    if shape.type_name == "structure":
        if shape.metadata.get("document"):
            return "a document"
        names = [name for name in shape.members if depth < 6 and random_.random() < 0.7]
        names = names[:1] if shape.is_tagged_union else names
        names = names or list(shape.members)[:least]
        return {name: sample(shape.members[name], random_, depth + 1) for name in names}
    if shape.type_name == "list":
        return [sample(shape.member, random_, depth + 1, least=1) for _ in range(random_.randint(0, 2))]
    if shape.type_name == "map":
        return {f"k{index}": sample(shape.value, random_, depth + 1) for index in range(random_.randint(0, 2))}
    if shape.type_name == "boolean":
        return random_.random() < 0.5
    if shape.type_name in ("integer", "long"):
        return random_.randint(0, 10**6)
    if shape.type_name in ("float", "double"):
        return random_.randint(0, 1000) / 4
    if shape.type_name == "timestamp":
        return datetime.datetime(2026, 11, 22, 20, 41, tzinfo=datetime.timezone.utc)
    if shape.type_name == "blob":
        return "blob"
    return random_.choice(["", "plain", "a b+c&d=e/f", "ü€😀", '{"Version":"2012-10-17"}', "line\nbreak\t<x>&amp;"])


def has_timestamp(value: Any) -> bool:
    if isinstance(value, dict):
        return any(has_timestamp(member) for member in value.values())
    if isinstance(value, list):
        return any(has_timestamp(member) for member in value)
    return isinstance(value, datetime.datetime)


@pytest.mark.parametrize("row", OPERATIONS, ids=label)
def test_request_bodies(row: dict[str, Any]) -> None:
    model = model_of(row)
    serializer = serialize.create_serializer(PROTOCOLS[row["service"]], include_validation=False)
    random_ = random.Random(label(row))
    inputs = [sample(model.input_shape, random_) if model.input_shape else {} for _ in range(VARIANTS)]
    inputs = [value for value in inputs if not has_timestamp(value)]
    asked = [{"do": "encode", "service": row["service"], "operation": row["name"], "input": value} for value in inputs]
    for value, ours in zip(inputs, ask(asked)):
        theirs = serializer.serialize_to_request(value, model)["body"]
        if PROTOCOLS[row["service"]] == "json":
            assert json.loads(ours["body"]) == json.loads(theirs)
        else:
            pairs = parse_qsl(ours["body"], keep_blank_values=True, strict_parsing=True)
            assert len(pairs) == len(dict(pairs))
            assert dict(pairs) == {name: str(text) for name, text in theirs.items()}
            assert urlencode(pairs) == ours["body"], "who parses the form and writes it again must get what was signed"


def escape(text: str) -> str:
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(plain, escaped)
    return text


def to_xml(name: str, shape: Shape, value: Any) -> str:
    if shape.type_name == "structure":
        inner = "".join(to_xml(shape.members[member].serialization.get("name", member), shape.members[member], item)
                        for member, item in value.items())
    elif shape.type_name == "list":
        member = shape.member.serialization.get("name", "member")
        inner = "\n  " + "".join(to_xml(member, shape.member, item) + "\n  " for item in value)
    elif shape.type_name == "boolean":
        inner = "true" if value else "false"
    elif shape.type_name == "timestamp":
        inner = "2026-11-22T20:41:00Z"
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


def as_ours(value: Any) -> Any:
    """botocore's parsed answer as we give it: timestamps stay text."""
    if isinstance(value, dict):
        return {name: as_ours(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_ours(member) for member in value]
    return "2026-11-22T20:41:00Z" if isinstance(value, datetime.datetime) else value


@pytest.mark.parametrize("row", [row for row in OPERATIONS if PROTOCOLS[row["service"]] == "query"], ids=label)
def test_xml_answers(row: dict[str, Any]) -> None:
    model = model_of(row)
    parser = parsers.create_parser("query")
    random_ = random.Random(label(row))
    bodies = []
    for _ in range(VARIANTS):
        value = sample(model.output_shape, random_) if model.output_shape else {}
        result = to_xml(f"{row['name']}Result", model.output_shape, value) if model.output_shape else ""
        bodies.append(f'<?xml version="1.0"?>\n<{row["name"]}Response xmlns="https://example.com/doc/2010-05-08/">'
                      f"{result}<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>"
                      f"</{row['name']}Response>")
    asked = [{"do": "decode", "service": row["service"], "operation": row["name"], "body": body} for body in bodies]
    for body, ours in zip(bodies, ask(asked)):
        theirs = parser.parse({"status_code": 200, "headers": {}, "body": body.encode()}, model.output_shape)
        theirs.pop("ResponseMetadata")
        assert ours.get("request_id") == "id-1", ours
        assert ours["output"] == as_ours(theirs), body


#: Pieces of texts that users may choose, and what makes escapes hard to tell apart.
PIECES = ["a", "\0", "\ud83d", "\ude00", "😀", "\\", "\\u0000", "\\ud83d", '"', "ü", "\n", "\x1b", "\u202e"]


def whole(text: str) -> str:
    """As we hand it on: characters that C strings and UTF-8 cannot hold are replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def test_json_answers_with_texts_that_users_chose() -> None:
    random_ = random.Random(11)
    texts = ["".join(random_.choices(PIECES, k=random_.randint(0, 8))) for _ in range(400)]
    asked = [{"do": "decode", "service": "sagemaker", "operation": "ListSpaces",
              "body": json.dumps({"Spaces": [{"SpaceDisplayName": text}]})} for text in texts]
    for text, ours in zip(texts, ask(asked)):
        assert ours["output"] == {"Spaces": [{"SpaceDisplayName": whole(text)}]}, ascii(text)
