/* The table that embed_templates.cmake writes. */
#ifndef SK_POLICY_SHIPPED_H
#define SK_POLICY_SHIPPED_H

#include <stddef.h>

struct sk_shipped {
    const char *name;
    const char *policy;
    const char *parameters;
    const char *cases;
};

extern const struct sk_shipped sk_shipped_templates[];
extern const size_t sk_shipped_template_count;

#endif
