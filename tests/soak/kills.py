#!/usr/bin/env python3
"""Random kill -9: each time something changed in Git and by hand, a run is killed at a request or at a
moment drawn from the seed, and the next runs must end where Git says, with nothing twice by boto3.

The seed gives the same changes, kills and faults again; which of several requests at a time arrives first
is the machine's to say.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measure import machine, seconds, spread, table  # noqa: E402
from cloud.client import Cloud, wait_until  # noqa: E402
from e2e.support import SECONDS  # noqa: E402
from soak.world import FREE_HAND, World, cloud_options  # noqa: E402

CYCLE = ("run", "--once", "--mode", "enforce", "--quiet", *FREE_HAND)
#: What happened to a request at the moment of the kill; "moment": at any time, whatever it does.
STAGES = {"receipt": "had arrived", "effect": "had its effect", "answer": "was answered", "moment": ""}
MOST_CYCLES = 12
#: A create whose outcome nobody knows, or that lists do not show yet, is waited for; longer than this never.
PATIENCE_S = 31


@dataclass
class Kills:
    """What was done and what came of it."""

    died: Counter[str] = field(default_factory=Counter)
    outlived: int = 0
    cycles: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def requests_ahead(world: World) -> int:
    """How many requests the next run makes, about: those of a plan, and the calls that it plans."""
    mark = world.cloud.mark()
    changes = world.plan(*FREE_HAND, codes=(0, 2))["changes"]
    return world.cloud.count(since=mark) + sum(len(change.get("calls", ())) for change in changes)


def kill_one(world: World, usual_s: float) -> str | None:
    """Runs a cycle and kills it; in what the kill struck, None when the cycle had ended before."""
    stage = world.random.choice(sorted(STAGES))
    place = world.random.random()
    if stage == "moment":
        process = world.start(*CYCLE)
        time.sleep(place * usual_s)
        process.kill()
        process.communicate()
        return stage if process.returncode < 0 else None
    rule = world.cloud.inject("hold", "*", occurrence=1 + int(place * requests_ahead(world)), stage=stage,
                              then="drop" if stage == "receipt" else "go")
    process = world.start(*CYCLE)
    try:
        wait_until(lambda: process.poll() is not None or world.cloud.fault(rule)["waiting"], SECONDS, "a request to be held")
        held = world.cloud.fault(rule)["waiting"] > 0
        process.kill()
    finally:
        process.communicate()
        world.cloud.release(rule)
        world.cloud.clear_faults()
    return stage if held else None


def converge(world: World, done: Kills) -> list[str]:
    """Undisturbed cycles until nothing is left to do, and a look at AWS: what is wrong all the same."""
    for cycle in range(1, MOST_CYCLES + 1):
        began = time.monotonic()
        result = world.run(*CYCLE)
        done.took.append(time.monotonic() - began)
        if result.code not in (0, 4):
            return [f"a cycle ended with {result.code}: {result.err[-500:]}"]
        if result.code == 0:
            done.cycles.append(cycle)
            # Deletes that were accepted may take a moment.
            world.cloud.control("POST", "settle")
            left = world.plan(codes=(0, 2))["changes"]
            wrong = world.differences() + [f"still to do: {change['action']} {change['address']}" for change in left]
            return wrong + [f"the last cycle said: {result.out}{result.err}"] if wrong else []
        world.let_pass(PATIENCE_S)
    return [f"still not done after {MOST_CYCLES} cycles: {result.out[-500:]}"]


def trial(world: World, kills: int) -> Kills:
    """Until so many runs were killed; runs that ended before their kill are checked and do not count."""
    done = Kills()
    while done.died.total() < kills and done.outlived < kills:
        world.commit_changes(3)
        if world.random.random() < 0.3:
            world.interfere()
        # A kill at a moment of its own shall come while the run is at work.
        struck = kill_one(world, statistics.median(done.took or [0.5]))
        if struck:
            done.died[struck] += 1
        else:
            done.outlived += 1
        # What people deleted by hand is gone when the next run looks, not on its way out.
        world.cloud.control("POST", "settle")
        done.wrong += [f"kill {done.died.total()} ({struck}): {what}" for what in converge(world, done)]
        world.cloud.control("DELETE", "requests")
    return done


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/soak kills --", description="Kill runs at random and check what comes of it.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options, _ = parser.parse_known_args()
    print(f"### Random kill -9\n\nSeed {options.seed}. {machine()}.\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="sagekeeper-soak-") as folder, Cloud(*cloud_options()) as cloud:
        world = World(cloud, Path(folder), options.seed)
        done = trial(world, options.kills)
        cloud.check_health()
    table(["the kill struck", "times"],
          [*([f"when a request {meaning}" if meaning else "at a moment of its own", str(done.died[stage])]
             for stage, meaning in STAGES.items()), ["after the run had ended by itself", str(done.outlived)]])
    table(["afterwards", "figure"], [
        ["cycles until nothing was left to do", spread(done.cycles, lambda value: f"{value:.0f}")],
        ["time of one such cycle", spread(done.took, seconds)],
        ["not converged, or something twice", str(len({line.split(":")[0] for line in done.wrong}))]])
    print("What changed: " + ", ".join(f"{name} {count}" for name, count in sorted(world.changes.items())) + ".\n")
    for line in done.wrong:
        print(line, file=sys.stderr)
    return 1 if done.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
