/* Logging, see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

static struct {
    FILE *stream;
    enum sk_log_level least;
    enum sk_log_format format;
} settings = {NULL, SK_LOG_WARNING, SK_LOG_TEXT};

static const char *const level_names[] = {"debug", "info", "warning", "error"};

void sk_log_init(FILE *stream, enum sk_log_level least, enum sk_log_format format)
{
    settings.stream = stream;
    settings.least = least;
    settings.format = format;
}

int sk_log_level_parse(const char *text, enum sk_log_level *out)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(*level_names); i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum sk_log_level)i;
            return 0;
        }
    }
    return -1;
}

static void write_json(FILE *stream, enum sk_log_level level, const json_t *fields,
                       const char *message)
{
    char now[SK_WALL_TEXT_BYTES];
    sk_wall_format(sk_clock_wall(sk_clock_system()), now);
    json_auto_t *line =
        json_pack("{s:s, s:s, s:s}", "time", now, "level", level_names[level], "message", message);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)fields, key, value)
    {
        if (json_is_string(value)) {
            sk_auto(sk_freep) char *clean = sk_text_scrub(json_string_value(value));
            json_object_set_new(line, key, json_string(clean));
        } else {
            json_object_set(line, key, value);
        }
    }
    sk_auto(sk_freep) char *text = json_dumps(line, JSON_COMPACT);
    fprintf(stream, "%s\n", text ? text : "{}");
}

static void write_text(FILE *stream, enum sk_log_level level, const json_t *fields,
                       const char *message)
{
    fprintf(stream, "%s: %s", level_names[level], message);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)fields, key, value)
    {
        sk_auto(sk_freep) char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        sk_auto(sk_freep) char *clean = sk_text_scrub(text ? text : "");
        fprintf(stream, " %s=%s", key, clean);
    }
    fputc('\n', stream);
}

void sk_log(enum sk_log_level level, json_t *fields, const char *format, ...)
{
    FILE *stream = settings.stream ? settings.stream : stderr;
    if (level >= settings.least) {
        va_list arguments;
        va_start(arguments, format);
        char *raw = NULL;
        int length = vasprintf(&raw, format, arguments);
        va_end(arguments);
        if (length >= 0) {
            sk_auto(sk_freep) char *message = sk_text_scrub(raw);
            free(raw);
            if (settings.format == SK_LOG_JSON)
                write_json(stream, level, fields, message);
            else
                write_text(stream, level, fields, message);
            fflush(stream);
        }
    }
    json_decref(fields);
}
