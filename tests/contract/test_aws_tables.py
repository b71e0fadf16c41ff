"""Our tables of services, operations and answer shapes against the models that botocore ships."""

from __future__ import annotations

from typing import Any, Iterator

import botocore.session
import pytest
from botocore.model import OperationModel, Shape

from aws_tool import botocore_name, tables

SESSION = botocore.session.get_session()
LOADER = SESSION.get_component("data_loader")
OPERATIONS = tables()["operations"]
SERVICES = tables()["services"]


def label(row: dict[str, Any]) -> str:
    return f"{row['service']}-{row['name']}" if "service" in row else row["name"]


def model_of(row: dict[str, Any]) -> OperationModel:
    return SESSION.get_service_model(botocore_name(row["service"])).operation_model(row["name"])


def paginator_of(row: dict[str, Any]) -> dict[str, Any] | None:
    pages = LOADER.load_service_model(botocore_name(row["service"]), "paginators-1")["pagination"]
    return pages.get(row["name"])


@pytest.mark.parametrize("row", SERVICES, ids=label)
def test_service(row: dict[str, Any]) -> None:
    metadata = SESSION.get_service_model(botocore_name(row["name"])).metadata
    assert row["protocol"] == metadata["protocol"]
    assert row["id"] == metadata["serviceId"].upper().replace(" ", "_")
    assert row["endpoint_prefix"] == metadata["endpointPrefix"]
    assert row["signing_name"] == metadata.get("signingName", metadata["endpointPrefix"])
    if row["protocol"] == "json":
        assert row["target_prefix"] == metadata["targetPrefix"]
        assert row["json_version"] == metadata["jsonVersion"]
    else:
        assert row["api_version"] == metadata["apiVersion"]


def test_rows_are_sorted_and_unique() -> None:
    for rows in (SERVICES, OPERATIONS, tables()["shapes"]):
        keys = [(row.get("service", ""), row.get("name") or row.get("member")) for row in rows]
        assert keys == sorted(set(keys))


def test_every_operation_has_a_service() -> None:
    assert {row["service"] for row in OPERATIONS} <= {row["name"] for row in SERVICES}


@pytest.mark.parametrize("row", OPERATIONS, ids=label)
def test_operation(row: dict[str, Any]) -> None:
    model = model_of(row)
    inputs = model.input_shape.members if model.input_shape else {}
    outputs = model.output_shape.members if model.output_shape else {}
    if row["token_in"] is None:
        assert not row["lists"] and not row["size_member"] and not row["token_out"]
        return
    assert row["token_in"] in inputs and row["token_out"] in outputs
    assert row["more"] is None or outputs[row["more"]].type_name == "boolean"
    assert row["lists"] and all(outputs[name].type_name == "list" for name in row["lists"])
    size = inputs[row["size_member"]]
    assert size.type_name == "integer"
    assert size.metadata.get("min", 0) <= row["size"] <= size.metadata.get("max", row["size"])
    assert row["size_not_with"] is None or row["size_not_with"] in inputs


@pytest.mark.parametrize("row", OPERATIONS, ids=label)
def test_paging_is_that_of_the_paginator(row: dict[str, Any]) -> None:
    paginator = paginator_of(row)
    outputs = model_of(row).output_shape
    if paginator is None:
        # Then the model itself must have no token that we would miss.
        tokens = {"NextToken", "Marker", "PaginationToken"} & set(outputs.members if outputs else {})
        assert row["token_out"] in tokens if tokens else row["token_out"] is None
        return
    keys = paginator["result_key"]
    assert row["token_in"] == paginator["input_token"]
    assert row["token_out"] == paginator["output_token"]
    assert row["more"] == paginator.get("more_results")
    assert row["size_member"] == paginator.get("limit_key", row["size_member"])
    assert set(row["lists"]) == set(keys if isinstance(keys, list) else [keys])


def test_page_sizes_are_the_largest_that_the_models_allow() -> None:
    for row in OPERATIONS:
        if row["size_member"] is not None:
            largest = model_of(row).input_shape.members[row["size_member"]].metadata.get("max")
            assert row["size"] == (largest or row["size"]), label(row)


def test_effects_follow_from_the_verbs() -> None:
    for row in OPERATIONS:
        reads = row["name"].startswith(("Get", "List", "Describe")) or row["name"].startswith("AssumeRole")
        assert (row["effect"] == "read") == reads, label(row)
        if row["effect"] == "write-once":
            assert row["name"].startswith("Create"), label(row)


def members_of(shape: Shape, seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """(wire name, type) of every member below a structure."""
    if shape.name in seen:
        return
    for name, member in shape.members.items():
        yield member.serialization.get("name", name), member.type_name
        while member.type_name == "list":
            assert "flattened" not in member.serialization
            member = member.member
        assert member.type_name != "map", f"{shape.name}.{name}: maps are not read yet"
        if member.type_name == "structure":
            yield from members_of(member, seen | {shape.name})


@pytest.mark.parametrize("service", [row["name"] for row in SERVICES if row["protocol"] == "query"])
def test_shapes(service: str) -> None:
    ours = {row["member"]: row["type"] for row in tables()["shapes"] if row["service"] == service}
    theirs: dict[str, str] = {}
    for row in OPERATIONS:
        output = model_of(row).output_shape if row["service"] == service else None
        for name, kind in members_of(output) if output else ():
            # Timestamps stay text (lib/aws/aws.h).
            kind = "string" if kind in ("timestamp", "blob") else kind
            assert theirs.setdefault(name, kind) == kind, f"{label(row)}: {name} has two types"
    assert ours == {name: kind for name, kind in theirs.items() if kind != "string"}


def test_error_codes_of_the_models_have_a_row() -> None:
    """Every exception that an operation in use declares gets a reaction by its own code."""
    rows = tables()["errors"]
    missing = set()
    for row in OPERATIONS:
        for shape in model_of(row).error_shapes:
            code = shape.metadata.get("error", {}).get("code", shape.name)
            if not any(fits(error, row, code) for error in rows):
                missing.add((row["service"], code))
    assert not missing


def fits(error: dict[str, Any], operation: dict[str, Any], code: str) -> bool:
    pattern = error["code"]
    if pattern is None or error["message"] is not None or error["reason"] is not None:
        return False
    if error["service"] not in (None, operation["service"]):
        return False
    if error["operation"] is not None and not operation["name"].startswith(error["operation"]):
        return False
    if pattern.startswith("*"):
        return code.endswith(pattern[1:])
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern
