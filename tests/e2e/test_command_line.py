"""The command line as a person or a pipeline sees it: help, wrong use, formats, colours, exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import socket
import subprocess
from pathlib import Path

import pytest

from e2e.support import ROOT, Result, program

ORGANIZATION = (ROOT / "manifests" / "quickstart" / "organization.yaml").read_text()


@pytest.fixture
def sagekeeper(tmp_path):
    """Runs the program without anything of this machine's settings."""
    def run(*arguments: str, environment: dict[str, str] | None = None, **options) -> Result:
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        clean |= {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        done = subprocess.run([str(program()), *arguments], env=clean | (environment or {}), text=True,
                              stdin=subprocess.DEVNULL, timeout=60,
                              **({"capture_output": True} | options))
        return Result(list(arguments), done.returncode, done.stdout or "", done.stderr or "")
    return run


@pytest.fixture
def manifests(tmp_path):
    """A copy of the quick-start's manifests."""
    folder = tmp_path / "manifests"
    subprocess.run(["cp", "-r", str(ROOT / "manifests" / "quickstart"), str(folder)], check=True)
    return folder


def commands(sagekeeper) -> list[str]:
    listing = sagekeeper("help").expect(0).out.split("commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listing.splitlines()]


# Help and wrong use


def test_without_arguments(sagekeeper):
    result = sagekeeper().expect(64)
    assert result.out == ""
    assert "usage: sagekeeper COMMAND" in result.err


def test_help_lists_the_commands(sagekeeper):
    names = commands(sagekeeper)
    assert {"validate", "plan", "apply", "drift", "run", "get", "version", "help"} <= set(names)
    assert "internal-docs" not in names and len(names) == len(set(names))
    assert sagekeeper("--help").expect(0).out == sagekeeper("help").out


def test_each_command_has_help(sagekeeper):
    for command in commands(sagekeeper):
        text = sagekeeper(command, "--help").expect(0).out
        assert text.startswith(f"usage: sagekeeper {command}")
        assert sagekeeper("help", command).expect(0).out == text
        assert sagekeeper(command, "--nonsense", "-h").expect(0).out == text
        assert all(len(line) <= 96 for line in text.splitlines())


def test_help_shows_the_flags_that_work(sagekeeper):
    """Every flag of a help text is taken by its command, and wrong values of it are refused by name."""
    for command in commands(sagekeeper):
        flags = re.findall(r"^  --([a-z-]+)( [A-Z]+)?", sagekeeper(command, "--help").out, re.M)
        assert ("log-level", " LEVEL") in flags
        for flag, value in flags:
            given = [f"--{flag}="] if value else [f"--{flag}=perhaps"]
            result = sagekeeper(command, *given).expect(64)
            assert f"--{flag}: " in result.err


@pytest.mark.parametrize("arguments, says", [
    (["paln"], "unknown command 'paln'"),
    (["pln"], "did you mean 'plan'?"),
    (["plan", "--outptu", "x"], "did you mean '--output'?"),
    (["plan", "--yes", "m"], "'--yes' is not a flag of 'plan'"),
    (["help", "palnn"], "unknown command"),
    (["plan"], "no desired state"),
    (["validate", "a", "b"], "unexpected argument 'b'"),
    (["plan", "m", "--delete-limit", "many"], "--delete-limit: expected a number"),
])
def test_wrong_use(sagekeeper, arguments, says):
    result = sagekeeper(*arguments).expect(64)
    assert result.out == ""
    assert says in result.err
    assert result.err.startswith("sagekeeper: error: ")


def test_no_secret_is_taken_from_the_command_line(sagekeeper):
    for command in commands(sagekeeper):
        for flag in re.findall(r"--([a-z-]*(?:token|key|secret|password)[a-z-]*)",
                               sagekeeper(command, "--help").out):
            assert flag.endswith(("-file", "-env")), flag
    url = "https://me:hunter2@127.0.0.1:1/r"
    for result in (sagekeeper("validate", "--git", url),
                   sagekeeper("validate", environment={"SAGEKEEPER_GIT": url})):
        assert "hunter2" not in result.expect(64).err


# Version


def test_version(sagekeeper):
    text = sagekeeper("version").expect(0).out
    value = json.loads(sagekeeper("version", "--output", "json").expect(0).out)
    assert sorted(value) == ["build", "commit", "compiler", "libraries", "version"]
    assert {"curl", "git2", "jansson", "openssl", "sqlite3", "uv", "xml2", "yaml"} == set(value["libraries"])
    assert text.startswith(f"sagekeeper {value['version']}\n")
    assert re.fullmatch(r"unknown|[0-9a-f]{12}(-changed)?", value["commit"])
    for name, version in value["libraries"].items():
        assert re.search(rf"^  {name} +{re.escape(version)}$", text, re.M)
    assert sagekeeper("--version").expect(0).out == text


# Generated pages


@pytest.mark.parametrize("page", ["commands.md", "settings.md", "exit-codes.md", "manifests.md",
                                  "lint.md"])
def test_reference_pages_are_up_to_date(sagekeeper, tmp_path, page):
    """`sagekeeper internal-docs docs/reference` brings them up to date."""
    folder = tmp_path / "reference"
    folder.mkdir()
    sagekeeper("internal-docs", str(folder)).expect(0)
    assert (folder / page).read_text() == (ROOT / "docs" / "reference" / page).read_text()


def test_each_rule_of_the_lint_has_a_page(sagekeeper, tmp_path):
    (tmp_path / "reference").mkdir()
    sagekeeper("internal-docs", str(tmp_path / "reference")).expect(0)
    made = {page.name: page.read_text() for page in (tmp_path / "lint").iterdir()}
    assert made == {page.name: page.read_text() for page in (ROOT / "docs" / "lint").iterdir()}
    index = (tmp_path / "reference" / "lint.md").read_text()
    assert sorted(re.findall(r"\(\.\./lint/([a-z-]+\.md)\)", index)) == sorted(made)


def test_reference_pages_need_a_folder(sagekeeper, tmp_path):
    sagekeeper("internal-docs").expect(64)
    assert "cannot" in sagekeeper("internal-docs", str(tmp_path / "none")).expect(1).err


# Validate


def test_valid_manifests(sagekeeper, manifests):
    result = sagekeeper("validate", str(manifests)).expect(0)
    assert result.out.startswith("valid: ")
    assert result.err == ""


def test_valid_manifests_as_json(sagekeeper, manifests):
    value = sagekeeper("validate", str(manifests), "--output", "json").expect(0).json
    assert sorted(value) == ["diagnostics", "documents", "errors", "exceptions", "files", "origin", "resources",
                             "revision", "valid"]
    assert value["valid"] is True and value["diagnostics"] == [] and value["errors"] == 0
    assert value["documents"] > 4 and value["resources"] > 4
    assert re.fullmatch("[0-9a-f]{64}", value["revision"])


def test_all_errors_of_a_run_are_shown(sagekeeper, manifests):
    team = manifests / "teams" / "team1.yaml"
    team.write_text(team.read_text().replace("domain:", "domian:"))
    (manifests / "users.yaml").write_text("apiVersion: sagekeeper/v1\nkind: Usr\n")
    result = sagekeeper("validate", str(manifests)).expect(1)
    assert re.search(r"^teams/team1\.yaml:\d+:\d+: spec: unknown key 'domian'; did you mean 'domain'", result.out, re.M)
    assert re.search(r"^users\.yaml:2:\d+: .*'Usr'.*User", result.out, re.M)
    assert re.search(r"^invalid: \d+ errors", result.out, re.M)
    value = sagekeeper("validate", str(manifests), "--output", "json").expect(1).json
    assert value["valid"] is False
    assert {diagnostic["path"] for diagnostic in value["diagnostics"]} >= {"teams/team1.yaml", "users.yaml"}
    for diagnostic in value["diagnostics"]:
        assert sorted(diagnostic) == ["code", "column", "line", "message", "path", "severity"]
    assert value["errors"] == len([d for d in value["diagnostics"] if d["severity"] == "error"])


def test_no_source_is_not_an_empty_one(sagekeeper, tmp_path):
    assert "does not exist" in sagekeeper("validate", str(tmp_path / "none")).expect(1).err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no manifest file" in sagekeeper("validate", str(empty)).expect(1).err
    (empty / "empty.yaml").write_text("# nothing\n")
    assert "empty" in sagekeeper("validate", str(empty)).expect(1).out


def test_validate_touches_no_network(sagekeeper, manifests):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        sagekeeper("validate", str(manifests), environment={
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}).expect(0)
        with pytest.raises(TimeoutError):
            server.accept()


def test_text_of_others_cannot_steer_the_terminal(sagekeeper, manifests):
    (manifests / "bad.yaml").write_text('apiVersion: sagekeeper/v1\nkind: "Te\\e[31mam"\n')
    result = sagekeeper("validate", str(manifests)).expect(1)
    assert "\033" not in result.out + result.err


# Settings


def test_flags_environment_and_file(sagekeeper, manifests, tmp_path):
    config = tmp_path / "sagekeeper.yaml"
    config.write_text("manifests: manifests\noutput: json\n")
    assert sagekeeper("validate", "--config", str(config)).expect(0).json["valid"]
    environment = {"SAGEKEEPER_CONFIG": str(config), "SAGEKEEPER_OUTPUT": "text"}
    assert sagekeeper("validate", environment=environment).expect(0).out.startswith("valid")
    assert sagekeeper("validate", "--output=json", environment=environment).expect(0).json["valid"]


def test_configuration_inside_the_manifests_is_refused(sagekeeper, manifests):
    config = manifests / "sagekeeper.yaml"
    config.write_text("deleteLimit: 1000\n")
    result = sagekeeper("validate", str(manifests), "--config", str(config)).expect(64)
    assert "inside the desired state" in result.err


def test_faulty_configuration(sagekeeper, manifests, tmp_path):
    config = tmp_path / "sagekeeper.yaml"
    config.write_text("quiet: true\ndeleteLimt: 5\n")
    result = sagekeeper("validate", str(manifests), "--config", str(config)).expect(1)
    assert f"{config}:2:1: unknown key 'deleteLimt'" in result.err
    assert "'deleteLimit'" in result.err


# Colour and output


def on_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """What the program writes when its output is a terminal."""
    parent, child = pty.openpty()
    process = subprocess.Popen([str(program()), *arguments], stdin=child, stdout=child, stderr=child,
                               env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment})
    os.close(child)
    text = b""
    while True:
        ready, _, _ = select.select([parent], [], [], 60)
        try:
            chunk = os.read(parent, 65536) if ready else b""
        except OSError:
            chunk = b""
        if not chunk:
            break
        text += chunk
    os.close(parent)
    assert process.wait(timeout=60) == 0
    return text.decode()


@pytest.mark.parametrize("environment, arguments, colored", [
    ({"TERM": "xterm"}, [], True),
    ({"TERM": "xterm", "NO_COLOR": ""}, [], True),
    ({"TERM": "xterm", "NO_COLOR": "1"}, [], False),
    ({"TERM": "dumb"}, [], False),
    ({"TERM": "xterm"}, ["--color", "never"], False),
    ({"TERM": "xterm", "NO_COLOR": "1"}, ["--color", "always"], True),
])
def test_colour_on_a_terminal(manifests, environment, arguments, colored):
    text = on_terminal(["validate", str(manifests), *arguments], environment)
    assert ("\033[" in text) is colored


def test_no_colour_in_a_pipe(sagekeeper, manifests):
    assert "\033[" not in sagekeeper("validate", str(manifests)).expect(0).out
    assert "\033[" in sagekeeper("validate", str(manifests), "--color=always").expect(0).out


def test_a_full_disk_is_an_error(sagekeeper):
    with Path("/dev/full").open("w") as full:
        result = sagekeeper("version", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert "cannot write to standard output" in result.expect(1).err


def test_a_reader_that_goes_away_is_told_without_a_wrong_reason(sagekeeper):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        result = sagekeeper("plan", "--help", capture_output=False, stdout=closed, stderr=subprocess.PIPE)
    assert re.fullmatch(r"sagekeeper: error: cannot write to standard output(: Broken pipe)?\n", result.expect(1).err)


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_without_a_standard_stream(applied, closed):
    """What is opened later does not take its place: a file would get the messages."""
    for command in ("plan", "apply", "validate"):
        arguments = applied.arguments(command, *(["--yes"] if command == "apply" else []))
        done = subprocess.run(["sh", "-c", f'exec "$0" "$@" {closed}', str(program()), *arguments],
                              env=applied.environment(command) | {"SAGEKEEPER_LOG_LEVEL": "debug"},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
    for path in applied.state.rglob("*"):
        assert not path.is_file() or b"level" not in path.read_bytes(), path
    assert applied.writes() == []


def test_without_standard_output_the_report_is_missed(sagekeeper, manifests):
    result = sagekeeper("validate", str(manifests), preexec_fn=lambda: os.close(1))
    assert "cannot write to standard output" in result.expect(1).err


def test_an_unknown_kind_is_answered_with_the_known_ones(sagekeeper, manifests):
    def said(kind: str) -> str:
        return sagekeeper("get", "--manifests", str(manifests), kind).expect(64).err
    assert "unknown kind 'nosuch'; expected one of iam_policy, iam_role, " in said("nosuch")
    assert "unknown kind 'iam_rolle'; did you mean 'iam_role'?" in said("iam_rolle")
