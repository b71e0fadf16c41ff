/* Tags of SageMaker resources: one bulk question instead of ListTags for each, and the calls that
 * change them in place. */
#ifndef SK_RECONCILERS_SAGEMAKER_TAGS_H
#define SK_RECONCILERS_SAGEMAKER_TAGS_H

#include <jansson.h>

#include "plan/kind.h"

/* {lower-cased ARN: [{"Key","Value"}]} for a resource type such as "sagemaker:user-profile"; ARNs
 * are compared without case (aws-api.md 21.7). New; NULL while pending or when it failed. */
json_t *sk_sagemaker_tags(struct sk_observation *observation, const char *resource_type);
/* The tags under an ARN; new reference, [] when it has none. */
json_t *sk_sagemaker_tags_of(const json_t *tags_by_arn, const char *arn);

/* DeleteTags and AddTags as the fields below "Tags" ask for. */
void sk_sagemaker_tag_calls(const struct sk_change_input *input, struct sk_calls *calls,
                            const char *arn);
/* ListTags with the ownership check that stands before a delete. */
void sk_sagemaker_check_owned(struct sk_calls *calls, const char *arn);

#endif
