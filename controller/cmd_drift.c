/* sagekeeper drift: live against the last applied documents; changes nothing. */
#include "base/buffer.h"
#include "base/log.h"
#include "controller/command.h"
#include "controller/runner.h"
#include "plan/drift.h"
#include "reconcilers/registry.h"

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

/* Leaves out what belongs to accounts that this run did not look at. */
static void keep_chosen(json_t *applied, const struct sk_accounts *accounts)
{
    const char *address;
    json_t *entry;
    void *next;
    json_object_foreach_safe(applied, next, address, entry)
    {
        struct sk_document *probe = sk_document_new(NULL, address, NULL);
        if (!sk_accounts_find(accounts, probe->account))
            json_object_del(applied, address);
        sk_document_free(probe);
    }
}

static int report(struct sk_runner *run, struct sk_err *err)
{
    struct sk_cycle *cycle = &run->cycle;
    json_auto_t *applied = NULL;
    int code = sk_store_applied_list(cycle->store, cycle->blueprint->organization, &applied, err);
    if (code < 0)
        return code;
    bool baseline = json_object_size(applied) > 0;
    if (!baseline)
        sk_log(SK_LOG_WARNING, NULL,
               "nothing is recorded as applied in '%s': drift has no baseline until the next apply",
               run->settings->state);
    keep_chosen(applied, sk_session_accounts(cycle->session));
    struct sk_drift *drift = NULL;
    code = sk_drift_make(applied, &cycle->view, sk_registry(), cycle->blueprint->organization,
                         &cycle->desired, &drift, err);
    if (code < 0)
        return code;
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
