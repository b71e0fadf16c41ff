"""Spaces, apps, lifecycle configurations, presigned URLs."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from cloud.client import Cloud

from support import make_domain, make_profile, refused

PRIVATE: dict[str, Any] = {"OwnershipSettings": {"OwnerUserProfileName": "alice"},
                           "SpaceSharingSettings": {"SharingType": "Private"}}
LAB: dict[str, Any] = {"SpaceSettings": {"AppType": "JupyterLab"}}


@pytest.fixture
def domain(cloud: Cloud) -> str:
    made = make_domain(cloud)
    make_profile(cloud, made)
    return made


def _space(cloud: Cloud, domain: str, name: str = "lab", **fields: Any) -> dict[str, Any]:
    studio = cloud.boto3("sagemaker")
    studio.create_space(DomainId=domain, SpaceName=name, **(PRIVATE | LAB | fields))
    cloud.control("POST", "settle")
    return dict(studio.describe_space(DomainId=domain, SpaceName=name))


def test_space_as_described_and_listed(cloud: Cloud, domain: str) -> None:
    seen = _space(cloud, domain, "My-Lab", SpaceDisplayName="My lab")
    assert seen["SpaceArn"].endswith(f":space/{domain}/my-lab") and seen["SpaceName"] == "My-Lab"
    assert seen["OwnershipSettings"] == PRIVATE["OwnershipSettings"] and seen["Status"] == "InService"
    listed = cloud.boto3("sagemaker").list_spaces(SpaceNameContains="LAB", DomainIdEquals=domain)["Spaces"][0]
    assert listed["SpaceSettingsSummary"] == {"AppType": "JupyterLab", "SpaceStorageSettings": {
        "EbsStorageSettings": {"EbsVolumeSizeInGb": 5}}}
    assert listed["OwnershipSettingsSummary"] == PRIVATE["OwnershipSettings"]
    assert listed["SpaceSharingSettingsSummary"] == {"SharingType": "Private"} and listed["SpaceDisplayName"] == "My lab"


@pytest.mark.parametrize("fields, code, part", [
    ({"OwnershipSettings": PRIVATE["OwnershipSettings"]}, "ValidationException", "specified together"),
    (PRIVATE, "ValidationException", "AppType is required"),
    (PRIVATE | LAB | {"OwnershipSettings": {"OwnerUserProfileName": "nobody"}}, "ResourceNotFound", "nobody"),
    ({"SpaceSettings": {"AppType": "JupyterLab"}, "OwnershipSettings": {"OwnerUserProfileName": "alice"},
      "SpaceSharingSettings": {"SharingType": "Shared"}}, "ValidationException", "DefaultSpaceSettings"),
    (PRIVATE | {"SpaceSettings": {"AppType": "CodeEditor", "JupyterLabAppSettings": {}}}, "ValidationException",
     "JupyterLabAppSettings"),
])
def test_refused_spaces(cloud: Cloud, domain: str, fields: dict[str, Any], code: str, part: str) -> None:
    with refused(code, part):
        cloud.boto3("sagemaker").create_space(DomainId=domain, SpaceName="s", **fields)


def test_space_update(cloud: Cloud, domain: str) -> None:
    studio = cloud.boto3("sagemaker")
    _space(cloud, domain)
    key = {"DomainId": domain, "SpaceName": "lab"}

    def size(gigabytes: int) -> dict[str, Any]:
        return {"SpaceSettings": {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": gigabytes}}}}

    with refused("ValidationException", "Updating AppType for Space is not supported"):
        studio.update_space(**key, **LAB)
    studio.update_space(**key, **size(20), SpaceDisplayName="bigger")
    cloud.control("POST", "settle")
    with refused("ValidationException", "only be increased"):
        studio.update_space(**key, **size(10))
    seen = studio.describe_space(**key)
    assert seen["SpaceSettings"]["AppType"] == "JupyterLab" and seen["SpaceDisplayName"] == "bigger"
    assert seen["SpaceSettings"]["SpaceStorageSettings"]["EbsStorageSettings"]["EbsVolumeSizeInGb"] == 20


def test_a_volume_changes_only_while_no_app_runs(cloud: Cloud, domain: str) -> None:
    studio = cloud.boto3("sagemaker")
    _space(cloud, domain)
    key = {"DomainId": domain, "SpaceName": "lab"}
    studio.create_app(**key, AppType="JupyterLab", AppName="default")
    cloud.control("POST", "settle")
    for size, works in ((5, True), (9, False)):
        change = {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": size}}}
        if works:
            studio.update_space(**key, SpaceSettings=change)
        else:
            with refused("ResourceInUse", "while App"):
                studio.update_space(**key, SpaceSettings=change)
        cloud.control("POST", "settle")
    studio.update_space(**key, SpaceDisplayName="open all the same")


def test_shared_space_needs_the_domains_role(cloud: Cloud) -> None:
    role = cloud.role("shared", services=["sagemaker.amazonaws.com"])
    domain = make_domain(cloud, DefaultSpaceSettings={"ExecutionRole": role})
    make_profile(cloud, domain)
    seen = _space(cloud, domain, SpaceSharingSettings={"SharingType": "Shared"})
    assert seen["SpaceSharingSettings"] == {"SharingType": "Shared"}


def test_app_lives_and_dies(cloud: Cloud, domain: str) -> None:
    studio = cloud.boto3("sagemaker")
    _space(cloud, domain)
    key = {"DomainId": domain, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"}
    arn = studio.create_app(**key, ResourceSpec={"InstanceType": "ml.t3.medium"})["AppArn"]
    assert arn.endswith(f":app/{domain}/lab/jupyterlab/default")
    with refused("ResourceInUse", "already exists"):
        studio.create_app(**key)
    with refused("ResourceInUse", "App(s) are associated"):
        studio.delete_space(DomainId=domain, SpaceName="lab")
    cloud.control("POST", "settle")
    seen = studio.describe_app(**key)
    assert seen["Status"] == "InService" and seen["ResourceSpec"]["SageMakerImageArn"]
    studio.delete_app(**key)
    assert studio.describe_app(**key)["Status"] == "Deleting"
    cloud.control("POST", "settle")
    assert [app["Status"] for app in studio.list_apps(SpaceNameEquals="LAB")["Apps"]] == ["Deleted"]
    with refused("ValidationException", "has already been deleted"):
        studio.delete_app(**key)
    studio.create_app(**key)
    cloud.control("POST", "settle")
    studio.delete_app(**key)
    cloud.control("POST", "settle")
    cloud.clock(advance=25 * 3600)
    assert studio.list_apps()["Apps"] == []
    with refused("ResourceNotFound"):
        studio.describe_app(**key)


@pytest.mark.parametrize("key, part", [
    ({"AppType": "Canvas", "AppName": "default"}, "Exactly one"),
    ({"AppType": "Canvas", "AppName": "default", "UserProfileName": "alice", "SpaceName": "lab"}, "Exactly one"),
    ({"AppType": "Canvas", "AppName": "mine", "UserProfileName": "alice"}, "default"),
    ({"AppType": "JupyterLab", "AppName": "default", "UserProfileName": "alice"}, "SpaceName"),
    ({"AppType": "Canvas", "AppName": "default", "SpaceName": "lab"}, "UserProfileName"),
    ({"AppType": "CodeEditor", "AppName": "default", "SpaceName": "lab"}, "JupyterLab"),
])
def test_refused_apps(cloud: Cloud, domain: str, key: dict[str, str], part: str) -> None:
    _space(cloud, domain)
    with refused("ValidationException", part):
        cloud.boto3("sagemaker").create_app(DomainId=domain, **key)


def test_apps_inherit_tags(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud, Tags=[{"Key": "cost", "Value": "1"}, {"Key": "both", "Value": "domain"}])
    profile = make_profile(cloud, domain, Tags=[{"Key": "both", "Value": "profile"}])
    arn = studio.create_app(DomainId=domain, UserProfileName="alice", AppType="Canvas", AppName="default")["AppArn"]
    assert {tag["Key"]: tag["Value"] for tag in studio.list_tags(ResourceArn=arn)["Tags"]} == {
        "cost": "1", "both": "profile", "sagemaker:user-profile-arn": profile,
        "sagemaker:domain-arn": f"arn:aws:sagemaker:us-east-1:111111111111:domain/{domain}"}


def test_app_quota_and_missing_role(cloud: Cloud, domain: str) -> None:
    studio = cloud.boto3("sagemaker")
    cloud.set(quota={"apps": 1})
    key = {"DomainId": domain, "UserProfileName": "alice", "AppName": "default"}
    studio.create_app(**key, AppType="Canvas")
    with refused("ResourceLimitExceeded", "Apps"):
        studio.create_app(**key, AppType="JupyterServer")
    bare = cloud.seed(1, prefix="bare")["domain_id"]
    with refused("ValidationException", "No execution role"):
        studio.create_app(DomainId=bare, UserProfileName="bare", AppType="Canvas", AppName="default")


def test_older_not_found(cloud: Cloud, domain: str) -> None:
    studio = cloud.boto3("sagemaker")
    with refused("ResourceNotFound"):
        studio.describe_space(DomainId=domain, SpaceName="none")
    cloud.set(old_not_found=True)
    with refused("ValidationException", "RecordNotFound"):
        studio.describe_space(DomainId=domain, SpaceName="none")
    with refused("ValidationException", "RecordNotFound"):
        studio.describe_app(DomainId=domain, UserProfileName="alice", AppType="Canvas", AppName="default")


def test_presigned_url(cloud: Cloud, domain: str) -> None:
    studio = cloud.boto3("sagemaker")
    ask = {"DomainId": domain, "UserProfileName": "alice"}
    urls = {studio.create_presigned_domain_url(**ask, LandingUri="studio::", ExpiresInSeconds=5)["AuthorizedUrl"]
            for _ in range(2)}
    assert len(urls) == 2 and all(url.startswith(f"https://{domain}.studio.us-east-1.sagemaker.aws/") for url in urls)
    for wrong, part in (({"LandingUri": "https://evil"}, "LandingUri"), ({"ExpiresInSeconds": 301}, "expiresInSeconds"),
                        ({"SessionExpirationDurationInSeconds": 60}, "sessionExpirationDurationInSeconds")):
        with refused("ValidationException", part):
            cloud.boto3("sagemaker", parameter_validation=False).create_presigned_domain_url(**ask, **wrong)


def test_lifecycle_config(cloud: Cloud, domain: str) -> None:
    studio = cloud.boto3("sagemaker")
    key = {"StudioLifecycleConfigName": "Setup-1"}
    content = base64.b64encode(b"#!/bin/sh\n").decode()
    body = key | {"StudioLifecycleConfigContent": content, "StudioLifecycleConfigAppType": "JupyterLab"}
    with refused("ValidationException", "base64"):
        studio.create_studio_lifecycle_config(**body | {"StudioLifecycleConfigContent": "#!/bin/sh"})
    arn = studio.create_studio_lifecycle_config(**body)["StudioLifecycleConfigArn"]
    with refused("ResourceInUse"):
        studio.create_studio_lifecycle_config(**body)
    assert studio.describe_studio_lifecycle_config(**key)["StudioLifecycleConfigContent"] == content
    assert len(studio.list_studio_lifecycle_configs(AppTypeEquals="JupyterLab")["StudioLifecycleConfigs"]) == 1
    assert studio.list_studio_lifecycle_configs(AppTypeEquals="CodeEditor")["StudioLifecycleConfigs"] == []
    studio.update_user_profile(DomainId=domain, UserProfileName="alice", UserSettings={
        "JupyterLabAppSettings": {"LifecycleConfigArns": [arn]}})
    with refused("ResourceInUse", "in use"):
        studio.delete_studio_lifecycle_config(**key)
    cloud.control("POST", "settle")
    studio.update_user_profile(DomainId=domain, UserProfileName="alice", UserSettings={
        "JupyterLabAppSettings": {"LifecycleConfigArns": []}})
    studio.delete_studio_lifecycle_config(**key)
    with refused("ResourceNotFound"):
        studio.describe_studio_lifecycle_config(**key)


def test_portfolio(cloud: Cloud) -> None:
    studio = cloud.boto3("sagemaker")
    assert studio.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Disabled"
    studio.enable_sagemaker_servicecatalog_portfolio()
    assert studio.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"
