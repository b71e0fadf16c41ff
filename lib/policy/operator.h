/* Condition operators as data: one table read by the grammar check, the canonical form, the
 * evaluator and the lint. Source: IAM User Guide, "IAM JSON policy elements: Condition operators"
 * and "Condition operators: multivalued context keys" (set qualifiers). */
#ifndef SK_POLICY_OPERATOR_H
#define SK_POLICY_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>

enum sk_operator_family {
    SK_OPERATOR_STRING,      /* byte for byte */
    SK_OPERATOR_STRING_CASE, /* ASCII case ignored */
    SK_OPERATOR_STRING_LIKE, /* `*` and `?` in the policy's value */
    SK_OPERATOR_NUMERIC,
    SK_OPERATOR_DATE,
    SK_OPERATOR_BOOL,
    SK_OPERATOR_BINARY, /* base64 in the policy */
    SK_OPERATOR_IP,
    SK_OPERATOR_ARN, /* Equals and Like behave alike: wildcards per segment */
    SK_OPERATOR_NULL,
};

enum sk_operator_relation {
    SK_RELATION_EQUAL,
    SK_RELATION_LESS,
    SK_RELATION_LESS_EQUAL,
    SK_RELATION_GREATER,
    SK_RELATION_GREATER_EQUAL,
};

enum sk_operator_set {
    SK_SET_NONE,
    SK_SET_ALL, /* ForAllValues: */
    SK_SET_ANY, /* ForAnyValue: */
};

struct sk_operator {
    const char *name; /* AWS's spelling without qualifier and suffix; static */
    enum sk_operator_family family;
    enum sk_operator_relation relation;
    bool negated; /* …Not…: the opposite of the positive operator, true when the key is absent */
    bool if_exists; /* …IfExists: true when the key is absent */
    enum sk_operator_set set;
};

/* The longest spelling: qualifier, name, suffix, NUL. */
#define SK_OPERATOR_TEXT_BYTES 64

/* Reads "ForAnyValue:StringLikeIfExists" in any case. False when it names no operator. */
bool sk_operator_parse(const char *text, struct sk_operator *out);
/* AWS's spelling, with qualifier and suffix. */
void sk_operator_format(const struct sk_operator *operator_, char out[SK_OPERATOR_TEXT_BYTES]);
/* The operator's name nearest to `text`, or NULL. Static. */
const char *sk_operator_nearest(const char *text);
/* Whether policy variables are replaced in the operator's values (string and ARN operators, and
 * Bool: "Where you can use policy variables"). */
bool sk_operator_has_variables(const struct sk_operator *operator_);

#endif
