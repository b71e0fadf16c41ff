/* One call as a table of steps: identity → limit → send → answer → (pause or next page →) finish.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/aws_int.h"
#include "aws/date.h"
#include "aws/error.h"
#include "base/alloc.h"

/* A clock that is off by less explains no refused signature: AWS allows 5 minutes. */
#define CLOCK_MATTERS_S 60

#define CALL_OF_HTTP(pointer)                                                                      \
    ((struct sk_aws__call *)(void *)((char *)(pointer)-offsetof(struct sk_aws__call, http)))

void sk_aws__call_finish(struct sk_aws__call *call)
{
    sk_aws__link_remove(&call->link);
    call->finished = true;
    call->step = SK_AWS__STEP_FINISH;
    sk_aws__link_append(&call->aws->finished, &call->link);
    sk_aws__kick(call->aws);
}

void sk_aws__call_free(struct sk_aws__call *call)
{
    sk_aws_pages_done(&call->pages);
    if (call->body.data)
        explicit_bzero(call->body.data, call->body.length); /* may carry a token */
    sk_buffer_done(&call->body);
    sk_err_done(&call->err);
    sk_http_request_done(&call->http);
    sk_aws_endpoint_done(&call->endpoint);
    for (size_t i = 0; i < sizeof(call->header_values) / sizeof(*call->header_values); i++)
        sk_secret_done(&call->header_values[i]);
    free(call->request_id);
    free(call->region);
    free(call);
}

static enum sk_aws__step step_identity(struct sk_aws__call *call)
{
    if (call->operation->is_unsigned)
        return SK_AWS__STEP_LIMIT;
    switch (sk_aws__account_ready(call->account, call, &call->err)) {
    case SK_AWS__IDENTITY_READY:
        return SK_AWS__STEP_LIMIT;
    case SK_AWS__IDENTITY_FAILED:
        return SK_AWS__STEP_FINISH;
    case SK_AWS__IDENTITY_WAIT:
        break;
    }
    return SK_AWS__STEP_WAIT;
}

static enum sk_aws__step step_limit(struct sk_aws__call *call)
{
    sk_aws__limiter_join(call);
    return SK_AWS__STEP_WAIT;
}

static void report(const struct sk_aws__call *call, enum sk_errc code, bool will_retry)
{
    const struct sk_aws *aws = call->aws;
    if (!aws->on_event)
        return;
    const struct sk_aws_event event = {.account = call->account->name,
                                       .service = call->service->name,
                                       .operation = call->operation->name,
                                       .region = call->service->global ? "global" : call->region,
                                       .request_id = call->request_id,
                                       .status = call->http.status,
                                       .code = code,
                                       .attempt = call->attempts,
                                       .ms = sk_aws__now_ms(aws) - call->sent_ms,
                                       .will_retry = will_retry};
    aws->on_event(&event, aws->on_event_data);
}

static void on_answer(struct sk_http_request *http)
{
    struct sk_aws__call *call = CALL_OF_HTTP(http);
    call->sending = false;
    call->aws->in_flight--;
    if (call->canceled) {
        call->unknown |=
            sk_aws_error_outcome_unknown(SK_E_CANCELED, call->operation->effect, http->sent);
        sk_err_set(&call->err, SK_E_CANCELED, "canceled");
        free(call->request_id);
        call->request_id = NULL;
        report(call, SK_E_CANCELED, false);
        sk_aws__call_finish(call);
        return;
    }
    call->step = SK_AWS__STEP_ANSWER;
    sk_aws__link_append(&call->aws->ready, &call->link);
    sk_aws__kick(call->aws);
}

static enum sk_aws__step step_send(struct sk_aws__call *call)
{
    /* The credentials may have been refused while the call waited for its turn. */
    if (!call->account->has_credentials && !call->operation->is_unsigned)
        return SK_AWS__STEP_IDENTITY;
    if (sk_aws__attempt_start(call, on_answer, &call->err) < 0)
        return SK_AWS__STEP_FINISH;
    call->attempts++;
    call->sending = true;
    call->sent_ms = sk_aws__now_ms(call->aws);
    call->signed_offset_s = call->aws->clock_offset_s;
    call->generation = call->account->generation;
    call->aws->in_flight++;
    return SK_AWS__STEP_WAIT;
}

/* Before the next page: its body and its attempts start anew. */
static enum sk_aws__step next_page(struct sk_aws__call *call)
{
    call->has_body = false;
    call->retry = (struct sk_aws_retry){0};
    return SK_AWS__STEP_IDENTITY;
}

static enum sk_aws__step take_page(struct sk_aws__call *call, json_t *page)
{
    sk_aws_bucket_succeeded(&call->limiter->bucket);
    if (!call->call->all_pages || !call->operation->token_out) {
        call->pages.output = page;
        return SK_AWS__STEP_FINISH;
    }
    if (sk_aws_pages_add(&call->pages, call->operation, page, &call->err) < 0 || !call->pages.token)
        return SK_AWS__STEP_FINISH;
    return next_page(call);
}

/* Takes AWS's time from the answer. When our clock is right, a refused signature means a wrong key.
 */
static void learn_clock(struct sk_aws__call *call, struct sk_err *err)
{
    const char *date = call->http.answer_headers[SK_HTTP_DATE];
    struct sk_wall theirs;
    if (err->code != SK_E_CLOCK)
        return;
    if (date && sk_aws_date_parse(date, &theirs) == 0) {
        int64_t offset_s = theirs.seconds - sk_clock_wall(call->aws->clock).seconds;
        int64_t off_s = offset_s - call->signed_offset_s;
        if (off_s > CLOCK_MATTERS_S || off_s < -CLOCK_MATTERS_S) {
            call->aws->clock_offset_s = offset_s;
            return;
        }
    }
    if (!call->retry.clock_learnt)
        err->code = SK_E_CREDENTIALS;
}

static enum sk_aws__step pause_call(struct sk_aws__call *call, unsigned pause_ms)
{
    call->wake_ms = sk_aws__now_ms(call->aws) + pause_ms;
    call->step = SK_AWS__STEP_IDENTITY;
    sk_aws__link_append(&call->aws->sleeping, &call->link);
    return SK_AWS__STEP_WAIT;
}

static enum sk_aws__step take_failure(struct sk_aws__call *call, double retry_after_s,
                                      struct sk_err *err)
{
    struct sk_aws *aws = call->aws;
    learn_clock(call, err);
    if (err->code == SK_E_THROTTLED)
        sk_aws_bucket_throttled(&call->limiter->bucket, sk_aws__now_ms(aws));
    call->unknown |=
        sk_aws_error_outcome_unknown(err->code, call->operation->effect, call->http.sent);
    const char *restart = call->operation->restart_code;
    if (restart && err->aws_code && strcmp(restart, err->aws_code) == 0 && call->pages.pages > 0 &&
        sk_aws_pages_restart(&call->pages)) {
        report(call, err->code, true);
        return next_page(call);
    }
    const struct sk_aws_attempt attempt = {.code = err->code,
                                           .effect = call->operation->effect,
                                           .sent = call->http.sent,
                                           .retry_after_s = retry_after_s,
                                           .propagation_ms = call->call->propagation_ms,
                                           .now_ms = sk_aws__now_ms(aws),
                                           .chance = sk_aws__chance(aws)};
    unsigned pause_ms = 0;
    enum sk_aws_retry_action action =
        sk_aws_retry_decide(&aws->retry, &call->retry, &attempt, &pause_ms);
    bool is_unsigned = call->operation->is_unsigned;
    if (is_unsigned && (action == SK_AWS_REFRESH || action == SK_AWS_SIGN_AGAIN))
        action = SK_AWS_GIVE_UP; /* what it carries would be the same */
    report(call, err->code, action != SK_AWS_GIVE_UP);
    switch (action) {
    case SK_AWS_PAUSE:
        return pause_call(call, pause_ms);
    case SK_AWS_REFRESH:
        sk_aws__account_invalidate(call->account, call->generation, err);
        return SK_AWS__STEP_IDENTITY;
    case SK_AWS_SIGN_AGAIN:
        return SK_AWS__STEP_IDENTITY;
    case SK_AWS_GIVE_UP:
        break;
    }
    if (err->code == SK_E_CREDENTIALS && !is_unsigned &&
        call->generation == call->account->generation)
        sk_aws__account_refused(call->account, err);
    sk_err_move(&call->err, err);
    return SK_AWS__STEP_FINISH;
}

static enum sk_aws__step step_answer(struct sk_aws__call *call)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    double retry_after_s = 0;
    json_t *page = sk_aws__attempt_answer(call, &retry_after_s, &err);
    if (!page)
        return take_failure(call, retry_after_s, &err);
    report(call, SK_OK, false);
    return take_page(call, page);
}

static enum sk_aws__step step_finish(struct sk_aws__call *call)
{
    sk_aws__call_finish(call);
    return SK_AWS__STEP_WAIT;
}

static enum sk_aws__step (*const steps[])(struct sk_aws__call *call) = {
    [SK_AWS__STEP_IDENTITY] = step_identity, [SK_AWS__STEP_LIMIT] = step_limit,
    [SK_AWS__STEP_SEND] = step_send,         [SK_AWS__STEP_ANSWER] = step_answer,
    [SK_AWS__STEP_FINISH] = step_finish,
};

void sk_aws__call_run(struct sk_aws__call *call, enum sk_aws__step step)
{
    while (step != SK_AWS__STEP_WAIT) {
        call->step = step;
        step = steps[step](call);
    }
}
