"""The life of each kind: made, changed in place by the right calls, refused where AWS cannot, taken away
in a safe order. What each settings field sends is in test_fields.py."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from cloud.client import Cloud
from e2e.estate import Estate, about, tag_map
from e2e.support import ACCOUNT

PATH = "/sagekeeper/acme/"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy"
BOUNDARIES = [f"{POLICY_ARN}/bounds/boundary{number}" for number in (1, 2)]
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
GLUE = "arn:aws:iam::aws:policy/AWSGlueConsoleFullAccess"


class Allows:
    """Equal to the text of a policy that allows exactly these actions."""

    def __init__(self, *actions: str) -> None:
        self.actions = sorted(actions)

    def __eq__(self, text: object) -> bool:
        statements = json.loads(str(text))["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        found = [action for statement in statements for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])]
        return sorted(found) == self.actions

    def __repr__(self) -> str:
        return f"Allows{tuple(self.actions)}"


@pytest.fixture
def estate(cloud, tmp_path):
    cloud.set(settle_ms=0)
    made = Estate(cloud, tmp_path)
    made.domain()
    return made


# Roles, step by step

def update_role(description: str, seconds: int) -> list[Any]:
    return [("UpdateRole", {"Description": description, "MaxSessionDuration": seconds})]


#: For each team the specs of its role, one after the other, and the calls that the change from the
#: one before makes; RoleName is left out. What is absent is left alone, null clears.
STEPS: dict[str, list[tuple[dict[str, Any], list[Any]]]] = {
    "description": [
        ({"description": "one", "sessionDuration": 7200}, []),
        ({"description": "two", "sessionDuration": 7200}, update_role("two", 7200)),
        ({"sessionDuration": 7200}, []),
        ({"description": None}, update_role("", 7200)),
    ],
    "session": [
        ({"description": "kept", "sessionDuration": 7200}, []),
        ({"description": "kept", "sessionDuration": 14400}, update_role("kept", 14400)),
        ({}, []),
        ({"sessionDuration": 3600}, update_role("kept", 3600)),
    ],
    "boundary": [
        ({"permissionsBoundary": BOUNDARIES[0]}, []),
        ({"permissionsBoundary": BOUNDARIES[1]},
         [("PutRolePermissionsBoundary", {"PermissionsBoundary": BOUNDARIES[1]})]),
        ({}, []),
        ({"permissionsBoundary": None}, [("DeleteRolePermissionsBoundary", {})]),
    ],
    "bounded": [
        ({}, []),
        ({"permissionsBoundary": "bounds/boundary1"},
         [("PutRolePermissionsBoundary", {"PermissionsBoundary": BOUNDARIES[0]})]),
        ({"permissionsBoundary": BOUNDARIES[0]}, []),
        ({}, []),
    ],
    "attachments": [
        ({"managedPolicyArns": [READ_ONLY]}, []),
        ({"managedPolicyArns": [GLUE]},
         [("DetachRolePolicy", {"PolicyArn": READ_ONLY}), ("AttachRolePolicy", {"PolicyArn": GLUE})]),
        ({"managedPolicyArns": [READ_ONLY, GLUE]}, [("AttachRolePolicy", {"PolicyArn": READ_ONLY})]),
        ({}, [("DetachRolePolicy", {"PolicyArn": GLUE}), ("DetachRolePolicy", {"PolicyArn": READ_ONLY})]),
    ],
    "inline": [
        ({"inlinePolicies": {"x": "get.json"}}, []),
        ({"inlinePolicies": {"x": "put.json"}},
         [("PutRolePolicy", {"PolicyName": "x", "PolicyDocument": Allows("s3:PutObject")})]),
        ({"inlinePolicies": {"y": "put.json"}},
         [("DeleteRolePolicy", {"PolicyName": "x"}),
          ("PutRolePolicy", {"PolicyName": "y", "PolicyDocument": Allows("s3:PutObject")})]),
        ({}, [("DeleteRolePolicy", {"PolicyName": "y"})]),
    ],
    "tags": [
        ({"tags": {"Kept": "1", "Changed": "1", "Gone": "1"}}, []),
        ({"tags": {"Kept": "1", "Changed": "2", "New": "1"}},
         [("UntagRole", {"TagKeys": ["Gone"]}),
          ("TagRole", {"Tags": [{"Key": "Changed", "Value": "2"}, {"Key": "New", "Value": "1"}]})]),
        ({"tags": {"Kept": "1", "New": "1"}}, [("UntagRole", {"TagKeys": ["Changed"]})]),
        ({}, [("UntagRole", {"TagKeys": ["Kept", "New"]})]),
    ],
    "several": [
        ({"description": "one", "inlinePolicies": {"x": "get.json"}}, []),
        ({"description": "two", "inlinePolicies": {"y": "get.json"}, "permissionsBoundary": BOUNDARIES[0],
          "managedPolicyArns": [GLUE], "tags": {"A": "1"}},
         [("DeleteRolePolicy", {"PolicyName": "x"}),
          ("PutRolePermissionsBoundary", {"PermissionsBoundary": BOUNDARIES[0]}),
          *update_role("two", 3600),
          ("TagRole", {"Tags": [{"Key": "A", "Value": "1"}]}),
          ("AttachRolePolicy", {"PolicyArn": GLUE}),
          ("PutRolePolicy", {"PolicyName": "y", "PolicyDocument": Allows("s3:GetObject")})]),
        ({"description": "two", "inlinePolicies": {"y": "get.json"}, "managedPolicyArns": [GLUE],
          "tags": {"A": "1"}}, []),
        ({"description": "two", "inlinePolicies": {"y": "get.json"}, "permissionsBoundary": None,
          "managedPolicyArns": [READ_ONLY], "tags": {"A": "1"}},
         [("DetachRolePolicy", {"PolicyArn": GLUE}),
          ("AttachRolePolicy", {"PolicyArn": READ_ONLY}),
          ("DeleteRolePermissionsBoundary", {})]),
    ],
}


@pytest.fixture(scope="module")
def role_steps(tmp_path_factory):
    """The calls of each step, of all teams at once, and the roles that came out."""
    with Cloud("--settle-ms", "0") as cloud:
        estate = Estate(cloud, tmp_path_factory.mktemp("roles"))
        estate.domain()
        for name in ("boundary1", "boundary2"):
            estate.boto3("iam").create_policy(PolicyName=name, Path="/bounds/", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
        estate.policy("get", "s3:GetObject")
        estate.policy("put", "s3:PutObject")
        steps = []
        for number in range(4):
            for team, specs in STEPS.items():
                estate.team(team, role=specs[number][0])
            steps.append(estate.apply())
        estate.nothing_left()
        yield steps, estate.roles()
        cloud.check_health()


@pytest.mark.parametrize("team", STEPS)
def test_a_role_is_changed_by_the_smallest_calls(role_steps, team):
    calls, _ = role_steps
    for number, (_, expected) in enumerate(STEPS[team]):
        if number == 0:
            continue
        made = [(operation, {name: value for name, value in given.items() if name != "RoleName"})
                for operation, given in about(calls[number], "RoleName", f"sagekeeper-{team}")]
        assert made == expected, f"step {number}"


def test_the_roles_end_as_declared_last(role_steps):
    _, roles = role_steps
    described = {team: roles[f"sagekeeper-{team}"] for team in STEPS}
    assert "Description" not in described["description"] or not described["description"]["Description"]
    assert described["description"]["MaxSessionDuration"] == 7200
    assert described["session"]["Description"] == "kept"
    assert described["session"]["MaxSessionDuration"] == 3600
    assert "PermissionsBoundary" not in described["boundary"]
    assert described["bounded"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARIES[0]
    assert described["attachments"]["Attached"] == [] and described["inline"]["Inline"] == []
    assert set(described["tags"]["Tags"]) == {"Team", "sagekeeper:owner", "sagekeeper:address", "sagekeeper:source"}
    assert described["several"]["Attached"] == [READ_ONLY] and described["several"]["Inline"] == ["y"]


def test_what_was_done_to_a_role_by_hand_is_taken_back(estate):
    """Attachments, inline policies, trust and tags are exclusive; a boundary nobody declared is left."""
    estate.policy("get", "s3:GetObject")
    estate.team("fraud", role={"inlinePolicies": {"mine": "get.json"}})
    estate.apply()
    iam, role = estate.boto3("iam"), {"RoleName": "sagekeeper-fraud"}
    wide = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))["Policy"]["Arn"]
    iam.attach_role_policy(PolicyArn=GLUE, **role)
    iam.put_role_policy(PolicyName="extra", PolicyDocument=json.dumps(wide | {"Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]}), **role)
    iam.update_assume_role_policy(PolicyDocument=json.dumps(wide), **role)
    iam.tag_role(Tags=[{"Key": "Extra", "Value": "1"}, {"Key": "Team", "Value": "other"}], **role)
    iam.put_role_permissions_boundary(PermissionsBoundary=boundary, **role)
    calls = estate.apply()
    assert [(operation, {name: value for name, value in given.items() if name not in ("RoleName", "PolicyDocument")})
            for operation, given in calls] == [
        ("DetachRolePolicy", {"PolicyArn": GLUE}),
        ("DeleteRolePolicy", {"PolicyName": "extra"}),
        ("UpdateAssumeRolePolicy", {}),
        ("UntagRole", {"TagKeys": ["Extra"]}),
        ("TagRole", {"Tags": [{"Key": "Team", "Value": "fraud"}]}),
    ]
    live = estate.roles()["sagekeeper-fraud"]
    principals = [statement["Principal"] for statement in live["AssumeRolePolicyDocument"]["Statement"]]
    assert principals == [{"Service": "sagemaker.amazonaws.com"}]
    assert live["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert live["Inline"] == ["mine"]


def test_source_identity_changes_the_trust_of_every_role_of_the_domain(estate):
    estate.team("fraud", "alice")
    estate.apply()
    estate.domain(domainSettings={"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"})
    calls = estate.apply()
    assert sorted(operation for operation, _ in calls) == ["UpdateAssumeRolePolicy"] * 2 + ["UpdateDomain"]
    for operation, given in calls:
        if operation == "UpdateAssumeRolePolicy":
            assert given["PolicyDocument"] == Allows("sts:AssumeRole", "sts:SetSourceIdentity")


def test_a_role_of_another_name_takes_over(estate):
    """Made first, then the profiles move, then the old role goes."""
    estate.policy("get", "s3:GetObject")
    estate.team("fraud", "alice", role={"policies": ["get.json"]})
    estate.apply()
    estate.team("fraud", "alice", role={"name": "fraud-two", "policies": ["get.json"]})
    calls = estate.apply()
    operations = [operation for operation, _ in calls]
    assert operations.index("CreateRole") < operations.index("UpdateUserProfile") < operations.index("DeleteRole")
    settings = [given["UserSettings"] for operation, given in calls if operation == "UpdateUserProfile"]
    assert settings == [{"ExecutionRole": f"arn:aws:iam::{ACCOUNT}:role{PATH}fraud-two"}]
    assert set(estate.roles()) == {"fraud-two", "sagekeeper-research-default"}
    assert "CreatePolicy" not in operations and "DeletePolicy" not in operations
    estate.nothing_left()


# Policies

def test_versions_of_a_policy(estate):
    """The fifth version makes room for a sixth, and going back takes the version that is there."""
    estate.policy("own", "s3:GetObject")
    estate.team("fraud", role={"policies": ["own.json"]})
    estate.apply()
    arn = f"{POLICY_ARN}{PATH}fraud-own"
    iam = estate.boto3("iam")
    for action in ("s3:GetObjectAcl", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetBucketAcl"):
        iam.create_policy_version(PolicyArn=arn, SetAsDefault=False, PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}))
    estate.policy("own", "s3:GetObject", "s3:PutObject")
    assert estate.apply() == [
        ("DeletePolicyVersion", {"PolicyArn": arn, "VersionId": "v2"}),
        ("CreatePolicyVersion", {"PolicyArn": arn, "SetAsDefault": True,
                                 "PolicyDocument": Allows("s3:GetObject", "s3:PutObject")})]
    estate.policy("own", "s3:GetObject")
    assert estate.apply() == [("SetDefaultPolicyVersion", {"PolicyArn": arn, "VersionId": "v1"})]
    estate.policy("own", "s3:GetObjectTagging", "s3:GetObjectVersion")
    assert [given.get("VersionId") for _, given in estate.apply()] == ["v3", None]
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert {version["VersionId"]: version["IsDefaultVersion"] for version in versions} == {
        "v1": False, "v4": False, "v5": False, "v6": False, "v7": True}


def test_another_spelling_of_a_policy_is_no_change(estate):
    estate.policy("own", "s3:GetObject", "s3:PutObject")
    estate.team("fraud", role={"policies": ["own.json"]})
    estate.apply()
    estate.write("policies/own.json", """
        {"Statement": {"Resource": ["*"], "Action": ["s3:putobject", "S3:GetObject", "s3:GetObject"],
                       "Effect": "Allow"},
         "Version": "2012-10-17"}""")
    estate.save()
    estate.nothing_left()


def test_a_shared_template_is_a_policy_of_each_team(estate):
    role = {"policies": ["studio-read-only@1", "studio-supporting-services@1"]}
    estate.team("fraud", role=role | {"parameters": {"bucket": "fraud-data"}})
    estate.team("credit", role=role | {"parameters": {"bucket": "credit-data"}})
    estate.apply()
    names = {f"{team}-studio-{template}-v1" for team in ("fraud", "credit")
             for template in ("read-only", "supporting-services")}
    assert names < set(estate.policies())
    estate.team("fraud", role=role | {"parameters": {"bucket": "other-data"}})
    calls = estate.apply()
    assert [(operation, given["PolicyArn"].rsplit("/", 1)[1]) for operation, given in calls] == [
        ("CreatePolicyVersion", "fraud-studio-supporting-services-v1")]
    assert "other-data" in calls[0][1]["PolicyDocument"]
    estate.withdraw("Team", "fraud")
    estate.apply()
    assert {name for name in estate.policies() if not name.startswith("research")} == {
        name for name in names if name.startswith("credit")}
    assert len(estate.roles()["sagekeeper-credit"]["Attached"]) == 2


def test_tags_are_added_changed_and_removed_in_place(estate):
    """Of the profile, the domain, the role and the policy."""
    estate.policy("own", "s3:GetObject")
    estate.domain(tags={"Kept": "1", "Changed": "1", "Gone": "1"})
    estate.team("fraud", "alice", role={"policies": ["own.json"]}, tags={"Kept": "1", "Changed": "1", "Gone": "1"})
    estate.apply()
    profile = estate.profiles()["alice-fraud"]
    domain = estate.boto3("sagemaker").describe_domain(DomainId=estate.domain_id())
    estate.domain(tags={"Kept": "1", "Changed": "2", "New": "1"})
    estate.team("fraud", "alice", role={"policies": ["own.json"]}, tags={"Kept": "1", "Changed": "2", "New": "1"})
    by_resource: dict[str, dict[str, Any]] = {}
    for operation, given in estate.apply():
        resource = given.get("ResourceArn") or given.get("PolicyArn") or given["RoleName"]
        by_resource.setdefault(resource, {})[operation] = (
            tag_map(given["Tags"]) if "Tags" in given else given["TagKeys"])
    added, removed = {"Changed": "2", "New": "1"}, ["Gone"]
    assert by_resource == {
        profile["UserProfileArn"]: {"AddTags": added, "DeleteTags": removed},
        domain["DomainArn"]: {"AddTags": added, "DeleteTags": removed},
        "sagekeeper-fraud": {"TagRole": added, "UntagRole": removed},
        "sagekeeper-research-default": {"TagRole": added, "UntagRole": removed},
        f"{POLICY_ARN}{PATH}fraud-own": {"TagPolicy": added, "UntagPolicy": removed},
        f"{POLICY_ARN}{PATH}research-default-studio-read-only-v1": {"TagPolicy": added, "UntagPolicy": removed},
    }
    for arn in (profile["UserProfileArn"], domain["DomainArn"]):
        tags = estate.tags(arn)
        assert {key: tags.get(key) for key in ("Kept", "Changed", "New", "Gone")} == {
            "Kept": "1", "Changed": "2", "New": "1", "Gone": None}
    estate.nothing_left()


# What cannot be changed

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000001"
FIXED = {
    "the VPC of a domain": ("domain", {"vpcId": "vpc-0fffffffffffffff0"}, "VpcId", "declare a second domain"),
    "the key of a domain": ("domain", {"kmsKeyId": KEY}, "KmsKeyId", "declare a second domain"),
    "a home file system that is there": ("domain", {"homeEfsFileSystem": {"creation": "Disabled"}},
                                         "HomeEfsFileSystemCreation", "keeps it"),
    "the path of a role": ("role", {"path": PATH + "sub/"}, "Path", "a role of another name"),
    "access to RStudio": ("member", {"userSettings": {"RStudioServerProAppSettings": {
        "AccessStatus": "ENABLED", "UserGroup": "R_STUDIO_ADMIN"}}}, "RStudioServerProAppSettings",
        "when the profile is made"),
}
ADDRESSES = {"domain": "sagemaker_domain/ml-dev/us-east-1/research", "role": "iam_role/ml-dev/global/sagekeeper-fraud",
             "member": "sagemaker_user_profile/ml-dev/us-east-1/research/alice-fraud"}


def test_what_is_fixed_at_creation_is_blocked_with_the_road(estate):
    estate.team("fraud", "alice")
    estate.apply()
    before = estate.snapshot()
    for name, (what, change, field, road) in FIXED.items():
        estate.domain(**(change if what == "domain" else {}))
        estate.team("fraud", {"user": "alice", **(change if what == "member" else {})},
                    role=change if what == "role" else {})
        estate.save()
        blocked = estate.changes()[ADDRESSES[what]]
        assert blocked["action"] == "blocked" and blocked["calls"] == [], name
        assert field in blocked["reason"] and road in blocked["reason"], name
        assert estate.apply(codes=(2,)) == [], name
    assert estate.snapshot() == before


def test_a_blocked_field_keeps_the_rest_of_its_resource_and_nothing_else(estate):
    estate.team("fraud", "alice", tags={"CostCenter": "1"})
    estate.apply()
    estate.domain(vpcId="vpc-0fffffffffffffff0", tagPropagation="ENABLED")
    estate.team("fraud", "alice", tags={"CostCenter": "2"})
    assert sorted(operation for operation, _ in estate.apply(codes=(2,))) == ["AddTags", "TagRole"]


# People

def test_a_user_leaves_a_team(estate):
    estate.team("fraud", "alice", "bob")
    estate.apply()
    arn = estate.profiles()["bob-fraud"]["UserProfileArn"]
    domain = estate.domain_id()
    estate.team("fraud", "alice")
    assert estate.apply() == [("DeleteTags", {"ResourceArn": arn, "TagKeys": ["studiouserid"]}),
                              ("DeleteUserProfile", {"DomainId": domain, "UserProfileName": "bob-fraud"})]
    asked = [request["operation"] for request in estate.cloud.requests(since=estate.mark)
             if request["operation"].startswith("Delete") or request["operation"] == "ListTags"]
    assert asked == ["ListTags", "DeleteTags", "DeleteUserProfile"], "asked whose it is, right before"
    assert set(estate.profiles()) == {"alice-fraud"}
    estate.nothing_left()


def test_a_membership_that_ended_counts_as_removed(estate):
    estate.team("fraud", {"user": "alice", "until": "2999-12-31"}, {"user": "bob", "until": "2020-01-31"})
    estate.apply()
    assert set(estate.profiles()) == {"alice-fraud"}
    assert "2020-01-31" in estate.result.err
    estate.team("fraud", {"user": "alice", "until": "2020-01-31"}, "carol")
    estate.apply()
    assert set(estate.profiles()) == {"carol-fraud"}


def test_a_team_goes_in_a_safe_order(estate):
    estate.policy("one", "s3:GetObject")
    estate.policy("two", "s3:PutObject")
    role = {"policies": ["one.json", "two.json"], "inlinePolicies": {"mine": "one.json"}}
    estate.team("fraud", "alice", "bob", role=role)
    estate.team("credit", "carol", "dave", "eve", "frank", role=role)
    estate.apply()
    estate.policy("one", "s3:GetObject", "s3:ListBucket")
    estate.apply()
    estate.withdraw("Team", "fraud")
    calls = estate.apply()
    operations = [operation for operation, _ in calls]

    def last(operation: str) -> int:
        return len(operations) - 1 - operations[::-1].index(operation)

    assert operations.count("DeleteUserProfile") == 2 and operations.count("DetachRolePolicy") == 2
    assert operations.count("DeletePolicy") == 2 and operations.count("DeleteRole") == 1
    assert last("DeleteUserProfile") < operations.index("DetachRolePolicy"), "profiles before their role's permissions"
    assert max(last("DetachRolePolicy"), last("DeleteRolePolicy")) < operations.index("DeleteRole")
    assert operations.index("DeleteRole") < operations.index("DeletePolicy")
    versions = [index for index, (operation, given) in enumerate(calls) if operation == "DeletePolicyVersion"]
    goes = operations.index("DeletePolicy") if calls[operations.index("DeletePolicy")][1]["PolicyArn"].endswith(
        "fraud-one") else last("DeletePolicy")
    assert len(versions) == 1 and versions[0] < goes
    checks = estate.cloud.counts(since=estate.mark)
    assert (checks["sagemaker:ListTags"], checks["iam:ListRoleTags"], checks["iam:ListPolicyTags"]) == (2, 1, 2)
    assert set(estate.profiles()) == {f"{name}-credit" for name in ("carol", "dave", "eve", "frank")}
    assert set(estate.roles()) == {"sagekeeper-credit", "sagekeeper-research-default"}
    assert {name.split("-")[0] for name in estate.policies()} == {"credit", "research"}
    estate.nothing_left()


ODD = ["Ana.B+test=x_y@example.com", "a.b", "a-b", "a_b", "A@B", "0"]


def odd_name(user: str, team: str, slug: str) -> str:
    return f"{slug}-{team}-" + hashlib.sha256(f"{user}\0{team}".encode()).hexdigest()[:8]


def test_names_of_people_become_names_of_profiles(estate):
    estate.team("fraud", *ODD)
    estate.apply()
    users = {name: estate.tags(profile["UserProfileArn"])["studiouserid"]
             for name, profile in estate.profiles().items()}
    assert users == {
        odd_name("Ana.B+test=x_y@example.com", "fraud", "ana-b-test-x-y-example-com"): "Ana.B+test=x_y@example.com",
        odd_name("a.b", "fraud", "a-b"): "a.b", odd_name("a-b", "fraud", "a-b"): "a-b",
        odd_name("a_b", "fraud", "a-b"): "a_b", odd_name("A@B", "fraud", "a-b"): "A@B", "0-fraud": "0"}
    estate.nothing_left()


def test_profile_names_can_be_chosen(estate):
    estate.declare("User", "alice@example.com", profileNames={"fraud": "alice"})
    estate.declare("User", "bob@example.com", profileName="bob")
    estate.team("fraud", "alice@example.com", "bob@example.com")
    estate.team("credit", "alice@example.com")
    estate.apply()
    generated = odd_name("alice@example.com", "credit", "alice-example-com")
    assert set(estate.profiles()) == {"alice", "bob", generated}
    estate.declare("User", "bob@example.com", profileName="robert")
    estate.save()
    actions = {address.rsplit("/", 1)[1]: change["action"] for address, change in estate.changes().items()}
    assert actions == {"bob": "delete", "robert": "create"}
    estate.apply()
    assert set(estate.profiles()) == {"alice", "robert", generated}


def test_a_chosen_name_in_another_case_is_the_same_profile(estate):
    """AWS compares names without case, so this makes and deletes nothing; only the address is written anew."""
    estate.declare("User", "alice", profileName="Alice")
    estate.team("fraud", "alice")
    estate.apply()
    estate.declare("User", "alice", profileName="alice")
    assert [operation for operation, _ in estate.apply()] == ["AddTags"]
    assert set(estate.profiles()) == {"Alice"}
    estate.nothing_left()


def test_where_a_document_stands_means_nothing(estate):
    estate.team("fraud", "alice")
    estate.apply()
    (estate.repository / "teams" / "of" / "europe").mkdir(parents=True)
    estate.git("mv", "Team-fraud.yaml", "teams/of/europe/fraud.yml")
    estate.git("mv", "Domain-research.yaml", "a.yaml")
    estate.commit("tidy up")
    estate.nothing_left()
