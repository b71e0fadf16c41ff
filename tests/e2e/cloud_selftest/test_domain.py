"""Domains: what is made, what merges, what cannot change, what blocks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cloud.client import Cloud

from support import make_domain, make_profile, refused

BASE: dict[str, Any] = {"DomainName": "research", "AuthMode": "IAM", "VpcId": "vpc-1", "SubnetIds": ["subnet-1"],
                        "DefaultUserSettings": {}}


def test_what_a_create_answers_and_a_describe_shows(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker", "eu-west-1")
    made = studio.create_domain(**BASE | {"KmsKeyId": "alias/k"})
    assert re.fullmatch(r"d-[a-z0-9]{12}", made["DomainId"])
    assert made["DomainArn"] == f"arn:aws:sagemaker:eu-west-1:111111111111:domain/{made['DomainId']}"
    seen = studio.describe_domain(DomainId=made["DomainId"])
    assert seen["Status"] in ("Pending", "InService")
    assert re.fullmatch(r"fs-[0-9a-f]{17}", seen["HomeEfsFileSystemId"])
    assert seen["AppNetworkAccessType"] == "PublicInternetOnly" and seen["TagPropagation"] == "DISABLED"
    assert seen["KmsKeyId"] == seen["HomeEfsFileSystemKmsKeyId"] == "alias/k"
    assert seen["CreationTime"] <= seen["LastModifiedTime"] and "Tags" not in seen
    assert cloud.boto3("sagemaker", "us-east-1").list_domains()["Domains"] == []


@pytest.mark.parametrize("change, code, part", [
    ({"VpcId": None}, "ValidationException", "VpcId"),
    ({"SubnetIds": None}, "ValidationException", "SubnetIds"),
    ({"KmsKeyId": "a", "HomeEfsFileSystemKmsKeyId": "b"}, "ValidationException", "different values"),
    ({"DefaultUserSettings": {"AutoMountHomeEFS": "DefaultAsDomain"}}, "ValidationException", "AutoMountHomeEFS"),
    ({"DefaultSpaceSettings": {}}, "ValidationException", "ExecutionRole is required"),
    ({"DomainSettings": {"AmazonQSettings": {"Status": "ENABLED"}}}, "ValidationException", "AuthMode SSO"),
    ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "ValidationException", "Duplicate tag key"),
    ({"Tags": [{"Key": "aws:a", "Value": "1"}]}, "ValidationException", "aws:"),
    ({"DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::111111111111:role/none"}}, "ValidationException",
     "trust relationship"),
    ({"DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::222222222222:role/none"}}, "ValidationException",
     "Cross-account"),
])
def test_refused_creates(cloud: Cloud, change: dict[str, Any], code: str, part: str) -> None:
    members = {name: value for name, value in (BASE | change).items() if value is not None}
    with refused(code, part):
        cloud.boto3("sagemaker").create_domain(**members)
    assert cloud.boto3("sagemaker").list_domains()["Domains"] == []


def test_single_sign_on_domain(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud, AuthMode="SSO")
    seen = studio.describe_domain(DomainId=domain)
    assert seen["SingleSignOnApplicationArn"].startswith("arn:aws:sso::111111111111:application/")
    with refused("ValidationException", "SingleSignOnUserValue"):
        studio.create_user_profile(DomainId=domain, UserProfileName="alice")
    studio.create_user_profile(DomainId=domain, UserProfileName="alice", SingleSignOnUserIdentifier="UserName",
                               SingleSignOnUserValue="alice@example.com")
    shown = studio.describe_user_profile(DomainId=domain, UserProfileName="alice")
    assert shown["SingleSignOnUserValue"] == "alice@example.com"
    with refused("ValidationException", "AuthMode IAM"):
        studio.create_presigned_domain_url(DomainId=domain, UserProfileName="alice")


def test_update_merges(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    role = cloud.role("shared", services=["sagemaker.amazonaws.com"])
    domain = make_domain(cloud, DefaultSpaceSettings={"ExecutionRole": role},
                         DomainSettings={"SecurityGroupIds": ["sg-1"], "DockerSettings": {"EnableDockerAccess": "ENABLED"}})
    before = studio.describe_domain(DomainId=domain)
    studio.update_domain(
        DomainId=domain, TagPropagation="ENABLED",
        DefaultUserSettings={"SecurityGroups": ["sg-2"]}, DefaultSpaceSettings={"SecurityGroups": ["sg-3"]},
        DomainSettingsForUpdate={"SecurityGroupIds": [], "DockerSettings": {"RootlessDocker": "ENABLED"}})
    cloud.control("POST", "settle")
    after = studio.describe_domain(DomainId=domain)
    assert after["TagPropagation"] == "ENABLED"
    assert after["DefaultUserSettings"] == before["DefaultUserSettings"] | {"SecurityGroups": ["sg-2"]}
    assert after["DefaultSpaceSettings"] == {"ExecutionRole": role, "SecurityGroups": ["sg-3"]}
    assert after["DomainSettings"] == {"SecurityGroupIds": ["sg-1"], "DockerSettings": {
        "EnableDockerAccess": "ENABLED", "RootlessDocker": "ENABLED"}}
    assert after["LastModifiedTime"] > before["LastModifiedTime"] and after["CreationTime"] == before["CreationTime"]


@pytest.mark.parametrize("change, part", [
    ({"VpcId": "vpc-2"}, "VpcId"),
    ({"HomeEfsFileSystemCreation": "Disabled"}, "HomeEfsFileSystemCreation"),
    ({"DefaultUserSettings": {"AutoMountHomeEFS": "DefaultAsDomain"}}, "AutoMountHomeEFS"),
])
def test_refused_updates(cloud: Cloud, change: dict[str, Any], part: str) -> None:
    domain = make_domain(cloud)
    with refused("ValidationException", part):
        cloud.boto3("sagemaker").update_domain(DomainId=domain, **change)
    assert cloud.boto3("sagemaker").describe_domain(DomainId=domain)["Status"] == "InService"


def test_file_system_can_be_added_later(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud, HomeEfsFileSystemCreation="Disabled")
    assert "HomeEfsFileSystemId" not in studio.describe_domain(DomainId=domain)
    studio.update_domain(DomainId=domain, HomeEfsFileSystemCreation="Enabled")
    assert "HomeEfsFileSystemId" in studio.describe_domain(DomainId=domain)


def test_running_apps_fix_the_network(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud, SubnetIds=["subnet-1", "subnet-2"])
    make_profile(cloud, domain)
    app = {"DomainId": domain, "UserProfileName": "alice", "AppType": "JupyterServer", "AppName": "default"}
    studio.create_app(**app)
    cloud.control("POST", "settle")
    for change in ({"AppNetworkAccessType": "VpcOnly"}, {"SubnetIds": ["subnet-1"]},
                   {"DomainSettingsForUpdate": {"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"}}):
        with refused("ResourceInUse", "App(s) are running"):
            studio.update_domain(DomainId=domain, **change)
    studio.update_domain(DomainId=domain, SubnetIds=["subnet-1", "subnet-2", "subnet-3"])
    studio.delete_app(**app)
    cloud.control("POST", "settle")
    studio.update_domain(DomainId=domain, AppNetworkAccessType="VpcOnly", SubnetIds=["subnet-1"])
    assert studio.describe_domain(DomainId=domain)["AppNetworkAccessType"] == "VpcOnly"


def test_dependants_block_the_delete(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    make_profile(cloud, domain)
    with refused("ResourceInUse", "UserProfile(s) are associated"):
        studio.delete_domain(DomainId=domain)
    studio.delete_user_profile(DomainId=domain, UserProfileName="alice")
    with refused("ResourceInUse", "UserProfile(s) are associated"):
        studio.delete_domain(DomainId=domain)
    cloud.control("POST", "settle")
    studio.delete_domain(DomainId=domain, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    cloud.control("POST", "settle")
    with refused("ResourceNotFound", domain):
        studio.describe_domain(DomainId=domain)


def test_names_may_repeat_unless_told_otherwise(cloud: Cloud) -> None:
    make_domain(cloud)
    make_domain(cloud)
    cloud.set(unique_domain_names=True)
    with refused("ResourceInUse", "research"):
        make_domain(cloud)


def test_quota_counts_failed_domains(cloud: Cloud) -> None:
    cloud.set(quota={"domains": 1})
    cloud.fail_next("domain", "create", reason="no capacity")
    domain = make_domain(cloud)
    seen = cloud.boto3("sagemaker").describe_domain(DomainId=domain)
    assert (seen["Status"], seen["FailureReason"]) == ("Failed", "no capacity")
    with refused("ResourceLimitExceeded", "is 1 Domains"):
        make_domain(cloud)
    cloud.boto3("sagemaker").delete_domain(DomainId=domain)
    cloud.control("POST", "settle")
    make_domain(cloud)


def test_network_can_be_checked(cloud: Cloud) -> None:
    ec2 = cloud.boto3("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    cloud.set(check_network=True)
    studio = cloud.boto3("sagemaker")
    for change, part in (({}, "vpc-1"), ({"VpcId": vpc}, "subnet-1"),
                         ({"VpcId": vpc, "SubnetIds": [subnet], "DefaultUserSettings": {"SecurityGroups": ["sg-0"]}}, "sg-0")):
        with refused("ValidationException", part, "does not exist"):
            studio.create_domain(**BASE | change)
    studio.create_domain(**BASE | {"VpcId": vpc, "SubnetIds": [subnet], "DefaultUserSettings": {"SecurityGroups": [group]}})
