/* Types of template parameters: what a value of each type may look like, so that put between the
 * characters of a policy's strings it stays one value and matches nothing but itself. */
#ifndef SK_POLICY_PARAMETER_H
#define SK_POLICY_PARAMETER_H

#include <stdbool.h>

#include <jansson.h>

enum sk_parameter_type {
    SK_PARAMETER_STRING,    /* any text without wildcards and policy variables */
    SK_PARAMETER_NAME,      /* IAM names and tag keys: letters, digits and _+=,.@- */
    SK_PARAMETER_PATTERN,   /* text in which *, ? and ${…} keep their meaning */
    SK_PARAMETER_ARN,       /* a whole ARN without wildcards */
    SK_PARAMETER_ACCOUNT,   /* 12 digits */
    SK_PARAMETER_REGION,    /* eu-central-1 */
    SK_PARAMETER_CIDR,      /* 10.0.0.0/8, 2001:db8::/32, or an address */
    SK_PARAMETER_BUCKET,    /* S3's naming rules */
    SK_PARAMETER_TAG_VALUE, /* what a tag may hold */
    SK_PARAMETER_NUMBER,    /* an integer */
    SK_PARAMETER_LIST,      /* several of another type */
};

struct sk_parameter {
    const char *name; /* borrowed from the template */
    enum sk_parameter_type type;
    enum sk_parameter_type item; /* of a list; otherwise the type itself */
    bool has_min, has_max;
    json_int_t min, max;    /* number: value; list: count (at least 1 unless said); else length */
    const json_t *fallback; /* the default, or NULL: the parameter must be given. Borrowed */
};

/* Reads one member of parameters.json. NULL when fine, else what is wrong (owned by the caller). */
char *sk_parameter_read(const char *name, const json_t *spec, struct sk_parameter *out);
/* NULL when `value` fits the parameter, else what is wrong with it (owned by the caller). */
char *sk_parameter_fault(const struct sk_parameter *parameter, const json_t *value);
/* A value's items: a list of strings (numbers as text). The value was checked. New. */
json_t *sk_parameter_items(const struct sk_parameter *parameter, const json_t *value);

#endif
