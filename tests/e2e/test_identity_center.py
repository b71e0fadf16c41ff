"""Groups of Identity Center's directory: membership in Git, users that come later, a directory in
other hands, and a lost record. All from boto3's view."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from e2e.estate import Estate
from e2e.support import ACCOUNT, REGION, Result

PLACE = f"ml-dev/{REGION}"
GROUP = f"identitystore_group/{PLACE}/sagekeeper-fraud"


def membership(user: str, group: str = "sagekeeper-fraud") -> str:
    return f"identitystore_group_membership/{PLACE}/{group}/{user}"


def user_address(user: str) -> str:
    return f"identitystore_user/{PLACE}/{user}"


class Office(Estate):
    """An estate with a directory, seen by boto3."""

    def __init__(self, cloud, folder, source: Any = "git") -> None:
        super().__init__(cloud, folder)
        self.declare("Organization", "acme", identitySource=source,
                     accounts=[{"name": "ml-dev", "id": ACCOUNT, "regions": [REGION]}])
        self.domain()
        self.people = self.boto3("identitystore")
        instance = self.boto3("sso-admin").list_instances()["Instances"][0]
        self.store = {"IdentityStoreId": instance["IdentityStoreId"]}
        self.approvals = folder / "approvals"

    def hire(self, *names: str) -> None:
        for name in names:
            address = name if "@" in name else f"{name}@example.com"
            self.people.create_user(**self.store, UserName=name, DisplayName=name, Emails=[{"Value": address}],
                                    Name={"GivenName": name, "FamilyName": "Example"})

    def user_id(self, name: str) -> str:
        found = {"AttributePath": "userName", "AttributeValue": name}
        return self.people.get_user_id(**self.store, AlternateIdentifier={"UniqueAttribute": found})["UserId"]

    def groups(self) -> dict[str, dict[str, Any]]:
        return {group["DisplayName"]: group for group in self.people.list_groups(**self.store)["Groups"]}

    def members(self, group: str = "sagekeeper-fraud") -> set[str]:
        """User names of the group's members."""
        pages = self.people.get_paginator("list_group_memberships").paginate(
            **self.store, GroupId=self.groups()[group]["GroupId"])
        return {self.people.describe_user(**self.store, UserId=item["MemberId"]["UserId"])["UserName"]
                for page in pages for item in page["GroupMemberships"]}

    def add_by_hand(self, name: str, group: str = "sagekeeper-fraud") -> None:
        self.people.create_group_membership(**self.store, GroupId=self.groups()[group]["GroupId"],
                                            MemberId={"UserId": self.user_id(name)})

    def later(self, *arguments: str) -> Result:
        """A run after the time for which AWS may not show what was made."""
        self.cloud.clock(skew=120)
        try:
            return self.run(*arguments, env={"SAGEKEEPER_TEST_CLOCK_OFFSET": "120"})
        finally:
            self.cloud.clock(skew=0)

    def lose_the_store(self) -> None:
        shutil.rmtree(self.state)

    def approve(self, name: str, address: str, action: str) -> None:
        self.write(f"approvals/{name}.yaml",
                   "apiVersion: sagekeeper/v1\nkind: Approval\n"
                   f"metadata: {{name: {name}}}\nspec: {{address: '{address}', action: {action}, reason: it is ours}}\n")
        self.commit(f"approve {name}")


def directory_calls(calls: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [operation for operation, given in calls if "IdentityStoreId" in given]


@pytest.fixture
def office(cloud, tmp_path) -> Office:
    office = Office(cloud, tmp_path)
    office.hire("alice", "bob", "carol")
    return office


# what Git says


def test_a_team_gets_its_group_and_members_come_and_go(office: Office) -> None:
    office.team("fraud", "alice", "bob")
    assert directory_calls(office.apply()) == ["CreateGroup", "CreateGroupMembership", "CreateGroupMembership"]
    assert office.members() == {"alice", "bob"}
    assert office.groups()["sagekeeper-fraud"]["Description"] == "Team fraud (sagekeeper: acme)"
    office.nothing_left()

    office.team("fraud", "bob", "carol")
    office.save()
    changes = office.changes()
    assert changes[membership("alice")]["action"] == "delete"
    assert changes[membership("carol")]["action"] == "create"
    # access is taken away first, and granted last
    calls = office.apply()
    assert directory_calls(calls) == ["DeleteGroupMembership", "CreateGroupMembership"]
    operations = [operation for operation, _ in calls]
    assert operations.index("DeleteGroupMembership") < operations.index("CreateGroupMembership")
    assert office.members() == {"bob", "carol"}
    office.nothing_left()


def test_a_group_is_changed_and_goes_with_its_team(office: Office) -> None:
    office.team("fraud", "alice", group={"name": "Fraud people", "description": "Looks at fraud"})
    office.team("risk", "bob")
    office.apply()
    made = office.groups()
    assert set(made) == {"Fraud people", "sagekeeper-risk"}
    office.team("fraud", "alice", group={"name": "Fraud people", "description": "Finds fraud"})
    assert directory_calls(office.apply()) == ["UpdateGroup"]
    changed = office.groups()["Fraud people"]
    assert changed["Description"] == "Finds fraud (sagekeeper: acme)"
    assert changed["GroupId"] == made["Fraud people"]["GroupId"]
    office.withdraw("Team", "fraud")
    assert directory_calls(office.apply()) == ["DeleteGroupMembership", "DeleteGroup"]
    assert set(office.groups()) == {"sagekeeper-risk"}
    office.nothing_left()


def test_another_name_is_another_group_but_not_another_case(office: Office) -> None:
    """As docs/guide/identity-center.md says: what was assigned to the old group goes with it."""
    office.team("fraud", "alice", group="Fraud")
    office.apply()
    made = office.groups()["Fraud"]["GroupId"]
    office.team("fraud", "alice", group="FRAUD")
    assert directory_calls(office.apply()) == ["UpdateGroup"]
    assert office.groups()["FRAUD"]["GroupId"] == made
    office.team("fraud", "alice", group="Fraud people")
    assert "DeleteGroup" in directory_calls(office.apply())
    assert set(office.groups()) == {"Fraud people"} and office.groups()["Fraud people"]["GroupId"] != made
    office.nothing_left()


def test_users_are_found_by_address_and_whatever_their_case(office: Office) -> None:
    office.declare("User", "Alice")
    office.declare("User", "bob@example.com")
    office.declare("User", "caro", email="carol@example.com")
    office.team("fraud", "Alice", "bob@example.com", "caro")
    office.apply()
    assert office.members() == {"alice", "bob", "carol"}
    office.nothing_left()


def test_who_is_declared_under_two_names_stays_in_both_groups(office: Office) -> None:
    office.team("fraud", "alice")
    office.team("risk", "alice@example.com")
    office.apply()
    assert office.members() == office.members("sagekeeper-risk") == {"alice"}
    office.nothing_left()


def test_a_membership_that_ended_goes(office: Office) -> None:
    office.team("fraud", "alice", {"user": "bob", "until": "2020-01-31"})
    office.apply()
    assert office.members() == {"alice"}


def test_many_members_in_pages(office: Office) -> None:
    names = [f"user{number}" for number in range(120)]
    office.hire(*names)
    office.declare("Team", "fraud", domain="research", members=[], executionRole={})
    office.apply()
    for name in names:
        office.add_by_hand(name)
    office.save()
    plan = office.plan("--delete-limit", "200", "--delete-percent", "100")
    assert {change["address"] for change in plan["changes"]} == {membership(name) for name in names}
    # and as with everything else, so many at once are a broken source until somebody says otherwise
    assert office.run("plan").expect(3).out.count("delete-limit") >= 1


# users that come later


def test_a_user_created_later_by_the_directory(office: Office) -> None:
    office.team("fraud", "alice", "dora")
    office.apply(codes=(2,))
    assert office.members() == {"alice"}
    assert "pending" in office.result.out
    changes = office.changes()
    assert {address: change["action"] for address, change in changes.items()} == {
        user_address("dora"): "wait", membership("dora"): "wait"}
    assert all(change["pending"] for change in changes.values())
    assert "made elsewhere" in changes[user_address("dora")]["reason"]
    office.hire("dora")
    office.later("run", "--once", "--mode", "enforce").expect(0)
    assert office.members() == {"alice", "dora"}
    office.nothing_left()


# by hand


def test_a_member_added_by_hand_is_grave_drift_and_removed(office: Office) -> None:
    office.team("fraud", "alice")
    office.apply()
    office.add_by_hand("bob")
    row, = office.run("drift", "--output", "json").expect(2).json["rows"]
    assert (row["address"], row["status"], row["severity"], row["remedy"]) == (
        membership("bob"), "unexpected", "high", "delete")
    office.later("run", "--once", "--mode", "enforce").expect(0)
    assert office.members() == {"alice"}


def test_a_member_removed_by_hand_comes_back(office: Office) -> None:
    office.team("fraud", "alice", "bob")
    office.apply()
    item, = [item for item in office.people.list_group_memberships(
        **office.store, GroupId=office.groups()["sagekeeper-fraud"]["GroupId"])["GroupMemberships"]
        if item["MemberId"]["UserId"] == office.user_id("bob")]
    office.people.delete_group_membership(**office.store, MembershipId=item["MembershipId"])
    row, = office.run("drift", "--output", "json").expect(2).json["rows"]
    assert (row["address"], row["status"], row["severity"]) == (membership("bob"), "missing", "high")
    office.later("run", "--once", "--mode", "enforce").expect(0)
    assert office.members() == {"alice", "bob"}


def test_a_group_renamed_by_hand_is_found_and_named_again(office: Office) -> None:
    office.team("fraud", "alice")
    office.apply()
    made = office.groups()["sagekeeper-fraud"]["GroupId"]
    office.people.update_group(**office.store, GroupId=made,
                               Operations=[{"AttributePath": "displayName", "AttributeValue": "Sales"}])
    row, = office.run("drift", "--output", "json").expect(2).json["rows"]
    assert (row["address"], row["status"], row["severity"]) == (GROUP, "changed", "high")
    assert directory_calls(office.apply()) == ["UpdateGroup"]
    assert office.groups()["sagekeeper-fraud"]["GroupId"] == made


def test_another_group_of_the_name_is_never_taken_for_ours(office: Office) -> None:
    office.team("fraud", "alice")
    office.apply()
    office.people.delete_group(**office.store, GroupId=office.groups()["sagekeeper-fraud"]["GroupId"])
    office.people.create_group(**office.store, DisplayName="sagekeeper-fraud")
    office.add_by_hand("bob")
    plan = office.later("plan", "--output", "json").expect(3).json
    changes = {change["address"]: change for change in plan["changes"]}
    assert changes[GROUP]["action"] == "blocked" and "nothing records" in changes[GROUP]["reason"]
    assert changes[membership("alice")]["action"] == "blocked"
    assert changes[membership("bob")]["refused"]
    assert directory_calls(office.apply(codes=(3,))) == []
    assert office.members() == {"bob"}


# a lost record


def test_without_the_record_nothing_is_taken_away(office: Office) -> None:
    office.team("fraud", "alice", "bob")
    office.team("risk", "carol")
    office.apply()
    before = office.groups()
    office.lose_the_store()
    office.team("fraud", "alice")
    office.withdraw("Team", "risk")
    assert directory_calls(office.apply(codes=(3,))) == []
    assert "unattributed" in office.result.out
    assert office.groups() == before and office.members() == {"alice", "bob"}
    changes = office.changes(codes=(3,))
    assert changes[GROUP]["action"] == "blocked"
    for address in (membership("bob"), f"identitystore_group/{PLACE}/sagekeeper-risk"):
        assert changes[address]["action"] == "delete" and changes[address]["refused"]
        assert "unattributed" in changes[address]["reason"]
    assert membership("alice") not in changes
    listed = {item["address"]: item["ownership"] for item in office.run("get", "--output", "json").json}
    assert {listed[GROUP], listed[membership("alice")]} == {"unattributed"}
    # an applied cycle records nothing of it either
    assert office.changes(codes=(3,)).keys() == changes.keys()


def test_approvals_give_a_group_back_and_let_the_rest_go(office: Office) -> None:
    office.team("fraud", "alice", "bob")
    office.team("risk", "carol")
    office.apply()
    office.lose_the_store()
    office.team("fraud", "alice", group={"adopt": True})
    office.withdraw("Team", "risk")
    approvals = ("--approvals", "approvals")
    office.apply(*approvals, codes=(3,))
    assert office.members() == {"alice", "bob"}
    office.approve("fraud", GROUP, "adopt")
    office.approve("risk", f"identitystore_group/{PLACE}/sagekeeper-risk", "delete")
    office.mark = office.cloud.mark()
    office.run("apply", "--yes", *approvals).expect(2, 3)
    assert directory_calls(office.calls()) == ["DeleteGroup"]
    # ours again: what is not declared goes, as if the record had never been lost
    office.run("apply", "--yes", *approvals).expect(0)
    assert office.members() == {"alice"}
    assert set(office.groups()) == {"sagekeeper-fraud"}
    office.nothing_left()


def test_an_approval_for_one_membership(office: Office) -> None:
    office.team("fraud", "alice", "bob", "carol")
    office.apply()
    office.lose_the_store()
    office.team("fraud", "alice")
    office.save()
    office.approve("bob", membership("bob"), "delete")
    office.run("apply", "--yes", "--approvals", "approvals").expect(3)
    assert office.members() == {"alice", "carol"}


def test_a_group_that_others_made_is_not_ours(office: Office) -> None:
    office.people.create_group(**office.store, DisplayName="sagekeeper-fraud", Description="by hand")
    office.team("fraud", "alice")
    changes = office.apply(codes=(2,)) and office.changes()
    assert changes[GROUP]["action"] == changes[membership("alice")]["action"] == "blocked"
    assert office.members() == set()


def test_a_quota_stops_only_what_needs_it(office: Office) -> None:
    office.team("fraud", "alice")
    office.cloud.set(quota={"groups": 0})
    office.apply(codes=(4,))
    assert "quota" in office.result.out.lower() and office.groups() == {}
    assert set(office.profiles()) == {"alice-fraud"}
    office.cloud.set(quota={})
    office.apply()
    assert office.members() == {"alice"}


# a run that ended in between


@pytest.mark.parametrize("operation", ["CreateGroup", "CreateGroupMembership"])
def test_an_answer_that_was_lost(office: Office, operation: str) -> None:
    office.team("fraud", "alice")
    office.cloud.inject("drop_after", operation)
    office.apply()
    assert office.members() == {"alice"}
    office.nothing_left()


@pytest.mark.parametrize("stage", ["receipt", "effect", "answer"])
def test_a_run_killed_while_the_group_is_made(office: Office, stage: str) -> None:
    office.team("fraud", "alice")
    office.save()
    rule = office.cloud.inject("hold", "CreateGroup", stage=stage)
    process = office.start("apply", "--yes")
    office.cloud.wait_held(rule)
    process.kill()
    process.communicate()
    office.cloud.release(rule)
    office.apply()
    assert len(office.groups()) == 1 and office.members() == {"alice"}
    office.nothing_left()


# a directory in other hands


@pytest.fixture
def provisioned(cloud, tmp_path) -> Office:
    office = Office(cloud, tmp_path, {"membership": "external"})
    cloud.provision({"Fraud": ["alice", "bob"]}, account=ACCOUNT, region=REGION)
    cloud.set(external_directory=True)
    return office


def test_an_external_directory_is_only_looked_at(provisioned: Office) -> None:
    office = provisioned
    office.team("fraud", "alice", "carol", group="Fraud")
    calls = office.apply(codes=(2,))
    assert directory_calls(calls) == []
    plan = office.plan()
    assert {change["address"]: change["action"] for change in plan["changes"]} == {user_address("carol"): "wait"}
    assert {item["address"]: item["message"] for item in plan["notices"]}.keys() == {membership("bob", "Fraud")}
    office.cloud.provision({"Fraud": ["alice"], "Other": ["carol"]}, account=ACCOUNT, region=REGION)
    plan = office.plan(codes=(0,))
    assert [item["address"] for item in plan["notices"]] == [membership("carol", "Fraud")]
    assert "not ours" in office.run("plan").expect(0).out
    assert office.members("Fraud") == {"alice"}
    assert office.run("drift", "--output", "json").expect(0).json["rows"] == []


def test_an_external_group_that_is_not_there_yet(provisioned: Office) -> None:
    office = provisioned
    office.team("risk", "alice")
    assert directory_calls(office.apply(codes=(2,))) == []
    change, = office.plan()["changes"]
    assert change["address"].endswith("/sagekeeper-risk") and change["action"] == "wait" and change["pending"]
    office.cloud.provision({"sagekeeper-risk": ["alice"]}, account=ACCOUNT, region=REGION)
    office.nothing_left()


@pytest.mark.parametrize("change", ["added by hand", "team withdrawn", "member leaves", "renamed"])
def test_nothing_is_written_once_the_directory_is_external(office: Office, change: str) -> None:
    office.team("fraud", "alice", "carol")
    office.team("risk", "bob")
    office.apply()
    made = office.groups()
    office.documents["Organization", "acme"]["identitySource"] = "external"
    if change == "added by hand":
        office.add_by_hand("bob")
    elif change == "team withdrawn":
        office.withdraw("Team", "risk")
    elif change == "member leaves":
        office.team("fraud", "alice")
    else:
        office.people.create_group(**office.store, DisplayName="Fraud")
        office.team("fraud", "alice", group="Fraud")
    assert directory_calls(office.apply(codes=(0,))) == []
    assert made.items() <= office.groups().items()
    drift = office.run("drift", "--output", "json").json["rows"]
    assert [row for row in drift if row["address"].startswith("identitystore_group")] == []
    office.later("run", "--once", "--mode", "enforce")
    assert made.items() <= office.groups().items()
    assert office.members() == {"alice", "carol"} | ({"bob"} if change == "added by hand" else set())


def test_a_directory_that_comes_back_to_git_is_known_again(office: Office) -> None:
    office.team("fraud", "alice")
    office.team("risk", "bob")
    office.apply()
    office.documents["Organization", "acme"]["identitySource"] = "external"
    office.withdraw("Team", "risk")
    office.add_by_hand("carol")
    office.apply(codes=(0,))
    office.documents["Organization", "acme"]["identitySource"] = "git"
    assert sorted(directory_calls(office.apply())) == ["DeleteGroup"] + 2 * ["DeleteGroupMembership"]
    assert set(office.groups()) == {"sagekeeper-fraud"} and office.members() == {"alice"}
    office.nothing_left()


def test_a_directory_that_is_not_git_s_refuses_and_says_so(provisioned: Office) -> None:
    office = provisioned
    office.documents["Organization", "acme"]["identitySource"] = "git"
    office.team("fraud", "alice", group={"name": "Fraud", "adopt": True})
    office.apply(codes=(3,))
    changes = office.changes(codes=(3,))
    address = f"identitystore_group/{PLACE}/Fraud"
    assert changes[address]["action"] == "blocked" and "identity provider" in changes[address]["reason"]
    office.team("fraud", "alice")
    office.apply(codes=(4,))
    assert "AccessDenied" in office.result.out or "not authorized" in office.result.out \
        or "external identity provider" in office.result.out
    assert set(office.groups()) == {"Fraud"}


# where it lies


def test_the_directory_lies_in_one_account_and_region(cloud, tmp_path) -> None:
    office = Office(cloud, tmp_path)
    management, region = "999999999999", "eu-west-1"
    cloud.role("sagekeeper", account=management, trusted_accounts=[ACCOUNT])
    office.declare("Organization", "acme",
                   identitySource={"membership": "git", "account": "management", "region": region},
                   accounts=[{"name": "ml-dev", "id": ACCOUNT, "regions": [REGION]},
                             {"name": "management", "id": management, "regions": ["us-east-1", region],
                              "roleArn": f"arn:aws:iam::{management}:role/sagekeeper"}])
    cloud.credentials(management)
    office.people = cloud.boto3("identitystore", region=region, account=management)
    instance = cloud.boto3("sso-admin", region=region, account=management).list_instances()["Instances"][0]
    office.store = {"IdentityStoreId": instance["IdentityStoreId"]}
    office.hire("alice")
    office.team("fraud", "alice")
    office.apply()
    assert office.members() == {"alice"}
    asked = {(request["account"], request["region"]) for request in cloud.requests()
             if request["service"] in ("sso-admin", "identitystore") and "sagekeeper" in request["user_agent"]}
    assert asked == {(management, region)}
    office.nothing_left()


def test_without_an_identity_source_nobody_asks(cloud, tmp_path) -> None:
    office = Office(cloud, tmp_path, "git")
    del office.documents["Organization", "acme"]["identitySource"]
    office.team("fraud", "alice")
    mark = cloud.mark()
    office.apply()
    assert not [request for request in cloud.requests(since=mark)
                if request["service"] in ("sso-admin", "identitystore")]
