"""The holes that requirements A3, A4, A12, B2, B3 and B11 name, one by one: a manifest that has the hole gives a
counterexample, and it uses only what whoever attacks decides about. AWS is not asked."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from e2e.estate import NETWORK
from e2e.support import program

ACCOUNT, REGION, DOMAIN = "123456789012", "us-east-1", "d-research"
ROLES = f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme"
SHIPPED = ["studio-read-only@1", "studio-developer@1", "studio-denied-services@1"]
#: Rules of the lint that would refuse the hole before verify sees it.
ACCEPTED = ["open-tagging", "open-app", "wide-pass-role", "pass-role-any-service", "optional-owner", "negated-allow",
            "joint-deny", "missing-null-check", "grants-nothing", "allow-not-action", "wildcard-write",
            "unset-condition-key"]
OWN_TEAM = "${aws:PrincipalTag/Team}"
TO_SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Manifests:
    """Two teams, fraud (alice, bob) and fraud-eu (eve), in one domain."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.specs: dict[tuple[str, str], dict[str, Any]] = {}
        self.declare("Organization", "acme", accounts=[{"name": "ml-dev", "id": ACCOUNT, "regions": [REGION]}])
        self.declare("Domain", "research", account="ml-dev", region=REGION, appNetworkAccessType="VpcOnly",
                     securityGroupIds=["sg-0123456789abcdef0"], **NETWORK)
        for team, members in (("fraud", ["alice", "bob"]), ("fraud-eu", ["eve"])):
            bucket = f"acme-{team}-data"
            self.declare("Team", team, domain="research", members=members, executionRole={"policies": SHIPPED},
                         data={"buckets": [bucket], "bucketPolicies": {bucket: "none"}})

    def declare(self, kind: str, name: str, **spec: Any) -> dict[str, Any]:
        self.specs[kind, name] = spec
        return spec

    def team(self, name: str = "fraud") -> dict[str, Any]:
        return self.specs["Team", name]

    def policy(self, name: str, content: dict[str, Any]) -> str:
        path = self.folder / "policies" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        return path.name

    def grant(self, *statements: dict[str, Any], team: str = "fraud", templates: tuple[str, ...] = ()) -> dict[str, Any]:
        """The role of the team holds these statements, and nothing but them and the templates."""
        content = document(*[{"Effect": "Allow", **statement} for statement in statements])
        role = self.team(team)["executionRole"]
        role |= {"policies": list(templates), "inlinePolicies": {"own": self.policy("own", content)}}
        self.accept(role, content)
        return content

    @staticmethod
    def accept(spec: dict[str, Any], content: dict[str, Any]) -> None:
        spec["accepts"] = [{"rule": rule, "reason": "That is what is tried."} for rule in ACCEPTED]

    def guard(self, name: str, content: dict[str, Any], kind: str = "scp") -> None:
        spec = self.declare("Guardrail", name, type=kind, policies=[self.policy(name, content)],
                            targets=[{"root": True}])
        self.accept(spec, content)

    def run(self, *arguments: str, code: int) -> str:
        for (kind, name), spec in self.specs.items():
            text = json.dumps({"apiVersion": "sagekeeper/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
            (self.folder / f"{kind}-{name}.yaml").write_text(text + "\n")
        return run(*arguments, "--manifests", str(self.folder), code=code)

    def verify(self, code: int) -> dict[str, dict[str, Any]]:
        report = json.loads(self.run("verify", "--output", "json", code=code))
        return {row["name"]: row for row in report["properties"]}


def run(*arguments: str, code: int, given: str = "") -> str:
    done = subprocess.run([str(program()), *arguments], input=given, capture_output=True, text=True, timeout=120,
                          check=False, env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ})
    assert done.returncode == code, done.stdout[-4000:] + done.stderr[-4000:]
    assert "Sanitizer" not in done.stderr
    return done.stdout


def decide(request: dict[str, Any], **policies: Any) -> dict[str, Any]:
    answer = json.loads(run("policy", "decide", code=0, given=json.dumps(request | policies) + "\n"))
    assert answer.get("decision") == "Allowed", (request, answer)
    return answer


@pytest.fixture
def manifests(tmp_path) -> Manifests:
    return Manifests(tmp_path)


def app(rest: str) -> str:
    return f"arn:aws:sagemaker:*:*:app/{rest}"


@dataclass
class Hole:
    """A statement that has it; the property that it breaks, with which action (the statement's own unless named)."""

    name: str
    breaks: str
    action: str | list[str]
    resource: str = "*"
    condition: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def statement(self) -> dict[str, Any]:
        given = {"Sid": "Hole", "Action": self.action, "Resource": self.resource}
        given |= {"Condition": self.condition} if self.condition else {}
        return {key: value for key, value in (given | self.more).items() if value is not None}


HOLES = [
    Hole("A3: AddTags on what exists", "protected-tags", "sagemaker:AddTags"),
    Hole("A3: AddTags that need not say what is created", "protected-tags", "sagemaker:AddTags",
         condition={"StringLikeIfExists": {"sagemaker:TaggingAction": "Create*"}}),
    Hole("A3: AddTags with any own tag", "protected-tags", "sagemaker:AddTags",
         condition={"StringEquals": {"aws:RequestTag/Team": OWN_TEAM}}),
    Hole("A3: tags removed", "protected-tags", "sagemaker:DeleteTags"),
    Hole("A3: tags removed in another case", "protected-tags", "sagemaker:DeleteTags",
         condition={"ForAllValues:StringNotEquals": {"aws:TagKeys": ["Team", "team", "Project", "project",
                                                                     "studiouserid", "sagekeeper:owner",
                                                                     "sagekeeper:address"]}}),
    Hole("A3: tags in another case, with a tag of the request", "protected-tags", "sagemaker:AddTags",
         condition={"StringEquals": {"aws:RequestTag/Team": OWN_TEAM},
                    "ForAllValues:StringNotEquals": {"aws:TagKeys": ["Team", "team"]}}),
    Hole("A3: apps of others started", "own-apps", "sagemaker:CreateApp"),
    Hole("A3: apps of others deleted", "own-apps", "sagemaker:DeleteApp", app("*")),
    Hole("A3: apps of the domain", "own-apps", "sagemaker:CreateApp", app("${sagemaker:DomainId}/*")),
    Hole("A3: apps of profiles that begin alike", "own-apps", "sagemaker:DeleteApp",
         app("${sagemaker:DomainId}/${sagemaker:UserProfileName}*")),
    Hole("A3: apps in spaces of others", "own-apps", "sagemaker:CreateApp", app("${sagemaker:DomainId}/*"),
         {"StringEquals": {"sagemaker:SpaceSharingType": "Private"}}),
    Hole("A3: any role passed", "own-roles-passed", "iam:PassRole", condition=TO_SAGEMAKER),
    Hole("A3: a role of another team passed", "own-roles-passed", "iam:PassRole", f"{ROLES}/sagekeeper-fraud*",
         TO_SAGEMAKER),
    Hole("A3: the own role passed to any service", "own-roles-passed", "iam:PassRole", f"{ROLES}/sagekeeper-fraud"),
    Hole("A3: the own role passed to other services too", "own-roles-passed", "iam:PassRole",
         f"{ROLES}/sagekeeper-fraud", {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}),
    Hole("A3: artefacts of nobody", "own-artefacts", "sagemaker:DeleteModel",
         condition={"StringEqualsIfExists": {"aws:ResourceTag/Team": OWN_TEAM}}),
    Hole("A3: artefacts of anybody", "own-artefacts", "sagemaker:StopTrainingJob"),
    Hole("A3: artefacts of teams whose name begins alike", "own-artefacts", "sagemaker:UpdateEndpoint",
         condition={"StringLike": {"aws:ResourceTag/Team": OWN_TEAM + "*"}}),
    Hole("A3: metrics of others", "own-artefacts", "sagemaker:BatchPutMetrics"),
    Hole("A3: trials of others", "own-artefacts", ["sagemaker:AssociateTrialComponent",
                                                   "sagemaker:DisassociateTrialComponent"]),
    Hole("A3: a parent with any tag", "own-artefacts", "sagemaker:CreateModelCardExportJob",
         condition={"StringLike": {"aws:ResourceTag/Team": "*"}}),
    Hole("A3: created without a tag", "own-artefacts", "sagemaker:CreateTrainingJob"),
    Hole("A3: created with any tag", "own-artefacts", "sagemaker:CreateModel",
         condition={"Null": {"aws:RequestTag/Team": "false"}}),
    Hole("A3: created with any of some tags", "own-artefacts", "sagemaker:CreateModel",
         condition={"StringEquals": {"aws:RequestTag/Team": ["fraud", "fraud-eu"]}}),
    Hole("A3: created with the tag that opens profiles", "protected-tags", "sagemaker:CreateModel",
         condition={"StringEquals": {"aws:RequestTag/Team": OWN_TEAM}}),
    Hole("A3: tracking servers of others written to", "own-artefacts", "sagemaker-mlflow:CreateExperiment"),
    Hole("A3: all but some actions", "own-artefacts", None, more={"NotAction": ["iam:*", "s3:*"]}),
    Hole("A3: all but some artefacts", "own-artefacts", "sagemaker:StopTrainingJob", None,
         more={"NotResource": "arn:aws:sagemaker:*:*:training-job/fraud-*"}),
    Hole("A4: any profile", "own-sessions", "sagemaker:CreatePresignedDomainUrl"),
    Hole("A4: any profile of somebody", "own-sessions", "sagemaker:CreatePresignedDomainUrl",
         condition={"StringLike": {"sagemaker:ResourceTag/studiouserid": "*"}}),
    Hole("A4: profiles of nobody", "own-sessions", "sagemaker:CreatePresignedDomainUrl",
         condition={"StringEqualsIfExists": {"sagemaker:ResourceTag/studiouserid": "${aws:username}"}}),
    Hole("A4: a default for who it is", "own-sessions", "sagemaker:CreatePresignedDomainUrl",
         condition={"StringLike": {"aws:ResourceTag/studiouserid": "${aws:PrincipalTag/studiouserid, '*'}"}}),
    Hole("A4: spaces of others", "own-sessions", "sagemaker:StartSession"),
    Hole("A4: notebooks", "own-sessions", "sagemaker:CreatePresignedNotebookInstanceUrl"),
    Hole("A4: tracking servers", "own-sessions", "sagemaker:CreatePresignedMlflowTrackingServerUrl"),
    Hole("A4: MLflow apps", "own-sessions", "sagemaker:CreatePresignedMlflowAppUrl"),
    Hole("A4: partner apps", "own-sessions", "sagemaker:CreatePartnerAppPresignedUrl"),
    Hole("keys given away", "no-administration", "kms:CreateGrant"),
    Hole("key policies", "no-administration", "kms:PutKeyPolicy", "arn:aws:kms:*:*:key/*"),
    Hole("roles written", "no-administration", "iam:PutRolePolicy", f"{ROLES}/*"),
    Hole("permission sets", "no-administration", "sso:CreateAccountAssignment"),
    Hole("organizations", "no-administration", "organizations:DetachPolicy"),
    Hole("configuration", "no-configuration", ["sagemaker:UpdateUserProfile", "sagemaker:CreateAppImageConfig"]),
    Hole("data of another team by a pattern", "own-data", "s3:GetObject", "arn:aws:s3:::acme-fraud*/*"),
    Hole("data of another team in any case", "own-data", "S3:putobject", "arn:aws:s3:::*"),
]


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.name)
def test_a_hole_gives_a_counterexample(manifests, hole):
    content = manifests.grant(hole.statement())
    row = manifests.verify(code=3)[hole.breaks]
    assert row["outcome"] == "violated"
    assert row["violations"]
    for violation in row["violations"]:
        answer = decide(violation["request"], identityPolicies=[{"name": "own", "document": content}])
        named = [reason["statement"] for reason in answer["because"] if reason["layer"] == "identity"]
        assert named == ["Hole"]
        assert [reason["statement"] for reason in violation["because"] if reason["layer"] == "identity"] == named
        only_what_an_attacker_controls(violation["request"], violation["principal"])


#: What the sessions of the estate carry, by the name of the principal.
SESSIONS = {"alice@fraud": "alice-fraud", "bob@fraud": "bob-fraud", "eve@fraud-eu": "eve-fraud-eu"}
#: Keys that nobody chooses, or that are there only when a service asks.
FIXED = ("aws:principal", "aws:username", "aws:userid", "aws:sourceidentity", "aws:federatedprovider", "saml:",
         "sagemaker:domainid", "sagemaker:userprofilename", "aws:calledvia", "aws:viaawsservice", "aws:sourceaccount",
         "aws:sourcearn", "kms:viaservice", "kms:grantisforawsresource")


def only_what_an_attacker_controls(request: dict[str, Any], principal: str) -> None:
    """Everything that the principal fixes is what the manifest makes it."""
    session = {"sagemaker:DomainId": DOMAIN, "sagemaker:UserProfileName": SESSIONS[principal]} \
        if principal in SESSIONS else {}
    fixed = {key: value for key, value in request["context"].items() if key.lower().startswith(FIXED)}
    assert fixed == session, request
    team = request["principal"]["roleArn"].rpartition("/sagekeeper-")[2]
    tags = request["principal"]["tags"]
    assert tags.get("Team") == (team if team in ("fraud", "fraud-eu") else None)
    assert "studiouserid" not in tags


@pytest.mark.parametrize("condition", [
    {"StringEquals": {"aws:PrincipalTag/Team": "fraud-eu"}},
    {"StringEquals": {"aws:PrincipalTag/Anything": "else"}},
    {"StringLike": {"aws:username": "*"}},
    {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}},
    {"ArnLike": {"aws:PrincipalArn": f"{ROLES}/sagekeeper-fraud-eu"}},
    {"StringEquals": {"sagemaker:UserProfileName": "eve-fraud-eu"}},
    {"StringEquals": {"sagemaker:DomainId": "d-other"}},
    {"StringEquals": {"aws:SourceIdentity": "eve-fraud-eu"}},
    {"Bool": {"aws:ViaAWSService": "true"}},
    {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}},
    {"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:*:*"}},
    {"Bool": {"aws:PrincipalIsAWSService": "true"}},
], ids=lambda condition: next(iter(next(iter(condition.values())))))
def test_what_nobody_can_choose_is_no_hole(manifests, condition):
    manifests.grant({"Sid": "Never", "Action": "sagemaker:StopTrainingJob", "Resource": "*", "Condition": condition})
    assert manifests.verify(code=0)["own-artefacts"]["outcome"] == "proved"


def test_lists_bound_to_an_arn_are_for_the_lint(manifests):
    manifests.grant({"Sid": "Nothing", "Action": "sagemaker:ListApps", "Resource": app("*")})
    assert {row["outcome"] for row in manifests.verify(code=0).values()} <= {"proved", "without subject"}
    found = json.loads(run("policy", "lint", str(manifests.folder / "policies/own.json"), "--output", "json", code=2))
    assert "grants-nothing" in {row["id"] for row in found}


# ---- guardrails ----

JOBS = ["sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"]
VPC = {"sagemaker:VpcSubnets": "true", "sagemaker:VpcSecurityGroupIds": "true"}


def deny(action: str | list[str], **condition: Any) -> dict[str, Any]:
    return {"Sid": "Guard", "Effect": "Deny", "Action": action, "Resource": "*",
            "Condition": {name.replace("_", ":"): keys for name, keys in condition.items()}}


GUARDRAILS = {
    "B2: denied only when all is wrong at once": (
        deny("sagemaker:CreateDomain", StringNotEquals={"sagemaker:AppNetworkAccessType": "VpcOnly"}, Null=VPC),
        "sagemaker:CreateDomain"),
    "B2: made public later": (
        deny("sagemaker:CreateDomain", StringNotEquals={"sagemaker:AppNetworkAccessType": "VpcOnly"}),
        "sagemaker:UpdateDomain"),
    "B3: an allow meant as a deny": (
        {"Sid": "Guard", "Effect": "Allow", "Action": "sagemaker:CreateApp", "Resource": "*",
         "Condition": {"ForAnyValue:StringNotLike": {"sagemaker:ImageArns": "arn:aws:sagemaker:*:*:image/bad*"}}},
        "sagemaker:CreateApp"),
    "B11: subnets or security groups, not both": (deny(JOBS, Null=VPC), "sagemaker:CreateTrainingJob"),
    "B11: isolation only of what has no VPC": (
        deny(JOBS, Bool={"sagemaker:NetworkIsolation": "false"}, Null={"sagemaker:VpcSubnets": "true"}),
        "sagemaker:CreateProcessingJob"),
    "B8: keys only when both are wrong": (
        deny("sagemaker:CreateTrainingJob", ArnNotLike={"sagemaker:VolumeKmsKeyArn": "arn:aws:kms:*:*:key/k",
                                                        "sagemaker:OutputKmsKeyArn": "arn:aws:kms:*:*:key/k"}),
        "sagemaker:CreateTrainingJob"),
    "on keys, which have policies of their own": (
        deny("kms:ScheduleKeyDeletion", Null={"kms:ScheduleKeyDeletionPendingWindowInDays": "true"},
             StringNotEquals={"aws:SourceVpc": "vpc-1"}),
        "kms:ScheduleKeyDeletion"),
}


@pytest.mark.parametrize("name", GUARDRAILS)
def test_a_guardrail_with_a_hole(manifests, name):
    statement, action = GUARDRAILS[name]
    manifests.guard("own", document(statement))
    row = manifests.verify(code=3)["guardrails-hold"]
    assert row["outcome"] == "violated"
    assert action in {violation["action"] for violation in row["violations"]}
    for violation in row["violations"]:
        decide(violation["request"], identityPolicies=[EVERYTHING],
               serviceControlPolicies=[[EVERYTHING, document(statement)]])


def test_what_one_guardrail_leaves_another_may_deny(manifests):
    manifests.guard("own", document(GUARDRAILS["B2: made public later"][0]))
    manifests.guard("later", document(deny("sagemaker:UpdateDomain", StringEquals={
        "sagemaker:AppNetworkAccessType": "PublicInternetOnly"})))
    assert manifests.verify(code=0)["guardrails-hold"]["outcome"] == "proved"


EXEMPT = {"exemptRoles": ["arn:aws:iam::*:role/sagekeeper"]}
GUARDS = {
    "guard-approved-images@1": {"images": ["arn:aws:sagemaker:*:*:image/ok-*"],
                                "imageVersions": ["arn:aws:sagemaker:*:*:image-version/ok-*/*"]},
    "guard-encryption@1": {"keys": [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"]},
    "guard-endpoints-only@1": {"endpoints": ["vpce-1"]} | EXEMPT,
    "guard-instance-types@1": {"instanceTypes": ["ml.t3.*", *[f"ml.g5.{size}xlarge" for size in range(15)]]},
    "guard-ip-ranges@1": {"publicRanges": ["198.51.100.0/24"], "vpcs": ["vpc-1"]} | EXEMPT,
    "guard-jobs-encrypted-traffic@1": {},
    "guard-jobs-in-vpc@1": {"subnetIds": [f"subnet-{number}" for number in range(20)]},
    "guard-jobs-isolated@1": {},
    "guard-mandatory-job-tags@1": {"tags": ["CostCenter", "Owner"]},
    "guard-no-app-image-config@1": EXEMPT,
    "guard-own-profile@1": EXEMPT,
    "guard-vpc-only-domains@1": {},
}


def test_the_shipped_guardrails_hold(manifests):
    folder = Path(__file__).resolve().parents[2] / "policy-templates"
    assert set(GUARDS) == {path.name for path in folder.glob("guard-*")}
    for number, (name, parameters) in enumerate(GUARDS.items()):
        target = {"root": True} if number % 2 else {"account": "ml-dev"}  # a target takes ten
        manifests.declare("Guardrail", name.partition("@")[0], type="scp", policies=[name], targets=[target],
                          **({"parameters": parameters} if parameters else {}))
    row = manifests.verify(code=0)["guardrails-hold"]
    assert row["outcome"] == "proved" and row["questions"] > 100


# ---- the shipped templates ----

def test_the_shipped_templates_have_none(manifests):
    team = manifests.team()
    team["executionRole"] = {"policies": [*SHIPPED, "studio-supporting-services@1", "studio-project@2",
                                          "mandatory-tags@1"],
                             "parameters": {"tags": ["CostCenter"]}, "tags": {"Project": "cards"}}
    team["roles"] = {"pipeline": {"policies": ["persona-pipeline@2"]}}
    for name, way in (("federated", {"saml": {"provider": "okta"}}), ("people", {"users": ["alice", "eve"]}),
                      ("tokens", {"oidc": {"issuer": "idp.example.com", "audience": "studio"}})):
        manifests.declare("SignIn", name, domain="research", network={"vpcs": ["vpc-0123456789abcdef0"]}, **way)
    found = manifests.verify(code=0)
    assert {row["outcome"] for row in found.values()} == {"proved", "without subject"}
    assert found["own-sessions"]["subjects"] == 9


def test_projects_within_a_team(manifests):
    manifests.grant({"Sid": "Hole", "Action": "sagemaker:StopTrainingJob", "Resource": "*", "Condition": {
        "StringEquals": {"aws:ResourceTag/Team": OWN_TEAM},
        "StringLike": {"aws:ResourceTag/Project": "${aws:PrincipalTag/Project}*"}}})
    manifests.team()["executionRole"]["tags"] = {"Project": "cards"}
    row = manifests.verify(code=3)["own-artefacts"]["violations"][0]
    assert row["request"]["resource"]["tags"]["Team"] == "fraud"
    assert row["request"]["resource"]["tags"]["Project"].startswith("cards")


# ---- data that other policies open ----

@pytest.mark.parametrize(("name", "statement", "violated"), [
    ("the other team's role", {"Principal": {"AWS": f"{ROLES}/sagekeeper-fraud"}}, True),
    ("the account, which leaves it to IAM", {"Principal": {"AWS": ACCOUNT}}, False),
    ("everybody from one network", {"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, True),
    ("everybody of the own team", {"Principal": "*", "Condition": {
        "StringEquals": {"aws:PrincipalTag/Team": "fraud-eu"}}}, False),
    ("another account", {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}}, False),
])
def test_a_bucket_policy_counts(manifests, name, statement, violated):
    bucket = "acme-fraud-eu-data"
    content = document({"Sid": "Open", "Effect": "Allow", "Action": "s3:GetObject",
                        "Resource": f"arn:aws:s3:::{bucket}/*"} | statement)
    manifests.team("fraud-eu")["data"]["bucketPolicies"] = {bucket: manifests.policy("bucket", content)}
    row = manifests.verify(code=3 if violated else 0)["own-data"]
    assert row["outcome"] == ("violated" if violated else "proved"), name
    for violation in row["violations"]:
        assert violation["request"]["resourcePolicy"] == content
        decide(violation["request"], identityPolicies=[])


# ---- what rests on something unread ----

def test_an_unread_boundary_leaves_a_violation_unknown(manifests):
    manifests.grant({"Sid": "Hole", "Action": "sagemaker:StopTrainingJob", "Resource": "*"})
    manifests.team()["executionRole"]["permissionsBoundary"] = "arn:aws:iam::aws:policy/PowerUserAccess"
    found = manifests.verify(code=4)
    assert found["own-artefacts"]["outcome"] == "unknown"
    assert "PowerUserAccess" in found["own-artefacts"]["unknown"][0]["why"]
    assert found["own-data"]["outcome"] == "proved", "a boundary only takes away"


def test_an_unread_policy_leaves_all_unknown(manifests):
    manifests.team()["executionRole"]["managedPolicyArns"] = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    found = manifests.verify(code=4)
    assert {row["outcome"] for name, row in found.items() if name != "guardrails-hold"} == {"unknown"}
