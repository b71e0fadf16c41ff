/* Domains and their default roles. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/names.h"
#include "plan/plan.h"

/* What a domain that is only referred to may say. */
static const char *const existing_keys[] = {"account", "region", "domainName", "existing"};
static const char *const made_keys[] = {"appNetworkAccessType", "vpcId", "subnetIds"};

static void check_existing(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    const char *key;
    json_t *value;
    json_object_foreach(manifest->spec, key, value)
    {
        size_t i = 0;
        while (i < sizeof(existing_keys) / sizeof(*existing_keys) &&
               strcmp(existing_keys[i], key) != 0)
            i++;
        if (i < sizeof(existing_keys) / sizeof(*existing_keys))
            continue;
        sk_auto(sk_freep) char *pointer = sk_pointer_join("/spec", key);
        sk_manifest_fault(manifest, pointer, compile->diagnostics, SK_DIAGNOSTIC_CONFLICT,
                          "'%s' of an existing domain, which is never written; expected only "
                          "account, region and domainName besides 'existing'",
                          key);
    }
}

static void check_made(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    const json_t *spec = manifest->spec;
    for (size_t i = 0; i < sizeof(made_keys) / sizeof(*made_keys); i++) {
        sk_auto(sk_freep) char *pointer = sk_pointer_join("/spec", made_keys[i]);
        if (!sk_manifest_has(manifest, pointer))
            sk_manifest_fault(manifest, "/spec", compile->diagnostics, SK_DIAGNOSTIC_MISSING_KEY,
                              "the key '%s' is missing; expected it for a domain that is made "
                              "('existing: true' for one that is there already)",
                              made_keys[i]);
    }
    if (sk_text_equal(sk_json_text(spec, "authMode"), "SSO"))
        sk_manifest_fault(manifest, "/spec/authMode", compile->diagnostics, SK_DIAGNOSTIC_NOT_YET,
                          "'SSO': domains with IAM Identity Center are not supported by this "
                          "version; expected IAM");
    const json_t *groups = json_object_get(spec, "securityGroupIds");
    const json_t *user_groups = sk_json_at(spec, "defaultUserSettings.SecurityGroups");
    if (groups && user_groups)
        sk_manifest_fault(manifest, "/spec/defaultUserSettings/SecurityGroups",
                          compile->diagnostics, SK_DIAGNOSTIC_CONFLICT,
                          "security groups are given by securityGroupIds already; expected one of "
                          "the two");
    if (sk_text_equal(sk_json_text(spec, "appNetworkAccessType"), "VpcOnly") &&
        !sk_manifest_has(manifest, "/spec/securityGroupIds") && json_array_size(user_groups) == 0)
        sk_manifest_fault(manifest, "/spec/appNetworkAccessType", compile->diagnostics,
                          SK_DIAGNOSTIC_MISSING_KEY,
                          "VpcOnly needs security groups; expected the key 'securityGroupIds'");
}

static bool check_region(struct sk_compile *compile, const struct sk_manifest *manifest,
                         const struct sk_account *account)
{
    const char *region = sk_json_text(manifest->spec, "region");
    size_t count = 0;
    if (!region)
        return false;
    for (; account->regions[count]; count++) {
        if (strcmp(account->regions[count], region) == 0)
            return true;
    }
    const char *nearest = sk_text_nearest(region, account->regions, count);
    sk_manifest_fault(manifest, "/spec/region", compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
                      "'%s' is no region of account '%s'; %s%s%s", region, account->name,
                      nearest ? "did you mean '" : "expected one of those the account lists",
                      nearest ? nearest : "", nearest ? "'?" : "");
    return false;
}

/* The role that holds where a profile has none: an existing one, or one that is made. */
static char *make_default_role(struct sk_compile *compile, const struct sk_domain_entry *domain,
                               const json_t *tags, char **address)
{
    const struct sk_manifest *manifest = domain->manifest;
    const json_t *spec = json_object_get(manifest->spec, "defaultExecutionRole");
    const char *given = sk_json_text(spec, "roleArn");
    if (given) {
        sk_auto(sk_freep) char *prefix = sk_compile_arn(domain->account, "role", "/", "");
        if (!sk_text_starts_with(given, prefix))
            sk_manifest_fault(manifest, "/spec/defaultExecutionRole/roleArn", compile->diagnostics,
                              SK_DIAGNOSTIC_CONFLICT,
                              "'%s' is not a role of account '%s'; expected an ARN that starts "
                              "with '%s'",
                              given, domain->account->name, prefix);
        if (json_object_size(spec) > 1)
            sk_manifest_fault(manifest, "/spec/defaultExecutionRole", compile->diagnostics,
                              SK_DIAGNOSTIC_CONFLICT,
                              "roleArn names an existing role; expected nothing besides it");
        return sk_xstrdup(given);
    }
    const char *declared = sk_json_text(spec, "name");
    sk_auto(sk_freep) char *name =
        declared ? sk_xstrdup(declared) : sk_domain_role_name(manifest->name);
    sk_auto(sk_freep) char *owner = sk_xasprintf("%s-default", manifest->name);
    const json_t *policies = json_object_get(spec, "policies");
    json_auto_t *read_only = json_pack("[s]", "studio-read-only@1");
    const struct sk_role_request request = {
        .manifest = manifest,
        .domain = domain,
        .spec = spec,
        .pointer = "/spec/defaultExecutionRole",
        .name = name,
        .owner = owner,
        .policies = policies ? policies : read_only,
        .tags = tags,
    };
    return sk_compile_role(compile, &request, address);
}

static json_t *make_user_settings(const json_t *spec, const char *role_arn)
{
    json_t *settings = sk_settings_merge(json_object_get(spec, "defaultUserSettings"), NULL);
    json_object_set_new(settings, "ExecutionRole", json_string(role_arn));
    const json_t *groups = json_object_get(spec, "securityGroupIds");
    if (groups)
        json_object_set(settings, "SecurityGroups", (json_t *)groups);
    return settings;
}

/* Shared spaces take their role from here only: it is always set. NULL when nothing is declared. */
static json_t *make_space_settings(const json_t *spec, const char *role_arn)
{
    const json_t *declared = json_object_get(spec, "defaultSpaceSettings");
    if (!declared)
        return NULL;
    json_t *settings = sk_settings_merge(declared, NULL);
    if (!json_object_get(settings, "ExecutionRole"))
        json_object_set_new(settings, "ExecutionRole", json_string(role_arn));
    const json_t *groups = json_object_get(spec, "securityGroupIds");
    if (groups && !json_object_get(settings, "SecurityGroups"))
        json_object_set(settings, "SecurityGroups", (json_t *)groups);
    return settings;
}

static json_t *make_body(const struct sk_domain_entry *domain, const char *role_arn)
{
    const json_t *spec = domain->manifest->spec;
    return json_pack("{s:s, s:s, s:O*, s:O*, s:O*, s:O*, s:o, s:o*, s:O*, s:O*, s:O*}",
                     "DomainName", domain->name, "AuthMode", "IAM", "VpcId",
                     json_object_get(spec, "vpcId"), "SubnetIds",
                     json_object_get(spec, "subnetIds"), "AppNetworkAccessType",
                     json_object_get(spec, "appNetworkAccessType"), "KmsKeyId",
                     json_object_get(spec, "kmsKeyId"), "DefaultUserSettings",
                     make_user_settings(spec, role_arn), "DefaultSpaceSettings",
                     make_space_settings(spec, role_arn), "DomainSettings",
                     json_object_get(spec, "domainSettings"), "TagPropagation",
                     json_object_get(spec, "tagPropagation"), "HomeEfsFileSystemCreation",
                     sk_json_at(spec, "homeEfsFileSystem.creation"));
}

static void emit_domain(struct sk_compile *compile, struct sk_domain_entry *domain)
{
    const struct sk_manifest *manifest = domain->manifest;
    const char *name_place =
        json_object_get(manifest->spec, "domainName") ? "/spec/domainName" : "/metadata/name";
    struct sk_emit emit = {
        .kind = "sagemaker_domain",
        .account = domain->account,
        .region = domain->region,
        .name = domain->name,
        .manifest = manifest,
        .pointer = name_place,
    };
    if (domain->existing) {
        emit.flags = SK_DOCUMENT_EXISTING;
        sk_compile_emit(compile, &emit, json_pack("{s:s}", "DomainName", domain->name));
        return;
    }
    json_auto_t *tags = json_object();
    if (compile->organization)
        sk_tags_merge(compile, tags, compile->organization, "/spec/defaults/tags",
                      json_object_get(compile->defaults, "tags"));
    sk_tags_merge(compile, tags, manifest, "/spec/tags", json_object_get(manifest->spec, "tags"));
    sk_auto(sk_freep) char *role_address = NULL;
    sk_auto(sk_freep) char *role_arn = make_default_role(compile, domain, tags, &role_address);
    /* Behind the default role: the tag is about the domain's own data. */
    const char *retention = sk_json_text(manifest->spec, "homeEfsFileSystem.retention");
    if (sk_text_equal(retention, "Delete"))
        json_object_set_new(tags, SK_TAG_RETENTION, json_string(retention));
    emit.tags = tags;
    emit.flags = json_is_true(json_object_get(manifest->spec, "adopt")) ? SK_DOCUMENT_ADOPT : 0;
    struct sk_document *document = sk_compile_emit(compile, &emit, make_body(domain, role_arn));
    if (document && role_address)
        sk_document_add_edge(document, role_address);
}

static void add_domain(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    const json_t *spec = manifest->spec;
    const char *name = sk_json_text(spec, "domainName");
    struct sk_domain_entry *domain = &compile->domains[compile->domain_count++];
    *domain = (struct sk_domain_entry){
        .manifest = manifest,
        .region = sk_json_text(spec, "region"),
        .name = name ? name : manifest->name,
        .existing = json_is_true(json_object_get(spec, "existing")),
    };
    /* Whether an existing domain sets a source identity is not known here: its roles allow it. */
    domain->source_identity =
        domain->existing ||
        sk_text_equal(sk_json_text(spec, "domainSettings.ExecutionRoleIdentityConfig"),
                      "USER_PROFILE_NAME");
    if (domain->existing)
        check_existing(compile, manifest);
    else
        check_made(compile, manifest);
    const struct sk_account *account =
        sk_compile_find_account(compile, manifest, "/spec/account", sk_json_text(spec, "account"));
    if (!account || !check_region(compile, manifest, account))
        return;
    domain->account = account;
    domain->address =
        sk_address_format("sagemaker_domain", account->name, domain->region, domain->name);
    emit_domain(compile, domain);
}

void sk_compile_domains(struct sk_compile *compile)
{
    const struct sk_manifests *manifests = compile->manifests;
    compile->domains = sk_xcalloc(manifests->count + 1, sizeof(*compile->domains));
    for (size_t i = 0; i < manifests->count; i++) {
        const struct sk_manifest *manifest = &manifests->items[i];
        if (strcmp(manifest->kind->name, "Domain") == 0 && sk_compile_counts(compile, manifest))
            add_domain(compile, manifest);
    }
}
