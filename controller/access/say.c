/* Where statements stand and what they ask, in words, see say.h. */
#include "access/say.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/evaluate.h"

/* " (studio-developer@1, teams/fraud.yaml:9)", or nothing. */
static void add_source(const json_t *row, struct sk_buffer *out)
{
    const char *from = sk_json_text(row, "from");
    const char *path = sk_json_text(row, "path");
    const char *origin = sk_json_text(row, "origin");
    const json_t *line = json_object_get(row, "statementLine");
    if (from && line)
        sk_buffer_addf(out, " (%s:%lld, named in %s:%lld)", from,
                       (long long)json_integer_value(line), path,
                       (long long)json_integer_value(json_object_get(row, "line")));
    else if (from)
        sk_buffer_addf(out, " (%s, named in %s:%lld)", from, path,
                       (long long)json_integer_value(json_object_get(row, "line")));
    else if (origin)
        sk_buffer_addf(out, " (%s)", origin);
}

char *sk_access_say_statement(const json_t *row)
{
    struct sk_buffer out = {0};
    const json_t *statement = json_object_get(row, "statement");
    const char *address = sk_json_text(row, "address");
    const char *policy = sk_json_text(row, "policy");
    const char *layer = sk_json_text(row, "layer");
    if (json_is_integer(statement))
        sk_buffer_addf(&out, "statement %lld", (long long)json_integer_value(statement) + 1);
    else
        sk_buffer_addf(&out, "%s", json_string_value(statement));
    bool named = address && !json_is_true(json_object_get(row, "inline")) &&
                 sk_text_equal(strrchr(address, '/') + 1, policy);
    if (named)
        sk_buffer_addf(&out, " of %s", address);
    else if (address)
        sk_buffer_addf(&out, " of '%s' in %s", policy, address);
    else
        sk_buffer_addf(&out, " of '%s'", policy);
    if (sk_text_equal(layer, sk_layer_name(SK_LAYER_BOUNDARY)))
        sk_buffer_adds(&out, ", the boundary");
    add_source(row, &out);
    return sk_buffer_take(&out);
}

char *sk_access_say_conditions(const json_t *row)
{
    struct sk_buffer out = {0};
    size_t index;
    json_t *condition;
    json_array_foreach(json_object_get(row, "conditions"), index, condition)
    {
        sk_buffer_addf(&out, "%s%s %s", index > 0 ? " and " : "", sk_json_text(condition, "key"),
                       sk_json_text(condition, "operator"));
        size_t position;
        json_t *value;
        json_array_foreach(json_object_get(condition, "values"), position, value)
        {
            sk_auto(sk_freep) char *text =
                json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
            sk_buffer_addf(&out, "%s%s", position > 0 ? " | " : " ",
                           text ? text : json_string_value(value));
        }
    }
    sk_buffer_adds(&out, "");
    return sk_buffer_take(&out);
}
