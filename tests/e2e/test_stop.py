"""Signals, one writer at a time, and a state folder that is damaged, newer or not to be written."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from cloud.client import wait_until
from e2e.support import Scenario, program

#: A stopped program is gone within this; a test never waits so long.
SECONDS = 20


def wait_delivered(process: subprocess.Popen[str], number: int) -> None:
    """Until the signal is not pending any more."""
    def delivered() -> bool:
        status = dict(line.split(":\t") for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
        pending = int(status["SigPnd"], 16) | int(status["ShdPnd"], 16)
        return not pending >> (number - 1) & 1
    wait_until(delivered)


def end(scenario: Scenario, process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=SECONDS)
    scenario.check_sanitizers(err)
    return process.returncode, out, err


def stop(scenario: Scenario, process: subprocess.Popen[str], number: int) -> None:
    process.send_signal(number)
    wait_delivered(process, number)
    scenario.cloud.mark()


def made(scenario: Scenario) -> Counter[str]:
    """How often AWS made each thing, over all runs."""
    return Counter(str(given.get("PolicyName") or given.get("RoleName") or given.get("DomainName")
                       or given.get("UserProfileName"))
                   for operation, given in ((request["operation"], request["input"])
                                            for request in scenario.cloud.requests() if request["status"] == 200)
                   if operation.startswith("Create"))


#: Held one by one; a change makes one call at a time, so as many are in flight as changes make one.
HELD = ("CreatePolicy", "CreateRole", "AttachRolePolicy", "CreateDomain", "CreateUserProfile")


def start_and_hold(scenario: Scenario, operation: str) -> tuple[subprocess.Popen[str], int]:
    """An apply that can go on with nothing while the operation is held."""
    changes = scenario.changes().values()
    planned = Counter(call["operation"] for change in changes for call in change["calls"])
    in_flight = sum(any(call["operation"] == operation for call in change["calls"]) for change in changes)
    assert in_flight > 0
    rule = scenario.cloud.inject("hold", operation, occurrence="every")
    process = scenario.start("apply", "--yes")
    try:
        wait_until(lambda: scenario.cloud.fault(rule)["waiting"] == in_flight, SECONDS)
        if operation == "CreateDomain":  # beside which the team's roles are made
            wait_until(lambda: all(scenario.cloud.count(name, status=200) == planned[name]
                                   for name in ("AttachRolePolicy", "PutRolePolicy")))
    except Exception:
        process.kill()
        raise
    return process, rule


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("operation", HELD)
def test_a_signal_in_mid_apply(scenario, operation, number):
    """Calls in flight are finished and journaled, nothing more is started, the next run goes on from there."""
    process, rule = start_and_hold(scenario, operation)
    stop(scenario, process, number)
    assert process.poll() is None, "it waits for the call in flight"
    mark = scenario.cloud.mark()
    scenario.cloud.release(rule)
    code, out, err = end(scenario, process)
    assert code == 4, out + err
    assert "stopped by a signal" in out
    assert scenario.cloud.requests(since=mark) == []
    scenario.cloud.clear_faults()
    scenario.run("apply", "--yes").expect(0)
    assert set(made(scenario).values()) == {1}
    assert len(scenario.profiles()) == 3
    assert scenario.plan(codes=(0,))["changes"] == []


def test_a_signal_while_aws_settles(scenario):
    scenario.cloud.set(settle_ms_for={"domain": 3_600_000})
    process = scenario.start("apply", "--yes")
    wait_until(lambda: scenario.cloud.count("ListDomains") > 2)
    stop(scenario, process, signal.SIGTERM)
    code, out, _ = end(scenario, process)
    assert code == 4 and "stopped by a signal" in out
    scenario.cloud.control("POST", "settle")
    scenario.run("apply", "--yes").expect(0)
    assert set(made(scenario).values()) == {1}


@pytest.mark.parametrize("command", ["plan", "drift", "get"])
def test_a_signal_while_reading(scenario, command):
    """Reads are given up at once, whether AWS answers or not."""
    rule = scenario.cloud.inject("hold", "ListRoles")
    process = scenario.start(command)
    scenario.cloud.wait_held(rule)
    stop(scenario, process, signal.SIGINT)
    code, out, err = end(scenario, process)
    assert code == 1 and "stopped by a signal" in err
    scenario.cloud.release(rule)


def test_a_signal_while_an_apply_looks_again(scenario):
    """Something was changed, so this is not as if nothing had happened."""
    rule = scenario.cloud.inject("hold", "ListUserProfiles", occurrence=2)
    process = scenario.start("apply", "--yes")
    scenario.cloud.wait_held(rule)
    stop(scenario, process, signal.SIGINT)
    code, out, err = end(scenario, process)
    assert code == 4 and "stopped by a signal" in out, out + err
    assert scenario.writes(since=0)
    scenario.cloud.release(rule)
    scenario.run("apply", "--yes").expect(0)
    assert set(made(scenario).values()) == {1}


def test_one_writer_at_a_time(scenario):
    process, rule = start_and_hold(scenario, "CreateRole")
    mark = scenario.cloud.mark()
    for arguments in (["apply", "--yes"], ["run", "--once", "--mode", "enforce"]):
        result = scenario.run(*arguments).expect(1)
        assert str(process.pid) in result.err, "who holds it"
        assert len(result.err.strip().splitlines()) == 1
    assert scenario.cloud.requests(since=mark) == [], "nothing was asked or changed without the lock"
    scenario.run("plan").expect(2)
    scenario.run("run", "--once", "--mode", "observe").expect(2)
    scenario.run("drift").expect(0, 2)
    scenario.run("get").expect(0)
    other = {"SAGEKEEPER_STATE": str(scenario.folder / "other")}
    scenario.run("plan", env=other).expect(2)
    scenario.cloud.release(rule)
    code, out, err = end(scenario, process)
    assert code == 0, out + err
    scenario.run("apply", "--yes").expect(0)


# The state folder

def state_file(scenario: Scenario) -> Path:
    found, = (path for path in scenario.state.rglob("*") if path.is_file() and path.open("rb").read(6) == b"SQLite")
    return found


def overwrite(path: Path, data: bytes) -> None:
    for beside in path.parent.glob(path.name + "-*"):
        beside.unlink()
    path.write_bytes(data)


def middle(data: bytes) -> bytes:
    return data[:4096] + b"\xff" * 8192 + data[12288:]


DAMAGES = {"text": lambda data: b"this is no database\n" * 500, "cut short": lambda data: data[:5000],
           "zeroes": lambda data: b"\0" * len(data), "rotten in the middle": middle}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_file_is_moved_aside(applied, damage):
    """It is said and kept, and the work goes on."""
    path = state_file(applied)
    damaged = DAMAGES[damage](path.read_bytes())
    overwrite(path, damaged)
    result = applied.run("apply", "--yes").expect(0)
    kept = [other for other in path.parent.rglob("*")
            if other.is_file() and other != path and other.read_bytes() == damaged]
    assert len(kept) == 1
    assert "damaged" in result.err and str(kept[0]) in result.err
    assert applied.writes() == []
    again = applied.run("drift").expect(0)
    assert "damaged" not in again.err


def test_an_empty_state_file_is_a_new_one(applied):
    overwrite(state_file(applied), b"")
    applied.run("apply", "--yes").expect(0)
    applied.run("drift").expect(0)


def test_a_state_file_of_a_newer_program_is_left_alone(applied):
    path = state_file(applied)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    before = path.read_bytes()
    result = applied.run("apply", "--yes").expect(1, 3)
    assert "newer" in result.err
    assert path.read_bytes() == before
    assert applied.writes() == []


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "get"])
def test_a_state_folder_that_cannot_be_written(scenario, command):
    """A plain sentence with the path, and nothing is asked of AWS."""
    (scenario.folder / "file").write_text("")
    for state in (scenario.folder / "file" / "state", Path("/proc/sagekeeper")):
        result = scenario.run(command, *(["--yes"] if command == "apply" else []), "--state", str(state)).expect(1)
        assert str(state) in result.err
        assert len(result.err.strip().splitlines()) == 1
    assert scenario.cloud.requests() == []


@pytest.mark.parametrize("blocks", [96, 160, 256])
def test_a_state_file_that_cannot_grow(scenario, blocks):
    """As on a full disk: no call is made that is not in the journal first, and the next run goes on without doubles.

    The limit is on the size of a file, in blocks of 1 KiB; the signal that comes with it is ignored.
    """
    limited = subprocess.run(
        ["bash", "-c", f"trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"", str(program()),
         *scenario.arguments("apply", "--yes")],
        env=scenario.environment("apply"), capture_output=True, text=True, timeout=120, check=False)
    scenario.check_sanitizers(limited.stderr)
    assert limited.returncode == 1, limited.stdout + limited.stderr
    assert f"cannot use the state file '{scenario.state}/state.db'" in limited.stderr or (
        f"cannot write the journal in '{scenario.state}/state.db'" in limited.stdout)
    made = Counter(request["operation"] for request in scenario.cloud.requests() if request["operation"].startswith("Create"))
    assert sum(made.values()) < 23
    with sqlite3.connect(scenario.state / "state.db") as store:
        (journaled,) = store.execute("SELECT count(*) FROM journal WHERE operation LIKE 'Create%'").fetchone()
    assert sum(made.values()) <= journaled
    scenario.run("apply", "--yes").expect(0)
    assert scenario.plan(codes=(0,))["changes"] == []
    created = [request for request in scenario.cloud.requests() if request["operation"].startswith("Create")]
    assert len(created) == len({str(request["input"]) for request in created}), "nothing is asked for twice"
