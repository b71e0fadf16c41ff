"""What several of these tests need: documents, a domain that is ready, refusals, raw requests."""

from __future__ import annotations

import http.client
import json
from contextlib import contextmanager
from typing import Any, Iterator
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from cloud.client import Cloud

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
ALLOW_S3 = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
OTHER = "222222222222"


def text(document: Any) -> str:
    return json.dumps(document)


def trust_aws(*principals: str, **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


@contextmanager
def refused(code: str, *parts: str) -> Iterator[None]:
    """The block must be answered with this error code, and these parts in its message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    for part in parts:
        assert part in error["Message"], error


def make_role(cloud: Cloud, name: str = "team", **fields: Any) -> str:
    role = cloud.boto3("iam").create_role(RoleName=name, AssumeRolePolicyDocument=text(TRUST), **fields)
    return str(role["Role"]["Arn"])


def make_domain(cloud: Cloud, region: str = "us-east-1", **fields: Any) -> str:
    """A domain in service, whatever the settle time is; its id."""
    studio = cloud.boto3("sagemaker", region)
    role = cloud.role("domain-role", services=["sagemaker.amazonaws.com"])
    members = {"DomainName": "research", "AuthMode": "IAM", "VpcId": "vpc-1", "SubnetIds": ["subnet-1"],
               "DefaultUserSettings": {"ExecutionRole": role}} | fields
    domain_id = str(studio.create_domain(**members)["DomainId"])
    cloud.control("POST", "settle")
    return domain_id


def make_profile(cloud: Cloud, domain_id: str, name: str = "alice", **fields: Any) -> str:
    """A profile in service; its ARN."""
    arn = cloud.boto3("sagemaker").create_user_profile(DomainId=domain_id, UserProfileName=name, **fields)["UserProfileArn"]
    cloud.control("POST", "settle")
    return str(arn)


def signed(cloud: Cloud, service: str, target: str, body: bytes = b"{}", region: str = "us-east-1",
           key: dict[str, Any] | None = None, **headers: str) -> AWSRequest:
    """A JSON request signed by botocore, to be spoilt before it is sent."""
    key = key or cloud.credentials()
    head = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target} | headers
    request = AWSRequest("POST", cloud.endpoint + "/", data=body, headers=head)
    SigV4Auth(Credentials(key["access_key_id"], key["secret_access_key"], key.get("session_token") or None),
              service, region).add_auth(request)
    return request


def send(request: AWSRequest) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of a request sent exactly as it is."""
    parts = urlsplit(request.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(request.method, parts.path, body=request.data, headers=dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {key.lower(): value for key, value in answer.getheaders()}
    finally:
        connection.close()
