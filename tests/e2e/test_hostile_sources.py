"""Faulty and hostile desired state: refused with its place, all faults at once, and AWS is not asked at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import Callable

import pytest

from e2e.support import Result, Scenario

TEAM1, TEAM2, DOMAIN, USERS, ORGANIZATION = ("teams/team1.yaml", "teams/team2.yaml", "domain.yaml", "users.yaml",
                                             "organization.yaml")


@dataclass
class Fault:
    """One change of the quick-start's manifests, and what must be said about it."""

    file: str
    old: str
    new: str
    #: Where: the first place of this text in the changed file.
    at: str
    words: list[str] = field(default_factory=list)


def add(file: str, text: str, at: str, *words: str) -> Fault:
    return Fault(file, "", text, at, list(words))


def change(file: str, old: str, new: str, at: str, *words: str) -> Fault:
    return Fault(file, old, new, at, list(words))


HEAD = "---\napiVersion: sagekeeper/v1\n"
LONG = ", ".join(f'"s3:Get{"x" * 60}{number}"' for number in range(180))
BIG_POLICY = ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [' + LONG + "]}]}")

FAULTS = {
    "unknown key": change(TEAM1, "  domain: research", "  domian: research", "domian", "'domian'", "'domain'"),
    "unknown kind": change(TEAM1, "kind: Team", "kind: Taem", "Taem", "'Taem'", "'Team'"),
    "duplicate key": change(TEAM1, "  domain: research", "  domain: research\n  domain: other", "domain: other", "'domain'"),
    "wrong type": change(TEAM1, "sessionDuration: 14400", "sessionDuration: [1]", "[1]", "whole number"),
    "text for a number": change(TEAM1, "sessionDuration: 14400", "sessionDuration: 4h", "4h", "'4h'", "whole number"),
    "bad enumeration": change(DOMAIN, "VpcOnly", "VpcOnyl", "VpcOnyl", "'VpcOnyl'", "'VpcOnly'"),
    "dangling domain": change(TEAM1, "domain: research", "domain: reserach", "reserach", "'reserach'", "'research'"),
    "dangling account": change(DOMAIN, "account: ml-dev", "account: ml-dve", "ml-dve", "'ml-dve'", "'ml-dev'"),
    "region that is not looked at": change(DOMAIN, "region: us-east-1", "region: eu-west-1", "eu-west-1", "'eu-west-1'"),
    "two documents of one name": add(USERS, HEAD + "kind: User\nmetadata:\n  name: user2\nspec: {}\n", "user2\nspec: {}",
                                     "'user2'"),
    "names equal without case": add(USERS, HEAD + "kind: User\nmetadata:\n  name: USER2\nspec: {}\n", "user2\nspec", "'USER2'", "users.yaml:18"),
    "two teams with one role": change(TEAM2, "  executionRole:\n", "  executionRole:\n    name: sagekeeper-TEAM1\n",
                                      "sagekeeper-TEAM1", "'sagekeeper-TEAM1'"),
    "unknown member": change(TEAM1, "- user1", "- user3", "user3", "'user3'", "User"),
    "name that AWS refuses": change(TEAM2, "  executionRole:\n", "  executionRole:\n    name: my role\n", "my role",
                                    "'my role'"),
    "chosen profile name that AWS refuses": change(USERS, "  email: user2@example.com",
                                                   "  profileName: user_2", "user_2", "'user_2'"),
    "name of a domain that AWS refuses": change(DOMAIN, "name: research", "name: re_search", "re_search", "'re_search'"),
    "policy over its size as rendered": change(TEAM2, "reports: reports.json", "reports: big.json", "reports: big.json",
                                               "characters", "10240"),
    "managed policy over its size": change(TEAM2, "      - studio-read-only@1", "      - big.json", "big.json",
                                           "characters", "6144"),
    "invalid ARN": change(TEAM1, "    sessionDuration", "    managedPolicyArns: ['arn:aws:iam:policy/x']\n    sessionDuration",
                          "'arn:aws:iam:policy/x'", "ARN"),
    "session too short": change(TEAM1, "14400", "3599", "3599", "3600", "43200"),
    "session too long": change(TEAM1, "14400", "43201", "43201", "3600", "43200"),
    "unknown template": change(TEAM1, "studio-read-only@1", "studio-raed-only@1", "studio-raed-only@1",
                               "'studio-raed-only@1'", "studio-read-only@1"),
    "unknown version of a template": change(TEAM1, "studio-read-only@1", "studio-read-only@7", "studio-read-only@7",
                                            "studio-read-only@1"),
    "missing parameter": change(TEAM1, "buckets: [acme-team1-data]", "buckets: []",
                                "studio-supporting-services@1", "'bucket'"),
    "unused parameter": change(TEAM1, "    sessionDuration", "    parameters: {bukcet: x}\n    sessionDuration",
                               "bukcet", "'bukcet'", "'bucket'"),
    "missing key": change(TEAM1, "  domain: research\n", "", "members:", "'domain'"),
    "policy outside of its folder": change(TEAM2, "reports: reports.json", "reports: ../../etc/shadow.json",
                                           "../../etc/shadow.json"),
    "policy at an absolute path": change(TEAM2, "reports: reports.json", "reports: /etc/shadow.json", "/etc/shadow.json"),
    "policy that is not there": change(TEAM2, "reports: reports.json", "reports: report.json", "report.json",
                                       "reports.json"),
    "tab": change(TEAM1, "  domain: research", "\tdomain: research", "\tdomain", "tab"),
    "tag": change(TEAM1, "domain: research", "domain: !!python/name:os.system research", "!!python", "tag"),
    "merge key": change(TEAM1, "  domain: research", "  <<: {}\n  domain: research", "<<", "<<"),
    "undefined alias": change(TEAM1, "domain: research", "domain: *nothing", "*nothing"),
    "NUL in a text": change(TEAM1, "domain: research", 'domain: "re\\0search"', '"re'),
    "text that runs backwards": change(ORGANIZATION, "name: acme", 'name: "ac\\u202eme"', '"ac'),
    "key that is no text": change(TEAM1, "  domain: research", "  ? [a, b]\n  : c\n  domain: research", "[a, b]"),
    "broken YAML": change(TEAM1, "domain: research", "domain: [research", ":\n    - user1"),
    "document that is a list": add(USERS, "---\n- a\n- b\n", "- a"),
    "other version of the API": change(TEAM1, "sagekeeper/v1", "sagekeeper/v2", "sagekeeper/v2", "sagekeeper/v1"),
}


def place(text: str, needle: str) -> tuple[int, int]:
    offset = text.index(needle)
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def refuse(scenario: Scenario, *arguments: str, source: bool = True) -> Result:
    """Every command refuses it with 1; AWS hears nothing. The result of the plan."""
    result = scenario.run("plan", *arguments, source=source, seconds=60).expect(1)
    assert result.out == ""
    assert scenario.cloud.requests() == []
    return result


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_with_its_place(scenario, name):
    fault = FAULTS[name]
    text = (scenario.repository / fault.file).read_text()
    if fault.old:
        assert fault.old in text
        text = text.replace(fault.old, fault.new, 1)
    else:
        text += fault.new
    scenario.write(fault.file, text)
    scenario.write("policies/big.json", BIG_POLICY)
    scenario.commit("a fault")
    result = refuse(scenario)
    line, column = place(text, fault.at)
    assert f"{fault.file}:{line}:{column}: " in result.err, result.err
    message = next(said for said in result.err.splitlines() if said.startswith(f"{fault.file}:{line}:{column}: "))
    for word in fault.words:
        assert word in message
    # The same from a folder.
    folder = scenario.run("plan", str(scenario.repository), source=False).expect(1)
    assert message in folder.err
    assert scenario.cloud.requests() == []


def test_all_faults_are_shown_at_once_in_order(scenario):
    wrong = {TEAM1: ("domain: research", "domian: research"), TEAM2: ("ml.t3.large", "[1, 2]"),
             DOMAIN: ("VpcOnly", "VpcOnyl"), USERS: ("email: user2", "emial: user2")}
    for file, (old, new) in wrong.items():
        scenario.write(file, (scenario.repository / file).read_text().replace(old, new, 1))
    scenario.commit("four faults")
    places = re.findall(r"^([a-z0-9/]+\.yaml):(\d+):\d+: ", refuse(scenario).err, re.M)
    assert {file for file, _ in places} == set(wrong)
    assert places == sorted(places, key=lambda found: (found[0], int(found[1])))


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"], ["drift"], ["get"],
                                     ["run", "--once", "--mode", "enforce"]], ids=" ".join)
def test_no_command_goes_past_a_fault(scenario, command):
    scenario.edit(TEAM1, "domain: research", "domian: research")
    assert f"{TEAM1}:6:3: " in scenario.run(*command).expect(1).err
    assert scenario.cloud.requests() == []


# Bytes

def laughs(levels: int = 9) -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 9) + "]")
    return "\n".join(lines) + "\n"


HOSTILE: dict[str, tuple[bytes, str]] = {
    "invalid UTF-8": (b"apiVersion: sagekeeper/v1\nkind: Te\xffam\n", "bad.yaml:2:"),
    "surrogates in UTF-8": (b"apiVersion: sagekeeper/v1\nkind: Te\xed\xa0\x80am\n", "bad.yaml:2:"),
    "over-long UTF-8": (b"apiVersion: sagekeeper/v1\nkind: Te\xc0\xafam\n", "bad.yaml:2:"),
    "UTF-16": ("\ufeffkind: Team\n".encode("utf-16"), "bad.yaml:1:"),
    "NUL": (b"kind: Team\0\n", "bad.yaml:1:"),
    "escape": (b"kind: \x1b[31mTeam\n", "bad.yaml:1:"),
    "a billion laughs": (laughs().encode(), "bad.yaml:"),
    "an alias of itself": (b"a: &a [*a]\n", "bad.yaml:1:"),
    "65 levels": (b"a: " + b"[" * 65 + b"]" * 65 + b"\n", "bad.yaml:1:"),
    "a million levels": (b"[" * 500_000 + b"]" * 500_000, "bad.yaml:1:"),
    "a million levels of keys": (b"".join(b"{a: " for _ in range(250_000)), "bad.yaml:1:"),
    "over 1 MiB": (b"# " + b"x" * (1 << 20) + b"\n", "bad.yaml"),
    "one text of 1 MiB": (b"kind: " + b"x" * ((1 << 20) - 8) + b"\n", "bad.yaml:1:"),
    "a quarter of a million documents": (b"---\n" * 250_000, "bad.yaml:"),
    "very many faults": (b"".join(b"k%d: 1\n" % number for number in range(50_000)), "bad.yaml:"),
    "many anchors": (b"".join(b"k%d: &k%d 1\n" % (number, number) for number in range(1000)), "bad.yaml:"),
    "directives": (b"%YAML 3.7\n---\nkind: Team\n", "bad.yaml:"),
    "numbers past all bounds": (b"apiVersion: sagekeeper/v1\nkind: Team\nmetadata: {name: x}\nspec:\n  domain: research\n"
                                b"  executionRole: {sessionDuration: 99999999999999999999999}\n", "bad.yaml:6:"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes(scenario, name):
    data, where = HOSTILE[name]
    (scenario.repository / "bad.yaml").write_bytes(data)
    scenario.commit("hostile bytes")
    result = refuse(scenario)
    assert where in result.err
    assert len(result.err) < 2_000_000 and "\x1b" not in result.err
    folder = scenario.run("plan", str(scenario.repository), source=False, seconds=60).expect(1)
    assert where in folder.err


POLICIES = {
    "no JSON": "{", "a list": "[]", "deep": "[" * 100_000, "empty": "", "invalid UTF-8": b'{"Version": "\xff"}',
    "duplicate keys": '{"Version": "2012-10-17", "Version": "2008-10-17", "Statement": []}',
    "no statement": '{"Version": "2012-10-17"}', "NUL": '{"Version": "2012-10-17\\u0000", "Statement": []}',
    "unknown effect": '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}',
    "over 1 MiB": '{"Version": "' + "x" * (1 << 20) + '"}',
}


@pytest.mark.parametrize("name", POLICIES)
def test_hostile_policies(scenario, name):
    content = POLICIES[name]
    path = scenario.repository / "policies" / "reports.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    scenario.commit("a hostile policy")
    assert "reports.json" in refuse(scenario).err


# Trees

def link_file(scenario: Scenario) -> None:
    (scenario.folder / "outside.yaml").write_text("kind: Team\n")
    (scenario.repository / "link.yaml").symlink_to(scenario.folder / "outside.yaml")


def link_up(scenario: Scenario) -> None:
    (scenario.folder / "outside.yaml").write_text("kind: Team\n")
    (scenario.repository / "teams" / "link.yaml").symlink_to("../../outside.yaml")


def link_folder(scenario: Scenario) -> None:
    (scenario.repository / "link").symlink_to("/etc")


def link_to_itself(scenario: Scenario) -> None:
    (scenario.repository / "loop.yaml").symlink_to("loop.yaml")


def link_folder_to_itself(scenario: Scenario) -> None:
    (scenario.repository / "teams" / "loop").symlink_to("..")


def link_policy(scenario: Scenario) -> None:
    secret = scenario.folder / "secret.json"
    secret.write_text('{"secret": "hunter2"}')
    path = scenario.repository / "policies" / "reports.json"
    path.unlink()
    path.symlink_to(secret)


def link_policies(scenario: Scenario) -> None:
    elsewhere = scenario.folder / "elsewhere"
    shutil.move(scenario.repository / "policies", elsewhere)
    (scenario.repository / "policies").symlink_to(elsewhere)


LINKS: dict[str, tuple[Callable[[Scenario], None], str]] = {
    "a file outside": (link_file, "link.yaml"), "a file above": (link_up, "teams/link.yaml"),
    "a folder outside": (link_folder, "link"), "itself": (link_to_itself, "loop.yaml"),
    "a folder around it": (link_folder_to_itself, "teams/loop"), "a policy outside": (link_policy, "reports.json"),
    "the folder of policies": (link_policies, "policies"),
}


@pytest.mark.parametrize("where", ["git", "folder"])
@pytest.mark.parametrize("name", LINKS)
def test_symbolic_links_are_not_followed(scenario, name, where):
    make, path = LINKS[name]
    make(scenario)
    scenario.commit("a link")
    result = refuse(scenario) if where == "git" else refuse(scenario, str(scenario.repository), source=False)
    assert path in result.err
    assert "hunter2" not in result.err


def test_a_pipe_is_not_waited_for(scenario):
    os.mkfifo(scenario.repository / "pipe.yaml")
    assert "pipe.yaml" in refuse(scenario, str(scenario.repository), source=False).err


def raw_tree(scenario: Scenario, name: bytes, mode: bytes = b"100644") -> None:
    """A commit whose tree has an entry of this name, as no git would make it."""
    blob = scenario.git("hash-object", "-w", "organization.yaml")
    tree = mode + b" " + name + b"\0" + bytes.fromhex(blob)
    made = subprocess.run(["git", "-C", str(scenario.repository), "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
                          input=tree, capture_output=True, check=True).stdout.decode().strip()
    commit = scenario.git("commit-tree", made, "-m", "crafted")
    scenario.git("update-ref", "refs/heads/main", commit)


@pytest.mark.parametrize("name", [b"..", b".", b"a/../../b.yaml", b"", b"..\\b.yaml", b"a\nb.yaml", b"\xff.yaml", b".git"])
def test_crafted_names_in_git_trees(scenario, name):
    """Neither read nor followed; what is left is no organization or is refused by name."""
    raw_tree(scenario, name)
    result = refuse(scenario)
    assert "\n\n" not in result.err and len(result.err.splitlines()) <= 3


def test_a_submodule_is_not_entered(scenario):
    commit = scenario.git("rev-parse", "HEAD")
    scenario.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    scenario.git("commit", "--quiet", "-m", "a submodule")
    result = scenario.run("plan").expect(1, 2)
    assert result.code == 2 or "module" in result.err


def test_folders_within_folders(scenario):
    deep = scenario.repository
    for _ in range(150):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "team.yaml").write_text("kind: Team\n")
    scenario.commit("deep")
    refuse(scenario)
    refuse(scenario, str(scenario.repository), source=False)


@pytest.mark.parametrize("path", ["../outside", "/etc", "manifests/../../x", "nowhere", "users.yaml"])
def test_the_path_of_the_manifests_stays_inside(scenario, path):
    result = scenario.run("plan", "--path", path).expect(1, 64)
    assert path in result.err
    assert scenario.cloud.requests() == []


def test_an_empty_set_of_documents(scenario):
    for path in scenario.repository.rglob("*.yaml"):
        path.unlink()
    scenario.commit("nothing")
    assert "no manifest" in refuse(scenario).err
    scenario.write("all.yaml", "# nothing\n---\n---\n")
    scenario.commit("only separators")
    assert "no manifest" in refuse(scenario).err
