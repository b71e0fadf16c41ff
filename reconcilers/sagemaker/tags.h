/* The calls that change and check the tags of SageMaker resources in place. */
#ifndef SK_RECONCILERS_SAGEMAKER_TAGS_H
#define SK_RECONCILERS_SAGEMAKER_TAGS_H

#include "plan/kind.h"

/* DeleteTags and AddTags as the fields below "Tags" ask for. */
void sk_sagemaker_tag_calls(const struct sk_change_input *input, struct sk_calls *calls,
                            const char *arn);
/* ListTags with the ownership check that stands before a delete. */
void sk_sagemaker_check_owned(struct sk_calls *calls, const char *arn);

#endif
