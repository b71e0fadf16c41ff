/* Plans for people: text for a terminal, Markdown for a pull request.
 *
 * Everything that comes from manifests or from AWS is untrusted: in text, control characters and
 * invisible ones are shown escaped; in Markdown, it stands in code spans only, so that it can make
 * neither markup, links, HTML nor mentions. Values of sensitive attributes are never shown. */
#ifndef SK_PLAN_RENDER_H
#define SK_PLAN_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "plan/guard.h"
#include "plan/plan.h"

struct sk_render_opts {
    bool color; /* text only: ANSI styles */
    /* text only: columns of the terminal, values are cut to it; 0: nothing is cut */
    unsigned width;
    bool verbose; /* the calls with their inputs, whole values, and where a change is declared */
    /* borrowed, may be NULL: [{"user","team","until"}], memberships that end soon by themselves */
    const json_t *upcoming;
    /* Markdown only, borrowed, may be NULL: [{"path","line","column","severity","message","rule"?,
     * "page"?}], warnings about the desired state. A terminal has them before the plan. */
    const json_t *diagnostics;
    /* borrowed, may be NULL: [{"rule","subject","reason","until"?}], what is given up on purpose */
    const json_t *exceptions;
    /* borrowed, may be NULL: [{"outcome","property"?,"subject"?,"message"}], what was found about
     * isolation; of those "violated" the findings say more */
    const json_t *isolation;
    /* borrowed, may be NULL: [{"title","lines": [text]}], whose access changes; lines begin with
     * '+', '-' or '?', the gravest first */
    const json_t *access_changes;
    const char *source; /* borrowed, one line: what was planned from ("acme.git at 4f05e3e"); may be
                           NULL */
};

/* Appends the plan as text. `findings` and `opts` may be NULL. */
void sk_render_plan_text(const struct sk_plan *plan, const struct sk_findings *findings,
                         const struct sk_render_opts *opts, struct sk_buffer *out);

#define SK_RENDER_MARKDOWN_BYTES       60000 /* below the 65,536 characters of a GitHub comment */
#define SK_RENDER_MARKDOWN_LEAST_BYTES 2000  /* smaller budgets are raised to this */

/* Appends the plan as GitHub- and GitLab-flavoured Markdown of at most `max_bytes` bytes (0:
 * SK_RENDER_MARKDOWN_BYTES): summary, refusals, unread parts, deletes, access and other grave
 * changes, then the rest folded. When not all fits, the calls of the changes go first; then whole
 * rows are left out, graver ones last, and counted. `findings` and `opts` may be NULL. */
void sk_render_plan_markdown(const struct sk_plan *plan, const struct sk_findings *findings,
                             const struct sk_render_opts *opts, size_t max_bytes,
                             struct sk_buffer *out);

#endif
