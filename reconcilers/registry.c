/* The list of kinds, see registry.h. */
#include "reconcilers/registry.h"

static const struct sk_kind *const kinds[] = {
    &sk_kind_iam_policy,
    &sk_kind_iam_role,
    &sk_kind_sagemaker_domain,
    &sk_kind_sagemaker_user_profile,
};

const struct sk_kinds *sk_registry(void)
{
    static const struct sk_kinds all = {kinds, sizeof(kinds) / sizeof(*kinds)};
    return &all;
}
