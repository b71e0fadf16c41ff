/* References between documents: {"$ref": ADDRESS, "attr": MEMBER}. See document.h. */
#include <string.h>

#include "base/json.h"
#include "plan/document.h"

bool sk_ref_parse(const json_t *value, const char **address, const char **attr)
{
    const char *target = json_string_value(json_object_get(value, "$ref"));
    const char *member = target ? json_string_value(json_object_get(value, "attr")) : NULL;
    if (!member)
        return false;
    *address = target;
    *attr = member;
    return true;
}

json_t *sk_ref_new(const char *address, const char *attr)
{
    return json_pack("{s:s, s:s}", "$ref", address, "attr", attr);
}

/* The bound on nesting is the loader's (SK_BOUND_MANIFEST_DEPTH) or jansson's for answers. */
// NOLINTNEXTLINE(misc-no-recursion)
json_t *sk_ref_resolve(const json_t *value, sk_ref_lookup_fn lookup, void *data, size_t *unresolved)
{
    const char *address;
    const char *attr;
    if (sk_ref_parse(value, &address, &attr)) {
        const json_t *found = lookup(address, attr, data);
        if (found)
            return json_deep_copy(found);
        if (unresolved)
            (*unresolved)++;
        return json_deep_copy(value);
    }
    if (json_is_object(value)) {
        json_t *copy = json_object();
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)value, key, member)
        {
            json_object_set_new(copy, key, sk_ref_resolve(member, lookup, data, unresolved));
        }
        return copy;
    }
    if (json_is_array(value)) {
        json_t *copy = json_array();
        size_t index;
        json_t *item;
        json_array_foreach(value, index, item)
        {
            json_array_append_new(copy, sk_ref_resolve(item, lookup, data, unresolved));
        }
        return copy;
    }
    return json_deep_copy(value);
}

// NOLINTNEXTLINE(misc-no-recursion)
bool sk_ref_any(const json_t *value)
{
    const char *ignored;
    if (sk_ref_parse(value, &ignored, &ignored))
        return true;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        if (sk_ref_any(member))
            return true;
    }
    size_t index;
    json_array_foreach(value, index, member)
    {
        if (sk_ref_any(member))
            return true;
    }
    return false;
}

static void append_once(json_t *addresses, const char *address)
{
    size_t index;
    json_t *item;
    json_array_foreach(addresses, index, item)
    {
        if (strcmp(json_string_value(item), address) == 0)
            return;
    }
    json_array_append_new(addresses, json_string(address));
}

// NOLINTNEXTLINE(misc-no-recursion)
void sk_ref_collect(const json_t *value, json_t *addresses)
{
    const char *address;
    const char *attr;
    if (sk_ref_parse(value, &address, &attr)) {
        append_once(addresses, address);
    } else if (json_is_object(value)) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)value, key, member)
        {
            sk_ref_collect(member, addresses);
        }
    } else if (json_is_array(value)) {
        size_t index;
        json_t *item;
        json_array_foreach(value, index, item)
        {
            sk_ref_collect(item, addresses);
        }
    }
}
