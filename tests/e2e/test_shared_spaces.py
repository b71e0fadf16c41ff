"""Shared spaces that teams declare: made, changed, kept from what AWS cannot change, drained and
removed; in a domain of several teams only by a declared exception; those of users are left alone."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import pytest

from cloud.client import wait_until
from e2e.estate import Estate, about, put, tag_map
from e2e.support import REGION, Scenario

SPACE = "sagemaker_space/ml-dev/us-east-1/research/lab"
PROFILE = "sagemaker_user_profile/ml-dev/us-east-1/research/alice-fraud"
RULE = "shared-space-in-domain-with-several-teams"
LAB: dict[str, Any] = {"AppType": "JupyterLab", "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 20}},
                       "JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}}
SIZE = "settings.SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb"


def lab(**more: Any) -> dict[str, Any]:
    return {"name": "lab", "owner": "alice", "displayName": "Fraud lab", "settings": copy.deepcopy(LAB),
            "tags": {"Project": "chargebacks"}, **more}


@pytest.fixture
def declared(cloud, tmp_path) -> Estate:
    """One team alone in its domain, with a shared space; not applied."""
    estate = Estate(cloud, tmp_path)
    estate.domain("research", defaultSpaceSettings={})
    estate.team("fraud", "alice", "bob", spaces=[lab()], tags={"CostCenter": "4711"})
    return estate


@pytest.fixture
def made(declared: Estate) -> Estate:
    declared.apply()
    settle(declared)
    return declared


def settle(scenario: Scenario) -> None:
    scenario.cloud.control("POST", "settle")


def space_of(estate: Estate) -> dict[str, Any]:
    """The declared space, to be changed until the next apply."""
    return estate.documents["Team", "fraud"]["spaces"][0]


def described(estate: Estate, name: str = "lab") -> dict[str, Any]:
    return estate.boto3("sagemaker").describe_space(DomainId=estate.domain_id(), SpaceName=name)


def names(estate: Estate) -> set[str]:
    return {space["SpaceName"] for space in estate.boto3("sagemaker").list_spaces()["Spaces"]}


def run_app(estate: Estate, space: str = "lab") -> None:
    estate.boto3("sagemaker").create_app(DomainId=estate.domain_id(), SpaceName=space, AppType="JupyterLab", AppName="default")
    settle(estate)


def running(estate: Estate) -> set[str]:
    return {app["SpaceName"] for app in estate.boto3("sagemaker").list_apps()["Apps"] if app["Status"] == "InService"}


def change_of(estate: Estate, address: str = SPACE) -> dict[str, Any]:
    estate.save()
    return estate.changes()[address]


def test_made_as_declared(made):
    seen = described(made)
    assert seen["Status"] == "InService" and seen["SpaceDisplayName"] == "Fraud lab"
    assert seen["OwnershipSettings"] == {"OwnerUserProfileName": "alice-fraud"}
    assert seen["SpaceSharingSettings"] == {"SharingType": "Shared"}
    assert seen["SpaceSettings"]["SpaceStorageSettings"] == LAB["SpaceStorageSettings"]
    assert seen["SpaceSettings"]["JupyterLabAppSettings"]["DefaultResourceSpec"]["InstanceType"] == "ml.t3.medium"
    assert made.tags(seen["SpaceArn"]) == {
        "Team": "fraud", "CostCenter": "4711", "Project": "chargebacks", "sagekeeper:owner": "acme",
        "sagekeeper:address": SPACE, "sagekeeper:source": "Team/fraud"}
    order = [operation for operation, _ in made.calls()]
    assert order.index("CreateDomain") < order.index("CreateUserProfile") < order.index("CreateSpace")
    made.nothing_left()
    run_app(made)  # the domain's role is there for it
    made.nothing_left()


def test_changed_in_place(made):
    put(space_of(made), SIZE, 30)
    put(space_of(made), "settings.JupyterLabAppSettings.DefaultResourceSpec.InstanceType", "ml.t3.large")
    put(space_of(made), "tags", {"Project": "refunds"})
    put(space_of(made), "displayName", "Refunds")
    key = {"DomainId": made.domain_id(), "SpaceName": "lab"}
    calls = made.apply()
    assert [operation for operation, _ in calls] == ["AddTags", "UpdateSpace"]
    assert calls[1][1] == {**key, "SpaceDisplayName": "Refunds", "SpaceSettings": {
        "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 30}},
        "JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.large"}}}}
    settle(made)
    assert made.tags(described(made)["SpaceArn"])["Project"] == "refunds"
    made.nothing_left()


def test_drift_is_put_right(made):
    sagemaker = made.boto3("sagemaker")
    sagemaker.update_space(DomainId=made.domain_id(), SpaceName="lab", SpaceSettings={"RemoteAccess": "ENABLED"},
                           SpaceDisplayName="mine")
    settle(made)
    change = change_of(made)
    assert [field["path"] for field in change["fields"]] == ["SpaceDisplayName"]  # RemoteAccess is not declared
    put(space_of(made), "settings.RemoteAccess", "DISABLED")
    made.apply()
    settle(made)
    seen = described(made)
    assert (seen["SpaceDisplayName"], seen["SpaceSettings"]["RemoteAccess"]) == ("Fraud lab", "DISABLED")
    made.nothing_left()


@pytest.mark.parametrize(("path", "value", "reason"), [
    ("owner", "bob", "OwnershipSettings.OwnerUserProfileName cannot be changed"),
    ("settings", {"AppType": "CodeEditor"}, "SpaceSettings.AppType cannot be changed"),
    (SIZE, 10, "can only grow"),
])
def test_what_aws_cannot_change_is_blocked(made, path, value, reason):
    put(space_of(made), path, value)
    change = change_of(made)
    assert change["action"] == "blocked" and reason in change["reason"]
    assert made.apply(codes=(2,)) == []


def test_a_volume_grows_only_while_no_app_runs(made):
    run_app(made)
    put(space_of(made), SIZE, 30)
    change = change_of(made)
    assert change["action"] == "blocked" and "while no app runs" in change["reason"]
    assert made.apply(codes=(2,)) == []
    made.boto3("sagemaker").delete_app(DomainId=made.domain_id(), SpaceName="lab", AppType="JupyterLab", AppName="default")
    settle(made)
    assert [operation for operation, _ in made.apply()] == ["UpdateSpace"]


def test_a_failed_space_is_made_again(declared):
    declared.cloud.fail_next("space", "create")
    declared.apply(codes=(4,))
    calls = [operation for operation, _ in declared.apply()]
    assert calls == ["DeleteSpace", "CreateSpace"]
    settle(declared)
    assert described(declared)["Status"] == "InService"
    declared.nothing_left()


def test_tags_that_are_gone_before_their_space(declared):
    """It is no stranger's then: the run that deletes it waits until its name is free."""
    declared.cloud.fail_next("space", "create")
    declared.apply(codes=(4,))
    declared.cloud.set(settle_ms_for={"space": 600_000})
    mark = declared.cloud.mark()
    run = declared.start("apply", "--yes")
    wait_until(lambda: "DeleteSpace" in declared.writes(since=mark))
    arn = described(declared)["SpaceArn"]
    sagemaker = declared.boto3("sagemaker")
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=[tag["Key"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]])
    change = declared.changes()[SPACE]
    assert (change["action"], change["reason"]) == ("wait", "it is Deleting")
    declared.cloud.set(settle_ms_for={"space": 20})
    settle(declared)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 0, out + err
    declared.check_sanitizers(err)
    assert described(declared)["SpaceArn"] == arn and tag_map(sagemaker.list_tags(ResourceArn=arn)["Tags"])["Project"]


def test_removed_with_what_runs_in_it(made):
    run_app(made)
    made.documents["Team", "fraud"]["spaces"] = []
    change = change_of(made)
    assert change["action"] == "delete" and change["losesData"] is True and change["severity"] == "high"
    assert "loses data" in made.run("plan").expect(2).out
    assert "loses data" in made.run("plan", "--output", "markdown").expect(2).out
    assert [operation for operation, _ in made.apply()] == ["DeleteApp", "DeleteSpace"]
    settle(made)
    assert names(made) == set() and running(made) == set()
    made.nothing_left()


def test_many_deletes_are_refused(declared):
    """The guard's limits hold for spaces as for everything else."""
    declared.documents["Team", "fraud"]["spaces"] = [lab(name=f"lab{n}") for n in range(6)]
    declared.apply()
    settle(declared)
    declared.documents["Team", "fraud"]["spaces"] = []
    assert declared.apply(codes=(3,)) == []
    assert "sagemaker_space in ml-dev" in str(declared.plan(codes=(3,))["refused"])
    assert len(names(declared)) == 6


def test_spaces_of_users_are_left_alone(made):
    """Private ones, shared ones, and one with copied tags."""
    sagemaker, domain = made.boto3("sagemaker"), made.domain_id()
    owner = {"OwnershipSettings": {"OwnerUserProfileName": "bob-fraud"}}
    copied = [{"Key": key, "Value": value} for key, value in made.tags(described(made)["SpaceArn"]).items()]
    for name, sharing, tags in (("own", "Private", []), ("together", "Shared", []), ("copied", "Shared", copied)):
        sagemaker.create_space(DomainId=domain, SpaceName=name, SpaceSharingSettings={"SharingType": sharing}, **owner,
                               SpaceSettings={"AppType": "JupyterLab"}, Tags=tags)
    settle(made)
    made.nothing_left()
    made.documents["Team", "fraud"]["spaces"] = []
    assert [given["SpaceName"] for operation, given in made.apply() if operation == "DeleteSpace"] == ["lab"]
    settle(made)
    assert names(made) == {"own", "together", "copied"}


@pytest.mark.parametrize("shown", ["a\0b", "\x1b[31m\u202e"], ids=["NUL", "terminal"])
def test_a_name_that_a_user_chose_hides_nothing(made, shown):
    """Users name their spaces as they like: the answers that hold such a name are read like others."""
    made.boto3("sagemaker").create_space(
        DomainId=made.domain_id(), SpaceName="own", SpaceDisplayName=shown, SpaceSharingSettings={"SharingType": "Private"},
        OwnershipSettings={"OwnerUserProfileName": "bob-fraud"}, SpaceSettings={"AppType": "JupyterLab"})
    settle(made)
    made.nothing_left()
    assert f"sagemaker_space/ml-dev/{REGION}/research/own" in made.run("get").expect(0).out


def test_one_that_is_there_is_not_taken(declared):
    """A space of this name that somebody made stays as it is until it is adopted."""
    spaces = declared.documents["Team", "fraud"].pop("spaces")
    declared.apply()
    settle(declared)
    declared.boto3("sagemaker").create_space(
        DomainId=declared.domain_id(), SpaceName="Lab", OwnershipSettings={"OwnerUserProfileName": "alice-fraud"},
        SpaceSharingSettings={"SharingType": "Shared"}, SpaceSettings={"AppType": "JupyterLab"})
    settle(declared)
    declared.documents["Team", "fraud"]["spaces"] = spaces
    change = change_of(declared)
    assert change["action"] == "blocked" and "exists and is not ours" in change["reason"]
    put(space_of(declared), "adopt", True)
    put(space_of(declared), "name", "Lab")
    declared.save()
    assert declared.changes(codes=(3,))[SPACE.replace("/lab", "/Lab")]["action"] == "adopt"
    assert declared.apply(codes=(3,)) == []  # without an approval


def test_an_owner_whose_time_is_over_loses_access_only(made):
    """Others go on working in the space; AWS would not delete its owner's profile."""
    run_app(made)
    yesterday = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).strftime("%Y-%m-%d")
    made.documents["Team", "fraud"]["members"] = [{"user": "alice", "until": yesterday}, "bob"]
    change = change_of(made, PROFILE)
    assert (change["action"], change["stays"]) == ("delete", True) and f"'{SPACE}' still uses it" in change["reason"]
    assert "AWS cannot give a space another owner" in made.run("validate").expect(0).out
    made.apply(codes=(2,))
    settle(made)
    assert "studiouserid" not in made.tags(made.profiles()["alice-fraud"]["UserProfileArn"])
    assert running(made) == {"lab"}
    put(space_of(made), "displayName", "Still ours")  # it can be kept up
    assert [operation for operation, _ in made.apply(codes=(2,))] == ["UpdateSpace"]
    settle(made)
    made.documents["Team", "fraud"]["spaces"] = []
    operations = [operation for operation, _ in made.apply()]
    assert operations.index("DeleteSpace") < operations.index("DeleteUserProfile")
    settle(made)
    assert set(made.profiles()) == {"bob-fraud"} and names(made) == set()


@pytest.mark.parametrize("how", ["app", "denied", "failed"])
def test_access_of_an_owner_goes_before_a_space_that_cannot_go(made, how):
    """The space is withdrawn in the same commit; that it stays is no reason for its owner to stay inside."""
    run_app(made)
    if how == "app":
        made.cloud.set(settle_ms_for={"app": 3_600_000})
    elif how == "denied":
        made.cloud.inject("deny", "DeleteSpace", occurrence="every")
    else:
        made.cloud.fail_next("space", "delete")
    team = made.documents["Team", "fraud"]
    team["spaces"], team["members"] = [], ["bob", "carol"]
    change = change_of(made, PROFILE)
    assert change["stays"] and change["reason"].endswith(f"'{SPACE}' goes first")
    calls = made.apply("--timeout", "2s", codes=(2, 4))
    assert [operation for operation, given in calls if "alice-fraud" in str(given)][0] == "DeleteTags"
    assert "studiouserid" not in made.tags(made.profiles()["alice-fraud"]["UserProfileArn"])
    assert "lab" in names(made)


def test_a_space_whose_owner_has_left_is_not_made_anew(made):
    team = made.documents["Team", "fraud"]
    team["members"] = [{"user": "alice", "until": "2026-01-31"}, "bob"]
    made.apply(codes=(2,))
    made.boto3("sagemaker").delete_space(DomainId=made.domain_id(), SpaceName="lab")
    settle(made)
    made.save()
    made.state = made.folder / "other"  # without the record that it was made moments ago
    change = made.changes()[SPACE]
    assert (change["action"], change["reason"]) == (
        "blocked", "its owner 'alice' has left, and AWS makes no space without one")


def users(estate: Estate, **profiles: str) -> None:
    for name, profile in profiles.items():
        estate.declare("User", name, profileName=profile)


def test_a_profile_passes_to_nobody_else_without_an_approval(cloud, tmp_path):
    estate = Estate(cloud, tmp_path)
    estate.domain("research", defaultSpaceSettings={})
    users(estate, alice="analyst", bob="bob")
    estate.team("fraud", "alice", "bob")
    estate.apply()
    settle(estate)
    sagemaker = estate.boto3("sagemaker")
    sagemaker.create_space(DomainId=estate.domain_id(), SpaceName="hers", OwnershipSettings={"OwnerUserProfileName": "analyst"},
                           SpaceSharingSettings={"SharingType": "Private"}, SpaceSettings={"AppType": "JupyterLab"})
    settle(estate)
    run_app(estate, "hers")
    estate.withdraw("User", "alice")
    users(estate, mallory="analyst")
    estate.documents["Team", "fraud"]["members"] = ["mallory", "bob"]
    assert estate.apply(codes=(3,)) == []
    address = PROFILE.replace("alice-fraud", "analyst")
    change = estate.changes(codes=(3,))[address]
    assert change["refused"] and change["handsOver"]
    assert change["reason"] == "it passes from 'alice' to 'mallory', with the home directory and the private spaces"
    assert f"to hand over '{address}' needs an approval naming it" in estate.result.out
    # somebody outside of Git does the same: that is put right without asking, and what runs ends
    estate.withdraw("User", "mallory")
    users(estate, alice="analyst")
    estate.documents["Team", "fraud"]["members"] = ["alice", "bob"]
    arn = estate.profiles()["analyst"]["UserProfileArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "studiouserid", "Value": "mallory"}])
    assert [operation for operation, _ in estate.apply()] == ["AddTags", "DeleteApp"]
    settle(estate)
    assert estate.tags(arn)["studiouserid"] == "alice" and running(estate) == set()
    # approved, it passes, space and all
    estate.withdraw("User", "alice")
    users(estate, mallory="analyst")
    estate.documents["Team", "fraud"]["members"] = ["mallory", "bob"]
    estate.save()
    estate.write("approvals/analyst.yaml", "apiVersion: sagekeeper/v1\nkind: Approval\nmetadata: {name: analyst}\n"
                 f"spec: {{address: '{address}', action: adopt, reason: mallory takes over}}\n")
    estate.commit("approve")
    assert [operation for operation, _ in estate.apply("--approvals", "approvals")] == ["AddTags"]
    assert estate.tags(arn)["studiouserid"] == "mallory" and "hers" in names(estate)


def test_apps_end_when_a_profile_changes_the_team(cloud, tmp_path):
    estate = Estate(cloud, tmp_path)
    estate.domain("research", defaultSpaceSettings={})
    users(estate, alice="alice", bob="bob", carol="carol")
    estate.team("fraud", "alice", "bob")
    estate.team("risk", "carol")
    estate.apply()
    settle(estate)
    estate.boto3("sagemaker").create_app(DomainId=estate.domain_id(), UserProfileName="alice", AppType="JupyterServer", AppName="default")
    settle(estate)
    estate.documents["Team", "fraud"]["members"] = ["bob"]
    estate.documents["Team", "risk"]["members"] = ["carol", "alice"]
    assert [operation for operation, _ in estate.apply()] == ["AddTags", "UpdateUserProfile", "DeleteApp"]


def test_an_owner_must_be_a_member(declared):
    declared.documents["Team", "fraud"]["members"] = ["bob"]
    declared.save()
    assert "owner 'alice' is no member of team 'fraud'" in declared.run("validate").expect(1).out


@pytest.fixture
def crowded(declared: Estate) -> Estate:
    """A second team in the domain."""
    declared.team("risk", "carol")
    return declared


def excepted(estate: Estate, **more: Any) -> None:
    estate.documents["Organization", "acme"]["exceptions"] = [
        {"rule": RULE, "subject": "fraud/lab", "reason": "Both teams work on chargebacks.", **more}]
    estate.save()


def test_several_teams_need_an_exception(crowded):
    crowded.save()
    said = crowded.run("validate").expect(1).out
    assert "[isolation]" in said and RULE in said and "fraud/lab" in said and "all its 2 teams" in said
    crowded.run("apply", "--yes").expect(1)
    excepted(crowded, until="2099-12-31")
    line = f"{RULE} for fraud/lab until 2099-12-31: Both teams work on chargebacks."
    assert line in crowded.run("validate").expect(0).out
    (shown,) = crowded.run("validate", "--output", "json").expect(0).json["exceptions"]
    assert (shown["rule"], shown["subject"], shown["until"]) == (RULE, "fraud/lab", "2099-12-31")
    assert line in crowded.run("plan").expect(2).out
    assert line in crowded.run("plan", "--output", "markdown").expect(2).out
    assert crowded.plan()["exceptions"] == [shown]
    assert list(about(crowded.apply(), "SpaceName", "lab"))
    assert names(crowded) == {"lab"}
    crowded.nothing_left()


def test_an_exception_that_has_expired_does_not_count(crowded):
    excepted(crowded, until="2020-01-31")
    assert "its exception has expired" in crowded.run("validate").expect(1).out


def test_an_exception_that_nobody_needs_is_reported(crowded):
    crowded.withdraw("Team", "risk")
    excepted(crowded)
    said = crowded.run("validate").expect(0).out
    assert "warning" in said and "is not needed" in said and "[unneeded]" in said
    assert crowded.run("validate", "--output", "json").expect(0).json["exceptions"] == []


def test_a_domain_without_space_settings_is_a_fault(declared):
    del declared.documents["Domain", "research"]["defaultSpaceSettings"]
    declared.save()
    assert "defaultSpaceSettings" in declared.run("validate").expect(1).out
