/* One transfer: options of the easy handle, its callbacks, and libcurl's result as ours. */
#include "http/http_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/text.h"

#define DEFAULT_CONNECT_TIMEOUT_MS 10000
#define DEFAULT_TIMEOUT_MS         60000

enum { OVER_NOTHING, OVER_HEADERS, OVER_BODY };

_Static_assert(sizeof(((struct sk_http_request *)0)->detail) >= CURL_ERROR_SIZE, "error buffer");

static const struct {
    const char *name;
    enum sk_http_answer_header slot;
} kept_headers[] = {
    {"date", SK_HTTP_DATE},
    {"retry-after", SK_HTTP_RETRY_AFTER},
    {"x-amzn-requestid", SK_HTTP_REQUEST_ID},
    {"x-amz-request-id", SK_HTTP_REQUEST_ID},
    {"x-amzn-errortype", SK_HTTP_ERROR_TYPE},
    {"x-amzn-query-error", SK_HTTP_QUERY_ERROR},
};

static void forget_headers(struct sk_http_request *request)
{
    for (size_t i = 0; i < SK_HTTP_ANSWER_HEADERS; i++) {
        free(request->answer_headers[i]);
        request->answer_headers[i] = NULL;
    }
}

static void keep_header(struct sk_http_request *request, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (!colon)
        return;
    size_t name_length = (size_t)(colon - line);
    for (size_t i = 0; i < sizeof(kept_headers) / sizeof(*kept_headers); i++) {
        if (strlen(kept_headers[i].name) != name_length ||
            strncasecmp(line, kept_headers[i].name, name_length) != 0)
            continue;
        const char *value = colon + 1;
        const char *end = line + length;
        while (value < end && (*value == ' ' || *value == '\t'))
            value++;
        while (end > value && strchr(" \t\r\n", end[-1]))
            end--;
        char **slot = &request->answer_headers[kept_headers[i].slot];
        free(*slot);
        *slot = sk_xstrndup(value, (size_t)(end - value));
    }
}

/* Called by libcurl once for each header line, status lines included. */
static size_t on_header(char *line, size_t size, size_t count, void *data)
{
    struct sk_http_request *request = data;
    size_t length = size * count;
    request->header_bytes += length;
    if (request->header_bytes > SK_BOUND_HEADER_BYTES) {
        request->over_bound = OVER_HEADERS;
        return 0;
    }
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
        forget_headers(request); /* an interim answer (100) came before */
    else
        keep_header(request, line, length);
    return length;
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *data)
{
    struct sk_http_request *request = data;
    if (sk_buffer_add(&request->answer, bytes, size * count))
        return size * count;
    request->over_bound = OVER_BODY;
    return 0;
}

/* The body goes out through a callback, without a way to rewind, so that libcurl cannot send it a
 * second time (see http.h). */
static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct sk_http_request *request = data;
    size_t left = request->body_length - request->body_offset;
    size_t part = size * count < left ? size * count : left;
    memcpy(bytes, request->body + request->body_offset, part);
    request->body_offset += part;
    return part;
}

static struct curl_slist *header_list(const struct sk_http_request *request)
{
    /* No "Expect: 100-continue": it costs a round trip. No "Accept-Encoding" is sent either. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list && i < request->header_count; i++) {
        const struct sk_http_header *header = &request->headers[i];
        sk_auto(sk_freep) char *line =
            sk_xasprintf("%s:%s%s", header->name, *header->value ? " " : "", header->value);
        struct curl_slist *longer = curl_slist_append(list, line);
        if (!longer)
            abort();
        list = longer;
    }
    if (!list)
        abort();
    return list;
}

static bool set_method(CURL *easy, struct sk_http_request *request)
{
    CURLcode code = CURLE_OK;
    if (request->body) {
        code |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
        code |= curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_body);
        code |= curl_easy_setopt(easy, CURLOPT_READDATA, request);
        code |=
            curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
    }
    if (!request->body || strcmp(request->method, "POST") != 0)
        code |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return code == CURLE_OK;
}

static bool set_options(CURL *easy, struct sk_http_request *request, const char *ca_file,
                        CURLSH *share)
{
    CURLcode code = CURLE_OK;
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(easy, CURLOPT_URL, request->url);
    code |= curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    code |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->detail);
    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    code |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    code |= curl_easy_setopt(easy, CURLOPT_SHARE, share);
    code |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->header_list);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                             (long)(request->connect_timeout_ms ? request->connect_timeout_ms
                                                                : DEFAULT_CONNECT_TIMEOUT_MS));
    code |=
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                         (long)(request->timeout_ms ? request->timeout_ms : DEFAULT_TIMEOUT_MS));
    if (ca_file)
        code |= curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    if (request->direct)
        code |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    return code == CURLE_OK && set_method(easy, request);
}

CURL *sk_http__easy_new(struct sk_http_request *request, const char *ca_file, CURLSH *share,
                        struct sk_err *err)
{
    sk_http_request_done(request);
    request->answer.max_bytes =
        request->max_response_bytes ? request->max_response_bytes : SK_BOUND_RESPONSE_BYTES;
    request->status = 0;
    request->sent = false;
    request->body_offset = request->header_bytes = 0;
    request->over_bound = OVER_NOTHING;
    request->detail[0] = '\0';
    CURL *easy = curl_easy_init();
    if (!easy)
        abort();
    request->easy = easy;
    request->header_list = header_list(request);
    if (!set_options(easy, request, ca_file, share)) {
        sk_http__easy_free(request);
        sk_err_set(err, SK_E_INVALID, "cannot prepare the request: libcurl refused an option");
        return NULL;
    }
    return easy;
}

/* libcurl's results that are more than "no whole answer"; the rest is SK_E_NETWORK. */
static enum sk_errc code_of(CURLcode code)
{
    static const struct {
        CURLcode curl;
        enum sk_errc ours;
    } codes[] = {
        {CURLE_OPERATION_TIMEDOUT, SK_E_TIMEOUT},       {CURLE_URL_MALFORMAT, SK_E_INVALID},
        {CURLE_UNSUPPORTED_PROTOCOL, SK_E_INVALID},     {CURLE_SSL_CACERT_BADFILE, SK_E_INVALID},
        {CURLE_PEER_FAILED_VERIFICATION, SK_E_INVALID}, {CURLE_OUT_OF_MEMORY, SK_E_MEMORY},
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        if (codes[i].curl == code)
            return codes[i].ours;
    }
    return SK_E_NETWORK;
}

void sk_http__easy_result(struct sk_http_request *request, CURLcode code)
{
    long status = 0;
    long sent = 0;
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(request->easy, CURLINFO_REQUEST_SIZE, &sent);
    request->status = (int)status;
    request->sent = sent > 0;
    if (code == CURLE_OK)
        return;
    if (request->over_bound == OVER_BODY) {
        sk_err_set(&request->err, SK_E_BOUND, "answer is longer than %zu bytes",
                   request->answer.max_bytes);
    } else if (request->over_bound == OVER_HEADERS) {
        sk_err_set(&request->err, SK_E_BOUND, "headers of the answer are longer than %zu bytes",
                   SK_BOUND_HEADER_BYTES);
    } else if (code == CURLE_UNSUPPORTED_PROTOCOL && request->sent) {
        sk_err_set(&request->err, SK_E_NETWORK, "the answer is not HTTP");
    } else {
        /* libcurl quotes the proxy as it was given, with its password. */
        sk_auto(sk_freep) char *words =
            sk_text_scrub(*request->detail ? request->detail : curl_easy_strerror(code));
        sk_err_set(&request->err, code_of(code), "%s", words);
        request->err.detail = (int)code;
    }
}

void sk_http__easy_free(struct sk_http_request *request)
{
    curl_easy_cleanup(request->easy);
    curl_slist_free_all(request->header_list);
    request->easy = NULL;
    request->header_list = NULL;
}

void sk_http_request_done(struct sk_http_request *request)
{
    sk_err_done(&request->err);
    sk_buffer_done(&request->answer);
    forget_headers(request);
}
