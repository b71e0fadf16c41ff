"""End-to-end tests: the built program against the local cloud, judged by boto3."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cloud.fixtures import cloud, shared_cloud  # noqa: E402, F401

from e2e.support import ACCOUNT, Scenario  # noqa: E402


@pytest.fixture
def scenario(cloud, tmp_path):  # noqa: F811
    """The reference scenario in a Git repository, not applied yet."""
    cloud.credentials(ACCOUNT)
    return Scenario(cloud, tmp_path)


@pytest.fixture
def applied(scenario):
    """The reference scenario, applied; the request log begins behind the apply."""
    scenario.run("apply", "--yes").expect(0)
    scenario.mark = scenario.cloud.mark()
    return scenario
