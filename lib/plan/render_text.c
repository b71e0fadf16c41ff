/* Plans as text for a terminal, see render.h. Changes stand in the order in which they are applied.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/mask.h"
#include "plan/render.h"
#include "plan/render_int.h"

struct text {
    struct sk_buffer *out;
    const struct sk_render_opts *opts;
};

#define STYLE_RESET "\033[0m"

static void add_styled(const struct text *text, const char *style, const char *words)
{
    bool styled = text->opts->color && style[0];
    sk_buffer_addf(text->out, "%s%s%s", styled ? style : "", words, styled ? STYLE_RESET : "");
}

/* A line of its own with `indent` spaces; `sign` (may be "") stands before it. */
static void add_line(const struct text *text, size_t indent, const char *sign, const char *style,
                     const char *words)
{
    size_t used = indent + strlen(sign);
    size_t width = text->opts->verbose ? 0 : text->opts->width;
    size_t room = width == 0 ? 0 : width > used + 40 ? width - used - 20 : 20;
    sk_auto(sk_freep) char *line = sk_render_cut(sk_xasprintf("%s%s", sign, words), room);
    sk_buffer_addf(text->out, "%*s", (int)indent, "");
    add_styled(text, style, line);
    sk_buffer_addc(text->out, '\n');
}

/* Prose with untrusted names in it: cleaned, never cut. */
static void add_prose(const struct text *text, size_t indent, const char *label, const char *words)
{
    struct sk_buffer line = {0};
    sk_render_clean(&line, words);
    sk_buffer_addf(text->out, "%*s%s%s\n", (int)indent, "", label, sk_buffer_text(&line));
    sk_buffer_done(&line);
}

static void change_line(enum sk_render_line sort, const char *words, void *data)
{
    static const struct {
        size_t indent;
        const char *sign, *style;
    } lines[] = {
        [SK_LINE_FIELD] = {6, "", ""},           [SK_LINE_HEAD] = {6, "", ""},
        [SK_LINE_ADDED] = {8, "+ ", "\033[32m"}, [SK_LINE_REMOVED] = {8, "- ", "\033[31m"},
        [SK_LINE_SENTENCE] = {8, "", ""},
    };
    add_line(data, lines[sort].indent, lines[sort].sign, lines[sort].style, words);
}

static void add_input(const struct text *text, const struct sk_change *change,
                      const struct sk_call *call)
{
    json_auto_t *input = sk_change_mask_input(change, call);
    sk_auto(sk_freep) char *json = json_dumps(input, JSON_INDENT(2) | JSON_SORT_KEYS);
    for (char *line = json; line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        add_prose(text, 11, "", line);
        line = end ? end + 1 : NULL;
    }
}

static void add_calls(const struct text *text, const struct sk_change *change)
{
    if (change->calls.count == 0)
        return;
    if (!text->opts->verbose) {
        sk_auto(sk_freep) char *calls = sk_render_calls(&change->calls);
        sk_auto(sk_freep) char *line = sk_xasprintf("calls: %s", calls);
        add_line(text, 6, "", "\033[2m", line);
        return;
    }
    sk_buffer_adds(text->out, "      calls:\n");
    for (size_t i = 0; i < change->calls.count; i++) {
        sk_auto(sk_freep) char *call = sk_render_call(&change->calls.items[i]);
        sk_buffer_addf(text->out, "      %3zu. %s\n", i + 1, call);
        add_input(text, change, &change->calls.items[i]);
    }
}

/* A domain stands behind each of its profiles: not all of them are news. */
#define DEPENDS_SHOWN 10

static void add_details(const struct text *text, const struct sk_change *change)
{
    if (change->desired && change->desired->origin)
        add_prose(text, 6, "declared in ", change->desired->origin);
    size_t count = json_array_size(change->depends);
    for (size_t i = 0; i < count && i < DEPENDS_SHOWN; i++)
        add_prose(text, 6, "after ", json_string_value(json_array_get(change->depends, i)));
    if (count > DEPENDS_SHOWN)
        sk_buffer_addf(text->out, "      after %zu more\n", count - DEPENDS_SHOWN);
}

static void add_change(const struct text *text, const struct sk_change *change)
{
    static const struct {
        const char *sign, *style;
    } actions[] = {
        [SK_ACTION_CREATE] = {"+", "\033[32m"},  [SK_ACTION_UPDATE] = {"~", "\033[33m"},
        [SK_ACTION_DELETE] = {"-", "\033[31m"},  [SK_ACTION_ADOPT] = {">", "\033[34m"},
        [SK_ACTION_BLOCKED] = {"!", "\033[35m"}, [SK_ACTION_WAIT] = {".", "\033[36m"},
    };
    struct sk_buffer head = {0};
    sk_buffer_addf(&head, "%s %-7s ", actions[change->action].sign, sk_action_name(change->action));
    sk_render_clean(&head, change->address);
    sk_buffer_adds(text->out, "  ");
    add_styled(text, actions[change->action].style, sk_buffer_text(&head));
    sk_buffer_done(&head);
    sk_auto(sk_freep) char *gravity = sk_render_gravity(change);
    if (gravity[0])
        sk_buffer_addf(text->out, " [%s]", gravity);
    sk_buffer_addc(text->out, '\n');
    if (change->reason)
        add_prose(text, 6, "because ", change->reason);
    if (text->opts->verbose)
        add_details(text, change);
    sk_render_change(change, text->opts->verbose, change_line, (void *)text);
    add_calls(text, change);
}

/* How many changes from `first` on are blocked by the same unread part of the view: they say the same,
 * and with the credentials of an account expired that is everything in it. */
static size_t same_blockage(const struct sk_plan *plan, size_t first)
{
    const struct sk_change *change = &plan->items[first];
    size_t past = first + 1;
    if (change->action != SK_ACTION_BLOCKED || !change->partial)
        return 1;
    while (past < plan->count && plan->items[past].action == SK_ACTION_BLOCKED &&
           plan->items[past].partial && sk_text_equal(plan->items[past].reason, change->reason))
        past++;
    return past - first;
}

static void add_changes(const struct text *text, const struct sk_plan *plan)
{
    size_t step;
    for (size_t i = 0; i < plan->count; i += step) {
        step = text->opts->verbose ? 1 : same_blockage(plan, i);
        add_change(text, &plan->items[i]);
        if (step > 1)
            sk_buffer_addf(text->out, "      and so %zu more\n", step - 1);
    }
}

static void add_unknown(const struct text *text, const struct sk_view *view)
{
    if (view->unknown_count == 0)
        return;
    add_styled(text, "\033[35m", "Not read, so nothing is known of:");
    sk_buffer_addc(text->out, '\n');
    for (size_t i = 0; i < view->unknown_count; i++) {
        const struct sk_unknown *part = &view->unknown[i];
        sk_auto(sk_freep) char *nouns = sk_kind_plural(part->kind);
        sk_auto(sk_freep) char *line = sk_xasprintf("%s in %s/%s: %s", nouns, part->account,
                                                    part->region, sk_err_message(&part->err));
        add_prose(text, 2, "? ", line);
    }
    sk_buffer_addc(text->out, '\n');
}

static void add_findings(const struct text *text, const struct sk_findings *findings)
{
    if (!findings || findings->count == 0)
        return;
    add_styled(text, "\033[31m", "Refused by the guard:");
    sk_buffer_addc(text->out, '\n');
    for (size_t i = 0; i < findings->count; i++) {
        const struct sk_finding *finding = &findings->items[i];
        sk_auto(sk_freep) char *rule = sk_xasprintf("%s: ", finding->rule);
        add_prose(text, 2, rule, finding->message);
        add_prose(text, 4, "to allow it: ", finding->allow);
    }
    if (sk_render_is_refused_whole(findings))
        sk_buffer_adds(text->out, "  Nothing of this plan is applied.\n");
    sk_buffer_addc(text->out, '\n');
}

/* A line for each entry of a list of facts; nothing for an empty one. */
static void add_facts(const struct text *text, const char *title, const json_t *facts,
                      char *(*line_of)(const json_t *))
{
    size_t index;
    json_t *fact;
    if (json_array_size(facts) == 0)
        return;
    sk_buffer_addf(text->out, "%s:\n", title);
    json_array_foreach(facts, index, fact)
    {
        sk_auto(sk_freep) char *line = line_of(fact);
        add_prose(text, 2, "", line);
    }
    sk_buffer_addc(text->out, '\n');
}

/* Lines shown of one section of access changes. */
#define ACCESS_LINES 10

static void add_access_section(const struct text *text, const json_t *section)
{
    const json_t *lines = json_object_get(section, "lines");
    size_t count = json_array_size(lines);
    size_t shown = text->opts->verbose || count <= ACCESS_LINES ? count : ACCESS_LINES - 1;
    add_prose(text, 2, "", sk_json_text(section, "title"));
    for (size_t i = 0; i < shown; i++)
        add_prose(text, 4, "", json_string_value(json_array_get(lines, i)));
    if (shown < count)
        sk_buffer_addf(text->out, "    and %zu more of less weight (--verbose)\n", count - shown);
}

static void add_access(const struct text *text)
{
    size_t index;
    json_t *section;
    if (json_array_size(text->opts->access_changes) == 0)
        return;
    add_styled(text, "\033[1m", "Access changes:");
    sk_buffer_addc(text->out, '\n');
    json_array_foreach(text->opts->access_changes, index, section)
    {
        add_access_section(text, section);
    }
    sk_buffer_addc(text->out, '\n');
}

void sk_render_plan_text(const struct sk_plan *plan, const struct sk_findings *findings,
                         const struct sk_render_opts *opts, struct sk_buffer *out)
{
    static const struct sk_render_opts plain = {0};
    const struct text text = {.out = out, .opts = opts ? opts : &plain};
    if (text.opts->source)
        add_prose(&text, 0, "Desired state: ", text.opts->source);
    if (text.opts->source && plan->count > 0)
        sk_buffer_addc(out, '\n');
    add_access(&text);
    add_changes(&text, plan);
    if (plan->count > 0)
        sk_buffer_addc(out, '\n');
    add_facts(&text, "Different, but others decide it", plan->notices, sk_render_notice);
    add_facts(&text, "Ending soon by themselves", text.opts->upcoming, sk_render_upcoming);
    add_facts(&text, "Given up on purpose", text.opts->exceptions, sk_render_exception);
    add_facts(&text, "Isolation of teams", text.opts->isolation, sk_render_isolation);
    add_unknown(&text, plan->view);
    add_findings(&text, findings);
    sk_auto(sk_freep) char *summary = sk_render_summary(plan);
    add_styled(&text, "\033[1m", summary);
    sk_buffer_addf(out, "\nDigest: sha256:%s\n", plan->digest);
}
