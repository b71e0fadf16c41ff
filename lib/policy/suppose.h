/* Policies under conditions of which not everything is known: what a document grants at most and at
 * least, whatever the values of the unknown keys turn out to be.
 *
 * A condition on an unknown key, or with an unknown key as a policy variable in its values, is
 * *open*. In the "most" form allows lose their open conditions and
 * denies that have one never match; in the "least" form it is the other way round. When even the
 * most denies, the answer is no; when even the least allows, it is yes; between them it depends on
 * the open conditions. (Both are bounds: open conditions are not weighed against each other. An
 * unknown key as a variable in a resource counts as absent.) Statements keep their positions. Pure. */
#ifndef SK_POLICY_SUPPOSE_H
#define SK_POLICY_SUPPOSE_H

#include <stdbool.h>

#include <jansson.h>

enum sk_suppose {
    SK_SUPPOSE_EXACT, /* the document as it is: unknown keys are absent */
    SK_SUPPOSE_MOST,
    SK_SUPPOSE_LEAST,
    SK_SUPPOSE_COUNT,
};

/* Whether the value of a condition key (as it is written) is known, or known to be absent. */
typedef bool (*sk_key_known_fn)(const char *key, void *data);

/* The document in that form. New; what is no policy document comes back as it is. */
json_t *sk_policy_suppose(const json_t *document, enum sk_suppose form, sk_key_known_fn known,
                          void *data);

/* The open conditions of a statement: [{"operator", "key", "values": […]}], in the order of the
 * document; [] for none. New. */
json_t *sk_policy_open_conditions(const json_t *statement, sk_key_known_fn known, void *data);
/* A document with this one statement, of the version of `document`, without its open conditions.
 * New. */
json_t *sk_policy_without_open(const json_t *document, const json_t *statement,
                               sk_key_known_fn known, void *data);

#endif
