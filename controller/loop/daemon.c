/* The daemon's life: locks, signals, pauses, reloading, the last status. See daemon.h. */
#include "loop/daemon.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "loop/daemon_int.h"
#include "loop/rest.h"

#define LONG_PAUSE_MS 1000

void sk_daemon__write_status(struct sk_daemon *daemon)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    int code = sk_status_write(daemon->status, &err);
    daemon->written_ms = sk_clock_mono(daemon->opts.cycle.clock).ms;
    if (code < 0 && !daemon->write_failed)
        sk_log(SK_LOG_ERROR, NULL, "%s", sk_err_message(&err));
    daemon->write_failed = code < 0;
}

static void say_stopped(struct sk_daemon *daemon, const char *message)
{
    json_t *document = sk_status_document(daemon->status);
    json_object_del(document, "running");
    json_object_del(document, "nextRunAt");
    sk_status_set_state(daemon->status, sk_condition_name(SK_CONDITION_STOPPED), "stopped",
                        message);
    sk_daemon__write_status(daemon);
}

static void on_overdue(void *data)
{
    struct sk_daemon *daemon = data;
    static const char message[] =
        "ended at once; calls in flight are in the journal without an end";
    sk_log(SK_LOG_ERROR, json_pack("{s:s*}", "run", daemon->cycle ? daemon->cycle->run : NULL),
           "%s", message);
    say_stopped(daemon, message);
    daemon->opts.exit_now();
}

static double chance(void)
{
    uint32_t bits = 0;
    if (uv_random(NULL, NULL, &bits, sizeof(bits), 0, NULL) != 0)
        bits = UINT32_MAX / 2;
    return (double)bits / ((double)UINT32_MAX + 1.0);
}

/* What an earlier daemon knew of the same source. */
static void remember(struct sk_daemon *daemon)
{
    json_auto_t *before = NULL;
    if (sk_status_read(daemon->opts.cycle.state_folder, &before, NULL) < 0 ||
        !sk_text_equal(sk_json_text(before, "source.identity"), daemon->identity))
        return;
    daemon->good_revision = sk_xstrdup(sk_json_text(before, "commits.good"));
    daemon->applied = sk_xstrdup(sk_json_text(before, "commits.applied"));
    sk_status_set_text(daemon->status, "commits.good", daemon->good_revision);
    sk_status_set_text(daemon->status, "commits.applied", daemon->applied);
}

static void describe_settings(struct sk_daemon *daemon)
{
    json_t *document = sk_status_document(daemon->status);
    json_object_set_new(document, "intervalMs", json_integer(daemon->opts.schedule.interval_ms));
    json_object_set_new(document, "fetchTimeoutMs",
                        json_integer(daemon->opts.cycle.fetch_timeout_ms));
    sk_status_set_text(daemon->status, "mode", daemon->opts.enforces ? "enforce" : "observe");
    sk_status_set_text(daemon->status, "configuration.path", daemon->opts.config);
    sk_status_set_now(daemon->status, "configuration.loadedAt");
    sk_status_set_text(daemon->status, "configuration.error", NULL);
}

static void reload(struct sk_daemon *daemon)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_daemon_opts opts = daemon->opts;
    if (daemon->opts.reload(daemon->opts.reload_data, &opts, &err) < 0) {
        sk_status_set_text(daemon->status, "configuration.error", sk_err_message(&err));
        sk_log(SK_LOG_ERROR, json_pack("{s:s}", "error", sk_err_message(&err)),
               "the configuration is not reloaded; the old one stays");
    } else {
        daemon->opts = opts;
        sk_events_set_stop_timeout(daemon->events, opts.stop_timeout_ms);
        sk_daemon__check_identity(daemon);
        describe_settings(daemon);
        sk_log(SK_LOG_INFO, NULL, "the configuration was reloaded");
    }
    sk_daemon__write_status(daemon);
}

/* Waits for the time of the next cycle, or a signal. A new configuration is tried out at once. */
static void pause_for(struct sk_daemon *daemon, int64_t ms)
{
    sk_events_sleep(daemon->events, ms);
    if (sk_events_take(daemon->events) & SK_WISH_RELOAD)
        reload(daemon);
}

static void plan_next(struct sk_daemon *daemon, int64_t pause_ms)
{
    char next[SK_WALL_TEXT_BYTES];
    struct sk_wall at = sk_clock_wall(daemon->opts.cycle.clock);
    at.seconds += (pause_ms + 999) / 1000;
    sk_wall_format(at, next);
    sk_status_set_text(daemon->status, "nextRunAt", next);
}

static void work(struct sk_daemon *daemon)
{
    while (!sk_events_stopped(daemon->events)) {
        bool progress = false;
        struct sk_verdict verdict = sk_daemon__turn(daemon, &progress);
        int64_t pause_ms = sk_schedule_next(&daemon->opts.schedule, &daemon->schedule, verdict.pace,
                                            progress, chance());
        if (sk_events_stopped(daemon->events))
            return;
        plan_next(daemon, pause_ms);
        if (pause_ms >= LONG_PAUSE_MS)
            sk_rest_memory();
        sk_daemon__write_status(daemon);
        pause_for(daemon, pause_ms);
    }
}

static int begin(struct sk_daemon *daemon, struct sk_err *err)
{
    json_t *document = sk_status_document(daemon->status);
    json_object_set_new(document, "holder",
                        sk_store_lock_holder(daemon->opts.cycle.clock, daemon->opts.cycle.command));
    sk_daemon__check_identity(daemon);
    remember(daemon);
    describe_settings(daemon);
    sk_status_set_state(daemon->status, sk_condition_name(SK_CONDITION_RECONCILING), "starting",
                        "the first cycle has not ended yet");
    return sk_status_write(daemon->status, err);
}

static void daemon_done(struct sk_daemon *daemon)
{
    sk_attempts_done(&daemon->attempts);
    if (daemon->good)
        sk_source_snapshot_done(daemon->good);
    free(daemon->good);
    free(daemon->good_revision);
    free(daemon->applied);
    free(daemon->rejected);
    free(daemon->rewritten);
    free(daemon->identity);
    free(daemon->attempts_for);
    free(daemon->drift_told);
    sk_status_free(daemon->status);
    sk_events_close(daemon->events);
}

static int run_locked(struct sk_daemon *daemon, struct sk_err *err)
{
    const struct sk_events_opts opts = {.daemon = true,
                                        .stop_timeout_ms = daemon->opts.stop_timeout_ms,
                                        .overdue = on_overdue,
                                        .data = daemon};
    int code = sk_events_open(&opts, &daemon->events, err);
    if (code == 0)
        code = begin(daemon, err);
    if (code < 0)
        return code;
    sk_log(SK_LOG_INFO, json_pack("{s:s}", "mode", daemon->opts.enforces ? "enforce" : "observe"),
           "the controller begins");
    work(daemon);
    say_stopped(daemon, "the controller was asked to end and did");
    sk_log(SK_LOG_INFO, NULL, "the controller has ended");
    return 0;
}

int sk_daemon_run(const struct sk_daemon_opts *opts, struct sk_err *err)
{
    const struct sk_cycle_opts *cycle = &opts->cycle;
    struct sk_store_lock *loop = NULL;
    struct sk_store_lock *writer = NULL;
    int code = sk_store_lock_take(cycle->state_folder, SK_STORE_LOCK_LOOP, cycle->command,
                                  cycle->clock, &loop, err);
    if (code == 0 && opts->enforces)
        code = sk_store_lock_take(cycle->state_folder, SK_STORE_LOCK_WRITER, cycle->command,
                                  cycle->clock, &writer, err);
    if (code == 0) {
        struct sk_daemon daemon = {.opts = *opts,
                                   .status = sk_status_new(cycle->state_folder, cycle->clock)};
        code = run_locked(&daemon, err);
        daemon_done(&daemon);
    }
    sk_store_lock_release(writer);
    sk_store_lock_release(loop);
    return code;
}
