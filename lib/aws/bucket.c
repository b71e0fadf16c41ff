/* The adaptive token bucket, see bucket.h. */
#include "aws/bucket.h"

#include <math.h>

#define MAX_RATE        500.0
#define MIN_RATE        0.2
#define SHRINK_PAUSE_MS 1000
#define ROUNDING        1e-6 /* sums of fractions miss whole numbers by less */
#define SLOW_SECONDS    4.0  /* after a throttle the start rate is gained back in this time */

static double capacity(const struct sk_aws_bucket *bucket)
{
    return bucket->rate > 1 ? bucket->rate : 1;
}

static void fill(struct sk_aws_bucket *bucket, int64_t now_ms)
{
    double elapsed_s = (double)(now_ms - bucket->filled_ms) / 1000.0;
    if (elapsed_s <= 0)
        return;
    bucket->tokens = fmin(capacity(bucket), bucket->tokens + elapsed_s * bucket->rate);
    bucket->filled_ms = now_ms;
}

void sk_aws_bucket_init(struct sk_aws_bucket *bucket, double rate, int64_t now_ms)
{
    *bucket = (struct sk_aws_bucket){
        .rate = rate, .start_rate = rate, .filled_ms = now_ms, .shrunk_ms = INT64_MIN};
    bucket->tokens = capacity(bucket);
}

int64_t sk_aws_bucket_take(struct sk_aws_bucket *bucket, int64_t now_ms)
{
    fill(bucket, now_ms);
    if (bucket->tokens >= 1 - ROUNDING) {
        bucket->tokens = fmax(0, bucket->tokens - 1);
        return 0;
    }
    bucket->limiting = true;
    return (int64_t)ceil((1 - bucket->tokens) / bucket->rate * 1000.0 - ROUNDING);
}

void sk_aws_bucket_succeeded(struct sk_aws_bucket *bucket)
{
    if (!bucket->limiting)
        return;
    /* One more per success doubles the rate about each second; after a throttle the gain of one
     * second is a fixed step, spread over that second's successes. */
    double gain = bucket->throttled ? bucket->start_rate / SLOW_SECONDS / capacity(bucket) : 1;
    bucket->rate = fmin(MAX_RATE, bucket->rate + gain);
    bucket->limiting = bucket->tokens < 1;
}

void sk_aws_bucket_throttled(struct sk_aws_bucket *bucket, int64_t now_ms)
{
    fill(bucket, now_ms);
    if (bucket->shrunk_ms != INT64_MIN && now_ms - bucket->shrunk_ms < SHRINK_PAUSE_MS)
        return;
    bucket->throttled = true;
    bucket->shrunk_ms = now_ms;
    bucket->rate = fmax(MIN_RATE, bucket->rate / 2);
    bucket->tokens = 0;
}
