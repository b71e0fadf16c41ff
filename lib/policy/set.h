/* Compiled policy sets: the documents of one layer (a role's identity policies, one level of SCPs,
 * a bucket policy, …), prepared once, matched many times without allocation.
 *
 * A set is immutable and may be used by several threads, each with its own request. Documents that
 * AWS refuses and whose meaning would have to be guessed are refused here too: what is no policy,
 * unknown elements and operators (ignored, a misspelt Condition would widen an allow and a misspelt
 * operator lift a deny), an element together with its opposite. What else the grammar check
 * (document.h) objects to does not change a decision and is let pass. */
#ifndef SK_POLICY_SET_H
#define SK_POLICY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "policy/request.h"

struct sk_policy_source {
    const char *name;       /* copied; NULL: "" */
    const json_t *document; /* borrowed while compiling */
};

enum sk_set_flag {
    /* Statements name principals; those that do not, match nobody. */
    SK_SET_PRINCIPALS = 1U << 0,
    /* ARNs with fewer than six parts are completed with '*' (identity policies: IAM User Guide,
     * "Identify AWS resources with ARNs"). */
    SK_SET_COMPLETE_ARNS = 1U << 1,
};

struct sk_policy_set;

/* SK_E_INVALID, SK_E_BOUND; the message names policy and statement. */
int sk_policy_set_new(const struct sk_policy_source *sources, size_t count, unsigned flags,
                      struct sk_policy_set **out, struct sk_err *err) SK_WARN_UNUSED;
void sk_policy_set_free(struct sk_policy_set *set);
SK_DEFINE_CLEANUP(struct sk_policy_set, sk_policy_set_free);
/* Bytes it takes, for the bench. */
size_t sk_policy_set_bytes(const struct sk_policy_set *set);

size_t sk_policy_set_statements(const struct sk_policy_set *set);
/* Name of the policy that a statement is in; its Sid (NULL without); its position in the document.
 */
const char *sk_policy_set_policy(const struct sk_policy_set *set, uint32_t statement);
const char *sk_policy_set_sid(const struct sk_policy_set *set, uint32_t statement);
uint32_t sk_policy_set_position(const struct sk_policy_set *set, uint32_t statement);

/* How a statement names the request's principal. */
enum sk_named {
    SK_NAMED_DIRECTLY = 1U << 0, /* the user, the session, the service or the provider itself */
    SK_NAMED_EVERYONE = 1U << 1, /* "*" */
    SK_NAMED_ROLE = 1U << 2,     /* the role of the session, or the role */
    SK_NAMED_ACCOUNT = 1U << 3,  /* the principal's account */
};

/* How the statements name the request's principal: enum sk_named of all of them; 0: whatever else
 * the request says, none matches. For sets with SK_SET_PRINCIPALS. */
unsigned sk_policy_set_named(const struct sk_policy_set *set, const struct sk_request *request);

#define SK_NO_STATEMENT UINT32_MAX

struct sk_set_match {
    uint32_t deny;  /* the first denying statement that matches, or SK_NO_STATEMENT */
    uint32_t allow; /* the first allowing one */
    unsigned named; /* enum sk_named of all allowing ones (sets with SK_SET_PRINCIPALS) */
};

/* What the set says about the request. With `first_deny_wins` the search may stop at any deny. */
struct sk_set_match sk_policy_set_match(const struct sk_policy_set *set, struct sk_request *request,
                                        bool first_deny_wins);

#endif
