/* What the files of the lint share. */
#ifndef SK_POLICY_LINT_INT_H
#define SK_POLICY_LINT_INT_H

#include <stdbool.h>

#include "policy/catalogue.h"
#include "policy/glob.h"
#include "policy/lint.h"
#include "policy/operator.h"

/* A statement, its elements found. */
struct sk_lint_statement {
    const json_t *json;
    size_t position;
    const char *sid; /* NULL without */
    bool allow;
    const json_t *actions;
    bool not_action;
    const json_t *resources; /* NULL without */
    bool not_resource;
    const json_t *condition; /* NULL without */
};

struct sk_lint {
    const json_t *document;
    enum sk_policy_use use;
    const char *origin;
    struct sk_lint_statement *statements;
    size_t statement_count;
    json_t *findings;
};

/* Adds a finding on a statement (NULL: the document); `element` ("Action") and the item's position
 * make the pointer; NULL: the statement itself. */
void sk_lint_add(struct sk_lint *lint, enum sk_lint_rule rule,
                 const struct sk_lint_statement *statement, const char *element, const char *format,
                 ...) SK_PRINTF(5, 6);

/* Whether an allow of such a document only limits what other policies give. */
bool sk_lint_limits(enum sk_policy_use use);
/* Whether the statement concerns the action (exact name), whatever its resources and conditions. */
bool sk_lint_has_action(const struct sk_lint_statement *statement, const char *action);
/* Calls for each operator and key of the conditions; stops when `visit` returns true, and returns
 * it. */
typedef bool (*sk_lint_visit_fn)(void *context, const struct sk_operator *operator_,
                                 const char *key, const json_t *values);
bool sk_lint_conditions(const struct sk_lint_statement *statement, sk_lint_visit_fn visit,
                        void *context);

void sk_lint_actions(struct sk_lint *lint);
void sk_lint_condition_keys(struct sk_lint *lint);
void sk_lint_holes(struct sk_lint *lint);
void sk_lint_shadows(struct sk_lint *lint);

#endif
