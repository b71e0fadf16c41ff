"""Tags by SageMaker's own operations and by the tagging API."""

from __future__ import annotations

from typing import Any

import pytest

from cloud.client import Cloud

from support import ALLOW_S3, TRUST, make_domain, make_profile, refused, text


def _tags(pairs: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def _found(cloud: Cloud, region: str = "us-east-1", **ask: Any) -> dict[str, dict[str, str]]:
    answer = cloud.boto3("resourcegroupstaggingapi", region).get_resources(**ask)
    return {item["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in item["Tags"]}
            for item in answer["ResourceTagMappingList"]}


def test_tag_changes_do_not_move_the_time(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    arn = make_profile(cloud, domain, Tags=_tags({"a": "1", "b": "2"}))
    before = studio.describe_user_profile(DomainId=domain, UserProfileName="alice")["LastModifiedTime"]
    answer = studio.add_tags(ResourceArn=arn.upper().replace("ARN:AWS:SAGEMAKER:US-EAST-1", "arn:aws:sagemaker:us-east-1"),
                             Tags=_tags({"b": "3", "c": ""}))
    assert {tag["Key"]: tag["Value"] for tag in answer["Tags"]} == {"a": "1", "b": "3", "c": ""}
    studio.delete_tags(ResourceArn=arn, TagKeys=["a", "missing"])
    assert studio.list_tags(ResourceArn=arn)["Tags"] == _tags({"b": "3", "c": ""})
    assert studio.describe_user_profile(DomainId=domain, UserProfileName="alice")["LastModifiedTime"] == before


def test_too_many_and_missing(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    arn = cloud.seed(0)["domain_arn"]
    studio.add_tags(ResourceArn=arn, Tags=_tags({f"k{n}": "v" for n in range(50)}))
    with refused("ValidationException", "cannot exceed 50"):
        studio.add_tags(ResourceArn=arn, Tags=_tags({"one": "more"}))
    assert len(studio.list_tags(ResourceArn=arn)["Tags"]) == 50
    with refused("ValidationException", "maxResults"):
        cloud.boto3("sagemaker", parameter_validation=False).list_tags(ResourceArn=arn, MaxResults=49)
    with refused("ValidationException", "RecordNotFound"):
        studio.list_tags(ResourceArn=arn + "x")
    with refused("ValidationException", "account and region"):
        studio.list_tags(ResourceArn=arn.replace("us-east-1", "eu-west-1"))


def test_what_was_never_tagged_is_missing_and_what_was_is_empty(cloud: Cloud) -> None:
    made = cloud.seed(2, prefix="user{n}")
    studio = cloud.boto3("sagemaker")
    arn = made["domain_arn"].replace("domain/", "user-profile/") + "/user0"
    assert _found(cloud) == {}
    studio.add_tags(ResourceArn=arn, Tags=_tags({"a": "1"}))
    assert _found(cloud) == {arn: {"a": "1"}}
    studio.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert _found(cloud) == {arn: {}}
    assert _found(cloud, ResourceARNList=[arn, arn + "x"]) == {arn: {}}


FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "all": ({}, {"domain", "user-profile", "space", "app", "policy"}),
    "service": ({"ResourceTypeFilters": ["sagemaker"]}, {"domain", "user-profile", "space", "app"}),
    "type": ({"ResourceTypeFilters": ["sagemaker:user-profile"]}, {"user-profile"}),
    "types": ({"ResourceTypeFilters": ["sagemaker:space", "iam:policy"]}, {"space", "policy"}),
    "roles are never there": ({"ResourceTypeFilters": ["iam:role", "iam:user"]}, set()),
    "key": ({"TagFilters": [{"Key": "kind"}]}, {"domain", "user-profile", "space", "app", "policy"}),
    "values are alternatives": ({"TagFilters": [{"Key": "kind", "Values": ["domain", "space"]}]}, {"domain", "space"}),
    "keys are all needed": ({"TagFilters": [{"Key": "kind", "Values": ["space"]}, {"Key": "other"}]}, set()),
    "keys have case": ({"TagFilters": [{"Key": "Kind"}]}, set()),
}


@pytest.fixture
def zoo(cloud: Cloud) -> Cloud:
    studio, iam = cloud.boto3("sagemaker"), cloud.boto3("iam")
    domain = make_domain(cloud, Tags=_tags({"kind": "domain"}))
    make_profile(cloud, domain, Tags=_tags({"kind": "user-profile"}))
    studio.create_space(DomainId=domain, SpaceName="s", Tags=_tags({"kind": "space"}),
                        SpaceSettings={"AppType": "JupyterLab"}, OwnershipSettings={"OwnerUserProfileName": "alice"},
                        SpaceSharingSettings={"SharingType": "Private"})
    studio.create_app(DomainId=domain, UserProfileName="alice", AppType="Canvas", AppName="default",
                      Tags=_tags({"kind": "app"}))
    iam.create_policy(PolicyName="p", PolicyDocument=text(ALLOW_S3), Tags=_tags({"kind": "policy"}))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=text(TRUST), Tags=_tags({"kind": "role"}))
    iam.create_user(UserName="u", Tags=_tags({"kind": "user"}))
    return cloud


@pytest.mark.parametrize("case", FILTERS)
def test_filters(zoo: Cloud, case: str) -> None:
    ask, expected = FILTERS[case]
    kinds = {arn.split(":", 5)[5].split("/")[0] for arn in _found(zoo, **ask)}
    assert kinds == expected


def test_policies_answer_in_their_home_region_only(zoo: Cloud) -> None:
    assert _found(zoo, "eu-west-1") == {}


def test_keys_and_values(zoo: Cloud) -> None:
    tagging = zoo.boto3("resourcegroupstaggingapi")
    assert "kind" in tagging.get_tag_keys()["TagKeys"]
    assert tagging.get_tag_values(Key="kind")["TagValues"] == ["app", "domain", "policy", "space", "user-profile"]


def test_pages_and_tokens(cloud: Cloud) -> None:
    cloud.seed(250, tags={"n": "{n}"})
    tagging = cloud.boto3("resourcegroupstaggingapi")
    assert len(tagging.get_resources()["ResourceTagMappingList"]) == 50
    sizes, token, seen = [], "", set()
    while True:
        page = tagging.get_resources(ResourcesPerPage=100, PaginationToken=token)
        sizes.append(len(page["ResourceTagMappingList"]))
        seen |= {item["ResourceARN"] for item in page["ResourceTagMappingList"]}
        token = page["PaginationToken"]
        if not token:
            break
    assert sizes == [100, 100, 50] and len(seen) == 250
    first = min(seen)
    cloud.boto3("sagemaker").add_tags(ResourceArn=first, Tags=_tags({f"t{n}": "x" for n in range(40)}))
    assert len(tagging.get_resources(TagsPerPage=100, ResourcesPerPage=100)["ResourceTagMappingList"]) == 60
    token = tagging.get_resources()["PaginationToken"]
    with refused("InvalidParameterException", "PaginationToken"):
        tagging.get_resources(PaginationToken=token, ResourceTypeFilters=["sagemaker"])
    cloud.clock(advance=901)
    with refused("PaginationTokenExpiredException"):
        tagging.get_resources(PaginationToken=token)


@pytest.mark.parametrize("ask", [
    {"ResourcesPerPage": 101}, {"ResourcesPerPage": 0}, {"TagsPerPage": 50}, {"TagFilters": [{"Values": ["x"]}]},
    {"ResourceARNList": ["arn:aws:sagemaker:us-east-1:111111111111:domain/d-x"], "ResourceTypeFilters": ["sagemaker"]},
    {"ResourceARNList": ["arn:aws:sagemaker:us-east-1:111111111111:domain/d-x"], "TagFilters": [{"Key": "a"}]}])
def test_refused_questions(cloud: Cloud, ask: dict[str, Any]) -> None:
    with refused("InvalidParameterException"):
        cloud.boto3("resourcegroupstaggingapi").get_resources(**ask)


def test_too_many_arns_are_refused_by_the_model(cloud: Cloud) -> None:
    with refused("ValidationException", "resourceARNList"):
        cloud.boto3("resourcegroupstaggingapi").get_resources(ResourceARNList=["arn:aws:iam::1:x"] * 101)


def test_tagging_through_the_tagging_api(zoo: Cloud) -> None:
    tagging = zoo.boto3("resourcegroupstaggingapi")
    policy = "arn:aws:iam::111111111111:policy/p"
    profile = next(iter(_found(zoo, ResourceTypeFilters=["sagemaker:user-profile"])))
    missing = profile + "x"
    failed = tagging.tag_resources(ResourceARNList=[policy, profile, missing], Tags={"new": "1"})["FailedResourcesMap"]
    assert set(failed) == {missing} and failed[missing]["StatusCode"] == 400
    assert zoo.boto3("iam").list_policy_tags(PolicyArn=policy)["Tags"] == _tags({"kind": "policy", "new": "1"})
    tagging.untag_resources(ResourceARNList=[policy, profile], TagKeys=["kind"])
    assert _found(zoo, ResourceARNList=[policy, profile]) == {policy: {"new": "1"}, profile: {"new": "1"}}


def test_index_can_lag(cloud: Cloud) -> None:
    cloud.set(tagging_visibility_ms=10_000)
    arn = cloud.seed(0, domain_tags={"a": "1"})["domain_arn"]
    studio = cloud.boto3("sagemaker")
    studio.add_tags(ResourceArn=arn, Tags=_tags({"a": "2"}))
    studio.add_tags(ResourceArn=arn, Tags=_tags({"a": "3"}))
    assert studio.list_tags(ResourceArn=arn)["Tags"] == _tags({"a": "3"})
    assert _found(cloud) == {arn: {"a": "1"}}
    cloud.clock(advance=11)
    assert _found(cloud) == {arn: {"a": "3"}}
