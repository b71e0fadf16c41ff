/* Repeating cycles until settled, see settle.h. */
#include "loop/settle.h"

#include "loop/approved.h"

/* What one look at the plan says about going on. */
struct outlook {
    bool work;    /* something can be done now */
    bool waiting; /* something will be possible later */
};

static void count_plan(const struct sk_plan *plan, struct sk_settled *out)
{
    out->waiting = 0;
    out->postponed = 0;
    out->pending = 0;
    out->blocked = 0;
    out->partial = plan->view->unknown_count > 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        bool waits = change->action == SK_ACTION_WAIT && !change->refused;
        bool for_days = change->due.seconds > 0; /* its grace time: no run waits for that */
        out->waiting += waits && !for_days && !change->pending;
        out->postponed += waits && for_days;
        out->pending += waits && change->pending;
        out->blocked += change->action == SK_ACTION_BLOCKED;
    }
}

static size_t refused_by_guard(const struct sk_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++)
        count += plan->items[i].refused;
    return count;
}

/* Desired resources that differ in nothing but are still changing by themselves: until they are
 * ready it is not known that they will be. */
static size_t still_settling(const struct sk_cycle *cycle)
{
    size_t count = 0;
    for (size_t i = 0; i < cycle->desired.count; i++) {
        const char *address = cycle->desired.items[i]->address;
        const struct sk_document *live = sk_documents_find(&cycle->view.live, address);
        count += live && sk_kind_state(live->kind, live->body, NULL) == SK_STATE_BUSY &&
                 !sk_plan_find(cycle->plan, address);
    }
    return count;
}

struct sk_outlook sk_settle_outlook(const struct sk_cycle *cycle)
{
    struct sk_settled counts = {0};
    count_plan(cycle->plan, &counts);
    struct sk_outlook outlook = {.waiting = counts.waiting,
                                 .postponed = counts.postponed,
                                 .pending = counts.pending,
                                 .refused = refused_by_guard(cycle->plan),
                                 .settling = still_settling(cycle)};
    for (size_t i = 0; i < cycle->plan->count; i++) {
        const struct sk_change *change = &cycle->plan->items[i];
        outlook.blocked += change->action == SK_ACTION_BLOCKED && !change->partial;
    }
    return outlook;
}

/* Looks again and holds back what is not approved, failed, or was just sent. */
static int look_again(struct sk_cycle *cycle, const json_t *approved, struct sk_settled *out,
                      struct outlook *outlook, struct sk_err *err)
{
    sk_cycle_again(cycle);
    int code = sk_cycle_run(cycle, SK_STAGE_GUARD, err);
    if (code < 0)
        return code;
    out->refused = refused_by_guard(cycle->plan);
    /* Before the approved: what this run made and what then failed is no news from outside. */
    struct sk_attempts_counts counts = sk_attempts_restrict(&cycle->attempts, cycle->plan);
    out->refused -= counts.refused;
    out->left = sk_approved_restrict(approved, cycle->plan);
    sk_plan_spread_refusals(cycle->plan);
    count_plan(cycle->plan, out);
    out->waiting += counts.waiting + still_settling(cycle);
    outlook->work = sk_plan_has_work(cycle->plan);
    outlook->waiting = out->waiting > 0;
    return 0;
}

static int apply_once(struct sk_cycle *cycle, struct sk_settled *out, struct sk_err *err)
{
    int code = sk_cycle_run(cycle, SK_STAGE_RECORD, err);
    out->cycles++;
    out->done += cycle->results.counts[SK_OUTCOME_DONE];
    return code;
}

static int settle_loop(struct sk_cycle *cycle, const struct sk_settle_opts *opts,
                       const json_t *approved, struct sk_settled *out, struct sk_err *err)
{
    const struct sk_clock *clock = cycle->opts.clock;
    int64_t deadline_ms = sk_clock_mono(clock).ms + opts->timeout_ms;
    struct outlook outlook = {.work = sk_plan_has_work(cycle->plan)};
    out->refused = refused_by_guard(cycle->plan);
    count_plan(cycle->plan, out);
    outlook.waiting = out->waiting > 0;
    for (;;) {
        int code = apply_once(cycle, out, err);
        if (code < 0)
            return code;
        out->stopped = sk_session_stopped(cycle->session);
        if (out->stopped || (!outlook.work && !outlook.waiting))
            return 0;
        if (sk_clock_mono(clock).ms >= deadline_ms) {
            out->timed_out = true;
            out->waiting += cycle->results.counts[SK_OUTCOME_WAITING] +
                            cycle->results.counts[SK_OUTCOME_UNKNOWN];
            return 0;
        }
        bool moved = cycle->results.counts[SK_OUTCOME_DONE] > 0 &&
                     cycle->results.counts[SK_OUTCOME_WAITING] == 0;
        sk_session_sleep(cycle->session, moved ? 0 : (unsigned)opts->poll_interval_ms);
        code = look_again(cycle, approved, out, &outlook, err);
        if (code == SK_E_CANCELED) { /* what was done until then is to be told */
            sk_err_done(err);
            out->stopped = true;
            return 0;
        }
        if (code < 0)
            return code;
    }
}

/* {address: true} of everything in the plan that was shown. New. */
static json_t *addresses_of(const struct sk_plan *plan)
{
    json_t *addresses = json_object();
    for (size_t i = 0; i < plan->count; i++)
        json_object_set_new(addresses, plan->items[i].address, json_true());
    return addresses;
}

/* What is blocked at the end and was not in the plan that was shown: the run itself brought it about,
 * as with a domain that was made twice. */
static void add_blocked_meanwhile(const struct sk_plan *plan, const json_t *shown, json_t *problems)
{
    for (size_t i = 0; plan && i < plan->count; i++) {
        const struct sk_change *change = &plan->items[i];
        if (change->action == SK_ACTION_BLOCKED && !change->partial &&
            !json_object_get(shown, change->address))
            json_array_append_new(
                problems, json_pack("{s:s, s:s, s:s*}", "address", change->address, "status",
                                    "blocked meanwhile", "message", change->reason));
    }
}

int sk_settle(struct sk_cycle *cycle, const struct sk_settle_opts *opts, struct sk_settled *out,
              struct sk_err *err)
{
    *out = (struct sk_settled){0};
    json_auto_t *approved = sk_approved_from_plan(cycle->plan);
    json_auto_t *shown = addresses_of(cycle->plan);
    int code = settle_loop(cycle, opts, approved, out, err);
    out->problems = sk_attempts_left(&cycle->attempts);
    add_blocked_meanwhile(cycle->plan, shown, out->problems);
    return code;
}

void sk_settled_done(struct sk_settled *settled)
{
    json_decref(settled->problems);
    *settled = (struct sk_settled){0};
}

json_t *sk_settled_to_json(const struct sk_settled *settled)
{
    return json_pack(
        "{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:O}", "cycles", (int)settled->cycles,
        "applied", (int)settled->done, "waiting", (int)settled->waiting, "postponed",
        (int)settled->postponed, "pending", (int)settled->pending, "blocked", (int)settled->blocked,
        "refused", (int)settled->refused, "left", (int)settled->left, "timedOut",
        settled->timed_out, "stopped", settled->stopped, "problems", settled->problems);
}
