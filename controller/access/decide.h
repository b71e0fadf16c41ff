/* What a principal of a state may do: the decision on one request, which statements make it, and
 * what it depends on that is not known. Pure.
 *
 * Layers that are evaluated: identity policies, permissions boundary, service control policies when
 * the state has some, a role's trust policy, and for KMS keys a key policy that leaves it to IAM
 * (the one that AWS writes by itself). All others are not considered: `notConsidered` in the answer
 * says which. A condition key counts as known when the question, the principal or the resource sets
 * it, or when the catalogue says that the action never carries it; the others are open
 * (policy/suppose.h). */
#ifndef SK_ACCESS_DECIDE_H
#define SK_ACCESS_DECIDE_H

#include <stdbool.h>

#include <jansson.h>

#include "access/resource.h"
#include "access/state.h"
#include "base/err.h"

/* All borrowed. */
struct sk_access_question {
    const char *action;
    const struct sk_access_resource *resource;
    const json_t *context; /* {key: [value, …]}: what the request carries besides; may be NULL */
};

enum sk_access_may {
    SK_ACCESS_NO,
    SK_ACCESS_DEPENDS, /* on open conditions */
    SK_ACCESS_YES,
    SK_ACCESS_UNKNOWN, /* on a policy that could not be read */
};

/* Zero-initialise; end with sk_access_answer_done. */
struct sk_access_answer {
    enum sk_access_may may;    /* whatever the open keys turn out to be */
    enum sk_decision decision; /* for the request as it was asked: open keys are absent */
    /* owned: why `decision`: [{"layer", "effect": "Allow" | "Deny" | "None", "policy",
     * "statement": Sid or position or null, "address", "inline"?: true, "origin"?, "from"?, "path"?,
     * "line"?}]; with "None" the layer has no statement that allows, and the members behind it are
     * null */
    json_t *because;
    /* owned: with DEPENDS, the statements that have open conditions: the same objects with
     * "conditions": [{"operator", "key", "values"}], in whose values the variables
     * that are known (tags and keys of the principal, tags of the resource) are filled in. One of the allows of each layer must hold, and
     * none of the denies */
    json_t *conditions;
};
void sk_access_answer_done(struct sk_access_answer *answer);

/* A role's policies compiled for one question: for all principals of one role and situation. */
struct sk_access_decider;
/* SK_E_INVALID, SK_E_BOUND: a policy that cannot be compiled; the message names it. `question` is
 * borrowed for the life of the decider. */
int sk_access_decider_new(const struct sk_access_principal *like,
                          const struct sk_access_question *question, struct sk_access_decider **out,
                          struct sk_err *err) SK_WARN_UNUSED;
void sk_access_decider_free(struct sk_access_decider *decider);
SK_DEFINE_CLEANUP(struct sk_access_decider, sk_access_decider_free);
/* `principal` must have the role and situation of the one that the decider was made for. */
int sk_access_decide(struct sk_access_decider *decider, const struct sk_access_principal *principal,
                     struct sk_access_answer *out, struct sk_err *err) SK_WARN_UNUSED;

/* [sentence]: layers and policies that were left out for this role and question. New. */
json_t *sk_access_not_considered(const struct sk_access_role *role,
                                 const struct sk_access_question *question);
/* [sentence]: what was taken for granted. New. */
json_t *sk_access_assumed(const struct sk_access_state *state,
                          const struct sk_access_question *question);

/* Reads "key=value" texts into {key: [value, …]}. A key given again gets several values, and so does
 * one behind which texts without '=' stand. Tags of the request (aws:RequestTag/…) make aws:TagKeys
 * too. New object in *out. SK_E_USAGE. */
int sk_access_context_read(const char *const *texts, size_t count, json_t **out,
                           struct sk_err *err) SK_WARN_UNUSED;

#endif
