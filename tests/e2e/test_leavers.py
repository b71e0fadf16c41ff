"""Leaving a team: access first and at once, then apps, then private spaces, then the profile; killed
anywhere it goes on; with a grace time only access and apps go until then; coming back undoes it."""

from __future__ import annotations

import datetime
import json

import pytest

from e2e.support import Result, Scenario

PROFILE = "sagemaker_user_profile/ml-dev/us-east-1/research/user2-team2"
DAY = 86400
#: A member's line of manifests/quickstart/teams/team2.yaml.
MEMBER = "    - user2\n"
TEAM2 = "teams/team2.yaml"


def start_app(scenario: Scenario, app_type: str = "JupyterServer", name: str = "default", **holder: str) -> None:
    holder = holder or {"UserProfileName": "user2-team2"}
    scenario.boto3("sagemaker").create_app(DomainId=scenario.domain_id(), AppType=app_type, AppName=name, **holder)


def settle(scenario: Scenario) -> None:
    scenario.cloud.control("POST", "settle")


def make_space(scenario: Scenario, name: str, owner: str) -> None:
    scenario.boto3("sagemaker").create_space(
        DomainId=scenario.domain_id(), SpaceName=name, OwnershipSettings={"OwnerUserProfileName": owner},
        SpaceSharingSettings={"SharingType": "Private"}, SpaceSettings={"AppType": "JupyterLab"})


def work(scenario: Scenario) -> None:
    """user2 works with two apps and a private space with an app; user1 works in the same team."""
    start_app(scenario)
    start_app(scenario, "KernelGateway", "kernel")
    make_space(scenario, "lab", "user2-team2")
    make_space(scenario, "other-lab", "user1-team2")
    settle(scenario)
    start_app(scenario, "JupyterLab", SpaceName="lab")
    start_app(scenario, "JupyterLab", SpaceName="other-lab")
    start_app(scenario, UserProfileName="user1-team2")
    settle(scenario)
    scenario.mark = scenario.cloud.mark()


@pytest.fixture
def working(applied):
    work(applied)
    return applied


def leave(scenario: Scenario) -> None:
    scenario.edit(TEAM2, MEMBER, "")


def apps(scenario: Scenario) -> set[tuple[str, str]]:
    """What runs: type and holder."""
    pages = scenario.boto3("sagemaker").get_paginator("list_apps").paginate()
    return {(app["AppType"], app.get("SpaceName") or app["UserProfileName"]) for page in pages for app in page["Apps"]
            if app["Status"] not in ("Deleted", "Failed")}


def spaces(scenario: Scenario) -> set[str]:
    """Of the users; the shared one of the quick start stays through all of this."""
    return {space["SpaceName"] for space in scenario.boto3("sagemaker").list_spaces()["Spaces"]} - {"team1-lab"}


USER1_APPS = {("JupyterLab", "other-lab"), ("JupyterServer", "user1-team2")}


def own_tags(scenario: Scenario) -> dict[str, str]:
    return scenario.tags(scenario.profiles()["user2-team2"]["UserProfileArn"])


def check_gone(scenario: Scenario) -> None:
    settle(scenario)
    assert set(scenario.profiles()) == {"user1-team1", "user1-team2"}
    assert spaces(scenario) == {"other-lab"}
    assert apps(scenario) == USER1_APPS


def check_order(scenario: Scenario) -> list[str]:
    """By the request log: first the tag, then all apps, then the space, then the profile."""
    steps = ["DeleteTags", "DeleteApp", "DeleteSpace", "DeleteUserProfile"]
    writes = scenario.writes()
    assert set(writes) == set(steps), writes
    assert [steps.index(name) for name in writes] == sorted(steps.index(name) for name in writes), writes
    return writes


def later(scenario: Scenario, days: float, *arguments: str) -> Result:
    """One run of the program so many days from now, with the cloud's date to match."""
    scenario.cloud.clock(skew=days * DAY)
    try:
        return scenario.run(*arguments, env={"SAGEKEEPER_TEST_CLOCK_OFFSET": str(int(days * DAY))})
    finally:
        scenario.cloud.clock(skew=0)


def test_access_then_apps_then_space_then_profile(working):
    leave(working)
    file = working.folder / "plan.json"
    working.run("plan", "--out", str(file)).expect(2)
    change = next(item for item in json.loads(file.read_text())["changes"] if item["address"] == PROFILE)
    assert change["action"] == "delete"
    assert [(call["operation"], call.get("drain", {}).get("operation")) for call in change["calls"]] == [
        ("ListTags", None), ("DeleteTags", None), ("DeleteApp", "ListApps"), ("DeleteApp", "ListApps"),
        ("DeleteSpace", "ListSpaces"), ("DeleteUserProfile", None)]
    start_app(working, "TensorBoard")  # after the plan
    settle(working)
    working.mark = working.cloud.mark()
    working.run("apply", str(file)).expect(0)
    check_gone(working)
    assert check_order(working).count("DeleteApp") == 4
    deleted = [request["input"] for request in working.cloud.requests(since=working.mark, operation="DeleteApp")]
    assert {(item["AppType"], item.get("SpaceName") or item["UserProfileName"]) for item in deleted} == {
        ("JupyterServer", "user2-team2"), ("KernelGateway", "user2-team2"), ("TensorBoard", "user2-team2"),
        ("JupyterLab", "lab")}
    assert working.plan(codes=(0,))["changes"] == []


def test_a_space_made_after_the_plan_goes_too(working):
    leave(working)
    file = working.folder / "plan.json"
    working.run("plan", "--out", str(file)).expect(2)
    make_space(working, "late", "user2-team2")
    settle(working)
    start_app(working, "JupyterLab", SpaceName="late")
    working.run("apply", "--yes").expect(0)
    check_gone(working)


def test_failed_and_deleted_apps_are_no_obstacle(working):
    working.cloud.fail_next("app", "create")
    start_app(working, "TensorBoard")
    settle(working)
    leave(working)
    working.run("apply", "--yes").expect(0)
    check_gone(working)
    deleted = [request["input"]["AppType"] for request in working.cloud.requests(since=working.mark, operation="DeleteApp")]
    assert "TensorBoard" not in deleted


def test_a_shared_space_keeps_its_owner_but_not_the_access(working):
    """What users share is not ours to delete: the profile stays blocked, closed and quiet."""
    sagemaker = working.boto3("sagemaker")
    role = working.roles()["sagekeeper-research-default"]["Arn"]
    sagemaker.update_domain(DomainId=working.domain_id(), DefaultSpaceSettings={"ExecutionRole": role})
    settle(working)
    sagemaker.create_space(DomainId=working.domain_id(), SpaceName="together",
                           OwnershipSettings={"OwnerUserProfileName": "user2-team2"},
                           SpaceSharingSettings={"SharingType": "Shared"})
    settle(working)
    leave(working)
    change = working.changes()[PROFILE]
    assert change["action"] == "delete" and change["stays"] is True and "together" in change["reason"]
    working.run("apply", "--yes").expect(2)
    settle(working)
    assert "studiouserid" not in own_tags(working)
    assert apps(working) == USER1_APPS
    assert spaces(working) == {"lab", "other-lab", "together"}
    change = working.changes()[PROFILE]
    assert change["action"] == "blocked" and "together' still uses it" in change["reason"]
    sagemaker.delete_space(DomainId=working.domain_id(), SpaceName="together")
    settle(working)
    working.run("apply", "--yes").expect(0)
    check_gone(working)


STAGES = ("receipt", "effect", "answer")
KILLED_AT = [("DeleteTags", 1), ("DeleteApp", 1), ("DeleteApp", 2), ("DeleteApp", 3), ("DeleteSpace", 1),
             ("DeleteUserProfile", 1)]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("operation", "occurrence"), KILLED_AT)
def test_killed_it_goes_on(working, operation, occurrence, stage):
    leave(working)
    cloud = working.cloud
    rule = cloud.inject("hold", operation, occurrence=occurrence, stage=stage,
                        then="drop" if stage == "receipt" else "go")
    process = working.start("apply", "--yes")
    try:
        while process.poll() is None and not cloud.fault(rule)["waiting"]:
            pass
        assert cloud.fault(rule)["waiting"] > 0
        process.kill()
    finally:
        process.communicate()
        cloud.release(rule)
        cloud.clear_faults()
    working.run("apply", "--yes").expect(0)
    check_gone(working)
    check_order(working)
    assert working.plan(codes=(0,))["changes"] == []


@pytest.fixture
def with_grace(scenario):
    scenario.edit(TEAM2, "  domain: research\n", "  domain: research\n  grace: 7d\n")
    scenario.run("apply", "--yes").expect(0)
    work(scenario)
    return scenario


def test_with_grace_only_access_and_apps_go_until_then(with_grace):
    leave(with_grace)
    change = with_grace.changes()[PROFILE]
    assert change["action"] == "delete" and change["stays"] is True
    assert [call["operation"] for call in change["calls"]] == ["ListTags", "DeleteTags", "AddTags", "DeleteApp", "DeleteApp"]
    file = with_grace.folder / "plan.json"
    with_grace.run("plan", "--out", str(file)).expect(2)
    with_grace.run("apply", str(file)).expect(0)  # the digest knows no time
    settle(with_grace)
    assert apps(with_grace) == USER1_APPS
    assert spaces(with_grace) == {"lab", "other-lab"}
    tags = own_tags(with_grace)
    assert "studiouserid" not in tags
    left = datetime.datetime.fromisoformat(tags["sagekeeper:left"].replace("Z", "+00:00"))
    now = datetime.datetime.now(datetime.timezone.utc)
    assert abs((now - left).total_seconds()) < 120
    row = with_grace.run("get", "sagemaker_user_profile", "user2-team2", "--output", "json").expect(0).json[0]
    assert {"Key": "sagekeeper:left", "Value": tags["sagekeeper:left"]} in row["body"]["Tags"]
    for days in (0, 6.9):
        result = later(with_grace, days, "plan", "--output", "json").expect(2)
        (change,) = result.json["changes"]
        assert (change["address"], change["action"]) == (PROFILE, "wait")
        assert change["due"] == (left + datetime.timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert change["due"] in change["reason"]
        later(with_grace, days, "apply", "--yes").expect(0)
        assert "user2-team2" in with_grace.profiles()
    later(with_grace, 7.1, "apply", "--yes").expect(0)
    check_gone(with_grace)


def test_an_app_that_is_started_in_the_grace_time_goes(with_grace):
    leave(with_grace)
    with_grace.run("apply", "--yes").expect(0)
    start_app(with_grace)
    settle(with_grace)
    with_grace.run("apply", "--yes").expect(0)
    settle(with_grace)
    assert apps(with_grace) == USER1_APPS
    assert "user2-team2" in with_grace.profiles()


def test_coming_back_within_the_grace_time_undoes_it(with_grace):
    before = own_tags(with_grace)
    leave(with_grace)
    with_grace.run("apply", "--yes").expect(0)
    with_grace.edit(TEAM2, "    - user1\n", "    - user1\n" + MEMBER)
    with_grace.run("apply", "--yes").expect(0)
    assert own_tags(with_grace) == before
    assert spaces(with_grace) == {"lab", "other-lab"}
    assert with_grace.plan(codes=(0,))["changes"] == []


def test_a_whole_team_with_grace_keeps_its_role_until_then(with_grace):
    """The manifest is gone, and with it the grace time: the profile's own tag still knows it."""
    with_grace.remove(TEAM2)
    with_grace.run("apply", "--yes").expect(0, 2)
    assert "sagekeeper-team2" in with_grace.roles()
    assert {"user1-team2", "user2-team2"} <= set(with_grace.profiles())
    later(with_grace, 7.1, "apply", "--yes", "--delete-percent", "100").expect(0)
    settle(with_grace)
    assert set(with_grace.profiles()) == {"user1-team1"}
    assert "sagekeeper-team2" not in with_grace.roles()


def test_until_has_passed(working):
    """The same path without any commit."""
    last = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)).strftime("%Y-%m-%d")
    working.edit(TEAM2, MEMBER, f"    - {{user: user2, until: {last}}}\n")
    plan = working.plan(codes=(0,))
    assert plan["changes"] == []
    assert plan["upcoming"] == [{"user": "user2", "team": "team2", "address": PROFILE, "until": last}]
    for output in ("text", "markdown"):
        shown = working.run("plan", "--output", output).expect(0).out.replace("`", "")
        assert f"user2 in team2: last day {last}" in shown
    commit = working.git("rev-parse", "HEAD")
    later(working, 5, "apply", "--yes").expect(0)
    assert working.git("rev-parse", "HEAD") == commit
    check_gone(working)
    check_order(working)


@pytest.mark.parametrize(("days", "shown"), [(14, True), (15, False), (200, False)])
def test_what_ends_soon_is_shown_from_14_days_before(applied, days, shown):
    last = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")
    applied.edit(TEAM2, MEMBER, f"    - {{user: user2, until: {last}}}\n")
    assert bool(applied.plan(codes=(0,))["upcoming"]) is shown


def test_a_return_that_failed_does_not_hide_the_old_home(applied):
    uid = applied.profiles()["user2-team2"]["HomeEfsFileSystemUid"]
    leave(applied)
    applied.run("apply", "--yes").expect(0)
    settle(applied)
    applied.edit(TEAM2, "    - user1\n", "    - user1\n" + MEMBER)
    applied.cloud.fail_next("user_profile", "create")
    applied.run("apply", "--yes").expect(4)
    applied.run("run", "--once", "--mode", "enforce")  # deletes what failed
    settle(applied)
    assert f"that of uid {uid} on " in applied.changes()[PROFILE]["reason"]


def test_a_return_grants_and_its_bookkeeping_does_not(with_grace):
    """In one commit one comes back and another leaves: who leaves is closed first."""
    leave(with_grace)
    with_grace.run("apply", "--yes").expect(0)
    with_grace.edit(TEAM2, "    - user1\n", MEMBER)
    changes = with_grace.changes()
    assert {field["path"] for field in changes[PROFILE]["fields"]} == {
        "Tags.studiouserid", "Tags.sagekeeper:left", "Tags.sagekeeper:leaver"}
    lines = [line for line in with_grace.run("plan").expect(2).out.splitlines() if "sagemaker_user_profile/" in line]
    assert [("user1-team2 " in line, "takes access" in line, "grants access" in line) for line in lines] == [
        (True, True, False), (False, False, True)]
    with_grace.mark = with_grace.cloud.mark()
    with_grace.run("apply", "--yes").expect(0)
    moved = [request["input"] for request in with_grace.cloud.requests(since=with_grace.mark)
             if "studiouserid" in json.dumps(request["input"]) and request["operation"] in ("AddTags", "DeleteTags")]
    assert [("user1-team2" in item["ResourceArn"], "TagKeys" in item) for item in moved] == [(True, True), (False, False)]


def test_a_grace_time_alone_moves_no_access(applied):
    applied.edit(TEAM2, "  members:\n", "  grace: 7d\n  members:\n")
    plan = applied.run("plan").expect(2).out
    assert "Tags.sagekeeper:grace" in plan and " access" not in plan


def test_waiting_is_neither_drift_nor_a_change_of_access(with_grace):
    leave(with_grace)
    with_grace.run("apply", "--yes").expect(0)
    with_grace.run("drift").expect(0)
    assert "Access changes:" not in with_grace.run("plan", env={"SAGEKEEPER_ACCESS_CHANGES": "auto"}).expect(2).out
    arn = with_grace.profiles()["user2-team2"]["UserProfileArn"]
    with_grace.boto3("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": "studiouserid", "Value": "user2"}])
    assert "studiouserid" in with_grace.run("drift").expect(2).out, "somebody let the leaver in again"


def test_a_grace_time_that_nobody_can_read_keeps_what_is_there(with_grace):
    arn = with_grace.profiles()["user2-team2"]["UserProfileArn"]
    with_grace.boto3("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": "sagekeeper:grace", "Value": "7 days"}])
    leave(with_grace)
    with_grace.run("apply", "--yes").expect(2)
    assert "lab" in spaces(with_grace) and "studiouserid" not in own_tags(with_grace)
    change = with_grace.changes()[PROFILE]
    assert change["action"] == "blocked" and "'7 days', which is no time" in change["reason"]


def test_a_grace_time_that_lists_do_not_show_yet_counts(applied):
    """The tagging API shows changes late; what is asked right before the delete is the truth."""
    make_space(applied, "lab", "user2-team2")
    settle(applied)
    applied.cloud.set(tagging_visibility_ms=600_000)
    applied.edit(TEAM2, "  members:\n", "  grace: 7d\n  members:\n")
    applied.run("apply", "--yes", "--timeout", "1s")
    assert own_tags(applied)["sagekeeper:grace"] == "7d"
    leave(applied)
    applied.run("apply", "--yes", "--timeout", "1s").expect(2, 4)
    settle(applied)
    assert spaces(applied) == {"lab"} and "user2-team2" in applied.profiles()


def test_who_returns_is_told_where_the_old_home_is(applied):
    before = applied.profiles()["user2-team2"]["HomeEfsFileSystemUid"]
    domain = applied.boto3("sagemaker").describe_domain(DomainId=applied.domain_id())
    leave(applied)
    applied.run("apply", "--yes").expect(0)
    settle(applied)
    applied.edit(TEAM2, "    - user1\n", "    - user1\n" + MEMBER)
    change = applied.changes()[PROFILE]
    assert change["action"] == "create"
    told = f"uid {before} on {domain['HomeEfsFileSystemId']}"
    assert told in change["reason"]
    assert told in applied.run("apply", "--yes").expect(0).out
    settle(applied)
    assert applied.profiles()["user2-team2"]["HomeEfsFileSystemUid"] != before
