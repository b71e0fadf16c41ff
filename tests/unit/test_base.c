/* lib/base: errors, buffers, JSON paths, nearest words, scrubbing, time. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"

static void error_keeps_the_first_and_wraps(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_int_equal(sk_err_set(&err, SK_E_PARSE, "first %d", 1), SK_E_PARSE);
    sk_err_set(&err, SK_E_IO, "second");
    assert_int_equal(sk_err_wrap(&err, "team '%s'", "fraud"), SK_E_PARSE);
    assert_string_equal(err.msg, "team 'fraud': first 1");
    assert_int_equal(sk_errc_reaction(SK_E_THROTTLED), SK_REACT_RETRY);
    assert_int_equal(sk_errc_reaction(SK_E_NOT_FOUND), SK_REACT_ABSENT);
    assert_string_equal(sk_errc_name(SK_E_INTERNAL), "internal");
    assert_string_equal(sk_errc_name(SK_OK), "ok");
    assert_int_equal(sk_err_set(NULL, SK_E_IO, "nobody listens"), SK_E_IO);
}

static void error_moves(void **state)
{
    (void)state;
    struct sk_err from = {0};
    sk_auto(sk_err_done) struct sk_err to = {0};
    sk_err_set(&from, SK_E_BUSY, "moving");
    assert_int_equal(sk_err_move(&to, &from), SK_E_BUSY);
    assert_int_equal(from.code, SK_OK);
    assert_string_equal(to.msg, "moving");
}

static void buffer_refuses_past_its_bound(void **state)
{
    (void)state;
    struct sk_buffer buffer = SK_BUFFER_BOUNDED(4);
    assert_true(sk_buffer_adds(&buffer, "abc"));
    assert_false(sk_buffer_adds(&buffer, "de"));
    assert_true(buffer.overflowed);
    assert_false(sk_buffer_addc(&buffer, 'd'));
    assert_string_equal(sk_buffer_text(&buffer), "abc");
    sk_buffer_done(&buffer);
    struct sk_buffer empty = {0};
    sk_auto(sk_freep) char *text = sk_buffer_take(&empty);
    assert_string_equal(text, "");
}

static void json_paths(void **state)
{
    (void)state;
    json_auto_t *value = json_object();
    sk_json_put(value, "a.b.c", json_integer(1));
    sk_json_put(value, "a.d", json_string("x"));
    assert_int_equal(json_integer_value(sk_json_at(value, "a.b.c")), 1);
    assert_string_equal(sk_json_text(value, "a.d"), "x");
    assert_null(sk_json_at(value, "a.x.c"));
    assert_null(sk_json_at(value, "a.d.e"));
    sk_json_remove(value, "a.b.c");
    sk_json_remove(value, "q.r");
    sk_auto(sk_freep) char *text = sk_json_canonical(value);
    assert_string_equal(text, "{\"a\":{\"b\":{},\"d\":\"x\"}}");
}

static void json_times(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        double seconds;
    } cases[] = {
        {"1763843000.5", 1763843000.5},
        {"1763843000", 1763843000},
        {"\"2025-11-22T20:23:20Z\"", 1763843000},
        {"\"2025-11-22T20:23:20.75+00:00\"", 1763843000},
        {"\"yesterday\"", 0},
        {"\"\"", 0},
        {"null", 0},
        {"{}", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        assert_true(sk_json_time_s(value) == cases[i].seconds);
    }
    assert_true(sk_json_time_s(NULL) == 0);
}

static void json_duplicate_members_are_errors(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_null(sk_json_parse("{\"a\":1,\n\"a\":2}", 14, "p.json", &err));
    assert_int_equal(err.code, SK_E_PARSE);
    assert_true(sk_text_starts_with(err.msg, "p.json:2:"));
}

static void digest_does_not_depend_on_member_order(void **state)
{
    (void)state;
    json_auto_t *a = json_pack("{s:i, s:[i,i]}", "x", 1, "y", 1, 2);
    json_auto_t *b = json_pack("{s:[i,i], s:i}", "y", 1, 2, "x", 1);
    char digest_a[SK_SHA256_HEX_BYTES];
    char digest_b[SK_SHA256_HEX_BYTES];
    sk_json_digest(a, digest_a);
    sk_json_digest(b, digest_b);
    assert_string_equal(digest_a, digest_b);
    sk_sha256_hex("abc", 3, digest_a);
    assert_string_equal(digest_a,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void nearest_words(void **state)
{
    (void)state;
    static const char *const words[] = {"domain", "members", "executionRole", "tags"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"domian", "domain"}, {"member", "members"},         {"executionrole", "executionRole"},
        {"tasg", "tags"},     {"domani", "domain"},          {"gats", NULL},
        {"tag", "tags"},      {"completelyDifferent", NULL}, {"EXECUTIONROL", "executionRole"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *nearest = sk_text_nearest(cases[i].word, words, 4);
        if (cases[i].nearest)
            assert_string_equal(nearest, cases[i].nearest);
        else
            assert_null(nearest);
    }
}

static void lower_case_and_characters(void **state)
{
    (void)state;
    char text[] = "AZaz09-\xc3\x84";
    assert_ptr_equal(sk_text_lower(text), text);
    assert_string_equal(text, "azaz09-\xc3\x84"); /* ASCII only */
    assert_int_equal(sk_text_characters(text), 8);
    assert_int_equal(sk_text_characters(""), 0);
    assert_int_equal(sk_text_characters("\xf0\x9f\x94\x92\xe2\x82\xac"), 2);
}

static void utf8(void **state)
{
    (void)state;
    static const struct {
        const char *name, *data;
        size_t length, bad;
        bool valid;
    } cases[] = {
        {"ascii", "abc", 3, 0, true},
        {"two bytes", "\xc3\xa4", 2, 0, true},
        {"emoji", "\xf0\x9f\x98\x80", 4, 0, true},
        {"NUL", "a\0b", 3, 1, false},
        {"overlong", "\xc0\x80", 2, 0, false},
        {"surrogate", "a\xed\xa0\x80", 4, 1, false},
        {"cut", "ab\xe2\x82", 4, 2, false},
        {"past the end of Unicode", "\xf4\x90\x80\x80", 4, 0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t bad = 0;
        bool valid = sk_text_is_utf8(cases[i].data, cases[i].length, &bad);
        if (valid != cases[i].valid || (!valid && bad != cases[i].bad))
            fail_msg("%s: valid %d at %zu", cases[i].name, valid, bad);
    }
}

static void scrubbing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"nothing here", "nothing here"},
        {"get https://u:p@example.com/a?token=1 failed",
         "get https://***@example.com/a?*** failed"},
        {"malformed URL 'me:hush@127.0.0.1:1'", "malformed URL '***@127.0.0.1:1'"},
        {"me:hu:s@h@proxy", "***@proxy"},
        {"proxy=me:hush@proxy:3128, next", "***@proxy:3128, next"},
        {"git@example.com:team/platform.git at 10:30",
         "git@example.com:team/platform.git at 10:30"},
        {"arn:aws:sts::123456789012:assumed-role/admin/me@example.com may not",
         "arn:aws:sts::123456789012:assumed-role/admin/me@example.com may not"},
        {"https://example.com/a/b#c d", "https://example.com/a/b#c d"},
        {"Authorization: AWS4-HMAC\nHost: x", "Authorization: ***\nHost: x"},
        {"host:sts\nx-amz-security-token:abc\n\nhost",
         "host:sts\nx-amz-security-token:***\n\nhost"},
        {"a X-Amz-Security-Token=abc&b=1", "a X-Amz-Security-Token=***&b=1"},
        {"{\"SecretAccessKey\":\"x\",\"a\":1}", "{\"SecretAccessKey\"***,\"a\":1}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *clean = sk_text_scrub(cases[i].text);
        assert_string_equal(clean, cases[i].clean);
    }
}

static void wall_clock_text(void **state)
{
    (void)state;
    struct sk_wall wall;
    char text[SK_WALL_TEXT_BYTES];
    assert_int_equal(sk_wall_parse("2026-11-22T20:41:00.123Z", &wall), 0);
    sk_wall_format(wall, text);
    assert_string_equal(text, "2026-11-22T20:41:00Z");
    assert_int_equal(sk_wall_parse("2027-01-31", &wall), 0);
    sk_wall_format(wall, text);
    assert_string_equal(text, "2027-01-31T00:00:00Z");
    assert_int_equal(sk_wall_parse("yesterday", &wall), -1);
    assert_int_equal(sk_wall_parse("2026-11-22T20:41:00+02:00", &wall), -1);
}

static void files_are_replaced_whole(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err err = {0};
    char path[] = "/tmp/sk-test-base-XXXXXX";
    assert_non_null(mkdtemp(path));
    sk_auto(sk_freep) char *file = sk_xasprintf("%s/f", path);
    ASSERT_OK(sk_file_write(file, "one", 3, &err), &err);
    ASSERT_OK(sk_file_write(file, "three", 5, &err), &err);
    sk_auto(sk_freep) char *content = NULL;
    size_t length = 0;
    ASSERT_OK(sk_file_read(file, 5, &content, &length, &err), &err);
    assert_string_equal(content, "three");
    char *cut = NULL;
    assert_int_equal(sk_file_read(file, 4, &cut, NULL, &err), SK_E_BOUND);
    assert_null(cut);
    sk_auto(sk_freep) char *command = sk_xasprintf("rm -r %s", path);
    assert_int_equal(system(command), 0);
}

/* Links to what is there and to what is not, one over another, and a pipe. */
static void what_is_no_file_is_written_through(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err err = {0};
    char path[] = "/tmp/sk-test-base-XXXXXX";
    assert_non_null(mkdtemp(path));
    sk_auto(sk_freep) char *file = sk_xasprintf("%s/f", path);
    sk_auto(sk_freep) char *relative = sk_xasprintf("%s/relative", path);
    sk_auto(sk_freep) char *absolute = sk_xasprintf("%s/absolute", path);
    sk_auto(sk_freep) char *loop = sk_xasprintf("%s/loop", path);
    sk_auto(sk_freep) char *pipe = sk_xasprintf("%s/pipe", path);
    assert_int_equal(symlink("f", relative), 0);
    assert_int_equal(symlink(relative, absolute), 0);
    assert_int_equal(symlink("loop", loop), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    struct stat status;
    static const char *const texts[] = {"one", "two"};
    for (size_t i = 0; i < 2; i++) {
        ASSERT_OK(sk_file_write(absolute, texts[i], 3, &err), &err);
        sk_auto(sk_freep) char *content = NULL;
        ASSERT_OK(sk_file_read(file, 5, &content, NULL, &err), &err);
        assert_string_equal(content, texts[i]);
        assert_true(lstat(file, &status) == 0 && S_ISREG(status.st_mode));
        assert_true(lstat(relative, &status) == 0 && S_ISLNK(status.st_mode));
        assert_true(lstat(absolute, &status) == 0 && S_ISLNK(status.st_mode));
    }
    int reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char bytes[8] = {0};
    ASSERT_OK(sk_file_write(pipe, "four", 4, &err), &err);
    assert_int_equal(read(reader, bytes, sizeof(bytes)), 4);
    assert_string_equal(bytes, "four");
    assert_true(lstat(pipe, &status) == 0 && S_ISFIFO(status.st_mode));
    close(reader);
    assert_true(sk_file_write(loop, "one", 3, &err) < 0);
    sk_auto(sk_freep) char *command = sk_xasprintf("rm -r %s", path);
    assert_int_equal(system(command), 0);
}

static void secrets_copy_and_clear(void **state)
{
    (void)state;
    struct sk_secret a = {0};
    struct sk_secret b = {0};
    sk_secret_set(&a, "hush", 4);
    sk_secret_copy(&b, &a);
    assert_memory_equal(b.data, "hush", 5);
    sk_secret_done(&a);
    assert_false(sk_secret_is_set(&a));
    sk_secret_copy(&b, &a);
    assert_false(sk_secret_is_set(&b));
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_keeps_the_first_and_wraps),
        cmocka_unit_test(error_moves),
        cmocka_unit_test(buffer_refuses_past_its_bound),
        cmocka_unit_test(json_paths),
        cmocka_unit_test(json_times),
        cmocka_unit_test(json_duplicate_members_are_errors),
        cmocka_unit_test(digest_does_not_depend_on_member_order),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(lower_case_and_characters),
        cmocka_unit_test(utf8),
        cmocka_unit_test(scrubbing),
        cmocka_unit_test(wall_clock_text),
        cmocka_unit_test(files_are_replaced_whole),
        cmocka_unit_test(what_is_no_file_is_written_through),
        cmocka_unit_test(secrets_copy_and_clear),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
