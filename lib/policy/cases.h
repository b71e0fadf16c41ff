/* What a template must allow and deny, as data: the cases.json beside its policy.json.
 *
 *     {"as": "identity" | "boundary" | "session" | "serviceControl" | "resourceControl"
 *            | "resource" | "endpoint",       the layer the rendered policy stands in
 *      "parameters": {…},                     values for the template
 *      "base": {…},                           members of a question (policy/decide.h) of all cases
 *      "cases": [{"name", "expect": "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied", "why", …}],
 *      "redundant": {PART: reason}}
 *
 * A case's other members are members of the question; `principal`, `resource` and `context` are laid
 * over the base's member by member, and null takes a member away. PART is a statement ("Sid") or one of
 * its conditions ("Sid/Operator/Key") without which every case still comes out the same. */
#ifndef SK_POLICY_CASES_H
#define SK_POLICY_CASES_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "policy/template.h"

/* Renders the template with the cases' parameters and decides every case. Each case that comes out
 * differently adds a sentence to `failures` (an array of the caller). Returns the number of cases;
 * SK_E_INVALID when the file itself is wrong. */
int sk_cases_run(const struct sk_template *template_, const json_t *cases, json_t *failures,
                 struct sk_err *err) SK_WARN_UNUSED;

/* Takes away each statement and each condition in turn: one that no case misses and `redundant`
 * does not list adds a sentence, and so does one that is listed but missed. Returns the number of
 * parts tried. */
int sk_cases_prove(const struct sk_template *template_, const json_t *cases, json_t *failures,
                   struct sk_err *err) SK_WARN_UNUSED;

#endif
