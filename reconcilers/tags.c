/* Tags in bulk, see tags.h. */
#include "reconcilers/tags.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

static char *fold(const char *arn)
{
    return sk_text_lower(sk_xstrdup(arn));
}

json_t *sk_tags_read(struct sk_observation *observation, const char *region,
                     const char *resource_type)
{
    json_t *input = json_pack("{s:[s]}", "ResourceTypeFilters", resource_type);
    const json_t *answer =
        region ? sk_observe_in(observation, region, "tagging", "GetResources", input)
               : sk_observe(observation, "tagging", "GetResources", input);
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

void sk_tags_complete(struct sk_observation *observation, json_t *tags_by_arn, const char *arn,
                      const struct sk_tags_question *question, unsigned *asked)
{
    sk_auto(sk_freep) char *folded = fold(arn ? arn : "");
    if (!arn || json_object_get(tags_by_arn, folded) || (*asked)++ >= question->at_most)
        return;
    const json_t *answer = sk_observe(observation, question->service, question->operation,
                                      json_pack("{s:s}", question->member, arn));
    if (answer)
        json_object_set(tags_by_arn, folded, json_object_get(answer, "Tags"));
}

json_t *sk_tags_of(const json_t *tags_by_arn, const char *arn)
{
    sk_auto(sk_freep) char *folded = fold(arn ? arn : "");
    json_t *tags = json_object_get(tags_by_arn, folded);
    return json_is_array(tags) ? json_incref(tags) : json_array();
}
