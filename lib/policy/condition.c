/* Conditions: preparing and evaluating, see set_int.h.
 *
 * IAM User Guide, "Condition operators" and "Single-valued vs. multivalued context keys":
 * - all operators and keys of a statement must be true; of several values in the policy one must
 * match, for a negated operator none may
 * - an absent key makes an operator false, a negated one true, any …IfExists true
 * - ForAllValues is true when every value of the request matches, so also without any; ForAnyValue
 * when at least one does, so never without
 * - the value of a key that "resolves to a null dataset" counts as absent: a key with no values,
 * and for the set operators a single empty string
 * - a variable without value equals nothing ("Policy variables with no value")
 * What the guide leaves open fails: several values without a set operator, and values that are not
 * of the operator's type, match neither an operator nor its negation. */
#include "policy/set_int.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "policy/element.h"

static struct sk_span add_text(struct sk_policy_set *set, const char *text)
{
    struct sk_span span = {(uint32_t)set->pool.length, (uint32_t)strlen(text)};
    sk_buffer_add(&set->pool, text, span.length + 1);
    return span;
}

static int prepare_value(struct sk_policy_set *set, const struct sk_operator *operator_,
                         const char *text, bool variables, struct sk_condition_value *out,
                         struct sk_err *err)
{
    unsigned flags = variables && sk_operator_has_variables(operator_) ? SK_PATTERN_VARIABLES : 0;
    if (operator_->family == SK_OPERATOR_STRING_LIKE || operator_->family == SK_OPERATOR_ARN)
        flags |= SK_PATTERN_WILDCARDS;
    *out = (struct sk_condition_value){.valid = true};
    switch (operator_->family) {
    case SK_OPERATOR_STRING_LIKE:
    case SK_OPERATOR_STRING:
    case SK_OPERATOR_STRING_CASE:
    case SK_OPERATOR_BOOL:
        return sk_pattern_prepare(text, strlen(text), flags, &set->pool, &set->keys,
                                  &out->as.pattern, err);
    case SK_OPERATOR_ARN:
        return sk_arn_pattern_prepare(set, text, flags, &out->as.arn, err);
    case SK_OPERATOR_NUMERIC:
        out->valid = sk_value_number(text, &out->as.number);
        break;
    case SK_OPERATOR_DATE:
        out->valid = sk_value_date(text, &out->as.number);
        break;
    case SK_OPERATOR_IP:
        out->valid = sk_value_address(text, &out->as.address);
        break;
    case SK_OPERATOR_BINARY:
        out->as.text = add_text(set, text);
        break;
    case SK_OPERATOR_NULL:
        out->valid = sk_value_bool(text, &out->as.truth);
        break;
    }
    return 0;
}

static int prepare_values(struct sk_policy_set *set, struct sk_condition *condition,
                          const json_t *values, bool variables, struct sk_err *err)
{
    condition->first_value = (uint32_t)set->value_count;
    for (size_t i = 0; i < sk_element_count(values); i++) {
        sk_auto(sk_freep) char *text = sk_element_scalar_text(sk_element_at(values, i));
        if (!text)
            return sk_err_set(err, SK_E_INVALID, "a condition value that is no scalar");
        struct sk_condition_value value;
        int result = prepare_value(set, &condition->operator_, text, variables, &value, err);
        if (result < 0)
            return result;
        SK_GROW(set->values, set->value_count);
        set->values[set->value_count++] = value;
    }
    condition->value_count = (uint32_t)set->value_count - condition->first_value;
    return 0;
}

int sk_condition_prepare(struct sk_policy_set *set, const json_t *condition, bool variables,
                         struct sk_range *out, struct sk_err *err)
{
    out->first = (uint32_t)set->condition_count;
    if (condition && !json_is_object(condition))
        return sk_err_set(err, SK_E_INVALID, "Condition is no object");
    const char *name;
    json_t *keys;
    json_object_foreach((json_t *)condition, name, keys)
    {
        const char *key;
        json_t *values;
        if (!json_is_object(keys))
            return sk_err_set(err, SK_E_INVALID, "condition operator '%s' has no object", name);
        struct sk_condition added = {0};
        if (!sk_operator_parse(name, &added.operator_)) {
            const char *near = sk_operator_nearest(name);
            return sk_err_set(err, SK_E_INVALID, "unknown condition operator '%s'%s%s", name,
                              near ? "; did you mean " : "", near ? near : "");
        }
        json_object_foreach(keys, key, values)
        {
            added.key = sk_key_table_add(&set->keys, key);
            int result = prepare_values(set, &added, values, variables, err);
            if (result < 0)
                return result;
            SK_GROW(set->conditions, set->condition_count);
            set->conditions[set->condition_count++] = added;
        }
    }
    out->count = (uint32_t)set->condition_count - out->first;
    return 0;
}

const struct sk_context_entry *sk_set_lookup(const struct sk_policy_set *set,
                                             const struct sk_request *request, uint32_t key)
{
    const struct sk_key *wanted = &set->keys.keys[key];
    const struct sk_context_entry *entry = sk_request_find(request, wanted->hash, wanted->text);
    if (!entry && wanted->fallback)
        entry = sk_request_find(request, wanted->fallback_hash, wanted->fallback);
    return entry && entry->count > 0 ? entry : NULL;
}

/* Fills the variables of a pattern into the request's scratch space; false when one has no value. A
 * key with several values cannot be used as a variable ("Single-valued vs. multivalued context
 * keys"). */
static bool fill(const struct sk_policy_set *set, const struct sk_pattern *pattern,
                 struct sk_request *request)
{
    const unsigned char *bytes = sk_set_bytes(set, pattern->bytes);
    struct sk_buffer *out = &request->scratch;
    sk_buffer_clear(out);
    for (size_t i = 0; i < pattern->bytes.length; i++) {
        if (bytes[i] != SK_PATTERN_VARIABLE) {
            sk_buffer_addc(out, (char)bytes[i]);
            continue;
        }
        uint32_t number = (uint32_t)bytes[i + 1] << 7 | bytes[i + 2];
        i += 2;
        const struct sk_variable *variable = &set->keys.variables[number];
        const struct sk_context_entry *entry = sk_set_lookup(set, request, variable->key);
        if (entry && entry->count == 1)
            sk_buffer_add(out, entry->values[0], entry->lengths[0]);
        else if (!entry && variable->fallback)
            sk_buffer_adds(out, variable->fallback);
        else
            return false;
    }
    return true;
}

bool sk_set_pattern_match(const struct sk_policy_set *set, const struct sk_pattern *pattern,
                          struct sk_request *request, const char *text, size_t length)
{
    if (!pattern->has_variable)
        return sk_pattern_match(sk_set_bytes(set, pattern->bytes), pattern->bytes.length, text,
                                length);
    if (!fill(set, pattern, request))
        return false;
    return sk_pattern_match((const unsigned char *)sk_buffer_text(&request->scratch),
                            request->scratch.length, text, length);
}

static bool equal_ignoring_case(const struct sk_policy_set *set, const struct sk_pattern *pattern,
                                struct sk_request *request, const char *text, size_t length)
{
    const char *bytes = (const char *)sk_set_bytes(set, pattern->bytes);
    size_t count = pattern->bytes.length;
    if (pattern->has_variable) {
        if (!fill(set, pattern, request))
            return false;
        bytes = sk_buffer_text(&request->scratch);
        count = request->scratch.length;
    }
    return count == length && strncasecmp(bytes, text, length) == 0;
}

static bool same_truth(const struct sk_policy_set *set, const struct sk_pattern *pattern,
                       struct sk_request *request, const char *text, size_t length)
{
    bool truth;
    return sk_value_bool(text, &truth) && equal_ignoring_case(set, pattern, request, text, length);
}

static bool compare(double left, enum sk_operator_relation relation, double right)
{
    switch (relation) {
    case SK_RELATION_EQUAL:
        return left == right;
    case SK_RELATION_LESS:
        return left < right;
    case SK_RELATION_LESS_EQUAL:
        return left <= right;
    case SK_RELATION_GREATER:
        return left > right;
    case SK_RELATION_GREATER_EQUAL:
        return left >= right;
    }
    return false;
}

/* What comparing one value of the request with one of the policy gives. Values that are not of the
 * operator's type are neither equal nor different. */
enum comparison {
    IS_OTHER,
    IS_MET,
    IS_NO_VALUE,
};

static enum comparison outcome(bool met)
{
    return met ? IS_MET : IS_OTHER;
}

static enum comparison compare_numbers(const struct sk_operator *operator_, double wanted,
                                       const char *text)
{
    double number;
    bool valid = operator_->family == SK_OPERATOR_DATE ? sk_value_date(text, &number)
                                                       : sk_value_number(text, &number);
    return valid ? outcome(compare(number, operator_->relation, wanted)) : IS_NO_VALUE;
}

static enum comparison compare_address(const struct sk_address *range, const char *text)
{
    struct sk_address address;
    return sk_value_address(text, &address) ? outcome(sk_value_in_range(range, &address))
                                            : IS_NO_VALUE;
}

static enum comparison compare_arn(const struct sk_policy_set *set,
                                   const struct sk_arn_pattern *pattern, struct sk_request *request,
                                   const char *text, size_t length)
{
    struct sk_arn_parts parts;
    sk_arn_split(text, length, &parts);
    if (parts.count < 6 || pattern->part_count < 6)
        return IS_NO_VALUE;
    return outcome(sk_arn_pattern_match(set, pattern, request, text, length, &parts, false));
}

/* Compares one value of the request with one value of the policy, negation aside. */
static enum comparison meets(const struct sk_policy_set *set, const struct sk_operator *operator_,
                             const struct sk_condition_value *value, struct sk_request *request,
                             const char *text, size_t length)
{
    if (!value->valid)
        return IS_NO_VALUE;
    switch (operator_->family) {
    case SK_OPERATOR_STRING:
    case SK_OPERATOR_STRING_LIKE:
        return outcome(sk_set_pattern_match(set, &value->as.pattern, request, text, length));
    case SK_OPERATOR_STRING_CASE:
        return outcome(equal_ignoring_case(set, &value->as.pattern, request, text, length));
    case SK_OPERATOR_BOOL:
        return outcome(same_truth(set, &value->as.pattern, request, text, length));
    case SK_OPERATOR_ARN:
        return compare_arn(set, &value->as.arn, request, text, length);
    case SK_OPERATOR_NUMERIC:
    case SK_OPERATOR_DATE:
        return compare_numbers(operator_, value->as.number, text);
    case SK_OPERATOR_IP:
        return compare_address(&value->as.address, text);
    case SK_OPERATOR_BINARY:
        return outcome(sk_value_same_binary((const char *)sk_set_bytes(set, value->as.text), text));
    case SK_OPERATOR_NULL:
        break;
    }
    return IS_NO_VALUE;
}

/* Whether one value of the request meets any value of the policy (negated: none). */
static bool value_matches(const struct sk_policy_set *set, const struct sk_condition *condition,
                          struct sk_request *request, const char *text, size_t length)
{
    const struct sk_operator *operator_ = &condition->operator_;
    bool comparable = true;
    for (uint32_t i = 0; i < condition->value_count; i++) {
        enum comparison found =
            meets(set, operator_, &set->values[condition->first_value + i], request, text, length);
        if (found == IS_MET)
            return !operator_->negated;
        comparable &= found != IS_NO_VALUE;
    }
    return operator_->negated && comparable;
}

static bool match_null(const struct sk_policy_set *set, const struct sk_condition *condition,
                       const struct sk_context_entry *entry)
{
    for (uint32_t i = 0; i < condition->value_count; i++) {
        const struct sk_condition_value *value = &set->values[condition->first_value + i];
        if (value->valid && value->as.truth == (entry == NULL))
            return true;
    }
    return false;
}

static bool match_set(const struct sk_policy_set *set, const struct sk_condition *condition,
                      struct sk_request *request, const struct sk_context_entry *entry)
{
    bool all = condition->operator_.set == SK_SET_ALL;
    if (entry->count == 1 && entry->lengths[0] == 0)
        return all; /* an empty string is a null data set */
    for (size_t i = 0; i < entry->count; i++) {
        if (value_matches(set, condition, request, entry->values[i], entry->lengths[i]) != all)
            return !all;
    }
    return all;
}

bool sk_condition_match(const struct sk_policy_set *set, const struct sk_condition *condition,
                        struct sk_request *request)
{
    const struct sk_operator *operator_ = &condition->operator_;
    const struct sk_context_entry *entry = sk_set_lookup(set, request, condition->key);
    if (operator_->family == SK_OPERATOR_NULL)
        return match_null(set, condition, entry);
    if (!entry) {
        if (operator_->if_exists || operator_->set == SK_SET_ALL)
            return true;
        return operator_->negated && operator_->set == SK_SET_NONE;
    }
    if (operator_->set != SK_SET_NONE)
        return match_set(set, condition, request, entry);
    /* "Multivalued context keys require a condition set operator": without one they match nothing
     */
    return entry->count == 1 &&
           value_matches(set, condition, request, entry->values[0], entry->lengths[0]);
}
