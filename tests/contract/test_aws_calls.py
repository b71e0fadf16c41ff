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


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as running:
        yield running


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
