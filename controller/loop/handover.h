/* Who gives a profile to somebody else: Git, which needs an approval, or somebody outside of Git, from
 * whom it is taken back without one. Live AWS does not always tell the two apart; what was applied
 * last does. */
#ifndef SK_LOOP_HANDOVER_H
#define SK_LOOP_HANDOVER_H

#include "base/err.h"
#include "plan/plan.h"
#include "store/store.h"

/* Marks the changes that give to somebody else what was applied last for another, and takes the word of
 * it off those that restore that. Without a store (NULL), or a record of the change's address, the word
 * stays, and nothing is held back: to put a stranger out must not wait. */
int sk_handover_settle(struct sk_store *store, const char *organization, struct sk_plan *plan,
                       struct sk_err *err) SK_WARN_UNUSED;

#endif
