"""The policies that the controller needs, against every call that a reconciler can make: all of them
are allowed, and each action of a policy is needed by one of them."""

from __future__ import annotations

import copy
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cases import CASES as CALLS, Case
from models import ACCOUNT, REGION
from program import kinds, observe, run
from test_answers import (aws_arn, aws_policy, identity, listed_group, listed_member, listed_user, answer, described_domain, described_profile, iam, listed_app, listed_role, listed_space,
                          policy_detail, role_detail, studio)
from test_calls import all_changes, resolved
from worlds import (ADOPT, DOMAIN, DOMAIN_ARN, PROFILE, PROFILE_ARN, SPACE as SHARED_SPACE, SPACE_ARN as SHARED_ARN,
                    domain, live_domain, live_profile, live_role, live_shared_space, policy_arn, profile, role,
                    shared_space)
from worlds import AWAITED, GROUP_ID, POLICY, STORE, bare, directory, group, member, person

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from authorization import Authorizer, Need, allows, as_list, need  # noqa: E402

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/guardrails/studio-boundary"
#: Besides the corpus of test_calls.py.
CASES = CALLS + [
    Case("domain: adopted with tags of others", DOMAIN, "adopt", desired=[domain() | {"flags": ADOPT}],
         live=[live_domain({"who": "knows"}, ours=False)]),
    Case("profile: adopted with tags of others", PROFILE, "adopt", desired=[domain(), profile() | {"flags": ADOPT}],
         live=[live_domain(), live_profile({"who": "knows"}, ours=False)]),
    Case("space: adopted with tags of others", SHARED_SPACE, "adopt",
         desired=[domain(), profile(), shared_space() | {"flags": ADOPT}],
         live=[live_domain(), live_profile(), live_shared_space({"who": "knows"}, ours=False)]),
]
#: An account with one of everything.
SPACE = listed_space("shared")
SPACE_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:space/{SPACE['DomainId']}/{SPACE['SpaceName']}"
ACCOUNT_ANSWERS = {
    "global": [*iam([role_detail("fraud", AttachedManagedPolicies=[
                   {"PolicyName": "ReadOnlyAccess", "PolicyArn": aws_arn("ReadOnlyAccess")}])],
                   [listed_role("fraud")], [policy_detail("reader")]),
               *aws_policy(aws_arn("ReadOnlyAccess")), answer("iam", "ListPolicyTags", {"Tags": []})],
    REGION: [*studio([described_domain()], [described_profile()], spaces=[SPACE, listed_space("team-lab")],
                     apps=[listed_app()], space_tags=[
                         {"ResourceARN": SPACE_ARN, "Tags": [{"Key": "sagekeeper:owner", "Value": "acme"}]}]),
             answer("sagemaker", "DescribeSpace", SPACE), answer("sagemaker", "ListTags", {"Tags": []})],
}
#: What is declared there: the directory's questions, and those for tags that the tagging API lacks, are only
#: asked for a reason.
DECLARED = [directory(), person(), group(), member(),
            *(bare(address, {}) for address in (DOMAIN, PROFILE, SHARED_SPACE)), bare(POLICY, {"Path": "/sagekeeper/acme/"})]
for _region, _answers in ((REGION, identity([listed_group()], [listed_user()], {GROUP_ID: [listed_member()]})),):
    ACCOUNT_ANSWERS[_region] += _answers
MUTATING = ("Create", "Delete", "Update", "Put", "Attach", "Detach", "Add", "Remove", "Set", "Tag", "Untag", "Pass")


def permissions(write: bool = True, **world: Any) -> dict[str, Any]:
    return run("permissions", {"write": write, "desired": DECLARED, **world})


@cache
def policies() -> dict[str, dict[str, Any]]:
    """What applying each case needs."""
    worlds = [{"write": True, "desired": case.desired} for case in CASES]
    return dict(zip((case.name for case in CASES), run("permissions", worlds)))


def authorizer(live: list[dict[str, Any]]) -> Authorizer:
    result = Authorizer(ACCOUNT)
    for document in live:
        body = document["body"]
        arn = body.get("DomainArn") or body.get("UserProfileArn") or body.get("SpaceArn")
        if arn:
            result.remembered[arn.lower()] = {tag["Key"]: tag["Value"] for tag in body["Tags"]}
        if body.get("PermissionsBoundary"):
            result.boundaries[body["RoleName"]] = body["PermissionsBoundary"]
    return result


def needs_of(calls: list[dict[str, Any]], live: list[dict[str, Any]]) -> list[Need]:
    follow = authorizer(live)
    found: list[Need] = []
    for call in calls:
        given, drain = resolved(call["input"]), call.get("drain")
        if drain:  # the query, and the call for one thing that it finds
            found += follow.needs(call["service"], drain["operation"], call["region"], drain["input"])
            given |= {member: f"a-{member.lower()}" for member in drain["take"]}
        found += follow.needs(call["service"], call["operation"], call["region"], given)
    return found


@cache
def plans() -> dict[str, dict[str, Any]]:
    return dict(zip((case.name for case in CASES), run("plan", [case.as_world() for case in CASES])))


@cache
def needs() -> dict[str, list[Need]]:
    """What AWS asks for the calls of each case, in their order."""
    return {case.name: needs_of([call for change in plans()[case.name]["changes"] for call in change["calls"]],
                                case.live) for case in CASES}


@cache
def questions() -> list[dict[str, Any]]:
    """What reading a whole account asks."""
    asked = []
    for region, answers in ACCOUNT_ANSWERS.items():
        asked += observe({"region": region, "answers": answers, "desired": DECLARED, "readable": True})["questions"]
    return asked


def read_needs() -> list[Need]:
    return needs_of(questions(), [])


# what there is


def rows() -> list[tuple[str, dict[str, Any]]]:
    return [(name, row) for name, kind in kinds().items() for row in kind["permissions"]]


def test_each_kind_has_permissions() -> None:
    """A new kind needs a table in reconcilers/<service>/permissions.c."""
    for name, kind in kinds().items():
        assert kind["permissions"], name


def test_rows_are_the_operations_that_kinds_call() -> None:
    made = {(change["kind"], call["service"], call["operation"]) for _, change in all_changes()
            for call in change["calls"]}
    written, looked = ({(name, row["service"], row["operation"]) for name, row in rows()
                        if row["write"] == write and (write or not row["besides"])} for write in (True, False))
    assert made - looked == written, "a question that is asked before a delete too is a row once"
    assert {row[1:] for row in looked} == {(item["service"], item["operation"]) for item in questions()}


@pytest.mark.parametrize("region", ACCOUNT_ANSWERS)
def test_each_kind_lists_what_it_reads(region) -> None:
    """No answer to an operation that the kind does not list leaves it unread, and one that it lists does."""
    answers = ACCOUNT_ANSWERS[region]
    here = set(observe({"region": region, "answers": answers, "desired": DECLARED, "readable": True})["states"])
    assert len(here) > 1
    for operation in {answer["operation"] for answer in answers}:
        broken = [{name: item for name, item in row.items() if name != "answer"}
                  | {"error": {"code": "denied", "message": "not allowed"}}
                  if row["operation"] == operation else row for row in answers]
        states = observe({"region": region, "answers": broken, "desired": DECLARED, "readable": True})["states"]
        listing = {name for name, row in rows() if row["action"].endswith(":" + operation)
                   and not row["write"] and not row["besides"] and name in here}
        assert {name for name in here if states[name] != "complete"} == listing, operation


# every call is allowed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_call_is_allowed(case) -> None:
    for item in needs()[case.name]:
        assert allows(policies()[case.name], item), item


@pytest.mark.parametrize("write", [False, True])
def test_every_question_is_allowed(write: bool) -> None:
    assert len(read_needs()) >= len(questions()) > 5
    for item in read_needs():
        assert allows(permissions(write), item), item


# nothing else is


def without(policy: dict[str, Any], sid: str, action: str) -> dict[str, Any]:
    less = copy.deepcopy(policy)
    for statement in less["Statement"]:
        if statement["Sid"] == sid:
            statement["Action"].remove(action)
    return less


def grants(found: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(statement["Sid"], action) for policy in found for statement in policy["Statement"]
            for action in statement["Action"]}


def test_each_action_is_needed() -> None:
    """Without any one of them a call of some case would be refused."""
    wanted = grants(list(policies().values()))
    needed = {grant for grant in wanted for name, policy in policies().items()
              if grant in grants([policy]) and any(not allows(without(policy, *grant), item)
                                                   for item in [*needs()[name], *read_needs()])}
    assert wanted - needed == set()


def test_each_action_of_reading_is_needed() -> None:
    policy = permissions(False)
    for grant in grants([policy]):
        assert any(not allows(without(policy, *grant), item) for item in read_needs()), grant


def test_reading_changes_nothing() -> None:
    for _, action in grants([permissions(False)]):
        assert action.split(":")[1].startswith(("Get", "List", "Describe")), action


def test_no_mutation_on_everything() -> None:
    for policy in (*policies().values(), permissions(boundary=BOUNDARY)):
        for statement in policy["Statement"]:
            if statement["Action"] == ["elasticfilesystem:CreateFileSystem"]:  # AWS knows no resource for it
                assert statement["Condition"] == {"Bool": {"elasticfilesystem:Encrypted": "true"}}
            elif any(action.split(":")[1].startswith(MUTATING) for action in statement["Action"]):
                # ARNs of the directory name no account, or the one that owns it
                assert all(f":{ACCOUNT}:" in resource or ":identitystore:" in resource for resource in as_list(statement["Resource"])), statement["Sid"]


def test_no_action_by_pattern() -> None:
    for _, action in grants(list(policies().values())):
        assert "*" not in action and "?" not in action


# the pins

OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/elsewhere/admin"
OUR_ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/fraud"
OTHER_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/elsewhere/p"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}
MINE, THEIRS = ({"aws:ResourceTag/sagekeeper:owner": owner} for owner in ("acme", "other"))
ASKED, ASKED_OTHER = ({"aws:RequestTag/sagekeeper:owner": owner} for owner in ("acme", "other"))
OURS = {"iam:PolicyARN": policy_arn("reader")}
BOUNDED, BOUNDED_OTHER = {"iam:PermissionsBoundary": BOUNDARY}, {"iam:PermissionsBoundary": ADMINISTRATOR}


@pytest.mark.parametrize("item, allowed", [
    (need("iam:PassRole", OUR_ROLE, **SAGEMAKER), True),
    (need("iam:PassRole", OTHER_ROLE, **SAGEMAKER), False),
    (need("iam:PassRole", OUR_ROLE, **{"iam:PassedToService": "ec2.amazonaws.com"}), False),
    (need("iam:PassRole", OUR_ROLE.replace("acme", "acme2"), **SAGEMAKER), False),
    (need("iam:PassRole", OUR_ROLE.replace(ACCOUNT, "999999999999"), **SAGEMAKER), False),
    (need("iam:CreateRole", OUR_ROLE, **ASKED), True),
    (need("iam:CreateRole", OUR_ROLE, **ASKED_OTHER), False),
    (need("iam:CreateRole", OTHER_ROLE, **ASKED), False),
    *((need(f"iam:{name}", where), where == OUR_ROLE) for where in (OUR_ROLE, OTHER_ROLE)
      for name in ("DeleteRole", "UpdateRole", "UpdateAssumeRolePolicy", "PutRolePolicy", "TagRole", "UntagRole",
                   "DetachRolePolicy", "DeleteRolePolicy", "PutRolePermissionsBoundary",
                   "DeleteRolePermissionsBoundary")),
    (need("iam:AttachRolePolicy", OUR_ROLE, **OURS), True),
    (need("iam:AttachRolePolicy", OUR_ROLE, **{"iam:PolicyARN": ADMINISTRATOR}), False),
    (need("iam:AttachRolePolicy", OTHER_ROLE, **OURS), False),
    (need("iam:CreatePolicyVersion", policy_arn("reader")), True),
    (need("iam:CreatePolicyVersion", OTHER_POLICY), False),
    (need("iam:CreatePolicy", OTHER_POLICY, **ASKED), False),
    *((need(f"iam:{name}", arn), arn == ADMINISTRATOR) for name in ("GetPolicy", "GetPolicyVersion")
      for arn in (ADMINISTRATOR, OTHER_POLICY, policy_arn("reader"))),
    (need("iam:CreateServiceLinkedRole", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ec2.amazonaws.com/X",
          **{"iam:AWSServiceName": "ec2.amazonaws.com"}), False),
    *((need(f"sagemaker:{name}", arn, **tags), tags == MINE) for tags in (MINE, THEIRS, {})
      for name, arn in (("UpdateDomain", DOMAIN_ARN), ("DeleteDomain", DOMAIN_ARN), ("DeleteTags", DOMAIN_ARN),
                        ("AddTags", DOMAIN_ARN), ("UpdateUserProfile", PROFILE_ARN), ("AddTags", PROFILE_ARN),
                        ("DeleteUserProfile", PROFILE_ARN), ("DeleteTags", PROFILE_ARN), ("UpdateSpace", SHARED_ARN),
                        ("AddTags", SHARED_ARN), ("DeleteTags", SHARED_ARN))),
    (need("sagemaker:AddTags", DOMAIN_ARN, **ASKED), False),
    *((need(f"sagemaker:{name}", arn, **tags), tags == ASKED) for tags in (ASKED, ASKED_OTHER, {})
      for name, arn in (("CreateDomain", DOMAIN_ARN), ("CreateUserProfile", PROFILE_ARN), ("CreateSpace", SHARED_ARN))),
    (need("sagemaker:UpdateDomain", DOMAIN_ARN.replace(REGION, "eu-west-1"), **MINE), False),
    (need("sagemaker:UpdateDomain", DOMAIN_ARN.replace(ACCOUNT, "999999999999"), **MINE), False),
    (need("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/any"), False),
    (need("elasticfilesystem:CreateFileSystem", **{"elasticfilesystem:Encrypted": "true"}), False),
    (need("sagemaker:CreateApp", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:app/d-1/domain-shared/rstudioserverpro/default"), False),
], ids=str)
def test_pins(item: Need, allowed: bool) -> None:
    assert allows(permissions(), item) == allowed


@pytest.mark.parametrize("item, allowed", [
    *((need("iam:CreateRole", OUR_ROLE, **ASKED, **keys), keys == BOUNDED) for keys in (BOUNDED, BOUNDED_OTHER, {})),
    *((need(f"iam:{name}", OUR_ROLE, **OURS, **keys), keys == BOUNDED) for keys in (BOUNDED, BOUNDED_OTHER, {})
      for name in ("PutRolePermissionsBoundary", "PutRolePolicy", "AttachRolePolicy")),
    (need("iam:DeleteRolePermissionsBoundary", OUR_ROLE, **BOUNDED), False),
    (need("iam:DeleteRolePolicy", OUR_ROLE), True),
    (need("iam:DetachRolePolicy", OUR_ROLE, **OURS), True),
], ids=str)
def test_a_configured_boundary_is_needed_and_kept(item: Need, allowed: bool) -> None:
    assert allows(permissions(boundary=BOUNDARY), item) == allowed


def test_a_boundary_takes_one_action_away() -> None:
    actions = [{action for _, action in grants([policy])} for policy in (permissions(), permissions(boundary=BOUNDARY))]
    assert actions[0] - actions[1] == {"iam:DeleteRolePermissionsBoundary"}
    assert actions[1] <= actions[0]


def test_a_bounded_role_can_be_made_and_changed() -> None:
    other = f"arn:aws:iam::{ACCOUNT}:policy/guardrails/other"
    for before, after in ((None, BOUNDARY), (BOUNDARY, BOUNDARY), (other, BOUNDARY), (BOUNDARY, other)):
        desired = [role(PermissionsBoundary=after, AttachedManagedPolicies=[policy_arn("new")],
                        InlinePolicies={"a": {"Version": "2012-10-17", "Statement": []}})]
        live = [live_role(PermissionsBoundary=before, AttachedManagedPolicies=[policy_arn("old")])] if before else []
        changes = run("plan", {"desired": desired, "live": live})["changes"]
        policy = permissions(boundary=BOUNDARY, desired=desired)
        found = needs_of([call for change in changes for call in change["calls"]], live)
        assert found and all(allows(policy, item) for item in found)


def test_what_manifests_name_outside_of_our_path() -> None:
    desired = [role(AttachedManagedPolicies=[ADMINISTRATOR, policy_arn("reader")]),
               domain(KmsKeyId="1234abcd", DefaultUserSettings={"ExecutionRole": OTHER_ROLE}),
               profile(UserSettings={"ExecutionRole": OTHER_ROLE.replace(ACCOUNT, "999999999999")})]
    policy = permissions(desired=desired)
    statement = {item["Sid"]: item for item in policy["Statement"]}
    assert statement["PassRoles"]["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/*", OTHER_ROLE]
    assert statement["Attachments"]["Condition"]["ArnLike"]["iam:PolicyARN"] == [
        f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/*", ADMINISTRATOR]
    assert statement["KeysOfDomains"]["Resource"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd"
    assert statement["FileSystemsOfDomains"]["Condition"] == {"Bool": {"elasticfilesystem:Encrypted": "true"}}
    elsewhere = permissions(desired=desired, account={"name": "other", "id": ACCOUNT})
    assert elsewhere == permissions(account={"name": "other", "id": ACCOUNT})


def test_adoption_is_allowed_while_it_is_declared() -> None:
    untagged = need("sagemaker:AddTags", DOMAIN_ARN, **ASKED)
    theirs = need("sagemaker:AddTags", DOMAIN_ARN, **ASKED, **THEIRS)
    adopting = permissions(desired=[domain() | {"flags": ADOPT}])
    assert allows(adopting, untagged) and not allows(adopting, theirs)
    assert not allows(permissions(desired=[domain()]), untagged)
    assert not allows(permissions(desired=[domain(), profile() | {"flags": ADOPT}]), untagged)


def test_regions_and_partitions() -> None:
    policy = permissions(account={"id": ACCOUNT, "partition": "aws-cn", "regions": ["cn-north-1", "cn-northwest-1"]})
    for statement in policy["Statement"]:
        for resource in as_list(statement["Resource"]):
            assert resource == "*" or resource.startswith("arn:aws-cn:")
    ours = next(item for item in policy["Statement"] if item["Sid"] == "OursInStudio")["Resource"]
    assert ours == [f"arn:aws-cn:sagemaker:{region}:{ACCOUNT}:{what}" for what in ("domain/*", "space/*/*", "user-profile/*/*")
                    for region in ("cn-north-1", "cn-northwest-1")]


STORE_ARN = f"arn:aws:identitystore::{ACCOUNT}:identitystore/{STORE}"


def identity_actions(policy: dict[str, Any]) -> set[str]:
    return {action for _, action in grants([policy]) if action.startswith(("identitystore:", "sso:"))}


def test_the_directory_only_where_it_is() -> None:
    assert identity_actions(permissions(desired=[])) == set()
    assert identity_actions(permissions(account={"name": "other", "id": ACCOUNT})) == set()
    everything = identity_actions(permissions())
    assert "identitystore:DeleteGroup" in everything and identity_actions(permissions(False)) < everything
    # the last team is gone, and its group is still to be deleted
    assert identity_actions(permissions(desired=[directory()])) == everything


def test_nothing_is_written_to_a_directory_of_others() -> None:
    external = permissions(desired=[directory(), person(), group(AWAITED), member(AWAITED)])
    assert identity_actions(external) == identity_actions(permissions(False))


@pytest.mark.parametrize("store, allowed", [(STORE, True), ("d-9999999999", False)])
def test_a_named_store_is_pinned(store: str, allowed: bool) -> None:
    policy = permissions(desired=[directory(IdentityStoreId=STORE)])
    assert allows(policy, need("identitystore:CreateGroup", STORE_ARN.replace(STORE, store))) == allowed
    assert allows(permissions(), need("identitystore:CreateGroup", STORE_ARN.replace(STORE, store)))
