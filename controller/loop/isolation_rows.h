/* What the look at isolation says to people; for isolation.c only. */
#ifndef SK_LOOP_ISOLATION_ROWS_H
#define SK_LOOP_ISOLATION_ROWS_H

#include <jansson.h>

#include "loop/isolation.h"
#include "plan/guard.h"

/* Rows are appended to `rows`, see isolation.h; `violations` is as in struct sk_violations. */

/* A finding and a row for each property and role. */
void sk_isolation_rows_refused(const json_t *violations, const struct sk_isolation_opts *opts,
                               struct sk_findings *findings, json_t *rows);
void sk_isolation_rows_told(const char *outcome, const json_t *violations,
                            const struct sk_isolation_opts *opts, json_t *rows);
/* What is relaxed, unknown or not needed; "proved" when no row is there at all. */
void sk_isolation_rows_report(const json_t *report, json_t *rows);
void sk_isolation_rows_not_asked(json_t *rows);

#endif
