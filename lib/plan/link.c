/* Second pass of planning: what changes mean for each other. The cases E1, F2, … are the rows of
 * docs/design/plan-cases.md.
 *
 * A change is tied to the addresses it needs (creates, updates, adoptions) or that hang on it
 * (deletes). A tied change that is blocked or has to wait passes that on, so each change is judged
 * once, after all changes that it is tied to: Kahn's algorithm over the ties. What remains is a
 * circle. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "plan/plan_int.h"

/* One address that a change is tied to. */
struct tie {
    const char *address;            /* borrowed; canonical where anything is known of it */
    const struct sk_document *live; /* NULL when not there */
    const struct sk_document *desired;
    struct sk_change *change; /* NULL when the plan does not touch it */
};

struct node {
    struct tie *ties; /* owned, sorted by address, each address once */
    size_t count;
    json_t *needs;     /* owned, may be NULL: keeps the ties' texts */
    size_t waits_for;  /* changes it is tied to that are not judged yet */
    size_t *followers; /* owned: positions of the changes tied to this one */
    size_t follower_count, follower_capacity;
};

struct linker {
    struct sk_planner *planner;
    struct node *nodes; /* owned, one for each change */
    size_t *ready;      /* owned: positions of changes that can be judged */
    size_t ready_count;
};

static int by_address(const void *a, const void *b)
{
    return strcmp(((const struct tie *)a)->address, ((const struct tie *)b)->address);
}

static void sort_ties(struct node *node)
{
    qsort(node->ties, node->count, sizeof(struct tie), by_address);
    size_t kept = 0;
    for (size_t i = 0; i < node->count; i++) {
        if (kept == 0 || strcmp(node->ties[kept - 1].address, node->ties[i].address) != 0)
            node->ties[kept++] = node->ties[i];
    }
    node->count = kept;
}

/* What a desired document needs: the targets of its references and its edges. */
static void tie_needs(struct sk_planner *p, struct node *node, const struct sk_document *desired)
{
    node->needs = json_array();
    sk_ref_collect(desired->body, node->needs);
    if (desired->edges)
        json_array_extend(node->needs, desired->edges);
    node->ties = sk_xcalloc(json_array_size(node->needs), sizeof(struct tie));
    size_t index;
    json_t *need;
    json_array_foreach(node->needs, index, need)
    {
        const char *address = json_string_value(need);
        struct tie *tie = &node->ties[node->count++];
        *tie = (struct tie){.live = sk_view_there(p->input->view, address),
                            .desired = sk_documents_find(p->input->desired, address),
                            .change = sk_planner_find(p, address)};
        tie->address = tie->desired ? tie->desired->address
                       : tie->live  ? tie->live->address
                                    : address;
    }
}

/* What hangs on a live document. What belongs to something stands or falls with that: its own
 * belongings do not keep it (F5), those of others are others' use of it. */
static void tie_dependants(struct sk_planner *p, struct node *node, const struct sk_document *live)
{
    const json_t *positions = json_object_get(p->users, live->address);
    node->ties = sk_xcalloc(json_array_size(positions), sizeof(struct tie));
    size_t index;
    json_t *position;
    json_array_foreach(positions, index, position)
    {
        const struct sk_document *dependant = sk_view_holder(
            p->input->view, p->input->view->live.items[json_integer_value(position)]);
        if (dependant == live)
            continue;
        node->ties[node->count++] = (struct tie){.address = dependant->address,
                                                 .live = dependant,
                                                 .change = sk_planner_find(p, dependant->address)};
    }
}

/* Whether the verdict over `change` has to wait for the one over the change it is tied to. A need
 * that is to be deleted blocks whatever becomes of the delete. */
static bool waits_for(const struct sk_change *change, const struct tie *tie)
{
    if (!tie->change || tie->change == change || !sk_change_acts(tie->change))
        return false;
    return change->action == SK_ACTION_DELETE || tie->change->action != SK_ACTION_DELETE;
}

static void add_follower(struct node *node, size_t follower)
{
    if (node->follower_count == node->follower_capacity) {
        node->follower_capacity = node->follower_capacity ? node->follower_capacity * 2 : 4;
        node->followers = sk_xrealloc(node->followers, node->follower_capacity, sizeof(size_t));
    }
    node->followers[node->follower_count++] = follower;
}

static void build_nodes(struct linker *linker)
{
    struct sk_planner *p = linker->planner;
    for (size_t i = 0; i < p->plan->count; i++) {
        struct sk_change *change = &p->plan->items[i];
        struct node *node = &linker->nodes[i];
        if (!sk_change_acts(change) || change->stays) /* what stays may go on being used */
            continue;
        if (change->action == SK_ACTION_DELETE)
            tie_dependants(p, node, change->live);
        else
            tie_needs(p, node, change->desired);
        sort_ties(node);
        for (size_t j = 0; j < node->count; j++) {
            if (!waits_for(change, &node->ties[j]))
                continue;
            add_follower(&linker->nodes[node->ties[j].change - p->plan->items], i);
            node->waits_for++;
        }
    }
}

/* The gravest thing that the ties of a change say: `action` stays CREATE when nothing is in the
 * way. Ties come in the order of their addresses, the first of the gravest gives the reason. */
struct verdict {
    enum sk_action action;
    char *reason;   /* owned */
    const char *on; /* the address that the reason is about */
    bool partial;
    bool soon;          /* something it waits for needs only moments */
    struct sk_wall due; /* when the last of the grace times that it waits for has passed */
};

static void find_against(struct verdict *verdict, enum sk_action action, const char *on,
                         char *reason, bool partial)
{
    verdict->partial |= partial;
    bool graver = verdict->action == SK_ACTION_CREATE ||
                  (verdict->action == SK_ACTION_WAIT && action == SK_ACTION_BLOCKED);
    if (!graver) {
        free(reason);
        return;
    }
    free(verdict->reason);
    verdict->action = action;
    verdict->on = on;
    verdict->reason = reason;
}

/* E5: a need that nobody declares and that is not there, or not for long. */
static bool judge_undeclared(const struct sk_planner *p, const struct tie *need,
                             struct verdict *verdict)
{
    if (need->desired)
        return false;
    const struct sk_unknown *unknown =
        need->live ? NULL : sk_view_unknown_around(p->input->view, p->input->kinds, need->address);
    if (unknown)
        find_against(verdict, SK_ACTION_BLOCKED, need->address,
                     sk_xasprintf("it needs '%s', which cannot be read: %s", need->address,
                                  sk_err_message(&unknown->err)),
                     true);
    else if (!need->live)
        find_against(
            verdict, SK_ACTION_BLOCKED, need->address,
            sk_xasprintf("it needs '%s', which is neither declared nor there", need->address),
            false);
    else if (sk_view_ownership(p->input->view, need->live, p->input->owner) == SK_OWNED)
        find_against(verdict, SK_ACTION_BLOCKED, need->address,
                     sk_xasprintf("it needs '%s', which is not declared any more", need->address),
                     false);
    else
        return false;
    return true;
}

/* Whether it goes by another ARN than the one declared, to which others refer. */
static bool goes_by_another_name(const struct sk_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->items[i].attr->flags & SK_ATTR_NAMES)
            return true;
    }
    return false;
}

/* E: what a create, update or adoption needs first. */
static void judge_need(const struct sk_planner *p, struct sk_change *change, const struct tie *need,
                       struct verdict *verdict)
{
    const struct sk_change *needed = need->change;
    const struct sk_document *live = need->live;
    if (judge_undeclared(p, need, verdict)) /* E5 */
        return;
    bool usable = live && needed &&
                  sk_view_ownership(p->input->view, live, p->input->owner) == SK_OWNED &&
                  !goes_by_another_name(&needed->fields);
    if (needed && needed->action == SK_ACTION_BLOCKED && !usable) { /* E3 */
        find_against(verdict, SK_ACTION_BLOCKED, need->address,
                     sk_xasprintf("it needs '%s', which is blocked", need->address),
                     needed->partial);
        return;
    }
    enum sk_state state = live ? sk_kind_state(live->kind, live->body, NULL) : SK_STATE_READY;
    if (state == SK_STATE_FAILED_CREATE || state == SK_STATE_FAILED_DELETE) { /* E4 */
        find_against(verdict, SK_ACTION_BLOCKED, need->address,
                     sk_xasprintf("it needs '%s', which failed", need->address), false);
        return;
    }
    bool settling = state == SK_STATE_BUSY && (live->kind->flags & SK_KIND_SETTLES);
    if (settling || (needed && needed->action == SK_ACTION_WAIT && !live)) { /* E2 */
        verdict->soon |= settling || !needed->pending;
        find_against(verdict, SK_ACTION_WAIT, need->address,
                     sk_xasprintf("it needs '%s', which is not ready", need->address), false);
        return;
    }
    if (needed && needed != change && sk_change_acts(needed)) /* E1 */
        json_array_append_new(change->depends, json_string(needed->address));
}

/* F: what hangs on a live document that is to be deleted. */
static void judge_dependant(struct sk_change *change, const struct tie *dependant,
                            struct verdict *verdict)
{
    const struct sk_change *other = dependant->change;
    if (other && sk_change_acts(other) && !other->stays) { /* F1 */
        json_array_append_new(change->depends, json_string(other->address));
        return;
    }
    bool waits = other && (other->action == SK_ACTION_WAIT || other->stays); /* F2, F3 */
    if (waits && other->due.seconds > verdict->due.seconds)
        verdict->due = other->due;
    verdict->soon |= waits && other->due.seconds == 0;
    find_against(verdict, waits ? SK_ACTION_WAIT : SK_ACTION_BLOCKED, dependant->address,
                 sk_xasprintf("'%s' still uses it", dependant->address), other && other->partial);
}

/* F7: access does not wait for what is to go before the resource itself, which may fail. */
static void retire_first(struct sk_planner *p, struct sk_change *change)
{
    const char *first = json_string_value(json_array_get(change->depends, 0));
    if (change->action != SK_ACTION_DELETE || !first)
        return;
    sk_auto(sk_freep) char *reason = sk_xasprintf("'%s' goes first", first);
    if (sk_plan_retire(p, change, reason))
        json_array_clear(change->depends);
}

static void judge(struct sk_planner *p, struct sk_change *change, const struct node *node)
{
    struct verdict verdict = {.action = SK_ACTION_CREATE};
    for (size_t i = 0; i < node->count; i++) {
        if (change->action == SK_ACTION_DELETE)
            judge_dependant(change, &node->ties[i], &verdict);
        else
            judge_need(p, change, &node->ties[i], &verdict);
    }
    if (verdict.action == SK_ACTION_CREATE) {
        retire_first(p, change);
        return;
    }
    json_array_clear(change->depends);
    if (sk_plan_retire(p, change, verdict.reason)) { /* F6 */
        free(verdict.reason);
        return;
    }
    sk_change_demote(change, verdict.action, verdict.reason);
    change->partial = verdict.partial;
    if (verdict.action != SK_ACTION_WAIT)
        return;
    /* What it waits for may be refused: then nobody needs to wait. */
    if (sk_planner_find(p, verdict.on))
        json_array_append_new(change->depends, json_string(verdict.on));
    if (verdict.soon)
        return;
    change->due = verdict.due;
    change->pending = verdict.due.seconds == 0;
}

/* Judges what is ready and what becomes ready by it. */
static void judge_ready(struct linker *linker)
{
    struct sk_plan *plan = linker->planner->plan;
    while (linker->ready_count > 0) {
        size_t position = linker->ready[--linker->ready_count];
        struct node *node = &linker->nodes[position];
        judge(linker->planner, &plan->items[position], node);
        for (size_t i = 0; i < node->follower_count; i++) {
            size_t follower = node->followers[i];
            if (--linker->nodes[follower].waits_for == 0)
                linker->ready[linker->ready_count++] = follower;
        }
    }
}

/* F4: live documents that use each other in a circle, and what those use, cannot be deleted one by
 * one. All of them are blocked, so that the rest of the plan goes on. */
static void block_circles(struct linker *linker)
{
    struct sk_plan *plan = linker->planner->plan;
    for (size_t i = 0; i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        const struct node *node = &linker->nodes[i];
        if (node->waits_for == 0 || change->action != SK_ACTION_DELETE)
            continue;
        size_t first = 0;
        while (!node->ties[first].change ||
               linker->nodes[node->ties[first].change - plan->items].waits_for == 0)
            first++;
        sk_change_demote(change, SK_ACTION_BLOCKED,
                         sk_xasprintf("'%s' uses it, as part of a circle; such a circle has to be "
                                      "opened by hand",
                                      node->ties[first].address));
    }
}

/* The next change on the way round a circle: the first tie that is not judged. */
static size_t next_in_circle(const struct linker *linker, size_t position)
{
    const struct sk_change *items = linker->planner->plan->items;
    const struct node *node = &linker->nodes[position];
    for (size_t i = 0; i < node->count; i++) {
        const struct tie *tie = &node->ties[i];
        if (waits_for(&items[position], tie) && linker->nodes[tie->change - items].waits_for > 0)
            return (size_t)(tie->change - items);
    }
    return position;
}

/* Walks from any unjudged change into the circle behind it, then once around it. */
static int report_circle(const struct linker *linker, size_t start, struct sk_err *err)
{
    const struct sk_plan *plan = linker->planner->plan;
    size_t at = start;
    for (size_t i = 0; i < plan->count; i++)
        at = next_in_circle(linker, at);
    size_t first = at;
    for (size_t i = next_in_circle(linker, at); i != at; i = next_in_circle(linker, i)) {
        if (strcmp(plan->items[i].address, plan->items[first].address) < 0)
            first = i;
    }
    struct sk_buffer text = {0};
    size_t i = first;
    do {
        i = next_in_circle(linker, i);
        sk_buffer_addf(&text, " needs '%s'", plan->items[i].address);
    } while (i != first);
    int code = sk_err_set(err, SK_E_INVALID, "circle of references: '%s'%s",
                          plan->items[first].address, sk_buffer_text(&text));
    sk_buffer_done(&text);
    return code;
}

/* Creates, updates and adoptions wait for each other only, and so do deletes: a circle is of one
 * sort, and the first is a defect of the manifests. */
static int close_circles(struct linker *linker, struct sk_err *err)
{
    const struct sk_plan *plan = linker->planner->plan;
    const struct sk_change *first = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        bool circular = linker->nodes[i].waits_for > 0 && change->action != SK_ACTION_DELETE;
        if (circular && (!first || strcmp(change->address, first->address) < 0))
            first = change;
    }
    if (first)
        return report_circle(linker, (size_t)(first - plan->items), err);
    block_circles(linker);
    return 0;
}

int sk_plan_link(struct sk_planner *planner, struct sk_err *err)
{
    size_t count = planner->plan->count;
    struct linker linker = {.planner = planner,
                            .nodes = sk_xcalloc(count, sizeof(struct node)),
                            .ready = sk_xcalloc(count, sizeof(size_t))};
    build_nodes(&linker);
    for (size_t i = 0; i < count; i++) {
        if (sk_change_acts(&planner->plan->items[i]) && linker.nodes[i].waits_for == 0)
            linker.ready[linker.ready_count++] = i;
    }
    judge_ready(&linker);
    int code = close_circles(&linker, err);
    for (size_t i = 0; i < count; i++) {
        free(linker.nodes[i].ties);
        free(linker.nodes[i].followers);
        json_decref(linker.nodes[i].needs);
    }
    free(linker.nodes);
    free(linker.ready);
    return code;
}
