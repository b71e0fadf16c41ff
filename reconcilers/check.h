/* What AWS would refuse in a desired body, said when manifests are compiled and not at apply time.
 * Values that are references or null are not looked at. All return 0, or SK_E_INVALID and a message
 * that names the member, what it is and what was expected. */
#ifndef SK_RECONCILERS_CHECK_H
#define SK_RECONCILERS_CHECK_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "plan/document.h"

/* What a text may consist of. */
enum sk_check_characters {
    SK_CHECK_IAM_NAME,       /* letters, digits and _ + = , . @ - */
    SK_CHECK_IAM_PATH,       /* "/", or begins and ends with one; printable ASCII */
    SK_CHECK_LATIN,          /* tab, line ends, U+0020-U+007E and U+00A1-U+00FF */
    SK_CHECK_ANY_TEXT,       /* anything but nothing */
    SK_CHECK_SAGEMAKER_NAME, /* letters, digits and hyphens, no hyphen at the ends */
};

struct sk_check_text {
    const char *path; /* dotted; NULL ends a table */
    enum sk_check_characters allowed;
    size_t max; /* characters */
};

int sk_check_texts(const json_t *body, const struct sk_check_text *rules,
                   struct sk_err *err) SK_WARN_UNUSED;
/* An integer within bounds, if it is there. */
int sk_check_integer(const json_t *body, const char *path, json_int_t min, json_int_t max,
                     struct sk_err *err) SK_WARN_UNUSED;
/* At most 50 tags, keys once (without regard to case: IAM's rule, and what keeps tag policies
 * meaningful elsewhere), none reserved by AWS, lengths. */
int sk_check_tags(const struct sk_document *desired, struct sk_err *err) SK_WARN_UNUSED;
/* A policy document is sent as text: references in it could never be resolved. Its size must not
 * pass `limit` characters. `name` heads the message. */
int sk_check_policy_text(const char *name, const json_t *document, size_t limit,
                         struct sk_err *err) SK_WARN_UNUSED;

#endif
