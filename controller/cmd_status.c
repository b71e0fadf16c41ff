/* sagekeeper status: what the daemon says it is doing, and whether it is alive. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/command.h"
#include "controller/output.h"
#include "controller/program_clock.h"
#include "loop/status.h"
#include "store/store.h"

static void add(struct sk_table *table, const char *what, const char *text)
{
    if (!text)
        return;
    sk_auto(sk_freep) char *clean = sk_output_clean(text, false);
    sk_table_add(table, SK_STYLE_DIM, what);
    sk_table_add(table, SK_STYLE_PLAIN, clean);
}

static void add_member(struct sk_table *table, const char *what, const json_t *status,
                       const char *path)
{
    add(table, what, sk_json_text(status, path));
}

/* "a: text (since time)" of two texts, if there is the first. */
static void add_since(struct sk_table *table, const char *what, const json_t *status,
                      const char *path, const char *since_path)
{
    const char *text = sk_json_text(status, path);
    const char *since = sk_json_text(status, since_path);
    if (!text)
        return;
    sk_auto(sk_freep) char *joined =
        since ? sk_xasprintf("%s (since %s)", text, since) : sk_xstrdup(text);
    add(table, what, joined);
}

/* "changes 2, applied 2": what is not zero. */
static void add_counts(struct sk_table *table, const char *what, const json_t *counts)
{
    sk_auto(sk_freep) char *line = NULL;
    const char *name;
    json_t *count;
    json_object_foreach((json_t *)counts, name, count)
    {
        if (!json_is_integer(count) || json_integer_value(count) == 0)
            continue;
        char *longer = sk_xasprintf("%s%s%s %lld", line ? line : "", line ? ", " : "", name,
                                    (long long)json_integer_value(count));
        free(line);
        line = longer;
    }
    add(table, what, line);
}

static void add_holder(struct sk_table *table, const json_t *status, bool runs)
{
    const json_t *holder = json_object_get(status, "holder");
    const char *host = sk_json_text(holder, "host");
    const char *since = sk_json_text(holder, "since");
    sk_auto(sk_freep) char *line = sk_xasprintf(
        "%lld on %s since %s%s", (long long)json_integer_value(json_object_get(holder, "pid")),
        host ? host : "?", since ? since : "?", runs ? "" : " (gone)");
    add(table, "process", line);
}

static void print(const struct sk_settings *settings, const json_t *status, bool runs)
{
    struct sk_table table = {.columns = 2};
    const char *reason = sk_json_text(status, "reason");
    const char *state = sk_json_text(status, "state");
    sk_auto(sk_freep) char *line =
        sk_xasprintf("%s (%s)", state ? state : "?", reason ? reason : "?");
    add(&table, "state", line);
    add_since(&table, "", status, "message", "since");
    add_member(&table, "mode", status, "mode");
    add_member(&table, "source", status, "source.identity");
    add_since(&table, "source error", status, "source.error.message", "source.error.since");
    add_member(&table, "commit seen", status, "commits.seen");
    add_member(&table, "commit good", status, "commits.good");
    add_member(&table, "commit applied", status, "commits.applied");
    add_since(&table, "invalid commit", status, "invalid.commit", "invalid.since");
    add_since(&table, "rewritten to", status, "commits.rewritten.to", "commits.rewritten.at");
    add_member(&table, "at work on", status, "running.stage");
    add_since(&table, "last cycle", status, "cycle.outcome", "cycle.startedAt");
    add_counts(&table, "changes", sk_json_at(status, "cycle.counts"));
    add_member(&table, "error", status, "cycle.error.message");
    add_counts(&table, "drift", json_object_get(status, "drift"));
    add_member(&table, "next cycle", status, "nextRunAt");
    add_member(&table, "configuration", status, "configuration.error");
    add_holder(&table, status, runs);
    add_member(&table, "written", status, "updatedAt");
    sk_table_print(&table, stdout, 0, sk_output_colored(settings, stdout));
    sk_table_done(&table);
    size_t index;
    json_t *fault;
    json_array_foreach(sk_json_at(status, "invalid.faults"), index, fault)
    {
        if (!json_is_string(fault))
            continue;
        sk_auto(sk_freep) char *clean = sk_output_clean(json_string_value(fault), false);
        printf("  %s\n", clean);
    }
}

static void print_refusals(const json_t *status)
{
    size_t index;
    json_t *refusal;
    json_array_foreach(json_object_get(status, "refusals"), index, refusal)
    {
        const char *rule = sk_json_text(refusal, "rule");
        const char *message = sk_json_text(refusal, "message");
        sk_auto(sk_freep) char *line =
            sk_xasprintf("refused, %s: %s", rule ? rule : "?", message ? message : "?");
        sk_auto(sk_freep) char *clean = sk_output_clean(line, false);
        printf("  %s\n", clean);
    }
}

static int answer_health(const struct sk_settings *settings, const json_t *status, bool runs)
{
    const char *illness =
        sk_status_illness(status, runs, sk_clock_wall(sk_program_clock()), settings->max_age_ms);
    printf("%s%s\n", illness ? "not healthy: " : "healthy", illness ? illness : "");
    return illness ? SK_EXIT_ERROR : SK_EXIT_OK;
}

int sk_cmd_status(const struct sk_settings *settings, struct sk_err *err)
{
    json_auto_t *status = NULL;
    int code = sk_status_read(settings->state, &status, err);
    if (code == SK_E_NOT_FOUND && err) {
        sk_err_done(err);
        return sk_err_set(err, SK_E_NOT_FOUND, "no controller has run on the state folder '%s'",
                          settings->state);
    }
    if (code < 0)
        return code;
    bool runs = sk_store_lock_holder_runs(json_object_get(status, "holder"));
    if (settings->healthy)
        return answer_health(settings, status, runs);
    if (settings->output == SK_OUTPUT_JSON)
        return sk_output_json(stdout, status, err);
    print(settings, status, runs);
    print_refusals(status);
    return SK_EXIT_OK;
}
