/* What single texts in manifests may be, where a regular expression does not say it well. Pure. */
#ifndef SK_BLUEPRINT_GRAMMAR_H
#define SK_BLUEPRINT_GRAMMAR_H

#include <stdbool.h>

/* IAM and SageMaker: letters (of any language), digits, space and _ . : / = + - @. */
bool sk_grammar_tag_value(const char *text);
/* The same, and no key that AWS or sagekeeper sets itself. */
bool sk_grammar_tag_key(const char *text);
/* IAM: printable characters up to U+00FF and white space. */
bool sk_grammar_description(const char *text);
/* What can be the value of the tag studiouserid and part of an address. */
bool sk_grammar_user(const char *text);
/* An existing day, "2027-01-31". */
bool sk_grammar_date(const char *text);
/* "studio-developer@1". */
bool sk_grammar_template(const char *text);
/* "billing/read.json": relative, inside the folder, nothing hidden. */
bool sk_grammar_policy_file(const char *text);
/* One of the last two. */
bool sk_grammar_policy(const char *text);

#endif
