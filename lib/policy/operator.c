/* The table of condition operators, see operator.h. */
#include "policy/operator.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define ROW(name, family, relation, negated)                                                       \
    {                                                                                              \
        name, SK_OPERATOR_##family, SK_RELATION_##relation, negated, false, SK_SET_NONE            \
    }

static const struct sk_operator operators[] = {
    ROW("StringEquals", STRING, EQUAL, false),
    ROW("StringNotEquals", STRING, EQUAL, true),
    ROW("StringEqualsIgnoreCase", STRING_CASE, EQUAL, false),
    ROW("StringNotEqualsIgnoreCase", STRING_CASE, EQUAL, true),
    ROW("StringLike", STRING_LIKE, EQUAL, false),
    ROW("StringNotLike", STRING_LIKE, EQUAL, true),
    ROW("NumericEquals", NUMERIC, EQUAL, false),
    ROW("NumericNotEquals", NUMERIC, EQUAL, true),
    ROW("NumericLessThan", NUMERIC, LESS, false),
    ROW("NumericLessThanEquals", NUMERIC, LESS_EQUAL, false),
    ROW("NumericGreaterThan", NUMERIC, GREATER, false),
    ROW("NumericGreaterThanEquals", NUMERIC, GREATER_EQUAL, false),
    ROW("DateEquals", DATE, EQUAL, false),
    ROW("DateNotEquals", DATE, EQUAL, true),
    ROW("DateLessThan", DATE, LESS, false),
    ROW("DateLessThanEquals", DATE, LESS_EQUAL, false),
    ROW("DateGreaterThan", DATE, GREATER, false),
    ROW("DateGreaterThanEquals", DATE, GREATER_EQUAL, false),
    ROW("Bool", BOOL, EQUAL, false),
    ROW("BinaryEquals", BINARY, EQUAL, false),
    ROW("IpAddress", IP, EQUAL, false),
    ROW("NotIpAddress", IP, EQUAL, true),
    ROW("ArnEquals", ARN, EQUAL, false),
    ROW("ArnLike", ARN, EQUAL, false),
    ROW("ArnNotEquals", ARN, EQUAL, true),
    ROW("ArnNotLike", ARN, EQUAL, true),
    ROW("Null", NULL, EQUAL, false),
};

#define OPERATOR_COUNT (sizeof(operators) / sizeof(operators[0]))

static const char all_values[] = "ForAllValues:";
static const char any_value[] = "ForAnyValue:";
static const char if_exists[] = "IfExists";

static bool skip_prefix(const char **text, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncasecmp(*text, prefix, length) != 0)
        return false;
    *text += length;
    return true;
}

bool sk_operator_parse(const char *text, struct sk_operator *out)
{
    enum sk_operator_set set = SK_SET_NONE;
    if (skip_prefix(&text, all_values))
        set = SK_SET_ALL;
    else if (skip_prefix(&text, any_value))
        set = SK_SET_ANY;
    size_t length = strlen(text);
    size_t suffix = sizeof(if_exists) - 1;
    bool exists = length > suffix && strcasecmp(text + length - suffix, if_exists) == 0;
    if (exists)
        length -= suffix;
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        const struct sk_operator *row = &operators[i];
        if (strncasecmp(row->name, text, length) != 0 || row->name[length] != '\0')
            continue;
        if (exists && row->family == SK_OPERATOR_NULL)
            return false; /* "You can add IfExists to any condition operator except Null" */
        *out = *row;
        out->if_exists = exists;
        out->set = set;
        return true;
    }
    return false;
}

void sk_operator_format(const struct sk_operator *operator_, char out[SK_OPERATOR_TEXT_BYTES])
{
    const char *prefix = "";
    if (operator_->set == SK_SET_ALL)
        prefix = all_values;
    else if (operator_->set == SK_SET_ANY)
        prefix = any_value;
    (void)snprintf(out, SK_OPERATOR_TEXT_BYTES, "%s%s%s", prefix, operator_->name,
                   operator_->if_exists ? if_exists : "");
}

const char *sk_operator_nearest(const char *text)
{
    const char *names[OPERATOR_COUNT];
    for (size_t i = 0; i < OPERATOR_COUNT; i++)
        names[i] = operators[i].name;
    const char *bare = text;
    if (!skip_prefix(&bare, all_values))
        (void)skip_prefix(&bare, any_value);
    return sk_text_nearest(bare, names, OPERATOR_COUNT);
}

bool sk_operator_has_variables(const struct sk_operator *operator_)
{
    switch (operator_->family) {
    case SK_OPERATOR_STRING:
    case SK_OPERATOR_STRING_CASE:
    case SK_OPERATOR_STRING_LIKE:
    case SK_OPERATOR_ARN:
    case SK_OPERATOR_BOOL:
        return true;
    case SK_OPERATOR_NUMERIC:
    case SK_OPERATOR_DATE:
    case SK_OPERATOR_BINARY:
    case SK_OPERATOR_IP:
    case SK_OPERATOR_NULL:
        return false;
    }
    return false;
}
