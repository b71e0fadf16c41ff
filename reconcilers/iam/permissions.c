/* What the IAM kinds need. Conditions and resources that each action knows: lib/policy's catalogue,
 * against which a test checks these rows.
 *
 * Names are unique in an account, so the path in an ARN is what tells ours from others'. Tags at
 * creation need the tagging action as well (IAM User Guide, "Tags for IAM resources"). A boundary
 * in force must not be taken off again, and grants count only on roles that carry it. */
#include "reconcilers/permissions.h"

#define ROLES    "arn:{partition}:iam::{account}:role{path}*"
#define POLICIES "arn:{partition}:iam::{account}:policy{path}*"
#define BOUNDED                                                                                    \
    {                                                                                              \
        "StringEquals", "iam:PermissionsBoundary", "{boundaries}"                                  \
    }

static const struct sk_permission_scope look = {.sid = "LookAtIam", .resource = "*"};
static const struct sk_permission_scope look_at_policies = {.sid = "TagsOfPolicies",
                                                            .resource = POLICIES};
static const struct sk_permission_scope look_at_aws_policies = {
    .sid = "PoliciesOfAws", .resource = "arn:{partition}:iam::aws:policy/*"};
static const struct sk_permission_scope policies = {
    .sid = "OurPolicies", .flags = SK_PERMISSION_WRITE, .resource = POLICIES};
static const struct sk_permission_scope new_policies = {
    .sid = "NewPolicies",
    .flags = SK_PERMISSION_WRITE,
    .resource = POLICIES,
    .conditions = {SK_PERMISSION_OWNED_REQUEST}};
static const struct sk_permission_scope roles = {
    .sid = "OurRoles", .flags = SK_PERMISSION_WRITE, .resource = ROLES};
static const struct sk_permission_scope new_roles = {
    .sid = "NewRoles",
    .flags = SK_PERMISSION_WRITE,
    .resource = ROLES,
    .conditions = {SK_PERMISSION_OWNED_REQUEST, BOUNDED}};
static const struct sk_permission_scope bounded_roles = {.sid = "GrantsToRoles",
                                                         .flags = SK_PERMISSION_WRITE,
                                                         .resource = ROLES,
                                                         .conditions = {BOUNDED}};
static const struct sk_permission_scope attachments = {
    .sid = "Attachments",
    .flags = SK_PERMISSION_WRITE,
    .resource = ROLES,
    .conditions = {{"ArnLike", "iam:PolicyARN", "{attachable}"}, BOUNDED}};
static const struct sk_permission_scope unbounded_roles = {.sid = "BoundaryRemoval",
                                                           .flags = SK_PERMISSION_WRITE |
                                                                    SK_PERMISSION_NO_BOUNDARY,
                                                           .resource = ROLES};
/* The instance profile is whoever's who put our role into it; it stands under any path. */
static const struct sk_permission_scope instance_profiles = {
    .sid = "InstanceProfiles",
    .flags = SK_PERMISSION_WRITE,
    .resource = "arn:{partition}:iam::{account}:instance-profile/*"};

/* Roles may have policies that AWS made; questions about access read them. */
static const struct sk_permission aws_policy_rows[] = {
    {"iam", "GetAccountAuthorizationDetails", NULL, &look},
    {"iam", "GetPolicy", NULL, &look_at_aws_policies},
    {"iam", "GetPolicyVersion", NULL, &look_at_aws_policies},
    {0},
};

static const struct sk_permission policy_rows[] = {
    {"iam", "GetAccountAuthorizationDetails", NULL, &look},
    {"tagging", "GetResources", NULL, &sk_permission_look_at_tags},
    {"iam", "ListPolicyTags", NULL, &look_at_policies},
    {"iam", "CreatePolicy", NULL, &new_policies},
    {"iam", "CreatePolicyVersion", NULL, &policies},
    {"iam", "DeletePolicy", NULL, &policies},
    {"iam", "DeletePolicyVersion", NULL, &policies},
    {"iam", "SetDefaultPolicyVersion", NULL, &policies},
    {"iam", "TagPolicy", NULL, &policies},
    {"iam", "UntagPolicy", NULL, &policies},
    {0},
};

static const struct sk_permission role_rows[] = {
    {"iam", "GetAccountAuthorizationDetails", NULL, &look},
    {"iam", "ListRoles", NULL, &look},
    {"iam", "CreateRole", NULL, &new_roles},
    {"iam", "AttachRolePolicy", NULL, &attachments},
    {"iam", "PutRolePermissionsBoundary", NULL, &bounded_roles},
    {"iam", "PutRolePolicy", NULL, &bounded_roles},
    {"iam", "DeleteRolePermissionsBoundary", NULL, &unbounded_roles},
    {"iam", "DeleteRole", NULL, &roles},
    {"iam", "DeleteRolePolicy", NULL, &roles},
    {"iam", "DetachRolePolicy", NULL, &roles},
    {"iam", "ListRoleTags", NULL, &roles},
    {"iam", "TagRole", NULL, &roles},
    {"iam", "UntagRole", NULL, &roles},
    {"iam", "UpdateAssumeRolePolicy", NULL, &roles},
    {"iam", "UpdateRole", NULL, &roles},
    {"iam", "RemoveRoleFromInstanceProfile", NULL, &instance_profiles},
    {0},
};

const struct sk_kind_permissions sk_permissions_iam[] = {
    {"iam_aws_policy", aws_policy_rows},
    {"iam_policy", policy_rows},
    {"iam_role", role_rows},
    {0},
};
