"""Statuses over time: what is busy, what a busy thing refuses, how things fail, when changes show."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from cloud.client import Cloud

from support import TRUST, make_domain, make_profile, refused, text

KEY = {"UserProfileName": "alice"}


def _status(cloud: Cloud, domain: str) -> str:
    return str(cloud.boto3("sagemaker").describe_user_profile(DomainId=domain, **KEY)["Status"])


def test_time_moves_the_status(cloud: Cloud) -> None:
    cloud.set(settle_ms=0, settle_ms_for={"user_profile": 3_600_000})
    domain = make_domain(cloud)
    cloud.boto3("sagemaker").create_user_profile(DomainId=domain, **KEY)
    assert _status(cloud, domain) == "Pending"
    cloud.clock(advance=3590)
    assert _status(cloud, domain) == "Pending"
    cloud.clock(advance=11)
    seen = cloud.boto3("sagemaker").describe_user_profile(DomainId=domain, **KEY)
    assert seen["Status"] == "InService"
    assert (seen["LastModifiedTime"] - seen["CreationTime"]).total_seconds() == pytest.approx(3600, abs=0.1)


def test_nothing_takes_time_when_told_so(cloud: Cloud) -> None:
    cloud.set(settle_ms=0)
    studio = cloud.boto3("sagemaker")
    domain = cloud.seed(0)["domain_id"]
    studio.create_user_profile(DomainId=domain, **KEY)
    assert _status(cloud, domain) == "InService"
    studio.delete_user_profile(DomainId=domain, **KEY)
    assert studio.list_user_profiles()["UserProfiles"] == []


def test_reads_move_the_status(cloud: Cloud) -> None:
    cloud.set(settle_reads_for={"user_profile": 3})
    studio = cloud.boto3("sagemaker")
    domain = cloud.seed(0)["domain_id"]
    studio.create_user_profile(DomainId=domain, **KEY)
    assert _status(cloud, domain) == "Pending"
    assert studio.list_user_profiles()["UserProfiles"][0]["Status"] == "Pending"
    assert _status(cloud, domain) == "Pending"
    assert _status(cloud, domain) == "InService"


def test_default_settles_by_itself(cloud: Cloud) -> None:
    cloud.set(settle_ms=50)
    domain = cloud.seed(0)["domain_id"]
    studio = cloud.boto3("sagemaker")
    studio.create_user_profile(DomainId=domain, **KEY)
    cloud.wait_status(studio.describe_user_profile, DomainId=domain, **KEY)


WRITES: dict[str, Callable[[Any, str], Any]] = {
    "update profile": lambda studio, domain: studio.update_user_profile(DomainId=domain, UserSettings={}, **KEY),
    "delete profile": lambda studio, domain: studio.delete_user_profile(DomainId=domain, **KEY),
    "update domain": lambda studio, domain: studio.update_domain(DomainId=domain),
    "delete domain": lambda studio, domain: studio.delete_domain(DomainId=domain),
    "create in domain": lambda studio, domain: studio.create_user_profile(DomainId=domain, UserProfileName="bob"),
    "update space": lambda studio, domain: studio.update_space(DomainId=domain, SpaceName="s"),
    "delete space": lambda studio, domain: studio.delete_space(DomainId=domain, SpaceName="s"),
    "delete app": lambda studio, domain: studio.delete_app(DomainId=domain, AppType="Canvas", AppName="default", **KEY),
    "create app on busy profile": lambda studio, domain: studio.create_app(
        DomainId=domain, AppType="JupyterServer", AppName="default", **KEY),
}


BUSY = [(status, write) for status in ("Pending", "Updating", "Deleting") for write in WRITES
        if (status, write) != ("Updating", "delete app")]  # apps have no update


@pytest.mark.parametrize("status, write", BUSY)
def test_busy_things_refuse_writes(cloud: Cloud, status: str, write: str) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    make_profile(cloud, domain)
    studio.create_space(DomainId=domain, SpaceName="s", SpaceSettings={"AppType": "JupyterLab"},
                        OwnershipSettings={"OwnerUserProfileName": "alice"}, SpaceSharingSettings={"SharingType": "Private"})
    studio.create_app(DomainId=domain, AppType="Canvas", AppName="default", **KEY)
    cloud.control("POST", "settle")
    kind = write.split()[-1] if write.split()[-1] in ("space", "app", "domain") else "user-profile"
    for resource in cloud.state()["studio"][0]["resources"]:
        if f":{kind}/" in resource["arn"]:
            cloud.force_status(resource["arn"], status)
    busy_domain_gone = write == "create in domain" and status == "Deleting"
    with refused("ResourceNotFound" if busy_domain_gone else "ResourceInUse"):
        WRITES[write](studio, domain)


@pytest.mark.parametrize("operation, status", [
    ("create", "Failed"), ("update", "Update_Failed"), ("delete", "Delete_Failed")])
def test_failures(cloud: Cloud, operation: str, status: str) -> None:
    studio = cloud.boto3("sagemaker")
    domain = make_domain(cloud)
    cloud.fail_next("user_profile", operation, name="ALICE", reason="no luck")
    make_profile(cloud, domain, "bob")
    make_profile(cloud, domain)
    if operation == "update":
        studio.update_user_profile(DomainId=domain, UserSettings={"SecurityGroups": ["sg-1"]}, **KEY)
    elif operation == "delete":
        studio.delete_user_profile(DomainId=domain, **KEY)
    cloud.control("POST", "settle")
    seen = studio.describe_user_profile(DomainId=domain, **KEY)
    assert (seen["Status"], seen["FailureReason"]) == (status, "no luck")
    assert studio.describe_user_profile(DomainId=domain, UserProfileName="bob")["Status"] == "InService"
    if operation == "update":
        studio.update_user_profile(DomainId=domain, UserSettings={"SecurityGroups": ["sg-2"]}, **KEY)
        cloud.control("POST", "settle")
        seen = studio.describe_user_profile(DomainId=domain, **KEY)
        assert seen["Status"] == "InService" and "FailureReason" not in seen
    else:
        with refused("ValidationException", status):
            studio.update_user_profile(DomainId=domain, UserSettings={}, **KEY)
    studio.delete_user_profile(DomainId=domain, **KEY)
    cloud.control("POST", "settle")
    with refused("ResourceNotFound"):
        studio.describe_user_profile(DomainId=domain, **KEY)


def test_forced_status(cloud: Cloud) -> None:
    domain = make_domain(cloud)
    arn = make_profile(cloud, domain)
    cloud.force_status(arn, "Failed", "by hand")
    assert cloud.boto3("sagemaker").describe_user_profile(DomainId=domain, **KEY)["FailureReason"] == "by hand"
    cloud.force_status(arn, "gone")
    with refused("ResourceNotFound"):
        _status(cloud, domain)


def test_late_lists_and_describes(cloud: Cloud) -> None:
    cloud.set(list_visibility_ms=60_000, describe_visibility_ms=30_000, settle_ms=0)
    studio = cloud.boto3("sagemaker")
    domain = cloud.seed(0)["domain_id"]
    cloud.clock(advance=100)
    studio.create_user_profile(DomainId=domain, **KEY)
    assert studio.list_user_profiles()["UserProfiles"] == []
    with refused("ResourceNotFound"):
        _status(cloud, domain)
    with refused("ResourceInUse", "already exists"):
        studio.create_user_profile(DomainId=domain, **KEY)
    cloud.clock(advance=31)
    assert _status(cloud, domain) == "InService" and studio.list_user_profiles()["UserProfiles"] == []
    cloud.clock(advance=30)
    assert len(studio.list_user_profiles()["UserProfiles"]) == 1


def test_roles_and_policies_spread_slowly(cloud: Cloud) -> None:
    cloud.set(iam_visibility_ms=20_000)
    iam, studio = cloud.boto3("iam"), cloud.boto3("sagemaker")
    domain = cloud.seed(0)["domain_id"]
    arn = iam.create_role(RoleName="team", AssumeRolePolicyDocument=text(TRUST))["Role"]["Arn"]
    policy = iam.create_policy(PolicyName="p", PolicyDocument=text({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))["Policy"]["Arn"]
    names = ("GetAccountAuthorizationDetails", "RoleDetailList", "Policies")
    details = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    assert details[names[1]] == details[names[2]] == [] == iam.list_roles()["Roles"]
    for call in (lambda: iam.get_role(RoleName="team"), lambda: iam.get_policy(PolicyArn=policy),
                 lambda: iam.attach_role_policy(RoleName="team", PolicyArn=policy)):
        with refused("NoSuchEntity"):
            call()
    with refused("EntityAlreadyExists"):
        iam.create_role(RoleName="team", AssumeRolePolicyDocument=text(TRUST))
    with refused("MalformedPolicyDocument", "Invalid principal in policy"):
        iam.create_role(RoleName="next", AssumeRolePolicyDocument=text({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}]}))
    with refused("ValidationException", "trust relationship"):
        studio.create_user_profile(DomainId=domain, UserSettings={"ExecutionRole": arn}, **KEY)
    cloud.clock(advance=21)
    iam.attach_role_policy(RoleName="team", PolicyArn=policy)
    studio.create_user_profile(DomainId=domain, UserSettings={"ExecutionRole": arn}, **KEY)
    assert _status(cloud, domain) == "Pending"
