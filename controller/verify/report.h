/* What the properties share: asking one question for a subject, and the report in the making. */
#ifndef SK_VERIFY_REPORT_H
#define SK_VERIFY_REPORT_H

#include "proof/question.h"
#include "verify/subject.h"
#include "verify/verify.h"

struct sk_verification {
    const struct sk_verify_opts *opts; /* borrowed */
    json_t *needed;    /* owned: for each exception whether something falls under it */
    uint64_t *guarded; /* owned: a bit for each guardrail that somebody was asked about */
    json_t *doubts;    /* owned: {property and row of its "unknown": true} */
    struct sk_subjects subjects;
    const struct sk_subject *subject; /* at hand */
    /* Whom a place that was reached in steps belongs to, those steps, and the type of resources that
     * were made to look like the own team's on the way; NULL otherwise (closure.h). */
    const struct sk_subject *origin;
    const json_t *steps;
    const char *retagged;
    enum sk_property property;                /* at hand */
    json_t *properties[SK_PROPERTY_COUNT];    /* owned: members of the report */
    bool violated_at_once[SK_PROPERTY_COUNT]; /* by the subject itself */
    size_t shown;                             /* violations of the property for the subject */
    size_t shown_excepted;                    /* those that an exception covers */
};

#define SK_VERIFY_GIVENS 4

/* One thing that must not be possible. */
struct sk_forbidden {
    const char *action;
    const char *resource;
    const char *resource_account; /* where the ARN has none; or NULL */
    const char *what; /* "opens a profile that is not its own": behind the principal's name */
    /* The resource's own policy, which is among the policies that are asked; or NULL. Borrowed. */
    const json_t *resource_policy;
    const char *const *except;
    size_t except_count;
    struct sk_proof_given givens[SK_VERIFY_GIVENS];
    size_t given_count;
};

/* Asks, and notes the outcome under the property at hand. */
int sk_verification_forbid(struct sk_verification *verification,
                           const struct sk_forbidden *forbidden, struct sk_err *err) SK_WARN_UNUSED;
/* The same under policies of its own (a role's trust policy added). */
int sk_verification_forbid_with(struct sk_verification *verification,
                                const struct sk_proof_policies *policies,
                                const struct sk_forbidden *forbidden,
                                struct sk_err *err) SK_WARN_UNUSED;
/* The same under the principal's policies and `resource_policy`. */
int sk_verification_forbid_under(struct sk_verification *verification,
                                 struct sk_forbidden *forbidden, const json_t *resource_policy,
                                 struct sk_err *err) SK_WARN_UNUSED;
/* Notes why nothing can be said about the subject. */
void sk_verification_doubt(struct sk_verification *verification, const char *why);

/* The same for the state as a whole: of something that has no principal. */
void sk_verification_doubt_place(struct sk_verification *verification, const char *place,
                                 const char *why);

/* Counts requests that nothing grants, whatever is chosen for them, as one class. */
void sk_verification_settled(struct sk_verification *verification);
/* Whether any statement takes the action, so that a question makes sense; counts a class when not.
 */
bool sk_verification_concerns(struct sk_verification *verification, size_t catalogue_position);

#endif
