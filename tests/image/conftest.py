"""The image, built once for all tests of it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cloud.fixtures import cloud, shared_cloud  # noqa: E402, F401

from image import building  # noqa: E402
from image.building import ROOT  # noqa: E402

facts: list[str] = []


@dataclass(frozen=True)
class Built:
    images: building.Images
    root: Path
    config: dict[str, Any]
    commit: str
    base_files: frozenset[str]


def tree_size(root: Path) -> int:
    return sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.fixture(scope="session")
def built():
    building.check_machine()
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"], check=True,
                            capture_output=True, text=True).stdout.strip()
    began = time.monotonic()
    base = building.base_archive()
    base_ready = time.monotonic()
    with building.Images() as images:
        images.import_base(base)
        images.build(building.IMAGE, "--build-arg", f"BASE={building.BASE}", "--build-arg", f"COMMIT={commit}", ROOT)
        root = images.mount(building.IMAGE)
        with tarfile.open(base) as archive:
            base_files = {member.name.removeprefix("./"): member.size for member in archive}
        program = root / "usr/local/bin/sagekeeper"
        facts.append(f"image: {tree_size(root) / 1e6:.0f} MB, of which base {sum(base_files.values()) / 1e6:.0f} MB and "
                     f"program {program.stat().st_size / 1e6:.1f} MB; base took {base_ready - began:.0f} s, "
                     f"image {time.monotonic() - base_ready:.0f} s")
        yield Built(images, root, images.inspect(building.IMAGE), commit, frozenset(base_files))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for fact in facts:
        terminalreporter.write_line(fact)
