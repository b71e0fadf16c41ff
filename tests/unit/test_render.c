/* Plans as text and Markdown: what is shown. What must not be: test_render_harm.c. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "plan/drift.h"
#include "plan/render.h"
#include "plan_fixture.h"

#define ROLE  "role/dev/global/fraud"
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

static void sample_world(struct world *world)
{
    world_want(world, VAULT,
               "{'Image': 'x', 'Groups': ['sg-1', 'sg-2'], 'Steps': ['b', 'a'], 'Settings': "
               "{'A': {'B': 1}}}");
    world_have(world, VAULT,
               "{'VaultId': 'd-1', 'Groups': ['sg-3', 'sg-1'], 'Image': 'y', 'Steps': ['a', 'b'], "
               "'Tags': [{'Key': 'Team', 'Value': 'a'}]}");
    struct sk_document *role = world_want(
        world, ROLE,
        "{'Description': 'Fraud', 'Inline': {'s3': {'Statement': [{'Sid': 'Read', 'Effect': "
        "'Allow', 'Action': 's3:GetObject', 'Resource': '*'}]}}}");
    role->origin = sk_xstrdup("teams/fraud.yaml:3");
    world_want(world, "member/dev/us-east-1/v/alice",
               "{'VaultId': {'$ref': '" VAULT "', 'attr': 'VaultId'}, 'Settings': {'Role': "
               "{'$ref': '" ROLE "', 'attr': 'Arn'}}}");
    world_want(world, "role/prod/global/x", "{'Path': '/new/'}");
    world_have(world, "role/prod/global/x", "{'Path': '/old/'}");
    world_have(world, "member/dev/eu-west-1/v/bob", "{'Status': 'Updating'}");
    world_have(world, "seal/dev/global/s", "{}");
    world_want(world, "seal/dev/global/t", "{}");
    world_have(world, "seal/dev/global/t", "{}");
}

static void text_as_a_whole(void **state)
{
    (void)state;
    struct world world = {0};
    sample_world(&world);
    struct sk_plan *plan = world_plan(&world);
    const struct sk_render_opts opts = {.source = "acme.git at 4f05e3e"};
    sk_auto(sk_freep) char *text = text_of(plan, NULL, &opts);
    sk_auto(sk_freep) char *expected = sk_xasprintf(
        "Desired state: acme.git at 4f05e3e\n"
        "\n"
        "  . wait    member/dev/eu-west-1/v/bob\n"
        "      because it is Updating\n"
        "  ! blocked role/prod/global/x [high]\n"
        "      because Path cannot be changed: declare another role\n"
        "      Path: \"/old/\" -> \"/new/\"\n"
        "  - delete  seal/dev/global/s [high, loses data]\n"
        "      calls: fake:ListTags(global) must be ours, fake:Delete(global)\n"
        "  ~ update  vault/dev/us-east-1/v [high]\n"
        "      Groups:\n"
        "        + \"sg-2\"\n"
        "        - \"sg-3\"\n"
        "      Image: \"y\" -> \"x\"\n"
        "      Settings.A.B: (not set) -> 1\n"
        "      Steps: [\"a\",\"b\"] -> [\"b\",\"a\"]\n"
        "      Tags.Team: \"a\" -> (removed)\n"
        "      calls: fake:Untag(us-east-1), fake:Update(us-east-1)\n"
        "  + create  role/dev/global/fraud [grants access]\n"
        "      Description: \"Fraud\"\n"
        "      Inline.s3: policy of 1 statement\n"
        "      calls: fake:Create(global)\n"
        "  + create  member/dev/us-east-1/v/alice [grants access]\n"
        "      VaultId: (known after apply: VaultId of vault/dev/us-east-1/v)\n"
        "      Settings.Role: (known after apply: Arn of role/dev/global/fraud)\n"
        "      calls: fake:Create(us-east-1)\n"
        "\n"
        "Plan: 2 to create, 1 to update, 1 to delete, 1 blocked, 1 waiting; 1 in sync.\n"
        "Digest: sha256:%s\n",
        plan->digest);
    assert_string_equal(text, expected);
    sk_plan_free(plan);
    world_done(&world);
}

static void verbose_text(void **state)
{
    (void)state;
    struct world world = {0};
    sample_world(&world);
    struct sk_plan *plan = world_plan(&world);
    const struct sk_render_opts opts = {.verbose = true, .width = 40};
    sk_auto(sk_freep) char *text = text_of(plan, NULL, &opts);
    static const char *const parts[] = {
        "      declared in teams/fraud.yaml:3\n",
        "      after role/dev/global/fraud\n      after vault/dev/us-east-1/v\n",
        "      Inline.s3:\n        statement 'Read' added: allows s3:GetObject on *\n",
        "      Tags.sagekeeper:owner: \"acme\"\n",
        "        1. fake:Untag(us-east-1)\n"
        "           {\n"
        "             \"Address\": \"vault/dev/us-east-1/v\",\n"
        "             \"TagKeys\": [\n"
        "               \"Team\"\n"
        "             ]\n"
        "           }\n"
        "        2. fake:Update(us-east-1)\n",
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (!strstr(text, parts[i]))
            fail_msg("no '%s' in:\n%s", parts[i], text);
    }
    assert_null(strstr(text, " more)"));
    sk_plan_free(plan);
    world_done(&world);
}

static void empty_plans(void **state)
{
    (void)state;
    struct world world = {0};
    struct sk_plan *plan = world_plan(&world);
    sk_auto(sk_freep) char *text = text_of(plan, NULL, NULL);
    assert_true(sk_text_starts_with(
        text, "Plan: 0 to create, 0 to update, 0 to delete, 0 blocked, 0 waiting; 0 in sync.\n"));
    sk_auto(sk_freep) char *markdown = markdown_of(plan, NULL, NULL, 0);
    assert_non_null(strstr(markdown, "| 0 | 0 | 0 | 0 | 0 | 0 | 0 |"));
    assert_null(strstr(markdown, "####"));
    sk_plan_free(plan);
    world_done(&world);
}

static void long_lines_are_cut_to_the_terminal(void **state)
{
    (void)state;
    struct world world = {0};
    char value[401];
    memset(value, 'v', 400);
    value[400] = '\0';
    sk_auto(sk_freep) char *body = sk_xasprintf("{'Image': '%s'}", value);
    world_want(&world, VAULT, body);
    world_have(&world, VAULT, "{}");
    struct sk_plan *plan = world_plan(&world);
    for (unsigned width = 60; width <= 120; width += 30) {
        const struct sk_render_opts opts = {.width = width};
        sk_auto(sk_freep) char *text = text_of(plan, NULL, &opts);
        const char *line = strstr(text, "      Image: (not set) -> \"");
        assert_non_null(line);
        size_t length = strcspn(line, "\n");
        assert_true(length <= (width < 66 ? 66 : width));
        assert_non_null(strstr(line, "... ("));
    }
    sk_auto(sk_freep) char *whole = text_of(plan, NULL, NULL);
    assert_non_null(strstr(whole, value));
    sk_plan_free(plan);
    world_done(&world);
}

static void colour_only_when_asked(void **state)
{
    (void)state;
    struct world world = {0};
    sample_world(&world);
    world_hide(&world, "policy/prod/global");
    struct sk_plan *plan = world_plan(&world);
    const struct sk_render_opts opts = {.color = true};
    sk_auto(sk_freep) char *coloured = text_of(plan, NULL, &opts);
    sk_auto(sk_freep) char *plain = text_of(plan, NULL, NULL);
    assert_non_null(strstr(coloured, "\033[32m+ create"));
    assert_null(strchr(plain, '\033'));
    struct sk_buffer stripped = {0};
    for (const char *at = coloured; *at; at++) {
        if (*at == '\033')
            at += strcspn(at, "m");
        else
            sk_buffer_addc(&stripped, *at);
    }
    assert_string_equal(sk_buffer_text(&stripped), plain);
    sk_buffer_done(&stripped);
    sk_plan_free(plan);
    world_done(&world);
}

static void findings_and_unread_parts(void **state)
{
    (void)state;
    struct world world = {0};
    world_have(&world, "vault/dev/us-east-1/old", "{}");
    world_want(&world, ROLE, "{}");
    world_have_as(&world, MARKS_NONE, ROLE, "{}");
    sk_documents_find(&world.desired, ROLE)->flags = SK_DOCUMENT_ADOPT;
    world_hide(&world, "policy/prod/global");
    struct sk_plan *plan = world_plan(&world);
    struct sk_findings findings = {0};
    const struct sk_guard_opts guard = {.delete_limit = 0};
    sk_guard_check(plan, WORLD_OWNER, &guard, &findings);
    sk_auto(sk_freep) char *text = text_of(plan, &findings, NULL);
    static const char *const parts[] = {
        "  > adopt   role/dev/global/fraud [high, refused by the guard]\n",
        "Not read, so nothing is known of:\n  ? policies in prod/global: access denied\n",
        "  delete-limit: the plan deletes 1 of 1 vaults in account 'dev'; the limit is 0\n"
        "    to allow it: --delete-limit 1 for this run, when it is meant\n",
        "  adoption: to adopt 'role/dev/global/fraud' needs an approval naming it\n",
        "  Nothing of this plan is applied.\n",
        "Plan: 0 to create, 0 to update, 1 to adopt, 1 to delete, 0 blocked, 0 waiting; 0 in "
        "sync.\n",
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (!strstr(text, parts[i]))
            fail_msg("no '%s' in:\n%s", parts[i], text);
    }
    sk_auto(sk_freep) char *markdown = markdown_of(plan, &findings, NULL, 0);
    static const char *const marks[] = {
        "#### Refused by the guard (3)\n\nNothing of this plan is applied.\n\n- **delete-limit** `",
        "#### Not read, so nothing is known of (1)\n\n- `policies in prod/global`: `access denied`",
        "#### Deletes (1)\n\n- **delete** `vault/dev/us-east-1/old` (high, refused by the guard)\n",
        "#### Access and other grave changes (1)\n\n- **adopt** `role/dev/global/fraud` (high, ",
    };
    const char *at = markdown;
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        at = strstr(at, marks[i]);
        if (!at)
            fail_msg("no '%s', or not in its place, in:\n%s", marks[i], markdown);
    }
    sk_findings_done(&findings);
    sk_plan_free(plan);
    world_done(&world);
}

static void what_one_unread_part_blocks_is_said_once(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, "policy/dev/global/a", "{'Document': {'Statement': []}}");
    world_want(&world, "policy/dev/global/b", "{'Document': {'Statement': []}}");
    world_want(&world, "policy/dev/global/c", "{'Document': {'Statement': []}}");
    world_want(&world, "role/prod/global/r", "{}");
    world_hide(&world, "policy/dev/global");
    world_hide(&world, "role/prod/global");
    struct sk_plan *plan = world_plan(&world);
    sk_auto(sk_freep) char *text = text_of(plan, NULL, NULL);
    assert_non_null(strstr(text, "  ! blocked policy/dev/global/a\n"));
    assert_non_null(strstr(text, "      and so 2 more\n  ! blocked role/prod/global/r\n"));
    assert_null(strstr(text, "policy/dev/global/b"));
    assert_null(strstr(text, "and so 1"));
    const struct sk_render_opts verbose = {.verbose = true};
    sk_auto(sk_freep) char *all = text_of(plan, NULL, &verbose);
    assert_non_null(strstr(all, "policy/dev/global/c"));
    sk_plan_free(plan);
    world_done(&world);
}

/* Whose access changes stands before the changes; the first lines of a section are shown. */
static void access_changes_come_first(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, "role/dev/global/r", "{}");
    struct sk_plan *plan = world_plan(&world);
    json_auto_t *lines = json_array();
    for (int i = 1; i <= 12; i++)
        json_array_append_new(lines, json_sprintf("+ write: line %d", i));
    json_auto_t *sections = json_pack("[{s:s, s:O}, {s:s, s:[s]}]", "title", "fraud, as r: ann",
                                      "lines", lines, "title", "risk", "lines", "- read: x");
    const struct sk_render_opts opts = {.access_changes = sections};
    sk_auto(sk_freep) char *text = text_of(plan, NULL, &opts);
    const char *begins = strstr(text, "Access changes:\n"
                                      "  fraud, as r: ann\n"
                                      "    + write: line 1\n");
    assert_non_null(begins);
    assert_non_null(strstr(text, "    + write: line 9\n"
                                 "    and 3 more of less weight (--verbose)\n"
                                 "  risk\n"
                                 "    - read: x\n\n"));
    assert_true(strstr(text, "+ create  role/dev/global/r") > begins);
    const struct sk_render_opts all = {.access_changes = sections, .verbose = true};
    sk_auto(sk_freep) char *verbose = text_of(plan, NULL, &all);
    assert_non_null(strstr(verbose, "    + write: line 12\n"));
    sk_auto(sk_freep) char *markdown = markdown_of(plan, NULL, &opts, 0);
    begins = strstr(markdown, "#### Access changes (2)\n\n- `fraud, as r: ann`\n"
                              "  - `+ write: line 1`\n");
    assert_non_null(begins);
    assert_non_null(strstr(markdown, "  - `+ write: line 10`\n  - _2 more of less weight_\n"
                                     "- `risk`\n  - `- read: x`\n"));
    assert_true(strstr(markdown, "role/dev/global/r") > begins);
    sk_plan_free(plan);
    world_done(&world);
}

/* A delete that takes data along says so everywhere; so does what is given up on purpose. */
static void what_people_must_not_miss(void **state)
{
    (void)state;
    struct world world = {0};
    world_have(&world, "seal/dev/global/s", "{}");
    world_have(&world, "role/dev/global/r", "{}");
    struct sk_plan *plan = world_plan(&world);
    json_auto_t *exceptions = json_pack(
        "[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s}]", "rule", "shared", "subject", "a/b", "reason",
        "Joint work.", "until", "2027-01-31", "rule", "shared", "subject", "<c>", "reason", "@all");
    const struct sk_render_opts opts = {.exceptions = exceptions};
    sk_auto(sk_freep) char *text = text_of(plan, NULL, &opts);
    assert_non_null(strstr(text, "  - delete  seal/dev/global/s [high, loses data]\n"));
    assert_non_null(strstr(text, "Given up on purpose:\n"
                                 "  shared for a/b until 2027-01-31: Joint work.\n"
                                 "  shared for <c>: @all\n"));
    sk_auto(sk_freep) char *markdown = markdown_of(plan, NULL, &opts, 0);
    assert_non_null(strstr(markdown, "- **delete** `seal/dev/global/s` (high, loses data)\n"));
    assert_non_null(strstr(markdown, "<summary>Given up on purpose (2)</summary>\n\n"
                                     "- `shared for a/b until 2027-01-31: Joint work.`\n"
                                     "- `shared for <c>: @all`\n"));
    json_auto_t *seal = sk_change_to_json(sk_plan_find(plan, "seal/dev/global/s"));
    json_auto_t *role = sk_change_to_json(sk_plan_find(plan, "role/dev/global/r"));
    assert_true(json_is_true(json_object_get(seal, "losesData")));
    assert_null(json_object_get(role, "losesData"));
    sk_plan_free(plan);
    world_done(&world);
}

static void sensitive_values_are_never_shown(void **state)
{
    (void)state;
    struct world world = {0};
    world_want(&world, VAULT, "{'Settings': {'Token': 'hush-desired', 'Alias': 'a'}}");
    world_have(&world, VAULT, "{'Settings': {'Token': 'hush-live', 'Alias': 'b'}}");
    world_want(&world, "vault/dev/us-east-1/cleared", "{'Settings': null}");
    world_have(&world, "vault/dev/us-east-1/cleared", "{'Settings': {'Token': 'hush-cleared'}}");
    world_want(&world, ROLE, "{'Secret': 'hush-created', 'Description': 'quotes hush-created'}");
    world_want(&world, "role/prod/global/x", "{'Path': '/new/', 'Secret': 'hush-a'}");
    world_have(&world, "role/prod/global/x", "{'Path': '/old/', 'Secret': 'hush-b'}");
    struct sk_plan *plan = world_plan(&world);
    for (int verbose = 0; verbose < 2; verbose++) {
        const struct sk_render_opts opts = {.verbose = verbose};
        sk_auto(sk_freep) char *text = text_of(plan, NULL, &opts);
        sk_auto(sk_freep) char *markdown = markdown_of(plan, NULL, &opts, 0);
        assert_non_null(strstr(text, "Settings.Token: (sensitive) -> (sensitive)"));
        assert_null(strstr(text, verbose ? "\"hush" : "hush-d"));
        assert_null(strstr(text, "hush-live"));
        assert_null(strstr(text, "hush-cleared"));
        assert_null(strstr(markdown, "hush-desired"));
    }
    json_auto_t *json = sk_plan_to_json(plan);
    sk_auto(sk_freep) char *dumped = json_dumps(json, 0);
    assert_null(strstr(dumped, "hush"));
    json_auto_t *applied = json_object();
    const struct sk_document *vault = sk_documents_find(&world.desired, VAULT);
    json_object_set_new(applied, VAULT, json_pack("{s:o}", "document", sk_document_to_json(vault)));
    struct sk_drift *drift = NULL;
    ASSERT_OK(sk_drift_make(applied, &world.view, &fake_kinds, WORLD_OWNER, NULL, &drift, NULL),
              NULL);
    json_auto_t *report = sk_drift_to_json(drift);
    sk_auto(sk_freep) char *reported = json_dumps(report, 0);
    assert_non_null(strstr(reported, "Settings.Token"));
    assert_null(strstr(reported, "hush"));
    struct sk_buffer text = {0};
    sk_render_drift_text(drift, NULL, &text);
    assert_null(strstr(sk_buffer_text(&text), "hush"));
    sk_buffer_done(&text);
    sk_drift_free(drift);
    sk_plan_free(plan);
    world_done(&world);
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_as_a_whole),
        cmocka_unit_test(verbose_text),
        cmocka_unit_test(empty_plans),
        cmocka_unit_test(long_lines_are_cut_to_the_terminal),
        cmocka_unit_test(colour_only_when_asked),
        cmocka_unit_test(findings_and_unread_parts),
        cmocka_unit_test(what_one_unread_part_blocks_is_said_once),
        cmocka_unit_test(access_changes_come_first),
        cmocka_unit_test(what_people_must_not_miss),
        cmocka_unit_test(sensitive_values_are_never_shown),
    };
    return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
