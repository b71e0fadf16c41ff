/* Whose access a plan alters: the live documents beside what is left once the plan is applied, as
 * far as nothing refuses or blocks it. Pure. */
#ifndef SK_LOOP_ACCESS_CHANGES_H
#define SK_LOOP_ACCESS_CHANGES_H

#include <jansson.h>

#include "base/err.h"
#include "blueprint/blueprint.h"
#include "plan/plan.h"

/* All borrowed. `desired`: what was planned. */
struct sk_access_changes_input {
    const struct sk_blueprint *blueprint;
    const struct sk_documents *desired;
    const struct sk_plan *plan; /* after the guard */
};

/* Sections as access_change/access_change.h says; [] when nobody's access changes. New; NULL with
 * SK_E_INVALID or SK_E_BOUND: a policy that cannot be compiled. */
json_t *sk_loop_access_changes(const struct sk_access_changes_input *input, struct sk_err *err);

#endif
