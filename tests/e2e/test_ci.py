"""ci/: the templates for forges, their scripts run for real with stand-ins for docker, gh and GitLab."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.support import ROOT, program
from e2e.test_command_line import sagekeeper  # noqa: F401

GITHUB = ROOT / "ci" / "github" / "sagekeeper-plan.yml"
GITLAB = ROOT / "ci" / "gitlab" / "sagekeeper-plan.yml"
MARKER = "<!-- sagekeeper plan -->"


class Yaml12(yaml.SafeLoader):
    """`on` is a key, not a boolean."""


Yaml12.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in rows if not tag.endswith(":bool")]
    for letter, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def load(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), Yaml12)


def steps(job: str) -> list[dict[str, Any]]:
    return load(GITHUB)["jobs"][job]["steps"]


def step(job: str, name: str) -> str:
    return next(item["run"] for item in steps(job) if item.get("name") == name)


# what the templates say


def test_github_permissions_are_least():
    workflow = load(GITHUB)
    assert workflow["permissions"] == {}
    assert set(workflow["on"]) == {"pull_request"}  # never pull_request_target: it has secrets
    assert workflow["jobs"]["plan"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert workflow["jobs"]["comment"]["permissions"] == {"pull-requests": "write"}
    assert "head.repo.full_name == github.repository" in workflow["jobs"]["plan"]["if"]


def test_github_actions_have_versions():
    for job in ("plan", "comment"):
        for item in steps(job):
            assert ("uses" in item) != ("run" in item)
            if "uses" in item:
                assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", item["uses"])


def test_github_scripts_hold_no_expressions():
    """What somebody wrote into a branch name or title must never be part of a script."""
    for job in ("plan", "comment"):
        for item in steps(job):
            assert "${{" not in item.get("run", "")


def test_no_host_names_and_no_keys():
    for path in (GITHUB, GITLAB):
        text = path.read_text()
        assert not re.search(r"https?://", text)
        assert not re.search(r"AKIA|password", text, re.I)
        hosts = set(re.findall(r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|io|org|net)\b", text))
        assert hosts <= {"sts.amazonaws.com"}, hosts


def test_gitlab_jobs():
    jobs = load(GITLAB)
    assert set(jobs) == {"sagekeeper-plan", "sagekeeper-note"}
    for job in jobs.values():
        assert [rule["if"] for rule in job["rules"]] == ['$CI_PIPELINE_SOURCE == "merge_request_event"']
    assert "id_tokens" in jobs["sagekeeper-plan"] and "id_tokens" not in jobs["sagekeeper-note"]
    assert "SAGEKEEPER_NOTE_TOKEN" not in json.dumps(jobs["sagekeeper-plan"])


@pytest.mark.parametrize("path", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_only_reading_commands(sagekeeper, path):  # noqa: F811
    """validate and plan, with flags that they have; nothing that writes or takes a lock."""
    calls = re.findall(r"^ *(?:- run: |run: )?sagekeeper ([a-z]+)(.*)$", path.read_text(), re.M)
    assert [command for command, _ in calls] == ["validate", "plan"]
    for command, rest in calls:
        for flag in re.findall(r" (--[a-z-]+)", rest):
            assert f"  {flag}" in sagekeeper(command, "--help").expect(0).out


def test_guide_names_the_variables():
    guide = (ROOT / "docs" / "guide" / "ci.md").read_text()
    for path in (GITHUB, GITLAB):
        for name in set(re.findall(r"SAGEKEEPER_[A-Z_]+", path.read_text())) - {
                "SAGEKEEPER_STATE", "SAGEKEEPER_WEB_IDENTITY"}:
            assert f"`{name}`" in guide, name


# what they do


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class Github:
    """A runner: its folders, and `docker` and `gh` that do here what they would do there."""

    def __init__(self, scenario, folder: Path) -> None:
        self.scenario = scenario
        self.temp = folder / "temp"
        self.files = {name: folder / name.lower() for name in ("GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        self.bin = folder / "bin"
        self.temp.mkdir()
        for file in self.files.values():
            file.touch()
        executable(self.bin / "docker", f"""#!/usr/bin/env bash
set -u
[ "$1" = run ] || exit 99
keep=()
while [ "$1" != "$SAGEKEEPER_IMAGE" ]; do
  if [ "$1" = --env ]; then
    shift
    case "$1" in *=*) keep+=("$1") ;; *) [ -z "${{!1-}}" ] || keep+=("$1=${{!1}}") ;; esac
  elif [ "$1" = --workdir ]; then
    shift
    cd "$1"
  fi
  shift
done
shift
exec env -i "${{keep[@]}}" AWS_ENDPOINT_URL="$AWS_ENDPOINT_URL" SAGEKEEPER_RATE_FACTOR=100 \\
  AWS_EC2_METADATA_DISABLED=true ASAN_OPTIONS=detect_leaks=1 "{program()}" "$@"
""")
        executable(self.bin / "gh", f"""#!/usr/bin/env bash
printf '%s\\n' "$@" '--' >> "{folder}/gh.log"
case " $* " in *" --paginate "*) cat "{folder}/comments" 2>/dev/null ;; esac
exit 0
""")
        self.log, self.comments = folder / "gh.log", folder / "comments"

    def run(self, job: str, name: str, credentials: bool = True) -> subprocess.CompletedProcess[str]:
        aws = {key: value for key, value in self.scenario.environment().items() if key.startswith("AWS_")}
        if not credentials:
            aws = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        path = [str(self.bin), *self.files["GITHUB_PATH"].read_text().splitlines(), os.environ["PATH"]]
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(job, name)], text=True, capture_output=True,
            timeout=120, check=False, cwd=self.scenario.repository,
            env=aws | {key: str(file) for key, file in self.files.items()} | {
                "PATH": ":".join(path), "RUNNER_TEMP": str(self.temp), "SAGEKEEPER_IMAGE": "sagekeeper:test",
                "GITHUB_WORKSPACE": str(self.scenario.repository), "GITHUB_REPOSITORY": "acme/platform",
                "GITHUB_RUN_ID": "17", "GITHUB_SERVER_URL": "forge:", "NUMBER": "5", "SAGEKEEPER_PATH": ""})

    def prepare(self) -> None:
        self.run("plan", "Put sagekeeper on the path").check_returncode()


@pytest.fixture
def github(scenario, tmp_path):
    runner = Github(scenario, tmp_path)
    runner.prepare()
    return runner


def test_github_plan_and_comment(github, scenario):
    assert github.run("plan", "Validate", credentials=False).returncode == 0
    mark = scenario.cloud.mark()
    done = github.run("plan", "Plan")
    assert done.returncode == 0, done.stderr
    assert scenario.writes(mark) == []
    plan = (github.temp / "plan.md").read_text()
    assert "sagemaker_domain" in plan or "research" in plan
    assert github.files["GITHUB_STEP_SUMMARY"].read_text() == plan

    github.run("comment", "Comment").check_returncode()
    body = (github.temp / "comment.md").read_text()
    assert body == f"{MARKER}\n{plan}"
    assert "POST\nrepos/acme/platform/issues/5/comments\n" in github.log.read_text()
    github.comments.write_text("4711\n")
    github.run("comment", "Comment").check_returncode()
    assert "PATCH\nrepos/acme/platform/issues/comments/4711\n" in github.log.read_text()


def test_github_nothing_to_do(github, applied):
    assert github.run("plan", "Plan").returncode == 0
    assert (github.temp / "plan.md").read_text()


def test_github_refused_plan_is_shown_and_fails(github, applied, scenario):
    scenario.remove("domain.yaml", "teams/team1.yaml", "teams/team2.yaml", "sign-in.yaml")
    assert github.run("plan", "Plan").returncode == 3
    assert "refused" in (github.temp / "plan.md").read_text().lower()


def test_github_faulty_manifests(github, scenario):
    scenario.write("users.yaml", "kind: Nothing\n")
    scenario.commit("break it")
    done = github.run("plan", "Validate", credentials=False)
    assert done.returncode == 1 and "users.yaml:1:" in done.stdout
    github.run("comment", "Comment").check_returncode()
    assert "could not plan: [the log](forge:/acme/platform/actions/runs/17)" in (github.temp / "comment.md").read_text()


def script(job: str) -> str:
    return "\n".join(load(GITLAB)[job]["script"])


def test_gitlab_plan(scenario, tmp_path):
    executable(tmp_path / "bin" / "sagekeeper", f'#!/bin/sh\nexec "{program()}" "$@"\n')
    done = subprocess.run(
        ["sh", "-e", "-c", script("sagekeeper-plan")], text=True, capture_output=True, timeout=120, check=False, cwd=tmp_path,
        env=scenario.environment() | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(tmp_path),
                                      "CI_PROJECT_DIR": str(scenario.repository), "CI_PIPELINE_ID": "1",
                                      "SAGEKEEPER_WEB_IDENTITY": "word"})
    assert done.returncode == 0, done.stderr
    assert "research" in (tmp_path / "sagekeeper-plan-1.md").read_text()
    assert load(GITLAB)["sagekeeper-plan"]["artifacts"]["paths"] == ["sagekeeper-plan-$CI_PIPELINE_ID.md"]
    (token,) = tmp_path.glob("tmp.*/token")
    assert token.read_text() == "word" and token.stat().st_mode & 0o077 == 0


@pytest.fixture
def notes():
    """GitLab's notes of one merge request, two pages of them."""
    class Notes(BaseHTTPRequestHandler):
        seen: list[tuple[str, str, Any]] = []
        pages: list[list[dict[str, Any]]] = [[], []]

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = json.loads(self.rfile.read(length)) if length else None
            assert self.headers["PRIVATE-TOKEN"] == "secret-word"
            self.seen.append((self.command, self.path, given))
            page = int((re.search(r"[?&]page=(\d)", self.path) or [0, 1])[1])
            value = {"id": 7} if self.path.endswith("/user") else self.pages[page - 1] if self.command == "GET" else {}
            text = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.send_header("X-Next-Page", "2" if page == 1 and "page=" in self.path else "")
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_: Any) -> None:
            pass

    Notes.seen, Notes.pages = [], [[], []]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Notes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Notes, f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()


def write_note(url: str, folder: Path) -> None:
    python = str(Path(sys.executable).parent)
    subprocess.run(["sh", "-e", "-c", script("sagekeeper-note")], check=True, timeout=60, cwd=folder, env={
        "PATH": f"{python}:{os.environ['PATH']}", "CI_API_V4_URL": url, "CI_PROJECT_ID": "3", "CI_MERGE_REQUEST_IID": "9",
        "CI_PIPELINE_ID": "1", "CI_PIPELINE_URL": "forge:/pipelines/1", "SAGEKEEPER_NOTE_TOKEN": "secret-word"})


def test_gitlab_note(notes, tmp_path):
    forge, url = notes
    # GIT_STRATEGY none leaves what an earlier job of the runner had
    (tmp_path / "sagekeeper-plan-8.md").write_text("another merge request's\n")
    (tmp_path / "sagekeeper-plan-1.md").write_text("## Plan\n| ä |\n")
    write_note(url, tmp_path)
    assert forge.seen[-1] == ("POST", "/api/projects/3/merge_requests/9/notes", {"body": f"{MARKER}\n## Plan\n| ä |\n"})
    forge.pages[0] = [{"id": 1, "author": {"id": 8}, "body": f"{MARKER}\nsomebody else's"}]
    forge.pages[1] = [{"id": 2, "author": {"id": 7}, "body": f"{MARKER}\nours"}]
    (tmp_path / "sagekeeper-plan-1.md").unlink()
    write_note(url, tmp_path)
    method, path, given = forge.seen[-1]
    assert (method, path) == ("PUT", "/api/projects/3/merge_requests/9/notes/2")
    assert "could not plan: [the pipeline](forge:/pipelines/1)" in given["body"]
