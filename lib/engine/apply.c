/* Applying a plan: which changes may start, and what the end of one means for others.
 *
 * A change is ready when everything it depends on is done. Ready changes start at once, as many as
 * SK_APPLY_MAX_RUNNING; one that grants access only when none that takes access away is ready or
 * running. Those not ready yet are not waited for, so the two rules cannot block each other: as
 * long as nothing runs, nothing that takes access away is ready either, or it starts.
 *
 * A change that does not end DONE decides about those that depend on it, and theirs:
 *   FAILED, SKIPPED, refused   SKIPPED, naming the one that failed
 *   WAITING, UNKNOWN           WAITING: the next cycle sees more
 *   NOT_STARTED (stopped)      NOT_STARTED
 * DONE of a kind that settles also ends them WAITING: what follows needs it READY, and a cycle
 * never waits for AWS (DESIGN.md 8). */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/apply_int.h"

/* The client has its own limits (aws/aws.h); this one only bounds what a stop has to wait for. */
#define SK_APPLY_MAX_RUNNING 64
/* How long a create may go unseen: aws-api.md 18, the longest window. */
#define RECENT_S             120

const char *sk_outcome_name(enum sk_outcome outcome)
{
    static const char *const names[] = {"not-started", "done",    "failed",
                                        "skipped",     "waiting", "unknown"};
    return names[outcome];
}

void sk_results_done(struct sk_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        sk_err_done(&results->items[i].err);
        json_decref(results->items[i].captured);
    }
    free(results->items);
    *results = (struct sk_results){0};
}

struct sk_run *sk_apply_find(const struct sk_apply *apply, const char *address)
{
    const struct sk_change *change = sk_plan_find(apply->plan, address);
    return change ? &apply->runs[change - apply->plan->items] : NULL;
}

/* --- queues -------------------------------------------------------------------------------- */

static void make_ready(struct sk_run *run)
{
    struct sk_apply *apply = run->apply;
    struct sk_run_queue *queue = &apply->queues[run->change->access + 1];
    run->state = SK_RUN_READY;
    apply->taking += run->change->access < 0;
    if (queue->last)
        queue->last->next = run;
    else
        queue->first = run;
    queue->last = run;
}

static struct sk_run *pop(struct sk_run_queue *queue)
{
    struct sk_run *run = queue->first;
    if (!run)
        return NULL;
    queue->first = run->next;
    if (!queue->first)
        queue->last = NULL;
    return run;
}

static struct sk_run *next_to_start(struct sk_apply *apply)
{
    if (apply->stopping || apply->running == SK_APPLY_MAX_RUNNING)
        return NULL;
    struct sk_run *run = pop(&apply->queues[0]);
    if (!run)
        run = pop(&apply->queues[1]);
    if (!run && apply->taking == 0)
        run = pop(&apply->queues[2]);
    return run;
}

/* --- ends ---------------------------------------------------------------------------------- */

SK_PRINTF(4, 5)
static void end_follower(struct sk_run *run, enum sk_outcome outcome, enum sk_errc code,
                         const char *format, ...)
{
    struct sk_err err = {0};
    va_list arguments;
    va_start(arguments, format);
    sk_err_setv(&err, code, format, arguments);
    va_end(arguments);
    sk_run_end(run, outcome, &err);
}

/* What this run's end, whatever but NOT_STARTED, means for one that depends on it. */
static void tell_follower(const struct sk_run *run, struct sk_run *follower)
{
    const char *address = run->change->address;
    const struct sk_err *err = &run->result->err;
    switch (run->result->outcome) {
    case SK_OUTCOME_DONE:
        if (run->change->kind->flags & SK_KIND_SETTLES)
            end_follower(follower, SK_OUTCOME_WAITING, SK_E_BUSY,
                         "'%s' was %s just now and still settles", address,
                         run->change->action == SK_ACTION_CREATE   ? "created"
                         : run->change->action == SK_ACTION_DELETE ? "deleted"
                                                                   : "changed");
        else if (--follower->waits_for == 0)
            make_ready(follower);
        break;
    case SK_OUTCOME_FAILED:
        end_follower(follower, SK_OUTCOME_SKIPPED, err->code, "'%s' failed: %s", address,
                     sk_err_message(err));
        break;
    case SK_OUTCOME_SKIPPED:
        end_follower(follower, SK_OUTCOME_SKIPPED, err->code, "%s", err->msg);
        break;
    case SK_OUTCOME_WAITING:
        end_follower(follower, SK_OUTCOME_WAITING, SK_E_BUSY, "it needs '%s', which waits",
                     address);
        break;
    case SK_OUTCOME_UNKNOWN:
        end_follower(follower, SK_OUTCOME_WAITING, SK_E_BUSY,
                     "it needs '%s', whose outcome is not known", address);
        break;
    case SK_OUTCOME_NOT_STARTED:
        break;
    }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the chain of dependencies between kinds
void sk_run_end(struct sk_run *run, enum sk_outcome outcome, struct sk_err *err)
{
    struct sk_apply *apply = run->apply;
    bool was_running = run->state == SK_RUN_RUNNING;
    if (was_running) {
        apply->running--;
        apply->taking -= run->change->access < 0;
    }
    run->state = SK_RUN_ENDED;
    run->result->outcome = outcome;
    run->result->captured = json_incref(run->captured);
    if (err)
        sk_err_move(&run->result->err, err);
    if (apply->progress)
        apply->progress(run->change, run->result, apply->data);
    for (size_t i = 0; i < run->follower_count; i++) {
        struct sk_run *follower = &apply->runs[run->followers[i]];
        if (follower->state == SK_RUN_IDLE)
            tell_follower(run, follower);
    }
}

static void finish(void *data)
{
    struct sk_apply *apply = data;
    struct sk_results results = apply->results;
    for (size_t i = 0; i < results.count; i++) {
        results.counts[results.items[i].outcome]++;
        sk_run_done(&apply->runs[i]);
    }
    sk_apply_done_fn done = apply->done;
    void *done_data = apply->data;
    apply->engine->apply = NULL;
    json_decref(apply->clock);
    json_decref(apply->recent_creates);
    json_decref(apply->failed_accounts);
    free(apply->runs);
    free(apply);
    done(&results, done_data);
}

/* --- starts -------------------------------------------------------------------------------- */

static void start(struct sk_run *run)
{
    struct sk_apply *apply = run->apply;
    run->state = SK_RUN_RUNNING;
    apply->running++;
    run->calls = sk_xcalloc(run->change->calls.count + 1, sizeof(struct sk_aws_call));
    run->inputs = json_array();
    run->needs_propagation = sk_run_depends_on_new(run);
    if (apply->progress)
        apply->progress(run->change, NULL, apply->data);
    sk_run_go_on(run);
}

void sk_apply_pump(struct sk_apply *apply)
{
    struct sk_run *run;
    while ((run = next_to_start(apply)) != NULL)
        start(run);
    if (apply->running > 0 || apply->finishing)
        return;
    apply->finishing = true;
    sk_engine__defer(apply->engine, finish, apply);
}

static bool takes_part(const struct sk_change *change)
{
    return !change->refused && change->action != SK_ACTION_BLOCKED &&
           change->action != SK_ACTION_WAIT;
}

/* Changes that are not carried out end NOT_STARTED, and what depends on them with a reason. */
static void set_aside(struct sk_run *run)
{
    bool waits = run->change->action == SK_ACTION_WAIT && !run->change->refused;
    run->state = SK_RUN_ENDED;
    for (size_t i = 0; i < run->follower_count; i++) {
        struct sk_run *follower = &run->apply->runs[run->followers[i]];
        if (follower->state != SK_RUN_IDLE || !takes_part(follower->change))
            continue;
        const char *address = run->change->address;
        if (waits)
            end_follower(follower, SK_OUTCOME_WAITING, SK_E_BUSY, "it needs '%s', which waits",
                         address);
        else
            end_follower(follower, SK_OUTCOME_SKIPPED, SK_E_REFUSED, "'%s' was %s", address,
                         run->change->refused ? "refused by the guard" : "blocked");
    }
}

static void begin(void *data)
{
    struct sk_apply *apply = data;
    apply->begun = true;
    for (size_t i = 0; i < apply->plan->count; i++) {
        if (!takes_part(&apply->plan->items[i]))
            set_aside(&apply->runs[i]);
    }
    for (size_t i = 0; i < apply->plan->count; i++) {
        struct sk_run *run = &apply->runs[i];
        if (run->state == SK_RUN_IDLE && run->waits_for == 0)
            make_ready(run);
    }
    sk_apply_pump(apply);
}

static void follow(struct sk_run *run, size_t follower)
{
    if (run->follower_count == run->follower_capacity) {
        run->follower_capacity = run->follower_capacity ? run->follower_capacity * 2 : 4;
        run->followers = sk_xrealloc(run->followers, run->follower_capacity, sizeof(size_t));
    }
    run->followers[run->follower_count++] = follower;
}

static const struct sk_engine_account *find_account(const struct sk_engine *engine,
                                                    const char *name)
{
    for (size_t i = 0; i < engine->opts.account_count; i++) {
        if (strcmp(engine->opts.accounts[i].facts->name, name) == 0)
            return &engine->opts.accounts[i];
    }
    return NULL;
}

static void add_runs(struct sk_apply *apply)
{
    for (size_t i = 0; i < apply->plan->count; i++) {
        struct sk_run *run = &apply->runs[i];
        run->apply = apply;
        run->change = &apply->plan->items[i];
        run->result = &apply->results.items[i];
        run->result->change = run->change;
        run->account = find_account(apply->engine, run->change->account);
    }
    for (size_t i = 0; i < apply->plan->count; i++) {
        size_t index;
        json_t *address;
        json_array_foreach(apply->plan->items[i].depends, index, address)
        {
            struct sk_run *needed = sk_apply_find(apply, json_string_value(address));
            if (!needed || needed == &apply->runs[i])
                continue;
            follow(needed, i);
            apply->runs[i].waits_for++;
        }
    }
}

/* A journal that cannot be read is not fatal here: the first begin of a row will say so. */
static json_t *recent_creates(const struct sk_engine_opts *opts)
{
    json_t *recent = NULL;
    struct sk_wall since = {sk_clock_wall(opts->clock).seconds - RECENT_S};
    if (opts->store && sk_store_journal_recent_creates(opts->store, since, &recent, NULL) == 0)
        return recent;
    return json_object();
}

int sk_engine_apply(struct sk_engine *engine, const struct sk_plan *plan,
                    sk_apply_progress_fn progress, sk_apply_done_fn done, void *data,
                    struct sk_err *err)
{
    if (engine->observe || engine->apply)
        return sk_err_set(err, SK_E_INTERNAL, "the engine is at work already");
    struct sk_apply *apply = sk_xcalloc(1, sizeof(*apply));
    *apply = (struct sk_apply){.engine = engine,
                               .plan = plan,
                               .progress = progress,
                               .done = done,
                               .data = data,
                               .recent_creates = recent_creates(&engine->opts),
                               .failed_accounts = json_object()};
    char now[SK_WALL_TEXT_BYTES];
    sk_wall_format(sk_clock_wall(engine->opts.clock), now);
    apply->clock = json_pack("{s:s}", "now", now);
    apply->runs = sk_xcalloc(plan->count + 1, sizeof(struct sk_run));
    apply->results.items = sk_xcalloc(plan->count + 1, sizeof(struct sk_result));
    apply->results.count = plan->count;
    add_runs(apply);
    engine->apply = apply;
    sk_engine__defer(engine, begin, apply);
    return 0;
}

void sk_engine__stop_apply(struct sk_apply *apply)
{
    apply->stopping = true;
    if (apply->begun)
        sk_apply_pump(apply);
}
