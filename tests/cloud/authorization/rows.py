"""The table: for each operation the resources, keys and further actions that AWS asks for.

Sources: Service Authorization Reference (resource types and condition keys of actions; tests/restricted
holds what was asked against the program's copy of it); SageMaker Developer Guide, "API Permissions:
Actions, Permissions, and Resources Reference" (CreateDomain, CreateUserProfile, UpdateDomain); IAM
User Guide, "Permissions boundaries" and "Tag IAM resources"; CloudFormation's schema of
AWS::SageMaker::Domain (CreateApp for RStudio).

A new operation is a new row. Lists have no resource: Row() is all of it.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator, Mapping

from .needs import Ask, Need, Row, need

# words in resources, besides members of the input


def _role(ask: Ask) -> str:
    """IAM looks the path up; what it does not find it names by its name alone, which no ARN covers."""
    name = ask.given["RoleName"]
    return ask.facts.role_arn(name) or f"role {name}"


def _holder(ask: Ask) -> str:
    return str(ask.given.get("UserProfileName") or ask.given.get("SpaceName")).lower()


WORDS: dict[str, Callable[[Ask], str]] = {
    "partition": lambda ask: ask.partition,
    "account": lambda ask: ask.account,
    "region": lambda ask: ask.region,
    "role": _role,
    "holder": _holder,
    "apptype": lambda ask: str(ask.given["AppType"]).lower(),
    "path": lambda ask: str(ask.given.get("Path", "/")),
}

# condition keys


def requested_boundary(ask: Ask, resource: str) -> Mapping[str, str]:
    return {"iam:PermissionsBoundary": ask.given.get("PermissionsBoundary") or ""}


def boundary(ask: Ask, resource: str) -> Mapping[str, str]:
    return {"iam:PermissionsBoundary": ask.facts.boundary(ask.given["RoleName"]) or ""}


def attached(ask: Ask, resource: str) -> Mapping[str, str]:
    return {"iam:PolicyARN": ask.given["PolicyArn"]}


def space(ask: Ask, resource: str) -> Mapping[str, str]:
    """Who owns the space, or the space of the app, and with whom it is shared."""
    sharing = (ask.given.get("SpaceSharingSettings") or {}).get("SharingType", "")
    owner = (ask.given.get("OwnershipSettings") or {}).get("OwnerUserProfileName", "")
    if not (sharing or owner):
        return ask.facts.space_keys(resource)
    owner_arn = ask.arn("sagemaker", f"user-profile/{ask.given['DomainId']}/{owner.lower()}")
    return {"sagemaker:SpaceSharingType": sharing, "sagemaker:OwnerUserProfileArn": owner_arn}


def session(ask: Ask, resource: str) -> Mapping[str, str]:
    given = ask.given
    return {"sts:ExternalId": given.get("ExternalId", ""), "sts:RoleSessionName": given["RoleSessionName"],
            "sts:SourceIdentity": given.get("SourceIdentity", "")}


# what is needed besides

#: Members that name a role which SageMaker gets to use.
PASSED = ("ExecutionRole", "DomainExecutionRoleArn", "AmazonForecastRoleArn")
SERVICE_ROLE = "role/aws-service-role/sagemaker.amazonaws.com/AWSServiceRoleForAmazonSageMakerNotebooks"


def _texts(value: Any, members: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in members and isinstance(item, str) and item:
                yield item
            yield from _texts(item, members)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, members)


def passed_roles(ask: Ask) -> Iterator[Need]:
    for role in dict.fromkeys(_texts(dict(ask.given), PASSED)):
        yield need("iam:PassRole", role, **{"iam:PassedToService": "sagemaker.amazonaws.com"})


def service_role(ask: Ask) -> Iterator[Need]:
    """Asked for even where the role is there already: a new account has none."""
    yield need("iam:CreateServiceLinkedRole", ask.arn("iam", SERVICE_ROLE, region=False),
               **{"iam:AWSServiceName": "sagemaker.amazonaws.com"})


def file_system_key(ask: Ask) -> Iterator[Need]:
    """With a key of the customer the file system is made in the caller's name."""
    key = ask.given.get("KmsKeyId")
    if not key:
        return
    yield need("elasticfilesystem:CreateFileSystem", **{"elasticfilesystem:Encrypted": "true"})
    arn = key if key.startswith("arn:") else ask.arn("kms", f"key/{key}")
    yield need("kms:CreateGrant", arn, **{"kms:GrantIsForAWSResource": "true"})
    for name in ("Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"):
        yield need(f"kms:{name}", arn)


def rstudio_app(ask: Ask) -> Iterator[Need]:
    """RStudio's server is an app of the domain, made with it."""
    given = ask.given
    settings = (given.get("DomainSettings") or {}).get("RStudioServerProDomainSettings") \
        or (given.get("DomainSettingsForUpdate") or {}).get("RStudioServerProDomainSettingsForUpdate")
    if settings:
        domain = given.get("DomainId", "d-new")
        yield need("sagemaker:CreateApp", ask.arn("sagemaker", f"app/{domain}/domain-shared/rstudioserverpro/default"))


def session_facts(ask: Ask) -> Iterator[Need]:
    if ask.given.get("Tags"):
        yield Need("sts:TagSession", ask.given["RoleArn"])
    if ask.given.get("SourceIdentity"):
        yield need("sts:SetSourceIdentity", ask.given["RoleArn"], **{"sts:SourceIdentity": ask.given["SourceIdentity"]})


_STUDIO = "arn:{partition}:sagemaker:{region}:{account}:"
_DOMAIN, _NEW_DOMAIN = _STUDIO + "domain/{DomainId}", _STUDIO + "domain/d-new"
_PROFILE = _STUDIO + "user-profile/{DomainId}/{UserProfileName}"
_SPACE = _STUDIO + "space/{DomainId}/{SpaceName}"
_APP = _STUDIO + "app/{DomainId}/{holder}/{apptype}/{AppName}"
_STORE = "arn:{partition}:identitystore::{account}:identitystore/{IdentityStoreId}"
_GROUP, _GROUPS = "arn:{partition}:identitystore:::group/{GroupId}", "arn:{partition}:identitystore:::group/*"
_USER, _USERS = "arn:{partition}:identitystore:::user/{UserId}", "arn:{partition}:identitystore:::user/*"
_MEMBERSHIP = "arn:{partition}:identitystore:::membership/{MembershipId}"
_MEMBERSHIPS = "arn:{partition}:identitystore:::membership/*"
_NEW_ROLE = "arn:{partition}:iam::{account}:role{path}{RoleName}"
_NEW_POLICY = "arn:{partition}:iam::{account}:policy{path}{PolicyName}"
_CONFIG = _STUDIO + "studio-lifecycle-config/{StudioLifecycleConfigName}"

#: What everyone may ask.
FREE = {("sts", "GetCallerIdentity")}

_ON_ROLES: dict[str, tuple[Callable[[Ask, str], Mapping[str, str]], ...]] = {
    "AttachRolePolicy": (attached, boundary), "DetachRolePolicy": (attached, boundary),
    "PutRolePolicy": (boundary,), "DeleteRolePolicy": (boundary,), "GetRolePolicy": (), "ListRolePolicies": (),
    "ListAttachedRolePolicies": (), "GetRole": (boundary,), "UpdateRole": (boundary,),
    "UpdateRoleDescription": (boundary,), "UpdateAssumeRolePolicy": (boundary,),
    "PutRolePermissionsBoundary": (requested_boundary,), "DeleteRolePermissionsBoundary": (boundary,),
    "TagRole": (), "UntagRole": (), "ListRoleTags": (), "DeleteRole": (boundary,),
}
_ON_POLICIES = ("GetPolicy", "CreatePolicyVersion", "GetPolicyVersion", "ListPolicyVersions", "SetDefaultPolicyVersion",
                "DeletePolicyVersion", "DeletePolicy", "ListEntitiesForPolicy", "TagPolicy", "UntagPolicy",
                "ListPolicyTags")
_LISTS = {
    "iam": ("GetAccountAuthorizationDetails", "ListRoles", "ListPolicies", "ListUsers"),
    "sagemaker": ("ListDomains", "ListUserProfiles", "ListSpaces", "ListApps", "ListStudioLifecycleConfigs"),
    "resourcegroupstaggingapi": ("GetResources", "GetTagKeys", "GetTagValues"),
    "sso-admin": ("ListInstances",),
}

ROWS: dict[tuple[str, str], Row] = {
    **{(service, operation): Row() for service, operations in _LISTS.items() for operation in operations},
    ("sts", "AssumeRole"): Row(("{RoleArn}",), keys=(session,), besides=(session_facts,)),
    # IAM
    **{("iam", operation): Row(("{role}",), keys=keys) for operation, keys in _ON_ROLES.items()},
    **{("iam", operation): Row(("{PolicyArn}",)) for operation in _ON_POLICIES},
    ("iam", "CreateRole"): Row((_NEW_ROLE,), makes=True, tagging="iam:TagRole", keys=(requested_boundary,)),
    ("iam", "CreatePolicy"): Row((_NEW_POLICY,), makes=True, tagging="iam:TagPolicy"),
    ("iam", "RemoveRoleFromInstanceProfile"): Row(
        ("arn:{partition}:iam::{account}:instance-profile/{InstanceProfileName}",)),
    # SageMaker Studio
    ("sagemaker", "CreateDomain"): Row((_NEW_DOMAIN,), makes=True, tagging="sagemaker:AddTags", besides=(
        passed_roles, service_role, file_system_key, rstudio_app)),
    ("sagemaker", "DescribeDomain"): Row((_DOMAIN,)),
    ("sagemaker", "UpdateDomain"): Row((_DOMAIN,), besides=(passed_roles, rstudio_app)),
    ("sagemaker", "DeleteDomain"): Row((_DOMAIN,)),
    ("sagemaker", "CreateUserProfile"): Row((_PROFILE,), makes=True, tagging="sagemaker:AddTags", besides=(passed_roles,)),
    ("sagemaker", "DescribeUserProfile"): Row((_PROFILE,)),
    ("sagemaker", "UpdateUserProfile"): Row((_PROFILE,), besides=(passed_roles,)),
    ("sagemaker", "DeleteUserProfile"): Row((_PROFILE,)),
    ("sagemaker", "CreateSpace"): Row((_SPACE,), makes=True, tagging="sagemaker:AddTags", keys=(space,)),
    ("sagemaker", "DescribeSpace"): Row((_SPACE,)),
    ("sagemaker", "UpdateSpace"): Row((_SPACE,), keys=(space,)),
    ("sagemaker", "DeleteSpace"): Row((_SPACE,), keys=(space,)),
    ("sagemaker", "CreateApp"): Row((_APP,), makes=True, tagging="sagemaker:AddTags", keys=(space,)),
    ("sagemaker", "DescribeApp"): Row((_APP,)),
    ("sagemaker", "DeleteApp"): Row((_APP,), keys=(space,)),
    ("sagemaker", "CreateStudioLifecycleConfig"): Row((_CONFIG,), makes=True, tagging="sagemaker:AddTags"),
    ("sagemaker", "DescribeStudioLifecycleConfig"): Row((_CONFIG,)),
    ("sagemaker", "DeleteStudioLifecycleConfig"): Row((_CONFIG,)),
    ("sagemaker", "CreatePresignedDomainUrl"): Row((_PROFILE,)),
    ("sagemaker", "AddTags"): Row(("{ResourceArn}",)),
    ("sagemaker", "DeleteTags"): Row(("{ResourceArn}",)),
    ("sagemaker", "ListTags"): Row(("{ResourceArn}",)),
    # Identity Center
    ("sso-admin", "DescribeInstance"): Row(("{InstanceArn}",)),
    ("identitystore", "CreateGroup"): Row((_STORE,)),
    ("identitystore", "DescribeGroup"): Row((_STORE, _GROUP)),
    ("identitystore", "UpdateGroup"): Row((_STORE, _GROUP)),
    ("identitystore", "DeleteGroup"): Row((_STORE, _GROUP)),
    ("identitystore", "GetGroupId"): Row((_STORE, _GROUPS)),
    ("identitystore", "ListGroups"): Row((_STORE, _GROUPS)),
    ("identitystore", "DescribeUser"): Row((_STORE, _USER)),
    ("identitystore", "GetUserId"): Row((_STORE, _USERS)),
    ("identitystore", "ListUsers"): Row((_STORE, _USERS)),
    ("identitystore", "ListGroupMemberships"): Row((_STORE, _GROUP, _MEMBERSHIPS)),
    ("identitystore", "ListGroupMembershipsForMember"): Row((_STORE, _USERS, _MEMBERSHIPS)),
    ("identitystore", "CreateGroupMembership"): Row((_STORE, _GROUP, _USERS)),
    ("identitystore", "DescribeGroupMembership"): Row((_STORE, _GROUPS, _MEMBERSHIP, _USERS)),
    ("identitystore", "GetGroupMembershipId"): Row((_STORE, _GROUP, _MEMBERSHIPS, _USERS)),
    ("identitystore", "DeleteGroupMembership"): Row((_STORE, _GROUPS, _MEMBERSHIP, _USERS)),
    ("identitystore", "IsMemberInGroups"): Row((_STORE, _GROUPS, _MEMBERSHIPS, _USERS)),
}
