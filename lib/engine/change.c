/* One change: its calls in order, each journaled before it is sent and after its answer.
 *
 * An error ends the change, never the run. What it ends as:
 * - NOT_FOUND where absence is the goal: goes on; DONE when ownership was asked;
 * - the outcome of a write is not known: UNKNOWN, only looking again can tell;
 * - EXISTS on a create: UNKNOWN, it may be ours from a try whose answer was lost;
 * - BUSY: WAITING;
 * - DEPENDENCY, something else still uses it: WAITING, the next cycle sees what and plans for it;
 * - NOT_FOUND of what was made moments ago: WAITING, AWS does not see it everywhere yet;
 * - anything else: FAILED.
 * Drains (drain.c) repeat their call and step on when nothing is left to call for. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/apply_int.h"

static const struct sk_call *current_call(const struct sk_run *run)
{
    return &run->change->calls.items[run->position];
}

static void end_failed(struct sk_run *run, struct sk_err *err)
{
    sk_run_end(run, SK_OUTCOME_FAILED, err);
}

static int begin_journal(struct sk_run *run, const char *operation, const json_t *input,
                         struct sk_err *err)
{
    const struct sk_engine_opts *opts = &run->apply->engine->opts;
    const struct sk_call *call = current_call(run);
    const struct sk_journal_entry entry = {.run = opts->run,
                                           .commit = opts->commit,
                                           .address = run->change->address,
                                           .action = sk_action_name(run->change->action),
                                           .account_id = run->account->facts->id,
                                           .region = call->region,
                                           .service = call->service,
                                           .operation = operation,
                                           .input = input};
    return opts->store ? sk_store_journal_begin(opts->store, &entry, &run->journal_id, err) : 0;
}

/* A row that cannot be ended stays without outcome, which readers take for "not known": safe. */
static void end_journal(struct sk_run *run, const char *outcome, const struct sk_aws_call *call,
                        const struct sk_err *err, const json_t *captured)
{
    struct sk_store *store = run->apply->engine->opts.store;
    if (!store)
        return;
    sk_auto(sk_freep) char *message =
        err->code != SK_OK ? sk_text_scrub(sk_err_message(err)) : NULL;
    (void)!sk_store_journal_end(store, run->journal_id, outcome, call->request_id, message,
                                captured, NULL);
}

/* How long "not visible yet" errors of the next call may be retried. Only what was made within the
 * last two minutes can be invisible; for anything older the same error means that it does not
 * exist, and waiting would only hide that. The change's own create counts for its later calls. */
static unsigned propagation_ms(const struct sk_run *run)
{
    bool made_itself = run->change->action == SK_ACTION_CREATE && run->result->calls_done > 0;
    return made_itself || run->needs_propagation ? run->apply->engine->opts.propagation_ms : 0;
}

static bool answer_is_ours(const struct sk_run *run, json_t *answer)
{
    const struct sk_change *change = run->change;
    char *address = change->copy_of ? change->copy_of : change->address;
    const struct sk_document seen = {.address = address, .body = answer};
    return sk_ownership_of(&seen, run->apply->engine->opts.owner) == SK_OWNED;
}

/* Whether the answer has other words than the plan saw about what a delete leaves: the tagging API may
 * show a change late. The name of the tag, or NULL. */
static const char *changed_terms(const struct sk_run *run, const json_t *answer)
{
    static const char *const terms[] = {SK_TAG_GRACE, SK_TAG_RETENTION};
    const struct sk_document *live = run->change->live;
    const json_t *planned = live ? json_object_get(live->body, "Tags") : NULL;
    const json_t *seen = json_object_get(answer, "Tags");
    for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++) {
        if (!sk_text_equal(sk_json_tag(planned, terms[i]), sk_json_tag(seen, terms[i])))
            return terms[i];
    }
    return NULL;
}

static void on_success(struct sk_run *run, const struct sk_aws_call *call)
{
    const struct sk_call *planned = current_call(run);
    run->result->calls_done++;
    json_auto_t *captured = sk_run_capture(run, planned, call->output);
    end_journal(run, "done", call, &call->err, captured);
    if (planned->check == SK_CHECK_OWNED && !answer_is_ours(run, call->output)) {
        struct sk_err err = {0};
        sk_err_set(&err, SK_E_REFUSED,
                   "'%s' is no longer ours: its ownership tags do not fit, so it is left alone",
                   run->change->address);
        end_failed(run, &err);
        return;
    }
    const char *term = planned->check == SK_CHECK_OWNED ? changed_terms(run, call->output) : NULL;
    if (term) {
        struct sk_err err = {0};
        sk_err_set(&err, SK_E_BUSY, "its tag %s is not what it was when it was read", term);
        sk_run_end(run, SK_OUTCOME_WAITING, &err);
        return;
    }
    run->position++;
    sk_run_go_on(run);
}

static void note_failed_account(const struct sk_run *run, const struct sk_err *err)
{
    if (sk_engine__account_failed(err))
        json_object_set_new(run->apply->failed_accounts, run->change->account,
                            json_string(sk_err_message(err)));
}

static void on_failure(struct sk_run *run, struct sk_aws_call *call)
{
    const struct sk_call *planned = current_call(run);
    struct sk_err err = {0};
    sk_err_copy(&err, &call->err);
    bool absent_ok = planned->check == SK_CHECK_OWNED || planned->absent_ok;
    /* Before the unknown: a delete that was repeated and found nothing has reached its goal. */
    if (err.code == SK_E_NOT_FOUND && absent_ok) {
        end_journal(run, "done", call, &err, NULL);
        sk_err_done(&err);
        if (planned->check == SK_CHECK_OWNED)
            run->position = run->change->calls.count; /* gone already: nothing is left to do */
        else
            run->position++;
        sk_run_go_on(run);
        return;
    }
    end_journal(run, call->outcome_unknown ? "unknown" : "failed", call, &err, NULL);
    note_failed_account(run, &err);
    sk_err_wrap(&err, "%s", planned->operation);
    bool exists = err.code == SK_E_EXISTS && run->change->action == SK_ACTION_CREATE;
    bool unseen = err.code == SK_E_NOT_FOUND && call->propagation_ms > 0;
    if (call->outcome_unknown || exists)
        sk_run_end(run, SK_OUTCOME_UNKNOWN, &err);
    else if (err.code == SK_E_BUSY || err.code == SK_E_DEPENDENCY || unseen)
        sk_run_end(run, SK_OUTCOME_WAITING, &err);
    else
        end_failed(run, &err);
}

static void on_call_done(struct sk_aws_call *call)
{
    struct sk_run *run = call->data;
    struct sk_apply *apply = run->apply;
    run->result->attempts += call->attempts;
    const struct sk_call *planned = current_call(run);
    if (planned->drain && sk_run_drain_answered(run, call)) {
        end_journal(run, "done", call, &call->err, NULL);
        sk_run_go_on(run);
    } else if (call->err.code == SK_OK) {
        on_success(run, call);
    } else {
        on_failure(run, call);
    }
    sk_apply_pump(apply);
}

static int send_call(struct sk_run *run, const char *operation, const json_t *input,
                     struct sk_err *err)
{
    const struct sk_call *planned = current_call(run);
    const struct sk_account *facts = run->account->facts;
    struct sk_aws_call *call = &run->calls[run->position];
    *call = (struct sk_aws_call){
        .account = run->account->aws,
        .service = planned->service,
        .operation = operation,
        .region = sk_text_equal(planned->region, "global") ? facts->home_region : planned->region,
        .input = input,
        .all_pages = planned->check == SK_CHECK_OWNED || run->drain.asking,
        .propagation_ms = propagation_ms(run),
        .done = on_call_done,
        .data = run};
    int code = sk_engine__start_call(run->apply->engine, call, err);
    if (code < 0)
        end_journal(run, "not-sent", call, err, NULL);
    return code;
}

/* Whether the change may make a call at all; ends it otherwise. */
static bool may_go_on(struct sk_run *run)
{
    const struct sk_apply *apply = run->apply;
    struct sk_err err = {0};
    const char *failed =
        json_string_value(json_object_get(apply->failed_accounts, run->change->account));
    if (!run->account) {
        sk_err_set(&err, SK_E_INTERNAL, "account '%s' is not known here", run->change->account);
        end_failed(run, &err);
        return false;
    }
    if (failed) {
        sk_err_set(&err, SK_E_CREDENTIALS, "account '%s' cannot be worked with: %s",
                   run->change->account, failed);
        end_failed(run, &err);
        return false;
    }
    if (apply->stopping && run->position == 0) {
        sk_run_end(run, SK_OUTCOME_NOT_STARTED, NULL);
        return false;
    }
    if (apply->stopping) {
        sk_err_set(&err, SK_E_CANCELED, "stopped after %zu of %zu calls", run->position,
                   run->change->calls.count);
        sk_run_end(run, SK_OUTCOME_WAITING, &err);
        return false;
    }
    return true;
}

void sk_run_send(struct sk_run *run, const char *operation, json_t *input)
{
    struct sk_err err = {0};
    json_array_append_new(run->inputs, input);
    if (begin_journal(run, operation, input, &err) < 0 ||
        send_call(run, operation, input, &err) < 0)
        end_failed(run, &err);
}

// NOLINTNEXTLINE(misc-no-recursion): a drain that is through goes on with what follows it
void sk_run_go_on(struct sk_run *run)
{
    struct sk_err err = {0};
    bool through = run->position == run->change->calls.count;
    const json_t *drain = through ? NULL : current_call(run)->drain;
    bool may_begin = run->drain.rounds > 0 || json_is_true(json_object_get(drain, "beside"));
    if (run->undrained > 0 && !(drain && may_begin)) {
        sk_err_set(&err, SK_E_BUSY, "%zu of what it waits for still go%s on", run->undrained,
                   run->undrained == 1 ? "es" : "");
        sk_run_end(run, SK_OUTCOME_WAITING, &err);
        return;
    }
    if (through) {
        sk_run_end(run, SK_OUTCOME_DONE, NULL);
        return;
    }
    if (!may_go_on(run))
        return;
    if (drain) {
        sk_run_drain_go_on(run);
        return;
    }
    bool waits = false;
    json_t *input = sk_run_resolve(run, current_call(run)->input, &waits, &err);
    if (!input) {
        sk_run_end(run, waits ? SK_OUTCOME_WAITING : SK_OUTCOME_FAILED, &err);
        return;
    }
    sk_run_send(run, current_call(run)->operation, input);
}

void sk_run_done(struct sk_run *run)
{
    free(run->followers);
    free(run->calls);
    json_decref(run->inputs);
    json_decref(run->captured);
    json_decref(run->drain.left);
    json_decref(run->drain.called);
}
