/* A scripted HTTP server for unit tests, on the test's own uv loop: a list of exchanges, each with
 * what the request must look like and what to do then. Requests are matched in order of arrival; a
 * request past the end or against its expectation is noted in `problem`, which script_end asserts
 * to be empty. */
#ifndef SK_HTTP_SCRIPT_H
#define SK_HTTP_SCRIPT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "sk_test.h"

enum script_act {
    SCRIPT_REPLY,
    SCRIPT_DROP,     /* close without an answer */
    SCRIPT_TRUNCATE, /* announce one byte more than is sent, close */
    SCRIPT_HOLD,     /* answer when script_release is called */
    SCRIPT_RAW,      /* send `body` as it is, close */
};

struct script_exchange {
    /* Expected; NULL: not looked at. */
    const char *has[4];  /* texts that the request holds, head or body */
    const char *has_not; /* a text that it does not hold */
    const char *body;    /* the whole body */
    /* Then. */
    enum script_act act;
    int status;          /* 0: 200 */
    const char *headers; /* "Name: value\r\n…" in addition to Content-Length */
    const char *reply;   /* NULL: "{}" */
};

struct script {
    uv_loop_t *loop;
    const struct script_exchange *exchanges;
    size_t count;
    bool repeat_last; /* further requests get the last exchange */
    size_t requests, connections;
    size_t bytes, request_bytes; /* received: all, and those of whole requests */
    char last_request[65536];
    char problem[1024];
    /* private */
    uv_tcp_t server;
    uv_timer_t tick; /* so that UV_RUN_ONCE never sleeps for good when a timer did the work */
    struct script_peer *peers;
    int port;
    bool ended;
};

struct script_peer {
    uv_tcp_t tcp;
    struct script *script;
    struct sk_buffer input;
    const struct script_exchange *held;
    struct script_peer *next;
    bool closing;
};

struct script_write {
    uv_write_t request;
    struct script_peer *peer;
    char *data;
    bool close_after;
};

static inline void script_peer_closed(uv_handle_t *handle)
{
    struct script_peer *peer = handle->data;
    struct script_peer **at = &peer->script->peers;
    while (*at != peer)
        at = &(*at)->next;
    *at = peer->next;
    sk_buffer_done(&peer->input);
    free(peer);
}

static inline void script_peer_close(struct script_peer *peer)
{
    if (!peer->closing)
        uv_close((uv_handle_t *)&peer->tcp, script_peer_closed);
    peer->closing = true;
}

static inline void script_written(uv_write_t *request, int status)
{
    struct script_write *write = (struct script_write *)(void *)request;
    if (write->close_after || status != 0)
        script_peer_close(write->peer);
    free(write->data);
    free(write);
}

static inline void script_send(struct script_peer *peer, const char *data, size_t length,
                               bool close_after)
{
    struct script_write *write = sk_xcalloc(1, sizeof(*write));
    write->peer = peer;
    write->data = sk_xmalloc(length + 1);
    memcpy(write->data, data, length);
    write->close_after = close_after;
    uv_buf_t buffer = uv_buf_init(write->data, (unsigned)length);
    uv_write(&write->request, (uv_stream_t *)&peer->tcp, &buffer, 1, script_written);
}

static inline void script_reply(struct script_peer *peer, const struct script_exchange *exchange)
{
    const char *body = exchange->reply ? exchange->reply : "{}";
    bool cut = exchange->act == SCRIPT_TRUNCATE;
    struct sk_buffer out = {0};
    if (exchange->act != SCRIPT_RAW)
        sk_buffer_addf(&out, "HTTP/1.1 %d Status\r\n%sContent-Length: %zu\r\n\r\n",
                       exchange->status ? exchange->status : 200,
                       exchange->headers ? exchange->headers : "", strlen(body) + cut);
    sk_buffer_adds(&out, body);
    script_send(peer, out.data, out.length, cut || exchange->act == SCRIPT_RAW);
    sk_buffer_done(&out);
}

static inline void script_check(struct script *script, const struct script_exchange *exchange,
                                const char *body)
{
    const char *text = script->last_request;
    for (size_t i = 0; i < sizeof(exchange->has) / sizeof(*exchange->has); i++) {
        if (exchange->has[i] && !strstr(text, exchange->has[i]) && !*script->problem)
            snprintf(script->problem, sizeof(script->problem), "request %zu lacks \"%s\": %.600s",
                     script->requests, exchange->has[i], text);
    }
    if (exchange->has_not && strstr(text, exchange->has_not) && !*script->problem)
        snprintf(script->problem, sizeof(script->problem), "request %zu holds \"%s\"",
                 script->requests, exchange->has_not);
    if (exchange->body && strcmp(exchange->body, body) != 0 && !*script->problem)
        snprintf(script->problem, sizeof(script->problem), "request %zu: body \"%.500s\"",
                 script->requests, body);
}

static inline void script_request(struct script_peer *peer, const char *body)
{
    struct script *script = peer->script;
    size_t index = script->requests++;
    if (index >= script->count && script->repeat_last)
        index = script->count - 1;
    if (index >= script->count) {
        if (!*script->problem)
            snprintf(script->problem, sizeof(script->problem),
                     "request %zu is not in the script: %.600s", script->requests,
                     script->last_request);
        script_peer_close(peer);
        return;
    }
    const struct script_exchange *exchange = &script->exchanges[index];
    script_check(script, exchange, body);
    if (exchange->act == SCRIPT_DROP)
        script_peer_close(peer);
    else if (exchange->act == SCRIPT_HOLD)
        peer->held = exchange;
    else
        script_reply(peer, exchange);
}

/* Takes whole requests off the input. */
static inline void script_parse(struct script_peer *peer)
{
    while (!peer->closing && peer->input.length > 0) {
        char *end = strstr(peer->input.data, "\r\n\r\n");
        if (!end)
            return;
        const char *length_at = strcasestr(peer->input.data, "\r\nContent-Length:");
        size_t body_length = length_at && length_at < end ? strtoul(length_at + 17, NULL, 10) : 0;
        size_t total = (size_t)(end + 4 - peer->input.data) + body_length;
        if (peer->input.length < total)
            return;
        snprintf(peer->script->last_request, sizeof(peer->script->last_request), "%.*s", (int)total,
                 peer->input.data);
        peer->script->request_bytes += total;
        sk_auto(sk_freep) char *body = sk_xstrndup(end + 4, body_length);
        struct sk_buffer rest = {0};
        sk_buffer_add(&rest, peer->input.data + total, peer->input.length - total);
        sk_buffer_done(&peer->input);
        peer->input = rest;
        script_request(peer, body);
    }
}

static inline void script_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle;
    *out = uv_buf_init(sk_xmalloc(suggested), (unsigned)suggested);
}

static inline void script_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct script_peer *peer = stream->data;
    if (length > 0) {
        peer->script->bytes += (size_t)length;
        sk_buffer_add(&peer->input, buffer->base, (size_t)length);
        script_parse(peer);
    } else if (length < 0) {
        script_peer_close(peer);
    }
    free(buffer->base);
}

static inline void script_connected(uv_stream_t *server, int status)
{
    struct script *script = server->data;
    assert_int_equal(status, 0);
    struct script_peer *peer = sk_xcalloc(1, sizeof(*peer));
    peer->script = script;
    peer->tcp.data = peer;
    uv_tcp_init(script->loop, &peer->tcp);
    uv_accept(server, (uv_stream_t *)&peer->tcp);
    uv_tcp_nodelay(&peer->tcp, 1);
    peer->next = script->peers;
    script->peers = peer;
    script->connections++;
    uv_read_start((uv_stream_t *)&peer->tcp, script_alloc, script_read);
}

static inline void script_tick(uv_timer_t *timer)
{
    (void)timer;
}

/* Listens on a free port of 127.0.0.1. The server does not keep the loop alive. */
static inline void script_start(struct script *script, uv_loop_t *loop,
                                const struct script_exchange *exchanges, size_t count)
{
    *script = (struct script){.loop = loop, .exchanges = exchanges, .count = count};
    struct sockaddr_in address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &script->server);
    script->server.data = script;
    assert_int_equal(uv_tcp_bind(&script->server, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&script->server, 128, script_connected), 0);
    int size = sizeof(address);
    uv_tcp_getsockname(&script->server, (struct sockaddr *)&address, &size);
    script->port = ntohs(address.sin_port);
    uv_unref((uv_handle_t *)&script->server);
    uv_timer_init(loop, &script->tick);
    uv_timer_start(&script->tick, script_tick, 2, 2);
    uv_unref((uv_handle_t *)&script->tick);
}

/* Answers what is held. */
static inline void script_release(struct script *script)
{
    for (struct script_peer *peer = script->peers; peer; peer = peer->next) {
        if (peer->held && !peer->closing)
            script_reply(peer, peer->held);
        peer->held = NULL;
    }
}

/* Closes the server and its connections; run the loop once more afterwards. */
static inline void script_end(struct script *script)
{
    if (!script->ended) {
        script->ended = true;
        uv_close((uv_handle_t *)&script->server, NULL);
        uv_close((uv_handle_t *)&script->tick, NULL);
        for (struct script_peer *peer = script->peers; peer; peer = peer->next)
            script_peer_close(peer);
    }
    assert_string_equal(script->problem, "");
}

#endif
