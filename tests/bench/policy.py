"""Decisions on policies and look-ups in the catalogue, on one core."""

from __future__ import annotations

import json
from pathlib import Path

from bench.measure import mib, run, seconds, spread, table

ROLES, ACTIONS, ROUNDS = 400, 450, 300_000


def measure(build: Path, runs: int) -> None:
    reports = [json.loads(run([build / "tests/bench/bench_policy", str(ROLES), str(ACTIONS), str(ROUNDS)]).out)
               for _ in range(runs)]

    def rate(part: str, count: str = "decisions") -> str:
        return spread([report[part][count] / report[part]["cpu_s"] / 1e6 for report in reports],
                      lambda value: f"{value:.2f} M/s")

    one, many, catalogue = (reports[0][part] for part in ("one", "many", "catalogue"))
    table(["", "decisions", "on one core", "compiled sets"], [
        [f"(a) one role, 6 policies, {one['statements']} statements, 10 requests", f"{one['decisions']:,}",
         rate("one"), f"{one['bytes'] / 1024:.0f} KiB"],
        [f"(b) {ROLES} roles × {ACTIONS} actions × 4 resources", f"{many['decisions']:,}", rate("many"),
         mib(many["bytes"] / 1024 ** 2)],
    ])
    print(f"Of (b), {many['allowed']:,} are allowed, {many['denied']:,} denied implicitly, {many['forbidden']:,} "
          "explicitly; filling in the requests is in its time.\n")
    table(["", "figure"], [
        [f"rendering and compiling the 6 policies of {ROLES} roles",
         spread([report["many"]["compile_cpu_s"] for report in reports], seconds)],
        ["peak memory of the program", spread([report["peak_rss_kib"] / 1024 for report in reports], mib)],
        ["actions in the catalogue", f"{catalogue['actions']:,}"],
        ["size of the catalogue", f"{catalogue['bytes'] / 1024:.0f} KiB"],
        ["look-up of an action by name, names in random order",
         spread([report["catalogue"]["cpu_s"] / report["catalogue"]["look_ups"] * 1e9 for report in reports],
                lambda value: f"{value:.0f} ns")],
    ])
