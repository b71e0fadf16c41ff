/* Guardrails: policies that limit what others allow. Each is rendered, linted and measured as what it
 * is used for; a permissions boundary becomes a managed policy in the accounts that name it. Nothing
 * is attached to organizational units, accounts or VPC endpoints here, and a warning says so. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/names.h"
#include "policy/document.h"

/* Most policies of a type on one target (aws-api.md 9): the one that allows everything and that AWS
 * attaches counts among the RCPs, where it cannot be detached. */
static const struct {
    const char *name;
    enum sk_policy_use use;
    const char *targets[3]; /* keys that an entry of `targets` may have */
    size_t per_target;      /* 0: not counted */
} types[] = {
    {"scp", SK_POLICY_SCP, {"account", "organizationalUnit", "root"}, 10},
    {"rcp", SK_POLICY_RCP, {"account", "organizationalUnit", "root"}, 4},
    {"boundary", SK_POLICY_BOUNDARY, {"account", NULL, NULL}, 0},
    {"endpoint", SK_POLICY_ENDPOINT, {"vpcEndpoint", NULL, NULL}, 1},
};
#define TYPE_COUNT (sizeof(types) / sizeof(*types))
#define BOUNDARY   2

struct guardrail {
    struct sk_compile *compile;
    const struct sk_manifest *manifest;
    size_t type;
    struct sk_role_request request;
};

/* False when the type was refused by the schema. */
static bool take(struct sk_compile *compile, const struct sk_manifest *manifest,
                 struct guardrail *out)
{
    const char *name = sk_json_text(manifest->spec, "type");
    *out = (struct guardrail){
        .compile = compile,
        .manifest = manifest,
        .request = {.manifest = manifest, .spec = manifest->spec, .pointer = "/spec"},
    };
    while (name && out->type < TYPE_COUNT && strcmp(types[out->type].name, name) != 0)
        out->type++;
    return name && out->type < TYPE_COUNT;
}

/* `account`: of a boundary, otherwise NULL. New. */
static json_t *fixed_parameters(const struct guardrail *guardrail, const struct sk_account *account)
{
    const struct sk_blueprint *blueprint = guardrail->compile->blueprint;
    const char *partition =
        blueprint->accounts.count > 0 ? blueprint->accounts.items[0].partition : "aws";
    return json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "organization", blueprint->organization,
                     "iamPath", blueprint->iam_path, "partition",
                     account ? account->partition : partition, "account",
                     account ? account->id : NULL, "accountName", account ? account->name : NULL);
}

/* Statement ids are unique in a document: one that is taken gets a number. */
static void add_statement(json_t *statements, json_t *ids, const json_t *statement)
{
    json_t *copy = json_copy((json_t *)statement);
    const char *sid = sk_json_text(copy, "Sid");
    sk_auto(sk_freep) char *unique = sid && *sid ? sk_xstrdup(sid) : NULL;
    for (unsigned number = 2; unique && json_object_get(ids, unique); number++) {
        free(unique);
        unique = sk_xasprintf("%s%u", sid, number);
    }
    if (unique) {
        json_object_set_new(ids, unique, json_true());
        json_object_set_new(copy, "Sid", json_string(unique));
    }
    json_array_append_new(statements, copy);
}

static void add_statements(json_t *statements, json_t *ids, const json_t *document)
{
    json_t *from = json_object_get(document, "Statement");
    if (json_is_object(from))
        add_statement(statements, ids, from);
    size_t index;
    json_t *statement;
    json_array_foreach(from, index, statement) add_statement(statements, ids, statement);
}

/* What is found in the document as a whole; its parts were linted one by one. */
static bool check_whole(const struct guardrail *guardrail, const struct sk_account *account,
                        const json_t *document)
{
    enum sk_policy_use use = types[guardrail->type].use;
    const struct sk_policy_source source = {
        .name = guardrail->manifest->name, .pointer = "/spec/policies", .whole = true};
    sk_compile_lint(guardrail->compile, &guardrail->request, &source, document, use);
    size_t size = sk_policy_size(document, use);
    if (size <= sk_policy_size_limit(use))
        return true;
    sk_manifest_fault(guardrail->manifest, "/spec/policies", guardrail->compile->diagnostics,
                      SK_DIAGNOSTIC_TOO_LARGE,
                      "the %s '%s': %zu characters as rendered%s%s%s; expected at most %zu",
                      types[guardrail->type].name, guardrail->manifest->name, size,
                      account ? " for account '" : "", account ? account->name : "",
                      account ? "'" : "", sk_policy_size_limit(use));
    return false;
}

/* The policy; NULL after a fault. `account`: of a boundary, otherwise NULL. New. */
static json_t *render(const struct guardrail *guardrail, const struct sk_account *account)
{
    struct sk_compile *compile = guardrail->compile;
    json_auto_t *fixed = fixed_parameters(guardrail, account);
    json_auto_t *values = sk_compile_parameters(compile, &guardrail->request, fixed, NULL);
    json_auto_t *known = json_object();
    json_auto_t *ids = json_object();
    json_t *statements = json_array();
    json_auto_t *document =
        json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
    const json_t *policies = json_object_get(guardrail->manifest->spec, "policies");
    bool whole = json_array_size(policies) > 0;
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)policies, index, entry)
    {
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/policies/%zu", index);
        const struct sk_policy_entry described = {.policy = json_string_value(entry),
                                                  .pointer = pointer,
                                                  .use = types[guardrail->type].use,
                                                  .part = true};
        json_auto_t *part = described.policy ? sk_compile_policy(compile, &guardrail->request,
                                                                 &described, values, known)
                                             : NULL;
        whole = whole && part;
        add_statements(statements, ids, part);
    }
    sk_compile_check_unused(compile, &guardrail->request, fixed, known);
    return whole && check_whole(guardrail, account, document) ? json_incref(document) : NULL;
}

/* Targets */

static bool takes_target(const struct guardrail *guardrail, const char *key)
{
    for (size_t i = 0; i < 3; i++) {
        if (sk_text_equal(types[guardrail->type].targets[i], key))
            return true;
    }
    return false;
}

/* The value of the one key of an entry of `targets`, as a text ("root" for the root); NULL after a
 * fault. Borrowed. */
static const char *check_target(const struct guardrail *guardrail, const json_t *entry,
                                const char *pointer, const char **key_out)
{
    struct sk_diagnostics *diagnostics = guardrail->compile->diagnostics;
    const char *type = types[guardrail->type].name;
    const char *key;
    json_t *value;
    if (json_object_size(entry) != 1) {
        sk_manifest_fault(guardrail->manifest, pointer, diagnostics, SK_DIAGNOSTIC_CONFLICT,
                          "a target with %zu keys; expected one, '%s'", json_object_size(entry),
                          types[guardrail->type].targets[0]);
        return NULL;
    }
    json_object_foreach((json_t *)entry, key, value)
    {
        *key_out = key;
        if (!takes_target(guardrail, key)) {
            sk_manifest_fault(guardrail->manifest, pointer, diagnostics, SK_DIAGNOSTIC_CONFLICT,
                              "'%s' is no target of a guardrail of type '%s'; expected '%s'", key,
                              type, types[guardrail->type].targets[0]);
            return NULL;
        }
        if (strcmp(key, "account") == 0 &&
            !sk_compile_find_account(guardrail->compile, guardrail->manifest, pointer,
                                     json_string_value(value)))
            return NULL;
        if (json_is_false(value)) {
            sk_manifest_fault(guardrail->manifest, pointer, diagnostics, SK_DIAGNOSTIC_CONFLICT,
                              "the root is a target or is not named; expected 'true'");
            return NULL;
        }
        return json_is_true(value) ? "root" : json_string_value(value);
    }
    return NULL;
}

/* Counts what is meant for the target; AWS takes few policies on each. */
static void count_target(const struct guardrail *guardrail, const char *key, const char *target,
                         const char *pointer)
{
    struct sk_compile *compile = guardrail->compile;
    size_t limit = types[guardrail->type].per_target;
    sk_auto(sk_freep) char *name =
        sk_xasprintf("%s %s %s", types[guardrail->type].name, key, target);
    json_int_t count = json_integer_value(json_object_get(compile->targets, name)) + 1;
    json_object_set_new(compile->targets, name, json_integer(count));
    if (limit > 0 && (size_t)count > limit)
        sk_manifest_fault(guardrail->manifest, pointer, compile->diagnostics,
                          SK_DIAGNOSTIC_TOO_LARGE,
                          "%d guardrails of type '%s' for '%s'; expected at most %zu: join some of "
                          "them by their 'policies'",
                          (int)count, types[guardrail->type].name, target, limit);
}

static void check_targets(const struct guardrail *guardrail)
{
    json_auto_t *seen = json_object();
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(guardrail->manifest->spec, "targets"), index, entry)
    {
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/targets/%zu", index);
        const char *key = NULL;
        const char *target =
            json_is_object(entry) ? check_target(guardrail, entry, pointer, &key) : NULL;
        if (!target)
            continue;
        sk_auto(sk_freep) char *name = sk_xasprintf("%s %s", key, target);
        if (json_object_get(seen, name))
            sk_manifest_fault(guardrail->manifest, pointer, guardrail->compile->diagnostics,
                              SK_DIAGNOSTIC_DUPLICATE_NAME,
                              "target '%s' is listed twice; expected it once", target);
        else
            count_target(guardrail, key, target, pointer);
        json_object_set_new(seen, name, json_true());
    }
}

/* Boundaries */

static char *boundary_key(const struct sk_manifest *manifest, const struct sk_account *account)
{
    return sk_xasprintf("%s/%s", manifest->name, account->name);
}

static void emit_boundary(const struct guardrail *guardrail, const struct sk_account *account)
{
    struct sk_compile *compile = guardrail->compile;
    const struct sk_manifest *manifest = guardrail->manifest;
    sk_auto(sk_freep) char *key = boundary_key(manifest, account);
    json_t *boundary = json_object_get(compile->boundaries, key);
    sk_auto(sk_freep) char *name = sk_guardrail_policy_name(manifest->name);
    if (!boundary || json_object_get(boundary, "made"))
        return;
    json_object_set_new(boundary, "made", json_true());
    json_auto_t *tags = json_object();
    if (compile->organization)
        sk_tags_merge(compile, tags, compile->organization, "/spec/defaults/tags",
                      json_object_get(compile->defaults, "tags"));
    sk_tags_merge(compile, tags, manifest, "/spec/tags", json_object_get(manifest->spec, "tags"));
    sk_auto(sk_freep) char *address = sk_address_format("iam_policy", account->name, NULL, name);
    json_object_set_new(compile->blueprint->policy_sources, address,
                        json_pack("{s:o, s:s, s:i}", "from",
                                  json_sprintf("Guardrail/%s", manifest->name), "path",
                                  manifest->path, "line", (int)manifest->position.line));
    const struct sk_emit emit = {
        .kind = "iam_policy",
        .account = account,
        .name = name,
        .manifest = manifest,
        .pointer = "/metadata/name",
        .tags = tags,
    };
    (void)sk_compile_emit(compile, &emit,
                          json_pack("{s:s, s:s, s:s*, s:O}", "PolicyName", name, "Path",
                                    compile->blueprint->iam_path, "Description",
                                    sk_json_text(manifest->spec, "description"), "PolicyDocument",
                                    json_object_get(boundary, "document")));
}

char *sk_compile_boundary(struct sk_compile *compile, const struct sk_boundary_reference *reference,
                          char **address)
{
    const struct sk_manifest *manifest = sk_compile_refer(
        compile, reference->manifest, reference->pointer, "Guardrail", reference->name);
    struct guardrail guardrail;
    if (!manifest || !take(compile, manifest, &guardrail))
        return NULL;
    if (guardrail.type != BOUNDARY) {
        sk_manifest_fault(reference->manifest, reference->pointer, compile->diagnostics,
                          SK_DIAGNOSTIC_CONFLICT,
                          "Guardrail '%s' is of type '%s'; expected one of type 'boundary'",
                          reference->name, types[guardrail.type].name);
        return NULL;
    }
    emit_boundary(&guardrail, reference->account);
    sk_auto(sk_freep) char *name = sk_guardrail_policy_name(manifest->name);
    *address = sk_address_format("iam_policy", reference->account->name, NULL, name);
    return sk_compile_arn(reference->account, "policy", compile->blueprint->iam_path, name);
}

/* All of it */

static void add_row(const struct guardrail *guardrail, const struct sk_account *account,
                    json_t *document)
{
    const json_t *targets = json_object_get(guardrail->manifest->spec, "targets");
    json_array_append_new(guardrail->compile->blueprint->guardrails,
                          json_pack("{s:s, s:s, s:s*, s:o, s:O*}", "name",
                                    guardrail->manifest->name, "type", types[guardrail->type].name,
                                    "account", account ? account->name : NULL, "document", document,
                                    "targets", targets));
}

static void render_boundaries(const struct guardrail *guardrail)
{
    struct sk_compile *compile = guardrail->compile;
    const struct sk_accounts *accounts = &compile->blueprint->accounts;
    for (size_t i = 0; i < accounts->count; i++) {
        json_t *document = render(guardrail, &accounts->items[i]);
        if (!document)
            continue;
        sk_auto(sk_freep) char *key = boundary_key(guardrail->manifest, &accounts->items[i]);
        json_object_set_new(compile->boundaries, key, json_pack("{s:O}", "document", document));
        add_row(guardrail, &accounts->items[i], document);
    }
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(guardrail->manifest->spec, "targets"), index, entry)
    {
        const char *name = sk_json_text(entry, "account");
        const struct sk_account *account = name ? sk_accounts_find(accounts, name) : NULL;
        if (account)
            emit_boundary(guardrail, account);
    }
}

static void compile_guardrail(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    struct guardrail guardrail;
    if (!take(compile, manifest, &guardrail))
        return;
    check_targets(&guardrail);
    if (guardrail.type == BOUNDARY) {
        render_boundaries(&guardrail);
    } else {
        json_t *document = render(&guardrail, NULL);
        if (document)
            add_row(&guardrail, NULL, document);
        sk_manifest_warn(manifest, "/spec/type", compile->diagnostics, SK_DIAGNOSTIC_NOT_YET,
                         "Guardrail '%s' is checked, but this version does not attach policies of "
                         "type '%s': it limits nothing until someone attaches it (%zu target%s "
                         "declared)",
                         manifest->name, types[guardrail.type].name,
                         json_array_size(json_object_get(manifest->spec, "targets")),
                         json_array_size(json_object_get(manifest->spec, "targets")) == 1 ? ""
                                                                                          : "s");
    }
    sk_compile_check_accepts(compile, &guardrail.request);
}

void sk_compile_guardrails(struct sk_compile *compile)
{
    const struct sk_manifests *manifests = compile->manifests;
    for (size_t i = 0; i < manifests->count; i++) {
        const struct sk_manifest *manifest = &manifests->items[i];
        if (strcmp(manifest->kind->name, "Guardrail") == 0 && sk_compile_counts(compile, manifest))
            compile_guardrail(compile, manifest);
    }
}

/* The boundary that holds where nothing else is said must be there even without any role. */
static void check_default(struct sk_compile *compile)
{
    const char *name = sk_json_text(compile->defaults, "permissionsBoundary.guardrail");
    if (name)
        (void)sk_compile_refer(compile, compile->organization, "/spec/defaults/permissionsBoundary",
                               "Guardrail", name);
}

void sk_compile_check_boundaries(struct sk_compile *compile)
{
    check_default(compile);
    const struct sk_manifests *manifests = compile->manifests;
    const struct sk_accounts *accounts = &compile->blueprint->accounts;
    for (size_t i = 0; i < manifests->count; i++) {
        const struct sk_manifest *manifest = &manifests->items[i];
        if (strcmp(manifest->kind->name, "Guardrail") != 0 ||
            !sk_text_equal(sk_json_text(manifest->spec, "type"), "boundary"))
            continue;
        bool made = false;
        bool rendered = false;
        for (size_t j = 0; j < accounts->count; j++) {
            sk_auto(sk_freep) char *key = boundary_key(manifest, &accounts->items[j]);
            const json_t *boundary = json_object_get(compile->boundaries, key);
            rendered |= boundary != NULL;
            made |= json_object_get(boundary, "made") != NULL;
        }
        if (rendered && !made)
            sk_manifest_warn(
                manifest, "/metadata/name", compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
                "Guardrail '%s' is made nowhere: no role names it as its boundary, and "
                "it has no targets",
                manifest->name);
    }
}
