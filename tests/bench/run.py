"""Prints the tables of script/bench, which builds first: figures, and no judgement of them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import in_memory, local_cloud, policy, start, verify  # noqa: E402
from bench.measure import ROOT, machine  # noqa: E402

BENCHES = {
    "memory": (in_memory.measure, "Compile, plan and render in memory"),
    "cloud": (local_cloud.measure, "Against the local AWS"),
    "start": (start.measure, "Start-up, validation and size"),
    "policy": (policy.measure, "Policy decisions"),
    "verify": (verify.measure, "Proof of isolation"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench", description="Print tables of figures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)}; all when none is named")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release", help="the build to measure")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHES:
            parser.error(f"unknown bench '{name}'; expected {', '.join(BENCHES)}")
    os.environ["SK_PROGRAM"] = str(options.build / "bin" / "sagekeeper")
    os.environ["SK_BENCH_RUN"] = str(options.build / "tests" / "bench" / "bench_run")
    for name in options.names or BENCHES:
        measure, title = BENCHES[name]
        print(f"### {title}\n\nMedian of {options.runs} runs, least and greatest in brackets. {machine()}.\n",
              flush=True)
        measure(options.build, options.runs)


if __name__ == "__main__":
    main()
