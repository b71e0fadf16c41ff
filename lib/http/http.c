/* libcurl's multi interface driven by a libuv loop.
 *
 * libcurl says which sockets to watch (on_socket) and when to be called again (on_timeout); we call
 * curl_multi_socket_action for both and drain its completions after every such call. Finished
 * requests go to a list first and their callbacks run last, outside of libcurl, so that a callback
 * may do anything. One watch per socket; its memory goes in its close callback, and the client's
 * goes when the last handle is closed. */
#include "http/http_int.h"

#include <stdlib.h>

#include "base/alloc.h"

struct sk_http {
    uv_loop_t *loop;
    CURLM *multi;
    CURLSH *share; /* TLS sessions, so that new connections to a known host are resumed */
    char *ca_file;
    uv_timer_t timeout; /* when libcurl wants to be called */
    uv_timer_t deliver; /* makes callbacks "later" for requests that were cancelled */
    struct sk_http_request *running, *finished, *finished_tail;
    struct watch *watches;
    unsigned open_handles; /* uv handles not yet closed */
    bool closing;
};

/* One socket that libcurl wants watched. */
struct watch {
    uv_poll_t poll;
    struct sk_http *http;
    curl_socket_t socket;
    struct watch *next, *prev;
};

static void free_when_closed(struct sk_http *http)
{
    if (--http->open_handles > 0)
        return;
    free(http->ca_file);
    free(http);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free_when_closed(handle->data);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    struct sk_http *http = watch->http;
    free(watch);
    free_when_closed(http);
}

static void list_add(struct sk_http *http, struct sk_http_request *request)
{
    request->phase = SK_HTTP_RUNNING;
    request->prev = NULL;
    request->next = http->running;
    if (http->running)
        http->running->prev = request;
    http->running = request;
}

static void list_remove(struct sk_http *http, struct sk_http_request *request)
{
    if (request->prev)
        request->prev->next = request->next;
    else
        http->running = request->next;
    if (request->next)
        request->next->prev = request->prev;
    request->next = request->prev = NULL;
}

/* Takes a running request out of libcurl with its result and queues its callback. Never call this
 * from inside a libcurl callback. */
static void finish(struct sk_http_request *request, CURLcode code, enum sk_errc why)
{
    struct sk_http *http = request->http;
    if (why != SK_OK)
        sk_err_set(&request->err, why, "%s", sk_errc_name(why));
    sk_http__easy_result(request, code);
    curl_multi_remove_handle(http->multi, request->easy);
    sk_http__easy_free(request);
    list_remove(http, request);
    request->phase = SK_HTTP_FINISHED;
    if (http->finished)
        http->finished_tail->next = request;
    else
        http->finished = request;
    http->finished_tail = request;
}

static void call_back(struct sk_http *http)
{
    while (http->finished) {
        struct sk_http_request *request = http->finished;
        http->finished = request->next;
        request->next = NULL;
        request->phase = SK_HTTP_IDLE;
        request->done(request);
    }
}

static void drain(struct sk_http *http)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        struct sk_http_request *request = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
        finish(request, code, SK_OK);
    }
}

static void act(struct sk_http *http, curl_socket_t socket, int events)
{
    int running;
    CURLMcode code = curl_multi_socket_action(http->multi, socket, events, &running);
    drain(http);
    if (code != CURLM_OK) {
        /* libcurl leaves the state of every transfer open then: none of them is worth waiting for.
         */
        while (http->running)
            finish(http->running, CURLE_RECV_ERROR, SK_OK);
    }
    call_back(http);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    const struct watch *watch = poll->data;
    int flags = 0;
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    act(watch->http, watch->socket, flags);
}

static void on_due(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_deliver(uv_timer_t *timer)
{
    call_back(timer->data);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *data)
{
    struct sk_http *http = data;
    (void)multi;
    if (timeout_ms < 0 || http->closing) {
        uv_timer_stop(&http->timeout);
    } else {
        uv_update_time(http->loop);
        uv_timer_start(&http->timeout, on_due, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

static void watch_close(struct watch *watch)
{
    struct sk_http *http = watch->http;
    if (watch->prev)
        watch->prev->next = watch->next;
    else
        http->watches = watch->next;
    if (watch->next)
        watch->next->prev = watch->prev;
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

static struct watch *watch_open(struct sk_http *http, curl_socket_t socket)
{
    struct watch *watch = sk_xcalloc(1, sizeof(*watch));
    if (uv_poll_init_socket(http->loop, &watch->poll, socket) != 0) {
        free(watch);
        return NULL;
    }
    watch->http = http;
    watch->socket = socket;
    watch->poll.data = watch;
    watch->next = http->watches;
    if (http->watches)
        http->watches->prev = watch;
    http->watches = watch;
    http->open_handles++;
    return watch;
}

/* May come at any time, from curl_multi_cleanup too, and again for a number that was in use before.
 */
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *data, void *socket_data)
{
    struct sk_http *http = data;
    struct watch *watch = socket_data;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch)
            watch_close(watch);
        return 0;
    }
    if (!watch) {
        watch = watch_open(http, socket);
        if (!watch)
            return -1;
        curl_multi_assign(http->multi, socket, watch);
    }
    int events = 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= UV_READABLE;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= UV_WRITABLE;
    return uv_poll_start(&watch->poll, events, on_poll) == 0 ? 0 : -1;
}

static bool multi_setup(struct sk_http *http, unsigned keep_alive_max)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return false;
    http->share = curl_share_init();
    http->multi = curl_multi_init();
    return http->share && http->multi &&
           curl_share_setopt(http->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) ==
               CURLSHE_OK &&
           curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http) == CURLM_OK &&
           curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timeout) == CURLM_OK &&
           curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http) == CURLM_OK &&
           curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS,
                             (long)(keep_alive_max ? keep_alive_max : 64)) == CURLM_OK;
}

static void multi_teardown(struct sk_http *http)
{
    curl_multi_cleanup(http->multi);
    curl_share_cleanup(http->share);
    http->multi = NULL;
    http->share = NULL;
    curl_global_cleanup();
}

int sk_http_new(const struct sk_http_opts *opts, struct sk_http **out, struct sk_err *err)
{
    struct sk_http *http = sk_xcalloc(1, sizeof(*http));
    http->loop = opts->loop;
    if (!multi_setup(http, opts->keep_alive_max)) {
        multi_teardown(http);
        free(http);
        return sk_err_set(err, SK_E_INTERNAL, "cannot set up libcurl");
    }
    http->ca_file = sk_xstrdup(opts->ca_file);
    uv_timer_init(http->loop, &http->timeout);
    uv_timer_init(http->loop, &http->deliver);
    http->timeout.data = http->deliver.data = http;
    http->open_handles = 2;
    *out = http;
    return 0;
}

void sk_http_close(struct sk_http *http)
{
    if (!http || http->closing)
        return;
    http->closing = true;
    while (http->running)
        finish(http->running, CURLE_OK, SK_E_CANCELED);
    call_back(http);
    multi_teardown(http);
    while (http->watches)
        watch_close(http->watches);
    uv_close((uv_handle_t *)&http->timeout, on_timer_closed);
    uv_close((uv_handle_t *)&http->deliver, on_timer_closed);
}

int sk_http_start(struct sk_http *http, struct sk_http_request *request, struct sk_err *err)
{
    if (http->closing)
        return sk_err_set(err, SK_E_CANCELED, "the HTTP client is closed");
    CURL *easy = sk_http__easy_new(request, http->ca_file, http->share, err);
    if (!easy)
        return SK_E_INVALID;
    CURLMcode code = curl_multi_add_handle(http->multi, easy);
    if (code != CURLM_OK) {
        sk_http__easy_free(request);
        return sk_err_set(err, SK_E_INTERNAL, "cannot start the request: %s",
                          curl_multi_strerror(code));
    }
    request->http = http;
    list_add(http, request);
    return 0;
}

void sk_http_cancel(struct sk_http_request *request)
{
    if (request->phase != SK_HTTP_RUNNING)
        return;
    finish(request, CURLE_OK, SK_E_CANCELED);
    uv_timer_start(&request->http->deliver, on_deliver, 0, 0);
}
