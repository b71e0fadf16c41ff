"""Drift: what was changed by hand, against what was applied last; found, told, repaired."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from cloud.client import Cloud
from e2e.estate import Estate

HERE = "ml-dev/us-east-1"
DOMAIN = f"sagemaker_domain/{HERE}/research"
ROLE = "iam_role/ml-dev/global/sagekeeper-fraud"
POLICY = "iam_policy/ml-dev/global/fraud-own"
OPEN = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST_ALL = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]})
USERS = ["settings", "role", "tag", "missing", "owner", "address", "untagged", "kept"]


def profile(user: str) -> str:
    return f"sagemaker_user_profile/{HERE}/research/{user}-fraud"


def make(estate: Estate) -> None:
    estate.domain(tagPropagation="ENABLED", tags={"CostCenter": "1"})
    estate.policy("own", "s3:GetObject")
    estate.team("fraud", *USERS, tags={"CostCenter": "1"},
                role={"policies": ["own.json"], "inlinePolicies": {"mine": "own.json"}, "description": "d",
                      "sessionDuration": 7200},
                userSettings={"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}})


def change_by_hand(estate: Estate) -> None:
    iam, sagemaker, domain = estate.boto3("iam"), estate.boto3("sagemaker"), estate.domain_id()
    arns = {name.removesuffix("-fraud"): found["UserProfileArn"] for name, found in estate.profiles().items()}
    role = {"RoleName": "sagekeeper-fraud"}
    policy = estate.policies()["fraud-own"]

    def update(user: str, **settings: Any) -> None:
        sagemaker.update_user_profile(DomainId=domain, UserProfileName=f"{user}-fraud", UserSettings=settings)

    update("settings", JupyterLabAppSettings={"DefaultResourceSpec": {"InstanceType": "ml.p3.16xlarge"}})
    update("role", ExecutionRole=estate.roles()["sagekeeper-research-default"]["Arn"])
    update("kept", StudioWebPortal="DISABLED")  # declared by nobody, so no drift
    sagemaker.add_tags(ResourceArn=arns["tag"], Tags=[{"Key": "studiouserid", "Value": "mallory"},
                                                      {"Key": "sagemaker:domain-arn", "Value": "theirs"}])
    sagemaker.delete_user_profile(DomainId=domain, UserProfileName="missing-fraud")
    sagemaker.delete_tags(ResourceArn=arns["owner"], TagKeys=["sagekeeper:owner"])
    sagemaker.add_tags(ResourceArn=arns["address"], Tags=[{"Key": "sagekeeper:address", "Value": profile("kept")}])
    sagemaker.delete_tags(ResourceArn=arns["untagged"], TagKeys=list(estate.tags(arns["untagged"])))
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="extra-fraud", Tags=[
        {"Key": "sagekeeper:owner", "Value": "acme"}, {"Key": "sagekeeper:address", "Value": profile("extra")}])
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="stranger")
    sagemaker.update_domain(DomainId=domain, TagPropagation="DISABLED")
    iam.attach_role_policy(PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", **role)
    iam.put_role_policy(PolicyName="mine", PolicyDocument=OPEN, **role)
    iam.put_role_policy(PolicyName="extra", PolicyDocument=OPEN, **role)
    iam.update_assume_role_policy(PolicyDocument=TRUST_ALL, **role)
    iam.update_role(Description="x", MaxSessionDuration=43200, **role)
    iam.tag_role(Tags=[{"Key": "Team", "Value": "other"}], **role)
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=OPEN, SetAsDefault=True)


#: Address: status, severity, remedy, and the fields with their own severity.
ROWS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    profile("settings"): ("changed", "medium", "restore", {
        "UserSettings.JupyterLabAppSettings.DefaultResourceSpec.InstanceType": "medium"}),
    profile("role"): ("changed", "high", "restore", {"UserSettings.ExecutionRole": "high"}),
    profile("tag"): ("changed", "high", "restore", {"Tags.studiouserid": "high"}),
    profile("missing"): ("missing", "high", "restore", {}),
    profile("owner"): ("not-ours", "high", "nothing", {}),
    profile("address"): ("not-ours", "high", "nothing", {}),
    profile("untagged"): ("not-ours", "high", "nothing", {}),
    profile("extra"): ("unexpected", "high", "delete", {}),
    DOMAIN: ("changed", "low", "restore", {"TagPropagation": "low"}),
    ROLE: ("changed", "high", "restore", {
        "AttachedManagedPolicies": "high", "InlinePolicies.mine": "high", "InlinePolicies.extra": "high",
        "AssumeRolePolicyDocument": "high", "Description": "low", "MaxSessionDuration": "medium", "Tags.Team": "high"}),
    POLICY: ("changed", "high", "restore", {"PolicyDocument": "high"}),
}


@pytest.fixture(scope="module")
def drifted(tmp_path_factory):
    """An estate that was applied and then changed by hand in every way; nothing is repaired here."""
    with Cloud("--settle-ms", "0") as cloud:
        estate = Estate(cloud, tmp_path_factory.mktemp("drift"))
        make(estate)
        estate.apply()
        estate.run("drift").expect(0)
        estate.commit_applied = estate.git("rev-parse", "HEAD")
        change_by_hand(estate)
        estate.mark = cloud.mark()
        yield estate
        assert estate.writes() == [], "drift changes nothing"
        cloud.check_health()


@pytest.fixture(scope="module")
def rows(drifted):
    report = drifted.run("drift", "--output", "json").expect(2).json
    assert report["baseline"] is True and report["unknown"] == []
    assert report["summary"] == {"changed": 6, "missing": 1, "unexpected": 1, "not-ours": 3, "unknown": 0, "inSync": 3}
    return {row["address"]: row for row in report["rows"]}


@pytest.mark.parametrize("address", ROWS)
def test_each_change_by_hand_has_its_row(drifted, rows, address):
    status, severity, remedy, fields = ROWS[address]
    row = rows[address]
    assert (row["status"], row["severity"], row["remedy"]) == (status, severity, remedy)
    assert {field["path"]: field["severity"] for field in row["fields"]} == fields
    if status != "unexpected":
        assert row["commit"] == drifted.commit_applied


def test_nothing_else_has_a_row(rows):
    assert set(rows) == set(ROWS)


def test_rows_show_both_values(rows):
    field = rows[DOMAIN]["fields"][0]
    assert {field["from"], field["to"]} == {"ENABLED", "DISABLED"}


def test_the_text_names_every_row_gravest_first(drifted):
    text = drifted.run("drift").expect(2).out
    for address, (status, severity, _, fields) in ROWS.items():
        line = next(line for line in text.splitlines() if line.endswith(address))
        assert line.split()[:2] == [status, severity]
        for path in fields:
            assert path in text
    order = [line.split()[1] for line in text.splitlines() if line.split()[-1:] and line.split()[-1] in ROWS]
    assert order == sorted(order, key=["high", "medium", "low"].index)


def test_observe_reports_and_repairs_nothing(drifted):
    result = drifted.run("run", "--once", "--mode", "observe").expect(2)
    assert profile("settings") in result.out and ROLE in result.out


def test_a_part_that_cannot_be_read_is_unknown_and_not_missing(drifted):
    drifted.cloud.inject("deny", "ListUserProfiles", occurrence="every")
    report = drifted.run("drift", "--output", "json").expect(4).json
    drifted.cloud.clear_faults()
    statuses = {row["address"]: row["status"] for row in report["rows"]}
    assert {status for address, status in statuses.items() if address.startswith("sagemaker_user")} == {"unknown"}
    assert statuses[ROLE] == "changed"
    assert report["summary"]["missing"] == 0 and report["unknown"]


def test_without_a_record_there_is_no_baseline(drifted, tmp_path):
    """The state folder was lost: that is said, and nothing passes for drift of a field."""
    lost = {"SAGEKEEPER_STATE": str(tmp_path / "new")}
    result = drifted.run("drift", "--output", "json", env=lost).expect(2)
    assert "no baseline" in result.err
    assert result.json["baseline"] is False
    assert {row["status"] for row in result.json["rows"]} == {"unexpected"}
    assert "no baseline" in drifted.run("drift", env=lost).expect(2).err


# Repaired

@pytest.fixture
def estate(cloud, tmp_path):
    cloud.set(settle_ms=0)
    made = Estate(cloud, tmp_path)
    make(made)
    made.apply()
    return made


def forget_creates(estate: Estate) -> None:
    """What was made within the last minute and is not there may be late: only the journal says so."""
    shutil.rmtree(estate.state)
    estate.apply()


def test_enforce_repairs(estate):
    """What lost its tags is left; everything else is as declared again after a few cycles."""
    forget_creates(estate)
    change_by_hand(estate)
    estate.mark = estate.cloud.mark()
    codes = [estate.run("run", "--once", "--mode", "enforce").expect(2, 4).code for _ in range(3)]
    assert codes[-1] == 2, "blocked by what is not ours; nothing waits any more"
    report = estate.run("drift", "--output", "json").expect(2).json
    assert {row["address"]: row["status"] for row in report["rows"]} == {
        address: "not-ours" for address, (status, *_) in ROWS.items() if status == "not-ours"}
    assert "extra-fraud" not in estate.profiles() and "stranger" in estate.profiles()
    assert estate.profiles()["kept-fraud"]["UserSettings"]["StudioWebPortal"] == "DISABLED"
    assert "DeleteDomain" not in estate.writes()


def test_a_change_by_hand_that_git_follows_is_no_drift_to_repair(estate):
    estate.boto3("sagemaker").update_domain(DomainId=estate.domain_id(), TagPropagation="DISABLED")
    estate.domain(tagPropagation="DISABLED", tags={"CostCenter": "1"})
    estate.save()
    row, = estate.run("drift", "--output", "json").expect(2).json["rows"]
    assert (row["address"], row["status"], row["remedy"]) == (DOMAIN, "changed", "nothing")
    assert estate.apply() == []
    estate.run("drift").expect(0)


def test_a_change_that_waits_in_git_is_no_drift(estate):
    estate.team("fraud", *USERS, tags={"CostCenter": "2"},
                role={"policies": ["own.json"], "inlinePolicies": {"mine": "own.json"}, "description": "d",
                      "sessionDuration": 7200})
    estate.save()
    assert estate.changes()
    estate.run("drift").expect(0)


def test_the_baseline_comes_back_with_the_next_apply(estate):
    shutil.rmtree(estate.state)
    assert estate.apply() == []
    estate.boto3("sagemaker").update_domain(DomainId=estate.domain_id(), TagPropagation="DISABLED")
    row, = estate.run("drift", "--output", "json").expect(2).json["rows"]
    assert (row["address"], row["status"]) == (DOMAIN, "changed")


def test_what_failed_by_itself_is_drift(estate):
    arn = estate.profiles()["kept-fraud"]["UserProfileArn"]
    estate.cloud.force_status(arn, "Update_Failed", "somebody's update")
    row, = estate.run("drift", "--output", "json").expect(2).json["rows"]
    assert (row["address"], row["status"], row["remedy"]) == (profile("kept"), "changed", "restore")
    assert [field["path"] for field in row["fields"]] == ["Status"]
