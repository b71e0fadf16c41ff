"""AWS's own managed policies that mention SageMaker: all are read, keep their meaning, and are not said to
name actions that do not exist.

The documents come with moto, pinned in tests/requirements.txt; a missing package is a failure. They are the
widest set of policies in AWS's own hand, so whatever the parser refuses here, or the lint calls an unknown
action, is our mistake, unless a table below says why not.
"""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from typing import Any
from urllib.parse import quote

from moto.iam.aws_managed_policies import aws_managed_policies_data

TOOL = os.environ.get("SK_TOOL", "")
PIECE = 200  # actions of a statement that the whole lint looks at
LEAST = 90  # fewer that mention SageMaker: the data set is not what it was

# Actions that the managed policies name and the Service Authorization Reference (the catalogue) does not
# have any more, or never had: {action: why}. A finding is right about them: they grant nothing.
NO_ACTIONS: dict[str, str] = {}


@cache
def policies() -> dict[str, dict[str, Any]]:
    every = {name: row["Document"] for name, row in json.loads(aws_managed_policies_data).items()}
    return {name: document for name, document in every.items() if "sagemaker" in json.dumps(document).lower()}


def ask(documents: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    lines = []
    for name, document in documents.items():
        text = json.dumps(document, indent=2)
        lines.append(json.dumps({"name": name, "text": text, "encoded": quote(text, safe="")}))
    done = subprocess.run([TOOL], input="\n".join(lines), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return {answer["name"]: answer for answer in map(json.loads, done.stdout.splitlines())}


@cache
def answers() -> dict[str, dict[str, Any]]:
    return ask(policies())


def pieces(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements with at most PIECE actions each, one a document."""
    found = []
    for statement in document["Statement"]:
        actions = statement["Action"]
        for start in range(0, len(actions), PIECE):
            found.append({"Version": "2012-10-17",
                          "Statement": [statement | {"Action": actions[start:start + PIECE]}]})
    return found


@cache
def linted() -> dict[str, dict[str, Any]]:
    """The same answers, but for documents too long for the whole lint those of their pieces."""
    found = {}
    for name, answer in answers().items():
        if any(finding["id"] == "too-long-to-lint" for finding in answer["findings"]):
            found |= ask({f"{name}#{i}": piece for i, piece in enumerate(pieces(policies()[name]))})
        else:
            found[name] = answer
    return found


def findings(*ids: str) -> dict[str, set[str]]:
    """{message: policies} of findings with one of these ids."""
    found: dict[str, set[str]] = {}
    for name, answer in linted().items():
        for finding in answer["findings"]:
            if finding["id"] in ids:
                found.setdefault(finding["message"], set()).add(name)
    return found


def test_the_set_is_whole() -> None:
    assert len(policies()) >= LEAST
    assert {"AmazonSageMakerFullAccess", "AmazonSageMakerReadOnly", "ReadOnlyAccess",
            "SageMakerStudioFullAccess"} <= set(policies())
    assert set(answers()) == set(policies())


def test_all_are_read() -> None:
    assert {name: answer["error"] for name, answer in answers().items() if "error" in answer} == {}


def test_all_survive_the_round_trip() -> None:
    assert [name for name, answer in answers().items() if not answer["roundTrip"]] == []
    assert [name for name, answer in answers().items() if not answer["decoded"]] == []


def test_the_canonical_form_decides_the_same() -> None:
    assert {name: answer["differences"] for name, answer in answers().items() if answer["differences"]} == {}
    total = sum(answer["decisions"] for answer in answers().values())
    allowed = sum(answer["allowed"] for answer in answers().values())
    assert total > 100_000 and 0 < allowed < total, "the requests tell documents apart"


def test_nothing_is_lost_in_the_canonical_form() -> None:
    for name, document in policies().items():
        statements = document["Statement"]
        count = len(statements) if isinstance(statements, list) else 1
        assert len(answers()[name]["canonical"]["Statement"]) <= count
        text = json.dumps(document).lower()
        actions = {action for statement in answers()[name]["canonical"]["Statement"]
                   for action in statement.get("Action", []) + statement.get("NotAction", [])}
        assert actions and all(json.dumps(action) in text for action in actions), name


def test_no_action_is_falsely_unknown() -> None:
    found = findings("unknown-action")
    named = {message.split("'")[1]: sorted(names) for message, names in found.items()}
    assert {action: names for action, names in named.items() if action not in NO_ACTIONS} == {}
    assert sorted(set(NO_ACTIONS) - set(named)) == [], "rows of the table that nothing needs any more"


def test_no_service_is_falsely_unknown() -> None:
    assert findings("unknown-service") == {}


def test_every_document_was_linted_in_full() -> None:
    assert findings("too-long-to-lint") == {}


def test_a_slip_of_the_pen_is_found() -> None:
    text = json.dumps(policies()["AmazonSageMakerFullAccess"])
    assert '"sagemaker:CreateSpace"' in text
    answer = ask({"slip": json.loads(text.replace('"sagemaker:CreateSpace"', '"sagemaker:CraeteSpace"'))})["slip"]
    assert {finding["id"] for finding in answer["findings"] if "CraeteSpace" in finding["message"]} == {
        "unknown-action"}
