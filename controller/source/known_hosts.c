/* Looks a host's key up in a known-hosts file (format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
 * libgit2 1.5 reads ~/.ssh/known_hosts only; this serves a file of the user's choice, such as a
 * mounted one made with ssh-keyscan. Hashed names and certificate authorities are not compared;
 * failing to find a key is a refusal, so what is not understood is never trusted. */
#include <fnmatch.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "source/source_int.h"

/* RFC 4648. */
static char *base64(const unsigned char *data, size_t length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    struct sk_buffer out = {0};
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned long bits = (unsigned long)data[i] << 16 |
                             (left > 1 ? (unsigned long)data[i + 1] << 8 : 0) |
                             (left > 2 ? (unsigned long)data[i + 2] : 0);
        sk_buffer_addc(&out, digits[bits >> 18 & 63]);
        sk_buffer_addc(&out, digits[bits >> 12 & 63]);
        sk_buffer_addc(&out, digits[left > 1 ? bits >> 6 & 63 : 64]);
        sk_buffer_addc(&out, digits[left > 2 ? bits & 63 : 64]);
    }
    return sk_buffer_take(&out);
}

struct word {
    const char *start;
    size_t length;
};

static struct word next_word(const char **at)
{
    *at += strspn(*at, " \t");
    struct word word = {*at, strcspn(*at, " \t\r\n")};
    *at += word.length;
    return word;
}

static bool word_is(struct word word, const char *text)
{
    return word.length == strlen(text) && strncmp(word.start, text, word.length) == 0;
}

/* A comma-separated list of patterns; a pattern with '!' in front takes the host out again. */
static bool names_host(struct word names, const char *host)
{
    bool named = false;
    const char *end = names.start + names.length;
    for (const char *at = names.start; at < end;) {
        size_t length = strcspn(at, ",");
        if (length > (size_t)(end - at))
            length = (size_t)(end - at);
        bool negated = at[0] == '!';
        sk_auto(sk_freep) char *pattern =
            sk_xstrndup(at + (negated ? 1 : 0), length - (negated ? 1 : 0));
        /* Brackets stand for themselves: "[host]:2222" is how a port is written. */
        bool same = strpbrk(pattern, "*?") && pattern[0] != '['
                        ? fnmatch(pattern, host, FNM_CASEFOLD) == 0
                        : strcasecmp(pattern, host) == 0;
        if (same && negated)
            return false;
        named = named || same;
        at += length + 1;
    }
    return named;
}

/* The verdict of one line, UNKNOWN when it says nothing of this host. */
static enum sk_source__host_verdict judge_line(const char *line, const char *host, const char *key)
{
    struct word first = next_word(&line);
    if (first.length == 0 || first.start[0] == '#')
        return SK_SOURCE_HOST_UNKNOWN;
    bool revoked = word_is(first, "@revoked");
    struct word names = revoked ? next_word(&line) : first;
    if (names.length == 0 || names.start[0] == '@')
        return SK_SOURCE_HOST_UNKNOWN;
    if (names.start[0] == '|')
        return SK_SOURCE_HOST_HASHED;
    if (!names_host(names, host))
        return SK_SOURCE_HOST_UNKNOWN;
    next_word(&line); /* the key's type is part of the key, too */
    bool same = word_is(next_word(&line), key);
    if (revoked)
        return same ? SK_SOURCE_HOST_REVOKED : SK_SOURCE_HOST_UNKNOWN;
    return same ? SK_SOURCE_HOST_TRUSTED : SK_SOURCE_HOST_CHANGED;
}

enum sk_source__host_verdict sk_source__known_host(const char *text, const char *host, int port,
                                                   const void *key, size_t key_length)
{
    /* What wins over what, when lines disagree. */
    static const int rank[] = {
        [SK_SOURCE_HOST_UNKNOWN] = 0, [SK_SOURCE_HOST_HASHED] = 1,  [SK_SOURCE_HOST_CHANGED] = 2,
        [SK_SOURCE_HOST_TRUSTED] = 3, [SK_SOURCE_HOST_REVOKED] = 4,
    };
    sk_auto(sk_freep) char *wanted =
        port == 22 ? sk_xstrdup(host) : sk_xasprintf("[%s]:%d", host, port);
    sk_auto(sk_freep) char *encoded = base64(key, key_length);
    enum sk_source__host_verdict verdict = SK_SOURCE_HOST_UNKNOWN;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        sk_auto(sk_freep) char *line = sk_xstrndup(at, length);
        enum sk_source__host_verdict found = judge_line(line, wanted, encoded);
        if (rank[found] > rank[verdict])
            verdict = found;
        at += length + (at[length] == '\n');
    }
    return verdict;
}
