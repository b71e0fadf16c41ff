/* The tags of SageMaker resources: what is asked of each alone, and the calls that change and check
 * them in place. */
#ifndef SK_RECONCILERS_SAGEMAKER_TAGS_H
#define SK_RECONCILERS_SAGEMAKER_TAGS_H

#include "plan/kind.h"
#include "plan/observation.h"

/* DeleteTags and AddTags as the fields below "Tags" ask for. */
void sk_sagemaker_tag_calls(const struct sk_change_input *input, struct sk_calls *calls,
                            const char *arn);
/* sk_tags_complete with ListTags. */
void sk_sagemaker_complete_tags(struct sk_observation *observation, json_t *tags_by_arn,
                                const char *arn, unsigned *asked);
/* ListTags with the ownership check that stands before a delete. */
void sk_sagemaker_check_owned(struct sk_calls *calls, const char *arn);

#endif
