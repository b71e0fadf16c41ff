"""What it takes to begin: start-up, memory at rest, validating, and the size of the program."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import repository
from bench.measure import mib, run, seconds, spread, table
from cloud.client import Cloud
from e2e.daemon import Daemon
from e2e.support import ACCOUNT, Scenario

TEAMS, MEMBERS = 38, 25
MANIFESTS = 1_000


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of this machine's own configuration takes part."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "SAGEKEEPER_STATE": str(folder / "state")}


def write_manifests(folder: Path, teams: int, members: int, count: int) -> None:
    """Organization, domain, teams and Users, and Users in no team until there are `count`."""
    written = repository.write(folder, teams, members, declare_users=True)
    for spare in range(count - written):
        (folder / "users" / f"spare{spare}.yaml").write_text(
            f"apiVersion: sagekeeper/v1\nkind: User\nmetadata: {{name: spare{spare}}}\nspec: {{}}\n")


@dataclass(frozen=True)
class Memory:
    """What is resident of a process, and what of that it has written; the rest are pages of files, which the
    kernel may drop and other processes may map too. MiB."""

    resident: float
    written: float


def memory_of(process: int) -> Memory:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:])
    kib = {name: int(text.split()[0]) for name, text in fields.items()}
    return Memory(kib["Rss"] / 1024, (kib["Private_Dirty"] + kib["Shared_Dirty"]) / 1024)


def idle(runs: int) -> list[Memory]:
    """The controller at rest with manifests/quickstart in place, between two cycles."""
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="sagekeeper-bench-") as name, Cloud("--account", ACCOUNT) as cloud, \
                Daemon(Scenario(cloud, Path(name))) as daemon:
            for _ in range(3):
                if daemon.cycle()["reason"] != "in-sync":
                    raise RuntimeError(f"the controller is not at rest: {daemon.status()}")
            found.append(memory_of(daemon.process.pid))
            daemon.end()
    return found


def measure(build: Path, runs: int) -> None:
    program = build / "bin" / "sagekeeper"
    with tempfile.TemporaryDirectory(prefix="sagekeeper-bench-") as name:
        folder = Path(name)
        write_manifests(folder / "platform", TEAMS, MEMBERS, MANIFESTS)
        assert sum(1 for _ in (folder / "platform").rglob("*.yaml")) == MANIFESTS
        rows = []
        for what, arguments in (("--help", ["--help"]),
                                (f"validate, {MANIFESTS:,} manifests",
                                 ["validate", "--manifests", str(folder / "platform")])):
            taken = [run([program, *arguments], env=_environment(folder)) for _ in range(runs * 4)]
            rows.append([what, spread([one.wall_s for one in taken], seconds),
                         spread([one.cpu_s for one in taken], seconds),
                         spread([one.peak_mib for one in taken], mib)])
        stripped = folder / "stripped"
        subprocess.run(["strip", "-o", stripped, program], check=True)
        table(["", "wall", "processor", "peak memory"], rows)
        rest = idle(runs)
        table(["the controller between cycles", "figure"], [
            ["resident", spread([one.resident for one in rest], mib)],
            ["of that written by it, the rest being pages of libraries and of the program",
             spread([one.written for one in rest], mib)]])
        table(["", "figure"], [["size of the program", mib(program.stat().st_size / 1024 ** 2)],
                               ["without symbols", mib(stripped.stat().st_size / 1024 ** 2)]])
