"""Sessions: across accounts, with every check of the trust policy."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cloud.client import Cloud

from support import OTHER, refused, text, trust_aws

HOME = "111111111111"


def _assume(cloud: Cloud, arn: str, account: str | None = None, credentials: dict[str, Any] | None = None,
            **fields: Any) -> dict[str, Any]:
    made = cloud.boto3("sts", account=account, credentials=credentials).assume_role(
        RoleArn=arn, **{"RoleSessionName": "sagekeeper-abc123"} | fields)
    key = made["Credentials"]
    return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"],
            "session_token": key["SessionToken"], "answer": made}


def _keys(session: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in session.items() if name != "answer"}


def test_session_in_another_account(cloud: Cloud) -> None:
    arn = cloud.role("controller", OTHER, trusted_accounts=[HOME], path="/sk/")
    session = _assume(cloud, arn)
    user = session["answer"]["AssumedRoleUser"]
    assert user["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/controller/sagekeeper-abc123"
    identity = cloud.boto3("sts", credentials=_keys(session)).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (OTHER, user["Arn"])
    assert identity["UserId"] == user["AssumedRoleId"] and identity["UserId"].startswith("AROA")
    cloud.boto3("iam", credentials=_keys(session)).create_user(UserName="there")
    assert cloud.boto3("iam").list_users()["Users"] == []
    assert [user["UserName"] for user in cloud.boto3("iam", account=OTHER).list_users()["Users"]] == ["there"]
    logged = cloud.requests(operation="CreateUser")[0]
    assert (logged["account"], logged["session_name"]) == (OTHER, "sagekeeper-abc123")


@pytest.mark.parametrize("role, ask", [
    ({"trusted_accounts": ["333333333333"]}, {}),
    ({"trusted_accounts": [HOME], "external_id": "right"}, {}),
    ({"trusted_accounts": [HOME], "external_id": "right"}, {"ExternalId": "wrong"}),
    ({"services": ["sagemaker.amazonaws.com"]}, {}),
    ({"trust": trust_aws(f"arn:aws:iam::{HOME}:root")}, {"Tags": [{"Key": "a", "Value": "b"}]}),
    ({"trust": trust_aws(f"arn:aws:iam::{HOME}:root")}, {"SourceIdentity": "alice"}),
    ({"trust": trust_aws("*", StringLike={"sts:RoleSessionName": "ops-*"})}, {}),
    ({"trust": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}]}}, {}),
])
def test_refused_by_the_trust_policy(cloud: Cloud, role: dict[str, Any], ask: dict[str, Any]) -> None:
    arn = cloud.role("r", OTHER, **role)
    with refused("AccessDenied", "not authorized to perform: sts:", arn):
        _assume(cloud, arn, **ask)


@pytest.mark.parametrize("role, ask", [
    ({"trusted_accounts": [HOME], "external_id": "right"}, {"ExternalId": "right"}),
    ({"trusted_accounts": [HOME]}, {"Tags": [{"Key": "a", "Value": "b"}], "SourceIdentity": "alice"}),
    ({"trust": trust_aws("*", StringLike={"sts:RoleSessionName": "sagekeeper-*"})}, {}),
    ({"trust": trust_aws("*", StringNotEquals={"aws:PrincipalAccount": "3"}, Null={"sts:ExternalId": "true"})}, {}),
])
def test_allowed_by_the_trust_policy(cloud: Cloud, role: dict[str, Any], ask: dict[str, Any]) -> None:
    session = _assume(cloud, cloud.role("r", OTHER, **role), **ask)
    assert session["answer"].get("SourceIdentity") == ask.get("SourceIdentity")


def test_missing_role_reads_as_denied(cloud: Cloud) -> None:
    with refused("AccessDenied"):
        _assume(cloud, f"arn:aws:iam::{OTHER}:role/none")


def test_fresh_role_reads_as_denied_until_it_spread(cloud: Cloud) -> None:
    cloud.set(iam_visibility_ms=30_000)
    arn = cloud.boto3("iam").create_role(RoleName="r", AssumeRolePolicyDocument=text(trust_aws(HOME)))["Role"]["Arn"]
    with refused("AccessDenied"):
        _assume(cloud, arn)
    cloud.clock(advance=31)
    _assume(cloud, arn)


def test_durations(cloud: Cloud) -> None:
    arn = cloud.role("r", max_session_duration=7200)
    session = _assume(cloud, arn, DurationSeconds=7200)
    life = session["answer"]["Credentials"]["Expiration"].timestamp() - cloud.control("GET", "health")["time"]
    assert life == pytest.approx(7200, abs=5)
    with refused("ValidationError", "MaxSessionDuration"):
        _assume(cloud, arn, DurationSeconds=7201)
    with refused("ValidationError", "durationSeconds"):
        cloud.boto3("sts", parameter_validation=False).assume_role(RoleArn=arn, RoleSessionName="ss", DurationSeconds=899)
    with refused("ValidationError", "role chaining"):
        _assume(cloud, arn, credentials=_keys(session), DurationSeconds=3601)
    _assume(cloud, arn, credentials=_keys(session), DurationSeconds=3600)


def test_sessions_can_be_made_short(cloud: Cloud) -> None:
    cloud.set(session_seconds=60)
    session = _keys(_assume(cloud, cloud.role("r")))
    cloud.clock(advance=30)
    cloud.boto3("sts", credentials=session).get_caller_identity()
    cloud.clock(advance=31)
    with refused("ExpiredToken"):
        cloud.boto3("iam", credentials=session).list_roles()


def test_chained_trust_names_the_role(cloud: Cloud) -> None:
    first = cloud.role("first")
    second = cloud.role("second", OTHER, trust=trust_aws(first))
    with refused("AccessDenied"):
        _assume(cloud, second)
    _assume(cloud, second, credentials=_keys(_assume(cloud, first)))


@pytest.mark.parametrize("name", ["a", "a b", "x" * 65])
def test_session_names(cloud: Cloud, name: str) -> None:
    with refused("ValidationError", "roleSessionName"):
        cloud.boto3("sts", parameter_validation=False).assume_role(RoleArn=cloud.role("r"), RoleSessionName=name)


def _token(**claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


def test_web_identity_needs_no_signature(cloud: Cloud) -> None:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    issuer = "oidc.example.com/id/1"
    arn = cloud.role("pod", trust={"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": f"arn:aws:iam::{HOME}:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:sub": "system:serviceaccount:ns:sagekeeper",
                                       f"{issuer}:aud": "sts.amazonaws.com"}}}]})
    sts = boto3.client("sts", endpoint_url=cloud.endpoint, region_name="us-east-1", config=Config(signature_version=UNSIGNED))
    ask = {"RoleArn": arn, "RoleSessionName": "pod1"}
    claims = {"iss": "https://" + issuer, "sub": "system:serviceaccount:ns:sagekeeper", "aud": ["sts.amazonaws.com"]}
    made = sts.assume_role_with_web_identity(**ask, WebIdentityToken=_token(**claims))
    assert made["AssumedRoleUser"]["Arn"].endswith(":assumed-role/pod/pod1")
    for wrong, code in ((_token(**claims | {"sub": "system:other"}), "AccessDenied"),
                        (_token(**claims | {"iss": "https://evil"}), "AccessDenied"),
                        (_token(**claims | {"exp": 1}), "ExpiredTokenException"), ("nonsense", "InvalidIdentityToken")):
        with refused(code):
            sts.assume_role_with_web_identity(**ask, WebIdentityToken=wrong)
    with refused("MissingAuthenticationToken"):
        sts.assume_role(**ask)


def test_session_token_of_a_user(cloud: Cloud) -> None:
    key = cloud.boto3("sts").get_session_token(DurationSeconds=900)["Credentials"]
    session = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"],
               "session_token": key["SessionToken"]}
    assert cloud.boto3("sts", credentials=session).get_caller_identity()["Arn"] == f"arn:aws:iam::{HOME}:root"
