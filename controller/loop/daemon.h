/* The daemon: one cycle after the other until an end is asked for.
 *
 * Level-triggered: each cycle fetches, compares everything and does what there is to do; what
 * triggers it (time, SIGUSR1) carries no information. When the source is down, or its newest commit
 * does not validate, the cycle runs with the last good commit, so that drift is still put right.
 * Every cycle opens its own store and its own client and closes them again: nothing grows, and
 * changed credentials are picked up. The locks are held all the time. */
#ifndef SK_LOOP_DAEMON_H
#define SK_LOOP_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/cycle.h"
#include "loop/schedule.h"

/* Borrowed until the next reload. */
struct sk_daemon_opts {
    struct sk_cycle_opts cycle; /* events, snapshot, callbacks and locks are the daemon's own */
    bool enforces;
    struct sk_schedule_opts schedule;
    int64_t stop_timeout_ms;
    const char *config; /* path of the configuration file, for the status; NULL: none */
    /* Ends the process at once, with calls in flight. */
    void (*exit_now)(void);
    /* SIGHUP: reads the configuration again into *out. On failure everything stays as it is. */
    int (*reload)(void *data, struct sk_daemon_opts *out, struct sk_err *err);
    void *reload_data;
};

/* Returns 0 after an end in good order. SK_E_LOCKED: another one works on the state folder (named in
 * the message); SK_E_IO: the state folder cannot be written. */
int sk_daemon_run(const struct sk_daemon_opts *opts, struct sk_err *err) SK_WARN_UNUSED;

#endif
