/* sagekeeper run --once: one whole cycle of the controller, from the source to the record. */
#include "controller/command.h"
#include "controller/runner.h"

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

int sk_cmd_run(const struct sk_settings *settings, struct sk_err *err)
{
    if (!settings->once)
        return sk_err_set(err, SK_E_USAGE, "only `run --once` is there in this version");
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
