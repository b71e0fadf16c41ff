/* Policies from the kinds' rows, see permissions.h. Rows of one scope become one statement. */
#include "reconcilers/permissions.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"

/* IAM's prefixes of actions where they differ from the names of services in calls. */
static const struct {
    const char *service, *prefix;
} prefixes[] = {{"tagging", "tag"}, {"identitystore", "identitystore"}, {"sso-admin", "sso"}};

const struct sk_permission_scope sk_permission_look_at_tags = {.sid = "LookAtTags",
                                                               .resource = "*"};

const struct sk_permission *sk_permissions_of(const struct sk_kind *kind)
{
    static const struct sk_kind_permissions *const tables[] = {
        sk_permissions_iam, sk_permissions_identity_center, sk_permissions_sagemaker};
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        for (const struct sk_kind_permissions *row = tables[i]; row->kind; row++) {
            if (strcmp(row->kind, kind->name) == 0)
                return row->rows;
        }
    }
    return NULL;
}

char *sk_permission_action(const struct sk_permission *permission)
{
    if (permission->action)
        return sk_xstrdup(permission->action);
    const char *prefix = permission->service;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        if (strcmp(prefixes[i].service, permission->service) == 0)
            prefix = prefixes[i].prefix;
    }
    return sk_xasprintf("%s:%s", prefix, permission->operation);
}

/* What the words in braces stand for. */
struct words {
    const struct sk_permissions_opts *opts;
    json_t *lists; /* owned: {"{boundaries}": [ARN], …} */
};

static void words_done(struct words *words)
{
    json_decref(words->lists);
}

/* Adds a text to a list, once. */
static void add_text(json_t *list, const char *text)
{
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return;
    }
    json_array_append_new(list, json_string(text));
}

/* The words of one value; {region} is `region`. Owned by the caller. */
static char *expand(const struct words *words, const char *text, const char *region)
{
    const struct sk_account *account = words->opts->account;
    const struct {
        const char *word, *value;
    } values[] = {
        {"{partition}", account->partition}, {"{account}", account->id},
        {"{path}", words->opts->iam_path},   {"{owner}", words->opts->owner},
        {"{region}", region ? region : "*"},
    };
    struct sk_buffer out = {0};
    while (*text) {
        size_t i = 0;
        while (i < sizeof(values) / sizeof(*values) && !sk_text_starts_with(text, values[i].word))
            i++;
        if (i < sizeof(values) / sizeof(*values)) {
            sk_buffer_adds(&out, values[i].value);
            text += strlen(values[i].word);
        } else {
            sk_buffer_addc(&out, *text++);
        }
    }
    return sk_buffer_take(&out);
}

static void add_expanded(const struct words *words, json_t *list, const char *text,
                         const char *region)
{
    sk_auto(sk_freep) char *expanded = expand(words, text, region);
    add_text(list, expanded);
}

/* The texts that a template stands for. New array, maybe empty. */
static json_t *texts_of(const struct words *words, const char *template_)
{
    json_t *list = json_object_get(words->lists, template_);
    if (list)
        return json_copy(list);
    list = json_array();
    if (!strstr(template_, "{region}")) {
        add_expanded(words, list, template_, NULL);
        return list;
    }
    for (const char *const *region = words->opts->account->regions; *region; region++)
        add_expanded(words, list, template_, *region);
    return list;
}

/* --- what the desired documents name ------------------------------------------------------- */

static void add_literal(const struct words *words, const char *list, const json_t *value,
                        const char *ours)
{
    const char *arn = json_string_value(value);
    if (arn && *arn && (!ours || !sk_text_starts_with(arn, ours)))
        add_text(json_object_get(words->lists, list), arn);
}

/* Roles of the account that are given to SageMaker; roles for EMR are assumed, not passed. */
// NOLINTNEXTLINE(misc-no-recursion)
static void add_passed(const struct words *words, const json_t *value, const char *account_roles,
                       const char *ours)
{
    static const char *const members[] = {"ExecutionRole", "DomainExecutionRoleArn",
                                          "AmazonForecastRoleArn"};
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        const json_t *role = json_object_get(value, members[i]);
        if (json_is_string(role) && sk_text_starts_with(json_string_value(role), account_roles))
            add_literal(words, "{passable}", role, ours);
    }
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        add_passed(words, member, account_roles, ours);
    }
}

static void add_key(const struct words *words, const char *text, const char *region)
{
    const struct sk_account *account = words->opts->account;
    sk_auto(sk_freep) char *arn = sk_text_starts_with(text, "arn:")
                                      ? sk_xstrdup(text)
                                      : sk_xasprintf("arn:%s:kms:%s:%s:key/%s", account->partition,
                                                     region, account->id, text);
    add_text(json_object_get(words->lists, "{keys}"), arn);
}

/* With a key, SageMaker makes the domain's file system in the caller's name; with RStudio, an app. */
static void add_domain(const struct words *words, const json_t *body, const char *region)
{
    const char *key = json_string_value(json_object_get(body, "KmsKeyId"));
    if (key && *key) {
        add_key(words, key, region);
        add_text(json_object_get(words->lists, "{file_systems}"), "*");
    }
    if (sk_json_at(body, "DomainSettings.RStudioServerProDomainSettings"))
        add_expanded(words, json_object_get(words->lists, "{rstudio}"),
                     "arn:{partition}:sagemaker:{region}:{account}:app/*/domain-shared/*/*",
                     region);
}

static void add_role(const struct words *words, const json_t *body, const char *policies)
{
    size_t index;
    json_t *arn;
    json_array_foreach(json_object_get(body, "AttachedManagedPolicies"), index, arn)
    {
        add_literal(words, "{attachable}", arn, policies);
    }
    /* Without a boundary of the organization none is asked for. */
    if (words->opts->boundary)
        add_literal(words, "{boundaries}", json_object_get(body, "PermissionsBoundary"), NULL);
}

/* A store's ARN names the account that owns it, which a delegated administrator's is not. */
static void add_store(const struct words *words, const json_t *body)
{
    const char *id = sk_json_text(body, "IdentityStoreId");
    sk_auto(sk_freep) char *arn = sk_xasprintf("arn:%s:identitystore::*:identitystore/%s",
                                               words->opts->account->partition, id ? id : "*");
    add_text(json_object_get(words->lists, "{store}"), arn);
}

static void add_documents(const struct words *words, const char *roles, const char *policies)
{
    const struct sk_permissions_opts *opts = words->opts;
    sk_auto(sk_freep) char *account_roles =
        sk_xasprintf("arn:%s:iam::%s:role/", opts->account->partition, opts->account->id);
    for (size_t i = 0; opts->desired && i < opts->desired->count; i++) {
        const struct sk_document *document = opts->desired->items[i];
        if (strcmp(document->account, opts->account->name) != 0)
            continue;
        if (strcmp(document->kind->name, "identity_center_instance") == 0)
            add_store(words, document->body);
        if (document->flags & SK_DOCUMENT_EXISTING)
            continue;
        if (strcmp(document->kind->name, "iam_role") == 0)
            add_role(words, document->body, policies);
        else if (strcmp(document->kind->service, "sagemaker") == 0)
            add_passed(words, document->body, account_roles, roles);
        if (strcmp(document->kind->name, "sagemaker_domain") == 0)
            add_domain(words, document->body, document->region);
    }
}

static void words_init(struct words *words, const struct sk_permissions_opts *opts)
{
    *words = (struct words){.opts = opts};
    words->lists =
        json_pack("{s:[], s:[], s:[], s:[], s:[], s:[], s:[]}", "{boundaries}", "{attachable}",
                  "{passable}", "{keys}", "{file_systems}", "{rstudio}", "{store}");
    sk_auto(sk_freep) char *roles =
        expand(words, "arn:{partition}:iam::{account}:role{path}", NULL);
    sk_auto(sk_freep) char *policies =
        expand(words, "arn:{partition}:iam::{account}:policy{path}", NULL);
    sk_auto(sk_freep) char *all_roles = sk_xasprintf("%s*", roles);
    sk_auto(sk_freep) char *all_policies = sk_xasprintf("%s*", policies);
    add_text(json_object_get(words->lists, "{passable}"), all_roles);
    add_text(json_object_get(words->lists, "{attachable}"), all_policies);
    if (opts->boundary)
        add_text(json_object_get(words->lists, "{boundaries}"), opts->boundary);
    add_documents(words, roles, policies);
}

/* --- statements ---------------------------------------------------------------------------- */

static bool adopts(const struct sk_permissions_opts *opts, const struct sk_kind *kind)
{
    for (size_t i = 0; opts->desired && i < opts->desired->count; i++) {
        const struct sk_document *document = opts->desired->items[i];
        if (document->kind == kind && (document->flags & SK_DOCUMENT_ADOPT) &&
            strcmp(document->account, opts->account->name) == 0)
            return true;
    }
    return false;
}

/* Whether the account has the identity source, and for `write`, whether its groups are ours. */
static bool has_directory(const struct sk_permissions_opts *opts, bool write)
{
    bool found = false;
    for (size_t i = 0; opts->desired && i < opts->desired->count; i++) {
        const struct sk_document *document = opts->desired->items[i];
        if (strcmp(document->account, opts->account->name) != 0)
            continue;
        found |= strcmp(document->kind->name, "identity_center_instance") == 0;
        if (write && strcmp(document->kind->name, "identitystore_group") == 0 &&
            (document->flags & SK_DOCUMENT_EXISTING))
            return false;
    }
    return found;
}

static bool wanted(const struct sk_permissions_opts *opts, const struct sk_kind *kind,
                   const struct sk_permission_scope *scope)
{
    if ((scope->flags & SK_PERMISSION_WRITE) && !opts->write)
        return false;
    if ((scope->flags & SK_PERMISSION_NO_BOUNDARY) && opts->boundary)
        return false;
    if ((scope->flags & SK_PERMISSION_DIRECTORY) &&
        !has_directory(opts, (scope->flags & SK_PERMISSION_WRITE) != 0))
        return false;
    return !(scope->flags & SK_PERMISSION_ADOPT) || adopts(opts, kind);
}

/* A list of one as the text alone: policies have a size limit. `list` is stolen. */
static json_t *shortest(json_t *list)
{
    if (json_array_size(list) != 1)
        return list;
    json_t *only = json_incref(json_array_get(list, 0));
    json_decref(list);
    return only;
}

static json_t *conditions_of(const struct words *words, const struct sk_permission_scope *scope)
{
    json_t *conditions = json_object();
    for (const struct sk_permission_condition *row = scope->conditions; row->operator_; row++) {
        json_t *values = texts_of(words, row->value);
        if (json_array_size(values) == 0) {
            json_decref(values);
            continue;
        }
        if (!json_object_get(conditions, row->operator_))
            json_object_set_new(conditions, row->operator_, json_object());
        json_object_set_new(json_object_get(conditions, row->operator_), row->key,
                            shortest(values));
    }
    return conditions;
}

/* The statement of a scope without actions yet; NULL when no resource is named. New. */
static json_t *statement_of(const struct words *words, const struct sk_permission_scope *scope)
{
    json_t *resources = texts_of(words, scope->resource);
    if (json_array_size(resources) == 0) {
        json_decref(resources);
        return NULL;
    }
    json_t *statement = json_pack("{s:s, s:s, s:[], s:o}", "Sid", scope->sid, "Effect", "Allow",
                                  "Action", "Resource", resources);
    json_t *conditions = conditions_of(words, scope);
    if (json_object_size(conditions) > 0)
        json_object_set(statement, "Condition", conditions);
    json_decref(conditions);
    return statement;
}

static json_t *statement_named(const json_t *statements, const char *sid)
{
    size_t index;
    json_t *statement;
    json_array_foreach(statements, index, statement)
    {
        if (sk_text_equal(sk_json_text(statement, "Sid"), sid))
            return statement;
    }
    return NULL;
}

static void add_permission(const struct words *words, json_t *statements,
                           const struct sk_permission *permission)
{
    json_t *statement = statement_named(statements, permission->scope->sid);
    if (!statement) {
        statement = statement_of(words, permission->scope);
        if (!statement)
            return;
        json_array_append_new(statements, statement);
    }
    json_auto_t *resources = texts_of(words, permission->scope->resource);
    size_t index;
    json_t *resource;
    json_array_foreach(resources, index, resource)
        add_text(json_object_get(statement, "Resource"), json_string_value(resource));
    sk_auto(sk_freep) char *action = sk_permission_action(permission);
    add_text(json_object_get(statement, "Action"), action);
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(json_string_value(*(json_t *const *)left),
                  json_string_value(*(json_t *const *)right));
}

static void sort_actions(json_t *statement)
{
    json_t *actions = json_object_get(statement, "Action");
    size_t count = json_array_size(actions);
    json_t **items = sk_xcalloc(count + 1, sizeof(*items));
    for (size_t i = 0; i < count; i++)
        items[i] = json_incref(json_array_get(actions, i));
    qsort(items, count, sizeof(*items), compare_texts);
    json_array_clear(actions);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(actions, items[i]);
    free(items);
}

json_t *sk_permissions_policy(const struct sk_permissions_opts *opts)
{
    sk_auto(words_done) struct words words;
    words_init(&words, opts);
    json_t *statements = json_array();
    for (size_t i = 0; i < opts->kinds->count; i++) {
        const struct sk_kind *kind = opts->kinds->items[i];
        const struct sk_permission *row = sk_permissions_of(kind);
        for (; row && row->operation; row++) {
            if (wanted(opts, kind, row->scope))
                add_permission(&words, statements, row);
        }
    }
    size_t index;
    json_t *statement;
    json_array_foreach(statements, index, statement)
    {
        sort_actions(statement);
        json_object_set_new(statement, "Resource",
                            shortest(json_incref(json_object_get(statement, "Resource"))));
    }
    return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}
