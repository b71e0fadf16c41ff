/* Retry decisions, see retry.h. */
#include "aws/retry.h"

#include "aws/error.h"

/* A server that asks for more than this is better asked again by the next cycle. */
#define MAX_RETRY_AFTER_S 120.0

struct sk_aws_retry_policy sk_aws_retry_policy(unsigned max_attempts)
{
    return (struct sk_aws_retry_policy){
        .max_attempts = max_attempts ? max_attempts : 5,
        .base_ms = 100,
        .throttle_base_ms = 500,
        .propagation_base_ms = 1000,
        .cap_ms = 20000,
    };
}

/* "Full jitter": anything between nothing and the exponential bound, so that many clients that
 * failed together do not come back together. */
static unsigned jitter(const struct sk_aws_retry_policy *policy, unsigned base_ms,
                       unsigned failures, double chance)
{
    unsigned bound = base_ms;
    while (failures-- > 1 && bound < policy->cap_ms)
        bound *= 2;
    if (bound > policy->cap_ms)
        bound = policy->cap_ms;
    return (unsigned)((double)bound * chance);
}

static enum sk_aws_retry_action pause_for(unsigned wait_ms, double retry_after_s,
                                          unsigned *pause_ms)
{
    if (retry_after_s > MAX_RETRY_AFTER_S)
        return SK_AWS_GIVE_UP;
    unsigned asked_ms = (unsigned)(retry_after_s * 1000.0);
    *pause_ms = wait_ms > asked_ms ? wait_ms : asked_ms;
    return SK_AWS_PAUSE;
}

static enum sk_aws_retry_action decide_propagation(const struct sk_aws_retry_policy *policy,
                                                   struct sk_aws_retry *retry,
                                                   const struct sk_aws_attempt *attempt,
                                                   unsigned *pause_ms)
{
    if (retry->propagations++ == 0)
        retry->propagating_since_ms = attempt->now_ms;
    int64_t left =
        (int64_t)attempt->propagation_ms - (attempt->now_ms - retry->propagating_since_ms);
    if (left <= 0)
        return SK_AWS_GIVE_UP;
    /* At least half of the bound: the thing is on its way, asking at once is pointless. The last
     * attempt is made when the window closes. */
    unsigned wait =
        jitter(policy, policy->propagation_base_ms, retry->propagations, 0.5 + attempt->chance / 2);
    return pause_for(wait < left ? wait : (unsigned)left, attempt->retry_after_s, pause_ms);
}

enum sk_aws_retry_action sk_aws_retry_decide(const struct sk_aws_retry_policy *policy,
                                             struct sk_aws_retry *retry,
                                             const struct sk_aws_attempt *attempt,
                                             unsigned *pause_ms)
{
    if (attempt->effect == SK_AWS_WRITE_ONCE &&
        sk_aws_error_outcome_unknown(attempt->code, attempt->effect, attempt->sent))
        return SK_AWS_GIVE_UP;
    if (attempt->code == SK_E_THROTTLED) {
        if (++retry->throttles >= 2 * policy->max_attempts)
            return SK_AWS_GIVE_UP;
        return pause_for(
            jitter(policy, policy->throttle_base_ms, retry->throttles, attempt->chance),
            attempt->retry_after_s, pause_ms);
    }
    if (attempt->code == SK_E_PROPAGATING)
        return decide_propagation(policy, retry, attempt, pause_ms);
    if (attempt->code == SK_E_CREDENTIALS || attempt->code == SK_E_CLOCK) {
        bool clock = attempt->code == SK_E_CLOCK;
        bool *tried = clock ? &retry->clock_learnt : &retry->credentials_refreshed;
        if (*tried)
            return SK_AWS_GIVE_UP;
        *tried = true;
        return clock ? SK_AWS_SIGN_AGAIN : SK_AWS_REFRESH;
    }
    if (sk_errc_reaction(attempt->code) != SK_REACT_RETRY ||
        ++retry->failures >= policy->max_attempts)
        return SK_AWS_GIVE_UP;
    return pause_for(jitter(policy, policy->base_ms, retry->failures, attempt->chance),
                     attempt->retry_after_s, pause_ms);
}
