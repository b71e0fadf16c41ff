/* Violations as a set that can be compared, see violations.h. */
#include "loop/violations.h"

#include <string.h>

#include "access/state.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "verify/verify.h"

struct collection {
    json_t *ids; /* {id of a domain: what stands for it} */
    json_t *rows;
};

/* {"d-abc123": "d-research"} of the domains whose ids are known. New. */
static json_t *ids_of(const struct sk_documents *documents)
{
    json_t *ids = json_object();
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        const char *id = strcmp(document->kind->name, "sagemaker_domain") == 0
                             ? sk_json_text(document->body, "DomainId")
                             : NULL;
        if (!id)
            continue;
        json_auto_t *unnamed = json_object();
        struct sk_document plain = *document;
        plain.body = unnamed;
        sk_auto(sk_freep) char *stands = sk_access_domain_id(&plain);
        json_object_set_new(ids, id, json_string(stands));
    }
    return ids;
}

/* The text with each part between '/' and ':' that is an id replaced. Owned by the caller. */
static char *without_ids(const json_t *ids, const char *text)
{
    struct sk_buffer out = {0};
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "/:");
        sk_auto(sk_freep) char *part = sk_xstrndup(at, length);
        const char *stands = json_string_value(json_object_get(ids, part));
        sk_buffer_adds(&out, stands ? stands : part);
        at += length;
        if (*at)
            sk_buffer_addc(&out, *at++);
    }
    return sk_buffer_take(&out);
}

static void collect(const char *property, const json_t *row, void *data)
{
    struct collection *collection = data;
    sk_auto(sk_freep) char *resource = without_ids(collection->ids, sk_json_text(row, "resource"));
    sk_auto(sk_freep) char *key =
        sk_xasprintf("%s %s %s %s", property, sk_json_text(row, "address"),
                     sk_json_text(row, "action"), resource);
    if (json_object_get(collection->rows, key))
        return;
    json_t *copy = json_copy((json_t *)row);
    json_object_del(copy, "request");
    json_object_set_new(copy, "property", json_string(property));
    json_object_set_new(collection->rows, key, copy);
}

/* The teams but for those that are to come. New. */
static json_t *teams_among(const struct sk_isolation_opts *opts,
                           const struct sk_documents *documents)
{
    json_t *teams = json_array();
    size_t index;
    json_t *team;
    json_array_foreach(opts->blueprint->teams, index, team)
    {
        const char *role = json_string_value(json_array_get(json_object_get(team, "roles"), 0));
        bool planned = role && sk_documents_find(opts->desired, role);
        if (!planned || sk_documents_find(documents, role))
            json_array_append(teams, team);
    }
    return teams;
}

int sk_violations_find(const struct sk_isolation_opts *isolation,
                       const struct sk_documents *documents, struct sk_violations *out,
                       struct sk_err *err)
{
    const struct sk_blueprint *blueprint = isolation->blueprint;
    const struct sk_access_opts state_opts = {.documents = documents,
                                              .accounts = &blueprint->accounts,
                                              .sources = blueprint->policy_sources};
    struct sk_access_state *state = sk_access_state_new(&state_opts);
    json_auto_t *ids = ids_of(documents);
    json_auto_t *teams = teams_among(isolation, documents);
    out->rows = json_object();
    struct collection collection = {ids, out->rows};
    const struct sk_verify_opts opts = {.state = state,
                                        .teams = teams,
                                        .guardrails = blueprint->guardrails,
                                        .exceptions = blueprint->exceptions,
                                        .sign_ins = blueprint->sign_ins,
                                        .on_violation = collect,
                                        .on_violation_data = &collection};
    out->report = sk_verify(&opts, err);
    sk_access_state_free(state);
    return out->report ? 0 : (int)err->code;
}

void sk_violations_done(struct sk_violations *violations)
{
    json_decref(violations->report);
    json_decref(violations->rows);
    *violations = (struct sk_violations){0};
}

json_t *sk_violations_without(const json_t *all, const json_t *known)
{
    json_t *rest = json_object();
    const char *key;
    json_t *row;
    json_object_foreach((json_t *)all, key, row)
    {
        if (!json_object_get(known, key))
            json_object_set(rest, key, row);
    }
    return rest;
}
