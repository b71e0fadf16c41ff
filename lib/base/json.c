/* JSON helpers, see json.h. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/clock.h"

char *sk_json_canonical(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (!text)
        abort(); /* only possible for circular values, which we never build */
    return text;
}

void sk_json_digest(const json_t *value, char out[SK_SHA256_HEX_BYTES])
{
    sk_auto(sk_freep) char *text = sk_json_canonical(value);
    sk_sha256_hex(text, strlen(text), out);
}

json_t *sk_json_parse(const char *text, size_t length, const char *origin, struct sk_err *err)
{
    json_error_t error;
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!value)
        sk_err_set(err, SK_E_PARSE, "%s:%d:%d: %s", origin, error.line, error.column, error.text);
    return value;
}

/* Calls `step` for each dotted part; returns what the last step returned. */
static const char *next_part(const char *path, size_t *length)
{
    *length = strcspn(path, ".");
    return path[*length] == '.' ? path + *length + 1 : NULL;
}

json_t *sk_json_at(const json_t *object, const char *dotted_path)
{
    const json_t *at = object;
    while (dotted_path && at) {
        size_t length;
        const char *rest = next_part(dotted_path, &length);
        at = json_object_getn(at, dotted_path, length);
        dotted_path = rest;
    }
    return (json_t *)at;
}

const char *sk_json_text(const json_t *object, const char *dotted_path)
{
    return json_string_value(sk_json_at(object, dotted_path));
}

void sk_json_put(json_t *object, const char *dotted_path, json_t *value)
{
    for (;;) {
        size_t length;
        const char *rest = next_part(dotted_path, &length);
        if (!rest) {
            json_object_setn_new(object, dotted_path, length, value);
            return;
        }
        json_t *child = json_object_getn(object, dotted_path, length);
        if (!json_is_object(child)) {
            child = json_object();
            json_object_setn_new(object, dotted_path, length, child);
        }
        object = child;
        dotted_path = rest;
    }
}

void sk_json_remove(json_t *object, const char *dotted_path)
{
    size_t length;
    const char *rest;
    while ((rest = next_part(dotted_path, &length)) != NULL) {
        object = json_object_getn(object, dotted_path, length);
        if (!object)
            return;
        dotted_path = rest;
    }
    json_object_deln(object, dotted_path, length);
}

double sk_json_time_s(const json_t *value)
{
    struct sk_wall moment;
    if (!json_is_string(value))
        return json_number_value(value);
    return sk_wall_parse(json_string_value(value), &moment) == 0 ? (double)moment.seconds : 0;
}

const char *sk_json_tag(const json_t *tags, const char *key)
{
    size_t index;
    json_t *tag;
    json_array_foreach(tags, index, tag)
    {
        const char *name = sk_json_text(tag, "Key");
        if (name && strcmp(name, key) == 0)
            return sk_json_text(tag, "Value");
    }
    return NULL;
}
