/* Fetching the desired state, in a child process when it comes from Git: libgit2 knows no timeouts
 * and keeps what it allocated. The child is this program again (`internal-fetch`); it leads a
 * process group of its own, gets its request and the token over a pipe, an environment with nothing
 * of AWS in it, and is killed with its group when its time is up, when it says too much, or when an
 * end is asked for. A folder is read directly. */
#ifndef SK_LOOP_FETCH_H
#define SK_LOOP_FETCH_H

#include <stdint.h>

#include "base/err.h"
#include "loop/events.h"
#include "source/source.h"

/* All borrowed for the duration of the call. */
struct sk_fetch_opts {
    struct sk_events *events;
    const struct sk_source_opts *source;
    const char *program;  /* path of this program; NULL: no child */
    const char *revision; /* NULL: the newest */
    const char *known;    /* commit to compare with, or NULL */
    int64_t timeout_ms;   /* 0: none */
};

/* Fills *out, which the caller ends with sk_source_snapshot_done. Errors as source/source.h says,
 * and SK_E_TIMEOUT, SK_E_CANCELED (an end was asked for), SK_E_TRANSIENT (the child died),
 * SK_E_BOUND. Not for use while something else works on the loop. */
int sk_fetch_snapshot(const struct sk_fetch_opts *opts, struct sk_source_snapshot *out,
                      struct sk_err *err) SK_WARN_UNUSED;
/* The child's part: reads a request from standard input, answers on standard output. Returns 0 also
 * when the answer is an error. */
int sk_fetch_serve(struct sk_err *err) SK_WARN_UNUSED;

#endif
