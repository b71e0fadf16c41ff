/* The guard, see guard.h. Every look is linear in the plan and the live documents: a plan of
 * 100,000 changes is no reason to wait. */
#include "plan/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/plan_int.h"

void sk_findings_add(struct sk_findings *findings, struct sk_finding finding)
{
    if (findings->count == findings->capacity) {
        findings->capacity = findings->capacity ? findings->capacity * 2 : 4;
        findings->items =
            sk_xrealloc(findings->items, findings->capacity, sizeof(struct sk_finding));
    }
    findings->items[findings->count++] = finding;
}

/* The deletes of one kind in one account. */
struct group {
    const struct sk_kind *kind;
    const char *account; /* borrowed from a change */
    size_t deletes;
    size_t owned; /* live resources of that kind in that account that are ours */
};
struct groups {
    struct group *items; /* owned; in the order of the first delete */
    size_t count, capacity;
    json_t *index; /* owned: "kind account" -> position */
};

static struct group *find_group(const struct groups *groups, const struct sk_kind *kind,
                                const char *account)
{
    sk_auto(sk_freep) char *key = sk_xasprintf("%s %s", kind->name, account);
    const json_t *position = json_object_get(groups->index, key);
    return position ? &groups->items[json_integer_value(position)] : NULL;
}

static struct group *add_group(struct groups *groups, const struct sk_change *change)
{
    struct group *group = find_group(groups, change->kind, change->account);
    if (group)
        return group;
    if (groups->count == groups->capacity) {
        groups->capacity = groups->capacity ? groups->capacity * 2 : 8;
        groups->items = sk_xrealloc(groups->items, groups->capacity, sizeof(struct group));
    }
    sk_auto(sk_freep) char *key = sk_xasprintf("%s %s", change->kind->name, change->account);
    json_object_set_new(groups->index, key, json_integer((json_int_t)groups->count));
    group = &groups->items[groups->count++];
    *group = (struct group){.kind = change->kind, .account = change->account};
    return group;
}

static void groups_done(struct groups *groups)
{
    free(groups->items);
    json_decref(groups->index);
}

static void count_groups(const struct sk_plan *plan, const char *owner, struct groups *groups)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->items[i].action != SK_ACTION_DELETE)
            continue;
        struct group *group = add_group(groups, &plan->items[i]);
        group->deletes++;
        group->owned += plan->items[i].copy_of != NULL; /* by its tags, not by its own address */
    }
    for (size_t i = 0; groups->count > 0 && i < plan->view->live.count; i++) {
        const struct sk_document *live = plan->view->live.items[i];
        struct group *group = find_group(groups, live->kind, live->account);
        if (group && sk_view_ownership(plan->view, live, owner) == SK_OWNED)
            group->owned++;
    }
}

static void add_group_finding(struct sk_findings *findings, const struct group *group,
                              const char *rule, const char *figures, char *allow)
{
    sk_auto(sk_freep) char *nouns = sk_kind_plural(group->kind);
    sk_findings_add(
        findings,
        (struct sk_finding){.rule = rule,
                            .subject = sk_xasprintf("%s in %s", group->kind->name, group->account),
                            .message = sk_xasprintf("the plan deletes %zu of %zu %s in account "
                                                    "'%s'%s",
                                                    group->deletes, group->owned, nouns,
                                                    group->account, figures),
                            .allow = allow,
                            .whole_plan = true});
}

static void check_group(const struct group *group, const struct sk_guard_opts *opts,
                        struct sk_findings *findings)
{
    if (group->deletes > opts->delete_limit) {
        sk_auto(sk_freep) char *figures = sk_xasprintf("; the limit is %u", opts->delete_limit);
        add_group_finding(
            findings, group, "delete-limit", figures,
            sk_xasprintf("--delete-limit %zu for this run, when it is meant", group->deletes));
    } else if (group->deletes > opts->delete_floor &&
               group->deletes * 100 > group->owned * opts->delete_percent) {
        size_t percent =
            group->owned ? (group->deletes * 100 + group->owned - 1) / group->owned : 100;
        sk_auto(sk_freep) char *figures =
            sk_xasprintf(", %zu %%; the limit is %u %%", percent, opts->delete_percent);
        add_group_finding(
            findings, group, "delete-share", figures,
            sk_xasprintf("--delete-percent %zu for this run, when it is meant", percent));
    }
}

/* A source without a single resource is a broken source, however few resources it would cost. */
static void check_source(const struct sk_plan *plan, struct sk_findings *findings)
{
    size_t deletes = plan->counts[SK_ACTION_DELETE];
    if (plan->desired_count > 0 || deletes == 0)
        return;
    sk_findings_add(
        findings,
        (struct sk_finding){
            .rule = "empty-source",
            .subject = sk_xstrdup("desired state"),
            .message = sk_xasprintf("the source declares no resource at all, and the plan "
                                    "deletes %zu",
                                    deletes),
            .allow = sk_xstrdup("an empty source never deletes; keep at least one declared "
                                "resource, and delete the last one by hand"),
            .whole_plan = true});
}

/* {"delete ADDRESS": approval}; a valid one wins over an invalid one. New. */
static json_t *index_approvals(const json_t *approvals)
{
    json_t *index = json_object();
    size_t position;
    json_t *approval;
    json_array_foreach(approvals, position, approval)
    {
        const char *action = sk_json_text(approval, "action");
        const char *address = sk_json_text(approval, "address");
        if (!action || !address)
            continue;
        sk_auto(sk_freep) char *key = sk_xasprintf("%s %s", action, address);
        if (!json_is_true(json_object_get(json_object_get(index, key), "valid")))
            json_object_set(index, key, approval);
    }
    return index;
}

static const char *approval_rule(const struct sk_change *change)
{
    if (change->hands_over)
        return "handover";
    if (change->action == SK_ACTION_ADOPT)
        return "adoption";
    return change->unattributed ? "unattributed-delete" : "protected-delete";
}

static void check_approval(struct sk_change *change, const json_t *approvals,
                           struct sk_findings *findings)
{
    const char *action = change->action == SK_ACTION_DELETE ? "delete" : "adopt";
    sk_auto(sk_freep) char *key = sk_xasprintf("%s %s", action, change->address);
    const json_t *approval = json_object_get(approvals, key);
    if (json_is_true(json_object_get(approval, "valid")))
        return;
    const char *why = sk_json_text(approval, "why");
    const char *verb = change->hands_over ? "hand over" : action;
    change->refused = true;
    sk_findings_add(
        findings,
        (struct sk_finding){
            .rule = approval_rule(change),
            .subject = sk_xstrdup(change->address),
            .message = approval ? sk_xasprintf("the approval to %s '%s' does not count: %s", action,
                                               change->address, why ? why : "it is not valid")
                                : sk_xasprintf("to %s '%s' needs an approval naming it%s%s", verb,
                                               change->address, change->hands_over ? ": " : "",
                                               change->hands_over ? change->reason : ""),
            .allow = sk_xasprintf("an Approval {address: %s, action: %s, reason: …} under the "
                                  "approvals path, in a commit of its own",
                                  change->address, action)});
}

static void check_changes(struct sk_plan *plan, const struct sk_guard_opts *opts,
                          struct sk_findings *findings)
{
    json_auto_t *approvals = index_approvals(opts->approvals);
    for (size_t i = 0; i < plan->count; i++) {
        struct sk_change *change = &plan->items[i];
        /* What our own doubled call made, and nobody has anything in, is not what the rule is for
         * (docs/adr/0007). */
        bool grave_delete = change->action == SK_ACTION_DELETE &&
                            (((change->kind->flags & SK_KIND_PROTECTED) && !change->own_copy) ||
                             change->unattributed);
        if (change->action == SK_ACTION_ADOPT || change->hands_over || grave_delete)
            check_approval(change, approvals, findings);
    }
}

void sk_guard_check(struct sk_plan *plan, const char *owner, const struct sk_guard_opts *opts,
                    struct sk_findings *findings)
{
    sk_auto(groups_done) struct groups groups = {.index = json_object()};
    count_groups(plan, owner, &groups);
    check_source(plan, findings);
    for (size_t i = 0; i < groups.count; i++)
        check_group(&groups.items[i], opts, findings);
    check_changes(plan, opts, findings);
    bool whole_plan = false;
    for (size_t i = 0; i < findings->count; i++)
        whole_plan |= findings->items[i].whole_plan;
    for (size_t i = 0; whole_plan && i < plan->count; i++)
        plan->items[i].refused = sk_change_acts(&plan->items[i]);
    sk_plan_spread_refusals(plan);
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
