/* String and file helpers, see text.h. */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/err.h"

bool sk_text_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool sk_text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool sk_text_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t suffix_length = strlen(suffix);
    return length >= suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

char *sk_text_lower(char *text)
{
    for (char *at = text; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return text;
}

size_t sk_text_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

#define NEAREST_MAX_LENGTH 64

static bool equal_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Edits between two words, case ignored: insertions, deletions, substitutions and swaps of
 * neighbours (optimal string alignment), with the last three rows of the table. Words longer than
 * the bound are never near anything. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    if (a_length > NEAREST_MAX_LENGTH || b_length > NEAREST_MAX_LENGTH)
        return SIZE_MAX;
    size_t rows[3][NEAREST_MAX_LENGTH + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            bool same = equal_letter(a[i - 1], b[j - 1]);
            size_t best = above[j - 1] + !same;
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && equal_letter(a[i - 1], b[j - 2]) &&
                           equal_letter(a[i - 2], b[j - 1]);
            if (swapped && rows[(i + 1) % 3][j - 2] + 1 < best)
                best = rows[(i + 1) % 3][j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a_length % 3][b_length];
}

const char *sk_text_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t limit = strlen(word) / 3;
    limit = limit < 1 ? 1 : limit > 4 ? 4 : limit;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, candidates[i]);
        if (distance <= limit) {
            nearest = candidates[i];
            limit = distance == 0 ? 0 : distance - 1;
            if (distance <= 1)
                break;
        }
    }
    return nearest;
}

/* Length of the UTF-8 sequence at `s` of at most `left` bytes, 0 when it is malformed: overlong
 * forms, surrogates and values past U+10FFFF included (RFC 3629). */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return s[0] != 0;
    size_t length = s[0] >= 0xc2 && s[0] <= 0xdf   ? 2
                    : s[0] >= 0xe0 && s[0] <= 0xef ? 3
                    : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                                   : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    bool bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
               (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
    return bad ? 0 : length;
}

bool sk_text_is_utf8(const char *data, size_t length, size_t *bad_offset)
{
    const unsigned char *bytes = (const unsigned char *)data;
    for (size_t i = 0; i < length;) {
        size_t step = utf8_sequence(bytes + i, length - i);
        if (step == 0) {
            *bad_offset = i;
            return false;
        }
        i += step;
    }
    return true;
}

/* What introduces a secret, and what ends it. The introduction is kept. */
static const struct {
    const char *introduction;
    const char *end;
} secrets[] = {
    {"Signature=", ",&\" \n"},
    {"X-Amz-Credential=", "&\" \n"},
    {"X-Amz-Security-Token=", "&\" \n"},
    {"X-Amz-Security-Token:", "\n"}, /* as a header, and without blank in canonical requests */
    {"Authorization:", "\n"},
    {"aws_secret_access_key", "\n"},
    {"aws_session_token", "\n"},
    {"\"SecretAccessKey\"", ",}\n"},
    {"\"SessionToken\"", ",}\n"},
    {"<SecretAccessKey>", "<"},
    {"<SessionToken>", "<"},
};

static const char *scrub_keyword(const char *at, struct sk_buffer *out)
{
    for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
        size_t length = strlen(secrets[i].introduction);
        if (strncasecmp(at, secrets[i].introduction, length) == 0) {
            sk_buffer_add(out, at, length);
            if (at[length] == ' ')
                sk_buffer_addc(out, at[length++]);
            sk_buffer_adds(out, "***");
            return at + length + strcspn(at + length, secrets[i].end);
        }
    }
    return at;
}

/* A URL: user information and everything from '?' on are hidden. */
static const char *scrub_url(const char *at, struct sk_buffer *out)
{
    if (strncmp(at, "://", 3) != 0)
        return at;
    sk_buffer_adds(out, "://");
    at += 3;
    size_t length = strcspn(at, " \t\n\"'<>");
    size_t authority = strcspn(at, "/?# \t\n\"'<>");
    for (size_t i = authority; i > 0; i--) {
        if (at[i - 1] == '@') {
            sk_buffer_adds(out, "***@");
            at += i;
            length -= i;
            break;
        }
    }
    for (size_t i = 0; i < length; i++) {
        if (at[i] == '?') {
            sk_buffer_add(out, at, i);
            sk_buffer_adds(out, "?***");
            return at + length;
        }
    }
    sk_buffer_add(out, at, length);
    return at + length;
}

/* user:password@host, as proxies may be written without a scheme. Only where a word begins, and not
 * past a slash: ARNs with a mail address in them look alike. */
static const char *scrub_user(const char *text, const char *at, struct sk_buffer *out)
{
    if (at > text && !strchr(" \t\n\"'<>(", at[-1]))
        return at;
    size_t length = strcspn(at, "/?# \t\n\"'<>");
    const char *end = memrchr(at, '@', length);
    const char *colon = end ? memchr(at, ':', (size_t)(end - at)) : NULL;
    if (!colon || colon == at)
        return at;
    sk_buffer_adds(out, "***@");
    return end + 1;
}

char *sk_text_scrub(const char *text)
{
    struct sk_buffer out = {0};
    for (const char *at = text; *at;) {
        const char *next = scrub_keyword(at, &out);
        if (next == at)
            next = scrub_url(at, &out);
        if (next == at)
            next = scrub_user(text, at, &out);
        if (next == at)
            sk_buffer_addc(&out, *next++);
        at = next;
    }
    return sk_buffer_take(&out);
}

static void close_file(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

int sk_file_read(const char *path, size_t max_bytes, char **out, size_t *length_out,
                 struct sk_err *err)
{
    sk_auto(close_file) int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return sk_err_errno(err, errno, "open '%s'", path);
    struct sk_buffer content = SK_BUFFER_BOUNDED(max_bytes);
    for (;;) {
        char chunk[16384];
        ssize_t got = read(file, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int error_number = errno;
            sk_buffer_done(&content);
            return sk_err_errno(err, error_number, "read '%s'", path);
        }
        if (got == 0)
            break;
        if (!sk_buffer_add(&content, chunk, (size_t)got)) {
            sk_buffer_done(&content);
            return sk_err_set(err, SK_E_BOUND, "'%s' is longer than %zu bytes", path, max_bytes);
        }
    }
    if (length_out)
        *length_out = content.length;
    *out = sk_buffer_take(&content);
    return 0;
}

#define MOST_LINKS 40 /* as many as the kernel follows */

static int write_all(int file, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, data, length);
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

/* With its slash. Owned by the caller. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? sk_xstrndup(path, (size_t)(slash - path) + 1) : sk_xstrdup("./");
}

/* A temporary file is made next to `path`, which it then replaces. */
static int replace_file(const char *path, const char *data, size_t length, struct sk_err *err)
{
    sk_auto(sk_freep) char *temporary = sk_xasprintf("%s.XXXXXX", path);
    sk_auto(close_file) int file = mkostemp(temporary, O_CLOEXEC);
    if (file < 0)
        return sk_err_errno(err, errno, "create '%s'", temporary);
    if (write_all(file, data, length) != 0 || fsync(file) != 0 || rename(temporary, path) != 0) {
        int error_number = errno;
        unlink(temporary);
        return sk_err_errno(err, error_number, "write '%s'", path);
    }
    sk_auto(sk_freep) char *folder = folder_of(path);
    sk_auto(close_file) int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || fsync(directory) != 0)
        return sk_err_errno(err, errno, "sync '%s'", folder);
    return 0;
}

/* A device or a pipe. There is nothing to synchronise, and most of them cannot be. */
static int write_through(const char *path, const char *data, size_t length, struct sk_err *err)
{
    sk_auto(close_file) int file = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (file < 0)
        return sk_err_errno(err, errno, "open '%s'", path);
    return write_all(file, data, length) == 0 ? 0 : sk_err_errno(err, errno, "write '%s'", path);
}

/* What symbolic links lead to, there or not: realpath() knows only what is there. Owned by the
 * caller; NULL with errno when they lead nowhere. */
static char *follow_links(const char *path)
{
    sk_auto(sk_freep) char *at = sk_xstrdup(path);
    for (int i = 0; i < MOST_LINKS; i++) {
        char text[PATH_MAX];
        ssize_t length = readlink(at, text, sizeof(text) - 1);
        if (length < 0) {
            char *end = at;
            at = NULL;
            return end;
        }
        text[length] = '\0';
        sk_auto(sk_freep) char *folder = text[0] == '/' ? sk_xstrdup("") : folder_of(at);
        char *next = sk_xasprintf("%s%s", folder, text);
        free(at);
        at = next;
    }
    errno = ELOOP;
    return NULL;
}

int sk_file_write(const char *path, const char *data, size_t length, struct sk_err *err)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return write_through(path, data, length, err);
    sk_auto(sk_freep) char *target = follow_links(path);
    if (!target)
        return sk_err_errno(err, errno, "write '%s'", path);
    return replace_file(target, data, length, err);
}
