"""Whole calls against the local AWS, which checks every signature with botocore's code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from aws_tool import call  # noqa: E402
from cloud.client import Cloud  # noqa: E402

TRUST = json.dumps({"Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})


@pytest.fixture(scope="module")
def server() -> Iterator[Cloud]:
    with Cloud() as running:
        yield running


@pytest.fixture
def cloud(server: Cloud) -> Cloud:
    """The local AWS, empty and with the settings that these tests change as they were."""
    server.reset()
    server.set(iam_page_limit=0, iam_visibility_ms=0.0)
    return server


def environment(cloud: Cloud) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL": cloud.endpoint, "AWS_ACCESS_KEY_ID": cloud.access_key_id,
            "AWS_SECRET_ACCESS_KEY": cloud.secret_access_key}


def job(*calls: dict[str, Any], **account: Any) -> dict[str, Any]:
    return {"account": account, "calls": [{"region": "us-east-1", **one} for one in calls]}


def test_assumed_role_reads_iam_and_sagemaker(cloud: Cloud) -> None:
    for index in range(3):
        cloud.boto3("iam").create_role(RoleName=f"role-{index}", AssumeRolePolicyDocument=TRUST,
                                        Tags=[{"Key": "team", "Value": "ü + co"}])
    answers = call(job({"service": "sts", "operation": "GetCallerIdentity"},
                       {"service": "iam", "operation": "GetAccountAuthorizationDetails", "all_pages": True,
                        "input": {"Filter": ["Role", "LocalManagedPolicy"]}},
                       {"service": "sagemaker", "operation": "ListDomains", "all_pages": True},
                       {"service": "tagging", "operation": "GetResources", "all_pages": True},
                       id=cloud.account, role_arn=f"arn:aws:iam::{cloud.account}:role/role-1"), environment(cloud))
    assert answers[0]["output"]["Arn"] == f"arn:aws:sts::{cloud.account}:assumed-role/role-1/sagekeeper"
    roles = {role["RoleName"]: role for role in answers[1]["output"]["RoleDetailList"]}
    assert set(roles) == {"role-0", "role-1", "role-2"}
    assert roles["role-0"]["Tags"] == [{"Key": "team", "Value": "ü + co"}]
    assert roles["role-0"]["RolePolicyList"] == [] and roles["role-0"]["AttachedManagedPolicies"] == []
    assert answers[1]["output"]["Policies"] == []
    assert answers[2]["output"] == {"Domains": []}
    assert answers[3]["output"] == {"ResourceTagMappingList": []}
    assert all(answer["request_id"] for answer in answers)


def test_pages_are_joined(cloud: Cloud) -> None:
    cloud.set(iam_page_limit=2)
    for index in range(7):
        cloud.boto3("iam").create_role(RoleName=f"role-{index}", AssumeRolePolicyDocument=TRUST)
    all_, one = call(job({"service": "iam", "operation": "ListRoles", "all_pages": True},
                         {"service": "iam", "operation": "ListRoles"}), environment(cloud))
    assert [role["RoleName"] for role in all_["output"]["Roles"]] == [f"role-{index}" for index in range(7)]
    assert all_["attempts"] == 4 and set(all_["output"]) == {"Roles"}
    assert len(one["output"]["Roles"]) == 2 and one["output"]["IsTruncated"] is True and one["output"]["Marker"]


def test_wrong_account_is_refused_before_any_other_call(cloud: Cloud) -> None:
    answers = call(job({"service": "iam", "operation": "ListRoles"}, id="999999999999"), environment(cloud))
    assert answers[0]["error"] == "refused" and "999999999999" in answers[0]["message"]
    assert [entry["operation"] for entry in cloud.requests()] == ["GetCallerIdentity"]


def test_wrong_key_is_a_matter_of_credentials(cloud: Cloud) -> None:
    wrong = {**environment(cloud), "AWS_SECRET_ACCESS_KEY": "wrong"}
    answers = call(job({"service": "iam", "operation": "ListRoles"}), wrong)
    assert answers[0]["error"] == "credentials"


def test_errors_and_unknown_operations(cloud: Cloud) -> None:
    absent, unknown, region = call(
        job({"service": "sagemaker", "operation": "DescribeDomain", "input": {"DomainId": "d-nothere"}},
            {"service": "sagemaker", "operation": "ListDomain"},
            {"service": "sagemaker", "operation": "ListDomains", "region": "us-iso-east-1"}), environment(cloud))
    assert (absent["error"], absent["status"]) == ("not-found", 400) and absent["aws_code"] == "ResourceNotFound"
    assert absent["request_id"]
    assert unknown["error"] == "invalid" and region["error"] == "invalid"


def test_concurrent_calls_check_the_account_once(cloud: Cloud) -> None:
    answers = call(job(*[{"service": "iam", "operation": "ListRoles"}] * 20, id=cloud.account), environment(cloud))
    assert len(answers) == 20 and all("output" in answer for answer in answers)
    operations = [entry["operation"] for entry in cloud.requests()]
    assert operations.count("GetCallerIdentity") == 1 and operations.count("ListRoles") == 20


CREATE_DOMAIN = {"service": "sagemaker", "operation": "CreateDomain",
                 "input": {"DomainName": "research", "AuthMode": "IAM", "VpcId": "vpc-12345678",
                           "SubnetIds": ["subnet-12345678"],
                           "DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::111111111111:role/r"}}}
CREATE_ROLE = {"service": "iam", "operation": "CreateRole",
               "input": {"RoleName": "made", "AssumeRolePolicyDocument": TRUST}}

#: kind of fault -> (attempts of a read, and of a write that may be repeated, what the write ends in). Whoever
#: doubles a request on its way gives us the answer to the second.
FAULTS = {"fail": (2, 2, None), "throttle": (2, 2, None), "drop_before": (2, 2, None),
          "drop_after": (2, 2, "exists"), "truncate": (2, 2, "exists"), "double": (1, 1, "exists"), "late": (1, 1, None)}


@pytest.mark.parametrize("kind", FAULTS)
def test_one_fault_is_repaired_or_told(cloud: Cloud, kind: str) -> None:
    reads, writes, error = FAULTS[kind]
    for operation in ("ListDomains", "CreateRole"):
        cloud.inject(kind, operation, ms=50)
    read, write = call(job({"service": "sagemaker", "operation": "ListDomains", "all_pages": True}, CREATE_ROLE),
                       environment(cloud))
    assert read["output"] == {"Domains": []} and read["attempts"] == reads
    assert write.get("error") == error and write["attempts"] == writes
    assert write["outcome_unknown"] == (error is not None and kind != "double")
    assert [role["RoleName"] for role in cloud.boto3("iam").list_roles()["Roles"]] == ["made"]


@pytest.mark.parametrize("kind", ["fail", "drop_before", "drop_after", "truncate"])
def test_a_create_without_natural_key_is_made_once(cloud: Cloud, kind: str) -> None:
    cloud.role("r", services=["sagemaker.amazonaws.com"])
    cloud.inject(kind, "CreateDomain")
    [answer] = call(job(CREATE_DOMAIN), environment(cloud))
    assert answer["attempts"] == 1 and answer["outcome_unknown"] is True
    assert cloud.count("CreateDomain") == 1


def test_a_throttled_create_is_repeated(cloud: Cloud) -> None:
    cloud.role("r", services=["sagemaker.amazonaws.com"])
    cloud.inject("throttle", "CreateDomain")
    [answer] = call(job(CREATE_DOMAIN), environment(cloud))
    assert answer["output"]["DomainArn"] and answer["attempts"] == 2 and answer["outcome_unknown"] is False


def test_a_doubled_answer_does_not_reach_the_next_call(cloud: Cloud) -> None:
    cloud.inject("double", "GetCallerIdentity")
    [answer] = call(job({"service": "sagemaker", "operation": "ListDomains"}), environment(cloud))
    assert answer["output"] == {"Domains": []}


def test_a_wrong_clock_is_learnt(cloud: Cloud) -> None:
    cloud.clock(skew=3600)
    first, second = call(job({"service": "iam", "operation": "ListRoles"},
                             {"service": "sagemaker", "operation": "ListDomains"}), environment(cloud))
    assert "output" in first and "output" in second and first["attempts"] == second["attempts"] == 1
    assert cloud.count("GetCallerIdentity") == 2


def test_roles_of_other_accounts(cloud: Cloud) -> None:
    other = "222222222222"
    arn = cloud.role("controller", account=other)
    [answer] = call(job({"service": "sts", "operation": "GetCallerIdentity"}, id=other, role_arn=arn), environment(cloud))
    assert answer["output"]["Account"] == other


def test_a_session_that_ended_is_renewed(cloud: Cloud) -> None:
    arn = cloud.role("controller")
    rule = cloud.inject("fail", "ListDomains", code="ExpiredTokenException", status=400)
    [answer] = call(job({"service": "sagemaker", "operation": "ListDomains"}, role_arn=arn), environment(cloud))
    assert cloud.fault(rule)["fired"] == 1
    assert answer["output"] == {"Domains": []} and answer["attempts"] == 2
    assert cloud.count("AssumeRole") == 2


def test_a_fresh_role_is_waited_for(cloud: Cloud) -> None:
    cloud.set(iam_visibility_ms=1500.0)
    trust = TRUST.replace('"AWS": "*"', '"Service": "sagemaker.amazonaws.com"')
    cloud.boto3("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    without = {**CREATE_DOMAIN, "input": {**CREATE_DOMAIN["input"], "DomainName": "without"}}
    waited, failed = call(job({**CREATE_DOMAIN, "propagation_ms": 20000}, without), environment(cloud))
    assert failed["error"] == "propagating" and failed["attempts"] == 1 and failed["outcome_unknown"] is False
    assert waited["output"]["DomainArn"] and waited["attempts"] > 1


def test_a_listing_is_described_at_growing_rates(cloud: Cloud) -> None:
    seeded = cloud.seed(150)
    describe = [{"service": "sagemaker", "operation": "DescribeUserProfile",
                 "input": {"DomainId": seeded["domain_id"], "UserProfileName": name}} for name in seeded["profiles"]]
    answers = call(job(*describe), environment(cloud))
    assert all("output" in answer and answer["attempts"] == 1 for answer in answers)
