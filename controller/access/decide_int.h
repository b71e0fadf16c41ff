/* What decide.c and explain.c share. Private. */
#ifndef SK_ACCESS_DECIDE_INT_H
#define SK_ACCESS_DECIDE_INT_H

#include "access/decide.h"
#include "policy/suppose.h"

#define SK_ACCESS_LEVELS_MAX 16

/* The sets of one form (policy/suppose.h). */
struct sk_access_form {
    struct sk_policy_set *identity, *boundary, *resource;
    struct sk_policy_set *controls[SK_ACCESS_LEVELS_MAX];
    struct sk_layers layers;
};

struct sk_access_decider {
    const struct sk_access_role *role;
    enum sk_situation situation;
    const struct sk_access_question *question;
    struct sk_access_form forms[SK_SUPPOSE_COUNT];
    struct sk_request *request;
};

/* Whether a key's value is known for the question; `data` is the decider. */
bool sk_access_knows(const char *key, void *data);
/* Whether a tag of the principal is known: session tags are, only as far as the situation says. */
bool sk_access_knows_tag(const struct sk_access_decider *decider, const char *tag);

/* A row of an answer's `because`. New. */
json_t *sk_access_reason(const struct sk_access_decider *decider, const struct sk_reason *reason);
/* An answer's `conditions`, for the request as it is filled. New. */
json_t *sk_access_open(const struct sk_access_decider *decider,
                       const struct sk_access_principal *principal);

/* Without regard to case. */
bool sk_access_starts(const char *text, const char *prefix);
/* The member of this name without regard to case; borrowed, or NULL. */
const json_t *sk_access_member(const json_t *object, const char *key);

#endif
