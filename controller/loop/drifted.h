/* Drift of a cycle that has observed: its view against what the store knows as applied last. */
#ifndef SK_LOOP_DRIFTED_H
#define SK_LOOP_DRIFTED_H

#include <stdbool.h>

#include "loop/cycle.h"
#include "plan/drift.h"

/* *out is owned by the caller and borrows from the cycle; *baseline_out is false when nothing is
 * recorded as applied at all. Without a store there is no drift. */
int sk_cycle_drift(const struct sk_cycle *cycle, struct sk_drift **out, bool *baseline_out,
                   struct sk_err *err) SK_WARN_UNUSED;

#endif
