/* One cycle of the daemon: which desired state it works with, the stages, what goes into status and
 * log. Nothing here judges; that is verdict.h. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "loop/daemon_int.h"
#include "loop/drifted.h"
#include "loop/fetch.h"
#include "loop/log_lines.h"
#include "loop/settle.h"
#include "loop/upcoming.h"

#define HEARTBEAT_MS   5000 /* while changes are made, the status is written this often */
#define MOST_FAULTS    20   /* of a commit that does not validate, or refusals, in the status */
#define MOST_DRIFT_LOG 100  /* rows of drift in the log at a time */
#define DAY_S          ((int64_t)24 * 3600)
#define CACHE_DAYS     30  /* observations that nobody asked for since are forgotten */
#define JOURNAL_DAYS   180 /* twice as long as CloudTrail's own history */

static void replace(char **text, const char *with)
{
    char *copy = sk_xstrdup(with);
    free(*text);
    *text = copy;
}

static void forget_good(struct sk_daemon *daemon)
{
    if (daemon->good)
        sk_source_snapshot_done(daemon->good);
    free(daemon->good);
    daemon->good = NULL;
}

void sk_daemon__check_identity(struct sk_daemon *daemon)
{
    const struct sk_source_opts *source = &daemon->opts.cycle.source;
    sk_auto(sk_freep) char *raw = sk_xasprintf(
        "%s ref=%s path=%s", source->git_url ? source->git_url : source->folder,
        source->git_ref ? source->git_ref : "", source->git_path ? source->git_path : "");
    sk_auto(sk_freep) char *identity = sk_text_scrub(raw);
    if (sk_text_equal(identity, daemon->identity))
        return;
    replace(&daemon->identity, identity);
    forget_good(daemon);
    replace(&daemon->good_revision, NULL);
    replace(&daemon->applied, NULL);
    replace(&daemon->rejected, NULL);
    replace(&daemon->rewritten, NULL);
    json_t *document = sk_status_document(daemon->status);
    json_object_del(document, "commits");
    json_object_del(document, "source");
    json_object_del(document, "invalid");
    sk_status_set_text(daemon->status, "source.identity", identity);
}

/* The source */

static void note_source(struct sk_daemon *daemon, const struct sk_err *err)
{
    json_t *document = sk_status_document(daemon->status);
    const char *before = sk_json_text(document, "source.error.code");
    if (err->code == SK_OK) {
        if (before)
            sk_log(SK_LOG_INFO, NULL, "the source can be read again");
        sk_json_remove(document, "source.error");
        return;
    }
    if (!before)
        sk_status_set_now(daemon->status, "source.error.since");
    sk_status_set_text(daemon->status, "source.error.code", sk_errc_name(err->code));
    sk_status_set_text(daemon->status, "source.error.message", sk_err_message(err));
    sk_log(SK_LOG_WARNING,
           json_pack("{s:s, s:s, s:s*}", "outcome", sk_errc_name(err->code), "error",
                     sk_err_message(err), "commit", daemon->good_revision),
           "the source cannot be read");
}

static void note_rewriting(struct sk_daemon *daemon, const struct sk_source_snapshot *fresh)
{
    const char *revision = fresh->tree->revision;
    if (fresh->relation != SK_SOURCE_REWRITTEN || sk_text_equal(daemon->rewritten, revision))
        return;
    replace(&daemon->rewritten, revision);
    sk_status_set_text(daemon->status, "commits.rewritten.from", daemon->applied);
    sk_status_set_text(daemon->status, "commits.rewritten.to", revision);
    sk_status_set_now(daemon->status, "commits.rewritten.at");
    sk_log(SK_LOG_WARNING,
           json_pack("{s:s, s:s*}", "commit", revision, "applied_commit", daemon->applied),
           "the branch was rewritten: the commit does not descend from the one applied last");
}

static struct sk_fetch_opts fetch_opts(const struct sk_daemon *daemon)
{
    return (struct sk_fetch_opts){.events = daemon->events,
                                  .source = &daemon->opts.cycle.source,
                                  .program = daemon->opts.cycle.program,
                                  .known = daemon->applied,
                                  .timeout_ms = daemon->opts.cycle.fetch_timeout_ms};
}

/* What was good for an earlier daemon is still in the cache of what was fetched. */
static void recall_good(struct sk_daemon *daemon)
{
    if (daemon->good || !daemon->good_revision)
        return;
    struct sk_fetch_opts opts = fetch_opts(daemon);
    opts.revision = daemon->good_revision;
    struct sk_source_snapshot *good = sk_xcalloc(1, sizeof(*good));
    if (sk_fetch_snapshot(&opts, good, NULL) == 0)
        daemon->good = good;
    else
        free(good);
}

/* The newest desired state; NULL when the source cannot be read. Owned by the caller. */
static struct sk_source_snapshot *fetch(struct sk_daemon *daemon, struct sk_facts *facts)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_fetch_opts opts = fetch_opts(daemon);
    struct sk_source_snapshot *fresh = sk_xcalloc(1, sizeof(*fresh));
    int code = sk_fetch_snapshot(&opts, fresh, &err);
    if (code == SK_E_CANCELED) {
        free(fresh);
        return NULL;
    }
    note_source(daemon, &err);
    if (code < 0) {
        facts->source = err.code;
        free(fresh);
        recall_good(daemon);
        return NULL;
    }
    sk_status_set_text(daemon->status, "commits.seen", fresh->tree->revision);
    note_rewriting(daemon, fresh);
    return fresh;
}

/* The cycle */

static void on_event(const struct sk_cycle_event *event, void *data)
{
    struct sk_daemon *daemon = data;
    const struct sk_cycle *cycle = daemon->cycle;
    if (event->change && event->result)
        sk_log_change(event->change, event->result, cycle->run, cycle->tree->revision);
    if (event->change) {
        if (sk_clock_mono(cycle->opts.clock).ms - daemon->written_ms >= HEARTBEAT_MS)
            sk_daemon__write_status(daemon);
        return;
    }
    sk_events_poll(daemon->events);
    sk_status_set_text(daemon->status, "running.stage", sk_stage_name(event->stage));
    sk_daemon__write_status(daemon);
}

static void on_request(const struct sk_aws_event *event, void *data)
{
    const struct sk_daemon *daemon = data;
    sk_log_request(event, daemon->cycle->run, daemon->cycle->tree->revision);
}

static void begin_cycle(struct sk_daemon *daemon, struct sk_cycle *cycle,
                        const struct sk_source_snapshot *snapshot)
{
    struct sk_cycle_opts opts = daemon->opts.cycle;
    opts.events = daemon->events;
    opts.snapshot = snapshot;
    opts.number = daemon->number;
    opts.write = daemon->opts.enforces;
    opts.holds_lock = daemon->opts.enforces;
    opts.on_event = on_event;
    opts.on_event_data = daemon;
    opts.on_request = on_request;
    opts.on_request_data = daemon;
    sk_cycle_init(cycle, &opts);
    daemon->cycle = cycle;
    sk_status_set_text(daemon->status, "running.run", cycle->run);
}

static void end_cycle(struct sk_daemon *daemon, struct sk_cycle *cycle)
{
    sk_cycle_done(cycle);
    daemon->cycle = NULL;
}

/* The first faults as lines. New. */
static json_t *fault_lines(const struct sk_diagnostics *diagnostics)
{
    json_t *lines = json_array();
    struct sk_buffer text = {0};
    sk_diagnostics_to_text(diagnostics, &text);
    const char *at = sk_buffer_text(&text);
    while (*at && json_array_size(lines) < MOST_FAULTS) {
        size_t length = strcspn(at, "\n");
        sk_auto(sk_freep) char *line = sk_xstrndup(at, length);
        sk_auto(sk_freep) char *clean = sk_text_scrub(line);
        json_t *value = length > 0 ? json_string(clean) : NULL;
        if (value)
            json_array_append_new(lines, value);
        at += length + (at[length] == '\n');
    }
    sk_buffer_done(&text);
    return lines;
}

static void note_invalid(struct sk_daemon *daemon, struct sk_cycle *cycle, const struct sk_err *err)
{
    const char *revision = cycle->tree->revision;
    if (sk_text_equal(daemon->rejected, revision))
        return;
    replace(&daemon->rejected, revision);
    sk_diagnostics_sort(&cycle->diagnostics);
    json_t *faults = fault_lines(&cycle->diagnostics);
    sk_status_set_text(daemon->status, "invalid.commit", revision);
    sk_status_set_text(daemon->status, "invalid.message", sk_err_message(err));
    sk_status_set_now(daemon->status, "invalid.since");
    sk_json_put(sk_status_document(daemon->status), "invalid.faults", json_incref(faults));
    sk_log(SK_LOG_ERROR,
           json_pack("{s:s, s:s, s:s*, s:o}", "commit", revision, "error", sk_err_message(err),
                     "good_commit", daemon->good_revision, "faults", faults),
           "the commit does not validate; the last good one is kept");
}

static void note_good(struct sk_daemon *daemon, struct sk_source_snapshot *fresh)
{
    forget_good(daemon);
    daemon->good = fresh;
    replace(&daemon->good_revision, fresh->tree->revision);
    replace(&daemon->rejected, NULL);
    sk_status_set_text(daemon->status, "commits.good", daemon->good_revision);
    json_object_del(sk_status_document(daemon->status), "invalid");
}

static void drop_fresh(struct sk_daemon *daemon, struct sk_cycle *cycle,
                       struct sk_source_snapshot *fresh)
{
    end_cycle(daemon, cycle);
    sk_source_snapshot_done(fresh);
    free(fresh);
}

/* Compiles the newest desired state, or else the last good one. Returns whether `cycle` stands
 * behind its compile stage; it is to be ended either way. *err_out says what no commit is to blame
 * for. */
static bool choose(struct sk_daemon *daemon, struct sk_cycle *cycle, struct sk_facts *facts,
                   struct sk_err *err_out)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_source_snapshot *fresh = fetch(daemon, facts);
    if (fresh) {
        begin_cycle(daemon, cycle, fresh);
        if (sk_cycle_run(cycle, SK_STAGE_COMPILE, &err) == 0) {
            note_good(daemon, fresh);
            return true;
        }
        if (err.code == SK_E_USAGE) { /* the settings do not fit, and no other commit would help */
            facts->failure = (enum sk_errc)sk_err_move(err_out, &err);
            drop_fresh(daemon, cycle, fresh);
            return false;
        }
        note_invalid(daemon, cycle, &err);
        facts->invalid = true;
        drop_fresh(daemon, cycle, fresh);
        sk_err_done(&err);
        recall_good(daemon);
    }
    if (!daemon->good || sk_events_stopped(daemon->events))
        return false;
    begin_cycle(daemon, cycle, daemon->good);
    int code = sk_cycle_run(cycle, SK_STAGE_COMPILE, &err);
    if (code < 0)
        facts->failure = (enum sk_errc)code;
    if (code == SK_E_USAGE) {
        sk_err_move(err_out, &err);
    } else if (code < 0) {
        sk_log(
            SK_LOG_ERROR,
            json_pack("{s:s, s:s}", "commit", cycle->tree->revision, "error", sk_err_message(&err)),
            "the last good commit does not validate any more");
    }
    return code == 0;
}

static void log_drift(struct sk_daemon *daemon, const struct sk_drift *drift)
{
    json_auto_t *value = sk_drift_to_json(drift);
    char digest[SK_SHA256_HEX_BYTES];
    sk_json_digest(json_object_get(value, "rows"), digest);
    if (sk_text_equal(daemon->drift_told, digest))
        return;
    replace(&daemon->drift_told, digest);
    for (size_t i = 0; i < drift->count && i < MOST_DRIFT_LOG; i++) {
        const struct sk_drift_row *row = &drift->items[i];
        sk_log(SK_LOG_WARNING,
               json_pack("{s:s, s:s*, s:s, s:s, s:s, s:s, s:s*}", "run", daemon->cycle->run,
                         "commit", row->commit, "address", row->address, "outcome",
                         sk_drift_status_name(row->status), "severity",
                         sk_severity_name(row->severity), "remedy",
                         sk_drift_remedy_name(row->remedy), "reason", row->reason),
               "drift");
    }
}

static int note_drift(struct sk_daemon *daemon, const struct sk_cycle *cycle, struct sk_err *err)
{
    struct sk_drift *drift = NULL;
    bool baseline = false;
    int code = sk_cycle_drift(cycle, &drift, &baseline, err);
    if (code < 0)
        return code;
    json_t *summary = json_object();
    for (int i = 0; i < SK_DRIFT_STATUS_COUNT; i++)
        json_object_set_new(summary, sk_drift_status_name((enum sk_drift_status)i),
                            json_integer((json_int_t)drift->counts[i]));
    json_object_set_new(summary, "inSync", json_integer((json_int_t)drift->in_sync));
    json_object_set_new(summary, "baseline", json_boolean(baseline));
    json_object_set_new(sk_status_document(daemon->status), "drift", summary);
    if (baseline)
        log_drift(daemon, drift);
    sk_drift_free(drift);
    return 0;
}

static void count_unread(const struct sk_view *view, struct sk_facts *facts)
{
    for (size_t i = 0; i < view->unknown_count; i++) {
        enum sk_errc code = view->unknown[i].err.code;
        if (code == SK_E_CANCELED)
            continue;
        if (sk_verdict_passes(code))
            facts->missing++;
        else
            facts->unread++;
    }
}

static void count_results(const struct sk_results *results, struct sk_facts *facts)
{
    facts->done = results->counts[SK_OUTCOME_DONE];
    facts->unsure += results->counts[SK_OUTCOME_UNKNOWN];
    facts->waiting += results->counts[SK_OUTCOME_WAITING];
    for (size_t i = 0; i < results->count; i++) {
        const struct sk_result *result = &results->items[i];
        if (result->outcome != SK_OUTCOME_FAILED)
            continue;
        if (sk_verdict_passes(result->err.code))
            facts->unsure++;
        else
            facts->failed++;
    }
}

/* What this and the cycles before, that waited, have sent already is held back. */
static void hold_back(struct sk_daemon *daemon, struct sk_cycle *cycle, struct sk_facts *facts)
{
    if (!sk_text_equal(daemon->attempts_for, cycle->tree->revision))
        sk_attempts_done(&daemon->attempts);
    replace(&daemon->attempts_for, cycle->tree->revision);
    cycle->attempts = daemon->attempts;
    daemon->attempts = (struct sk_attempts){0};
    struct sk_attempts_counts counts = sk_attempts_restrict(&cycle->attempts, cycle->plan);
    sk_plan_spread_refusals(cycle->plan);
    facts->waiting += counts.waiting;
    facts->failed += counts.failed;
    facts->unapplied += counts.unapplied;
    facts->refused -= counts.refused;
}

/* What the guard and the look at isolation refuse, for as long as they do. */
static void note_refusals(struct sk_daemon *daemon, const struct sk_cycle *cycle)
{
    json_t *document = sk_status_document(daemon->status);
    json_auto_t *before = json_incref(json_object_get(document, "refusals"));
    json_t *refusals = sk_findings_to_json(&cycle->findings);
    while (json_array_size(refusals) > MOST_FAULTS)
        json_array_remove(refusals, json_array_size(refusals) - 1);
    json_object_del(document, "refusals");
    if (json_array_size(refusals) > 0)
        json_object_set(document, "refusals", refusals);
    for (size_t i = 0; !json_equal(before, refusals) && i < json_array_size(refusals); i++)
        sk_log(SK_LOG_WARNING,
               json_pack("{s:s, s:s*, s:O}", "run", cycle->run, "commit", cycle->tree->revision,
                         "refusal", json_array_get(refusals, i)),
               "refused");
    json_decref(refusals);
}

/* Once a day what the store need not keep is dropped: a daemon runs for years. */
static int prune(struct sk_daemon *daemon, const struct sk_cycle *cycle, struct sk_err *err)
{
    struct sk_wall now = sk_clock_wall(cycle->opts.clock);
    if (!cycle->store || now.seconds - daemon->pruned.seconds < DAY_S)
        return 0;
    daemon->pruned = now;
    const struct sk_wall cache = {now.seconds - CACHE_DAYS * DAY_S};
    const struct sk_wall journal = {now.seconds - JOURNAL_DAYS * DAY_S};
    int code = sk_store_cache_prune(cycle->store, cache, err);
    return code < 0 ? code : sk_store_journal_prune(cycle->store, journal, err);
}

/* Until the next apply nothing is known of what was applied, which must not go unsaid. */
static void note_recovery(const struct sk_cycle *cycle)
{
    if (!cycle->recovered)
        return;
    sk_log(
        SK_LOG_WARNING, json_pack("{s:s, s:s}", "run", cycle->run, "commit", cycle->tree->revision),
        "the state file was damaged and moved to '%s'; drift has no baseline until the next apply",
        cycle->recovered);
}

static int carry_out(struct sk_daemon *daemon, struct sk_cycle *cycle, struct sk_facts *facts,
                     struct sk_err *err)
{
    int code = sk_cycle_run(cycle, SK_STAGE_CONNECT, err);
    note_recovery(cycle);
    if (code == 0)
        code = sk_cycle_run(cycle, SK_STAGE_OBSERVE, err);
    if (code == 0)
        code = note_drift(daemon, cycle, err);
    if (code == 0)
        code = sk_cycle_run(cycle, SK_STAGE_GUARD, err);
    if (code < 0)
        return code;
    note_refusals(daemon, cycle);
    struct sk_outlook outlook = sk_settle_outlook(cycle);
    facts->changes = cycle->plan->count - outlook.postponed;
    facts->refused = outlook.refused;
    facts->blocked = outlook.blocked;
    facts->pending = outlook.pending;
    facts->waiting = outlook.waiting + outlook.settling;
    count_unread(&cycle->view, facts);
    if (daemon->opts.enforces) {
        hold_back(daemon, cycle, facts);
        code = sk_cycle_run(cycle, SK_STAGE_RECORD, err);
        count_results(&cycle->results, facts);
        daemon->attempts = cycle->attempts;
        cycle->attempts = (struct sk_attempts){0};
        if (code == 0)
            code = prune(daemon, cycle, err);
    }
    return code;
}

/* Everything that the commit declares is there, and nothing else of ours. */
static bool in_place(const struct sk_facts *facts)
{
    return facts->failure == SK_OK && !facts->stopped && facts->changes == 0 &&
           facts->waiting == 0 && facts->unread == 0 && facts->missing == 0;
}

static void note_world(struct sk_daemon *daemon, const struct sk_cycle *cycle,
                       const struct sk_facts *facts)
{
    json_t *document = sk_status_document(daemon->status);
    if (cycle->view.unknown_count == 0 && cycle->plan) {
        json_object_set_new(
            document, "upcoming",
            sk_upcoming_ends(cycle->blueprint, &cycle->desired, sk_clock_wall(cycle->opts.clock)));
        sk_status_set_text(daemon->status, "organization", cycle->blueprint->organization);
    }
    if (daemon->opts.enforces && in_place(facts)) {
        replace(&daemon->applied, cycle->tree->revision);
        sk_status_set_text(daemon->status, "commits.applied", daemon->applied);
    }
}

/* One word of the table of counts in docs/reference/json.md for each fact. New. */
static json_t *counts_of(const struct sk_facts *facts)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "changes",
                     (json_int_t)facts->changes, "applied", (json_int_t)facts->done, "refused",
                     (json_int_t)facts->refused, "blocked", (json_int_t)facts->blocked, "waiting",
                     (json_int_t)facts->waiting, "failed",
                     (json_int_t)facts->failed + (json_int_t)facts->unsure, "unapplied",
                     (json_int_t)facts->unapplied, "unread",
                     (json_int_t)facts->unread + (json_int_t)facts->missing);
}

static void note_end(struct sk_daemon *daemon, const struct sk_cycle *cycle,
                     const struct sk_facts *facts, const struct sk_err *err, int64_t ms,
                     const struct sk_verdict *verdict)
{
    json_t *document = sk_status_document(daemon->status);
    json_t *ended = json_deep_copy(json_object_get(document, "running"));
    json_object_del(document, "running");
    json_object_del(ended, "stage");
    json_object_set_new(ended, "outcome", json_string(verdict->reason));
    json_object_set_new(ended, "ms", json_integer(ms));
    json_object_set_new(ended, "requests", json_integer((json_int_t)cycle->requests));
    json_object_set_new(ended, "retries", json_integer((json_int_t)cycle->retries));
    json_object_set_new(ended, "counts", counts_of(facts));
    if (cycle->tree)
        json_object_set_new(ended, "commit", json_string(cycle->tree->revision));
    json_object_set_new(document, "cycle", ended);
    sk_status_set_now(daemon->status, "cycle.endedAt");
    if (err->code != SK_OK) {
        sk_status_set_text(daemon->status, "cycle.error.code", sk_errc_name(err->code));
        sk_status_set_text(daemon->status, "cycle.error.message", sk_err_message(err));
    }
    bool changed = sk_status_set_state(daemon->status, sk_condition_name(verdict->condition),
                                       verdict->reason, verdict->means);
    json_t *fields = counts_of(facts);
    json_object_update_new(
        fields, json_pack("{s:s*, s:s*, s:I, s:s, s:s, s:I, s:I, s:I, s:s*}", "run", cycle->run,
                          "commit", cycle->tree ? cycle->tree->revision : NULL, "cycle",
                          (json_int_t)daemon->number, "outcome", verdict->reason, "state",
                          sk_condition_name(verdict->condition), "ms", (json_int_t)ms, "requests",
                          (json_int_t)cycle->requests, "retries", (json_int_t)cycle->retries,
                          "error", err->code == SK_OK ? NULL : sk_err_message(err)));
    enum sk_log_level level = err->code != SK_OK && err->code != SK_E_CANCELED ? SK_LOG_ERROR
                              : changed && verdict->condition == SK_CONDITION_STALLED
                                  ? SK_LOG_WARNING
                                  : SK_LOG_INFO;
    sk_log(level, fields, "cycle ended");
}

struct sk_verdict sk_daemon__turn(struct sk_daemon *daemon, bool *progress_out)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_clock *clock = daemon->opts.cycle.clock;
    int64_t began_ms = sk_clock_mono(clock).ms;
    struct sk_facts facts = {.enforces = daemon->opts.enforces};
    struct sk_cycle cycle = {0};
    json_t *document = sk_status_document(daemon->status);
    json_object_set_new(document, "running",
                        json_pack("{s:I, s:s}", "number", (json_int_t)++daemon->number, "stage",
                                  sk_stage_name(SK_STAGE_FETCH)));
    json_object_del(document, "nextRunAt");
    sk_status_set_now(daemon->status, "running.startedAt");
    sk_daemon__write_status(daemon);
    if (choose(daemon, &cycle, &facts, &err)) {
        int code = carry_out(daemon, &cycle, &facts, &err);
        facts.failure = code < 0 ? (enum sk_errc)code : SK_OK;
        facts.stopped = sk_events_stopped(daemon->events);
        note_world(daemon, &cycle, &facts);
    }
    facts.stopped = sk_events_stopped(daemon->events);
    struct sk_verdict verdict = sk_verdict(&facts);
    note_end(daemon, &cycle, &facts, &err, sk_clock_mono(clock).ms - began_ms, &verdict);
    if (verdict.pace != SK_PACE_WAIT)
        sk_attempts_done(&daemon->attempts);
    *progress_out = facts.done > 0;
    end_cycle(daemon, &cycle);
    return verdict;
}
