/* What the earlier cycles of one run did to each address, so that a run that repeats cycles until
 * things settle neither hammers what failed nor sends again what AWS accepted and does not show
 * yet. Pure. */
#ifndef SK_LOOP_ATTEMPTS_H
#define SK_LOOP_ATTEMPTS_H

#include <stddef.h>

#include <jansson.h>

#include "engine/engine.h"
#include "plan/plan.h"

/* Zero-initialise. */
struct sk_attempts {
    json_t *by_address; /* private */
};

struct sk_attempts_counts {
    size_t waiting;   /* accepted, not visible yet: look again */
    size_t failed;    /* failed earlier in this run: left */
    size_t unapplied; /* accepted but not applied: AWS said yes and the field did not take */
    size_t refused;   /* of those that failed: what would repair them, the guard refuses */
};

/* Remembers what became of the changes. */
void sk_attempts_record(struct sk_attempts *attempts, const struct sk_results *results);
/* Holds back (refused, with the reason) what this run has already sent or what failed in it. */
struct sk_attempts_counts sk_attempts_restrict(struct sk_attempts *attempts, struct sk_plan *plan);
/* [{"address","status": "failed"|"accepted but not applied","message"}] of what is left. New. */
json_t *sk_attempts_left(const struct sk_attempts *attempts);
void sk_attempts_done(struct sk_attempts *attempts);

#endif
