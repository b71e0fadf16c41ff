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

/* What plans do not read. */
#define QUESTIONED(X) X(iam_aws_policy)

#define DECLARE(name) extern const struct sk_kind sk_kind_##name;
KINDS(DECLARE)
QUESTIONED(DECLARE)

#define POINTER(name) &sk_kind_##name,
static const struct sk_kind *const kinds[] = {KINDS(POINTER)};
static const struct sk_kind *const readable[] = {QUESTIONED(POINTER) KINDS(POINTER)};

const struct sk_kinds *sk_registry(void)
{
    static const struct sk_kinds all = {kinds, sizeof(kinds) / sizeof(*kinds)};
    return &all;
}

const struct sk_kinds *sk_registry_readable(void)
{
    static const struct sk_kinds all = {readable, sizeof(readable) / sizeof(*readable)};
    return &all;
}
