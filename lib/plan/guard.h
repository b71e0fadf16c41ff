/* The guard: a pure look at a plan before the first write. It refuses, it never edits.
 *
 * Rules (docs/guide/guard.md):
 *   empty-source      deletes although nothing at all is declared
 *   delete-limit      more deletes of one kind in one account than the absolute limit
 *   delete-share      more than the floor, and more than the percentage of what we own of that kind
 *   protected-delete  a delete of a protected kind without a valid approval naming the address,
 *                     but for a surplus copy that our own doubled create made
 *   unattributed-delete  a delete of what nothing records as ours, without such an approval
 *   adoption          an adoption without a valid approval naming the address
 *   handover          an update that gives what one person has to another, without an approval (its
 *                     action is "adopt") naming the address
 *   isolation         a change that lets somebody past a property of `verify`
 *                     (controller/loop/isolation.h)
 * The first three refuse the whole plan (a shrunken source smells); the others refuse their change
 * and what depends on it. */
#ifndef SK_PLAN_GUARD_H
#define SK_PLAN_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "plan/plan.h"

struct sk_guard_opts {
    unsigned delete_limit;   /* deletes of one kind in one account, at most */
    unsigned delete_percent; /* 0-100, of the owned live resources of that kind in the account */
    unsigned delete_floor;   /* the percentage is not looked at up to this many deletes */
    /* [{"address","action":"delete"|"adopt","valid":bool,"why":text?}]: `valid` is false for an
     * approval that arrived in the same commit as other changes. Borrowed. May be NULL. */
    const json_t *approvals;
};

struct sk_finding {
    const char *rule; /* static */
    char *subject;    /* owned: an address, or "kind in account" */
    char *message;    /* owned: rule, figures */
    char *allow;      /* owned: how to allow it */
    bool whole_plan;
};
struct sk_findings {
    struct sk_finding *items; /* owned */
    size_t count, capacity;
};

/* Marks refused changes in the plan and lists why. Nothing found: findings->count is 0. */
void sk_guard_check(struct sk_plan *plan, const char *owner, const struct sk_guard_opts *opts,
                    struct sk_findings *findings);
/* Adds a finding of another rule; takes its texts. */
void sk_findings_add(struct sk_findings *findings, struct sk_finding finding);
void sk_findings_done(struct sk_findings *findings);
/* [{"rule","subject","message","allow"}]. New. */
json_t *sk_findings_to_json(const struct sk_findings *findings);

#endif
