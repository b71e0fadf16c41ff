/* Decisions as lines of JSON, for `sagekeeper policy decide`, template cases and tests.
 *
 * In, one object a line:
 *
 *     {"id", "principal": {"type": "role" | "user" | "session" | "root" | "service" | "federated",
 *                          "arn", "account", "roleArn", "userName", "tags": {},
 *                          "managementAccount": bool},
 *      "action", "resource": {"arn", "account", "tags": {}}, "context": {"key": "v" | ["v"]},
 *      "identityPolicies": [{"name", "document"}], "permissionBoundary": document | null,
 *      "sessionPolicies": [document],
 *      "serviceControlPolicies": [[{"name", "document"}]],    root first, one list a level
 *      "resourceControlPolicies": [[{"name", "document"}]],
 *      "resourcePolicy": document | null, "endpointPolicy": document | null}
 *
 * Out:
 *
 *     {"id", "decision": "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied",
 *      "because": [{"layer", "policy", "statement", "effect"}]}     or     {"id", "error"}
 *
 * `statement` is the Sid, or the position from 0 without one; in an implicit denial `policy` and
 * `statement` are null and `effect` is "None": the layer has no statement that allows. SCPs and RCPs
 * also have "level" (0: root). Wherever {"name", "document"} is expected, a bare document will do. */
#ifndef SK_POLICY_DECIDE_H
#define SK_POLICY_DECIDE_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "policy/evaluate.h"

/* The answer to one line of at most SK_BOUND_DECIDE_BYTES: text without newline, owned by the
 * caller. Never fails: what is wrong with the line is in the answer. */
char *sk_policy_decide_line(const char *line, size_t length) SK_WARN_UNUSED;

#define SK_BOUND_DECIDE_BYTES ((size_t)4 * 1024 * 1024)

/* The same on a value: the answer, or NULL and err. New. */
json_t *sk_policy_decide_json(const json_t *question, struct sk_err *err) SK_WARN_UNUSED;

/* The request alone of a question: its principal, action, resource and context, put into
 * `request`. SK_E_INVALID. */
int sk_policy_decide_request(const json_t *question, struct sk_request *request,
                             struct sk_err *err) SK_WARN_UNUSED;
/* The "because" of a verdict. New. */
json_t *sk_policy_decide_reasons(const struct sk_verdict *verdict);

#endif
