"""End-to-end tests: the built program against the local cloud, judged by boto3."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cloud.fixtures import cloud, shared_cloud  # noqa: E402, F401

from e2e import restricted  # noqa: E402
from e2e.support import ACCOUNT, Scenario  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--as-restricted-role", metavar="FOLDER", default="", help=(
        "run the program as roles that hold only what `sagekeeper permissions` prints; what they asked for goes to FOLDER"))


def pytest_configure(config):
    if config.getoption("--as-restricted-role"):
        restricted.install(config.getoption("--as-restricted-role"))


def pytest_collection_modifyitems(items):
    for item in items if restricted.on() else []:
        reason = restricted.why_not(item.path.name, item.originalname)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


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
