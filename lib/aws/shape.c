/* The types of the members of XML answers, see shape.h. */
#include "aws/shape.h"

#include <string.h>

/* Sorted by service and member. Within one service a name has one type in all operations used. */
static const struct sk_aws_shape shapes[] = {
    {"iam", "AttachedManagedPolicies", SK_AWS_LIST},
    {"iam", "AttachmentCount", SK_AWS_INTEGER},
    {"iam", "GroupDetailList", SK_AWS_LIST},
    {"iam", "GroupList", SK_AWS_LIST},
    {"iam", "GroupPolicyList", SK_AWS_LIST},
    {"iam", "InstanceProfileList", SK_AWS_LIST},
    {"iam", "IsAttachable", SK_AWS_BOOLEAN},
    {"iam", "IsDefaultVersion", SK_AWS_BOOLEAN},
    {"iam", "IsTruncated", SK_AWS_BOOLEAN},
    {"iam", "MaxSessionDuration", SK_AWS_INTEGER},
    {"iam", "PermissionsBoundary", SK_AWS_STRUCTURE},
    {"iam", "PermissionsBoundaryUsageCount", SK_AWS_INTEGER},
    {"iam", "Policies", SK_AWS_LIST},
    {"iam", "Policy", SK_AWS_STRUCTURE},
    {"iam", "PolicyVersion", SK_AWS_STRUCTURE},
    {"iam", "PolicyVersionList", SK_AWS_LIST},
    {"iam", "Role", SK_AWS_STRUCTURE},
    {"iam", "RoleDetailList", SK_AWS_LIST},
    {"iam", "RoleLastUsed", SK_AWS_STRUCTURE},
    {"iam", "RolePolicyList", SK_AWS_LIST},
    {"iam", "Roles", SK_AWS_LIST},
    {"iam", "Tags", SK_AWS_LIST},
    {"iam", "UserDetailList", SK_AWS_LIST},
    {"iam", "UserPolicyList", SK_AWS_LIST},
    {"sts", "AssumedRoleUser", SK_AWS_STRUCTURE},
    {"sts", "Credentials", SK_AWS_STRUCTURE},
    {"sts", "PackedPolicySize", SK_AWS_INTEGER},
};

enum sk_aws_type sk_aws_shape_type(const char *service, const char *member, size_t length)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        if (strcmp(shapes[i].service, service) == 0 && strlen(shapes[i].member) == length &&
            memcmp(shapes[i].member, member, length) == 0)
            return shapes[i].type;
    }
    return SK_AWS_TEXT;
}

const struct sk_aws_shape *sk_aws_shapes(size_t *count_out)
{
    *count_out = sizeof(shapes) / sizeof(*shapes);
    return shapes;
}
