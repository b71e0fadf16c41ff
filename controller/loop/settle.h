/* Apply until settled: cycles repeated until nothing is left to do, wait for or try. */
#ifndef SK_LOOP_SETTLE_H
#define SK_LOOP_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/cycle.h"

struct sk_settle_opts {
    int64_t timeout_ms;       /* over all cycles */
    int64_t poll_interval_ms; /* between two cycles that wait */
};

/* How it ended. */
struct sk_settled {
    size_t cycles;
    size_t done;      /* changes applied, over all cycles */
    size_t left;      /* changes that turned up and were not part of the approved plan */
    size_t waiting;   /* still waiting when it ended */
    size_t postponed; /* deleted when their grace time has passed */
    size_t pending;   /* waits for what others make: no run waits for that */
    size_t blocked;
    size_t refused; /* by the guard */
    bool timed_out, stopped;
    bool partial; /* the last view was partial */
    /* owned: [{"address","status","message"?}]: failed, accepted but not applied */
    json_t *problems;
};

/* What one look at a plan behind the guard stage says. */
struct sk_outlook {
    size_t waiting;   /* changes that will be possible later */
    size_t postponed; /* changes whose grace time has days to go: no run waits for them */
    size_t pending;   /* changes that need what others make: no run waits for that */
    size_t blocked;   /* but for those that are only because the view is partial */
    size_t refused;   /* by the guard */
    size_t settling;  /* resources that differ in nothing and still change by themselves */
};
struct sk_outlook sk_settle_outlook(const struct sk_cycle *cycle);

/* The cycle stands behind its guard stage, with a plan that was approved; applies it and repeats.
 * Later cycles do only what that plan contains. An error of a stage ends it; *out tells how far it
 * got. */
int sk_settle(struct sk_cycle *cycle, const struct sk_settle_opts *opts, struct sk_settled *out,
              struct sk_err *err) SK_WARN_UNUSED;
void sk_settled_done(struct sk_settled *settled);
/* {"cycles","applied","waiting","postponed","pending","blocked","refused","left","timedOut",
 *  "stopped","problems"}. New. */
json_t *sk_settled_to_json(const struct sk_settled *settled);

#endif
