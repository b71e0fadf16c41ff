/* Tags in bulk: one question to the tagging API instead of one for each resource. */
#ifndef SK_RECONCILERS_TAGS_H
#define SK_RECONCILERS_TAGS_H

#include <jansson.h>

#include "plan/observation.h"

/* {lower-cased ARN: [{"Key","Value"}]} of GetResources for a resource type such as
 * "sagemaker:user-profile", asked in `region` (NULL: the observation's). ARNs are compared without
 * case (aws-api.md 21.7). New; NULL while pending or when it failed. */
json_t *sk_tags_read(struct sk_observation *observation, const char *region,
                     const char *resource_type);
/* The tags under an ARN; new reference, [] when it has none. */
json_t *sk_tags_of(const json_t *tags_by_arn, const char *arn);

/* How a service is asked for the tags of one of its resources. */
struct sk_tags_question {
    const char *service, *operation;
    const char *member; /* of the input: the ARN */
    unsigned at_most;   /* of one listing */
};
/* Asks the service itself for what the bulk answer has no row: the tagging API shows new tags late
 * and may not know a type of resource at all, and what is declared would then look like somebody
 * else's for ever. For what is worth a call of its own only, and with a bound (`asked` counts),
 * because the tags of a thousand new profiles had better be waited for. The answer is added to
 * `tags_by_arn`. */
void sk_tags_complete(struct sk_observation *observation, json_t *tags_by_arn, const char *arn,
                      const struct sk_tags_question *question, unsigned *asked);

#endif
