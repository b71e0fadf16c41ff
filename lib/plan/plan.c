/* Planning: one change for each address that differs. See plan.h; the cases A1, B2, … in the
 * comments are the rows of docs/design/plan-cases.md.
 *
 * Three passes: decide each address alone, then let dependencies block, wait or order changes, then
 * put them into one total order. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "plan/plan_int.h"

const char *sk_action_name(enum sk_action action)
{
    static const char *const names[] = {"create", "update", "delete", "adopt", "blocked", "wait"};
    return names[action];
}

const char *sk_severity_name(enum sk_severity severity)
{
    static const char *const names[] = {"info", "low", "medium", "high"};
    return names[severity];
}

enum sk_ownership sk_ownership_of(const struct sk_document *live, const char *owner)
{
    const json_t *tags = json_object_get(live->body, "Tags");
    const char *live_owner = sk_json_tag(tags, SK_TAG_OWNER);
    const char *address = sk_json_tag(tags, SK_TAG_ADDRESS);
    if (!live_owner || !address || strcasecmp(address, live->address) != 0)
        return SK_NOT_OURS;
    return strcmp(live_owner, owner) == 0 ? SK_OWNED : SK_OTHER_OWNER;
}

struct planner {
    const struct sk_plan_input *input;
    struct sk_plan *plan;
    size_t capacity;
    json_t *positions; /* owned: address -> position in plan->items, before ordering */
};

static struct sk_change *add_change(struct planner *p, const struct sk_document *subject,
                                    enum sk_action action)
{
    struct sk_plan *plan = p->plan;
    if (plan->count == p->capacity) {
        p->capacity = p->capacity ? p->capacity * 2 : 32;
        plan->items = sk_xrealloc(plan->items, p->capacity, sizeof(struct sk_change));
    }
    json_object_set_new(p->positions, subject->address, json_integer((json_int_t)plan->count));
    struct sk_change *change = &plan->items[plan->count++];
    *change = (struct sk_change){.address = sk_xstrdup(subject->address),
                                 .kind = subject->kind,
                                 .account = sk_xstrdup(subject->account),
                                 .region = sk_xstrdup(subject->region),
                                 .action = action,
                                 .depends = json_array()};
    return change;
}

static void set_reason(struct sk_change *change, char *reason)
{
    free(change->reason);
    change->reason = reason;
}

/* Turns a change into one that does nothing now. `reason` is owned by the change afterwards. */
static void demote(struct sk_change *change, enum sk_action action, char *reason)
{
    change->action = action;
    set_reason(change, reason);
    sk_calls_done(&change->calls);
    change->access = 0;
}

static const char *calls_region(const struct sk_change *change)
{
    return change->kind->scope == SK_SCOPE_REGION ? change->region : "global";
}

static int build_calls(const struct planner *p, struct sk_change *change, sk_calls_fn build,
                       struct sk_err *err)
{
    const struct sk_account *account = sk_accounts_find(p->input->accounts, change->account);
    if (!account)
        return sk_err_set(err, SK_E_INTERNAL, "'%s' names no known account", change->address);
    const struct sk_change_input input = {.kind = change->kind,
                                          .account_id = account->id,
                                          .partition = account->partition,
                                          .desired = change->desired,
                                          .live = change->live,
                                          .fields = &change->fields};
    change->calls.region = calls_region(change);
    if (build(&input, &change->calls, err) < 0)
        return sk_err_wrap(err, "'%s'", change->address);
    return 0;
}

static bool kind_grants(const struct sk_kind *kind)
{
    for (const struct sk_attr *attr = kind->attrs; attr->path; attr++) {
        if (attr->flags & SK_ATTR_GRANTS)
            return true;
    }
    return false;
}

/* -1 when every access field only goes away, +1 when some only come, 0 in between. */
static int update_access(const struct sk_fields *fields)
{
    int taken = 0;
    int granted = 0;
    int changed = 0;
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        if (!(field->attr->flags & SK_ATTR_GRANTS))
            continue;
        if (!field->to || json_is_null(field->to))
            taken++;
        else if (!field->from)
            granted++;
        else
            changed++;
    }
    if (taken > 0 && granted == 0 && changed == 0)
        return -1;
    return granted > 0 && taken == 0 && changed == 0;
}

static void set_severity(struct sk_change *change)
{
    for (size_t i = 0; i < change->fields.count; i++) {
        if (change->fields.items[i].attr->severity > change->severity)
            change->severity = change->fields.items[i].attr->severity;
    }
}

/* Names the fields that cannot be changed; NULL when all can. */
static char *immutable_reason(const struct sk_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        const struct sk_attr *attr = field->attr;
        if (attr->flags & SK_ATTR_IMMUTABLE)
            return sk_xasprintf("%s cannot be changed%s%s", field->path, attr->road ? ": " : "",
                                attr->road ? attr->road : "");
        if (json_is_null(field->to) && attr->clear == SK_CLEAR_NOT_POSSIBLE)
            return sk_xasprintf("%s cannot be cleared: AWS has no way to unset it; set another "
                                "value, or leave the field out to stop managing it",
                                field->path);
    }
    return NULL;
}

/* A failed update is shown as a field of its own, so that equal settings are still sent again. */
static void add_status_field(struct sk_change *change)
{
    static const struct sk_attr status = {
        .path = "Status", .type = SK_ATTR_VALUE, .severity = SK_SEVERITY_MEDIUM, .doc = "status"};
    struct sk_fields *fields = &change->fields;
    if (fields->count == fields->capacity) {
        fields->capacity = fields->capacity ? fields->capacity * 2 : 4;
        fields->items = sk_xrealloc(fields->items, fields->capacity, sizeof(struct sk_field));
    }
    json_t *live_status = json_object_get(change->live->body, "Status");
    fields->items[fields->count++] = (struct sk_field){.path = sk_xstrdup("Status"),
                                                       .attr = &status,
                                                       .from = json_incref(live_status),
                                                       .to = json_string("InService"),
                                                       .raw = json_string("InService")};
}

static int plan_create(struct planner *p, const struct sk_document *desired, struct sk_err *err)
{
    const char *recent =
        json_string_value(json_object_get(p->input->recent_creates, desired->address));
    struct sk_change *change = add_change(p, desired, SK_ACTION_CREATE);
    change->desired = desired;
    if (recent) { /* A3: created a moment ago, not listed yet */
        demote(change, SK_ACTION_WAIT, sk_xstrdup(recent));
        return 0;
    }
    change->access = kind_grants(desired->kind) ? 1 : 0;
    return build_calls(p, change, desired->kind->create, err);
}

/* B: there, ours (or adopted) and differing. */
static int plan_update(struct planner *p, const struct sk_document *desired,
                       const struct sk_document *live, enum sk_action action, struct sk_err *err)
{
    const char *why = NULL;
    enum sk_state state = sk_kind_state(live->kind, live->body, &why);
    struct sk_fields fields = {0};
    sk_diff(desired->kind, desired->body, live->body, &p->input->view->live, &fields);
    if (fields.count == 0 && state != SK_STATE_FAILED_CREATE && state != SK_STATE_FAILED_UPDATE &&
        state != SK_STATE_FAILED_DELETE) { /* B1 */
        p->plan->in_sync++;
        return 0;
    }
    struct sk_change *change = add_change(p, desired, action);
    change->desired = desired;
    change->live = live;
    change->fields = fields;
    sk_json_digest(live->body, change->fingerprint);
    if (state == SK_STATE_FAILED_UPDATE)
        add_status_field(change);
    set_severity(change);
    if (state == SK_STATE_BUSY) { /* B4 */
        demote(change, SK_ACTION_WAIT,
               sk_xasprintf("it is %s", sk_json_text(live->body, "Status")));
        return 0;
    }
    if (state == SK_STATE_FAILED_DELETE) { /* B6 */
        demote(change, SK_ACTION_BLOCKED,
               sk_xasprintf("deleting it failed%s%s; it can be neither used nor updated until the "
                            "delete is repeated",
                            why ? ": " : "", why ? why : ""));
        return 0;
    }
    if (state == SK_STATE_FAILED_CREATE) { /* B5 */
        set_reason(change, sk_xasprintf("creating it failed%s%s; it is deleted, and made again by "
                                        "the next cycle",
                                        why ? ": " : "", why ? why : ""));
        change->action = SK_ACTION_DELETE;
        return build_calls(p, change, live->kind->remove, err);
    }
    char *blocked = immutable_reason(&change->fields);
    if (blocked) { /* B3 */
        demote(change, SK_ACTION_BLOCKED, blocked);
        return 0;
    }
    change->access = update_access(&change->fields);
    return build_calls(p, change, desired->kind->update, err); /* B2 */
}

static void plan_blocked(struct planner *p, const struct sk_document *desired,
                         const struct sk_document *live, char *reason, bool partial)
{
    struct sk_change *change = add_change(p, desired, SK_ACTION_BLOCKED);
    change->desired = desired;
    change->live = live;
    change->partial = partial;
    change->severity = SK_SEVERITY_MEDIUM;
    set_reason(change, reason);
    if (live)
        sk_json_digest(live->body, change->fingerprint);
}

/* C: there, but not ours. */
static int plan_foreign(struct planner *p, const struct sk_document *desired,
                        const struct sk_document *live, enum sk_ownership ownership,
                        struct sk_err *err)
{
    const json_t *tags = json_object_get(live->body, "Tags");
    const char *other = sk_json_tag(tags, SK_TAG_OWNER);
    if (ownership == SK_OTHER_OWNER) { /* C3 */
        plan_blocked(p, desired, live,
                     sk_xasprintf("it belongs to organization '%s'", other ? other : "?"), false);
        return 0;
    }
    if (desired->flags & SK_DOCUMENT_ADOPT) /* C2 */
        return plan_update(p, desired, live, SK_ACTION_ADOPT, err);
    const char *address = sk_json_tag(tags, SK_TAG_ADDRESS);
    plan_blocked(p, desired, live,
                 address ? sk_xasprintf("a %s of this name exists and is not ours: its address tag "
                                        "names '%s'",
                                        live->kind->noun, address)
                         : sk_xasprintf("a %s of this name exists and is not ours; `adopt: true` "
                                        "and an approval take it over",
                                        live->kind->noun),
                 false); /* C1 */
    return 0;
}

static int plan_desired(struct planner *p, const struct sk_document *desired, struct sk_err *err)
{
    const struct sk_view *view = p->input->view;
    const struct sk_unknown *unknown =
        sk_view_unknown(view, desired->kind, desired->account, desired->region);
    if (unknown) { /* A4, B7: unknown is never read as absent */
        plan_blocked(p, desired, NULL,
                     sk_xasprintf("%ss in account '%s' cannot be read: %s", desired->kind->noun,
                                  desired->account, sk_err_message(&unknown->err)),
                     true);
        return 0;
    }
    const struct sk_document *live = sk_documents_find(&view->live, desired->address);
    if (live && sk_kind_state(live->kind, live->body, NULL) == SK_STATE_GONE)
        live = NULL;
    if (desired->flags & SK_DOCUMENT_EXISTING) {
        if (!live) /* A5 */
            plan_blocked(
                p, desired, NULL,
                sk_xasprintf("declared as existing, but there is no such %s", desired->kind->noun),
                false);
        return 0;
    }
    if (!live) /* A1 */
        return plan_create(p, desired, err);
    if (live->kind->denied && live->kind->denied(live->body)) {
        plan_blocked(p, desired, live,
                     sk_xasprintf("this %s is managed by AWS and never touched", live->kind->noun),
                     false);
        return 0;
    }
    enum sk_ownership ownership = sk_ownership_of(live, p->input->owner);
    if (ownership != SK_OWNED)
        return plan_foreign(p, desired, live, ownership, err);
    return plan_update(p, desired, live, SK_ACTION_UPDATE, err);
}

/* D: there, not desired. */
static int plan_undesired(struct planner *p, const struct sk_document *live, struct sk_err *err)
{
    const char *why = NULL;
    enum sk_state state = sk_kind_state(live->kind, live->body, &why);
    if (state == SK_STATE_GONE || sk_ownership_of(live, p->input->owner) != SK_OWNED ||
        (live->kind->denied && live->kind->denied(live->body))) /* D4 */
        return 0;
    struct sk_change *change = add_change(p, live, SK_ACTION_DELETE);
    change->live = live;
    sk_json_digest(live->body, change->fingerprint);
    change->severity =
        live->kind->flags & SK_KIND_PROTECTED ? SK_SEVERITY_HIGH : SK_SEVERITY_MEDIUM;
    const struct sk_unknown *unknown = sk_view_unknown_in_account(p->input->view, live->account);
    if (unknown) { /* D3 */
        demote(change, SK_ACTION_BLOCKED,
               sk_xasprintf("nothing is deleted in account '%s' while its %ss cannot be read: %s",
                            live->account, unknown->kind->noun, sk_err_message(&unknown->err)));
        change->partial = true;
        return 0;
    }
    if (state == SK_STATE_BUSY) { /* D2 */
        demote(change, SK_ACTION_WAIT,
               sk_xasprintf("it is %s", sk_json_text(live->body, "Status")));
        return 0;
    }
    change->access = kind_grants(live->kind) ? -1 : 0;
    return build_calls(p, change, live->kind->remove, err); /* D1 */
}

static struct sk_change *change_at(const struct planner *p, const char *address)
{
    const json_t *position = json_object_get(p->positions, address);
    return position ? &p->plan->items[json_integer_value(position)] : NULL;
}

static bool does_something(const struct sk_change *change)
{
    return change->action != SK_ACTION_BLOCKED && change->action != SK_ACTION_WAIT;
}

/* What a desired document needs: the targets of its references and its edges. New array. */
static json_t *needs_of(const struct sk_document *document)
{
    json_t *needs = json_array();
    sk_ref_collect(document->body, needs);
    size_t index;
    json_t *edge;
    json_array_foreach(document->edges, index, edge)
    {
        json_array_append(needs, edge);
    }
    return needs;
}

/* E: what a create, update or adopt needs first. Returns true when the change was demoted. */
static bool apply_need(struct planner *p, struct sk_change *change, const char *address)
{
    const struct sk_document *live = sk_documents_find(&p->input->view->live, address);
    const struct sk_document *desired = sk_documents_find(p->input->desired, address);
    const struct sk_change *needed = change_at(p, desired ? desired->address : address);
    if (needed && needed->action == SK_ACTION_BLOCKED && !needed->live) { /* E3 */
        demote(change, SK_ACTION_BLOCKED,
               sk_xasprintf("it needs '%s', which is blocked", needed->address));
        change->partial = needed->partial;
        return true;
    }
    bool settles = live && (live->kind->flags & SK_KIND_SETTLES);
    enum sk_state state = live ? sk_kind_state(live->kind, live->body, NULL) : SK_STATE_READY;
    if ((settles && state == SK_STATE_BUSY) ||
        (needed && needed->action == SK_ACTION_WAIT && !needed->live)) { /* E2 */
        demote(change, SK_ACTION_WAIT, sk_xasprintf("it needs '%s', which is not ready", address));
        return true;
    }
    if (live && (state == SK_STATE_FAILED_CREATE || state == SK_STATE_FAILED_DELETE)) { /* E4 */
        demote(change, SK_ACTION_BLOCKED, sk_xasprintf("it needs '%s', which failed", address));
        return true;
    }
    if (needed && needed != change && does_something(needed)) /* E1 */
        json_array_append_new(change->depends, json_string(needed->address));
    return false;
}

static bool link_needs(struct planner *p, struct sk_change *change)
{
    json_auto_t *needs = needs_of(change->desired);
    size_t index;
    json_t *address;
    json_array_foreach(needs, index, address)
    {
        if (apply_need(p, change, json_string_value(address)))
            return true;
    }
    return false;
}

/* F: what hangs on a live document that is to be deleted. */
static bool apply_dependant(struct planner *p, struct sk_change *change,
                            const struct sk_document *dependant)
{
    const struct sk_change *other = change_at(p, dependant->address);
    if (other && does_something(other)) { /* F1 */
        json_array_append_new(change->depends, json_string(other->address));
        return false;
    }
    bool waits = other && other->action == SK_ACTION_WAIT;
    demote(change, waits ? SK_ACTION_WAIT : SK_ACTION_BLOCKED,
           sk_xasprintf("'%s' still uses it", dependant->address)); /* F2, F3 */
    return true;
}

/* {address: [positions of live documents with an edge to it]}. New. */
static json_t *dependants_index(const struct sk_documents *live)
{
    json_t *index = json_object();
    for (size_t i = 0; i < live->count; i++) {
        size_t position;
        json_t *edge;
        json_array_foreach(live->items[i]->edges, position, edge)
        {
            const char *address = json_string_value(edge);
            json_t *list = json_object_get(index, address);
            if (!list) {
                list = json_array();
                json_object_set_new(index, address, list);
            }
            json_array_append_new(list, json_integer((json_int_t)i));
        }
    }
    return index;
}

static bool link_dependants(struct planner *p, struct sk_change *change, const json_t *dependants)
{
    size_t index;
    json_t *position;
    json_array_foreach(json_object_get(dependants, change->address), index, position)
    {
        const struct sk_document *dependant =
            p->input->view->live.items[json_integer_value(position)];
        if (sk_kind_state(dependant->kind, dependant->body, NULL) == SK_STATE_GONE)
            continue;
        if (apply_dependant(p, change, dependant))
            return true;
    }
    return false;
}

/* A demoted change may demote those that hang on it: repeat until nothing moves. Each round demotes
 * at least one change, and chains are as long as the nesting of kinds, so few rounds are needed. */
static void link_changes(struct planner *p)
{
    json_auto_t *dependants = dependants_index(&p->input->view->live);
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < p->plan->count; i++) {
            struct sk_change *change = &p->plan->items[i];
            if (!does_something(change))
                continue;
            json_array_clear(change->depends);
            moved |= change->action == SK_ACTION_DELETE ? link_dependants(p, change, dependants)
                                                        : link_needs(p, change);
        }
    }
}

static int decide_all(struct planner *p, struct sk_err *err)
{
    const struct sk_plan_input *input = p->input;
    for (size_t i = 0; i < input->desired->count; i++) {
        if (plan_desired(p, input->desired->items[i], err) < 0)
            return err ? (int)err->code : SK_E_INTERNAL;
    }
    for (size_t i = 0; i < input->view->live.count; i++) {
        const struct sk_document *live = input->view->live.items[i];
        if (sk_documents_find(input->desired, live->address))
            continue;
        if (plan_undesired(p, live, err) < 0)
            return err ? (int)err->code : SK_E_INTERNAL;
    }
    return 0;
}

int sk_plan_make(const struct sk_plan_input *input, struct sk_plan **out, struct sk_err *err)
{
    struct sk_plan *plan = sk_xcalloc(1, sizeof(*plan));
    plan->view = input->view;
    json_auto_t *positions = json_object();
    struct planner planner = {.input = input, .plan = plan, .positions = positions};
    int code = decide_all(&planner, err);
    if (code == 0) {
        link_changes(&planner);
        code = sk_plan_order(plan, err);
    }
    if (code < 0) {
        sk_plan_free(plan);
        return code;
    }
    for (size_t i = 0; i < plan->count; i++)
        plan->counts[plan->items[i].action]++;
    plan->positions = json_object();
    for (size_t i = 0; i < plan->count; i++)
        json_object_set_new(plan->positions, plan->items[i].address, json_integer((json_int_t)i));
    sk_plan_digest(plan);
    *out = plan;
    return 0;
}

static void change_done(struct sk_change *change)
{
    free(change->address);
    free(change->account);
    free(change->region);
    free(change->reason);
    sk_fields_done(&change->fields);
    sk_calls_done(&change->calls);
    json_decref(change->depends);
}

void sk_plan_free(struct sk_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->count; i++)
        change_done(&plan->items[i]);
    free(plan->items);
    json_decref(plan->positions);
    free(plan);
}

struct sk_change *sk_plan_find(const struct sk_plan *plan, const char *address)
{
    const json_t *position = json_object_get(plan->positions, address);
    return position ? &plan->items[json_integer_value(position)] : NULL;
}

bool sk_plan_has_work(const struct sk_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (does_something(&plan->items[i]) && !plan->items[i].refused)
            return true;
    }
    return false;
}
