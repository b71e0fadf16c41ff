/* sagekeeper plan: desired against live; changes nothing. */
#include "controller/command.h"
#include "controller/run_cycle.h"

int sk_cmd_plan(const struct sk_settings *settings, struct sk_err *err)
{
    struct sk_run run;
    sk_run_init(&run, settings, false);
    int code = sk_run_stages(&run, SK_STAGE_GUARD, err);
    if (code == 0)
        code = sk_run_print_plan(&run, err);
    if (code == 0)
        code = sk_run_plan_exit(&run);
    sk_run_done(&run);
    return code;
}
