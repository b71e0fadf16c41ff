"""sagekeeper verify: properties proved for the quick start, refuted by a request where there is a hole, and
asked before anything is applied."""

from __future__ import annotations

import json
import subprocess

import pytest

from e2e.support import ACCOUNT, program

NAMES = ["own-sessions", "own-apps", "own-artefacts", "protected-tags", "own-roles-passed", "no-foreign-roles",
         "no-administration", "own-data", "no-configuration", "guardrails-hold"]
ON = {"SAGEKEEPER_VERIFY": "auto"}
ROLE = "iam_role/ml-dev/global/sagekeeper-team2"


def policy(scenario, *statements: dict) -> dict:
    """Makes these the statements of team2's own inline policy; returns the document."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    (scenario.repository / "policies/reports.json").write_text(json.dumps(document, indent=2))
    scenario.commit("another policy for team2")
    return document


def decide(question: dict) -> dict:
    done = subprocess.run([str(program()), "policy", "decide"], input=json.dumps(question) + "\n",
                          capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def verify(scenario, *arguments: str, code: int) -> dict[str, dict]:
    report = scenario.run("verify", *arguments, "--output", "json").expect(code).json
    return {row["name"]: row for row in report["properties"]}


STOP_ANY = {"Sid": "StopAny", "Action": "sagemaker:StopTrainingJob",
            "Resource": "arn:aws:sagemaker:*:*:training-job/*"}


def test_the_quick_start_is_proved(scenario):
    found = verify(scenario, code=0)
    assert list(found) == NAMES
    assert {name: row["outcome"] for name, row in found.items()} == dict.fromkeys(NAMES, "proved")
    assert all(row["classes"] > 0 and row["subjects"] > 0 for row in found.values())
    assert scenario.writes() == []


@pytest.mark.parametrize(("name", "statement", "violated"), [
    ("changes another team's job", STOP_ANY, "own-artefacts"),
    ("creates for another team", {"Sid": "Create", "Action": "sagemaker:CreateModel", "Resource": "*"},
     "own-artefacts"),
    ("a condition that untagged things pass",
     {"Sid": "Loose", "Action": "sagemaker:DeleteModel", "Resource": "*",
      "Condition": {"StringLike": {"aws:ResourceTag/Team": "*"}}}, "own-artefacts"),
    ("a pattern that another team's bucket fits",
     {"Sid": "Read", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-team*"}, "own-data"),
    ("stops another's notebook session",
     {"Sid": "Mlflow", "Action": "sagemaker:CreatePresignedMlflowTrackingServerUrl", "Resource": "*"},
     "own-sessions"),
    ("passes the other team's role",
     {"Sid": "Pass", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/sagekeeper/acme/*-team1",
      "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}, "own-roles-passed"),
])
def test_a_hole_is_shown_by_a_request(scenario, name, statement, violated):
    document = policy(scenario, statement)
    found = verify(scenario, code=3)
    assert found[violated]["outcome"] == "violated", name
    for row in found[violated]["violations"]:
        assert row["address"] == ROLE
        question = row["request"] | {"identityPolicies": [{"name": "reports", "document": document}]}
        answer = decide(question)
        assert answer["decision"] == "Allowed", (name, question)
        assert [reason["statement"] for reason in answer["because"]] == [statement["Sid"]]


def test_the_denied_services_are_what_keeps_the_domain(scenario):
    policy(scenario, {"Sid": "Domain", "Action": "sagemaker:UpdateDomain", "Resource": "*"})
    assert verify(scenario, code=0)["no-configuration"]["outcome"] == "proved"
    scenario.edit("teams/team2.yaml", "      - studio-denied-services@1\n", "")
    assert verify(scenario, code=3)["no-configuration"]["outcome"] == "violated"


JOBS = ["sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"]


@pytest.mark.parametrize(("name", "statement", "given"), [
    ("B2: denied only when all is wrong at once",
     {"Effect": "Deny", "Action": "sagemaker:CreateDomain", "Resource": "*",
      "Condition": {"StringNotEquals": {"sagemaker:AppNetworkAccessType": "VpcOnly"},
                    "Null": {"sagemaker:VpcSubnets": "true", "sagemaker:VpcSecurityGroupIds": "true"}}},
     "sagemaker:CreateDomain"),
    ("B3: an allow with a negated condition denies nothing",
     {"Effect": "Allow", "Action": "sagemaker:CreateApp", "Resource": "*",
      "Condition": {"ForAllValues:StringNotLike": {"sagemaker:ImageArns": "arn:aws:sagemaker:*:*:image/bad*"}}},
     "sagemaker:CreateApp"),
    ("B11: subnets or security groups, not both",
     {"Effect": "Deny", "Action": JOBS, "Resource": "*",
      "Condition": {"Null": {"sagemaker:VpcSubnets": "true", "sagemaker:VpcSecurityGroupIds": "true"}}},
     "sagemaker:CreateTrainingJob"),
])
def test_a_guardrail_that_does_not_say_what_it_means(scenario, name, statement, given):
    document = {"Version": "2012-10-17", "Statement": [{"Sid": "Guard", **statement}]}
    (scenario.repository / "policies/guard.json").write_text(json.dumps(document))
    (scenario.repository / "guard.yaml").write_text(
        "apiVersion: sagekeeper/v1\nkind: Guardrail\nmetadata: {name: own}\n"
        "spec:\n  type: scp\n  policies: [guard.json]\n  targets: [{root: true}]\n"
        "  accepts: [{rule: joint-deny, reason: shown}, {rule: negated-allow, reason: shown}]\n")
    scenario.commit(name)
    found = verify(scenario, code=3)["guardrails-hold"]
    assert found["outcome"] == "violated", name
    for row in found["violations"]:
        everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        question = row["request"] | {"identityPolicies": [everything],
                                     "serviceControlPolicies": [[everything, document]]}
        assert decide(question)["decision"] == "Allowed", (name, question)
    assert given in {row["action"] for row in found["violations"]}


def test_steps_are_followed(scenario):
    policy(scenario, {"Sid": "OwnTags", "Action": "iam:TagRole", "Resource": "*"})
    found = verify(scenario, code=3)
    row = found["own-artefacts"]["violations"][0]
    assert [step["action"] for step in row["steps"]] == ["iam:TagRole"]
    assert row["request"]["principal"]["tags"]["Team"] == "team1"
    assert found["protected-tags"]["outcome"] == "violated"


def test_an_unread_bucket_policy_leaves_it_unknown(scenario):
    scenario.edit("teams/team1.yaml", "      acme-team1-data: none       # the bucket has no policy of its own\n",
                  "      {}\n")
    found = verify(scenario, code=4)
    assert found["own-data"]["outcome"] == "unknown"
    assert "acme-team1-data" in found["own-data"]["unknown"][0]["why"]


def exception(scenario, subject: str, rule: str = "own-artefacts") -> None:
    scenario.edit("organization.yaml", "  exceptions: ",
                  f"  exceptions:\n    - {{rule: {rule}, subject: {subject}, reason: Agreed with the others.}}\n  #")


def test_a_violation_is_refused_and_the_rest_goes_on(scenario):
    scenario.run("apply", "--yes").expect(0)
    scenario.mark = scenario.cloud.mark()
    policy(scenario, STOP_ANY)
    scenario.edit("teams/team1.yaml", "sessionDuration: 14400", "sessionDuration: 7200")
    plan = scenario.run("plan", "--output", "json", env=ON).expect(3).json
    assert [(row["rule"], row["subject"]) for row in plan["refused"]] == [("isolation", ROLE)]
    for output in ("text", "markdown"):
        said = " ".join(scenario.run("plan", "--output", output, env=ON).expect(3).out.split())
        assert "StopTrainingJob" in said and "StopAny" in said and "own-artefacts" in said
    scenario.run("apply", "--yes", env=ON).expect(3)
    role = scenario.boto3("iam").get_role(RoleName="sagekeeper-team1")["Role"]
    assert role["MaxSessionDuration"] == 7200
    inline = scenario.boto3("iam").get_role_policy(RoleName="sagekeeper-team2", PolicyName="reports")
    assert "StopAny" not in json.dumps(inline["PolicyDocument"])


def test_an_exception_lets_it_through_and_is_shown(scenario):
    policy(scenario, STOP_ANY)
    exception(scenario, "team2/sagemaker:StopTrainingJob")
    row = verify(scenario, code=0)["own-artefacts"]
    assert row["outcome"] == "relaxed"
    assert {shown["exception"]["reason"] for shown in row["violations"]} == {"Agreed with the others."}
    scenario.run("apply", "--yes", env=ON).expect(0)


def test_an_exception_that_nothing_needs_is_reported(scenario):
    exception(scenario, "team1")
    report = scenario.run("verify", "--output", "json").expect(0).json
    assert [(row["rule"], row["subject"]) for row in report["unneededExceptions"]] == [("own-artefacts", "team1")]
    assert "is not needed" in scenario.run("verify").expect(0).out


def test_live_roles_that_nobody_declared(scenario):
    iam = scenario.boto3("iam")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="handmade", AssumeRolePolicyDocument=json.dumps(trust),
                    Tags=[{"Key": "Team", "Value": "elsewhere"}])
    iam.put_role_policy(RoleName="handmade", PolicyName="wide", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "sagemaker:*",
                                                  "Resource": "*"}]}))
    scenario.mark = scenario.cloud.mark()
    found = verify(scenario, "--live", code=3)
    for name in ("own-sessions", "own-apps", "own-artefacts", "protected-tags", "no-configuration"):
        assert found[name]["outcome"] == "violated", name
        assert any(row["address"].endswith("/handmade") for row in found[name]["violations"])
    assert scenario.writes() == [], "only reads"


def test_live_policies_that_nobody_declared(scenario):
    iam = scenario.boto3("iam")
    tags = {"Version": "2012-10-17", "Statement": [{"Sid": "Tags", "Effect": "Allow", "Action": "sagemaker:AddTags",
                                                     "Resource": "*"}]}
    trust = {"Version": "2012-10-17", "Statement": [{"Sid": "Anybody", "Effect": "Allow", "Principal": "*",
                                                      "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="handmade", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="handmade", PolicyName="wide", PolicyDocument=json.dumps(tags))
    iam.create_policy(PolicyName="tags", PolicyDocument=json.dumps(tags))
    scenario.mark = scenario.cloud.mark()
    found = scenario.run("policy", "lint", "--live", "--output", "json").expect(2).json
    assert {(row["id"], row["origin"]) for row in found} >= {
        ("open-tagging", "iam_policy/ml-dev/global/tags"), ("open-tagging", "iam_role/ml-dev/global/handmade#wide"),
        ("wildcard-principal", "iam_role/ml-dev/global/handmade trust policy")}
    text = scenario.run("policy", "lint", "--live").expect(2).out
    assert "iam_role/ml-dev/global/handmade#wide" in text and "open-tagging" in text
    assert scenario.writes() == [], "only reads"
    assert scenario.cloud.requests(since=scenario.mark), "of AWS"
    scenario.run("policy", "lint", "policies", "--live").expect(64)


BOUNDARY = "iam_policy/ml-dev/global/guardrail-studio"


def test_a_live_boundary_is_linted_as_what_it_is(scenario):
    """It grants nothing, unless somebody has it attached as well: here a role, then a user."""
    def findings() -> set[str]:
        found = scenario.run("policy", "lint", "--live", "--output", "json").expect(0, 2).json
        return {row["origin"] for row in found if row["origin"].startswith("iam_policy/")}

    scenario.run("apply", "--yes").expect(0)
    assert findings() == set()
    iam = scenario.boto3("iam")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/guardrail-studio"
    iam.attach_role_policy(RoleName="sagekeeper-team1", PolicyArn=arn)
    assert findings() == {BOUNDARY}
    iam.detach_role_policy(RoleName="sagekeeper-team1", PolicyArn=arn)
    iam.create_user(UserName="somebody")
    iam.attach_user_policy(UserName="somebody", PolicyArn=arn)
    assert findings() == {BOUNDARY}


def test_live_policies_that_cannot_be_read(scenario):
    scenario.cloud.inject("fail", "*", occurrence="every", code="AccessDenied", status=403)
    scenario.run("policy", "lint", "--live").expect(4)
    found = verify(scenario, "--live", code=4)
    assert found["own-artefacts"]["outcome"] == "unknown"
    assert any("could not be read" in row["why"] for row in found["own-artefacts"]["unknown"])
