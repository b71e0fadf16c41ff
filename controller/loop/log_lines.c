/* Log lines, see log_lines.h. */
#include "loop/log_lines.h"

#include "aws/operation.h"
#include "base/log.h"

/* Retries are worth a line: a fault that a retry repaired is no failure, but must be seen. */
static enum sk_log_level level_of(const struct sk_aws_event *event)
{
    const struct sk_aws_operation *operation =
        sk_aws_operation_find(event->service, event->operation);
    bool reads = operation && operation->effect == SK_AWS_READ;
    if (event->will_retry)
        return SK_LOG_WARNING;
    if (event->code == SK_E_NOT_FOUND || (event->code == SK_OK && reads))
        return SK_LOG_DEBUG;
    return SK_LOG_INFO;
}

void sk_log_request(const struct sk_aws_event *event, const char *run, const char *commit)
{
    json_t *fields = json_pack(
        "{s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:i, s:I, s:s, s:s*}", "run", run, "commit", commit,
        "account", event->account, "region", event->region, "service", event->service, "operation",
        event->operation, "attempt", (int)event->attempt, "ms", (json_int_t)event->ms, "outcome",
        sk_errc_name(event->code), "request_id", event->request_id);
    sk_log(level_of(event), fields, event->will_retry ? "request failed, trying again" : "request");
}

void sk_log_change(const struct sk_change *change, const struct sk_result *result, const char *run,
                   const char *commit)
{
    bool bad = result->outcome == SK_OUTCOME_FAILED || result->outcome == SK_OUTCOME_UNKNOWN;
    json_t *fields = json_pack(
        "{s:s*, s:s*, s:s, s:s, s:s, s:s, s:s, s:i, s:s*, s:s*}", "run", run, "commit", commit,
        "account", change->account, "region", change->region, "address", change->address, "action",
        sk_action_name(change->action), "outcome", sk_outcome_name(result->outcome), "attempts",
        (int)result->attempts, "request_id", result->err.request_id, "error",
        result->err.code == SK_OK ? NULL : sk_err_message(&result->err));
    sk_log(bad ? SK_LOG_WARNING : SK_LOG_INFO, fields, "change");
}
