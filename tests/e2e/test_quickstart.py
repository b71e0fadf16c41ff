"""The quick-start's story plays to its end with the program under test and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from e2e.support import ROOT, SECONDS, Scenario, program


def local_clouds() -> set[str]:
    """Process ids of the local AWS servers that run now."""
    found = set()
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"tests/cloud/server.py" in command.read_bytes():
                found.add(command.parent.name)
        except OSError:
            continue  # it ended meanwhile
    return found


def folders() -> set[str]:
    return {path.name for path in Path("/tmp").glob("sagekeeper-quickstart-*")}


def test_the_story():
    servers, left = local_clouds(), folders()
    done = subprocess.run(
        [sys.executable, str(ROOT / "script" / "quickstart.py"), "--program", str(program())],
        capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL)
    Scenario.check_sanitizers(done.stderr)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    for expected in ("Plan: 16 to create", "Applied: 16 changes", "16 in sync", "AdministratorAccess",
                     "What to try next"):
        assert expected in done.stdout
    assert local_clouds() <= servers
    assert folders() <= left
