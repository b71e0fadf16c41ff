/* Why a decision is as it is, and what it depends on, see decide.h. A policy's position in its role is
 * its name in the compiled sets, so that a statement leads back to where it stands. */
#include <stdlib.h>
#include <string.h>

#include "access/decide_int.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/element.h"

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

json_t *sk_access_place(const struct sk_access_policy *policy, const char *sid, size_t position)
{
    json_t *row = json_pack("{s:s, s:o, s:o, s:o}", "layer", sk_layer_name(policy->layer), "policy",
                            text_or_null(policy->name), "statement",
                            sid ? json_string(sid) : json_integer((json_int_t)position), "address",
                            text_or_null(policy->address));
    if (policy->is_inline)
        json_object_set_new(row, "inline", json_true());
    if (policy->origin)
        json_object_set_new(row, "origin", json_string(policy->origin));
    json_object_update_missing(row, (json_t *)policy->source);
    json_t *line = json_array_get(json_object_get(policy->source, "statements"), position);
    if (line)
        json_object_set(row, "statementLine", line);
    json_object_del(row, "statements");
    return row;
}

json_t *sk_access_reason(const struct sk_access_decider *decider, const struct sk_reason *reason)
{
    if (!reason->set || reason->statement == SK_NO_STATEMENT)
        return json_pack("{s:s, s:s, s:n, s:n, s:n}", "layer", sk_layer_name(reason->layer),
                         "effect", "None", "policy", "statement", "address");
    const char *sid = sk_policy_set_sid(reason->set, reason->statement);
    size_t position = sk_policy_set_position(reason->set, reason->statement);
    json_t *row = NULL;
    if (reason->layer == SK_LAYER_RESOURCE) {
        const struct sk_document *document = decider->question->resource->document;
        const struct sk_access_policy trust = {.layer = SK_LAYER_RESOURCE,
                                               .name = document ? "trust policy" : "key policy",
                                               .address = document ? document->address : NULL,
                                               .origin = document ? document->origin : NULL};
        row = sk_access_place(&trust, sid, position);
    } else {
        const char *name = sk_policy_set_policy(reason->set, reason->statement);
        row = sk_access_place(&decider->role->policies[strtoul(name, NULL, 10)], sid, position);
    }
    json_object_set_new(row, "effect", json_string(reason->deny ? "Deny" : "Allow"));
    return row;
}

/* Whether one statement matches the request when its open conditions hold. */
static bool would_match(const struct sk_access_decider *decider, const json_t *document,
                        const json_t *statement)
{
    json_auto_t *alone =
        sk_policy_without_open(document, statement, sk_access_knows, (void *)decider);
    const struct sk_policy_source source = {"", alone};
    struct sk_policy_set *set = NULL;
    if (sk_policy_set_new(&source, 1, SK_SET_COMPLETE_ARNS, &set, NULL) < 0)
        return false;
    struct sk_set_match match = sk_policy_set_match(set, decider->request, false);
    sk_policy_set_free(set);
    return match.allow != SK_NO_STATEMENT || match.deny != SK_NO_STATEMENT;
}

/* What a policy variable stands for; NULL when that is not known. */
static const char *value_of(const struct sk_access_decider *decider,
                            const struct sk_access_principal *principal, const char *key)
{
    static const char tag[] = "aws:PrincipalTag/";
    static const char other_tag[] = "aws:ResourceTag/";
    const json_t *value = NULL;
    if (sk_access_starts(key, tag))
        value = sk_access_knows_tag(decider, key + strlen(tag))
                    ? sk_access_member(principal->tags, key + strlen(tag))
                    : NULL;
    else if (sk_access_starts(key, other_tag))
        value = sk_access_member(decider->question->resource->tags, key + strlen(other_tag));
    else
        value = sk_access_member(principal->keys, key);
    return json_string_value(value);
}

/* A condition's value with its variables filled in. New. */
static json_t *filled_in(const struct sk_access_decider *decider,
                         const struct sk_access_principal *principal, json_t *value)
{
    const char *text = json_string_value(value);
    if (!text)
        return json_incref(value);
    struct sk_buffer out = {0};
    const char *open;
    while ((open = strstr(text, "${")) != NULL) {
        size_t length = strcspn(open + 2, "}");
        sk_auto(sk_freep) char *key = sk_xstrndup(open + 2, length);
        const char *known = value_of(decider, principal, key);
        sk_buffer_add(&out, text, (size_t)(open - text));
        if (known)
            sk_buffer_adds(&out, known);
        else
            sk_buffer_addf(&out, "${%s}", key);
        text = open + 2 + length;
        text += *text == '}';
    }
    sk_buffer_adds(&out, text);
    json_t *filled = json_string(sk_buffer_text(&out));
    sk_buffer_done(&out);
    return filled;
}

static void fill_in(const struct sk_access_decider *decider,
                    const struct sk_access_principal *principal, json_t *conditions)
{
    size_t index;
    json_t *row;
    json_array_foreach(conditions, index, row)
    {
        json_t *values = json_object_get(row, "values");
        for (size_t i = 0; i < json_array_size(values); i++)
            json_array_set_new(values, i, filled_in(decider, principal, json_array_get(values, i)));
    }
}

static void add_open(const struct sk_access_decider *decider,
                     const struct sk_access_principal *principal,
                     const struct sk_access_policy *policy, json_t *rows)
{
    const json_t *list = sk_element_get(policy->document, "Statement");
    for (size_t i = 0; i < sk_element_count(list); i++) {
        const json_t *statement = sk_element_at(list, i);
        json_auto_t *open = sk_policy_open_conditions(statement, sk_access_knows, (void *)decider);
        if (json_array_size(open) == 0 || !would_match(decider, policy->document, statement))
            continue;
        fill_in(decider, principal, open);
        json_t *row =
            sk_access_place(policy, json_string_value(sk_element_get(statement, "Sid")), i);
        json_object_set(row, "effect", sk_element_get(statement, "Effect"));
        json_object_set(row, "conditions", open);
        json_array_append_new(rows, row);
    }
}

/* A layer that allows without open conditions needs none of its conditional allows. */
static bool allows_anyway(const struct sk_access_decider *decider, enum sk_layer layer)
{
    const struct sk_access_form *least = &decider->forms[SK_SUPPOSE_LEAST];
    const struct sk_policy_set *set = layer == SK_LAYER_IDENTITY   ? least->identity
                                      : layer == SK_LAYER_BOUNDARY ? least->boundary
                                                                   : NULL;
    return set && sk_policy_set_match(set, decider->request, false).allow != SK_NO_STATEMENT;
}

json_t *sk_access_open(const struct sk_access_decider *decider,
                       const struct sk_access_principal *principal)
{
    json_auto_t *all = json_array();
    for (size_t i = 0; i < decider->role->policy_count; i++)
        add_open(decider, principal, &decider->role->policies[i], all);
    json_t *rows = json_array();
    bool identity = allows_anyway(decider, SK_LAYER_IDENTITY);
    bool boundary = allows_anyway(decider, SK_LAYER_BOUNDARY);
    size_t index;
    json_t *row;
    json_array_foreach(all, index, row)
    {
        const char *layer = sk_json_text(row, "layer");
        bool needless = (identity && sk_text_equal(layer, sk_layer_name(SK_LAYER_IDENTITY))) ||
                        (boundary && sk_text_equal(layer, sk_layer_name(SK_LAYER_BOUNDARY)));
        if (!needless || sk_text_equal(sk_json_text(row, "effect"), "Deny"))
            json_array_append(rows, row);
    }
    return rows;
}
