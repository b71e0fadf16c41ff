"""Runs clang-tidy over our sources, several at a time, and remembers what was clean.

usage: lint_tidy.py BUILD CACHE     checks the files of BUILD/compile_commands.json
       lint_tidy.py --list BUILD    prints their names

A file is checked again when its content, a header of ours that it includes, its compile command, the
configuration or the version of clang-tidy changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The commands are gcc's; clang does not know all of its warnings. A third of the analyzer's usual bound on
# the states of one function keeps the run within script/test: it then takes half as long.
OPTIONS = ["-Wno-unknown-warning-option", "-Xclang", "-analyzer-config", "-Xclang", "max-nodes=75000"]


def sources(build: Path) -> dict[Path, list[str]]:
    """Our .c files with their compile commands; generated files are left out."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["directory"], entry["file"]).resolve()
        if path.is_relative_to(ROOT) and not path.is_relative_to(build.resolve()):
            found[path] = shlex.split(entry["command"])
    return found


def own_headers(command: list[str], build: Path) -> list[Path]:
    """What the file includes from this repository, by the compiler's own account."""
    kept = [word for word in command if word not in ("-c", "ccache")]
    if "-o" in kept:
        at = kept.index("-o")
        del kept[at:at + 2]
    result = subprocess.run([*kept, "-MM", "-MG"], cwd=build, capture_output=True, text=True)
    words = result.stdout.replace("\\\n", " ").split()[1:]
    paths = {Path(build, word).resolve() for word in words}
    return sorted(path for path in paths if path.is_relative_to(ROOT) and path.exists())


def digest(path: Path, command: list[str], build: Path, common: bytes) -> str:
    state = hashlib.sha256(common)
    state.update(" ".join(command).encode())
    for dependency in [path, *own_headers(command, build)]:
        state.update(str(dependency).encode() + b"\0" + dependency.read_bytes() + b"\0")
    return state.hexdigest()


def check(path: Path, build: Path) -> tuple[bool, str]:
    result = subprocess.run(
        ["clang-tidy", "--quiet", "-p", str(build), *(f"--extra-arg={option}" for option in OPTIONS), str(path)],
        capture_output=True, text=True)
    return result.returncode == 0, result.stdout


def main() -> int:
    arguments = sys.argv[1:]
    listing = arguments[:1] == ["--list"]
    build = Path(arguments[1 if listing else 0]).resolve()
    files = sources(build)
    if listing:
        print("\n".join(str(path.relative_to(ROOT)) for path in sorted(files)))
        return 0
    cache = Path(arguments[1])
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    common = version + " ".join(OPTIONS).encode() + (ROOT / ".clang-tidy").read_bytes()

    def one(path: Path) -> tuple[Path, bool, str]:
        stamp = cache / digest(path, files[path], build, common)
        if stamp.exists():
            stamp.touch()
            return path, True, ""
        clean, output = check(path, build)
        if clean:
            stamp.touch()
        return path, clean, output

    failed = 0
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for path, clean, output in pool.map(one, sorted(files)):
            if not clean:
                failed += 1
                print(output or f"{path}: clang-tidy failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
