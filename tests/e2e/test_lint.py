"""The lint of policies inside validate, plan and apply: what opens a hole is refused before AWS hears of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from e2e.estate import Estate
from e2e.support import ROOT, Scenario

TEMPLATES = ROOT / "policy-templates"
ALL = {"Resource": "*"}
OWN_APPS = {"Resource": "arn:aws:sagemaker:*:*:app/*/${sagemaker:UserProfileName}/*"}
#: What sagekeeper fills in by itself, and nobody may give.
FILLED_IN = {"organization", "accountName", "account", "partition", "region", "domain", "team", "roleName", "roleArn",
             "iamPath"}
VPC_ONLY = {"StringNotEquals": {"sagemaker:AppNetworkAccessType": "VpcOnly"},
            "Null": {"sagemaker:VpcSubnets": "true", "sagemaker:VpcSecurityGroupIds": "true"}}


def allow(actions: Any, rest: dict[str, Any], **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions} | rest | ({"Condition": condition} if condition else {})


def deny(actions: Any, **condition: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": actions, "Resource": "*", "Condition": condition}


#: Requirement and hole: the statement that has it, the rule that finds it.
HOLES = {
    "A3: tags of existing resources": (allow("sagemaker:AddTags", ALL), "open-tagging"),
    "A3: owners taken away": (allow("sagemaker:DeleteTags", ALL), "open-tagging"),
    "A3: apps of others started": (allow("sagemaker:CreateApp", ALL), "open-app"),
    "A3: apps of others deleted": (allow("sagemaker:DeleteApp", {"Resource": "arn:aws:sagemaker:*:*:app/*"}),
                                   "open-app"),
    "A3: lists bound to an ARN": (allow("sagemaker:ListApps", {"Resource": "arn:aws:sagemaker:*:*:app/*"}),
                                  "grants-nothing"),
    "A3: any role passed": (allow("iam:PassRole", ALL,
                                  StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"}), "wide-pass-role"),
    "A3: a role passed to anybody": (allow("iam:PassRole", {"Resource": "arn:aws:iam::123456789012:role/x"}),
                                     "pass-role-any-service"),
    "A3: artefacts of nobody": (allow("sagemaker:DeleteModel", ALL, StringEqualsIfExists={
        "aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}), "optional-owner"),
    "A4: any profile": (allow("sagemaker:CreatePresignedDomainUrl", ALL), "open-app"),
    "A4: any profile of somebody": (allow("sagemaker:CreatePresignedDomainUrl", ALL, StringLike={
        "sagemaker:ResourceTag/studiouserid": "*"}), "open-app"),
    "A4: profiles of nobody": (allow("sagemaker:CreatePresignedDomainUrl", ALL, StringEqualsIfExists={
        "sagemaker:ResourceTag/studiouserid": "${aws:username}"}), "open-app"),
    "B2: three conditions in one deny": (deny("sagemaker:CreateDomain", **VPC_ONLY), "joint-deny"),
    "B3: an allow meant as a deny": (allow("sagemaker:CreateApp", OWN_APPS, **{"ForAnyValue:StringNotLike": {
        "sagemaker:ImageArns": ["arn:aws:sagemaker:*:*:image/approved-*"]}}), "negated-allow"),
}
#: Shown, and no reason to refuse.
WARNINGS = {"optional-owner", "negated-allow"}


@pytest.fixture
def estate(cloud, tmp_path):
    estate = Estate(cloud, tmp_path)
    estate.domain()
    return estate


def write_policy(estate: Estate, statement: dict[str, Any]) -> None:
    estate.write("policies/own.json", json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Sid": "Hole"} | statement]}, indent=2) + "\n")


def findings(scenario: Scenario, code: int) -> list[dict[str, Any]]:
    said = scenario.run("validate", "--output", "json").expect(code).json
    assert said["valid"] == (code == 0)
    return [row for row in said["diagnostics"] if "rule" in row]


@pytest.mark.parametrize("name", HOLES)
def test_each_hole_is_found_where_it_is(estate, name):
    statement, rule = HOLES[name]
    write_policy(estate, statement)
    estate.team("fraud", "alice", role={"policies": ["own.json"]})
    estate.save()
    warning = rule in WARNINGS
    rows = [row for row in findings(estate, 0 if warning else 1) if row["rule"] == rule]
    assert rows, f"{rule} is not found"
    for row in rows:
        assert row["path"] == "policies/own.json" and "'Hole'" in row["message"]
        assert row["page"] == f"docs/lint/{rule}.md" and row["line"] >= 4 and row["column"] > 0
        assert row["severity"] == ("warning" if warning else "error") and row["code"] == "lint"
    if warning:
        return
    for command in ("plan", "apply"):
        refused = estate.run(command, *(["--yes"] if command == "apply" else [])).expect(1)
        assert f"[{rule}, docs/lint/{rule}.md]" in refused.err
    assert estate.cloud.requests() == [], "AWS heard nothing"


@pytest.mark.parametrize("name", [name for name in HOLES if name.startswith(("B2", "B3"))])
def test_a_guardrail_with_the_hole_is_found_too(estate, name):
    statement, rule = HOLES[name]
    write_policy(estate, statement)
    estate.declare("Guardrail", "platform", type="scp", policies=["own.json"])
    estate.save()
    assert rule in {row["rule"] for row in findings(estate, 0 if rule in WARNINGS else 1)}


def test_shipped_templates_have_no_finding(estate):
    providers = {"saml": {"provider": "okta"}, "oidc": {"issuer": "login.example.com", "audience": "studio"}}
    seen = set()
    for folder in sorted(path for path in TEMPLATES.iterdir() if path.is_dir()):
        name, cases = folder.name, json.loads((folder / "cases.json").read_text())
        parameters = {key: value for key, value in cases.get("parameters", {}).items() if key not in FILLED_IN}
        slug = name.replace("@", "-")
        if name.startswith("sign-in-trust-"):
            way = name.removeprefix("sign-in-trust-").partition("@")[0]
            estate.declare("SignIn", slug, domain="research", templates={"trust": name},
                           network={"vpcs": ["vpc-0123456789abcdef0"]}, **{way: providers[way]})
        elif cases["as"] == "serviceControl":
            estate.declare("Guardrail", slug, type="scp", policies=[name], parameters=parameters)
        else:
            estate.team(slug, "alice", role={"policies": [name], "parameters": parameters})
        seen.add(name)
    estate.declare("SignIn", "users", domain="research", users=["alice"],
                   network={"publicRanges": ["198.51.100.0/24"]})
    estate.save()
    assert findings(estate, 0) == [] and len(seen) > 20


def test_a_warning_is_shown_by_every_output_and_refuses_nothing(estate):
    write_policy(estate, HOLES["B3: an allow meant as a deny"][0])
    estate.team("fraud", role={"policies": ["own.json"]})
    estate.save()
    assert "warning: statement 'Hole': " in estate.run("validate").expect(0).out
    text = estate.run("plan").expect(2)
    assert "policies/own.json:" in text.err and "[negated-allow, " in text.err
    [row] = [row for row in estate.plan()["diagnostics"] if row.get("rule") == "negated-allow"]
    assert (row["path"], row["severity"]) == ("policies/own.json", "warning")
    markdown = estate.run("plan", "--output", "markdown").expect(2).out
    assert "Warnings about the desired state (1)" in markdown
    assert "- **warning** `negated-allow` `policies/own.json:" in markdown
    estate.apply()
    assert "fraud-own" in estate.policies()


def test_a_finding_that_is_accepted_refuses_nothing_and_is_shown(estate):
    write_policy(estate, HOLES["A3: any role passed"][0])
    accept = {"rule": "wide-pass-role", "policy": "own.json", "statement": "Hole", "reason": "the account is theirs"}
    role = {"policies": ["own.json"], "accepts": [accept]}
    estate.team("fraud", role=role)
    estate.save()
    [row] = findings(estate, 0)
    assert row["severity"] == "warning" and row["message"].endswith("Accepted: the account is theirs")
    write_policy(estate, allow("s3:GetObject", ALL))
    estate.save()
    said = estate.run("validate").expect(0).out
    assert "the exception is not needed" in said and findings(estate, 0) == []
    del accept["reason"]
    estate.save()
    assert "'reason' is missing" in estate.run("validate").expect(1).out


def test_policies_that_another_team_uses_are_accepted_for_one_team_only(estate):
    write_policy(estate, HOLES["A3: any role passed"][0])
    estate.team("fraud", role={"policies": ["own.json"], "accepts": [{"rule": "wide-pass-role", "reason": "theirs"}]})
    estate.team("risk", role={"policies": ["own.json"]})
    estate.save()
    assert {row["severity"] for row in findings(estate, 1)} == {"warning", "error"}
