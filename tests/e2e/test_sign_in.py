"""The kinds SignIn and Guardrail, and the further roles of teams, from nothing to gone: boto3 judges."""

from __future__ import annotations

import json

import pytest

from e2e.estate import Estate, at, tag_map
from e2e.support import ACCOUNT

PATH = "sagekeeper/acme/"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{PATH}"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{PATH}"
VPC = "vpc-0123456789abcdef0"
NETWORK = {"vpcs": [VPC], "vpcRanges": ["10.20.0.0/16"], "publicRanges": ["198.51.100.0/24"]}
MOST = {"Version": "2012-10-17", "Statement": {"Sid": "Most", "Effect": "Allow", "Action": "*", "Resource": "*"}}


@pytest.fixture
def estate(cloud, tmp_path):
    cloud.set(settle_ms=0)
    estate = Estate(cloud, tmp_path)
    estate.domain()
    estate.team("fraud", "alice")
    estate.write("policies/most.json", json.dumps(MOST))
    return estate


def statements(estate: Estate, policy: str) -> dict[str, dict]:
    """The statements of a managed policy by Sid, as AWS has them."""
    iam = estate.boto3("iam")
    version = iam.get_policy(PolicyArn=POLICY_ARN + policy)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=POLICY_ARN + policy, VersionId=version)["PolicyVersion"]["Document"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def trust(estate: Estate, role: str) -> dict[str, dict]:
    document = estate.boto3("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_a_saml_sign_in_from_nothing_to_gone(estate):
    sign_in = estate.declare(
        "SignIn", "staff", domain="research", saml={"provider": "okta"}, sessionTags=["CostCenter"], network=NETWORK,
        role={"sessionDuration": 43200, "description": "People"}, tags={"CostCenter": "4700"})
    estate.apply()
    role = estate.roles()["sagekeeper-staff-sign-in"]
    assert role["MaxSessionDuration"] == 43200 and role["Description"] == "People"
    assert role["Attached"] == [f"{POLICY_ARN}staff-own-profile-only-federated-v1",
                                f"{POLICY_ARN}staff-presign-from-network-v1"]
    assert role["Tags"]["CostCenter"] == "4700" and role["Tags"]["sagekeeper:source"] == "SignIn/staff"
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"}
    said = trust(estate, "sagekeeper-staff-sign-in")
    assert said["SignIn"]["Principal"] == said["TagSession"]["Principal"] == provider
    assert (said["SignIn"]["Action"], said["TagSession"]["Action"]) == ("sts:AssumeRoleWithSAML", "sts:TagSession")
    assert said["SignIn"]["Condition"]["StringEquals"] == {"SAML:aud": "https://signin.aws.amazon.com/saml"}
    assert at(said["TagSession"], "Condition.ForAllValues:StringEquals") == dict.fromkeys(
        ("aws:TagKeys", "sts:TransitiveTagKeys"), ["studiouserid", "CostCenter"])
    own = statements(estate, "staff-own-profile-only-federated-v1")["OpenOwnProfile"]
    assert own["Condition"] == {"StringEquals": {"aws:ResourceTag/studiouserid": "${aws:PrincipalTag/studiouserid}"}}
    door = statements(estate, "staff-presign-from-network-v1")
    assert at(door["OutsideVpc"], "Condition.StringNotEquals.aws:SourceVpc") == [VPC]
    assert at(door["OutsideVpcRange"], "Condition.NotIpAddress.aws:VpcSourceIp") == ["10.20.0.0/16"]
    assert at(door["OutsidePublicRange"], "Condition.NotIpAddress.aws:SourceIp") == ["198.51.100.0/24"]
    estate.nothing_left()

    sign_in["network"] = {"publicRanges": ["198.51.100.0/24"]}
    assert [operation for operation, _ in estate.apply()] == ["CreatePolicyVersion"]
    door = statements(estate, "staff-presign-from-network-v1")
    assert at(door["OutsideVpc"], "Condition.StringNotEquals.aws:SourceVpc") == ["vpc-none"], "no endpoint at all"

    estate.withdraw("SignIn", "staff")
    estate.apply()
    assert "sagekeeper-staff-sign-in" not in estate.roles()
    assert not [name for name in estate.policies() if name.startswith("staff-")]
    estate.nothing_left()


def test_an_openid_connect_sign_in(estate):
    estate.declare("SignIn", "partners", domain="research", network=NETWORK,
                   oidc={"issuer": "login.example.com/oauth2", "audience": "studio"})
    estate.apply()
    said = trust(estate, "sagekeeper-partners-sign-in")["SignIn"]
    assert said["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/login.example.com/oauth2"}
    assert said["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert said["Condition"]["StringEquals"] == {"login.example.com/oauth2:aud": "studio"}


def test_iam_users_get_policies_and_are_left_alone(estate):
    iam = estate.boto3("iam")
    iam.create_user(UserName="alice")
    estate.declare("SignIn", "staff", domain="research", users=["alice"], network=NETWORK)
    calls = estate.apply()
    assert {operation for operation, _ in calls} == {"CreatePolicy", "CreateRole", "AttachRolePolicy", "CreateDomain",
                                                     "CreateUserProfile"}
    own = statements(estate, "staff-own-profile-only-user-v1")["OpenOwnProfile"]
    assert own["Condition"] == {"StringEquals": {"aws:ResourceTag/studiouserid": "${aws:username}"}}
    assert "staff-presign-from-network-v1" in estate.policies()
    assert "sagekeeper-staff-sign-in" not in estate.roles()
    assert iam.list_attached_user_policies(UserName="alice")["AttachedPolicies"] == []
    [said] = [row for row in estate.plan(codes=(0,))["diagnostics"]]
    assert said["code"] == "not-yet" and "does not attach them to IAM users" in said["message"]


def test_a_boundary_is_made_before_the_roles_that_name_it_and_goes_after_them(estate):
    estate.declare("Guardrail", "studio", type="boundary", policies=["most.json", "guard-instance-types@1"],
                   parameters={"instanceTypes": ["ml.t3.*"]}, tags={"CostCenter": "4700"})
    role = {"permissionsBoundary": {"guardrail": "studio"}}
    estate.team("fraud", "alice", role=role)
    calls = estate.apply()
    names = [(operation, given.get("PolicyName") or given.get("RoleName")) for operation, given in calls]
    assert names.index(("CreatePolicy", "guardrail-studio")) < names.index(("CreateRole", "sagekeeper-fraud"))
    boundary = f"{POLICY_ARN}guardrail-studio"
    made = estate.roles()["sagekeeper-fraud"]
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert set(statements(estate, "guardrail-studio")) == {"Most", "InstanceTypes"}
    tags = tag_map(estate.boto3("iam").list_policy_tags(PolicyArn=boundary)["Tags"])
    assert tags["CostCenter"] == "4700" and tags["sagekeeper:source"] == "Guardrail/studio"
    estate.nothing_left()

    estate.documents["Guardrail", "studio"]["parameters"] = {"instanceTypes": ["ml.t3.*", "ml.m5.large"]}
    assert [operation for operation, _ in estate.apply()] == ["CreatePolicyVersion"]

    role["permissionsBoundary"] = None
    estate.withdraw("Guardrail", "studio")
    assert [operation for operation, _ in estate.apply()][0] == "DeleteRolePermissionsBoundary"
    assert "guardrail-studio" not in estate.policies()
    assert "PermissionsBoundary" not in estate.boto3("iam").get_role(RoleName="sagekeeper-fraud")["Role"]
    estate.nothing_left()


def test_what_is_not_attached_is_said_by_every_command(estate):
    estate.declare("Guardrail", "platform", type="scp", policies=["guard-vpc-only-domains@1"],
                   targets=[{"organizationalUnit": "ou-ab12-34567890"}])
    estate.save()
    words = "this version does not attach policies of type 'scp'"
    assert words in estate.run("validate").expect(0).out
    assert words in estate.run("plan").expect(2).err
    assert words in estate.run("plan", "--output", "markdown").expect(2).out
    assert [row["code"] for row in estate.plan()["diagnostics"]] == ["not-yet"]
    estate.apply()
    assert words in estate.result.err
    estate.nothing_left()


def test_a_team_passes_its_further_roles_and_no_others(estate):
    estate.team("fraud", "alice", role={"policies": ["studio-developer@1", "studio-supporting-services@1"]},
                roles={"training": {"policies": ["studio-supporting-services@1"], "tags": {"Use": "jobs"}}},
                data={"buckets": ["acme-fraud-data"]})
    estate.apply()
    training = estate.roles()["sagekeeper-fraud-training"]
    assert training["Tags"]["Team"] == "fraud" and training["Tags"]["Use"] == "jobs"
    assert training["Attached"] == [f"{POLICY_ARN}fraud-training-studio-supporting-services-v1"]
    [passing] = [statement for statement in statements(estate, "fraud-studio-developer-v1").values()
                 if statement["Effect"] == "Allow" and statement["Action"] == "iam:PassRole"]
    assert passing["Resource"] == [f"{ROLE_ARN}sagekeeper-fraud", f"{ROLE_ARN}sagekeeper-fraud-training"]
    for policy in ("fraud-studio-supporting-services-v1", "fraud-training-studio-supporting-services-v1"):
        assert "arn:aws:s3:::acme-fraud-data/*" in json.dumps(statements(estate, policy))
    estate.team("fraud", "alice", role={"policies": ["studio-developer@1"]})
    estate.apply()
    assert "sagekeeper-fraud-training" not in estate.roles()
    estate.nothing_left()
