/* The list of kinds, see registry.h. */
#include "reconcilers/registry.h"

/* One line a kind, sorted. */
#define KINDS(X)                                                                                   \
    X(iam_policy)                                                                                  \
    X(iam_role)                                                                                    \
    X(identity_center_instance)                                                                    \
    X(identitystore_group)                                                                         \
    X(identitystore_group_membership)                                                              \
    X(identitystore_user)                                                                          \
    X(sagemaker_app)                                                                               \
    X(sagemaker_domain)                                                                            \
    X(sagemaker_space)                                                                             \
    X(sagemaker_user_profile)

#define DECLARE(name) extern const struct sk_kind sk_kind_##name;
KINDS(DECLARE)

#define POINTER(name) &sk_kind_##name,
static const struct sk_kind *const kinds[] = {KINDS(POINTER)};

const struct sk_kinds *sk_registry(void)
{
    static const struct sk_kinds all = {kinds, sizeof(kinds) / sizeof(*kinds)};
    return &all;
}
