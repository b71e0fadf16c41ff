/* Building lists of differences: for diff.c, the planner and drift. Reading them: plan/diff.h. */
#ifndef SK_PLAN_FIELDS_H
#define SK_PLAN_FIELDS_H

#include "plan/kind.h"

/* Adds an empty difference; borrowed until the next one is added. */
struct sk_field *sk_fields_add(struct sk_fields *fields, const char *path,
                               const struct sk_attr *attr);
/* Releases what one field holds. */
void sk_field_done(struct sk_field *field);
/* Puts the fields into the order of their paths. */
void sk_fields_sort(struct sk_fields *fields);
/* Adds "Status" as a difference to READY, so that a resource that failed is shown and written again
 * even when all its settings are equal. */
void sk_fields_add_status(struct sk_fields *fields, const json_t *live);
/* What may be shown of a value of the field (its `from` or `to`): sensitive parts masked. New
 * reference; NULL for NULL. */
json_t *sk_fields_shown(const struct sk_fields *fields, const struct sk_field *field,
                        const json_t *value);
/* Which differences can be neither made nor cleared, and the roads a person can take; NULL when all
 * can. Owned by the caller. */
char *sk_fields_unchangeable(const struct sk_fields *fields);
/* -1 when the differences only take access away, 1 when they only grant it, 0 when neither or both
 * (or not to be told): the order of apply. */
int sk_fields_access(const struct sk_fields *fields);

#endif
