/* IAM ARNs, see arn.h. Names are unique in an account whatever their path, so the last segment is
 * enough (IAM API reference, CreateRole and CreatePolicy). */
#include "reconcilers/iam/arn.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

char *sk_iam_address_of_arn(const struct sk_observation *observation, const char *arn)
{
    if (!arn)
        return NULL;
    sk_auto(sk_freep) char *prefix =
        sk_xasprintf("arn:%s:iam::%s:", observation->partition, observation->account_id);
    if (!sk_text_starts_with(arn, prefix))
        return NULL;
    const char *resource = arn + strlen(prefix);
    const char *name = strrchr(resource, '/');
    if (!name)
        return NULL;
    const char *kind = sk_text_starts_with(resource, "role/")     ? "iam_role"
                       : sk_text_starts_with(resource, "policy/") ? "iam_policy"
                                                                  : NULL;
    return kind ? sk_address_format(kind, observation->account, "global", name + 1) : NULL;
}

void sk_iam_add_edge(struct sk_document *document, const struct sk_observation *observation,
                     const char *arn)
{
    sk_auto(sk_freep) char *address = sk_iam_address_of_arn(observation, arn);
    if (address)
        sk_document_add_edge(document, address);
}
