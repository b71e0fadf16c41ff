/* `verify`: properties of isolation, proved for every request class of every subject, or refuted by
 * a request. Pure.
 *
 * Sources: mission A2-A5, A12, B1-B11; what each property forbids is said in the table of
 * properties.c and in docs/guide/verify.md. */
#ifndef SK_VERIFY_VERIFY_H
#define SK_VERIFY_VERIFY_H

#include <jansson.h>

#include "base/err.h"
#include "verify/subject.h"

enum sk_property {
    SK_PROPERTY_SESSIONS = 1,
    SK_PROPERTY_APPS,
    SK_PROPERTY_WRITES,
    SK_PROPERTY_TAGS,
    SK_PROPERTY_PASS_ROLE,
    SK_PROPERTY_ASSUME_ROLE,
    SK_PROPERTY_ADMINISTRATION,
    SK_PROPERTY_DATA,
    SK_PROPERTY_CONFIGURATION,
    SK_PROPERTY_GUARDRAILS,
    SK_PROPERTY_COUNT, /* behind the last */
};

/* "own-sessions", …: stable names for exceptions and JSON. Static; NULL for no property. */
const char *sk_property_name(enum sk_property property);
/* One sentence. Static. */
const char *sk_property_sentence(enum sk_property property);

/* The report:
 *
 *     {"properties": [{"number", "name", "sentence", "outcome": "proved", "violated", "unknown",
 *                      "relaxed" (all violations are excepted) or "without subject", "subjects",
 *                      "questions", "classes", "violated", "inSteps" (those of them that
 *                      take steps), "excepted",
 *                      "violations": [{"principal", "situation", "address", "standsFor", "action",
 *                                      "resource", "what", "request", "because", "steps"?: [{"what", "action", "resource",
 *                                      "request", "because"}], "exception"?}],
 *                      "unknown": [{"principal", "why"}]}],
 *      "unneededExceptions": [exception], "subjects", "principals", "classes"}
 *
 * `request` is what `policy decide` takes, without the principal's policies, and with the
 * resource's where it has one that plays a part; at most SK_VERIFY_SHOWN violations of
 * a property are listed for one subject, and as many excepted ones. */
#define SK_VERIFY_SHOWN 5

/* A violation that no exception covers, also one that is not listed: called while sk_verify runs.
 * `row` as in "violations", borrowed for the call. */
typedef void (*sk_violation_fn)(const char *property, const json_t *row, void *data);

/* All borrowed; the lists as struct sk_blueprint has them, NULL for none. */
struct sk_verify_opts {
    const struct sk_access_state *state;
    const json_t *teams;
    const json_t *guardrails;
    const json_t *exceptions;
    const json_t *sign_ins; /* those of IAM users are asked about besides the state's principals */
    const json_t *unread; /* [sentence]: what is missing in the state, so that nothing is proved */
    sk_violation_fn on_violation; /* may be NULL */
    void *on_violation_data;
};

/* New. SK_E_INVALID, SK_E_BOUND: a policy that cannot be compiled. */
json_t *sk_verify(const struct sk_verify_opts *opts, struct sk_err *err) SK_WARN_UNUSED;

#endif
