"""The self-tests of the local AWS: boto3 against it, as independent judge."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cloud.client import Cloud  # noqa: E402
from cloud.fixtures import cloud, shared_cloud  # noqa: E402, F401


@pytest.fixture(autouse=True)
def nothing_settles_by_itself(request: pytest.FixtureRequest) -> None:
    """Statuses move when a test says so, or a slow machine would decide what a test sees."""
    if "cloud" in request.fixturenames:
        running: Cloud = request.getfixturevalue("cloud")
        running.set(settle_ms=3_600_000)
