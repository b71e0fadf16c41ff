/* Keeping sensitive values out of what is shown of calls. Bodies and fields: sk_kind_mask. */
#ifndef SK_PLAN_MASK_H
#define SK_PLAN_MASK_H

#include "plan/plan.h"

/* The input of a call of the change as it may be shown: members at the path of a SENSITIVE
 * attribute, and texts that hold a sensitive text of the desired or live body wherever a kind put
 * it, read "(sensitive)". New reference. */
json_t *sk_change_mask_input(const struct sk_change *change, const struct sk_call *call);

#endif
