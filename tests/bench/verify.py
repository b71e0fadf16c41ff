"""The proof that teams are kept apart: `verify` over a desired state, and what it adds to a plan."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import estate
from bench.measure import Usage, mib, run, seconds, spread, table
from cloud.client import Cloud


@dataclass(frozen=True)
class Size:
    teams: int
    members: int
    users: int

    def __str__(self) -> str:
        return f"{self.teams} × {self.members:,}"


SIZES = (Size(10, 25, 250), Size(50, 25, 1_250), Size(200, 25, 5_000), Size(200, 250, 5_000))
# Every user in every team, which is no organization but a bound: once, where the memory is there.
LARGEST, LARGEST_GIB = Size(200, 5_000, 5_000), 12
PLANNED = SIZES[2]


@dataclass(frozen=True)
class Proof:
    usage: Usage
    classes: int
    questions: int
    subjects: int
    principals: int
    outcomes: frozenset[str]


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of this machine's own configuration takes part."""
    keep = {name: os.environ[name] for name in ("LANG", "ASAN_OPTIONS") if name in os.environ}
    return keep | {"PATH": "/usr/bin:/bin", "HOME": str(folder), "SAGEKEEPER_STATE": str(folder / "state")}


def prove(program: Path, folder: Path) -> Proof:
    """Verifies the manifests in `folder`/platform; whatever is found, all ten properties are asked."""
    usage = run([program, "verify", "--output", "json", "--manifests", folder / "platform"],
                env=_environment(folder), codes=(0, 3, 4))
    report = json.loads(usage.out)
    properties = report["properties"]
    if len(properties) != 10 or not all(row["classes"] for row in properties):
        raise RuntimeError(f"a property was not asked: {[(row['name'], row['classes']) for row in properties]}")
    return Proof(usage, report["classes"], sum(row["questions"] for row in properties), report["subjects"],
                 report["principals"], frozenset(row["outcome"] for row in properties))


def read(program: Path, folder: Path) -> Usage:
    """What loading and compiling the manifests takes, which a proof does first."""
    return run([program, "validate", "--manifests", folder / "platform"], env=_environment(folder))


def _row(size: Size, proofs: list[Proof], reads: list[Usage]) -> list[str]:
    first = proofs[0]
    own = [proof.usage.cpu_s - usage.cpu_s for proof, usage in zip(proofs, reads)]
    return [f"{size}", f"{size.users:,}", f"{size.teams * size.members:,}", f"{first.subjects:,}",
            f"{first.questions:,}", f"{first.classes:,}",
            spread([proof.usage.wall_s for proof in proofs], seconds),
            spread([proof.usage.cpu_s for proof in proofs], seconds), spread(own, seconds),
            spread([first.classes / taken for taken in own], lambda value: f"{value / 1e3:,.0f} k/s"),
            spread([proof.usage.peak_mib for proof in proofs], mib)]


def _available_gib() -> float:
    found = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())
    return int(found[1]) / 1024 ** 2 if found else 0


def _proofs(program: Path, runs: int) -> None:
    rows = []
    for size in (*SIZES, LARGEST):
        if size == LARGEST and _available_gib() < LARGEST_GIB:
            print(f"{size} is left out: it takes {LARGEST_GIB} GiB of memory, which is not free.\n")
            continue
        with tempfile.TemporaryDirectory(prefix="sagekeeper-bench-") as name:
            estate.write(Path(name) / "platform", size.teams, size.members, size.users)
            times = 1 if size == LARGEST else runs
            proofs = [prove(program, Path(name)) for _ in range(times)]
            reads = [read(program, Path(name)) for _ in range(times)]
        if any(proof.outcomes != {"proved"} for proof in proofs):
            raise RuntimeError(f"{size}: {proofs[0].outcomes}")
        rows.append(_row(size, proofs, reads))
    table(["teams × members", "users", "memberships", "subjects", "questions", "classes", "wall", "processor",
           "of that, the proof", "classes a second", "peak memory"], rows)


def plan(cloud: Cloud, program: Path, folder: Path, when: str) -> Usage:
    """A first plan of the manifests in `folder`/platform, with isolation asked or not."""
    usage = run([program, "plan", "--verify", when, "--rate-factor", "100", "--output", "json",
                 "--manifests", folder / "platform"], codes=(2,), env=_environment(folder) | cloud.environment(
                     estate.ACCOUNT) | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                                        "AWS_EC2_METADATA_DISABLED": "true"})
    asked = json.loads(usage.out)["isolation"]["asked"]
    if asked != (when == "always"):
        raise RuntimeError(f"--verify {when}: asked {asked}")
    return usage


def _plans(program: Path, runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="sagekeeper-bench-") as name, \
            Cloud("--account", estate.ACCOUNT) as cloud:
        estate.write(Path(name) / "platform", PLANNED.teams, PLANNED.members, PLANNED.users)
        usages = {when: [plan(cloud, program, Path(name), when) for _ in range(runs)]
                  for when in ("never", "always")}
    print(f"A plan that creates all of {PLANNED} from nothing:\n")
    table(["isolation", "wall", "processor", "peak memory"], [
        [what, spread([one.wall_s for one in usages[when]], seconds),
         spread([one.cpu_s for one in usages[when]], seconds), spread([one.peak_mib for one in usages[when]], mib)]
        for when, what in (("never", "not asked"), ("always", "asked"))])


def measure(build: Path, runs: int) -> None:
    program = build / "bin" / "sagekeeper"
    _proofs(program, runs)
    _plans(program, runs)
