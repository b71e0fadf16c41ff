"""Small samples of the benches that run the program: what they count is right; no times are judged."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import estate, local_cloud, repository, start, verify  # noqa: E402
from bench.measure import run  # noqa: E402
from cloud.client import Cloud  # noqa: E402

PROGRAM = Path(os.environ["SK_PROGRAM"])
TEAMS, MEMBERS = 2, 3


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A small organization after its story, read twice by the plain script."""
    folder = tmp_path_factory.mktemp("bench")
    with Cloud("--settle-ms", "0", "--account", repository.ACCOUNT) as cloud:
        bench = local_cloud.Bench(cloud, PROGRAM, folder, TEAMS, MEMBERS)
        bench.story(2)
        bench.read(local_cloud.SERIAL, 1)
        bench.read(local_cloud.THREADS, 4)
        cloud.check_health()
        yield bench


def calls(bench, step: str, occasion: int = 0) -> dict[str, int]:
    return bench.steps[step].calls[occasion]


def test_apply_creates_each_resource_once(bench):
    made = calls(bench, "apply")
    assert made["sagemaker:CreateDomain"] == 1
    assert made["sagemaker:CreateUserProfile"] == TEAMS * MEMBERS
    assert made["iam:CreateRole"] == TEAMS + 1
    assert made["iam:CreatePolicy"] == TEAMS * len(repository.POLICIES) + 1


def test_plans_only_read(bench):
    for step in ("plan, nothing there yet", "plan, cold", "plan, warm"):
        for taken in bench.steps[step].calls:
            assert all(name.split(":")[1].startswith(("List", "Describe", "Get")) for name in taken), taken


def test_a_warm_plan_describes_no_profile_again(bench):
    assert calls(bench, "plan, cold")["sagemaker:DescribeUserProfile"] == TEAMS * MEMBERS
    for occasion in range(2):
        assert "sagemaker:DescribeUserProfile" not in calls(bench, "plan, warm", occasion)


def test_both_ways_of_reading_ask_the_same(bench):
    serial, threads = calls(bench, local_cloud.SERIAL), calls(bench, local_cloud.THREADS)
    assert serial == threads
    assert serial["sagemaker:DescribeUserProfile"] == TEAMS * MEMBERS
    assert serial["sagemaker:ListTags"] == TEAMS * MEMBERS + 1
    assert serial["iam:GetRole"] == TEAMS + 1


def test_validate_counts_the_manifests(tmp_path):
    start.write_manifests(tmp_path / "platform", 2, 3, 20)
    assert sum(1 for _ in (tmp_path / "platform").rglob("*.yaml")) == 20
    usage = run([PROGRAM, "validate", "--manifests", tmp_path / "platform"],
                env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]})
    assert "20 documents, 17 resources" in usage.out, usage.out


def test_the_proof_asks_everybody_and_all_properties(tmp_path):
    principals = estate.write(tmp_path / "platform", 6, 3, 9)
    proof = verify.prove(PROGRAM, tmp_path)
    assert proof.principals == principals
    assert proof.outcomes == {"proved"}
    # One of the people of each team, its roles by themselves, the shared space, and the sign-in role.
    assert proof.subjects == 6 + 6 + 2 + 1 + 2


def test_classes_grow_with_the_teams(tmp_path):
    """Not with their square: what grows so are buckets of others, one class for each and its content."""
    proofs = []
    for teams in (4, 8):
        folder = tmp_path / str(teams)
        estate.write(folder / "platform", teams, 2, 2 * teams)
        proofs.append(verify.prove(PROGRAM, folder))
    assert proofs[1].questions < 2 * proofs[0].questions
    assert proofs[1].classes < 2 * proofs[0].classes


def test_a_plan_asks_for_isolation_when_told(tmp_path):
    estate.write(tmp_path / "platform", 2, 2, 4)
    with Cloud("--settle-ms", "0", "--account", estate.ACCOUNT) as cloud:
        for when in ("never", "always"):
            assert verify.plan(cloud, PROGRAM, tmp_path, when).code == 2
