/* Nothing shown can do harm: hostile names and values in text and Markdown, and the budget of a
 * comment. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "plan/drift.h"
#include "plan/render.h"
#include "plan_fixture.h"

#define VAULT "vault/dev/us-east-1/v"

static char *text_of(const struct sk_plan *plan, const struct sk_findings *findings,
                     const struct sk_render_opts *opts)
{
    struct sk_buffer out = {0};
    sk_render_plan_text(plan, findings, opts, &out);
    return sk_buffer_take(&out);
}

static char *markdown_of(const struct sk_plan *plan, const struct sk_findings *findings,
                         const struct sk_render_opts *opts, size_t max_bytes)
{
    struct sk_buffer out = {0};
    sk_render_plan_markdown(plan, findings, opts, max_bytes, &out);
    return sk_buffer_take(&out);
}

/* What names, values and messages may try. Some are no JSON: they come as error texts. */
static const char *const hostile[] = {
    "\033[2J\033]0;owned\007",
    "\302\23331m C1",
    "line\nbreak\r\n\n# heading",
    "tab\tand\vmore\x7f",
    "\342\200\256evil\342\200\254",
    "\xe2\x80\x8b\xef\xbb\xbf\xe2\x80\xa8\xe2\x81\xa6",
    "\xf3\xa0\x81\x81 tag characters",
    "<script>alert(1)</script><img src=x onerror=y>",
    "</details></summary><!--",
    "@everyone and @org/team",
    "fixes #12 and GH-13, !14 and owner/repo#15",
    "https://evil.example/?x=1 www.evil.example mailto:a@evil.example",
    "[click](javascript:alert(1)) ![image](http://evil.example/a.png)",
    "`code` ``two`` ```three",
    "`",
    "``````",
    "ends with backtick`",
    "\\` backslash \\",
    "a | b | c",
    " leading and trailing ",
    "",
    "$`x`$ :smile: ~label %milestone",
    "4f05e3e1b1c6d6a2f7f3c8f9a0b1c2d3e4f5a6b7",
    "\xff\xfe broken \xc3(",
    "overlong \300\257 \340\200\257 surrogate \355\240\200 beyond \364\220\200\200",
    "&lt;b&gt;&#64;everyone",
};

/* Only line breaks of our own, printable text, nothing invisible; styles when `color`. */
static void check_terminal(const char *text)
{
    size_t bad = 0;
    if (!sk_text_is_utf8(text, strlen(text), &bad))
        fail_msg("not UTF-8 at %zu", bad);
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool control = (*at < 0x20 && *at != '\n') || *at == 0x7f;
        bool second = at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
        bool invisible =
            at[0] == 0xe2 && ((at[1] == 0x80 && (at[2] >= 0xa8 || at[2] <= 0x8f) && at[2] >= 0x8b &&
                               at[2] <= 0xae && !(at[2] >= 0x90 && at[2] <= 0xa7)) ||
                              (at[1] == 0x81 && at[2] >= 0xa0));
        bool others = (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf) || at[0] == 0xf3;
        if (control || second || invisible || others)
            fail_msg("harmful byte %02x at %zu", *at, (size_t)((const char *)at - text));
    }
}

/* A line without its code spans, read as CommonMark reads them. Fails on a fence without end. */
static void outside_code(const char *line, size_t length, struct sk_buffer *out)
{
    for (size_t i = 0; i < length;) {
        if (line[i] != '`') {
            sk_buffer_addc(out, line[i++]);
            continue;
        }
        size_t fence = strspn(line + i, "`");
        size_t at = i + fence;
        size_t run = 0;
        while (at < length && run != fence) {
            run = line[at] == '`' ? strspn(line + at, "`") : 0;
            at += run ? run : 1;
        }
        if (run != fence)
            fail_msg("a code span without end: %.*s", (int)length, line);
        i = at;
    }
}

/* Outside code spans stands only what we wrote: none of the characters that could begin anything,
 * and none of the words of the hostile texts. */
static void check_markdown(const char *markdown)
{
    check_terminal(markdown);
    long open = 0;
    for (const char *line = markdown; *line;) {
        size_t length = strcspn(line, "\n");
        struct sk_buffer outside = {0};
        outside_code(line, length, &outside);
        const char *text = sk_buffer_text(&outside);
        if (sk_text_starts_with(text, "<details><summary>")) {
            open++;
        } else if (strcmp(text, "</details>") == 0) {
            open--;
        } else if (text[0] != '|' && strpbrk(text, "<>@[]\\!$~%&|")) {
            fail_msg("outside a code span: %s", text);
        }
        static const char *const words[] = {"evil", "alert", "owned", "smile", "GH-13", "4f05e3e1"};
        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
            if (strstr(text, words[i]))
                fail_msg("outside a code span: %s", text);
        }
        sk_buffer_done(&outside);
        line += length + (line[length] == '\n');
    }
    assert_int_equal(open, 0);
}

static void add_hostile_changes(struct world *world, const char *text, size_t number)
{
    size_t bad = 0;
    if (!sk_text_is_utf8(text, strlen(text), &bad))
        return;
    json_auto_t *value = json_string(text);
    sk_auto(sk_freep) char *old = sk_xasprintf("role/dev/global/old-%zu%s", number, text);
    world_have(world, old, "{}");
    sk_auto(sk_freep) char *created = sk_xasprintf("policy/dev/global/new-%zu%s", number, text);
    struct sk_document *document = world_want(world, created, "{}");
    json_object_set(document->body, text[0] ? text : "empty", value);
    document->origin = sk_xstrdup(text);
    sk_auto(sk_freep) char *blocked = sk_xasprintf("seal/dev/global/b-%zu", number);
    document = world_want(world, blocked, "{}");
    sk_document_add_edge(document, text);
    sk_auto(sk_freep) char *address = sk_xasprintf("vault/dev/us-east-1/%zu%s", number, text);
    document = world_want(world, address, "{}");
    json_object_set_new(document->body, "Groups", json_pack("[O]", value));
    json_object_set_new(document->body, "Image", json_incref(value));
    json_array_append_new(json_object_get(document->body, "Tags"),
                          json_pack("{s:O, s:O}", "Key", value, "Value", value));
    json_object_set_new(document->body, "Settings", json_pack("{s:O}", text, value));
    world_have(world, address, "{'Groups': ['x'], 'Image': 'x'}");
    document = world_want(world, "role/prod/global/r", "{}");
    json_object_set_new(document->body, "Inline",
                        json_pack("{s:{s:[{s:O, s:O, s:O}]}}", text, "Statement", "Sid", value,
                                  "Effect", value, "Action", value));
    world_have(world, "role/prod/global/r", "{}");
}

static void hide_with(struct world *world, const char *message)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    sk_err_set(&err, SK_E_DENIED, "%s", message);
    sk_view_add_unknown(&world->view, &fake_seal, "prod", "global", &err);
}

/* Texts that are no JSON cannot come here. New. */
static json_t *access_changes_with(const char *text, size_t lines)
{
    json_t *list = json_array();
    json_t *title = json_string(text);
    for (size_t i = 0; title && i < lines; i++)
        json_array_append(list, title);
    json_t *sections =
        title ? json_pack("[{s:o, s:o}]", "title", title, "lines", list) : json_array();
    if (!title)
        json_decref(list);
    return sections;
}

static void nothing_shown_can_do_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        struct world world = {0};
        hide_with(&world, hostile[i]);
        add_hostile_changes(&world, hostile[i], i);
        struct sk_plan *plan = world_plan(&world);
        struct sk_findings findings = {0};
        json_auto_t *approvals = json_array();
        const struct sk_guard_opts guard = {.delete_limit = 0, .approvals = approvals};
        sk_guard_check(plan, WORLD_OWNER, &guard, &findings);
        for (int verbose = 0; verbose < 2; verbose++) {
            json_auto_t *access_changes = access_changes_with(hostile[i], 12);
            const struct sk_render_opts opts = {
                .verbose = verbose, .source = hostile[i], .access_changes = access_changes};
            sk_auto(sk_freep) char *text = text_of(plan, &findings, &opts);
            check_terminal(text);
            sk_auto(sk_freep) char *markdown = markdown_of(plan, &findings, &opts, 0);
            check_markdown(markdown);
        }
        json_auto_t *json = sk_plan_to_json(plan);
        assert_int_equal(json_array_size(json_object_get(json, "unknown")), 1);
        sk_findings_done(&findings);
        sk_plan_free(plan);
        world_done(&world);
    }
}

static void drift_shown_can_do_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        struct world world = {0};
        hide_with(&world, hostile[i]);
        add_hostile_changes(&world, hostile[i], i);
        json_auto_t *applied = json_object();
        for (size_t j = 0; j < world.desired.count; j++) {
            const struct sk_document *document = world.desired.items[j];
            json_object_set_new(applied, document->address,
                                json_pack("{s:o, s:s*}", "document", sk_document_to_json(document),
                                          "commit", i == 0 ? hostile[i] : "c"));
        }
        struct sk_drift *drift = NULL;
        ASSERT_OK(sk_drift_make(applied, &world.view, &fake_kinds, WORLD_OWNER, &world.desired,
                                &drift, NULL),
                  NULL);
        const struct sk_render_opts opts = {.verbose = true, .source = hostile[i]};
        struct sk_buffer text = {0};
        sk_render_drift_text(drift, &opts, &text);
        check_terminal(sk_buffer_text(&text));
        sk_buffer_done(&text);
        sk_drift_free(drift);
        world_done(&world);
    }
}

static void code_spans_keep_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *source, *span;
    } cases[] = {
        {"plain", "`plain`"},          {"one ` tick", "``one ` tick``"},
        {"`` two", "``` `` two ```"},  {"ends`", "`` ends` ``"},
        {" spaces ", "`  spaces  `"},  {"", "`  `"},
        {"new\nline", "`new\\nline`"},
    };
    struct world world = {0};
    struct sk_plan *plan = world_plan(&world);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct sk_render_opts opts = {.source = cases[i].source};
        sk_auto(sk_freep) char *markdown = markdown_of(plan, NULL, &opts, 0);
        sk_auto(sk_freep) char *expected =
            sk_xasprintf("### sagekeeper plan\n\nDesired state: %s\n\n|", cases[i].span);
        if (!sk_text_starts_with(markdown, expected))
            fail_msg("'%s':\n%s", cases[i].source, markdown);
    }
    sk_plan_free(plan);
    world_done(&world);
}

/* Budget */

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + strlen(part), part))
        count++;
    return count;
}

/* The sum of the figures in "- _N more left out_". */
static size_t left_out_in(const char *markdown)
{
    size_t sum = 0;
    for (const char *at = strstr(markdown, "\n- _"); at; at = strstr(at + 1, "\n- _"))
        sum += strtoul(at + 4, NULL, 10);
    return sum;
}

static void big_world(struct world *world)
{
    for (unsigned i = 0; i < 150; i++) {
        sk_auto(sk_freep) char *role = sk_xasprintf("role/dev/global/r%u", i);
        world_want(world, role, i % 2 ? "{'Duration': 7200}" : "{'Attached': ['a', 'b', 'c']}");
        world_have(world, role, "{}");
        sk_auto(sk_freep) char *seal = sk_xasprintf("seal/dev/global/s%u", i);
        world_want(world, seal, "{}");
        sk_auto(sk_freep) char *old = sk_xasprintf("role/prod/global/old%u", i);
        world_have(world, old, i % 3 ? "{}" : "{'Status': 'Updating'}");
        sk_auto(sk_freep) char *vault = sk_xasprintf("vault/dev/us-east-1/v%u", i);
        world_want(world, vault, "{}");
        world_have_as(world, MARKS_NONE, vault, "{}");
    }
}

static void markdown_keeps_its_budget(void **state)
{
    (void)state;
    struct world world = {0};
    big_world(&world);
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts guard = {.delete_limit = 10};
    sk_guard_check(plan, WORLD_OWNER, &guard, &findings);
    char source[2001];
    memset(source, '`', 2000);
    source[2000] = '\0';
    json_auto_t *access_changes = json_array();
    for (int i = 0; i < 3; i++) {
        json_auto_t *section = access_changes_with("a title, or a line, of access changes", 20);
        json_array_extend(access_changes, section);
    }
    const struct sk_render_opts opts = {.source = source, .access_changes = access_changes};
    bool seen_left_out = false;
    for (size_t budget = 2000; budget <= 70000; budget += 997) {
        sk_auto(sk_freep) char *markdown = markdown_of(plan, &findings, &opts, budget);
        if (strlen(markdown) > budget)
            fail_msg("%zu bytes of %zu", strlen(markdown), budget);
        check_markdown(markdown);
        static const char *const actions[] = {"create", "update", "delete", "blocked", "wait"};
        size_t rows = count_of(markdown, "\n- **delete-limit**");
        rows += count_of(markdown, "\n- `a title");
        for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
            sk_auto(sk_freep) char *row = sk_xasprintf("\n- **%s** `", actions[i]);
            rows += count_of(markdown, row);
        }
        const char *total = strstr(markdown, " rows are left out**");
        size_t left_out = 0;
        if (total) {
            seen_left_out = true;
            const char *figure = total;
            while (figure > markdown && figure[-1] != '*')
                figure--;
            left_out = strtoul(figure, NULL, 10);
        }
        assert_int_equal(rows + left_out,
                         plan->count + findings.count + json_array_size(access_changes));
        assert_true(left_out_in(markdown) <= left_out);
    }
    assert_true(seen_left_out);
    sk_auto(sk_freep) char *least = markdown_of(plan, &findings, &opts, 1);
    assert_true(strlen(least) <= SK_RENDER_MARKDOWN_LEAST_BYTES);
    sk_auto(sk_freep) char *usual = markdown_of(plan, &findings, NULL, 0);
    assert_true(strlen(usual) <= SK_RENDER_MARKDOWN_BYTES);
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

static void graver_rows_come_first_and_stay_longest(void **state)
{
    (void)state;
    struct world world = {0};
    big_world(&world);
    struct sk_plan *plan = world_plan(&world);
    sk_auto(sk_freep) char *markdown = markdown_of(plan, NULL, NULL, 9000);
    const char *deletes = strstr(markdown, "#### Deletes (100)");
    assert_non_null(deletes);
    assert_int_equal(count_of(markdown, "\n- **delete** `"), 100);
    const char *grave = strstr(markdown, "#### Access and other grave changes (75)");
    assert_true(grave && grave > deletes);
    assert_null(strstr(markdown, "**create**"));
    assert_null(strstr(markdown, "calls:")); /* they give way first */
    sk_auto(sk_freep) char *roomy = markdown_of(plan, NULL, NULL, 200000);
    assert_null(strstr(roomy, "left out"));
    assert_int_equal(count_of(roomy, "\n  - calls: `"), count_of(roomy, "\n- **") - 200);
    const char *folded = strstr(roomy, "<details><summary>Other creates (150)</summary>\n\n- **");
    assert_true(folded && folded > strstr(roomy, "<details><summary>Other updates (75)"));
    sk_plan_free(plan);
    world_done(&world);
}

static void a_huge_row_gives_way_to_its_short_form(void **state)
{
    (void)state;
    struct world world = {0};
    json_t *groups = json_array();
    for (unsigned i = 0; i < 25; i++) {
        sk_auto(sk_freep) char *group = sk_xasprintf("%0200u", i);
        json_array_append_new(groups, json_string(group));
    }
    json_object_set_new(world_want(&world, VAULT, "{}")->body, "Groups", groups);
    world_have(&world, VAULT, "{}");
    struct sk_plan *plan = world_plan(&world);
    sk_auto(sk_freep) char *markdown = markdown_of(plan, NULL, NULL, 2000);
    assert_non_null(strstr(markdown, "- **update** `" VAULT "` (high)\n"));
    assert_null(strstr(markdown, "Groups"));
    assert_null(strstr(markdown, "left out"));
    sk_auto(sk_freep) char *roomy = markdown_of(plan, NULL, NULL, 0);
    assert_int_equal(count_of(roomy, "    - adds `"), 25);
    sk_plan_free(plan);
    world_done(&world);
}

static void rendering_appends(void **state)
{
    (void)state;
    struct world world = {0};
    big_world(&world);
    struct sk_plan *plan = world_plan(&world);
    struct sk_buffer out = {0};
    sk_buffer_adds(&out, "before\n");
    sk_render_plan_markdown(plan, NULL, NULL, 5000, &out);
    assert_true(sk_text_starts_with(sk_buffer_text(&out), "before\n### sagekeeper plan\n"));
    assert_true(out.length <= 5007 && out.length > 4000);
    sk_buffer_done(&out);
    sk_plan_free(plan);
    world_done(&world);
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_shown_can_do_harm),
        cmocka_unit_test(drift_shown_can_do_no_harm),
        cmocka_unit_test(code_spans_keep_the_text),
        cmocka_unit_test(markdown_keeps_its_budget),
        cmocka_unit_test(graver_rows_come_first_and_stay_longest),
        cmocka_unit_test(a_huge_row_gives_way_to_its_short_form),
        cmocka_unit_test(rendering_appends),
    };
    return cmocka_run_group_tests_name("render_harm", tests, NULL, NULL);
}
