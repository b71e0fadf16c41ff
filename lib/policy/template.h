/* Policy templates: JSON with {{parameter}} placeholders, typed parameters, pinned versions.
 *
 * A template is a folder `<name>@<version>/` with `policy.json` and `parameters.json` ({"description",
 * "parameters": {NAME: {"type", "description", "default"?, "min"?, "max"?}}}). A published version
 * never changes. Values are escaped by type, so that no parameter can break out of its string or
 * widen a pattern: `*`, `?` and `${` are refused unless the type says pattern. */
#ifndef SK_POLICY_TEMPLATE_H
#define SK_POLICY_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"

struct sk_template;

/* Parses a template from its two files' text; `name` is "studio-developer@1". */
int sk_template_parse(const char *name, const char *policy_text, const char *parameters_text,
                      struct sk_template **out, struct sk_err *err) SK_WARN_UNUSED;
void sk_template_free(struct sk_template *template_);
/* "studio-developer@1". Borrowed. */
const char *sk_template_name(const struct sk_template *template_);
/* {NAME: {"type","description","default"?}}. Borrowed. */
const json_t *sk_template_parameters(const struct sk_template *template_);
/* Fills in. `values` is {NAME: string | [string]}; a missing value without default, a value of the
 * wrong type, and (unless `ignore_unused`) a value the template does not know are errors; all of them
 * are named. New document. */
int sk_template_render(const struct sk_template *template_, const json_t *values, bool ignore_unused,
                       json_t **out, struct sk_err *err) SK_WARN_UNUSED;

/* The templates shipped in the binary (generated from policy-templates/ at build time). */
size_t sk_template_shipped_count(void);
/* Borrowed, static; NULL past the end. */
const char *sk_template_shipped_name(size_t position);
/* Borrowed from a cache that lives as long as the process; NULL (and err) when unknown: the message
 * offers the nearest name. */
const struct sk_template *sk_template_shipped(const char *name, struct sk_err *err);

#endif
