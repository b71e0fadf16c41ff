"""The quick-start's story plays to its end with the program under test and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from e2e.support import ROOT, SECONDS, Scenario, program


def processes_of(session: int) -> list[str]:
    """Names of the processes that still run in a session."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().partition(")")
        except OSError:
            continue  # it ended meanwhile
        if rest.split()[3] == str(session) and rest.split()[0] != "Z":
            found.append(name)
    return found


def test_the_story(tmp_path):
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "script" / "quickstart.py"), "--program", str(program())],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(tmp_path)}, start_new_session=True)
    out, err = process.communicate(timeout=SECONDS)
    Scenario.check_sanitizers(err)
    assert process.returncode == 0, out[-4000:] + err[-4000:]
    for expected in ("Plan: 23 to create", "Applied: 23 changes", "23 in sync", "AdministratorAccess",
                     "What to try next"):
        assert expected in out
    assert processes_of(process.pid) == []
    assert list(tmp_path.iterdir()) == []
