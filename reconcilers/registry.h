/* Every kind of resource sagekeeper knows. Adding one: a file beside the others that defines
 * `sk_kind_<name>`, and a line in registry.c (docs/guide/add-a-kind.md). */
#ifndef SK_RECONCILERS_REGISTRY_H
#define SK_RECONCILERS_REGISTRY_H

#include "plan/kind.h"

/* Static, sorted by name. */
const struct sk_kinds *sk_registry(void);

/* Those, and the kinds that only questions about live access look at: their calls grow with what
 * roles have attached, and no plan depends on them. Static, sorted by name. */
const struct sk_kinds *sk_registry_readable(void);

#endif
