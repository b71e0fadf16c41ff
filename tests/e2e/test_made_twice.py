"""A domain that one call made twice: AWS enforces no unique names, so two carry our tags. The copy that
nobody works in goes by itself; what people have something in never does."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from cloud.client import wait_until
from e2e.support import DOMAIN, Scenario
from e2e.test_killed import kill_at


class Twins:
    """Both domains after an apply that was killed as soon as they were there: oldest first."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.sagemaker = scenario.boto3("sagemaker")
        scenario.cloud.set(settle_ms_for={"domain": 600_000})
        scenario.cloud.inject("double", "CreateDomain")
        process = scenario.start("apply", "--yes")
        wait_until(lambda: len(self.ids()) == 2, 60, "two domains")
        process.kill()
        process.communicate()
        scenario.cloud.clear_faults()
        for domain in self.sagemaker.list_domains()["Domains"]:
            scenario.cloud.force_status(domain["DomainArn"], "InService")
        scenario.cloud.set(settle_ms_for={"domain": 20})
        self.older, self.younger = self.ids()
        scenario.mark = scenario.cloud.mark()

    def ids(self) -> list[str]:
        """The list is ordered by time of creation, then by id."""
        return [domain["DomainId"] for domain in self.sagemaker.list_domains()["Domains"]]

    def profile(self, domain: str, name: str = "by-hand") -> None:
        self.sagemaker.create_user_profile(DomainId=domain, UserProfileName=name)
        self.scenario.cloud.wait_status(self.sagemaker.describe_user_profile, DomainId=domain, UserProfileName=name)

    def space(self, domain: str) -> None:
        """A shared one: it needs no profile."""
        role = self.sagemaker.describe_domain(DomainId=domain)["DefaultUserSettings"]["ExecutionRole"]
        self.sagemaker.update_domain(DomainId=domain, DefaultSpaceSettings={"ExecutionRole": role})
        self.scenario.cloud.wait_status(self.sagemaker.describe_domain, DomainId=domain)
        self.sagemaker.create_space(DomainId=domain, SpaceName="shared")
        self.scenario.cloud.wait_status(self.sagemaker.describe_space, DomainId=domain, SpaceName="shared")

    def copy_change(self, codes: tuple[int, ...] = (2,)) -> dict[str, Any]:
        """The one change of the plan that is about a domain."""
        domains = [change for change in self.scenario.plan(codes=codes)["changes"]
                   if change["kind"] == "sagemaker_domain"]
        assert len(domains) == 1, domains
        return domains[0]

    def deletes(self) -> list[dict[str, Any]]:
        """Every DeleteDomain that was sent, whatever came of it."""
        return [request for request in self.scenario.cloud.requests(since=self.scenario.mark)
                if request["operation"] == "DeleteDomain"]

    def settled(self, kept: str) -> None:
        assert self.ids() == [kept]
        assert {profile["DomainId"] for profile in self.scenario.profiles().values()} == {kept}
        assert {"user1-team1", "user1-team2", "user2-team2"} <= set(self.scenario.profiles())
        assert self.scenario.plan(codes=(0,))["changes"] == []


@pytest.fixture
def twins(scenario):
    return Twins(scenario)


def test_the_run_itself_takes_the_copy_back(scenario):
    scenario.cloud.inject("double", "CreateDomain")
    result = scenario.run("apply", "--yes").expect(0)
    deletes = [request for request in scenario.cloud.requests() if request["operation"] == "DeleteDomain"]
    assert [request["input"]["RetentionPolicy"] for request in deletes] == [{"HomeEfsFileSystem": "Delete"}]
    gone = deletes[0]["input"]["DomainId"]
    assert f"{DOMAIN}~{gone}: deleted" in result.out
    assert scenario.domain_id() != gone
    assert scenario.plan(codes=(0,))["changes"] == []


def test_a_lost_answer_and_lists_that_lag_long(scenario):
    """A minute later the domain is still not listed: it is made again, and then both are there."""
    scenario.cloud.set(list_visibility_ms=3_600_000)
    scenario.cloud.inject("drop_after", "CreateDomain")
    scenario.run("apply", "--yes", "--timeout", "1s").expect(4)
    later = {"SAGEKEEPER_TEST_CLOCK_OFFSET": "60"}
    scenario.run("apply", "--yes", "--timeout", "1s", env=later).expect(4)
    assert scenario.cloud.count("CreateDomain") == 2
    scenario.cloud.set(list_visibility_ms=0)
    scenario.run("apply", "--yes", env=later).expect(0)
    assert len(scenario.boto3("sagemaker").list_domains()["Domains"]) == 1
    assert len(scenario.profiles()) == 3
    assert scenario.plan(codes=(0,))["changes"] == []


def test_the_next_run_shows_and_deletes_the_empty_copy(twins):
    change = twins.copy_change()
    assert change["action"] == "delete" and change["address"] == f"{DOMAIN}~{twins.younger}"
    assert change["copyOf"] == DOMAIN and twins.older in change["reason"]
    assert [call["operation"] for call in change["calls"]] == ["ListTags", "DeleteDomain"]
    twins.scenario.run("apply", "--yes").expect(0)
    assert [request["input"]["DomainId"] for request in twins.deletes()] == [twins.younger]
    twins.settled(twins.older)


@pytest.mark.parametrize("thing", ["profile", "space"])
def test_what_people_have_something_in_is_kept(twins, thing):
    """Although the other one is older."""
    if thing == "profile":
        twins.profile(twins.younger)
    else:
        twins.space(twins.younger)
    assert twins.copy_change()["address"] == f"{DOMAIN}~{twins.older}"
    twins.scenario.run("apply", "--yes").expect(0)
    assert [request["input"]["DomainId"] for request in twins.deletes()] == [twins.older]
    twins.settled(twins.younger)
    assert thing == "space" or "by-hand" in twins.scenario.profiles()


def test_two_that_people_work_in_are_for_a_person_to_decide(twins):
    twins.profile(twins.older)
    twins.profile(twins.younger, "by-hand-too")
    change = twins.copy_change()
    assert change["action"] == "blocked" and change["calls"] == []
    assert twins.younger in change["address"] and twins.older in change["reason"]
    result = twins.scenario.run("apply", "--yes").expect(2)
    assert twins.younger in result.out and twins.older in result.out
    assert twins.ids() == [twins.older, twins.younger] and twins.deletes() == []
    twins.sagemaker.delete_user_profile(DomainId=twins.younger, UserProfileName="by-hand-too")
    wait_until(lambda: not twins.sagemaker.list_user_profiles(DomainIdEquals=twins.younger)["UserProfiles"])
    twins.scenario.run("apply", "--yes").expect(0)
    twins.settled(twins.older)


def test_without_the_journal_an_approval_is_needed(twins):
    shutil.rmtree(twins.scenario.state)
    address = f"{DOMAIN}~{twins.younger}"
    change = twins.copy_change(codes=(3,))
    assert change["action"] == "delete" and change["refused"] is True
    result = twins.scenario.run("apply", "--yes").expect(3)
    assert f"an Approval {{address: {address}, action: delete, reason: …}}" in result.out
    assert twins.ids() == [twins.older, twins.younger] and twins.deletes() == []
    twins.scenario.write("approvals/copy.yaml", "apiVersion: sagekeeper/v1\nkind: Approval\n"
                         "metadata: {name: drop-the-copy}\n"
                         f"spec: {{address: {address}, action: delete, reason: nobody works in it}}\n")
    twins.scenario.commit("approve")
    twins.scenario.run("apply", "--yes", "--approvals", "approvals").expect(0)
    # What was in it before is not known here: its home file system stays.
    assert [request["input"] for request in twins.deletes()] == [
        {"DomainId": twins.younger, "RetentionPolicy": {"HomeEfsFileSystem": "Retain"}}]
    twins.settled(twins.older)


def test_a_domain_of_another_name_with_copied_tags_is_nobodys(applied):
    sagemaker = applied.boto3("sagemaker")
    ours = sagemaker.describe_domain(DomainId=applied.domain_id())
    sagemaker.create_domain(DomainName="elsewhere", Tags=sagemaker.list_tags(ResourceArn=ours["DomainArn"])["Tags"],
                            **{name: ours[name] for name in ("AuthMode", "VpcId", "SubnetIds", "DefaultUserSettings")})
    assert applied.plan(codes=(0,))["changes"] == []


@pytest.mark.parametrize("operation", ["ListUserProfiles", "ListSpaces", "ListApps", "GetResources"])
def test_nothing_goes_on_a_partial_view(twins, operation):
    twins.scenario.cloud.inject("fail", operation, occurrence="every", code="AccessDeniedException", status=400)
    twins.scenario.run("apply", "--yes").expect(4)
    assert twins.ids() == [twins.older, twins.younger] and twins.deletes() == []
    twins.scenario.cloud.clear_faults()
    twins.scenario.run("apply", "--yes").expect(0)
    twins.settled(twins.older)


def hold_the_delete(twins: Twins) -> Any:
    """An apply that is about to read the copy's tags again, right before its delete."""
    rule = twins.scenario.cloud.inject("hold", "ListTags")
    process = twins.scenario.start("apply", "--yes")
    twins.scenario.cloud.wait_held(rule)
    return rule, process


def test_a_profile_made_meanwhile_saves_the_copy(twins):
    """AWS refuses; people then have something in both, since the same apply made profiles in the other."""
    rule, process = hold_the_delete(twins)
    twins.profile(twins.younger)
    twins.scenario.cloud.release(rule)
    out, err = process.communicate(timeout=60)
    twins.scenario.check_sanitizers(err)
    assert process.returncode == 2 and "1 blocked" in out, out + err
    assert {request["code"] for request in twins.deletes()} == {"ResourceInUse"}
    assert twins.ids() == [twins.older, twins.younger]
    assert "by-hand" in twins.scenario.profiles()


@pytest.mark.parametrize("stage", ["receipt", "effect", "answer"])
@pytest.mark.parametrize("operation", ["ListTags", "DeleteDomain"])
def test_killed_while_the_copy_goes(twins, operation, stage):
    assert kill_at(twins.scenario, f"sagemaker:{operation}", 1, stage)
    twins.scenario.run("apply", "--yes").expect(0)
    twins.settled(twins.older)


def test_tags_lost_meanwhile_save_the_copy(twins):
    rule, process = hold_the_delete(twins)
    (arn,) = [domain["DomainArn"] for domain in twins.sagemaker.list_domains()["Domains"]
              if domain["DomainId"] == twins.younger]
    twins.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["sagekeeper:owner"])
    twins.scenario.cloud.release(rule)
    out, err = process.communicate(timeout=60)
    twins.scenario.check_sanitizers(err)
    assert process.returncode == 4 and "no longer ours" in out, out + err
    assert twins.ids() == [twins.older, twins.younger] and twins.deletes() == []
