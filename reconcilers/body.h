/* What several kinds need to turn bodies into inputs. */
#ifndef SK_RECONCILERS_BODY_H
#define SK_RECONCILERS_BODY_H

#include <jansson.h>

#include "plan/kind.h"

/* A new object with those of `members` (NULL-terminated) that `body` has and that are not null. */
json_t *sk_body_pick(const json_t *body, const char *const *members);
/* A copy without members that are null, at any depth. New. */
json_t *sk_body_without_nulls(const json_t *value);
/* A policy document of the body as the text AWS takes. New JSON string. */
json_t *sk_body_policy_text(const json_t *document);
/* [{"Key","Value"}] of `body`'s Tags; new reference, [] when there are none. */
json_t *sk_body_tags(const json_t *body);

#endif
