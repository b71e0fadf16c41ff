"""What seldom happens: keys, RStudio, boundaries, instance profiles, adoption. With the common life of
an estate this makes every call that the program can make, which the run as a restricted role needs."""

from __future__ import annotations

import json
import shutil

import pytest

from e2e.estate import Estate
from e2e.support import ACCOUNT, REGION

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000001"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/guardrails/studio-boundary"
OPEN = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
DOMAIN = f"sagemaker_domain/ml-dev/{REGION}/research"


@pytest.fixture
def estate(cloud, tmp_path):
    cloud.set(settle_ms=0)
    return Estate(cloud, tmp_path)


def test_a_domain_with_a_key_and_rstudio(estate):
    """Made with its encrypted file system and RStudio's app in our name; later RStudio moves."""
    role = estate.cloud.role("rstudio", account=ACCOUNT, services=["sagemaker.amazonaws.com"])

    def rstudio(url):
        estate.domain(kmsKeyId=KEY, domainSettings={"RStudioServerProDomainSettings": {
            "DomainExecutionRoleArn": role, "RStudioConnectUrl": url}})

    rstudio("https://one.example.com")
    estate.apply()
    sagemaker, domain = estate.boto3("sagemaker"), estate.domain_id()
    assert sagemaker.describe_domain(DomainId=domain)["KmsKeyId"] == KEY
    rstudio("https://two.example.com")
    assert [operation for operation, _ in estate.apply()] == ["UpdateDomain"]
    settings = sagemaker.describe_domain(DomainId=domain)["DomainSettings"]["RStudioServerProDomainSettings"]
    assert settings == {"DomainExecutionRoleArn": role, "RStudioConnectUrl": "https://two.example.com"}
    estate.nothing_left()


def test_under_the_boundary_of_the_organization(estate):
    """Roles are made, changed and taken away with it; one that somebody exchanged is put back."""
    iam = estate.boto3("iam")
    for name in ("studio-boundary", "wider"):
        iam.create_policy(PolicyName=name, Path="/guardrails/", PolicyDocument=OPEN)
    estate.documents["Organization", "acme"]["defaults"] = {"permissionsBoundary": "guardrails/studio-boundary"}
    estate.domain()
    for name in ("get", "put"):
        estate.policy(name, f"s3:{name.title()}Object")
    estate.team("fraud", "alice", role={"policies": ["get.json"], "inlinePolicies": {"mine": "get.json"}})
    estate.apply()
    roles = estate.roles()
    assert {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in roles.values()} == {BOUNDARY}
    iam.put_role_permissions_boundary(RoleName="sagekeeper-fraud",
                                      PermissionsBoundary=BOUNDARY.replace("studio-boundary", "wider"))
    estate.team("fraud", "alice", role={"policies": ["put.json"], "inlinePolicies": {"mine": "put.json"}})
    estate.apply()
    role = estate.roles()["sagekeeper-fraud"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert role["Attached"] == [f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/fraud-put"]
    estate.withdraw("Team", "fraud")
    estate.team("credit")
    estate.apply()
    assert set(estate.roles()) == {"sagekeeper-credit", "sagekeeper-research-default"}
    estate.nothing_left()


def test_a_role_that_was_put_into_an_instance_profile(estate):
    estate.domain()
    estate.team("fraud")
    estate.team("credit")
    estate.apply()
    iam = estate.boto3("iam")
    iam.create_instance_profile(InstanceProfileName="box", Path="/elsewhere/")
    iam.add_role_to_instance_profile(InstanceProfileName="box", RoleName="sagekeeper-fraud")
    estate.withdraw("Team", "fraud")
    assert "RemoveRoleFromInstanceProfile" in [operation for operation, _ in estate.apply()]
    assert iam.get_instance_profile(InstanceProfileName="box")["InstanceProfile"]["Roles"] == []
    assert "sagekeeper-fraud" not in estate.roles()


def adopt(estate, address, arn):
    """Applies with an approval; the tags that nobody declares are gone then, and ours are there."""
    estate.save()
    estate.write("approvals/adopt.yaml", json.dumps({
        "apiVersion": "sagekeeper/v1", "kind": "Approval", "metadata": {"name": "adopt"},
        "spec": {"address": address, "action": "adopt", "reason": "made by hand once"}}))
    estate.commit("approve")
    estate.run("apply", "--yes", "--approvals", "approvals").expect(0)
    tags = estate.tags(arn)
    assert tags["sagekeeper:address"] == address and "Who" not in tags
    estate.nothing_left()


def test_a_domain_of_others_is_adopted(estate):
    role = estate.cloud.role("theirs", account=ACCOUNT, services=["sagemaker.amazonaws.com"])
    arn = estate.cloud.seed(0, account=ACCOUNT, domain_name="research", domain_tags={"Who": "knows"}, domain_settings={
        "VpcId": "vpc-0123456789abcdef0", "SubnetIds": ["subnet-0123456789abcdef0"],
        "DefaultUserSettings": {"ExecutionRole": role}})["domain_arn"]
    estate.domain(adopt=True)
    adopt(estate, DOMAIN, arn)


def test_a_shared_space_of_others_is_adopted(estate):
    estate.domain(defaultSpaceSettings={})
    estate.team("fraud", "alice")
    estate.apply()
    arn = estate.boto3("sagemaker").create_space(
        DomainId=estate.domain_id(), SpaceName="lab", OwnershipSettings={"OwnerUserProfileName": "alice-fraud"},
        SpaceSharingSettings={"SharingType": "Shared"}, SpaceSettings={"AppType": "JupyterLab"},
        Tags=[{"Key": "Who", "Value": "knows"}])["SpaceArn"]
    estate.team("fraud", "alice", spaces=[{
        "name": "lab", "owner": "alice", "adopt": True, "settings": {"AppType": "JupyterLab"}}])
    adopt(estate, DOMAIN.replace("_domain", "_space") + "/lab", arn)


@pytest.mark.parametrize("operation", ["DeleteRole", "DeleteUserProfile"])
def test_a_delete_whose_answer_was_lost(estate, operation):
    """Repeated, it is denied to who may delete only what is under our path or carries our tag: what is gone
    has neither. So the next cycle looks."""
    estate.domain()
    estate.team("fraud", "alice")
    estate.team("credit")
    estate.apply()
    estate.withdraw("Team", "fraud")
    rule = estate.cloud.inject("drop_after", operation)
    estate.apply("--delete-percent", "100")
    assert estate.cloud.fault(rule)["fired"] == 1
    assert estate.profiles() == {} and "sagekeeper-fraud" not in estate.roles()
    estate.nothing_left()


def test_tags_that_the_tagging_api_does_not_show(estate):
    """It lags, or does not know the type: what we made is ours all the same, for each run, and what is not is not."""
    estate.cloud.set(tagging_visibility_ms=3_600_000, tagging_lacks_policies=True)
    estate.domain(defaultSpaceSettings={})
    estate.policy("get", "s3:GetObject")
    estate.team("fraud", "alice", role={"policies": ["get.json"]}, spaces=[{"name": "lab", "owner": "alice"}])
    made = [operation for operation, _ in estate.apply() if operation.startswith("Create")]
    assert sorted(made) == ["CreateDomain", "CreatePolicy", "CreatePolicy", "CreateRole", "CreateRole", "CreateSpace",
                            "CreateUserProfile"]
    estate.nothing_left()
    shutil.rmtree(estate.state)  # the journal does not know either what is young
    estate.nothing_left()
    sagemaker, domain = estate.boto3("sagemaker"), estate.domain_id()
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="bob-fraud")
    estate.team("fraud", "alice", "bob", role={"policies": ["get.json"]}, spaces=[{"name": "lab", "owner": "alice"}])
    estate.save()
    assert "a user profile of this name exists and is not ours" in estate.run("plan").expect(2).out
    arn = sagemaker.describe_user_profile(DomainId=domain, UserProfileName="alice-fraud")["UserProfileArn"]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["sagekeeper:owner"])
    assert estate.run("plan").expect(2).out.count("is not ours") == 2
