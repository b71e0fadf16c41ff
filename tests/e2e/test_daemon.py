"""`sagekeeper run`: cycles, signals, a source that fails, locks, status and log."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
from collections import Counter
from contextlib import closing
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cloud.client import wait_until
from e2e.daemon import SECONDS, Daemon
from e2e.support import Scenario, program
from e2e.test_stop import wait_delivered
from e2e.git_server import GitServer

#: How many roles the quick start makes, all at once.
ROLES = 5
TEAM = "teams/team2.yaml"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


class Served:
    """The scenario's repository behind a server that can go away."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.bare = scenario, scenario.folder / "served" / "platform.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", str(scenario.repository), str(self.bare)], check=True,
                       capture_output=True)
        self.server: GitServer | None = None
        self.port = 0
        self.up()
        self.source = ["--git", f"http://127.0.0.1:{self.port}/platform.git", "--ref", "main"]

    def up(self) -> None:
        self.server = GitServer(self.bare.parent, port=self.port)
        self.port = self.server.server_port

    def down(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    def push(self) -> str:
        self.scenario.git("push", "--quiet", "--force", str(self.bare), "HEAD:main")
        return self.scenario.git("rev-parse", "HEAD")


@pytest.fixture
def served(scenario):
    made = Served(scenario)
    yield made
    made.down()


def instance_type(scenario: Scenario, profile: str = "user1-team2") -> str:
    settings = scenario.profiles()[profile]["UserSettings"]
    return settings["JupyterLabAppSettings"]["DefaultResourceSpec"]["InstanceType"]


def change_size(scenario: Scenario, size: str) -> str:
    """Another instance type for team2, committed; the commit."""
    file = scenario.repository / TEAM
    file.write_text(re.sub(r"InstanceType: \S+", f"InstanceType: {size}", file.read_text()))
    return scenario.commit(f"{size} for team2")


def drift_by_hand(scenario: Scenario) -> None:
    scenario.boto3("iam").attach_role_policy(RoleName="sagekeeper-team2", PolicyArn=ADMINISTRATOR)
    assert ADMINISTRATOR in scenario.roles()["sagekeeper-team2"]["Attached"]


def expect(status: dict[str, Any], state: str, reason: str) -> None:
    assert (status["state"], status["reason"]) == (state, reason), json.dumps(status, indent=1)


def test_from_an_empty_account_to_ready(scenario):
    with Daemon(scenario) as daemon:
        status = daemon.rest()
        expect(status, "ready", "in-sync")
        head = scenario.git("rev-parse", "HEAD")
        assert status["commits"] == {"seen": head, "good": head, "applied": head}
        assert len(scenario.profiles()) == 3
        assert daemon.end() == 0
        assert daemon.status()["state"] == "stopped"


def test_twenty_cycles(served):
    """Commits in between, the source down for five of them, an invalid commit, a force-push."""
    scenario = served.scenario
    with Daemon(scenario, "--retry-max", "100s", source=served.source) as daemon:
        daemon.rest()
        cycles = 1
        for size in ("ml.t3.large", "ml.t3.xlarge", "ml.m5.large", "ml.m5.xlarge"):
            commit = change_size(scenario, size)
            served.push()
            status = daemon.cycle()
            expect(status, "ready", "in-sync")
            assert status["commits"] == {"seen": commit, "good": commit, "applied": commit}
            assert instance_type(scenario) == size
            cycles += 1
        status = daemon.cycle()
        assert status["cycle"]["counts"]["changes"] == 0 and status["cycle"]["commit"] == commit
        cycles += 1

        served.down()
        unseen = change_size(scenario, "ml.t3.medium")
        since = None
        for turn in range(5):
            if turn == 2:
                drift_by_hand(scenario)
            status = daemon.cycle()
            expect(status, "reconciling", "source-down")
            assert status["source"]["error"]["code"] == "network"
            since = since or status["source"]["error"]["since"]
            assert status["source"]["error"]["since"] == since, "since when, not when last"
            assert status["commits"] == {"seen": commit, "good": commit, "applied": commit}
            assert ADMINISTRATOR not in scenario.roles()["sagekeeper-team2"]["Attached"], "drift is put right"
            cycles += 1
        assert daemon.log(message="the source cannot be read", level="warning", outcome="network", commit=commit)
        assert instance_type(scenario) == "ml.m5.xlarge"
        served.up()
        served.push()
        status = daemon.cycle()
        expect(status, "ready", "in-sync")
        assert "error" not in status["source"] and status["commits"]["applied"] == unseen
        assert daemon.log(message="the source can be read again")
        assert instance_type(scenario) == "ml.t3.medium"
        cycles += 1

        good = unseen
        scenario.edit(TEAM, "domain: research", "domain: resaerch")
        bad = served.push()
        drift_by_hand(scenario)
        for _ in range(2):
            status = daemon.cycle()
            expect(status, "stalled", "invalid-manifests")
            assert status["commits"] == {"seen": bad, "good": good, "applied": good}
            assert status["invalid"]["commit"] == bad
            assert any(TEAM in line and "resaerch" in line for line in status["invalid"]["faults"])
            assert status["cycle"]["commit"] == good, "the last good commit is enforced"
            assert ADMINISTRATOR not in scenario.roles()["sagekeeper-team2"]["Attached"]
            cycles += 1
        told = daemon.log(message="the commit does not validate; the last good one is kept")
        assert [line["commit"] for line in told] == [bad], "once"

        scenario.git("reset", "--quiet", "--hard", "HEAD~3")
        forced = change_size(scenario, "ml.m5.2xlarge")
        served.push()
        status = daemon.cycle()
        expect(status, "ready", "in-sync")
        assert "invalid" not in status
        assert status["commits"]["applied"] == forced
        assert status["commits"]["rewritten"]["from"] == good and status["commits"]["rewritten"]["to"] == forced
        assert instance_type(scenario) == "ml.m5.2xlarge"
        warning, = daemon.log(level="warning", applied_commit=good)
        assert warning["commit"] == forced and "does not descend" in warning["message"]
        cycles += 1
        for size in ("ml.t3.large", "ml.t3.xlarge", "ml.m5.large", "ml.m5.xlarge", "ml.t3.medium"):
            commit = change_size(scenario, size)
            served.push()
            status = daemon.cycle()
            expect(status, "ready", "in-sync")
            assert status["commits"]["applied"] == commit and instance_type(scenario) == size
            cycles += 1
        assert cycles == 20 and status["cycle"]["number"] >= 20
        assert len(daemon.log(level="warning", applied_commit=good)) == 1
        assert daemon.end() == 0


def test_nothing_is_done_without_a_valid_commit(scenario):
    scenario.edit(TEAM, "domain: research", "domain: resaerch")
    with Daemon(scenario) as daemon:
        status = daemon.rest()
        expect(status, "stalled", "invalid-manifests")
        assert set(status["commits"]) == {"seen"}
        assert scenario.cloud.requests() == []
        scenario.edit(TEAM, "domain: resaerch", "domain: research")
        expect(daemon.cycle(), "ready", "in-sync")
        assert daemon.end() == 0


def test_an_account_that_there_is_not_is_no_fault_of_the_commit(applied):
    with Daemon(applied, env={"SAGEKEEPER_ACCOUNT": "ml-dve"}) as daemon:
        status = daemon.rest()
        expect(status, "stalled", "failed")
        assert "invalid" not in status
        assert status["cycle"]["error"]["code"] == "usage" and "'ml-dve'" in status["cycle"]["error"]["message"]
        assert any("'ml-dve'" in line.get("error", "") for line in daemon.log(level="error"))
        assert not [line for line in daemon.log() if "validate" in line["message"]]
        assert daemon.end() == 0


def test_a_restart_while_the_source_is_down(served):
    scenario = served.scenario
    with Daemon(scenario, source=served.source) as daemon:
        commit = daemon.rest()["commits"]["applied"]
        daemon.end()
    served.down()
    drift_by_hand(scenario)
    with Daemon(scenario, source=served.source) as daemon:
        status = daemon.rest()
        expect(status, "reconciling", "source-down")
        assert status["commits"]["good"] == commit == status["cycle"]["commit"]
        assert ADMINISTRATOR not in scenario.roles()["sagekeeper-team2"]["Attached"]
        assert daemon.end() == 0


@pytest.mark.parametrize("flag", ["--git-token-file", "--ca-file"])
def test_the_last_good_commit_needs_no_way_to_the_source(served, flag):
    """After a restart, with the token or the certificates gone, what is in the cache is put in force."""
    scenario = served.scenario
    file = scenario.folder / "trust"
    served.server.token = "tok-abc" if flag == "--git-token-file" else ""
    file.write_bytes(b"tok-abc" if served.server.token else Path("/etc/ssl/certs/ca-certificates.crt").read_bytes())
    with Daemon(scenario, flag, str(file), source=served.source) as daemon:
        good = daemon.rest()["commits"]["good"]
        assert daemon.end() == 0
    file.unlink()
    drift_by_hand(scenario)
    with Daemon(scenario, flag, str(file), source=served.source) as daemon:
        status = daemon.rest()
        assert status["cycle"]["commit"] == good and status["source"]["error"]
        assert ADMINISTRATOR not in scenario.roles()["sagekeeper-team2"]["Attached"]
        assert daemon.end() == 0


def test_an_overgrown_cache_is_kept_while_the_source_is_down(served):
    scenario = served.scenario
    with Daemon(scenario, source=served.source) as daemon:
        good = daemon.rest()["commits"]["good"]
        assert daemon.end() == 0
    packs = next((scenario.state / "git").glob("*.git/objects/pack"))
    for number in range(201):
        (packs / f"pack-{number:040x}.pack").write_bytes(b"")
    served.down()
    drift_by_hand(scenario)
    with Daemon(scenario, "--retry-max", "1s", source=served.source) as daemon:
        status = daemon.wait(lambda status: status.get("cycle", {}).get("number", 0) >= 1)
        assert status["cycle"]["commit"] == good
        assert len(list(packs.iterdir())) > 200
        served.up()
        daemon.send(signal.SIGUSR1)
        daemon.wait(lambda status: status["reason"] == "in-sync")
        assert len(list(packs.iterdir())) < 10
        assert not list((scenario.state / "git").glob("*.old"))
        assert daemon.end() == 0


@pytest.fixture
def small_disk(scenario):
    """A state folder that holds 4 MB."""
    scenario.state.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(scenario.state)],
                                           capture_output=True).returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    yield scenario
    subprocess.run(["umount", str(scenario.state)], check=True)


def test_the_cache_is_kept_on_a_full_disk(small_disk):
    scenario, served = small_disk, Served(small_disk)
    with Daemon(scenario, "--retry-max", "1s", source=served.source) as daemon:
        good = daemon.rest()["commits"]["good"]
        (scenario.repository / "ballast.bin").write_bytes(os.urandom(6_000_000))
        scenario.commit("more than the disk holds")
        served.push()
        daemon.send(signal.SIGUSR1)
        daemon.wait(lambda status: "error" in status["source"])
        assert daemon.end() == 0
    served.down()
    with Daemon(scenario, source=served.source) as daemon:
        status = daemon.wait(lambda status: status.get("cycle", {}).get("number") == 1)
        assert status["cycle"]["commit"] == good
        assert daemon.end() == 0


def test_another_source_shares_nothing_with_the_last(served, tmp_path):
    """What was good and applied in one repository says nothing about another."""
    scenario = served.scenario
    with Daemon(scenario, source=served.source) as daemon:
        daemon.rest()
        daemon.end()
    with Daemon(scenario, source=["--git", str(tmp_path / "none"), "--ref", "main"]) as daemon:
        status = daemon.rest()
        expect(status, "stalled", "source-rejected")
        assert "commits" not in status
        daemon.end()


@pytest.mark.parametrize("pruned", [False, True])
def test_a_shallow_clone_is_not_taken_for_a_rewritten_branch(scenario, pruned):
    """A clone of depth 1 that somebody brings forward: what lies between cannot be seen."""
    clone = scenario.folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{scenario.repository}", str(clone)],
                   check=True, capture_output=True)
    with Daemon(scenario, source=["--git", str(clone), "--ref", "main"]) as daemon:
        expect(daemon.rest(), "ready", "in-sync")
        change_size(scenario, "ml.m5.2xlarge")
        change_size(scenario, "ml.m5.large")
        steps = ["fetch --quiet --depth 1 origin main", "reset --quiet --hard FETCH_HEAD"]
        for step in steps + (["reflog expire --expire=now --all", "gc --quiet --prune=now"] if pruned else []):
            subprocess.run(["git", "-C", str(clone), *step.split()], check=True, capture_output=True)
        status = daemon.cycle()
        expect(status, "ready", "in-sync")
        assert "rewritten" not in status["commits"]
        assert not [line for line in daemon.log() if "rewritten" in line["message"]]
        assert daemon.end() == 0


def test_a_folder_as_source(scenario):
    with Daemon(scenario, source=["--manifests", str(scenario.repository)]) as daemon:
        expect(daemon.rest(), "ready", "in-sync")
        change_size(scenario, "ml.m5.large")
        expect(daemon.cycle(), "ready", "in-sync")
        assert instance_type(scenario) == "ml.m5.large"
        shutil.move(scenario.repository, scenario.folder / "away")
        drift_by_hand(scenario)
        expect(daemon.cycle(), "stalled", "source-rejected")
        assert ADMINISTRATOR not in scenario.roles()["sagekeeper-team2"]["Attached"]
        assert daemon.end() == 0


def test_observe_reports_and_writes_nothing(applied):
    drift_by_hand(applied)
    applied.mark = applied.cloud.mark()
    change_size(applied, "ml.m5.large")
    with Daemon(applied, mode="observe") as daemon:
        status = daemon.rest()
        expect(status, "ready", "differences")
        assert status["cycle"]["counts"]["changes"] == 3 and status["cycle"]["counts"]["applied"] == 0
        assert status["drift"]["changed"] == 1
        row, = daemon.log(message="drift")
        assert row["address"] == "iam_role/ml-dev/global/sagekeeper-team2" and row["severity"] == "high"
        daemon.cycle()
        assert len(daemon.log(message="drift")) == 1, "said once"
        assert applied.writes() == []
        applied.run("apply", "--yes").expect(0)
        expect(daemon.cycle(), "ready", "in-sync")
        assert daemon.end() == 0


# What passes, and what needs a person

def test_the_guard_refuses(applied):
    shutil.rmtree(applied.repository / "teams")
    applied.commit("no teams")
    with Daemon(applied) as daemon:
        status = daemon.rest()
        expect(status, "stalled", "guard-refused")
        assert status["cycle"]["counts"]["refused"] > 0
        assert len(applied.profiles()) == 3
        assert daemon.end() == 0


@pytest.mark.parametrize("kind, state, reason", [("throttle", "reconciling", "retrying-reads"),
                                                 ("deny", "stalled", "unreadable")])
def test_reads_that_fail(applied, kind, state, reason):
    applied.cloud.inject(kind, "ListUserProfiles", occurrence="every")
    # With AWS's own setting a throttled read gives up after two attempts, not after a minute of pauses.
    with Daemon(applied, "--retry-max", "100ms", env={"AWS_MAX_ATTEMPTS": "1"}) as daemon:
        status = daemon.wait(lambda status: status.get("reason") == reason, reason)
        expect(status, state, reason)
        assert status["cycle"]["counts"]["unread"] > 0
        applied.cloud.clear_faults()
        if kind == "deny":
            daemon.cycle()
        daemon.wait(lambda status: status["reason"] == "in-sync", "it recovers by itself")
        assert daemon.end() == 0


def test_a_change_that_aws_rejects(applied):
    applied.cloud.inject("deny", "UpdateUserProfile", occurrence="every")
    commit = change_size(applied, "ml.m5.large")
    with Daemon(applied) as daemon:
        status = daemon.rest()
        expect(status, "stalled", "change-failed")
        assert status["commits"]["seen"] == commit and "applied" not in status["commits"]
        lines = daemon.log(message="change", outcome="failed", commit=commit)
        assert lines and all(line["level"] == "warning" and line["error"] for line in lines)
        applied.cloud.clear_faults()
        expect(daemon.cycle(), "ready", "in-sync")
        assert daemon.end() == 0


def test_waiting_for_a_domain_comes_back_sooner(scenario):
    scenario.cloud.set(settle_ms_for={"domain": 3_600_000})
    with Daemon(scenario) as daemon:
        status = daemon.wait(lambda status: status.get("cycle", {}).get("number", 0) > 2, "it looks again")
        expect(status, "reconciling", "waiting")
        scenario.cloud.control("POST", "settle")
        expect(daemon.rest(), "ready", "in-sync")
        assert len(scenario.profiles()) == 3
        assert daemon.end() == 0


# Ends

def creations(scenario: Scenario) -> list[str]:
    return sorted(str(request["input"].get("RoleName") or request["input"].get("PolicyName")
                      or request["input"].get("UserProfileName") or request["input"].get("DomainName"))
                  for request in scenario.cloud.requests()
                  if request["operation"].startswith("Create") and request["status"] == 200)


def converges(scenario: Scenario) -> None:
    """The next controller finishes what the last one left, and makes nothing twice."""
    scenario.cloud.clear_faults()
    with Daemon(scenario) as daemon:
        expect(daemon.rest(), "ready", "in-sync")
        assert daemon.end() == 0
    made = creations(scenario)
    assert len(made) == len(set(made)), made
    assert len(scenario.profiles()) == 3


def test_a_stop_in_mid_apply_finishes_what_is_in_flight(scenario):
    rule = scenario.cloud.inject("hold", "CreateRole", occurrence="every")
    with Daemon(scenario) as daemon:
        wait_until(lambda: scenario.cloud.fault(rule)["waiting"] == ROLES, SECONDS)
        daemon.send(signal.SIGTERM)
        wait_delivered(daemon.process, signal.SIGTERM)
        mark = scenario.cloud.mark()
        assert daemon.process.poll() is None
        scenario.cloud.release(rule)
        assert daemon.process.wait(SECONDS) == 0
        assert scenario.cloud.requests(since=mark) == [], "nothing new is begun"
        assert open_rows(scenario) == 0
        assert daemon.status()["state"] == "stopped"
    converges(scenario)


def open_rows(scenario: Scenario) -> int:
    """Rows of the journal without an outcome."""
    with closing(sqlite3.connect(scenario.state / "state.db")) as connection:
        return connection.execute("SELECT count(*) FROM journal WHERE outcome IS NULL").fetchone()[0]


@pytest.mark.parametrize("how", ["deadline", "second signal"])
def test_a_stop_in_mid_apply_ends_within_its_deadline(scenario, how):
    rule = scenario.cloud.inject("hold", "CreateRole", occurrence="every")
    with Daemon(scenario, "--stop-timeout", "1s" if how == "deadline" else "1d") as daemon:
        wait_until(lambda: scenario.cloud.fault(rule)["waiting"] == ROLES, SECONDS)
        daemon.send(signal.SIGTERM)
        if how == "second signal":
            wait_delivered(daemon.process, signal.SIGTERM)
            daemon.send(signal.SIGTERM)
        assert daemon.process.wait(SECONDS) == 4
        status = daemon.status()
        assert status["state"] == "stopped" and "at once" in status["message"]
        assert len(daemon.log(level="error")) == 1
        assert open_rows(scenario) == ROLES, "the journal tells what was in flight"
    converges(scenario)


# One writer

def test_a_damaged_state_file_is_told(applied):
    for beside in applied.state.glob("state.db-*"):
        beside.unlink()
    (applied.state / "state.db").write_bytes(b"this is no database\n" * 500)
    with Daemon(applied) as daemon:
        expect(daemon.rest(), "ready", "in-sync")
        daemon.cycle()
        assert daemon.end() == 0
        told = [line for line in daemon.log(level="warning") if "damaged" in line["message"]]
    kept, = applied.state.glob("state.db.damaged-*")
    assert len(told) == 1 and str(kept) in told[0]["message"]


def test_two_controllers_on_one_store(applied):
    with Daemon(applied) as first:
        first.rest()
        for mode in ("enforce", "observe"):
            with Daemon(applied, mode=mode) as second:
                assert second.process.wait(SECONDS) == 1
                said = second.log_file.read_text()
                assert f"process {first.process.pid} " in said and "run --mode enforce" in said and "since 20" in said
                assert len(second.log(level="error")) == 1
        refusal = applied.run("apply", "--yes").expect(1).err
        assert f"process {first.process.pid} " in refusal and "run --mode enforce" in refusal
        change_size(applied, "ml.m5.large")
        expect(first.cycle(), "ready", "in-sync")
        assert instance_type(applied) == "ml.m5.large"
        first.process.kill()
        first.process.wait()
    # The kernel gave the lock back; a note that names a living process is only a note.
    note = json.loads((applied.state / "writer.lock").read_text())
    note["pid"] = os.getpid()
    for name in ("writer.lock", "loop.lock"):
        (applied.state / name).write_text(json.dumps(note))
    with Daemon(applied) as third:
        expect(third.rest(), "ready", "in-sync")
        assert third.end() == 0
    applied.run("apply", "--yes").expect(0)


# Signals

def test_a_new_configuration(applied):
    config = applied.folder / "sagekeeper.yaml"
    config.write_text("interval: 1d\n")
    source = ["--git", str(applied.repository), "--ref", "main", "--config", str(config)]
    with Daemon(applied, source=source, interval=None) as daemon:
        status = daemon.rest()
        assert status["intervalMs"] == 86_400_000
        config.write_text("interval: 12h\ndeleteLimit: 0\n")
        daemon.send(signal.SIGHUP)
        status = daemon.wait(lambda status: status["intervalMs"] == 43_200_000 and "running" not in status, "reloaded")
        assert "error" not in status["configuration"]
        assert daemon.log(message="the configuration was reloaded")
        applied.edit(TEAM, "    - user2\n", "")
        status = daemon.cycle()
        expect(status, "stalled", "guard-refused")
        assert status["intervalMs"] == 43_200_000
        for text in ("interval: soon\n", "mode: observe\n", f"state: {applied.folder}/elsewhere\n", "intervall: 1h\n"):
            config.write_text(text)
            if text.startswith(("mode", "state")):
                continue  # flags and the environment win over the file
            number = daemon.rest()["cycle"]["number"]
            daemon.send(signal.SIGHUP)
            status = daemon.rest(after=number)
            assert "interval" in status["configuration"]["error"], "says so"
            assert status["intervalMs"] == 43_200_000, "the old one stays"
            expect(status, "stalled", "guard-refused")
        assert len(daemon.log(message="the configuration is not reloaded; the old one stays", level="error")) == 2
        config.write_text("interval: 1d\n")
        daemon.send(signal.SIGHUP)
        status = daemon.wait(lambda status: status["reason"] == "in-sync" and "running" not in status, "the limit is gone")
        assert "error" not in status["configuration"]
        assert "user2-team2" not in applied.profiles()
        assert daemon.end() == 0


def test_the_mode_needs_a_restart(applied):
    config = applied.folder / "sagekeeper.yaml"
    config.write_text("mode: observe\n")
    source = ["--git", str(applied.repository), "--ref", "main", "--config", str(config)]
    with Daemon(applied, source=source, mode=None) as daemon:
        number = daemon.rest()["cycle"]["number"]
        config.write_text("mode: enforce\n")
        daemon.send(signal.SIGHUP)
        status = daemon.rest(after=number)
        assert status["mode"] == "observe" and "mode" in status["configuration"]["error"]
        assert daemon.end(signal.SIGINT) == 0


# Git in a child process

class Silence:
    """Accepts connections, counts them, and never says a word."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.held: list[socket.socket] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                self.held.append(self.socket.accept()[0])
            except OSError:
                return

    @property
    def source(self) -> list[str]:
        return ["--git", f"http://127.0.0.1:{self.port}/platform.git"]


@pytest.fixture
def silence():
    server = Silence()
    yield server
    server.socket.close()
    for connection in server.held:
        connection.close()


def test_a_git_server_that_hangs(scenario, silence):
    with Daemon(scenario, "--fetch-timeout", "500ms", source=silence.source) as daemon:
        status = daemon.rest()
        expect(status, "reconciling", "source-down")
        assert status["source"]["error"]["code"] == "timeout"
        assert "500 ms" in status["source"]["error"]["message"]
        assert daemon.children() == [] or silence.held, "killed"
        assert daemon.end() == 0
    assert scenario.cloud.requests() == []


def test_a_stop_while_git_hangs(scenario, silence):
    """And what the child is told: the request over a pipe, no more of the environment than it needs."""
    token = "tok-5d1c77e0a9"
    environment = {"GIT_TOKEN": token, "AWS_SESSION_TOKEN": "session-0f3b8"}
    with Daemon(scenario, "--git-token-env", "GIT_TOKEN", source=silence.source, env=environment) as daemon:
        wait_until(lambda: silence.held, SECONDS)
        child, = daemon.children()
        assert (child / "cmdline").read_bytes() == b"sagekeeper\0internal-fetch\0"
        told = (child / "environ").read_bytes()
        assert b"PATH=" in told and b"AWS_" not in told and b"SAGEKEEPER_" not in told and token.encode() not in told
        assert os.getpgid(int(child.name)) == int(child.name), "a process group of its own"
        assert daemon.end() == 0
        assert not child.exists() or (child / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_child_dies_with_its_parent(scenario, silence):
    with Daemon(scenario, source=silence.source) as daemon:
        wait_until(lambda: silence.held, SECONDS)
        child, = daemon.children()
        daemon.process.kill()
        daemon.process.wait()
        wait_until(lambda: not (child / "cmdline").exists() or not (child / "cmdline").read_bytes(), SECONDS)


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"], ["validate"]], ids=" ".join)
def test_a_command_stopped_while_git_hangs(scenario, silence, command):
    process = subprocess.Popen([str(program()), *command, *silence.source], env=scenario.environment(), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    wait_until(lambda: silence.held, SECONDS)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)
    scenario.check_sanitizers(err)
    assert process.returncode == 1 and "stopped by a signal" in err


def test_a_token_from_the_environment_reaches_the_server(served):
    served.server.token = "tok-5d1c77e0a9"
    arguments = ["--git-token-env", "GIT_TOKEN"]
    with Daemon(served.scenario, *arguments, source=served.source, env={"GIT_TOKEN": served.server.token}) as daemon:
        expect(daemon.rest(), "ready", "in-sync")
        served.server.token = "another"
        status = daemon.cycle()
        expect(status, "stalled", "source-rejected")
        assert status["source"]["error"]["code"] == "credentials"
        assert daemon.end() == 0
        assert "tok-5d1c77e0a9" not in daemon.log_file.read_text()
        assert "tok-5d1c77e0a9" not in (served.scenario.state / "status.json").read_text()


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_repository_that_is_too_large(served):
    """The fetch is given up, the last good commit is kept, and the disk does not fill."""
    scenario = served.scenario
    with Daemon(scenario, "--fetch-max-bytes", "200000", source=served.source) as daemon:
        commit = daemon.rest()["commits"]["good"]
        (scenario.repository / "ballast").write_bytes(os.urandom(8_000_000))
        scenario.commit("ballast")
        served.push()
        drift_by_hand(scenario)
        for _ in range(3):
            status = daemon.cycle()
            for _ in range(3):  # a client that gives up in the middle may first hear of a broken connection
                if status["source"]["error"]["code"] == "network":
                    status = daemon.cycle()
            expect(status, "stalled", "source-rejected")
            assert status["source"]["error"]["code"] == "bound"
            assert status["commits"]["good"] == commit
        assert ADMINISTRATOR not in scenario.roles()["sagekeeper-team2"]["Attached"]
        assert size_of(scenario.state / "git") < 1_000_000
        assert daemon.end() == 0


def test_what_a_killed_fetch_leaves_is_cleared_away(served):
    scenario = served.scenario
    with Daemon(scenario, source=served.source) as daemon:
        daemon.rest()
        pack = next((scenario.state / "git").glob("*.git/objects/pack"))
        (pack / "pack_git2_a1b2c3").write_bytes(b"x" * 100_000)
        expect(daemon.cycle(), "ready", "in-sync")
        assert not (pack / "pack_git2_a1b2c3").exists()
        assert daemon.end() == 0


class Reply(BaseHTTPRequestHandler):
    """One status for everything."""

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.mark.parametrize("answer, state, reason, code", [
    (401, "stalled", "source-rejected", "credentials"),
    (403, "stalled", "source-rejected", "denied"),
    (404, "stalled", "source-rejected", "not-found"),
    (410, "stalled", "source-rejected", "not-found"),
    (429, "reconciling", "source-down", "network"),
    (500, "reconciling", "source-down", "network"),
    (503, "reconciling", "source-down", "network"),
])
def test_what_no_retry_heals_is_a_rejected_source(scenario, answer, state, reason, code):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Reply)
    server.status = answer
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/platform.git"
    with Daemon(scenario, "--retry-max", "1d", source=["--git", url]) as daemon:
        status = daemon.rest()
        expect(status, state, reason)
        assert status["source"]["error"]["code"] == code
        assert daemon.end() == 0
    server.shutdown()
    server.server_close()


def test_certificates_that_cannot_be_read_are_a_rejected_source(scenario):
    with Daemon(scenario, "--ca-file", "/nonexistent/ca.pem", source=["--git", "https://127.0.0.1:1/platform.git"]) as daemon:
        status = daemon.rest()
        expect(status, "stalled", "source-rejected")
        assert "/nonexistent/ca.pem" in status["source"]["error"]["message"]
        assert daemon.end() == 0


# Status and log

def test_the_status_command(applied):
    assert "no controller has run" in applied.run("status", source=False).expect(1).err
    with Daemon(applied) as daemon:
        status = daemon.rest()
        told = applied.run("status", source=False).expect(0).out
        for words in ("ready (in-sync)", status["commits"]["applied"], str(daemon.process.pid), "enforce"):
            assert words in told
        assert applied.run("status", "--output", "json", source=False).expect(0).json == daemon.status()
        healthy = ["status", "--healthy"]
        assert applied.run(*healthy, source=False).expect(0).out == "healthy\n"
        applied.run(*healthy, "--max-age", "1d", source=False).expect(0)
        late = {"SAGEKEEPER_TEST_CLOCK_OFFSET": str(2 * 86_400 + 3_600)}
        assert "too old" in applied.run(*healthy, source=False, env=late).expect(1).out
        applied.run(*healthy, "--max-age", "3d", source=False, env=late).expect(0)
        assert daemon.end() == 0
        assert "has ended" in applied.run(*healthy, source=False).expect(1).out
    with Daemon(applied) as daemon:
        daemon.rest()
        daemon.process.kill()
        daemon.process.wait()
    assert "gone" in applied.run(*healthy, source=False).expect(1).out
    assert "(gone)" in applied.run("status", source=False).expect(0).out


@pytest.mark.parametrize("odd", ['{"invalid": {"faults": [null, 1]}}', '{"refusals": [{}, null, "x"]}', "[]",
                                 '{"intervalMs": 9223372036854775807, "updatedAt": "2020-01-01T00:00:00Z"}'])
def test_a_status_that_nobody_would_write(scenario, odd):
    scenario.state.mkdir()
    (scenario.state / "status.json").write_text(odd)
    for arguments in (["status"], ["status", "--healthy"]):
        told = scenario.run(*arguments, source=False).expect(0, 1)
        assert "(null)" not in told.out + told.err


def test_the_status_shows_what_is_wrong(scenario):
    scenario.edit(TEAM, "domain: research", "domain: resaerch")
    with Daemon(scenario) as daemon:
        daemon.rest()
        told = scenario.run("status", source=False).expect(0).out
        assert "stalled (invalid-manifests)" in told and "resaerch" in told
        scenario.run("status", "--healthy", source=False).expect(0)
        assert daemon.end() == 0


def test_the_fields_of_the_log(scenario):
    with Daemon(scenario, "--log-level", "debug") as daemon:
        daemon.rest()
        assert daemon.end() == 0
        lines = daemon.log()
    for line in lines:
        assert {"time", "level", "message"} <= set(line)
        datetime.strptime(line["time"], "%Y-%m-%dT%H:%M:%SZ")
    head = scenario.git("rev-parse", "HEAD")
    changes = [line for line in lines if line["message"] == "change" and line["outcome"] == "done"]
    assert {"iam_role", "sagemaker_domain", "sagemaker_user_profile"} <= {line["address"].split("/")[0] for line in changes}
    for line in changes:
        assert line["commit"] == head and line["run"] and line["account"] == "ml-dev" and line["action"] == "create"
        assert line["region"] in ("us-east-1", "global")
    requests = [line for line in lines if line["message"] == "request"]
    sent = Counter(request["operation"] for request in scenario.cloud.requests())
    assert Counter(line["operation"] for line in requests) == sent and sent["CreateRole"] == ROLES
    assert len({line["request_id"] for line in requests}) == len(requests)
    for line in requests:
        assert line["run"] and line["commit"] == head and isinstance(line["ms"], int)
    writes = {line["operation"] for line in requests if line["level"] == "info"}
    assert {"CreateRole", "CreateDomain", "CreateUserProfile"} <= writes
    runs = [line["run"] for line in lines if line["message"] == "cycle ended"]
    assert len(runs) == len(set(runs)) >= 2


def test_the_log_as_text(applied):
    with Daemon(applied, "--log-format", "text") as daemon:
        daemon.rest()
        assert daemon.end() == 0
        assert "info: cycle ended" in daemon.log_file.read_text()
