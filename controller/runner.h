/* What the commands that run a cycle share: options from settings, progress, messages about faults,
 * and what a plan or an apply exits with. */
#ifndef SK_CONTROLLER_RUNNER_H
#define SK_CONTROLLER_RUNNER_H

#include "controller/output.h"
#include "controller/settings.h"
#include "loop/cycle.h"
#include "loop/settle.h"

/* This program, for its child processes: also when the file was replaced meanwhile. */
#define SK_RUNNER_PROGRAM "/proc/self/exe"

/* A cycle with what it borrows. Set up with sk_runner_init, end with sk_runner_done. */
struct sk_runner {
    const struct sk_settings *settings; /* borrowed */
    struct sk_progress progress;
    struct sk_cycle cycle;
    bool show_changes; /* print a line for each change as it ends */
    json_t *told;      /* private: {address: what was printed about it last} */
};

/* The part of a cycle's options that follows from settings: *out borrows from *settings. */
void sk_runner_cycle_opts(const struct sk_settings *settings, struct sk_cycle_opts *out);
/* `write` takes the store's lock. Must not be moved afterwards. */
void sk_runner_init(struct sk_runner *run, const struct sk_settings *settings, bool write);
void sk_runner_done(struct sk_runner *run);
/* Runs the stages up to `last`; on failure the faults of manifests are printed to stderr as well.
 */
int sk_runner_stages(struct sk_runner *run, enum sk_stage last, struct sk_err *err) SK_WARN_UNUSED;

/* Prints the plan to stdout in the chosen format, and to --out as a plan file. */
int sk_runner_print_plan(struct sk_runner *run, struct sk_err *err) SK_WARN_UNUSED;
/* "folder 'x' at 0a1b2c3d4e5f". Owned by the caller. */
char *sk_runner_source_line(const struct sk_runner *run) SK_WARN_UNUSED;

/* What `plan` exits with: 3 refused, 4 partial view, 2 anything to do or blocked, 0. */
int sk_runner_plan_exit(const struct sk_runner *run);
/* Applies until settled (`once`: one cycle), prints what became of it to stdout as text (`quiet`:
 * nothing), fills *settled (ended by the caller). */
int sk_runner_apply(struct sk_runner *run, bool once, struct sk_settled *settled,
                    struct sk_err *err) SK_WARN_UNUSED;
/* What `apply` exits with. */
int sk_runner_apply_exit(const struct sk_settled *settled);
void sk_runner_print_settled(const struct sk_runner *run, const struct sk_settled *settled);

#endif
