/* The status file of the daemon: one JSON document in the state folder, replaced as a whole so that
 * readers see an old or a new one. Its members are docs/reference/json.md. It is for people and
 * health checks, and tells a new daemon where the last one was; losing it loses nothing else. */
#ifndef SK_LOOP_STATUS_H
#define SK_LOOP_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"

struct sk_status;

struct sk_status *sk_status_new(const char *folder, const struct sk_clock *clock) SK_WARN_UNUSED;
/* NULL is fine. */
void sk_status_free(struct sk_status *status);
/* The document, to be changed in place. Borrowed. */
json_t *sk_status_document(struct sk_status *status);
/* Sets a text after scrubbing it; NULL removes the member. `path` is dotted. */
void sk_status_set_text(struct sk_status *status, const char *path, const char *text);
/* The time now. */
void sk_status_set_now(struct sk_status *status, const char *path);
/* Sets condition and reason; `since` moves only when one of them changes. Returns whether. */
bool sk_status_set_state(struct sk_status *status, const char *state, const char *reason,
                         const char *message);
/* Notes the time and replaces the file. SK_E_IO. */
int sk_status_write(struct sk_status *status, struct sk_err *err) SK_WARN_UNUSED;

/* What the file says. *out is new. SK_E_NOT_FOUND: there is none. */
int sk_status_read(const char *folder, json_t **out, struct sk_err *err) SK_WARN_UNUSED;
/* NULL when the daemon that wrote the status is alive and at work; else why not, in a clause
 * (static). `max_age_ms` 0: ten minutes more than twice its interval, the time until its next
 * cycle, or what it may take to fetch. `runs`: its process is there. */
const char *sk_status_illness(const json_t *status, bool runs, struct sk_wall now,
                              int64_t max_age_ms);

#endif
