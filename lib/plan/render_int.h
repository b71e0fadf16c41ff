/* Shared by the renderers only: untrusted text made harmless, and the lines that say what a change
 * changes, whatever they are printed in. */
#ifndef SK_PLAN_RENDER_INT_H
#define SK_PLAN_RENDER_INT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/buffer.h"
#include "plan/guard.h"
#include "plan/plan.h"

/* Appends the text on one line, with control characters, characters that are invisible or turn the
 * direction of writing, and bytes that are no UTF-8 shown escaped. */
void sk_render_clean(struct sk_buffer *out, const char *text);
/* Shortens clean text to `limit` code points, saying by how many; 0: no limit. Takes and returns
 * text owned by the caller. */
char *sk_render_cut(char *text, size_t limit);

enum sk_render_line {
    SK_LINE_FIELD,    /* "Path: from -> to", or "Path: value" */
    SK_LINE_HEAD,     /* "Path:", with lines of the following sorts behind it */
    SK_LINE_ADDED,    /* an element that comes */
    SK_LINE_REMOVED,  /* an element that goes */
    SK_LINE_SENTENCE, /* what changes in a policy */
};
/* `text` is clean, without sign or indentation, borrowed. */
typedef void (*sk_render_line_fn)(enum sk_render_line line, const char *text, void *data);

/* What differs, field by field. */
void sk_render_fields(const struct sk_fields *fields, sk_render_line_fn line, void *data);
/* What a change does to its resource: the declared body for a create (policies in whole sentences
 * when `verbose`), the differences otherwise. */
void sk_render_change(const struct sk_change *change, bool verbose, sk_render_line_fn line,
                      void *data);

/* "iam:CreateRole(global)". Owned by the caller. */
char *sk_render_call(const struct sk_call *call);
/* All calls of a change on one line, equal neighbours counted. Owned by the caller. */
char *sk_render_calls(const struct sk_calls *calls);
/* "high", "loses data", "grants access", … : what makes a change grave; "" when nothing does. Owned by the
 * caller. */
char *sk_render_gravity(const struct sk_change *change);
/* Whether a finding refuses the plan as a whole. `findings` may be NULL. */
bool sk_render_is_refused_whole(const struct sk_findings *findings);
/* "alice in fraud: last day 2027-01-31", not cleaned. Owned by the caller. */
char *sk_render_upcoming(const json_t *end);
/* "shared-space-… for fraud/lab until 2027-01-31: Joint work.", not cleaned. Owned by the caller. */
char *sk_render_exception(const json_t *exception);
/* "unknown: own-data, iam_role/…: message", not cleaned. Owned by the caller. */
char *sk_render_isolation(const json_t *row);
/* "ADDRESS: message" of one of the plan's notices, not cleaned. Owned by the caller. */
char *sk_render_notice(const json_t *notice);
/* "Plan: 3 to create, …". Owned by the caller. */
char *sk_render_summary(const struct sk_plan *plan);

#endif
