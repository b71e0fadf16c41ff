/* The verbs of `sagekeeper policy` that have a file of their own. */
#ifndef SK_CONTROLLER_CMD_POLICY_H
#define SK_CONTROLLER_CMD_POLICY_H

#include "base/err.h"
#include "controller/settings.h"

/* The verb at a position; NULL behind the last one. Static. */
const char *sk_policy_verb(size_t index);

/* Lints the policy documents in a file, in all *.json files of a folder, or with settings->live in AWS,
 * which is only read. Exits with 2 when there are findings, with 4 when not all could be read. */
int sk_policy_lint_run(const struct sk_settings *settings, struct sk_err *err);

#endif
