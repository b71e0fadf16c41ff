/* First pass of planning: what is to be done about each address, seen alone. The cases A1, B2, …
 * are the rows of docs/design/plan-cases.md. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "plan/fields.h"
#include "plan/plan_int.h"

const struct sk_document *sk_view_there(const struct sk_view *view, const char *address)
{
    const struct sk_document *live = sk_documents_find(&view->live, address);
    if (live && sk_kind_state(live->kind, live->body, NULL) == SK_STATE_GONE)
        return NULL;
    return live;
}

/* `desired` or `live` may be NULL; the address is the desired one where there is one. */
static struct sk_change *add_change(struct sk_planner *p, enum sk_action action,
                                    const struct sk_document *desired,
                                    const struct sk_document *live)
{
    const struct sk_document *subject = desired ? desired : live;
    struct sk_plan *plan = p->plan;
    if (plan->count == p->capacity) {
        p->capacity = p->capacity ? p->capacity * 2 : 32;
        plan->items = sk_xrealloc(plan->items, p->capacity, sizeof(struct sk_change));
    }
    sk_auto(sk_freep) char *folded = sk_address_fold(subject->address);
    json_object_set_new(p->positions, folded, json_integer((json_int_t)plan->count));
    struct sk_change *change = &plan->items[plan->count++];
    *change = (struct sk_change){.address = sk_xstrdup(subject->address),
                                 .kind = subject->kind,
                                 .account = sk_xstrdup(subject->account),
                                 .region = sk_xstrdup(subject->region),
                                 .action = action,
                                 .depends = json_array(),
                                 .desired = desired,
                                 .live = live};
    if (live)
        sk_json_digest(live->body, change->fingerprint);
    return change;
}

/* NULL when there is none of this name. */
static const struct sk_account *find_account(struct sk_planner *p, const char *name)
{
    if (!p->account || strcmp(p->account->name, name) != 0)
        p->account = sk_accounts_find(p->input->accounts, name);
    return p->account;
}

/* p->account must be the change's. */
static struct sk_change_input change_input(const struct sk_planner *p,
                                           const struct sk_change *change)
{
    return (struct sk_change_input){.kind = change->kind,
                                    .account_id = p->account->id,
                                    .partition = p->account->partition,
                                    .desired = change->desired,
                                    .live = change->live,
                                    .fields = &change->fields,
                                    .now = p->input->now,
                                    .own_copy = change->own_copy,
                                    .live_set = &p->input->view->live,
                                    .users = p->users};
}

/* `build` may be NULL: no calls then. Blocks the change instead when the kind knows of an obstacle.
 */
static int build_calls(struct sk_planner *p, struct sk_change *change, sk_calls_fn build,
                       struct sk_err *err)
{
    if (!find_account(p, change->account))
        return sk_err_set(err, SK_E_INTERNAL, "'%s' names no known account", change->address);
    const struct sk_change_input input = change_input(p, change);
    char *obstacle = change->live && change->kind->obstacle ? change->kind->obstacle(&input) : NULL;
    if (obstacle) { /* B11, D6 */
        if (!sk_plan_retire(p, change, obstacle))
            sk_change_demote(change, SK_ACTION_BLOCKED, sk_xstrdup(obstacle));
        free(obstacle);
        return 0;
    }
    change->calls.region = change->kind->scope == SK_SCOPE_REGION ? change->region : "global";
    int code = build ? build(&input, &change->calls, err) : 0;
    if (code < 0)
        sk_err_wrap(err, "'%s'", change->address);
    return code;
}

static bool kind_grants(const struct sk_kind *kind)
{
    for (const struct sk_attr *attr = kind->attrs; attr->path; attr++) {
        if (attr->flags & SK_ATTR_GRANTS)
            return true;
    }
    return false;
}

static void set_severity(struct sk_change *change)
{
    for (size_t i = 0; i < change->fields.count; i++) {
        if (change->fields.items[i].attr->severity > change->severity)
            change->severity = change->fields.items[i].attr->severity;
    }
}

static enum sk_severity delete_severity(const struct sk_kind *kind)
{
    return kind->flags & (SK_KIND_PROTECTED | SK_KIND_HOLDS_DATA) ? SK_SEVERITY_HIGH
                                                                  : SK_SEVERITY_MEDIUM;
}

/* ": <why>" or "". Owned by the caller. */
static char *because(const char *why)
{
    return why ? sk_xasprintf(": %s", why) : sk_xstrdup("");
}

static void wait_for_it(struct sk_change *change)
{
    const char *status = sk_json_text(change->live->body, "Status");
    sk_change_demote(change, SK_ACTION_WAIT,
                     sk_xasprintf("it is %s", status ? status : "changing"));
}

/* The part of the account that keeps anything in it from being deleted (D3, B9), or NULL; then the
 * change is blocked and says so. */
static bool block_partial_delete(const struct sk_planner *p, struct sk_change *change)
{
    const struct sk_unknown *unknown = sk_view_unknown_in_account(p->input->view, change->account);
    if (!unknown)
        return false;
    sk_auto(sk_freep) char *nouns = sk_kind_plural(unknown->kind);
    sk_change_demote(change, SK_ACTION_BLOCKED,
                     sk_xasprintf("nothing is deleted in account '%s' while its %s cannot be "
                                  "read: %s",
                                  change->account, nouns, sk_err_message(&unknown->err)));
    change->partial = true;
    return true;
}

static int plan_create(struct sk_planner *p, const struct sk_document *desired, struct sk_err *err)
{
    const char *recent =
        json_string_value(json_object_get(p->input->recent_creates, desired->address));
    struct sk_change *change = add_change(p, SK_ACTION_CREATE, desired, NULL);
    if (recent) { /* A3: created a moment ago, not listed yet */
        sk_change_demote(change, SK_ACTION_WAIT, sk_xstrdup(recent));
        return 0;
    }
    if (desired->obstacle) { /* A9 */
        sk_change_demote(change, SK_ACTION_BLOCKED, sk_xstrdup(desired->obstacle));
        return 0;
    }
    change->access = kind_grants(desired->kind) ? 1 : 0;
    const char *note = json_string_value(json_object_get(p->input->notes, desired->address));
    if (note)
        change->reason = sk_xstrdup(note);
    return build_calls(p, change, desired->kind->create, err); /* A1, A2 */
}

/* B5, B9, C5: creating it failed; only deleting it and creating it again helps. */
static int plan_again(struct sk_planner *p, struct sk_change *change, const char *why,
                      struct sk_err *err)
{
    sk_auto(sk_freep) char *cause = because(why);
    if (change->action == SK_ACTION_ADOPT) { /* C5: what is not ours is never deleted */
        sk_change_demote(
            change, SK_ACTION_BLOCKED,
            sk_xasprintf("creating it failed%s; what failed is not taken over", cause));
        return 0;
    }
    change->action = SK_ACTION_DELETE;
    change->severity = delete_severity(change->kind);
    if (block_partial_delete(p, change)) /* B9 */
        return 0;
    change->reason = sk_xasprintf("creating it failed%s; it is deleted, and made again by the next "
                                  "cycle",
                                  cause);
    change->access = kind_grants(change->kind) ? -1 : 0;
    return build_calls(p, change, change->kind->remove, err); /* B5 */
}

/* B2, B8, C2: the calls of an update or adoption. */
static int plan_write(struct sk_planner *p, struct sk_change *change, const char *why,
                      struct sk_err *err)
{
    change->access = sk_fields_access(&change->fields);
    if (change->kind->handover && find_account(p, change->account)) {
        const struct sk_change_input input = change_input(p, change);
        change->reason = change->kind->handover(&input, &change->hands_over); /* B12 */
    }
    int code = build_calls(p, change, change->kind->update, err);
    if (code < 0 || change->calls.count > 0 || !sk_change_acts(change) || change->fields.count == 0)
        return code;
    /* B8: doing nothing again in every cycle would never end. */
    sk_auto(sk_freep) char *cause = because(why);
    const char *path = change->fields.items[0].path;
    sk_change_demote(change, SK_ACTION_BLOCKED,
                     sk_xasprintf("there is no call that changes %s%s", path, cause));
    return 0;
}

/* B: there, ours (or to be adopted). */
static int plan_existing(struct sk_planner *p, const struct sk_document *desired,
                         const struct sk_document *live, enum sk_action action, struct sk_err *err)
{
    const char *why = NULL;
    enum sk_state state = sk_kind_state(live->kind, live->body, &why);
    bool failed = state == SK_STATE_FAILED_CREATE || state == SK_STATE_FAILED_UPDATE ||
                  state == SK_STATE_FAILED_DELETE;
    struct sk_fields fields = {0};
    sk_diff(desired->kind, desired->body, live->body, &p->input->view->live, &fields);
    /* C8: without tags to write, taking over is what the record says of it afterwards. */
    bool record_only = action == SK_ACTION_ADOPT && (live->kind->flags & SK_KIND_RECORDED);
    if (fields.count == 0 && !failed && !record_only) { /* B1 */
        p->plan->in_sync++;
        return 0;
    }
    struct sk_change *change = add_change(p, action, desired, live);
    change->fields = fields;
    if (failed)
        sk_fields_add_status(&change->fields, live->body);
    set_severity(change);
    if (state == SK_STATE_BUSY) { /* B4 */
        wait_for_it(change);
        return 0;
    }
    if (state == SK_STATE_FAILED_DELETE) { /* B6 */
        sk_auto(sk_freep) char *cause = because(why);
        sk_change_demote(change, SK_ACTION_BLOCKED,
                         sk_xasprintf("deleting it failed%s; it can be neither used nor updated "
                                      "until the delete is repeated",
                                      cause));
        return 0;
    }
    if (state == SK_STATE_FAILED_CREATE)
        return plan_again(p, change, why, err);
    char *blocked = sk_fields_unchangeable(&change->fields);
    if (blocked) { /* B3 */
        sk_change_demote(change, SK_ACTION_BLOCKED, blocked);
        return 0;
    }
    return plan_write(p, change, why, err);
}

static void plan_blocked(struct sk_planner *p, const struct sk_document *desired,
                         const struct sk_document *live, char *reason, bool partial)
{
    struct sk_change *change = add_change(p, SK_ACTION_BLOCKED, desired, live);
    change->partial = partial;
    change->severity = SK_SEVERITY_MEDIUM;
    change->reason = reason;
}

/* The role that we call as, or something that it hangs on. */
static bool is_own_footing(struct sk_planner *p, const struct sk_document *live)
{
    const struct sk_account *account = find_account(p, live->account);
    if (!account || !account->own_role)
        return false;
    if (strcasecmp(account->own_role, live->address) == 0)
        return true;
    const struct sk_document *role = sk_documents_find(&p->input->view->live, account->own_role);
    size_t index;
    json_t *edge;
    json_array_foreach(role ? role->edges : NULL, index, edge)
    {
        if (strcasecmp(json_string_value(edge), live->address) == 0)
            return true;
    }
    return false;
}

/* Why a live resource is never written, whatever its tags say; NULL when it may be. */
static char *untouchable_reason(struct sk_planner *p, const struct sk_document *live)
{
    const char *noun = live->kind->noun;
    if (live->kind->denied && live->kind->denied(live->body))
        return sk_xasprintf("this %s is managed by AWS and never touched", noun);
    if (is_own_footing(p, live))
        return sk_xasprintf("this %s is what sagekeeper itself works with, and never touched",
                            noun);
    return NULL;
}

/* C7, C8: there, has no tags, and nothing records that it is ours. */
static int plan_unattributed(struct sk_planner *p, const struct sk_document *desired,
                             const struct sk_document *live, struct sk_err *err)
{
    if (live->kind->flags & SK_KIND_OF_HOLDER) /* as declared: there is nothing to take over */
        return plan_existing(p, desired, live, SK_ACTION_UPDATE, err);
    if (desired->flags & SK_DOCUMENT_ADOPT)
        return plan_existing(p, desired, live, SK_ACTION_ADOPT, err);
    plan_blocked(p, desired, live,
                 sk_xasprintf("a %s of this name exists, and nothing records that it is ours; "
                              "`adopt: true` and an approval take it over",
                              live->kind->noun),
                 false);
    return 0;
}

/* C: there, but not ours. Whatever address another organization's tag names (it has its own names
 * for accounts), what carries it is never taken over. */
static int plan_foreign(struct sk_planner *p, const struct sk_document *desired,
                        const struct sk_document *live, struct sk_err *err)
{
    const json_t *tags = json_object_get(live->body, "Tags");
    const char *owner = sk_json_tag(tags, SK_TAG_OWNER);
    if (owner && strcmp(owner, p->input->owner) != 0) { /* C3 */
        plan_blocked(p, desired, live, sk_xasprintf("it belongs to organization '%s'", owner),
                     false);
        return 0;
    }
    const char *address = sk_json_tag(tags, SK_TAG_ADDRESS);
    bool young = json_object_get(p->input->recent_creates, desired->address) ||
                 json_object_get(p->input->young, desired->address);
    if (!owner && !address && young) { /* C6 */
        struct sk_change *change = add_change(p, SK_ACTION_WAIT, desired, live);
        change->reason = sk_xstrdup("it was created moments ago; AWS does not show its tags yet");
        return 0;
    }
    if (!owner && !address && sk_kind_state(live->kind, live->body, NULL) == SK_STATE_BUSY) {
        wait_for_it(add_change(p, SK_ACTION_WAIT, desired, live)); /* C9 */
        return 0;
    }
    if (desired->flags & SK_DOCUMENT_ADOPT) /* C2 */
        return plan_existing(p, desired, live, SK_ACTION_ADOPT, err);
    bool elsewhere = address && strcasecmp(address, live->address) != 0;
    plan_blocked(p, desired, live,
                 elsewhere ? sk_xasprintf("a %s of this name exists and is not ours: its address "
                                          "tag names '%s'",
                                          live->kind->noun, address)
                           : sk_xasprintf("a %s of this name exists and is not ours; `adopt: true` "
                                          "and an approval take it over",
                                          live->kind->noun),
                 false); /* C1 */
    return 0;
}

/* A5, A7, A8: made elsewhere, and not there. */
static void plan_absent_existing(struct sk_planner *p, const struct sk_document *desired)
{
    const char *noun = desired->kind->noun;
    if (!(desired->flags & SK_DOCUMENT_AWAITED)) { /* A5 */
        plan_blocked(p, desired, NULL,
                     sk_xasprintf("declared as existing, but there is no such %s", noun), false);
    } else if (!(desired->kind->flags & SK_KIND_OF_HOLDER)) { /* A7 */
        struct sk_change *change = add_change(p, SK_ACTION_WAIT, desired, NULL);
        change->pending = true;
        change->reason =
            sk_xasprintf("there is no such %s yet; it is made elsewhere, and the cycle "
                         "that sees it goes on",
                         noun);
    } else {
        sk_planner_notice_absent(p, desired); /* A8 */
    }
}

static int plan_desired(struct sk_planner *p, const struct sk_document *desired, struct sk_err *err)
{
    const struct sk_view *view = p->input->view;
    const struct sk_unknown *unknown =
        sk_view_unknown(view, desired->kind, desired->account, desired->region);
    if (unknown) { /* A4, B7: unknown is never read as absent */
        sk_auto(sk_freep) char *nouns = sk_kind_plural(desired->kind);
        plan_blocked(p, desired, NULL,
                     sk_xasprintf("%s in account '%s' cannot be read: %s", nouns, desired->account,
                                  sk_err_message(&unknown->err)),
                     true);
        return 0;
    }
    const struct sk_document *live = sk_view_there(view, desired->address);
    if (desired->flags & SK_DOCUMENT_EXISTING) {
        if (!live)
            plan_absent_existing(p, desired);
        return 0;
    }
    if (!live) /* A1 */
        return plan_create(p, desired, err);
    char *untouchable = untouchable_reason(p, live);
    if (untouchable) { /* C4 */
        plan_blocked(p, desired, live, untouchable, false);
        return 0;
    }
    enum sk_ownership ownership = sk_view_ownership(view, live, p->input->owner);
    if (ownership == SK_UNATTRIBUTED)
        return plan_unattributed(p, desired, live, err);
    if (ownership != SK_OWNED)
        return plan_foreign(p, desired, live, err);
    return plan_existing(p, desired, live, SK_ACTION_UPDATE, err);
}

/* D7, D11 to D14: a second one of what AWS lets be twice. */
static int plan_copy(struct sk_planner *p, const struct sk_document *live,
                     const struct sk_document *kept, struct sk_err *err)
{
    struct sk_change *change = add_change(p, SK_ACTION_DELETE, NULL, live);
    change->severity = delete_severity(live->kind);
    sk_plan_judge_copy(p, change, kept);
    if (change->action != SK_ACTION_DELETE || block_partial_delete(p, change)) /* D3 */
        return 0;
    return build_calls(p, change, live->kind->remove, err);
}

/* The calls of kind->retire; *due as there. */
static int retire_calls(struct sk_planner *p, const struct sk_change *change, struct sk_wall *due,
                        struct sk_calls *calls, struct sk_err *err)
{
    if (!find_account(p, change->account))
        return sk_err_set(err, SK_E_INTERNAL, "'%s' names no known account", change->address);
    const struct sk_change_input input = change_input(p, change);
    calls->region = change->kind->scope == SK_SCOPE_REGION ? change->region : "global";
    int code = change->kind->retire(&input, due, calls, err);
    if (code < 0)
        sk_err_wrap(err, "'%s'", change->address);
    return code;
}

bool sk_plan_retire(struct sk_planner *p, struct sk_change *change, const char *reason)
{
    struct sk_calls calls = {0};
    struct sk_wall due = {0};
    bool retires = change->action == SK_ACTION_DELETE && !change->desired && change->kind->retire &&
                   retire_calls(p, change, &due, &calls, NULL) == 0 && calls.count > 0;
    if (!retires) {
        sk_calls_done(&calls);
        return false;
    }
    sk_calls_done(&change->calls);
    change->calls = calls;
    change->stays = true;
    free(change->reason);
    change->reason = sk_xasprintf("access and what runs go now; the %s itself stays for now: %s",
                                  change->kind->noun, reason);
    return true;
}

/* D9, D10: its grace time runs. False when it may be deleted. */
static int plan_grace(struct sk_planner *p, struct sk_change *change, bool *stays,
                      struct sk_err *err)
{
    struct sk_wall due = {0};
    int code = retire_calls(p, change, &due, &change->calls, err);
    *stays = code == 0 && due.seconds > p->input->now.seconds;
    if (!*stays) {
        sk_calls_done(&change->calls);
        return code;
    }
    char day[SK_WALL_TEXT_BYTES];
    sk_wall_format(due, day);
    change->due = due;
    change->stays = change->calls.count > 0;
    if (change->stays)
        change->reason = sk_xasprintf("access and what runs go now; the %s itself is deleted at %s",
                                      change->kind->noun, day);
    else
        sk_change_demote(change, SK_ACTION_WAIT,
                         sk_xasprintf("its grace time runs; it is deleted at %s", day));
    return 0;
}

/* D: there, not desired. */
static int plan_undesired(struct sk_planner *p, const struct sk_document *live, struct sk_err *err)
{
    enum sk_state state = sk_kind_state(live->kind, live->body, NULL);
    if (state == SK_STATE_GONE)
        return 0;
    if (live->flags & SK_DOCUMENT_BELONGS) /* D8: whatever tags it got from what it hangs on */
        return 0;
    enum sk_ownership ownership = sk_view_ownership(p->input->view, live, p->input->owner);
    bool unattributed = ownership == SK_UNATTRIBUTED && sk_planner_shows(p, live);
    if (ownership != SK_OWNED && !unattributed) { /* D4, D5 */
        const struct sk_document *kept = sk_plan_copied(p, live);
        return kept ? plan_copy(p, live, kept, err) : 0;
    }
    sk_auto(sk_freep) char *untouchable = untouchable_reason(p, live);
    if (untouchable) /* D4 */
        return 0;
    struct sk_change *change = add_change(p, SK_ACTION_DELETE, NULL, live);
    change->severity = delete_severity(live->kind);
    change->loses_data =
        (live->kind->flags & SK_KIND_HOLDS_DATA) && state != SK_STATE_FAILED_CREATE;
    change->unattributed = unattributed;
    if (unattributed)
        change->reason = sk_xstrdup("unattributed: nothing records that it is ours");
    if (block_partial_delete(p, change)) /* D3 */
        return 0;
    if (state == SK_STATE_BUSY) { /* D2 */
        wait_for_it(change);
        return 0;
    }
    change->access = kind_grants(live->kind) ? -1 : 0;
    bool stays = false;
    int code = live->kind->retire ? plan_grace(p, change, &stays, err) : 0; /* D9, D10 */
    if (code < 0 || stays)
        return code;
    return build_calls(p, change, live->kind->remove, err); /* D1 */
}

int sk_plan_decide(struct sk_planner *planner, struct sk_err *err)
{
    const struct sk_plan_input *input = planner->input;
    int code = 0;
    for (size_t i = 0; code == 0 && i < input->desired->count; i++)
        code = plan_desired(planner, input->desired->items[i], err);
    for (size_t i = 0; code == 0 && i < input->view->live.count; i++) {
        const struct sk_document *live = input->view->live.items[i];
        if (!sk_documents_find(input->desired, live->address))
            code = plan_undesired(planner, live, err);
    }
    return code;
}
