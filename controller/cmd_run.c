/* sagekeeper run: the daemon, or with --once one whole cycle from the source to the record. */
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "controller/command.h"
#include "controller/runner.h"
#include "loop/daemon.h"

#define RETRY_MS 5000 /* the first pause after a failed cycle is at most this */

static int enforce(struct sk_runner *run, struct sk_err *err)
{
    struct sk_settled settled;
    int code = sk_runner_apply(run, true, &settled, err);
    if (code == 0 && run->settings->output == SK_OUTPUT_TEXT)
        sk_runner_print_settled(run, &settled);
    int exit_code = sk_runner_apply_exit(&settled);
    sk_settled_done(&settled);
    return code < 0 ? code : exit_code;
}

static int run_once(const struct sk_settings *settings, struct sk_err *err)
{
    bool enforces = settings->mode == SK_MODE_ENFORCE;
    struct sk_runner run;
    sk_runner_init(&run, settings, enforces);
    int code = sk_runner_stages(&run, SK_STAGE_GUARD, err);
    if (code == 0)
        code = sk_runner_print_plan(&run, err);
    if (code == 0)
        code = enforces ? enforce(&run, err) : sk_runner_plan_exit(&run);
    sk_runner_done(&run);
    return code;
}

/* A machine reads the log of a daemon that has no terminal, and wants to know of each cycle. Returns
 * whether the lines are JSON. */
static bool start_log(const struct sk_settings *settings)
{
    bool json = settings->log_format == SK_LOG_JSON;
    if (sk_settings_origin(settings, "log-format") == SK_ORIGIN_DEFAULT)
        json = isatty(STDERR_FILENO) != 1;
    bool chosen = sk_settings_origin(settings, "log-level") != SK_ORIGIN_DEFAULT;
    sk_log_init(stderr, chosen ? settings->log_level : SK_LOG_INFO,
                json ? SK_LOG_JSON : SK_LOG_TEXT);
    return json;
}

static void exit_now(void)
{
    _exit(SK_EXIT_PARTIAL);
}

static int reload(void *data, struct sk_daemon_opts *out, struct sk_err *err);

static void make_opts(struct sk_settings *settings, struct sk_daemon_opts *out)
{
    *out = (struct sk_daemon_opts){
        .enforces = settings->mode == SK_MODE_ENFORCE,
        .schedule = {.interval_ms = settings->interval_ms,
                     .wait_ms = settings->settle_interval_ms,
                     .retry_ms = RETRY_MS,
                     .retry_max_ms = settings->retry_max_ms},
        .stop_timeout_ms = settings->stop_timeout_ms,
        .config = settings->config,
        .exit_now = exit_now,
        .reload = reload,
        .reload_data = settings,
    };
    sk_runner_cycle_opts(settings, &out->cycle);
    out->cycle.command =
        settings->mode == SK_MODE_ENFORCE ? "run --mode enforce" : "run --mode observe";
}

/* The locks that are held belong to the state folder and the mode. */
static int check_unchanged(const struct sk_settings *old, const struct sk_settings *next,
                           struct sk_err *err)
{
    if (!sk_text_equal(old->state, next->state))
        return sk_err_set(err, SK_E_INVALID, "the state folder cannot change while running");
    if (old->mode != next->mode)
        return sk_err_set(err, SK_E_INVALID, "the mode cannot change while running");
    if (next->once)
        return sk_err_set(err, SK_E_INVALID, "--once cannot be added while running");
    return 0;
}

static int reload(void *data, struct sk_daemon_opts *out, struct sk_err *err)
{
    struct sk_settings *settings = data;
    struct sk_settings next = {0};
    int code = sk_settings_load(settings->command, settings->given_count, settings->given,
                                (const char *const *)environ, &next, err);
    if (code == 0)
        code = check_unchanged(settings, &next, err);
    if (code < 0) {
        sk_settings_done(&next);
        return code;
    }
    sk_settings_done(settings);
    *settings = next;
    (void)start_log(settings);
    make_opts(settings, out);
    return 0;
}

/* Whoever reads JSON lines is not to find a line that is none. */
static int fail_in_log(int code, struct sk_err *err)
{
    sk_log(SK_LOG_ERROR,
           json_pack("{s:s, s:s}", "outcome", sk_errc_name((enum sk_errc)code), "error",
                     sk_err_message(err)),
           "the controller cannot begin");
    sk_err_done(err);
    return sk_exit_of_error((enum sk_errc)code);
}

static int run_daemon(const struct sk_settings *settings, struct sk_err *err)
{
    bool json = start_log(settings);
    /* A copy of its own, to be replaced by reloading. */
    struct sk_settings own = {0};
    int code = sk_settings_load(settings->command, settings->given_count, settings->given,
                                (const char *const *)environ, &own, err);
    if (code < 0)
        return code;
    struct sk_daemon_opts opts;
    make_opts(&own, &opts);
    code = sk_daemon_run(&opts, err);
    sk_settings_done(&own);
    return code < 0 && json ? fail_in_log(code, err) : code;
}

int sk_cmd_run(const struct sk_settings *settings, struct sk_err *err)
{
    return settings->once ? run_once(settings, err) : run_daemon(settings, err);
}
