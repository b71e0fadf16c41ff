/* sagekeeper drift: live against the last applied documents; changes nothing. */
#include "base/buffer.h"
#include "base/log.h"
#include "controller/command.h"
#include "controller/runner.h"
#include "loop/drifted.h"
#include "plan/drift.h"

static int print_drift(const struct sk_runner *run, const struct sk_drift *drift, bool baseline,
                       struct sk_err *err)
{
    if (run->settings->output == SK_OUTPUT_JSON) {
        json_auto_t *value = sk_drift_to_json(drift);
        json_object_set_new(value, "baseline", json_boolean(baseline));
        return sk_output_json(stdout, value, err);
    }
    const struct sk_render_opts opts = {.color = sk_output_colored(run->settings, stdout),
                                        .verbose = run->settings->verbose};
    struct sk_buffer text = {0};
    sk_render_drift_text(drift, &opts, &text);
    fputs(sk_buffer_text(&text), stdout);
    sk_buffer_done(&text);
    return 0;
}

static int report(struct sk_runner *run, struct sk_err *err)
{
    struct sk_drift *drift = NULL;
    bool baseline = false;
    int code = sk_cycle_drift(&run->cycle, &drift, &baseline, err);
    if (code < 0)
        return code;
    if (!baseline)
        sk_log(SK_LOG_WARNING, NULL,
               "nothing is recorded as applied in '%s': drift has no baseline until the next apply",
               run->settings->state);
    code = print_drift(run, drift, baseline, err);
    int exit_code = sk_drift_exit_code(drift);
    sk_drift_free(drift);
    return code < 0 ? code : exit_code;
}

int sk_cmd_drift(const struct sk_settings *settings, struct sk_err *err)
{
    struct sk_runner run;
    sk_runner_init(&run, settings, false);
    int code = sk_runner_stages(&run, SK_STAGE_OBSERVE, err);
    if (code == 0)
        code = report(&run, err);
    sk_runner_done(&run);
    return code;
}
