/* Names made from names. These rules never change: a new profile name costs a user the home folder,
 * a new role name every trust that names the old one. */
#ifndef SK_BLUEPRINT_NAMES_H
#define SK_BLUEPRINT_NAMES_H

#include "base/cleanup.h"

/* Longest profile name that SageMaker takes. */
#define SK_PROFILE_NAME_MAX 63

/* `text` in lower case, every run of other characters than ASCII letters and digits one hyphen,
 * none at the ends; may be "". Owned by the caller. */
char *sk_name_slug(const char *text) SK_WARN_UNUSED;

/* The profile of `user` in `team`: "<user>-<team>" when neither is changed by slugging nor has a
 * hyphen and both fit; otherwise "<slug>-<slug>-<8 hex digits of SHA-256 over user, NUL, team>",
 * the slugs cut to fit. Depends on nothing else; names of different pairs differ also without
 * regard to case. Owned by the caller. */
char *sk_profile_name(const char *user, const char *team) SK_WARN_UNUSED;

/* "sagekeeper-<team>". Owned by the caller. */
char *sk_team_role_name(const char *team) SK_WARN_UNUSED;
/* "sagekeeper-<domain>-default". Owned by the caller. */
char *sk_domain_role_name(const char *domain) SK_WARN_UNUSED;
/* "sagekeeper-<team>-<role>": a further role of a team. Owned by the caller. */
char *sk_further_role_name(const char *team, const char *role) SK_WARN_UNUSED;
/* "sagekeeper-<name>-sign-in". Owned by the caller. */
char *sk_sign_in_role_name(const char *name) SK_WARN_UNUSED;
/* The policy of a guardrail that is a boundary: "guardrail-<name>". Owned by the caller. */
char *sk_guardrail_policy_name(const char *name) SK_WARN_UNUSED;
/* The managed policy of a template or file for an owner (a team, or "<domain>-default"):
 * "fraud-studio-developer-v1" for "studio-developer@1", "fraud-billing-read" for
 * "billing/read.json". Owned by the caller. */
char *sk_policy_name(const char *owner, const char *policy) SK_WARN_UNUSED;

#endif
