"""`schema` and `explain`: the printed JSON Schema against a standard validator and all examples.

Every invalid example must be in exactly one of three sets below: refused by the schema, by any
loader of YAML, or only by what `validate` looks at besides (other documents, policies, limits).
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Iterator

import jsonschema
import pytest
import yaml

from e2e.support import ROOT, Result
from e2e.test_command_line import sagekeeper  # noqa: F401

DATA = ROOT / "tests" / "data" / "manifests"
KINDS = ("Organization", "Domain", "Team", "SignIn", "Guardrail", "User", "Approval")

#: Refused by a YAML loader before any schema counts.
NOT_YAML = {"alias-undefined", "duplicate-key", "invalid-utf8", "syntax", "tab"}
#: Only `validate` sees these: what the documents say together, what AWS or policies ask for, limits
#: of the files themselves, and the two conditions on text that are written in C.
COMPILE_TIME = {
    "boundary-of-defaults", "group-external", "group-without-source", "identity-source-account",
    "identity-source-nowhere", "identity-source-region", "identity-source-several-regions", "policy-holes",
    "two-teams-one-group",
    "accounts-twice", "arn-of-another-account", "dangling-account", "dangling-domain",
    "dangling-policy-file", "dangling-region", "dangling-team", "domain-twice", "duplicate-document", "empty",
    "existing-domain", "full-access", "inline-too-large", "member-twice", "missing-parameter", "name-too-long",
    "names-equal-without-case", "no-organization", "own-role", "parameter-value", "policy-faulty", "policy-too-large",
    "profile-name-twice", "reserved-parameter", "role-path", "sso-domain", "tags-differ-in-case", "tags-reserved",
    "two-organizations", "two-teams-one-policy", "two-teams-one-role", "unknown-member",
    "unknown-template", "unused-parameter",
}


class Loader(yaml.SafeLoader):
    """Plain null, booleans and decimal integers; everything else is text. Keys are text, once each."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, "a key is there twice", node.start_mark)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
Loader.add_constructor("tag:yaml.org,2002:map", Loader.construct_mapping)


def documents(path: Path) -> list[Any]:
    return [document for document in yaml.load_all(path.read_bytes(), Loader) if document is not None]


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.yaml"))


@cache
def _schema(text: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def validator(sagekeeper):  # noqa: F811
    return lambda *kind: _schema(sagekeeper("schema", *kind).expect(0).out)


def problems(validator: jsonschema.Draft202012Validator, path: Path) -> list[str]:
    """What the schema refuses in a file; [<the loader's words>] when it is no YAML."""
    try:
        return [f"{path.name}: {error.json_path}: {error.message[:200]}"
                for document in documents(path) for error in validator.iter_errors(document)]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [f"not YAML: {error}"]


def good_files() -> Iterator[Path]:
    for folder in (DATA / "base", DATA / "valid", ROOT / "manifests"):
        yield from files(folder)


@pytest.mark.parametrize("path", list(good_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_valid_examples_fit(validator, path):
    assert problems(validator(), path) == []
    for document in documents(path):
        validator(document["kind"]).validate(document)
        other = KINDS[KINDS.index(document["kind"]) - 1]
        assert not validator(other).is_valid(document)


INVALID = sorted(folder.name for folder in (DATA / "invalid").iterdir())


@pytest.mark.parametrize("name", INVALID)
def test_invalid_examples(validator, name):
    found = [problem for path in files(DATA / "invalid" / name) for problem in problems(validator(), path)]
    if name in NOT_YAML:
        assert any(problem.startswith("not YAML") for problem in found)
    elif name in COMPILE_TIME:
        assert not found
    else:
        assert found and not any(problem.startswith("not YAML") for problem in found)


def test_the_lists_name_what_is_there():
    assert NOT_YAML | COMPILE_TIME <= set(INVALID)
    assert not NOT_YAML & COMPILE_TIME


#: Codes of faults that lie in the form of one document.
STRUCTURE = ("unknown-key", "wrong-type", "not-a-mapping")


@pytest.mark.parametrize("name", [name for name in INVALID if name not in NOT_YAML])
def test_faults_of_form_are_refused_in_their_file(validator, name):
    """Each file with a fault of form is refused itself, not only its neighbour."""
    expected = (DATA / "invalid" / name / "expected.txt").read_text()
    faulty = {line.split(":")[0] for line in expected.splitlines() if line.endswith(tuple(f"[{c}]" for c in STRUCTURE))}
    for file in faulty:
        assert problems(validator(), DATA / "invalid" / name / file), file


def test_plain_words_may_be_numbers_for_an_editor(validator):
    """YAML makes a number of 4711 and a boolean of true; the program takes both as text."""
    team = validator("Team")
    document = {"apiVersion": "sagekeeper/v1", "kind": "Team", "metadata": {"name": 7},
                "spec": {"domain": "d", "executionRole": {}, "tags": {"CostCenter": 4711, "Shared": True}}}
    team.validate(document)
    for wrong in (None, [], {}):
        assert not team.is_valid(document | {"spec": document["spec"] | {"tags": {"a": wrong}}})
    for wrong in ("3600", 3600.5, 3599, True, None):
        role = {"executionRole": {"sessionDuration": wrong}}
        assert not team.is_valid(document | {"spec": document["spec"] | role})


def test_every_field_has_a_description(validator):
    def walk(schema: dict[str, Any], place: str) -> int:
        found = 0
        for name, field in schema.get("properties", {}).items():
            if "const" not in field and place + "." + name not in (".metadata", ".spec"):
                assert field.get("description"), place + "." + name
            found += 1 + walk(field, f"{place}.{name}")
        for item in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", [])):
            if isinstance(item, dict):
                found += walk(item, place + "[]")
        return found

    for kind in KINDS:
        schema = validator(kind).schema
        assert walk(schema, "") + sum(walk(shape, name) for name, shape in schema["$defs"].items()) > 5


def test_examples_and_defaults_fit(validator):
    """What the schema gives as an example or a default fits the schema around it."""
    whole = validator().schema
    seen = 0

    def walk(schema: Any) -> None:
        nonlocal seen
        if isinstance(schema, dict):
            for value in [*schema.get("examples", []), *([schema["default"]] if "default" in schema else [])]:
                if isinstance(schema.get("examples", []), list):
                    jsonschema.Draft202012Validator(schema | {"$defs": whole["$defs"]}).validate(value)
                    seen += 1
            for item in schema.values():
                walk(item)
        elif isinstance(schema, list):
            for item in schema:
                walk(item)

    walk(whole)
    assert seen > 15


def test_schema_of_a_kind_that_there_is_not(sagekeeper):  # noqa: F811
    assert "did you mean 'Team'?" in sagekeeper("schema", "Teem").expect(64).err
    assert "is a field" in sagekeeper("schema", "Team.spec").expect(64).err


# explain


def test_explain_lists_the_kinds(sagekeeper):  # noqa: F811
    text = sagekeeper("explain").expect(0).out
    assert tuple(re.findall(r"^(\w+)$", text, re.M)) == KINDS


def test_explain_a_kind(sagekeeper):  # noqa: F811
    text = sagekeeper("explain", "Team").expect(0).out
    assert re.search(r"^    domain +\(required\) Name of a `Domain`\.$", text, re.M)
    example = text.split("example:\n")[1]
    document = yaml.load(re.sub("^    ", "", example, flags=re.M), Loader)
    assert document["kind"] == "Team"


def facts(result: Result) -> dict[str, str]:
    found = re.findall(r"^  ([a-z ]+): +(.+(?:\n {14}.+)*)$", result.out, re.M)
    return {name: re.sub(r"\s+", " ", value) for name, value in found}


def test_explain_a_field(sagekeeper):  # noqa: F811
    result = sagekeeper("explain", "Team.members[].until").expect(0)
    assert result.out.splitlines()[0] == "Team.spec.members[].until"
    assert "Last day of access" in result.out
    assert facts(result) == {"value": "a day (2027-01-31)", "required": "no", "without it": "nothing is set",
                             "example": "2027-01-31"}
    assert facts(sagekeeper("explain", "Domain.authMode")) == {
        "value": "one of IAM, SSO", "required": "no", "without it": "`IAM`"}
    assert facts(sagekeeper("explain", "Team.spec.domain"))["required"] == "yes"
    below = sagekeeper("explain", "Team.members").out.split("fields of Team.spec.members[]:\n")[1]
    assert re.findall(r"^    (\w+)", below, re.M) == ["user", "until", "userSettings"]


@pytest.mark.parametrize("path, says", [
    ("team", "did you mean 'Team'?"),
    ("Team.spec.membrs", "'Team.spec' has no field 'membrs'; did you mean 'members'?"),
    ("Team.domain.name", "'Team.spec.domain' has no fields"),
])
def test_explain_misses(sagekeeper, path, says):  # noqa: F811
    result = sagekeeper("explain", path).expect(64)
    assert result.out == ""
    assert says in result.err
