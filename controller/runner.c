/* Shared by the commands that run a cycle, see runner.h. */
#include "controller/runner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access_change/access_change.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/command.h"
#include "controller/program_clock.h"
#include "loop/log_lines.h"
#include "loop/plan_file.h"
#include "loop/upcoming.h"
#include "plan/render.h"

static const char *past_tense(enum sk_action action)
{
    static const char *const words[] = {"created", "updated", "deleted",
                                        "adopted", "blocked", "waiting"};
    return words[action];
}

/* Whether this very thing was printed about the change in an earlier cycle: who waits for half an
 * hour says so once. */
static bool was_told(struct sk_runner *run, const struct sk_change *change,
                     const struct sk_result *result)
{
    sk_auto(sk_freep) char *now =
        sk_xasprintf("%s: %s", sk_outcome_name(result->outcome), sk_err_message(&result->err));
    if (!run->told)
        run->told = json_object();
    if (sk_text_equal(json_string_value(json_object_get(run->told, change->address)), now))
        return result->outcome != SK_OUTCOME_DONE;
    json_object_set_new(run->told, change->address, json_string(now));
    return false;
}

static void print_result(const struct sk_runner *run, const struct sk_change *change,
                         const struct sk_result *result)
{
    bool colored = sk_output_colored(run->settings, stdout);
    bool done = result->outcome == SK_OUTCOME_DONE;
    enum sk_style style = done                                        ? SK_STYLE_GREEN
                          : result->outcome == SK_OUTCOME_WAITING     ? SK_STYLE_DIM
                          : result->outcome == SK_OUTCOME_NOT_STARTED ? SK_STYLE_DIM
                                                                      : SK_STYLE_RED;
    const char *word = !done           ? sk_outcome_name(result->outcome)
                       : change->stays ? "closed, and what ran in it ended"
                                       : past_tense(change->action);
    sk_auto(sk_freep) char *address = sk_output_clean(change->address, false);
    printf("%s%s%s: %s", sk_style_start(style, colored), address, sk_style_end(style, colored),
           word);
    if (result->err.code != SK_OK) {
        sk_auto(sk_freep) char *scrubbed = sk_text_scrub(sk_err_message(&result->err));
        sk_auto(sk_freep) char *message = sk_output_clean(scrubbed, false);
        printf(": %s", message);
    }
    if (result->attempts > result->calls_done && done)
        printf(" (%zu call%s, %u retried)", result->calls_done, result->calls_done == 1 ? "" : "s",
               result->attempts - (unsigned)result->calls_done);
    printf("\n");
    fflush(stdout);
}

static void on_event(const struct sk_cycle_event *event, void *data)
{
    struct sk_runner *run = data;
    if (event->change && event->result && run->show_changes) {
        if (was_told(run, event->change, event->result))
            return;
        sk_progress_clear(&run->progress);
        print_result(run, event->change, event->result);
    } else if (event->change) {
        sk_progress_show(&run->progress, "apply: %s (%zu requests)", event->change->address,
                         event->requests);
    } else {
        sk_progress_show(&run->progress, "%s …", sk_stage_name(event->stage));
    }
}

/* Retries are worth a line: a fault that a retry repaired is no failure, but must be seen. */
static void on_request(const struct sk_aws_event *event, void *data)
{
    struct sk_runner *run = data;
    if (event->will_retry)
        sk_progress_clear(&run->progress);
    sk_log_request(event, run->cycle.run, run->cycle.tree ? run->cycle.tree->revision : NULL);
}

static void on_overdue(void *data)
{
    (void)data;
    sk_log(SK_LOG_ERROR, NULL,
           "stopped at once; calls in flight are in the journal without an end");
    _exit(SK_EXIT_PARTIAL);
}

/* A plan is read by people, who want to know in any case. */
static enum sk_isolation_when isolation_when(const struct sk_settings *settings)
{
    static const enum sk_isolation_when words[] = {[SK_VERIFY_AUTO] = SK_ISOLATION_AUTO,
                                                   [SK_VERIFY_ALWAYS] = SK_ISOLATION_ALWAYS,
                                                   [SK_VERIFY_NEVER] = SK_ISOLATION_NEVER};
    bool plan = sk_text_equal(settings->command->name, "plan");
    return plan && settings->verify == SK_VERIFY_AUTO ? SK_ISOLATION_ALWAYS
                                                      : words[settings->verify];
}

/* Whoever reads a plan, or is asked about one, decides by it. */
static bool wants_access_changes(const struct sk_settings *settings)
{
    bool plan = sk_text_equal(settings->command->name, "plan");
    bool apply = sk_text_equal(settings->command->name, "apply");
    switch (settings->access_changes) {
    case SK_ACCESS_CHANGES_NEVER:
        return false;
    case SK_ACCESS_CHANGES_ALWAYS:
        return plan || apply;
    case SK_ACCESS_CHANGES_AUTO:
        break;
    }
    return plan || (apply && !settings->yes && !settings->plan_file);
}

void sk_runner_cycle_opts(const struct sk_settings *settings, struct sk_cycle_opts *out)
{
    *out = (struct sk_cycle_opts){
        .program = SK_RUNNER_PROGRAM,
        .fetch_timeout_ms = settings->fetch_timeout_ms,
        .state_folder = settings->state,
        .command = settings->command->name,
        .guard = {.delete_limit = (unsigned)settings->delete_limit,
                  .delete_percent = (unsigned)settings->delete_percent,
                  .delete_floor = (unsigned)settings->delete_floor},
        .isolation = isolation_when(settings),
        .access_changes = wants_access_changes(settings),
        .accounts = (const char *const *)settings->accounts.items,
        .account_count = settings->accounts.count,
        .profile = settings->profile,
        .ca_file = settings->ca_file,
        .max_in_flight = (unsigned)settings->max_in_flight,
        .rate_factor = (unsigned)settings->rate_factor,
        .clock = sk_program_clock(),
    };
    sk_settings_source(settings, &out->source);
}

void sk_runner_init(struct sk_runner *run, const struct sk_settings *settings, bool write)
{
    *run = (struct sk_runner){.settings = settings};
    sk_progress_init(&run->progress, settings);
    struct sk_cycle_opts opts;
    sk_runner_cycle_opts(settings, &opts);
    opts.write = write;
    opts.on_overdue = on_overdue;
    opts.on_event = on_event;
    opts.on_event_data = run;
    opts.on_request = on_request;
    opts.on_request_data = run;
    sk_cycle_init(&run->cycle, &opts);
}

void sk_runner_done(struct sk_runner *run)
{
    sk_progress_clear(&run->progress);
    json_decref(run->told);
    sk_cycle_done(&run->cycle);
}

static void print_diagnostics(const struct sk_diagnostics *diagnostics)
{
    struct sk_buffer text = {0};
    sk_diagnostics_to_text(diagnostics, &text);
    fputs(sk_buffer_text(&text), stderr);
    sk_buffer_done(&text);
}

int sk_runner_stages(struct sk_runner *run, enum sk_stage last, struct sk_err *err)
{
    enum sk_stage first = run->cycle.next;
    int code = sk_cycle_run(&run->cycle, last, err);
    sk_progress_clear(&run->progress);
    if (first <= SK_STAGE_COMPILE && run->cycle.diagnostics.count > 0) {
        sk_diagnostics_sort(&run->cycle.diagnostics);
        print_diagnostics(&run->cycle.diagnostics);
    }
    if (run->cycle.recovered && first <= SK_STAGE_CONNECT)
        sk_log(SK_LOG_WARNING, NULL,
               "the state file was damaged and moved to '%s'; drift has no baseline until the next "
               "apply",
               run->cycle.recovered);
    return code;
}

char *sk_runner_source_line(const struct sk_runner *run)
{
    const struct sk_source_tree *tree = run->cycle.tree;
    return tree->is_commit ? sk_xstrdup(tree->origin)
                           : sk_xasprintf("%s, digest %.12s", tree->origin, tree->revision);
}

static int write_plan_file(const struct sk_runner *run, const json_t *file, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = json_dumps(file, JSON_INDENT(2) | JSON_SORT_KEYS);
    return sk_file_write(run->settings->out, text, strlen(text), err);
}

/* The sections in words. New; NULL when nothing was asked. */
static json_t *access_changes_text(const struct sk_runner *run)
{
    json_t *texts = run->cycle.access_changes ? json_array() : NULL;
    size_t index;
    json_t *section;
    json_array_foreach(run->cycle.access_changes, index, section)
    {
        json_array_append_new(texts, sk_access_change_text(section));
    }
    return texts;
}

static void print_rendered(const struct sk_runner *run, const json_t *upcoming,
                           const json_t *diagnostics)
{
    sk_auto(sk_freep) char *source = sk_runner_source_line(run);
    json_auto_t *access_changes = access_changes_text(run);
    const struct sk_render_opts opts = {.color = sk_output_colored(run->settings, stdout),
                                        .verbose = run->settings->verbose,
                                        .upcoming = upcoming,
                                        .diagnostics = diagnostics,
                                        .exceptions = run->cycle.blueprint->exceptions,
                                        .isolation = json_object_get(run->cycle.isolation, "rows"),
                                        .access_changes = access_changes,
                                        .source = source};
    struct sk_buffer text = {0};
    if (run->settings->output == SK_OUTPUT_MARKDOWN)
        sk_render_plan_markdown(run->cycle.plan, &run->cycle.findings, &opts,
                                (size_t)run->settings->markdown_max_bytes, &text);
    else
        sk_render_plan_text(run->cycle.plan, &run->cycle.findings, &opts, &text);
    fputs(sk_buffer_text(&text), stdout);
    sk_buffer_done(&text);
}

int sk_runner_print_plan(struct sk_runner *run, struct sk_err *err)
{
    json_auto_t *upcoming = sk_upcoming_ends(run->cycle.blueprint, &run->cycle.desired,
                                             sk_clock_wall(sk_program_clock()));
    json_auto_t *diagnostics = sk_diagnostics_to_json(&run->cycle.diagnostics);
    const struct sk_plan_file_facts facts = {.upcoming = upcoming,
                                             .diagnostics = diagnostics,
                                             .exceptions = run->cycle.blueprint->exceptions,
                                             .isolation = run->cycle.isolation,
                                             .access_changes = run->cycle.access_changes,
                                             .organization = run->cycle.blueprint->organization,
                                             .origin = run->cycle.tree->origin,
                                             .revision = run->cycle.tree->revision,
                                             .created_at = sk_clock_wall(sk_program_clock())};
    json_auto_t *file = sk_plan_file_make(run->cycle.plan, &run->cycle.findings, &facts);
    if (run->settings->output == SK_OUTPUT_JSON) {
        int code = sk_output_json(stdout, file, err);
        if (code < 0)
            return code;
    } else {
        print_rendered(run, upcoming, diagnostics);
    }
    return run->settings->out ? write_plan_file(run, file, err) : 0;
}

int sk_runner_plan_exit(const struct sk_runner *run)
{
    const struct sk_plan *plan = run->cycle.plan;
    int code = plan->count > 0 ? SK_EXIT_CHANGES : SK_EXIT_OK;
    if (run->cycle.view.unknown_count > 0)
        code = sk_exit_graver(code, SK_EXIT_PARTIAL);
    if (run->cycle.findings.count > 0)
        code = sk_exit_graver(code, SK_EXIT_REFUSED);
    return code;
}

int sk_runner_apply(struct sk_runner *run, bool once, struct sk_settled *settled,
                    struct sk_err *err)
{
    run->show_changes = run->settings->output == SK_OUTPUT_TEXT;
    const struct sk_settle_opts opts = {.timeout_ms = once ? 0 : run->settings->timeout_ms,
                                        .poll_interval_ms = run->settings->settle_interval_ms};
    int code = sk_settle(&run->cycle, &opts, settled, err);
    sk_progress_clear(&run->progress);
    run->show_changes = false;
    return code;
}

int sk_runner_apply_exit(const struct sk_settled *settled)
{
    int code = SK_EXIT_OK;
    if (settled->blocked > 0 || settled->left > 0 || settled->waiting > 0 || settled->pending > 0)
        code = SK_EXIT_CHANGES;
    if (json_array_size(settled->problems) > 0 || settled->partial || settled->stopped ||
        (settled->timed_out && settled->waiting > 0))
        code = sk_exit_graver(code, SK_EXIT_PARTIAL);
    if (settled->refused > 0)
        code = sk_exit_graver(code, SK_EXIT_REFUSED);
    return code;
}

void sk_runner_print_settled(const struct sk_runner *run, const struct sk_settled *settled)
{
    printf("\nApplied: %zu change%s in %zu cycle%s, %zu requests (%zu retried).\n", settled->done,
           settled->done == 1 ? "" : "s", settled->cycles, settled->cycles == 1 ? "" : "s",
           run->cycle.requests, run->cycle.retries);
    size_t index;
    json_t *problem;
    json_array_foreach(settled->problems, index, problem)
    {
        const char *message = sk_json_text(problem, "message");
        sk_auto(sk_freep) char *clean = sk_output_clean(message ? message : "", false);
        printf("  %s: %s%s%s\n", sk_json_text(problem, "address"), sk_json_text(problem, "status"),
               message ? ": " : "", clean);
    }
    if (settled->waiting > 0)
        printf("  %zu still waiting%s\n", settled->waiting,
               settled->timed_out ? " when the time was up" : "");
    if (settled->postponed > 0)
        printf("  %zu deleted when the grace time has passed\n", settled->postponed);
    if (settled->pending > 0)
        printf("  %zu pending: others make what they need\n", settled->pending);
    if (settled->blocked > 0)
        printf("  %zu blocked; `sagekeeper plan` says why\n", settled->blocked);
    if (settled->refused > 0)
        printf("  %zu refused by the guard\n", settled->refused);
    if (settled->left > 0)
        printf("  %zu turned up meanwhile and were not part of the approved plan\n", settled->left);
    if (settled->stopped)
        printf("  stopped by a signal; calls in flight were finished and journaled\n");
}
