/* Look-ups in the tables of kinds and attributes, and the masking that they drive; see kind.h. */
#include "plan/kind.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

const struct sk_attr *sk_kind_attr(const struct sk_kind *kind, const char *path)
{
    const struct sk_attr *best = NULL;
    size_t best_length = 0;
    for (const struct sk_attr *attr = kind->attrs; attr->path; attr++) {
        size_t length = 0;
        while (attr->path[length] && attr->path[length] == path[length])
            length++;
        bool covers = !attr->path[length] && (path[length] == '\0' || path[length] == '.');
        if (covers && length > best_length) {
            best = attr;
            best_length = length;
        }
    }
    return best;
}

static bool has_sensitive(const struct sk_kind *kind)
{
    for (const struct sk_attr *attr = kind->attrs; attr->path; attr++) {
        if (attr->flags & SK_ATTR_SENSITIVE)
            return true;
    }
    return false;
}

/* Objects in an array stand under the array's own path: "Items.Secret" for each of the Items. */
// NOLINTNEXTLINE(misc-no-recursion)
static json_t *mask(const struct sk_kind *kind, const char *path, const json_t *value)
{
    const struct sk_attr *attr = path ? sk_kind_attr(kind, path) : NULL;
    if (attr && (attr->flags & SK_ATTR_SENSITIVE))
        return json_string("(sensitive)");
    if (json_is_array(value)) {
        json_t *copy = json_array();
        size_t index;
        json_t *item;
        json_array_foreach(value, index, item)
        {
            json_array_append_new(copy, mask(kind, path, item));
        }
        return copy;
    }
    if (!json_is_object(value))
        return json_incref((json_t *)value);
    json_t *copy = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        sk_auto(sk_freep) char *child = path ? sk_xasprintf("%s.%s", path, key) : sk_xstrdup(key);
        json_object_set_new(copy, key, mask(kind, child, member));
    }
    return copy;
}

json_t *sk_kind_mask(const struct sk_kind *kind, const char *path, const json_t *value)
{
    return has_sensitive(kind) ? mask(kind, path, value) : json_incref((json_t *)value);
}

char *sk_kind_plural(const struct sk_kind *kind)
{
    size_t length = strlen(kind->noun);
    if (sk_text_ends_with(kind->noun, "y"))
        return sk_xasprintf("%.*sies", (int)(length - 1), kind->noun);
    return sk_xasprintf("%ss", kind->noun);
}

enum sk_state sk_kind_state(const struct sk_kind *kind, const json_t *body, const char **reason)
{
    const char *ignored = NULL;
    return kind->state ? kind->state(body, reason ? reason : &ignored) : SK_STATE_READY;
}

const struct sk_kind *sk_kinds_find(const struct sk_kinds *kinds, const char *name)
{
    for (size_t i = 0; i < kinds->count; i++) {
        if (strcmp(kinds->items[i]->name, name) == 0)
            return kinds->items[i];
    }
    return NULL;
}
