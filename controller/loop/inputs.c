/* See inputs.h. */
#include "loop/inputs.h"

#include <string.h>

bool sk_inputs_has_kind(const struct sk_kind *kind)
{
    static const char *const names[] = {"iam_role",        "iam_policy",
                                        "iam_aws_policy",  "sagemaker_domain",
                                        "sagemaker_space", "sagemaker_user_profile"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(kind->name, names[i]) == 0)
            return true;
    }
    return false;
}

bool sk_inputs_is_coming(const struct sk_change *change)
{
    bool stays_there = change->action == SK_ACTION_WAIT && !change->desired;
    return change->action != SK_ACTION_BLOCKED && !change->refused && !stays_there;
}

bool sk_inputs_any(const struct sk_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (sk_inputs_is_coming(&plan->items[i]) && sk_inputs_has_kind(plan->items[i].kind))
            return true;
    }
    return false;
}
