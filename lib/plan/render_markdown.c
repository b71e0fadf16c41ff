/* Plans as Markdown for a pull request, see render.h.
 *
 * Whatever is not ours stands in code spans: neither GitHub nor GitLab looks for HTML, links,
 * mentions, references to issues or commits, or formulas in them, and nothing but a run of as many
 * backticks ends them. A row is written whole, or in its short form, or not at all; what is not
 * there is counted. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/render.h"
#include "plan/render_int.h"

#define SOURCE_POINTS 120 /* code points shown of the source, and of a line */
#define LINE_POINTS   300
#define REASON_POINTS 900 /* of a refusal, which may tell a story */
#define ROW_LINES     30  /* lines shown of one change */
#define NOTE_BYTES    160 /* kept for the note at the end */
#define FRAME_BYTES   200 /* kept for the opening, the note and the end of a section */

struct markdown {
    struct sk_buffer *out;
    size_t end; /* length of `out` that rows may not pass */
    const struct sk_render_opts *opts;
    bool with_calls; /* the calls of each change: the first that gives way to more rows */
    size_t left_out; /* rows, over all sections */
};

/* Code spans (CommonMark 6.1): a fence longer than any run of backticks inside, and a space where
 * the text begins or ends with a backtick or would lose a space of its own. `text` is clean. */
static void add_code(struct sk_buffer *out, const char *text)
{
    size_t longest = 0;
    size_t run = 0;
    for (const char *at = text; *at; at++) {
        run = *at == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    size_t length = strlen(text);
    bool padded = length == 0 || strchr("` ", text[0]) || strchr("` ", text[length - 1]);
    for (size_t i = 0; i <= longest; i++)
        sk_buffer_addc(out, '`');
    sk_buffer_addf(out, "%s%s%s", padded ? " " : "", text, padded ? " " : "");
    for (size_t i = 0; i <= longest; i++)
        sk_buffer_addc(out, '`');
}

/* Untrusted text as a code span of at most `points` code points. */
static void add_untrusted(struct sk_buffer *out, const char *text, size_t points)
{
    struct sk_buffer clean = {0};
    sk_render_clean(&clean, text);
    sk_auto(sk_freep) char *cut = sk_render_cut(sk_buffer_take(&clean), points);
    add_code(out, cut);
}

/* Sections of rows within the budget */

/* Makes a row: the long form, then, if it does not fit, the short one. */
typedef void (*row_fn)(const struct markdown *md, const void *subject, bool brief,
                       struct sk_buffer *row);

static bool add_row(struct markdown *md, row_fn make, const void *subject, size_t reserve)
{
    for (int brief = 0; brief < 2; brief++) {
        struct sk_buffer row = {0};
        make(md, subject, brief, &row);
        bool fits = md->out->length + row.length + reserve <= md->end;
        if (fits)
            sk_buffer_add(md->out, sk_buffer_text(&row), row.length);
        sk_buffer_done(&row);
        if (fits)
            return true;
    }
    return false;
}

struct section {
    const char *title;
    bool folded;
    size_t total;    /* rows there are */
    size_t left_out; /* rows not written */
    bool open;       /* the heading is written */
};

static void section_begin(struct markdown *md, struct section *section)
{
    section->open = md->out->length + FRAME_BYTES <= md->end;
    if (!section->open)
        return;
    if (section->folded)
        sk_buffer_addf(md->out, "<details><summary>%s (%zu)</summary>\n\n", section->title,
                       section->total);
    else
        sk_buffer_addf(md->out, "#### %s (%zu)\n\n", section->title, section->total);
}

static void section_row(struct markdown *md, struct section *section, row_fn make,
                        const void *subject)
{
    if (!section->open || !add_row(md, make, subject, FRAME_BYTES))
        section->left_out++;
}

static void section_end(struct markdown *md, const struct section *section)
{
    md->left_out += section->left_out;
    if (!section->open)
        return;
    if (section->left_out > 0)
        sk_buffer_addf(md->out, "- _%zu more left out_\n", section->left_out);
    sk_buffer_adds(md->out, section->folded ? "\n</details>\n\n" : "\n");
}

/* Rows */

struct lines {
    struct sk_buffer *row;
    size_t count;
};

static void nested_line(enum sk_render_line sort, const char *words, void *data)
{
    static const char *const prefixes[] = {
        [SK_LINE_FIELD] = "  - ",        [SK_LINE_HEAD] = "  - ",
        [SK_LINE_ADDED] = "    - adds ", [SK_LINE_REMOVED] = "    - takes ",
        [SK_LINE_SENTENCE] = "    - ",
    };
    struct lines *lines = data;
    if (++lines->count > ROW_LINES)
        return;
    sk_buffer_adds(lines->row, prefixes[sort]);
    sk_auto(sk_freep) char *cut = sk_render_cut(sk_xstrdup(words), LINE_POINTS);
    add_code(lines->row, cut);
    sk_buffer_addc(lines->row, '\n');
}

static void change_row(const struct markdown *md, const void *subject, bool brief,
                       struct sk_buffer *row)
{
    const struct sk_change *change = subject;
    sk_buffer_addf(row, "- **%s** ", sk_action_name(change->action));
    add_untrusted(row, change->address, 0);
    sk_auto(sk_freep) char *gravity = sk_render_gravity(change);
    if (gravity[0])
        sk_buffer_addf(row, " (%s)", gravity);
    if (change->reason) {
        sk_buffer_adds(row, ": ");
        add_untrusted(row, change->reason, LINE_POINTS);
    }
    sk_buffer_addc(row, '\n');
    if (brief)
        return;
    struct lines lines = {.row = row};
    if (change->action != SK_ACTION_CREATE || md->opts->verbose)
        sk_render_change(change, md->opts->verbose, nested_line, &lines);
    if (lines.count > ROW_LINES)
        sk_buffer_addf(row, "  - _%zu more lines_\n", lines.count - ROW_LINES);
    if (md->with_calls && change->calls.count > 0) {
        sk_auto(sk_freep) char *calls = sk_render_cut(sk_render_calls(&change->calls), LINE_POINTS);
        sk_buffer_adds(row, "  - calls: ");
        add_code(row, calls);
        sk_buffer_addc(row, '\n');
    }
}

static void finding_row(const struct markdown *md, const void *subject, bool brief,
                        struct sk_buffer *row)
{
    (void)md;
    const struct sk_finding *finding = subject;
    sk_buffer_addf(row, "- **%s** ", finding->rule);
    add_untrusted(row, finding->message, REASON_POINTS);
    sk_buffer_addc(row, '\n');
    if (brief)
        return;
    sk_buffer_adds(row, "  - to allow it: ");
    add_untrusted(row, finding->allow, REASON_POINTS);
    sk_buffer_addc(row, '\n');
}

static void unknown_row(const struct markdown *md, const void *subject, bool brief,
                        struct sk_buffer *row)
{
    (void)md;
    const struct sk_unknown *part = subject;
    sk_auto(sk_freep) char *nouns = sk_kind_plural(part->kind);
    sk_auto(sk_freep) char *where = sk_xasprintf("%s in %s/%s", nouns, part->account, part->region);
    sk_buffer_adds(row, "- ");
    add_untrusted(row, where, 0);
    if (!brief) {
        sk_buffer_adds(row, ": ");
        add_untrusted(row, sk_err_message(&part->err), LINE_POINTS);
    }
    sk_buffer_addc(row, '\n');
}

/* Which section a change belongs to; the gravest first. */
enum place {
    PLACE_DELETES,
    PLACE_GRAVE,
    PLACE_GRANTS,
    PLACE_STUCK,
    PLACE_UPDATES,
    PLACE_CREATES,
    PLACE_COUNT
};

static enum place place_of(const struct sk_change *change)
{
    if (change->action == SK_ACTION_DELETE)
        return PLACE_DELETES;
    if (change->action == SK_ACTION_CREATE)
        return change->access != 0 ? PLACE_GRANTS : PLACE_CREATES;
    if (change->severity == SK_SEVERITY_HIGH || change->access != 0 ||
        change->action == SK_ACTION_ADOPT)
        return PLACE_GRAVE;
    bool stuck = change->action == SK_ACTION_BLOCKED || change->action == SK_ACTION_WAIT;
    return stuck ? PLACE_STUCK : PLACE_UPDATES;
}

static void add_changes(struct markdown *md, const struct sk_plan *plan)
{
    struct section sections[PLACE_COUNT] = {
        [PLACE_DELETES] = {.title = "Deletes"},
        [PLACE_GRAVE] = {.title = "Access and other grave changes"},
        [PLACE_GRANTS] = {.title = "Creates that grant access"},
        [PLACE_STUCK] = {.title = "Blocked and waiting", .folded = true},
        [PLACE_UPDATES] = {.title = "Other updates", .folded = true},
        [PLACE_CREATES] = {.title = "Other creates", .folded = true},
    };
    for (size_t i = 0; i < plan->count; i++)
        sections[place_of(&plan->items[i])].total++;
    for (size_t place = 0; place < PLACE_COUNT; place++) {
        struct section *section = &sections[place];
        if (section->total == 0)
            continue;
        section_begin(md, section);
        for (size_t i = 0; i < plan->count; i++) {
            if (place_of(&plan->items[i]) == place)
                section_row(md, section, change_row, &plan->items[i]);
        }
        section_end(md, section);
    }
}

static void add_findings(struct markdown *md, const struct sk_findings *findings)
{
    if (!findings || findings->count == 0)
        return;
    struct section section = {.title = "Refused by the guard", .total = findings->count};
    section_begin(md, &section);
    if (sk_render_is_refused_whole(findings))
        sk_buffer_adds(md->out, "Nothing of this plan is applied.\n\n");
    for (size_t i = 0; i < findings->count; i++)
        section_row(md, &section, finding_row, &findings->items[i]);
    section_end(md, &section);
}

static void add_unknown(struct markdown *md, const struct sk_view *view)
{
    if (view->unknown_count == 0)
        return;
    struct section section = {.title = "Not read, so nothing is known of",
                              .total = view->unknown_count};
    section_begin(md, &section);
    for (size_t i = 0; i < view->unknown_count; i++)
        section_row(md, &section, unknown_row, &view->unknown[i]);
    section_end(md, &section);
}

struct fact {
    const json_t *value;
    char *(*line_of)(const json_t *);
};

static void fact_row(const struct markdown *md, const void *subject, bool brief,
                     struct sk_buffer *row)
{
    (void)md;
    (void)brief;
    const struct fact *fact = subject;
    sk_auto(sk_freep) char *line = fact->line_of(fact->value);
    sk_buffer_adds(row, "- ");
    add_untrusted(row, line, LINE_POINTS);
    sk_buffer_addc(row, '\n');
}

static void add_facts(struct markdown *md, const char *title, const json_t *facts,
                      char *(*line_of)(const json_t *))
{
    if (json_array_size(facts) == 0)
        return;
    struct section section = {.title = title, .total = json_array_size(facts), .folded = true};
    section_begin(md, &section);
    for (size_t i = 0; i < section.total; i++) {
        const struct fact fact = {.value = json_array_get(facts, i), .line_of = line_of};
        section_row(md, &section, fact_row, &fact);
    }
    section_end(md, &section);
}

static void diagnostic_row(const struct markdown *md, const void *subject, bool brief,
                           struct sk_buffer *row)
{
    (void)md;
    const json_t *found = subject;
    const char *rule = sk_json_text(found, "rule");
    sk_auto(sk_freep) char *where =
        sk_xasprintf("%s:%d:%d", sk_json_text(found, "path"),
                     (int)json_integer_value(json_object_get(found, "line")),
                     (int)json_integer_value(json_object_get(found, "column")));
    sk_buffer_addf(row, "- **%s** ", sk_json_text(found, "severity"));
    add_untrusted(row, rule ? rule : sk_json_text(found, "code"), SOURCE_POINTS);
    sk_buffer_adds(row, " ");
    add_untrusted(row, where, SOURCE_POINTS);
    sk_buffer_adds(row, ": ");
    add_untrusted(row, sk_json_text(found, "message"), brief ? SOURCE_POINTS : LINE_POINTS);
    sk_buffer_addc(row, '\n');
}

static void add_diagnostics(struct markdown *md)
{
    const json_t *list = md->opts->diagnostics;
    if (json_array_size(list) == 0)
        return;
    struct section section = {.title = "Warnings about the desired state",
                              .total = json_array_size(list)};
    section_begin(md, &section);
    for (size_t i = 0; i < section.total; i++)
        section_row(md, &section, diagnostic_row, json_array_get(list, i));
    section_end(md, &section);
}

#define ACCESS_LINES 10 /* shown of one section of access changes; in short one */

static void access_row(const struct markdown *md, const void *subject, bool brief,
                       struct sk_buffer *row)
{
    const json_t *lines = json_object_get(subject, "lines");
    size_t count = json_array_size(lines);
    size_t most = brief ? 1 : md->opts->verbose ? count : ACCESS_LINES;
    size_t shown = count < most ? count : most;
    sk_buffer_adds(row, "- ");
    add_untrusted(row, sk_json_text(subject, "title"), LINE_POINTS);
    sk_buffer_addc(row, '\n');
    for (size_t i = 0; i < shown; i++) {
        sk_buffer_adds(row, "  - ");
        add_untrusted(row, json_string_value(json_array_get(lines, i)), REASON_POINTS);
        sk_buffer_addc(row, '\n');
    }
    if (shown < count)
        sk_buffer_addf(row, "  - _%zu more of less weight_\n", count - shown);
}

static void add_access(struct markdown *md)
{
    const json_t *list = md->opts->access_changes;
    if (json_array_size(list) == 0)
        return;
    struct section section = {.title = "Access changes", .total = json_array_size(list)};
    section_begin(md, &section);
    for (size_t i = 0; i < section.total; i++)
        section_row(md, &section, access_row, json_array_get(list, i));
    section_end(md, &section);
}

static void add_head(struct markdown *md, const struct sk_plan *plan)
{
    sk_buffer_adds(md->out, "### sagekeeper plan\n\n");
    if (md->opts->source) {
        sk_buffer_adds(md->out, "Desired state: ");
        add_untrusted(md->out, md->opts->source, SOURCE_POINTS);
        sk_buffer_adds(md->out, "\n\n");
    }
    const size_t *counts = plan->counts;
    sk_buffer_addf(md->out,
                   "| create | update | delete | adopt | blocked | waiting | in sync |\n"
                   "|---:|---:|---:|---:|---:|---:|---:|\n"
                   "| %zu | %zu | %zu | %zu | %zu | %zu | %zu |\n\n",
                   counts[SK_ACTION_CREATE], counts[SK_ACTION_UPDATE], counts[SK_ACTION_DELETE],
                   counts[SK_ACTION_ADOPT], counts[SK_ACTION_BLOCKED], counts[SK_ACTION_WAIT],
                   plan->in_sync);
    sk_buffer_addf(md->out, "Digest: `sha256:%s`\n\n", plan->digest);
}

static void add_all(struct markdown *md, const struct sk_plan *plan,
                    const struct sk_findings *findings)
{
    add_head(md, plan);
    add_findings(md, findings);
    add_unknown(md, plan->view);
    add_access(md);
    add_changes(md, plan);
    add_diagnostics(md);
    add_facts(md, "Different, but others decide it", plan->notices, sk_render_notice);
    add_facts(md, "Ending soon by themselves", md->opts->upcoming, sk_render_upcoming);
    add_facts(md, "Given up on purpose", md->opts->exceptions, sk_render_exception);
    add_facts(md, "Isolation of teams", md->opts->isolation, sk_render_isolation);
}

void sk_render_plan_markdown(const struct sk_plan *plan, const struct sk_findings *findings,
                             const struct sk_render_opts *opts, size_t max_bytes,
                             struct sk_buffer *out)
{
    static const struct sk_render_opts plain = {0};
    size_t budget = max_bytes == 0                               ? SK_RENDER_MARKDOWN_BYTES
                    : max_bytes < SK_RENDER_MARKDOWN_LEAST_BYTES ? SK_RENDER_MARKDOWN_LEAST_BYTES
                                                                 : max_bytes;
    struct sk_buffer full = {0};
    struct markdown md = {
        .out = &full, .end = budget - NOTE_BYTES, .opts = opts ? opts : &plain, .with_calls = true};
    add_all(&md, plan, findings);
    if (md.left_out > 0 && !md.opts->verbose) {
        sk_buffer_clear(&full);
        md.left_out = 0;
        md.with_calls = false;
        add_all(&md, plan, findings);
    }
    if (md.left_out > 0)
        sk_buffer_addf(&full,
                       "**%zu rows are left out** to stay within the size of a comment; the plan's "
                       "text and JSON have all of them.\n",
                       md.left_out);
    sk_buffer_add(out, sk_buffer_text(&full), full.length);
    sk_buffer_done(&full);
}
