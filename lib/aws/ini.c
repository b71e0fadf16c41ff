/* The INI dialect of AWS's shared files, see ini.h. */
#include "aws/ini.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

struct reader {
    const char *origin;
    unsigned line;
    json_t *root;
    json_t *section; /* borrowed from root; NULL before the first */
    char *key;       /* owned: of the last property, for lines indented below it */
    struct sk_err *err;
};

/* A piece of the text, not NUL-terminated. */
struct span {
    const char *start;
    size_t length;
};

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

static struct span trim(struct span span)
{
    while (span.length > 0 && is_blank(*span.start)) {
        span.start++;
        span.length--;
    }
    while (span.length > 0 && is_blank(span.start[span.length - 1]))
        span.length--;
    return span;
}

/* Cuts a comment that starts behind a blank. */
static struct span without_comment(struct span span)
{
    for (size_t i = 1; i < span.length; i++) {
        if ((span.start[i] == '#' || span.start[i] == ';') && is_blank(span.start[i - 1])) {
            span.length = i;
            break;
        }
    }
    return trim(span);
}

static char *lower(struct span span)
{
    return sk_text_lower(sk_xstrndup(span.start, span.length));
}

static int fail(const struct reader *reader, const char *what)
{
    return sk_err_set(reader->err, SK_E_PARSE, "%s:%u: %s", reader->origin, reader->line, what);
}

static int read_section(struct reader *reader, struct span line)
{
    const char *end = memchr(line.start, ']', line.length);
    if (!end)
        return fail(reader, "section without ']'");
    struct span rest = trim((struct span){end + 1, line.length - (size_t)(end + 1 - line.start)});
    if (rest.length > 0 && *rest.start != '#' && *rest.start != ';')
        return fail(reader, "text behind ']'");
    struct span name = trim((struct span){line.start + 1, (size_t)(end - line.start) - 1});
    char clean[256];
    size_t length = 0;
    for (size_t i = 0; i < name.length && length < sizeof(clean) - 1; i++) {
        bool blank = is_blank(name.start[i]);
        if (blank && length > 0 && clean[length - 1] == ' ')
            continue;
        clean[length] = name.start[i];
        if (blank)
            clean[length] = ' ';
        length++;
    }
    clean[length] = '\0';
    if (length == 0)
        return fail(reader, "section without name");
    reader->section = json_object_get(reader->root, clean);
    if (!reader->section) {
        reader->section = json_object();
        json_object_set_new(reader->root, clean, reader->section);
    }
    free(reader->key);
    reader->key = NULL;
    return 0;
}

/* Splits "key = value" and sets it in `object`; *key_out is owned by the caller. */
static int read_property(struct reader *reader, json_t *object, struct span line, char **key_out)
{
    const char *equals = memchr(line.start, '=', line.length);
    if (!equals)
        return fail(reader, "expected \"key = value\"");
    struct span key = trim((struct span){line.start, (size_t)(equals - line.start)});
    if (key.length == 0)
        return fail(reader, "property without key");
    struct span value =
        trim((struct span){equals + 1, line.length - (size_t)(equals + 1 - line.start)});
    if (value.length > 0 && (*value.start == '#' || *value.start == ';') &&
        is_blank(*(value.start - 1)))
        value.length = 0;
    value = without_comment(value);
    char *name = lower(key);
    json_object_set_new(object, name, json_stringn(value.start, value.length));
    *key_out = name;
    return 0;
}

/* A line indented below "key =" makes the key's value an object; below a key with a value it goes
 * on with that value, which nothing here needs: it is skipped. */
static int read_indented(struct reader *reader, struct span line)
{
    if (!reader->section || !reader->key)
        return fail(reader, "indented line without a property above");
    json_t *value = json_object_get(reader->section, reader->key);
    if (json_is_string(value)) {
        if (json_string_length(value) > 0)
            return 0;
        value = json_object();
        json_object_set_new(reader->section, reader->key, value);
    }
    sk_auto(sk_freep) char *key = NULL;
    return read_property(reader, value, line, &key);
}

static int read_line(struct reader *reader, struct span raw)
{
    struct span line = trim(raw);
    if (line.length == 0 || *line.start == '#' || *line.start == ';')
        return 0;
    if (is_blank(*raw.start))
        return read_indented(reader, line);
    if (*line.start == '[')
        return read_section(reader, line);
    if (!reader->section)
        return fail(reader, "property outside of a section");
    free(reader->key);
    reader->key = NULL;
    return read_property(reader, reader->section, line, &reader->key);
}

json_t *sk_aws_ini_parse(const char *text, size_t length, const char *origin, struct sk_err *err)
{
    size_t bad;
    if (!sk_text_is_utf8(text, length, &bad)) {
        sk_err_set(err, SK_E_PARSE, "%s: not UTF-8 at byte %zu", origin, bad);
        return NULL;
    }
    struct reader reader = {.origin = origin, .root = json_object(), .err = err};
    const char *cursor = text;
    const char *end = text + length;
    int result = 0;
    while (cursor < end && result == 0) {
        const char *newline = memchr(cursor, '\n', (size_t)(end - cursor));
        size_t line_length = (size_t)((newline ? newline : end) - cursor);
        reader.line++;
        if (line_length > 0)
            result = read_line(&reader, (struct span){cursor, line_length});
        cursor += line_length + (newline != NULL);
    }
    free(reader.key);
    if (result < 0) {
        json_decref(reader.root);
        return NULL;
    }
    return reader.root;
}
