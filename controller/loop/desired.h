/* From a source tree to desired documents: what validate, plan, apply and the daemon do before they
 * look at AWS. No network besides Git. */
#ifndef SK_LOOP_DESIRED_H
#define SK_LOOP_DESIRED_H

#include <stddef.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "blueprint/blueprint.h"
#include "loop/session.h"
#include "manifest/diagnostics.h"
#include "manifest/manifest.h"
#include "source/source.h"

/* Loads the manifests of a tree. SK_E_INVALID when there were faults; they are in `diagnostics`.
 * *out is owned by the caller, also then. */
int sk_desired_load(const struct sk_source_tree *tree, struct sk_manifests **out,
                    struct sk_diagnostics *diagnostics, struct sk_err *err) SK_WARN_UNUSED;
/* Compiles them for a day. SK_E_INVALID as above. */
int sk_desired_compile(const struct sk_source_tree *tree, const struct sk_manifests *manifests,
                       struct sk_wall today, struct sk_blueprint **out,
                       struct sk_diagnostics *diagnostics, struct sk_err *err) SK_WARN_UNUSED;

/* The documents of the chosen accounts as a set that borrows them: end it with sk_desired_release,
 * not with sk_documents_done. An unknown account name is SK_E_USAGE. `count` 0 chooses all. */
int sk_desired_select(const struct sk_blueprint *blueprint, const char *const *accounts,
                      size_t count, struct sk_documents *out, struct sk_err *err) SK_WARN_UNUSED;
void sk_desired_release(struct sk_documents *selected);
/* The chosen accounts with how to reach them; *out is an array owned by the caller, its contents
 * borrowed from the blueprint. */
void sk_desired_accounts(const struct sk_blueprint *blueprint, const char *const *accounts,
                         size_t count, struct sk_session_account **out, size_t *count_out);

/* The approvals of a snapshot, as sk_guard_opts takes them: valid when they have not ended and came in a commit that touched nothing else. New array in *out. */
int sk_desired_approvals(const struct sk_source_approvals *files,
                         const struct sk_blueprint *blueprint, struct sk_wall now,
                         struct sk_diagnostics *diagnostics, json_t **out,
                         struct sk_err *err) SK_WARN_UNUSED;

#endif
