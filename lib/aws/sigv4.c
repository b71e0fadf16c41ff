/* AWS Signature Version 4, see sigv4.h. */
#include "aws/sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/text.h"

#define KEY_BYTES 32 /* SHA-256 */
#define ALGORITHM "AWS4-HMAC-SHA256"

/* Changed or dropped on the way, or of no interest to AWS. */
static const char *const unsigned_headers[] = {
    "authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id",
};

static bool is_unreserved(char character)
{
    return isalnum((unsigned char)character) || (character && strchr("-._~", character));
}

static void add_encoded(struct sk_buffer *buffer, const char *text, size_t length,
                        const char *also_plain)
{
    for (size_t i = 0; i < length; i++) {
        if (is_unreserved(text[i]) || (text[i] && strchr(also_plain, text[i])))
            sk_buffer_addc(buffer, text[i]);
        else
            sk_buffer_addf(buffer, "%%%02X", (unsigned char)text[i]);
    }
}

void sk_sigv4_date(struct sk_wall now, char out[SK_SIGV4_DATE_BYTES])
{
    time_t seconds = (time_t)now.seconds;
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(out, SK_SIGV4_DATE_BYTES, "%Y%m%dT%H%M%SZ", &parts);
}

/* Drops the last segment of "/a/b" → "/a". */
static void drop_segment(struct sk_buffer *path)
{
    while (path->length > 0) {
        path->length--;
        if (path->data[path->length] == '/')
            break;
    }
    if (path->data)
        path->data[path->length] = '\0';
}

char *sk_sigv4_canonical_path(const char *path, bool as_is)
{
    if (as_is)
        return sk_xstrdup(*path ? path : "/");
    struct sk_buffer plain = {0};
    const char *cursor = path;
    while (*cursor) {
        cursor += strspn(cursor, "/");
        size_t length = strcspn(cursor, "/");
        if (length == 2 && memcmp(cursor, "..", 2) == 0) {
            drop_segment(&plain);
        } else if (length > 0 && !(length == 1 && *cursor == '.')) {
            sk_buffer_addc(&plain, '/');
            sk_buffer_add(&plain, cursor, length);
        }
        cursor += length;
    }
    if (plain.length == 0 || path[strlen(path) - 1] == '/')
        sk_buffer_addc(&plain, '/');
    struct sk_buffer encoded = {0};
    add_encoded(&encoded, plain.data, plain.length, "/");
    sk_buffer_done(&plain);
    return sk_buffer_take(&encoded);
}

struct pair {
    char *name, *value;
};

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->value, b->value);
}

static void free_pairs(struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(pairs[i].name);
        free(pairs[i].value);
    }
    free(pairs);
}

static char *encoded_part(const char *text, size_t length)
{
    struct sk_buffer buffer = {0};
    add_encoded(&buffer, text, length, "%");
    return sk_buffer_take(&buffer);
}

char *sk_sigv4_canonical_query(const char *query)
{
    struct pair *pairs = NULL;
    size_t count = 0;
    const char *cursor = query ? query : "";
    while (*cursor) {
        size_t length = strcspn(cursor, "&");
        size_t name_length = strcspn(cursor, "=&");
        if (length > 0) {
            size_t value_at = name_length < length ? name_length + 1 : length;
            pairs = sk_xrealloc(pairs, count + 1, sizeof(*pairs));
            pairs[count++] = (struct pair){encoded_part(cursor, name_length),
                                           encoded_part(cursor + value_at, length - value_at)};
        }
        cursor += length;
        cursor += *cursor == '&';
    }
    if (count > 1)
        qsort(pairs, count, sizeof(*pairs), compare_pairs);
    struct sk_buffer out = {0};
    for (size_t i = 0; i < count; i++)
        sk_buffer_addf(&out, "%s%s=%s", i ? "&" : "", pairs[i].name, pairs[i].value);
    free_pairs(pairs, count);
    return sk_buffer_take(&out);
}

/* Leading and trailing blanks dropped, runs inside made one. */
static char *trimmed_value(const char *value)
{
    struct sk_buffer out = {0};
    for (; *value; value++) {
        bool blank = *value == ' ' || *value == '\t';
        if (!blank)
            sk_buffer_addc(&out, *value);
        else if (out.length > 0 && out.data[out.length - 1] != ' ')
            sk_buffer_addc(&out, ' ');
    }
    if (out.length > 0 && out.data[out.length - 1] == ' ')
        out.data[--out.length] = '\0';
    return sk_buffer_take(&out);
}

static bool is_signed(const char *name)
{
    for (size_t i = 0; i < sizeof(unsigned_headers) / sizeof(*unsigned_headers); i++) {
        if (strcasecmp(unsigned_headers[i], name) == 0)
            return false;
    }
    return true;
}

struct canonical_header {
    char *name, *value;
    size_t position; /* headers of one name keep their order */
};

static int compare_headers(const void *left, const void *right)
{
    const struct canonical_header *a = left;
    const struct canonical_header *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

/* Adds "name:value\n" for each header to `lines` and "name;name" to `names`. */
static void add_headers(const struct sk_sigv4_request *request, struct sk_buffer *lines,
                        struct sk_buffer *names)
{
    struct canonical_header *headers = sk_xcalloc(request->header_count + 1, sizeof(*headers));
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!is_signed(request->headers[i].name))
            continue;
        char *name = sk_text_lower(sk_xstrdup(request->headers[i].name));
        headers[count] =
            (struct canonical_header){name, trimmed_value(request->headers[i].value), count};
        count++;
    }
    qsort(headers, count, sizeof(*headers), compare_headers);
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && strcmp(headers[i - 1].name, headers[i].name) == 0;
        bool last = i + 1 == count || strcmp(headers[i + 1].name, headers[i].name) != 0;
        if (!again) {
            sk_buffer_addf(names, "%s%s", names->length ? ";" : "", headers[i].name);
            sk_buffer_addf(lines, "%s:", headers[i].name);
        }
        sk_buffer_addf(lines, "%s%s", headers[i].value, last ? "\n" : ",");
    }
    for (size_t i = 0; i < count; i++) {
        free(headers[i].name);
        explicit_bzero(headers[i].value, strlen(headers[i].value));
        free(headers[i].value);
    }
    free(headers);
}

char *sk_sigv4_canonical_request(const struct sk_sigv4_request *request,
                                 const struct sk_sigv4_scope *scope, char **signed_headers_out)
{
    sk_auto(sk_freep) char *path = sk_sigv4_canonical_path(request->path, scope->path_as_is);
    sk_auto(sk_freep) char *query = sk_sigv4_canonical_query(request->query);
    struct sk_buffer lines = {0};
    struct sk_buffer names = {0};
    add_headers(request, &lines, &names);
    char body_hash[SK_SHA256_HEX_BYTES];
    sk_sha256_hex(request->body ? request->body : "", request->body_length, body_hash);
    /* With S3 the hash is also a header; the two are equal, because the body is always known. */
    struct sk_buffer out = {0};
    sk_buffer_addf(&out, "%s\n%s\n%s\n%s\n%s\n%s", request->method, path, query,
                   sk_buffer_text(&lines), sk_buffer_text(&names), body_hash);
    sk_buffer_done(&lines);
    *signed_headers_out = sk_buffer_take(&names);
    return sk_buffer_take(&out);
}

static char *scope_text(const struct sk_sigv4_scope *scope)
{
    char date[SK_SIGV4_DATE_BYTES];
    sk_sigv4_date(scope->now, date);
    return sk_xasprintf("%.8s/%s/%s/aws4_request", date, scope->region, scope->service);
}

char *sk_sigv4_string_to_sign(const char *canonical_request, const struct sk_sigv4_scope *scope)
{
    char date[SK_SIGV4_DATE_BYTES];
    char hash[SK_SHA256_HEX_BYTES];
    sk_sigv4_date(scope->now, date);
    sk_sha256_hex(canonical_request, strlen(canonical_request), hash);
    sk_auto(sk_freep) char *text = scope_text(scope);
    return sk_xasprintf(ALGORITHM "\n%s\n%s\n%s", date, text, hash);
}

static void sign(const void *key, size_t key_length, const char *text, unsigned char out[KEY_BYTES])
{
    unsigned length = 0;
    if (!HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text, strlen(text), out,
              &length) ||
        length != KEY_BYTES)
        abort(); /* only without memory */
}

void sk_sigv4_signature(const char *string_to_sign, const struct sk_sigv4_scope *scope,
                        const struct sk_secret *secret_key, char out[65])
{
    char date[SK_SIGV4_DATE_BYTES];
    sk_sigv4_date(scope->now, date);
    date[8] = '\0';
    const char *const parts[] = {date, scope->region, scope->service, "aws4_request",
                                 string_to_sign};
    struct sk_buffer first = {0};
    sk_buffer_adds(&first, "AWS4");
    sk_buffer_add(&first, secret_key->data, secret_key->length);
    unsigned char key[2][KEY_BYTES];
    sign(first.data, first.length, parts[0], key[0]);
    for (size_t i = 1; i < sizeof(parts) / sizeof(*parts); i++)
        sign(key[(i - 1) % 2], KEY_BYTES, parts[i], key[i % 2]);
    const unsigned char *result = key[(sizeof(parts) / sizeof(*parts) - 1) % 2];
    for (size_t i = 0; i < KEY_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", result[i]);
    explicit_bzero(first.data, first.length);
    explicit_bzero(key, sizeof(key));
    sk_buffer_done(&first);
}

char *sk_sigv4_authorization(const struct sk_sigv4_request *request,
                             const struct sk_sigv4_scope *scope, const char *access_key_id,
                             const struct sk_secret *secret_key)
{
    sk_auto(sk_freep) char *names = NULL;
    char *canonical = sk_sigv4_canonical_request(request, scope, &names);
    sk_auto(sk_freep) char *to_sign = sk_sigv4_string_to_sign(canonical, scope);
    explicit_bzero(canonical, strlen(canonical)); /* may hold the session token */
    free(canonical);
    char signature[65];
    sk_sigv4_signature(to_sign, scope, secret_key, signature);
    sk_auto(sk_freep) char *text = scope_text(scope);
    return sk_xasprintf(ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                        access_key_id, text, names, signature);
}
