/* Helpers over jansson that several folders need. Ownership words: "new" belongs to the caller,
 * "borrowed" to its container. */
#ifndef SK_BASE_JSON_H
#define SK_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "base/hash.h"

/* Canonical text: compact, members sorted by name, UTF-8. Owned by the caller. Equal values give
 * equal bytes. */
char *sk_json_canonical(const json_t *value) SK_WARN_UNUSED;
/* SHA-256 of the canonical text. */
void sk_json_digest(const json_t *value, char out[SK_SHA256_HEX_BYTES]);

/* Parses one JSON value (duplicate keys are errors). `origin` names it in messages. New. */
json_t *sk_json_parse(const char *text, size_t length, const char *origin,
                      struct sk_err *err) SK_WARN_UNUSED;

/* Member by dotted path, "UserSettings.ExecutionRole"; NULL when a step is absent or no object.
 * Borrowed. */
json_t *sk_json_at(const json_t *object, const char *dotted_path);
/* String at a dotted path, or NULL. Borrowed. */
const char *sk_json_text(const json_t *object, const char *dotted_path);
/* Sets at a dotted path, making objects on the way. `value` is stolen. */
void sk_json_put(json_t *object, const char *dotted_path, json_t *value);
/* Removes the member at a dotted path, if there; empty parents stay. */
void sk_json_remove(json_t *object, const char *dotted_path);

/* A moment as AWS's JSON has it, epoch seconds with fractions, or as others write it, ISO 8601; in
 * epoch seconds. 0 when it is neither. */
double sk_json_time_s(const json_t *value);

/* Looks up `tags` ([{"Key","Value"},…]); NULL when absent. Borrowed. */
const char *sk_json_tag(const json_t *tags, const char *key);

#endif
