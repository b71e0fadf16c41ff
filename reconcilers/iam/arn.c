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
    if (!name || !name[1])
        return NULL;
    const char *kind = sk_text_starts_with(resource, "role/")     ? "iam_role"
                       : sk_text_starts_with(resource, "policy/") ? "iam_policy"
                                                                  : NULL;
    return kind ? sk_address_format(kind, observation->account, "global", name + 1) : NULL;
}

// NOLINTNEXTLINE(misc-no-recursion)
void sk_iam_add_edges(struct sk_document *document, const struct sk_observation *observation,
                      const json_t *value)
{
    sk_auto(sk_freep) char *address = sk_iam_address_of_arn(observation, json_string_value(value));
    if (address)
        sk_document_add_edge(document, address);
    const char *key;
    size_t index;
    json_t *item;
    json_object_foreach((json_t *)value, key, item)
    {
        sk_iam_add_edges(document, observation, item);
    }
    json_array_foreach(value, index, item)
    {
        sk_iam_add_edges(document, observation, item);
    }
}
