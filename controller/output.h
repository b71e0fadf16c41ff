/* What commands print with: colour, aligned tables, a progress line. Text from manifests and from
 * AWS goes through sk_output_clean, so that a tag value cannot send control sequences to a
 * terminal. */
#ifndef SK_CONTROLLER_OUTPUT_H
#define SK_CONTROLLER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "base/err.h"
#include "controller/settings.h"

enum sk_style {
    SK_STYLE_PLAIN,
    SK_STYLE_BOLD,
    SK_STYLE_DIM,
    SK_STYLE_RED,
    SK_STYLE_GREEN,
    SK_STYLE_YELLOW,
    SK_STYLE_BLUE,
    SK_STYLE_CYAN,
};

/* --color wins; with auto: a terminal, NO_COLOR unset or empty (no-color.org), TERM not "dumb". */
bool sk_output_colored(const struct sk_settings *settings, FILE *stream);
/* Escape sequences that start and end a style; "" when not `colored`. Borrowed, static. */
const char *sk_style_start(enum sk_style style, bool colored);
const char *sk_style_end(enum sk_style style, bool colored);
/* A copy in which control characters are shown as \xNN and invalid UTF-8 as '?'; newlines and tabs
 * stay when `multiline`. Owned by the caller. */
char *sk_output_clean(const char *text, bool multiline) SK_WARN_UNUSED;
/* Columns that a UTF-8 text takes on a terminal, counting code points. */
size_t sk_output_width(const char *text);

/* Words of `text` in lines of 96 columns, each after `indent` spaces, and a newline; the first line
 * has begun at column `at`. */
void sk_output_wrapped(FILE *stream, const char *text, size_t indent, size_t at);

/* A table: rows of cells, each cell with a style; columns are as wide as their widest cell, two
 * spaces apart, the last one is not padded. Zero-initialise with the column count. */
struct sk_table {
    size_t columns;
    struct sk_cell *cells; /* owned; row by row */
    size_t count, capacity;
};
struct sk_cell {
    char *text; /* owned, clean */
    enum sk_style style;
};
/* Adds one cell; cells fill rows from left to right. NULL text is empty. */
void sk_table_add(struct sk_table *table, enum sk_style style, const char *text);
/* Header cells are added like others, in SK_STYLE_BOLD. `indent` spaces stand before each row. */
void sk_table_print(const struct sk_table *table, FILE *stream, size_t indent, bool colored);
void sk_table_done(struct sk_table *table);

/* One line on stderr that is overwritten; silent when stderr is no terminal or with --quiet. */
struct sk_progress {
    FILE *stream; /* NULL: silent */
    bool shown;
};
void sk_progress_init(struct sk_progress *progress, const struct sk_settings *settings);
void sk_progress_show(struct sk_progress *progress, const char *format, ...) SK_PRINTF(2, 3);
/* Erases the line; call before anything else is printed. */
void sk_progress_clear(struct sk_progress *progress);

/* Indented JSON with sorted members and a newline. `value` is borrowed. */
int sk_output_json(FILE *stream, const json_t *value, struct sk_err *err) SK_WARN_UNUSED;
/* "sagekeeper: error: …" on stderr, scrubbed and clean. */
void sk_output_error(const struct sk_settings *settings, const struct sk_err *err);

#endif
