/* Patterns of policy documents: text with wildcards and policy variables, prepared once, matched
 * many times without allocation and in time linear in the text.
 *
 * Sources: IAM User Guide, "Policy elements: Resource" (wildcards in ARNs), "Condition operators"
 * (StringLike, ArnLike), "Variables and tags" (${…}, defaults, ${*} ${?} ${$}, variables without
 * value).
 *
 * A prepared pattern is bytes in which the codes below, which no UTF-8 text contains, stand for
 * what is not literal. What a variable stands for is literal: a '*' in a tag's value matches
 * itself. */
#ifndef SK_POLICY_PATTERN_H
#define SK_POLICY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/err.h"

#define SK_PATTERN_STAR     0xff
#define SK_PATTERN_QUESTION 0xfe
#define SK_PATTERN_VARIABLE 0xfd /* followed by the variable's number in two bytes of 7 bits */

/* The longest text one pattern may have; AWS's longest document is shorter. */
#define SK_PATTERN_MAX_BYTES    32768
/* The most characters between two '*' when '?' is among them. */
#define SK_PATTERN_MAX_FLOATING 64

/* A condition key in lower case. `fallback` is the name under which the value of a tag is found
 * when the context does not set the key itself (see request.h); NULL for keys without. */
struct sk_key {
    char *text;
    uint64_t hash;
    char *fallback;
    uint64_t fallback_hash;
};

struct sk_variable {
    uint32_t key;   /* position in the table's keys */
    char *fallback; /* the default between quotes, or NULL */
};

/* What the patterns of one compiled set share. */
struct sk_key_table {
    struct sk_key *keys;
    size_t key_count;
    struct sk_variable *variables;
    size_t variable_count;
};

void sk_key_table_done(struct sk_key_table *table);
/* Position of the key (in any case), added when new. */
uint32_t sk_key_table_add(struct sk_key_table *table, const char *text);
uint64_t sk_key_hash(const char *text, size_t length);

/* A range of bytes in a pool. */
struct sk_span {
    uint32_t offset;
    uint32_t length;
};

struct sk_pattern {
    struct sk_span bytes;
    bool has_star, has_question, has_variable;
};

enum sk_pattern_flag {
    SK_PATTERN_WILDCARDS = 1U << 0, /* '*' and '?' are special */
    SK_PATTERN_VARIABLES = 1U << 1, /* ${…} is special */
    SK_PATTERN_FOLD = 1U << 2,      /* lower-case the text (ASCII) */
};

/* Prepares `text` into `pool`. SK_E_BOUND when it is too long or too intricate. */
int sk_pattern_prepare(const char *text, size_t length, unsigned flags, struct sk_buffer *pool,
                       struct sk_key_table *table, struct sk_pattern *out,
                       struct sk_err *err) SK_WARN_UNUSED;

/* Whether prepared bytes without variables match the whole text. */
bool sk_pattern_match(const unsigned char *bytes, size_t length, const char *text,
                      size_t text_length);

/* Position of the next ':' of a prepared pattern at or after `from`, or `length`. */
size_t sk_pattern_colon(const unsigned char *bytes, size_t length, size_t from);

#endif
