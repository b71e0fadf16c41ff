"""sagekeeper can and who-can: who may do what, in the desired state and live."""

from __future__ import annotations

import json

import pytest

from e2e import restricted
from e2e.support import ACCOUNT, REGION

PROFILES = "sagemaker_user_profile/ml-dev/us-east-1/research"
DEVELOPER = "iam_policy/ml-dev/global/team1-studio-developer-v1"
CREATE_APP = "sagemaker:CreateApp"
JOB = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/x"


def can(scenario, *arguments: str, code: int = 0):
    return scenario.run("can", *arguments, "--output", "json").expect(code).json


def who_can(scenario, *arguments: str, code: int = 0):
    answer = scenario.run("who-can", *arguments, "--output", "json").expect(code).json
    return {row["name"]: row for row in answer["principals"]}


def granting(answer):
    """The statements that allow, without those of the boundary, which all roles have."""
    return [row for row in answer["because"] if row["layer"] == "identity"]


@pytest.fixture(params=["desired", "live"])
def asked(request, scenario):
    """The reference scenario and the flags that ask about it before, or live after, an apply."""
    if request.param == "desired":
        return scenario, []
    scenario.run("apply", "--yes").expect(0)
    scenario.mark = scenario.cloud.mark()
    return scenario, ["--live"]


def test_user1_as_team1_may_create_an_app_on_its_own_profile_only(asked):
    scenario, live = asked
    own = can(scenario, "user1@team1", CREATE_APP, f"{PROFILES}/user1-team1", *live)
    assert (own["answer"], own["may"]) == ("yes", "depends"), "the guardrail denies other instance types"
    assert {row["statement"] for row in own["conditions"]} == {"InstanceTypes"}
    [statement] = granting(own)
    assert (statement["address"], statement["statement"]) == (DEVELOPER, "AppsOfOwnProfile")
    assert statement["effect"] == "Allow" and statement["layer"] == "identity"
    assert own["state"] == ("live" if live else "desired")
    domain = scenario.domain_id() if live else "d-research"
    assert own["resource"]["arn"] == (
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:app/{domain}/user1-team1/JupyterServer/default")
    assert own["principal"]["keys"] == {"sagemaker:DomainId": domain, "aws:SourceIdentity": "user1-team1",
                                        "sagemaker:UserProfileName": "user1-team1"}
    if not live:
        assert (statement["from"], statement["path"]) == ("studio-developer@1", "teams/team1.yaml")
        line = (scenario.repository / "teams/team1.yaml").read_text().splitlines()[statement["line"] - 1]
        assert line.strip() == "- studio-developer@1"
    for other in ("user2-team2", "user1-team2", "user2-team1"):
        answer = can(scenario, "user1@team1", CREATE_APP, f"{PROFILES}/{other}", *live, code=2)
        assert (answer["answer"], answer["may"]) == ("no", "no"), other
        assert [row["effect"] for row in answer["because"]] == ["None"]
    assert scenario.writes() == [], "only reads"


def test_what_was_not_read_is_said(asked):
    scenario, live = asked
    answer = can(scenario, "user1@team1", CREATE_APP, f"{PROFILES}/user1-team1", *live)
    assert {"service control policies", "resource control policies",
            "policies of the resource itself"} <= set(answer["notConsidered"])
    assert bool(answer["assumed"]) == (not live), "an id that AWS has not given yet is assumed"
    text = scenario.run("can", "user1@team1", CREATE_APP, f"{PROFILES}/user1-team1", *live).expect(0).out
    assert text.startswith("yes: ") and "not considered" in text and "AppsOfOwnProfile" in text


def test_principals_have_several_names(asked):
    scenario, live = asked
    role = f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/sagekeeper-team1"
    for name, situation in (("user1@team1", "profile"), ("User/user1@team1", "profile"), ("user2", "profile"),
                            (f"{PROFILES}/user1-team1", "profile"), ("Team/team1", "role"), (role, "role"),
                            ("iam_role/ml-dev/global/sagekeeper-team1", "role")):
        answer = can(scenario, name, "sagemaker:ListApps", *live)
        assert answer["principal"]["situation"] == situation, name
        assert answer["because"][0]["statement"] == "ReadSageMaker"
    several = scenario.run("can", "user1", "sagemaker:ListApps", *live).expect(1)
    assert "user1@team1" in several.err and "user1@team2" in several.err
    nobody = scenario.run("can", "user1@taem1", "sagemaker:ListApps", *live).expect(1)
    assert "did you mean 'user1@team1'" in nobody.err


def test_outside_of_studio_no_profile_is_the_own_one(asked):
    scenario, live = asked
    answer = can(scenario, "Team/team1", CREATE_APP, f"{PROFILES}/user1-team1", *live, code=2)
    assert answer["may"] == "no" and "sagemaker:UserProfileName" not in answer["principal"]["keys"]


def test_the_context_decides_and_its_absence_is_explained(asked):
    scenario, live = asked
    question = ("user1@team1", "sagemaker:CreateTrainingJob", JOB)
    without = can(scenario, *question, *live, code=2)
    assert (without["answer"], without["may"]) == ("no", "depends")
    wanted = [{"operator": "StringEquals", "key": "aws:RequestTag/Team", "values": ["team1"]}]
    [allow] = [row for row in without["conditions"] if row["conditions"] == wanted]
    assert (allow["effect"], allow["address"]) == ("Allow", DEVELOPER)
    own = can(scenario, *question, "--context", "aws:RequestTag/Team=team1", *live)
    assert (own["answer"], own["may"]) == ("yes", "yes")
    assert own["context"] == {"aws:RequestTag/Team": ["team1"], "aws:TagKeys": ["Team"]}
    other = can(scenario, *question, "--context", "aws:RequestTag/Team=team2", *live, code=2)
    assert other["answer"] == "no"
    denied = can(scenario, *question, "--context", "aws:RequestTag/Team=team1",
                 "--context", "aws:TagKeys=Team,sagekeeper:owner", *live, code=2)
    assert denied["decision"] == "ExplicitlyDenied"
    assert [row["statement"] for row in denied["because"]] == ["NoOwnershipTags"]


def test_who_can(asked):
    scenario, live = asked
    own = who_can(scenario, CREATE_APP, f"{PROFILES}/user1-team1", *live)
    assert {name: row["may"] for name, row in own.items()} == {"user1@team1": "depends"}
    report = who_can(scenario, "s3:GetObject", "arn:aws:s3:::acme-reports/x", *live)
    assert {name: row["may"] for name, row in report.items()} == {
        "user1@team2": "yes", "user2@team2": "yes", "iam_role/ml-dev/global/sagekeeper-team2": "yes"}
    assert {row["because"][0]["policy"] for row in report.values()} == {"reports"}
    jobs = who_can(scenario, "sagemaker:CreateTrainingJob", JOB, *live)
    assert {name: row["may"] for name, row in jobs.items()} == dict.fromkeys(
        ["user1@team1", "iam_role/ml-dev/global/sagekeeper-team1", "user1@team2", "user2@team2",
         "iam_role/ml-dev/global/sagekeeper-team2"], "depends")
    controller = {"iam_role/ml-dev/global/controller--write"} if live and restricted.on() else set()
    assert set(who_can(scenario, "sagemaker:DeleteDomain", "sagemaker_domain/ml-dev/us-east-1/research", *live,
                       code=0 if controller else 2)) == controller, "what runs as root has no role"
    text = scenario.run("who-can", "sagemaker:CreateTrainingJob", JOB, *live).expect(0).out
    assert "aws:RequestTag/Team StringEquals team2" in text and "unless" in text
    assert scenario.writes() == []


def test_the_file_and_line_of_a_statement_are_named(scenario):
    answer = can(scenario, "user2@team2", "s3:ListBucket", "arn:aws:s3:::acme-reports")
    [row] = granting(answer)
    assert (row["from"], row["statement"], row["inline"]) == ("policies/reports.json", "ReadReports", True)
    lines = (scenario.repository / "policies/reports.json").read_text().splitlines()
    assert lines[row["statementLine"] - 1].strip() == "{"
    assert '"Sid": "ReadReports"' in lines[row["statementLine"]]
    manifest = (scenario.repository / row["path"]).read_text().splitlines()
    assert "reports.json" in manifest[row["line"] - 1]


def test_live_answers_follow_what_somebody_changed_by_hand(applied):
    iam = applied.boto3("iam")
    question = ("user1@team1", "s3:DeleteBucket", "arn:aws:s3:::x")
    assert can(applied, *question, "--live", code=2)["may"] == "no"
    iam.put_role_policy(RoleName="sagekeeper-team1", PolicyName="by-hand", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}))
    answer = can(applied, *question, "--live")
    assert [(row["policy"], row["inline"], row["statement"]) for row in granting(answer)] == [("by-hand", True, 0)]
    assert can(applied, *question, code=2)["may"] == "no", "the desired state knows nothing of it"


def test_roles_of_others_are_asked_about_too(applied):
    iam = applied.boto3("iam")
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/sagekeeper-team2"}}}
    arn = iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    boundary = iam.create_policy(PolicyName="bound", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}))
    iam.put_role_policy(RoleName="auditor", PolicyName="all", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}))
    iam.put_role_permissions_boundary(RoleName="auditor", PermissionsBoundary=boundary["Policy"]["Arn"])
    assert can(applied, arn, "s3:GetObject", "arn:aws:s3:::x/y", "--live")["may"] == "yes"
    bounded = can(applied, arn, "s3:PutObject", "arn:aws:s3:::x/y", "--live", code=2)
    assert bounded["because"][0]["layer"] == "permissionBoundary"
    trusted = who_can(applied, "sts:AssumeRole", arn, "--live")
    assert set(trusted) == {"user1@team2", "user2@team2", "iam_role/ml-dev/global/sagekeeper-team2"}


def test_what_is_not_readable_makes_the_answer_unknown(scenario):
    scenario.edit("teams/team1.yaml", "    sessionDuration:", "    managedPolicyArns: "
                  "[arn:aws:iam::aws:policy/AmazonAthenaFullAccess]\n    sessionDuration:")
    answer = can(scenario, "user1@team1", "athena:StartQueryExecution", code=4)
    assert answer["answer"] == answer["may"] == "unknown"
    assert any("AmazonAthenaFullAccess" in sentence for sentence in answer["notConsidered"])
    denied = can(scenario, "user1@team1", "sagemaker:DeleteDomain", "sagemaker_domain/ml-dev/us-east-1/research",
                 code=2)
    assert denied["decision"] == "ExplicitlyDenied", "no other policy can undo a deny"
    assert who_can(scenario, "athena:StartQueryExecution", code=4)["user1@team1"]["may"] == "unknown"


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (("user1@team1", "sagemaker:CreateAp"), 64, "did you mean 'sagemaker:CreateApp'"),
    (("user1@team1", "sagemaker:*"), 64, "service:Action"),
    (("user1@team1", CREATE_APP, "x"), 1, "KIND/ACCOUNT/REGION/NAME"),
    (("user1@team1", CREATE_APP, "sagemaker_user_profile/other/us-east-1/research/x"), 1, "no account 'other'"),
    (("user1@team1", CREATE_APP, "*", "--context", "Team"), 64, "KEY=VALUE"),
    (("user1@team1",), 64, "ACTION"),
])
def test_wrong_use(scenario, arguments, code, words):
    done = scenario.run("can", *arguments).expect(code)
    assert words in done.err


SIGN_IN = """
apiVersion: sagekeeper/v1
kind: SignIn
metadata: {name: staff}
spec:
  domain: research
  saml: {provider: okta}
  network: {publicRanges: [198.51.100.0/24]}
"""
GUARDRAIL = """
apiVersion: sagekeeper/v1
kind: Guardrail
metadata: {name: platform}
spec:
  type: scp
  policies: [guard-instance-types@1]
  parameters: {instanceTypes: [ml.t3.*]}
  targets:
    - account: ml-dev
    - organizationalUnit: ou-ab12-34567890
"""


def test_who_signed_in_opens_the_own_profile_from_the_network_only(scenario):
    scenario.write("sign-in.yaml", SIGN_IN)
    scenario.commit("people sign in")
    inside, outside = (("--context", f"aws:SourceIp={address}") for address in ("198.51.100.7", "192.0.2.7"))
    question = ("sagemaker:CreatePresignedDomainUrl", f"{PROFILES}/user1-team1")
    own = can(scenario, "user1@sagekeeper-staff-sign-in", *question, *inside)
    assert (own["principal"]["situation"], own["may"]) == ("sign-in", "yes") and own["because"][0]["statement"] == "OpenOwnProfile"
    assert can(scenario, "user1@sagekeeper-staff-sign-in", *question, *outside, code=2)["may"] == "no"
    other = can(scenario, "user2@sagekeeper-staff-sign-in", *question, *inside, code=2)
    assert (other["may"], other["because"][0]["statement"]) == ("no", "OnlyOwnProfile")
    everybody = who_can(scenario, *question)
    assert {name: row["may"] for name, row in everybody.items()} == {
        "user1@team1": "yes", "user1@sagekeeper-staff-sign-in": "depends",
        "iam_role/ml-dev/global/sagekeeper-staff-sign-in": "depends"}


def test_declared_guardrails_limit_the_desired_state(scenario):
    scenario.write("guardrail.yaml", GUARDRAIL)
    scenario.commit("guard")
    question = ("user1@team1", CREATE_APP, f"{PROFILES}/user1-team1", "--context")
    small = can(scenario, *question, "sagemaker:InstanceTypes=ml.t3.medium")
    assert small["may"] == "yes" and any("FullAWSAccess" in sentence for sentence in small["assumed"])
    large = can(scenario, *question, "sagemaker:InstanceTypes=ml.m5.large", code=2)
    [row] = large["because"]
    assert (row["layer"], row["statement"], row["policy"]) == ("serviceControl", "InstanceTypes", "platform")
    assert (row["path"], row["line"]) == ("guardrail.yaml", 2)
    assert "service control policies" not in large["notConsidered"]


def test_further_roles_of_a_team_are_not_the_team(scenario):
    scenario.edit("teams/team1.yaml", "  tags:\n", "  roles:\n    training: {policies: [studio-read-only@1]}\n  tags:\n")
    assert can(scenario, "Team/team1", "sagemaker:ListApps")["principal"]["role"].endswith("/sagekeeper-team1")
    role = can(scenario, "iam_role/ml-dev/global/sagekeeper-team1-training", "sagemaker:CreateTrainingJob", JOB,
               "--context", "aws:RequestTag/Team=team1", code=2)
    assert role["may"] == "no"


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def test_the_policies_of_aws_that_live_roles_have_are_read(applied):
    iam = applied.boto3("iam")
    question = ("user1@team1", "ec2:CreateVpc")
    assert can(applied, *question, "--live", code=2)["may"] == "no"
    iam.attach_role_policy(RoleName="sagekeeper-team1", PolicyArn=ADMINISTRATOR)
    answer = can(applied, *question, "--live")
    [row] = [row for row in answer["because"] if row["layer"] == "identity"]
    assert row["address"] == "iam_aws_policy/ml-dev/global/AdministratorAccess"
    assert not any(ADMINISTRATOR in sentence for sentence in answer["notConsidered"])
    assert set(who_can(applied, *question[1:], "--live")) == {"user1@team1", "iam_role/ml-dev/global/sagekeeper-team1"}
    reads = [request["operation"] for request in applied.cloud.requests(since=applied.mark)]
    assert reads.count("GetPolicyVersion") == 1, "a version never changes: the second look uses what is kept"


def test_a_policy_of_aws_that_may_not_be_read_is_said(applied):
    applied.boto3("iam").attach_role_policy(RoleName="sagekeeper-team1", PolicyArn=ADMINISTRATOR)
    applied.cloud.inject("deny", "GetPolicy", occurrence="every")
    unknown = applied.run("can", "user1@team1", "ec2:CreateVpc", "--live", "--output", "json").expect(4)
    assert "iam_aws_policy" in unknown.err and unknown.json["may"] == "unknown"
    assert any(ADMINISTRATOR in sentence for sentence in unknown.json["notConsidered"])
    sure = can(applied, "user1@team2", "ec2:CreateVpc", "--live", code=2)
    assert sure["may"] == "no", "the other role has nothing of AWS"
