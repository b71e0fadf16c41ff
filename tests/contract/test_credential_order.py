"""The order in which we ask for credentials, and our splitting of commands, against botocore's."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.compat import compat_shell_split
from botocore.credentials import create_credential_resolver

from aws_tool import ask, tables

#: botocore's name of a provider -> ours.
NAMES = {
    "env": "environment", "assume-role": "profile role", "assume-role-with-web-identity": "web identity",
    "sso": "sso", "shared-credentials-file": "credentials file", "custom-process": "credential_process",
    "config-file": "config file", "container-role": "container", "iam-role": "instance metadata",
}
#: Boto 2's files, and sessions of `aws login`, which only an interactive tool keeps fresh.
LEFT_OUT = {"ec2-credentials-file", "boto-config", "login"}
LINES = ["a", " a  b ", "a 'b c'", 'a "b c" d', "a 'b'\"c\"d", "a '' b", "a b\\ c", 'a "b\\"c"', 'a "b\\c"',
         "a 'b\\' c", "a \\'b", "/opt/x --y=z $HOME ~ `x` | > ; &", "a\tb"]


def theirs() -> list[str]:
    return [provider.METHOD for provider in create_credential_resolver(botocore.session.Session()).providers]


def test_order() -> None:
    ours = [row["name"] for row in tables()["providers"]]
    assert ours == [NAMES[method] for method in theirs() if method not in LEFT_OUT]


def test_sources_that_a_profile_can_name() -> None:
    resolver = create_credential_resolver(botocore.session.Session())
    known = {provider.CANONICAL_NAME: NAMES[provider.METHOD] for provider in resolver.providers
             if provider.METHOD in ("env", "container-role", "iam-role")}
    assert {row["source"]: row["name"] for row in tables()["providers"] if row["source"]} == known


@pytest.mark.parametrize("line", LINES)
def test_commands_are_split_alike(line: str) -> None:
    [answer] = ask([{"do": "words", "line": line}])
    assert answer["words"] == compat_shell_split(line)


@pytest.mark.parametrize("line", ["a 'b", 'a "b', "a \"b\\\""])
def test_open_quotes_are_refused_alike(line: str) -> None:
    [answer] = ask([{"do": "words", "line": line}])
    assert "quote" in answer["message"]
    with pytest.raises(ValueError):
        compat_shell_split(line)
