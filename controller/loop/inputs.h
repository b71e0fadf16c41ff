/* Which changes of a plan whoever asks about access has to look at. Pure. */
#ifndef SK_LOOP_INPUTS_H
#define SK_LOOP_INPUTS_H

#include <stdbool.h>

#include "plan/plan.h"

/* Whether principals and their policies are made of documents of this kind. */
bool sk_inputs_has_kind(const struct sk_kind *kind);
/* Whether the change is made, now or when what it waits for is over. */
bool sk_inputs_is_coming(const struct sk_change *change);
/* Whether the plan makes any change that access depends on. */
bool sk_inputs_any(const struct sk_plan *plan);

#endif
