/* What several kinds need to turn answers into bodies and bodies into inputs. */
#ifndef SK_RECONCILERS_BODY_H
#define SK_RECONCILERS_BODY_H

#include <stdbool.h>

#include <jansson.h>

#include "plan/kind.h"

/* Neither there nor anything but null. */
bool sk_body_absent(const json_t *value);
/* A new object with those of `members` (NULL-terminated) that `body` has, as below. */
json_t *sk_body_pick(const json_t *body, const char *const *members);
/* Adds those of `members` that `body` lacks and `from` has: what a list says and a Describe may leave
 * out. */
void sk_body_fill(json_t *body, const json_t *from, const char *const *members);
/* A copy without members that are null, and without structures that only had such members, at any
 * depth: null means "cleared", and what is created has nothing to clear. New; NULL for NULL. */
json_t *sk_body_without_nulls(const json_t *value);
/* A policy document of the body as the text AWS takes. New JSON string. */
json_t *sk_body_policy_text(const json_t *document);
/* [{"Key","Value"}] of `body`'s Tags; new reference, [] when there are none. */
json_t *sk_body_tags(const json_t *body);

/* What a kind's read returns while it lacks one of its lists: 0 when an answer is outstanding or
 * failed, which the observation knows; an error when AWS answered "not found" to a list, because
 * that must never be taken for an empty one. */
int sk_body_wait(const struct sk_observation *observation, struct sk_err *err);

#endif
