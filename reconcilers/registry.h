/* Every kind of resource sagekeeper knows. Adding one: a file beside the others and a line in
 * registry.c (docs/guide/add-a-kind.md). */
#ifndef SK_RECONCILERS_REGISTRY_H
#define SK_RECONCILERS_REGISTRY_H

#include "plan/kind.h"

/* Static. */
const struct sk_kinds *sk_registry(void);

extern const struct sk_kind sk_kind_iam_policy;
extern const struct sk_kind sk_kind_iam_role;
extern const struct sk_kind sk_kind_sagemaker_domain;
extern const struct sk_kind sk_kind_sagemaker_user_profile;

#endif
