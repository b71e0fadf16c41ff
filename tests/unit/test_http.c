/* The HTTP client against a scripted server on the same loop. */
#include <arpa/inet.h>

#include "http/http.h"
#include "sk_http_script.h"

#define MAX_REQUESTS 64

struct fixture {
    uv_loop_t loop;
    struct script script;
    struct sk_http *http;
    struct sk_http_request requests[MAX_REQUESTS];
    char url[64];
    unsigned done;
    unsigned again; /* how many more the callback starts */
    bool inside_start, close_in_callback, cancel_others;
};

static void on_done(struct sk_http_request *request)
{
    struct fixture *fixture = request->data;
    assert_false(fixture->inside_start);
    fixture->done++;
    if (fixture->close_in_callback) {
        sk_http_close(fixture->http);
        fixture->http = NULL;
    }
    if (fixture->cancel_others) {
        for (size_t i = 0; i < MAX_REQUESTS; i++)
            sk_http_cancel(&fixture->requests[i]);
    }
    if (fixture->again > 0) {
        fixture->again--;
        assert_int_equal(sk_http_start(fixture->http, request, NULL), 0);
    }
}

static void begin(struct fixture *fixture, const struct script_exchange *exchanges, size_t count)
{
    *fixture = (struct fixture){0};
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    script_start(&fixture->script, &fixture->loop, exchanges, count);
    snprintf(fixture->url, sizeof(fixture->url), "http://127.0.0.1:%d/path", fixture->script.port);
    struct sk_err err = {0};
    const struct sk_http_opts opts = {.loop = &fixture->loop};
    ASSERT_OK(sk_http_new(&opts, &fixture->http, &err), &err);
    for (size_t i = 0; i < MAX_REQUESTS; i++)
        fixture->requests[i] = (struct sk_http_request){.method = "POST",
                                                        .url = fixture->url,
                                                        .body = "hello",
                                                        .body_length = 5,
                                                        .done = on_done,
                                                        .data = fixture};
}

static void start(struct fixture *fixture, struct sk_http_request *request)
{
    struct sk_err err = {0};
    fixture->inside_start = true;
    ASSERT_OK(sk_http_start(fixture->http, request, &err), &err);
    fixture->inside_start = false;
}

/* Until `done` callbacks ran. */
static void run(struct fixture *fixture, unsigned done)
{
    while (fixture->done < done)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->done, done);
}

static void end(struct fixture *fixture)
{
    sk_http_close(fixture->http);
    script_end(&fixture->script);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < MAX_REQUESTS; i++)
        sk_http_request_done(&fixture->requests[i]);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static void test_exchange(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.has = {"POST /path HTTP/1.1\r\n", "\r\nX-One: 1\r\n", "\r\nContent-Length: 5\r\n"},
         .has_not = "Expect",
         .body = "hello",
         .status = 418,
         .headers = "Date: Sun, 22 Nov 2026 20:41:00 GMT\r\nx-amzn-requestid:  abc \r\n"
                    "X-Amzn-ErrorType: Oops:http://x\r\nretry-after: 7\r\nX-Other: no\r\n",
         .reply = "short and stout"}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 1);
    struct sk_http_request *request = &fixture.requests[0];
    const struct sk_http_header headers[] = {{"X-One", "1"}, {"Content-Type", "text/plain"}};
    request->headers = headers;
    request->header_count = 2;
    start(&fixture, request);
    assert_int_equal(fixture.done, 0);
    run(&fixture, 1);
    assert_int_equal(request->err.code, SK_OK);
    assert_int_equal(request->status, 418);
    assert_true(request->sent);
    assert_string_equal(sk_buffer_text(&request->answer), "short and stout");
    assert_string_equal(request->answer_headers[SK_HTTP_DATE], "Sun, 22 Nov 2026 20:41:00 GMT");
    assert_string_equal(request->answer_headers[SK_HTTP_REQUEST_ID], "abc");
    assert_string_equal(request->answer_headers[SK_HTTP_ERROR_TYPE], "Oops:http://x");
    assert_string_equal(request->answer_headers[SK_HTTP_RETRY_AFTER], "7");
    assert_null(request->answer_headers[SK_HTTP_QUERY_ERROR]);
    end(&fixture);
}

/* What one exchange leads to. */
static void test_outcomes(void **state)
{
    static const struct {
        const char *name;
        struct script_exchange exchange;
        enum sk_errc code;
        int status;
        const char *answer;
    } cases[] = {
        {"dropped", {.act = SCRIPT_DROP}, SK_E_NETWORK, 0, ""},
        {"truncated", {.act = SCRIPT_TRUNCATE, .reply = "half"}, SK_E_NETWORK, 200, "half"},
        {"no HTTP", {.act = SCRIPT_RAW, .reply = "nonsense\r\n\r\n"}, SK_E_NETWORK, 0, ""},
        {"interim answer first",
         {.act = SCRIPT_RAW,
          .reply = "HTTP/1.1 100 Continue\r\nDate: x\r\n\r\nHTTP/1.1 200 OK\r\n"
                   "Content-Length: 2\r\n\r\nok"},
         SK_OK,
         200,
         "ok"},
        {"chunked",
         {.act = SCRIPT_RAW,
          .reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"},
         SK_OK,
         200,
         "abcde"},
        {"chunked, cut off",
         {.act = SCRIPT_RAW,
          .reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nd"},
         SK_E_NETWORK,
         200,
         "abcd"},
        {"redirect is not followed",
         {.status = 302, .headers = "Location: http://127.0.0.1:1/\r\n"},
         SK_OK,
         302,
         "{}"},
        {"empty", {.status = 204, .reply = ""}, SK_OK, 204, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct fixture fixture;
        begin(&fixture, &cases[i].exchange, 1);
        struct sk_http_request *request = &fixture.requests[0];
        start(&fixture, request);
        run(&fixture, 1);
        if (request->err.code != cases[i].code || request->status != cases[i].status ||
            strcmp(sk_buffer_text(&request->answer), cases[i].answer) != 0)
            fail_msg("%s: %s, %d, \"%s\"", cases[i].name, sk_err_message(&request->err),
                     request->status, sk_buffer_text(&request->answer));
        assert_true(request->sent);
        assert_null(request->answer_headers[SK_HTTP_DATE]);
        end(&fixture);
    }
}

static void test_refused_connection_sent_nothing(void **state)
{
    struct fixture fixture;
    (void)state;
    begin(&fixture, NULL, 0);
    fixture.requests[0].url = "http://127.0.0.1:1/";
    start(&fixture, &fixture.requests[0]);
    run(&fixture, 1);
    assert_int_equal(fixture.requests[0].err.code, SK_E_NETWORK);
    assert_false(fixture.requests[0].sent);
    end(&fixture);
}

static void test_other_schemes_are_invalid(void **state)
{
    static const char *const urls[] = {"ftp://127.0.0.1/", "file:///etc/passwd", "http://"};
    struct fixture fixture;
    (void)state;
    begin(&fixture, NULL, 0);
    for (unsigned i = 0; i < 3; i++) {
        fixture.requests[i].url = urls[i];
        start(&fixture, &fixture.requests[i]);
        run(&fixture, i + 1);
        assert_int_equal(fixture.requests[i].err.code, SK_E_INVALID);
        assert_false(fixture.requests[i].sent);
    }
    end(&fixture);
}

static void test_bounds(void **state)
{
    static char padding[70000];
    memset(padding, 'x', sizeof(padding) - 1);
    sk_auto(sk_freep) char *long_header = sk_xasprintf("X-Long: %s\r\n", padding);
    const struct script_exchange exchanges[] = {
        {.reply = "123456789"}, {.reply = "12345678"}, {.headers = long_header}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 3);
    for (unsigned i = 0; i < 3; i++) {
        fixture.requests[i].max_response_bytes = 8;
        start(&fixture, &fixture.requests[i]);
        run(&fixture, i + 1);
    }
    assert_int_equal(fixture.requests[0].err.code, SK_E_BOUND);
    assert_non_null(strstr(fixture.requests[0].err.msg, "8 bytes"));
    assert_int_equal(fixture.requests[1].err.code, SK_OK);
    assert_int_equal(fixture.requests[2].err.code, SK_E_BOUND);
    end(&fixture);
}

static void test_deadline(void **state)
{
    static const struct script_exchange exchanges[] = {{.act = SCRIPT_HOLD}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 1);
    fixture.requests[0].timeout_ms = 30;
    start(&fixture, &fixture.requests[0]);
    run(&fixture, 1);
    assert_int_equal(fixture.requests[0].err.code, SK_E_TIMEOUT);
    assert_true(fixture.requests[0].sent);
    end(&fixture);
}

static void test_connections_are_reused(void **state)
{
    static const struct script_exchange exchanges[] = {{.body = "hello"}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 1);
    fixture.script.repeat_last = true;
    fixture.again = 299;
    start(&fixture, &fixture.requests[0]);
    run(&fixture, 300);
    assert_int_equal(fixture.script.requests, 300);
    assert_int_equal(fixture.script.connections, 1);
    end(&fixture);
}

static void test_many_at_once(void **state)
{
    static const struct script_exchange exchanges[] = {{.body = "hello"}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 1);
    fixture.script.repeat_last = true;
    fixture.again = 500;
    for (size_t i = 0; i < MAX_REQUESTS; i++)
        start(&fixture, &fixture.requests[i]);
    run(&fixture, MAX_REQUESTS + 500);
    assert_true(fixture.script.connections <= MAX_REQUESTS);
    for (size_t i = 0; i < MAX_REQUESTS; i++)
        assert_int_equal(fixture.requests[i].status, 200);
    end(&fixture);
}

/* libcurl would repeat a request by itself when a connection that it reuses dies. */
static void test_a_body_is_sent_once(void **state)
{
    static const struct script_exchange exchanges[] = {{.body = "hello"},
                                                       {.body = "hello", .act = SCRIPT_DROP}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 2);
    start(&fixture, &fixture.requests[0]);
    run(&fixture, 1);
    start(&fixture, &fixture.requests[1]);
    run(&fixture, 2);
    assert_int_equal(fixture.requests[1].err.code, SK_E_NETWORK);
    assert_true(fixture.requests[1].sent);
    assert_int_equal(fixture.script.requests, 2);
    assert_int_equal(fixture.script.bytes, fixture.script.request_bytes);
    end(&fixture);
}

static void test_cancel(void **state)
{
    static const struct script_exchange exchanges[] = {{.act = SCRIPT_HOLD}, {.reply = "next"}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 2);
    struct sk_http_request *request = &fixture.requests[0];
    start(&fixture, request);
    while (fixture.script.requests == 0)
        uv_run(&fixture.loop, UV_RUN_ONCE);
    sk_http_cancel(request);
    sk_http_cancel(request);
    assert_int_equal(fixture.done, 0);
    run(&fixture, 1);
    assert_int_equal(request->err.code, SK_E_CANCELED);
    assert_true(request->sent);
    sk_http_cancel(request); /* it is over: nothing happens */
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture.done, 1);
    start(&fixture, request); /* and may be used again */
    run(&fixture, 2);
    assert_string_equal(sk_buffer_text(&request->answer), "next");
    end(&fixture);
}

static void test_cancel_before_anything_was_sent(void **state)
{
    struct fixture fixture;
    (void)state;
    begin(&fixture, NULL, 0);
    start(&fixture, &fixture.requests[0]);
    sk_http_cancel(&fixture.requests[0]);
    run(&fixture, 1);
    assert_int_equal(fixture.requests[0].err.code, SK_E_CANCELED);
    assert_false(fixture.requests[0].sent);
    end(&fixture);
}

static void test_cancel_others_in_callback(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.act = SCRIPT_HOLD}, {.act = SCRIPT_HOLD}, {.reply = "ok"}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 3);
    fixture.cancel_others = true;
    for (size_t i = 0; i < 3; i++) {
        start(&fixture, &fixture.requests[i]);
        while (fixture.script.requests == i)
            uv_run(&fixture.loop, UV_RUN_ONCE);
    }
    run(&fixture, 3);
    assert_int_equal(fixture.requests[0].err.code, SK_E_CANCELED);
    assert_int_equal(fixture.requests[1].err.code, SK_E_CANCELED);
    assert_int_equal(fixture.requests[2].err.code, SK_OK);
    end(&fixture);
}

static void test_close_calls_back_first(void **state)
{
    static const struct script_exchange exchanges[] = {{.act = SCRIPT_HOLD}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 1);
    fixture.script.repeat_last = true;
    for (size_t i = 0; i < 5; i++)
        start(&fixture, &fixture.requests[i]);
    while (fixture.script.requests < 5)
        uv_run(&fixture.loop, UV_RUN_ONCE);
    sk_http_close(fixture.http);
    assert_int_equal(fixture.done, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(fixture.requests[i].err.code, SK_E_CANCELED);
    struct sk_err err = {0};
    assert_int_equal(sk_http_start(fixture.http, &fixture.requests[6], &err), SK_E_CANCELED);
    sk_err_done(&err);
    sk_http_close(fixture.http); /* again: harmless until the loop runs */
    fixture.http = NULL;
    end(&fixture);
    assert_int_equal(fixture.done, 5);
}

static void test_close_in_callback(void **state)
{
    static const struct script_exchange exchanges[] = {{.act = SCRIPT_HOLD}, {.reply = "ok"}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 2);
    fixture.close_in_callback = true;
    start(&fixture, &fixture.requests[0]);
    while (fixture.script.requests == 0)
        uv_run(&fixture.loop, UV_RUN_ONCE);
    start(&fixture, &fixture.requests[1]);
    run(&fixture, 2);
    assert_int_equal(fixture.requests[0].err.code, SK_E_CANCELED);
    assert_int_equal(fixture.requests[1].err.code, SK_OK);
    end(&fixture);
}

static void test_get_without_body(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.has = {"GET /path HTTP/1.1\r\n"}, .has_not = "Content-Length", .reply = "got"}};
    struct fixture fixture;
    (void)state;
    begin(&fixture, exchanges, 1);
    fixture.requests[0].method = "GET";
    fixture.requests[0].body = NULL;
    start(&fixture, &fixture.requests[0]);
    run(&fixture, 1);
    assert_string_equal(sk_buffer_text(&fixture.requests[0].answer), "got");
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_refused_connection_sent_nothing),
        cmocka_unit_test(test_other_schemes_are_invalid),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_connections_are_reused),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_a_body_is_sent_once),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_before_anything_was_sent),
        cmocka_unit_test(test_cancel_others_in_callback),
        cmocka_unit_test(test_close_calls_back_first),
        cmocka_unit_test(test_close_in_callback),
        cmocka_unit_test(test_get_without_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
