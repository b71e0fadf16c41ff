/* See upcoming.h. */
#include "loop/upcoming.h"

#include "base/json.h"

#define DAY_S 86400

json_t *sk_upcoming_ends(const struct sk_blueprint *blueprint, const struct sk_documents *desired,
                         struct sk_wall now)
{
    json_t *ends = json_array();
    size_t index;
    json_t *member;
    json_array_foreach(blueprint->members, index, member)
    {
        const char *until = sk_json_text(member, "until");
        const char *address = sk_json_text(member, "address");
        struct sk_wall last;
        if (!until || sk_wall_parse(until, &last) < 0 ||
            last.seconds - now.seconds > (int64_t)SK_UPCOMING_DAYS * DAY_S ||
            !sk_documents_find(desired, address))
            continue;
        json_array_append_new(ends, json_pack("{s:O, s:O, s:O, s:O}", "user",
                                              json_object_get(member, "user"), "team",
                                              json_object_get(member, "team"), "address",
                                              json_object_get(member, "address"), "until",
                                              json_object_get(member, "until")));
    }
    return ends;
}
