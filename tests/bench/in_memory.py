"""Manifests to plan to text for worlds of growing size, without any network."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

from bench.measure import mib, run, seconds, spread, table

SIZES = (1_000, 10_000, 100_000)
# What a cycle does when nothing, or little, has changed; the target of 100,000 in 1 s is about these.
WITHOUT_RENDERING = ("compile", "plan, 1 % differ")


def _each(values: list[float]) -> str:
    return f"{statistics.median(values) / SIZES[-1] * 1e6:.2f} µs"


def measure(build: Path, runs: int) -> None:
    reports = {size: [json.loads(run([build / "tests/bench/bench_plan", str(size), str(seed + 1)]).out)
                      for seed in range(runs)] for size in SIZES}
    print("Processor time of each step; in memory, one thread.\n")
    head = ["step", *(f"{size:,} resources" for size in SIZES), f"per resource of {SIZES[-1]:,}"]
    steps = [step["step"] for step in reports[SIZES[0]][0]["steps"]]
    rows = []
    for position, name in enumerate(steps):
        times = {size: [report["steps"][position]["cpu_s"] for report in reports[size]] for size in SIZES}
        rows.append([name, *(spread(times[size], seconds) for size in SIZES),
                     _each(times[SIZES[-1]])])
    both = {size: [sum(step["cpu_s"] for step in report["steps"] if step["step"] in WITHOUT_RENDERING)
                   for report in reports[size]] for size in SIZES}
    rows.append([" + ".join(WITHOUT_RENDERING), *(spread(both[size], seconds) for size in SIZES),
                 _each(both[SIZES[-1]])])
    table(head, rows)
    print("Peak memory of the process behind each step (the first plan's also holds the live world).\n")
    rows = [[name, *(spread([report["steps"][position]["peak_rss_kib"] / 1024 for report in reports[size]], mib)
                     for size in SIZES),
             f"{max(report['steps'][position]['peak_rss_kib'] for report in reports[SIZES[-1]]) / SIZES[-1]:.1f} KiB"]
            for position, name in enumerate(steps)]
    table(head, rows)
