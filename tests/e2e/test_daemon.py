"""`sagekeeper run`: cycles, signals, a source that fails, locks, status and log."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from cloud.client import wait_until
from e2e.daemon import SECONDS, Daemon
from e2e.support import ACCOUNT, Scenario, program
from e2e.git_server import GitServer

TEAM = "teams/team2.yaml"


class Served:
    """The scenario's repository behind a server that can go away."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.bare = scenario, scenario.folder / "served" / "platform.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", str(scenario.repository), str(self.bare)], check=True,
                       capture_output=True)
        self.server: GitServer | None = None
        self.port = 0
        self.up()
        self.source = ["--git", f"http://127.0.0.1:{self.port}/platform.git", "--ref", "main"]

    def up(self) -> None:
        self.server = GitServer(self.bare.parent, port=self.port)
        self.port = self.server.server_port

    def down(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    def push(self) -> str:
        self.scenario.git("push", "--quiet", "--force", str(self.bare), "HEAD:main")
        return self.scenario.git("rev-parse", "HEAD")


@pytest.fixture
def served(scenario):
    made = Served(scenario)
    yield made
    made.down()


def instance_type(scenario: Scenario, profile: str = "user1-team2") -> str:
    settings = scenario.profiles()[profile]["UserSettings"]
    return settings["JupyterLabAppSettings"]["DefaultResourceSpec"]["InstanceType"]


def test_from_an_empty_account_to_ready(scenario):
    with Daemon(scenario) as daemon:
        status = daemon.rest()
        assert (status["state"], status["reason"]) == ("ready", "in-sync")
        head = scenario.git("rev-parse", "HEAD")
        assert status["commits"] == {"seen": head, "good": head, "applied": head}
        assert len(scenario.profiles()) == 3
        assert daemon.end() == 0
