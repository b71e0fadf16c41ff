/* sagekeeper apply [PLANFILE]: plans, shows, asks, applies, repeats until settled. With a plan file
 * it plans again from the recorded revision and goes on only when that gives the same plan. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "controller/command.h"
#include "controller/runner.h"
#include "loop/plan_file.h"

/* Only the whole word counts, so that a stray key does nothing. */
static bool ask(void)
{
    char line[16] = "";
    printf("\nApply these changes? Only 'yes' is accepted: ");
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, "yes") == 0;
}

static int confirm(const struct sk_settings *settings, struct sk_err *err)
{
    if (settings->yes)
        return 0;
    if (!isatty(STDIN_FILENO))
        return sk_err_set(err, SK_E_USAGE,
                          "nobody can be asked here; pass --yes, or a plan file that was reviewed");
    if (!ask())
        return sk_err_set(err, SK_E_CANCELED, "not confirmed; nothing was changed");
    return 0;
}

static int print_outcome(const struct sk_runner *run, const struct sk_settled *settled,
                         struct sk_err *err)
{
    if (run->settings->output != SK_OUTPUT_JSON) {
        sk_runner_print_settled(run, settled);
        return 0;
    }
    json_auto_t *value = sk_settled_to_json(settled);
    json_object_set_new(value, "run", json_string(run->cycle.run));
    json_object_set_new(value, "revision", json_string(run->cycle.tree->revision));
    return sk_output_json(stdout, value, err);
}

/* Plans, compares with the file if there is one, shows, asks. Returns 1 when there is nothing to do
 * now or later, 0 to go on. */
static int prepare(struct sk_runner *run, const json_t *file, struct sk_err *err)
{
    int code = sk_runner_stages(run, SK_STAGE_GUARD, err);
    if (code == 0 && file)
        code = sk_plan_file_compare(file, run->cycle.plan, err);
    if (code < 0)
        return code;
    if (run->settings->output != SK_OUTPUT_JSON) {
        code = sk_runner_print_plan(run, err);
        if (code < 0)
            return code;
    }
    if (!sk_plan_has_work(run->cycle.plan) && run->cycle.plan->counts[SK_ACTION_WAIT] == 0)
        return 1;
    return file ? 0 : confirm(run->settings, err);
}

static int apply(struct sk_runner *run, const json_t *file, struct sk_err *err)
{
    int code = prepare(run, file, err);
    if (code < 0)
        return code;
    /* Also without work one cycle runs: what is in sync becomes the baseline of drift. */
    struct sk_settled settled;
    bool nothing_to_do = code == 1;
    code = sk_runner_apply(run, nothing_to_do, &settled, err);
    int printed = nothing_to_do && run->settings->output != SK_OUTPUT_JSON
                      ? 0
                      : print_outcome(run, &settled, code == 0 ? err : NULL);
    int exit_code = sk_runner_apply_exit(&settled);
    sk_settled_done(&settled);
    return code < 0 ? code : printed < 0 ? printed : exit_code;
}

int sk_cmd_apply(const struct sk_settings *settings, struct sk_err *err)
{
    json_auto_t *file = NULL;
    if (settings->plan_file) {
        int code = sk_plan_file_load(settings->plan_file, &file, err);
        if (code < 0)
            return code;
    }
    struct sk_runner run;
    sk_runner_init(&run, settings, true);
    if (file)
        run.cycle.opts.revision = sk_json_text(file, "source.revision");
    int code = apply(&run, file, err);
    sk_runner_done(&run);
    /* A plan that is not valid any more was refused for safety's sake. */
    if (code == SK_E_STALE && err) {
        sk_output_error(settings, err);
        sk_err_done(err);
        return SK_EXIT_REFUSED;
    }
    return code;
}
