"""Requests against the service models: what is refused, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloud.client import Cloud

from support import TRUST, refused, send, signed, text

USER = {"DomainId": "d-aaaaaaaaaaaa", "UserProfileName": "alice"}

#: case: (operation, input as JSON, error code, part of the message)
JSON_CASES: dict[str, tuple[str, Any, str, str]] = {
    "required": ("DescribeDomain", {}, "ValidationException",
                 "1 validation error detected: Value null at 'domainId' failed to satisfy constraint: "
                 "Member must not be null"),
    "null counts as absent": ("DescribeDomain", {"DomainId": None}, "ValidationException", "must not be null"),
    "pattern": ("DescribeUserProfile", USER | {"UserProfileName": "a_b"}, "ValidationException",
                "Value 'a_b' at 'userProfileName' failed to satisfy constraint: Member must satisfy regular "
                "expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"),
    "length": ("DescribeUserProfile", USER | {"UserProfileName": "a" * 64}, "ValidationException",
               "length less than or equal to 63"),
    "range above": ("ListDomains", {"MaxResults": 101}, "ValidationException",
                    "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"),
    "range below": ("ListDomains", {"MaxResults": 0}, "ValidationException", "greater than or equal to 1"),
    "enumeration": ("ListUserProfiles", {"SortOrder": "Up"}, "ValidationException",
                    "at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [Ascending, Descending]"),
    "deep member": ("UpdateUserProfile",
                    USER | {"UserSettings": {"JupyterLabAppSettings": {"CustomImages": [{"ImageName": "x"}]}}},
                    "ValidationException",
                    "at 'userSettings.jupyterLabAppSettings.customImages.1.member.appImageConfigName'"),
    "list too long": ("UpdateUserProfile", USER | {"UserSettings": {"SecurityGroups": ["sg-1"] * 6}},
                      "ValidationException", "at 'userSettings.securityGroups'"),
    "union with two members": ("UpdateUserProfile", USER | {"UserSettings": {"CustomFileSystemConfigs": [
        {"EFSFileSystemConfig": {"FileSystemId": "fs-01234567"}, "S3FileSystemConfig": {"S3Uri": "s3://b/k"}}]}},
        "ValidationException", "exactly one"),
    "two problems": ("DescribeUserProfile", {"UserProfileName": "_"}, "ValidationException", "2 validation errors detected"),
    "unknown member": ("DescribeDomain", {"DomainId": "d-aaaaaaaaaaaa", "DomainID": "x"}, "ValidationException",
                       "Unknown member at 'domainID'"),
    "unknown deep member": ("UpdateUserProfile", USER | {"UserSettings": {"Executionrole": "x"}},
                            "ValidationException", "Unknown member at 'userSettings.executionrole'"),
    "number for a string": ("DescribeDomain", {"DomainId": 5}, "SerializationException", "can not be converted to a String"),
    "string for a number": ("ListDomains", {"MaxResults": "5"}, "SerializationException", "maxResults"),
    "float for an integer": ("ListDomains", {"MaxResults": 5.5}, "SerializationException", "maxResults"),
    "list for a structure": ("UpdateUserProfile", USER | {"UserSettings": []}, "SerializationException", "structure"),
    "true for a number": ("ListDomains", {"MaxResults": True}, "SerializationException", "maxResults"),
    "not an object": ("ListDomains", [], "SerializationException", "JSON object"),
    "no such operation": ("ListCows", {}, "UnknownOperationException", "ListCows"),
}


@pytest.mark.parametrize("case", JSON_CASES)
def test_json_requests(cloud: Cloud, case: str) -> None:
    operation, value, code, part = JSON_CASES[case]
    status, body, _ = send(signed(cloud, "sagemaker", f"SageMaker.{operation}", json.dumps(value).encode()))
    answer = json.loads(body)
    assert (status, answer["__type"].split("#")[-1]) == (400, code), body
    assert part in answer["message"], body


@pytest.mark.parametrize("body, content_type, code", [
    (b"{", "application/x-amz-json-1.1", "SerializationException"),
    (b'{"NextToken": "\\ud800"}', "application/x-amz-json-1.1", "SerializationException"),
    (b"{}", "application/json", "UnknownOperationException"),
    (b"{}", "application/x-amz-json-1.0", "UnknownOperationException")])
def test_json_framing(cloud: Cloud, body: bytes, content_type: str, code: str) -> None:
    answer = send(signed(cloud, "sagemaker", "SageMaker.ListDomains", body, **{"Content-Type": content_type}))
    assert answer[0] == 400 and json.loads(answer[1])["__type"] == "com.amazon.coral.service#" + code


def test_empty_json_body_is_an_empty_input(cloud: Cloud) -> None:
    assert send(signed(cloud, "sagemaker", "SageMaker.ListDomains", b""))[0] == 200


#: case: (form fields of an IAM call, error code, part of the message)
FORM_CASES: dict[str, tuple[dict[str, str], str, str]] = {
    "required": ({"Action": "GetRole"}, "ValidationError", "Value null at 'roleName'"),
    "pattern": ({"Action": "GetRole", "RoleName": "a b"}, "ValidationError", "at 'roleName'"),
    "range": ({"Action": "ListRoles", "MaxItems": "1001"}, "ValidationError", "less than or equal to 1000"),
    "not a number": ({"Action": "ListRoles", "MaxItems": "many"}, "MalformedInput", "MaxItems"),
    "unknown field": ({"Action": "ListRoles", "PathPrefx": "/"}, "ValidationError", "Unknown member at 'PathPrefx'"),
    "ec2 style list": ({"Action": "TagRole", "RoleName": "r", "Tags.1.Key": "a", "Tags.1.Value": "b"},
                       "ValidationError", "'Tags.1.Key'"),
    "list with a hole": ({"Action": "TagRole", "RoleName": "r", "Tags.member.2.Key": "a", "Tags.member.2.Value": "b"},
                         "ValidationError", "'Tags.member.2.Key'"),
    "long session": ({"Action": "UpdateRole", "RoleName": "r", "MaxSessionDuration": "43201"}, "ValidationError",
                     "at 'maxSessionDuration'"),
    "no such action": ({"Action": "ListCows"}, "InvalidAction", "ListCows"),
}


@pytest.mark.parametrize("case", FORM_CASES)
def test_form_requests(cloud: Cloud, case: str) -> None:
    from urllib.parse import urlencode

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    fields, code, part = FORM_CASES[case]
    key = cloud.credentials()
    request = AWSRequest("POST", cloud.endpoint + "/", data=urlencode(fields | {"Version": "2010-05-08"}).encode(),
                         headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    SigV4Auth(Credentials(key["access_key_id"], key["secret_access_key"]), "iam", "us-east-1").add_auth(request)
    status, body, headers = send(request)
    assert status == 400 and f"<Code>{code}</Code>" in body, body
    assert part in body.replace("&#x27;", "'"), body
    assert headers["content-type"] == "text/xml" and "<Type>Sender</Type>" in body


def test_error_members_follow_the_model(cloud: Cloud) -> None:
    """ResourceNotFound carries Message; the undeclared ValidationException carries message."""
    body = json.dumps({"DomainId": "d-aaaaaaaaaaaa"}).encode()
    answer = json.loads(send(signed(cloud, "sagemaker", "SageMaker.DescribeDomain", body))[1])
    assert set(answer) == {"__type", "Message"} and answer["__type"] == "ResourceNotFound"


def test_what_is_not_implemented_is_loud(cloud: Cloud) -> None:
    from cloud.client import CloudError

    with refused("InternalFailure", "not implemented"):
        cloud.boto3("sts").get_federation_token(Name="bob")
    with pytest.raises(CloudError, match="sts:GetFederationToken"):
        cloud.check_health()
    cloud.control("DELETE", "requests")


def test_unicode_survives_both_protocols(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    tags = [{"Key": "Ключ", "Value": "größe = 5/7"}]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=text(TRUST), Description="a & b < ü", Tags=tags)
    role = iam.get_role(RoleName="r")["Role"]
    assert role["Description"] == "a & b < ü" and role["Tags"] == tags
    seeded = cloud.seed(1, prefix="u{n}")
    studio = cloud.boto3("sagemaker")
    studio.add_tags(ResourceArn=seeded["domain_arn"], Tags=tags)
    assert studio.list_tags(ResourceArn=seeded["domain_arn"])["Tags"] == tags
