/* What the files of the search share; see question.h. */
#ifndef SK_PROOF_SEARCH_H
#define SK_PROOF_SEARCH_H

#include "policy/pattern.h"
#include "policy/request.h"
#include "proof/provenance.h"
#include "proof/question.h"
#include "proof/word.h"

/* One value that a key may take: a list, empty when the key is absent. */
struct sk_candidate {
    char **values; /* owned */
    size_t count;
};

struct sk_candidates {
    struct sk_candidate *items; /* owned */
    size_t count;
    bool whole; /* every class is among them */
};

/* A key that varies in a question. */
struct sk_search_key {
    char *name;     /* owned, lower case, normal (struct sk_proof_condition) */
    char *spelling; /* owned, as first written */
    char **aliases; /* owned: other names under which the policies ask for it */
    size_t alias_count;
    const struct sk_proof_given *given; /* NULL without */
    bool is_list;
    bool impossible;    /* requests for this action do not carry it */
    bool has_variables; /* its patterns hold variables that vary */
    bool is_variable;   /* others hold it */
    bool cached;
    struct sk_candidates candidates; /* when cached */
    size_t chosen;                   /* position of the candidate in force */
    const struct sk_candidates *in_force;
};

/* A statement that plays a part in a question, its resource aside. */
struct sk_search_statement {
    const struct sk_proof_statement *statement;
    bool active;                           /* its resource matches the class at hand */
    bool other;                            /* one of `unless`: it only makes classes */
    size_t depth;                          /* once so many keys are chosen, it is decided */
    size_t first_resource, resource_count; /* patterns in `resources` */
};

struct sk_search {
    struct sk_proof_shelf *shelf;
    const struct sk_proof_policies *policies;
    const struct sk_proof_question *question;
    struct sk_proof_answer *answer;
    struct sk_request *request;
    struct sk_request *other;         /* the same, asked of `unless`; NULL without */
    const struct sk_request *filling; /* whose values the variables of a pattern are filled with */
    struct sk_key_table table;        /* to look keys up as the evaluator does */
    struct sk_search_statement *statements;
    size_t statement_count;
    const struct sk_search_statement *through; /* of `statements`; NULL: any of them */
    size_t through_word;                       /* its resource among the words; SIZE_MAX: any */
    struct sk_search_key *keys;
    size_t key_count;
    char *unknown; /* owned: why the outcome cannot be "never" */
};

/* Remembers why nothing can be proved; the first reason stays. */
void sk_search_doubt(struct sk_search *search, const char *format, ...) SK_PRINTF(2, 3);
/* Fills variables from the request that the statement is asked about. */
void sk_search_fill_for(struct sk_search *search, const struct sk_search_statement *item);
/* The single value of a key in the request as it is now, or NULL. Borrowed. */
const char *sk_search_value(struct sk_search *search, const char *key);

enum sk_word_flag {
    SK_WORD_WILDCARDS = 1U << 0,
    SK_WORD_FOLD = 1U << 1,
    SK_WORD_ARN = 1U << 2,      /* wildcards stop at ':' before the last part */
    SK_WORD_COMPLETE = 1U << 3, /* ARNs of fewer parts are completed */
    SK_WORD_VARIABLES = 1U << 4,
};

/* A pattern of a policy as a word, its variables filled from the request as it is now. False when
 * it matches nothing, because a variable has no value. */
bool sk_search_word(struct sk_search *search, const char *text, unsigned flags,
                    struct sk_word *out);
/* Calls for each policy variable's key in `text`; `whole`: the text is nothing but the variable. */
typedef void (*sk_variable_fn)(void *context, const char *key, bool whole);
void sk_variables_each(const char *text, sk_variable_fn visit, void *context);

/* Classes through the shelf's cache. Borrowed until the shelf is freed. */
const struct sk_word_classes *sk_shelf_classes(struct sk_proof_shelf *shelf,
                                               const struct sk_word *universe,
                                               const struct sk_word *patterns, size_t count);
/* The actions of the catalogue that a statement's Action or NotAction takes, a bit for each
 * position. Borrowed likewise. */
const uint64_t *sk_shelf_actions(struct sk_proof_shelf *shelf, const json_t *json);
size_t sk_shelf_action_count(void);
/* sk_catalogue_key_type through the shelf's cache. */
const char *sk_shelf_key_type(struct sk_proof_shelf *shelf, const char *key);

/* What the key may be, given the keys chosen before it. */
void sk_candidates_of(struct sk_search *search, const struct sk_search_key *key,
                      struct sk_candidates *out);
void sk_candidates_done(struct sk_candidates *candidates);
void sk_candidates_add(struct sk_candidates *candidates, const char *const *values, size_t count);

#endif
