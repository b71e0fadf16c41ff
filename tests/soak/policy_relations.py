#!/usr/bin/env python3
"""Relations between decisions that must hold for any policy (tests/unit/test_policy_relations.c), on many
generated policies: reordering and splitting statements, adding what is unrelated and the canonical form
change no decision; an added allow takes nothing away; forms under unknown keys are bounds."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measure import machine, table  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 4  # of each policy


def build() -> Path:
    """The test program without sanitizers: the release preset builds no tests."""
    subprocess.run([ROOT / "script/build", "dev", "test_policy_relations"], check=True, stdout=sys.stderr)
    return ROOT / "build/dev/tests/unit/test_policy_relations"


def run(program: Path, seed: int, count: int) -> tuple[int, str]:
    done = subprocess.run([program], env=os.environ | {"SK_SEED": str(seed), "SK_COUNT": str(count)},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/soak policy-relations --", description=__doc__)
    parser.add_argument("--policies", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options, _ = parser.parse_known_args()
    program = build()
    print(f"### Relations between decisions\n\nSeed {options.seed}. {machine()}.\n", flush=True)
    began = time.monotonic()
    code, out = run(program, options.seed, options.policies)
    took = time.monotonic() - began
    decided = dict(re.findall(r"decided (\w+): (\d+)", out))
    table(["what", "figure"], [["policies", f"{options.policies:,}"],
                               ["requests of each", str(REQUESTS)],
                               *[[f"decided {name}", f"{int(count):,}"] for name, count in decided.items()],
                               ["relations that did not hold", "0" if code == 0 else "see below"],
                               ["time", f"{took:.0f} s"]])
    if code != 0:
        print(out, file=sys.stderr)
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
