/* Whether and when an attempt that failed is made again. Pure: time and chance are arguments. */
#ifndef SK_AWS_RETRY_H
#define SK_AWS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/operation.h"
#include "base/err.h"

struct sk_aws_retry_policy {
    unsigned max_attempts; /* of one request; throttled ones may be twice as many */
    unsigned base_ms;      /* the first pause is between 0 and this, then twice as long … */
    unsigned throttle_base_ms;
    unsigned propagation_base_ms;
    unsigned cap_ms; /* … up to this */
};

/* The defaults with `max_attempts`, 0: 5. */
struct sk_aws_retry_policy sk_aws_retry_policy(unsigned max_attempts);

/* What happened to one request so far. Zero-initialise for each request (each page). */
struct sk_aws_retry {
    unsigned failures, throttles, propagations;
    int64_t propagating_since_ms;
    bool credentials_refreshed, clock_learnt;
};

struct sk_aws_attempt {
    enum sk_errc code;
    enum sk_aws_effect effect;
    bool sent;               /* the server may have seen it */
    double retry_after_s;    /* as the server asked; 0: not */
    unsigned propagation_ms; /* how long SK_E_PROPAGATING may be retried; 0: not at all */
    int64_t now_ms;          /* monotonic */
    double chance;           /* random, 0 <= chance < 1 */
};

enum sk_aws_retry_action {
    SK_AWS_GIVE_UP,
    SK_AWS_PAUSE,      /* wait *pause_ms, then send again */
    SK_AWS_REFRESH,    /* new credentials, then send again */
    SK_AWS_SIGN_AGAIN, /* with the time the server told */
};

/* Counts the attempt in *retry and decides. A write that must not be made twice is given up after
 * an unknown outcome. */
enum sk_aws_retry_action sk_aws_retry_decide(const struct sk_aws_retry_policy *policy,
                                             struct sk_aws_retry *retry,
                                             const struct sk_aws_attempt *attempt,
                                             unsigned *pause_ms);

#endif
