/* ARN patterns. Each of the six parts is matched by itself ("Each of the six colon-delimited
 * components of the ARN is checked separately", IAM User Guide, "Condition operators"); further
 * colons belong to the last part. In Resource, a pattern of fewer parts that ends in '*' covers
 * those it lacks ("If the * wildcard is the last character of a resource ARN segment, it can expand
 * to match beyond the colon boundaries"), and identity policies complete any such pattern
 * ("Identify AWS resources with ARNs"). */
#include "policy/set_int.h"

#include <string.h>

static bool part_is_star(const unsigned char *bytes, struct sk_span part)
{
    return part.length == 1 && bytes[0] == SK_PATTERN_STAR;
}

/* Whether one of the first five parts is all literal. */
static bool is_literal(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] >= SK_PATTERN_VARIABLE)
            return false;
    }
    return true;
}

int sk_arn_pattern_prepare(struct sk_policy_set *set, const char *text, unsigned flags,
                           struct sk_arn_pattern *out, struct sk_err *err)
{
    *out = (struct sk_arn_pattern){.plain_head = true};
    int result =
        sk_pattern_prepare(text, strlen(text), flags, &set->pool, &set->keys, &out->whole, err);
    if (result < 0)
        return result;
    struct sk_span span = out->whole.bytes;
    const unsigned char *bytes = (const unsigned char *)sk_buffer_text(&set->pool) + span.offset;
    size_t from = 0;
    for (;;) {
        size_t colon = sk_pattern_colon(bytes, span.length, from);
        bool last = out->part_count == 5 || colon == span.length;
        size_t end = last ? span.length : colon;
        out->parts[out->part_count++] =
            (struct sk_span){span.offset + (uint32_t)from, (uint32_t)(end - from)};
        if (out->part_count <= 5)
            out->plain_head &= is_literal(bytes + from, end - from);
        if (last)
            break;
        from = end + 1;
    }
    out->everything = part_is_star(bytes, span);
    out->plain_head &= out->part_count == 6;
    out->ends_in_star = span.length > 0 && bytes[span.length - 1] == SK_PATTERN_STAR;
    return 0;
}

static bool match_part(const struct sk_policy_set *set, struct sk_span part, bool has_variable,
                       struct sk_request *request, const char *text, size_t length)
{
    const unsigned char *bytes = sk_set_bytes(set, part);
    if (part_is_star(bytes, part))
        return true;
    if (!has_variable)
        return sk_pattern_match(bytes, part.length, text, length);
    struct sk_pattern pattern = {.bytes = part, .has_variable = true};
    return sk_set_pattern_match(set, &pattern, request, text, length);
}

bool sk_arn_pattern_match(const struct sk_policy_set *set, const struct sk_arn_pattern *pattern,
                          struct sk_request *request, const char *text, size_t length,
                          const struct sk_arn_parts *parts, bool completes)
{
    if (pattern->everything)
        return true;
    if (pattern->plain_head && !pattern->whole.has_variable)
        return sk_pattern_match(sk_set_bytes(set, pattern->whole.bytes),
                                pattern->whole.bytes.length, text, length);
    if (parts->count < 6 || (pattern->part_count < 6 && !completes && !pattern->ends_in_star))
        return false;
    for (size_t i = pattern->part_count; i-- > 0;) { /* the last part tells most apart */
        if (!match_part(set, pattern->parts[i], pattern->whole.has_variable, request,
                        text + parts->start[i], parts->length[i]))
            return false;
    }
    return true;
}
