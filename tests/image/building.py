"""Builds the Dockerfile without a registry or a daemon: buildah over a base of Debian's own making.

Everything comes from where this machine's apt gets its packages, and in the way it gets them. The base
is kept in build/image; the image itself is built anew each time, in a folder that goes afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "image"
SUITE = "bookworm"
BASE, IMAGE, CONTEXT = "localhost/base", "localhost/sagekeeper", "localhost/context"
# How apt gets packages here, lent to each RUN of the build and never part of an image.
LENT = ("/etc/apt", "/usr/share/keyrings")


def check_machine() -> None:
    """RuntimeError with what is missing, when images cannot be built or run here."""
    if os.geteuid() != 0:
        raise RuntimeError("the image tests need root: they chroot and mount. Run script/test as root.")
    for program in ("debootstrap", "buildah", "unshare", "setpriv"):
        if not shutil.which(program):
            raise RuntimeError(f"the image tests need {program}; script/setup --tests installs it")
    tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        raise RuntimeError("the image tests need mount and pid namespaces, which this machine refuses: "
                           + tried.stderr.strip())


def run(command: list[str | Path], env: dict[str, str] | None = None) -> str:
    """A program's standard output; RuntimeError with all that it said when it fails."""
    done = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, errors="replace")
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n"
                           f"{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
    return done.stdout


def _mirror() -> str:
    """From where apt takes the suite's main component."""
    targets = run(["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)",
                   "Created-By: Packages"])
    for line in targets.splitlines():
        release, component, uri = line.split(" ", 2)
        if (release, component) == (SUITE, "main"):
            return uri
    raise RuntimeError(f"apt has no source for {SUITE}/main on this machine:\n{targets}")


def _proxies() -> dict[str, str]:
    """apt's proxies as the variables that other programs read."""
    found = {}
    for scheme in ("http", "https"):
        words = run(["apt-config", "dump", "--format", "%v", f"Acquire::{scheme}::Proxy"])
        if words:
            found[f"{scheme}_proxy"] = words
    return found


def _release() -> str:
    """A digest of what apt knows of the suite's content; empty when its lists are not there."""
    files = sorted(Path("/var/lib/apt/lists").glob(f"*_dists_{SUITE}_*Release"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest() if files else ""


def base_archive() -> Path:
    """A tar file of the smallest Debian, made by debootstrap unless it is there for the same content."""
    mirror = _mirror()
    made_from = [Path(__file__).read_text(), mirror, _release(),
                 run(["dpkg-query", "--show", "debootstrap"]), run(["dpkg", "--print-architecture"])]
    key = hashlib.sha256("\0".join(made_from).encode()).hexdigest()[:16]
    archive = CACHE / f"base-{key}.tar"
    if archive.exists():
        return archive
    CACHE.mkdir(parents=True, exist_ok=True)
    for old in CACHE.glob("base-*.tar"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="debootstrap-", dir=CACHE) as name:
        tree = Path(name) / "base"
        # With https, apt inside needs the certificates.
        more = ["--include=ca-certificates"] if mirror.startswith("https") else []
        run(["debootstrap", "--variant=minbase", *more, SUITE, tree, mirror], env=dict(os.environ) | _proxies())
        # What says where it was made does not belong into an image.
        for path in ("etc/apt/sources.list", "etc/resolv.conf", "etc/hostname", "etc/hosts"):
            (tree / path).unlink(missing_ok=True)
        part = archive.with_suffix(".part")
        run(["tar", "-C", tree, "--exclude=./dev/*", "--exclude=./var/cache/apt/*", "--exclude=./var/lib/apt/lists/*",
             "--exclude=./var/log/*", "-cf", part, "."])
        part.rename(archive)
    return archive


class Images:
    """A storage of its own for images; use as a context manager."""

    def __init__(self) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="storage-", dir=CACHE))

    def __enter__(self) -> "Images":
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--recursive", "--quiet", self.folder / "root"], check=False,
                       capture_output=True)
        shutil.rmtree(self.folder)

    def buildah(self, *arguments: str | Path) -> str:
        return run(["buildah", "--storage-driver", "vfs", "--root", self.folder / "root",
                    "--runroot", self.folder / "run", *arguments], env=dict(os.environ) | _proxies()).strip()

    def import_base(self, archive: Path) -> None:
        container = self.buildah("from", "scratch")
        self.buildah("add", container, archive, "/")
        self.buildah("commit", "--rm", container, BASE)

    def build(self, name: str, *arguments: str | Path) -> None:
        lent = [f"--volume={path}:{path}:ro" for path in LENT if os.path.isdir(path)]
        # Only Docker's format can say how to check the health.
        self.buildah("bud", "--isolation", "chroot", "--format", "docker", "--pull-never", *lent,
                     "--tag", name, *arguments)

    def mount(self, name: str) -> Path:
        """The image's root as a folder."""
        return Path(self.buildah("mount", self.buildah("from", "--pull-never", name)))

    def inspect(self, name: str) -> dict[str, Any]:
        """Docker's configuration of the image."""
        return json.loads(self.buildah("inspect", "--type", "image", name))["Docker"]["config"]
