/* The tables of our own kinds. Messages, the reference page and the examples come from here. */
#include "blueprint/schema.h"

#include "blueprint/exceptions.h"
#include "blueprint/grammar.h"
#include "blueprint/schema_int.h"
#include "policy/lint.h"

/* An ARN, or what stands behind "policy/" in one. */
#define BOUNDARY                                                                                   \
    "^(arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/)?[A-Za-z0-9_+=,.@-]+(/[A-Za-z0-9_+=,.@-]+)*$"

/* Names and other texts used in several kinds. */

static const struct sk_schema_field organization_name = {
    .name = "name",
    .type = SK_SCHEMA_TEXT,
    .pattern = "^[a-z0-9](-?[a-z0-9])*$",
    .expects = "lower-case letters, digits and single hyphens",
    .min = 1,
    .max = 40,
    .doc =
        "The owner's name: the value of the tag `sagekeeper:owner` on everything that is made. It "
        "must never change."};
static const struct sk_schema_field studio_name = {
    .name = "name",
    .type = SK_SCHEMA_TEXT,
    .pattern = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
    .expects = "letters, digits and hyphens, no hyphen at the ends",
    .min = 1,
    .max = 63,
    .doc = "How teams refer to the domain; the domain's name in AWS too unless `domainName` says "
           "otherwise."};
static const struct sk_schema_field team_name = {
    .name = "name",
    .type = SK_SCHEMA_TEXT,
    .pattern = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
    .expects = "letters, digits and . _ -, letter or digit at the ends",
    .min = 1,
    .max = 50,
    .doc = "The value of the tag `Team`, and part of role, policy and profile names."};
static const struct sk_schema_field user_name = {
    .name = "name",
    .type = SK_SCHEMA_TEXT,
    .check = sk_grammar_user,
    .expects = "letters, digits and _ . = + - @",
    .min = 1,
    .max = 128,
    .doc = "The user's name at the identity source, often an e-mail address: the value of the tag "
           "`studiouserid`."};
static const struct sk_schema_field any_name = {
    .name = "name",
    .type = SK_SCHEMA_TEXT,
    .pattern = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
    .expects = "letters, digits and . _ -, letter or digit at the ends",
    .min = 1,
    .max = 128,
    .doc = "Any name."};
static const struct sk_schema_field region = {.name = "region",
                                              .type = SK_SCHEMA_TEXT,
                                              .flags = SK_SCHEMA_REQUIRED,
                                              .pattern = "^[a-z]{2,4}(-[a-z]+)+-[0-9]$",
                                              .expects = "a region (us-east-1)"};
const struct sk_schema_field sk_schema_tag_key = {
    .type = SK_SCHEMA_TEXT,
    .check = sk_grammar_tag_key,
    .expects = "a tag key: letters, digits, spaces and _ . : / = + - @; not Team or studiouserid, "
               "and not starting with aws:, sagemaker: or sagekeeper:",
    .min = 1,
    .max = 128};
const struct sk_schema_field sk_schema_tag_value = {
    .type = SK_SCHEMA_TEXT,
    .check = sk_grammar_tag_value,
    .expects = "a tag value: letters, digits, spaces and _ . : / = + - @",
    .max = 256};

/* Policies and their parameters, for teams and for the default roles of domains. */

const struct sk_schema_field sk_schema_policy = {
    .type = SK_SCHEMA_TEXT,
    .pattern = POLICY,
    .check = sk_grammar_policy,
    .expects = "a template with its version (studio-developer@1) or a JSON file below policies/",
    .min = 1,
    .max = 200};
static const struct sk_schema_field parameter_text = {
    .name = "text", .type = SK_SCHEMA_TEXT, .max = 2048};
static const struct sk_schema_field parameter_alternatives[] = {
    {.name = "text", .type = SK_SCHEMA_TEXT, .max = 2048},
    {.name = "list", .type = SK_SCHEMA_LIST, .item = &parameter_text, .max = 100},
    {0},
};
const struct sk_schema_field sk_schema_parameter = {.type = SK_SCHEMA_UNION,
                                                    .fields = parameter_alternatives};
const struct sk_schema_field sk_schema_parameter_key = {.type = SK_SCHEMA_TEXT,
                                                        .pattern = "^[A-Za-z][A-Za-z0-9_]*$",
                                                        .expects = "a parameter name",
                                                        .min = 1,
                                                        .max = 64};
/* Findings of the lint that are meant */

static const char *const rule_words[] = {
#define X(name, id, severity, title, why, fix) id,
    SK_LINT_RULES(X)
#undef X
        NULL,
};
static const struct sk_schema_field accept_rows[] = {
    {.name = "rule",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .values = rule_words,
     .doc = "Id of the rule."},
    {.name = "policy",
     .type = SK_SCHEMA_TEXT,
     .min = 1,
     .max = 200,
     .doc = "The policy, as it is named here.",
     .fallback = "any"},
    {.name = "statement",
     .type = SK_SCHEMA_TEXT,
     .min = 1,
     .max = 128,
     .doc = "`Sid` of the statement.",
     .fallback = "any"},
    {.name = "reason",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .min = 1,
     .max = 1000,
     .doc = "Why it is meant so, for those who review it."},
    {0},
};
const struct sk_schema_field sk_schema_accept = {.type = SK_SCHEMA_OBJECT, .fields = accept_rows};

/* Permissions boundaries */

static const struct sk_schema_field boundary_rows[] = {
    {.name = "guardrail",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .min = 1,
     .max = 128,
     .doc = "Name of a `Guardrail` of type `boundary`."},
    {0},
};
const struct sk_schema_field sk_schema_boundary[] = {
    {.name = "text",
     .type = SK_SCHEMA_TEXT,
     .pattern = BOUNDARY,
     .expects = "the ARN of a policy, or the path and name of one in the role's account"},
    {.name = "mapping", .type = SK_SCHEMA_OBJECT, .fields = boundary_rows},
    {0},
};

/* Organization */

static const struct sk_schema_field exception_rows[] = {
    {.name = "rule",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .values = sk_exception_rules,
     .doc = "What is given up."},
    {.name = "subject",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .min = 1,
     .max = 1024,
     .doc = "What it is given up for: `TEAM/SPACE` for a shared space; for a property of `verify` "
            "`TEAM`, or `TEAM/ACTION` for one action.",
     .example = "fraud/lab"},
    {.name = "reason",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .min = 1,
     .max = 1000,
     .doc = "Why; shown in every plan."},
    {.name = "until",
     .type = SK_SCHEMA_TEXT,
     .pattern = DATE,
     .check = sk_grammar_date,
     .expects = "a day (2027-01-31)",
     .doc = "Last day on which it counts, in UTC.",
     .fallback = "it counts until it is removed",
     .example = "2027-01-31"},
    {0},
};
static const struct sk_schema_field exception = {.type = SK_SCHEMA_OBJECT,
                                                 .fields = exception_rows};
static const struct sk_schema_field account_rows[] = {
    {.name = "name",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = "^[A-Za-z0-9]([._-]?[A-Za-z0-9])*$",
     .expects = "letters, digits and single - _ . between them",
     .min = 1,
     .max = 40,
     .doc = "How manifests and addresses call the account. It must never change."},
    {.name = "id",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = "^[0-9]{12}$",
     .expects = "12 digits",
     .doc = "The account's id; checked against the credentials before anything else is called.",
     .example = "123456789012"},
    {.name = "roleArn",
     .type = SK_SCHEMA_TEXT,
     .pattern = IAM_ROLE_ARN,
     .expects = "the ARN of a role",
     .doc = "Role to assume in the account.",
     .fallback = "the credentials of the environment are used as they are",
     .example = "arn:aws:iam::123456789012:role/sagekeeper"},
    {.name = "externalId",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[A-Za-z0-9_+=,.@:/-]+$",
     .expects = "letters, digits and _ + = , . @ : / -",
     .min = 2,
     .max = 1224,
     .doc = "External id for assuming the role."},
    {.name = "regions",
     .type = SK_SCHEMA_LIST,
     .flags = SK_SCHEMA_REQUIRED | SK_SCHEMA_UNIQUE,
     .item = &region,
     .min = 1,
     .max = 40,
     .doc = "Regions that are looked at and in which domains may be declared.",
     .example = "[us-east-1]"},
    {0},
};
static const struct sk_schema_field account = {.type = SK_SCHEMA_OBJECT, .fields = account_rows};
static const struct sk_schema_field default_rows[] = {
    TAGS_ROW("Tags of everything that is made.", "{CostCenter: \"4711\"}"),
    BOUNDARY_ROW(0, "Permissions boundary of roles that do not say otherwise."),
    SESSION_DURATION_ROW,
    GRACE_ROW,
    {0},
};
static const char *const membership_words[] = {"git", "external", NULL};
static const struct sk_schema_field identity_source_rows[] = {
    {.name = "membership",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .values = membership_words,
     .doc = "Who says who is in a group: `git` makes a group for each team, with its members; "
            "`external` only looks groups up that an identity provider makes."},
    {.name = "account",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[A-Za-z0-9]([._-]?[A-Za-z0-9])*$",
     .expects = "the name of an account",
     .max = 40,
     .doc = "The account that works with Identity Center: the management account, or a delegated "
            "administrator.",
     .fallback = "the organization's only account"},
    {.name = "region",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[a-z]{2,4}(-[a-z]+)+-[0-9]$",
     .expects = "a region (us-east-1)",
     .doc = "The region of Identity Center, one of the account's.",
     .fallback = "the account's only region"},
    {.name = "identityStoreId",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
     .expects = "the id of an identity store (d-…)",
     .doc = "The directory, where the account sees several.",
     .fallback = "it is looked up"},
    {.name = "groupPrefix",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[^/[:space:][:cntrl:]][^/[:cntrl:]]*$",
     .expects = "a text without / that does not begin with a space",
     .min = 1,
     .max = 64,
     .doc = "What stands before a team's name in the name of its group.",
     .fallback = "`sagekeeper-`"},
    {0},
};
static const struct sk_schema_field identity_source_alternatives[] = {
    {.name = "text", .type = SK_SCHEMA_TEXT, .values = membership_words},
    {.name = "mapping", .type = SK_SCHEMA_OBJECT, .fields = identity_source_rows},
    {0},
};
static const struct sk_schema_field organization_rows[] = {
    {.name = "accounts",
     .type = SK_SCHEMA_LIST,
     .flags = SK_SCHEMA_REQUIRED,
     .item = &account,
     .min = 1,
     .max = 10000,
     .doc = "The AWS accounts."},
    {.name = "iamPath",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^/([A-Za-z0-9_+=,.@-]+/)+$",
     .expects = "a path that starts and ends with /, below the root",
     .min = 3,
     .max = 400,
     .doc = "IAM path below which all roles and policies lie.",
     .fallback = "`/sagekeeper/NAME/`"},
    {.name = "identitySource",
     .type = SK_SCHEMA_UNION,
     .fields = identity_source_alternatives,
     .doc = "IAM Identity Center's directory: where the teams' groups are. The word alone is "
            "`membership` of the only account and region.",
     .fallback = "teams have no groups",
     .example = "{membership: git, account: management, region: eu-west-1}"},
    {.name = "defaults",
     .type = SK_SCHEMA_OBJECT,
     .fields = default_rows,
     .doc = "What holds where nothing else is said."},
    {.name = "exceptions",
     .type = SK_SCHEMA_LIST,
     .item = &exception,
     .max = 1000,
     .doc = "Where what keeps teams apart is given up on purpose. Without its exception such a "
            "declaration is a fault; one that is not needed is reported.",
     .example = "[{rule: shared-space-in-domain-with-several-teams, subject: fraud/lab, reason: "
                "Joint work with risk.}]"},
    {0},
};
static const struct sk_schema_field organization_spec = {.type = SK_SCHEMA_OBJECT,
                                                         .fields = organization_rows};

/* Domain */

static const char *const auth_words[] = {"IAM", "SSO", NULL};
static const char *const network_words[] = {"VpcOnly", "PublicInternetOnly", NULL};
static const char *const enabled_words[] = {"ENABLED", "DISABLED", NULL};
static const char *const creation_words[] = {"Enabled", "Disabled", NULL};
static const char *const retention_words[] = {"Retain", "Delete", NULL};

static const struct sk_schema_field subnet = {
    .type = SK_SCHEMA_TEXT, .pattern = "^subnet-[0-9a-z]+$", .expects = "a subnet id (subnet-…)"};
static const struct sk_schema_field security_group = {
    .type = SK_SCHEMA_TEXT, .pattern = "^sg-[0-9a-z]+$", .expects = "a security group id (sg-…)"};
static const struct sk_schema_field home_rows[] = {
    {.name = "creation",
     .type = SK_SCHEMA_TEXT,
     .values = creation_words,
     .doc =
         "Whether the domain gets an EFS file system for home folders; `Disabled` can be changed "
         "later, `Enabled` cannot."},
    {.name = "retention",
     .type = SK_SCHEMA_TEXT,
     .values = retention_words,
     .doc = "What happens to the file system when the domain is deleted.",
     .fallback = "`Retain`"},
    {0},
};
static const struct sk_schema_field default_role_rows[] = {
    {.name = "roleArn",
     .type = SK_SCHEMA_TEXT,
     .pattern = IAM_ROLE_ARN,
     .expects = "the ARN of a role",
     .doc = "An existing role; then nothing else is given here."},
    {.name = "name",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[A-Za-z0-9_+=,.@-]+$",
     .expects = "a role name: letters, digits and _ + = , . @ -",
     .min = 1,
     .max = 64,
     .doc = "Name of the role that is made.",
     .fallback = "`sagekeeper-DOMAIN-default`"},
    POLICIES_ROW("`[studio-read-only@1]`"),
    PARAMETERS_ROW,
    BOUNDARY_ROW(SK_SCHEMA_NULLABLE, "Permissions boundary."),
    SESSION_DURATION_ROW,
    ACCEPTS_ROW,
    {0},
};
static const struct sk_schema_field domain_rows[] = {
    {.name = "account",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = "^[A-Za-z0-9]([._-]?[A-Za-z0-9])*$",
     .expects = "the name of an account",
     .max = 40,
     .doc = "Name of an account of the organization."},
    {.name = "region",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = "^[a-z]{2,4}(-[a-z]+)+-[0-9]$",
     .expects = "a region (us-east-1)",
     .doc = "One of the account's regions."},
    {.name = "domainName",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
     .expects = "letters, digits and hyphens, no hyphen at the ends",
     .min = 1,
     .max = 63,
     .doc = "Name in AWS, for domains of one name in several accounts or regions.",
     .fallback = "`metadata.name`"},
    {.name = "existing",
     .type = SK_SCHEMA_BOOLEAN,
     .doc = "The domain is made elsewhere: it is found by its name and never written. Only "
            "`account`, `region` and `domainName` may be given besides.",
     .fallback = "`false`"},
    ADOPT_ROW("a domain"),
    {.name = "authMode",
     .type = SK_SCHEMA_TEXT,
     .values = auth_words,
     .doc = "How users sign in; fixed at creation. This version supports `IAM`.",
     .fallback = "`IAM`"},
    {.name = "appNetworkAccessType",
     .type = SK_SCHEMA_TEXT,
     .values = network_words,
     .doc = "Whether apps reach the internet through AWS's network or only what the VPC reaches. "
            "Required for domains that are made."},
    {.name = "vpcId",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^vpc-[0-9a-z]+$",
     .expects = "a VPC id (vpc-…)",
     .doc = "VPC; fixed at creation. Required for domains that are made."},
    {.name = "subnetIds",
     .type = SK_SCHEMA_LIST,
     .flags = SK_SCHEMA_UNIQUE,
     .item = &subnet,
     .min = 1,
     .max = 16,
     .doc = "Subnets of apps and of the file system. Required for domains that are made."},
    {.name = "securityGroupIds",
     .type = SK_SCHEMA_LIST,
     .flags = SK_SCHEMA_UNIQUE,
     .item = &security_group,
     .min = 1,
     .max = 5,
     .doc = "Security groups of apps: `SecurityGroups` of the default user settings and, where "
            "they are given, of the default space settings. `VpcOnly` needs at least one."},
    {.name = "kmsKeyId",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[a-zA-Z0-9:/_-]+$",
     .expects = "the id or ARN of a KMS key",
     .max = 2048,
     .doc = "Key of the file system and volumes; fixed at creation."},
    {.name = "defaultUserSettings",
     .type = SK_SCHEMA_OBJECT,
     .shape = "UserSettings",
     .fields = sk_schema_user_settings,
     .doc = "Settings that profiles inherit. The execution role comes from "
            "`defaultExecutionRole`."},
    {.name = "defaultSpaceSettings",
     .type = SK_SCHEMA_OBJECT,
     .shape = "DefaultSpaceSettings",
     .fields = sk_schema_space_settings,
     .doc = "Settings of shared spaces."},
    {.name = "domainSettings",
     .type = SK_SCHEMA_OBJECT,
     .shape = "DomainSettings",
     .fields = sk_schema_domain_settings,
     .doc = "Settings of the domain itself."},
    {.name = "tagPropagation",
     .type = SK_SCHEMA_TEXT,
     .values = enabled_words,
     .doc = "Whether tags of profiles and spaces pass to what is made from Studio."},
    {.name = "homeEfsFileSystem",
     .type = SK_SCHEMA_OBJECT,
     .fields = home_rows,
     .doc = "The file system of home folders."},
    {.name = "defaultExecutionRole",
     .type = SK_SCHEMA_OBJECT,
     .fields = default_role_rows,
     .doc = "Role of profiles and shared spaces that have none of their own.",
     .fallback = "a role `sagekeeper-DOMAIN-default` with read-only permissions is made"},
    TAGS_ROW("Tags of the domain and its default role.", "{CostCenter: \"4711\"}"),
    {0},
};

/* User */

static const struct sk_schema_field profile_name = {
    .type = SK_SCHEMA_TEXT,
    .pattern = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
    .expects = "letters, digits and hyphens, no hyphen at the ends",
    .min = 1,
    .max = 63};
static const struct sk_schema_field user_rows[] = {
    {.name = "email",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[^@[:space:]]+@[^@[:space:]]+$",
     .expects = "an e-mail address",
     .max = 320,
     .doc = "E-mail address."},
    {.name = "givenName", .type = SK_SCHEMA_TEXT, .max = 1024, .doc = "Given name."},
    {.name = "familyName", .type = SK_SCHEMA_TEXT, .max = 1024, .doc = "Family name."},
    {.name = "profileName",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
     .expects = "letters, digits and hyphens, no hyphen at the ends",
     .min = 1,
     .max = 63,
     .doc =
         "Name of the user's profile, for users of one team. A new name is a new profile with an "
         "empty home.",
     .fallback = "made from user and team"},
    {.name = "profileNames",
     .type = SK_SCHEMA_MAP,
     .item = &profile_name,
     .doc = "Names of the user's profiles by team.",
     .example = "{fraud: alice}"},
    {.name = "userSettings",
     .type = SK_SCHEMA_OBJECT,
     .shape = "UserSettings",
     .fields = sk_schema_user_settings,
     .doc = "Settings of all the user's profiles, over those of the teams."},
    {0},
};
static const struct sk_schema_field user_spec = {.type = SK_SCHEMA_OBJECT, .fields = user_rows};

/* Approval */

static const char *const action_words[] = {"delete", "adopt", NULL};
static const struct sk_schema_field approval_rows[] = {
    {.name = "address",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = "^[a-z0-9_]+/[^/]+/[a-z0-9-]+/.+$",
     .expects = "an address as plans show it: kind/account/region/name",
     .max = 1024,
     .doc = "What the approval is for.",
     .example = "sagemaker_domain/ml-dev/us-east-1/research"},
    {.name = "action",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .values = action_words,
     .doc = "What is allowed."},
    {.name = "reason",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .min = 1,
     .max = 1000,
     .doc = "Why, for those who read it later."},
    {.name = "until",
     .type = SK_SCHEMA_TEXT,
     .pattern = DATE,
     .check = sk_grammar_date,
     .expects = "a day (2027-01-31)",
     .doc = "Last day on which it counts, in UTC.",
     .fallback = "it counts until it is removed"},
    {0},
};
static const struct sk_schema_field approval_spec = {.type = SK_SCHEMA_OBJECT,
                                                     .fields = approval_rows};

static const struct sk_schema_field domain_spec = {.type = SK_SCHEMA_OBJECT, .fields = domain_rows};

static const struct sk_schema_kind kinds[] = {
    {.name = "Organization",
     .doc = "Who owns what is made, and where: exactly one document.",
     .name_row = &organization_name,
     .spec = &organization_spec,
     .example = "apiVersion: sagekeeper/v1\n"
                "kind: Organization\n"
                "metadata: {name: acme}\n"
                "spec:\n"
                "  accounts:\n"
                "    - name: ml-dev\n"
                "      id: \"123456789012\"\n"
                "      roleArn: arn:aws:iam::123456789012:role/sagekeeper\n"
                "      regions: [us-east-1]\n"
                "  defaults:\n"
                "    tags: {Owner: ml-platform}\n"},
    {.name = "Domain",
     .doc = "A SageMaker Studio domain: made by sagekeeper, or existing and referred to by name.",
     .name_row = &studio_name,
     .spec = &domain_spec,
     .example = "apiVersion: sagekeeper/v1\n"
                "kind: Domain\n"
                "metadata: {name: research}\n"
                "spec:\n"
                "  account: ml-dev\n"
                "  region: us-east-1\n"
                "  appNetworkAccessType: VpcOnly\n"
                "  vpcId: vpc-0123456789abcdef0\n"
                "  subnetIds: [subnet-0123456789abcdef0]\n"
                "  securityGroupIds: [sg-0123456789abcdef0]\n"
                "  domainSettings: {ExecutionRoleIdentityConfig: USER_PROFILE_NAME}\n"},
    {.name = "Team",
     .doc = "People who share an execution role: one profile for each member, one role for all.",
     .name_row = &team_name,
     .spec = &sk_schema_team_spec,
     .example = "apiVersion: sagekeeper/v1\n"
                "kind: Team\n"
                "metadata: {name: fraud}\n"
                "spec:\n"
                "  domain: research\n"
                "  members:\n"
                "    - alice@example.com\n"
                "    - {user: bob@example.com, until: 2027-01-31}\n"
                "  executionRole:\n"
                "    policies: [studio-read-only@1]\n"
                "  tags: {CostCenter: \"4711\"}\n"},
    {.name = "SignIn",
     .doc =
         "The principals as which people sign in to open their own Studio profile, and no other: "
         "a role for a SAML or OpenID Connect provider, or IAM users. See the guide "
         "[sign-in](../guide/sign-in.md).",
     .name_row = &any_name,
     .spec = &sk_schema_sign_in_spec,
     .example = "apiVersion: sagekeeper/v1\n"
                "kind: SignIn\n"
                "metadata: {name: staff}\n"
                "spec:\n"
                "  domain: research\n"
                "  saml: {provider: okta}\n"
                "  network: {vpcs: [vpc-0123456789abcdef0]}\n"},
    {.name = "Guardrail",
     .doc =
         "A policy that limits what others allow: a service control policy, a resource control "
         "policy, a permissions boundary or the policy of a VPC endpoint. It is rendered, linted "
         "and measured. Boundaries are made as policies; the other types are **not attached to "
         "their targets by this version**, and every plan says so. See the guide "
         "[guardrails](../guide/guardrails.md).",
     .name_row = &any_name,
     .spec = &sk_schema_guardrail_spec,
     .example = "apiVersion: sagekeeper/v1\n"
                "kind: Guardrail\n"
                "metadata: {name: instance-types}\n"
                "spec:\n"
                "  type: scp\n"
                "  policies: [guard-instance-types@1]\n"
                "  parameters: {instanceTypes: [ml.t3.*, ml.m5.large]}\n"
                "  targets:\n"
                "    - organizationalUnit: ou-ab12-34567890\n"},
    {.name = "User",
     .doc =
         "What is known about a person. Optional: but once one user is declared, every member of "
         "a team must be.",
     .name_row = &user_name,
     .spec = &user_spec,
     .example = "apiVersion: sagekeeper/v1\n"
                "kind: User\n"
                "metadata: {name: alice@example.com}\n"
                "spec:\n"
                "  email: alice@example.com\n"
                "  givenName: Alice\n"
                "  familyName: Example\n"},
    {.name = "Approval",
     .doc = "Allows one change that the guard refuses otherwise. It counts only from the approvals "
            "path, and not from the commit that brings the change.",
     .name_row = &any_name,
     .spec = &approval_spec,
     .example = "apiVersion: sagekeeper/v1\n"
                "kind: Approval\n"
                "metadata: {name: retire-research}\n"
                "spec:\n"
                "  address: sagemaker_domain/ml-dev/us-east-1/research\n"
                "  action: delete\n"
                "  reason: The team moved to another domain.\n"
                "  until: 2027-01-31\n"},
};

static const struct sk_schema schema = {
    .api_version = "sagekeeper/v1", .kinds = kinds, .count = sizeof(kinds) / sizeof(*kinds)};

const struct sk_schema *sk_blueprint_schema(void)
{
    return &schema;
}
