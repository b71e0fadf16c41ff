/* Differences as a list: building, look-ups, JSON form, and the patches that kinds build their
 * calls from. */
#include "plan/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "plan/plan.h"
#include "plan/set.h"

struct sk_field *sk_fields_add(struct sk_fields *fields, const char *path,
                               const struct sk_attr *attr)
{
    if (fields->count == fields->capacity) {
        fields->capacity = fields->capacity ? fields->capacity * 2 : 4;
        fields->items = sk_xrealloc(fields->items, fields->capacity, sizeof(struct sk_field));
    }
    struct sk_field *field = &fields->items[fields->count++];
    *field = (struct sk_field){.path = sk_xstrdup(path), .attr = attr};
    return field;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct sk_field *)a)->path, ((const struct sk_field *)b)->path);
}

void sk_fields_sort(struct sk_fields *fields)
{
    if (fields->count > 1)
        qsort(fields->items, fields->count, sizeof(struct sk_field), by_path);
}

void sk_fields_add_status(struct sk_fields *fields, const json_t *live)
{
    static const struct sk_attr status = {
        .path = "Status", .type = SK_ATTR_VALUE, .severity = SK_SEVERITY_MEDIUM, .doc = "Status."};
    struct sk_field *field = sk_fields_add(fields, "Status", &status);
    field->from = json_incref(json_object_get(live, "Status"));
    field->to = json_string("InService");
    field->raw = json_incref(field->to);
    sk_fields_sort(fields);
}

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

void sk_field_done(struct sk_field *field)
{
    free(field->path);
    json_decref(field->from);
    json_decref(field->to);
    json_decref(field->raw);
    json_decref(field->detail);
}

void sk_fields_done(struct sk_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        sk_field_done(&fields->items[i]);
    free(fields->items);
    *fields = (struct sk_fields){0};
}

json_t *sk_fields_shown(const struct sk_fields *fields, const struct sk_field *field,
                        const json_t *value)
{
    if (!value)
        return NULL;
    if (field->attr->flags & SK_ATTR_SENSITIVE)
        return json_string("(sensitive)");
    return fields->kind ? sk_kind_mask(fields->kind, field->path, value)
                        : json_incref((json_t *)value);
}

json_t *sk_fields_to_json(const struct sk_fields *fields)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        json_t *row = json_pack("{s:s, s:s}", "path", field->path, "severity",
                                sk_severity_name(field->attr->severity));
        if (field->from)
            json_object_set_new(row, "from", sk_fields_shown(fields, field, field->from));
        if (field->to)
            json_object_set_new(row, "to", sk_fields_shown(fields, field, field->to));
        if (field->detail && !(field->attr->flags & SK_ATTR_SENSITIVE))
            json_object_set(row, "detail", field->detail);
        if (field->unknown)
            json_object_set_new(row, "knownAfterApply", json_true());
        json_array_append_new(rows, row);
    }
    return rows;
}

static bool is_unset(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0);
}

/* Where one difference moves access: bit 0 when it takes some away, bit 1 when it grants some. */
static unsigned access_moved(const struct sk_field *field)
{
    unsigned takes = 1;
    unsigned grants = 2;
    if (field->attr->flags & SK_ATTR_RESTRICTS) {
        takes = 2;
        grants = 1;
    }
    if (is_unset(field->to))
        return takes;
    if (is_unset(field->from))
        return grants;
    if (field->attr->type != SK_ATTR_SET)
        return takes | grants;
    json_t *added;
    json_t *removed;
    sk_set_compare(field->from, field->to, field->attr->flags & SK_ATTR_CASELESS, &added, &removed);
    unsigned moved =
        (json_array_size(removed) > 0 ? takes : 0) | (json_array_size(added) > 0 ? grants : 0);
    json_decref(added);
    json_decref(removed);
    return moved;
}

/* Our own tags are bookkeeping: nobody gets in by them. */
static bool moves_access(const struct sk_field *field)
{
    return (field->attr->flags & SK_ATTR_GRANTS) &&
           !sk_text_starts_with(field->path, "Tags." SK_TAG_OURS);
}

int sk_fields_access(const struct sk_fields *fields)
{
    unsigned moved = 0;
    for (size_t i = 0; i < fields->count; i++) {
        if (moves_access(&fields->items[i]))
            moved |= access_moved(&fields->items[i]);
    }
    return moved == 1 ? -1 : moved == 2 ? 1 : 0;
}

/* A value that is not known yet is no difference in an immutable field: what it refers to decides
 * (cases E). */
static bool is_fixed(const struct sk_field *field)
{
    const struct sk_attr *attr = field->attr;
    if (field->unknown)
        return false;
    if (attr->flags & SK_ATTR_IMMUTABLE)
        return true;
    return attr->changes_only_to &&
           !sk_text_equal(json_string_value(field->to), attr->changes_only_to);
}

/* null asks for it, and so does an empty list. */
static bool is_cleared(const struct sk_field *field)
{
    return json_is_null(field->to) || (json_is_array(field->to) && json_array_size(field->to) == 0);
}

char *sk_fields_unchangeable(const struct sk_fields *fields)
{
    struct sk_buffer text = {0};
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        const struct sk_attr *attr = field->attr;
        const char *between = text.length ? "; " : "";
        if (is_fixed(field))
            sk_buffer_addf(&text, "%s%s cannot be changed%s%s", between, field->path,
                           attr->road ? ": " : "", attr->road ? attr->road : "");
        else if (is_cleared(field) && attr->clear == SK_CLEAR_NOT_POSSIBLE)
            sk_buffer_addf(&text,
                           "%s%s cannot be cleared: AWS has no way to unset it; set another "
                           "value, or leave the field out to stop managing it",
                           between, field->path);
    }
    if (text.length > 0)
        return sk_buffer_take(&text);
    sk_buffer_done(&text);
    return NULL;
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
        if (!key || !*key || !field->raw)
            continue;
        if (!tags)
            tags = json_array();
        json_array_append_new(tags, json_pack("{s:s, s:O}", "Key", key, "Value", field->raw));
    }
    return tags;
}

json_t *sk_fields_tags_to_remove(const struct sk_fields *fields)
{
    json_t *keys = NULL;
    for (size_t i = 0; i < fields->count; i++) {
        const struct sk_field *field = &fields->items[i];
        const char *key = below(field->path, "Tags");
        if (!key || !*key || field->raw)
            continue;
        if (!keys)
            keys = json_array();
        json_array_append_new(keys, json_string(key));
    }
    return keys;
}
