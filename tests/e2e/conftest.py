"""End-to-end tests: the built program against the local cloud, judged by boto3."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cloud.fixtures import cloud, shared_cloud  # noqa: E402, F401
from xdist.scheduler import LoadScopeScheduling  # noqa: E402

from e2e import restricted  # noqa: E402
from e2e.support import ACCOUNT, Scenario  # noqa: E402


#: Files whose tests share what is made once, and follow on each other.
TOGETHER = {"test_drift.py", "test_fields.py", "test_lifecycle.py", "test_scale.py", "test_secrets.py"}


class OneByOne(LoadScopeScheduling):
    """Hands tests out one by one, so that no process is left with the slow ones; some files stay together."""

    def _split_scope(self, nodeid):
        file = nodeid.split("::")[0]
        return file if Path(file).name in TOGETHER else nodeid


def pytest_xdist_make_scheduler(config, log):
    return OneByOne(config, log)


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
