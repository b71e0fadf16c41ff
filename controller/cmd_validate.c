/* sagekeeper validate: everything that can be said about the desired state without looking at AWS.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "blueprint/blueprint.h"
#include "controller/command.h"
#include "controller/output.h"
#include "controller/program_clock.h"
#include "controller/runner.h"
#include "loop/desired.h"
#include "loop/fetch.h"
#include "manifest/diagnostics.h"
#include "manifest/manifest.h"
#include "source/source.h"

/* What was looked at, and what came of it. */
struct validation {
    struct sk_source_snapshot source;
    struct sk_manifests *manifests;
    struct sk_blueprint *blueprint;
    struct sk_diagnostics diagnostics;
};

static void validation_done(struct validation *validation)
{
    sk_blueprint_free(validation->blueprint);
    sk_manifests_free(validation->manifests);
    sk_diagnostics_done(&validation->diagnostics);
    sk_source_snapshot_done(&validation->source);
}

static int fetch(struct validation *validation, const struct sk_settings *settings,
                 struct sk_err *err)
{
    struct sk_source_opts source;
    sk_settings_source(settings, &source);
    struct sk_events *events = NULL;
    const struct sk_events_opts events_opts = {0};
    int code = sk_events_open(&events_opts, &events, err);
    if (code < 0)
        return code;
    const struct sk_fetch_opts opts = {.events = events,
                                       .source = &source,
                                       .program = SK_RUNNER_PROGRAM,
                                       .timeout_ms = settings->fetch_timeout_ms};
    code = sk_fetch_snapshot(&opts, &validation->source, err);
    sk_events_close(events);
    return code;
}

/* Faults go to the diagnostics; an error is only what kept us from looking. */
static int look(struct validation *validation, const struct sk_settings *settings,
                struct sk_err *err)
{
    int code = fetch(validation, settings, err);
    if (code < 0)
        return code;
    const struct sk_source_tree *tree = validation->source.tree;
    struct sk_diagnostics *diagnostics = &validation->diagnostics;
    struct sk_wall today = sk_clock_wall(sk_program_clock());
    sk_auto(sk_err_done) struct sk_err faulty = {0};
    code = sk_desired_load(tree, &validation->manifests, diagnostics, &faulty);
    if (code < 0 && code != SK_E_INVALID)
        return sk_err_move(err, &faulty);
    sk_err_done(&faulty);
    /* Faults in some documents do not keep those between the others from being found. */
    code = sk_desired_compile(tree, validation->manifests, today, &validation->blueprint,
                              diagnostics, &faulty);
    if (code < 0 && code != SK_E_INVALID)
        return sk_err_move(err, &faulty);
    if (code == 0) {
        json_auto_t *approvals = NULL;
        code = sk_desired_approvals(&validation->source.approvals, validation->blueprint, today,
                                    diagnostics, &approvals, err);
        if (code < 0)
            return code;
    }
    sk_diagnostics_sort(diagnostics);
    return 0;
}

static size_t resource_count(const struct validation *validation)
{
    return validation->blueprint ? validation->blueprint->documents.count : 0;
}

static int print_json(const struct validation *validation, struct sk_err *err)
{
    const struct sk_diagnostics *diagnostics = &validation->diagnostics;
    json_auto_t *value = json_pack(
        "{s:b, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:O*}", "valid", diagnostics->errors == 0,
        "origin", validation->source.tree->origin, "revision", validation->source.tree->revision,
        "files", (json_int_t)validation->source.tree->count, "documents",
        (json_int_t)(validation->manifests ? validation->manifests->count : 0), "resources",
        (json_int_t)resource_count(validation), "errors", (json_int_t)diagnostics->errors,
        "diagnostics", sk_diagnostics_to_json(diagnostics), "exceptions",
        validation->blueprint ? validation->blueprint->exceptions : NULL);
    return sk_output_json(stdout, value, err);
}

/* What is given up on purpose is shown wherever the desired state is judged. */
static void print_exceptions(const struct sk_blueprint *blueprint)
{
    size_t index;
    json_t *exception;
    json_array_foreach(blueprint->exceptions, index, exception)
    {
        const char *until = sk_json_text(exception, "until");
        sk_auto(sk_freep) char *line = sk_xasprintf(
            "%s: exception from %s for %s%s%s: %s", sk_json_text(exception, "origin"),
            sk_json_text(exception, "rule"), sk_json_text(exception, "subject"),
            until ? " until " : "", until ? until : "", sk_json_text(exception, "reason"));
        sk_auto(sk_freep) char *clean = sk_output_clean(line, false);
        printf("%s\n", clean);
    }
}

static void print_text(const struct validation *validation, const struct sk_settings *settings)
{
    const struct sk_diagnostics *diagnostics = &validation->diagnostics;
    sk_auto(sk_buffer_done) struct sk_buffer lines = {0};
    sk_diagnostics_to_text(diagnostics, &lines);
    sk_auto(sk_freep) char *clean = sk_output_clean(sk_buffer_text(&lines), true);
    fputs(clean, stdout);
    bool colored = sk_output_colored(settings, stdout);
    bool valid = diagnostics->errors == 0;
    enum sk_style style = valid ? SK_STYLE_GREEN : SK_STYLE_RED;
    printf("%s%s%s: ", sk_style_start(style, colored), valid ? "valid" : "invalid",
           sk_style_end(style, colored));
    if (!valid)
        printf("%zu error%s, ", diagnostics->errors, diagnostics->errors == 1 ? "" : "s");
    printf("%zu documents", validation->manifests ? validation->manifests->count : 0);
    if (validation->blueprint)
        printf(", %zu resources", resource_count(validation));
    sk_auto(sk_freep) char *origin = sk_output_clean(validation->source.tree->origin, false);
    printf(" in %s\n", origin);
    if (validation->blueprint)
        print_exceptions(validation->blueprint);
}

int sk_cmd_validate(const struct sk_settings *settings, struct sk_err *err)
{
    sk_auto(validation_done) struct validation validation = {0};
    int code = look(&validation, settings, err);
    if (code < 0)
        return code;
    if (settings->output == SK_OUTPUT_JSON)
        code = print_json(&validation, err);
    else
        print_text(&validation, settings);
    if (code < 0)
        return code;
    return validation.diagnostics.errors > 0 ? SK_EXIT_ERROR : SK_EXIT_OK;
}
