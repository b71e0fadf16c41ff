/* What `verify` finds in one set of documents, in a form in which two sets can be compared: which
 * violations a change would bring, and which are there already. Pure. */
#ifndef SK_LOOP_VIOLATIONS_H
#define SK_LOOP_VIOLATIONS_H

#include <jansson.h>

#include "base/err.h"
#include "loop/isolation.h"
#include "plan/document.h"

/* Zero-initialise; end with sk_violations_done. */
struct sk_violations {
    json_t *report; /* owned: of sk_verify */
    /* Owned: {key: violation as in the report, without "request", with "property"}; those that an
     * exception covers are not in it. Keys are equal when property, role, action and resource are;
     * the id of a domain is left out of that, because AWS chooses it. */
    json_t *rows;
};

/* Asks about `documents`, desired or live. A team whose execution role is among the desired documents
 * and not among these does not count: what is not there yet cannot be reached. SK_E_INVALID,
 * SK_E_BOUND: a policy that cannot be compiled. */
int sk_violations_find(const struct sk_isolation_opts *opts, const struct sk_documents *documents,
                       struct sk_violations *out, struct sk_err *err) SK_WARN_UNUSED;
void sk_violations_done(struct sk_violations *violations);

/* The rows of `all` that are not in `known` (both as above). New. */
json_t *sk_violations_without(const json_t *all, const json_t *known);

#endif
