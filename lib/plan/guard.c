/* The guard, see guard.h. */
#include "plan/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

static void add_finding(struct sk_findings *findings, struct sk_finding finding)
{
    if (findings->count == findings->capacity) {
        findings->capacity = findings->capacity ? findings->capacity * 2 : 4;
        findings->items =
            sk_xrealloc(findings->items, findings->capacity, sizeof(struct sk_finding));
    }
    findings->items[findings->count++] = finding;
}

static size_t owned_count(const struct sk_plan *plan, const char *owner, const struct sk_kind *kind,
                          const char *account)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->view->live.count; i++) {
        const struct sk_document *live = plan->view->live.items[i];
        if (live->kind == kind && strcmp(live->account, account) == 0 &&
            sk_ownership_of(live, owner) == SK_OWNED)
            count++;
    }
    return count;
}

static bool is_first_delete_of_group(const struct sk_plan *plan, size_t position)
{
    const struct sk_change *change = &plan->items[position];
    for (size_t i = 0; i < position; i++) {
        const struct sk_change *earlier = &plan->items[i];
        if (earlier->action == SK_ACTION_DELETE && earlier->kind == change->kind &&
            strcmp(earlier->account, change->account) == 0)
            return false;
    }
    return true;
}

/* The limits for one (kind, account) group of deletes. */
static void check_deletes(const struct sk_plan *plan, const char *owner,
                          const struct sk_guard_opts *opts, const struct sk_change *first,
                          struct sk_findings *findings)
{
    size_t deletes = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        deletes += change->action == SK_ACTION_DELETE && change->kind == first->kind &&
                   strcmp(change->account, first->account) == 0;
    }
    size_t owned = owned_count(plan, owner, first->kind, first->account);
    if (deletes > opts->delete_limit) {
        add_finding(
            findings,
            (struct sk_finding){
                .rule = "delete-limit",
                .subject = sk_xasprintf("%s in %s", first->kind->name, first->account),
                .message = sk_xasprintf("the plan deletes %zu of %zu %ss in account '%s'; "
                                        "the limit is %u",
                                        deletes, owned, first->kind->noun, first->account,
                                        opts->delete_limit),
                .allow = sk_xasprintf("--delete-limit %zu for this run, when it is meant", deletes),
                .whole_plan = true});
        return;
    }
    if (deletes > opts->delete_floor && deletes * 100 > owned * opts->delete_percent) {
        size_t percent = owned ? (deletes * 100 + owned - 1) / owned : 100;
        add_finding(findings,
                    (struct sk_finding){
                        .rule = "delete-share",
                        .subject = sk_xasprintf("%s in %s", first->kind->name, first->account),
                        .message = sk_xasprintf("the plan deletes %zu of %zu %ss in account '%s', "
                                                "%zu %%; the limit is %u %%",
                                                deletes, owned, first->kind->noun, first->account,
                                                percent, opts->delete_percent),
                        .allow = sk_xasprintf("--delete-percent %zu for this run, when it is meant",
                                              percent),
                        .whole_plan = true});
    }
}

/* The approval for an address and action, or NULL. */
static const json_t *find_approval(const struct sk_guard_opts *opts, const char *address,
                                   const char *action)
{
    const json_t *invalid = NULL;
    size_t index;
    json_t *approval;
    json_array_foreach(opts->approvals, index, approval)
    {
        if (!sk_text_equal(sk_json_text(approval, "address"), address) ||
            !sk_text_equal(sk_json_text(approval, "action"), action))
            continue;
        if (json_is_true(json_object_get(approval, "valid")))
            return approval;
        invalid = approval;
    }
    return invalid;
}

static void check_approval(struct sk_change *change, const struct sk_guard_opts *opts,
                           struct sk_findings *findings)
{
    const char *action = change->action == SK_ACTION_ADOPT ? "adopt" : "delete";
    const json_t *approval = find_approval(opts, change->address, action);
    if (json_is_true(json_object_get(approval, "valid")))
        return;
    const char *why = sk_json_text(approval, "why");
    change->refused = true;
    add_finding(
        findings,
        (struct sk_finding){
            .rule = change->action == SK_ACTION_ADOPT ? "adoption" : "protected-delete",
            .subject = sk_xstrdup(change->address),
            .message = approval ? sk_xasprintf("the approval to %s '%s' does not count: %s", action,
                                               change->address, why ? why : "it is not valid")
                                : sk_xasprintf("to %s '%s' needs an approval naming it", action,
                                               change->address),
            .allow = sk_xasprintf("an Approval {address: %s, action: %s, reason: …} under the "
                                  "approvals path, in a commit of its own",
                                  change->address, action)});
}

/* What depends on a refused change is refused too; the plan's order lets one pass do. */
static void spread(struct sk_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        size_t index;
        json_t *address;
        json_array_foreach(change->depends, index, address)
        {
            const struct sk_change *needed = sk_plan_find(plan, json_string_value(address));
            if (needed && needed->refused)
                change->refused = true;
        }
    }
}

void sk_guard_check(struct sk_plan *plan, const char *owner, const struct sk_guard_opts *opts,
                    struct sk_findings *findings)
{
    bool whole_plan = false;
    for (size_t i = 0; i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        bool deletes = change->action == SK_ACTION_DELETE;
        if (deletes && is_first_delete_of_group(plan, i))
            check_deletes(plan, owner, opts, change, findings);
        if (change->action == SK_ACTION_ADOPT ||
            (deletes && (change->kind->flags & SK_KIND_PROTECTED)))
            check_approval(change, opts, findings);
    }
    for (size_t i = 0; i < findings->count; i++)
        whole_plan |= findings->items[i].whole_plan;
    for (size_t i = 0; whole_plan && i < plan->count; i++)
        plan->items[i].refused = true;
    spread(plan);
}

void sk_findings_done(struct sk_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->items[i].subject);
        free(findings->items[i].message);
        free(findings->items[i].allow);
    }
    free(findings->items);
    *findings = (struct sk_findings){0};
}

json_t *sk_findings_to_json(const struct sk_findings *findings)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const struct sk_finding *finding = &findings->items[i];
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s}", "rule", finding->rule,
                                              "subject", finding->subject, "message",
                                              finding->message, "allow", finding->allow));
    }
    return rows;
}
