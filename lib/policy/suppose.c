/* Most and least forms of documents, see suppose.h. */
#include "policy/suppose.h"

#include <string.h>

#include "base/alloc.h"
#include "policy/element.h"

/* Whether all policy variables of a text are known: "${key}", "${key, 'default'}"; "${*}" and its
 * kind are no keys. */
static bool variables_are_known(const char *text, sk_key_known_fn known, void *data)
{
    const char *at = text;
    while ((at = strstr(at, "${")) != NULL) {
        at += 2;
        at += strspn(at, " ");
        size_t length = strcspn(at, " ,}");
        sk_auto(sk_freep) char *key = sk_xstrndup(at, length);
        if (strchr(key, ':') && !known(key, data))
            return false;
    }
    return true;
}

static bool is_open(const char *key, const json_t *values, sk_key_known_fn known, void *data)
{
    if (!known(key, data))
        return true;
    for (size_t i = 0; i < sk_element_count(values); i++) {
        const char *text = json_string_value(sk_element_at(values, i));
        if (text && !variables_are_known(text, known, data))
            return true;
    }
    return false;
}

/* [{"operator", "key", "values"}] of a condition block, the open ones or the others. New. */
static json_t *split(const json_t *condition, sk_key_known_fn known, void *data, bool open)
{
    json_t *rows = json_array();
    const char *operator_;
    json_t *block;
    json_object_foreach((json_t *)condition, operator_, block)
    {
        const char *key;
        json_t *values;
        json_object_foreach(block, key, values)
        {
            if (is_open(key, values, known, data) != open)
                continue;
            json_t *list = json_array();
            for (size_t i = 0; i < sk_element_count(values); i++)
                json_array_append(list, sk_element_at(values, i));
            json_array_append_new(rows, json_pack("{s:s, s:s, s:o}", "operator", operator_, "key",
                                                  key, "values", list));
        }
    }
    return rows;
}

json_t *sk_policy_open_conditions(const json_t *statement, sk_key_known_fn known, void *data)
{
    return split(sk_element_get(statement, "Condition"), known, data, true);
}

/* A copy in AWS's spelling without its open conditions. New. */
static json_t *closed(const json_t *statement, sk_key_known_fn known, void *data)
{
    json_t *copy = json_copy((json_t *)statement);
    json_auto_t *kept = split(json_object_get(copy, "Condition"), known, data, false);
    json_t *condition = json_object();
    size_t index;
    json_t *row;
    json_array_foreach(kept, index, row)
    {
        const char *operator_ = json_string_value(json_object_get(row, "operator"));
        json_t *block = json_object_get(condition, operator_);
        if (!block) {
            block = json_object();
            json_object_set_new(condition, operator_, block);
        }
        json_object_set(block, json_string_value(json_object_get(row, "key")),
                        json_object_get(row, "values"));
    }
    json_object_set_new(copy, "Condition", condition);
    return copy;
}

/* Holds the place of a statement that never matches: an action that no service has. */
static json_t *inert(const json_t *statement)
{
    return json_pack("{s:O, s:s, s:s}", "Effect", json_object_get(statement, "Effect"), "Action",
                     "none:none", "Resource", "*");
}

static json_t *suppose_statement(const json_t *statement, enum sk_suppose form,
                                 sk_key_known_fn known, void *data)
{
    json_auto_t *open = sk_policy_open_conditions(statement, known, data);
    if (json_array_size(open) == 0 || form == SK_SUPPOSE_EXACT)
        return json_incref((json_t *)statement);
    const char *effect = json_string_value(json_object_get(statement, "Effect"));
    bool deny = effect && strcmp(effect, "Deny") == 0;
    return deny == (form == SK_SUPPOSE_MOST) ? inert(statement) : closed(statement, known, data);
}

static json_t *with_statements(const json_t *document, json_t *statements)
{
    json_t *copy = json_object();
    json_t *version = sk_element_get(document, "Version");
    if (version)
        json_object_set(copy, "Version", version);
    json_object_set_new(copy, "Statement", statements);
    return copy;
}

json_t *sk_policy_suppose(const json_t *document, enum sk_suppose form, sk_key_known_fn known,
                          void *data)
{
    json_t *spelt = sk_element_respell(document);
    const json_t *list = json_object_get(spelt, "Statement");
    if (!json_is_object(list) && !json_is_array(list))
        return spelt;
    json_t *statements = json_array();
    for (size_t i = 0; i < sk_element_count(list); i++)
        json_array_append_new(statements,
                              suppose_statement(sk_element_at(list, i), form, known, data));
    json_t *supposed = with_statements(spelt, statements);
    json_decref(spelt);
    return supposed;
}

json_t *sk_policy_without_open(const json_t *document, const json_t *statement,
                               sk_key_known_fn known, void *data)
{
    json_auto_t *alone = with_statements(document, json_pack("[O]", statement));
    json_auto_t *spelt = sk_element_respell(alone);
    const json_t *only = json_array_get(json_object_get(spelt, "Statement"), 0);
    return with_statements(document, json_pack("[o]", closed(only, known, data)));
}
