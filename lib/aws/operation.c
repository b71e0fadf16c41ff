/* The table of operations, see operation.h. */
#include "aws/operation.h"

#include <string.h>

#define OPERATION(of_service, called, what)                                                        \
    .service = (of_service), .name = (called), .effect = SK_AWS_##what

/* How the services page (aws-api.md 1.3). IAM pages may be short and still not the last;
 * SageMaker's default page is 10. */
#define IAM_PAGES(list)                                                                            \
    .token_in = "Marker", .token_out = "Marker", .more = "IsTruncated", .lists = {list},           \
    .size_member = "MaxItems", .size = 1000
#define NEXT_TOKEN_PAGES(list)                                                                     \
    .token_in = "NextToken", .token_out = "NextToken", .lists = {list},                            \
    .size_member = "MaxResults", .size = 100

/* Sorted by service and name. */
static const struct sk_aws_operation operations[] = {
    {OPERATION("iam", "AttachRolePolicy", WRITE)},
    {OPERATION("iam", "CreatePolicy", WRITE)},
    {OPERATION("iam", "CreatePolicyVersion", WRITE_ONCE)},
    {OPERATION("iam", "CreateRole", WRITE)},
    {OPERATION("iam", "DeletePolicy", WRITE)},
    {OPERATION("iam", "DeletePolicyVersion", WRITE)},
    {OPERATION("iam", "DeleteRole", WRITE)},
    {OPERATION("iam", "DeleteRolePermissionsBoundary", WRITE)},
    {OPERATION("iam", "DeleteRolePolicy", WRITE)},
    {OPERATION("iam", "DetachRolePolicy", WRITE)},
    {OPERATION("iam", "GetAccountAuthorizationDetails", READ), .token_in = "Marker",
     .token_out = "Marker", .more = "IsTruncated",
     .lists = {"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"},
     .size_member = "MaxItems", .size = 1000},
    {OPERATION("iam", "GetPolicy", READ)},
    {OPERATION("iam", "GetPolicyVersion", READ)},
    {OPERATION("iam", "ListPolicies", READ), IAM_PAGES("Policies")},
    {OPERATION("iam", "ListPolicyTags", READ), IAM_PAGES("Tags")},
    {OPERATION("iam", "ListRoleTags", READ), IAM_PAGES("Tags")},
    {OPERATION("iam", "ListRoles", READ), IAM_PAGES("Roles")},
    {OPERATION("iam", "PutRolePermissionsBoundary", WRITE)},
    {OPERATION("iam", "PutRolePolicy", WRITE)},
    {OPERATION("iam", "RemoveRoleFromInstanceProfile", WRITE)},
    {OPERATION("iam", "SetDefaultPolicyVersion", WRITE)},
    {OPERATION("iam", "TagPolicy", WRITE)},
    {OPERATION("iam", "TagRole", WRITE)},
    {OPERATION("iam", "UntagPolicy", WRITE)},
    {OPERATION("iam", "UntagRole", WRITE)},
    {OPERATION("iam", "UpdateAssumeRolePolicy", WRITE)},
    {OPERATION("iam", "UpdateRole", WRITE)},

    /* DisplayName and (GroupId, MemberId) are unique, so a repetition ends in ConflictException. */
    {OPERATION("identitystore", "CreateGroup", WRITE)},
    {OPERATION("identitystore", "CreateGroupMembership", WRITE)},
    {OPERATION("identitystore", "DeleteGroup", WRITE)},
    {OPERATION("identitystore", "DeleteGroupMembership", WRITE)},
    {OPERATION("identitystore", "GetUserId", READ)},
    {OPERATION("identitystore", "ListGroupMemberships", READ),
     NEXT_TOKEN_PAGES("GroupMemberships")},
    {OPERATION("identitystore", "ListGroups", READ), NEXT_TOKEN_PAGES("Groups")},
    {OPERATION("identitystore", "ListUsers", READ), NEXT_TOKEN_PAGES("Users")},
    {OPERATION("identitystore", "UpdateGroup", WRITE)},

    {OPERATION("sagemaker", "AddTags", WRITE)},
    /* Nothing documents that a domain's name is unique (aws-api.md 18). */
    {OPERATION("sagemaker", "CreateDomain", WRITE_ONCE)},
    {OPERATION("sagemaker", "CreatePresignedDomainUrl", WRITE)},
    {OPERATION("sagemaker", "CreateSpace", WRITE)},
    {OPERATION("sagemaker", "CreateUserProfile", WRITE)},
    {OPERATION("sagemaker", "DeleteApp", WRITE)},
    {OPERATION("sagemaker", "DeleteDomain", WRITE)},
    {OPERATION("sagemaker", "DeleteSpace", WRITE)},
    {OPERATION("sagemaker", "DeleteTags", WRITE)},
    {OPERATION("sagemaker", "DeleteUserProfile", WRITE)},
    {OPERATION("sagemaker", "DescribeApp", READ)},
    {OPERATION("sagemaker", "DescribeDomain", READ)},
    {OPERATION("sagemaker", "DescribeSpace", READ)},
    {OPERATION("sagemaker", "DescribeUserProfile", READ)},
    {OPERATION("sagemaker", "ListApps", READ), NEXT_TOKEN_PAGES("Apps")},
    {OPERATION("sagemaker", "ListDomains", READ), NEXT_TOKEN_PAGES("Domains")},
    {OPERATION("sagemaker", "ListSpaces", READ), NEXT_TOKEN_PAGES("Spaces")},
    {OPERATION("sagemaker", "ListTags", READ), NEXT_TOKEN_PAGES("Tags")},
    {OPERATION("sagemaker", "ListUserProfiles", READ), NEXT_TOKEN_PAGES("UserProfiles")},
    {OPERATION("sagemaker", "UpdateDomain", WRITE)},
    {OPERATION("sagemaker", "UpdateSpace", WRITE)},
    {OPERATION("sagemaker", "UpdateUserProfile", WRITE)},

    {OPERATION("servicequotas", "GetServiceQuota", READ)},

    {OPERATION("sso-admin", "ListInstances", READ), NEXT_TOKEN_PAGES("Instances")},

    {OPERATION("sts", "AssumeRole", READ)}, /* each answer is new, but nothing is left behind */
    {OPERATION("sts", "AssumeRoleWithWebIdentity", READ), .is_unsigned = true},
    {OPERATION("sts", "GetCallerIdentity", READ)},

    /* The token lives 15 minutes; with ResourceARNList there is no paging (aws-api.md 11). */
    {OPERATION("tagging", "GetResources", READ), .token_in = "PaginationToken",
     .token_out = "PaginationToken", .lists = {"ResourceTagMappingList"},
     .size_member = "ResourcesPerPage", .size = 100, .size_not_with = "ResourceARNList",
     .restart_code = "PaginationTokenExpiredException"},
};

const struct sk_aws_operation *sk_aws_operation_find(const char *service, const char *name)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
        if (strcmp(operations[i].service, service) == 0 && strcmp(operations[i].name, name) == 0)
            return &operations[i];
    }
    return NULL;
}

const struct sk_aws_operation *sk_aws_operations(size_t *count_out)
{
    *count_out = sizeof(operations) / sizeof(*operations);
    return operations;
}
