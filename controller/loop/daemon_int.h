/* What the two files of the daemon share: daemon.c waits and listens, turn.c does one cycle. */
#ifndef SK_LOOP_DAEMON_INT_H
#define SK_LOOP_DAEMON_INT_H

#include "loop/attempts.h"
#include "loop/daemon.h"
#include "loop/events.h"
#include "loop/status.h"
#include "loop/verdict.h"
#include "source/source.h"

struct sk_daemon {
    struct sk_daemon_opts opts;
    struct sk_events *events;
    struct sk_status *status;
    struct sk_schedule schedule;
    size_t number; /* of the cycle */

    /* The source. `good` is the newest snapshot that validated. */
    char *identity; /* which repository, reference and folder all this is about */
    struct sk_source_snapshot *good;
    char
        *good_revision; /* also when the snapshot is not there: it was good for an earlier daemon */
    char *applied;      /* the newest commit that was wholly in place */
    char *rejected;     /* the commit that does not validate; NULL: none */
    char *rewritten;    /* the commit whose rewriting was told; NULL: none */

    /* The cycle at work. */
    struct sk_cycle *cycle;      /* borrowed; NULL between cycles */
    struct sk_attempts attempts; /* of this cycle and those it follows while AWS settles */
    char *attempts_for;          /* the revision that they are about */
    struct sk_wall pruned;       /* when the store was last cleared of what is old */
    int64_t written_ms;          /* when the status was last written */
    char *drift_told;            /* digest of the drift that was logged */
    bool write_failed;           /* the status could not be written, and that was said */
};

/* turn.c. One cycle: fills the status but for the verdict. *progress_out: something was changed. */
struct sk_verdict sk_daemon__turn(struct sk_daemon *daemon, bool *progress_out);
/* Forgets all that belongs to another source than the one in `opts`. */
void sk_daemon__check_identity(struct sk_daemon *daemon);

/* daemon.c. Writes the status; that it cannot be is logged once. */
void sk_daemon__write_status(struct sk_daemon *daemon);

#endif
