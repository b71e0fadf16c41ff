/* The kinds' pure functions as a program, for the contract tests. Modes, what they take and answer:
 *
 *   plan         {"owner"?, "accounts"?: [ACCOUNT], "desired": [DOCUMENT], "live": [DOCUMENT],
 *                 "now"?: ISO 8601, "unknown"?: [{"kind", "account", "region", "code", "message"}],
 *                 "recent_creates"?: {ADDRESS: text}, "own_creates"?: {ADDRESS: [{"from", "to"}]}}
 *                ->  the plan as JSON
 *   observe      {"account"?: ACCOUNT, "region", "desired"?: [DOCUMENT], "made"?: {…}, "readable"?,
 *                 "answers": [{"service", "operation", "region"?, "input"?,
 *                              "answer" | "error": {"code", "message"}}]}
 *                ->  {"documents": [DOCUMENT], "states": {KIND: "complete" | error text},
 *                     "questions": [{"service", "operation", "region", "input", "version"?}]}
 *                "desired" and "made" guide what is read; with "readable" also the kinds that only
 *                questions about access look at
 *   check        [DOCUMENT]  ->  [null | error text], "denied" for what is denied
 *   permissions  {"owner"?, "iam_path", "account"?: ACCOUNT, "boundary"?, "write"?,
 *                 "desired"?: [DOCUMENT]}
 *                ->  the policy that sagekeeper needs
 *   kinds        nothing  ->  {"kinds": the attribute and permission tables of all that can be read,
 *                              "operations": [[service, operation]] that the AWS client can call}
 *
 * ACCOUNT is {"name", "id", "partition", "home_region", "regions"}, DOCUMENT {"address", "body",
 * "edges"?, "flags"?}. All but `kinds` read standard input; where an object stands, an array of them
 * is answered by an array. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/operation.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/plan.h"
#include "reconcilers/permissions.h"
#include "reconcilers/registry.h"

#define MAX_INPUT_BYTES (64U << 20)

static _Noreturn void die(const char *what, const struct sk_err *err)
{
    fprintf(stderr, "plan_world: %s%s%s\n", what, err ? ": " : "", err ? sk_err_message(err) : "");
    exit(2);
}

static json_t *read_input(void)
{
    struct sk_buffer text = SK_BUFFER_BOUNDED(MAX_INPUT_BYTES);
    char part[65536];
    size_t length;
    while ((length = fread(part, 1, sizeof(part), stdin)) > 0)
        sk_buffer_add(&text, part, length);
    struct sk_err err = {0};
    json_t *value = sk_json_parse(sk_buffer_text(&text), text.length, "standard input", &err);
    sk_buffer_done(&text);
    if (!value)
        die("input", &err);
    return value;
}

static const char *text_of(const json_t *object, const char *member, const char *otherwise)
{
    const char *text = sk_json_text(object, member);
    return text ? text : otherwise;
}

static enum sk_errc code_named(const char *name)
{
    static const enum sk_errc codes[] = {
#define X(code, text, reaction) SK_E_##code,
        SK_ERRORS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        if (strcmp(sk_errc_name(codes[i]), name) == 0)
            return codes[i];
    }
    die("no such error code", NULL);
}

/* --- documents ----------------------------------------------------------------------------- */

static struct sk_document *document_of(const json_t *row)
{
    const char *address = sk_json_text(row, "address");
    if (!address)
        die("a document has no address", NULL);
    sk_auto(sk_freep) char *name = sk_xstrndup(address, strcspn(address, "/"));
    const struct sk_kind *kind = sk_kinds_find(sk_registry(), name);
    if (!kind)
        die("a document is of an unknown kind", NULL);
    struct sk_document *document =
        sk_document_new(kind, address, json_deep_copy(json_object_get(row, "body")));
    size_t index;
    json_t *edge;
    json_array_foreach(json_object_get(row, "edges"), index, edge)
    {
        sk_document_add_edge(document, json_string_value(edge));
    }
    document->flags = (unsigned)json_integer_value(json_object_get(row, "flags"));
    return document;
}

static void add_documents(struct sk_documents *set, const json_t *rows)
{
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        struct sk_err err = {0};
        if (sk_documents_add(set, document_of(row), &err) < 0)
            die("documents", &err);
    }
    sk_documents_sort(set);
}

/* --- accounts ------------------------------------------------------------------------------ */

#define MAX_REGIONS 8

struct account {
    struct sk_account facts;
    const char *regions[MAX_REGIONS + 1];
};

/* Text stays borrowed from `row`. */
static void account_of(const json_t *row, struct account *out)
{
    *out = (struct account){.facts = {.name = text_of(row, "name", "ml-dev"),
                                      .id = text_of(row, "id", "123456789012"),
                                      .partition = text_of(row, "partition", "aws"),
                                      .home_region = text_of(row, "home_region", "us-east-1"),
                                      .regions = out->regions},
                            .regions = {"us-east-1"}};
    size_t index;
    json_t *region;
    json_array_foreach(json_object_get(row, "regions"), index, region)
    {
        if (index < MAX_REGIONS)
            out->regions[index] = json_string_value(region);
    }
}

/* --- plan ---------------------------------------------------------------------------------- */

static void add_unknown(struct sk_view *view, const json_t *rows)
{
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        sk_auto(sk_err_done) struct sk_err err = {0};
        sk_err_set(&err, code_named(text_of(row, "code", "denied")), "%s",
                   text_of(row, "message", "not allowed"));
        sk_view_add_unknown(view, sk_kinds_find(sk_registry(), text_of(row, "kind", "")),
                            text_of(row, "account", "ml-dev"), text_of(row, "region", "global"),
                            &err);
    }
}

static json_t *plan_world(const json_t *world)
{
    const json_t *rows = json_object_get(world, "accounts");
    size_t count = json_is_array(rows) ? json_array_size(rows) : 1;
    struct account *accounts = sk_xcalloc(count, sizeof(*accounts));
    struct sk_account *facts = sk_xcalloc(count, sizeof(*facts));
    for (size_t i = 0; i < count; i++) {
        account_of(json_array_get(rows, i), &accounts[i]);
        facts[i] = accounts[i].facts;
    }
    const struct sk_accounts table = {.items = facts, .count = count};
    struct sk_documents desired = {0};
    struct sk_view view = {0};
    add_documents(&desired, json_object_get(world, "desired"));
    add_documents(&view.live, json_object_get(world, "live"));
    add_unknown(&view, json_object_get(world, "unknown"));
    view.made = json_incref(json_object_get(world, "made"));
    struct sk_wall now = {0};
    const char *now_text = sk_json_text(world, "now");
    if (now_text && sk_wall_parse(now_text, &now) < 0)
        die("now is no time", NULL);
    const struct sk_plan_input input = {.kinds = sk_registry(),
                                        .accounts = &table,
                                        .now = now,
                                        .owner = text_of(world, "owner", "acme"),
                                        .desired = &desired,
                                        .view = &view,
                                        .recent_creates = json_object_get(world, "recent_creates"),
                                        .own_creates = json_object_get(world, "own_creates")};
    struct sk_plan *plan = NULL;
    struct sk_err err = {0};
    if (sk_plan_make(&input, &plan, &err) < 0)
        die("plan", &err);
    json_t *value = sk_plan_to_json(plan);
    sk_plan_free(plan);
    sk_view_done(&view);
    sk_documents_done(&desired);
    free(facts);
    free(accounts);
    return value;
}

/* --- observe ------------------------------------------------------------------------------- */

static bool answers(const json_t *row, const struct sk_query *query)
{
    const char *region = sk_json_text(row, "region");
    const json_t *input = json_object_get(row, "input");
    return sk_text_equal(sk_json_text(row, "service"), query->service) &&
           sk_text_equal(sk_json_text(row, "operation"), query->operation) &&
           (!region || sk_text_equal(region, query->region)) &&
           (!input || json_equal(input, query->input));
}

static void answer(struct sk_query *query, const json_t *rows)
{
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        if (!answers(row, query))
            continue;
        const json_t *error = json_object_get(row, "error");
        sk_auto(sk_err_done) struct sk_err err = {0};
        if (error)
            sk_err_set(&err, code_named(text_of(error, "code", "denied")), "%s",
                       text_of(error, "message", "not allowed"));
        json_t *value = error ? NULL : json_deep_copy(json_object_get(row, "answer"));
        sk_query_answer(query, value, error ? &err : NULL);
        return;
    }
    fprintf(stderr, "plan_world: nobody answers '%s'\n", query->key);
    exit(2);
}

static json_t *question_to_json(const struct sk_query *query)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:O}", "service", query->service, "operation",
                            query->operation, "region", query->region, "input", query->input);
    if (query->version)
        json_object_set_new(row, "version", json_string(query->version));
    return row;
}

/* Runs the kind once; true when it is through. */
static bool run_kind(struct sk_observation *observation, const struct sk_kind *kind, json_t *result)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    enum sk_pass pass = SK_PASS_UNKNOWN;
    json_t *states = json_object_get(result, "states");
    if (sk_observation_run(observation, kind, &pass, &err) < 0) {
        json_object_set_new(states, kind->name, json_string(sk_err_message(&err)));
        return true;
    }
    switch (pass) {
    case SK_PASS_PENDING:
        return false;
    case SK_PASS_UNKNOWN:
        json_object_set_new(states, kind->name,
                            json_string(sk_err_message(&observation->pass_failed->err)));
        return true;
    case SK_PASS_COMPLETE:
        break;
    }
    json_object_set_new(states, kind->name, json_string("complete"));
    for (size_t i = 0; i < observation->documents.count; i++)
        json_array_append_new(json_object_get(result, "documents"),
                              sk_document_to_json(observation->documents.items[i]));
    return true;
}

/* Rounds as the engine makes them: all kinds that are pending run, then what they asked is
 * answered. */
static json_t *observe(const json_t *world)
{
    struct account account;
    account_of(json_object_get(world, "account"), &account);
    struct sk_documents desired = {0};
    add_documents(&desired, json_object_get(world, "desired"));
    const struct sk_interest interest = {.desired = &desired,
                                         .made = json_object_get(world, "made")};
    struct sk_observation observation = {.interest = &interest,
                                         .account = account.facts.name,
                                         .account_id = account.facts.id,
                                         .partition = account.facts.partition,
                                         .region = text_of(world, "region", "global"),
                                         .home_region = account.facts.home_region};
    bool regional = strcmp(observation.region, "global") != 0;
    json_t *result = json_pack("{s:[], s:{}, s:[]}", "documents", "states", "questions");
    const struct sk_kinds *kinds =
        json_is_true(json_object_get(world, "readable")) ? sk_registry_readable() : sk_registry();
    for (size_t pending = 1; pending > 0;) {
        pending = 0;
        for (size_t i = 0; i < kinds->count; i++) {
            const struct sk_kind *kind = kinds->items[i];
            if ((kind->scope == SK_SCOPE_REGION) == regional &&
                !json_object_get(json_object_get(result, "states"), kind->name))
                pending += !run_kind(&observation, kind, result);
        }
        struct sk_query *query;
        while ((query = sk_observation_next(&observation)) != NULL) {
            json_array_append_new(json_object_get(result, "questions"), question_to_json(query));
            answer(query, json_object_get(world, "answers"));
        }
    }
    sk_observation_done(&observation);
    sk_documents_done(&desired);
    return result;
}

/* --- check and kinds ----------------------------------------------------------------------- */

static json_t *check(const json_t *row)
{
    struct sk_document *document = document_of(row);
    const struct sk_kind *kind = document->kind;
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *verdict = NULL;
    if (kind->denied && kind->denied(document->body))
        verdict = json_string("denied");
    else if (kind->check && kind->check(document, &err) < 0)
        verdict = json_string(sk_err_message(&err));
    sk_document_free(document);
    return verdict ? verdict : json_null();
}

static json_t *attrs_to_json(const struct sk_kind *kind)
{
    static const char *const types[] = {"value", "list",   "set",       "tree",
                                        "tags",  "policy", "policy-map"};
    static const char *const clears[] = {"not-possible", "empty-list", "value", "by-kind"};
    json_t *rows = json_array();
    for (const struct sk_attr *attr = kind->attrs; attr->path; attr++)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:b, s:b, s:s, s:s*, s:s*}", "path",
                                              attr->path, "type", types[attr->type], "immutable",
                                              attr->flags & SK_ATTR_IMMUTABLE, "readOnly",
                                              attr->flags & SK_ATTR_READ_ONLY, "clear",
                                              clears[attr->clear], "clearValue", attr->clear_value,
                                              "serverDefault", attr->server_default));
    return rows;
}

static json_t *permissions_to_json(const struct sk_kind *kind)
{
    json_t *rows = json_array();
    const struct sk_permission *row = sk_permissions_of(kind);
    for (; row && row->operation; row++) {
        sk_auto(sk_freep) char *action = sk_permission_action(row);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:b, s:b}", "service", row->service,
                                              "operation", row->operation, "action", action,
                                              "besides", row->action != NULL, "write",
                                              row->scope->flags & SK_PERMISSION_WRITE));
    }
    return rows;
}

static json_t *permissions(const json_t *world)
{
    struct account account;
    account_of(json_object_get(world, "account"), &account);
    struct sk_documents desired = {0};
    add_documents(&desired, json_object_get(world, "desired"));
    const struct sk_permissions_opts opts = {.write = json_is_true(json_object_get(world, "write")),
                                             .owner = text_of(world, "owner", "acme"),
                                             .iam_path =
                                                 text_of(world, "iam_path", "/sagekeeper/acme/"),
                                             .account = &account.facts,
                                             .boundary = sk_json_text(world, "boundary"),
                                             .kinds = sk_registry_readable(),
                                             .desired = &desired};
    json_t *policy = sk_permissions_policy(&opts);
    sk_documents_done(&desired);
    return policy;
}

static json_t *kinds_to_json(void)
{
    json_t *rows = json_array();
    const struct sk_kinds *kinds = sk_registry_readable();
    for (size_t i = 0; i < kinds->count; i++)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:o}", "name", kinds->items[i]->name,
                                              "service", kinds->items[i]->service, "attrs",
                                              attrs_to_json(kinds->items[i]), "permissions",
                                              permissions_to_json(kinds->items[i])));
    json_t *operations = json_array();
    size_t count = 0;
    const struct sk_aws_operation *table = sk_aws_operations(&count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(operations, json_pack("[s, s]", table[i].service, table[i].name));
    return json_pack("{s:o, s:o}", "kinds", rows, "operations", operations);
}

static json_t *each(const json_t *input, json_t *(*function)(const json_t *item))
{
    if (!json_is_array(input))
        return function(input);
    json_t *results = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(input, index, item)
    {
        json_array_append_new(results, function(item));
    }
    return results;
}

int main(int argc, char **argv)
{
    sk_alloc_init();
    const char *mode = argc > 1 ? argv[1] : "plan";
    json_auto_t *input = strcmp(mode, "kinds") == 0 ? NULL : read_input();
    json_auto_t *result = NULL;
    if (strcmp(mode, "plan") == 0)
        result = each(input, plan_world);
    else if (strcmp(mode, "observe") == 0)
        result = each(input, observe);
    else if (strcmp(mode, "check") == 0)
        result = each(input, check);
    else if (strcmp(mode, "permissions") == 0)
        result = each(input, permissions);
    else if (strcmp(mode, "kinds") == 0)
        result = kinds_to_json();
    if (!result)
        die("expected plan, observe, check, permissions or kinds", NULL);
    sk_auto(sk_freep) char *text = sk_json_canonical(result);
    puts(text);
    return 0;
}
