/* Where statements stand and what they ask, in words: rows of an answer's `because` and `conditions`
 * (decide.h), and places of statements (state.h). Pure. */
#ifndef SK_ACCESS_SAY_H
#define SK_ACCESS_SAY_H

#include <jansson.h>

#include "base/err.h"

/* "AppsOfOwnProfile of iam_policy/… (studio-developer@1, teams/fraud.yaml:9)" for the place of a
 * statement (sk_access_place). Owned by the caller. */
char *sk_access_say_statement(const json_t *place) SK_WARN_UNUSED;
/* "aws:RequestTag/Team StringEquals fraud and …" for an object with "conditions": [{"operator",
 * "key", "values"}]; "" without any. Owned by the caller. */
char *sk_access_say_conditions(const json_t *row) SK_WARN_UNUSED;

#endif
