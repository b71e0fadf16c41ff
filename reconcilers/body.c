/* Answers to bodies and bodies to inputs, see body.h. */
#include "reconcilers/body.h"

#include "base/alloc.h"
#include "policy/document.h"

bool sk_body_absent(const json_t *value)
{
    return !value || json_is_null(value);
}

/* A structure of which nothing is left is nothing. */
// NOLINTNEXTLINE(misc-no-recursion)
static void set_without_nulls(json_t *object, const char *key, const json_t *value)
{
    if (sk_body_absent(value))
        return;
    json_t *copy = sk_body_without_nulls(value);
    if (json_object_size(value) > 0 && json_object_size(copy) == 0)
        json_decref(copy);
    else
        json_object_set_new(object, key, copy);
}

json_t *sk_body_pick(const json_t *body, const char *const *members)
{
    json_t *picked = json_object();
    for (; *members; members++) {
        set_without_nulls(picked, *members, json_object_get(body, *members));
    }
    return picked;
}

void sk_body_fill(json_t *body, const json_t *from, const char *const *members)
{
    for (; *members; members++) {
        json_t *value = json_object_get(from, *members);
        if (!sk_body_absent(value) && sk_body_absent(json_object_get(body, *members)))
            json_object_set(body, *members, value);
    }
}

// NOLINTNEXTLINE(misc-no-recursion)
json_t *sk_body_without_nulls(const json_t *value)
{
    if (!json_is_object(value))
        return json_deep_copy(value);
    json_t *copy = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        set_without_nulls(copy, key, member);
    }
    return copy;
}

json_t *sk_body_policy_text(const json_t *document)
{
    sk_auto(sk_freep) char *text = sk_policy_text(document);
    return json_string(text);
}

json_t *sk_body_tags(const json_t *body)
{
    json_t *tags = json_object_get(body, "Tags");
    return tags ? json_incref(tags) : json_array();
}

int sk_body_wait(const struct sk_observation *observation, struct sk_err *err)
{
    if (observation->pass_pending > 0 || observation->pass_failed)
        return 0;
    return sk_err_set(err, SK_E_PROTOCOL, "a list that %s needs was answered with 'not found'",
                      observation->kind->name);
}
