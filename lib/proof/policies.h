/* The documents that apply to one principal, taken apart into what a proof asks of them: whole
 * layers for the decision, single statements for pruning, and the texts that split requests into
 * classes.
 *
 * A `struct sk_proof_shelf` keeps what many questions and principals have in common; one for a run.
 * Nothing here is thread-safe. */
#ifndef SK_PROOF_POLICIES_H
#define SK_PROOF_POLICIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "policy/evaluate.h"
#include "policy/operator.h"

struct sk_proof_document {
    enum sk_layer layer;
    size_t level;     /* of SCPs and RCPs: 0 is the root */
    const char *name; /* copied; for reasons */
    const json_t *document;
};

struct sk_proof_condition {
    struct sk_operator operator_;
    bool known;           /* the operator exists; otherwise the statement never matches */
    char *key;            /* owned, lower case, a resource's tag under AWS's global name */
    char *spelling;       /* owned, as written */
    const json_t *values; /* borrowed from the document */
};

struct sk_proof_statement {
    enum sk_layer layer;
    size_t level;
    bool deny;
    bool variables;          /* ${…} counts (version 2012-10-17) */
    const json_t *json;      /* borrowed from the document */
    const json_t *resources; /* borrowed: its Resource or NotResource; NULL without */
    bool not_resource;
    struct sk_policy_set *alone; /* owned: this statement only */
    const uint64_t *actions;     /* borrowed from the shelf: bit for each action of the catalogue */
    struct sk_proof_condition *conditions;
    size_t condition_count;
};

struct sk_proof_policies {
    struct sk_layers layers; /* for the evaluator */
    struct sk_proof_statement *statements;
    size_t statement_count;
    json_t *documents;                          /* owned: keeps the documents alive */
    struct sk_policy_set *sets[SK_LAYER_COUNT]; /* owned, where a layer has no levels */
    struct sk_policy_set **scps, **rcps;        /* owned, one a level */
    bool joined; /* made of others: of all this only the list of statements is owned */
};

struct sk_proof_shelf;
/* `hints` (NULL-terminated, copied; may be NULL): texts that really exist, such as names of teams, to
 * make examples of. */
struct sk_proof_shelf *sk_proof_shelf_new(const char *const *hints);
void sk_proof_shelf_free(struct sk_proof_shelf *shelf);
SK_DEFINE_CLEANUP(struct sk_proof_shelf, sk_proof_shelf_free);

/* The documents stay alive until the policies are freed. The shelf must outlive them. A layer
 * without documents does not exist; SCPs and RCPs of levels up to the highest that is named exist,
 * and a level without documents allows nothing. SK_E_INVALID, SK_E_BOUND. */
int sk_proof_policies_new(struct sk_proof_shelf *shelf, const struct sk_proof_document *documents,
                          size_t count, struct sk_proof_policies **out,
                          struct sk_err *err) SK_WARN_UNUSED;
/* The policies together with those of the resource (a bucket's, a role's trust) alone, which are
 * compiled apart because they meet many principals. Both must outlive the result. */
struct sk_proof_policies *sk_proof_policies_join(const struct sk_proof_policies *policies,
                                                 const struct sk_proof_policies *resource)
    SK_WARN_UNUSED;
void sk_proof_policies_free(struct sk_proof_policies *policies);
SK_DEFINE_CLEANUP(struct sk_proof_policies, sk_proof_policies_free);

/* Whether the statement's Action or NotAction takes the action, in any case. */
bool sk_proof_takes_action(const struct sk_proof_statement *statement, const char *action);

#endif
