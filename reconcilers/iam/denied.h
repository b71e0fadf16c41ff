/* Roles and policies that nobody manages with sagekeeper (DESIGN.md 5). */
#ifndef SK_RECONCILERS_IAM_DENIED_H
#define SK_RECONCILERS_IAM_DENIED_H

#include <stdbool.h>

#include <jansson.h>

/* `denied` functions for kinds: by Path, name and, for live policies, ARN. */
bool sk_iam_role_denied(const json_t *body);
bool sk_iam_policy_denied(const json_t *body);

#endif
