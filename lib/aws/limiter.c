/* Queues in front of the token buckets: one for each (account, region, service, class). */
#include <stdlib.h>
#include <string.h>

#include "aws/aws_int.h"
#include "base/alloc.h"

#define CALL_OF(pointer)                                                                           \
    ((struct sk_aws__call *)(void *)((char *)(pointer)-offsetof(struct sk_aws__call, link)))

static struct sk_aws__limiter *find(struct sk_aws__call *call)
{
    const struct sk_aws_service *service = call->service;
    bool read = call->operation->effect == SK_AWS_READ;
    sk_auto(sk_freep) char *key = sk_xasprintf(
        "%s|%s|%s|%s|%s", call->account->name, service->global ? "" : call->region, service->name,
        read ? "read" : "write", service->rate_per_operation ? call->operation->name : "");
    struct sk_aws *aws = call->aws;
    for (struct sk_aws__limiter *limiter = aws->limiters; limiter; limiter = limiter->next) {
        if (strcmp(limiter->key, key) == 0)
            return limiter;
    }
    struct sk_aws__limiter *limiter = sk_xcalloc(1, sizeof(*limiter));
    limiter->key = key;
    key = NULL;
    sk_aws__link_init(&limiter->waiting);
    double rate = read ? service->read_rate : service->write_rate;
    sk_aws_bucket_init(&limiter->bucket, rate * aws->rate_factor, sk_aws__now_ms(aws));
    limiter->next = aws->limiters;
    aws->limiters = limiter;
    return limiter;
}

void sk_aws__limiter_join(struct sk_aws__call *call)
{
    if (!call->limiter)
        call->limiter = find(call);
    struct sk_aws__link *queue = &call->limiter->waiting;
    sk_aws__link_append(call->attempts > 0 ? queue->next : queue, &call->link);
}

/* Sends calls of one queue as long as there are tokens and places. */
static int64_t run_queue(struct sk_aws *aws, struct sk_aws__limiter *limiter)
{
    while (!sk_aws__link_alone(&limiter->waiting) && aws->in_flight < aws->max_in_flight) {
        int64_t wait_ms = sk_aws_bucket_take(&limiter->bucket, sk_aws__now_ms(aws));
        if (wait_ms > 0)
            return wait_ms;
        struct sk_aws__call *call = CALL_OF(limiter->waiting.next);
        sk_aws__link_remove(&call->link);
        sk_aws__call_run(call, SK_AWS__STEP_SEND);
    }
    return -1; /* empty, or the end of a call in flight will bring us back */
}

int64_t sk_aws__limiters_run(struct sk_aws *aws)
{
    int64_t next_ms = -1;
    struct sk_aws__limiter *last = NULL;
    for (struct sk_aws__limiter *limiter = aws->limiters; limiter; limiter = limiter->next) {
        int64_t wait_ms = run_queue(aws, limiter);
        if (wait_ms >= 0 && (next_ms < 0 || wait_ms < next_ms))
            next_ms = wait_ms;
        last = limiter;
    }
    /* Another queue is first next time, so that a full house starves nobody. */
    if (last && last != aws->limiters) {
        struct sk_aws__limiter *first = aws->limiters;
        aws->limiters = first->next;
        first->next = NULL;
        last->next = first;
    }
    return next_ms;
}

void sk_aws__limiters_free(struct sk_aws *aws)
{
    while (aws->limiters) {
        struct sk_aws__limiter *limiter = aws->limiters;
        aws->limiters = limiter->next;
        free(limiter->key);
        free(limiter);
    }
}
