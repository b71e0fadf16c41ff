/* IAM ARNs and the addresses they stand for. */
#ifndef SK_RECONCILERS_IAM_ARN_H
#define SK_RECONCILERS_IAM_ARN_H

#include "base/cleanup.h"
#include "plan/observation.h"

/* The address of the role or customer managed policy that `arn` names in the observed account,
 * owned by the caller; NULL for anything else (AWS managed policies, other accounts). */
char *sk_iam_address_of_arn(const struct sk_observation *observation,
                            const char *arn) SK_WARN_UNUSED;

/* Adds an edge from `document` to each role and policy of the account that a text in `value`, at
 * any depth, names by its ARN. NULL is fine. */
void sk_iam_add_edges(struct sk_document *document, const struct sk_observation *observation,
                      const json_t *value);

#endif
