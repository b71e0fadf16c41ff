/* The INI dialect of AWS's shared files, see ini.h. */
#include "aws/ini.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"

struct reader {
    const char *origin;
    unsigned line;
    json_t *root;
    json_t *unread;  /* owned: what sections hold that have no name to be found by */
    json_t *section; /* borrowed from root, or `unread`; NULL before the first */
    char *key;       /* owned: of the last property, for lines indented below it */
    size_t indent;   /* of that property, in bytes */
    struct sk_err *err;
};

/* A piece of the text, not NUL-terminated. */
struct span {
    const char *start;
    size_t length;
};

static bool is_blank(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
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

/* The quote that is open behind `character`, when `open` was before it ('\0': none). */
static char quote_after(char open, char character)
{
    if (open && character == open)
        return '\0';
    if (!open && (character == '\'' || character == '"'))
        return character;
    return open;
}

/* Cuts a comment that starts behind a blank, as the SDK reference guide has it: botocore takes it
 * for a part of the value. Between quotes (a program's arguments) nothing is a comment. */
static struct span without_comment(struct span span)
{
    char open = '\0';
    for (size_t i = 0; i < span.length; i++) {
        open = quote_after(open, span.start[i]);
        if (!open && i > 0 && (span.start[i] == '#' || span.start[i] == ';') &&
            is_blank(span.start[i - 1])) {
            span.length = i;
            break;
        }
    }
    return trim(span);
}

static char *copy(struct span span)
{
    return sk_xstrndup(span.start, span.length);
}

static int fail(const struct reader *reader, const char *what)
{
    return sk_err_set(reader->err, SK_E_PARSE, "%s:%u: %s", reader->origin, reader->line, what);
}

/* The bracket that ends the section's name: the first outside of quotes. NULL: there is none. */
static const char *name_end(struct span line)
{
    const char *last = NULL;
    char open = '\0';
    for (size_t i = 0; i < line.length; i++) {
        open = quote_after(open, line.start[i]);
        if (line.start[i] != ']')
            continue;
        if (!open)
            return line.start + i;
        last = line.start + i;
    }
    return last;
}

/* "profile 'my team'" as "profile my team": names behind a type are words of a shell. NULL when
 * there is not exactly one, which names nothing (botocore leaves such a section out, too). */
static char *typed_name(const char *name)
{
    char **words = sk_aws_words_split(name, NULL);
    bool one = words && words[1] && !words[2];
    char *clean = one ? sk_xasprintf("%s %s", words[0], words[1]) : NULL;
    free(words);
    return clean;
}

static bool is_typed(const char *name)
{
    static const char *const types[] = {"profile", "sso-session", "services"};
    size_t length = strcspn(name, " \t");
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (strlen(types[i]) == length && strncmp(name, types[i], length) == 0)
            return true;
    }
    return false;
}

static json_t *section_named(const struct reader *reader, const char *name)
{
    json_t *section = json_object_get(reader->root, name);
    if (!section) {
        section = json_object();
        json_object_set_new(reader->root, name, section);
    }
    return section;
}

/* What stands behind the bracket is nothing, as for botocore. */
static int read_section(struct reader *reader, struct span line)
{
    const char *end = name_end(line);
    if (!end)
        return fail(reader, "section without ']'");
    sk_auto(sk_freep) char *name =
        copy(trim((struct span){line.start + 1, (size_t)(end - line.start) - 1}));
    if (!*name)
        return fail(reader, "section without name");
    sk_auto(sk_freep) char *clean = is_typed(name) ? typed_name(name) : sk_xstrdup(name);
    reader->section = clean ? section_named(reader, clean) : reader->unread;
    free(reader->key);
    reader->key = NULL;
    return 0;
}

/* Splits "key = value" at one of `delimiters` and sets it in `object`; *key_out is owned by the
 * caller. */
static int read_property(struct reader *reader, json_t *object, struct span line,
                         const char *delimiters, char **key_out)
{
    size_t at = 0;
    while (at < line.length && !(line.start[at] && strchr(delimiters, line.start[at])))
        at++;
    if (at == line.length)
        return fail(reader, "expected \"key = value\"");
    struct span key = trim((struct span){line.start, at});
    if (key.length == 0)
        return fail(reader, "property without key");
    struct span value = trim((struct span){line.start + at + 1, line.length - at - 1});
    if (value.length > 0 && (*value.start == '#' || *value.start == ';') &&
        is_blank(*(value.start - 1)))
        value.length = 0;
    value = without_comment(value);
    char *name = sk_text_lower(copy(key));
    json_object_set_new(object, name, json_stringn(value.start, value.length));
    *key_out = name;
    return 0;
}

/* A line indented below "key =" makes the key's value an object; below a key with a value it goes
 * on with that value. */
static int read_indented(struct reader *reader, struct span line)
{
    json_t *value = json_object_get(reader->section, reader->key);
    if (json_string_length(value) > 0) {
        struct sk_buffer whole = {0};
        sk_buffer_add(&whole, json_string_value(value), json_string_length(value));
        sk_buffer_addc(&whole, '\n');
        line = without_comment(line);
        sk_buffer_add(&whole, line.start, line.length);
        json_object_set_new(reader->section, reader->key,
                            json_stringn(sk_buffer_text(&whole), whole.length));
        explicit_bzero(whole.data, whole.length);
        sk_buffer_done(&whole);
        return 0;
    }
    if (json_is_string(value)) {
        value = json_object();
        json_object_set_new(reader->section, reader->key, value);
    }
    sk_auto(sk_freep) char *key = NULL;
    return read_property(reader, value, line, "=", &key);
}

/* As Python's configparser does, with which botocore reads: what goes on with a property is
 * indented further than it, and a section's properties may be indented all. */
static int read_line(struct reader *reader, struct span raw)
{
    struct span line = trim(raw);
    if (line.length == 0 || *line.start == '#' || *line.start == ';')
        return 0;
    size_t indent = (size_t)(line.start - raw.start);
    if (reader->key && indent > reader->indent)
        return read_indented(reader, line);
    reader->indent = indent;
    if (*line.start == '[')
        return read_section(reader, line);
    if (!reader->section)
        return fail(reader, "property outside of a section");
    free(reader->key);
    reader->key = NULL;
    return read_property(reader, reader->section, line, "=:", &reader->key);
}

/* Up to the line's end: LF, CR LF or CR. */
static size_t line_bytes(const char *cursor, const char *end)
{
    size_t length = 0;
    while (cursor + length < end && cursor[length] != '\n' && cursor[length] != '\r')
        length++;
    return length;
}

json_t *sk_aws_ini_parse(const char *text, size_t length, const char *origin, struct sk_err *err)
{
    size_t bad;
    if (!sk_text_is_utf8(text, length, &bad)) {
        sk_err_set(err, SK_E_PARSE, "%s: not UTF-8 at byte %zu", origin, bad);
        return NULL;
    }
    struct reader reader = {
        .origin = origin, .root = json_object(), .unread = json_object(), .err = err};
    const char *cursor = text;
    const char *end = text + length;
    int result = 0;
    while (cursor < end && result == 0) {
        size_t bytes = line_bytes(cursor, end);
        reader.line++;
        result = read_line(&reader, (struct span){cursor, bytes});
        cursor += bytes;
        cursor += end - cursor >= 2 && cursor[0] == '\r' && cursor[1] == '\n' ? 2 : 1;
    }
    free(reader.key);
    sk_aws_json_wipe(reader.unread); /* may hold keys */
    if (result < 0) {
        json_decref(reader.root);
        return NULL;
    }
    return reader.root;
}
