#!/usr/bin/env python3
"""What `verify` rests on, against brute force: in small generated worlds a request that a question about all
requests finds must be allowed when decided by itself, and where it finds none, none over a small alphabet may be
(tests/unit/test_proof_question.c); in whole estates of two teams, `verify` must find a violation exactly when a
request that a property forbids is allowed (tests/unit/test_verify_worlds.c); and each part of the shipped
templates, widened or taken away, must be noticed by a property (tests/unit/test_verify_mutants.c)."""

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


def build(name: str) -> Path:
    """The test program without sanitizers: the release preset builds no tests."""
    subprocess.run([ROOT / "script/build", "dev", f"test_{name}"], check=True, stdout=sys.stderr)
    return ROOT / "build/dev/tests/unit" / f"test_{name}"


def run(program: Path, **variables: object) -> tuple[int, str, float]:
    began = time.monotonic()
    done = subprocess.run([program], env=os.environ | {name: str(value) for name, value in variables.items()},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout, time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/soak verify-worlds --", description=__doc__)
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--estates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--every", type=int, default=1, help="of so many mutants of the templates one is tried")
    options, _ = parser.parse_known_args()
    programs = build("proof_question"), build("verify_worlds"), build("verify_mutants")
    print(f"### Proofs against brute force\n\nSeed {options.seed}. {machine()}.\n", flush=True)
    worlds, worlds_out, worlds_s = run(programs[0], SK_SEED=options.seed, SK_COUNT=options.worlds)
    estates, estates_out, estates_s = run(programs[1], SK_SEED=options.seed, SK_COUNT=options.estates)
    mutants, mutants_out, mutants_s = run(programs[2], SK_EVERY=options.every)
    tried = re.search(r"tried: (\d+)", mutants_out)
    table(["what", "figure"], [["worlds", f"{options.worlds:,}"],
                               ["where brute force and question differ", "see below" if worlds else "0"],
                               ["time", f"{worlds_s:.0f} s"],
                               ["estates", f"{options.estates:,}"],
                               ["where brute force and verify differ", "see below" if estates else "0"],
                               ["time", f"{estates_s:.0f} s"],
                               ["mutants of the shipped templates", tried[1] if tried else "none"],
                               ["not as the list of redundant parts says", "see below" if mutants else "0"],
                               ["time", f"{mutants_s:.0f} s"]])
    for code, out in ((worlds, worlds_out), (estates, estates_out), (mutants, mutants_out)):
        if code != 0:
            print(out, file=sys.stderr)
    return 1 if worlds or estates or mutants or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
