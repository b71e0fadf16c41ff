"""The program plan_world (see plan_world.c) from Python."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from typing import Any

TOOL = os.environ.get("SK_TOOL", "")


def run(mode: str, value: Any) -> Any:
    result = subprocess.run([TOOL, mode], input=json.dumps(value).encode(), capture_output=True, timeout=240)
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout)


def plan(world: dict[str, Any]) -> dict[str, Any]:
    return run("plan", world)


def observe(world: dict[str, Any]) -> dict[str, Any]:
    return run("observe", world)


@cache
def _tables() -> dict[str, Any]:
    return run("kinds", None)


def kinds() -> dict[str, dict[str, Any]]:
    return {kind["name"]: kind for kind in _tables()["kinds"]}


def operations() -> set[tuple[str, str]]:
    """What the AWS client can call."""
    return {(service, operation) for service, operation in _tables()["operations"]}
