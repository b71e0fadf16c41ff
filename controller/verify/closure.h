/* What a subject can reach in steps: roles it can become, tags and policies it can give itself, and
 * resources it can make look like its own. The properties are asked again from each place that can
 * be reached, so that "retag, then act" and "pass a role, then act as it" are found. */
#ifndef SK_VERIFY_CLOSURE_H
#define SK_VERIFY_CLOSURE_H

#include "verify/ask.h"

/* Asks all properties that the subject at hand does not violate at once, from everywhere it can
 * get to; `ask_all` asks them for verification->subject. Violations carry their steps. */
typedef int (*sk_ask_all_fn)(struct sk_verification *verification, struct sk_err *err);
int sk_verify_closure(struct sk_verification *verification, sk_ask_all_fn ask_all,
                      struct sk_err *err) SK_WARN_UNUSED;

#endif
