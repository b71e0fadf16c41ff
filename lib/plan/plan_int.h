/* Shared by plan.c, order.c and plan_json.c only. */
#ifndef SK_PLAN_PLAN_INT_H
#define SK_PLAN_PLAN_INT_H

#include "plan/plan.h"

/* Orders items so that every change stands behind those it depends on, access taken away first,
 * ties by address. SK_E_INVALID names a cycle. */
int sk_plan_order(struct sk_plan *plan, struct sk_err *err) SK_WARN_UNUSED;
/* Fills plan->digest. */
void sk_plan_digest(struct sk_plan *plan);

#endif
