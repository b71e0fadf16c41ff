/* The event loop of a run and the signals that end or wake it. Blocking code (a session with AWS, a
 * fetch in a child process, a pause) runs the loop until its own work is over; whatever it waits
 * for, signals are heard.
 *
 * SIGINT and SIGTERM ask for an end in good order: whoever works at that moment is told, and nothing
 * new is begun. A second one, or a deadline that passes, calls `overdue`. With `daemon`, SIGHUP and
 * SIGUSR1 are noted as wishes.
 *
 * One thread. At most one of these exists in a process at a time. */
#ifndef SK_LOOP_EVENTS_H
#define SK_LOOP_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "base/cleanup.h"
#include "base/err.h"

struct sk_events;

enum sk_wish {
    SK_WISH_NOW = 1 << 0,    /* SIGUSR1: run a cycle now */
    SK_WISH_RELOAD = 1 << 1, /* SIGHUP: read the configuration again */
};

struct sk_events_opts {
    bool daemon;             /* hear SIGHUP and SIGUSR1 too */
    int64_t stop_timeout_ms; /* from the first SIGINT or SIGTERM to `overdue`; 0: no deadline */
    /* Ends the process at once; runs on the loop's thread. May be NULL: then a second signal is as
     * good as the first. */
    void (*overdue)(void *data);
    void *data;
};

int sk_events_open(const struct sk_events_opts *opts, struct sk_events **out,
                   struct sk_err *err) SK_WARN_UNUSED;
/* Everything else on the loop must be closed. NULL is fine. */
void sk_events_close(struct sk_events *events);

uv_loop_t *sk_events_loop(struct sk_events *events);
/* Whether SIGINT or SIGTERM came. */
bool sk_events_stopped(const struct sk_events *events);
/* The wishes since the last call; forgets them. */
unsigned sk_events_take(struct sk_events *events);
/* Changes the deadline of later signals. */
void sk_events_set_stop_timeout(struct sk_events *events, int64_t ms);

/* Who is told when an end is asked for: `stop` runs on the loop's thread, at most once per call of
 * this function. NULL: nobody. */
void sk_events_set_worker(struct sk_events *events, void (*stop)(void *data), void *data);
/* Runs the loop until *waiting is false; what sets it calls sk_events_break. */
void sk_events_wait(struct sk_events *events, const bool *waiting);
void sk_events_break(struct sk_events *events);
/* Runs the loop until the handles that others have closed are gone. */
void sk_events_drain(struct sk_events *events);
/* Hears signals that came while no loop ran. Does not wait. */
void sk_events_poll(struct sk_events *events);
/* Waits; returns early when an end is asked for or a wish came. */
void sk_events_sleep(struct sk_events *events, int64_t ms);

#endif
