/* Whose access a change alters: what teams and people may do after it and could not do before, and
 * the other way round. Pure.
 *
 * Two states are compared by what their policies mean, not by how they are written: a request counts
 * as gained when the evaluator allows it in one state and denies it in the other (proof/question.h),
 * so that another order, another spelling or a statement moved from one policy to another is no
 * change. Actions are those of the catalogue. A gain is told with the statement that gives it, and
 * with what stood in its way before. */
#ifndef SK_ACCESS_CHANGE_ACCESS_CHANGE_H
#define SK_ACCESS_CHANGE_ACCESS_CHANGE_H

#include <jansson.h>

#include "access/state.h"
#include "base/err.h"

/* All borrowed. */
struct sk_access_change_opts {
    const struct sk_access_state *before, *after;
    /* As struct sk_blueprint has them: whose buckets and roles are another team's, and until when
     * somebody is a member. May be NULL. */
    const json_t *teams;
    const json_t *members;
};

/* [section], the gravest first, one for each role whose access or people change:
 *
 *     {"role": address, "name": of the role, "team"?, "state": "new" | "changed" | "same" | "gone",
 *      "people": [name], "through"?: [{"role": address, "how": "passes it to SageMaker" | "assumes it",
 *      "people"}], "rows": [row], "reaches"?: [row], "unknown": [sentence]}
 *
 * `people` work as the role, before or after; `through` are the roles that get to it in a step. Rows, the gravest first, are of one of these forms:
 *
 *     {"change": "gains" | "loses", "importance", "actions": [action], "resources": [pattern] (or
 *      "notResources"), "conditions": [{"operator", "key", "values"}], "by": place of the statement
 *      (sk_access_place), "against"?: [{"layer", "policy", "statement"}]: what denies or denied it,
 *      "teams"?: [team that is reached, "" when it is not known which], "only"?: [name: who, when it
 *      is not everybody], "request"?: one such request as `policy decide` takes it, without
 *      policies, where the role is there in both states,
 *      "reaches"?: [{"role": address, "rows": [row]}]: what a role may do that was there before and
 *      can be passed or assumed now}
 *     {"change", "importance": "membership", "person", "user"?, "place": address of the profile or
 *      shared space, "until"?: last day}
 *     {"change", "importance": "trust", "sentences": [what changes in who may become the role]}
 *     {"change", "importance": "unread", "policy": ARN whose document is not known}
 *
 * Importance, the gravest first: "cross-team", "membership", "permissions", "unread", "pass-role",
 * "assume-role", "write", "trust", "tagging", "read", "list"; all gains come before all losses.
 *
 * `reaches`, for a role that stays as it is while people come: what they reach with it, in rows of
 * the first form without `request`.
 *
 * New; NULL with SK_E_INVALID or SK_E_BOUND: a policy that cannot be compiled. */
json_t *sk_access_changes(const struct sk_access_change_opts *opts, struct sk_err *err);

/* A section for people: {"title", "lines": ["+ write s3:PutObject on …", …]}, lines in the order of
 * the rows, behind them what is reached and what is not known. New. */
json_t *sk_access_change_text(const json_t *section);

#endif
