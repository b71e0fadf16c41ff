/* credential_process: how its words are split, what it may print, how it may end. */
#include <signal.h>

#include "base/bounds.h"
#include "sk_credentials_place.h"

static void test_words(void **state)
{
    static const struct {
        const char *line, *words; /* joined by "|"; NULL: refused */
    } cases[] = {
        {"a", "a"},
        {"  a \t b ", "a|b"},
        {"a 'b c' d", "a|b c|d"},
        {"a \"b c\"", "a|b c"},
        {"a 'b'\"c\"d", "a|bcd"},
        {"a '' \"\"", "a||"},
        {"a b\\ c", "a|b c"},
        {"a \"b\\\"c\\\\d\\e\"", "a|b\"c\\d\\e"},
        {"a 'b\\'", "a|b\\"},
        {"a \\'b", "a|'b"},
        {"a b\\", "a|b\\"},
        {"a $HOME ~ *; b|c > d `e`", "a|$HOME|~|*;|b|c|>|d|`e`"},
        {"\"/opt/my tools/get\" --account 'x \"y\"'", "/opt/my tools/get|--account|x \"y\""},
        {"a 'b", NULL},
        {"a \"b", NULL},
        {"a \"b\\\"", NULL},
        {"", NULL},
        {"   ", NULL},
        {"'' a", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        char **words = sk_aws_words_split(cases[i].line, &err);
        if (!cases[i].words) {
            assert_null(words);
            assert_int_equal(err.code, SK_E_CREDENTIALS);
            continue;
        }
        assert_non_null(words);
        struct sk_buffer joined = {0};
        for (size_t k = 0; words[k]; k++) {
            sk_buffer_adds(&joined, k > 0 ? "|" : "");
            sk_buffer_adds(&joined, words[k]);
        }
        assert_string_equal(sk_buffer_text(&joined), cases[i].words);
        sk_buffer_done(&joined);
        free(words);
    }
}

#define KEYS "\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"secret-p\""

struct process_case {
    const char *name, *line, *printed; /* printed: what the file {home}/printed holds */
    unsigned timeout_ms;
    const char *expected; /* the key id, or the end of the message */
    const char *token;    /* NULL: none */
    int64_t expires_at_s;
};

#define CAT "/bin/cat {home}/printed"

static const struct process_case cases[] = {
    {.name = "temporary credentials",
     .line = CAT,
     .printed = "{\"Version\":1," KEYS
                ",\"SessionToken\":\"secret-t\",\"Expiration\":\"2026-11-22T21:41:00Z\"}\n",
     .expected = "PROC",
     .token = "secret-t",
     .expires_at_s = PLACE_NOW + 3600},
    {.name = "an expiration with an offset",
     .line = CAT,
     .printed = "{\"Version\":1," KEYS ",\"Expiration\":\"2026-11-22T23:11:00.5+02:30\"}",
     .expected = "PROC",
     .expires_at_s = PLACE_NOW},
    {.name = "a line's end in the token",
     .line = CAT,
     .printed = "{\"Version\":1," KEYS ",\"SessionToken\":\"secret-t\\n\"}",
     .expected = "credentials from credential_process: the session token holds a line break or a "
                 "NUL byte"},
    {.name = "keys that stay",
     .line = CAT,
     .printed = "{\"Version\":1," KEYS "}",
     .expected = "PROC"},
    {.name = "nulls are nothing",
     .line = CAT,
     .printed = "{\"Version\":1," KEYS ",\"SessionToken\":null,\"Expiration\":null}",
     .expected = "PROC"},
    {.name = "found by PATH, arguments with blanks",
     .line = "sh -c 'cat \"$1\"' x {home}/printed",
     .printed = "{\"Version\":1," KEYS "}",
     .expected = "PROC"},
    {.name = "another version",
     .line = CAT,
     .printed = "{\"Version\":2," KEYS "}",
     .expected = "credentials from credential_process: what \"/bin/cat\" printed is not of "
                 "Version 1"},
    {.name = "no version", .line = CAT, .printed = "{" KEYS "}", .expected = "not of Version 1"},
    {.name = "no JSON",
     .line = CAT,
     .printed = "secret-p",
     .expected = "what \"/bin/cat\" printed is no JSON object"},
    {.name = "a list", .line = CAT, .printed = "[\"secret-p\"]", .expected = "no JSON object"},
    {.name = "no secret",
     .line = CAT,
     .printed = "{\"Version\":1,\"AccessKeyId\":\"PROC\"}",
     .expected = "printed lacks SecretAccessKey"},
    {.name = "no key id",
     .line = CAT,
     .printed = "{\"Version\":1,\"SecretAccessKey\":\"secret-p\"}",
     .expected = "printed lacks AccessKeyId"},
    {.name = "an expiration that is no time",
     .line = CAT,
     .printed = "{\"Version\":1," KEYS ",\"Expiration\":\"soon\"}",
     .expected = "printed has an unreadable Expiration"},
    {.name = "nothing to read on standard input", .line = "cat", .expected = "no JSON object"},
    {.name = "an exit code, and its first complaint",
     .line = "sh -c 'echo secret-p; echo \"no token  here\" >&2; echo more >&2; exit 3'",
     .expected = "\"sh\" ended with exit code 3: no token  here"},
    {.name = "an exit code without a word",
     .line = "false",
     .expected = "\"false\" ended with exit code 1"},
    {.name = "a signal",
     .line = "sh -c 'kill -TERM $$'",
     .expected = "\"sh\" was ended by signal 15"},
    {.name = "a program that is not there",
     .line = "/nonexistent/tool --secret secret-p",
     .expected = "cannot start \"/nonexistent/tool\": no such file or directory"},
    {.name = "a file that is no program",
     .line = "{home}/printed",
     .printed = "x",
     .expected = "printed\": permission denied"},
    {.name = "too much",
     .line = "head -c 70000 /dev/zero",
     .expected = "\"head\" printed more than 65536 bytes"},
    {.name = "without end",
     .line = "sh -c 'echo waiting for you >&2; sleep 600 & sleep 600'",
     .timeout_ms = 300,
     .expected = "\"sh\" did not end within 300 ms: waiting for you"},
    {.name = "gone, but its output still open",
     .line = "sh -c 'sleep 600 &'",
     .timeout_ms = 100,
     .expected = "\"sh\" did not end within 100 ms"},
    {.name = "an open quote",
     .line = "sh -c 'x",
     .expected = "credential_process has a quote that is not closed"},
};

static void check_case(const struct process_case *one)
{
    struct place place;
    place_begin(&place, NULL, 0);
    sk_auto(sk_freep) char *config =
        sk_xasprintf("[default]\ncredential_process = %s\n", one->line);
    place_write(&place, ".aws/config", config);
    place_write(&place, "printed", one->printed);
    place.chain.process_timeout_ms = one->timeout_ms ? one->timeout_ms : 30000;
    place_start(&place);
    place_wait(&place);
    const char *got = place_outcome(&place);
    if (!sk_text_ends_with(got, one->expected))
        fail_msg("%s: %d, %s", one->name, place.result, got);
    assert_null(strstr(got, "secret-"));
    if (place.result == SK_AWS_PROVIDED) {
        const struct sk_aws_credentials *credentials = &place.chain.credentials;
        assert_string_equal(credentials->provider, "credential_process");
        assert_string_equal(credentials->secret_key.data, "secret-p");
        assert_int_equal(sk_secret_is_set(&credentials->session_token), one->token != NULL);
        if (one->token)
            assert_string_equal(credentials->session_token.data, one->token);
        assert_int_equal(credentials->expires_at_s, one->expires_at_s);
    } else {
        assert_int_equal(place.result, SK_E_CREDENTIALS);
        assert_false(sk_secret_is_set(&place.chain.credentials.secret_key));
    }
    place_end(&place);
}

static void test_process(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        check_case(&cases[i]);
}

/* The program and what it started are gone when the chain is told. */
static void test_cancel_kills_the_process_group(void **state)
{
    struct place place;
    (void)state;
    place_begin(&place, NULL, 0);
    place_write(&place, ".aws/config",
                "[default]\ncredential_process = sh -c 'sleep 600 & echo $! > {home}/child; "
                "mv {home}/child {home}/pid; wait'\n");
    place_start(&place);
    sk_auto(sk_freep) char *path = sk_xasprintf("%s/pid", place.home);
    while (access(path, R_OK) != 0)
        uv_run(&place.loop, UV_RUN_ONCE);
    sk_auto(sk_freep) char *pid = NULL;
    assert_int_equal(sk_file_read(path, 64, &pid, NULL, NULL), 0);
    pid_t child = (pid_t)strtol(pid, NULL, 10);
    assert_true(child > 1);
    sk_aws_chain_cancel(&place.chain);
    sk_aws_chain_cancel(&place.chain);
    assert_int_equal(place.ended, 0);
    place_wait(&place);
    assert_int_equal(place.result, SK_E_CANCELED);
    /* A child of a dead parent is reaped by whoever inherits it, which takes a moment. */
    sk_auto(sk_freep) char *status = sk_xasprintf("/proc/%d/stat", (int)child);
    for (;;) {
        sk_auto(sk_freep) char *text = NULL;
        if (sk_file_read(status, 4096, &text, NULL, NULL) < 0 || strstr(text, ") Z "))
            break;
        uv_run(&place.loop, UV_RUN_ONCE);
        usleep(1000);
    }
    place_end(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_process),
        cmocka_unit_test(test_cancel_kills_the_process_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
