/* Names of policy elements and access to them whatever their capitalisation: documents written as
 * {"statement": [{"effect": …}]} are read too, and are brought to AWS's spelling by
 * sk_policy_parse. */
#ifndef SK_POLICY_ELEMENT_H
#define SK_POLICY_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

enum sk_element_level {
    SK_ELEMENT_DOCUMENT,  /* Version, Id, Statement */
    SK_ELEMENT_STATEMENT, /* Sid, Effect, … */
    SK_ELEMENT_PRINCIPAL, /* AWS, Federated, Service, CanonicalUser */
};

/* The standard spelling of `name`, or NULL when it is no element of that level. Static. */
const char *sk_element_name(enum sk_element_level level, const char *name);
/* The element nearest to a misspelt name, or NULL. Static. */
const char *sk_element_nearest(enum sk_element_level level, const char *name);
/* The member of `object` with the standard name, in any capitalisation; NULL when absent. Borrowed.
 */
json_t *sk_element_get(const json_t *object, const char *standard);
/* Items of a value that may be a scalar or a list: the count, and the item at a position. Borrowed.
 */
size_t sk_element_count(const json_t *scalar_or_list);
json_t *sk_element_at(const json_t *scalar_or_list, size_t position);
/* A copy with elements, operators and principal kinds in AWS's spelling, order kept. New. */
json_t *sk_element_respell(const json_t *document);
/* A scalar as IAM reads it: numbers and booleans as text. Owned by the caller; NULL for others. */
char *sk_element_scalar_text(const json_t *scalar);

#endif
