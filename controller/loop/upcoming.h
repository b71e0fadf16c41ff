/* Memberships that end soon by themselves (`until:`), for every plan to show. Pure. */
#ifndef SK_LOOP_UPCOMING_H
#define SK_LOOP_UPCOMING_H

#include <jansson.h>

#include "base/clock.h"
#include "blueprint/blueprint.h"
#include "plan/document.h"

#define SK_UPCOMING_DAYS 14

/* [{"user","team","address","until"}] of members whose last day is at most SK_UPCOMING_DAYS away and
 * whose profile is among `desired`, by user and team. New. */
json_t *sk_upcoming_ends(const struct sk_blueprint *blueprint, const struct sk_documents *desired,
                         struct sk_wall now);

#endif
