/* The verbs of `sagekeeper policy` that have a file of their own. */
#ifndef SK_CONTROLLER_CMD_POLICY_H
#define SK_CONTROLLER_CMD_POLICY_H

#include "base/err.h"
#include "controller/settings.h"

/* Lints the policy documents in a file, or in all *.json files of a folder. Exits with 2 when there
 * are findings. */
int sk_policy_lint_run(const struct sk_settings *settings, struct sk_err *err);

#endif
