/* The grammar check, shared by sk_policy_parse (which knows the text) and sk_policy_check. */
#ifndef SK_POLICY_CHECK_H
#define SK_POLICY_CHECK_H

#include "policy/document.h"

/* As sk_policy_check; `text` (may be NULL) gives messages their line and column. */
int sk_policy_check_text(const json_t *document, enum sk_policy_use use, const char *origin,
                         const char *text, size_t length, struct sk_err *err) SK_WARN_UNUSED;

#endif
