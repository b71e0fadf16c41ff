/* One HTTP exchange of a call: the signed request, and the answer as output or as a classified
 * error. */
#include <stdlib.h>
#include <string.h>

#include "aws/aws_int.h"
#include "aws/date.h"
#include "aws/error.h"
#include "aws/sigv4.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

/* AWS's texts can be long: a refused signature is explained by printing the whole request. */
#define MAX_MESSAGE_BYTES  600
#define MAX_PAGE_BYTES     120 /* of what is no error of AWS */
/* What is no word of a message by chance: secret keys have 40 characters, tokens more. */
#define LEAST_SECRET_BYTES 20

static const char *add_header(struct sk_aws__call *call, const char *name, const char *value)
{
    struct sk_secret *place = &call->header_values[call->http.header_count];
    sk_secret_set(place, value, strlen(value));
    call->headers[call->http.header_count++] = (struct sk_http_header){name, place->data};
    return place->data;
}

/* `now` is the moment of the X-Amz-Date header: reading the clock again could give the next second. */
static void sign(struct sk_aws__call *call, struct sk_wall now)
{
    const struct sk_aws_credentials *credentials = &call->account->credentials;
    struct sk_sigv4_header headers[sizeof(call->headers) / sizeof(*call->headers)];
    for (size_t i = 0; i < call->http.header_count; i++)
        headers[i] = (struct sk_sigv4_header){call->headers[i].name, call->headers[i].value};
    const struct sk_sigv4_request request = {.method = "POST",
                                             .path = call->endpoint.path,
                                             .headers = headers,
                                             .header_count = call->http.header_count,
                                             .body = call->body.data,
                                             .body_length = call->body.length};
    const struct sk_sigv4_scope scope = {.region = call->endpoint.signing_region,
                                         .service = call->service->signing_name,
                                         .now = now};
    char *authorization = sk_sigv4_authorization(&request, &scope, credentials->access_key_id.data,
                                                 &credentials->secret_key);
    add_header(call, "Authorization", authorization);
    explicit_bzero(authorization, strlen(authorization));
    free(authorization);
}

static void make_headers(struct sk_aws__call *call)
{
    const struct sk_aws_service *service = call->service;
    bool is_signed = !call->operation->is_unsigned;
    const struct sk_wall now = sk_aws__wall(call->aws);
    char date[SK_SIGV4_DATE_BYTES];
    sk_sigv4_date(now, date);
    call->http.header_count = 0;
    add_header(call, "Host", call->endpoint.host);
    if (is_signed)
        add_header(call, "X-Amz-Date", date);
    add_header(call, "User-Agent", call->aws->user_agent);
    if (service->protocol == SK_AWS_PROTOCOL_JSON) {
        sk_auto(sk_freep) char *type =
            sk_xasprintf("application/x-amz-json-%s", service->json_version);
        sk_auto(sk_freep) char *target =
            sk_xasprintf("%s.%s", service->target_prefix, call->operation->name);
        add_header(call, "Content-Type", type);
        add_header(call, "X-Amz-Target", target);
    } else {
        add_header(call, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    }
    const struct sk_secret *token = &call->account->credentials.session_token;
    if (is_signed && sk_secret_is_set(token))
        add_header(call, "X-Amz-Security-Token", token->data);
    if (is_signed)
        sign(call, now);
    call->http.headers = call->headers;
}

static int make_body(struct sk_aws__call *call, struct sk_err *err)
{
    if (call->has_body)
        return 0;
    json_auto_t *input = sk_aws_page_input(call->operation, call->call->input, call->pages.token);
    sk_buffer_clear(&call->body);
    const struct sk_aws_protocol_ops *protocol = sk_aws_protocol_find(call->service->protocol);
    int result = protocol->encode(call->service, call->operation, input, &call->body, err);
    call->has_body = result == 0;
    return result;
}

static int find_endpoint(struct sk_aws__call *call, struct sk_err *err)
{
    const struct sk_aws_settings *settings = &call->aws->settings;
    const json_t *files = call->aws->files;
    sk_auto(sk_freep) char *url = sk_aws_endpoint_url(settings, files, call->service);
    const struct sk_aws_endpoint_opts opts = {
        .region = call->region,
        .fips = sk_aws_setting_flag(settings, files, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
        .dual_stack = sk_aws_setting_flag(settings, files, "AWS_USE_DUALSTACK_ENDPOINT",
                                          "use_dualstack_endpoint"),
        .url = url};
    sk_aws_endpoint_done(&call->endpoint);
    return sk_aws_endpoint_resolve(call->service, &opts, &call->endpoint, err);
}

int sk_aws__attempt_start(struct sk_aws__call *call, sk_http_done_fn done, struct sk_err *err)
{
    if (find_endpoint(call, err) < 0 || make_body(call, err) < 0)
        return sk_err_wrap(err, "%s %s", call->service->name, call->operation->name);
    make_headers(call);
    call->http.method = "POST";
    call->http.url = call->endpoint.url;
    call->http.body = sk_buffer_text(&call->body);
    call->http.body_length = call->body.length;
    call->http.timeout_ms = call->aws->call_timeout_ms;
    call->http.done = done;
    return sk_http_start(call->aws->http, &call->http, err);
}

static void keep_request_id(struct sk_aws__call *call, char **from_body)
{
    const char *header = call->http.answer_headers[SK_HTTP_REQUEST_ID];
    free(call->request_id);
    call->request_id = *from_body ? *from_body : sk_xstrdup(header);
    *from_body = NULL;
}

/* The code in the headers: "Code;Sender" of query-compatible services counts before the body's. */
static void code_from_headers(const struct sk_http_request *http, struct sk_aws_fault *fault)
{
    char *code = sk_aws_fault_code(http->answer_headers[SK_HTTP_QUERY_ERROR]);
    if (!code && !fault->code)
        code = sk_aws_fault_code(http->answer_headers[SK_HTTP_ERROR_TYPE]);
    if (!code)
        return;
    free(fault->code);
    fault->code = code;
}

/* How much of the secret's beginning stands here: some servers cut what they repeat. 0 if that may be
 * chance. */
static size_t repeated(const char *text, size_t left, const char *secret)
{
    size_t same = 0;
    while (same < left && secret && secret[same] && text[same] == secret[same])
        same++;
    return same >= LEAST_SECRET_BYTES ? same : 0;
}

/* The text with "***" for the secrets of the call, wherever a server repeats them: those that it
 * got, and the key that signed. */
static void hide_secrets(const struct sk_aws__call *call, const char *text, size_t length,
                         struct sk_buffer *out)
{
    static const char *const secret_headers[] = {"Authorization", "X-Amz-Security-Token"};
    const char *secrets[sizeof(call->headers) / sizeof(*call->headers) + 3];
    size_t count = 0;
    for (size_t i = 0; i < call->http.header_count; i++) {
        const struct sk_http_header *header = &call->headers[i];
        if (sk_text_equal(header->name, secret_headers[0]) ||
            sk_text_equal(header->name, secret_headers[1]))
            secrets[count++] = header->value;
    }
    secrets[count++] = call->account->credentials.secret_key.data;
    secrets[count++] = call->account->credentials.session_token.data;
    secrets[count++] = sk_json_text(call->call->input, "WebIdentityToken");
    for (size_t at = 0; at < length;) {
        size_t hidden = 0;
        for (size_t i = 0; hidden == 0 && i < count; i++)
            hidden = repeated(text + at, length - at, secrets[i]);
        if (hidden > 0)
            sk_buffer_adds(out, "***");
        else
            sk_buffer_addc(out, text[at]);
        at += hidden > 0 ? hidden : 1;
    }
}

/* The first line, without secrets, not too long: where a signature is refused, the lines behind
 * hold the whole request with its token. */
static char *clean_message(const struct sk_aws__call *call, const char *message)
{
    const char *start = message ? message + strspn(message, " \t\r\n") : "no message";
    struct sk_buffer line = {0};
    hide_secrets(call, start, strcspn(start, "\r\n"), &line);
    char *clean = sk_text_scrub(sk_buffer_text(&line));
    sk_buffer_done(&line);
    if (strlen(clean) > MAX_MESSAGE_BYTES) {
        size_t cut = MAX_MESSAGE_BYTES;
        while (cut > 0 && ((unsigned char)clean[cut] & 0xC0) == 0x80)
            cut--; /* not inside of a UTF-8 sequence */
        clean[cut] = '\0';
    }
    for (char *at = clean; *at; at++) {
        if ((unsigned char)*at < ' ')
            *at = ' ';
    }
    return clean;
}

/* The beginning of an answer that is no error of AWS, as plain words: mostly a page of some proxy.
 * NULL when there are none. Owned by the caller. */
static char *words_of(const char *body, size_t length)
{
    struct sk_buffer words = {0};
    bool inside = false, gap = false;
    for (size_t i = 0; i < length && words.length < MAX_PAGE_BYTES; i++) {
        unsigned char byte = (unsigned char)body[i];
        if (byte == '<')
            inside = true;
        bool is_word = !inside && byte > ' ';
        if (is_word && gap && words.length > 0)
            sk_buffer_addc(&words, ' ');
        if (is_word)
            sk_buffer_addc(&words, (char)(byte < 0x7F ? byte : '?'));
        gap = !is_word;
        if (byte == '>')
            inside = false;
    }
    if (words.length > 0)
        return sk_buffer_take(&words);
    sk_buffer_done(&words);
    return NULL;
}

/* Code and message of a fault for people. */
static void raise_fault(const struct sk_aws__call *call, enum sk_errc code,
                        const struct sk_aws_fault *fault, struct sk_err *err)
{
    const struct sk_http_request *http = &call->http;
    sk_auto(sk_freep) char *status = sk_xasprintf("HTTP %d without an error code", http->status);
    struct sk_buffer page = {0};
    if (!fault->message)
        hide_secrets(call, sk_buffer_text(&http->answer), http->answer.length, &page);
    sk_auto(sk_freep) char *words = words_of(sk_buffer_text(&page), page.length);
    sk_buffer_done(&page);
    sk_auto(sk_freep) char *message = clean_message(call, fault->message ? fault->message : words);
    sk_err_set(err, code, "%s %s: %s: %s", call->service->name, call->operation->name,
               fault->code ? fault->code : status, message);
}

static void read_fault(struct sk_aws__call *call, double *retry_after_s, struct sk_err *err)
{
    const struct sk_http_request *http = &call->http;
    struct sk_aws_fault fault = {0};
    const struct sk_aws_protocol_ops *protocol = sk_aws_protocol_find(call->service->protocol);
    protocol->decode_fault(call->service, sk_buffer_text(&http->answer), http->answer.length,
                           &fault);
    code_from_headers(http, &fault);
    double asked_s = sk_aws_retry_after_parse(http->answer_headers[SK_HTTP_RETRY_AFTER],
                                              sk_aws__wall(call->aws));
    *retry_after_s = asked_s > fault.retry_after_s ? asked_s : fault.retry_after_s;
    const struct sk_aws_error_facts facts = {.service = call->service->name,
                                             .operation = call->operation->name,
                                             .status = http->status,
                                             .code = fault.code,
                                             .message = fault.message,
                                             .reason = fault.reason};
    raise_fault(call, sk_aws_error_classify(&facts), &fault, err);
    err->aws_code = fault.code;
    fault.code = NULL;
    keep_request_id(call, &fault.request_id);
    sk_aws_fault_done(&fault);
}

static json_t *read_output(struct sk_aws__call *call, struct sk_err *err)
{
    const struct sk_http_request *http = &call->http;
    const struct sk_aws_protocol_ops *protocol = sk_aws_protocol_find(call->service->protocol);
    char *request_id = NULL;
    json_t *output = protocol->decode(call->service, call->operation, sk_buffer_text(&http->answer),
                                      http->answer.length, &request_id, err);
    keep_request_id(call, &request_id);
    if (!output)
        sk_err_wrap(err, "%s %s", call->service->name, call->operation->name);
    return output;
}

json_t *sk_aws__attempt_answer(struct sk_aws__call *call, double *retry_after_s, struct sk_err *err)
{
    struct sk_http_request *http = &call->http;
    json_t *output = NULL;
    if (http->err.code != SK_OK) {
        sk_err_copy(err, &http->err);
        sk_err_wrap(err, "%s %s at %s", call->service->name, call->operation->name,
                    call->endpoint.host);
        free(call->request_id);
        call->request_id = NULL;
    } else if (http->status >= 200 && http->status < 300) {
        output = read_output(call, err);
    } else {
        read_fault(call, retry_after_s, err);
    }
    if (!output) {
        err->detail = http->status;
        err->request_id = sk_xstrdup(call->request_id);
    }
    /* Pages are large and not kept in two forms; some answers hold keys. */
    if (http->answer.data)
        explicit_bzero(http->answer.data, http->answer.length);
    sk_buffer_done(&http->answer);
    return output;
}
