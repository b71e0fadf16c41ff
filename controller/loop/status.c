/* The status file, see status.h. It is renamed into place but not synchronised to the disk: after a
 * power failure the next daemon writes a new one. */
#include "loop/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "loop/cycle.h"

#define MOST_BYTES ((size_t)4 * 1024 * 1024)
#define SLACK_MS   600000 /* a cycle against a slow AWS; apply notes each change */
#define AHEAD_S    60     /* a clock that was set right between writing and reading */
#define LONGEST_MS ((int64_t)10 * 365 * 24 * 3600 * 1000) /* of anything, as in settings */
#define FETCHES    2 /* in one cycle: the newest commit, then the last good one */

struct sk_status {
    json_t *document;
    char *path, *temporary;
    const struct sk_clock *clock;
};

struct sk_status *sk_status_new(const char *folder, const struct sk_clock *clock)
{
    struct sk_status *status = sk_xcalloc(1, sizeof(*status));
    status->document = json_pack("{s:s, s:s}", "apiVersion", "sagekeeper/v1", "kind", "Status");
    status->path = sk_xasprintf("%s/status.json", folder);
    status->temporary = sk_xasprintf("%s/status.json.new", folder);
    status->clock = clock;
    return status;
}

void sk_status_free(struct sk_status *status)
{
    if (!status)
        return;
    json_decref(status->document);
    free(status->path);
    free(status->temporary);
    free(status);
}

json_t *sk_status_document(struct sk_status *status)
{
    return status->document;
}

void sk_status_set_text(struct sk_status *status, const char *path, const char *text)
{
    sk_auto(sk_freep) char *clean = text ? sk_text_scrub(text) : NULL;
    json_t *value = clean ? json_string(clean) : NULL;
    if (value)
        sk_json_put(status->document, path, value);
    else
        sk_json_remove(status->document, path);
}

void sk_status_set_now(struct sk_status *status, const char *path)
{
    char now[SK_WALL_TEXT_BYTES];
    sk_wall_format(sk_clock_wall(status->clock), now);
    sk_json_put(status->document, path, json_string(now));
}

bool sk_status_set_state(struct sk_status *status, const char *state, const char *reason,
                         const char *message)
{
    const json_t *document = status->document;
    bool changed = !sk_text_equal(sk_json_text(document, "state"), state) ||
                   !sk_text_equal(sk_json_text(document, "reason"), reason);
    if (changed)
        sk_status_set_now(status, "since");
    sk_status_set_text(status, "state", state);
    sk_status_set_text(status, "reason", reason);
    sk_status_set_text(status, "message", message);
    return changed;
}

static int write_file(const struct sk_status *status, const char *text, struct sk_err *err)
{
    int file = open(status->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return sk_err_errno(err, errno, "write '%s'", status->temporary);
    size_t length = strlen(text);
    errno = ENOSPC; /* what a short write means */
    bool written = write(file, text, length) == (ssize_t)length;
    int error_number = errno;
    if (close(file) != 0 && written) {
        error_number = errno;
        written = false;
    }
    if (!written)
        return sk_err_errno(err, error_number, "write '%s'", status->temporary);
    if (rename(status->temporary, status->path) != 0)
        return sk_err_errno(err, errno, "replace '%s'", status->path);
    return 0;
}

int sk_status_write(struct sk_status *status, struct sk_err *err)
{
    sk_status_set_now(status, "updatedAt");
    sk_auto(sk_freep) char *text = json_dumps(status->document, JSON_INDENT(2) | JSON_SORT_KEYS);
    return write_file(status, text, err);
}

int sk_status_read(const char *folder, json_t **out, struct sk_err *err)
{
    sk_auto(sk_freep) char *path = sk_xasprintf("%s/status.json", folder);
    sk_auto(sk_freep) char *text = NULL;
    size_t length = 0;
    int code = sk_file_read(path, MOST_BYTES, &text, &length, err);
    if (code < 0)
        return code;
    *out = sk_json_parse(text, length, path, err);
    return *out ? 0 : SK_E_PARSE;
}

static int64_t duration_of(const json_t *status, const char *name)
{
    json_int_t ms = json_integer_value(json_object_get(status, name));
    return ms < 0 ? 0 : ms < LONGEST_MS ? ms : LONGEST_MS;
}

/* How old a status may get: until the next cycle, which a back-off may put off for longer than
 * the interval, or until the fetch that goes on has ended. */
static int64_t longest_silence(const json_t *status, struct sk_wall updated)
{
    struct sk_wall next;
    int64_t most = 2 * duration_of(status, "intervalMs");
    const char *text = sk_json_text(status, "nextRunAt");
    if (text && sk_wall_parse(text, &next) == 0 && (next.seconds - updated.seconds) * 1000 > most)
        most = (next.seconds - updated.seconds) * 1000;
    if (sk_text_equal(sk_json_text(status, "running.stage"), sk_stage_name(SK_STAGE_FETCH)))
        most += FETCHES * duration_of(status, "fetchTimeoutMs");
    return most + SLACK_MS;
}

const char *sk_status_illness(const json_t *status, bool runs, struct sk_wall now,
                              int64_t max_age_ms)
{
    struct sk_wall updated;
    const char *text = sk_json_text(status, "updatedAt");
    if (sk_text_equal(sk_json_text(status, "state"), "stopped"))
        return "the controller has ended";
    if (!runs)
        return "the process of the controller is gone";
    if (!text || sk_wall_parse(text, &updated) < 0)
        return "the status says no time";
    int64_t most = max_age_ms > 0 ? max_age_ms : longest_silence(status, updated);
    if ((now.seconds - updated.seconds) * 1000 > most)
        return "the status is too old";
    if (updated.seconds - now.seconds > AHEAD_S)
        return "the status is from the future: the clock was set back";
    return NULL;
}
