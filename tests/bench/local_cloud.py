"""Plans and an apply against the local AWS, beside a plain script that reads the same state."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import repository
from bench.measure import Usage, mib, run, seconds, spread, table
from cloud.client import Cloud

READER = Path(__file__).with_name("plain_reader.py")
TEAMS, MEMBERS, LATENCY_MS = 20, 50, 20
SERIAL, THREADS = "boto3, one by one", "boto3, 32 threads"


@dataclass
class Step:
    """One kind of run, repeated: what each took, and its calls by operation."""

    taken: list[Usage] = field(default_factory=list)
    calls: list[dict[str, int]] = field(default_factory=list)


class Bench:
    """An organization of teams in a folder, and an empty local AWS."""

    def __init__(self, cloud: Cloud, program: Path, folder: Path, teams: int, members: int) -> None:
        self.cloud, self.program, self.folder = cloud, program, folder
        self.steps: dict[str, Step] = {}
        repository.write(folder / "platform", teams, members)
        self.resources = 3 + teams * (1 + len(repository.POLICIES) + members)
        self.profiles = teams * members

    def environment(self) -> dict[str, str]:
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "ASAN_OPTIONS") if name in os.environ}
        return keep | self.cloud.environment(repository.ACCOUNT) | {
            "HOME": str(self.folder), "SAGEKEEPER_STATE": str(self.folder / "state"),
            "SAGEKEEPER_SETTLE_INTERVAL": "200ms",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true"}

    def take(self, step: str, command: list[Any], codes: tuple[int, ...]) -> Usage:
        mark = self.cloud.mark()
        usage = run(command, env=self.environment(), codes=codes)
        taken = self.steps.setdefault(step, Step())
        taken.taken.append(usage)
        taken.calls.append(self.cloud.counts(since=mark))
        return usage

    def sagekeeper(self, step: str, *arguments: str, factor: int, codes: tuple[int, ...]) -> Usage:
        return self.take(step, [self.program, *arguments, "--manifests", self.folder / "platform",
                                "--rate-factor", str(factor)], codes)

    def plan(self, step: str, code: int, changes: int, factor: int, *flags: str) -> None:
        summary = json.loads(self.sagekeeper(step, "plan", "--output", "json", *flags, factor=factor,
                                             codes=(code,)).out)
        found = len(summary["changes"])
        if found != changes:
            raise RuntimeError(f"{step}: {found} changes, expected {changes}")

    def forget(self) -> None:
        shutil.rmtree(self.folder / "state", ignore_errors=True)

    def read(self, step: str, threads: int) -> None:
        usage = self.take(step, [sys.executable, "-B", READER, "--threads", str(threads)], (0,))
        seen = json.loads(usage.out)
        if seen["profile"] != self.profiles or sum(seen.values()) != self.resources:
            raise RuntimeError(f"{step}: saw {seen}, expected {self.resources} resources")

    def story(self, reads: int, factor: int = 100) -> None:
        """From nothing to applied, then plans of the same state with and without memory of it."""
        self.forget()
        self.cloud.reset()
        # As if applied an hour ago: for a while after a change, answers are not kept.
        self.cloud.clock(advance=-3600)
        self.plan("plan, nothing there yet", 2, self.resources, factor)
        self.sagekeeper("apply", "apply", "--yes", "--quiet", factor=factor, codes=(0,))
        for _ in range(reads):
            self.forget()
            self.plan("plan, cold", 0, 0, factor)
            self.plan("plan, warm", 0, 0, factor)
            self.plan("plan, warm, nothing proved", 0, 0, factor, "--verify", "never", "--access-changes", "never")


def _calls(step: Step) -> list[float]:
    return [sum(calls.values()) for calls in step.calls]


def _print_steps(bench: Bench) -> None:
    table(["", "wall", "processor", "calls", "peak memory"], [
        [name, spread([one.wall_s for one in step.taken], seconds),
         spread([one.cpu_s for one in step.taken], seconds),
         spread(_calls(step), lambda value: f"{value:,.0f}"),
         spread([one.peak_mib for one in step.taken], mib)]
        for name, step in bench.steps.items()])


def _print_calls(bench: Bench) -> None:
    names = sorted({operation for step in bench.steps.values() for calls in step.calls for operation in calls})
    table(["calls (median run)", *bench.steps], [
        [name, *(f"{sorted(calls.get(name, 0) for calls in step.calls)[len(step.calls) // 2] or '':}"
                 for step in bench.steps.values())] for name in names])


def _print_ratios(bench: Bench) -> None:
    def middle(values: list[float]) -> float:
        return sorted(values)[len(values) // 2]

    rows = []
    for ours in ("plan, cold", "plan, warm"):
        for theirs in (SERIAL, THREADS):
            mine, other = bench.steps[ours], bench.steps[theirs]
            rows.append([f"{theirs} / {ours}",
                         *(f"{middle(left) / middle(right):.1f}" for left, right in (
                             ([one.wall_s for one in other.taken], [one.wall_s for one in mine.taken]),
                             ([one.cpu_s for one in other.taken], [one.cpu_s for one in mine.taken]),
                             (_calls(other), _calls(mine)),
                             ([one.peak_mib for one in other.taken], [one.peak_mib for one in mine.taken])))])
    table(["ratio of medians", "wall", "processor", "calls", "peak memory"], rows)


def measure(build: Path, runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="sagekeeper-bench-") as folder, \
            Cloud("--latency-ms", str(LATENCY_MS), "--account", repository.ACCOUNT) as cloud:
        bench = Bench(cloud, build / "bin" / "sagekeeper", Path(folder), TEAMS, MEMBERS)
        print(f"{TEAMS} teams × {MEMBERS} members: {bench.resources:,} resources; every answer takes {LATENCY_MS} ms "
              "longer than the local AWS needs for it. --rate-factor 100, since it does not throttle.\n")
        for _ in range(runs):
            bench.story(1)
            bench.read(SERIAL, 1)
            bench.read(THREADS, 32)
        for _ in range(runs):
            bench.forget()
            bench.plan("plan, cold, careful rates", 0, 0, 1)
            bench.plan("plan, warm, careful rates", 0, 0, 1)
        cloud.check_health()
        _print_steps(bench)
        _print_ratios(bench)
        _print_calls(bench)
