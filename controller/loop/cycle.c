/* The stages, see cycle.h. */
#include "loop/cycle.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "loop/access_changes.h"
#include "loop/desired.h"
#include "loop/fetch.h"
#include "loop/handover.h"
#include "loop/homes.h"
#include "loop/isolation.h"
#include "loop/records.h"
#include "reconcilers/registry.h"

#define RECENT_CREATE_S 30  /* aws-api.md 18: a create may stay invisible to lists this long */
#define YOUNG_S         600 /* the index of tags has no stated limit; seconds as a rule */

void sk_cycle_init(struct sk_cycle *cycle, const struct sk_cycle_opts *opts)
{
    char now[SK_WALL_TEXT_BYTES];
    sk_wall_format(sk_clock_wall(opts->clock), now);
    *cycle = (struct sk_cycle){
        .opts = *opts,
        .run = opts->number > 0 ? sk_xasprintf("%s-%d-%zu", now, (int)getpid(), opts->number)
                                : sk_xasprintf("%s-%d", now, (int)getpid())};
}

void sk_cycle_again(struct sk_cycle *cycle)
{
    cycle->opts.access_changes = false; /* what is left to do was told with the first plan */
    sk_results_done(&cycle->results);
    json_decref(cycle->isolation);
    cycle->isolation = NULL;
    json_decref(cycle->access_changes);
    cycle->access_changes = NULL;
    sk_findings_done(&cycle->findings);
    sk_plan_free(cycle->plan);
    cycle->plan = NULL;
    sk_view_done(&cycle->view);
    if (cycle->next > SK_STAGE_OBSERVE)
        cycle->next = SK_STAGE_OBSERVE;
}

void sk_cycle_done(struct sk_cycle *cycle)
{
    sk_cycle_again(cycle);
    sk_session_close(cycle->session);
    sk_store_close(cycle->store);
    free(cycle->recovered);
    free(cycle->accounts);
    json_decref(cycle->approvals);
    json_decref((json_t *)cycle->interest.made);
    sk_desired_release(&cycle->desired);
    sk_blueprint_free(cycle->blueprint);
    sk_diagnostics_done(&cycle->diagnostics);
    sk_manifests_free(cycle->manifests);
    sk_source_snapshot_done(&cycle->fetched);
    sk_events_close(cycle->own_events);
    sk_attempts_done(&cycle->attempts);
    free(cycle->run);
    *cycle = (struct sk_cycle){0};
}

static int need_events(struct sk_cycle *cycle, struct sk_err *err)
{
    if (cycle->events)
        return 0;
    cycle->events = cycle->opts.events;
    if (cycle->events)
        return 0;
    const struct sk_events_opts opts = {.overdue = cycle->opts.on_overdue};
    int code = sk_events_open(&opts, &cycle->own_events, err);
    cycle->events = cycle->own_events;
    return code;
}

static int fetch(struct sk_cycle *cycle, struct sk_err *err)
{
    const struct sk_source_snapshot *snapshot = cycle->opts.snapshot;
    if (!snapshot) {
        int code = need_events(cycle, err);
        const struct sk_fetch_opts opts = {.events = cycle->events,
                                           .source = &cycle->opts.source,
                                           .program = cycle->opts.program,
                                           .revision = cycle->opts.revision,
                                           .timeout_ms = cycle->opts.fetch_timeout_ms};
        if (code == 0)
            code = sk_fetch_snapshot(&opts, &cycle->fetched, err);
        if (code < 0)
            return code;
        snapshot = &cycle->fetched;
    }
    cycle->tree = snapshot->tree;
    cycle->approval_files = &snapshot->approvals;
    return 0;
}

static int load(struct sk_cycle *cycle, struct sk_err *err)
{
    return sk_desired_load(cycle->tree, &cycle->manifests, &cycle->diagnostics, err);
}

static int compile(struct sk_cycle *cycle, struct sk_err *err)
{
    int code = sk_desired_compile(cycle->tree, cycle->manifests, sk_clock_wall(cycle->opts.clock),
                                  &cycle->blueprint, &cycle->diagnostics, err);
    if (code == 0)
        code = sk_desired_select(cycle->blueprint, cycle->opts.accounts, cycle->opts.account_count,
                                 &cycle->desired, err);
    if (code == 0)
        code = sk_desired_approvals(cycle->approval_files, cycle->blueprint,
                                    sk_clock_wall(cycle->opts.clock), &cycle->diagnostics,
                                    &cycle->approvals, err);
    return code;
}

static void count_request(const struct sk_aws_event *event, void *data)
{
    struct sk_cycle *cycle = data;
    cycle->requests++;
    cycle->retries += event->attempt > 1;
    if (cycle->opts.on_request)
        cycle->opts.on_request(event, cycle->opts.on_request_data);
}

static int open_store(struct sk_cycle *cycle, struct sk_err *err)
{
    if (!cycle->opts.state_folder)
        return 0;
    const struct sk_store_opts opts = {.folder = cycle->opts.state_folder,
                                       .clock = cycle->opts.clock,
                                       .write_lock = cycle->opts.write && !cycle->opts.holds_lock,
                                       .holds_lock = cycle->opts.holds_lock,
                                       .command = cycle->opts.command};
    return sk_store_open(&opts, &cycle->store, &cycle->recovered, err);
}

static int open_session(struct sk_cycle *cycle, struct sk_err *err)
{
    int code = need_events(cycle, err);
    if (code == 0)
        code = open_store(cycle, err);
    if (code < 0)
        return code;
    sk_desired_accounts(cycle->blueprint, cycle->opts.accounts, cycle->opts.account_count,
                        &cycle->accounts, &cycle->account_count);
    const struct sk_session_opts opts = {.events = cycle->events,
                                         .clock = cycle->opts.clock,
                                         .store = cycle->store,
                                         .kinds =
                                             cycle->opts.kinds ? cycle->opts.kinds : sk_registry(),
                                         .accounts = cycle->accounts,
                                         .account_count = cycle->account_count,
                                         .interest = &cycle->interest,
                                         .owner = cycle->blueprint->organization,
                                         .revision = cycle->tree->revision,
                                         .run = cycle->run,
                                         .profile = cycle->opts.profile,
                                         .ca_file = cycle->opts.ca_file,
                                         .max_in_flight = cycle->opts.max_in_flight,
                                         .rate_factor = cycle->opts.rate_factor,
                                         .on_event = count_request,
                                         .on_event_data = cycle};
    return sk_session_open(&opts, &cycle->session, err);
}

/* The record stays in the store while it does not count: whoever takes the directory back finds in
 * it what is theirs. */
static int observe(struct sk_cycle *cycle, struct sk_err *err)
{
    bool ceded = sk_documents_any(&cycle->desired, SK_DOCUMENT_CEDED);
    json_t *made = NULL;
    int code = cycle->store && !ceded
                   ? sk_records_read(cycle->store, cycle->blueprint->organization, sk_registry(),
                                     sk_clock_wall(cycle->opts.clock), &made, err)
                   : 0;
    if (code < 0)
        return code;
    json_decref((json_t *)cycle->interest.made);
    cycle->interest =
        (struct sk_interest){.desired = &cycle->desired, .made = made, .ceded = ceded};
    return sk_session_observe(cycle->session, &cycle->view, err);
}

/* Creates of the last so many seconds that were or may have been carried out. New. */
static int journaled_creates(const struct sk_cycle *cycle, int64_t seconds, json_t **out,
                             struct sk_err *err)
{
    struct sk_wall since = sk_clock_wall(cycle->opts.clock);
    since.seconds -= seconds;
    *out = NULL;
    return cycle->store ? sk_store_journal_recent_creates(cycle->store, since, out, err) : 0;
}

/* Creates that must not be sent again yet, as plans take them: those that AWS answered, and those
 * without an answer of which a second one would be possible. */
static int recent_creates(const struct sk_cycle *cycle, json_t **out, struct sk_err *err)
{
    json_auto_t *journal = NULL;
    int code = journaled_creates(cycle, RECENT_CREATE_S, &journal, err);
    if (code < 0)
        return code;
    *out = json_object();
    const char *address;
    json_t *entry;
    json_object_foreach(journal, address, entry)
    {
        const struct sk_document *desired = sk_documents_find(&cycle->desired, address);
        bool unique = desired && !(desired->kind->flags & SK_KIND_NO_NATURAL_KEY);
        if (json_is_true(json_object_get(entry, "answered")) || !unique)
            json_object_set(*out, address, json_object_get(entry, "sentence"));
    }
    return 0;
}

/* When our creates were under way of what is there more than once, as plans take them. */
static int own_creates(const struct sk_cycle *cycle, json_t **out, struct sk_err *err)
{
    json_auto_t *creates = json_object();
    for (size_t i = 0; cycle->store && i < cycle->view.live.count; i++) {
        const struct sk_document *live = cycle->view.live.items[i];
        const char *address = sk_json_tag(json_object_get(live->body, "Tags"), SK_TAG_ADDRESS);
        if (!(live->kind->flags & SK_KIND_NO_NATURAL_KEY) || !address ||
            strcasecmp(address, live->address) == 0)
            continue;
        json_t *times = NULL;
        int code = sk_store_journal_creates_of(cycle->store, address, &times, err);
        if (code < 0)
            return code;
        json_object_set_new(creates, address, times);
    }
    *out = json_incref(creates);
    return 0;
}

static int make_plan(struct sk_cycle *cycle, struct sk_err *err)
{
    json_auto_t *recent = NULL;
    json_auto_t *young = NULL;
    json_auto_t *own = NULL;
    json_auto_t *notes = NULL;
    int code = recent_creates(cycle, &recent, err);
    if (code == 0)
        code = journaled_creates(cycle, YOUNG_S, &young, err);
    if (code == 0)
        code = own_creates(cycle, &own, err);
    if (code == 0 && cycle->store)
        code = sk_homes_notes(cycle->store, cycle->blueprint->organization, &notes, err);
    if (code < 0)
        return code;
    const struct sk_plan_input input = {.kinds = sk_registry(),
                                        .accounts = sk_session_accounts(cycle->session),
                                        .owner = cycle->blueprint->organization,
                                        .desired = &cycle->desired,
                                        .view = &cycle->view,
                                        .now = sk_clock_wall(cycle->opts.clock),
                                        .notes = notes,
                                        .recent_creates = recent,
                                        .young = young,
                                        .own_creates = own};
    code = sk_plan_make(&input, &cycle->plan, err);
    return code < 0
               ? code
               : sk_handover_settle(cycle->store, cycle->blueprint->organization, cycle->plan, err);
}

static int guard(struct sk_cycle *cycle, struct sk_err *err)
{
    struct sk_guard_opts opts = cycle->opts.guard;
    opts.approvals = cycle->approvals;
    sk_guard_check(cycle->plan, cycle->blueprint->organization, &opts, &cycle->findings);
    const struct sk_isolation_opts isolation = {
        .blueprint = cycle->blueprint, .desired = &cycle->desired, .when = cycle->opts.isolation};
    int code =
        sk_isolation_check(&isolation, cycle->plan, &cycle->findings, &cycle->isolation, err);
    if (code < 0 || !cycle->opts.access_changes)
        return code;
    const struct sk_access_changes_input input = {
        .blueprint = cycle->blueprint, .desired = &cycle->desired, .plan = cycle->plan};
    cycle->access_changes = sk_loop_access_changes(&input, err);
    return cycle->access_changes ? 0 : (int)err->code;
}

static void on_change(const struct sk_change *change, const struct sk_result *result, void *data)
{
    const struct sk_cycle *cycle = data;
    const struct sk_cycle_event event = {
        .stage = SK_STAGE_APPLY, .change = change, .result = result, .requests = cycle->requests};
    if (cycle->opts.on_event)
        cycle->opts.on_event(&event, cycle->opts.on_event_data);
}

static int apply(struct sk_cycle *cycle, struct sk_err *err)
{
    if (!cycle->opts.write)
        return sk_err_set(err, SK_E_INTERNAL, "this run must not write");
    int code = cycle->store
                   ? sk_homes_keep(cycle->store, cycle->blueprint->organization, cycle->plan, err)
                   : 0;
    if (code < 0)
        return code;
    code = sk_session_apply(cycle->session, cycle->plan, on_change, cycle, &cycle->results, err);
    if (code == 0)
        sk_attempts_record(&cycle->attempts, &cycle->results);
    return code;
}

/* What became of an address; NULL when the plan did nothing about it. Results stand in the plan's
 * order. */
static const struct sk_result *result_of(const struct sk_cycle *cycle, const char *address)
{
    const struct sk_change *change = sk_plan_find(cycle->plan, address);
    return change ? &cycle->results.items[change - cycle->plan->items] : NULL;
}

/* Whether it is as desired now, and ours by what was seen or done. */
static bool is_to_be_recorded(const struct sk_cycle *cycle, const struct sk_document *desired,
                              const struct sk_result *result)
{
    if (desired->flags & SK_DOCUMENT_EXISTING)
        return false;
    if (result)
        return result->outcome == SK_OUTCOME_DONE;
    const struct sk_document *live = sk_documents_find(&cycle->view.live, desired->address);
    return !live ||
           sk_view_ownership(&cycle->view, live, cycle->blueprint->organization) == SK_OWNED;
}

static int record_document(struct sk_cycle *cycle, const json_t *known,
                           const struct sk_document *desired, const struct sk_result *result,
                           struct sk_err *err)
{
    const struct sk_document *live = sk_documents_find(&cycle->view.live, desired->address);
    json_auto_t *document = sk_records_document(desired, live, result);
    if (json_equal(json_object_get(json_object_get(known, desired->address), "document"), document))
        return 0;
    return sk_store_applied_put(cycle->store, cycle->blueprint->organization, desired->address,
                                document, cycle->tree->revision, err);
}

/* Not declared any more and still there: as it is left, with nothing more to be done about it yet, is
 * how it is meant to be. */
static bool is_retired(const struct sk_change *change)
{
    return !change->desired && change->live && change->kind->retire && !change->partial &&
           (change->action == SK_ACTION_WAIT || change->action == SK_ACTION_BLOCKED) &&
           sk_kind_state(change->kind, change->live->body, NULL) != SK_STATE_BUSY;
}

static int record_all(struct sk_cycle *cycle, const json_t *known, struct sk_err *err)
{
    for (size_t i = 0; i < cycle->desired.count; i++) {
        const struct sk_document *desired = cycle->desired.items[i];
        const struct sk_result *result = result_of(cycle, desired->address);
        int code = is_to_be_recorded(cycle, desired, result)
                       ? record_document(cycle, known, desired, result, err)
                       : 0;
        if (code < 0)
            return code;
    }
    for (size_t i = 0; i < cycle->plan->count; i++) {
        const struct sk_change *change = &cycle->plan->items[i];
        int code = is_retired(change) ? record_document(cycle, known, change->live, NULL, err) : 0;
        if (code < 0)
            return code;
    }
    for (size_t i = 0; i < cycle->results.count; i++) {
        const struct sk_result *result = &cycle->results.items[i];
        if (result->change->desired || result->change->stays || result->outcome != SK_OUTCOME_DONE)
            continue;
        int code = sk_store_applied_remove(cycle->store, cycle->blueprint->organization,
                                           result->change->address, err);
        if (code < 0)
            return code;
    }
    return 0;
}

/* What is in sync, and what was just written, is what drift is measured against. */
static int record(struct sk_cycle *cycle, struct sk_err *err)
{
    if (!cycle->store)
        return 0;
    json_auto_t *known = NULL;
    int code = sk_store_applied_list(cycle->store, cycle->blueprint->organization, &known, err);
    if (code == 0)
        code = sk_store_batch_begin(cycle->store, err);
    if (code < 0)
        return code;
    code = record_all(cycle, known, err);
    struct sk_err end = {0};
    int end_code = sk_store_batch_end(cycle->store, &end);
    if (code == 0 && end_code < 0)
        return sk_err_move(err, &end);
    sk_err_done(&end);
    return code;
}

static const struct {
    const char *name;
    int (*run)(struct sk_cycle *cycle, struct sk_err *err);
} stages[] = {
    [SK_STAGE_FETCH] = {"fetch", fetch},       [SK_STAGE_LOAD] = {"load", load},
    [SK_STAGE_COMPILE] = {"compile", compile}, [SK_STAGE_CONNECT] = {"connect", open_session},
    [SK_STAGE_OBSERVE] = {"observe", observe}, [SK_STAGE_PLAN] = {"plan", make_plan},
    [SK_STAGE_GUARD] = {"guard", guard},       [SK_STAGE_APPLY] = {"apply", apply},
    [SK_STAGE_RECORD] = {"record", record},
};

const char *sk_stage_name(enum sk_stage stage)
{
    return stages[stage].name;
}

int sk_cycle_run(struct sk_cycle *cycle, enum sk_stage last, struct sk_err *err)
{
    while (cycle->next <= last) {
        const struct sk_cycle_event event = {.stage = cycle->next, .requests = cycle->requests};
        if (cycle->opts.on_event)
            cycle->opts.on_event(&event, cycle->opts.on_event_data);
        int code = stages[cycle->next].run(cycle, err);
        if (code < 0)
            return code;
        cycle->next++;
    }
    return 0;
}
