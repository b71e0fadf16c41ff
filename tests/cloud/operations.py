"""Which function answers which operation; what is not here goes to moto, or is not implemented."""

from __future__ import annotations

from typing import Any, Callable

from . import sts, tagging
from .iam import details, policies, role_policies, roles
from .identity import groups, users
from .studio import app, domain, lifecycle_config, space, tags, user_profile
from .world import Call

Handler = Callable[[Call], dict[str, Any]]

OPERATIONS: dict[tuple[str, str], Handler] = {
    ("sts", "GetCallerIdentity"): sts.get_caller_identity,
    ("sts", "GetSessionToken"): sts.get_session_token,
    ("sts", "AssumeRole"): sts.assume_role,
    ("sts", "AssumeRoleWithWebIdentity"): sts.assume_role_with_web_identity,
    ("iam", "GetAccountAuthorizationDetails"): details.get,
    ("iam", "CreateRole"): roles.create,
    ("iam", "GetRole"): roles.get,
    ("iam", "ListRoles"): roles.list_all,
    ("iam", "UpdateRole"): roles.update,
    ("iam", "UpdateRoleDescription"): roles.update_description,
    ("iam", "UpdateAssumeRolePolicy"): roles.update_trust,
    ("iam", "PutRolePermissionsBoundary"): roles.put_boundary,
    ("iam", "DeleteRolePermissionsBoundary"): roles.delete_boundary,
    ("iam", "TagRole"): roles.tag,
    ("iam", "UntagRole"): roles.untag,
    ("iam", "ListRoleTags"): roles.list_tags,
    ("iam", "DeleteRole"): roles.delete,
    ("iam", "PutRolePolicy"): role_policies.put,
    ("iam", "GetRolePolicy"): role_policies.get,
    ("iam", "ListRolePolicies"): role_policies.list_names,
    ("iam", "DeleteRolePolicy"): role_policies.delete,
    ("iam", "AttachRolePolicy"): role_policies.attach,
    ("iam", "DetachRolePolicy"): role_policies.detach,
    ("iam", "ListAttachedRolePolicies"): role_policies.list_attached,
    ("iam", "CreatePolicy"): policies.create,
    ("iam", "GetPolicy"): policies.get,
    ("iam", "ListPolicies"): policies.list_all,
    ("iam", "CreatePolicyVersion"): policies.create_version,
    ("iam", "GetPolicyVersion"): policies.get_version,
    ("iam", "ListPolicyVersions"): policies.list_versions,
    ("iam", "SetDefaultPolicyVersion"): policies.set_default,
    ("iam", "DeletePolicyVersion"): policies.delete_version,
    ("iam", "DeletePolicy"): policies.delete,
    ("iam", "ListEntitiesForPolicy"): policies.list_entities,
    ("iam", "TagPolicy"): policies.tag,
    ("iam", "UntagPolicy"): policies.untag,
    ("iam", "ListPolicyTags"): policies.list_tags,
    ("sagemaker", "CreateDomain"): domain.create,
    ("sagemaker", "DescribeDomain"): domain.describe,
    ("sagemaker", "ListDomains"): domain.list_all,
    ("sagemaker", "UpdateDomain"): domain.update,
    ("sagemaker", "DeleteDomain"): domain.delete,
    ("sagemaker", "CreateUserProfile"): user_profile.create,
    ("sagemaker", "DescribeUserProfile"): user_profile.describe,
    ("sagemaker", "ListUserProfiles"): user_profile.list_all,
    ("sagemaker", "UpdateUserProfile"): user_profile.update,
    ("sagemaker", "DeleteUserProfile"): user_profile.delete,
    ("sagemaker", "CreateSpace"): space.create,
    ("sagemaker", "DescribeSpace"): space.describe,
    ("sagemaker", "ListSpaces"): space.list_all,
    ("sagemaker", "UpdateSpace"): space.update,
    ("sagemaker", "DeleteSpace"): space.delete,
    ("sagemaker", "CreateApp"): app.create,
    ("sagemaker", "DescribeApp"): app.describe,
    ("sagemaker", "ListApps"): app.list_all,
    ("sagemaker", "DeleteApp"): app.delete,
    ("sagemaker", "CreatePresignedDomainUrl"): app.presigned_url,
    ("sagemaker", "CreateStudioLifecycleConfig"): lifecycle_config.create,
    ("sagemaker", "DescribeStudioLifecycleConfig"): lifecycle_config.describe,
    ("sagemaker", "ListStudioLifecycleConfigs"): lifecycle_config.list_all,
    ("sagemaker", "DeleteStudioLifecycleConfig"): lifecycle_config.delete,
    ("sagemaker", "EnableSagemakerServicecatalogPortfolio"): lifecycle_config.enable_portfolio,
    ("sagemaker", "DisableSagemakerServicecatalogPortfolio"): lifecycle_config.disable_portfolio,
    ("sagemaker", "GetSagemakerServicecatalogPortfolioStatus"): lifecycle_config.portfolio_status,
    ("sagemaker", "AddTags"): tags.add,
    ("sagemaker", "DeleteTags"): tags.remove,
    ("sagemaker", "ListTags"): tags.list_all,
    ("identitystore", "CreateGroup"): groups.create,
    ("identitystore", "DescribeGroup"): groups.describe,
    ("identitystore", "GetGroupId"): groups.get_id,
    ("identitystore", "ListGroups"): groups.list_all,
    ("identitystore", "UpdateGroup"): groups.update,
    ("identitystore", "DeleteGroup"): groups.delete,
    ("identitystore", "CreateGroupMembership"): groups.add_member,
    ("identitystore", "DeleteGroupMembership"): groups.remove_member,
    ("identitystore", "DescribeGroupMembership"): groups.describe_member,
    ("identitystore", "GetGroupMembershipId"): groups.get_member_id,
    ("identitystore", "ListGroupMemberships"): groups.list_members,
    ("identitystore", "ListGroupMembershipsForMember"): groups.list_groups_of,
    ("identitystore", "IsMemberInGroups"): groups.is_member,
    ("identitystore", "CreateUser"): users.create,
    ("identitystore", "DescribeUser"): users.describe,
    ("identitystore", "DeleteUser"): users.delete,
    ("identitystore", "GetUserId"): users.get_id,
    ("identitystore", "ListUsers"): users.list_all,
    ("resourcegroupstaggingapi", "GetResources"): tagging.get_resources,
    ("resourcegroupstaggingapi", "TagResources"): tagging.tag_resources,
    ("resourcegroupstaggingapi", "UntagResources"): tagging.untag_resources,
    ("resourcegroupstaggingapi", "GetTagKeys"): tagging.get_tag_keys,
    ("resourcegroupstaggingapi", "GetTagValues"): tagging.get_tag_values,
}

#: Services of which only what is listed above exists: moto's version would contradict it.
CLOSED = ("resourcegroupstaggingapi", "sts", "identitystore")

#: Operations that need no signature.
UNSIGNED = {("sts", "AssumeRoleWithWebIdentity")}
