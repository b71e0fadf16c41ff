/* The look at isolation before the first write: the properties of `verify` are asked of the desired
 * state, and what would bring a violation is refused, as the guard refuses (docs/adr/0011). Pure. */
#ifndef SK_LOOP_ISOLATION_H
#define SK_LOOP_ISOLATION_H

#include <jansson.h>

#include "base/err.h"
#include "blueprint/blueprint.h"
#include "plan/guard.h"

enum sk_isolation_when {
    SK_ISOLATION_AUTO,   /* when a property may have got another answer by what is to be written */
    SK_ISOLATION_ALWAYS, /* also when nothing is to be written */
    SK_ISOLATION_NEVER,
};

/* All borrowed. */
struct sk_isolation_opts {
    const struct sk_blueprint *blueprint;
    const struct sk_documents *desired; /* of the chosen accounts: what was planned */
    enum sk_isolation_when when;
};

/* Behind the guard's own look: marks the changes refused that would bring a violation which no
 * exception covers, and what depends on them, with a finding of the rule "isolation" for each
 * property and role. What is violated in live AWS already is no reason to hold anything back.
 *
 * *out, new: {"asked": bool, "classes"?, "rows": [{"outcome", "property"?, "subject"?, "message"}]}
 * with the outcomes "proved" (one row, when nothing else is to be said), "violated" (and refused),
 * "already so" (in live AWS), "not yet" (what would bring it is blocked), "relaxed", "unknown",
 * "not needed" (an exception) and "not asked".
 *
 * SK_E_INVALID, SK_E_BOUND: a policy that cannot be compiled. */
int sk_isolation_check(const struct sk_isolation_opts *opts, struct sk_plan *plan,
                       struct sk_findings *findings, json_t **out,
                       struct sk_err *err) SK_WARN_UNUSED;

#endif
