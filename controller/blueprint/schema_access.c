/* The specs of SignIn and Guardrail: who gets in, and what limits everybody. */
#include "blueprint/grammar.h"
#include "blueprint/schema_int.h"

/* Texts of both */

static const struct sk_schema_field address_range = {
    .type = SK_SCHEMA_TEXT,
    .pattern = "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$",
    .expects = "an address range (10.0.0.0/16, 2001:db8::/32)",
    .max = 43};
static const struct sk_schema_field vpc = {
    .type = SK_SCHEMA_TEXT, .pattern = "^vpc-[0-9a-z]+$", .expects = "a VPC id (vpc-…)"};
static const struct sk_schema_field vpc_endpoint = {
    .type = SK_SCHEMA_TEXT, .pattern = "^vpce-[0-9a-z]+$", .expects = "a VPC endpoint id (vpce-…)"};

/* Guardrail */

static const char *const type_words[] = {"scp", "rcp", "boundary", "endpoint", NULL};

static const struct sk_schema_field target_rows[] = {
    {.name = "account",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[A-Za-z0-9]([._-]?[A-Za-z0-9])*$",
     .expects = "the name of an account",
     .max = 40,
     .doc = "Name of an account of the organization; for `boundary` the policy is made there."},
    {.name = "organizationalUnit",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|(/[^/]+)+)$",
     .expects = "the id of an organizational unit (ou-…) or its path (/Workloads/Dev)",
     .max = 512,
     .doc = "For `scp` and `rcp`: an organizational unit, by id or by its full path.",
     .example = "ou-ab12-34567890"},
    {.name = "root",
     .type = SK_SCHEMA_BOOLEAN,
     .doc = "For `scp` and `rcp`: `true` for the root of the AWS organization."},
    {.name = "vpcEndpoint",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^vpce-[0-9a-z]+$",
     .expects = "a VPC endpoint id (vpce-…)",
     .doc = "For `endpoint`."},
    {0},
};
static const struct sk_schema_field target = {.type = SK_SCHEMA_OBJECT, .fields = target_rows};

static const struct sk_schema_field guardrail_rows[] = {
    {.name = "type",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .values = type_words,
     .doc =
         "What the policy is: a service control policy, a resource control policy, a permissions "
         "boundary, or the policy of VPC endpoints. It decides about grammar and size."},
    {.name = "description",
     .type = SK_SCHEMA_TEXT,
     .check = sk_grammar_description,
     .expects = "text without characters past U+00FF",
     .max = 512,
     .doc = "What it is for."},
    {.name = "policies",
     .type = SK_SCHEMA_LIST,
     .flags = SK_SCHEMA_REQUIRED | SK_SCHEMA_UNIQUE,
     .item = &sk_schema_policy,
     .min = 1,
     .max = 20,
     .doc = "Templates and files whose statements together are the policy. `NAME@VERSION` is a "
            "shipped template, `NAME.json` the file `policies/NAME.json` of this tree.",
     .example = "[guard-instance-types@1]"},
    {.name = "parameters",
     .type = SK_SCHEMA_MAP,
     .key = &sk_schema_parameter_key,
     .item = &sk_schema_parameter,
     .doc =
         "Values for the templates. The parameters `organization`, `partition` and `iamPath` are "
         "filled in, for boundaries `account` and `accountName` too.",
     .example = "{instanceTypes: [ml.t3.*]}"},
    {.name = "targets",
     .type = SK_SCHEMA_LIST,
     .item = &target,
     .max = 1000,
     .doc = "What it is for, each entry with one key. Checked, and for `boundary` acted on; this "
            "version **does not attach** policies of the other types to anything. A boundary is "
            "also made wherever a role's `permissionsBoundary` names it.",
     .example = "[{organizationalUnit: ou-ab12-34567890}]"},
    TAGS_ROW("Tags of the policy of a boundary.", "{CostCenter: \"4711\"}"),
    ACCEPTS_ROW,
    {0},
};
const struct sk_schema_field sk_schema_guardrail_spec = {.type = SK_SCHEMA_OBJECT,
                                                         .fields = guardrail_rows};

/* SignIn */

static const struct sk_schema_field saml_rows[] = {
    {.name = "provider",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = "^(arn:aws[a-z-]*:iam::[0-9]{12}:saml-provider/)?[A-Za-z0-9._-]+$",
     .expects = "the name or ARN of a SAML provider of the domain's account",
     .min = 1,
     .max = 256,
     .doc = "The SAML provider, which is there already.",
     .example = "okta"},
    {.name = "audience",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^https://[A-Za-z0-9._:/-]+$",
     .expects = "an https address",
     .max = 1024,
     .doc = "The audience that assertions are made for.",
     .fallback = "AWS's sign-in address of the partition"},
    {0},
};
static const struct sk_schema_field oidc_rows[] = {
    {.name = "issuer",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .pattern = "^[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*[A-Za-z0-9._-])?$",
     .expects = "the provider's address without https://",
     .min = 3,
     .max = 255,
     .doc = "The OpenID Connect provider of the account, which is there already.",
     .example = "login.example.com/oauth2"},
    {.name = "audience",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .min = 1,
     .max = 255,
     .doc = "The client id that tokens are made for."},
    {0},
};
static const struct sk_schema_field identity_center_rows[] = {
    {.name = "permissionSet",
     .type = SK_SCHEMA_TEXT,
     .min = 1,
     .max = 32,
     .doc = "Name of the permission set."},
    {0},
};
static const struct sk_schema_field iam_user = {.type = SK_SCHEMA_TEXT,
                                                .pattern = "^[A-Za-z0-9_+=,.@-]+$",
                                                .expects = "the name of an IAM user",
                                                .min = 1,
                                                .max = 64};
static const struct sk_schema_field session_tag = {.type = SK_SCHEMA_TEXT,
                                                   .pattern = "^[A-Za-z0-9_+=,.@-]+$",
                                                   .expects =
                                                       "a tag key: letters, digits and _ + = "
                                                       ", . @ -",
                                                   .min = 1,
                                                   .max = 128};
static const struct sk_schema_field anywhere_rows[] = {
    {.name = "reason",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .min = 1,
     .max = 1000,
     .doc = "Why, for those who review it."},
    {0},
};
#define ADDRESSES_ROW(name_, item_, doc_, fallback_, example_)                                     \
    {                                                                                              \
        .name = (name_), .type = SK_SCHEMA_LIST, .flags = SK_SCHEMA_UNIQUE, .item = (item_),       \
        .min = 1, .max = 50, .doc = (doc_), .fallback = (fallback_), .example = (example_)         \
    }
static const struct sk_schema_field network_rows[] = {
    ADDRESSES_ROW("publicRanges", &address_range, "Public addresses that people come from.", "none",
                  "[198.51.100.0/24]"),
    ADDRESSES_ROW("vpcs", &vpc, "VPCs whose endpoints people come through.", "none",
                  "[vpc-0123456789abcdef0]"),
    ADDRESSES_ROW("vpcRanges", &address_range, "Addresses in these VPCs that people come from.",
                  "all private addresses", "[10.20.0.0/16]"),
    ADDRESSES_ROW("endpoints", &vpc_endpoint, "Endpoints of these VPCs that people come through.",
                  "any of the VPCs", "[vpce-0123456789abcdef0]"),
    {.name = "anywhere",
     .type = SK_SCHEMA_OBJECT,
     .fields = anywhere_rows,
     .doc = "People may open Studio from anywhere; then nothing else is given here.",
     .example = "{reason: a demonstration without data}"},
    {0},
};
static const struct sk_schema_field template_rows[] = {
    {.name = "trust",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^sign-in-trust-(saml|oidc)@[0-9]+$",
     .expects = "a version of sign-in-trust-saml or sign-in-trust-oidc",
     .doc = "Trust policy of the role.",
     .fallback = "`sign-in-trust-saml@1` or `sign-in-trust-oidc@1`"},
    {.name = "profile",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^own-profile-only-(user|federated)@[0-9]+$",
     .expects = "a version of own-profile-only-user or own-profile-only-federated",
     .doc = "What opens one's own profile.",
     .fallback = "`own-profile-only-federated@1`, for `users` `own-profile-only-user@1`"},
    {.name = "network",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^presign-from-network@[0-9]+$",
     .expects = "a version of presign-from-network",
     .doc = "What holds the door to the network.",
     .fallback = "`presign-from-network@1`"},
    {0},
};
static const struct sk_schema_field sign_in_role_rows[] = {
    {.name = "name",
     .type = SK_SCHEMA_TEXT,
     .pattern = "^[A-Za-z0-9_+=,.@-]+$",
     .expects = "a role name: letters, digits and _ + = , . @ -",
     .min = 1,
     .max = 64,
     .doc = "Name of the role.",
     .fallback = "`sagekeeper-NAME-sign-in`"},
    {.name = "description",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_NULLABLE,
     .check = sk_grammar_description,
     .expects = "text without characters past U+00FF",
     .max = 1000,
     .doc = "Description of the role."},
    BOUNDARY_ROW(SK_SCHEMA_NULLABLE, "Permissions boundary; `null` removes it."),
    SESSION_DURATION_ROW,
    ACCEPTS_ROW,
    ADOPT_ROW("a role"),
    {0},
};
static const struct sk_schema_field sign_in_rows[] = {
    {.name = "domain",
     .type = SK_SCHEMA_TEXT,
     .flags = SK_SCHEMA_REQUIRED,
     .expects = "the name of a domain",
     .min = 1,
     .max = 63,
     .doc = "Name of a `Domain`; what is made lies in its account."},
    {.name = "saml",
     .type = SK_SCHEMA_OBJECT,
     .fields = saml_rows,
     .doc = "People come from a SAML provider, which sends the session tag `studiouserid`."},
    {.name = "oidc",
     .type = SK_SCHEMA_OBJECT,
     .fields = oidc_rows,
     .doc = "People come from an OpenID Connect provider, which sends the session tag "
            "`studiouserid`."},
    {.name = "users",
     .type = SK_SCHEMA_LIST,
     .flags = SK_SCHEMA_UNIQUE,
     .item = &iam_user,
     .min = 1,
     .max = 5000,
     .doc = "IAM users, by the names under which they are members of teams. They are not made nor "
            "changed: the policies are made, and attaching them is left to you.",
     .example = "[user1, user2]"},
    {.name = "identityCenter",
     .type = SK_SCHEMA_OBJECT,
     .fields = identity_center_rows,
     .doc = "People come from IAM Identity Center. Not supported by this version."},
    {.name = "sessionTags",
     .type = SK_SCHEMA_LIST,
     .flags = SK_SCHEMA_UNIQUE,
     .item = &session_tag,
     .min = 1,
     .max = 10,
     .doc = "For `saml` and `oidc`: session tags that the provider may send besides "
            "`studiouserid`. All of them are transitive.",
     .example = "[CostCenter]"},
    {.name = "network",
     .type = SK_SCHEMA_OBJECT,
     .flags = SK_SCHEMA_REQUIRED,
     .fields = network_rows,
     .doc = "Where people may open Studio from: public ranges, VPCs, or both; or `anywhere`."},
    {.name = "role",
     .type = SK_SCHEMA_OBJECT,
     .fields = sign_in_role_rows,
     .doc = "For `saml` and `oidc`: the role that people sign in to."},
    {.name = "templates",
     .type = SK_SCHEMA_OBJECT,
     .fields = template_rows,
     .doc = "Versions of the shipped templates that are used."},
    TAGS_ROW("Tags of role and policies.", "{CostCenter: \"4711\"}"),
    {0},
};
const struct sk_schema_field sk_schema_sign_in_spec = {.type = SK_SCHEMA_OBJECT,
                                                       .fields = sign_in_rows};
