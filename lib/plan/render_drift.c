/* Drift as JSON and as text, see drift.h. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/diff.h"
#include "plan/drift.h"
#include "plan/plan_int.h"
#include "plan/render_int.h"

static json_t *row_to_json(const struct sk_drift_row *row)
{
    json_t *value =
        json_pack("{s:s, s:s, s:s, s:s}", "address", row->address, "status",
                  sk_drift_status_name(row->status), "severity", sk_severity_name(row->severity),
                  "remedy", sk_drift_remedy_name(row->remedy));
    const struct {
        const char *name, *text;
    } optional[] = {{"kind", row->kind ? row->kind->name : NULL},
                    {"reason", row->reason},
                    {"commit", row->commit},
                    {"at", row->at}};
    for (size_t i = 0; i < sizeof(optional) / sizeof(*optional); i++) {
        if (optional[i].text)
            json_object_set_new(value, optional[i].name, sk_json_text_or_note(optional[i].text));
    }
    json_object_set_new(value, "fields", sk_fields_to_json(&row->fields));
    return value;
}

json_t *sk_drift_to_json(const struct sk_drift *drift)
{
    json_t *summary = json_object();
    for (int status = 0; status < SK_DRIFT_STATUS_COUNT; status++)
        json_object_set_new(summary, sk_drift_status_name((enum sk_drift_status)status),
                            json_integer((json_int_t)drift->counts[status]));
    json_object_set_new(summary, "inSync", json_integer((json_int_t)drift->in_sync));
    json_t *rows = json_array();
    for (size_t i = 0; i < drift->count; i++)
        json_array_append_new(rows, row_to_json(&drift->items[i]));
    return json_pack("{s:o, s:o, s:o}", "summary", summary, "rows", rows, "unknown",
                     sk_view_unknown_to_json(drift->view));
}

static void add_styled(struct sk_buffer *out, const struct sk_render_opts *opts, const char *style,
                       const char *words)
{
    bool styled = opts->color && style[0];
    sk_buffer_addf(out, "%s%s%s", styled ? style : "", words, styled ? "\033[0m" : "");
}

struct text {
    struct sk_buffer *out;
    const struct sk_render_opts *opts;
};

static void field_line(enum sk_render_line sort, const char *words, void *data)
{
    static const char *const signs[] = {
        [SK_LINE_FIELD] = "      ",      [SK_LINE_HEAD] = "      ",
        [SK_LINE_ADDED] = "        + ",  [SK_LINE_REMOVED] = "        - ",
        [SK_LINE_SENTENCE] = "        ",
    };
    const struct text *text = data;
    size_t width = text->opts->verbose ? 0 : text->opts->width;
    sk_auto(sk_freep) char *line = sk_render_cut(sk_xstrdup(words), width > 60 ? width - 30
                                                                    : width    ? 30
                                                                               : 0);
    sk_buffer_addf(text->out, "%s%s\n", signs[sort], line);
}

static void add_clean(struct sk_buffer *out, const char *label, const char *words)
{
    sk_buffer_adds(out, label);
    sk_render_clean(out, words);
}

static void add_row(const struct text *text, const struct sk_drift_row *row)
{
    static const char *const styles[] = {[SK_SEVERITY_INFO] = "",
                                         [SK_SEVERITY_LOW] = "\033[36m",
                                         [SK_SEVERITY_MEDIUM] = "\033[33m",
                                         [SK_SEVERITY_HIGH] = "\033[31m"};
    static const char *const remedies[] = {
        [SK_REMEDY_UNDECIDED] = NULL,
        [SK_REMEDY_NOTHING] = "nothing is done about it",
        [SK_REMEDY_RESTORE] = "it will be restored",
        [SK_REMEDY_DELETE] = "it will be deleted",
        [SK_REMEDY_BLOCKED] = "it cannot be repaired now",
    };
    struct sk_buffer *out = text->out;
    struct sk_buffer head = {0};
    sk_buffer_addf(&head, "  %-10s %-6s ", sk_drift_status_name(row->status),
                   sk_severity_name(row->severity));
    sk_render_clean(&head, row->address);
    add_styled(out, text->opts, styles[row->severity], sk_buffer_text(&head));
    sk_buffer_done(&head);
    sk_buffer_addc(out, '\n');
    if (row->reason) {
        add_clean(out, "      because ", row->reason);
        sk_buffer_addc(out, '\n');
    }
    sk_render_fields(&row->fields, field_line, (void *)text);
    if (row->commit && text->opts->verbose) {
        add_clean(out, "      applied last from ", row->commit);
        add_clean(out, " at ", row->at ? row->at : "?");
        sk_buffer_addc(out, '\n');
    }
    if (remedies[row->remedy])
        sk_buffer_addf(out, "      %s\n", remedies[row->remedy]);
}

/* A row that an unread part explains: a whole account of such rows is one line of "not read". */
static bool is_explained(const struct sk_drift *drift, const struct sk_drift_row *row)
{
    if (row->status != SK_DRIFT_UNKNOWN || !row->kind)
        return false;
    struct sk_document *document = sk_document_new(row->kind, row->address, NULL);
    bool explained =
        sk_view_unknown(drift->view, row->kind, document->account, document->region) != NULL;
    sk_document_free(document);
    return explained;
}

static void add_unread(const struct text *text, const struct sk_drift *drift, size_t explained)
{
    if (drift->view->unknown_count == 0)
        return;
    struct sk_buffer *out = text->out;
    add_styled(out, text->opts, "\033[35m", "Not read, so nothing is known of:");
    sk_buffer_addc(out, '\n');
    for (size_t i = 0; i < drift->view->unknown_count; i++) {
        const struct sk_unknown *part = &drift->view->unknown[i];
        sk_auto(sk_freep) char *nouns = sk_kind_plural(part->kind);
        sk_buffer_addf(out, "  ? %s in ", nouns);
        add_clean(out, "", part->account);
        add_clean(out, "/", part->region);
        add_clean(out, ": ", sk_err_message(&part->err));
        sk_buffer_addc(out, '\n');
    }
    if (explained > 0)
        sk_buffer_addf(out, "  (applied there and not checked: %zu)\n", explained);
    sk_buffer_addc(out, '\n');
}

void sk_render_drift_text(const struct sk_drift *drift, const struct sk_render_opts *opts,
                          struct sk_buffer *out)
{
    static const struct sk_render_opts plain = {0};
    const struct text text = {.out = out, .opts = opts ? opts : &plain};
    if (text.opts->source) {
        add_clean(out, "Desired state: ", text.opts->source);
        sk_buffer_adds(out, "\n\n");
    }
    size_t explained = 0;
    size_t shown = 0;
    for (int severity = SK_SEVERITY_HIGH; severity >= SK_SEVERITY_INFO; severity--) {
        for (size_t i = 0; i < drift->count; i++) {
            const struct sk_drift_row *row = &drift->items[i];
            if ((int)row->severity != severity)
                continue;
            if (is_explained(drift, row)) {
                explained++;
                continue;
            }
            add_row(&text, row);
            shown++;
        }
    }
    if (shown > 0)
        sk_buffer_addc(out, '\n');
    add_unread(&text, drift, explained);
    const size_t *counts = drift->counts;
    sk_auto(sk_freep) char *summary = sk_xasprintf(
        "Drift: %zu changed, %zu missing, %zu unexpected, %zu not ours, %zu unknown; "
        "%zu in sync.",
        counts[SK_DRIFT_CHANGED], counts[SK_DRIFT_MISSING], counts[SK_DRIFT_UNEXPECTED],
        counts[SK_DRIFT_NOT_OURS], counts[SK_DRIFT_UNKNOWN], drift->in_sync);
    add_styled(out, text.opts, "\033[1m", summary);
    sk_buffer_addc(out, '\n');
}
