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

#endif
