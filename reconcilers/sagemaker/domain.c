/* sagemaker_domain: Studio domains.
 *
 * ListDomains says what changed; DescribeDomain is asked only then (the cache is keyed on
 * LastModifiedTime and Status). UpdateDomain merges deeply, so only changed leaves are sent, and
 * its domain settings go under another name than CreateDomain's (aws-api.md 5.2, 5.4). A domain is
 * never replaced: that would cost every user the home directory. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "plan/plan.h"
#include "reconcilers/body.h"
#include "reconcilers/check.h"
#include "reconcilers/iam/arn.h"
#include "reconcilers/sagemaker/domain_names.h"
#include "reconcilers/sagemaker/settings.h"
#include "reconcilers/sagemaker/status.h"
#include "reconcilers/sagemaker/tags.h"
#include "reconcilers/tags.h"

#define REPLACING                                                                                  \
    "a domain is never replaced, because its profiles and home directories would be lost; "        \
    "declare "                                                                                     \
    "a second domain and move teams to it"

/* Ended apps stay listed for "about a day"; half of that is sure. */
#define ENDED_APPS_LISTED_S (12 * 3600)

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
     .server_default = "Enabled",
     .changes_only_to = "Enabled",
     .doc = "Enabled, or Disabled for a domain without home file system.",
     .road = "a domain that has a home file system keeps it"},
    SK_ROW_DEFAULT("TagPropagation", "DISABLED", SK_SEVERITY_LOW,
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
    SK_ROW_DEFAULT("DomainSettings.ExecutionRoleIdentityConfig", "DISABLED", SK_SEVERITY_HIGH,
                   "Whether the profile's name becomes the source identity; changing it needs all "
                   "apps stopped."),
    SK_ROW_DEFAULT("DomainSettings.IpAddressType", "ipv4", SK_SEVERITY_MEDIUM,
                   "ipv4 or dualstack."),
    SK_ROW_DEFAULT("DomainSettings.TrustedIdentityPropagationSettings.Status", "DISABLED",
                   SK_SEVERITY_HIGH, "Whether users' identities go on to other services."),
    SK_ROW_DEFAULT("DomainSettings.AmazonQSettings.Status", "DISABLED", SK_SEVERITY_MEDIUM,
                   "Whether Amazon Q is there; SSO domains only."),
    SK_ROW_DEFAULT("DomainSettings.DockerSettings.EnableDockerAccess", "DISABLED", SK_SEVERITY_HIGH,
                   "Whether apps may use Docker."),
    SK_ROW_DEFAULT("DomainSettings.DockerSettings.RootlessDocker", "DISABLED", SK_SEVERITY_MEDIUM,
                   "Whether Docker runs without root."),
    SK_ROW_SET("DomainSettings.DockerSettings.VpcOnlyTrustedAccounts", SK_SEVERITY_HIGH,
               "Accounts whose ECR images Docker may pull."),
    {.path = "DomainSettings.RStudioServerProDomainSettings.DefaultResourceSpec",
     .type = SK_ATTR_TREE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_MEDIUM,
     .doc = "Instance type and image of RStudio; fixed at creation."},
    {.path = "DomainSettings.UnifiedStudioSettings",
     .type = SK_ATTR_TREE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Belonging to Unified Studio.",
     .road = "it moves the domain to Unified Studio for good; that is done by hand, once"},
    {.path = "Tags", .type = SK_ATTR_TAGS, .severity = SK_SEVERITY_MEDIUM, .doc = "Tags."},
    {.path = "DomainId", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "DomainArn", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "Status", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "HomeEfsFileSystemId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Made by AWS."},
    {.path = NULL},
};

static void emit_domain(struct sk_observation *observation, const char *name,
                        const json_t *described, const json_t *listed, const json_t *tags,
                        bool used)
{
    static const char *const listed_members[] = {"DomainId", "DomainArn",    "DomainName",
                                                 "Status",   "CreationTime", NULL};
    json_t *body = json_copy((json_t *)described);
    sk_body_fill(body, listed, listed_members);
    json_object_set_new(body, "Tags", sk_tags_of(tags, sk_json_text(body, "DomainArn")));
    struct sk_document *document = sk_observation_emit(observation, name, body);
    if (document && used)
        document->flags |= SK_DOCUMENT_USED;
    static const char *const settings[] = {"DefaultUserSettings", "DefaultSpaceSettings",
                                           "DomainSettings"};
    for (size_t i = 0; document && i < sizeof(settings) / sizeof(*settings); i++)
        sk_iam_add_edges(document, observation, json_object_get(body, settings[i]));
}

static int read_domains(struct sk_observation *observation, struct sk_err *err)
{
    json_auto_t *names = sk_sagemaker_domain_names(observation);
    json_auto_t *used = sk_sagemaker_domains_used(observation);
    json_auto_t *tags = sk_sagemaker_domain_tags(observation);
    if (!names || !used || !tags)
        return sk_body_wait(observation, err);
    size_t index;
    json_t *listed;
    json_array_foreach(sk_sagemaker_domains(observation), index, listed)
    {
        const char *id = sk_json_text(listed, "DomainId");
        const char *name = id ? sk_json_text(names, id) : NULL;
        if (!name)
            return sk_err_set(err, SK_E_PROTOCOL, "a domain without id or name was answered");
        const json_t *described = sk_sagemaker_describe(observation, "DescribeDomain",
                                                        json_pack("{s:s}", "DomainId", id), listed);
        if (described)
            emit_domain(observation, name, described, listed, tags,
                        json_object_get(used, id) != NULL);
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
    json_t *request = sk_body_pick(input->desired->body, create_members);
    if (!json_object_get(request, "DefaultUserSettings")) /* required, even empty */
        json_object_set_new(request, "DefaultUserSettings", json_object());
    sk_settings_complete(json_object_get(request, "DefaultUserSettings"), NULL, NULL);
    sk_settings_complete(json_object_get(request, "DefaultSpaceSettings"), NULL, NULL);
    struct sk_call *call = sk_calls_add(calls, "sagemaker", "CreateDomain", request);
    call->capture = json_pack("{s:s, s:s}", "DomainId", "arn:DomainArn", "DomainArn", "DomainArn");
    return 0;
}

/* RStudio's settings have another name in updates, and there the role is required (UpdateDomain,
 * RStudioServerProDomainSettingsForUpdate). */
static void rename_rstudio(const struct sk_change_input *input, json_t *settings)
{
    static const char *const role = "DomainExecutionRoleArn";
    static const char *const create_name = "RStudioServerProDomainSettings";
    json_t *rstudio = json_incref(json_object_get(settings, create_name));
    if (!rstudio)
        return;
    json_object_del(settings, create_name);
    json_object_set_new(settings, "RStudioServerProDomainSettingsForUpdate", rstudio);
    if (json_object_get(rstudio, role))
        return;
    sk_auto(sk_freep) char *path = sk_xasprintf("DomainSettings.%s.%s", create_name, role);
    json_t *declared = sk_json_at(input->desired->body, path);
    json_object_set(rstudio, role, declared ? declared : sk_json_at(input->live->body, path));
}

/* The changed leaves as UpdateDomain takes them, without DomainId; NULL when only tags differ. */
static json_t *domain_patch(const struct sk_change_input *input)
{
    static const char *const trees[] = {"DefaultUserSettings", "DefaultSpaceSettings"};
    static const char *const leaves[] = {"SubnetIds", "AppNetworkAccessType", "TagPropagation",
                                         "AppSecurityGroupManagement", "HomeEfsFileSystemCreation"};
    json_t *patch = json_object();
    for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
        json_t *part = sk_settings_patch(input, trees[i]);
        if (part)
            json_object_set_new(patch, trees[i], part);
    }
    json_t *settings = sk_fields_patch(input->fields, "DomainSettings");
    if (settings) {
        rename_rstudio(input, settings);
        json_object_set_new(patch, "DomainSettingsForUpdate", settings);
    }
    for (size_t i = 0; i < sizeof(leaves) / sizeof(*leaves); i++) {
        json_t *value = sk_fields_value(input->fields, leaves[i]);
        if (value)
            json_object_set_new(patch, leaves[i], value);
    }
    if (json_object_size(patch) > 0 || sk_fields_find(input->fields, "Status"))
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

/* A copy that our own doubled call made and in which nobody ever had an app: nothing was ever
 * written to its file system. That apps ended is seen for about a day (aws-api.md 5.1). */
static bool has_unused_home(const struct sk_change_input *input)
{
    double made_s = sk_json_time_s(json_object_get(input->live->body, "CreationTime"));
    return input->own_copy && (double)input->now.seconds - made_s < ENDED_APPS_LISTED_S;
}

/* What becomes of the home file system is said by a tag, because the manifest is gone by then. */
static int remove_domain(const struct sk_change_input *input, struct sk_calls *calls,
                         struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    const char *retention = sk_json_tag(json_object_get(live, "Tags"), SK_TAG_RETENTION);
    bool delete_home = sk_text_equal(retention, "Delete") || has_unused_home(input);
    sk_sagemaker_check_owned(calls, sk_json_text(live, "DomainArn"));
    struct sk_call *call = sk_calls_add(
        calls, "sagemaker", "DeleteDomain",
        json_pack("{s:O, s:{s:s}}", "DomainId", json_object_get(live, "DomainId"),
                  "RetentionPolicy", "HomeEfsFileSystem", delete_home ? "Delete" : "Retain"));
    call->absent_ok = true;
    return 0;
}

static bool has_rstudio(const json_t *body)
{
    return !sk_body_absent(
        sk_json_at(body, "DomainSettings.RStudioServerProDomainSettings.DomainExecutionRoleArn"));
}

/* UpdateDomain.AppNetworkAccessType: cannot be updated once RStudio's role is set or in the same
 * request. */
static char *domain_obstacle(const struct sk_change_input *input)
{
    if (!input->desired || !sk_fields_find(input->fields, "AppNetworkAccessType") ||
        (!has_rstudio(input->live->body) && !has_rstudio(input->desired->body)))
        return NULL;
    return sk_xstrdup("AppNetworkAccessType cannot be changed: the domain has RStudio");
}

/* Rules between members (aws-api.md 5.2). */
static int check_modes(const json_t *body, struct sk_err *err)
{
    const char *auth_mode = sk_json_text(body, "AuthMode");
    const char *management = sk_json_text(body, "AppSecurityGroupManagement");
    if (sk_text_equal(auth_mode, "IAM") &&
        sk_text_equal(sk_json_text(body, "DomainSettings.AmazonQSettings.Status"), "ENABLED"))
        return sk_err_set(err, SK_E_INVALID, "DomainSettings.AmazonQSettings needs AuthMode SSO");
    if (has_rstudio(body) && sk_text_equal(sk_json_text(body, "AppNetworkAccessType"), "VpcOnly") &&
        !sk_text_equal(management, "Service"))
        return sk_err_set(err, SK_E_INVALID,
                          "RStudio in a VpcOnly domain needs AppSecurityGroupManagement 'Service'");
    if (sk_text_equal(sk_json_text(body, "DefaultUserSettings.AutoMountHomeEFS"),
                      "DefaultAsDomain"))
        return sk_err_set(err, SK_E_INVALID,
                          "DefaultUserSettings.AutoMountHomeEFS: 'DefaultAsDomain' is for profiles "
                          "only");
    return 0;
}

static int check_domain(const struct sk_document *desired, struct sk_err *err)
{
    static const struct sk_check_text texts[] = {
        {.path = "DomainName", .max = 63, .allowed = SK_CHECK_SAGEMAKER_NAME},
        {.path = NULL},
    };
    int code = sk_check_texts(desired->body, texts, err);
    if (code == 0)
        code = sk_check_tags(desired, err);
    if (code == 0)
        code = sk_settings_check(desired->body, "DefaultUserSettings", err);
    if (code == 0)
        code = sk_settings_check(desired->body, "DefaultSpaceSettings", err);
    return code == 0 ? check_modes(desired->body, err) : code;
}

const struct sk_kind sk_kind_sagemaker_domain = {
    .name = "sagemaker_domain",
    .service = "sagemaker",
    .noun = "domain",
    .doc = "A SageMaker Studio domain.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_PROTECTED | SK_KIND_SETTLES | SK_KIND_NO_NATURAL_KEY,
    .attrs = attrs,
    .id_member = "DomainId",
    .made_member = "CreationTime",
    .read = read_domains,
    .create = create_domain,
    .update = update_domain,
    .remove = remove_domain,
    .obstacle = domain_obstacle,
    .state = sk_sagemaker_state,
    .check = check_domain,
};
