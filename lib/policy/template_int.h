/* Inside of templates, for the files that parse and fill them in. */
#ifndef SK_POLICY_TEMPLATE_INT_H
#define SK_POLICY_TEMPLATE_INT_H

#include "base/buffer.h"
#include "policy/parameter.h"
#include "policy/template.h"

struct sk_template {
    char *name;
    json_t *policy;
    json_t *file; /* parameters.json */
    struct sk_parameter *parameters;
    size_t parameter_count;
};

/* A string cut at its placeholders. */
struct sk_piece {
    const char *text; /* literal text, or the placeholder's name */
    size_t length;
    bool placeholder;
};

/* The next piece of *at, which moves on. False at the end. A "{{" without "}}" gives a placeholder
 * of length 0. */
bool sk_template_piece(const char **at, struct sk_piece *out);

const struct sk_parameter *sk_template_find(const struct sk_template *template_, const char *name,
                                            size_t length);
/* The parameter with the name nearest to a misspelt one, or NULL. */
const char *sk_template_nearest(const struct sk_template *template_, const char *name);

/* Adds one line to what will be the error's message. */
void sk_template_fault(struct sk_buffer *faults, const struct sk_template *template_,
                       const char *format, ...) SK_PRINTF(3, 4);
/* Raises the collected faults, if any, and releases them. */
int sk_template_raise(struct sk_buffer *faults, struct sk_err *err);

#endif
