/* Drift: the live world against the last applied documents.
 *
 * The plan is live against HEAD; drift is live against what was applied last, so that a change made
 * by hand is told from a change that waits in Git. Pure. Numbered cases: docs/design/plan-cases.md,
 * rows G and H. */
#ifndef SK_PLAN_DRIFT_H
#define SK_PLAN_DRIFT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/err.h"
#include "plan/document.h"
#include "plan/kind.h"
#include "plan/render.h"
#include "plan/view.h"

enum sk_drift_status {
    SK_DRIFT_CHANGED,    /* fields differ from what was applied last, or it failed */
    SK_DRIFT_MISSING,    /* applied once, not there any more */
    SK_DRIFT_UNEXPECTED, /* ours by its tags, but never applied as far as the store knows */
    SK_DRIFT_NOT_OURS,   /* applied once, there, but without our tags: ownership is lost */
    SK_DRIFT_UNKNOWN,    /* could not be read or compared */
};
#define SK_DRIFT_STATUS_COUNT 5
/* "changed", "missing", "unexpected", "not-ours", "unknown". Borrowed, static. */
const char *sk_drift_status_name(enum sk_drift_status status);

/* What the controller will do about a row, by the desired documents. */
enum sk_drift_remedy {
    SK_REMEDY_UNDECIDED, /* no desired documents were given */
    SK_REMEDY_NOTHING,   /* it is as HEAD wants it, or is none of ours to touch */
    SK_REMEDY_RESTORE,   /* created again or updated to what HEAD says */
    SK_REMEDY_DELETE,    /* HEAD does not have it any more */
    SK_REMEDY_BLOCKED,   /* HEAD wants it otherwise, but it cannot be changed (yet) */
};
/* "undecided", "nothing", "restore", "delete", "blocked". Borrowed, static. */
const char *sk_drift_remedy_name(enum sk_drift_remedy remedy);

struct sk_drift_row {
    char *address;              /* owned */
    const struct sk_kind *kind; /* NULL when this version does not know the kind */
    enum sk_drift_status status;
    enum sk_severity severity;
    enum sk_drift_remedy remedy;
    char *reason;            /* owned; NULL when status and remedy say all */
    struct sk_fields fields; /* changed: from the value applied last to the live one */
    char *commit, *at;       /* owned, may be NULL: when it was applied last */
};

struct sk_drift {
    struct sk_drift_row *items; /* owned, sorted by address */
    size_t count;
    size_t counts[SK_DRIFT_STATUS_COUNT];
    size_t in_sync;             /* applied and as applied */
    const struct sk_view *view; /* borrowed: what could not be read */
};

/* `applied` is {ADDRESS: {"document": sk_document_to_json form, "commit", "at"}}, as the store
 * lists it; references in it are resolved from the live set. Parts of the world that were not
 * looked at (an account left out of the run) must be in view->unknown, or what was applied there is
 * reported missing. `desired` may be NULL. The result borrows `view` and the kinds. */
int sk_drift_make(const json_t *applied, const struct sk_view *view, const struct sk_kinds *kinds,
                  const char *owner, const struct sk_documents *desired, struct sk_drift **out,
                  struct sk_err *err) SK_WARN_UNUSED;
/* NULL is fine. */
void sk_drift_free(struct sk_drift *drift);

/* 4 when something could not be read or compared, else 2 when there is any drift, else 0. */
int sk_drift_exit_code(const struct sk_drift *drift);

/* {"summary": {"changed",…,"inSync"}, "rows": [{"address","kind"?,"status","severity","remedy",
 *  "reason"?,"fields","commit"?,"at"?}], "unknown": [as in plans]}. New. */
json_t *sk_drift_to_json(const struct sk_drift *drift);
/* Appends the report as text, gravest rows first. `opts` may be NULL. */
void sk_render_drift_text(const struct sk_drift *drift, const struct sk_render_opts *opts,
                          struct sk_buffer *out);

#endif
