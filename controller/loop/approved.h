/* What was approved: later cycles of an `apply` do only what the plan that was shown contains;
 * anything else that turns up is reported and left. Pure. */
#ifndef SK_LOOP_APPROVED_H
#define SK_LOOP_APPROVED_H

#include <stddef.h>

#include <jansson.h>

#include "plan/plan.h"

/* {ADDRESS: {"action", "paths": [...]}} of a plan. New. */
json_t *sk_approved_from_plan(const struct sk_plan *plan);
/* Marks what was not approved as refused, with the reason. Returns how many changes that were. An
 * approved create may go on as an update (a part of it was done), an approved update may touch only
 * the paths it named, a delete stays a delete (or becomes the create behind a failed one). An
 * approved create that took effect twice may be undone once (sk_change.own_copy). What is blocked
 * because a need of it failed is approved with making that need again. */
size_t sk_approved_restrict(const json_t *approved, struct sk_plan *plan);

#endif
