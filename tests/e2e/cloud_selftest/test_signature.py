"""Who may call: every way in which a signature can be wrong, in both protocol families."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest
from botocore.awsrequest import AWSRequest

from cloud.client import Cloud, wait_until

from support import OTHER, refused, send, signed

TARGET = "SageMaker.ListDomains"


def _replace(header: str, old: str, new: str) -> Callable[[AWSRequest], None]:
    def change(request: AWSRequest) -> None:
        value = request.headers[header]
        assert old in value
        del request.headers[header]
        request.headers[header] = value.replace(old, new)

    return change


def _drop(header: str) -> Callable[[AWSRequest], None]:
    def change(request: AWSRequest) -> None:
        del request.headers[header]

    return change


def _add(header: str, value: str) -> Callable[[AWSRequest], None]:
    def change(request: AWSRequest) -> None:
        request.headers[header] = value

    return change


def _body(request: AWSRequest) -> None:
    request.data = b'{"MaxResults": 5}'


SPOILT: dict[str, tuple[Callable[[AWSRequest], None], str]] = {
    "body changed after signing": (_body, "InvalidSignatureException"),
    "target changed after signing": (_replace("X-Amz-Target", "ListDomains", "ListApps"), "InvalidSignatureException"),
    "no authorization": (_drop("Authorization"), "MissingAuthenticationTokenException"),
    "other scheme": (_replace("Authorization", "AWS4-HMAC-SHA256", "Bearer"), "IncompleteSignatureException"),
    "unknown key": (_replace("Authorization", "Credential=AKIA", "Credential=AKIB"), "UnrecognizedClientException"),
    "unsigned amz header": (_add("X-Amz-Extra", "1"), "InvalidSignatureException"),
    "content type not signed": (_replace("Authorization", "content-type;", ""), "InvalidSignatureException"),
    "scope of other region": (_replace("Authorization", "/us-east-1/", "/eu-west-1/"), "InvalidSignatureException"),
    "scope without region": (_replace("Authorization", "/us-east-1/", "/nowhere/"), "InvalidSignatureException"),
    "scope of other date": (_replace("X-Amz-Date", "202", "192"), "InvalidSignatureException"),
    "no date": (_drop("X-Amz-Date"), "InvalidSignatureException"),
    "token with a long-lived key": (_add("X-Amz-Security-Token", "x"), "InvalidSignatureException"),
    "wrong body hash header": (_add("X-Amz-Content-Sha256", "0" * 64), "InvalidSignatureException"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_requests_are_refused(cloud: Cloud, case: str) -> None:
    spoil, code = SPOILT[case]
    request = signed(cloud, "sagemaker", TARGET)
    spoil(request)
    status, body, _ = send(request)
    assert status == 400 and json.loads(body)["__type"] == code, body


def test_good_signature_is_accepted(cloud: Cloud) -> None:
    status, body, _ = send(signed(cloud, "sagemaker", TARGET))
    assert (status, json.loads(body)) == (200, {"Domains": []})


@pytest.mark.parametrize("service", ["api.sagemaker", "iam", "tagging"])
def test_scope_of_another_service_is_refused(cloud: Cloud, service: str) -> None:
    status, body, _ = send(signed(cloud, service, TARGET))
    assert status == 400 and "correct service: 'sagemaker'" in body


def test_wrong_secret(cloud: Cloud) -> None:
    wrong = cloud.credentials() | {"secret_access_key": "wrong"}
    with refused("SignatureDoesNotMatch", "does not match"):
        cloud.boto3("iam", credentials=wrong).list_roles()
    with refused("SignatureDoesNotMatch"):
        cloud.boto3("sts", credentials=wrong).get_caller_identity()
    with refused("InvalidSignatureException"):
        cloud.boto3("sagemaker", credentials=wrong).list_domains()
    with refused("SignatureDoesNotMatch"):
        cloud.boto3("ec2", credentials=wrong).describe_vpcs()


def test_unknown_key(cloud: Cloud) -> None:
    unknown = {"access_key_id": "AKIANOBODYNOBODYNOBO", "secret_access_key": "x"}
    with refused("InvalidClientTokenId"):
        cloud.boto3("sts", credentials=unknown).get_caller_identity()
    with refused("UnrecognizedClientException"):
        cloud.boto3("resourcegroupstaggingapi", credentials=unknown).get_resources()


@pytest.mark.parametrize("service, region, code", [
    ("iam", "eu-west-1", "SignatureDoesNotMatch"), ("organizations", "eu-west-1", "InvalidSignatureException")])
def test_global_services_are_signed_for_their_home(cloud: Cloud, service: str, region: str, code: str) -> None:
    from botocore.auth import SigV4Auth
    from botocore.credentials import Credentials

    key = cloud.credentials()
    if service == "iam":
        request = AWSRequest("POST", cloud.endpoint + "/", data=b"Action=ListRoles&Version=2010-05-08",
                             headers={"Content-Type": "application/x-www-form-urlencoded"})
        SigV4Auth(Credentials(key["access_key_id"], key["secret_access_key"]), service, region).add_auth(request)
    else:
        request = signed(cloud, service, "AWSOrganizationsV20161128.ListRoots", region=region)
    assert code in send(request)[1]


@pytest.mark.parametrize("skew, words", [(1200, "Signature expired"), (-1200, "not yet current")])
def test_skew_is_refused_and_the_date_header_tells(cloud: Cloud, skew: float, words: str) -> None:
    import email.utils
    import time

    cloud.clock(skew=skew)
    with refused("InvalidSignatureException", words):
        cloud.boto3("sagemaker").list_domains()
    with refused("SignatureDoesNotMatch", words):
        cloud.boto3("iam").list_roles()
    _, _, headers = send(signed(cloud, "sagemaker", TARGET))
    moment = email.utils.parsedate_to_datetime(headers["date"]).timestamp()
    assert abs(moment - time.time() - skew) < 5
    cloud.clock(skew=skew / 2)
    assert cloud.boto3("sagemaker").list_domains()["Domains"] == []


def _expiring(cloud: Cloud) -> dict[str, Any]:
    key = cloud.new_credentials(OTHER, session=True, expires_in=3600)
    assert key["access_key_id"].startswith("ASIA") and key["session_token"]
    return key


def test_session_credentials_expire(cloud: Cloud) -> None:
    key = _expiring(cloud)
    assert cloud.boto3("sts", credentials=key).get_caller_identity()["Account"] == OTHER
    cloud.clock(advance=3601)
    with refused("ExpiredToken"):
        cloud.boto3("sts", credentials=key).get_caller_identity()
    with refused("ExpiredTokenException"):
        cloud.boto3("sagemaker", credentials=key).list_domains()


@pytest.mark.parametrize("token", ["", "other"])
def test_session_token_must_be_the_right_one(cloud: Cloud, token: str) -> None:
    with refused("InvalidClientTokenId"):
        cloud.boto3("sts", credentials=_expiring(cloud) | {"session_token": token}).get_caller_identity()


def test_revoked_key(cloud: Cloud) -> None:
    key = cloud.new_credentials(OTHER)
    assert cloud.boto3("sts", credentials=key).get_caller_identity()["Account"] == OTHER
    cloud.control("DELETE", "credentials", access_key_id=key["access_key_id"])
    with refused("InvalidClientTokenId"):
        cloud.boto3("sts", credentials=key).get_caller_identity()


def test_key_made_through_iam(cloud: Cloud) -> None:
    iam = cloud.boto3("iam")
    iam.create_user(UserName="bob")
    made = iam.create_access_key(UserName="bob")["AccessKey"]
    key = {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"]}
    identity = wait_until(lambda: cloud.boto3("sts", credentials=key).get_caller_identity())
    assert identity["Arn"] == "arn:aws:iam::111111111111:user/bob"


def test_refused_requests_have_no_effect(cloud: Cloud) -> None:
    wrong = cloud.credentials() | {"secret_access_key": "wrong"}
    with refused("SignatureDoesNotMatch"):
        cloud.boto3("iam", credentials=wrong).create_user(UserName="eve")
    assert cloud.boto3("iam").list_users()["Users"] == []
