/* Home directories of profiles that are deleted: they stay on the domain's file system under a uid
 * that AWS gives to nobody again. The store keeps which, for when the user returns. */
#ifndef SK_LOOP_HOMES_H
#define SK_LOOP_HOMES_H

#include <jansson.h>

#include "plan/plan.h"
#include "store/store.h"

/* Records file system and uid of every profile that the plan is about to delete. Before the calls:
 * afterwards nobody could tell any more. */
int sk_homes_keep(struct sk_store *store, const char *organization, const struct sk_plan *plan,
                  struct sk_err *err) SK_WARN_UNUSED;
/* {ADDRESS: sentence}, for sk_plan_input.notes. New. */
int sk_homes_notes(struct sk_store *store, const char *organization, json_t **out,
                   struct sk_err *err) SK_WARN_UNUSED;

#endif
