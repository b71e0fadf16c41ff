/* What the SageMaker kinds need.
 *
 * Ids of domains are AWS's, so ARNs tell nothing; the tag sagekeeper:owner does: it must be in the
 * request at creation and on the resource afterwards. Tags at creation need sagemaker:AddTags,
 * which sees the operation in sagemaker:TaggingAction. What an operation needs besides its own
 * action: SageMaker Developer Guide, "API Permissions: Actions, Permissions, and Resources
 * Reference" (CreateDomain, CreateUserProfile); for RStudio, which is an app of the domain, the
 * CloudFormation schema of AWS::SageMaker::Domain. */
#include "reconcilers/permissions.h"

#define DOMAINS  "arn:{partition}:sagemaker:{region}:{account}:domain/*"
#define PROFILES "arn:{partition}:sagemaker:{region}:{account}:user-profile/*/*"
#define SPACES   "arn:{partition}:sagemaker:{region}:{account}:space/*/*"
#define OWNED                                                                                      \
    {                                                                                              \
        "StringEquals", "aws:ResourceTag/sagekeeper:owner", "{owner}"                              \
    }
#define NOBODYS                                                                                    \
    {                                                                                              \
        "Null", "aws:ResourceTag/sagekeeper:owner", "true"                                         \
    }
#define TAGGED_BY(operation_)                                                                      \
    {                                                                                              \
        "StringEquals", "sagemaker:TaggingAction", (operation_)                                    \
    }

/* Tags are asked for one by one where the tagging API has none (yet), and before a delete, when the
 * thing may not be ours any more: no condition can pin that. */

/* Scopes of one sid become one statement: the policy has a limit, and an action applies to its own
 * type of resource only. */
static const struct sk_permission_scope look = {.sid = "LookAtStudio", .resource = "*"};
static const struct sk_permission_scope look_at_domains = {.sid = "DescribeStudio",
                                                           .resource = DOMAINS};
static const struct sk_permission_scope look_at_profiles = {.sid = "DescribeStudio",
                                                            .resource = PROFILES};
static const struct sk_permission_scope look_at_spaces = {.sid = "DescribeStudio",
                                                          .resource = SPACES};
static const struct sk_permission_scope pass = {
    .sid = "PassRoles",
    .flags = SK_PERMISSION_WRITE,
    .resource = "{passable}",
    .conditions = {{"StringEquals", "iam:PassedToService", "sagemaker.amazonaws.com"}}};
static const struct sk_permission_scope service_role = {
    .sid = "StudioServiceRole",
    .flags = SK_PERMISSION_WRITE,
    .resource = "arn:{partition}:iam::{account}:role/aws-service-role/sagemaker.amazonaws.com/"
                "AWSServiceRoleForAmazonSageMakerNotebooks",
    .conditions = {{"StringEquals", "iam:AWSServiceName", "sagemaker.amazonaws.com"}}};
static const struct sk_permission_scope keys = {
    .sid = "KeysOfDomains", .flags = SK_PERMISSION_WRITE, .resource = "{keys}"};
static const struct sk_permission_scope key_grants = {
    .sid = "GrantsOfKeys",
    .flags = SK_PERMISSION_WRITE,
    .resource = "{keys}",
    .conditions = {{"Bool", "kms:GrantIsForAWSResource", "true"}}};

/* AWS knows no resource for it, and the file system carries no tag of ours. */
static const struct sk_permission_scope file_systems = {
    .sid = "FileSystemsOfDomains",
    .flags = SK_PERMISSION_WRITE,
    .resource = "{file_systems}",
    .conditions = {{"Bool", "elasticfilesystem:Encrypted", "true"}}};
static const struct sk_permission_scope rstudio = {
    .sid = "RStudioOfDomains", .flags = SK_PERMISSION_WRITE, .resource = "{rstudio}"};

#define SCOPE(name_, sid_, flags_, resource_, ...)                                                 \
    static const struct sk_permission_scope name_ = {.sid = (sid_),                                \
                                                     .flags = SK_PERMISSION_WRITE | (flags_),      \
                                                     .resource = (resource_),                      \
                                                     .conditions = {__VA_ARGS__}}
/* Apps and private spaces are made by users and go with their profile or space. Whether they carry
 * its tags is up to the domain's TagPropagation, so that only their place can be pinned. That
 * covers deletes of declared spaces. */
SCOPE(apps_of_leavers, "AppsOfLeavers", 0,
      "arn:{partition}:sagemaker:{region}:{account}:app/*/*/*/*", {0});
SCOPE(spaces_of_leavers, "SpacesOfLeavers", 0, SPACES, {0});
SCOPE(new_domains, "NewInStudio", 0, DOMAINS, SK_PERMISSION_OWNED_REQUEST);
SCOPE(new_domains_tags, "TagNewDomains", 0, DOMAINS, SK_PERMISSION_OWNED_REQUEST,
      TAGGED_BY("CreateDomain"));
SCOPE(domains, "OursInStudio", 0, DOMAINS, OWNED);
SCOPE(adopted_domains, "AdoptDomains", SK_PERMISSION_ADOPT, DOMAINS, NOBODYS);
SCOPE(new_profiles, "NewInStudio", 0, PROFILES, SK_PERMISSION_OWNED_REQUEST);
SCOPE(new_profiles_tags, "TagNewProfiles", 0, PROFILES, SK_PERMISSION_OWNED_REQUEST,
      TAGGED_BY("CreateUserProfile"));
SCOPE(profiles, "OursInStudio", 0, PROFILES, OWNED);
SCOPE(adopted_profiles, "AdoptProfiles", SK_PERMISSION_ADOPT, PROFILES, NOBODYS);
SCOPE(new_spaces, "NewInStudio", 0, SPACES, SK_PERMISSION_OWNED_REQUEST);
SCOPE(new_spaces_tags, "TagNewSpaces", 0, SPACES, SK_PERMISSION_OWNED_REQUEST,
      TAGGED_BY("CreateSpace"));
SCOPE(spaces, "OursInStudio", 0, SPACES, OWNED);
SCOPE(adopted_spaces, "AdoptSpaces", SK_PERMISSION_ADOPT, SPACES, NOBODYS);

static const struct sk_permission domain_rows[] = {
    {"sagemaker", "ListDomains", NULL, &look},
    {"sagemaker", "DescribeDomain", NULL, &look_at_domains},
    {"sagemaker", "ListTags", NULL, &look_at_domains},
    {"tagging", "GetResources", NULL, &sk_permission_look_at_tags},
    {"sagemaker", "CreateDomain", NULL, &new_domains},
    {"sagemaker", "CreateDomain", "sagemaker:AddTags", &new_domains_tags},
    {"sagemaker", "CreateDomain", "iam:PassRole", &pass},
    {"sagemaker", "CreateDomain", "iam:CreateServiceLinkedRole", &service_role},
    {"sagemaker", "CreateDomain", "sagemaker:CreateApp", &rstudio},
    {"sagemaker", "CreateDomain", "elasticfilesystem:CreateFileSystem", &file_systems},
    {"sagemaker", "CreateDomain", "kms:CreateGrant", &key_grants},
    {"sagemaker", "CreateDomain", "kms:Decrypt", &keys},
    {"sagemaker", "CreateDomain", "kms:DescribeKey", &keys},
    {"sagemaker", "CreateDomain", "kms:GenerateDataKeyWithoutPlaintext", &keys},
    {"sagemaker", "UpdateDomain", NULL, &domains},
    {"sagemaker", "UpdateDomain", "iam:PassRole", &pass},
    {"sagemaker", "UpdateDomain", "sagemaker:CreateApp", &rstudio},
    {"sagemaker", "DeleteDomain", NULL, &domains},
    {"sagemaker", "AddTags", NULL, &domains},
    {"sagemaker", "DeleteTags", NULL, &domains},
    {"sagemaker", "AddTags", NULL, &adopted_domains},
    {"sagemaker", "DeleteTags", NULL, &adopted_domains},
    {0},
};

static const struct sk_permission profile_rows[] = {
    {"sagemaker", "ListDomains", NULL, &look},
    {"sagemaker", "ListUserProfiles", NULL, &look},
    {"sagemaker", "DescribeUserProfile", NULL, &look_at_profiles},
    {"sagemaker", "ListTags", NULL, &look_at_profiles},
    {"tagging", "GetResources", NULL, &sk_permission_look_at_tags},
    {"sagemaker", "CreateUserProfile", NULL, &new_profiles},
    {"sagemaker", "CreateUserProfile", "sagemaker:AddTags", &new_profiles_tags},
    {"sagemaker", "CreateUserProfile", "iam:PassRole", &pass},
    {"sagemaker", "UpdateUserProfile", NULL, &profiles},
    {"sagemaker", "UpdateUserProfile", "iam:PassRole", &pass},
    {"sagemaker", "DeleteUserProfile", NULL, &profiles},
    {"sagemaker", "DeleteApp", NULL, &apps_of_leavers},
    {"sagemaker", "DeleteApp", "sagemaker:ListApps", &look},
    {"sagemaker", "DeleteSpace", NULL, &spaces_of_leavers},
    {"sagemaker", "DeleteSpace", "sagemaker:ListSpaces", &look},
    {"sagemaker", "AddTags", NULL, &profiles},
    {"sagemaker", "DeleteTags", NULL, &profiles},
    {"sagemaker", "AddTags", NULL, &adopted_profiles},
    {"sagemaker", "DeleteTags", NULL, &adopted_profiles},
    {0},
};

static const struct sk_permission space_rows[] = {
    {"sagemaker", "ListDomains", NULL, &look},
    {"sagemaker", "ListSpaces", NULL, &look},
    {"sagemaker", "DescribeSpace", NULL, &look_at_spaces},
    {"sagemaker", "ListTags", NULL, &look_at_spaces},
    {"tagging", "GetResources", NULL, &sk_permission_look_at_tags},
    {"sagemaker", "CreateSpace", NULL, &new_spaces},
    {"sagemaker", "CreateSpace", "sagemaker:AddTags", &new_spaces_tags},
    {"sagemaker", "UpdateSpace", NULL, &spaces},
    {"sagemaker", "DeleteSpace", NULL, &spaces_of_leavers},
    {"sagemaker", "DeleteApp", NULL, &apps_of_leavers},
    {"sagemaker", "DeleteApp", "sagemaker:ListApps", &look},
    {"sagemaker", "AddTags", NULL, &spaces},
    {"sagemaker", "DeleteTags", NULL, &spaces},
    {"sagemaker", "AddTags", NULL, &adopted_spaces},
    {"sagemaker", "DeleteTags", NULL, &adopted_spaces},
    {0},
};

static const struct sk_permission app_rows[] = {
    {"sagemaker", "ListApps", NULL, &look},
    {"sagemaker", "ListDomains", NULL, &look},
    {"sagemaker", "ListTags", NULL, &look_at_domains},
    {"tagging", "GetResources", NULL, &sk_permission_look_at_tags},
    {0},
};

const struct sk_kind_permissions sk_permissions_sagemaker[] = {
    {"sagemaker_app", app_rows},
    {"sagemaker_domain", domain_rows},
    {"sagemaker_space", space_rows},
    {"sagemaker_user_profile", profile_rows},
    {0},
};
