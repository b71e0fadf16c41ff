/* sagekeeper get [KIND] [NAME]: what it sees live, and whether it is ours. Changes nothing. */
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/command.h"
#include "controller/runner.h"
#include "reconcilers/registry.h"

static const char *ownership_word(const struct sk_runner *run, const struct sk_document *live)
{
    switch (sk_view_ownership(&run->cycle.view, live, run->cycle.blueprint->organization)) {
    case SK_OWNED:
        return "ours";
    case SK_OTHER_OWNER:
        return "another's";
    case SK_UNATTRIBUTED:
        return "unattributed";
    case SK_NOT_OURS:
        break;
    }
    return "not ours";
}

/* A name asked for is the whole name behind the region, its last part, or the address. */
static bool is_asked_for(const struct sk_settings *settings, const struct sk_document *live)
{
    const char *kind = settings->arguments[0];
    const char *name = settings->arguments[1];
    if (kind && strcmp(kind, live->kind->name) != 0)
        return false;
    if (!name)
        return true;
    const char *own = sk_document_name(live);
    const char *last = strrchr(own, '/');
    return strcmp(name, own) == 0 || strcmp(name, live->address) == 0 ||
           (last && strcmp(name, last + 1) == 0);
}

static int check_kind(const char *kind, struct sk_err *err)
{
    const struct sk_kinds *kinds = sk_registry();
    if (!kind || sk_kinds_find(kinds, kind))
        return 0;
    const char *names[64];
    size_t count = 0;
    for (; count < kinds->count && count < 64; count++)
        names[count] = kinds->items[count]->name;
    const char *nearest = sk_text_nearest(kind, names, count);
    if (nearest)
        return sk_err_set(err, SK_E_USAGE, "unknown kind '%s'; did you mean '%s'?", kind, nearest);
    struct sk_buffer all = {0};
    for (size_t i = 0; i < count; i++)
        sk_buffer_addf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    int code = sk_err_set(err, SK_E_USAGE, "unknown kind '%s'; expected one of %s", kind,
                          sk_buffer_text(&all));
    sk_buffer_done(&all);
    return code;
}

static int print_json(const struct sk_runner *run, struct sk_err *err)
{
    json_auto_t *items = json_array();
    for (size_t i = 0; i < run->cycle.view.live.count; i++) {
        const struct sk_document *live = run->cycle.view.live.items[i];
        if (!is_asked_for(run->settings, live))
            continue;
        json_t *item = sk_document_to_json(live);
        json_object_set_new(item, "ownership", json_string(ownership_word(run, live)));
        json_array_append_new(items, item);
    }
    return sk_output_json(stdout, items, err);
}

static void print_table(const struct sk_runner *run)
{
    struct sk_table table = {.columns = 3};
    sk_table_add(&table, SK_STYLE_BOLD, "ADDRESS");
    sk_table_add(&table, SK_STYLE_BOLD, "STATUS");
    sk_table_add(&table, SK_STYLE_BOLD, "OWNERSHIP");
    for (size_t i = 0; i < run->cycle.view.live.count; i++) {
        const struct sk_document *live = run->cycle.view.live.items[i];
        if (!is_asked_for(run->settings, live))
            continue;
        const char *status = sk_json_text(live->body, "Status");
        sk_table_add(&table, SK_STYLE_PLAIN, live->address);
        sk_table_add(&table, SK_STYLE_PLAIN, status ? status : "-");
        sk_table_add(&table, SK_STYLE_PLAIN, ownership_word(run, live));
    }
    sk_table_print(&table, stdout, 0, sk_output_colored(run->settings, stdout));
    sk_table_done(&table);
}

static int print_live(const struct sk_runner *run, struct sk_err *err)
{
    const struct sk_view *view = &run->cycle.view;
    for (size_t i = 0; i < view->unknown_count; i++) {
        sk_auto(sk_freep) char *message = sk_text_scrub(sk_err_message(&view->unknown[i].err));
        fprintf(stderr, "unknown: %s in %s/%s: %s\n", view->unknown[i].kind->name,
                view->unknown[i].account, view->unknown[i].region, message);
    }
    if (run->settings->output == SK_OUTPUT_JSON) {
        int code = print_json(run, err);
        if (code < 0)
            return code;
    } else {
        print_table(run);
    }
    return view->unknown_count > 0 ? SK_EXIT_PARTIAL : SK_EXIT_OK;
}

int sk_cmd_get(const struct sk_settings *settings, struct sk_err *err)
{
    int code = check_kind(settings->arguments[0], err);
    if (code < 0)
        return code;
    struct sk_runner run;
    sk_runner_init(&run, settings, false);
    code = sk_runner_stages(&run, SK_STAGE_OBSERVE, err);
    if (code == 0)
        code = print_live(&run, err);
    sk_runner_done(&run);
    return code;
}
