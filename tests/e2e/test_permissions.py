"""`permissions`: the printed documents, and every request of whole runs against them."""

from __future__ import annotations

import copy
import json
import random
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from authorization import allows, as_list, need
from e2e.restricted import credentials
from e2e.support import ACCOUNT, REGION, ROOT
from e2e.test_command_line import manifests, sagekeeper  # noqa: F401

ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/fraud"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/guardrails/studio-boundary"
#: The boundary that the quick start declares as a guardrail.
GUARDRAIL = f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/guardrail-studio"


def printed(run, *arguments: str, access: str = "--write") -> dict[str, Any]:
    return run("permissions", access, *arguments, "--output", "json").expect(0).json


def actions(policy: dict[str, Any]) -> set[str]:
    return {action for statement in policy["Statement"] for action in as_list(statement["Action"])}


# what is printed


def test_one_document_for_each_account(sagekeeper, tmp_path):  # noqa: F811
    (tmp_path / "o.yaml").write_text(
        "apiVersion: sagekeeper/v1\nkind: Organization\nmetadata: {name: other}\nspec:\n  iamPath: /platform/studio/\n"
        "  accounts:\n"
        "    - {name: dev, id: '111111111111', regions: [eu-west-1]}\n"
        "    - {name: china, id: '222222222222', regions: [cn-north-1],\n"
        "       roleArn: 'arn:aws-cn:iam::222222222222:role/sagekeeper', externalId: secret-word}\n")
    value = printed(sagekeeper, str(tmp_path))
    assert value["organization"] == "other" and value["access"] == "write"
    china, dev = value["policies"]
    assert (china["account"], china["id"], dev["account"], dev["id"]) == ("china", "2" * 12, "dev", "1" * 12)
    for row, partition, region in ((china, "aws-cn", "cn-north-1"), (dev, "aws", "eu-west-1")):
        text = json.dumps(row["policy"])
        assert f"arn:{partition}:iam::{row['id']}:role/platform/studio/*" in text
        assert f"arn:{partition}:sagemaker:{region}:{row['id']}:domain/*" in text
        assert '"aws:ResourceTag/sagekeeper:owner": "other"' in text
        assert row["characters"] <= 6144
    assert value["assume"]["Statement"] == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws-cn:iam::222222222222:role/sagekeeper",
         "Condition": {"StringEquals": {"sts:ExternalId": "secret-word"}}}]
    assert [row["account"] for row in printed(sagekeeper, str(tmp_path), "--account", "dev")["policies"]] == ["dev"]
    assert "assume" not in printed(sagekeeper, str(tmp_path), "--account", "dev")
    assert "no account 'dve'" in sagekeeper("permissions", "--read", str(tmp_path), "--account", "dve").expect(64).err


def test_text_is_the_document_alone(sagekeeper, manifests):  # noqa: F811
    result = sagekeeper("permissions", "--read", str(manifests)).expect(0)
    value = printed(sagekeeper, str(manifests), access="--read")
    assert json.loads(result.out) == value["policies"][0]["policy"]
    assert f"({ACCOUNT})" in result.err
    assert sagekeeper("permissions", "--read", str(manifests), "--quiet").expect(0).err == ""


def test_reading_is_part_of_writing(sagekeeper, manifests):  # noqa: F811
    read, write = (actions(printed(sagekeeper, str(manifests), access=access)["policies"][0]["policy"])
                   for access in ("--read", "--write"))
    assert read < write
    assert all(action.split(":")[1].startswith(("Get", "List", "Describe")) for action in read)


def declared(text: str, boundary: str = "") -> str:
    """The quick start's organization with these lines in place of its boundary."""
    return re.sub(r"    permissionsBoundary:\n      guardrail: .*\n", boundary, text)


def test_the_boundary_of_the_organization(sagekeeper, manifests):  # noqa: F811
    def policy() -> dict[str, Any]:
        return printed(sagekeeper, str(manifests))["policies"][0]["policy"]

    def create(**keys: str) -> bool:
        return allows(policy(), need("iam:CreateRole", ROLE, **{"aws:RequestTag/sagekeeper:owner": "acme"}, **keys))

    organization = manifests / "organization.yaml"
    text = organization.read_text()
    assert declared(text) != text
    for line, boundary in (("guardrails/studio-boundary", BOUNDARY), (BOUNDARY, BOUNDARY), ("{guardrail: studio}", GUARDRAIL)):
        organization.write_text(declared(text, f"    permissionsBoundary: {line}\n"))
        assert create(**{"iam:PermissionsBoundary": boundary})
        assert not create() and not create(**{"iam:PermissionsBoundary": boundary + "2"})
        assert "iam:DeleteRolePermissionsBoundary" not in actions(policy())
    organization.write_text(declared(text))
    assert create() and "iam:DeleteRolePermissionsBoundary" in actions(policy())


@pytest.mark.parametrize("flags", [[], ["--read", "--write"]])
def test_either_read_or_write(sagekeeper, manifests, flags):  # noqa: F811
    assert "either --read or --write" in sagekeeper("permissions", *flags, str(manifests)).expect(64).err


def test_faulty_manifests(sagekeeper, manifests):  # noqa: F811
    (manifests / "users.yaml").write_text("kind: Nothing\n")
    result = sagekeeper("permissions", "--read", str(manifests)).expect(1)
    assert "users.yaml:1:" in result.err and result.out == ""


# the pins


#: What changes something and is pinned neither to our path, nor to a tag, a boundary or a service, and why.
UNPINNED = {
    "AppsOfLeavers": "apps are their users'; whether they carry tags is up to the domain",
    "SpacesOfLeavers": "private spaces are their users'",
    "InstanceProfiles": "somebody else's, into which our role was put",
    "RStudioOfDomains": "the app has no tags when it is made",
}
READING = ("Get", "List", "Describe")
OWNER = ("aws:RequestTag/sagekeeper:owner", "aws:ResourceTag/sagekeeper:owner")
#: Statement: the keys that must be there.
PINS = {
    "PassRoles": {"iam:PassedToService"}, "NewRoles": {OWNER[0], "iam:PermissionsBoundary"}, "NewPolicies": {OWNER[0]},
    "GrantsToRoles": {"iam:PermissionsBoundary"}, "Attachments": {"iam:PolicyARN", "iam:PermissionsBoundary"},
    "NewInStudio": {OWNER[0]}, "OursInStudio": {OWNER[1]}, "TagNewDomains": {OWNER[0], "sagemaker:TaggingAction"},
    "TagNewProfiles": {OWNER[0], "sagemaker:TaggingAction"}, "TagNewSpaces": {OWNER[0], "sagemaker:TaggingAction"},
    "StudioServiceRole": {"iam:AWSServiceName"},
}


def keys_of(statement: dict[str, Any]) -> dict[str, Any]:
    return {key: values for tests in statement.get("Condition", {}).values() for key, values in tests.items()}


def test_what_writes_is_pinned(sagekeeper, manifests):  # noqa: F811
    """By path, service, boundary or tag, in the document as it is printed."""
    statements = {statement["Sid"]: statement
                  for statement in printed(sagekeeper, str(manifests))["policies"][0]["policy"]["Statement"]}
    ours = tuple(f"arn:aws:iam::{ACCOUNT}:{kind}/sagekeeper/acme/" for kind in ("role", "policy"))
    for sid, statement in statements.items():
        if all(action.split(":")[1].startswith(READING) for action in as_list(statement["Action"])) or sid in UNPINNED:
            continue
        paths = [resource.startswith(ours) for resource in as_list(statement["Resource"])]
        assert all(paths) or keys_of(statement), sid
        assert "*" not in as_list(statement["Resource"]), sid
    for sid, keys in PINS.items():
        assert set(keys_of(statements[sid])) == keys, sid
    values = {key: value for statement in statements.values() for key, value in keys_of(statement).items()}
    assert {values[key] for key in OWNER} == {"acme"}
    assert values["iam:PermissionsBoundary"] == GUARDRAIL and values["iam:PassedToService"] == "sagemaker.amazonaws.com"
    assert statements["PassRoles"]["Resource"] == ours[0] + "*"
    assert statements["Attachments"]["Condition"]["ArnLike"]["iam:PolicyARN"] == ours[1] + "*"


# whole runs, as roles that hold the printed document


def policy(scenario, access: str) -> dict[str, Any]:
    return printed(scenario.run, access=access)["policies"][0]["policy"]


def made(scenario) -> list[str]:
    """What the program made, past all APIs."""
    state = scenario.cloud.state()
    return sorted([item["arn"] for region in state["studio"] for item in region["resources"]] + [
        item["arn"] for account in state["iam"] for item in account["roles"] + account["policies"]
        if "/sagekeeper/" in item["arn"]])


def needed(scenario, *command: str, access: str = "--write", codes: tuple[int, ...] = (0,)) -> set[str]:
    """Runs the command with the policy for the manifests as they are; the actions that it needed."""
    env = credentials(scenario, "holder", printed=policy(scenario, access))
    mark = scenario.cloud.mark()
    scenario.run(*command, env=env).expect(*codes)
    decisions = scenario.cloud.decisions(since=mark)
    assert decisions and all(decision["allowed"] for decision in decisions)
    return {decision["action"] for decision in decisions}


def test_a_life_is_allowed(scenario):
    """From an empty account through change and removal; planning needs no more than --read."""
    reading = needed(scenario, "plan", access="--read", codes=(2,))
    used = needed(scenario, "apply", "--yes")
    assert {"sagemaker:CreateDomain", "iam:CreateRole", "iam:PassRole", "iam:AttachRolePolicy"} <= used
    for command in ("plan", "drift", "get"):
        reading |= needed(scenario, command, access="--read")
    assert reading <= actions(policy(scenario, "--read"))
    scenario.edit("teams/team1.yaml", "CostCenter:", "CostCentre:")
    used = needed(scenario, "apply", "--yes")
    assert {"iam:TagRole", "iam:UntagRole", "sagemaker:AddTags", "sagemaker:DeleteTags"} <= used
    scenario.remove("teams/team2.yaml")
    used = needed(scenario, "apply", "--yes", "--delete-percent", "100")
    assert {"sagemaker:DeleteUserProfile", "sagemaker:ListTags", "iam:DeleteRole", "iam:DeletePolicy",
            "iam:DetachRolePolicy"} <= used


def test_questions_about_live_access_are_allowed(scenario):
    """Also where a role has a policy that AWS made; nothing stays unread."""
    scenario.run("apply", "--yes").expect(0)
    scenario.boto3("iam").attach_role_policy(RoleName="sagekeeper-team1",
                                             PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    question = ("ec2:CreateVpc", "--live")
    used = needed(scenario, "can", "user1@team1", *question, access="--read")
    assert {"iam:GetPolicy", "iam:GetPolicyVersion", "sagemaker:DescribeUserProfile"} <= used
    used |= needed(scenario, "who-can", *question, access="--read")
    used |= needed(scenario, "verify", "--live", access="--read", codes=(3,))
    used |= needed(scenario, "policy", "lint", "--live", access="--read", codes=(0, 2))
    assert used <= actions(policy(scenario, "--read"))


def test_reading_does_not_apply(scenario):
    """Every first call of a change is refused with the action's name, and nothing is there afterwards."""
    mark = scenario.cloud.mark()
    result = scenario.run("apply", "--yes", env=credentials(
        scenario, "reader", printed=policy(scenario, "--read"))).expect(4)
    assert "is not authorized to perform: iam:CreatePolicy on resource: arn:aws:iam::" in result.out
    assert "because no identity-based policy allows the iam:CreatePolicy action" in result.out
    refused = [item for item in scenario.cloud.requests(since=mark) if item["status"] == 403]
    assert refused and {item["operation"] for item in refused} == set(scenario.writes(since=mark))
    assert made(scenario) == []


#: What the first apply needs, besides what it only looks with.
FIRST_APPLY = ("iam:AttachRolePolicy", "iam:CreatePolicy", "iam:CreateRole", "iam:CreateServiceLinkedRole", "iam:PassRole",
               "iam:PutRolePolicy", "iam:TagPolicy", "iam:TagRole", "sagemaker:AddTags", "sagemaker:CreateDomain",
               "sagemaker:CreateUserProfile")
LOOKING = ("iam:GetAccountAuthorizationDetails", "iam:ListRoles", "sagemaker:ListDomains", "tag:GetResources")


@pytest.mark.parametrize("action", [*random.Random(4).sample(FIRST_APPLY, 4), *random.Random(5).sample(LOOKING, 1)])
def test_without_one_action(scenario, action):
    """The run names the action that is missing, and goes on from there when it is given."""
    whole = policy(scenario, "--write")
    less = copy.deepcopy(whole)
    for statement in less["Statement"]:
        statement["Action"] = [name for name in as_list(statement["Action"]) if name != action]
    less["Statement"] = [statement for statement in less["Statement"] if statement["Action"]]
    result = scenario.run("apply", "--yes", env=credentials(scenario, "lacking", printed=less)).expect(4)
    assert f"is not authorized to perform: {action} on resource: " in result.out
    assert f"because no identity-based policy allows the {action} action" in result.out
    scenario.run("apply", "--yes", env=credentials(scenario, "holder", printed=whole)).expect(0)
    assert len(scenario.profiles()) == 3
    assert scenario.plan(codes=(0,))["changes"] == []


def test_what_is_not_ours_is_not_allowed(scenario):
    """As the holder of the policy, past the program."""
    scenario.run("apply", "--yes").expect(0)
    found = scenario.run("permissions", "--write", "--output", "json").expect(0).json["policies"][0]["policy"]
    domain = scenario.domain_id()
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{domain}"
    env = credentials(scenario, "lacking", printed=found)
    holder = scenario.cloud.boto3("sagemaker", credentials={
        "access_key_id": env["AWS_ACCESS_KEY_ID"], "secret_access_key": env["AWS_SECRET_ACCESS_KEY"],
        "session_token": env["AWS_SESSION_TOKEN"]})
    holder.update_domain(DomainId=domain, TagPropagation="ENABLED")
    scenario.boto3("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": "sagekeeper:owner", "Value": "somebody"}])
    with pytest.raises(ClientError, match="AccessDenied.*sagemaker:DeleteDomain on resource: " + arn):
        holder.delete_domain(DomainId=domain)
    with pytest.raises(ClientError, match="AccessDenied.*sagemaker:AddTags on resource: " + arn):
        holder.add_tags(ResourceArn=arn, Tags=[{"Key": "sagekeeper:owner", "Value": "acme"}])


def test_guide_shows_the_quick_start(sagekeeper):  # noqa: F811
    """The policy for planning in docs/guide/permissions.md is the one that is printed."""
    page = (ROOT / "docs" / "guide" / "permissions.md").read_text()
    shown = page.split("```json\n")[1].split("```")[0]
    found = sagekeeper("permissions", "--read", str(ROOT / "manifests" / "quickstart")).expect(0)
    assert json.loads(shown) == json.loads(found.out)
