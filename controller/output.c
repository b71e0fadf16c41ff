/* See output.h. */
#include "controller/output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"

static const char *const style_codes[] = {
    [SK_STYLE_PLAIN] = "",        [SK_STYLE_BOLD] = "\033[1m",   [SK_STYLE_DIM] = "\033[2m",
    [SK_STYLE_RED] = "\033[31m",  [SK_STYLE_GREEN] = "\033[32m", [SK_STYLE_YELLOW] = "\033[33m",
    [SK_STYLE_BLUE] = "\033[34m", [SK_STYLE_CYAN] = "\033[36m",
};

bool sk_output_colored(const struct sk_settings *settings, FILE *stream)
{
    if (settings->color != SK_COLOR_AUTO)
        return settings->color == SK_COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return !(no_color && no_color[0]) && !(terminal && strcmp(terminal, "dumb") == 0) &&
           isatty(fileno(stream)) == 1;
}

const char *sk_style_start(enum sk_style style, bool colored)
{
    return colored ? style_codes[style] : "";
}

const char *sk_style_end(enum sk_style style, bool colored)
{
    return colored && style != SK_STYLE_PLAIN ? "\033[0m" : "";
}

/* C0 and C1 control characters and DEL; C1 are two bytes in UTF-8, 0xC2 0x80 to 0xC2 0x9F. */
static bool is_control(const unsigned char *at)
{
    return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
}

char *sk_output_clean(const char *text, bool multiline)
{
    struct sk_buffer out = {0};
    const unsigned char *at = (const unsigned char *)text;
    size_t left = strlen(text);
    size_t valid = left;
    bool is_valid = sk_text_is_utf8(text, left, &valid);
    while (left > 0) {
        if (!is_valid && valid == 0) {
            sk_buffer_addc(&out, '?');
            at++;
            left--;
            valid = left;
            is_valid = sk_text_is_utf8((const char *)at, left, &valid);
            continue;
        }
        size_t step = at[0] == 0xc2 && is_control(at) ? 2 : 1;
        if (multiline && (at[0] == '\n' || at[0] == '\t'))
            sk_buffer_addc(&out, (char)at[0]);
        else if (is_control(at))
            sk_buffer_addf(&out, "\\x%02x", at[step - 1]);
        else
            sk_buffer_add(&out, at, 1);
        at += step;
        left -= step;
        valid -= is_valid ? 0 : step;
    }
    return sk_buffer_take(&out);
}

#define LINE_COLUMNS 96

void sk_output_wrapped(FILE *stream, const char *text, size_t indent, size_t at)
{
    size_t column = at;
    bool line_has_words = false;
    for (const char *word = text; *word;) {
        size_t length = strcspn(word, " ");
        if (line_has_words && column + 1 + length > LINE_COLUMNS) {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
            line_has_words = false;
        }
        fprintf(stream, "%s%.*s", line_has_words ? " " : "", (int)length, word);
        column += length + line_has_words;
        line_has_words = true;
        word += length + strspn(word + length, " ");
    }
    fputc('\n', stream);
}

size_t sk_output_width(const char *text)
{
    return sk_text_characters(text);
}

void sk_table_add(struct sk_table *table, enum sk_style style, const char *text)
{
    size_t used = table->count;
    if (used == table->capacity) {
        table->capacity = used ? used * 2 : 32;
        table->cells = sk_xrealloc(table->cells, table->capacity, sizeof(*table->cells));
    }
    table->cells[used] = (struct sk_cell){sk_output_clean(text ? text : "", false), style};
    table->count++;
}

static size_t column_width(const struct sk_table *table, size_t column)
{
    size_t widest = 0;
    for (size_t i = column; i < table->count; i += table->columns) {
        size_t width = sk_output_width(table->cells[i].text);
        widest = width > widest ? width : widest;
    }
    return widest;
}

void sk_table_print(const struct sk_table *table, FILE *stream, size_t indent, bool colored)
{
    if (table->columns == 0)
        return;
    size_t *widths = sk_xcalloc(table->columns + 1, sizeof(*widths));
    for (size_t i = 0; i < table->columns; i++)
        widths[i] = column_width(table, i);
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns;
        const struct sk_cell *cell = &table->cells[i];
        bool is_last = column + 1 == table->columns || i + 1 == table->count;
        size_t padding = is_last ? 0 : widths[column] - sk_output_width(cell->text) + 2;
        fprintf(stream, "%*s%s%s%s%*s%s", column == 0 ? (int)indent : 0, "",
                sk_style_start(cell->style, colored), cell->text,
                sk_style_end(cell->style, colored), (int)padding, "", is_last ? "\n" : "");
    }
    free(widths);
}

void sk_table_done(struct sk_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i].text);
    free(table->cells);
    *table = (struct sk_table){0};
}

void sk_progress_init(struct sk_progress *progress, const struct sk_settings *settings)
{
    bool is_terminal = isatty(fileno(stderr)) == 1;
    *progress = (struct sk_progress){.stream = is_terminal && !settings->quiet ? stderr : NULL};
}

void sk_progress_show(struct sk_progress *progress, const char *format, ...)
{
    if (!progress->stream)
        return;
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length >= 0) {
        sk_auto(sk_freep) char *clean = sk_output_clean(text, false);
        /* Back to the first column, erase to the end of the line. */
        fprintf(progress->stream, "\r\033[K%s", clean);
        fflush(progress->stream);
        progress->shown = true;
        free(text);
    }
}

void sk_progress_clear(struct sk_progress *progress)
{
    if (progress->stream && progress->shown) {
        fputs("\r\033[K", progress->stream);
        fflush(progress->stream);
    }
    progress->shown = false;
}

int sk_output_json(FILE *stream, const json_t *value, struct sk_err *err)
{
    sk_auto(sk_freep) char *text =
        json_dumps(value, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (!text)
        return sk_err_set(err, SK_E_INTERNAL, "the result is no valid JSON");
    if (fprintf(stream, "%s\n", text) < 0 || fflush(stream) != 0)
        return sk_err_set(err, SK_E_IO, "cannot write the result");
    return 0;
}

void sk_output_error(const struct sk_settings *settings, const struct sk_err *err)
{
    bool colored = sk_output_colored(settings, stderr);
    sk_auto(sk_freep) char *scrubbed = sk_text_scrub(sk_err_message(err));
    sk_auto(sk_freep) char *clean = sk_output_clean(scrubbed, false);
    fprintf(stderr, "%ssagekeeper: error:%s %s\n", sk_style_start(SK_STYLE_RED, colored),
            sk_style_end(SK_STYLE_RED, colored), clean);
}
