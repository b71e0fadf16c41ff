"""IAM roles and what they carry."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.awsrequest import AWSRequest

from cloud.client import Cloud

from support import ALLOW_S3, OTHER, TRUST, make_role, refused, text, trust_aws


def _raw(cloud: Cloud, **fields: str) -> str:
    """The XML of an IAM answer, as it is on the wire."""
    from urllib.parse import urlencode

    from botocore.auth import SigV4Auth
    from botocore.credentials import Credentials

    from support import send

    key = cloud.credentials()
    request = AWSRequest("POST", cloud.endpoint + "/", data=urlencode({"Version": "2010-05-08"} | fields).encode(),
                         headers={"Content-Type": "application/x-www-form-urlencoded"})
    SigV4Auth(Credentials(key["access_key_id"], key["secret_access_key"]), "iam", "us-east-1").add_auth(request)
    return send(request)[1]


def test_documents_are_url_encoded_on_the_wire(cloud: Cloud) -> None:
    make_role(cloud)
    cloud.boto3("iam").put_role_policy(RoleName="team", PolicyName="p", PolicyDocument=text(ALLOW_S3))
    for fields, member in (({"Action": "GetRole", "RoleName": "team"}, "AssumeRolePolicyDocument"),
                           ({"Action": "ListRoles"}, "AssumeRolePolicyDocument"),
                           ({"Action": "GetRolePolicy", "RoleName": "team", "PolicyName": "p"}, "PolicyDocument"),
                           ({"Action": "GetAccountAuthorizationDetails"}, "PolicyDocument")):
        encoded = re.findall(rf"<{member}>([^<]*)</{member}>", _raw(cloud, **fields))[0]
        assert re.fullmatch(r"[A-Za-z0-9%._~-]+", encoded) and "%7B" in encoded
        assert json.loads(unquote(encoded))["Version"] == "2012-10-17"


def test_role_as_created_read_and_listed(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=text(ALLOW_S3))["Policy"]["Arn"]
    made = iam.create_role(RoleName="Team", Path="/sk/", AssumeRolePolicyDocument=text(TRUST), Description="d",
                           MaxSessionDuration=7200, PermissionsBoundary=boundary, Tags=[{"Key": "k", "Value": "v"}])["Role"]
    assert made["Arn"] == "arn:aws:iam::111111111111:role/sk/Team" and made["RoleId"].startswith("AROA")
    seen = iam.get_role(RoleName="Team")["Role"]
    assert seen["PermissionsBoundary"] == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
    assert seen["Tags"] == [{"Key": "k", "Value": "v"}] and seen["MaxSessionDuration"] == 7200
    assert seen["AssumeRolePolicyDocument"] == TRUST
    listed = iam.list_roles(PathPrefix="/sk/")["Roles"][0]
    assert listed["Description"] == "d" and listed["MaxSessionDuration"] == 7200
    assert not listed.keys() & {"Tags", "PermissionsBoundary", "RoleLastUsed"}
    assert iam.list_roles(PathPrefix="/other/")["Roles"] == []


def test_names_are_unique_without_case(cloud: Cloud) -> None:
    make_role(cloud, "Team")
    with refused("EntityAlreadyExists", "TEAM"):
        make_role(cloud, "TEAM", Path="/elsewhere/")
    with refused("NoSuchEntity"):
        cloud.boto3("iam").get_role(RoleName="none")


def test_update_role_is_not_a_patch_of_the_duration(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    make_role(cloud, Description="old", MaxSessionDuration=7200)
    iam.update_role(RoleName="team", MaxSessionDuration=10800)
    assert iam.get_role(RoleName="team")["Role"]["Description"] == "old"
    iam.update_role(RoleName="team", Description="")
    seen = iam.get_role(RoleName="team")["Role"]
    assert "Description" not in seen and seen["MaxSessionDuration"] == 3600


@pytest.mark.parametrize("document, code, part", [
    ("{", "MalformedPolicyDocument", "Syntax"),
    (text({"Version": "2012-10-17", "Statement": []}), "MalformedPolicyDocument", "Syntax"),
    (text({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}),
     "MalformedPolicyDocument", "Principal"),
    (text({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}),
     "MalformedPolicyDocument", "sts:AssumeRole"),
    (text(trust_aws("arn:aws:iam::111111111111:role/none")), "MalformedPolicyDocument", "Invalid principal in policy"),
    (text(trust_aws("arn:aws:iam::222222222222:user/none")), "MalformedPolicyDocument", "Invalid principal in policy"),
    (text(trust_aws("nonsense")), "MalformedPolicyDocument", "Invalid principal in policy"),
    (text({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker"}, "Action": "sts:AssumeRole"}]}),
     "MalformedPolicyDocument", "Invalid principal in policy"),
    (text({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"aws:SourceAccount": ["1" * 12] * 200}}}]}), "LimitExceeded", "2048"),
])
def test_refused_trust_policies(cloud: Cloud, document: str, code: str, part: str) -> None:
    iam = cloud.boto3("iam")
    with refused(code, part):
        iam.create_role(RoleName="new", AssumeRolePolicyDocument=document)
    make_role(cloud)
    with refused(code, part):
        iam.update_assume_role_policy(RoleName="team", PolicyDocument=document)
    assert iam.get_role(RoleName="team")["Role"]["AssumeRolePolicyDocument"] == TRUST


def test_account_principal_reads_back_as_root(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=text(trust_aws(OTHER)))
    principal = iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert principal == {"AWS": [f"arn:aws:iam::{OTHER}:root"]}


def test_principal_of_a_deleted_role_reads_back_as_its_id(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    arn = make_role(cloud, "caller")
    unique = iam.get_role(RoleName="caller")["Role"]["RoleId"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=text(trust_aws(arn)))

    def principal() -> Any:
        document = iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]
        listed = iam.list_roles()["Roles"][-1]["AssumeRolePolicyDocument"]
        assert document == listed
        return document["Statement"][0]["Principal"]["AWS"]

    assert principal() == [arn]
    iam.delete_role(RoleName="caller")
    assert principal() == [unique]
    make_role(cloud, "caller")
    assert principal() == [unique]
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=text(trust_aws(arn)))
    assert principal() == [arn]


def test_inline_policies(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    make_role(cloud)
    iam.put_role_policy(RoleName="team", PolicyName="a", PolicyDocument=text(ALLOW_S3))
    big = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/" + "x" * 5000]}]}
    iam.put_role_policy(RoleName="team", PolicyName="b", PolicyDocument=json.dumps(big, indent=400))
    iam.put_role_policy(RoleName="team", PolicyName="b", PolicyDocument=text(big))
    with refused("LimitExceeded", "10240"):
        iam.put_role_policy(RoleName="team", PolicyName="c", PolicyDocument=text(big))
    assert iam.list_role_policies(RoleName="team")["PolicyNames"] == ["a", "b"]
    assert iam.get_role_policy(RoleName="team", PolicyName="a")["PolicyDocument"] == ALLOW_S3
    iam.delete_role_policy(RoleName="team", PolicyName="b")
    for call in (iam.get_role_policy, iam.delete_role_policy):
        with refused("NoSuchEntity"):
            call(RoleName="team", PolicyName="b")


def test_attachments(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    make_role(cloud)
    own = iam.create_policy(PolicyName="own", PolicyDocument=text(ALLOW_S3))["Policy"]["Arn"]
    aws = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    for arn in (own, aws, own):
        iam.attach_role_policy(RoleName="team", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="team")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AmazonSageMakerFullAccess", "own"]
    assert iam.get_policy(PolicyArn=own)["Policy"]["AttachmentCount"] == 1
    for arn in (own + "x", "arn:aws:iam::aws:policy/NoSuchPolicy"):
        with refused("NoSuchEntity", "does not exist or is not attachable"):
            iam.attach_role_policy(RoleName="team", PolicyArn=arn)
    cloud.set(quota={"policies_per_role": 2})
    with refused("LimitExceeded", "PoliciesPerRole: 2"):
        iam.attach_role_policy(RoleName="team", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.detach_role_policy(RoleName="team", PolicyArn=own)
    with refused("NoSuchEntity", "was not found"):
        iam.detach_role_policy(RoleName="team", PolicyArn=own)


def test_delete_needs_an_empty_role(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    make_role(cloud)
    policy = iam.create_policy(PolicyName="p", PolicyDocument=text(ALLOW_S3))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="team", PolicyArn=policy)
    iam.put_role_policy(RoleName="team", PolicyName="a", PolicyDocument=text(ALLOW_S3))
    iam.create_instance_profile(InstanceProfileName="i")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="team")
    for part, undo in (("instance profile", lambda: iam.remove_role_from_instance_profile(
                           InstanceProfileName="i", RoleName="team")),
                       ("detach all policies", lambda: iam.detach_role_policy(RoleName="team", PolicyArn=policy)),
                       ("delete policies", lambda: iam.delete_role_policy(RoleName="team", PolicyName="a"))):
        with refused("DeleteConflict", part):
            iam.delete_role(RoleName="team")
        undo()
    iam.delete_role(RoleName="team")
    with refused("NoSuchEntity"):
        iam.delete_role(RoleName="team")


def test_boundary(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    make_role(cloud)
    policy = iam.create_policy(PolicyName="p", PolicyDocument=text(ALLOW_S3))["Policy"]["Arn"]
    with refused("NoSuchEntity", "does not exist or is not attachable"):
        iam.put_role_permissions_boundary(RoleName="team", PermissionsBoundary=policy + "x")
    iam.put_role_permissions_boundary(RoleName="team", PermissionsBoundary=policy)
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    used = iam.list_entities_for_policy(PolicyArn=policy, PolicyUsageFilter="PermissionsBoundary")
    assert [role["RoleName"] for role in used["PolicyRoles"]] == ["team"]
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=policy)
    iam.delete_role_permissions_boundary(RoleName="team")
    with refused("NoSuchEntity"):
        iam.delete_role_permissions_boundary(RoleName="team")
    iam.delete_policy(PolicyArn=policy)


def test_role_tags_are_unique_without_case(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    make_role(cloud, Tags=[{"Key": "Team", "Value": "1"}])
    iam.tag_role(RoleName="team", Tags=[{"Key": "TEAM", "Value": "2"}, {"Key": "b", "Value": ""}])
    assert iam.list_role_tags(RoleName="team")["Tags"] == [{"Key": "TEAM", "Value": "2"}, {"Key": "b", "Value": ""}]
    with refused("InvalidInput", "Duplicate"):
        iam.tag_role(RoleName="team", Tags=[{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}])
    iam.untag_role(RoleName="team", TagKeys=["team"])
    assert iam.list_role_tags(RoleName="team")["Tags"] == [{"Key": "b", "Value": ""}]
    iam.tag_role(RoleName="team", Tags=[{"Key": f"k{n}", "Value": ""} for n in range(49)])
    with refused("LimitExceeded"):
        iam.tag_role(RoleName="team", Tags=[{"Key": "more", "Value": ""}])


def test_service_linked_roles_belong_to_aws(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    name = iam.create_service_linked_role(AWSServiceName="sagemaker.amazonaws.com")["Role"]["RoleName"]
    assert name.startswith("AWSServiceRoleFor")
    cloud.role("AWSReservedSSO_Admin_0123456789abcdef", path="/aws-reserved/sso.amazonaws.com/")
    for role in (name, "AWSReservedSSO_Admin_0123456789abcdef"):
        for call in (lambda: iam.delete_role(RoleName=role), lambda: iam.update_role(RoleName=role),
                     lambda: iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "b"}]),
                     lambda: iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=text(ALLOW_S3)),
                     lambda: iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")):
            with refused("UnmodifiableEntity", role):
                call()
    with refused("InvalidInput", "reserved"):
        make_role(cloud, "mine", Path="/aws-service-role/x.amazonaws.com/")


def test_role_pages_and_quota(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    for number in range(7):
        cloud.role(f"Role{number}")
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["Roles"]) for page in pages] == [3, 3, 1]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    cloud.set(iam_page_limit=2)
    first = iam.list_roles(MaxItems=1000)
    assert len(first["Roles"]) == 2 and first["IsTruncated"]
    for marker in ("x", first["Marker"] + "A"):
        with refused("ValidationError", "Marker"):
            iam.list_roles(Marker=marker)
    with refused("ValidationError", "Marker"):
        iam.list_roles(Marker=first["Marker"], PathPrefix="/other/")
    cloud.set(quota={"roles": 7})
    with refused("LimitExceeded", "RolesPerAccount"):
        make_role(cloud)
