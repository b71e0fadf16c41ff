/* Typed values of conditions: what numbers, dates, booleans, binary values and addresses look like
 * in policies and requests. Source: IAM User Guide, "Condition operators". All functions are pure.
 */
#ifndef SK_POLICY_VALUE_H
#define SK_POLICY_VALUE_H

#include <stdbool.h>
#include <stddef.h>

struct sk_address {
    unsigned char bytes[16];
    unsigned char size;   /* 4 or 16 */
    unsigned char prefix; /* significant bits */
};

/* An integer or decimal. */
bool sk_value_number(const char *text, double *out);
/* Seconds since 1970 of a W3C date-time (YYYY, YYYY-MM, YYYY-MM-DD, with Thh:mm[:ss[.s]] and Z or
 * +hh:mm), of its compact form (20130930T231548Z), or of epoch seconds. */
bool sk_value_date(const char *text, double *out);
/* "true" or "false", in any case. */
bool sk_value_bool(const char *text, bool *out);
/* An address with or without a prefix length. */
bool sk_value_address(const char *text, struct sk_address *out);
/* Whether `address` (its prefix ignored) lies in `range`; never across address families. */
bool sk_value_in_range(const struct sk_address *range, const struct sk_address *address);
/* Whether two base64 texts (RFC 4648, padding optional) stand for the same bytes; false when either
 * is no base64. */
bool sk_value_same_binary(const char *a, const char *b);

#endif
