/* Collected faults and their two renderings, see diagnostics.h. */
#include "manifest/diagnostics.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define QUOTED_BYTES 60

static const struct {
    const char *name, *meaning;
} codes[] = {
#define X(constant, name, meaning) {name, meaning},
    SK_DIAGNOSTIC_CODES(X)
#undef X
};

const char *sk_diagnostic_code_name(enum sk_diagnostic_code code)
{
    return codes[code].name;
}

const char *sk_diagnostic_code_meaning(enum sk_diagnostic_code code)
{
    return codes[code].meaning;
}

/* Paths and quoted text come from a repository: control characters must not break the output's
 * lines, and what is no UTF-8 must not reach JSON. */
static char *clean(char *text)
{
    size_t bad = 0;
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
    }
    while (!sk_text_is_utf8(text, length, &bad))
        text[bad] = '?';
    return text;
}

void sk_diagnostics_addv(struct sk_diagnostics *diagnostics, bool warning, const char *path,
                         struct sk_position position, enum sk_diagnostic_code code,
                         const char *format, va_list arguments)
{
    if (!warning)
        diagnostics->errors++;
    if (diagnostics->count == SK_DIAGNOSTICS_KEPT) {
        diagnostics->suppressed++;
        return;
    }
    if (diagnostics->count == diagnostics->capacity) {
        diagnostics->capacity = diagnostics->capacity ? 2 * diagnostics->capacity : 16;
        diagnostics->items =
            sk_xrealloc(diagnostics->items, diagnostics->capacity, sizeof(*diagnostics->items));
    }
    char *message = NULL;
    if (vasprintf(&message, format, arguments) < 0)
        abort(); /* no memory for one line */
    diagnostics->items[diagnostics->count++] = (struct sk_diagnostic){
        .path = clean(sk_xstrdup(path ? path : "")),
        .position = position,
        .code = code,
        .warning = warning,
        .message = clean(message),
    };
}

void sk_diagnostics_add(struct sk_diagnostics *diagnostics, const char *path,
                        struct sk_position position, enum sk_diagnostic_code code,
                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sk_diagnostics_addv(diagnostics, false, path, position, code, format, arguments);
    va_end(arguments);
}

void sk_diagnostics_add_rule(struct sk_diagnostics *diagnostics,
                             const struct sk_diagnostic_rule *rule, const char *path,
                             struct sk_position position, const char *format, ...)
{
    bool error = strcmp(rule->severity, "error") == 0;
    size_t kept = diagnostics->count;
    va_list arguments;
    va_start(arguments, format);
    sk_diagnostics_addv(diagnostics, !error, path, position, SK_DIAGNOSTIC_LINT, format, arguments);
    va_end(arguments);
    if (diagnostics->count == kept)
        return;
    struct sk_diagnostic *item = &diagnostics->items[kept];
    item->notice = strcmp(rule->severity, "notice") == 0;
    item->rule = sk_xstrdup(rule->id);
    item->page = sk_xstrdup(rule->page);
}

static int compare_numbers(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

static int compare(const void *left, const void *right)
{
    const struct sk_diagnostic *a = left;
    const struct sk_diagnostic *b = right;
    int order = strcmp(a->path, b->path);
    if (order == 0)
        order = compare_numbers(a->position.line, b->position.line);
    if (order == 0)
        order = compare_numbers(a->position.column, b->position.column);
    if (order == 0)
        order = (int)a->code - (int)b->code;
    return order ? order : strcmp(a->message, b->message);
}

static void release(struct sk_diagnostic *diagnostic)
{
    free(diagnostic->path);
    free(diagnostic->message);
    free(diagnostic->rule);
    free(diagnostic->page);
}

void sk_diagnostics_sort(struct sk_diagnostics *diagnostics)
{
    if (diagnostics->count < 2)
        return;
    qsort(diagnostics->items, diagnostics->count, sizeof(*diagnostics->items), compare);
    size_t kept = 1;
    for (size_t i = 1; i < diagnostics->count; i++) {
        struct sk_diagnostic *item = &diagnostics->items[i];
        if (compare(&diagnostics->items[kept - 1], item) == 0) {
            if (!item->warning)
                diagnostics->errors--;
            release(item);
        } else {
            diagnostics->items[kept++] = *item;
        }
    }
    diagnostics->count = kept;
}

static const char *severity(const struct sk_diagnostic *diagnostic)
{
    if (!diagnostic->warning)
        return "error";
    return diagnostic->notice ? "notice" : "warning";
}

void sk_diagnostics_to_text(const struct sk_diagnostics *diagnostics, struct sk_buffer *out)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct sk_diagnostic *item = &diagnostics->items[i];
        if (*item->path)
            sk_buffer_addf(out, "%s:%u:%u: ", item->path, item->position.line,
                           item->position.column);
        const char *gravity = severity(item);
        bool error = strcmp(gravity, "error") == 0;
        sk_buffer_addf(out, "%s%s%s [%s%s%s]\n", error ? "" : gravity, error ? "" : ": ",
                       item->message, item->rule ? item->rule : sk_diagnostic_code_name(item->code),
                       item->page ? ", " : "", item->page ? item->page : "");
    }
    if (diagnostics->suppressed)
        sk_buffer_addf(out, "and %zu more\n", diagnostics->suppressed);
}

json_t *sk_diagnostics_to_json(const struct sk_diagnostics *diagnostics)
{
    json_t *list = json_array();
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct sk_diagnostic *item = &diagnostics->items[i];
        json_array_append_new(
            list, json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:s*, s:s*}", "path", item->path,
                            "line", (int)item->position.line, "column", (int)item->position.column,
                            "code", sk_diagnostic_code_name(item->code), "severity", severity(item),
                            "message", item->message, "rule", item->rule, "page", item->page));
    }
    return list;
}

char *sk_diagnostic_quote(const char *text, size_t length)
{
    struct sk_buffer out = {0};
    size_t kept = length;
    if (length > QUOTED_BYTES) {
        kept = QUOTED_BYTES;
        while (kept > 0 && ((unsigned char)text[kept] & 0xc0) == 0x80)
            kept--;
    }
    sk_buffer_addc(&out, '\'');
    for (size_t i = 0; i < kept; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            sk_buffer_addf(&out, "\\x%02x", (unsigned)(unsigned char)text[i]);
        else
            sk_buffer_addc(&out, text[i]);
    }
    sk_buffer_adds(&out, kept < length ? "…'" : "'");
    return sk_buffer_take(&out);
}

void sk_diagnostics_done(struct sk_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        release(&diagnostics->items[i]);
    free(diagnostics->items);
    *diagnostics = (struct sk_diagnostics){0};
}
