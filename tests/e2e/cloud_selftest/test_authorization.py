"""Who may do what: policies of users, groups and roles, boundaries, what operations ask for besides,
and that what this cloud does not know ends loudly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud.auth.conditions import UnknownElement
from cloud.authorization.needs import Need, need
from cloud.authorization.policy import decide
from cloud.client import Cloud

from support import OTHER, refused, text, trust_aws

HOME = "111111111111"
ROLE = f"arn:aws:iam::{HOME}:role/sk/team"


def document(*actions: str, effect: str = "Allow", resource: Any = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


# the evaluation

TAGGED = need("sagemaker:DeleteDomain", "arn:aws:sagemaker:us-east-1:1:domain/d-1", **{
    "aws:ResourceTag/Team": "a", "aws:TagKeys": ("Team", "Cost")})
EQUALS, NOT = {"aws:ResourceTag/Team": "a"}, {"aws:ResourceTag/Team": "b"}
MISSING = {"aws:ResourceTag/Other": "a"}


@pytest.mark.parametrize("policy, allowed", [
    (document("sagemaker:DeleteDomain"), True),
    (document("SageMaker:delete*"), True),
    (document("sagemaker:DeleteDomain", resource="arn:aws:sagemaker:*:1:domain/*"), True),
    (document("sagemaker:DeleteDomain", resource="arn:aws:sagemaker:us-east-1:1:domain/d-?"), True),
    (document("sagemaker:DeleteDomain", resource="arn:aws:sagemaker:*"), False),
    (document("sagemaker:DeleteDomain", resource="arn:*:domain/d-1"), False),
    (document("sagemaker:DeleteDomain", resource="arn:aws:sagemaker:us-east-1:1:user-profile/*"), False),
    (document("sagemaker:DeleteApp", "iam:*"), False),
    (document("sagemaker:*", effect="Deny"), False),
    (document("sagemaker:*", StringEquals=EQUALS), True),
    (document("sagemaker:*", StringEquals={"AWS:resourcetag/team": ["x", "a"]}), True),
    (document("sagemaker:*", StringEquals=NOT), False),
    (document("sagemaker:*", StringEquals=MISSING), False),
    (document("sagemaker:*", StringEqualsIfExists=MISSING), True),
    (document("sagemaker:*", StringNotEquals=EQUALS), False),
    (document("sagemaker:*", StringNotEquals=NOT), True),
    (document("sagemaker:*", StringNotEquals=MISSING), True),
    (document("sagemaker:*", StringLike={"aws:ResourceTag/Team": "?"}), True),
    (document("sagemaker:*", Null={"aws:ResourceTag/Team": "true"}), False),
    (document("sagemaker:*", Null={"aws:ResourceTag/Other": True}), True),
    (document("sagemaker:*", **{"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "Cost"]}}), True),
    (document("sagemaker:*", **{"ForAllValues:StringEquals": {"aws:TagKeys": "Team"}}), False),
    (document("sagemaker:*", **{"ForAllValues:StringEquals": MISSING}), True),
    (document("sagemaker:*", **{"ForAnyValue:StringEquals": {"aws:TagKeys": "Cost"}}), True),
    (document("sagemaker:*", **{"ForAnyValue:StringEquals": MISSING}), False),
    (document("sagemaker:*", **{"ForAnyValue:StringNotEquals": {"aws:TagKeys": "Cost"}}), True),
    (document("sagemaker:*", **{"ForAllValues:StringNotEquals": {"aws:TagKeys": "Cost"}}), False),
    ({"Statement": {"Effect": "Allow", "NotAction": "sagemaker:Create*", "NotResource": "arn:aws:iam::*:*"}}, True),
    ({"Statement": {"Effect": "Allow", "NotAction": "sagemaker:*", "Resource": "*"}}, False),
], ids=repr)
def test_one_policy(policy: dict[str, Any], allowed: bool) -> None:
    assert decide([policy], None, TAGGED).allowed == allowed


@pytest.mark.parametrize("identity, boundary, why", [
    ([document("iam:*")], document("iam:*"), ""),
    ([document("iam:*")], document("s3:*"), "because no permissions boundary allows the iam:DeleteRole action"),
    ([document("s3:*")], document("iam:*"), "because no identity-based policy allows the iam:DeleteRole action"),
    ([document("iam:*"), document("iam:Delete*", effect="Deny")], None, "with an explicit deny in an identity-based policy"),
    ([document("iam:*")], document("iam:*", effect="Deny"), "with an explicit deny in a permissions boundary"),
    ([], None, "because no identity-based policy allows the iam:DeleteRole action"),
], ids=str)
def test_boundary_and_denials(identity: list[Any], boundary: Any, why: str) -> None:
    assert decide(identity, boundary, Need("iam:DeleteRole", ROLE)).why == why


@pytest.mark.parametrize("policy", [
    document("*", NumericLessThan={"aws:MultiFactorAuthAge": "5"}),
    document("*", StringEqual={"aws:PrincipalArn": "x"}),
    document("*", **{"ForSomeValues:StringEquals": {"aws:TagKeys": "x"}}),
    document("*", StringLike={"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}),
    {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}},
], ids=str)
def test_what_is_not_known_is_not_guessed(policy: dict[str, Any]) -> None:
    with pytest.raises(UnknownElement):
        decide([policy], None, TAGGED)


# the cloud


@pytest.fixture
def enforcing(cloud: Cloud) -> Cloud:
    cloud.set(enforce_authorization=True)
    return cloud


def holder(cloud: Cloud, service: str, **policies: Any) -> Any:
    """A client as a role with only these policies."""
    arn = cloud.role("holder", policies=policies)
    return cloud.boto3(service, credentials=cloud.new_credentials(HOME, role=arn, session=True))


def test_off_by_default_and_never_for_root(cloud: Cloud) -> None:
    holder(cloud, "iam").list_roles()
    cloud.set(enforce_authorization=True)
    cloud.boto3("iam").list_roles()
    with refused("AccessDenied", f"User: arn:aws:sts::{HOME}:assumed-role/holder/machine is not authorized to perform: "
                                 "iam:ListRoles on resource: * because no identity-based policy allows the iam:ListRoles action"):
        holder(cloud, "iam").list_roles()
    holder(cloud, "sts").get_caller_identity()


@pytest.mark.parametrize("service, operation, code", [
    ("sagemaker", "list_domains", "AccessDeniedException"), ("identitystore", "list_groups", "AccessDeniedException"),
    ("resourcegroupstaggingapi", "get_resources", "AccessDeniedException"), ("iam", "list_users", "AccessDenied")])
def test_each_family_says_it_in_its_way(enforcing: Cloud, service: str, operation: str, code: str) -> None:
    arguments = {"IdentityStoreId": "d-1234567890"} if service == "identitystore" else {}
    with pytest.raises(ClientError) as caught:
        getattr(holder(enforcing, service), operation)(**arguments)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == (403 if service == "iam" else 400)


def test_users_groups_and_attached_policies(enforcing: Cloud) -> None:
    iam = enforcing.boto3("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = enforcing.boto3("iam", credentials={"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]})
    with refused("AccessDenied", "iam:ListRoles"):
        alice.list_roles()
    policy = iam.create_policy(PolicyName="look", PolicyDocument=text(document("iam:List*")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="alice", PolicyArn=policy)
    alice.list_roles()
    iam.detach_user_policy(UserName="alice", PolicyArn=policy)
    iam.create_group(GroupName="lookers")
    iam.add_user_to_group(GroupName="lookers", UserName="alice")
    iam.put_group_policy(GroupName="lookers", PolicyName="look", PolicyDocument=text(document("iam:ListRoles")))
    alice.list_roles()
    with refused("AccessDenied", "iam:ListPolicies"):
        alice.list_policies()


def test_a_boundary_bounds(enforcing: Cloud) -> None:
    iam = enforcing.boto3("iam")
    client = holder(enforcing, "iam", all=document("*"))
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=text(document("iam:ListRoles")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="holder", PermissionsBoundary=boundary)
    client.list_roles()
    with refused("AccessDenied", "because no permissions boundary allows the iam:ListPolicies action"):
        client.list_policies()


def test_paths_boundaries_and_tags_of_roles(enforcing: Cloud) -> None:
    iam = holder(enforcing, "iam", own={"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iam:CreateRole", "iam:TagRole"], "Resource": f"arn:aws:iam::{HOME}:role/sk/*",
         "Condition": {"StringEquals": {"aws:RequestTag/owner": "us", "iam:PermissionsBoundary": "*"}}},
        {"Effect": "Allow", "Action": "iam:DeleteRole", "Resource": f"arn:aws:iam::{HOME}:role/sk/*"}]})
    trust = text(trust_aws(f"arn:aws:iam::{HOME}:root"))
    asked = {"RoleName": "team", "Path": "/sk/", "AssumeRolePolicyDocument": trust,
             "Tags": [{"Key": "owner", "Value": "us"}]}
    with refused("AccessDenied", f"iam:CreateRole on resource: {ROLE} because"):
        iam.create_role(**asked)
    enforcing.role("team", path="/sk/")
    enforcing.role("other")
    with refused("AccessDenied", f"iam:DeleteRole on resource: arn:aws:iam::{HOME}:role/other because"):
        iam.delete_role(RoleName="other")
    iam.delete_role(RoleName="team")
    with refused("AccessDenied", "iam:DeleteRole on resource: role team because"):
        iam.delete_role(RoleName="team")


def test_tags_of_the_resource_and_of_the_request(enforcing: Cloud) -> None:
    arn = enforcing.seed(0, domain_tags={"owner": "us"})["domain_arn"]
    other = enforcing.seed(0)["domain_arn"]
    studio = holder(enforcing, "sagemaker", own=document("sagemaker:AddTags", StringEquals={
        "aws:ResourceTag/owner": "us", "aws:RequestTag/Cost": "1"}))
    studio.add_tags(ResourceArn=arn, Tags=[{"Key": "Cost", "Value": "1"}])
    for resource, cost in ((arn, "2"), (other, "1")):
        with refused("AccessDeniedException", f"sagemaker:AddTags on resource: {resource}"):
            studio.add_tags(ResourceArn=resource, Tags=[{"Key": "Cost", "Value": cost}])
    rows = enforcing.decisions(operation="AddTags")
    assert [row["allowed"] for row in rows] == [True, False, False]
    assert rows[0]["keys"] == {"aws:RequestTag/Cost": ["1"], "aws:ResourceTag/owner": ["us"], "aws:TagKeys": ["Cost"]}


def test_what_a_profile_needs_besides(enforcing: Cloud) -> None:
    role = enforcing.role("team", services=["sagemaker.amazonaws.com"])
    domain = enforcing.seed(0)["domain_id"]
    create = document("sagemaker:CreateUserProfile")["Statement"]
    tag = document("sagemaker:AddTags", StringEquals={"sagemaker:TaggingAction": "CreateUserProfile"})["Statement"]
    give = document("iam:PassRole", resource=role, StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"})["Statement"]
    profile = f"arn:aws:sagemaker:us-east-1:{HOME}:user-profile/{domain}/alice"
    for granted, missing in ((create, f"sagemaker:AddTags on resource: {profile}"),
                             (create + tag, f"iam:PassRole on resource: {role}"), (create + tag + give, None)):
        studio = holder(enforcing, "sagemaker", own={"Version": "2012-10-17", "Statement": granted})
        asked = {"DomainId": domain, "UserProfileName": "alice", "Tags": [{"Key": "a", "Value": "b"}],
                 "UserSettings": {"ExecutionRole": role}}
        if missing:
            with refused("AccessDeniedException", missing):
                studio.create_user_profile(**asked)
            assert enforcing.boto3("sagemaker").list_user_profiles()["UserProfiles"] == []
        else:
            studio.create_user_profile(**asked)


def test_owners_of_spaces(enforcing: Cloud) -> None:
    domain = enforcing.seed(2, prefix="user{n}")["domain_id"]
    owner = f"arn:aws:sagemaker:us-east-1:{HOME}:user-profile/{domain}/user0"
    studio = holder(enforcing, "sagemaker", own=document(
        "sagemaker:CreateSpace", "sagemaker:DeleteSpace", ArnLike={"sagemaker:OwnerUserProfileArn": owner},
        StringEquals={"sagemaker:SpaceSharingType": "Private"}))

    def create(client: Any, name: str) -> None:
        client.create_space(DomainId=domain, SpaceName="of-" + name, SpaceSettings={"AppType": "JupyterLab"},
                            OwnershipSettings={"OwnerUserProfileName": name}, SpaceSharingSettings={"SharingType": "Private"})

    create(studio, "user0")
    with refused("AccessDeniedException", "sagemaker:CreateSpace"):
        create(studio, "user1")
    create(enforcing.boto3("sagemaker"), "user1")
    enforcing.control("POST", "settle")
    studio.delete_space(DomainId=domain, SpaceName="of-user0")
    with refused("AccessDeniedException", "sagemaker:DeleteSpace"):
        studio.delete_space(DomainId=domain, SpaceName="of-user1")


def test_assuming_needs_both_sides(enforcing: Cloud) -> None:
    there = enforcing.role("there", OTHER, trusted_accounts=[HOME], external_id="word")
    asked = {"RoleArn": there, "RoleSessionName": "s1", "ExternalId": "word"}
    with refused("AccessDenied", f"sts:AssumeRole on resource: {there} because no identity-based policy"):
        holder(enforcing, "sts").assume_role(**asked)
    allow = document("sts:AssumeRole", resource=there, StringEquals={"sts:ExternalId": "word"})
    holder(enforcing, "sts", own=allow).assume_role(**asked)
    with refused("AccessDenied", "sts:AssumeRole"):
        holder(enforcing, "sts", own=allow).assume_role(**asked | {"ExternalId": "other"})
    with refused("AccessDenied", "sts:SetSourceIdentity"):
        holder(enforcing, "sts", own=allow).assume_role(**asked, SourceIdentity="alice")
    with refused("AccessDenied", "sts:TagSession"):
        holder(enforcing, "sts", own=allow).assume_role(**asked, Tags=[{"Key": "a", "Value": "b"}])
    # In its own account a trust policy that names the caller is enough.
    enforcing.role("named", trust=trust_aws(f"arn:aws:iam::{HOME}:role/holder"))
    holder(enforcing, "sts").assume_role(RoleArn=f"arn:aws:iam::{HOME}:role/named", RoleSessionName="s1")


def test_an_operation_without_a_row_ends_loudly(enforcing: Cloud) -> None:
    with refused("InternalFailure", "crashed"):
        holder(enforcing, "iam", own=document("*")).list_groups()
    (crash,) = enforcing.control("GET", "health")["crashes"]
    assert "what iam:ListGroups asks of its caller is not known" in crash and "rows.py" in crash
    enforcing.reset()


def test_policies_are_read_as_they_are_now(enforcing: Cloud) -> None:
    client = holder(enforcing, "iam", own=document("iam:ListRoles"))
    client.list_roles()
    enforcing.restrict(f"arn:aws:iam::{HOME}:role/holder", own=document("iam:ListPolicies"))
    with refused("AccessDenied", "iam:ListRoles"):
        client.list_roles()
    enforcing.boto3("iam").delete_role_policy(RoleName="holder", PolicyName="own")
    with refused("AccessDenied", "iam:ListPolicies"):
        client.list_policies()
    assert json.loads(json.dumps(enforcing.decisions()))[0]["principal"].endswith("assumed-role/holder/machine")
