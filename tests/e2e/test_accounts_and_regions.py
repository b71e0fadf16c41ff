"""Two accounts and two regions with different data under the same names."""

from __future__ import annotations

import pytest

from e2e.support import Scenario

DEV, PROD = "123456789012", "210987654321"
HUB = "111111111111"

ORGANIZATION = """
apiVersion: sagekeeper/v1
kind: Organization
metadata: {name: acme}
spec:
  accounts:
    - {name: ml-dev, id: "123456789012", roleArn: "arn:aws:iam::123456789012:role/keeper", externalId: dev-7781,
       regions: [us-east-1, eu-central-1]}
    - {name: ml-prod, id: "210987654321", roleArn: "arn:aws:iam::210987654321:role/keeper", externalId: prod-7781,
       regions: [us-east-1]}
"""
DOMAIN = """
apiVersion: sagekeeper/v1
kind: Domain
metadata: {name: %(name)s}
spec:
  domainName: research
  account: %(account)s
  region: %(region)s
  appNetworkAccessType: VpcOnly
  vpcId: vpc-0123456789abcdef0
  subnetIds: [subnet-0123456789abcdef0]
  securityGroupIds: [sg-0123456789abcdef0]
"""
TEAM = """
apiVersion: sagekeeper/v1
kind: Team
metadata: {name: %(team)s}
spec:
  domain: %(domain)s
  members: [user1]
  executionRole: {policies: [studio-read-only@1]}
"""
PLACES = [("dev-us", "ml-dev", "us-east-1", "fraud"), ("dev-eu", "ml-dev", "eu-central-1", "credit"),
          ("prod-us", "ml-prod", "us-east-1", "live")]


@pytest.fixture
def estate(cloud, tmp_path):
    scenario = Scenario(cloud, tmp_path, account=HUB)
    for path in scenario.repository.rglob("*.yaml"):
        path.unlink()
    scenario.write("organization.yaml", ORGANIZATION)
    for name, account, region, team in PLACES:
        scenario.write(f"{name}.yaml", DOMAIN % {"name": name, "account": account, "region": region}
                       + "---" + TEAM % {"team": team, "domain": name})
    scenario.commit("three domains of one name")
    for account, external_id in ((DEV, "dev-7781"), (PROD, "prod-7781")):
        cloud.role("keeper", account=account, trusted=HUB, external_id=external_id)
    return scenario


def profiles(scenario, account, region):
    client = scenario.cloud.boto3("sagemaker", region=region, account=account)
    return sorted(item["UserProfileName"] for item in client.list_user_profiles()["UserProfiles"])


def test_the_plan_covers_all_and_apply_puts_each_thing_in_its_place(estate):
    estate.run("apply", "--yes").expect(0)
    assert profiles(estate, DEV, "us-east-1") == ["user1-fraud"]
    assert profiles(estate, DEV, "eu-central-1") == ["user1-credit"]
    assert profiles(estate, PROD, "us-east-1") == ["user1-live"]
    assert profiles(estate, HUB, "us-east-1") == []
    assert estate.plan(codes=(0,))["changes"] == []


def test_sessions_and_user_agents_carry_the_commit(estate):
    estate.run("apply", "--yes").expect(0)
    commit = estate.git("rev-parse", "HEAD")
    requests = [request for request in estate.cloud.requests() if request["operation"] == "CreateUserProfile"]
    assert requests
    for request in requests:
        assert request["session_name"] == f"sagekeeper-{commit[:12]}"
        assert f"commit/{commit[:12]}" in request["user_agent"]


def test_one_account_failing_leaves_the_others_applied(estate):
    estate.cloud.inject("fail", "*", occurrence="every", account=PROD, code="AccessDeniedException", status=400,
                        message="denied")
    result = estate.run("apply", "--yes").expect(4)
    assert "ml-prod" in result.out
    assert profiles(estate, DEV, "us-east-1") == ["user1-fraud"]
    assert profiles(estate, DEV, "eu-central-1") == ["user1-credit"]
    estate.cloud.clear_faults()
    assert profiles(estate, PROD, "us-east-1") == []
    estate.run("apply", "--yes").expect(0)
    assert profiles(estate, PROD, "us-east-1") == ["user1-live"]


def test_credentials_of_another_account_are_refused_before_any_other_call(estate):
    """Without a role to assume the ambient credentials are asked whose they are."""
    estate.edit("organization.yaml", ' roleArn: "arn:aws:iam::210987654321:role/keeper", externalId: prod-7781,', "")
    mark = estate.cloud.mark()
    result = estate.run("plan").expect(4)
    assert HUB in result.out and PROD in result.out
    in_wrong_account = {request["operation"] for request in estate.cloud.requests(since=mark)
                        if request["account"] == HUB}
    assert in_wrong_account <= {"AssumeRole", "GetCallerIdentity"}


def test_a_role_of_another_account_is_an_error_of_the_manifest(estate):
    estate.edit("organization.yaml", 'ml-prod, id: "210987654321"', 'ml-prod, id: "210987654329"')
    result = estate.run("plan").expect(1)
    assert "organization.yaml:9:52" in result.err
    assert estate.cloud.requests() == []


def test_a_wrong_external_id_is_contained(estate):
    estate.edit("organization.yaml", "prod-7781", "prod-0000")
    result = estate.run("apply", "--yes").expect(4)
    assert "ml-prod" in result.out
    assert profiles(estate, DEV, "us-east-1") == ["user1-fraud"]


def test_only_the_chosen_account_is_looked_at(estate):
    mark = estate.cloud.mark()
    estate.run("apply", "--yes", "--account", "ml-prod").expect(0)
    assert {request["account"] for request in estate.cloud.requests(since=mark)} <= {PROD, HUB}
    assert profiles(estate, PROD, "us-east-1") == ["user1-live"]
    assert profiles(estate, DEV, "us-east-1") == []
    estate.run("plan", "--account", "nowhere").expect(64)
