"""IAM managed policies, and the bulk read of an account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloud.client import Cloud

from support import ALLOW_S3, TRUST, make_role, refused, text

GAAD_ROLE_MEMBERS = {"Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument", "InstanceProfileList",
                     "RolePolicyList", "AttachedManagedPolicies", "PermissionsBoundary", "Tags", "RoleLastUsed"}


def _policy(cloud: Cloud, name: str = "p", **fields: Any) -> str:
    made = cloud.boto3("iam").create_policy(PolicyName=name, PolicyDocument=text(ALLOW_S3), **fields)
    return str(made["Policy"]["Arn"])


def _document(resource: str) -> str:
    return text({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resource}]})


def test_policy_as_created_read_and_listed(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    arn = _policy(cloud, Path="/sk/", Description="d", Tags=[{"Key": "k", "Value": "v"}])
    assert arn == "arn:aws:iam::111111111111:policy/sk/p"
    seen = iam.get_policy(PolicyArn=arn)["Policy"]
    assert seen["Description"] == "d" and seen["Tags"] == [{"Key": "k", "Value": "v"}]
    assert (seen["DefaultVersionId"], seen["AttachmentCount"], seen["IsAttachable"]) == ("v1", 0, True)
    listed = iam.list_policies(Scope="Local")["Policies"]
    assert [policy["Arn"] for policy in listed] == [arn]
    assert not listed[0].keys() & {"Description", "Tags"}
    assert len(iam.list_policies(Scope="AWS", MaxItems=1000)["Policies"]) == 1000
    for name in ("p", "P"):
        with refused("EntityAlreadyExists", name):
            _policy(cloud, name, Path="/other/")


def test_five_versions(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    arn = _policy(cloud)
    before = iam.get_policy(PolicyArn=arn)["Policy"]["UpdateDate"]
    for number in range(2, 6):
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=_document(f"arn:aws:s3:::b{number}"),
                                         SetAsDefault=number == 4)["PolicyVersion"]
        assert made["VersionId"] == f"v{number}" and made["IsDefaultVersion"] == (number == 4)
    with refused("LimitExceeded", "up to 5 versions"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text(ALLOW_S3))
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [item["VersionId"] for item in versions] == ["v5", "v4", "v3", "v2", "v1"]
    assert [item["VersionId"] for item in versions if item["IsDefaultVersion"]] == ["v4"]
    with refused("DeleteConflict", "default version"):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v4")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=text(ALLOW_S3))["PolicyVersion"]["VersionId"] == "v6"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    seen = iam.get_policy(PolicyArn=arn)["Policy"]
    assert seen["DefaultVersionId"] == "v2" and seen["UpdateDate"] >= before
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Resource"] == "arn:aws:s3:::b2"
    for call in (iam.get_policy_version, iam.delete_policy_version, iam.set_default_policy_version):
        with refused("NoSuchEntity", "v1"):
            call(PolicyArn=arn, VersionId="v1")


def test_delete_needs_an_unused_policy(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    make_role(cloud)
    arn = _policy(cloud)
    iam.attach_role_policy(RoleName="team", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=text(ALLOW_S3))
    with refused("DeleteConflict", "attached to entities"):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_role_policy(RoleName="team", PolicyArn=arn)
    with refused("DeleteConflict", "more than one version"):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity"):
        iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize("document, code, part", [
    ("{}", "MalformedPolicyDocument", "Syntax"),
    (text({"Version": "2008-10-17", "Statement": ALLOW_S3["Statement"]}), "MalformedPolicyDocument", "2012-10-17"),
    (text({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}), "MalformedPolicyDocument",
     "resources"),
    (text({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "get", "Resource": "*"}]}),
     "MalformedPolicyDocument", "vendor"),
    (text({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}]}), "MalformedPolicyDocument", "principal"),
    (_document("arn:aws:s3:::" + "x" * 6144), "LimitExceeded", "PolicySize: 6144"),
])
def test_refused_documents(cloud: Cloud, document: str, code: str, part: str) -> None:
    iam = cloud.boto3("iam")
    with refused(code, part):
        iam.create_policy(PolicyName="p", PolicyDocument=document)
    arn = _policy(cloud)
    with refused(code, part):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)


def test_white_space_does_not_count(cloud: Cloud) -> None:
    document = json.loads(_document("arn:aws:s3:::" + "x" * 6000))
    cloud.boto3("iam").create_policy(PolicyName="p", PolicyDocument=json.dumps(document, indent=40))


def test_policies_of_aws_cannot_be_changed(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PolicyName"] == "ReadOnlyAccess"
    with refused("AccessDenied"):
        iam.delete_policy(PolicyArn=arn)


def _account(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    policy = _policy(cloud, "own", Description="d", Tags=[{"Key": "k", "Value": "v"}])
    iam.create_role(RoleName="full", AssumeRolePolicyDocument=text(TRUST), Description="d", MaxSessionDuration=7200,
                    PermissionsBoundary=policy, Tags=[{"Key": "k", "Value": "v"}])
    iam.attach_role_policy(RoleName="full", PolicyArn=policy)
    iam.put_role_policy(RoleName="full", PolicyName="inline", PolicyDocument=text(ALLOW_S3))
    iam.create_instance_profile(InstanceProfileName="ip")
    iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="full")
    iam.create_group(GroupName="g")
    iam.create_user(UserName="u", Tags=[{"Key": "k", "Value": "v"}])
    iam.add_user_to_group(GroupName="g", UserName="u")
    iam.put_user_policy(UserName="u", PolicyName="inline", PolicyDocument=text(ALLOW_S3))
    iam.attach_group_policy(GroupName="g", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")


def test_bulk_read_has_and_lacks_what_aws_documents(cloud: Cloud) -> None:
    _account(cloud)
    details = cloud.boto3("iam").get_account_authorization_details(Filter=["Role", "LocalManagedPolicy", "User", "Group"])
    role, policy = details["RoleDetailList"][0], details["Policies"][0]
    assert role.keys() == GAAD_ROLE_MEMBERS
    assert role["AttachedManagedPolicies"] == [{"PolicyName": "own", "PolicyArn": policy["Arn"]}]
    assert role["RolePolicyList"] == [{"PolicyName": "inline", "PolicyDocument": ALLOW_S3}]
    assert role["InstanceProfileList"][0]["Roles"][0]["RoleName"] == "full"
    assert "Tags" not in policy and policy["Description"] == "d"
    assert (policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]) == (1, 1)
    assert policy["PolicyVersionList"][0]["Document"] == ALLOW_S3
    user, group = details["UserDetailList"][0], details["GroupDetailList"][0]
    assert user["GroupList"] == ["g"] and user["UserPolicyList"][0]["PolicyName"] == "inline"
    assert user["Tags"] == [{"Key": "k", "Value": "v"}]
    assert group["AttachedManagedPolicies"][0]["PolicyName"] == "ReadOnlyAccess"


@pytest.mark.parametrize("wanted, counts", [
    (["Role"], (0, 0, 1, 0)), (["User"], (1, 0, 0, 0)), (["Group"], (0, 1, 0, 0)), (["LocalManagedPolicy"], (0, 0, 0, 1)),
    (["Role", "LocalManagedPolicy"], (0, 0, 1, 1))])
def test_bulk_read_filters(cloud: Cloud, wanted: list[str], counts: tuple[int, ...]) -> None:
    _account(cloud)
    details = cloud.boto3("iam").get_account_authorization_details(Filter=wanted)
    assert tuple(len(details[name]) for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")) == counts


def test_bulk_read_in_short_pages(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    for number in range(12):
        cloud.role(f"role{number}")
        _policy(cloud, f"policy{number}")
    cloud.set(iam_page_limit=5)
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["Role", "LocalManagedPolicy"], PaginationConfig={"PageSize": 1000}))
    assert [len(page["RoleDetailList"]) + len(page["Policies"]) for page in pages] == [5, 5, 5, 5, 4]
    assert len({role["Arn"] for page in pages for role in page["RoleDetailList"]}) == 12
    assert len({policy["Arn"] for page in pages for policy in page["Policies"]}) == 12


def test_accounts_are_apart(cloud: Cloud) -> None:
    _policy(cloud)
    other = cloud.boto3("iam", account="222222222222")
    assert other.list_policies(Scope="Local")["Policies"] == []
    assert other.create_policy(PolicyName="p", PolicyDocument=text(ALLOW_S3))["Policy"]["Arn"].split(":")[4] == "222222222222"
    with refused("NoSuchEntity"):
        other.get_policy(PolicyArn="arn:aws:iam::111111111111:policy/p")


def test_policy_tags(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    arn = _policy(cloud, Tags=[{"Key": "a", "Value": "1"}])
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "A", "Value": "2"}, {"Key": "b", "Value": "3"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["B"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "A", "Value": "2"}]
