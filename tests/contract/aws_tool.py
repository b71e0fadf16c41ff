"""The program aws_tool (see aws_tool.c) from Python: its tables, its pure functions, whole calls."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from typing import Any, Iterable

TOOL = os.environ.get("SK_TOOL", "")

#: Names of services as in our table -> as in botocore.
BOTOCORE_NAMES = {"tagging": "resourcegroupstaggingapi", "servicequotas": "service-quotas"}


def botocore_name(service: str) -> str:
    return BOTOCORE_NAMES.get(service, service)


@cache
def tables() -> dict[str, list[dict[str, Any]]]:
    return json.loads(subprocess.run([TOOL, "tables"], check=True, capture_output=True).stdout)


def ask(requests: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers of `aws_tool lines`, in the order of the requests."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    result = subprocess.run([TOOL, "lines"], input=lines.encode(), check=True, capture_output=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def call(job: dict[str, Any], environment: dict[str, str]) -> list[dict[str, Any]]:
    """The answers of `aws_tool call`, in the order of the job's calls; the program must end clean."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    result = subprocess.run([TOOL, "call"], input=json.dumps(job).encode(), capture_output=True,
                            env={**clean, "HOME": "/nonexistent", **environment}, timeout=120)
    assert result.returncode == 0, result.stderr.decode()
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    return sorted(answers, key=lambda answer: answer["index"])
