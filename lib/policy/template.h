/* Policy templates: JSON with {{parameter}} placeholders, typed parameters, pinned versions.
 *
 * A template is a folder `<name>@<version>/` with
 * - `policy.json`: a policy document whose strings (and member names, such as condition keys) hold
 *   placeholders;
 * - `parameters.json`: {"description", "parameters": {NAME: {"type", "description", "default"?,
 *   "min"?, "max"?, "of"?}}}, where type is string, name, pattern, arn, account, region, cidr,
 *   bucket, tag-value, number or list (then `of` is the items' type, string unless said), and min
 *   and max bound a number's value, a list's count (at least 1 unless said) or a text's length;
 * - `cases.json`: what the policy must allow and deny (policy/cases.h).
 * A published version never changes.
 *
 * Values are checked by type, so that no parameter can break out of its string or widen a pattern:
 * '*', '?' and '${' are refused unless the type says pattern. A string with a list parameter stands
 * for one string per item; a statement with one in a member's name stands for one statement per
 * item. A statement that allows and of which Action, Resource, Principal or Condition gets an empty
 * list is left out, which never widens; anywhere else an empty list is an error. */
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
/* What the template is for. Borrowed. */
const char *sk_template_description(const struct sk_template *template_);
/* Fills in. `values` is {NAME: string | [string]}; a missing value without default, a value of the
 * wrong type, and (unless `ignore_unused`) a value the template does not know are errors; all of
 * them are named. New document. */
int sk_template_render(const struct sk_template *template_, const json_t *values,
                       bool ignore_unused, json_t **out, struct sk_err *err) SK_WARN_UNUSED;

/* The templates shipped in the binary (generated from policy-templates/ at build time). */
size_t sk_template_shipped_count(void);
/* Borrowed, static; NULL past the end. */
const char *sk_template_shipped_name(size_t position);
/* Borrowed from a cache that lives as long as the process; NULL (and err) when unknown: the message
 * offers the nearest name. */
const struct sk_template *sk_template_shipped(const char *name, struct sk_err *err);
/* The text of a shipped template's cases.json ("{}" without one), for `policy test`. Borrowed,
 * static; NULL when the name is unknown. */
const char *sk_template_shipped_cases(const char *name);

#endif
