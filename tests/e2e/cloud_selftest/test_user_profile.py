"""User profiles: identity, merge rules, what blocks, pages."""

from __future__ import annotations

from typing import Any

import pytest

from cloud.client import Cloud

from support import make_domain, make_profile, make_role, refused

CONFIG = "arn:aws:sagemaker:us-east-1:111111111111:studio-lifecycle-config/setup"
IMAGE = "arn:aws:sagemaker:us-east-1:111111111111:image/own"


def _settings(cloud: Cloud, domain: str, name: str = "alice") -> dict[str, Any]:
    return dict(cloud.boto3("sagemaker").describe_user_profile(DomainId=domain, UserProfileName=name)
                .get("UserSettings", {}))


def test_name_is_kept_but_compared_without_case(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    arn = make_profile(cloud, domain, "Alice-Fraud")
    assert arn == f"arn:aws:sagemaker:us-east-1:111111111111:user-profile/{domain}/alice-fraud"
    assert studio.describe_user_profile(DomainId=domain, UserProfileName="aLICE-fraud")["UserProfileName"] == "Alice-Fraud"
    with refused("ResourceInUse", "already exists"):
        studio.create_user_profile(DomainId=domain, UserProfileName="ALICE-FRAUD")


def test_every_profile_has_its_own_uid_for_ever(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)

    def uid(name: str) -> int:
        return int(studio.describe_user_profile(DomainId=domain, UserProfileName=name)["HomeEfsFileSystemUid"])

    make_profile(cloud, domain, "alice")
    make_profile(cloud, domain, "bob")
    first = uid("alice")
    assert uid("bob") > first
    studio.delete_user_profile(DomainId=domain, UserProfileName="alice")
    cloud.control("POST", "settle")
    make_profile(cloud, domain, "alice")
    assert uid("alice") > uid("bob") > first


START: dict[str, Any] = {
    "SecurityGroups": ["sg-1", "sg-2"],
    "JupyterLabAppSettings": {
        "DefaultResourceSpec": {"InstanceType": "ml.t3.medium", "SageMakerImageArn": IMAGE, "LifecycleConfigArn": CONFIG},
        "LifecycleConfigArns": [CONFIG], "BuiltInLifecycleConfigArn": CONFIG},
    "StudioWebPortalSettings": {"HiddenMlTools": ["Models"]},
    "CustomPosixUserConfig": {"Uid": 10001, "Gid": 1001},
}

#: case: (sent, path to the member, what is then there; None for nothing)
MERGES: dict[str, tuple[dict[str, Any], tuple[str, ...], Any]] = {
    "nothing sent": ({}, ("SecurityGroups",), ["sg-1", "sg-2"]),
    "list replaced": ({"SecurityGroups": ["sg-3"]}, ("SecurityGroups",), ["sg-3"]),
    "list cleared": ({"SecurityGroups": []}, ("SecurityGroups",), None),
    "nested list cleared": ({"StudioWebPortalSettings": {"HiddenMlTools": []}},
                            ("StudioWebPortalSettings", "HiddenMlTools"), None),
    "lifecycle configs cleared": ({"JupyterLabAppSettings": {
        "LifecycleConfigArns": [], "DefaultResourceSpec": {"LifecycleConfigArn": "None"}}},
                                  ("JupyterLabAppSettings", "LifecycleConfigArns"), None),
    "empty structure keeps": ({"JupyterLabAppSettings": {}}, ("JupyterLabAppSettings", "LifecycleConfigArns"), [CONFIG]),
    "sibling leaf keeps": ({"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.large"}}},
                           ("JupyterLabAppSettings", "DefaultResourceSpec", "SageMakerImageArn"), IMAGE),
    "leaf changed": ({"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.large"}}},
                     ("JupyterLabAppSettings", "DefaultResourceSpec", "InstanceType"), "ml.t3.large"),
    "None clears a default config": (
        {"JupyterLabAppSettings": {"DefaultResourceSpec": {"LifecycleConfigArn": "None"}}},
        ("JupyterLabAppSettings", "DefaultResourceSpec", "LifecycleConfigArn"), None),
    "None clears a built-in config": ({"JupyterLabAppSettings": {"BuiltInLifecycleConfigArn": "None"}},
                                      ("JupyterLabAppSettings", "BuiltInLifecycleConfigArn"), None),
    "block added": ({"SharingSettings": {"NotebookOutputOption": "Allowed"}},
                    ("SharingSettings", "NotebookOutputOption"), "Allowed"),
    "number overwritten": ({"CustomPosixUserConfig": {"Uid": 10002, "Gid": 1001}}, ("CustomPosixUserConfig", "Uid"), 10002),
}


@pytest.mark.parametrize("case", MERGES)
def test_update_merges(cloud: Cloud, case: str) -> None:
    sent, path, expected = MERGES[case]
    domain = make_domain(cloud)
    make_profile(cloud, domain, UserSettings=START)
    cloud.boto3("sagemaker").update_user_profile(DomainId=domain, UserProfileName="alice", UserSettings=sent)
    value: Any = _settings(cloud, domain)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    assert value == expected
    untouched = _settings(cloud, domain)
    assert untouched["CustomPosixUserConfig"]["Gid"] == 1001


def test_image_is_filled_in_by_the_server(cloud: Cloud) -> None:
    domain = make_domain(cloud)
    spec = {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}
    make_profile(cloud, domain, UserSettings={"JupyterLabAppSettings": spec, "CodeEditorAppSettings": {
        "DefaultResourceSpec": {"InstanceType": "ml.t3.medium", "SageMakerImageArn": IMAGE}}})
    seen = _settings(cloud, domain)
    filled = seen["JupyterLabAppSettings"]["DefaultResourceSpec"]
    assert filled["SageMakerImageArn"].endswith("image/sagemaker-distribution-cpu") and filled["SageMakerImageVersionAlias"]
    assert seen["CodeEditorAppSettings"]["DefaultResourceSpec"]["SageMakerImageArn"] == IMAGE


def test_rstudio_members_cannot_change(cloud: Cloud) -> None:
    domain = make_domain(cloud)
    rstudio = {"AccessStatus": "ENABLED", "UserGroup": "R_STUDIO_USER"}
    make_profile(cloud, domain, UserSettings={"RStudioServerProAppSettings": rstudio})
    studio = cloud.boto3("sagemaker")
    with refused("ValidationException", "UserGroup"):
        studio.update_user_profile(DomainId=domain, UserProfileName="alice", UserSettings={
            "RStudioServerProAppSettings": rstudio | {"UserGroup": "R_STUDIO_ADMIN"}})
    studio.update_user_profile(DomainId=domain, UserProfileName="alice",
                               UserSettings={"RStudioServerProAppSettings": rstudio})


_IMAGES = [{"ImageName": f"i{n}", "AppImageConfigName": "c"} for n in range(6)]


@pytest.mark.parametrize("settings, part", [
    ({"SecurityGroups": ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5"]}, "cannot exceed 4"),
    ({"JupyterServerAppSettings": {"LifecycleConfigArns": [CONFIG]}}, "DefaultResourceSpec is required"),
    ({"JupyterLabAppSettings": {"DefaultResourceSpec": {"LifecycleConfigArn": CONFIG}}}, "must also be in LifecycleConfigArns"),
    ({"KernelGatewayAppSettings": {"CustomImages": _IMAGES}}, "CustomImages cannot exceed 5")])
def test_refused_settings(cloud: Cloud, settings: dict[str, Any], part: str) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    with refused("ValidationException", part):
        studio.create_user_profile(DomainId=domain, UserProfileName="alice", UserSettings=settings)
    make_profile(cloud, domain)
    with refused("ValidationException", part):
        studio.update_user_profile(DomainId=domain, UserProfileName="alice", UserSettings=settings)
    assert _settings(cloud, domain) == {}
    if "CustomImages" not in part:
        with refused("ValidationException", part):
            studio.update_domain(DomainId=domain, DefaultUserSettings=settings)


def test_default_config_cannot_lose_its_place_in_the_list(cloud: Cloud) -> None:
    domain = make_domain(cloud)
    make_profile(cloud, domain, UserSettings=START)
    with refused("ValidationException", "must also be in LifecycleConfigArns"):
        cloud.boto3("sagemaker").update_user_profile(
            DomainId=domain, UserProfileName="alice", UserSettings={"JupyterLabAppSettings": {"LifecycleConfigArns": []}})


def test_vpc_only_needs_security_groups_somewhere(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud, AppNetworkAccessType="VpcOnly")
    with refused("ValidationException", "SecurityGroups is required"):
        make_profile(cloud, domain)
    make_profile(cloud, domain, UserSettings={"SecurityGroups": ["sg-1"]})
    with refused("ValidationException", "SecurityGroups is required"):
        studio.update_user_profile(DomainId=domain, UserProfileName="alice", UserSettings={"SecurityGroups": []})
    studio.update_domain(DomainId=domain, DefaultUserSettings={"SecurityGroups": ["sg-2"]})
    cloud.control("POST", "settle")
    studio.update_user_profile(DomainId=domain, UserProfileName="alice", UserSettings={"SecurityGroups": []})


def test_role_must_exist_and_trust_sagemaker(cloud: Cloud) -> None:
    import json

    iam, studio = cloud.boto3("iam"), cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    arn = make_role(cloud, "Team", Path="/sk/")
    make_profile(cloud, domain, "ok", UserSettings={"ExecutionRole": arn})
    for wrong in (arn.replace("/sk/", "/"), arn.replace("Team", "team"), arn + "x"):
        with refused("ValidationException", "trust relationship policy", wrong):
            studio.create_user_profile(DomainId=domain, UserProfileName="no", UserSettings={"ExecutionRole": wrong})
    iam.update_assume_role_policy(RoleName="Team", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole",
             "Condition": {"StringEquals": {"aws:SourceAccount": "222222222222"}}}]}))
    with refused("ValidationException", "trust relationship policy"):
        studio.update_user_profile(DomainId=domain, UserProfileName="ok", UserSettings={"ExecutionRole": arn})


def test_apps_and_spaces_block_the_delete(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    make_profile(cloud, domain)
    profile = {"DomainId": domain, "UserProfileName": "alice"}
    app = profile | {"AppType": "Canvas", "AppName": "default"}
    studio.create_app(**app)
    studio.create_space(DomainId=domain, SpaceName="own", SpaceSettings={"AppType": "JupyterLab"},
                        OwnershipSettings={"OwnerUserProfileName": "Alice"}, SpaceSharingSettings={"SharingType": "Private"})
    cloud.control("POST", "settle")
    with refused("ResourceInUse", "App(s) are associated"):
        studio.delete_user_profile(**profile)
    studio.delete_app(**app)
    cloud.control("POST", "settle")
    with refused("ResourceInUse", "Space(s) are associated"):
        studio.delete_user_profile(**profile)
    studio.delete_space(DomainId=domain, SpaceName="OWN")
    cloud.control("POST", "settle")
    studio.delete_user_profile(**profile)


def test_failed_apps_do_not_block(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    make_profile(cloud, domain)
    cloud.fail_next("app", "create")
    app = {"DomainId": domain, "UserProfileName": "alice", "AppType": "Canvas", "AppName": "default"}
    studio.create_app(**app)
    cloud.control("POST", "settle")
    with refused("ValidationException", "previously failed"):
        studio.delete_app(**app)
    studio.delete_user_profile(DomainId=domain, UserProfileName="alice")


def test_quota_is_per_account_and_region(cloud: Cloud) -> None:
    cloud.set(quota={"user_profiles": 3})
    one, two = cloud.seed(2)["domain_id"], cloud.seed(0)["domain_id"]
    elsewhere = cloud.seed(0, region="eu-west-1")["domain_id"]
    studio = cloud.boto3("sagemaker")
    studio.create_user_profile(DomainId=two, UserProfileName="third")
    with refused("ResourceLimitExceeded", "is 3 UserProfiles"):
        studio.create_user_profile(DomainId=one, UserProfileName="fourth")
    cloud.boto3("sagemaker", "eu-west-1").create_user_profile(DomainId=elsewhere, UserProfileName="fourth")


def test_pages_are_ten_by_default(cloud: Cloud) -> None:
    cloud.seed(25)
    cloud.seed(4, domain_name="other", prefix="other{n}")
    studio = cloud.boto3("sagemaker")
    sizes, names, token = [], [], {}
    while True:
        page = studio.list_user_profiles(**token)
        sizes.append(len(page["UserProfiles"]))
        names += [profile["UserProfileName"] for profile in page["UserProfiles"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sizes == [10, 10, 9] and len(set(names)) == 29
    assert studio.list_user_profiles(MaxResults=29).keys() & {"NextToken"} == set()


def test_pages_survive_changes_in_between(cloud: Cloud) -> None:
    domain = cloud.seed(20, prefix="user{n}")["domain_id"]
    studio = cloud.boto3("sagemaker")
    first = studio.list_user_profiles(MaxResults=10)
    gone = first["UserProfiles"][3]["UserProfileName"]
    cloud.force_status(f"arn:aws:sagemaker:us-east-1:111111111111:user-profile/{domain}/{gone}", "gone")
    second = studio.list_user_profiles(MaxResults=10, NextToken=first["NextToken"])
    names = {profile["UserProfileName"] for page in (first, second) for profile in page["UserProfiles"]}
    assert len(names) == 20


def test_tokens_are_bound_to_their_listing(cloud: Cloud) -> None:
    domain = cloud.seed(20)["domain_id"]
    studio = cloud.boto3("sagemaker")
    token = studio.list_user_profiles()["NextToken"]
    assert domain not in token and "user" not in token
    for other in ({"DomainIdEquals": domain}, {"SortOrder": "Descending"}):
        with refused("ValidationException", "token"):
            studio.list_user_profiles(NextToken=token, **other)
    with refused("ValidationException", "token"):
        studio.list_spaces(NextToken=token)
    for broken in ("x", token[:-4] + "AAA=", ""):
        with refused("ValidationException", "token"):
            studio.list_user_profiles(NextToken=broken)
    assert len(studio.list_user_profiles(NextToken=token, MaxResults=5)["UserProfiles"]) == 5


def test_filters_and_order(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = cloud.seed(3, prefix="Ann{n}")["domain_id"]
    cloud.seed(2, domain_id=domain, prefix="bob{n}")
    cloud.seed(1, prefix="ann-elsewhere")
    wanted = studio.list_user_profiles(DomainIdEquals=domain, UserProfileNameContains="ANN")
    assert [item["UserProfileName"] for item in wanted["UserProfiles"]] == ["Ann0", "Ann1", "Ann2"]
    studio.update_user_profile(DomainId=domain, UserProfileName="ann1", UserSettings={"SecurityGroups": ["sg-1"]})
    newest = studio.list_user_profiles(SortBy="LastModifiedTime", SortOrder="Descending", MaxResults=1)
    assert newest["UserProfiles"][0]["UserProfileName"] == "Ann1"


def test_a_thousand_profiles_are_quick(cloud: Cloud) -> None:
    cloud.seed(1000, tags={"studiouserid": "user{n}"}, settings={"SecurityGroups": ["sg-{n}"]})
    studio, tagging = cloud.boto3("sagemaker"), cloud.boto3("resourcegroupstaggingapi")
    mark = cloud.mark()
    listed = [profile for page in studio.get_paginator("list_user_profiles").paginate(PaginationConfig={"PageSize": 100})
              for profile in page["UserProfiles"]]
    tagged = [item for page in tagging.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["sagemaker:user-profile"], ResourcesPerPage=100) for item in page["ResourceTagMappingList"]]
    assert len(listed) == len(tagged) == 1000
    assert cloud.counts(since=mark) == {"sagemaker:ListUserProfiles": 10, "resourcegroupstaggingapi:GetResources": 10}
    assert _settings(cloud, listed[0]["DomainId"], "user7") == {"SecurityGroups": ["sg-7"]}
