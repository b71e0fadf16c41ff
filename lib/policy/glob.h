/* Relations between two text patterns with '*' and '?'; policy variables ("${…}") count as '*'. */
#ifndef SK_POLICY_GLOB_H
#define SK_POLICY_GLOB_H

#include <stdbool.h>

/* Whether some text matches both. */
bool sk_glob_intersects(const char *a, const char *b);
/* Whether everything that `narrow` matches, `wide` matches too; never wrongly true. */
bool sk_glob_covers(const char *wide, const char *narrow);
bool sk_glob_has_wildcard(const char *text);
/* Whether the action pattern matches all that `narrow`, a name or pattern, matches; case ignored.
 */
bool sk_glob_covers_action(const char *wide, const char *narrow);

#endif
