"""Only what carries both tags with its own address is ours."""

from __future__ import annotations

import json

import pytest

from e2e.support import DOMAIN

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}]})
COPIED = {
    "owner tag only": {"sagekeeper:owner": "acme"},
    "the address of another": {"sagekeeper:owner": "acme",
                               "sagekeeper:address": "iam_role/ml-dev/global/sagekeeper-team1"},
    "another owner": {"sagekeeper:owner": "umbrella"},
    "no tags": {},
}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@pytest.mark.parametrize("tags", COPIED.values(), ids=COPIED.keys())
def test_a_role_with_copied_tags_is_never_touched(applied, tags):
    applied.boto3("iam").create_role(RoleName="stray", AssumeRolePolicyDocument=TRUST, Tags=tag_list(tags))
    applied.mark = applied.cloud.mark()
    applied.run("apply", "--yes").expect(0)
    assert applied.writes() == []
    rows = applied.run("get", "iam_role", "stray", "--output", "json").expect(0).json
    assert [row["ownership"] for row in rows] == ["not ours"]


@pytest.mark.parametrize("tags", COPIED.values(), ids=COPIED.keys())
def test_a_profile_with_copied_tags_is_never_touched(applied, tags):
    domain = applied.domain_id()
    applied.boto3("sagemaker").create_user_profile(
        DomainId=domain, UserProfileName="stray", Tags=tag_list(tags))
    applied.cloud.wait_status(applied.boto3("sagemaker").describe_user_profile, DomainId=domain,
                              UserProfileName="stray")
    applied.mark = applied.cloud.mark()
    applied.run("apply", "--yes").expect(0)
    assert applied.writes() == []
    assert "stray" in applied.profiles()


def make_in_the_way(scenario, tags: dict[str, str]) -> None:
    scenario.boto3("iam").create_role(RoleName="sagekeeper-team1", AssumeRolePolicyDocument=TRUST,
                                      Path="/sagekeeper/acme/", Tags=tag_list(tags))
    scenario.mark = scenario.cloud.mark()


def test_a_role_in_the_way_blocks_and_is_reported(scenario):
    make_in_the_way(scenario, {})
    changes = scenario.changes()
    role = changes["iam_role/ml-dev/global/sagekeeper-team1"]
    assert role["action"] == "blocked" and "not ours" in role["reason"] and role["calls"] == []
    scenario.run("apply", "--yes").expect(2)
    assert scenario.roles()["sagekeeper-team1"]["Tags"] == {}
    assert scenario.roles()["sagekeeper-team1"]["Attached"] == []
    assert "user2-team2" in scenario.profiles()


def test_what_belongs_to_another_organization_is_refused_even_with_adopt(scenario):
    make_in_the_way(scenario, {"sagekeeper:owner": "umbrella",
                               "sagekeeper:address": "iam_role/ml-dev/global/sagekeeper-team1"})
    scenario.edit("teams/team1.yaml", "  executionRole:\n", "  executionRole:\n    adopt: true\n")
    role = scenario.changes()["iam_role/ml-dev/global/sagekeeper-team1"]
    assert role["action"] == "blocked" and "umbrella" in role["reason"]


def test_adoption_needs_an_approval_of_its_own_commit(scenario):
    make_in_the_way(scenario, {"Keep": "me"})
    scenario.edit("teams/team1.yaml", "  executionRole:\n", "  executionRole:\n    adopt: true\n")
    address = "iam_role/ml-dev/global/sagekeeper-team1"
    assert scenario.changes(codes=(3,))[address]["refused"] is True
    approval = ("apiVersion: sagekeeper/v1\nkind: Approval\nmetadata: {name: adopt-team1}\n"
                f"spec: {{address: {address}, action: adopt, reason: we made it by hand}}\n")
    scenario.write("approvals/adopt.yaml", approval)
    (scenario.repository / "README.md").write_text("changed in the same commit\n")
    scenario.commit("approve and change")
    result = scenario.run("apply", "--yes", "--approvals", "approvals").expect(3)
    assert "does not count" in result.out
    scenario.write("approvals/adopt.yaml", approval + "# reviewed\n")
    scenario.commit("approve")
    scenario.run("apply", "--yes", "--approvals", "approvals").expect(0)
    role = scenario.roles()["sagekeeper-team1"]
    assert role["Tags"]["sagekeeper:address"] == address
    assert len(role["Attached"]) == 4


def test_a_domain_is_deleted_only_with_an_approval(applied):
    text = (applied.repository / "domain.yaml").read_text()
    applied.write("second.yaml", text.replace("name: research", "name: second"))
    for name in ("teams/team1.yaml", "teams/team2.yaml", "users.yaml", "sign-in.yaml", "domain.yaml"):
        (applied.repository / name).unlink()
    applied.commit("move to a second domain")
    limits = ["--delete-limit", "100", "--delete-percent", "100"]
    applied.run("apply", "--yes", *limits).expect(3)
    old = applied.domain_id()
    applied.write("approvals/drop.yaml", "apiVersion: sagekeeper/v1\nkind: Approval\n"
                  "metadata: {name: drop}\n"
                  f"spec: {{address: {DOMAIN}, action: delete, reason: moved}}\n")
    applied.commit("approve the drop")
    applied.mark = applied.cloud.mark()
    applied.run("apply", "--yes", "--approvals", "approvals", *limits).expect(0)
    domains = applied.boto3("sagemaker").list_domains()["Domains"]
    assert [domain["DomainName"] for domain in domains] == ["second"]
    assert set(applied.roles()) == {"sagekeeper-second-default"}
    deletes = [request for request in applied.cloud.requests(since=applied.mark)
               if request["operation"] == "DeleteDomain" and request["status"] == 200]
    assert [request["input"] for request in deletes] == [
        {"DomainId": old, "RetentionPolicy": {"HomeEfsFileSystem": "Retain"}}]


def test_tags_lost_between_plan_and_delete_stop_the_delete(applied):
    """The tags are read again from the resource's own service right before the delete."""
    applied.edit("teams/team2.yaml", "    - user2\n", "")
    arn = applied.profiles()["user2-team2"]["UserProfileArn"]
    rule = applied.cloud.inject("hold", "ListTags", stage="receipt")
    process = applied.start("apply", "--yes")
    applied.cloud.wait_held(rule)
    applied.boto3("sagemaker").delete_tags(ResourceArn=arn, TagKeys=["sagekeeper:owner"])
    applied.cloud.release(rule)
    out, err = process.communicate(timeout=60)
    applied.check_sanitizers(err)
    assert process.returncode == 4, out + err
    assert "no longer ours" in out
    assert "user2-team2" in applied.profiles()
