"""After a run of the end-to-end tests with --as-restricted-role=FOLDER: what the program was allowed to
do is what it needed. SK_RESTRICTED_RECORD names the folder.

Each action of each printed document was used; without it the documents allow less than was asked for,
so that some run would have failed. The requests are the recorded ones, decided again.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cloud.auth.conditions import arn_like, as_list, like  # noqa: E402
from cloud.authorization.needs import Need  # noqa: E402
from cloud.authorization.policy import Policy, allows  # noqa: E402
from e2e import restricted  # noqa: E402
from e2e.support import program  # noqa: E402

Grant = tuple[str, str]  # statement, action

#: What is printed and cannot be needed yet, and why. An entry that is needed after all fails the test.
NOT_YET: dict[Grant, str] = {}
#: What runs begin as. What the roles of accounts did counts for --write.
READER, WRITER = "controller--read", "controller--write"


@cache
def record() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Without what other roles did: tests have their own to be refused, and to try the local cloud."""
    printed, decisions = restricted.load(os.environ["SK_RESTRICTED_RECORD"])
    accounts = {row["role"].rsplit("/", 1)[1] for value in printed for row in value["policies"] if "role" in row}
    return printed, [row for row in decisions if row["role"] in {READER, WRITER} | accounts]


@cache
def needs(access: str) -> dict[str, set[Need]]:
    """What was asked and allowed, by action. A role of --write also reads."""
    found: dict[str, set[Need]] = defaultdict(set)
    for row in record()[1]:
        if row["allowed"] and (access != "read" or row["role"] == READER):
            found[row["action"]].add(Need.from_json(row))
    return found


@cache
def documents(access: str) -> list[Policy]:
    found: dict[str, Policy] = {}
    for value in record()[0]:
        if access == "assume" and "assume" in value:
            found[repr(value["assume"])] = value["assume"]
        elif value.get("access") == access:
            found |= {repr(row["policy"]): row["policy"] for row in value["policies"]}
    return list(found.values())


def grants(document: Policy) -> set[Grant]:
    return {(statement.get("Sid", ""), action) for statement in document["Statement"] for action in as_list(statement["Action"])}


def without(document: Policy, grant: Grant) -> Policy:
    less = copy.deepcopy(document)
    for statement in less["Statement"]:
        if statement.get("Sid", "") == grant[0]:
            statement["Action"] = [action for action in as_list(statement["Action"]) if action != grant[1]]
    return less


def test_there_is_a_record() -> None:
    printed, decisions = record()
    assert len(printed) > 20 and len(decisions) > 500


def test_nothing_was_refused() -> None:
    """But to delete again what is gone: its tags and its path went with it, which is what the policy looks at."""
    deleted = {item.resource for action, items in needs("write").items() if ":Delete" in action for item in items}
    refused = [row for row in record()[1] if not row["allowed"]]
    assert [row for row in refused if ":Delete" not in row["action"] or (
        row["resource"] not in deleted and not row["resource"].startswith("role "))] == []


@pytest.mark.parametrize("access", ["read", "write", "assume"])
def test_each_action_was_used_and_is_needed(access: str) -> None:
    """For each of them there is a document and a request that it allows, and does not allow without it."""
    idle: set[Grant] = set()
    used: set[Grant] = set()
    for document in documents(access):
        for grant in grants(document) - used:
            less = without(document, grant)
            if any(allows(document, item) and not allows(less, item) for item in needs(access)[grant[1]]):
                used.add(grant)
            else:
                idle.add(grant)
    assert used, "no document was printed"
    missing = idle - used
    assert missing - set(NOT_YET) == set(), "make these calls in a test that script/test runs as a restricted role"
    assert used & set(NOT_YET) == set(), "take these out of NOT_YET"


def test_reading_asked_for_nothing_that_writes() -> None:
    asked = set(needs("read")) - {"sts:AssumeRole"}
    assert asked and all(action.split(":")[1].startswith(("Get", "List", "Describe")) for action in asked)


# the table of the local cloud against the program's catalogue, which is AWS's Service Authorization Reference


@cache
def reference(action: str) -> dict[str, Any]:
    shown = subprocess.run([str(program()), "policy", "actions", action, "--output", "json"], check=True,
                           capture_output=True, text=True, timeout=60)
    (row,) = json.loads(shown.stdout)
    return dict(row)


def test_what_was_asked_is_what_aws_asks() -> None:
    """Each action was asked for on a resource that it has, with condition keys that come with it."""
    for action, items in needs("write").items():
        row = reference(action)
        arns = [resource["arn"] for resource in row["resources"]]
        for item in items:
            assert any(arn_like(item.resource, arn) for arn in arns) if arns else item.resource == "*", item
            keys = {key for key in item.context if not (key.startswith("aws:ResourceTag/") and arns)}
            assert all(any(like(key, known) for known in row["conditionKeys"]) for key in keys), (item, row["conditionKeys"])
