/* The engine: runs reads and calls against AWS, all at once within the rate limits.
 *
 * Everything happens on the libuv loop of the AWS client; callbacks run on its thread, never from
 * inside the function that starts the work. The engine never decides what to do: it executes what
 * kinds ask for (observe) and what a plan says (apply). */
#ifndef SK_ENGINE_ENGINE_H
#define SK_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <uv.h>

#include "aws/aws.h"
#include "base/clock.h"
#include "base/err.h"
#include "plan/plan.h"
#include "store/store.h"

/* One account with the credentials to reach it. */
struct sk_engine_account {
    const struct sk_account *facts; /* borrowed */
    struct sk_aws_account *aws;     /* borrowed */
};

struct sk_engine_opts {
    uv_loop_t *loop;              /* borrowed: the client's */
    struct sk_aws *aws;           /* borrowed */
    struct sk_store *store;       /* borrowed; NULL: no cache, no journal (tests, `plan` in CI) */
    const struct sk_clock *clock; /* borrowed */
    const struct sk_kinds *kinds; /* borrowed */
    const struct sk_engine_account *accounts; /* borrowed */
    size_t account_count;
    const char *owner;
    const char *run;                    /* id of this run, for the journal */
    const char *commit;                 /* may be NULL */
    const struct sk_interest *interest; /* borrowed, read anew by each observe; NULL: none */
    unsigned propagation_ms; /* how long "not visible yet" errors after own creates are retried */
};

struct sk_engine;
int sk_engine_new(const struct sk_engine_opts *opts, struct sk_engine **out,
                  struct sk_err *err) SK_WARN_UNUSED;
/* Nothing may be in flight. NULL is fine. */
void sk_engine_free(struct sk_engine *engine);

/* Observe: every kind in every account, region by region. A question is asked once in an account
 * however many kinds ask it. Answers with a change marker come from the store's cache when it holds
 * that marker; they are put there unless taken within 30 s of the change.
 *
 * A kind one of whose questions fails is unknown in that account and region; an account whose
 * credentials fail, or that is another one than expected, is unknown as a whole. What AWS says does
 * not exist is absent. `done` gets the view (owned by the receiver through *view, sk_view_done to
 * release); stopped before the end, everything in it is unknown with SK_E_CANCELED. SK_E_INTERNAL
 * when the engine is at work already. */
typedef void (*sk_observe_done_fn)(struct sk_view *view, void *data);
int sk_engine_observe(struct sk_engine *engine, sk_observe_done_fn done, void *data,
                      struct sk_err *err) SK_WARN_UNUSED;

/* What became of a change. */
enum sk_outcome {
    SK_OUTCOME_NOT_STARTED, /* stopped before its turn, or refused */
    SK_OUTCOME_DONE,
    SK_OUTCOME_FAILED,  /* `err` says why; nothing behind it was tried */
    SK_OUTCOME_SKIPPED, /* something it depends on failed */
    SK_OUTCOME_WAITING, /* busy: a later cycle goes on */
    SK_OUTCOME_UNKNOWN, /* a call may or may not have taken effect: look again */
};
const char *sk_outcome_name(enum sk_outcome outcome);

struct sk_result {
    const struct sk_change *change; /* borrowed from the plan */
    enum sk_outcome outcome;
    struct sk_err err; /* owned; set for FAILED, UNKNOWN, WAITING, SKIPPED */
    json_t
        *captured; /* owned, may be NULL: {member of the live body: value} that answers brought */
    size_t calls_done; /* calls that succeeded */
    unsigned attempts; /* HTTP attempts over all its calls: more than calls_done means retries */
};
struct sk_results {
    struct sk_result *items; /* owned; in the plan's order */
    size_t count;
    size_t counts[6]; /* by enum sk_outcome */
};
void sk_results_done(struct sk_results *results);

/* Called on the loop thread as a change starts (result NULL) and ends. */
typedef void (*sk_apply_progress_fn)(const struct sk_change *change, const struct sk_result *result,
                                     void *data);
typedef void (*sk_apply_done_fn)(struct sk_results *results, void *data);

/* Apply: every change of the plan that is create, update, delete or adopt and not refused, as soon
 * as what it depends on is done; changes that take access away start before those that grant it.
 * One cycle: what depends on a change of a kind that settles (SK_KIND_SETTLES) ends WAITING.
 *
 * References are resolved from captured answers, then from the plan's view. Each call is journaled
 * before it is sent and after its answer; without a journal row nothing is sent. "Not visible yet"
 * errors are retried only in calls that need something made in this run or, by the journal, in the
 * last two minutes. Failures stay with the change and what depends on it; an account whose
 * credentials fail gets no further calls.
 *
 * The plan and its view must outlive the run. `results` is owned by the receiver through *results.
 * SK_E_INTERNAL when the engine is at work already. */
int sk_engine_apply(struct sk_engine *engine, const struct sk_plan *plan,
                    sk_apply_progress_fn progress, sk_apply_done_fn done, void *data,
                    struct sk_err *err) SK_WARN_UNUSED;
/* Starts nothing more; reads in flight are cancelled, calls of an apply end; then `done` runs. A
 * change stopped between two of its calls ends WAITING. Idempotent. */
void sk_engine_stop(struct sk_engine *engine);

#endif
