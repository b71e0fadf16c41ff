/* The rows G and H of docs/design/plan-cases.md, named after them. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "plan/drift.h"
#include "plan_fixture.h"

/* Rows leave out what they do not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define V    "vault/dev/us-east-1/v"
#define M    "member/dev/us-east-1/v/m"
#define R    "role/dev/global/r"
#define IN_V "{'VaultId': {'$ref': '" V "', 'attr': 'VaultId'}}"

enum what { END, APPLIED, WANT, EXISTING, HAVE, HIDE, RECORD };

struct fact {
    enum what what;
    const char *address;
    const char *body; /* of RECORD: what the store holds */
    enum marks marks;
};

struct expected {
    const char *address;
    const char *status; /* NULL: no row */
    const char *severity;
    const char *remedy;
    const char *fields; /* paths, separated by spaces */
    const char *reason; /* part of it; NULL: there is none */
};

struct row {
    const char *name;
    struct fact facts[6];
    struct expected expected[3];
    size_t in_sync;
    int exit;
    bool no_desired;
};

static const struct row rows[] = {
    {"case_g1_equal",
     {{APPLIED, R, "{'Duration': 1}"}, {WANT, R, "{'Duration': 1}"}, {HAVE, R, "{'Duration': 1}"}},
     {{R, NULL}},
     1,
     0},
    {"case_g1_what_was_not_applied_does_not_count",
     {{APPLIED, R, "{}"}, {WANT, R, "{}"}, {HAVE, R, "{'Duration': 7200}"}},
     {{R, NULL}},
     1,
     0},
    {"case_g1_a_change_that_waits_in_git_is_no_drift",
     {{APPLIED, R, "{'Duration': 1}"}, {WANT, R, "{'Duration': 2}"}, {HAVE, R, "{'Duration': 1}"}},
     {{R, NULL}},
     1,
     0},
    {"case_g2_changed",
     {{APPLIED, R, "{'Duration': 1, 'Attached': ['a']}"},
      {WANT, R, "{'Duration': 1, 'Attached': ['a']}"},
      {HAVE, R, "{'Duration': 2, 'Attached': ['a', 'b']}"}},
     {{R, "changed", "high", "restore", "Attached Duration"}},
     0,
     2},
    {"case_g2_severity_of_the_field",
     {{APPLIED, R, "{'Description': 'a'}"},
      {WANT, R, "{'Description': 'a'}"},
      {HAVE, R, "{'Description': 'b'}"}},
     {{R, "changed", "low", "restore", "Description"}},
     0,
     2},
    {"case_g2_tag_added_by_hand",
     {{APPLIED, R, "{}"}, {WANT, R, "{}"}, {HAVE, R, "{'Tags': [{'Key': 'x', 'Value': '1'}]}"}},
     {{R, "changed", "high", "restore", "Tags.x"}},
     0,
     2},
    {"case_g3_missing",
     {{APPLIED, R, "{}"}, {WANT, R, "{}"}},
     {{R, "missing", "high", "restore"}},
     0,
     2},
    {"case_g3_gone_is_missing",
     {{APPLIED, V, "{}"}, {WANT, V, "{}"}, {HAVE, V, "{'Status': 'Deleted'}"}},
     {{V, "missing", "high", "restore"}},
     0,
     2},
    {"case_g3_severity_of_a_harmless_kind",
     {{APPLIED, "seal/dev/global/s", "{}"}, {WANT, "seal/dev/global/s", "{}"}},
     {{"seal/dev/global/s", "missing", "medium", "restore"}},
     0,
     2},
    {"case_g4_unexpected", {{HAVE, R, "{}"}}, {{R, "unexpected", "high", "delete"}}, 0, 2},
    {"case_g5_not_read",
     {{APPLIED, R, "{}"}, {WANT, R, "{}"}, {HIDE, "role/dev/global"}},
     {{R, "unknown", "info", "nothing", NULL, "roles in account 'dev' cannot be read: access"}},
     0,
     4},
    {"case_g6_tags_gone",
     {{APPLIED, R, "{'Duration': 1}"}, {WANT, R, "{'Duration': 1}"}, {HAVE, R, "{}", MARKS_NONE}},
     {{R, "not-ours", "high", "nothing", NULL, "it does not carry our tags any more"}},
     0,
     2},
    {"case_g6_taken_over_by_another",
     {{APPLIED, R, "{}"}, {HAVE, R, "{}", MARKS_OTHER_OWNER}},
     {{R, "not-ours", "high", "nothing", NULL, "it does not carry our tags any more"}},
     0,
     2},
    {"case_g7_failed",
     {{APPLIED, V, "{'Image': 'x'}"},
      {WANT, V, "{'Image': 'x'}"},
      {HAVE, V, "{'Image': 'x', 'Status': 'Update_Failed', 'FailureReason': 'no address'}"}},
     {{V, "changed", "medium", "restore", "Status", "no address"}},
     0,
     2},
    {"case_g7_failed_delete",
     {{APPLIED, V, "{}"}, {WANT, V, "{}"}, {HAVE, V, "{'Status': 'Delete_Failed'}"}},
     {{V, "changed", "medium", "blocked", "Status"}},
     0,
     2},
    {"case_g8_refers_to_what_is_absent",
     {{APPLIED, M, IN_V},
      {APPLIED, V, "{}"},
      {WANT, M, IN_V},
      {WANT, V, "{}"},
      {HAVE, M, "{'VaultId': 'v-1'}"}},
     {{M, NULL}, {V, "missing", "high", "restore"}},
     1,
     2},
    {"case_g9_refers_to_what_was_not_read",
     {{APPLIED, M, IN_V},
      {WANT, M, IN_V},
      {HAVE, M, "{'VaultId': 'v-1'}"},
      {HIDE, "vault/dev/us-east-1"}},
     {{M, "unknown", "info", "nothing", NULL,
       "it refers to vaults in account 'dev', which cannot"}},
     0,
     4},
    {"case_g9_other_differences_are_still_shown",
     {{APPLIED, M, "{'VaultId': {'$ref': '" V "', 'attr': 'VaultId'}, 'Settings': {'A': 1}}"},
      {WANT, M, IN_V},
      {HAVE, M, "{'VaultId': 'v-1', 'Settings': {'A': 2}}"},
      {HIDE, "vault/dev/us-east-1"}},
     {{M, "changed", "medium", "restore", "Settings.A"}},
     0,
     4},
    {"case_g10_unknown_kind",
     {{RECORD, "teapot/dev/global/t",
       "{'document': {'address': 'teapot/dev/global/t', 'kind': 'teapot', 'body': {}}}"}},
     {{"teapot/dev/global/t", "unknown", "info", "nothing", NULL,
       "this version does not know the kind 'teapot'"}},
     0,
     4},
    {"case_g10_damaged_record",
     {{RECORD, R, "{'document': {'address': '" R "', 'kind': 'role', 'body': 7}}"},
      {RECORD, V, "{}"},
      {RECORD, M, "{'document': {'address': '" R "', 'kind': 'role', 'body': {}}}"}},
     {{R, "unknown", "info", "nothing", NULL, "is damaged"},
      {V, "unknown", "info", "nothing", NULL, "is damaged"},
      {M, "unknown", "info", "nothing", NULL, "is damaged"}},
     0,
     4},
    {"case_g11_foreign_and_never_applied", {{HAVE, R, "{}", MARKS_NONE}}, {{R, NULL}}, 0, 0},
    {"case_g11_copied_tags", {{HAVE, R, "{}", MARKS_COPIED}}, {{R, NULL}}, 0, 0},
    {"case_g12_unread_with_nothing_applied_there",
     {{HIDE, "role/prod/global"}, {APPLIED, R, "{}"}, {WANT, R, "{}"}, {HAVE, R, "{}"}},
     {{R, NULL}},
     1,
     4},
    {"case_h1_no_desired_documents",
     {{APPLIED, R, "{'Duration': 1}"},
      {HAVE, R, "{'Duration': 2}"},
      {APPLIED, V, "{}"},
      {HAVE, M, "{}"}},
     {{R, "changed", "medium", "undecided", "Duration"},
      {V, "missing", "high", "undecided"},
      {M, "unexpected", "high", "undecided"}},
     0,
     2,
     true},
    {"case_h2_the_change_is_in_git_by_now",
     {{APPLIED, R, "{'Duration': 1}"}, {WANT, R, "{'Duration': 2}"}, {HAVE, R, "{'Duration': 2}"}},
     {{R, "changed", "medium", "nothing", "Duration"}},
     0,
     2},
    {"case_h2_unexpected_but_declared",
     {{WANT, R, "{'Duration': 2}"}, {HAVE, R, "{'Duration': 2}"}},
     {{R, "unexpected", "high", "nothing"}},
     0,
     2},
    {"case_h2_declared_as_existing_by_now",
     {{APPLIED, V, "{'Image': 'x'}"}, {EXISTING, V, "{}"}, {HAVE, V, "{'Image': 'y'}"}},
     {{V, "changed", "low", "nothing", "Image"}},
     0,
     2},
    {"case_h3_unexpected_and_different",
     {{WANT, R, "{'Duration': 2}"}, {HAVE, R, "{'Duration': 3}"}},
     {{R, "unexpected", "high", "restore"}},
     0,
     2},
    {"case_h4_not_declared_any_more",
     {{APPLIED, R, "{'Duration': 1}"}, {HAVE, R, "{'Duration': 2}"}},
     {{R, "changed", "medium", "delete", "Duration"}},
     0,
     2},
    {"case_h5_missing_and_not_declared",
     {{APPLIED, R, "{}"}},
     {{R, "missing", "high", "nothing"}},
     0,
     2},
    {"case_h7_immutable",
     {{APPLIED, R, "{'Path': '/a/'}"}, {WANT, R, "{'Path': '/a/'}"}, {HAVE, R, "{'Path': '/b/'}"}},
     {{R, "changed", "high", "blocked", "Path"}},
     0,
     2},
    {"case_h7_not_clearable",
     {{APPLIED, V, "{'Sso': null}"}, {WANT, V, "{'Sso': null}"}, {HAVE, V, "{'Sso': 'on'}"}},
     {{V, "changed", "medium", "blocked", "Sso"}},
     0,
     2},
    {"case_h8_no_delete_on_a_partial_view",
     {{HAVE, R, "{}"}, {HIDE, "vault/dev/us-east-1"}},
     {{R, "unexpected", "high", "blocked"}},
     0,
     4},
};

static void record(json_t *applied, const char *address, const char *body)
{
    struct world scratch = {0};
    struct sk_document *document = world_want(&scratch, address, body);
    json_object_set_new(applied, address,
                        json_pack("{s:o, s:s, s:s}", "document", sk_document_to_json(document),
                                  "commit", "4f05e3e", "at", "2026-11-22T20:41:00Z"));
    world_done(&scratch);
}

static void state_facts(struct world *world, json_t *applied, const struct fact *facts)
{
    for (const struct fact *fact = facts; fact->what != END; fact++) {
        switch (fact->what) {
        case APPLIED:
            record(applied, fact->address, fact->body);
            break;
        case WANT:
        case EXISTING:
            world_want(world, fact->address, fact->body)->flags =
                fact->what == EXISTING ? SK_DOCUMENT_EXISTING : 0;
            break;
        case HAVE:
            world_have_as(world, fact->marks, fact->address, fact->body);
            break;
        case HIDE:
            world_hide(world, fact->address);
            break;
        case RECORD:
            json_object_set_new(applied, fact->address, js(fact->body));
            break;
        case END:
            break;
        }
    }
}

static const struct sk_drift_row *find_row(const struct sk_drift *drift, const char *address)
{
    for (size_t i = 0; i < drift->count; i++) {
        if (strcmp(drift->items[i].address, address) == 0)
            return &drift->items[i];
    }
    return NULL;
}

static void check_row(const struct sk_drift *drift, const struct expected *expected)
{
    const struct sk_drift_row *row = find_row(drift, expected->address);
    if (!expected->status) {
        assert_null(row);
        return;
    }
    if (!row)
        fail_msg("no row about '%s'", expected->address);
    assert_string_equal(sk_drift_status_name(row->status), expected->status);
    assert_string_equal(sk_severity_name(row->severity), expected->severity);
    assert_string_equal(sk_drift_remedy_name(row->remedy), expected->remedy);
    if (!expected->reason)
        assert_null(row->reason);
    else if (!row->reason || !strstr(row->reason, expected->reason))
        fail_msg("'%s': reason is '%s'", expected->address, row->reason);
    struct sk_buffer paths = {0};
    for (size_t i = 0; i < row->fields.count; i++)
        sk_buffer_addf(&paths, "%s%s", i ? " " : "", row->fields.items[i].path);
    assert_string_equal(sk_buffer_text(&paths), expected->fields ? expected->fields : "");
    sk_buffer_done(&paths);
}

static struct sk_drift *make(const struct world *world, const json_t *applied, bool with_desired)
{
    struct sk_drift *drift = NULL;
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_drift_make(applied, &world->view, &fake_kinds, WORLD_OWNER,
                            with_desired ? &world->desired : NULL, &drift, &err),
              &err);
    return drift;
}

static void run_row(void **state)
{
    const struct row *row = *state;
    struct world world = {0};
    json_auto_t *applied = json_object();
    state_facts(&world, applied, row->facts);
    struct sk_drift *drift = make(&world, applied, !row->no_desired);
    size_t rows_expected = 0;
    for (size_t i = 0; i < 3 && row->expected[i].address; i++) {
        check_row(drift, &row->expected[i]);
        rows_expected += row->expected[i].status != NULL;
    }
    assert_int_equal(drift->count, rows_expected);
    assert_int_equal(drift->in_sync, row->in_sync);
    assert_int_equal(sk_drift_exit_code(drift), row->exit);
    sk_drift_free(drift);
    world_done(&world);
}

static void nothing_applied_and_nothing_there(void **state)
{
    (void)state;
    struct world world = {0};
    json_auto_t *applied = json_object();
    struct sk_drift *drift = make(&world, applied, true);
    assert_int_equal(sk_drift_exit_code(drift), 0);
    struct sk_buffer text = {0};
    sk_render_drift_text(drift, NULL, &text);
    assert_string_equal(sk_buffer_text(&text), "Drift: 0 changed, 0 missing, 0 unexpected, 0 not "
                                               "ours, 0 unknown; 0 in sync.\n");
    sk_buffer_done(&text);
    sk_drift_free(drift);
    sk_drift_free(NULL);
    world_done(&world);
}

/* A name whose case changed leaves two records of one resource: the later one counts. */
static void records_that_differ_in_case_only(void **state)
{
    (void)state;
    struct world world = {0};
    json_auto_t *applied = json_object();
    record(applied, "role/dev/global/Team", "{'Duration': 1}");
    record(applied, "role/dev/global/team", "{'Duration': 2}");
    json_object_set_new(json_object_get(applied, "role/dev/global/team"), "at",
                        json_string("2026-11-23T00:00:00Z"));
    world_have(&world, "role/dev/global/Team", "{'Duration': 2}");
    world_want(&world, "role/dev/global/team", "{'Duration': 2}");
    struct sk_drift *drift = make(&world, applied, true);
    for (size_t i = 0; i < drift->count; i++) /* the address tag's case may differ */
        assert_null(sk_fields_find(&drift->items[i].fields, "Duration"));
    assert_int_equal(drift->count + drift->in_sync, 1);
    sk_drift_free(drift);
    world_done(&world);
}

static void report_sample(struct world *world, json_t *applied)
{
    record(applied, R, "{'Attached': ['a', 'b'], 'Description': 'x'}");
    world_want(world, R, "{'Attached': ['a', 'b'], 'Description': 'x'}");
    world_have(world, R, "{'Attached': ['b', 'c']}");
    record(applied, "policy/dev/global/p",
           "{'Document': {'Statement': [{'Sid': 'A', 'Effect': 'Allow', 'Action': 's3:GetObject', "
           "'Resource': '*'}]}}");
    world_have(world, "policy/dev/global/p",
               "{'Document': {'Statement': [{'Sid': 'A', 'Effect': 'Allow', 'Action': "
               "['s3:GetObject', 's3:PutObject'], 'Resource': '*'}]}}");
    record(applied, "seal/dev/global/s", "{}");
    record(applied, V, "{}");
    world_hide(world, "vault/dev/us-east-1");
}

static void report_as_text(void **state)
{
    (void)state;
    struct world world = {0};
    json_auto_t *applied = json_object();
    report_sample(&world, applied);
    struct sk_drift *drift = make(&world, applied, true);
    struct sk_buffer text = {0};
    const struct sk_render_opts opts = {.source = "acme.git at 4f05e3e"};
    sk_render_drift_text(drift, &opts, &text);
    assert_string_equal(sk_buffer_text(&text),
                        "Desired state: acme.git at 4f05e3e\n"
                        "\n"
                        "  changed    high   policy/dev/global/p\n"
                        "      Document:\n"
                        "        statement 'A': adds action s3:PutObject on *\n"
                        "      it cannot be repaired now\n"
                        "  changed    high   role/dev/global/r\n"
                        "      Attached:\n"
                        "        + \"c\"\n"
                        "        - \"a\"\n"
                        "      Description: \"x\" -> (removed)\n"
                        "      it will be restored\n"
                        "  missing    medium seal/dev/global/s\n"
                        "      nothing is done about it\n"
                        "\n"
                        "Not read, so nothing is known of:\n"
                        "  ? vaults in dev/us-east-1: access denied\n"
                        "  (applied there and not checked: 1)\n"
                        "\n"
                        "Drift: 2 changed, 1 missing, 0 unexpected, 0 not ours, 1 unknown; 0 in "
                        "sync.\n");
    sk_buffer_clear(&text);
    const struct sk_render_opts verbose = {.verbose = true, .color = true};
    sk_render_drift_text(drift, &verbose, &text);
    assert_non_null(
        strstr(sk_buffer_text(&text), "      applied last from 4f05e3e at 2026-11-22T20:41:00Z\n"));
    assert_non_null(strstr(sk_buffer_text(&text), "\033[31m  changed    high   policy"));
    sk_buffer_done(&text);
    sk_drift_free(drift);
    world_done(&world);
}

static void report_as_json(void **state)
{
    (void)state;
    struct world world = {0};
    json_auto_t *applied = json_object();
    report_sample(&world, applied);
    struct sk_drift *drift = make(&world, applied, true);
    json_auto_t *json = sk_drift_to_json(drift);
    json_auto_t *summary = js("{'changed': 2, 'missing': 1, 'unexpected': 0, 'not-ours': 0, "
                              "'unknown': 1, 'inSync': 0}");
    assert_true(json_equal(json_object_get(json, "summary"), summary));
    const json_t *row = json_array_get(json_object_get(json, "rows"), 1);
    json_auto_t *expected =
        js("{'address': '" R "', 'kind': 'role', 'status': 'changed', 'severity': 'high', "
           "'remedy': 'restore', 'commit': '4f05e3e', 'at': '2026-11-22T20:41:00Z', 'fields': "
           "[{'path': 'Attached', 'severity': 'high', 'from': ['a', 'b'], 'to': ['b', 'c']}, "
           "{'path': 'Description', 'severity': 'low', 'from': 'x'}]}");
    sk_auto(sk_freep) char *seen = sk_json_canonical(row);
    sk_auto(sk_freep) char *wanted = sk_json_canonical(expected);
    assert_string_equal(seen, wanted);
    const json_t *part = json_array_get(json_object_get(json, "unknown"), 0);
    assert_string_equal(sk_json_text(part, "kind"), "vault");
    sk_drift_free(drift);
    world_done(&world);
}

#define ROW_COUNT (sizeof(rows) / sizeof(*rows))

int main(void)
{
    sk_alloc_init();
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(nothing_applied_and_nothing_there),
        cmocka_unit_test(records_that_differ_in_case_only),
        cmocka_unit_test(report_as_text),
        cmocka_unit_test(report_as_json),
    };
    static struct CMUnitTest tests[ROW_COUNT + sizeof(others) / sizeof(*others)];
    for (size_t i = 0; i < ROW_COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = run_row, .initial_state = (void *)&rows[i]};
    memcpy(tests + ROW_COUNT, others, sizeof(others));
    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
