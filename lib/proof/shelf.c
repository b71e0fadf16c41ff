/* What the questions of one run have in common: which actions of the catalogue a list of patterns
 * takes, and the classes of texts under a list of patterns. Both recur for every action, and most
 * for every principal. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "policy/catalogue.h"
#include "policy/element.h"
#include "policy/glob.h"
#include "proof/search.h"

struct sk_proof_shelf {
    char **hints; /* owned, NULL-terminated */

    json_t *lists; /* canonical text of Action or NotAction -> position in `bits` */
    uint64_t **bits;
    size_t bits_count;

    json_t *digests; /* of universe and patterns -> position in `classes` */
    struct sk_word_classes **classes;
    size_t classes_count;

    json_t *key_types; /* {key: its type, null: none} */
};

struct sk_proof_shelf *sk_proof_shelf_new(const char *const *hints)
{
    struct sk_proof_shelf *shelf = sk_xcalloc(1, sizeof(*shelf));
    size_t count = 0;
    while (hints && hints[count])
        count++;
    shelf->hints = sk_xcalloc(count + 1, sizeof(char *));
    for (size_t i = 0; i < count; i++)
        shelf->hints[i] = sk_xstrdup(hints[i]);
    shelf->lists = json_object();
    shelf->digests = json_object();
    shelf->key_types = json_object();
    return shelf;
}

void sk_proof_shelf_free(struct sk_proof_shelf *shelf)
{
    if (!shelf)
        return;
    for (size_t i = 0; i < shelf->bits_count; i++)
        free(shelf->bits[i]);
    for (size_t i = 0; i < shelf->classes_count; i++) {
        sk_word_classes_done(shelf->classes[i]);
        free(shelf->classes[i]);
    }
    for (size_t i = 0; shelf->hints[i]; i++)
        free(shelf->hints[i]);
    free(shelf->bits);
    free(shelf->classes);
    free(shelf->hints);
    json_decref(shelf->lists);
    json_decref(shelf->digests);
    json_decref(shelf->key_types);
    free(shelf);
}

static bool list_takes(const json_t *list, const char *action)
{
    for (size_t i = 0; i < sk_element_count(list); i++) {
        const char *pattern = json_string_value(sk_element_at(list, i));
        if (pattern && sk_glob_covers_action(pattern, action))
            return true;
    }
    return false;
}

bool sk_proof_takes_action(const struct sk_proof_statement *statement, const char *action)
{
    const json_t *actions = sk_element_get(statement->json, "Action");
    if (actions)
        return list_takes(actions, action);
    return !list_takes(sk_element_get(statement->json, "NotAction"), action);
}

size_t sk_shelf_action_count(void)
{
    static size_t count;
    while (sk_catalogue_at(count))
        count++;
    return count;
}

const uint64_t *sk_shelf_actions(struct sk_proof_shelf *shelf, const json_t *json)
{
    const json_t *positive = sk_element_get(json, "Action");
    const json_t *list = positive ? positive : sk_element_get(json, "NotAction");
    json_auto_t *wrapped = json_pack("[b,O]", positive != NULL, (json_t *)list);
    sk_auto(sk_freep) char *text = sk_json_canonical(wrapped);
    const json_t *known = json_object_get(shelf->lists, text);
    if (known)
        return shelf->bits[json_integer_value(known)];
    struct sk_proof_statement statement = {.json = json};
    size_t size = sk_shelf_action_count();
    uint64_t *bits = sk_xcalloc(size / 64 + 1, sizeof(bits[0]));
    for (size_t i = 0; i < size; i++) {
        if (sk_proof_takes_action(&statement, sk_catalogue_name(sk_catalogue_at(i))))
            bits[i / 64] |= UINT64_C(1) << (i % 64);
    }
    shelf->bits = sk_xrealloc(shelf->bits, shelf->bits_count + 1, sizeof(shelf->bits[0]));
    shelf->bits[shelf->bits_count] = bits;
    json_object_set_new(shelf->lists, text, json_integer((json_int_t)shelf->bits_count));
    shelf->bits_count++;
    return bits;
}

const char *sk_shelf_key_type(struct sk_proof_shelf *shelf, const char *key)
{
    const json_t *known = json_object_get(shelf->key_types, key);
    if (!known) {
        const char *type = sk_catalogue_key_type(key);
        json_object_set_new(shelf->key_types, key, type ? json_string(type) : json_null());
        known = json_object_get(shelf->key_types, key);
    }
    return json_string_value(known);
}

static void digest_word(struct sk_buffer *text, const struct sk_word *word)
{
    for (size_t i = 0; i < word->count; i++) {
        sk_buffer_addc(text, (char)word->tokens[i].kind);
        sk_buffer_addc(text, word->tokens[i].byte);
    }
    sk_buffer_addc(text, (char)0xff);
}

const struct sk_word_classes *sk_shelf_classes(struct sk_proof_shelf *shelf,
                                               const struct sk_word *universe,
                                               const struct sk_word *patterns, size_t count)
{
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    digest_word(&text, universe);
    for (size_t i = 0; i < count; i++)
        digest_word(&text, &patterns[i]);
    char digest[SK_SHA256_HEX_BYTES];
    sk_sha256_hex(sk_buffer_text(&text), text.length, digest);
    const json_t *known = json_object_get(shelf->digests, digest);
    if (known)
        return shelf->classes[json_integer_value(known)];
    struct sk_word_classes *classes = sk_xcalloc(1, sizeof(*classes));
    sk_word_classes(universe, patterns, count, (const char *const *)shelf->hints, classes);
    shelf->classes =
        sk_xrealloc(shelf->classes, shelf->classes_count + 1, sizeof(shelf->classes[0]));
    shelf->classes[shelf->classes_count] = classes;
    json_object_set_new(shelf->digests, digest, json_integer((json_int_t)shelf->classes_count));
    shelf->classes_count++;
    return classes;
}
