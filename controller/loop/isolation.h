/* The look at isolation before the first write: the properties of `verify` are asked of the desired
 * state, and what would break one is refused, as the guard refuses. Pure. */
#ifndef SK_LOOP_ISOLATION_H
#define SK_LOOP_ISOLATION_H

#include "base/err.h"
#include "blueprint/blueprint.h"
#include "plan/guard.h"

/* Marks the changes refused that touch a principal of which a property is violated: its role, and
 * the policies that the role has. A finding with rule "isolation" for each property and role, unless
 * nothing of it is about to change: then a notice of the plan, because what is so already is no
 * reason to hold back the rest. Nothing is asked when no role, policy, profile or space is to be
 * written. SK_E_INVALID, SK_E_BOUND: a policy that cannot be compiled. */
int sk_isolation_check(const struct sk_blueprint *blueprint, struct sk_plan *plan,
                       struct sk_findings *findings, struct sk_err *err) SK_WARN_UNUSED;

#endif
