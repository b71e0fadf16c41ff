/* Connections for libgit2 that take nothing but what is meant for one server, be it directly or
 * through a proxy. libgit2 judges a redirect by its host only, even when it is told to follow none:
 * it would carry the token to whoever listens on another port. It does not tell of redirects, but
 * lets plain connections, which are below those with TLS too, be made by others. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <git2/sys/stream.h>

#include "base/alloc.h"
#include "base/text.h"
#include "source/source_int.h"

struct stream {
    git_stream parent;
    char *host, *port; /* owned; of the server or of a proxy */
    int socket;        /* -1: not connected */
    bool direct;       /* it is the server */
    bool tunnel;       /* it is a proxy that was asked for the server, and for nothing else */
    struct stream *next;
};

/* What the connections of the process are for; libgit2 hands nothing through. */
static struct {
    const char *url;        /* borrowed; NULL: for nothing */
    struct sk_err *refusal; /* borrowed */
    struct stream *streams; /* owned: libgit2 1.5 still writes to one below TLS that it has freed */
} purpose;

static bool is_server(const char *host, int port)
{
    sk_auto(sk_freep) char *expected = sk_source__url_host(purpose.url);
    return host && expected && strcasecmp(host, expected) == 0 &&
           port == sk_source__url_port(purpose.url);
}

/* To a proxy: "CONNECT host:port HTTP/1.1". */
#define TUNNEL "CONNECT "

static bool is_for_server(const char *data, size_t length)
{
    const char *target = data + strlen(TUNNEL);
    const char *end = memchr(target, ' ', length - strlen(TUNNEL));
    if (!end)
        return false;
    sk_auto(sk_freep) char *url = sk_xasprintf("https://%.*s", (int)(end - target), target);
    sk_auto(sk_freep) char *host = sk_source__url_host(url);
    return sk_source__url_transport(purpose.url) == SK_SOURCE_HTTPS &&
           is_server(host, sk_source__url_port(url));
}

static bool may_write(struct stream *stream, const char *data, size_t length)
{
    if (stream->direct)
        return true;
    if (length >= strlen(TUNNEL) && memcmp(data, TUNNEL, strlen(TUNNEL)) == 0)
        stream->tunnel = is_for_server(data, length);
    return stream->tunnel;
}

static int fail(const char *what, const char *host, const char *reason)
{
    sk_auto(sk_freep) char *text = sk_xasprintf("failed to %s %s: %s", what, host, reason);
    git_error_set_str(GIT_ERROR_NET, text);
    return -1;
}

static int on_connect(git_stream *parent)
{
    struct stream *stream = (struct stream *)parent;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int result = getaddrinfo(stream->host, stream->port, &hints, &found);
    if (result != 0)
        return fail("resolve address for", stream->host, gai_strerror(result));
    int error_number = 0;
    for (const struct addrinfo *at = found; at && stream->socket < 0; at = at->ai_next) {
        int made = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (made >= 0 && connect(made, at->ai_addr, at->ai_addrlen) == 0) {
            stream->socket = made;
            break;
        }
        error_number = errno;
        if (made >= 0)
            close(made);
    }
    freeaddrinfo(found);
    return stream->socket < 0 ? fail("connect to", stream->host, strerror(error_number)) : 0;
}

static ssize_t on_read(git_stream *parent, void *data, size_t length)
{
    struct stream *stream = (struct stream *)parent;
    ssize_t got;
    do
        got = recv(stream->socket, data, length, 0);
    while (got < 0 && errno == EINTR);
    return got < 0 ? fail("read from", stream->host, strerror(errno)) : got;
}

static ssize_t on_write(git_stream *parent, const char *data, size_t length, int flags)
{
    struct stream *stream = (struct stream *)parent;
    (void)flags;
    if (!may_write(stream, data, length)) {
        sk_auto(sk_freep) char *shown = sk_text_scrub(purpose.url);
        sk_err_set(
            purpose.refusal, SK_E_INVALID,
            "'%s' redirects to another server, host or port, which is not followed; give the "
            "repository's own URL",
            shown);
        return fail("write to", stream->host, "a redirect is not followed");
    }
    ssize_t written;
    do
        written = send(stream->socket, data, length, MSG_NOSIGNAL);
    while (written < 0 && errno == EINTR);
    return written < 0 ? fail("write to", stream->host, strerror(errno)) : written;
}

static int on_close(git_stream *parent)
{
    struct stream *stream = (struct stream *)parent;
    if (stream->socket >= 0)
        close(stream->socket);
    stream->socket = -1;
    return 0;
}

static void on_free(git_stream *parent)
{
    on_close(parent);
}

static int make(git_stream **out, const char *host, const char *port)
{
    struct stream *stream = sk_xcalloc(1, sizeof(*stream));
    stream->parent = (git_stream){.version = GIT_STREAM_VERSION,
                                  .connect = on_connect,
                                  .read = on_read,
                                  .write = on_write,
                                  .close = on_close,
                                  .free = on_free};
    stream->host = sk_xstrdup(host);
    stream->port = sk_xstrdup(port);
    stream->socket = -1;
    stream->direct = is_server(host, (int)strtol(port, NULL, 10));
    stream->next = purpose.streams;
    purpose.streams = stream;
    *out = &stream->parent;
    return 0;
}

int sk_source__streams_begin(const char *url, struct sk_err *refusal)
{
    git_stream_registration registration = {.version = GIT_STREAM_VERSION, .init = make};
    purpose.url = url;
    purpose.refusal = refusal;
    return git_stream_register(GIT_STREAM_STANDARD, &registration);
}

void sk_source__streams_end(void)
{
    (void)git_stream_register(GIT_STREAM_STANDARD, NULL);
    for (struct stream *stream = purpose.streams; stream;) {
        struct stream *next = stream->next;
        free(stream->host);
        free(stream->port);
        free(stream);
        stream = next;
    }
    memset(&purpose, 0, sizeof(purpose));
}
