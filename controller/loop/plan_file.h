/* Plan files: evidence of what was reviewed, never a program. `apply PLANFILE` plans again from the
 * recorded revision and goes on only if the result is the same; no call is ever taken from a file.
 */
#ifndef SK_LOOP_PLAN_FILE_H
#define SK_LOOP_PLAN_FILE_H

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "plan/guard.h"
#include "plan/plan.h"

struct sk_plan_file_facts {
    const char *organization;
    const char *origin;   /* where the desired state came from, for people */
    const char *revision; /* commit id, or digest of the folder */
    struct sk_wall created_at;
    const json_t *upcoming;       /* borrowed: sk_upcoming_ends */
    const json_t *diagnostics;    /* borrowed: sk_diagnostics_to_json of the manifests: warnings */
    const json_t *exceptions;     /* borrowed: of the blueprint */
    const json_t *isolation;      /* borrowed: sk_isolation_check; may be NULL */
    const json_t *access_changes; /* borrowed: sk_loop_access_changes; may be NULL */
};

/* {"apiVersion","kind":"Plan","createdAt","organization","source":{"origin","revision"},"digest",
 *  "summary","changes","unknown","refused","upcoming","diagnostics","exceptions",
 *  "isolation"?,"accessChanges"?,"fileDigest"}. New. */
json_t *sk_plan_file_make(const struct sk_plan *plan, const struct sk_findings *findings,
                          const struct sk_plan_file_facts *facts);
/* Reads and checks one: SK_E_REFUSED when it is not as it was written (edited by hand), SK_E_PARSE,
 * SK_E_INVALID, SK_E_BOUND, SK_E_NOT_FOUND. New. */
int sk_plan_file_load(const char *path, json_t **out, struct sk_err *err) SK_WARN_UNUSED;
/* Whether a plan made now is the one in the file: the same digest, and every change planned against
 * the same live state. SK_E_STALE names what moved. */
int sk_plan_file_compare(const json_t *file, const struct sk_plan *plan,
                         struct sk_err *err) SK_WARN_UNUSED;

#endif
