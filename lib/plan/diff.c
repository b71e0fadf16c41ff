/* Comparison driven by the attribute table, see diff.h and docs/design/plan-cases.md.
 *
 * The desired body is walked as written (`raw`, references kept: what calls are built from); at
 * each part that is compared whole its references are resolved from the live set (`desired`: what
 * is compared and shown). */
#include "plan/diff.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/fields.h"
#include "plan/set.h"
#include "policy/document.h"

/* Tag keys that AWS writes by itself: never ours (aws-api.md 5.9). */
static const char *const reserved_tag_prefixes[] = {"aws:", "sagemaker:"};

static const struct sk_attr unlisted = {
    .path = "", .type = SK_ATTR_VALUE, .doc = "not in the table"};

struct comparison {
    const struct sk_kind *kind;
    const struct sk_documents *live_set;
    struct sk_fields *fields;
};

static struct sk_field *add_field(const struct comparison *c, const char *path,
                                  const struct sk_attr *attr, const json_t *raw, const json_t *to,
                                  const json_t *from)
{
    json_auto_t *references = json_array();
    sk_ref_collect(to, references);
    struct sk_field *field = sk_fields_add(c->fields, path, attr);
    field->from = json_incref((json_t *)from);
    field->to = json_incref((json_t *)to);
    field->raw = json_incref((json_t *)raw);
    field->unknown = json_array_size(references) > 0;
    return field;
}

static bool scalar_is_text(const json_t *value, const char *text)
{
    if (json_is_string(value))
        return strcmp(json_string_value(value), text) == 0;
    sk_auto(sk_freep) char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    return dumped && strcmp(dumped, text) == 0;
}

static bool is_absent(const json_t *value)
{
    return !value || json_is_null(value);
}

static bool is_empty(const json_t *value)
{
    return (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* Whether a live value is what AWS shows when nothing was ever set. */
static bool is_unset(const struct sk_attr *attr, const json_t *live)
{
    if (is_absent(live) || is_empty(live))
        return true;
    return (attr->server_default && scalar_is_text(live, attr->server_default)) ||
           (attr->clear == SK_CLEAR_VALUE && attr->clear_value &&
            scalar_is_text(live, attr->clear_value));
}

static bool values_equal(const struct sk_attr *attr, const json_t *desired, const json_t *live)
{
    if (is_absent(live))
        return is_empty(desired) ||
               (attr->server_default && scalar_is_text(desired, attr->server_default));
    bool caseless = attr->flags & SK_ATTR_CASELESS;
    /* A reference in place of the whole array is no array: it is compared as the value it is. */
    if (attr->type == SK_ATTR_SET && json_is_array(desired) && json_is_array(live))
        return sk_set_equal(desired, live, caseless);
    if (json_is_integer(desired) && json_is_integer(live))
        return json_integer_value(desired) == json_integer_value(live);
    if (json_is_number(desired) && json_is_number(live))
        return json_number_value(desired) == json_number_value(live);
    if (caseless && json_is_string(desired) && json_is_string(live))
        return strcasecmp(json_string_value(desired), json_string_value(live)) == 0;
    return json_equal(desired, live);
}

static bool tag_is_reserved(const char *key)
{
    for (size_t i = 0; i < sizeof(reserved_tag_prefixes) / sizeof(*reserved_tag_prefixes); i++) {
        if (sk_text_starts_with(key, reserved_tag_prefixes[i]))
            return true;
    }
    /* Our own tags begin with "sagekeeper:", which is none of the reserved prefixes. */
    return false;
}

static const json_t *tag_value(const json_t *tags, const char *key)
{
    size_t index;
    json_t *tag;
    json_array_foreach(tags, index, tag)
    {
        if (sk_text_equal(sk_json_text(tag, "Key"), key))
            return json_object_get(tag, "Value");
    }
    return NULL;
}

/* `raw` has the elements of `desired` in the same places, references kept. */
static void compare_tags(const struct comparison *c, const char *path, const struct sk_attr *attr,
                         const json_t *raw, const json_t *desired, const json_t *live)
{
    size_t index;
    json_t *tag;
    json_array_foreach(desired, index, tag)
    {
        const char *key = sk_json_text(tag, "Key");
        const json_t *to = json_object_get(tag, "Value");
        const json_t *from = key ? tag_value(live, key) : NULL;
        if (!key || is_absent(to) || (from && json_equal(from, to)))
            continue;
        sk_auto(sk_freep) char *tag_path = sk_xasprintf("%s.%s", path, key);
        add_field(c, tag_path, attr, json_object_get(json_array_get(raw, index), "Value"), to,
                  from);
    }
    json_array_foreach(live, index, tag)
    {
        const char *key = sk_json_text(tag, "Key");
        if (!key || tag_is_reserved(key) || !is_absent(tag_value(desired, key)))
            continue;
        sk_auto(sk_freep) char *tag_path = sk_xasprintf("%s.%s", path, key);
        add_field(c, tag_path, attr, NULL, NULL, json_object_get(tag, "Value"));
    }
}

static void compare_policy(const struct comparison *c, const char *path, const struct sk_attr *attr,
                           const json_t *raw, const json_t *desired, const json_t *live)
{
    if (desired && live && sk_policy_equal(desired, live))
        return;
    struct sk_field *field = add_field(c, path, attr, raw, desired, live);
    field->detail = sk_policy_diff(live, desired);
}

static void compare_policy_map(const struct comparison *c, const char *path,
                               const struct sk_attr *attr, const json_t *raw, const json_t *desired,
                               const json_t *live)
{
    const char *name;
    json_t *document;
    json_object_foreach((json_t *)desired, name, document)
    {
        if (json_is_null(document))
            continue;
        sk_auto(sk_freep) char *member = sk_xasprintf("%s.%s", path, name);
        compare_policy(c, member, attr, json_object_get(raw, name), document,
                       json_object_get(live, name));
    }
    json_object_foreach((json_t *)live, name, document)
    {
        if (!is_absent(json_object_get(desired, name)))
            continue;
        sk_auto(sk_freep) char *member = sk_xasprintf("%s.%s", path, name);
        compare_policy(c, member, attr, NULL, NULL, document);
    }
}

static const json_t *live_member(const char *address, const char *attr, void *data)
{
    const struct sk_document *document = sk_documents_find(data, address);
    if (!document || sk_kind_state(document->kind, document->body, NULL) == SK_STATE_GONE)
        return NULL;
    const json_t *member = sk_json_at(document->body, attr);
    return is_absent(member) ? NULL : member;
}

/* The part with its references resolved: itself when it has none. New reference. */
static json_t *resolve(const struct comparison *c, const json_t *raw)
{
    return sk_ref_any(raw) ? sk_ref_resolve(raw, live_member, (void *)c->live_set, NULL)
                           : json_incref((json_t *)raw);
}

/* A part that is compared as one. */
static void compare_leaf(const struct comparison *c, const char *path, const struct sk_attr *attr,
                         const json_t *raw, const json_t *live)
{
    json_auto_t *desired = resolve(c, raw);
    /* What is compared by its members is cleared member by member: null is the empty one. */
    bool by_member = attr->type == SK_ATTR_TAGS || attr->type == SK_ATTR_POLICY_MAP;
    bool same = true;
    if (json_is_null(desired) && !by_member) {
        same = is_unset(attr, live);
    } else if (attr->type == SK_ATTR_TAGS) {
        compare_tags(c, path, attr, raw, desired, live);
    } else if (attr->type == SK_ATTR_POLICY) {
        compare_policy(c, path, attr, raw, desired, live);
    } else if (attr->type == SK_ATTR_POLICY_MAP) {
        compare_policy_map(c, path, attr, raw, desired, live);
    } else {
        same = values_equal(attr, desired, live);
    }
    if (!same)
        add_field(c, path, attr, raw, desired, live);
}

/* All members of `raw`; below a TREE row each by its own row. `path` is NULL for the body itself.
 */
// NOLINTNEXTLINE(misc-no-recursion)
static void compare_members(const struct comparison *c, const char *path, const json_t *raw,
                            const json_t *live)
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)raw, key, member)
    {
        const json_t *live_value = json_object_get(live, key);
        if (json_equal(member, live_value))
            continue; /* most are: no need to know what they mean */
        sk_auto(sk_freep) char *child = path ? sk_xasprintf("%s.%s", path, key) : sk_xstrdup(key);
        const struct sk_attr *attr = sk_kind_attr(c->kind, child);
        if (!attr)
            attr = &unlisted;
        if (attr->flags & SK_ATTR_READ_ONLY)
            continue;
        const char *ignored;
        if (attr->type == SK_ATTR_TREE && json_is_object(member) &&
            !sk_ref_parse(member, &ignored, &ignored))
            compare_members(c, child, member, live_value);
        else
            compare_leaf(c, child, attr, member, live_value);
    }
}

void sk_diff(const struct sk_kind *kind, const json_t *desired, const json_t *live,
             const struct sk_documents *live_set, struct sk_fields *fields)
{
    const struct comparison c = {.kind = kind, .live_set = live_set, .fields = fields};
    fields->kind = kind;
    compare_members(&c, NULL, desired, live);
    sk_fields_sort(fields);
}
