/* Grants as rows: what is gained through one statement, on the same resources and against the same
 * odds, is told at once. */
#include <stdlib.h>
#include <string.h>

#include "access_change/change_int.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "policy/element.h"
#include "policy/suppose.h"

/* The policy that the statement stands in, with its position there: statements are in the order of
 * the role's policies. NULL for what belongs to none. */
static const struct sk_access_policy *policy_of(const struct sk_access_role *role, size_t number,
                                                size_t *position)
{
    for (size_t i = 0; i < role->policy_count; i++) {
        size_t count = sk_element_count(sk_element_get(role->policies[i].document, "Statement"));
        *position = number;
        if (number < count)
            return &role->policies[i];
        number -= count;
    }
    return NULL;
}

static bool knows_nothing(const char *key, void *data)
{
    (void)key;
    (void)data;
    return false;
}

/* The resources at these positions, in the order of the statement. New. */
static json_t *resources_of(const json_t *statement, const json_t *positions)
{
    const json_t *list = sk_element_get(statement, "Resource");
    json_t *out = json_array();
    size_t index;
    json_t *position;
    json_array_foreach(positions, index, position)
    {
        json_t *item = sk_element_at(list, (size_t)json_integer_value(position));
        if (item)
            json_array_append(out, item);
    }
    return out;
}

static const char *importance_of(const json_t *grant)
{
    size_t action = (size_t)json_integer_value(json_object_get(grant, "action"));
    bool crosses = json_array_size(json_object_get(grant, "teams")) > 0;
    return sk_importance_name(crosses ? SK_IMPORTANCE_CROSS_TEAM : sk_importance_of_action(action));
}

static json_t *new_row(const struct sk_role_side *side, const json_t *grant, const char *change)
{
    size_t number = (size_t)json_integer_value(json_object_get(grant, "statement"));
    const json_t *statement = side->policies->statements[number].json;
    const json_t *excluded = sk_element_get(statement, "NotResource");
    const char *sid = json_string_value(sk_element_get(statement, "Sid"));
    size_t position;
    const struct sk_access_policy *policy = policy_of(side->role, number, &position);
    json_t *row =
        json_pack("{s:s, s:s, s:[], s:O}", "change", change, "importance", importance_of(grant),
                  "actions", "request", json_object_get(grant, "request"));
    if (excluded)
        json_object_set(row, "notResources", (json_t *)excluded);
    else
        json_object_set_new(row, "resources",
                            resources_of(statement, json_object_get(grant, "resources")));
    json_object_set_new(row, "conditions",
                        sk_policy_open_conditions(statement, knows_nothing, NULL));
    if (policy)
        json_object_set_new(row, "by", sk_access_place(policy, sid, position));
    if (json_array_size(json_object_get(grant, "against")) > 0)
        json_object_set(row, "against", json_object_get(grant, "against"));
    if (json_array_size(json_object_get(grant, "teams")) > 0)
        json_object_set(row, "teams", json_object_get(grant, "teams"));
    return row;
}

/* Equal for grants that share a row. Owned by the caller. */
static char *grant_key(const json_t *grant)
{
    json_auto_t *parts =
        json_pack("[O, s, O, O, O]", json_object_get(grant, "statement"), importance_of(grant),
                  json_object_get(grant, "resources"), json_object_get(grant, "against"),
                  json_object_get(grant, "teams"));
    return sk_json_canonical(parts);
}

json_t *sk_grant_rows(const struct sk_role_side *side, const json_t *grants, const char *change)
{
    json_auto_t *by_key = json_object();
    json_t *rows = json_array();
    size_t index;
    json_t *grant;
    json_array_foreach(grants, index, grant)
    {
        sk_auto(sk_freep) char *key = grant_key(grant);
        json_t *row = json_object_get(by_key, key);
        size_t action = (size_t)json_integer_value(json_object_get(grant, "action"));
        if (!row) {
            row = new_row(side, grant, change);
            json_object_set(by_key, key, row);
            json_array_append_new(rows, row);
        }
        json_array_append_new(json_object_get(row, "actions"),
                              json_string(sk_catalogue_name(sk_catalogue_at(action))));
    }
    return rows;
}

void sk_rows_drop_requests(json_t *rows)
{
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        json_object_del(row, "request");
    }
}

/* ---- order ---- */

struct placed {
    char *key; /* owned */
    json_t *item;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct placed *)a)->key, ((const struct placed *)b)->key);
}

void sk_sort_by(json_t *list, char *(*key_of)(const json_t *item))
{
    size_t count = json_array_size(list);
    struct placed *placed = sk_xcalloc(count + 1, sizeof(*placed));
    for (size_t i = 0; i < count; i++)
        placed[i] =
            (struct placed){key_of(json_array_get(list, i)), json_incref(json_array_get(list, i))};
    if (count > 1)
        qsort(placed, count, sizeof(*placed), compare);
    for (size_t i = 0; i < count; i++) {
        json_array_set_new(list, i, placed[i].item);
        free(placed[i].key);
    }
    free(placed);
}

char *sk_row_rank(const json_t *row)
{
    return sk_xasprintf("%d%02d", !sk_text_equal(sk_json_text(row, "change"), "gains"),
                        (int)sk_importance_of_name(sk_json_text(row, "importance")));
}

static char *row_key(const json_t *row)
{
    sk_auto(sk_freep) char *rank = sk_row_rank(row);
    sk_auto(sk_freep) char *text = sk_json_canonical(row);
    return sk_xasprintf("%s%s", rank, text);
}

void sk_rows_sort(json_t *rows)
{
    sk_sort_by(rows, row_key);
}
