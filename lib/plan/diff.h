/* Comparison of a desired (or last applied) body with a live one, driven by the kind's attributes.
 *
 * Only what the desired body declares is compared (three-valued: absent is not ours, null is
 * "clear"). Numbered cases: docs/design/plan-cases.md. */
#ifndef SK_PLAN_DIFF_H
#define SK_PLAN_DIFF_H

#include "plan/kind.h"
#include "plan/view.h"

/* Appends what differs to `fields` (zero-initialised), sorted by path. `desired` has its references
 * resolved as far as `live_set` allows; what cannot be resolved differs and is marked unknown. */
void sk_diff(const struct sk_kind *kind, const json_t *desired, const json_t *live,
             const struct sk_documents *live_set, struct sk_fields *fields);

/* [{"path","from"?,"to"?,"detail"?,"severity"}], sensitive values as "(sensitive)". New. */
json_t *sk_fields_to_json(const struct sk_fields *fields);

/* A patch for a partial-update call: {…} with only the changed leaves under `prefix`
 * ("UserSettings"), values to clear replaced as the attribute table says. New; NULL when nothing
 * below the prefix differs. */
json_t *sk_fields_patch(const struct sk_fields *fields, const char *prefix);

/* What to send for the field at exactly this path, clears replaced likewise. New reference; NULL
 * when it does not differ. */
json_t *sk_fields_value(const struct sk_fields *fields, const char *path);

/* Tags to add or overwrite ([{"Key","Value"}]) and keys to remove (["k"]), from the fields below
 * "Tags". New; NULL when there are none. */
json_t *sk_fields_tags_to_set(const struct sk_fields *fields);
json_t *sk_fields_tags_to_remove(const struct sk_fields *fields);

#endif
