/* The client: its life, the pump that moves calls forward, and the calls' start and cancel.
 *
 * The pump runs from one timer. It wakes sleeping calls, runs those that are ready, lets the rate
 * limiters send, and delivers what is finished; everything else only puts calls on a list and kicks
 * it. So no callback of ours runs inside a function of ours that the caller called, and cancelling
 * is taking a call out of whatever list it is in. */
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "aws/aws_int.h"
#include "base/alloc.h"

#define CALL_OF(pointer, member)                                                                   \
    ((struct sk_aws__call *)(void *)((char *)(pointer)-offsetof(struct sk_aws__call, member)))

int64_t sk_aws__now_ms(const struct sk_aws *aws)
{
    return (int64_t)uv_now(aws->loop);
}

struct sk_wall sk_aws__wall(const struct sk_aws *aws)
{
    struct sk_wall now = sk_clock_wall(aws->clock);
    now.seconds += aws->clock_offset_s;
    return now;
}

/* splitmix64: good enough to spread retries, and repeatable from a seed. */
double sk_aws__chance(struct sk_aws *aws)
{
    uint64_t value = aws->random_state += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    value ^= value >> 31;
    return (double)(value >> 11) / 9007199254740992.0; /* 2^53 */
}

static void deliver(struct sk_aws *aws)
{
    while (!sk_aws__link_alone(&aws->finished)) {
        struct sk_aws__call *call = CALL_OF(aws->finished.next, link);
        sk_aws__link_remove(&call->link);
        sk_aws__link_remove(&call->all);
        struct sk_aws_call *public = call->call;
        public->output = call->err.code == SK_OK ? call->pages.output : NULL;
        public->err = call->err; /* shared: released below */
        public->request_id = call->request_id;
        public->attempts = call->attempts;
        public->outcome_unknown = call->unknown && call->err.code != SK_OK;
        public->internal = NULL;
        public->done(public);
        sk_aws__call_free(call);
    }
}

/* Wakes what is due; in how many ms the next one is, or -1. */
static int64_t wake(struct sk_aws *aws)
{
    int64_t now_ms = sk_aws__now_ms(aws);
    int64_t next_ms = -1;
    struct sk_aws__link *link = aws->sleeping.next;
    while (link != &aws->sleeping) {
        struct sk_aws__call *call = CALL_OF(link, link);
        link = link->next;
        int64_t left_ms = call->wake_ms - now_ms;
        if (left_ms <= 0) {
            sk_aws__link_remove(&call->link);
            sk_aws__link_append(&aws->ready, &call->link);
        } else if (next_ms < 0 || left_ms < next_ms) {
            next_ms = left_ms;
        }
    }
    return next_ms;
}

static void pump(uv_timer_t *timer)
{
    struct sk_aws *aws = timer->data;
    aws->pumping = true;
    aws->kicked = false;
    uv_update_time(aws->loop);
    wake(aws);
    while (!sk_aws__link_alone(&aws->ready)) {
        struct sk_aws__call *call = CALL_OF(aws->ready.next, link);
        sk_aws__link_remove(&call->link);
        sk_aws__call_run(call, call->step);
    }
    int64_t rate_ms = sk_aws__limiters_run(aws);
    deliver(aws);
    aws->pumping = false;
    if (aws->closing) /* by one of the callbacks */
        return;
    int64_t wait_ms = wake(aws);
    if (wait_ms < 0 || (rate_ms >= 0 && rate_ms < wait_ms))
        wait_ms = rate_ms;
    if (aws->kicked || !sk_aws__link_alone(&aws->ready))
        wait_ms = 0;
    if (wait_ms >= 0)
        uv_timer_start(&aws->timer, pump, (uint64_t)wait_ms, 0);
}

void sk_aws__kick(struct sk_aws *aws)
{
    aws->kicked = true;
    if (!aws->pumping && !aws->closing)
        uv_timer_start(&aws->timer, pump, 0, 0);
}

static char *user_agent(const char *suffix)
{
    return suffix ? sk_xasprintf("sagekeeper/%s %s", SK_VERSION, suffix)
                  : sk_xasprintf("sagekeeper/%s", SK_VERSION);
}

static unsigned number_setting(const struct sk_aws *aws, const char *variable)
{
    const char *text = sk_aws_env(&aws->settings, variable);
    long value = text ? strtol(text, NULL, 10) : 0;
    return value > 0 && value < 100 ? (unsigned)value : 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct sk_aws *aws = handle->data;
    free(aws->profile);
    free(aws->user_agent);
    json_decref(aws->files);
    free(aws);
}

int sk_aws_new(const struct sk_aws_opts *opts, struct sk_aws **out, struct sk_err *err)
{
    struct sk_aws *aws = sk_xcalloc(1, sizeof(*aws));
    aws->loop = opts->loop;
    aws->clock = opts->clock ? opts->clock : sk_clock_system();
    aws->profile = sk_xstrdup(opts->profile);
    aws->settings =
        (struct sk_aws_settings){opts->environment, opts->environment_data, aws->profile};
    aws->user_agent = user_agent(opts->user_agent);
    aws->retry = sk_aws_retry_policy(opts->max_attempts ? opts->max_attempts
                                                        : number_setting(aws, "AWS_MAX_ATTEMPTS"));
    aws->call_timeout_ms = opts->call_timeout_ms ? opts->call_timeout_ms : 60000;
    aws->max_in_flight = opts->max_in_flight ? opts->max_in_flight : 64;
    aws->rate_factor = opts->rate_factor ? opts->rate_factor : 1;
    aws->random_state = opts->random_seed;
    if (!aws->random_state &&
        RAND_bytes((unsigned char *)&aws->random_state, sizeof(aws->random_state)) != 1)
        aws->random_state = uv_hrtime();
    sk_aws__link_init(&aws->calls);
    sk_aws__link_init(&aws->ready);
    sk_aws__link_init(&aws->sleeping);
    sk_aws__link_init(&aws->finished);
    aws->timer.data = aws;
    aws->files = sk_aws_files_load(&aws->settings, err);
    sk_auto(sk_freep) char *ca_bundle = sk_aws_ca_bundle(&aws->settings, aws->files);
    struct sk_http_opts http = {.loop = aws->loop,
                                .ca_file = opts->ca_file ? opts->ca_file : ca_bundle,
                                .keep_alive_max = aws->max_in_flight};
    if (!aws->files || sk_http_new(&http, &aws->http, err) < 0) {
        enum sk_errc code = err && err->code ? err->code : SK_E_INTERNAL;
        on_timer_closed((uv_handle_t *)&aws->timer);
        return code;
    }
    sk_aws_files_forget_keys(aws->files); /* kept for endpoints; the chain reads them anew */
    uv_timer_init(aws->loop, &aws->timer);
    *out = aws;
    return 0;
}

static void cancel(struct sk_aws__call *call)
{
    if (call->finished || call->canceled)
        return;
    call->canceled = true;
    if (call->sending) {
        sk_http_cancel(&call->http); /* its callback ends the call */
        return;
    }
    sk_err_set(&call->err, SK_E_CANCELED, "canceled");
    sk_aws__call_finish(call);
}

void sk_aws_free(struct sk_aws *aws)
{
    if (!aws || aws->closing)
        return;
    aws->closing = true;
    struct sk_aws__link *link = aws->calls.next;
    for (; link != &aws->calls; link = link->next)
        cancel(CALL_OF(link, all));
    sk_http_close(aws->http);
    deliver(aws);
    sk_aws_account_free(aws->ambient);
    aws->ambient = NULL;
    sk_aws__limiters_free(aws);
    uv_close((uv_handle_t *)&aws->timer, on_timer_closed);
}

void sk_aws_on_event(struct sk_aws *aws, sk_aws_event_fn callback, void *data)
{
    aws->on_event = callback;
    aws->on_event_data = data;
}

int sk_aws__start(struct sk_aws *aws, struct sk_aws_call *public, bool unchecked,
                  struct sk_err *err)
{
    public->internal = NULL;
    if (aws->closing)
        return sk_err_set(err, SK_E_CANCELED, "the AWS client is closed");
    const struct sk_aws_service *service = sk_aws_service_find(public->service);
    if (!service)
        return sk_err_set(err, SK_E_INVALID, "unknown service \"%s\"", public->service);
    const struct sk_aws_operation *operation =
        sk_aws_operation_find(public->service, public->operation);
    if (!operation)
        return sk_err_set(err, SK_E_INVALID, "unknown operation \"%s\" of %s", public->operation,
                          public->service);
    if (public->input && !json_is_object(public->input))
        return sk_err_set(err, SK_E_INVALID, "input of %s is no object", public->operation);
    /* Any region of the partition will do for a global service. */
    const char *region = service->global ? public->account->sts_region : public->region;
    if (!region || !sk_aws_partition_of(region))
        return sk_err_set(err, SK_E_INVALID,
                          "%s of %s: \"%s\" is not a region of a known partition",
                          public->operation, public->service, region ? region : "");
    struct sk_aws__call *call = sk_xcalloc(1, sizeof(*call));
    call->aws = aws;
    call->call = public;
    call->account = public->account;
    call->service = service;
    call->operation = operation;
    call->region = sk_xstrdup(region);
    call->unchecked = unchecked;
    call->step = SK_AWS__STEP_IDENTITY;
    sk_aws__link_init(&call->link);
    sk_aws__link_init(&call->all);
    sk_aws__link_append(&aws->calls, &call->all);
    sk_aws__link_append(&aws->ready, &call->link);
    public->internal = call;
    sk_aws__kick(aws);
    return 0;
}

int sk_aws_call_start(struct sk_aws *aws, struct sk_aws_call *call, struct sk_err *err)
{
    return sk_aws__start(aws, call, call->account->internal, err);
}

void sk_aws_call_cancel(struct sk_aws_call *call)
{
    if (call->internal)
        cancel(call->internal);
}
