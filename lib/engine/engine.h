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
    const char *run;         /* id of this run, for the journal */
    const char *commit;      /* may be NULL */
    unsigned propagation_ms; /* how long "not visible yet" errors after own creates are retried */
};

struct sk_engine;
int sk_engine_new(const struct sk_engine_opts *opts, struct sk_engine **out,
                  struct sk_err *err) SK_WARN_UNUSED;
/* Nothing may be in flight. NULL is fine. */
void sk_engine_free(struct sk_engine *engine);

/* Observe: every kind in every account, region by region. Accounts whose identity is wrong or whose
 * credentials fail are unknown as a whole. `done` gets the view (owned by the callback's receiver
 * through *view, sk_view_done to release). */
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
 * One cycle: a change whose dependency still settles (SK_KIND_SETTLES) ends WAITING. References are
 * resolved from the plan's view and from captured answers. Each call is journaled before it is sent
 * and after its answer. The plan must outlive the run. `results` is owned by the receiver. */
int sk_engine_apply(struct sk_engine *engine, const struct sk_plan *plan,
                    sk_apply_progress_fn progress, sk_apply_done_fn done, void *data,
                    struct sk_err *err) SK_WARN_UNUSED;
/* Starts nothing more, lets calls in flight end, then `done` runs. Idempotent. */
void sk_engine_stop(struct sk_engine *engine);

#endif
