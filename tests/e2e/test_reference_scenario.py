"""The reference scenario: user1 in team1 and team2, user2 in team2 only: three profiles."""

from __future__ import annotations

import botocore.session
from botocore.validate import ParamValidator

from e2e.support import ACCOUNT, DOMAIN

PROFILES = {"user1-team1": ("user1", "team1"), "user1-team2": ("user1", "team2"),
            "user2-team2": ("user2", "team2")}
SAMPLES = {"DomainId": "d-abcdefghijkl"}


def test_three_profiles_with_role_tags_and_settings(applied):
    profiles = applied.profiles()
    assert set(profiles) == set(PROFILES)
    for name, (user, team) in PROFILES.items():
        profile = profiles[name]
        assert profile["Status"] == "InService"
        assert profile["UserSettings"]["ExecutionRole"] == (
            f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/sagekeeper-{team}")
        tags = applied.tags(profile["UserProfileArn"])
        assert tags["studiouserid"] == user
        assert tags["Team"] == team
        assert tags["CostCenter"] == {"team1": "4711", "team2": "4712"}[team]
        assert tags["sagekeeper:owner"] == "acme"
        assert tags["sagekeeper:address"] == f"sagemaker_user_profile/ml-dev/us-east-1/research/{name}"
        assert tags["sagekeeper:source"] == f"Team/{team}"
    spec = profiles["user2-team2"]["UserSettings"]["JupyterLabAppSettings"]["DefaultResourceSpec"]
    assert spec["InstanceType"] == "ml.t3.large"


def test_team_roles_trust_sagemaker_and_hold_the_right_policies(applied):
    roles = applied.roles()
    assert set(roles) == {"sagekeeper-team1", "sagekeeper-team2", "sagekeeper-team2-training",
                          "sagekeeper-research-default", "sagekeeper-staff-sign-in"}
    assert {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in roles.values()} == {
        f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/guardrail-studio"}
    for team in ("team1", "team2"):
        role = roles[f"sagekeeper-{team}"]
        trust = role["AssumeRolePolicyDocument"]["Statement"]
        assert all(statement["Principal"] == {"Service": "sagemaker.amazonaws.com"} for statement in trust)
        assert role["Tags"]["Team"] == team
        names = {arn.rsplit("/", 1)[1] for arn in role["Attached"]}
        assert names == {f"{team}-studio-{template}-v1" for template in
                         ("read-only", "supporting-services", "developer", "denied-services")}
        assert all("AmazonSageMakerFullAccess" not in arn for arn in role["Attached"])
    assert roles["sagekeeper-team1"]["MaxSessionDuration"] == 14400
    assert roles["sagekeeper-team2"]["Inline"] == ["reports"]
    default = roles["sagekeeper-research-default"]
    assert [arn.rsplit("/", 1)[1] for arn in default["Attached"]] == [
        "research-default-studio-read-only-v1"]


def test_the_domain_is_as_declared(applied):
    domain = applied.boto3("sagemaker").describe_domain(DomainId=applied.domain_id())
    assert domain["Status"] == "InService"
    assert domain["AuthMode"] == "IAM"
    assert domain["AppNetworkAccessType"] == "VpcOnly"
    assert domain["DomainSettings"]["ExecutionRoleIdentityConfig"] == "USER_PROFILE_NAME"
    assert domain["TagPropagation"] == "ENABLED"
    assert domain["DefaultUserSettings"]["ExecutionRole"].endswith("role/sagekeeper/acme/sagekeeper-research-default")


def test_a_second_plan_is_empty_and_a_second_apply_writes_nothing(applied):
    plan = applied.plan(codes=(0,))
    assert plan["changes"] == []
    assert plan["summary"]["inSync"] == 23
    applied.run("apply", "--yes").expect(0)
    applied.run("drift").expect(0)
    assert applied.writes() == []


def fill_references(value):
    """Every reference replaced by a sample that is valid for its target."""
    if isinstance(value, dict):
        if set(value) == {"$ref", "attr"}:
            return SAMPLES[value["attr"]]
        return {key: fill_references(item) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_references(item) for item in value]
    return value


def test_each_planned_call_fits_the_published_model(scenario):
    plan = scenario.plan()
    session = botocore.session.get_session()
    validator = ParamValidator()
    seen = set()
    for change in plan["changes"]:
        assert change["calls"], change["address"]
        for call in change["calls"]:
            assert {"service", "operation", "account", "region", "input"} <= set(call)
            seen.add(call["operation"])
            shape = session.get_service_model(call["service"]).operation_model(call["operation"]).input_shape
            report = validator.validate(fill_references(call["input"]), shape)
            assert not report.has_errors(), f"{call['operation']}: {report.generate_report()}"
    assert seen == {"CreatePolicy", "CreateRole", "AttachRolePolicy", "PutRolePolicy", "CreateDomain",
                    "CreateUserProfile", "CreateSpace"}


def test_plan_changes_nothing(scenario):
    scenario.run("plan").expect(2)
    assert scenario.writes(since=0) == []


def test_the_same_input_gives_the_same_bytes(scenario):
    first = scenario.plan()
    second = scenario.plan()
    for volatile in ("createdAt", "fileDigest"):
        assert first.pop(volatile) and second.pop(volatile)
    assert first == second


def test_moving_a_document_between_files_changes_nothing(applied):
    text = (applied.repository / "teams/team1.yaml").read_text()
    applied.write("everything.yaml", text + "---\n" + (applied.repository / "users.yaml").read_text())
    applied.remove("teams/team1.yaml", "users.yaml")
    assert applied.plan(codes=(0,))["changes"] == []
    applied.run("drift").expect(0)


def test_get_shows_what_is_ours(applied):
    rows = applied.run("get", "sagemaker_user_profile", "--output", "json").expect(0).json
    assert {row["address"].rsplit("/", 1)[1]: row["ownership"] for row in rows} == dict.fromkeys(PROFILES, "ours")
    one = applied.run("get", "sagemaker_domain", "research", "--output", "json").expect(0).json
    assert [row["address"] for row in one] == [DOMAIN]
