"""What the kinds make of AWS's answers, and which questions they ask.

Answers are written as our client hands them on: pages joined, members named as in the models, policy
documents URL-encoded as IAM sends them. Each is checked against the model's output shape, so that no
test rests on an answer that AWS could not give.
"""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import quote

import pytest

from models import ACCOUNT, REGION, answer_problems
from program import observe, operations
from worlds import DOMAIN, DOMAIN_ARN, DOMAIN_ID, OTHER_TRUST, PROFILE_ARN, TRUST, document, role_arn
from worlds import (CREATED, EXISTING, GROUP, GROUP_ID, MADE, MEMBER, MEMBERSHIP_ID, PERSON, STORE, USER_ID, bare, directory, group,
                    member, person)

TIME = "2026-11-22T21:00:00Z"
GET, LIST = document("s3:GetObject"), document("s3:ListBucket")


def encoded(value: Any) -> str:
    """RFC 3986, as IAM encodes the documents in its answers."""
    return quote(json.dumps(value, indent=2), safe="")


def answer(service: str, operation: str, value: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"service": service, "operation": operation, "answer": value, **members}


def refusal(service: str, operation: str, code: str = "denied", **members: Any) -> dict[str, Any]:
    return {"service": service, "operation": operation, "error": {"code": code, "message": "refused"}, **members}


def look(answers: list[dict[str, Any]], region: str = "global", legal: bool = True, extra: bool = False,
         desired: list[dict[str, Any]] | None = None, readable: bool = False, **account: Any) -> dict[str, Any]:
    """The documents by address, states and questions. `legal`: the answers fit AWS's models; `extra`:
    but for members that the models do not know; `readable`: as questions about access read."""
    for row in answers:
        if legal and "answer" in row:
            problems = answer_problems(row["service"], row["operation"], row["answer"])
            assert not [item.sentence() for item in problems if not (extra and item.unknown)], row["operation"]
    result = observe({"account": account, "region": region, "answers": answers, "desired": desired or [],
                      "readable": readable})
    assert {(item["service"], item["operation"]) for item in result["questions"]} <= operations()
    documents = {item["address"]: item for item in result["documents"]}
    assert len(documents) == len(result["documents"])
    states = {name: state for name, state in result["states"].items() if not name.startswith("identity")}
    return {"documents": documents, "states": states, "questions": result["questions"]}


def asked(result: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(item["region"], item["operation"], item["input"]) for item in result["questions"]]


# --- IAM -----------------------------------------------------------------------------------

def role_detail(name: str, number: int = 1, **members: Any) -> dict[str, Any]:
    return {"Path": "/sagekeeper/acme/", "RoleName": name, "RoleId": f"AROAEXAMPLE{number:010}", "Arn": role_arn(name),
            "CreateDate": TIME, "AssumeRolePolicyDocument": encoded(TRUST), "InstanceProfileList": [],
            "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": [], "RoleLastUsed": {}} | members


def listed_role(name: str, number: int = 1, **members: Any) -> dict[str, Any]:
    return {"Path": "/sagekeeper/acme/", "RoleName": name, "RoleId": f"AROAEXAMPLE{number:010}", "Arn": role_arn(name),
            "CreateDate": TIME, "AssumeRolePolicyDocument": encoded(TRUST), "MaxSessionDuration": 3600} | members


def policy_detail(name: str, **members: Any) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyId": "ANPAEXAMPLE0000000001", "Path": "/sagekeeper/acme/",
            "Arn": f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/{name}", "DefaultVersionId": "v1",
            "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0, "IsAttachable": True, "CreateDate": TIME,
            "UpdateDate": TIME, "PolicyVersionList": [{"Document": encoded(GET), "VersionId": "v1",
                                                       "IsDefaultVersion": True, "CreateDate": TIME}]} | members


def iam(roles: list[dict[str, Any]] | None = None, listed: list[dict[str, Any]] | None = None,
        policies: list[dict[str, Any]] | None = None, tagged: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    return [answer("iam", "GetAccountAuthorizationDetails",
                   {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles or [],
                    "Policies": policies or []}),
            answer("iam", "ListRoles", {"Roles": listed or []}),
            answer("tagging", "GetResources", {"ResourceTagMappingList": tagged or []})]


IAM_QUESTIONS = [("us-east-1", "GetAccountAuthorizationDetails", {"Filter": ["Role", "LocalManagedPolicy"]}),
                 ("us-east-1", "GetResources", {"ResourceTypeFilters": ["iam:policy"]}),
                 ("us-east-1", "ListRoles", {})]
COMPLETE = {"iam_policy": "complete", "iam_role": "complete"}


def only_role(answers: list[dict[str, Any]], **account: Any) -> dict[str, Any]:
    (found,) = look(answers, **account)["documents"].values()
    return found


def test_a_role_with_everything() -> None:
    own = f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/reader"
    result = look(iam(
        roles=[role_detail(
            "fraud", AssumeRolePolicyDocument=encoded(OTHER_TRUST),
            RolePolicyList=[{"PolicyName": "list", "PolicyDocument": encoded(LIST)}],
            AttachedManagedPolicies=[{"PolicyName": "reader", "PolicyArn": own},
                                     {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
            PermissionsBoundary={"PermissionsBoundaryType": "Policy",
                                 "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/guard"},
            InstanceProfileList=[{"Path": "/", "InstanceProfileName": "ec2", "InstanceProfileId": "AIPAEXAMPLE0000001",
                                  "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/ec2", "CreateDate": TIME, "Roles": []}],
            Tags=[{"Key": "Team", "Value": "fraud"}],
            RoleLastUsed={"LastUsedDate": TIME, "Region": "us-east-1"})],
        listed=[listed_role("fraud", Description="Runs notebooks.", MaxSessionDuration=7200)]))
    assert result["states"] == COMPLETE
    assert asked(result) == IAM_QUESTIONS
    assert result["documents"] == {"iam_role/ml-dev/global/fraud": {
        "address": "iam_role/ml-dev/global/fraud", "kind": "iam_role",
        "edges": ["iam_policy/ml-dev/global/guard", "iam_policy/ml-dev/global/reader"],
        "body": {"RoleName": "fraud", "Path": "/sagekeeper/acme/", "Arn": role_arn("fraud"),
                 "RoleId": "AROAEXAMPLE0000000001", "Description": "Runs notebooks.", "MaxSessionDuration": 7200,
                 "AssumeRolePolicyDocument": OTHER_TRUST, "InlinePolicies": {"list": LIST},
                 "AttachedManagedPolicies": [own, "arn:aws:iam::aws:policy/ReadOnlyAccess"],
                 "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/guard", "InstanceProfiles": ["ec2"],
                 "Tags": [{"Key": "Team", "Value": "fraud"}]}}}


def test_a_bare_role() -> None:
    """Members that AWS leaves out when they are not set stay out; what we own whole is there, empty."""
    bare = role_detail("fraud")
    for name in ("InstanceProfileList", "RolePolicyList", "AttachedManagedPolicies", "Tags", "RoleLastUsed"):
        del bare[name]
    listed = listed_role("fraud")
    del listed["MaxSessionDuration"]
    body = only_role(iam(roles=[bare], listed=[listed]))["body"]
    assert body == {"RoleName": "fraud", "Path": "/sagekeeper/acme/", "Arn": role_arn("fraud"),
                    "RoleId": "AROAEXAMPLE0000000001", "AssumeRolePolicyDocument": TRUST, "InlinePolicies": {},
                    "AttachedManagedPolicies": [], "InstanceProfiles": [], "Tags": []}


@pytest.mark.parametrize("kind", ["Policy", "PermissionsBoundaryPolicy"])
def test_the_boundary_s_type_does_not_matter(kind: str) -> None:
    boundary = {"PermissionsBoundaryType": kind, "PermissionsBoundaryArn": "arn:aws:iam::aws:policy/PowerUserAccess"}
    found = only_role(iam(roles=[role_detail("fraud", PermissionsBoundary=boundary)]))
    assert found["body"]["PermissionsBoundary"] == "arn:aws:iam::aws:policy/PowerUserAccess"
    assert "edges" not in found


def test_a_role_that_only_one_of_the_two_lists_has() -> None:
    """Made or deleted between the two answers: the details decide."""
    result = look(iam(roles=[role_detail("new")], listed=[listed_role("gone", 2, Description="x")]))
    assert list(result["documents"]) == ["iam_role/ml-dev/global/new"]
    assert "Description" not in result["documents"]["iam_role/ml-dev/global/new"]["body"]


def trusting(principal: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}


@pytest.mark.parametrize(("principal", "read"), [
    ({"AWS": "AROAEXAMPLE0000000002"}, {"AWS": [role_arn("other")]}),
    ({"AWS": ["AROAEXAMPLE0000000002", f"arn:aws:iam::{ACCOUNT}:root"]},
     {"AWS": [role_arn("other"), f"arn:aws:iam::{ACCOUNT}:root"]}),
    ({"AWS": "AROAGONE00000000000099"}, {"AWS": ["AROAGONE00000000000099"]}),
    ({"AWS": role_arn("other")}, {"AWS": [role_arn("other")]}),
    ({"Service": "sagemaker.amazonaws.com"}, {"Service": "sagemaker.amazonaws.com"}),
    ({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"}, {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"}),
    ("*", "*"),
], ids=["id", "ids among others", "id of nobody", "arn", "service", "federated", "everyone"])
def test_ids_of_roles_that_are_there_read_as_arns(principal: Any, read: Any) -> None:
    result = look(iam(roles=[role_detail("fraud", AssumeRolePolicyDocument=encoded(trusting(principal))),
                             role_detail("other", 2)]))
    trust = result["documents"]["iam_role/ml-dev/global/fraud"]["body"]["AssumeRolePolicyDocument"]
    assert trust == trusting(read)


@pytest.mark.parametrize(("text", "read"), [
    ("%7b%22Version%22%3a%222012-10-17%22%7D", {"Version": "2012-10-17"}),
    ('{"Version":"2012-10-17"}', {"Version": "2012-10-17"}),
    ("%7B%22Id%22%3A%22a+b%2520c%22%7D", {"Id": "a+b%20c"}),
    ("%7B%22Id%22%3A%22caf%C3%A9%22%7D", {"Id": "café"}),
    ("%7B%22Id%22%3A1%2C%22Id%22%3A2%7D", "%7B%22Id%22%3A1%2C%22Id%22%3A2%7D"),
    ("%7Bodd", "%7Bodd"),
    ("%zz", "%zz"),
], ids=["lower-case escapes", "not escaped", "plus and percent", "UTF-8", "duplicate key", "no JSON", "no escape"])
def test_documents_as_iam_sends_them(text: str, read: Any) -> None:
    """A text that cannot be read is kept as it is, and the rest of the account is read all the same."""
    version = {"Document": text, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": TIME}
    result = look(iam(roles=[role_detail("odd", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": text}]),
                             role_detail("fraud", 2)],
                      policies=[policy_detail("odd", PolicyVersionList=[version]), policy_detail("reader")]))
    assert result["states"] == COMPLETE
    assert result["documents"]["iam_role/ml-dev/global/odd"]["body"]["InlinePolicies"] == {"p": read}
    assert result["documents"]["iam_policy/ml-dev/global/odd"]["body"]["PolicyDocument"] == read
    assert result["documents"]["iam_policy/ml-dev/global/reader"]["body"]["PolicyDocument"] == GET
    assert result["documents"]["iam_role/ml-dev/global/fraud"]["body"]["AssumeRolePolicyDocument"] == TRUST


def version(name: str, text: Any, default: bool = False) -> dict[str, Any]:
    return {"Document": encoded(text), "VersionId": name, "IsDefaultVersion": default, "CreateDate": TIME}


def test_a_policy_with_versions_and_tags() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/reader"
    result = look(iam(
        policies=[policy_detail("reader", Description="Reads.", DefaultVersionId="v9",
                                PolicyVersionList=[version("v10", LIST), version("v2", LIST), version("v9", GET, True)])],
        tagged=[{"ResourceARN": arn, "Tags": [{"Key": "Team", "Value": "fraud"}]},
                {"ResourceARN": arn + "-other", "Tags": [{"Key": "Team", "Value": "risk"}]}]))
    assert result["states"] == COMPLETE
    assert asked(result) == IAM_QUESTIONS
    assert result["documents"]["iam_policy/ml-dev/global/reader"]["body"] == {
        "PolicyName": "reader", "Path": "/sagekeeper/acme/", "Description": "Reads.", "Arn": arn,
        "PolicyId": "ANPAEXAMPLE0000000001", "DefaultVersionId": "v9", "PolicyDocument": GET,
        "Tags": [{"Key": "Team", "Value": "fraud"}],
        "Versions": [{"VersionId": "v2", "CreateDate": TIME, "Document": LIST},
                     {"VersionId": "v9", "CreateDate": TIME, "Document": GET},
                     {"VersionId": "v10", "CreateDate": TIME, "Document": LIST}]}


@pytest.mark.parametrize("tagged", [
    [], [{"ResourceARN": f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/reader", "Tags": []}],
    [{"ResourceARN": f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/reader"}],
], ids=["never tagged", "once tagged", "tags left out"])
def test_a_policy_without_tags(tagged: list[dict[str, Any]]) -> None:
    (found,) = look(iam(policies=[policy_detail("reader")], tagged=tagged))["documents"].values()
    assert found["body"]["Tags"] == []


@pytest.mark.parametrize(("attached", "boundary", "others"), [(1, 1, None), (2, 1, 1), (1, 3, 2), (0, 0, None)],
                         ids=["roles explain it", "a user has it", "users are bounded by it", "counted late"])
def test_uses_of_a_policy_that_no_role_explains(attached: int, boundary: int, others: int | None) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/sagekeeper/acme/reader"
    result = look(iam(
        roles=[role_detail("one", AttachedManagedPolicies=[{"PolicyName": "reader", "PolicyArn": arn}]),
               role_detail("two", 2, PermissionsBoundary={"PermissionsBoundaryType": "Policy",
                                                          "PermissionsBoundaryArn": arn})],
        policies=[policy_detail("reader", AttachmentCount=attached, PermissionsBoundaryUsageCount=boundary)]))
    assert result["documents"]["iam_policy/ml-dev/global/reader"]["body"].get("OtherUses") == others


def test_an_empty_account() -> None:
    assert look(iam())["states"] == COMPLETE
    bare = [answer("iam", "GetAccountAuthorizationDetails", {}), answer("iam", "ListRoles", {"Roles": []}),
            answer("tagging", "GetResources", {})]
    result = look(bare)
    assert result["states"] == COMPLETE and not result["documents"]


def test_members_that_nobody_knows_do_no_harm() -> None:
    answers = iam(roles=[role_detail("fraud", Novelty={"a": 1})], listed=[listed_role("fraud", Novelty=[1])],
                  policies=[policy_detail("reader", Novelty="x")])
    result = look(answers, extra=True)
    assert result["states"] == COMPLETE
    assert all("Novelty" not in found["body"] for found in result["documents"].values())


def test_the_home_region_of_another_partition_is_asked() -> None:
    arn = "arn:aws-cn:iam::123456789012:policy/guard"
    cn = role_detail("fraud", Arn="arn:aws-cn:iam::123456789012:role/fraud",
                     AttachedManagedPolicies=[{"PolicyName": "guard", "PolicyArn": arn}])
    result = look(iam(roles=[cn]), partition="aws-cn", home_region="cn-north-1", regions=["cn-north-1"])
    assert {region for region, _, _ in asked(result)} == {"cn-north-1"}
    assert result["documents"]["iam_role/ml-dev/global/fraud"]["edges"] == ["iam_policy/ml-dev/global/guard"]


@pytest.mark.parametrize(("operation", "unread"), [
    ("GetAccountAuthorizationDetails", {"iam_policy", "iam_role"}), ("ListRoles", {"iam_role"}),
    ("GetResources", {"iam_policy"})])
@pytest.mark.parametrize("code", ["denied", "throttled", "not-found"])
def test_what_cannot_be_read_is_unknown_and_never_empty(operation: str, unread: set[str], code: str) -> None:
    answers = [row if row["operation"] != operation else refusal(row["service"], operation, code)
               for row in iam(roles=[role_detail("fraud")], policies=[policy_detail("reader")])]
    result = look(answers)
    states = result["states"]
    assert {kind for kind, state in states.items() if state != "complete"} == unread
    assert {found["kind"] for found in result["documents"].values()} == set(states) - unread
    assert all(("not found" if code == "not-found" else "refused") in states[kind] for kind in unread)


@pytest.mark.parametrize("answers", [
    iam(roles=[{key: value for key, value in role_detail("x").items() if key != "RoleName"}]),
    iam(policies=[{key: value for key, value in policy_detail("x").items() if key != "Arn"}]),
], ids=["role without name", "policy without ARN"])
def test_answers_that_make_no_sense_make_the_kind_unknown(answers: list[dict[str, Any]]) -> None:
    states = look(answers, legal=False)["states"].values()
    assert sorted("was answered" in state for state in states) == [False, True]


# --- policies of AWS -------------------------------------------------------------------------

def aws_arn(name: str, partition: str = "aws") -> str:
    return f"arn:{partition}:iam::aws:policy/{name}"


def having(*arns: str, **members: Any) -> list[dict[str, Any]]:
    """An account whose role has these policies."""
    attached = [{"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn} for arn in arns]
    return iam(roles=[role_detail("fraud", AttachedManagedPolicies=attached, **members)])


def aws_policy(arn: str, text: Any = GET, default: str = "v7") -> list[dict[str, Any]]:
    """The answers about a policy as AWS gives them."""
    policy_ = {"PolicyName": arn.rsplit("/", 1)[1], "PolicyId": "ANPAEXAMPLE0000000001", "Arn": arn, "Path": "/",
               "DefaultVersionId": default, "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": True,
               "CreateDate": TIME, "UpdateDate": TIME}
    return [answer("iam", "GetPolicy", {"Policy": policy_}, input={"PolicyArn": arn}),
            answer("iam", "GetPolicyVersion", {"PolicyVersion": version(default, text, True)},
                   input={"PolicyArn": arn, "VersionId": default})]


def test_a_plan_does_not_read_policies_of_aws() -> None:
    result = look(having(aws_arn("AdministratorAccess")))
    assert result["states"] == COMPLETE and asked(result) == IAM_QUESTIONS


def test_policies_of_aws_that_roles_have() -> None:
    """Attached or as boundary, each once, under a path or not; those of the account itself are another kind's."""
    admin, job, bound = aws_arn("AdministratorAccess"), aws_arn("job-function/Billing"), aws_arn("PowerUserAccess")
    answers = having(admin, job, f"arn:aws:iam::{ACCOUNT}:policy/own", admin,
                     PermissionsBoundary={"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": bound})
    for arn, text, default in ((admin, GET, "v1"), (job, LIST, "v12"), (bound, GET, "v5")):
        answers += aws_policy(arn, text, default)
    result = look(answers, readable=True)
    assert result["states"] == COMPLETE | {"iam_aws_policy": "complete"}
    found = {address: item["body"] for address, item in result["documents"].items() if item["kind"] == "iam_aws_policy"}
    assert found == {f"iam_aws_policy/ml-dev/global/{name}": {
        "Arn": arn, "PolicyName": name, "DefaultVersionId": default, "PolicyDocument": text} for name, arn, default, text in (
            ("AdministratorAccess", admin, "v1", GET), ("Billing", job, "v12", LIST), ("PowerUserAccess", bound, "v5", GET))}
    reads = [item for item in result["questions"] if item["operation"].startswith("GetPolicy")]
    assert sorted(item["input"]["PolicyArn"] for item in reads) == sorted([admin, job, bound] * 2)
    assert {item["input"].get("VersionId"): item.get("version") for item in reads} == {
        None: None, "v1": "v1", "v12": "v12", "v5": "v5"}, "the text of a version may be kept for ever"


def test_policies_of_aws_in_another_partition() -> None:
    arn = aws_arn("ReadOnlyAccess", "aws-cn")
    result = look(having(arn) + aws_policy(arn), readable=True, partition="aws-cn", home_region="cn-north-1",
                  regions=["cn-north-1"])
    assert result["documents"]["iam_aws_policy/ml-dev/global/ReadOnlyAccess"]["body"]["Arn"] == arn
    assert {region for region, _, _ in asked(result)} == {"cn-north-1"}


@pytest.mark.parametrize("operation", ["GetPolicy", "GetPolicyVersion"])
def test_a_policy_of_aws_that_may_not_be_read_is_unknown(operation: str) -> None:
    arn = aws_arn("AdministratorAccess")
    answers = [row if row["operation"] != operation else refusal("iam", operation, input=row["input"])
               for row in having(arn) + aws_policy(arn)]
    states = look(answers, readable=True)["states"]
    assert {kind for kind, state in states.items() if state != "complete"} == {"iam_aws_policy"}
    assert "refused" in states["iam_aws_policy"]


# --- Studio --------------------------------------------------------------------------------

NOW = 1763843000.5
OTHER_ID = "d-bbbbbbbbbbbb"


def listed_domain(id_: str = DOMAIN_ID, name: str = "research", status: str = "InService", **members: Any) -> dict[str, Any]:
    return {"DomainArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{id_}", "DomainId": id_, "DomainName": name,
            "Status": status, "CreationTime": NOW - 100, "LastModifiedTime": NOW,
            "Url": f"https://{id_}.studio.{REGION}.sagemaker.aws"} | members


def described_domain(id_: str = DOMAIN_ID, name: str = "research", status: str = "InService",
                     **members: Any) -> dict[str, Any]:
    return listed_domain(id_, name, status) | {
        "AuthMode": "IAM", "VpcId": "vpc-0aaaaaaaaaaaaaaaa", "SubnetIds": ["subnet-0aaaaaaaaaaaaaaa"],
        "HomeEfsFileSystemId": "fs-0aaaaaaaa", "AppNetworkAccessType": "VpcOnly",
        "DefaultUserSettings": {"ExecutionRole": role_arn("default")}} | members


def listed_profile(name: str = "alice-fraud", domain: str = DOMAIN_ID, status: str = "InService",
                   **members: Any) -> dict[str, Any]:
    return {"DomainId": domain, "UserProfileName": name, "Status": status, "CreationTime": NOW - 50,
            "LastModifiedTime": NOW} | members


def described_profile(name: str = "alice-fraud", domain: str = DOMAIN_ID, status: str = "InService",
                      **members: Any) -> dict[str, Any]:
    return listed_profile(name, domain, status) | {
        "UserProfileArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:user-profile/{domain}/{name}",
        "HomeEfsFileSystemUid": "200005", "UserSettings": {"ExecutionRole": role_arn("fraud")}} | members


def studio(domains: list[dict[str, Any]] | None = None, profiles: list[dict[str, Any]] | None = None,
           domain_tags: list[dict[str, Any]] | None = None,
           profile_tags: list[dict[str, Any]] | None = None, spaces: list[dict[str, Any]] | None = None,
           apps: list[dict[str, Any]] | None = None,
           space_tags: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Answers for the described domains and profiles given; the lists are made from them."""
    def summary(item: dict[str, Any], *names: str) -> dict[str, Any]:
        return {name: item[name] for name in (*names, "Status", "CreationTime", "LastModifiedTime") if name in item}
    rows = [answer("sagemaker", "ListDomains",
                   {"Domains": [summary(item, "DomainArn", "DomainId", "DomainName", "Url") for item in domains or []]}),
            answer("sagemaker", "ListUserProfiles",
                   {"UserProfiles": [summary(item, "DomainId", "UserProfileName") for item in profiles or []]}),
            answer("tagging", "GetResources", {"ResourceTagMappingList": domain_tags or []},
                   input={"ResourceTypeFilters": ["sagemaker:domain"]}),
            answer("tagging", "GetResources", {"ResourceTagMappingList": profile_tags or []},
                   input={"ResourceTypeFilters": ["sagemaker:user-profile"]})]
    rows += [answer("sagemaker", "DescribeDomain", item, input={"DomainId": item["DomainId"]}) for item in domains or []]
    rows += [answer("sagemaker", "DescribeUserProfile", item,
                    input={"DomainId": item["DomainId"], "UserProfileName": item["UserProfileName"]})
             for item in profiles or []]
    rows += [answer("sagemaker", "ListSpaces", {"Spaces": spaces or []}),
             answer("sagemaker", "ListApps", {"Apps": apps or []}),
             answer("tagging", "GetResources", {"ResourceTagMappingList": space_tags or []},
                    input={"ResourceTypeFilters": ["sagemaker:space"]})]
    return rows


STUDIO = {kind: "complete" for kind in ("sagemaker_app", "sagemaker_domain", "sagemaker_space",
                                        "sagemaker_user_profile")}
BULK = [(REGION, "ListDomains", {}), (REGION, "GetResources", {"ResourceTypeFilters": ["sagemaker:domain"]}),
        (REGION, "ListApps", {}), (REGION, "GetResources", {"ResourceTypeFilters": ["sagemaker:space"]}),
        (REGION, "ListSpaces", {}), (REGION, "GetResources", {"ResourceTypeFilters": ["sagemaker:user-profile"]}), (REGION, "ListUserProfiles", {})]


def domain_address(name: str) -> str:
    return f"sagemaker_domain/ml-dev/{REGION}/{name}"


def profile_address(name: str) -> str:
    return f"sagemaker_user_profile/ml-dev/{REGION}/{name}"


def test_a_region() -> None:
    profiles = [described_profile("alice-fraud"), described_profile("bob-fraud", status="Failed", FailureReason="no role")]
    result = look(studio([described_domain()], profiles,
                         [{"ResourceARN": DOMAIN_ARN, "Tags": [{"Key": "Team", "Value": "ml"}]}],
                         [{"ResourceARN": PROFILE_ARN, "Tags": [{"Key": "Team", "Value": "fraud"}]}]), REGION)
    assert result["states"] == STUDIO
    assert asked(result) == [*BULK, (REGION, "DescribeDomain", {"DomainId": DOMAIN_ID}), *[
        (REGION, "DescribeUserProfile", {"DomainId": DOMAIN_ID, "UserProfileName": name})
        for name in ("alice-fraud", "bob-fraud")]]
    documents = result["documents"]
    assert documents[DOMAIN]["body"] == described_domain() | {"Tags": [{"Key": "Team", "Value": "ml"}]}
    assert documents[DOMAIN]["edges"] == ["iam_role/ml-dev/global/default"]
    alice, bob = documents[profile_address("research/alice-fraud")], documents[profile_address("research/bob-fraud")]
    assert alice["body"] == profiles[0] | {"Tags": [{"Key": "Team", "Value": "fraud"}]}
    assert alice["edges"] == [DOMAIN, "iam_role/ml-dev/global/fraud"]
    assert bob["body"] == profiles[1] | {"Tags": []}


def versions(result: dict[str, Any]) -> dict[str, str]:
    return {item["input"].get("UserProfileName", item["input"]["DomainId"]): item["version"]
            for item in result["questions"] if item["operation"].startswith("Describe")}


def test_bulk_questions_have_no_change_marker() -> None:
    result = look(studio([described_domain()], [described_profile()]), REGION)
    assert [item["operation"] for item in result["questions"] if "version" not in item] == [
        operation for _, operation, _ in BULK]


def test_what_changed_is_told_by_the_list_alone() -> None:
    """The change marker is (LastModifiedTime, Status): it moves for what changed and for nothing else, so
    that the engine describes that and takes the rest from its cache. Tags do not move it."""
    def seen(alice: dict[str, Any], tags: list[dict[str, Any]]) -> dict[str, str]:
        return versions(look(studio([described_domain()], [described_profile("alice-fraud", **alice),
                                                           described_profile("bob-fraud")], [], tags), REGION))
    before = seen({}, [])
    assert before == {DOMAIN_ID: "1763843000.500000/InService", "alice-fraud": "1763843000.500000/InService",
                      "bob-fraud": "1763843000.500000/InService"}
    assert seen({}, [{"ResourceARN": PROFILE_ARN, "Tags": [{"Key": "a", "Value": "b"}]}]) == before
    assert seen({"LastModifiedTime": NOW + 0.25}, []) == before | {"alice-fraud": "1763843000.750000/InService"}
    assert seen({"Status": "Updating"}, []) == before | {"alice-fraud": "1763843000.500000/Updating"}


def test_a_change_marker_of_others_is_text() -> None:
    """AWS writes times as numbers; whoever writes text moves the marker all the same, to the last digit."""
    def seen(text: str) -> str:
        answers = studio([described_domain(LastModifiedTime=text)])
        return versions(look(answers, REGION, legal=False))[DOMAIN_ID]
    first, second = (seen(f"2025-11-22T20:23:20.{digits}Z") for digits in ("750", "751"))
    assert (first, second) == ("2025-11-22T20:23:20.750Z/InService", "2025-11-22T20:23:20.751Z/InService")


def test_a_list_without_change_marker() -> None:
    answers = studio([described_domain()], [described_profile()])
    for row, name in ((answers[0], "Domains"), (answers[1], "UserProfiles")):
        for item in row["answer"][name]:
            del item["LastModifiedTime"], item["Status"]
    result = look(answers, REGION)
    assert result["states"] == STUDIO
    assert set(versions(result).values()) == {"0.000000/"}
    assert len(result["documents"]) == 2


@pytest.mark.parametrize("bare", [True, False], ids=["members left out", "empty lists"])
def test_an_empty_region(bare: bool) -> None:
    answers = studio()
    if bare:
        answers = [row | {"answer": {}} for row in answers]
    result = look(answers, REGION)
    assert result["states"] == STUDIO and not result["documents"]
    assert asked(result) == BULK


@pytest.mark.parametrize("bare", [True, False], ids=["members left out", "empty lists"])
def test_profiles_are_there_even_if_no_domain_is_listed(bare: bool) -> None:
    answers = studio(profiles=[described_profile()])
    if bare:
        answers[0]["answer"] = {}
    result = look(answers, REGION)
    assert result["states"] == STUDIO
    assert list(result["documents"]) == [profile_address(f"{DOMAIN_ID}/alice-fraud")]


STATUSES = ("Pending", "InService", "Updating", "Deleting", "Failed", "Update_Failed", "Delete_Failed")


def test_every_status_is_shown() -> None:
    profiles = [described_profile(f"user{number}", status=status) for number, status in enumerate(STATUSES)]
    found = look(studio([described_domain()], profiles), REGION)["documents"]
    assert [found[profile_address(f"research/user{number}")]["body"]["Status"]
            for number in range(len(STATUSES))] == list(STATUSES)


def test_listed_but_gone_when_described() -> None:
    answers = studio([described_domain()], [described_profile("alice-fraud"), described_profile("gone")])
    at = max(i for i, row in enumerate(answers) if row["operation"] == "DescribeUserProfile")
    answers[at] = refusal("sagemaker", "DescribeUserProfile", "not-found", input=answers[at]["input"])
    result = look(answers, REGION)
    assert result["states"] == STUDIO
    assert list(result["documents"]) == [DOMAIN, profile_address("research/alice-fraud")]


def test_a_domain_that_is_gone_when_described() -> None:
    answers = studio([described_domain()], [described_profile()])
    answers[4] = refusal("sagemaker", "DescribeDomain", "not-found")
    result = look(answers, REGION)
    assert result["states"] == STUDIO
    assert list(result["documents"]) == [profile_address("research/alice-fraud")]


def listed_space(name: str = "lab", sharing: str = "Private", **members: Any) -> dict[str, Any]:
    return {"DomainId": DOMAIN_ID, "SpaceName": name, "Status": "InService", "CreationTime": NOW, "LastModifiedTime": NOW,
            "SpaceSharingSettingsSummary": {"SharingType": sharing}, "SpaceSettingsSummary": {"AppType": "JupyterLab"},
            "OwnershipSettingsSummary": {"OwnerUserProfileName": "alice-fraud"}} | members


def listed_app(**members: Any) -> dict[str, Any]:
    return {"DomainId": DOMAIN_ID, "UserProfileName": "alice-fraud", "AppType": "JupyterServer", "AppName": "default",
            "Status": "InService", "CreationTime": NOW} | members


def space_address(name: str) -> str:
    return f"sagemaker_space/ml-dev/{REGION}/{name}"


def app_address(name: str) -> str:
    return f"sagemaker_app/ml-dev/{REGION}/research/{name}"


BELONGS = 4  # SK_DOCUMENT_BELONGS


def test_spaces_and_apps() -> None:
    """Private spaces belong to their owner, apps to what they run in; shared spaces use their owner only."""
    in_space = listed_app(SpaceName="lab", AppType="JupyterLab")
    del in_space["UserProfileName"]
    result = look(studio([described_domain()], [described_profile()], spaces=[listed_space(), listed_space("ours", "Shared")],
                         apps=[listed_app(), in_space]), REGION)
    assert result["states"] == STUDIO
    assert not [question for question in asked(result) if question[1] in ("DescribeSpace", "DescribeApp")]
    found = result["documents"]
    owner = profile_address("research/alice-fraud")
    private, shared = found[space_address("research/lab")], found[space_address("research/ours")]
    assert (private["edges"], private["flags"]) == ([owner, DOMAIN], BELONGS)
    assert shared["edges"] == [owner, DOMAIN] and "flags" not in shared
    assert private["body"] == {
        "DomainId": DOMAIN_ID, "SpaceName": "lab", "Status": "InService", "SpaceSettings": {"AppType": "JupyterLab"},
        "SpaceArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:space/{DOMAIN_ID}/lab", "Tags": [],
        "OwnershipSettings": {"OwnerUserProfileName": "alice-fraud"}, "SpaceSharingSettings": {"SharingType": "Private"}}
    of_profile = found[app_address("user/alice-fraud/JupyterServer/default")]
    of_space = found[app_address("space/lab/JupyterLab/default")]
    assert (of_profile["edges"], of_profile["flags"]) == ([owner], BELONGS)
    assert (of_space["edges"], of_space["flags"]) == ([space_address("research/lab")], BELONGS)


def test_deleted_apps_are_not_there_and_running_ones_hide_failed_ones() -> None:
    apps = [listed_app(Status="Deleted"), listed_app(Status="Failed"), listed_app(Status="InService"),
            listed_app(AppType="Canvas", Status="Failed"), listed_app(AppType="KernelGateway", Status="Deleted")]
    found = look(studio([described_domain()], apps=apps), REGION)["documents"]
    assert {address: item["body"]["Status"] for address, item in found.items() if item["kind"] == "sagemaker_app"} == {
        app_address("user/alice-fraud/JupyterServer/default"): "InService",
        app_address("user/alice-fraud/Canvas/default"): "Failed"}


def test_only_spaces_of_ours_are_described() -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:space/{DOMAIN_ID}/ours"
    own = [{"Key": "sagekeeper:owner", "Value": "acme"}]
    described = {"DomainId": DOMAIN_ID, "SpaceName": "ours", "SpaceArn": arn, "Status": "InService",
                 "SpaceSharingSettings": {"SharingType": "Shared"}, "OwnershipSettings": {"OwnerUserProfileName": "alice-fraud"},
                 "SpaceSettings": {"AppType": "JupyterLab", "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 9}}}}
    answers = studio([described_domain()], spaces=[listed_space(), listed_space("ours", "Shared")],
                     space_tags=[{"ResourceARN": arn, "Tags": own}])
    result = look([*answers, answer("sagemaker", "DescribeSpace", described)], REGION)
    assert [question for question in asked(result) if question[1] == "DescribeSpace"] == [
        (REGION, "DescribeSpace", {"DomainId": DOMAIN_ID, "SpaceName": "ours"})]
    assert result["documents"][space_address("research/ours")]["body"] == {**described, "Tags": own}


@pytest.mark.parametrize(("operation", "input_", "unread"), [
    ("ListDomains", None, set(STUDIO)),
    ("ListApps", None, {"sagemaker_app"}),
    ("ListSpaces", None, {"sagemaker_space"}),
    ("GetResources", {"ResourceTypeFilters": ["sagemaker:space"]}, {"sagemaker_space"}),
    ("ListUserProfiles", None, {"sagemaker_user_profile"}),
    ("GetResources", {"ResourceTypeFilters": ["sagemaker:user-profile"]}, {"sagemaker_user_profile"}),
    ("GetResources", {"ResourceTypeFilters": ["sagemaker:domain"]}, set(STUDIO)),
    ("DescribeDomain", None, {"sagemaker_domain"}),
    ("DescribeUserProfile", None, {"sagemaker_user_profile"})])
def test_unread_studio_is_unknown(operation: str, input_: dict[str, Any] | None, unread: set[str]) -> None:
    answers = [row if row["operation"] != operation or (input_ and row["input"] != input_)
               else refusal(row["service"], operation, input=row.get("input")) if row.get("input")
               else refusal(row["service"], operation)
               for row in studio([described_domain()], [described_profile()], spaces=[listed_space()], apps=[listed_app()])]
    result = look(answers, REGION)
    assert {kind for kind, state in result["states"].items() if state == "refused"} == unread
    assert {found["kind"] for found in result["documents"].values()} == set(STUDIO) - unread


@pytest.mark.parametrize("operation", ["ListDomains", "ListUserProfiles", "GetResources"])
def test_not_found_is_no_empty_list(operation: str) -> None:
    answers = [refusal(row["service"], operation, "not-found") if row["operation"] == operation else row
               for row in studio([described_domain()], [described_profile()])]
    assert "not found" in look(answers, REGION)["states"]["sagemaker_user_profile"]


@pytest.mark.parametrize(("list_", "member"), [("ListDomains", "DomainId"), ("ListDomains", "DomainName"),
                                               ("ListUserProfiles", "DomainId"), ("ListUserProfiles", "UserProfileName")])
def test_nameless_things_make_the_kind_unknown(list_: str, member: str) -> None:
    answers = studio([described_domain()], [described_profile()])
    for row in answers:
        if row["operation"] == list_:
            del next(iter(row["answer"].values()))[0][member]
    states = look(answers, REGION)["states"]
    kind = "sagemaker_domain" if list_ == "ListDomains" else "sagemaker_user_profile"
    assert "was answered" in states[kind]


@pytest.mark.parametrize(("described", "tagged"), [
    (PROFILE_ARN, PROFILE_ARN.replace("alice-fraud", "Alice-Fraud")),
    (PROFILE_ARN.replace("alice-fraud", "Alice-Fraud"), PROFILE_ARN),
], ids=["described in lower case", "tagged in lower case"])
def test_tags_are_found_whatever_the_case_of_the_arn(described: str, tagged: str) -> None:
    own = [{"Key": "Team", "Value": "fraud"}, {"Key": "sagemaker:domain-arn", "Value": DOMAIN_ARN}]
    found = look(studio([described_domain()], [described_profile("Alice-Fraud", UserProfileArn=described)], [],
                        [{"ResourceARN": tagged, "Tags": own}]), REGION)["documents"]
    assert found[profile_address("research/Alice-Fraud")]["body"]["Tags"] == own
    assert found[DOMAIN]["body"]["Tags"] == []


def test_new_members_of_settings_are_kept() -> None:
    """AWS adds settings; what is declared of them must be compared, so bodies keep all that is answered."""
    settings = {"ExecutionRole": role_arn("fraud"), "NoveltyAppSettings": {"Mode": "x"}}
    result = look(studio([described_domain(Novelty=1)], [described_profile(UserSettings=settings)]), REGION, extra=True)
    assert result["states"] == STUDIO
    assert result["documents"][profile_address("research/alice-fraud")]["body"]["UserSettings"] == settings


def test_edges_to_every_role_that_settings_name() -> None:
    other = "arn:aws:iam::999999999999:role/elsewhere"
    result = look(studio([described_domain(
        DefaultSpaceSettings={"ExecutionRole": role_arn("space")},
        DefaultUserSettings={"ExecutionRole": role_arn("default"),
                             "JupyterLabAppSettings": {"EmrSettings": {"ExecutionRoleArns": [role_arn("emr")],
                                                                       "AssumableRoleArns": [other]}}},
        DomainSettings={"RStudioServerProDomainSettings": {"DomainExecutionRoleArn": role_arn("rstudio")}})], [
            described_profile(UserSettings={"CanvasAppSettings": {
                "GenerativeAiSettings": {"AmazonBedrockRoleArn": role_arn("bedrock")}}})]), REGION)
    found = result["documents"]
    assert sorted(found[DOMAIN]["edges"]) == [f"iam_role/ml-dev/global/{name}"
                                              for name in ("default", "emr", "rstudio", "space")]
    assert found[profile_address("research/alice-fraud")]["edges"] == [DOMAIN, "iam_role/ml-dev/global/bedrock"]


def owned(id_: str, address: str = DOMAIN, **members: Any) -> dict[str, Any]:
    return {"ResourceARN": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{id_}",
            "Tags": [{"Key": "sagekeeper:address", "Value": address}]} | members


@pytest.mark.parametrize(("domains", "tags", "plain"), [
    ([(DOMAIN_ID, "research", "InService"), (OTHER_ID, "research", "InService")], [], DOMAIN_ID),
    ([(DOMAIN_ID, "research", "InService"), (OTHER_ID, "research", "InService")], [OTHER_ID], OTHER_ID),
    ([(DOMAIN_ID, "research", "Failed"), (OTHER_ID, "research", "InService")], [], OTHER_ID),
    ([(DOMAIN_ID, "research", "Failed"), (OTHER_ID, "research", "InService")], [DOMAIN_ID], DOMAIN_ID),
    ([(DOMAIN_ID, "research", "Deleting"), (OTHER_ID, "research", "Update_Failed")], [DOMAIN_ID, OTHER_ID], OTHER_ID),
    ([(DOMAIN_ID, "research", "Deleting"), (OTHER_ID, "research", "Failed")], [DOMAIN_ID, OTHER_ID], DOMAIN_ID),
    ([(DOMAIN_ID, "research", "InService"), (OTHER_ID, "Research", "InService")], [OTHER_ID], OTHER_ID),
], ids=["smallest id", "ours", "works", "ours though failed", "ours that works", "ours, none works", "other case"])
@pytest.mark.parametrize("reverse", [False, True])
def test_of_domains_of_one_name(domains: list[tuple[str, str, str]], tags: list[str], plain: str, reverse: bool) -> None:
    """One keeps the plain name, whatever the order of the list; the other is addressed with its id."""
    described = [described_domain(*item) for item in domains]
    profiles = [described_profile("alice-fraud", id_) for id_, _, _ in domains]
    result = look(studio(described[::-1] if reverse else described, profiles, [owned(id_) for id_ in tags]), REGION)
    names = {found["body"]["DomainId"]: found["address"].split("/", 3)[3] for found in result["documents"].values()
             if found["kind"] == "sagemaker_domain"}
    name_of = {id_: name for id_, name, _ in domains}
    (second,) = set(names) - {plain}
    assert names == {plain: name_of[plain], second: f"{name_of[second]}~{second}"}
    for id_, name in names.items():
        assert result["documents"][profile_address(f"{name}/alice-fraud")]["body"]["DomainId"] == id_
        assert domain_address(name) in result["documents"][profile_address(f"{name}/alice-fraud")]["edges"]


@pytest.mark.parametrize("operation", ["ListUserProfiles", "ListSpaces", "ListApps"])
@pytest.mark.parametrize("twice", [True, False])
def test_which_of_two_domains_is_used_is_never_guessed(operation: str, twice: bool) -> None:
    """Two that carry the tag of one name: without all lists no domain is known. Else the lists do not matter."""
    domains = [described_domain(), described_domain(OTHER_ID, "research")]
    answers = [row for row in studio(domains, domain_tags=[owned(id_) for id_ in (DOMAIN_ID, OTHER_ID)[:1 + twice]])
               if row["operation"] != operation]
    states = look(answers + [refusal("sagemaker", operation)], REGION)["states"]
    assert (states["sagemaker_domain"] == "complete") is not twice


def test_many_profiles_cost_one_question_each_and_only_once() -> None:
    profiles = [described_profile(f"user{number}") for number in range(40)]
    result = look(studio([described_domain()], profiles), REGION)
    assert len(result["questions"]) == len(BULK) + 1 + 40
    questions = [json.dumps(item, sort_keys=True) for item in result["questions"]]
    assert len(set(questions)) == len(questions)


def test_the_corpus_can_fail() -> None:
    """An answer that the model does not allow is noticed."""
    wrong = copy.deepcopy(studio([described_domain()]))
    wrong[4]["answer"]["Status"] = "Sleeping"
    assert answer_problems("sagemaker", "DescribeDomain", wrong[4]["answer"])


# --- Identity Center -----------------------------------------------------------------------

def identity(groups: list[dict[str, Any]], users: list[dict[str, Any]], members: dict[str, list[dict[str, Any]]],
             instances: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    instance = {"InstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef", "IdentityStoreId": STORE,
                "OwnerAccountId": ACCOUNT, "Status": "ACTIVE"}
    return [answer("sso-admin", "ListInstances", {"Instances": [instance] if instances is None else instances}),
            answer("identitystore", "ListGroups", {"Groups": groups}),
            answer("identitystore", "ListUsers", {"Users": users}),
            *(answer("identitystore", "ListGroupMemberships", {"GroupMemberships": items},
                     input={"IdentityStoreId": STORE, "GroupId": group_id}) for group_id, items in members.items())]


def listed_group(**members: Any) -> dict[str, Any]:
    return {"GroupId": GROUP_ID, "DisplayName": "fraud", "IdentityStoreId": STORE, "CreatedAt": CREATED,
            "UpdatedAt": CREATED + 5} | members


def listed_user(**members: Any) -> dict[str, Any]:
    return {"UserId": USER_ID, "UserName": "alice", "IdentityStoreId": STORE, "DisplayName": "Alice",
            "Emails": [{"Value": "Alice@Example.com", "Primary": True}]} | members


def listed_member(**members: Any) -> dict[str, Any]:
    return {"MembershipId": MEMBERSHIP_ID, "IdentityStoreId": STORE, "GroupId": GROUP_ID,
            "MemberId": {"UserId": USER_ID}} | members


DECLARED = [directory(), person(), group(), member()]
OTHER_PERSON_ID = "42345678-1234-1234-1234-123456789012"


def look_at_people(answers: list[dict[str, Any]], desired: list[dict[str, Any]] = DECLARED, made: Any = None,
                   legal: bool = True) -> dict[str, Any]:
    """The directory's documents by kind and name, and the directory's questions."""
    for row in answers:
        if legal and "answer" in row:
            assert not answer_problems(row["service"], row["operation"], row["answer"]), row["operation"]
    found = observe({"region": REGION, "answers": [*answers, *studio([], [])], "desired": desired,
                     **({"made": made} if made else {})})
    documents = {"/".join(part for n, part in enumerate(item["address"].split("/")) if n not in (1, 2)): item
                 for item in found["documents"] if item["kind"].startswith("identity")}
    return {"documents": documents, "states": {name: state for name, state in found["states"].items()
                                               if name.startswith("identity")},
            "questions": [(item["operation"], item["input"]) for item in found["questions"]
                          if item["service"] in ("identitystore", "sso-admin")]}


def test_the_directory() -> None:
    result = look_at_people(identity([listed_group(Description="x")], [listed_user()], {GROUP_ID: [listed_member()]}))
    assert set(result["states"].values()) == {"complete"} and len(result["states"]) == 4
    assert {name: item["body"] for name, item in result["documents"].items()} == {
        "identity_center_instance/instance": {
            "InstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef", "IdentityStoreId": STORE,
            "OwnerAccountId": ACCOUNT, "Status": "ACTIVE"},
        "identitystore_group/fraud": {"GroupId": GROUP_ID, "IdentityStoreId": STORE, "DisplayName": "fraud",
                                      "Description": "x", "CreatedAt": CREATED},
        "identitystore_group_membership/fraud/alice": {
            "MembershipId": MEMBERSHIP_ID, "IdentityStoreId": STORE, "GroupId": GROUP_ID,
            "MemberId": {"UserId": USER_ID}},
        "identitystore_user/alice": {"UserId": USER_ID, "IdentityStoreId": STORE, "UserName": "alice",
                                     "Emails": [{"Value": "Alice@Example.com", "Primary": True}]}}
    assert result["documents"]["identitystore_group_membership/fraud/alice"]["edges"] == [GROUP]
    assert result["questions"] == [
        ("ListInstances", {}), ("ListGroups", {"IdentityStoreId": STORE}), ("ListUsers", {"IdentityStoreId": STORE}),
        ("ListGroupMemberships", {"IdentityStoreId": STORE, "GroupId": GROUP_ID})]


def test_nothing_is_asked_where_nothing_is_declared() -> None:
    assert look_at_people([], desired=[]) == {"documents": {}, "questions": [], "states": dict.fromkeys(
        ("identity_center_instance", "identitystore_group", "identitystore_group_membership", "identitystore_user"),
        "complete")}


def test_what_the_record_knows_is_read_though_nothing_is_declared() -> None:
    result = look_at_people(identity([listed_group()], [listed_user()], {GROUP_ID: [listed_member()]}), desired=[], made=MADE)
    assert set(result["documents"]) == {"identity_center_instance/instance", "identitystore_group/fraud",
                                        "identitystore_group_membership/fraud/alice"}


@pytest.mark.parametrize("desired", [person(), bare(PERSON.replace("alice", "ALICE"), {}, 17),
                                     bare(PERSON.replace("alice", "alice@example.com"), {}, 17),
                                     bare(PERSON.replace("alice", "al"), {"Emails": [{"Value": "alice@example.com"}]}, 17)],
                         ids=["name", "name in another case", "address", "address of the manifest"])
def test_users_are_found(desired: dict[str, Any]) -> None:
    result = look_at_people(identity([], [listed_user(), listed_user(UserId=OTHER_PERSON_ID, UserName="bob", Emails=[{"Value": "other@example.com"}])], {}),
                            desired=[directory(), desired])
    name = "identitystore_user/" + desired["address"].split("/", 3)[3]
    assert result["documents"][name]["body"]["UserId"] == USER_ID and len(result["documents"]) == 2


def test_a_name_counts_more_than_an_address() -> None:
    users = [listed_user(UserName="x", Emails=[{"Value": "alice"}]), listed_user(UserId=OTHER_PERSON_ID, Emails=[{"Value": "other@example.com"}])]
    assert look_at_people(identity([], users, {}), desired=[directory(), person()])[
        "documents"]["identitystore_user/alice"]["body"]["UserId"] == OTHER_PERSON_ID


def test_a_renamed_group_is_known_by_its_id() -> None:
    """And another one that took its name meanwhile is not taken for it."""
    groups = [listed_group(GroupId=OTHER_PERSON_ID), listed_group(DisplayName="sales")]
    result = look_at_people(identity(groups, [listed_user()], {GROUP_ID: []}), made=MADE)
    assert result["documents"]["identitystore_group/fraud"]["body"]["DisplayName"] == "sales"
    assert result["documents"]["identitystore_group/fraud"]["body"]["GroupId"] == GROUP_ID


def test_other_groups_are_passed_over_but_for_those_that_claim_to_be_ours() -> None:
    groups = [listed_group(DisplayName="others"),
              listed_group(GroupId=OTHER_PERSON_ID, DisplayName="old", Description="Team old (sagekeeper: acme)")]
    result = look_at_people(identity(groups, [listed_user()], {}))
    assert [name for name in result["documents"] if "group" in name] == ["identitystore_group/old"]
    assert "ListGroupMemberships" not in [operation for operation, _ in result["questions"]]


def test_members_that_nobody_declared_go_by_their_names() -> None:
    members = [listed_member(MemberId={"UserId": OTHER_PERSON_ID}), listed_member(MembershipId=OTHER_PERSON_ID,
                                                                           MemberId={"UserId": MEMBERSHIP_ID})]
    users = [listed_user(UserId=OTHER_PERSON_ID, UserName="mallory", Emails=[{"Value": "other@example.com"}])]
    result = look_at_people(identity([listed_group()], users, {GROUP_ID: members}))
    assert {name for name in result["documents"] if "membership" in name} == {
        f"identitystore_group_membership/fraud/{MEMBERSHIP_ID}", "identitystore_group_membership/fraud/mallory"}


def test_two_names_of_one_person_stay_apart() -> None:
    """In each group the membership goes by the name that the group declares."""
    second, address = bare(PERSON.replace("alice", "alice@example.com"), {}, 17), GROUP.replace("fraud", "risk")
    desired = [directory(), person(), second, group(), bare(address, {"DisplayName": "risk"}),
               bare(MEMBER, {}), bare(MEMBER.replace("fraud/alice", "risk/alice@example.com"), {})]
    groups = [listed_group(), listed_group(GroupId=OTHER_PERSON_ID, DisplayName="risk")]
    members = {GROUP_ID: [listed_member()], OTHER_PERSON_ID: [listed_member(GroupId=OTHER_PERSON_ID)]}
    result = look_at_people(identity(groups, [listed_user()], members), desired=desired)
    assert [name for name in result["documents"] if "membership" in name] == [
        "identitystore_group_membership/fraud/alice", "identitystore_group_membership/risk/alice@example.com"]


def instance(store: str) -> dict[str, Any]:
    return {"InstanceArn": f"arn:aws:sso:::instance/ssoins-{store[-10:]}abcdef", "IdentityStoreId": store}


def test_of_several_instances_one_must_be_named() -> None:
    answers = identity([listed_group()], [listed_user()], {GROUP_ID: []}, [instance("d-9999999999"), instance(STORE)])
    states = look_at_people(answers)["states"]
    assert all("several Identity Center instances" in state for state in states.values())
    named = [directory(IdentityStoreId=STORE), *DECLARED[1:]]
    assert look_at_people(answers, desired=named)["documents"]["identity_center_instance/instance"]["body"] == instance(STORE)
    assert look_at_people(identity([], [], {}, []))["documents"] == {}


@pytest.mark.parametrize("operation", ["ListInstances", "ListGroups", "ListUsers", "ListGroupMemberships"])
@pytest.mark.parametrize("code", ["denied", "not-found"])
def test_a_directory_that_cannot_be_read_is_unknown(operation: str, code: str) -> None:
    answers = [refusal(row["service"], operation, code) if row["operation"] == operation else row
               for row in identity([listed_group()], [listed_user()], {GROUP_ID: [listed_member()]})]
    states = look_at_people(answers)["states"]
    if (operation, code) == ("ListGroupMemberships", "not-found"):  # gone since it was listed
        assert states["identitystore_group_membership"] == "complete"
    else:
        assert states["identitystore_group_membership"] != "complete"
    assert (states["identity_center_instance"] == "complete") == (operation != "ListInstances")


def test_a_membership_without_its_id_is_no_answer() -> None:
    broken = identity([listed_group()], [listed_user()], {GROUP_ID: [{"IdentityStoreId": STORE, "GroupId": GROUP_ID}]})
    assert "without id" in look_at_people(broken)["states"]["identitystore_group_membership"]


# --- answers of other implementations, and of AWS's own when it lags -------------------------

def taking(question: str, arn: str, tags: list[dict[str, str]] | None = None, code: str = "") -> dict[str, Any]:
    """The answer to the question for the tags of one resource."""
    service, operation, member = question.split()
    if code:
        return refusal(service, operation, code, input={member: arn})
    return answer(service, operation, {"Tags": tags or []}, input={member: arn})


OURS = [{"Key": "sagekeeper:owner", "Value": "acme"}]
POLICY_TAGS, STUDIO_TAGS = "iam ListPolicyTags PolicyArn", "sagemaker ListTags ResourceArn"


def declared(address: str, **body: Any) -> dict[str, Any]:
    return {"address": address, "body": body}


def test_a_policy_whose_name_only_its_arn_says() -> None:
    nameless = {key: value for key, value in policy_detail("reader").items() if key not in ("PolicyName", "PolicyId")}
    (found,) = look(iam(policies=[nameless]))["documents"].values()
    assert (found["address"], found["body"]["PolicyName"]) == ("iam_policy/ml-dev/global/reader", "reader")


def test_tags_of_policies_that_the_tagging_api_lacks() -> None:
    """Asked are those under a path of ours, declared or not; whatever the tagging API knows is not asked again."""
    reader, left, known = (policy_detail(name) for name in ("reader", "left", "known"))
    other = policy_detail("other", Path="/", Arn=f"arn:aws:iam::{ACCOUNT}:policy/other")
    answers = iam(policies=[reader, left, known, other], tagged=[{"ResourceARN": known["Arn"], "Tags": []}])
    answers += [taking(POLICY_TAGS, reader["Arn"], OURS), taking(POLICY_TAGS, left["Arn"], code="not-found")]
    result = look(answers, desired=[declared("iam_policy/ml-dev/global/reader", Path="/sagekeeper/acme/")])
    assert result["states"] == COMPLETE
    assert [question for question in asked(result) if question[1] == "ListPolicyTags"] == [
        ("us-east-1", "ListPolicyTags", {"PolicyArn": policy["Arn"]}) for policy in (reader, left)]
    assert {address.rsplit("/", 1)[1]: found["body"]["Tags"] for address, found in result["documents"].items()} == {
        "reader": OURS, "left": [], "known": [], "other": []}


def test_tags_of_a_policy_that_may_not_be_asked_for_are_unknown() -> None:
    reader = policy_detail("reader")
    answers = [*iam(policies=[reader]), taking(POLICY_TAGS, reader["Arn"], code="denied")]
    result = look(answers, desired=[declared("iam_policy/ml-dev/global/reader", Path="/sagekeeper/acme/")])
    assert result["states"]["iam_policy"] != "complete" and not result["documents"]


def late_studio(*profiles: str) -> list[dict[str, Any]]:
    """Nothing has a row in the tagging API, all have their tags."""
    space = described_space()
    rows = studio([described_domain()], [described_profile(name) for name in profiles], spaces=[listed_space("lab", "Shared")])
    arns = [DOMAIN_ARN, space["SpaceArn"], *(described_profile(name)["UserProfileArn"] for name in profiles)]
    return [*rows, answer("sagemaker", "DescribeSpace", space, input={"DomainId": DOMAIN_ID, "SpaceName": "lab"}),
            *(taking(STUDIO_TAGS, arn, OURS) for arn in arns)]


def described_space() -> dict[str, Any]:
    return {"DomainId": DOMAIN_ID, "SpaceName": "lab", "Status": "InService", "LastModifiedTime": NOW, "CreationTime": NOW,
            "SpaceArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:space/{DOMAIN_ID}/lab"}


def test_tags_in_studio_that_the_tagging_api_lacks() -> None:
    """Declared things only: others have no tags for a reason."""
    addresses = [DOMAIN, profile_address("research/alice-fraud"), space_address("research/lab")]
    result = look(late_studio("alice-fraud", "somebody"), REGION, desired=[declared(address) for address in addresses])
    assert result["states"] == STUDIO
    tags = {address: found["body"]["Tags"] for address, found in result["documents"].items()}
    assert tags == {address: OURS for address in addresses} | {profile_address("research/somebody"): []}
    assert sum(operation == "ListTags" for _, operation, _ in asked(result)) == 3


def test_tags_of_what_is_declared_as_existing_are_nobodys_business() -> None:
    result = look(late_studio("alice-fraud"), REGION, desired=[declared(DOMAIN) | {"flags": EXISTING}])
    assert result["states"] == STUDIO and not any(operation == "ListTags" for _, operation, _ in asked(result))


def test_a_thousand_new_profiles_are_not_asked_one_by_one() -> None:
    names = [f"user{number:03}" for number in range(120)]
    result = look(late_studio(*names), REGION, desired=[declared(profile_address(f"research/{name}")) for name in names])
    assert result["states"] == STUDIO
    assert sum(operation == "ListTags" for _, operation, _ in asked(result)) == 50


def test_what_a_list_says_and_describe_leaves_out_is_kept() -> None:
    answers = studio([described_domain()], [described_profile()])
    for row in answers:
        if row["operation"] in ("DescribeDomain", "DescribeUserProfile"):
            row["answer"] = {name: value for name, value in row["answer"].items() if name in ("AuthMode", "UserSettings")}
    documents = look(answers, REGION)["documents"]
    assert (documents[DOMAIN]["body"]["DomainId"], documents[DOMAIN]["body"]["DomainArn"]) == (DOMAIN_ID, DOMAIN_ARN)
    body = documents[profile_address("research/alice-fraud")]["body"]
    assert (body["DomainId"], body["UserProfileName"], body["Status"]) == (DOMAIN_ID, "alice-fraud", "InService")
    assert body["UserProfileArn"] == described_profile()["UserProfileArn"]
