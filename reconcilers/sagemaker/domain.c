/* sagemaker_domain: Studio domains.
 *
 * ListDomains says what changed; DescribeDomain is asked only then (the cache is keyed on
 * LastModifiedTime and Status). UpdateDomain merges deeply, so only changed leaves are sent, and
 * its domain settings go under another name than CreateDomain's (aws-api.md 5.2, 5.4). A domain is
 * never replaced: that would cost every user the home directory. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "reconcilers/body.h"
#include "reconcilers/iam/arn.h"
#include "reconcilers/registry.h"
#include "reconcilers/sagemaker/domain_names.h"
#include "reconcilers/sagemaker/settings.h"
#include "reconcilers/sagemaker/status.h"
#include "reconcilers/sagemaker/tags.h"

#define REPLACING                                                                                  \
    "a domain is never replaced, because its profiles and home directories would be lost; "        \
    "declare "                                                                                     \
    "a second domain and move teams to it"

static const struct sk_attr attrs[] = {
    {.path = "DomainName",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "Name.",
     .road = REPLACING},
    {.path = "AuthMode",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "IAM or SSO.",
     .road = REPLACING},
    {.path = "VpcId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "The VPC.",
     .road = REPLACING},
    {.path = "KmsKeyId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Key of the home file system and volumes.",
     .road = REPLACING},
    {.path = "SubnetIds",
     .type = SK_ATTR_SET,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Subnets; removing one needs all apps stopped."},
    {.path = "AppNetworkAccessType",
     .type = SK_ATTR_VALUE,
     .severity = SK_SEVERITY_HIGH,
     .server_default = "PublicInternetOnly",
     .doc = "VpcOnly or PublicInternetOnly; changing it needs all apps stopped."},
    {.path = "AppSecurityGroupManagement",
     .type = SK_ATTR_VALUE,
     .severity = SK_SEVERITY_MEDIUM,
     .doc = "Service or Customer."},
    {.path = "HomeEfsFileSystemCreation",
     .type = SK_ATTR_VALUE,
     .severity = SK_SEVERITY_MEDIUM,
     .doc = "Enabled, or Disabled for a domain without home file system; never back."},
    SK_ROW_CLEARED_BY("TagPropagation", "DISABLED", SK_SEVERITY_LOW,
                      "Whether custom tags go on to what is made from Studio."),
    SK_ROWS_USER_SETTINGS("DefaultUserSettings", "Enabled"),
    SK_ROWS_COMMON_SETTINGS("DefaultSpaceSettings"),
    {.path = "DomainSettings",
     .type = SK_ATTR_TREE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Settings of the domain itself; only what is declared is compared."},
    {.path = "DomainSettings.SecurityGroupIds",
     .type = SK_ATTR_SET,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Security groups between domain and RStudio; AWS cannot clear them."},
    SK_ROW_SET("DomainSettings.DockerSettings.VpcOnlyTrustedAccounts", SK_SEVERITY_HIGH,
               "Accounts whose ECR images Docker may pull."),
    {.path = "Tags", .type = SK_ATTR_TAGS, .severity = SK_SEVERITY_MEDIUM, .doc = "Tags."},
    {.path = "RetentionPolicy",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "What becomes of the home file system when the domain is deleted; kept in a tag."},
    {.path = "DomainId", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "DomainArn", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "Status", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "HomeEfsFileSystemId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Made by AWS."},
    {.path = NULL},
};

/* The question about one listed thing, under its change marker. */
static const json_t *describe_domain(struct sk_observation *observation, const json_t *listed)
{
    const json_t *modified = json_object_get(listed, "LastModifiedTime");
    sk_auto(sk_freep) char *version =
        sk_xasprintf("%.6f/%s", json_number_value(modified), sk_json_text(listed, "Status"));
    return sk_observe_versioned(observation, "sagemaker", "DescribeDomain",
                                json_pack("{s:O}", "DomainId", json_object_get(listed, "DomainId")),
                                version, json_number_value(modified));
}

static void emit_domain(struct sk_observation *observation, const char *name,
                        const json_t *described, const json_t *tags)
{
    json_t *body = json_copy((json_t *)described);
    json_object_set_new(body, "Tags",
                        sk_sagemaker_tags_of(tags, sk_json_text(described, "DomainArn")));
    struct sk_document *document = sk_observation_emit(observation, name, body);
    if (!document)
        return;
    sk_iam_add_edge(document, observation, sk_json_text(body, "DefaultUserSettings.ExecutionRole"));
    sk_iam_add_edge(document, observation,
                    sk_json_text(body, "DefaultSpaceSettings.ExecutionRole"));
}

static int read_domains(struct sk_observation *observation, struct sk_err *err)
{
    json_auto_t *names = sk_sagemaker_domain_names(observation);
    json_auto_t *tags = sk_sagemaker_tags(observation, "sagemaker:domain");
    if (!names || !tags)
        return 0;
    size_t index;
    json_t *listed;
    json_array_foreach(sk_sagemaker_domains(observation), index, listed)
    {
        const char *id = sk_json_text(listed, "DomainId");
        const char *name = id ? sk_json_text(names, id) : NULL;
        if (!name)
            return sk_err_set(err, SK_E_PROTOCOL, "a domain without id or name was answered");
        const json_t *described = describe_domain(observation, listed);
        if (described)
            emit_domain(observation, name, described, tags);
    }
    return 0;
}

static const char *const create_members[] = {"DomainName",
                                             "AuthMode",
                                             "VpcId",
                                             "SubnetIds",
                                             "AppNetworkAccessType",
                                             "AppSecurityGroupManagement",
                                             "KmsKeyId",
                                             "HomeEfsFileSystemCreation",
                                             "TagPropagation",
                                             "DefaultUserSettings",
                                             "DefaultSpaceSettings",
                                             "DomainSettings",
                                             "Tags",
                                             NULL};

static int create_domain(const struct sk_change_input *input, struct sk_calls *calls,
                         struct sk_err *err)
{
    (void)err;
    struct sk_call *call = sk_calls_add(calls, "sagemaker", "CreateDomain",
                                        sk_body_pick(input->desired->body, create_members));
    call->capture = json_pack("{s:s, s:s}", "DomainId", "arn:DomainArn", "DomainArn", "DomainArn");
    return 0;
}

/* The changed leaves as UpdateDomain takes them, without DomainId; NULL when only tags differ. */
static json_t *domain_patch(const struct sk_change_input *input)
{
    static const struct {
        const char *prefix, *member;
    } trees[] = {
        {"DefaultUserSettings", "DefaultUserSettings"},
        {"DefaultSpaceSettings", "DefaultSpaceSettings"},
        {"DomainSettings", "DomainSettingsForUpdate"},
    };
    static const char *const leaves[] = {"SubnetIds", "AppNetworkAccessType", "TagPropagation",
                                         "AppSecurityGroupManagement", "HomeEfsFileSystemCreation"};
    json_t *patch = json_object();
    for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
        json_t *part = sk_fields_patch(input->fields, trees[i].prefix);
        if (part)
            json_object_set_new(patch, trees[i].member, part);
    }
    for (size_t i = 0; i < sizeof(leaves) / sizeof(*leaves); i++) {
        json_t *value = sk_fields_value(input->fields, leaves[i]);
        if (value)
            json_object_set_new(patch, leaves[i], value);
    }
    if (sk_fields_find(input->fields, "Status")) {
        /* A failed update is sent again whole. */
        json_t *settings = json_object_get(input->desired->body, "DefaultUserSettings");
        if (settings)
            json_object_set_new(patch, "DefaultUserSettings", sk_body_without_nulls(settings));
    }
    if (json_object_size(patch) > 0)
        return patch;
    json_decref(patch);
    return NULL;
}

static int update_domain(const struct sk_change_input *input, struct sk_calls *calls,
                         struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    sk_sagemaker_tag_calls(input, calls, sk_json_text(live, "DomainArn"));
    json_t *patch = domain_patch(input);
    if (patch) {
        json_object_set(patch, "DomainId", json_object_get(live, "DomainId"));
        sk_calls_add(calls, "sagemaker", "UpdateDomain", patch);
    }
    return 0;
}

/* What becomes of the home file system is said by a tag, because the manifest is gone by then. */
static int remove_domain(const struct sk_change_input *input, struct sk_calls *calls,
                         struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    const char *retention =
        sk_json_tag(json_object_get(live, "Tags"), "sagekeeper:home-efs-retention");
    bool delete_home = sk_text_equal(retention, "Delete");
    sk_sagemaker_check_owned(calls, sk_json_text(live, "DomainArn"));
    struct sk_call *call = sk_calls_add(
        calls, "sagemaker", "DeleteDomain",
        json_pack("{s:O, s:{s:s}}", "DomainId", json_object_get(live, "DomainId"),
                  "RetentionPolicy", "HomeEfsFileSystem", delete_home ? "Delete" : "Retain"));
    call->absent_ok = true;
    return 0;
}

const struct sk_kind sk_kind_sagemaker_domain = {
    .name = "sagemaker_domain",
    .service = "sagemaker",
    .noun = "domain",
    .doc = "A SageMaker Studio domain.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_PROTECTED | SK_KIND_SETTLES,
    .attrs = attrs,
    .read = read_domains,
    .create = create_domain,
    .update = update_domain,
    .remove = remove_domain,
    .state = sk_sagemaker_state,
};
