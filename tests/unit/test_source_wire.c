/* controller/source/wire.h: requests and answers survive the way there, and nothing that is broken is
 * taken for one. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sk_test.h"
#include "source/wire.h"

static void a_request_comes_through(void **state)
{
    (void)state;
    const struct sk_source_request sent = {
        .opts = {.git_url = "https://git.example.com/platform.git",
                 .git_ref = "main",
                 .token_file = "/run/token",
                 .cache_folder = "/var/lib/x",
                 .max_fetch_bytes = 123456789012,
                 .token = "secret\"token\n"},
        .known = "0123456789012345678901234567890123456789"};
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    sk_source_request_write(&sent, &text);
    struct sk_source_request got = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_source_request_read(sk_buffer_text(&text), text.length, &got, &err), &err);
    assert_string_equal(got.opts.git_url, sent.opts.git_url);
    assert_string_equal(got.opts.git_ref, "main");
    assert_string_equal(got.opts.token_file, "/run/token");
    assert_string_equal(got.opts.cache_folder, "/var/lib/x");
    assert_int_equal(got.opts.max_fetch_bytes, 123456789012);
    assert_string_equal(got.opts.token, sent.opts.token);
    assert_string_equal(got.known, sent.known);
    assert_null(got.revision);
    assert_null(got.opts.git_path);
    assert_null(got.opts.ssh_key_file);
    /* The token is in no JSON value, which nobody would wipe. */
    json_auto_t *header = json_incref(got.header);
    sk_auto(sk_freep) char *dumped = json_dumps(header, 0);
    assert_null(strstr(dumped, "secret"));
    sk_source_request_done(&got);
}

static void a_token_from_the_environment_is_sent(void **state)
{
    (void)state;
    setenv("SK_TEST_WIRE_TOKEN", "tok", 1);
    struct sk_source_request sent = {
        .opts = {.git_url = "https://h/r.git", .token_env = "SK_TEST_WIRE_TOKEN"}};
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    sk_source_request_write(&sent, &text);
    unsetenv("SK_TEST_WIRE_TOKEN");
    struct sk_source_request got = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_source_request_read(sk_buffer_text(&text), text.length, &got, &err), &err);
    assert_string_equal(got.opts.token, "tok");
    sk_source_request_done(&got);

    /* Not set: the child says so. */
    sk_buffer_clear(&text);
    sk_source_request_write(&sent, &text);
    ASSERT_OK(sk_source_request_read(sk_buffer_text(&text), text.length, &got, &err), &err);
    assert_null(got.opts.token);
    assert_string_equal(got.opts.token_env, "SK_TEST_WIRE_TOKEN");
    sk_source_request_done(&got);
}

static char zeroes[] = "a\0b\xff";

static void write_snapshot(struct sk_buffer *out)
{
    char path[] = "teams/a.yaml";
    char empty_path[] = "z.yaml";
    char nothing[] = "";
    char approval_path[] = "drop.yaml";
    char approval_text[] = "kind: Approval";
    char revision[] = "0123456789012345678901234567890123456789";
    char origin[] = "'platform' at main";
    char introduced[] = "9876543210987654321098765432109876543210";
    char why[] = "it came with other changes";
    struct sk_source_file files[] = {
        {.path = path, .data = zeroes, .length = 4, .executable = true},
        {.path = empty_path, .data = nothing, .length = 0}};
    struct sk_source_tree tree = {.revision = revision,
                                  .is_commit = true,
                                  .origin = origin,
                                  .files = files,
                                  .count = 2,
                                  .total_bytes = 4};
    struct sk_source_approval approvals[] = {
        {.file = {.path = approval_path, .data = approval_text, .length = strlen(approval_text)},
         .introduced = introduced,
         .why = why}};
    const struct sk_source_snapshot snapshot = {.tree = &tree,
                                                .approvals = {.items = approvals, .count = 1},
                                                .relation = SK_SOURCE_REWRITTEN};
    sk_source_answer_write(0, &snapshot, NULL, out);
}

static void a_snapshot_comes_through(void **state)
{
    (void)state;
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    write_snapshot(&text);
    sk_auto(sk_source_snapshot_done) struct sk_source_snapshot got = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_source_answer_read(sk_buffer_text(&text), text.length, &got, &err), &err);
    assert_int_equal(got.relation, SK_SOURCE_REWRITTEN);
    assert_true(got.tree->is_commit);
    assert_string_equal(got.tree->origin, "'platform' at main");
    assert_int_equal(got.tree->count, 2);
    assert_int_equal(got.tree->total_bytes, 4);
    assert_memory_equal(got.tree->files[0].data, zeroes, 5);
    assert_true(got.tree->files[0].executable);
    assert_int_equal(got.tree->files[1].length, 0);
    assert_string_equal(got.tree->files[1].data, "");
    assert_int_equal(got.approvals.count, 1);
    assert_string_equal(got.approvals.items[0].file.data, "kind: Approval");
    assert_string_equal(got.approvals.items[0].why, "it came with other changes");
    assert_false(got.approvals.items[0].separate);
}

static void an_error_comes_through(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err sent = {0};
    (void)!sk_err_set(&sent, SK_E_CREDENTIALS, "'x' refused the credentials");
    sent.detail = 17;
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    sk_source_answer_write(SK_E_CREDENTIALS, NULL, &sent, &text);
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_source_snapshot got = {0};
    assert_int_equal(sk_source_answer_read(sk_buffer_text(&text), text.length, &got, &err),
                     SK_E_CREDENTIALS);
    assert_string_equal(sk_err_message(&err), "'x' refused the credentials");
    assert_int_equal(err.detail, 17);
    assert_null(got.tree);
}

static void a_message_that_is_no_text_stays_an_error(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err sent = {0};
    (void)!sk_err_set(&sent, SK_E_NETWORK, "\xff\xfe");
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    sk_source_answer_write(SK_E_NETWORK, NULL, &sent, &text);
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_source_snapshot got = {0};
    assert_int_equal(sk_source_answer_read(sk_buffer_text(&text), text.length, &got, &err),
                     SK_E_NETWORK);
}

/* Every answer that was cut off, and every one with a byte too many. */
static void a_part_of_an_answer_is_none(void **state)
{
    (void)state;
    sk_auto(sk_buffer_done) struct sk_buffer text = {0};
    write_snapshot(&text);
    for (size_t length = 0; length <= text.length + 1; length++) {
        if (length == text.length)
            continue;
        char *part = sk_xcalloc(1, length + 1); /* so that reading past the end is seen */
        memcpy(part, text.data, length < text.length ? length : text.length);
        struct sk_source_snapshot got = {0};
        assert_int_equal(sk_source_answer_read(part, length, &got, NULL), SK_E_PROTOCOL);
        assert_null(got.tree);
        free(part);
    }
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "\n",
        "2 0\n{}",
        "2 0\n[]",
        "18446744073709551615 3\n{}",
        "2 18446744073709551615\n{}",
        "-1 0\n{}",
        "2 0 \n{}",
        "nonsense that is far longer than a first line ever is, without an end of its first line",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_source_snapshot got = {0};
        int code = sk_source_answer_read(cases[i], strlen(cases[i]), &got, NULL);
        if (code != SK_E_PROTOCOL)
            fail_msg("case %zu: %d", i, code);
    }
}

static const char approval_too_long[] =
    "{'revision':'a','origin':'b','files':[{'path':'p','length':3}],"
    "'approvals':[{'path':'q','length':1}]}";
static const char approval_without_path[] =
    "{'revision':'a','origin':'b','files':[{'path':'p','length':3}],"
    "'approvals':[{'length':0}]}";

/* Well framed, with three bytes of contents. */
static void a_table_of_contents_that_lies_is_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "[]",
        "no json",
        "{'origin':'b','files':[{'path':'p','length':3}]}",
        "{'revision':'a','files':[{'path':'p','length':3}]}",
        "{'revision':'a','origin':'b','files':[]}",
        "{'revision':'a','origin':'b','files':[{'length':3}]}",
        "{'revision':'a','origin':'b','files':[{'path':'p','length':2}]}",
        "{'revision':'a','origin':'b','files':[{'path':'p','length':4}]}",
        "{'revision':'a','origin':'b','files':[{'path':'p','length':-1}]}",
        "{'revision':'a','origin':'b','files':[{'path':'p','length':9223372036854775807}]}",
        "{'revision':'a','origin':'b','files':[{'path':'p','length':3},{'path':'q','length':1}]}",
        approval_too_long,
        approval_without_path,
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        sk_auto(sk_buffer_done) struct sk_buffer text = {0};
        sk_buffer_addf(&text, "%zu 3\n%sxyz", strlen(headers[i]), headers[i]);
        for (size_t at = 0; at < text.length; at++) {
            if (text.data[at] == '\'')
                text.data[at] = '"';
        }
        struct sk_source_snapshot got = {0};
        int code = sk_source_answer_read(sk_buffer_text(&text), text.length, &got, NULL);
        if (code != SK_E_PROTOCOL)
            fail_msg("%s: %d", headers[i], code);
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_through),
        cmocka_unit_test(a_token_from_the_environment_is_sent),
        cmocka_unit_test(a_snapshot_comes_through),
        cmocka_unit_test(an_error_comes_through),
        cmocka_unit_test(a_message_that_is_no_text_stays_an_error),
        cmocka_unit_test(a_part_of_an_answer_is_none),
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(a_table_of_contents_that_lies_is_refused),
    };
    return cmocka_run_group_tests_name("source_wire", tests, NULL, NULL);
}
