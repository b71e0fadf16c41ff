/* AWS's shared config and credentials files: a small reader of their INI dialect. Source:
 * "Configuration and credential file settings" in AWS's SDK reference guide, and botocore, which is
 * what people try their files with: what it takes is taken. Pure. */
#ifndef SK_AWS_INI_H
#define SK_AWS_INI_H

#include <stddef.h>

#include <jansson.h>

#include "base/err.h"

/* {"<section>": {"<key>": "<value>" | {"<nested key>": "<value>"}}}; section names behind
 * a type without their quotes ("profile my team", "services local"), keys in lower case; a section
 * whose name is not one word behind its type is left out. The last of equal keys counts,
 * sections of one name are one. `origin` names the file in messages, which never show values. New;
 * NULL with SK_E_PARSE. */
json_t *sk_aws_ini_parse(const char *text, size_t length, const char *origin,
                         struct sk_err *err) SK_WARN_UNUSED;

#endif
