"""Runs an image's root the way its configuration says: its user, variables and entry point, on a root
file system that nobody can write to, with the state volume as the only place that can be written.
The network is the machine's, so that the local AWS can be reached."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS = 120

# Arguments: root, state, where the state goes, user id, group id, working folder, command… Each mount is
# seen by this process only. No program of the image takes part before the last one.
ENTER = """
set -e
root=$1 state=$2 volume=$3 user=$4 group=$5 work=$6
shift 6
mount --bind "$root" "$root"
mount --bind "$state" "$root$volume"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs unshare --root="$root" --wd="$work" --setgid="$group" --setuid="$user" -- "$@"
"""


@dataclass
class Container:
    root: Path
    config: dict[str, Any]
    state: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.volume,) = self.config["Volumes"]
        self.user, self.group = map(int, self.config["User"].split(":"))
        # A new volume is a copy of what the image has in its place, owner and mode included.
        inside = self.root / self.volume.lstrip("/")
        shutil.copytree(inside, self.state)
        os.chown(self.state, inside.stat().st_uid, inside.stat().st_gid)
        os.chmod(self.state, inside.stat().st_mode & 0o7777)

    def command(self, arguments: tuple[str, ...], user: str | None, entrypoint: list[str] | None) -> list[str]:
        uid, gid = user.split(":") if user else (str(self.user), str(self.group))
        return ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER,
                "enter", str(self.root), str(self.state), self.volume, uid, gid, self.config["WorkingDir"] or "/",
                *(self.config["Entrypoint"] if entrypoint is None else entrypoint), *arguments]

    def variables(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.config["Env"]) | self.environment

    def run(self, *arguments: str, user: str | None = None,
            entrypoint: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        """Runs it to its end, with the image's default arguments when none are given."""
        return subprocess.run(self.command(arguments or tuple(self.config["Cmd"]), user, entrypoint),
                              env=self.variables(), capture_output=True, text=True, timeout=SECONDS,
                              stdin=subprocess.DEVNULL)

    def shell(self, script: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("-c", script, user=user, entrypoint=["/bin/sh"])

    def first(self, process: subprocess.Popen[str]) -> int:
        """The container's process 1, as the machine numbers it."""
        return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())

    def kill(self, process: subprocess.Popen[str], name: str) -> None:
        os.kill(self.first(process), signal.Signals[name])

    def inside(self, process: subprocess.Popen[str], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the entry point beside a container's process 1, as a health check is run."""
        enter = ["nsenter", "--target", str(self.first(process)), "--mount", "--pid", "--root", "--wd",
                 "--setuid", str(self.user), "--setgid", str(self.group)]
        return subprocess.run([*enter, "--", *self.config["Entrypoint"], *arguments], env=self.variables(), capture_output=True, text=True,
                              timeout=SECONDS, stdin=subprocess.DEVNULL)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command(arguments or tuple(self.config["Cmd"]), None, None),
                                env=self.variables(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True)
