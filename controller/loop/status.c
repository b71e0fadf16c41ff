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

#define MOST_BYTES ((size_t)4 * 1024 * 1024)
#define SLACK_MS   600000 /* a cycle against a slow AWS; apply notes each change */

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

const char *sk_status_illness(const json_t *status, bool runs, struct sk_wall now,
                              int64_t max_age_ms)
{
    struct sk_wall updated;
    const char *text = sk_json_text(status, "updatedAt");
    json_int_t interval_ms = json_integer_value(json_object_get(status, "intervalMs"));
    int64_t most = max_age_ms > 0 ? max_age_ms : 2 * interval_ms + SLACK_MS;
    if (sk_text_equal(sk_json_text(status, "state"), "stopped"))
        return "the controller has ended";
    if (!runs)
        return "the process of the controller is gone";
    if (!text || sk_wall_parse(text, &updated) < 0)
        return "the status says no time";
    if ((now.seconds - updated.seconds) * 1000 > most)
        return "the status is too old";
    return NULL;
}
