/* Inside of applying: one run of a plan. Shared by apply.c (what may start, and what an end means
 * for others), change.c (the calls of one change) and resolve.c (references). */
#ifndef SK_ENGINE_APPLY_INT_H
#define SK_ENGINE_APPLY_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "engine/engine_int.h"

/* A change of the plan on its way. */
struct sk_run {
    struct sk_apply *apply;
    const struct sk_change *change;
    struct sk_result *result; /* in apply->results */
    enum {
        SK_RUN_IDLE,    /* something it depends on is not done */
        SK_RUN_READY,   /* queued */
        SK_RUN_RUNNING, /* a call of it is in flight */
        SK_RUN_ENDED,
    } state;
    size_t waits_for;  /* dependencies that are not done */
    size_t *followers; /* owned: positions of the changes that depend on this one */
    size_t follower_count, follower_capacity;
    struct sk_run *next; /* in its queue */

    const struct sk_engine_account *account; /* NULL: the engine was not given this account */
    struct sk_aws_call *calls; /* owned: one for each call, because the client may still
                                  look at one while the next is started */
    size_t position;           /* of the call that is next or in flight */
    json_t *inputs;            /* owned array: resolved inputs of the calls so far, which
                                  the client borrows */
    int64_t journal_id;        /* of the call in flight; 0 without a store */
    json_t *captured;          /* owned: {member of the live body: value} */
    struct {                   /* of the call at `position`, when it is a drain; drain.c */
        bool asking;           /* the query is in flight, not the call */
        bool called_since;     /* calls were made since the last query */
        unsigned rounds;       /* queries answered */
        json_t *left;          /* owned: inputs of the calls this round still has to make */
        json_t *called;        /* owned: {canonical input: true} of those made already */
        size_t going_on; /* items that the last query found not gone and not to be called for */
    } drain;
    size_t undrained;       /* what drains up to `position` left going on */
    bool needs_propagation; /* sk_run_depends_on_new, at the start */
};

struct sk_run_queue {
    struct sk_run *first, *last;
};

struct sk_apply {
    struct sk_engine *engine;
    const struct sk_plan *plan;
    sk_apply_progress_fn progress;
    sk_apply_done_fn done;
    void *data;
    struct sk_run *runs; /* owned; as many as the plan has items, in its order */
    struct sk_results results;
    struct sk_run_queue queues[3]; /* by access + 1 */
    size_t running;
    size_t taking;           /* ready or running changes that take access away */
    json_t *clock;           /* owned: what SK_REF_CLOCK stands for */
    json_t *recent_creates;  /* owned: {ADDRESS: …} from the journal, this run's not included */
    json_t *failed_accounts; /* owned: {NAME: message} of accounts whose credentials failed */
    bool begun, stopping, finishing;
};

/* apply.c. Ends a change; *err (may be unset) is moved. Starts nothing. */
void sk_run_end(struct sk_run *run, enum sk_outcome outcome, struct sk_err *err);
/* The run of an address of the plan, or NULL. */
struct sk_run *sk_apply_find(const struct sk_apply *apply, const char *address);
/* Starts what may start, or finishes. */
void sk_apply_pump(struct sk_apply *apply);

/* change.c. Makes the next call of a running change, or ends it. */
void sk_run_go_on(struct sk_run *run);
void sk_run_done(struct sk_run *run);
/* Journals and sends one call; `input` is stolen and kept. Ends the change when it cannot. */
void sk_run_send(struct sk_run *run, const char *operation, json_t *input);

/* drain.c. Makes the next call of the drain at `position`, steps behind it, or ends the change. */
void sk_run_drain_go_on(struct sk_run *run);
/* Takes the answer of a call of the drain; true when that is all that is to be done about it: the
 * drain goes on. False: an error that is none of the drain's business. */
bool sk_run_drain_answered(struct sk_run *run, const struct sk_aws_call *call);

/* resolve.c. The input of a call without references, new; NULL when one cannot be resolved: then
 * *err says which, and *waits whether its target is still being made. */
json_t *sk_run_resolve(const struct sk_run *run, const json_t *input, bool *waits,
                       struct sk_err *err);
/* Keeps what the call captures of the answer, for references of later calls; returns it (new; NULL:
 * nothing is captured). */
json_t *sk_run_capture(struct sk_run *run, const struct sk_call *call, const json_t *answer);
/* Whether something the change depends on was made moments ago, so that AWS may not see it yet. */
bool sk_run_depends_on_new(const struct sk_run *run);

#endif
