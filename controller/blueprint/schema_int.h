/* Rows that several kinds of manifest share. Private to this folder. */
#ifndef SK_BLUEPRINT_SCHEMA_INT_H
#define SK_BLUEPRINT_SCHEMA_INT_H

#include "blueprint/schema.h"

#define IAM_ROLE_ARN "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@/_-]+$"
#define POLICY_ARN   "^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=,.@/-]+$"

/* The form of what C functions check further; what else they want is not in the JSON Schema. */
#define DATE "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
#define POLICY                                                                                     \
    "^([a-z0-9-]+@[0-9]+|[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*[.]json)$"

extern const struct sk_schema_field sk_schema_tag_key;
extern const struct sk_schema_field sk_schema_tag_value;
extern const struct sk_schema_field sk_schema_policy; /* a template or a file */
extern const struct sk_schema_field sk_schema_parameter;
extern const struct sk_schema_field sk_schema_parameter_key;
extern const struct sk_schema_field sk_schema_boundary[]; /* alternatives */
extern const struct sk_schema_field sk_schema_accept;

/* The specs of kinds that have files of their own. */
extern const struct sk_schema_field sk_schema_guardrail_spec;
extern const struct sk_schema_field sk_schema_sign_in_spec;
extern const struct sk_schema_field sk_schema_team_spec;

#define TAGS_ROW(doc_, example_)                                                                   \
    {                                                                                              \
        .name = "tags", .type = SK_SCHEMA_MAP, .key = &sk_schema_tag_key,                          \
        .item = &sk_schema_tag_value, .max = 40, .doc = (doc_), .example = (example_)              \
    }
#define SESSION_DURATION_ROW                                                                       \
    {                                                                                              \
        .name = "sessionDuration", .type = SK_SCHEMA_INTEGER, .min = 3600, .max = 43200,           \
        .doc = "Longest session of the role, in seconds.", .example = "14400"                      \
    }
#define BOUNDARY_ROW(flags_, doc_)                                                                 \
    {                                                                                              \
        .name = "permissionsBoundary", .type = SK_SCHEMA_UNION, .flags = (flags_),                 \
        .fields = sk_schema_boundary, .doc = (doc_), .example = "guardrails/studio-boundary"       \
    }
#define ADOPT_ROW(noun_)                                                                           \
    {                                                                                              \
        .name = "adopt", .type = SK_SCHEMA_BOOLEAN,                                                \
        .doc = "Take over " noun_ " of this name that is there already and nobody's; needs an "    \
               "approval.",                                                                        \
        .fallback = "`false`"                                                                      \
    }
#define POLICIES_ROW(fallback_)                                                                    \
    {                                                                                              \
        .name = "policies", .type = SK_SCHEMA_LIST, .flags = SK_SCHEMA_UNIQUE,                     \
        .item = &sk_schema_policy, .max = 20,                                                      \
        .doc = "Each becomes a managed policy of its own. `NAME@VERSION` is a shipped template, "  \
               "`NAME.json` the file `policies/NAME.json` of this tree.",                          \
        .fallback = (fallback_), .example = "[studio-read-only@1, reports.json]"                   \
    }
#define PARAMETERS_ROW                                                                             \
    {                                                                                              \
        .name = "parameters", .type = SK_SCHEMA_MAP, .key = &sk_schema_parameter_key,              \
        .item = &sk_schema_parameter,                                                              \
        .doc = "Values for the templates. The parameters `organization`, `accountName`, "          \
               "`account`, `partition`, `region`, `domain`, `team`, `roleName`, `roleArn` and "    \
               "`iamPath` are filled in.",                                                         \
        .example = "{bucket: acme-fraud-data}"                                                     \
    }
#define GRACE_ROW                                                                                  \
    {                                                                                              \
        .name = "grace", .type = SK_SCHEMA_TEXT, .pattern = "^(0|[1-9][0-9]{0,3}[dh])$",           \
        .expects = "days (7d), hours (36h) or 0",                                                  \
        .doc =                                                                                     \
            "How long a member's profile and private spaces stay after the member left. Access "   \
            "and running apps always go at once.",                                                 \
        .fallback = "none: they go at once", .example = "7d"                                       \
    }
#define ACCEPTS_ROW                                                                                \
    {                                                                                              \
        .name = "accepts", .type = SK_SCHEMA_LIST, .item = &sk_schema_accept, .max = 50,           \
        .doc = "Findings of the lint that are meant: they are shown and refuse nothing. Ids are "  \
               "on the page [lint](lint.md).",                                                     \
        .example =                                                                                 \
            "[{rule: wildcard-write, policy: own.json, reason: the bucket is the team's own}]"     \
    }

#endif
