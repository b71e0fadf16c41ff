/* Pauses between cycles, see schedule.h. */
#include "loop/schedule.h"

#define JITTER 0.1 /* of an interval, to both sides */

static int64_t spread(int64_t ms, double chance)
{
    return (int64_t)((double)ms * (1.0 - JITTER + 2.0 * JITTER * chance));
}

/* first × 2^times, up to most; `times` is as large as it likes. */
static int64_t doubled(int64_t first, unsigned times, int64_t most)
{
    int64_t ms = first;
    while (times-- > 0 && ms < most)
        ms *= 2;
    return ms < most ? ms : most;
}

int64_t sk_schedule_next(const struct sk_schedule_opts *opts, struct sk_schedule *schedule,
                         enum sk_pace pace, bool progress, double chance)
{
    if (pace != SK_PACE_RETRY)
        schedule->failures = 0;
    if (pace != SK_PACE_WAIT || progress)
        schedule->waits = 0;
    switch (pace) {
    case SK_PACE_WAIT:
        return doubled(opts->wait_ms, schedule->waits++, opts->interval_ms);
    case SK_PACE_RETRY:
        /* Full jitter, but not at once: a failure that is still there would be met again. */
        return 1 +
               (int64_t)((double)doubled(opts->retry_ms, schedule->failures++, opts->retry_max_ms) *
                         chance);
    case SK_PACE_INTERVAL:
        break;
    }
    return spread(opts->interval_ms, chance);
}
