/* An adaptive token bucket: how fast one class of calls may go out. It starts at a careful rate and
 * grows as long as calls succeed and the bucket is what holds them back: quickly before the first
 * throttle, then slowly from half of the rate that was too much (additive increase, multiplicative
 * decrease). Pure: time is an argument, monotonic milliseconds. */
#ifndef SK_AWS_BUCKET_H
#define SK_AWS_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct sk_aws_bucket {
    double rate; /* tokens per second now */
    double start_rate;
    double tokens;     /* at most one second's worth, at least 1 */
    int64_t filled_ms; /* when `tokens` was last brought up to date */
    bool throttled;    /* once throttled it grows slowly */
    int64_t shrunk_ms;
    bool limiting; /* somebody had to wait since the last growth */
};

void sk_aws_bucket_init(struct sk_aws_bucket *bucket, double rate, int64_t now_ms);
/* Takes a token and returns 0, or returns in how many milliseconds (at least 1) to ask again. */
int64_t sk_aws_bucket_take(struct sk_aws_bucket *bucket, int64_t now_ms);
void sk_aws_bucket_succeeded(struct sk_aws_bucket *bucket);
/* Halves the rate; throttles of calls that went out together count once. */
void sk_aws_bucket_throttled(struct sk_aws_bucket *bucket, int64_t now_ms);

#endif
