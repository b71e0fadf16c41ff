"""What the benches share: the machine, running a program with its resources counted, and tables.

SK_BENCH_RUN names the program bench_run, which does the counting.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, Sequence

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Usage:
    """What one run of a program took."""

    code: int
    out: str
    err: str
    wall_s: float
    cpu_s: float
    peak_mib: float


def run(command: Sequence[str | Path], env: dict[str, str] | None = None, codes: Iterable[int] = (0,)) -> Usage:
    """Runs a program to its end. RuntimeError when it ends with another code than `codes`."""
    with tempfile.NamedTemporaryFile() as report:
        done = subprocess.run([os.environ["SK_BENCH_RUN"], report.name, *map(str, command)], env=env, check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        taken = json.load(report)
    if taken["code"] not in codes:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {taken['code']}:\n{done.stderr[-4000:]}")
    return Usage(taken["code"], done.stdout, done.stderr, taken["wall_s"], taken["cpu_s"],
                 taken["peak_rss_kib"] / 1024)


def _first(path: str, key: str) -> str:
    """The value of the first line of a /proc file that begins with the key."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(key):
                return line.partition(":")[2].strip()
    return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True,
                          check=False).stdout.strip()


def machine() -> str:
    """One line: processor, cores, memory, kernel, load, commit."""
    memory_gib = int(_first("/proc/meminfo", "MemTotal").split()[0]) / 1024 ** 2
    commit = _git("rev-parse", "--short=12", "HEAD") or "unknown"
    if _git("status", "--porcelain", "--untracked-files=no"):
        commit += " with changes"
    return (f"{_first('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
            f"Linux {platform.release()}, load {os.getloadavg()[0]:.1f} when it began; commit {commit}")


def spread(values: Sequence[float], show: Callable[[float], str]) -> str:
    """The median, and the least and the greatest where there are several values."""
    middle = show(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({show(min(values))}–{show(max(values))})"


def seconds(value: float) -> str:
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1e3:.1f} ms" if value >= 0.001 else f"{value * 1e6:.0f} µs"


def mib(value: float) -> str:
    return f"{value:.0f} MiB" if value >= 100 else f"{value:.1f} MiB"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a Markdown table whose columns line up; all but the first are numbers."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def show(line: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                                 for column, (cell, width) in enumerate(zip(line, widths))) + " |"

    print(show(lines[0]))
    print("|" + "|".join("-" * (width + 2) if column == 0 else "-" * (width + 1) + ":"
                         for column, width in enumerate(widths)) + "|")
    for line in lines[1:]:
        print(show(line))
    print(flush=True)
