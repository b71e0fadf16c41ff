/* Differences as a list: look-ups, JSON form, and the patches that kinds build their calls from. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "plan/plan.h"

const struct sk_field *sk_fields_find(const struct sk_fields *fields, const char *path)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->items[i].path, path) == 0)
            return &fields->items[i];
    }
    return NULL;
}

/* What stands behind `prefix` and its dot; "" for the prefix itself; NULL for another path. */
static const char *below(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(path, prefix, length) != 0)
        return NULL;
    return path[length] == '.' ? path + length + 1 : path[length] == '\0' ? path + length : NULL;
}

bool sk_fields_touch(const struct sk_fields *fields, const char *path)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (below(fields->items[i].path, path))
            return true;
    }
    return false;
}

void sk_fields_done(struct sk_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        free(fields->items[i].path);
        json_decref(fields->items[i].from);
        json_decref(fields->items[i].to);
        json_decref(fields->items[i].raw);
        json_decref(fields->items[i].detail);
    }
    free(fields->items);
    *fields = (struct sk_fields){0};
}

static void set_masked(json_t *row, const char *member, json_t *value, bool sensitive)
{
    if (!value)
        return;
    if (sensitive)
        json_object_set_new(row, member, json_string("(sensitive)"));
    else
        json_object_set(row, member, value);
}

json_t *sk_fields_to_json(const struct sk_fields *fields)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        bool sensitive = field->attr->flags & SK_ATTR_SENSITIVE;
        json_t *row = json_pack("{s:s, s:s}", "path", field->path, "severity",
                                sk_severity_name(field->attr->severity));
        set_masked(row, "from", field->from, sensitive);
        set_masked(row, "to", field->to, sensitive);
        if (field->detail && !sensitive)
            json_object_set(row, "detail", field->detail);
        if (field->unknown)
            json_object_set_new(row, "knownAfterApply", json_true());
        json_array_append_new(rows, row);
    }
    return rows;
}

/* What to send for a field: its desired value, or what the attribute table says empties it. */
static json_t *value_to_send(const struct sk_field *field)
{
    if (field->raw && !json_is_null(field->raw))
        return json_incref(field->raw);
    switch (field->attr->clear) {
    case SK_CLEAR_EMPTY_LIST:
        return json_array();
    case SK_CLEAR_VALUE:
        return json_string(field->attr->clear_value);
    case SK_CLEAR_NOT_POSSIBLE:
    case SK_CLEAR_BY_KIND:
        break;
    }
    return NULL;
}

json_t *sk_fields_patch(const struct sk_fields *fields, const char *prefix)
{
    json_t *patch = NULL;
    for (size_t i = 0; i < fields->count; i++) {
        const char *path = below(fields->items[i].path, prefix);
        json_t *value = path && *path ? value_to_send(&fields->items[i]) : NULL;
        if (!value)
            continue;
        if (!patch)
            patch = json_object();
        sk_json_put(patch, path, value);
    }
    return patch;
}

json_t *sk_fields_value(const struct sk_fields *fields, const char *path)
{
    const struct sk_field *field = sk_fields_find(fields, path);
    return field ? value_to_send(field) : NULL;
}

json_t *sk_fields_tags_to_set(const struct sk_fields *fields)
{
    json_t *tags = NULL;
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        const char *key = below(field->path, "Tags");
        if (!key || !*key || !field->to || json_is_null(field->to))
            continue;
        if (!tags)
            tags = json_array();
        json_array_append_new(tags, json_pack("{s:s, s:O}", "Key", key, "Value", field->to));
    }
    return tags;
}

json_t *sk_fields_tags_to_remove(const struct sk_fields *fields)
{
    json_t *keys = NULL;
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        const char *key = below(field->path, "Tags");
        if (!key || !*key || (field->to && !json_is_null(field->to)))
            continue;
        if (!keys)
            keys = json_array();
        json_array_append_new(keys, json_string(key));
    }
    return keys;
}
