/* Tags of SageMaker resources, see tags.h. */
#include "reconcilers/sagemaker/tags.h"

#include <ctype.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/diff.h"

static char *fold(const char *arn)
{
    char *folded = sk_xstrdup(arn);
    for (char *at = folded; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return folded;
}

json_t *sk_sagemaker_tags(struct sk_observation *observation, const char *resource_type)
{
    const json_t *answer = sk_observe(observation, "tagging", "GetResources",
                                      json_pack("{s:[s]}", "ResourceTypeFilters", resource_type));
    if (!answer)
        return NULL;
    json_t *tags = json_object();
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(answer, "ResourceTagMappingList"), index, row)
    {
        const char *arn = sk_json_text(row, "ResourceARN");
        if (!arn)
            continue;
        sk_auto(sk_freep) char *folded = fold(arn);
        json_object_set(tags, folded, json_object_get(row, "Tags"));
    }
    return tags;
}

json_t *sk_sagemaker_tags_of(const json_t *tags_by_arn, const char *arn)
{
    sk_auto(sk_freep) char *folded = fold(arn ? arn : "");
    json_t *tags = json_object_get(tags_by_arn, folded);
    return tags ? json_incref(tags) : json_array();
}

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

void sk_sagemaker_check_owned(struct sk_calls *calls, const char *arn)
{
    struct sk_call *call =
        sk_calls_add(calls, "sagemaker", "ListTags", json_pack("{s:s}", "ResourceArn", arn));
    call->check = SK_CHECK_OWNED;
    call->absent_ok = true;
}
