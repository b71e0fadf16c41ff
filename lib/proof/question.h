/* Is there a request, among all that an attacker can make, that is allowed?
 *
 * A question names who asks and for which action; the resource and the context keys are left open,
 * as far as nothing is given about them. Every class of requests is decided: classes are made by
 * the texts of all statements that can play a part (word.h, candidate.h), so that two requests of
 * one class match the same statements. The answer is "never" only when all classes were decided. */
#ifndef SK_PROOF_QUESTION_H
#define SK_PROOF_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "proof/policies.h"

enum sk_given {
    SK_GIVEN_VALUES,   /* one of these */
    SK_GIVEN_ABSENT,   /* no value */
    SK_GIVEN_PRESENT,  /* any value */
    SK_GIVEN_OTHER,    /* any value but these */
    SK_GIVEN_NOT,      /* any value but these, or none */
    SK_GIVEN_CONTAINS, /* a list with at least one of these among its values */
};

/* What is known or asked about one context key. All borrowed. */
struct sk_proof_given {
    const char *key; /* in any case; a resource's tag under "aws:ResourceTag/…" */
    enum sk_given how;
    const char *const *values;
    size_t count;
    bool globs; /* '*' and '?' in the values are wildcards (not for SK_GIVEN_VALUES) */
    bool folds; /* letters in either case are the same */
};

struct sk_proof_question {
    /* {"principal", "context"?} as `policy decide` takes them (policy/decide.h): who asks, and the
     * keys that its session fixes */
    const json_t *base;
    const char *action;
    /* An ARN in which each '*' is any name and "**" any text (word.h); "*" for actions without
     * resource. */
    const char *resource;
    /* The account of the resource when the ARN has none (S3); or NULL. */
    const char *resource_account;
    /* Resources that are not asked about, as ARN patterns ('*', '?'). */
    const char *const *except;
    size_t except_count;
    const struct sk_proof_given *givens;
    size_t given_count;
    /* Only requests that are denied when the principal of `unless_base` (as `base`, for the same
     * session) asks under these policies: what one state allows and another does not. NULL: all. */
    const struct sk_proof_policies *unless;
    const json_t *unless_base;
    /* Only requests that this statement of the policies allows, and of those only the ones on the
     * resource at this position of its Resource (SIZE_MAX: any). NULL: all. */
    const struct sk_proof_statement *through;
    size_t through_resource;
};

enum sk_proof_outcome {
    SK_PROOF_NEVER,    /* no such request is allowed */
    SK_PROOF_POSSIBLE, /* one is: see `request` */
    SK_PROOF_UNKNOWN,  /* not decided: see `unknown` */
};

struct sk_proof_answer {
    enum sk_proof_outcome outcome;
    uint64_t classes;
    /* The request as `policy decide` takes it, without policies. Owned. */
    json_t *request;
    /* Why it is allowed, as `policy decide` says it. Owned. */
    json_t *because;
    json_t *unless_because; /* with `unless`, why it is denied there. Owned. */
    char *unknown;          /* owned: why nothing was decided */
};

void sk_proof_answer_done(struct sk_proof_answer *answer);

/* Classes that one question may have before it is given up. */
#define SK_PROOF_MAX_CLASSES 1000000U

/* Zero-initialise `answer`. SK_E_INVALID when the question's base is wrong. */
int sk_proof_ask(struct sk_proof_shelf *shelf, const struct sk_proof_policies *policies,
                 const struct sk_proof_question *question, struct sk_proof_answer *answer,
                 struct sk_err *err) SK_WARN_UNUSED;

/* A look before many questions: false only when no request of this principal (`base` as above, not
 * an account's root) on the resource is allowed, for any action at the positions of the catalogue
 * from `first` to before `past`, because no statement grants it whatever its conditions say. */
bool sk_proof_may_grant(const struct sk_proof_policies *policies, const json_t *base, size_t first,
                        size_t past, const char *resource);

#endif
