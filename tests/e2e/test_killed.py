"""kill -9 at receipt of, after the effect of, and after the answer to every API call of an apply: the
next run ends in the same state, nothing twice."""

from __future__ import annotations

import pytest

from cloud.client import wait_until
from e2e.support import SECONDS, Scenario

STAGES = ("receipt", "effect", "answer")
#: What only reads has no effect to be killed after.
READS = ("Get", "List", "Describe")


@pytest.fixture(scope="module")
def undisturbed(shared_cloud, tmp_path_factory):
    """The calls of an apply that nothing disturbs, and what it ends in."""
    shared_cloud.reset()
    scenario = Scenario(shared_cloud, tmp_path_factory.mktemp("undisturbed"))
    scenario.run("apply", "--yes").expect(0)
    return scenario.cloud.counts(), scenario.snapshot()


OPERATIONS = ("sts:GetCallerIdentity", "iam:GetAccountAuthorizationDetails", "iam:ListRoles",
              "resourcegroupstaggingapi:GetResources", "sagemaker:ListDomains", "sagemaker:DescribeDomain",
              "sagemaker:ListUserProfiles", "sagemaker:DescribeUserProfile", "sagemaker:ListApps", "sagemaker:ListSpaces",
              "iam:CreatePolicy",
              "iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "sagemaker:CreateDomain",
              "sagemaker:CreateUserProfile",
              "sagemaker:CreateSpace", "sagemaker:DescribeSpace")


def occurrences(counts: dict[str, int], operation: str) -> range:
    """Every time the undisturbed apply made this call."""
    return range(1, counts.get(operation, 0) + 1)


def kill_at(scenario: Scenario, operation: str, occurrence: int, stage: str) -> bool:
    """False when this run made fewer such calls."""
    service, name = operation.split(":")
    rule = scenario.cloud.inject("hold", name, service=service, occurrence=occurrence, stage=stage,
                                 then="drop" if stage == "receipt" else "go")
    process = scenario.start("apply", "--yes")
    try:
        wait_until(lambda: process.poll() is not None or scenario.cloud.fault(rule)["waiting"],
                   SECONDS, f"{operation} to be held")
        held = scenario.cloud.fault(rule)["waiting"] > 0
        process.kill()
    finally:
        process.communicate()
        scenario.cloud.release(rule)
        scenario.cloud.clear_faults()
    return held


def test_the_list_of_operations_is_complete(undisturbed):
    assert set(undisturbed[0]) == set(OPERATIONS)


@pytest.mark.parametrize("operation, stage", [
    (operation, stage) for operation in OPERATIONS for stage in STAGES
    if stage != "effect" or not operation.split(":")[1].startswith(READS)])
def test_killed(cloud, tmp_path, undisturbed, operation, stage):
    counts, expected = undisturbed
    for occurrence in occurrences(counts, operation):
        cloud.reset()
        scenario = Scenario(cloud, tmp_path / str(occurrence))
        assert kill_at(scenario, operation, occurrence, stage) or occurrence > 1
        scenario.run("apply", "--yes").expect(0)
        assert scenario.snapshot() == expected, f"occurrence {occurrence}"
        assert scenario.plan(codes=(0,))["changes"] == []
