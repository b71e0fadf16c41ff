/* sagekeeper plan: desired against live; changes nothing. */
#include "controller/command.h"
#include "controller/runner.h"

int sk_cmd_plan(const struct sk_settings *settings, struct sk_err *err)
{
    struct sk_runner run;
    sk_runner_init(&run, settings, false);
    int code = sk_runner_stages(&run, SK_STAGE_GUARD, err);
    if (code == 0)
        code = sk_runner_print_plan(&run, err);
    if (code == 0)
        code = sk_runner_plan_exit(&run);
    sk_runner_done(&run);
    return code;
}
