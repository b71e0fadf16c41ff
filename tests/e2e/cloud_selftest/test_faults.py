"""Injected faults, and the record of requests by which tests count."""

from __future__ import annotations

import http.client
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError, ResponseStreamingError

from cloud.client import Cloud, CloudError, wait_until

from support import refused

LOST = (ConnectionClosedError, HTTPClientError, ResponseStreamingError, http.client.IncompleteRead)


def _create(cloud: Cloud, name: str = "u") -> Any:
    return cloud.boto3("iam").create_user(UserName=name)


def _users(cloud: Cloud) -> list[str]:
    return [user["UserName"] for user in cloud.boto3("iam").list_users()["Users"]]


@pytest.mark.parametrize("service, ask, code", [
    ("iam", lambda client: client.list_roles(), "Throttling"), ("sts", lambda client: client.get_caller_identity(), "Throttling"),
    ("sagemaker", lambda client: client.list_domains(), "ThrottlingException"),
    ("resourcegroupstaggingapi", lambda client: client.get_resources(), "ThrottledException"),
    ("organizations", lambda client: client.list_roots(), "TooManyRequestsException"),
    ("ec2", lambda client: client.describe_vpcs(), "RequestLimitExceeded")])
def test_throttle_in_the_services_words(cloud: Cloud, service: str, ask: Any, code: str) -> None:
    cloud.inject("throttle")
    with refused(code, "Rate exceeded"):
        ask(cloud.boto3(service))


@pytest.mark.parametrize("service, ask, code", [
    ("iam", lambda client: client.list_roles(), "AccessDenied"),
    ("sagemaker", lambda client: client.list_domains(), "AccessDeniedException"),
    ("ec2", lambda client: client.describe_vpcs(), "UnauthorizedOperation")])
def test_deny_in_the_services_words(cloud: Cloud, service: str, ask: Any, code: str) -> None:
    cloud.inject("deny", service=service)
    with refused(code, "arn:aws:iam::111111111111:root", "not authorized"):
        ask(cloud.boto3(service))


def test_fail_before_and_after_the_effect(cloud: Cloud) -> None:
    cloud.inject("fail", "CreateUser", code="ServiceFailure", status=500, message="boom")
    with refused("ServiceFailure", "boom"):
        _create(cloud)
    assert _users(cloud) == []
    cloud.inject("fail", "CreateUser", after=True)
    with refused("InternalFailure"):
        _create(cloud)
    assert _users(cloud) == ["u"]


@pytest.mark.parametrize("kind, happened", [("drop_before", []), ("drop_after", ["u"]), ("truncate", ["u"])])
def test_lost_answers(cloud: Cloud, kind: str, happened: list[str]) -> None:
    cloud.inject(kind, "CreateUser")
    with pytest.raises(LOST):
        _create(cloud)
    assert _users(cloud) == happened
    assert [entry["fault"] for entry in cloud.requests(operation="CreateUser")] == [kind]


def test_double_happens_twice(cloud: Cloud) -> None:
    cloud.inject("double", "CreateUser")
    with refused("EntityAlreadyExists"):
        _create(cloud)
    cloud.inject("double", "CreateAccessKey")
    cloud.boto3("iam").create_access_key(UserName="u")
    assert len(cloud.boto3("iam").list_access_keys(UserName="u")["AccessKeyMetadata"]) == 2


def test_delay_and_late(cloud: Cloud) -> None:
    for kind, happened in (("delay", []), ("late", ["u"])):
        cloud.reset()
        rule = cloud.inject(kind, "CreateUser", ms=60_000)
        with pytest.raises(ReadTimeoutError):
            cloud.boto3("iam", read_timeout=0.5).create_user(UserName="u")
        assert _users(cloud) == happened
        cloud.release(rule)
        wait_until(lambda: _users(cloud) == ["u"])


def test_occurrences(cloud: Cloud) -> None:
    def outcomes(count: int) -> str:
        result = ""
        for _ in range(count):
            try:
                cloud.boto3("iam").list_users()
                result += "."
            except cloud.boto3("iam").exceptions.ClientError:
                result += "x"
        return result

    cloud.inject("throttle", "ListUsers", occurrence=3)
    assert outcomes(5) == "..x.."
    cloud.clear_faults()
    cloud.inject("throttle", "ListUsers")
    assert outcomes(3) == "x.."
    cloud.clear_faults()
    rule = cloud.inject("throttle", "ListUsers", occurrence="every")
    assert outcomes(3) == "xxx" and cloud.fault(rule)["fired"] == 3
    cloud.control("DELETE", "faults", id=rule)
    assert outcomes(2) == ".."


def test_faults_by_account_region_and_service(cloud: Cloud) -> None:
    cloud.inject("throttle", service="sagemaker", region="eu-west-1", account="222222222222", occurrence="every")
    cloud.boto3("sagemaker", "eu-west-1").list_domains()
    cloud.boto3("sagemaker", "us-east-1", account="222222222222").list_domains()
    cloud.boto3("sts", "eu-west-1", account="222222222222").get_caller_identity()
    with refused("ThrottlingException"):
        cloud.boto3("sagemaker", "eu-west-1", account="222222222222").list_domains()


@pytest.mark.parametrize("stage, then, before, after", [
    ("receipt", "go", [], ["u"]), ("receipt", "drop", [], []), ("effect", "go", ["u"], ["u"]),
    ("effect", "drop", ["u"], ["u"])])
def test_hold(cloud: Cloud, stage: str, then: str, before: list[str], after: list[str]) -> None:
    rule = cloud.inject("hold", "CreateUser", stage=stage, then=then)
    ended: list[Any] = []

    def ask() -> None:
        try:
            ended.append(_create(cloud)["User"]["UserName"])
        except LOST as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    cloud.wait_held(rule)
    assert _users(cloud) == before and not ended
    cloud.release(rule)
    thread.join(20)
    assert not thread.is_alive() and _users(cloud) == after
    assert isinstance(ended[0], str) is (then == "go")


@pytest.mark.parametrize("then, made", [("go", ["first", "second"]), ("drop", ["first"])])
def test_hold_after_the_answer(cloud: Cloud, then: str, made: list[str]) -> None:
    """The client has its answer, and nothing it does next arrives before the release."""
    rule = cloud.inject("hold", "CreateUser", stage="answer", then=then)
    client = cloud.boto3("iam", user_agent_extra="held")
    client.create_user(UserName="first")
    cloud.wait_held(rule)

    def ask() -> None:
        try:
            client.create_user(UserName="second")
        except LOST:
            pass

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: cloud.count("CreateUser") == 2)
    assert _users(cloud) == ["first"] and thread.is_alive()
    cloud.release(rule)
    thread.join(20)
    assert not thread.is_alive() and _users(cloud) == made


def test_held_requests_do_not_block_others(cloud: Cloud) -> None:
    rule = cloud.inject("hold", "CreateUser", stage="effect")
    thread = threading.Thread(target=lambda: _create(cloud))
    thread.start()
    cloud.wait_held(rule)
    assert _users(cloud) == ["u"] and cloud.count("ListUsers") == 1
    cloud.clear_faults()
    thread.join(20)
    assert not thread.is_alive()


@pytest.mark.parametrize("stage, happened", [("receipt", ["u"]), ("effect", ["u"])])
def test_client_that_dies_while_held(cloud: Cloud, stage: str, happened: list[str]) -> None:
    """What arrived is carried out although nobody waits for the answer any more."""
    import socket
    from urllib.parse import urlsplit

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    body = b"Action=CreateUser&UserName=u&Version=2010-05-08"
    key, parts = cloud.credentials(), urlsplit(cloud.endpoint)
    request = AWSRequest("POST", cloud.endpoint + "/", data=body, headers={
        "Content-Type": "application/x-www-form-urlencoded", "Host": parts.netloc})
    SigV4Auth(Credentials(key["access_key_id"], key["secret_access_key"]), "iam", "us-east-1").add_auth(request)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    rule = cloud.inject("hold", "CreateUser", stage=stage)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        cloud.wait_held(rule)
    cloud.release(rule)
    wait_until(lambda: _users(cloud) == happened)


def test_reset_releases_what_is_held(cloud: Cloud) -> None:
    rule = cloud.inject("hold", "CreateUser", stage="effect")
    thread = threading.Thread(target=lambda: _create(cloud))
    thread.start()
    cloud.wait_held(rule)
    cloud.reset()
    thread.join(20)
    assert not thread.is_alive()


@pytest.mark.parametrize("fault", [
    {"kind": "explode"}, {"kind": "fail", "occurrence": 0}, {"kind": "fail", "occurrence": "never"},
    {"kind": "hold", "stage": "later"}, {"kind": "fail", "colour": "red"}, {"kind": "fail", "seen": 3}])
def test_refused_faults(cloud: Cloud, fault: dict[str, Any]) -> None:
    with pytest.raises(CloudError, match="400|error"):
        cloud.control("POST", "faults", **fault)


def test_server_ends_although_a_request_is_held() -> None:
    with Cloud() as own:
        rule = own.inject("hold", "CreateUser")
        thread = threading.Thread(target=lambda: pytest.raises(Exception, _create, own))
        thread.start()
        own.wait_held(rule)
        assert own.stop() == 0
        thread.join(20)
        assert not thread.is_alive()


def test_many_clients_at_once(cloud: Cloud) -> None:
    """Eight writers and readers over the same data: every effect is there once, nothing breaks."""
    domain = cloud.seed(0)["domain_id"]
    wrong: list[BaseException] = []

    def work(number: int) -> None:
        try:
            studio = cloud.boto3("sagemaker", user_agent_extra=f"worker{number}")
            iam = cloud.boto3("iam", user_agent_extra=f"worker{number}")
            for step in range(15):
                studio.create_user_profile(DomainId=domain, UserProfileName=f"w{number}-{step}")
                iam.create_user(UserName=f"w{number}-{step}")
                studio.list_user_profiles(MaxResults=100)
        except BaseException as error:  # noqa: B902 - handed to the test's own thread
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong and len(_users(cloud)) == 120
    profiles = [item for item in cloud.state()["studio"][0]["resources"] if item["type"] == "user_profile"]
    assert len(profiles) == 120 == len({item["uid"] for item in profiles})


def test_rate_limit_is_per_account_region_and_service(cloud: Cloud) -> None:
    cloud.set(rate={"sagemaker": 1})
    studio = cloud.boto3("sagemaker")
    wait_until(lambda: not _allowed(studio))
    cloud.boto3("sagemaker", "eu-west-1").list_domains()
    cloud.boto3("sagemaker", account="222222222222").list_domains()
    cloud.boto3("iam").list_roles()
    wait_until(lambda: _allowed(studio))


def _allowed(studio: Any) -> bool:
    try:
        return bool(studio.list_domains())
    except studio.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ThrottlingException"
        return False


def test_first_page_may_be_empty(cloud: Cloud) -> None:
    cloud.seed(3, tags={"a": "b"})
    cloud.role("r")
    cloud.set(empty_first_page=True)
    assert cloud.boto3("sagemaker").list_user_profiles()["UserProfiles"] == []
    for service, operation, member, count in (
            ("sagemaker", "list_user_profiles", "UserProfiles", 3), ("iam", "list_roles", "Roles", 1),
            ("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", 3)):
        pages = list(cloud.boto3(service).get_paginator(operation).paginate())
        assert [len(page[member]) for page in pages] == [0, count]


def test_latency(cloud: Cloud) -> None:
    cloud.set(latency_ms=200)
    begin = time.monotonic()
    _users(cloud)
    assert time.monotonic() - begin >= 0.2


def test_log(cloud: Cloud) -> None:
    _create(cloud)
    mark = cloud.mark()
    cloud.seed(1, prefix="user", account="222222222222", region="eu-west-1")
    cloud.boto3("sagemaker", "eu-west-1", account="222222222222", user_agent_extra="sagekeeper/1 commit/abc").list_user_profiles(
        MaxResults=7)
    with refused("NoSuchEntity"):
        cloud.boto3("iam").get_role(RoleName="none")
    assert cloud.counts() == {"iam:CreateUser": 1, "sagemaker:ListUserProfiles": 1, "iam:GetRole": 1}
    assert cloud.counts(since=mark) == {"sagemaker:ListUserProfiles": 1, "iam:GetRole": 1}
    assert cloud.count("GetRole", outcome="error") == 1 and cloud.count(account="222222222222") == 1
    first, second = cloud.requests(since=mark)
    assert first["input"] == {"MaxResults": 7} and first["region"] == "eu-west-1" and first["status"] == 200
    assert "commit/abc" in first["user_agent"] and first["sequence"] < second["sequence"]
    assert (second["status"], second["code"], second["outcome"]) == (404, "NoSuchEntity", "error")
    assert cloud.credentials()["secret_access_key"] not in str(cloud.requests())


def test_reset_forgets(cloud: Cloud) -> None:
    _create(cloud)
    cloud.seed(3)
    cloud.reset()
    assert cloud.counts() == {} and cloud.state()["studio"] == []
    assert _users(cloud) == [] and cloud.boto3("sagemaker").list_domains()["Domains"] == []


@pytest.mark.parametrize("values", [{"settle": 1}, {"settle_ms": "soon"}, {"quota": {"cows": 1}}, {"check_network": 1},
                                    {"quota": 3}, {"rate": {"cows": 1}}])
def test_refused_settings(cloud: Cloud, values: dict[str, Any]) -> None:
    before = cloud.control("GET", "settings")
    with pytest.raises(CloudError, match="ValueError"):
        cloud.set(**values)
    assert cloud.control("GET", "settings") == before
