/* Isolation before the first write, see isolation.h.
 *
 * Which changes bring a violation is not guessed: those nearest to the principal are held back, then
 * what would be left is asked again, with live documents in place of what is held back. As long as a
 * violation is left that is not in live AWS, more is held back. */
#include "loop/isolation.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "loop/inputs.h"
#include "loop/isolation_rows.h"
#include "loop/violations.h"

struct check {
    const struct sk_isolation_opts *opts;
    struct sk_plan *plan;
    struct sk_violations desired, live;
};

/* ---- which changes ---- */

/* Rings around the principals of violations, the nearest first. */
enum ring {
    RING_ROLE,   /* the role and its policies */
    RING_PLACES, /* what people work in as the role */
    RING_NEW,    /* what comes: it is what is reached */
    RING_ALL,
    RING_COUNT
};

static void add_edges(json_t *addresses, const struct sk_document *document)
{
    size_t index;
    json_t *edge;
    json_array_foreach(document ? document->edges : NULL, index, edge)
    {
        json_object_set_new(addresses, json_string_value(edge), json_true());
    }
}

/* {address: true} of what the violations hang on. New. */
static json_t *addresses_of(const struct check *check, const json_t *violations)
{
    json_t *addresses = json_object();
    const char *key;
    json_t *row;
    json_object_foreach((json_t *)violations, key, row)
    {
        const char *role = sk_json_text(row, "address");
        json_object_set_new(addresses, role, json_true());
        add_edges(addresses, sk_documents_find(check->opts->desired, role));
        add_edges(addresses, sk_documents_find(&check->plan->view->live, role));
    }
    return addresses;
}

/* Whether the document hangs on a role of which there is a violation. Other things that the roles
 * hang on, such as a boundary, are those of everybody. */
static bool leads_to(const struct sk_document *document, const json_t *violations)
{
    json_auto_t *edges = json_object();
    add_edges(edges, document);
    const char *key;
    json_t *row;
    json_object_foreach((json_t *)violations, key, row)
    {
        if (json_object_get(edges, sk_json_text(row, "address")))
            return true;
    }
    return false;
}

static bool is_in_ring(const struct sk_change *change, enum ring ring, const json_t *violations,
                       const json_t *addresses)
{
    switch (ring) {
    case RING_ROLE:
        return sk_inputs_has_kind(change->kind) && json_object_get(addresses, change->address);
    case RING_PLACES:
        return sk_inputs_has_kind(change->kind) &&
               (leads_to(change->desired, violations) || leads_to(change->live, violations));
    case RING_NEW:
        return sk_inputs_has_kind(change->kind) && change->action == SK_ACTION_CREATE;
    case RING_ALL:
    case RING_COUNT:
        break;
    }
    return true;
}

/* ---- what would be left ---- */

static int add(struct sk_documents *set, const struct sk_document *document, struct sk_err *err)
{
    return document ? sk_documents_add(set, (struct sk_document *)document, err) : 0;
}

static void release(struct sk_documents *set)
{
    set->count = 0; /* all are borrowed */
    sk_documents_done(set);
}

/* The declared documents, with the live one for each that is not written. Borrows them. */
static int left_after(const struct check *check, struct sk_documents *out, struct sk_err *err)
{
    const struct sk_documents *desired = check->opts->desired;
    const struct sk_plan *plan = check->plan;
    int code = 0;
    for (size_t i = 0; code == 0 && i < desired->count; i++) {
        const struct sk_change *change = sk_plan_find(plan, desired->items[i]->address);
        bool stays = change && !sk_inputs_is_coming(change);
        code = add(out, stays ? change->live : desired->items[i], err);
    }
    for (size_t i = 0; code == 0 && i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        if (!change->desired && !sk_inputs_is_coming(change))
            code = add(out, change->live, err);
    }
    return code;
}

/* Those of the violations which would be left that are not in live AWS. New in *out. */
static int brought_by_the_rest(const struct check *check, json_t **out, struct sk_err *err)
{
    sk_auto(sk_violations_done) struct sk_violations found = {0};
    sk_auto(release) struct sk_documents documents = {0};
    int code = left_after(check, &documents, err);
    if (code == 0)
        code = sk_violations_find(check->opts, &documents, &found, err);
    if (code == 0)
        *out = sk_violations_without(found.rows, check->live.rows);
    return code;
}

static size_t refuse_ring(const struct check *check, enum ring ring, const json_t *violations)
{
    json_auto_t *addresses = addresses_of(check, violations);
    size_t count = 0;
    for (size_t i = 0; i < check->plan->count; i++) {
        struct sk_change *change = &check->plan->items[i];
        if (!sk_inputs_is_coming(change) || !is_in_ring(change, ring, violations, addresses))
            continue;
        change->refused = true;
        count++;
    }
    sk_plan_spread_refusals(check->plan);
    return count;
}

/* Holds back ring after ring until nothing of what would be left is new. */
static int hold_back(const struct check *check, const json_t *brought, struct sk_err *err)
{
    json_auto_t *left = json_incref((json_t *)brought);
    int code = 0;
    for (int ring = 0; code == 0 && ring < RING_COUNT && json_object_size(left) > 0; ring++) {
        if (refuse_ring(check, (enum ring)ring, left) == 0)
            continue;
        json_decref(left);
        left = NULL;
        code = brought_by_the_rest(check, &left, err);
    }
    return code;
}

static int judge(struct check *check, struct sk_findings *findings, json_t *rows,
                 struct sk_err *err)
{
    int code = sk_violations_find(check->opts, &check->plan->view->live, &check->live, err);
    json_auto_t *brought = NULL;
    if (code == 0)
        code = brought_by_the_rest(check, &brought, err);
    if (code < 0)
        return code;
    json_auto_t *rest = sk_violations_without(check->desired.rows, brought);
    json_auto_t *later = sk_violations_without(rest, check->live.rows);
    json_auto_t *already = sk_violations_without(rest, later);
    sk_isolation_rows_refused(brought, check->opts, findings, rows);
    sk_isolation_rows_told("not yet", later, check->opts, rows);
    sk_isolation_rows_told("already so", already, check->opts, rows);
    return hold_back(check, brought, err);
}

static int ask(struct check *check, struct sk_findings *findings, json_t *rows, struct sk_err *err)
{
    int code = sk_violations_find(check->opts, check->opts->desired, &check->desired, err);
    if (code == 0 && json_object_size(check->desired.rows) > 0)
        code = judge(check, findings, rows, err);
    if (code == 0)
        sk_isolation_rows_report(check->desired.report, rows);
    sk_violations_done(&check->live);
    return code;
}

int sk_isolation_check(const struct sk_isolation_opts *opts, struct sk_plan *plan,
                       struct sk_findings *findings, json_t **out, struct sk_err *err)
{
    json_auto_t *rows = json_array();
    bool wanted = opts->when == SK_ISOLATION_ALWAYS || sk_inputs_any(plan);
    bool asked = opts->when != SK_ISOLATION_NEVER && wanted;
    struct check check = {.opts = opts, .plan = plan};
    int code = asked ? ask(&check, findings, rows, err) : 0;
    if (opts->when == SK_ISOLATION_NEVER)
        sk_isolation_rows_not_asked(rows);
    if (code == 0)
        *out = json_pack("{s:b, s:O, s:O*}", "asked", asked, "rows", rows, "classes",
                         json_object_get(check.desired.report, "classes"));
    sk_violations_done(&check.desired);
    return code;
}
