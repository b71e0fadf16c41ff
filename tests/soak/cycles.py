#!/usr/bin/env python3
"""One controller for many cycles: commits, people who change things by hand, faults of AWS, a source that
goes away and commits that do not validate. Its memory and descriptors must stay flat, and whenever all
is quiet AWS must be, by boto3, what Git says.

The seed gives the same events again; how many cycles follow by themselves depends on the machine.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measure import machine, mib, seconds, spread, table  # noqa: E402
from bench.start import memory_of  # noqa: E402
from cloud.client import Cloud, wait_until  # noqa: E402
from e2e.daemon import Daemon  # noqa: E402
from soak.world import FREE_HAND, World, cloud_options  # noqa: E402

#: Shares of the rounds in which something happens; several may.
CHANCES = {"commit": 0.5, "by hand": 0.15, "fault": 0.3, "source goes away": 0.02, "invalid commit": 0.02}
#: So many rounds from one look of boto3 to the next; before it all is left to settle.
LOOK_EVERY = 100
#: A create whose outcome nobody knows is waited for, in real time.
QUIET_SECONDS = 120
SAMPLES = 10
GROUPS = 20


@dataclass(frozen=True)
class Sample:
    cycle: int
    resident_mib: float
    written_mib: float
    descriptors: int
    threads: int
    state_mib: float


@dataclass
class Soak:
    samples: list[Sample] = field(default_factory=list)
    looks: int = 0
    wrong: list[str] = field(default_factory=list)
    requests: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ms: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def cycles(self) -> int:
        return sum(len(counts) for counts in self.requests.values())

    def growth_kib(self) -> float:
        """Slope of the least memory that it has written, of each twentieth of the samples in the second half, in
        KiB for 1,000 cycles. What is resident would not do, nor any single sample: before a long pause the
        controller gives back what is free, and unmaps its code; a leak stays."""
        half = self.samples[len(self.samples) // 2:]
        size = max(1, len(half) // GROUPS)
        least = [min(half[first:first + size], key=lambda sample: sample.written_mib)
                 for first in range(0, len(half), size)]
        if len(least) < 2:
            return 0.0
        slope = statistics.linear_regression([sample.cycle for sample in least],
                                             [sample.written_mib * 1024 for sample in least]).slope
        return slope * 1000


class Controller:
    """The daemon and what disturbs it."""

    def __init__(self, world: World, daemon: Daemon) -> None:
        self.world, self.daemon = world, daemon
        self.away = world.repository.with_name("away")
        self.invalid = False

    def happens(self, what: str) -> bool:
        return self.world.random.random() < CHANCES[what]

    def disturb(self) -> None:
        """Whatever this round's chances say. The draws are the same whatever came of earlier rounds."""
        happens = {what: self.happens(what) for what in CHANCES}
        self.mend()
        # A fault that no request of the last round met would else strike whoever asks next.
        self.world.cloud.clear_faults()
        if happens["commit"]:
            self.world.commit_changes(2)
        if happens["by hand"]:
            self.world.interfere()
        if happens["fault"]:
            self.world.inject_fault()
        if happens["invalid commit"]:
            self.world.changes["invalid commit"] += 1
            self.world.write("broken.yaml", "kind: Team\n")
            self.world.commit("does not validate")
            self.invalid = True
        if happens["source goes away"]:
            self.world.changes["source goes away"] += 1
            self.world.repository.rename(self.away)

    def mend(self) -> None:
        """The source is there again, and what it holds validates."""
        if self.away.exists():
            self.away.rename(self.world.repository)
        if self.invalid:
            (self.world.repository / "broken.yaml").unlink()
            self.world.commit("validates again")
            self.invalid = False

    def cycle(self) -> None:
        """One that begins now; when it has ended."""
        last = self.daemon.wait(lambda status: "cycle" in status)["cycle"]["number"]
        running = self.daemon.status().get("running", {}).get("number", 0)
        self.daemon.send(signal.SIGUSR1)
        self.daemon.wait(lambda status: "running" not in status and status["cycle"]["number"] > max(last, running),
                         "a cycle ends")

    def quiet(self) -> list[str]:
        """Lets everything settle; what is wrong then."""
        self.mend()
        self.world.cloud.clear_faults()

        def in_sync() -> bool:
            self.world.cloud.control("POST", "settle")
            self.cycle()
            return self.daemon.status()["reason"] == "in-sync" and not self.world.differences()
        try:
            wait_until(in_sync, QUIET_SECONDS)
        except Exception:  # whatever kept it: what is seen then says more
            return self.world.differences() or [f"never in sync: {self.daemon.status()}"]
        return []

    def sample(self) -> Sample:
        status = self.daemon.status()
        process = Path(f"/proc/{self.daemon.process.pid}")
        facts = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        memory = memory_of(self.daemon.process.pid)
        size = sum(path.stat().st_size for path in self.daemon.state.rglob("*") if path.is_file())
        return Sample(status["cycle"]["number"], memory.resident, memory.written, len(os.listdir(process / "fd")),
                      int(facts["Threads"]), size / 1024 ** 2)


def trial(world: World, rounds: int, look_every: int = LOOK_EVERY) -> Soak:
    soak = Soak()
    arguments = [*FREE_HAND, "--retry-max", "100ms"]
    with Daemon(world, *arguments) as daemon:
        controller = Controller(world, daemon)
        soak.wrong += [f"at the beginning: {line}" for line in controller.quiet()]
        for number in range(1, rounds + 1):
            controller.disturb()
            controller.cycle()
            soak.samples.append(controller.sample())
            if number % look_every == 0 or number == rounds:
                soak.looks += 1
                soak.wrong += [f"round {number}: {line}" for line in controller.quiet()]
                world.cloud.control("DELETE", "requests")
        code = daemon.end()
        if code != 0:
            soak.wrong.append(f"the controller ended with {code}")
        for line in daemon.log(message="cycle ended"):
            soak.requests[line["outcome"]].append(line["requests"])
            soak.ms[line["outcome"]].append(line["ms"])
    return soak


def report(soak: Soak, world: World) -> None:
    step = max(1, len(soak.samples) // SAMPLES)
    shown = soak.samples[::step]
    if shown[-1] is not soak.samples[-1]:
        shown.append(soak.samples[-1])
    table(["after cycle", "resident memory", "of that written by it", "descriptors", "threads", "state folder"], [
        [f"{sample.cycle:,}", mib(sample.resident_mib), mib(sample.written_mib), str(sample.descriptors),
         str(sample.threads), mib(sample.state_mib)]
        for sample in shown])
    resident = [sample.resident_mib for sample in soak.samples]
    table(["memory and descriptors", "figure"], [
        ["growth of the least it has written over the second half, for 1,000 cycles", f"{soak.growth_kib():+.0f} KiB"],
        ["most resident memory between cycles", mib(max(resident))],
        ["most descriptors", str(max(sample.descriptors for sample in soak.samples))],
        ["times that boto3 compared AWS with Git", str(soak.looks)],
        ["of these not as Git says, or something twice", str(len({line.split(":")[0] for line in soak.wrong}))]])
    table(["cycles that ended", "cycles", "requests of each", "time of each"], [
        [outcome, f"{len(counts):,}", spread(counts, lambda value: f"{value:.0f}"),
         spread(soak.ms[outcome], lambda value: seconds(value / 1000))]
        for outcome, counts in sorted(soak.requests.items(), key=lambda item: -len(item[1]))])
    print("What happened: " + ", ".join(f"{name} {count}" for name, count in sorted(world.changes.items())) + ".\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/soak cycles --", description="Run one controller for many cycles.")
    parser.add_argument("--cycles", type=int, default=2000, help="that are asked for; more follow by themselves")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options, _ = parser.parse_known_args()
    print(f"### One controller, many cycles\n\nSeed {options.seed}. {machine()}.\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="sagekeeper-soak-") as folder, Cloud(*cloud_options()) as cloud:
        world = World(cloud, Path(folder), options.seed)
        soak = trial(world, options.cycles)
        cloud.check_health()
    report(soak, world)
    for line in soak.wrong:
        print(line, file=sys.stderr)
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
