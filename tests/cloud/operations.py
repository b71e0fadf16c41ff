"""Which function answers which operation; what is not here goes to moto, or is not implemented."""

from __future__ import annotations

from typing import Any, Callable

from . import sts, tagging
from .studio import domain, tags, user_profile
from .world import Call

Handler = Callable[[Call], dict[str, Any]]

OPERATIONS: dict[tuple[str, str], Handler] = {
    ("sts", "GetCallerIdentity"): sts.get_caller_identity,
    ("sts", "GetSessionToken"): sts.get_session_token,
    ("sts", "AssumeRole"): sts.assume_role,
    ("sts", "AssumeRoleWithWebIdentity"): sts.assume_role_with_web_identity,
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
    ("sagemaker", "AddTags"): tags.add,
    ("sagemaker", "DeleteTags"): tags.remove,
    ("sagemaker", "ListTags"): tags.list_all,
    ("resourcegroupstaggingapi", "GetResources"): tagging.get_resources,
    ("resourcegroupstaggingapi", "TagResources"): tagging.tag_resources,
    ("resourcegroupstaggingapi", "UntagResources"): tagging.untag_resources,
    ("resourcegroupstaggingapi", "GetTagKeys"): tagging.get_tag_keys,
    ("resourcegroupstaggingapi", "GetTagValues"): tagging.get_tag_values,
}

#: Services of which only what is listed above exists: moto's version would contradict it.
CLOSED = ("resourcegroupstaggingapi", "sts")

#: Operations that need no signature.
UNSIGNED = {("sts", "AssumeRoleWithWebIdentity")}
