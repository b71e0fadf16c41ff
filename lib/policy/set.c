/* Compiling documents into sets, see set.h. */
#include "policy/set_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/text.h"
#include "policy/element.h"

static uint32_t add_name(struct sk_policy_set *set, const char *text)
{
    SK_GROW(set->names, set->name_count);
    set->names[set->name_count] = sk_xstrdup(text);
    return (uint32_t)set->name_count++;
}

static int add_actions(struct sk_policy_set *set, const json_t *value, struct sk_range *out,
                       struct sk_err *err)
{
    out->first = (uint32_t)set->action_count;
    for (size_t i = 0; i < sk_element_count(value); i++) {
        const char *text = json_string_value(sk_element_at(value, i));
        if (!text)
            return sk_err_set(err, SK_E_INVALID, "an action that is no string");
        struct sk_pattern pattern;
        int result = sk_pattern_prepare(text, strlen(text), SK_PATTERN_WILDCARDS | SK_PATTERN_FOLD,
                                        &set->pool, &set->keys, &pattern, err);
        if (result < 0)
            return result;
        SK_GROW(set->actions, set->action_count);
        set->actions[set->action_count++] = pattern;
    }
    out->count = (uint32_t)set->action_count - out->first;
    return 0;
}

static int add_resources(struct sk_policy_set *set, const json_t *value, bool variables,
                         struct sk_range *out, struct sk_err *err)
{
    unsigned flags = SK_PATTERN_WILDCARDS | (variables ? SK_PATTERN_VARIABLES : 0);
    out->first = (uint32_t)set->resource_count;
    for (size_t i = 0; i < sk_element_count(value); i++) {
        const char *text = json_string_value(sk_element_at(value, i));
        if (!text)
            return sk_err_set(err, SK_E_INVALID, "a resource that is no string");
        struct sk_arn_pattern pattern;
        int result = sk_arn_pattern_prepare(set, text, flags, &pattern, err);
        if (result < 0)
            return result;
        SK_GROW(set->resources, set->resource_count);
        set->resources[set->resource_count++] = pattern;
    }
    out->count = (uint32_t)set->resource_count - out->first;
    return 0;
}

static const json_t *either(const json_t *statement, const char *positive, const char *negative,
                            bool *is_negative)
{
    const json_t *value = sk_element_get(statement, positive);
    *is_negative = !value;
    return value ? value : sk_element_get(statement, negative);
}

static int add_elements(struct sk_policy_set *set, const json_t *json, bool variables,
                        struct sk_statement *out, struct sk_err *err)
{
    const json_t *actions = either(json, "Action", "NotAction", &out->not_action);
    const json_t *resources = either(json, "Resource", "NotResource", &out->not_resource);
    const json_t *principals = either(json, "Principal", "NotPrincipal", &out->not_principal);
    out->has_resource = resources != NULL;
    out->has_principal = principals != NULL;
    if (!actions)
        return sk_err_set(err, SK_E_INVALID, "Action is missing");
    int result = add_actions(set, actions, &out->actions, err);
    if (result == 0 && resources)
        result = add_resources(set, resources, variables, &out->resources, err);
    if (result == 0 && principals)
        result = sk_principals_prepare(set, principals, &out->principals, err);
    if (result == 0)
        result = sk_condition_prepare(set, sk_element_get(json, "Condition"), variables,
                                      &out->conditions, err);
    return result;
}

/* "You must include one of them, not both" (IAM User Guide, "Grammar of the IAM JSON policy
 * language"). */
static int check_elements(const json_t *statement, struct sk_err *err)
{
    static const char *const pairs[][2] = {
        {"Action", "NotAction"}, {"Resource", "NotResource"}, {"Principal", "NotPrincipal"}};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)statement, name, value)
    {
        if (sk_element_name(SK_ELEMENT_STATEMENT, name))
            continue;
        const char *near = sk_element_nearest(SK_ELEMENT_STATEMENT, name);
        return sk_err_set(err, SK_E_INVALID, "unknown element '%s'%s%s", name,
                          near ? "; did you mean " : "", near ? near : "");
    }
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (sk_element_get(statement, pairs[i][0]) && sk_element_get(statement, pairs[i][1]))
            return sk_err_set(err, SK_E_INVALID, "%s and %s together", pairs[i][0], pairs[i][1]);
    }
    return 0;
}

static int add_statement(struct sk_policy_set *set, const json_t *json, bool variables,
                         struct sk_statement *out, struct sk_err *err)
{
    if (!json_is_object(json))
        return sk_err_set(err, SK_E_INVALID, "a statement that is no object");
    const char *effect = json_string_value(sk_element_get(json, "Effect"));
    if (!effect || (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
        return sk_err_set(err, SK_E_INVALID, "Effect is neither Allow nor Deny");
    out->deny = strcmp(effect, "Deny") == 0;
    const char *sid = json_string_value(sk_element_get(json, "Sid"));
    if (sid && *sid)
        out->sid = add_name(set, sid);
    int result = check_elements(json, err);
    if (result == 0)
        result = add_elements(set, json, variables, out, err);
    if (result < 0)
        return result;
    SK_GROW(set->statements, set->statement_count);
    set->statements[set->statement_count++] = *out;
    return 0;
}

static int add_document(struct sk_policy_set *set, const struct sk_policy_source *source,
                        struct sk_err *err)
{
    const char *name = source->name ? source->name : "";
    uint32_t policy = add_name(set, name);
    const json_t *statements = sk_element_get(source->document, "Statement");
    if (!json_is_object(source->document) ||
        (!json_is_object(statements) && !json_is_array(statements)))
        return sk_err_set(err, SK_E_INVALID, "policy '%s' is no policy document", name);
    size_t count = sk_element_count(statements);
    if (count > SK_BOUND_POLICY_STATEMENTS)
        return sk_err_set(err, SK_E_BOUND, "policy '%s' has more than %d statements", name,
                          SK_BOUND_POLICY_STATEMENTS);
    const char *version = json_string_value(sk_element_get(source->document, "Version"));
    bool variables = version && strcmp(version, "2012-10-17") == 0;
    for (size_t i = 0; i < count; i++) {
        struct sk_statement statement = {
            .policy = policy, .position = (uint32_t)i, .sid = SK_NO_STATEMENT};
        struct sk_err fault = {0};
        if (add_statement(set, sk_element_at(statements, i), variables, &statement, &fault) < 0) {
            sk_err_wrap(&fault, "policy '%s', statement %zu", name, i + 1);
            return sk_err_move(err, &fault);
        }
    }
    return 0;
}

int sk_policy_set_new(const struct sk_policy_source *sources, size_t count, unsigned flags,
                      struct sk_policy_set **out, struct sk_err *err)
{
    struct sk_policy_set *set = sk_xcalloc(1, sizeof(*set));
    set->flags = flags;
    sk_buffer_adds(&set->pool, "");
    for (size_t i = 0; i < count; i++) {
        int result = add_document(set, &sources[i], err);
        if (result < 0) {
            sk_policy_set_free(set);
            return result;
        }
    }
    sk_set_index(set);
    *out = set;
    return 0;
}

void sk_policy_set_free(struct sk_policy_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->name_count; i++)
        free(set->names[i]);
    free(set->names);
    free(set->statements);
    free(set->actions);
    free(set->resources);
    free(set->principals);
    free(set->conditions);
    free(set->values);
    free(set->slots);
    free(set->statement_lists);
    free(set->service_entries);
    free(set->service_patterns);
    free(set->general);
    sk_key_table_done(&set->keys);
    sk_buffer_done(&set->pool);
    free(set);
}

size_t sk_policy_set_bytes(const struct sk_policy_set *set)
{
    size_t bytes = sizeof(*set) + set->pool.capacity;
    bytes += set->statement_count * sizeof(set->statements[0]);
    bytes += (set->action_count + set->service_pattern_count) * sizeof(set->actions[0]);
    bytes += set->resource_count * sizeof(set->resources[0]);
    bytes += set->principal_count * sizeof(set->principals[0]);
    bytes += set->condition_count * sizeof(set->conditions[0]);
    bytes += set->value_count * sizeof(set->values[0]);
    bytes += set->slot_count * sizeof(set->slots[0]);
    bytes += (set->statement_list_count + set->general_count) * sizeof(uint32_t);
    bytes += set->service_entry_count * sizeof(set->service_entries[0]);
    bytes += set->keys.key_count * (sizeof(struct sk_key) + 64);
    return bytes + set->name_count * 32;
}

size_t sk_policy_set_statements(const struct sk_policy_set *set)
{
    return set->statement_count;
}

const char *sk_policy_set_policy(const struct sk_policy_set *set, uint32_t statement)
{
    return set->names[set->statements[statement].policy];
}

const char *sk_policy_set_sid(const struct sk_policy_set *set, uint32_t statement)
{
    uint32_t sid = set->statements[statement].sid;
    return sid == SK_NO_STATEMENT ? NULL : set->names[sid];
}

uint32_t sk_policy_set_position(const struct sk_policy_set *set, uint32_t statement)
{
    return set->statements[statement].position;
}
