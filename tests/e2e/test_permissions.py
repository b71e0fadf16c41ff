"""`permissions`: the printed documents, and every request of whole runs against them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authorization import Authorizer, allows, as_list, need
from e2e.support import ACCOUNT, REGION, ROOT
from e2e.test_command_line import manifests, sagekeeper  # noqa: F401

ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/fraud"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/guardrails/studio-boundary"


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


def test_the_boundary_of_the_organization(sagekeeper, manifests):  # noqa: F811
    def policy() -> dict[str, Any]:
        return printed(sagekeeper, str(manifests))["policies"][0]["policy"]

    def create(**keys: str) -> bool:
        return allows(policy(), need("iam:CreateRole", ROLE, **{"aws:RequestTag/sagekeeper:owner": "acme"}, **keys))

    assert create() and "iam:DeleteRolePermissionsBoundary" in actions(policy())
    organization = manifests / "organization.yaml"
    text = organization.read_text()
    assert "\n  defaults:\n" in text
    organization.write_text(text.replace(
        "\n  defaults:\n", "\n  defaults:\n    permissionsBoundary: guardrails/studio-boundary\n"))
    assert create(**{"iam:PermissionsBoundary": BOUNDARY})
    assert not create() and not create(**{"iam:PermissionsBoundary": BOUNDARY + "2"})
    assert "iam:DeleteRolePermissionsBoundary" not in actions(policy())


@pytest.mark.parametrize("flags", [[], ["--read", "--write"]])
def test_either_read_or_write(sagekeeper, manifests, flags):  # noqa: F811
    assert "either --read or --write" in sagekeeper("permissions", *flags, str(manifests)).expect(64).err


def test_faulty_manifests(sagekeeper, manifests):  # noqa: F811
    (manifests / "users.yaml").write_text("kind: Nothing\n")
    result = sagekeeper("permissions", "--read", str(manifests)).expect(1)
    assert "users.yaml:1:" in result.err and result.out == ""


# whole runs


class Follower:
    """Checks requests of the log against the documents that are printed for the manifests as they are."""

    def __init__(self, scenario) -> None:
        self.scenario = scenario
        self.authorizer = Authorizer(ACCOUNT)

    def policy(self, access: str) -> dict[str, Any]:
        return printed(self.scenario.run, access=access)["policies"][0]["policy"]

    def check(self, *command: str, access: str = "--write", codes: tuple[int, ...] = (0,)) -> set[str]:
        """Runs the command; returns the actions that it needed."""
        policy = self.policy(access)
        mark = self.scenario.cloud.mark()
        self.scenario.run(*command).expect(*codes)
        used = set()
        for request in self.scenario.cloud.requests(since=mark):
            for item in self.authorizer.needs(request["service"], request["operation"], request["region"],
                                              request["input"]):
                assert allows(policy, item), (command, request["operation"], item)
                used.add(item.action)
        return used


@pytest.fixture
def follower(scenario):
    return Follower(scenario)


def test_a_life_is_allowed(scenario, follower):
    """From an empty account through change and removal; planning needs no more than --read."""
    reading = follower.check("plan", access="--read", codes=(2,))
    used = follower.check("apply", "--yes")
    assert {"sagemaker:CreateDomain", "iam:CreateRole", "iam:PassRole", "iam:AttachRolePolicy"} <= used
    reading |= follower.check("plan", access="--read")
    reading |= follower.check("drift", access="--read")
    reading |= follower.check("get", access="--read")
    # Only spaces that are declared are described.
    assert actions(follower.policy("--read")) - reading == {"sagemaker:DescribeSpace"}
    scenario.edit("teams/team1.yaml", "CostCenter:", "CostCentre:")
    used = follower.check("apply", "--yes")
    assert {"iam:TagRole", "iam:UntagRole", "sagemaker:AddTags", "sagemaker:DeleteTags"} <= used
    scenario.remove("teams/team2.yaml")
    used = follower.check("apply", "--yes", "--delete-percent", "100")
    assert {"sagemaker:DeleteUserProfile", "sagemaker:ListTags", "iam:DeleteRole", "iam:DeletePolicy",
            "iam:DetachRolePolicy"} <= used


def test_what_is_not_ours_is_not_allowed(scenario, follower):
    scenario.run("apply", "--yes").expect(0)
    policy = follower.policy("--write")
    domain = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{scenario.domain_id()}"
    tags = {f"aws:ResourceTag/{key}": value for key, value in scenario.tags(domain).items()}
    assert allows(policy, need("sagemaker:DeleteDomain", domain, **tags))
    tags["aws:ResourceTag/sagekeeper:owner"] = "somebody"
    assert not allows(policy, need("sagemaker:DeleteDomain", domain, **tags))


def test_guide_shows_the_quick_start(sagekeeper):  # noqa: F811
    """The policy for planning in docs/guide/permissions.md is the one that is printed."""
    page = (ROOT / "docs" / "guide" / "permissions.md").read_text()
    shown = page.split("```json\n")[1].split("```")[0]
    found = sagekeeper("permissions", "--read", str(ROOT / "manifests" / "quickstart")).expect(0)
    assert json.loads(shown) == json.loads(found.out)
