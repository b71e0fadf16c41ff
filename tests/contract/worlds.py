"""Builds worlds for plan_world: desired and live documents with the tags that make a thing ours."""

from __future__ import annotations

import copy
from typing import Any

from models import ACCOUNT, REGION

OWNER = "acme"
PATH = "/sagekeeper/acme/"
ADOPT = 2  # SK_DOCUMENT_ADOPT

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
OTHER_TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"},
     "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}]}


def document(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def policy_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy{PATH}{name}"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role{PATH}{name}"


def ref(address: str, attr: str) -> dict[str, str]:
    return {"$ref": address, "attr": attr}


def tags(address: str, extra: dict[str, str] | None = None) -> list[dict[str, str]]:
    own = {"sagekeeper:owner": OWNER, "sagekeeper:address": address, **(extra or {})}
    return [{"Key": key, "Value": value} for key, value in sorted(own.items())]


def doc(address: str, body: dict[str, Any], extra_tags: dict[str, str] | None = None, ours: bool = True,
        **members: Any) -> dict[str, Any]:
    """One document. Its tags are ours unless `ours` is False."""
    own = tags(address, extra_tags) if ours else [{"Key": k, "Value": v} for k, v in (extra_tags or {}).items()]
    return {"address": address, "body": {**copy.deepcopy(body), "Tags": own}, **members}


def with_body(document_: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A copy with other members in its body; … stands for "without it"."""
    changed = copy.deepcopy(document_)
    for name, value in members.items():
        if value is ...:
            changed["body"].pop(name, None)
        else:
            changed["body"][name] = copy.deepcopy(value)
    return changed


# --- IAM -----------------------------------------------------------------------------------

POLICY = f"iam_policy/ml-dev/global/reader"
ROLE = f"iam_role/ml-dev/global/fraud"


def policy(extra_tags: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    return doc(POLICY, {"PolicyName": "reader", "Path": PATH, "PolicyDocument": document("s3:GetObject"), **members},
               extra_tags)


def live_policy(versions: dict[str, Any] | None = None, default: str = "v1", ours: bool = True,
                extra_tags: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    versions = versions or {"v1": document("s3:GetObject")}
    body = {"PolicyName": "reader", "Path": PATH, "Arn": policy_arn("reader"), "PolicyId": "ANPAEXAMPLE000000001",
            "DefaultVersionId": default, "PolicyDocument": versions[default],
            "Versions": [{"VersionId": name, "Document": text} for name, text in versions.items()], **members}
    return doc(POLICY, body, extra_tags, ours)


def role(extra_tags: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    return doc(ROLE, {"RoleName": "fraud", "Path": PATH, "AssumeRolePolicyDocument": TRUST,
                      "AttachedManagedPolicies": [], "InlinePolicies": {}, **members}, extra_tags)


def live_role(extra_tags: dict[str, str] | None = None, ours: bool = True, edges: list[str] | None = None,
              **members: Any) -> dict[str, Any]:
    body = {"RoleName": "fraud", "Path": PATH, "Arn": role_arn("fraud"), "RoleId": "AROAEXAMPLE0000000001",
            "MaxSessionDuration": 3600, "AssumeRolePolicyDocument": TRUST, "AttachedManagedPolicies": [],
            "InlinePolicies": {}, "InstanceProfiles": [], **members}
    return doc(ROLE, body, extra_tags, ours, **({"edges": edges} if edges else {}))


# --- Identity Center -----------------------------------------------------------------------

EXISTING, AWAITED = 1, 17  # SK_DOCUMENT_EXISTING, with SK_DOCUMENT_AWAITED
STORE = "d-0123456789"
INSTANCE = f"identity_center_instance/ml-dev/{REGION}/instance"
GROUP = f"identitystore_group/ml-dev/{REGION}/fraud"
PERSON = f"identitystore_user/ml-dev/{REGION}/alice"
MEMBER = f"identitystore_group_membership/ml-dev/{REGION}/fraud/alice"
GROUP_ID, USER_ID, MEMBERSHIP_ID = (f"{n}2345678-1234-1234-1234-123456789012" for n in (1, 2, 3))
CREATED = 1795392000.5
#: What the record says when the group was made by us.
MADE = {GROUP: {"address": GROUP, "id": GROUP_ID}}


def bare(address: str, body: dict[str, Any], flags: int = 0, **members: Any) -> dict[str, Any]:
    """A document of a kind without tags."""
    return {"address": address, "body": copy.deepcopy(body), **({"flags": flags} if flags else {}), **members}


def directory(**body: Any) -> dict[str, Any]:
    return bare(INSTANCE, body, EXISTING)


def live_directory() -> dict[str, Any]:
    return bare(INSTANCE, {"IdentityStoreId": STORE, "InstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef"})


def person() -> dict[str, Any]:
    return bare(PERSON, {"UserName": "alice"}, AWAITED)


def live_person() -> dict[str, Any]:
    return bare(PERSON, {"UserName": "alice", "UserId": USER_ID, "IdentityStoreId": STORE})


def group(flags: int = 0, **members: Any) -> dict[str, Any]:
    return bare(GROUP, {"IdentityStoreId": ref(INSTANCE, "IdentityStoreId"), "DisplayName": "fraud",
                        "Description": "Team fraud (sagekeeper: acme)", **members}, flags)


def live_group(**members: Any) -> dict[str, Any]:
    return bare(GROUP, {"IdentityStoreId": STORE, "GroupId": GROUP_ID, "DisplayName": "fraud", "CreatedAt": CREATED,
                        "Description": "Team fraud (sagekeeper: acme)", **members})


def member(flags: int = 0) -> dict[str, Any]:
    return bare(MEMBER, {"IdentityStoreId": ref(INSTANCE, "IdentityStoreId"), "GroupId": ref(GROUP, "GroupId"),
                         "MemberId": {"UserId": ref(PERSON, "UserId")}}, flags)


def live_member() -> dict[str, Any]:
    return bare(MEMBER, {"IdentityStoreId": STORE, "MembershipId": MEMBERSHIP_ID, "GroupId": GROUP_ID,
                         "MemberId": {"UserId": USER_ID}}, edges=[GROUP])


# --- Studio --------------------------------------------------------------------------------

DOMAIN = f"sagemaker_domain/ml-dev/{REGION}/research"
PROFILE = f"sagemaker_user_profile/ml-dev/{REGION}/research/alice-fraud"
DOMAIN_ID = "d-abcdefghijkl"
DOMAIN_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{DOMAIN_ID}"
PROFILE_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:user-profile/{DOMAIN_ID}/alice-fraud"
SPACE = f"sagemaker_space/ml-dev/{REGION}/research/team-lab"
SPACE_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:space/{DOMAIN_ID}/team-lab"
SHARED = {"OwnershipSettings": {"OwnerUserProfileName": "alice-fraud"}, "SpaceSharingSettings": {"SharingType": "Shared"}}


def domain(extra_tags: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    return doc(DOMAIN, {"DomainName": "research", "AuthMode": "IAM", "VpcId": "vpc-0aaaaaaaaaaaaaaaa",
                        "SubnetIds": ["subnet-0aaaaaaaaaaaaaaa"],
                        "DefaultUserSettings": {"ExecutionRole": role_arn("default")}, **members}, extra_tags)


def live_domain(extra_tags: dict[str, str] | None = None, ours: bool = True, **members: Any) -> dict[str, Any]:
    body = {"DomainId": DOMAIN_ID, "DomainArn": DOMAIN_ARN, "Status": "InService",
            **domain()["body"], **members}
    return doc(DOMAIN, body, extra_tags, ours)


def profile(extra_tags: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    return doc(PROFILE, {"DomainId": ref(DOMAIN, "DomainId"), "UserProfileName": "alice-fraud",
                         "UserSettings": {"ExecutionRole": role_arn("fraud")}, **members}, extra_tags)


def live_profile(extra_tags: dict[str, str] | None = None, ours: bool = True, **members: Any) -> dict[str, Any]:
    body = {"DomainId": DOMAIN_ID, "UserProfileArn": PROFILE_ARN, "UserProfileName": "alice-fraud",
            "Status": "InService", "HomeEfsFileSystemUid": "200005",
            "UserSettings": {"ExecutionRole": role_arn("fraud")}, **members}
    return doc(PROFILE, body, extra_tags, ours, edges=[DOMAIN])


def shared_space(extra_tags: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    return doc(SPACE, {"DomainId": ref(DOMAIN, "DomainId"), "SpaceName": "team-lab", **SHARED, **members}, extra_tags,
               edges=[PROFILE])


def live_shared_space(extra_tags: dict[str, str] | None = None, ours: bool = True, **members: Any) -> dict[str, Any]:
    body = {"DomainId": DOMAIN_ID, "SpaceArn": SPACE_ARN, "SpaceName": "team-lab", "Status": "InService", **SHARED, **members}
    return doc(SPACE, body, extra_tags, ours, edges=[PROFILE, DOMAIN])
