/* Policy elements by name, see element.h. */
#include "policy/element.h"

#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "policy/operator.h"

static const char *const document_names[] = {"Version", "Id", "Statement"};
static const char *const statement_names[] = {
    "Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
    "NotAction", "Resource", "NotResource", "Condition",
};
static const char *const principal_names[] = {"AWS", "Federated", "Service", "CanonicalUser"};

static const struct {
    const char *const *names;
    size_t count;
} levels[] = {
    [SK_ELEMENT_DOCUMENT] = {document_names, sizeof(document_names) / sizeof(document_names[0])},
    [SK_ELEMENT_STATEMENT] = {statement_names,
                              sizeof(statement_names) / sizeof(statement_names[0])},
    [SK_ELEMENT_PRINCIPAL] = {principal_names,
                              sizeof(principal_names) / sizeof(principal_names[0])},
};

const char *sk_element_name(enum sk_element_level level, const char *name)
{
    for (size_t i = 0; i < levels[level].count; i++) {
        if (strcasecmp(levels[level].names[i], name) == 0)
            return levels[level].names[i];
    }
    return NULL;
}

const char *sk_element_nearest(enum sk_element_level level, const char *name)
{
    return sk_text_nearest(name, levels[level].names, levels[level].count);
}

json_t *sk_element_get(const json_t *object, const char *standard)
{
    json_t *exact = json_object_get(object, standard);
    if (exact)
        return exact;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (strcasecmp(name, standard) == 0)
            return value;
    }
    return NULL;
}

size_t sk_element_count(const json_t *scalar_or_list)
{
    if (json_is_array(scalar_or_list))
        return json_array_size(scalar_or_list);
    return scalar_or_list ? 1 : 0;
}

json_t *sk_element_at(const json_t *scalar_or_list, size_t position)
{
    if (json_is_array(scalar_or_list))
        return json_array_get(scalar_or_list, position);
    return (json_t *)scalar_or_list;
}

char *sk_element_scalar_text(const json_t *scalar)
{
    if (json_is_string(scalar))
        return sk_xstrdup(json_string_value(scalar));
    if (json_is_boolean(scalar))
        return sk_xstrdup(json_is_true(scalar) ? "true" : "false");
    if (json_is_integer(scalar))
        return sk_xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(scalar));
    if (json_is_real(scalar))
        return json_dumps(scalar, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    return NULL;
}

static json_t *respell_condition(const json_t *condition)
{
    if (!json_is_object(condition))
        return json_deep_copy(condition);
    json_t *copy = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)condition, name, value)
    {
        struct sk_operator operator_;
        char spelt[SK_OPERATOR_TEXT_BYTES];
        const char *key = name;
        if (sk_operator_parse(name, &operator_)) {
            sk_operator_format(&operator_, spelt);
            key = spelt;
        }
        json_object_set_new(copy, key, json_deep_copy(value));
    }
    return copy;
}

static json_t *respell_members(const json_t *object, enum sk_element_level level);

static json_t *respell_value(const char *element, json_t *value, enum sk_element_level level)
{
    if (level == SK_ELEMENT_DOCUMENT && sk_text_equal(element, "Statement")) {
        if (!json_is_array(value))
            return respell_members(value, SK_ELEMENT_STATEMENT);
        json_t *list = json_array();
        size_t index;
        json_t *statement;
        json_array_foreach(value, index, statement)
        {
            json_array_append_new(list, respell_members(statement, SK_ELEMENT_STATEMENT));
        }
        return list;
    }
    if (level == SK_ELEMENT_STATEMENT && sk_text_equal(element, "Condition"))
        return respell_condition(value);
    if (level == SK_ELEMENT_STATEMENT && sk_text_ends_with(element, "Principal"))
        return respell_members(value, SK_ELEMENT_PRINCIPAL);
    return json_deep_copy(value);
}

static json_t *respell_members(const json_t *object, enum sk_element_level level)
{
    if (!json_is_object(object))
        return json_deep_copy(object);
    json_t *copy = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        const char *element = sk_element_name(level, name);
        if (!element)
            element = name;
        json_object_set_new(copy, element, respell_value(element, value, level));
    }
    return copy;
}

json_t *sk_element_respell(const json_t *document)
{
    return respell_members(document, SK_ELEMENT_DOCUMENT);
}
