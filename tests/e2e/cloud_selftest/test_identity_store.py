"""Identity Center's directory: users, groups and who is in them."""

from __future__ import annotations

from typing import Any

import pytest

from cloud.client import Cloud
from support import OTHER, refused


class People:
    """The directory of the first account."""

    def __init__(self, cloud: Cloud) -> None:
        self.client = cloud.boto3("identitystore")
        self.store = cloud.boto3("sso-admin").list_instances()["Instances"][0]["IdentityStoreId"]

    def __call__(self, operation: str, **given: Any) -> Any:
        return getattr(self.client, operation)(IdentityStoreId=self.store, **given)

    def user(self, name: str, **given: Any) -> str:
        return str(self("create_user", UserName=name, DisplayName=name,
                        Name={"GivenName": name, "FamilyName": "x"}, **given)["UserId"])

    def group(self, name: str, **given: Any) -> str:
        return str(self("create_group", DisplayName=name, **given)["GroupId"])


@pytest.fixture
def people(cloud: Cloud) -> People:
    return People(cloud)


def test_names_and_addresses_are_unique(people: People) -> None:
    people.user("alice", Emails=[{"Value": "alice@example.com"}])
    people.group("fraud")
    for make, name, given in ((people.user, "Alice", {}), (people.group, "fraud", {}),
                              (people.user, "bob", {"Emails": [{"Value": "ALICE@example.com"}]})):
        with pytest.raises(people.client.exceptions.ConflictException) as caught:
            make(name, **given)
        assert caught.value.response["Reason"] == "UNIQUENESS_CONSTRAINT_VIOLATION"
    with refused("ValidationException", "reserved"):
        people.user("Administrator")
    with refused("ValidationException", "name.givenName"):
        people("create_user", UserName="carol", DisplayName="c", Name={"FamilyName": "x"})


def test_look_ups(people: People) -> None:
    alice, fraud = people.user("alice", Emails=[{"Value": "alice@example.com"}]), people.group("fraud")

    def unique(path: str, value: str) -> dict[str, Any]:
        return {"UniqueAttribute": {"AttributePath": path, "AttributeValue": value}}
    for path, value in (("userName", "alice"), ("emails.value", "alice@example.com")):
        assert people("get_user_id", AlternateIdentifier=unique(path, value))["UserId"] == alice
    assert people("get_group_id", AlternateIdentifier=unique("displayName", "fraud"))["GroupId"] == fraud
    with refused("ResourceNotFoundException", "USER"):
        people("get_user_id", AlternateIdentifier=unique("userName", "nobody"))
    with refused("ValidationException", "unique attribute"):
        people("get_user_id", AlternateIdentifier=unique("title", "boss"))


def test_a_group_is_changed_member_by_member(people: People) -> None:
    fraud = people.group("fraud", Description="a")
    people.group("risk")
    before = people("describe_group", GroupId=fraud)
    people("update_group", GroupId=fraud, Operations=[{"AttributePath": "displayName", "AttributeValue": "Fraud"},
                                                      {"AttributePath": "description"}])
    after = people("describe_group", GroupId=fraud)
    assert after["DisplayName"] == "Fraud" and "Description" not in after
    assert after["CreatedAt"] == before["CreatedAt"] and after["UpdatedAt"] >= before["UpdatedAt"]
    with refused("ConflictException"):
        people("update_group", GroupId=fraud, Operations=[{"AttributePath": "displayName", "AttributeValue": "risk"}])
    for path, value in (("displayName", None), ("groupId", "x"), ("description", "")):
        with refused("ValidationException"):
            people("update_group", GroupId=fraud, Operations=[
                {"AttributePath": path, **({} if value is None else {"AttributeValue": value})}])
    assert people("describe_group", GroupId=fraud)["DisplayName"] == "Fraud"


def test_memberships(people: People) -> None:
    alice, bob, fraud, risk = people.user("alice"), people.user("bob"), people.group("fraud"), people.group("risk")
    made = people("create_group_membership", GroupId=fraud, MemberId={"UserId": alice})["MembershipId"]
    with refused("ConflictException"):
        people("create_group_membership", GroupId=fraud, MemberId={"UserId": alice})
    people("create_group_membership", GroupId=risk, MemberId={"UserId": alice})
    people("create_group_membership", GroupId=fraud, MemberId={"UserId": bob})
    assert people("get_group_membership_id", GroupId=fraud, MemberId={"UserId": alice})["MembershipId"] == made
    assert people("describe_group_membership", MembershipId=made)["MemberId"] == {"UserId": alice}
    of_alice = people("list_group_memberships_for_member", MemberId={"UserId": alice})["GroupMemberships"]
    assert {item["GroupId"] for item in of_alice} == {fraud, risk}
    results = people("is_member_in_groups", MemberId={"UserId": bob}, GroupIds=[fraud, risk])["Results"]
    assert [item["MembershipExists"] for item in results] == [True, False]
    people("delete_group_membership", MembershipId=made)
    with refused("ResourceNotFoundException", "GROUP_MEMBERSHIP"):
        people("delete_group_membership", MembershipId=made)
    for group, user in ((fraud, risk), (bob, alice)):
        with refused("ResourceNotFoundException"):
            people("create_group_membership", GroupId=group, MemberId={"UserId": user})


def test_memberships_go_with_the_group_and_with_the_user(people: People) -> None:
    alice, bob, fraud, risk = people.user("alice"), people.user("bob"), people.group("fraud"), people.group("risk")
    for group in (fraud, risk):
        for user in (alice, bob):
            people("create_group_membership", GroupId=group, MemberId={"UserId": user})
    people("delete_group", GroupId=fraud)
    people("delete_user", UserId=alice)
    assert [item["MemberId"]["UserId"] for item in people("list_group_memberships", GroupId=risk)[
        "GroupMemberships"]] == [bob]
    with refused("ResourceNotFoundException", "GROUP"):
        people("list_group_memberships", GroupId=fraud)
    with refused("ResourceNotFoundException", "GROUP"):
        people("delete_group", GroupId=fraud)


def test_lists_in_pages(people: People, cloud: Cloud) -> None:
    for number in range(105):
        people.group(f"group{number}")
    first = people("list_groups")
    assert len(first["Groups"]) == 100
    rest = people("list_groups", NextToken=first["NextToken"])
    assert len({group["GroupId"] for group in first["Groups"] + rest["Groups"]}) == 105 and "NextToken" not in rest
    assert len(people("list_groups", MaxResults=7)["Groups"]) == 7
    cloud.set(empty_first_page=True)
    empty = people("list_groups")
    assert empty["Groups"] == [] and empty["NextToken"]


def test_a_store_is_of_one_account_and_region(people: People, cloud: Cloud) -> None:
    people.group("fraud")
    for client in (cloud.boto3("identitystore", "eu-west-1"), cloud.boto3("identitystore", account=OTHER)):
        with refused("ResourceNotFoundException", "IDENTITY_STORE"):
            client.list_groups(IdentityStoreId=people.store)


def test_an_identity_provider_alone_writes_to_its_directory(people: People, cloud: Cloud) -> None:
    cloud.provision({"fraud": ["alice", "bob"]})
    cloud.set(external_directory=True)
    group, = people("list_groups")["Groups"]
    assert group["ExternalIds"] and len(people("list_users")["Users"]) == 2
    member = people("list_group_memberships", GroupId=group["GroupId"])["GroupMemberships"][0]
    for operation, given in (("create_group", {"DisplayName": "x"}), ("delete_group", {"GroupId": group["GroupId"]}),
                             ("delete_group_membership", {"MembershipId": member["MembershipId"]})):
        with refused("AccessDeniedException", "external identity provider"):
            people(operation, **given)
    cloud.provision({"fraud": ["bob"]})
    assert len(people("list_group_memberships", GroupId=group["GroupId"])["GroupMemberships"]) == 1


def test_quotas(people: People, cloud: Cloud) -> None:
    cloud.set(quota={"groups": 1, "users": 1})
    people.group("fraud")
    people.user("alice")
    for make in (people.group, people.user):
        with refused("ServiceQuotaExceededException"):
            make("another")
