/* What must be known of a repository's URL before it is used: transport, host, port, user. Nothing
 * is decoded: libgit2 gets the URL as it was written. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "source/source_int.h"

static const struct {
    const char *prefix;
    enum sk_source__transport transport;
} schemes[] = {
    {"file://", SK_SOURCE_LOCAL}, {"https://", SK_SOURCE_HTTPS}, {"http://", SK_SOURCE_HTTP},
    {"ssh://", SK_SOURCE_SSH},    {"git+ssh://", SK_SOURCE_SSH}, {"ssh+git://", SK_SOURCE_SSH},
};

/* user@host:path, as scp writes it: a colon before the first slash. */
static bool is_scp_like(const char *url)
{
    size_t length = strcspn(url, "/:");
    return length > 0 && url[length] == ':' && url[0] != '.';
}

enum sk_source__transport sk_source__url_transport(const char *url)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        if (sk_text_starts_with(url, schemes[i].prefix))
            return schemes[i].transport;
    }
    if (strstr(url, "://"))
        return SK_SOURCE_UNSUPPORTED;
    return is_scp_like(url) ? SK_SOURCE_SSH : SK_SOURCE_LOCAL;
}

const char *sk_source__url_path(const char *url)
{
    return sk_text_starts_with(url, "file://") ? url + strlen("file://") : url;
}

/* The authority, user@host:port, of a URL, or what stands before the colon of user@host:path. */
static const char *authority(const char *url, size_t *length_out)
{
    const char *start = strstr(url, "://");
    start = start ? start + 3 : url;
    *length_out = start == url ? strcspn(url, ":") : strcspn(start, "/?#");
    return start;
}

static const char *last_at(const char *start, size_t length)
{
    return memrchr(start, '@', length);
}

char *sk_source__url_user(const char *url, const char *otherwise)
{
    size_t length;
    const char *start = authority(url, &length);
    const char *at = last_at(start, length);
    if (!at || at == start)
        return sk_xstrdup(otherwise);
    size_t user = (size_t)(at - start);
    const char *colon = memchr(start, ':', user);
    return sk_xstrndup(start, colon ? (size_t)(colon - start) : user);
}

/* The host with its port behind the user. */
static const char *host_and_port(const char *url, size_t *length_out)
{
    size_t length;
    const char *start = authority(url, &length);
    const char *at = last_at(start, length);
    const char *host = at ? at + 1 : start;
    *length_out = length - (size_t)(host - start);
    return host;
}

char *sk_source__url_host(const char *url)
{
    size_t length;
    const char *host = host_and_port(url, &length);
    if (length > 0 && host[0] == '[') {
        const char *end = memchr(host, ']', length);
        return end ? sk_xstrndup(host + 1, (size_t)(end - host - 1)) : NULL;
    }
    const char *colon = memchr(host, ':', length);
    size_t name = colon ? (size_t)(colon - host) : length;
    return name ? sk_xstrndup(host, name) : NULL;
}

int sk_source__url_port(const char *url)
{
    size_t length;
    const char *host = host_and_port(url, &length);
    const char *bracket = memchr(host, ']', length);
    const char *from = bracket ? bracket : host;
    const char *colon = memchr(from, ':', length - (size_t)(from - host));
    long port = colon && strstr(url, "://") ? strtol(colon + 1, NULL, 10) : 0;
    if (port > 0 && port < 65536)
        return (int)port;
    enum sk_source__transport transport = sk_source__url_transport(url);
    return transport == SK_SOURCE_HTTPS ? 443 : transport == SK_SOURCE_HTTP ? 80 : 22;
}

bool sk_source__host_is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (sk_text_starts_with(host, "127.") && host[strspn(host, "0123456789.")] == '\0');
}

bool sk_source_url_has_secret(const char *url)
{
    /* Tokens that forges hand out, which also work as a user name without a password. */
    static const char *const tokens[] = {"ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-"};
    if (!strstr(url, "://"))
        return false;
    size_t length;
    const char *start = authority(url, &length);
    const char *at = last_at(start, length);
    if (!at)
        return false;
    if (memchr(start, ':', (size_t)(at - start)))
        return true;
    for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
        if (strncmp(start, tokens[i], strlen(tokens[i])) == 0)
            return true;
    }
    return false;
}
