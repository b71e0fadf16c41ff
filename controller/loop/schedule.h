/* When the next cycle begins. Pure: chance is an argument. */
#ifndef SK_LOOP_SCHEDULE_H
#define SK_LOOP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* How soon a cycle wants the next one; the later in this list, the stronger. */
enum sk_pace {
    SK_PACE_INTERVAL, /* nothing to hurry for */
    SK_PACE_WAIT,     /* something settles: sooner, then less and less often */
    SK_PACE_RETRY,    /* something failed that may work next time: back-off with full jitter */
};

struct sk_schedule_opts {
    int64_t interval_ms;
    int64_t wait_ms;      /* the first pause while something settles */
    int64_t retry_ms;     /* the first pause after a failure is at most this … */
    int64_t retry_max_ms; /* … then twice as long, up to this */
};

/* What came before. Zero-initialise. */
struct sk_schedule {
    unsigned waits;    /* in a row, without progress */
    unsigned failures; /* in a row */
};

/* The pause in milliseconds. `progress`: the cycle changed something. `chance` is random, 0 <= chance
 * < 1. An interval is spread over a tenth to both sides, so that many controllers do not fetch at
 * once; a wait is not longer than the interval. */
int64_t sk_schedule_next(const struct sk_schedule_opts *opts, struct sk_schedule *schedule,
                         enum sk_pace pace, bool progress, double chance);

#endif
