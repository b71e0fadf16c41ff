/* HTTP/1.1 over libcurl's multi interface on one libuv loop.
 *
 * The pattern: a request is a struct that the caller embeds in an object of its own. When
 * sk_http_start returns an error, `done` never runs; when it returns 0, `done` runs exactly once,
 * later, on the loop's thread, never from inside start. sk_http_cancel may be called any number of
 * times and still leads to that one call, with SK_E_CANCELED. `done` may free the request, start
 * others, cancel others and close the client.
 *
 * A request with a body is put on the wire at most once: libcurl would send it again by itself when
 * a reused connection dies before the answer, which for a POST means that its effect may come
 * twice. Repeating is the decision of whoever knows what the request does. (Requests without a body
 * may be repeated by libcurl in that one case.)
 *
 * Certificates are always verified. Proxies: the environment variables that libcurl knows
 * (https_proxy, http_proxy, no_proxy …). Redirects are not followed. */
#ifndef SK_HTTP_HTTP_H
#define SK_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include "base/buffer.h"
#include "base/err.h"

struct sk_http;

/* Copied by sk_http_new unless said otherwise. */
struct sk_http_opts {
    uv_loop_t *loop;         /* borrowed, outlives the client */
    const char *ca_file;     /* PEM bundle; NULL: the system's */
    unsigned keep_alive_max; /* idle connections kept open; 0: 64 */
};

int sk_http_new(const struct sk_http_opts *opts, struct sk_http **out,
                struct sk_err *err) SK_WARN_UNUSED;
/* Cancels every request (their callbacks run before this returns), then closes; the memory goes
 * when the loop has run the close callbacks, after which uv_loop_close can succeed. NULL is fine.
 */
void sk_http_close(struct sk_http *http);

struct sk_http_header {
    const char *name, *value;
};

/* The answer's headers that are kept; others are dropped unread. */
enum sk_http_answer_header {
    SK_HTTP_DATE,
    SK_HTTP_RETRY_AFTER,
    SK_HTTP_REQUEST_ID,  /* x-amzn-RequestId, or x-amz-request-id */
    SK_HTTP_ERROR_TYPE,  /* x-amzn-ErrorType */
    SK_HTTP_QUERY_ERROR, /* x-amzn-query-error */
    SK_HTTP_ANSWER_HEADERS
};

struct sk_http_request;
typedef void (*sk_http_done_fn)(struct sk_http_request *request);

/* Zero-initialise; end with sk_http_request_done. May be started again after `done` ran. */
struct sk_http_request {
    /* Set by the caller; borrowed until `done`. */
    const char *method;                   /* "GET", "POST", "PUT" */
    const char *url;                      /* http or https */
    const struct sk_http_header *headers; /* in addition to Host and Content-Length; an empty value
                                             suppresses a header of libcurl's own */
    size_t header_count;
    const char *body; /* NULL: none */
    size_t body_length;
    unsigned connect_timeout_ms; /* 0: 10000 */
    unsigned timeout_ms;         /* the whole exchange; 0: 60000 */
    size_t max_response_bytes;   /* 0: SK_BOUND_RESPONSE_BYTES */
    bool direct;                 /* never through a proxy: for hosts that only this machine sees */
    sk_http_done_fn done;
    void *data;

    /* Result, valid from `done` until the next start or sk_http_request_done. */
    /* unset when a whole answer arrived, whatever its status. SK_E_NETWORK (no or half an
     * answer), SK_E_TIMEOUT, SK_E_BOUND, SK_E_CANCELED, SK_E_INVALID */
    struct sk_err err;
    int status;                                   /* HTTP status; 0 when there was no answer */
    bool sent;                                    /* the server may have seen the request */
    struct sk_buffer answer;                      /* the body */
    char *answer_headers[SK_HTTP_ANSWER_HEADERS]; /* owned; NULL when absent */

    /* Private. */
    struct sk_http *http;
    struct sk_http_request *next, *prev;
    void *easy;
    void *header_list;
    size_t body_offset, header_bytes;
    int phase;
    int over_bound;
    char detail[256]; /* libcurl's own words; CURL_ERROR_SIZE */
};

int sk_http_start(struct sk_http *http, struct sk_http_request *request,
                  struct sk_err *err) SK_WARN_UNUSED;
/* Idempotent; harmless on a request that is not under way. `done` still runs, later. */
void sk_http_cancel(struct sk_http_request *request);
/* Releases the result; not while under way. */
void sk_http_request_done(struct sk_http_request *request);

#endif
