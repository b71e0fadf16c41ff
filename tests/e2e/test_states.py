"""What is busy, failed, late or ignored by AWS: waited for, reported, repaired by the next run, never twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from cloud.client import wait_until
from e2e.estate import Estate

PROFILE = "sagemaker_user_profile/ml-dev/us-east-1/research/alice-fraud"
LAB = "JupyterLabAppSettings"


def instance(name: str) -> dict[str, Any]:
    return {LAB: {"DefaultResourceSpec": {"InstanceType": name}}}


@pytest.fixture
def estate(cloud, tmp_path):
    """Not applied yet: one domain, one team with alice and bob."""
    cloud.set(settle_ms=0)
    made = Estate(cloud, tmp_path)
    made.domain()
    made.team("fraud", "alice", "bob")
    return made


@pytest.fixture
def living(estate):
    estate.apply()
    return estate


def arn_of(estate: Estate, profile: str) -> str:
    return estate.profiles()[profile]["UserProfileArn"]


def sent(estate: Estate, operation: str) -> list[dict[str, Any]]:
    """All requests of the operation since the mark, whatever came of them."""
    return [request for request in estate.cloud.requests(since=estate.mark) if request["operation"] == operation]


# Busy

@pytest.mark.parametrize("status", ["Updating", "Pending"])
def test_what_is_busy_is_waited_for(living, status):
    arn = arn_of(living, "alice-fraud")
    living.cloud.force_status(arn, status)
    living.team("fraud", "alice", "bob", userSettings=instance("ml.t3.large"))
    living.save()
    assert living.changes()[PROFILE]["action"] == "wait"
    living.mark = living.cloud.mark()
    process = living.start("apply", "--yes")
    wait_until(lambda: sent(living, "UpdateUserProfile") and len(sent(living, "ListUserProfiles")) > 3)
    assert [request["input"]["UserProfileName"] for request in sent(living, "UpdateUserProfile")] == ["bob-fraud"]
    living.cloud.force_status(arn, "InService")
    out, err = process.communicate(timeout=60)
    living.check_sanitizers(err)
    assert process.returncode == 0, out + err
    assert [request["status"] for request in sent(living, "UpdateUserProfile")] == [200, 200]


def test_what_gets_busy_between_plan_and_call_is_waited_for(living):
    """AWS then answers ResourceInUse, which is no failure."""
    living.team("fraud", "alice", "bob", userSettings=instance("ml.t3.large"))
    living.save()
    living.mark = living.cloud.mark()
    arn = arn_of(living, "alice-fraud")
    rule = living.cloud.inject("hold", "UpdateUserProfile", occurrence="every")
    process = living.start("apply", "--yes")
    wait_until(lambda: living.cloud.fault(rule)["waiting"] == 2)
    living.cloud.force_status(arn, "Updating")
    living.cloud.clear_faults()
    living.cloud.release(None)
    wait_until(lambda: [request["code"] for request in sent(living, "UpdateUserProfile")].count("ResourceInUse"))
    living.cloud.force_status(arn, "InService")
    out, err = process.communicate(timeout=60)
    living.check_sanitizers(err)
    assert process.returncode == 0, out + err
    for profile in living.profiles().values():
        assert profile["UserSettings"][LAB]["DefaultResourceSpec"]["InstanceType"] == "ml.t3.large"


def test_a_domain_that_is_made_slowly(estate):
    estate.cloud.set(settle_ms_for={"domain": 700})
    estate.apply()
    assert [request["status"] for request in sent(estate, "CreateUserProfile")] == [200, 200]
    assert [request["status"] for request in sent(estate, "CreateDomain")] == [200]


def test_nothing_is_ready_before_it_is_in_service(estate):
    """The run ends well only when what it made can be used."""
    estate.cloud.set(settle_ms_for={"user_profile": 400})
    estate.apply()
    assert {profile["Status"] for profile in estate.profiles().values()} == {"InService"}


def test_waiting_ends_with_the_timeout(living):
    living.cloud.force_status(arn_of(living, "alice-fraud"), "Updating")
    living.team("fraud", "alice", "bob", userSettings=instance("ml.t3.large"))
    living.apply("--timeout", "1s", codes=(4,))
    assert "1 still waiting when the time was up" in living.result.out
    assert [given["UserProfileName"] for _, given in living.calls()] == ["bob-fraud"], "the others go on"


# Failed

def test_a_profile_whose_creation_fails_is_made_again_by_the_next_run(estate):
    estate.cloud.fail_next("user_profile", "create", name="alice-fraud", reason="no room for alice")
    estate.apply(codes=(4,))
    assert "no room for alice" in estate.result.out and PROFILE in estate.result.out
    names = Counter(request["input"]["UserProfileName"] for request in sent(estate, "CreateUserProfile"))
    assert names == {"alice-fraud": 1, "bob-fraud": 1}, "not tried for ever"
    assert estate.profiles()["bob-fraud"]["Status"] == "InService"
    domain = estate.domain_id()
    assert [operation for operation, _ in estate.apply()] == ["DeleteUserProfile", "CreateUserProfile"]
    assert estate.domain_id() == domain
    assert estate.profiles()["alice-fraud"]["Status"] == "InService"


def test_a_creation_that_fails_again_and_again(estate):
    estate.cloud.fail_next("user_profile", "create", name="alice-fraud", reason="still no room", count=3)
    estate.apply(codes=(4,))
    for _ in range(2):
        assert [operation for operation, _ in estate.apply(codes=(4,))] == ["DeleteUserProfile", "CreateUserProfile"]
        assert "still no room" in estate.result.out
    estate.apply()
    estate.nothing_left()


def test_a_failed_domain_is_reported_and_kept_from_use(estate):
    """Deleting it, even a failed one, is the guard's to allow."""
    estate.cloud.fail_next("domain", "create", reason="no address left in the subnet")
    estate.apply(codes=(4,))
    assert "no address left in the subnet" in estate.result.out
    assert len(sent(estate, "CreateDomain")) == 1 and sent(estate, "CreateUserProfile") == []
    address = "sagemaker_domain/ml-dev/us-east-1/research"
    estate.apply(codes=(3,))
    assert address in estate.result.out
    assert sent(estate, "DeleteDomain") == []
    estate.write("approvals/again.yaml", "apiVersion: sagekeeper/v1\nkind: Approval\nmetadata: {name: again}\n"
                 f"spec: {{address: {address}, action: delete, reason: it was never made}}\n")
    calls = estate.apply("--approvals", "approvals")
    assert [operation for operation, _ in calls] == ["DeleteDomain", "CreateDomain"] + ["CreateUserProfile"] * 2, (
        "what waits for the domain comes with it")
    estate.nothing_left()


def test_a_failed_update_is_sent_again_by_the_next_run(living):
    living.cloud.fail_next("user_profile", "update", name="alice-fraud", reason="try later")
    living.team("fraud", "alice", "bob", userSettings=instance("ml.t3.large"))
    living.apply(codes=(4,))
    assert "Update_Failed" in living.result.out and "try later" in living.result.out
    assert len(sent(living, "UpdateUserProfile")) == 2, "not repeated"
    change = living.changes()[PROFILE]
    assert change["action"] == "update" and [field["path"] for field in change["fields"]] == ["Status"]
    calls = living.apply()
    assert [operation for operation, _ in calls] == ["UpdateUserProfile"]
    settings = calls[0][1]["UserSettings"]
    assert settings[LAB] == instance("ml.t3.large")[LAB] and "ExecutionRole" in settings, "all that is declared"
    assert living.profiles()["alice-fraud"]["Status"] == "InService"


def test_a_failed_delete_is_repeated_by_the_next_run(living):
    living.cloud.fail_next("user_profile", "delete", name="bob-fraud", reason="the file system is busy")
    living.team("fraud", "alice")
    living.apply(codes=(4,))
    assert "Delete_Failed" in living.result.out and "the file system is busy" in living.result.out
    assert len(sent(living, "DeleteUserProfile")) == 1
    assert [operation for operation, _ in living.apply()] == ["DeleteUserProfile"]
    assert set(living.profiles()) == {"alice-fraud"}


def test_what_failed_to_be_deleted_and_is_wanted_again_is_blocked(living):
    living.cloud.force_status(arn_of(living, "alice-fraud"), "Delete_Failed", "the file system is busy")
    change = living.changes()[PROFILE]
    assert change["action"] == "blocked" and "the file system is busy" in change["reason"]
    assert living.apply(codes=(2,)) == []


# In use

def start_app(estate: Estate, name: str = "default") -> None:
    estate.boto3("sagemaker").create_app(DomainId=estate.domain_id(), UserProfileName="bob-fraud",
                                         AppType="JupyterServer", AppName=name)


def test_apps_and_private_spaces_go_with_their_profile(living):
    """Access first, data last."""
    sagemaker, domain = living.boto3("sagemaker"), living.domain_id()
    start_app(living)
    sagemaker.create_space(DomainId=domain, SpaceName="bobs", OwnershipSettings={"OwnerUserProfileName": "bob-fraud"},
                           SpaceSharingSettings={"SharingType": "Private"}, SpaceSettings={"AppType": "JupyterLab"})
    sagemaker.create_app(DomainId=domain, SpaceName="bobs", AppType="JupyterLab", AppName="default")
    living.team("fraud", "alice")
    operations = [operation for operation, _ in living.apply()]
    assert operations[0] == "DeleteTags" and sorted(operations[1:3]) == ["DeleteApp", "DeleteApp"]
    assert operations[3:] == ["DeleteSpace", "DeleteUserProfile"]
    assert set(living.profiles()) == {"alice-fraud"}


def test_a_profile_whose_app_ends_slowly_is_closed_at_once(living):
    """The delete waits until the timeout, and the next run ends it."""
    start_app(living)
    arn = arn_of(living, "bob-fraud")
    living.cloud.set(settle_ms_for={"app": 3_600_000})
    living.team("fraud", "alice")
    living.apply("--timeout", "1s", codes=(4,))
    assert "still waiting when the time was up" in living.result.out
    assert living.result.out.count("bob-fraud: waiting") == 1, "said once, not in every cycle"
    assert [operation for operation, _ in living.calls()] == ["DeleteTags", "DeleteApp"], "each once"
    assert "bob-fraud" in living.profiles() and "studiouserid" not in living.tags(arn)
    living.cloud.control("POST", "settle")
    assert [operation for operation, _ in living.apply()] == ["DeleteUserProfile"]
    assert set(living.profiles()) == {"alice-fraud"}


def test_an_app_that_starts_between_look_and_delete(living):
    """ResourceInUse is no failure: the next look sees the app and ends it."""
    living.team("fraud", "alice")
    living.save()
    living.mark = living.cloud.mark()
    rule = living.cloud.inject("hold", "DeleteUserProfile")
    process = living.start("apply", "--yes")
    living.cloud.wait_held(rule)
    start_app(living)
    living.cloud.release(rule)
    out, err = process.communicate(timeout=60)
    living.check_sanitizers(err)
    assert process.returncode == 0, out + err
    assert [request["code"] for request in sent(living, "DeleteUserProfile")] == ["ResourceInUse", None]
    assert len(sent(living, "DeleteApp")) == 1
    assert set(living.profiles()) == {"alice-fraud"}


def test_a_role_that_somebody_put_into_an_instance_profile(living):
    """IAM would refuse the delete; the plan shows the way out of it."""
    iam = living.boto3("iam")
    living.team("credit")
    living.apply()
    iam.create_instance_profile(InstanceProfileName="theirs")
    iam.add_role_to_instance_profile(InstanceProfileName="theirs", RoleName="sagekeeper-credit")
    living.withdraw("Team", "credit")
    assert [operation for operation, _ in living.apply()] == ["RemoveRoleFromInstanceProfile", "DeleteRole"]


def test_a_policy_that_somebody_attached_elsewhere_is_not_torn_from_them(living):
    """Blocked and said why; nothing of theirs is detached."""
    living.policy("own", "s3:GetObject")
    living.team("credit", role={"policies": ["own.json"]})
    living.apply()
    iam = living.boto3("iam")
    arn = living.policies()["credit-own"]
    iam.create_user(UserName="somebody")
    iam.attach_user_policy(UserName="somebody", PolicyArn=arn)
    living.withdraw("Team", "credit")
    living.apply(codes=(2,))
    assert "1 user or group still has it" in living.result.out
    assert "sagekeeper-credit" not in living.roles()
    attached = iam.list_attached_user_policies(UserName="somebody")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    iam.detach_user_policy(UserName="somebody", PolicyArn=arn)
    living.apply()
    assert "credit-own" not in living.policies()


def test_what_gets_in_the_way_of_a_delete_meanwhile_is_planned_for(living):
    """DeleteConflict is no failure: the next look sees what is attached and takes it away."""
    living.team("credit")
    living.apply()
    living.withdraw("Team", "credit")
    living.save()
    living.mark = living.cloud.mark()
    rule = living.cloud.inject("hold", "DeleteRole")
    process = living.start("apply", "--yes")
    living.cloud.wait_held(rule)
    living.boto3("iam").attach_role_policy(RoleName="sagekeeper-credit",
                                           PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    living.cloud.release(rule)
    out, err = process.communicate(timeout=60)
    living.check_sanitizers(err)
    assert process.returncode == 0, out + err
    assert [request["code"] for request in sent(living, "DeleteRole")] == ["DeleteConflict", None]
    assert "sagekeeper-credit" not in living.roles()


# Accepted but not applied

def test_what_aws_accepts_and_does_not_do_is_a_status_of_its_own(living):
    """The tagging API goes on showing the old tags, for longer than the run looks; the rest is seen at once."""
    living.cloud.set(tagging_visibility_ms=3_600_000)
    living.team("fraud", "alice", "bob", tags={"CostCenter": "1"}, userSettings=instance("ml.t3.large"))
    living.apply(codes=(4,))
    assert f"{PROFILE}: accepted but not applied" in living.result.out
    assert Counter(operation for operation, _ in living.calls()) == {
        "AddTags": 2, "UpdateUserProfile": 2, "TagRole": 1}, "sent once"
    living.cloud.clock(advance=7200)
    living.nothing_left()


# Late

def test_everything_is_seen_late_and_nothing_is_made_twice(estate):
    estate.cloud.set(iam_visibility_ms=400, list_visibility_ms=400, tagging_visibility_ms=400, settle_ms=50)
    estate.policy("own", "s3:GetObject")
    estate.team("fraud", "alice", "bob", role={"policies": ["own.json"]})
    calls = estate.apply()
    made = Counter((operation, given.get("PolicyName") or given.get("RoleName") or given.get("UserProfileName")
                    or given.get("DomainName")) for operation, given in calls if operation.startswith("Create"))
    assert made == {("CreatePolicy", "fraud-own"): 1, ("CreatePolicy", "research-default-studio-read-only-v1"): 1,
                    ("CreateRole", "sagekeeper-fraud"): 1, ("CreateRole", "sagekeeper-research-default"): 1,
                    ("CreateDomain", "research"): 1, ("CreateUserProfile", "alice-fraud"): 1,
                    ("CreateUserProfile", "bob-fraud"): 1}
    refused = [request["code"] for request in estate.cloud.requests(since=estate.mark)
               if request["operation"].startswith("Create") and request["code"] in ("EntityAlreadyExists", "ResourceInUse")]
    assert refused == []
    estate.cloud.set(iam_visibility_ms=0, list_visibility_ms=0, tagging_visibility_ms=0)
    estate.nothing_left()


@pytest.mark.parametrize("late", ["iam", "list", "describe", "tagging"])
def test_one_thing_is_seen_late(estate, late):
    estate.cloud.set(**{f"{late}_visibility_ms": 300})
    calls = estate.apply()
    assert Counter(operation for operation, _ in calls if operation.startswith("Create")) == {
        "CreatePolicy": 1, "CreateRole": 2, "CreateDomain": 1, "CreateUserProfile": 2}
    estate.nothing_left()


def test_a_second_run_right_behind_the_first_makes_nothing_twice(estate):
    """Lists still lag behind when the second run looks: what was made moments ago is in the journal."""
    estate.cloud.set(list_visibility_ms=1500)
    estate.apply("--timeout", "1s", codes=(4,))
    estate.apply()
    domains = estate.boto3("sagemaker").list_domains()["Domains"]
    assert [domain["DomainName"] for domain in domains] == ["research"]
    assert estate.cloud.count("CreateDomain") == 1
    assert set(estate.profiles()) == {"alice-fraud", "bob-fraud"}


@pytest.mark.parametrize("lost", ["drop_after", "truncate"])
def test_a_domain_whose_creation_was_not_answered_is_not_made_twice(estate, lost):
    """AWS lets two domains have one name, and lists lag: only patience tells whether it was made."""
    estate.cloud.set(list_visibility_ms=800)
    estate.cloud.inject(lost, "CreateDomain")
    estate.apply()
    domains = estate.boto3("sagemaker").list_domains()["Domains"]
    assert [domain["DomainName"] for domain in domains] == ["research"]
    assert len(sent(estate, "CreateDomain")) == 1
    assert set(estate.profiles()) == {"alice-fraud", "bob-fraud"}
    estate.nothing_left()
