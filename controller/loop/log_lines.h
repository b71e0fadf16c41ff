/* Log lines that commands and the daemon have in common; their fields are documented in
 * docs/reference/log.md. */
#ifndef SK_LOOP_LOG_LINES_H
#define SK_LOOP_LOG_LINES_H

#include "aws/aws.h"
#include "engine/engine.h"

/* One HTTP attempt: a warning when it is repeated, debug for reads that went well, else info. `run`
 * and `commit` may be NULL. */
void sk_log_request(const struct sk_aws_event *event, const char *run, const char *commit);
/* What became of a change: a warning when it failed, else info. */
void sk_log_change(const struct sk_change *change, const struct sk_result *result, const char *run,
                   const char *commit);

#endif
