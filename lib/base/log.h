/* Logging: one JSON object a line, or text for people, to a stream. Only controller code logs above
 * debug. Every message and string field is scrubbed first (base/text.h, sk_text_scrub). */
#ifndef SK_BASE_LOG_H
#define SK_BASE_LOG_H

#include <stdio.h>

#include <jansson.h>

#include "base/cleanup.h"

enum sk_log_level { SK_LOG_DEBUG, SK_LOG_INFO, SK_LOG_WARNING, SK_LOG_ERROR };
enum sk_log_format { SK_LOG_TEXT, SK_LOG_JSON };

/* Process-wide, set once in main before threads start. The stream is borrowed. Default: text,
 * warning and above, stderr. */
void sk_log_init(FILE *stream, enum sk_log_level least, enum sk_log_format format);
/* Returns 0 and the level for "debug", "info", "warning", "error"; -1 otherwise. */
int sk_log_level_parse(const char *text, enum sk_log_level *out);

/* `fields` is stolen and may be NULL: an object of stable, documented members (run, commit,
 * account, region, address, operation, request_id, ms, outcome …). */
void sk_log(enum sk_log_level level, json_t *fields, const char *format, ...) SK_PRINTF(3, 4);

#endif
