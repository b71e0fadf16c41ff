/* Manifests to plan to text for a world of any size, all in memory.
 *
 *   bench_plan RESOURCES [SEED]
 *
 * Prints one JSON object: {"resources", "seed", "bytes": of the manifests, "differing",
 * "steps": [{"step", "cpu_s", "peak_rss_kib": the process's peak behind the step}]}. The counts of
 * what comes out are checked against what went in; a wrong one ends the program with code 1. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "blueprint/blueprint.h"
#include "measure.h"
#include "plan/plan.h"
#include "plan/render.h"
#include "reconcilers/registry.h"
#include "world.h"

struct run {
    size_t resources, differing;
    struct bench_random random;
    struct bench_files files;
    struct sk_diagnostics diagnostics;
    struct sk_manifests *manifests;
    struct sk_blueprint *blueprint;
    struct sk_view view;
    json_t *steps;
    double started;
};

static void begin(struct run *run)
{
    run->started = bench_cpu_s();
}

static void end(struct run *run, const char *step)
{
    double used = bench_cpu_s() - run->started;
    json_array_append_new(run->steps, json_pack("{s:s, s:f, s:I}", "step", step, "cpu_s", used,
                                                "peak_rss_kib", (json_int_t)bench_peak_rss_kib()));
}

static void load(struct run *run)
{
    begin(run);
    if (sk_manifests_load(run->files.items, run->files.count, sk_blueprint_schema(),
                          &run->manifests, &run->diagnostics) < 0)
        bench_die("the manifests do not load", NULL);
    end(run, "load");
    /* Organization and domain share a file. */
    bench_expect("manifests", run->manifests->count, run->files.count + 1);
}

static void compile(struct run *run)
{
    const struct sk_blueprint_opts opts = {
        .kinds = sk_registry(),
        .files = run->files.items,
        .file_count = run->files.count,
        .today = {.seconds = 1800000000},
    };
    begin(run);
    if (sk_blueprint_compile(run->manifests, &opts, &run->blueprint, &run->diagnostics) < 0)
        bench_die(run->diagnostics.count ? run->diagnostics.items[0].message
                                         : "the manifests do not compile",
                  NULL);
    end(run, "compile");
    bench_expect("documents", run->blueprint->documents.count, run->resources);
}

static struct sk_plan *make_plan(struct run *run, const struct sk_view *view, const char *step)
{
    const struct sk_plan_input input = {
        .kinds = sk_registry(),
        .accounts = &run->blueprint->accounts,
        .owner = run->blueprint->organization,
        .desired = &run->blueprint->documents,
        .view = view,
    };
    struct sk_plan *plan = NULL;
    struct sk_err err = {0};
    begin(run);
    if (sk_plan_make(&input, &plan, &err) < 0)
        bench_die("plan", &err);
    end(run, step);
    return plan;
}

/* Renders, and frees the plan. */
static void check_plan(struct run *run, struct sk_plan *plan, enum sk_action action, size_t changes,
                       const char *step)
{
    bench_expect("changes", plan->count, changes);
    bench_expect("changes of the expected action", plan->counts[action], changes);
    bench_expect("resources in sync", plan->in_sync, run->resources - changes);
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->items[i].calls.count == 0)
            bench_die("a change makes no call", NULL);
    }
    if (step) {
        struct sk_buffer text = {0};
        begin(run);
        sk_render_plan_text(plan, NULL, NULL, &text);
        end(run, step);
        if (text.length < changes * 50)
            bench_die("the text is too short for its changes", NULL);
        sk_buffer_done(&text);
    }
    sk_plan_free(plan);
}

static void plan_all(struct run *run)
{
    bench_live_make(&run->blueprint->documents, &run->view);
    check_plan(run, make_plan(run, &run->view, "plan, equal"), SK_ACTION_UPDATE, 0, NULL);
    bench_live_change(&run->view, run->differing, &run->random);
    check_plan(run, make_plan(run, &run->view, "plan, 1 % differ"), SK_ACTION_UPDATE,
               run->differing, "render, 1 % differ");
    sk_view_done(&run->view);
    const struct sk_view nothing = {0};
    check_plan(run, make_plan(run, &nothing, "plan, all to create"), SK_ACTION_CREATE,
               run->resources, "render, all to create");
}

static void print(struct run *run, size_t seed)
{
    size_t bytes = 0;
    for (size_t i = 0; i < run->files.count; i++)
        bytes += run->files.items[i].length;
    json_auto_t *report =
        json_pack("{s:I, s:I, s:I, s:I, s:O}", "resources", (json_int_t)run->resources, "seed",
                  (json_int_t)seed, "bytes", (json_int_t)bytes, "differing",
                  (json_int_t)run->differing, "steps", run->steps);
    json_dumpf(report, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3)
        bench_die("usage: bench_plan RESOURCES [SEED]", NULL);
    size_t seed = argc > 2 ? bench_number(argv[2]) : 1;
    struct run run = {
        .resources = bench_number(argv[1]),
        .random = {.state = seed},
        .steps = json_array(),
    };
    run.differing = run.resources / 100 ? run.resources / 100 : 1;
    bench_files_make(run.resources, &run.files);
    load(&run);
    compile(&run);
    plan_all(&run);
    print(&run, seed);
    sk_blueprint_free(run.blueprint);
    sk_manifests_free(run.manifests);
    sk_diagnostics_done(&run.diagnostics);
    bench_files_done(&run.files);
    json_decref(run.steps);
    return 0;
}
