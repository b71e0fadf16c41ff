/* Calls about the tags of SageMaker resources, see tags.h. */
#include "reconcilers/sagemaker/tags.h"

#include "plan/diff.h"
#include "reconcilers/tags.h"

void sk_sagemaker_tag_calls(const struct sk_change_input *input, struct sk_calls *calls,
                            const char *arn)
{
    json_t *keys = sk_fields_tags_to_remove(input->fields);
    if (keys)
        sk_calls_add(calls, "sagemaker", "DeleteTags",
                     json_pack("{s:s, s:o}", "ResourceArn", arn, "TagKeys", keys));
    json_t *tags = sk_fields_tags_to_set(input->fields);
    if (tags)
        sk_calls_add(calls, "sagemaker", "AddTags",
                     json_pack("{s:s, s:o}", "ResourceArn", arn, "Tags", tags));
}

void sk_sagemaker_complete_tags(struct sk_observation *observation, json_t *tags_by_arn,
                                const char *arn, unsigned *asked)
{
    static const struct sk_tags_question question = {"sagemaker", "ListTags", "ResourceArn", 50};
    sk_tags_complete(observation, tags_by_arn, arn, &question, asked);
}

void sk_sagemaker_check_owned(struct sk_calls *calls, const char *arn)
{
    struct sk_call *call =
        sk_calls_add(calls, "sagemaker", "ListTags", json_pack("{s:s}", "ResourceArn", arn));
    call->check = SK_CHECK_OWNED;
    call->absent_ok = true;
}
