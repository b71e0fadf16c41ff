/* A provider's question over HTTP: attempts with pauses between them, and the end of the chain's
 * waiting. The memory of a question lives until its timer is closed, so that cancelling needs
 * nothing of the client that asked. */
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_int.h"
#include "base/alloc.h"
#include "base/bounds.h"
#include "base/json.h"
#include "base/text.h"

#define RETRY_PAUSE_MS  1000
#define MAX_WORDS_BYTES 200

struct ask {
    struct sk_aws__wait wait; /* first: the chain knows the question by it */
    struct sk_aws_chain *chain;
    struct sk_http_request http;
    struct sk_http_header headers[2];
    struct sk_secret header_value;
    char *url, *user_agent;
    uv_timer_t pause;
    uint64_t pause_ms;
    unsigned attempts_left;
    bool canceled, closing;
    struct sk_err failure;
    sk_aws__answered_fn answered;
};

static int answer(struct ask *ask, struct sk_err *err)
{
    if (ask->canceled)
        return sk_err_set(err, SK_E_CANCELED, "canceled");
    const struct sk_aws__answer given = {.failure =
                                             ask->failure.code != SK_OK ? &ask->failure : NULL,
                                         .status = ask->http.status,
                                         .body = sk_buffer_text(&ask->http.answer),
                                         .length = ask->http.answer.length};
    return ask->answered(ask->chain, &given, err);
}

static void on_closed(uv_handle_t *handle)
{
    struct ask *ask = handle->data;
    struct sk_aws_chain *chain = ask->chain;
    sk_auto(sk_err_done) struct sk_err err = {0};
    chain->wait = NULL;
    int result = answer(ask, &err);
    if (ask->http.answer.data)
        explicit_bzero(ask->http.answer.data, ask->http.answer.length);
    sk_http_request_done(&ask->http);
    sk_secret_done(&ask->header_value);
    sk_err_done(&ask->failure);
    free(ask->url);
    free(ask->user_agent);
    free(ask);
    if (result != SK_AWS_PROVIDING)
        sk_aws__chain_go_on(chain, result, &err);
}

static void finish(struct ask *ask)
{
    if (!ask->closing)
        uv_close((uv_handle_t *)&ask->pause, on_closed);
    ask->closing = true;
}

static void on_pause_over(uv_timer_t *timer)
{
    struct ask *ask = timer->data;
    if (sk_http_start(ask->chain->http, &ask->http, &ask->failure) < 0)
        finish(ask);
}

static bool is_worth_repeating(const struct ask *ask)
{
    if (ask->canceled || ask->attempts_left == 0)
        return false;
    enum sk_errc code = ask->http.err.code;
    return code == SK_E_NETWORK || code == SK_E_TIMEOUT ||
           (code == SK_OK && (ask->http.status == 429 || ask->http.status >= 500));
}

static void on_answer(struct sk_http_request *http)
{
    struct ask *ask = http->data;
    ask->attempts_left--;
    if (http->err.code == SK_E_CANCELED)
        ask->canceled = true;
    if (is_worth_repeating(ask)) {
        uv_timer_start(&ask->pause, on_pause_over, ask->pause_ms, 0);
        return;
    }
    sk_err_copy(&ask->failure, &http->err);
    finish(ask);
}

static void cancel(struct sk_aws__wait *wait)
{
    struct ask *ask = (struct ask *)(void *)wait;
    if (ask->closing) {
        ask->canceled = true;
        return;
    }
    if (uv_is_active((uv_handle_t *)&ask->pause)) {
        ask->canceled = true;
        uv_timer_stop(&ask->pause);
        finish(ask);
        return;
    }
    ask->canceled = true;
    sk_http_cancel(&ask->http);
}

int sk_aws__ask(struct sk_aws_chain *chain, const struct sk_aws__question *question)
{
    struct ask *ask = sk_xcalloc(1, sizeof(*ask));
    ask->wait.cancel = cancel;
    ask->chain = chain;
    ask->url = sk_xstrdup(question->url);
    ask->user_agent = sk_xstrdup(chain->user_agent ? chain->user_agent : "");
    ask->attempts_left = question->attempts;
    ask->pause_ms = chain->retry_pause_ms ? chain->retry_pause_ms : RETRY_PAUSE_MS;
    ask->answered = question->answered;
    ask->headers[0] = (struct sk_http_header){"User-Agent", ask->user_agent};
    if (question->header_name) {
        sk_secret_set(&ask->header_value, question->header_value, strlen(question->header_value));
        ask->headers[1] = (struct sk_http_header){question->header_name, ask->header_value.data};
    }
    ask->http = (struct sk_http_request){.method = question->method,
                                         .url = ask->url,
                                         .headers = ask->headers,
                                         .header_count = question->header_name ? 2 : 1,
                                         .connect_timeout_ms = question->timeout_ms,
                                         .timeout_ms = question->timeout_ms,
                                         .max_response_bytes = SK_BOUND_CREDENTIALS_BYTES,
                                         .direct = question->direct,
                                         .done = on_answer,
                                         .data = ask};
    uv_timer_init(chain->loop, &ask->pause);
    ask->pause.data = ask;
    chain->wait = &ask->wait;
    if (question->header_name && strpbrk(question->header_value, "\r\n")) {
        sk_err_set(&ask->failure, SK_E_INVALID, "the token holds a line break");
        finish(ask);
    } else if (sk_http_start(chain->http, &ask->http, &ask->failure) < 0)
        finish(ask);
    return SK_AWS_PROVIDING;
}

char *sk_aws__answer_words(const struct sk_aws__answer *answer)
{
    static const char *const members[] = {"message", "Message", "code", "Code"};
    json_t *body = json_loadb(answer->body, answer->length, 0, NULL);
    const char *words = NULL;
    for (size_t i = 0; !words && i < sizeof(members) / sizeof(*members); i++)
        words = json_string_value(json_object_get(body, members[i]));
    sk_auto(sk_freep) char *line =
        words ? sk_xstrndup(words, strcspn(words, "\r\n")) : sk_xstrdup("");
    char *clean = sk_text_scrub(line);
    size_t length = strlen(clean);
    if (length > MAX_WORDS_BYTES) {
        length = MAX_WORDS_BYTES;
        while (length > 0 && ((unsigned char)clean[length] & 0xC0) == 0x80)
            length--; /* not inside of a UTF-8 sequence */
        clean[length] = '\0';
    }
    for (char *at = clean; *at; at++) {
        if ((unsigned char)*at < ' ')
            *at = ' ';
    }
    sk_aws_json_wipe(body);
    return clean;
}
