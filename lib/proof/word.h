/* Words and patterns as sets of texts: which combinations of patterns can a text match at all, with
 * one example for each. This is exact, not a search: the patterns are run together as one automaton
 * and every state that can be reached is visited.
 *
 * It is what turns "all requests" into a finite number of classes: two texts that match the same
 * patterns of all policies in force are the same to IAM. */
#ifndef SK_PROOF_WORD_H
#define SK_PROOF_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum sk_token_kind {
    SK_TOKEN_BYTE,
    SK_TOKEN_FOLDED,    /* this ASCII letter in either case */
    SK_TOKEN_ONE,       /* any one character */
    SK_TOKEN_MANY,      /* any text, also none */
    SK_TOKEN_ONE_PART,  /* one character that is no ':' */
    SK_TOKEN_MANY_PART, /* any text without ':' (a part of an ARN) */
    SK_TOKEN_ONE_NAME,  /* one character that is neither ':' nor '/' */
    SK_TOKEN_MANY_NAME, /* any text without ':' and '/' (a name within an ARN) */
};

struct sk_token {
    uint8_t kind; /* enum sk_token_kind */
    char byte;
};

/* A pattern. Zero-initialise. */
struct sk_word {
    struct sk_token *tokens; /* owned */
    size_t count, capacity;
};

void sk_word_done(struct sk_word *word);

/* The text itself; `folded`: letters in either case. */
struct sk_word sk_word_of_text(const char *text, size_t length, bool folded);
/* Any text. */
struct sk_word sk_word_of_anything(void);
/* '*' and '?' are wildcards, everything else stands for itself. */
struct sk_word sk_word_of_glob(const char *glob);
/* The texts that are ARNs of one resource type: "arn:aws:sagemaker:eu-west-1:111122223333:app/x/…",
 * where each '*' is a name of at least one character without ':' and '/', and "**" is any text. */
struct sk_word sk_word_of_resource_type(const char *pattern);

void sk_word_add(struct sk_word *word, enum sk_token_kind kind, char byte);
void sk_word_add_text(struct sk_word *word, const char *text, size_t length, bool folded);

/* Whether the text is one of the word's. */
bool sk_word_matches(const struct sk_word *word, const char *text, size_t length);

/* One class: the texts that match exactly these patterns. */
struct sk_word_class {
    char *example;   /* owned */
    uint64_t *match; /* owned; bit i: pattern i matches */
};

struct sk_word_classes {
    struct sk_word_class *items; /* owned */
    size_t count;
    bool whole; /* every class is there; otherwise the bound on states ended the walk */
};

static inline bool sk_word_class_has(const struct sk_word_class *item, size_t pattern)
{
    return (item->match[pattern / 64] >> (pattern % 64) & 1) != 0;
}

/* All classes of the texts of `universe` under the `count` patterns. `hints` (NULL-terminated, may
 * be NULL) are texts to prefer as examples, such as names that really exist. */
void sk_word_classes(const struct sk_word *universe, const struct sk_word *patterns, size_t count,
                     const char *const *hints, struct sk_word_classes *out);
void sk_word_classes_done(struct sk_word_classes *classes);

#endif
