"""Each fault at each operation of the scenario: recovered (exit 0, the retry logged) or contained and
reported (exit 4 or 1); the next run converges."""

from __future__ import annotations

import pytest

from e2e.support import Scenario
from e2e.test_killed import OPERATIONS, undisturbed  # noqa: F401

FAULTS = {
    "fail": {"kind": "fail", "code": "InternalFailure", "status": 500},
    "fail after the effect": {"kind": "fail", "code": "InternalFailure", "status": 500, "after": True},
    "throttle": {"kind": "throttle"},
    "drop before": {"kind": "drop_before"},
    "drop after": {"kind": "drop_after"},
    "truncate": {"kind": "truncate"},
    "late": {"kind": "late", "ms": 300},
    "twice": {"kind": "double"},
}
#: What one retry of the client cannot hide is reported; these kinds are always repaired.
ALWAYS_REPAIRED = {"throttle", "late", "twice"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_fault(cloud, tmp_path, undisturbed, operation, fault):  # noqa: F811
    service, name = operation.split(":")
    cloud.reset()
    scenario = Scenario(cloud, tmp_path)
    rule = cloud.inject(operation=name, service=service, occurrence=1, **FAULTS[fault])
    result = scenario.run("apply", "--yes").expect(0, 1, 4)
    assert cloud.fault(rule)["fired"] == 1
    if fault in ALWAYS_REPAIRED:
        assert result.code == 0, result.out + result.err
    if result.code == 0 and fault in ("throttle", "fail", "drop before"):
        assert "trying again" in result.err or ": unknown: " in result.out, "a repaired fault is logged"
    if result.code != 0:
        assert name in result.out + result.err or "failed" in result.out, "a contained fault is reported"
    cloud.clear_faults()
    scenario.run("apply", "--yes").expect(0)
    assert scenario.snapshot() == undisturbed[1]
    assert scenario.plan(codes=(0,))["changes"] == []


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name.split(":")[1].startswith(("Create", "Attach", "Put"))])
def test_an_operation_that_always_fails_is_contained(cloud, tmp_path, undisturbed, operation):  # noqa: F811
    service, name = operation.split(":")
    cloud.reset()
    scenario = Scenario(cloud, tmp_path)
    cloud.inject("fail", name, service=service, occurrence="every", code="ValidationException", status=400,
                 message="one thing is wrong")
    result = scenario.run("apply", "--yes").expect(4)
    assert "one thing is wrong" in result.out
    cloud.clear_faults()
    scenario.run("apply", "--yes").expect(0)
    assert scenario.snapshot() == undisturbed[1]


def test_everything_throttled_now_and_then(cloud, tmp_path, undisturbed):  # noqa: F811
    cloud.reset()
    scenario = Scenario(cloud, tmp_path)
    for occurrence in range(3, 60, 7):
        cloud.inject("throttle", "*", occurrence=occurrence)
    scenario.run("apply", "--yes").expect(0)
    assert scenario.snapshot() == undisturbed[1]
