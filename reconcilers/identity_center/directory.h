/* What the kinds of Identity Center's directory read together. Every question is asked only where
 * the organization has its identity source, or the record says that something was made there. */
#ifndef SK_RECONCILERS_IDENTITY_CENTER_DIRECTORY_H
#define SK_RECONCILERS_IDENTITY_CENTER_DIRECTORY_H

#include <stdbool.h>

#include <jansson.h>

#include "plan/observation.h"

#define SK_INSTANCE_KIND   "identity_center_instance"
#define SK_USER_KIND       "identitystore_user"
#define SK_GROUP_KIND      "identitystore_group"
#define SK_MEMBERSHIP_KIND "identitystore_group_membership"

/* The Identity Center instance that the account works with: an item of ListInstances, borrowed.
 * *out is NULL when nobody asks for one here, there is none, or the answer is outstanding.
 * SK_E_INVALID when several are visible and none is named. */
int sk_directory_instance(struct sk_observation *observation, const json_t **out,
                          struct sk_err *err) SK_WARN_UNUSED;

/* Groups that matter: [{"name": as addresses name it, "group": the item of ListGroups,
 * "members": whether its memberships matter}]: those that the record knows by their id, whatever
 * they are called by now, then those declared, then those that claim to be ours. New; *out is NULL
 * while answers are outstanding. */
int sk_directory_groups(struct sk_observation *observation, const char *store, json_t **out,
                        struct sk_err *err) SK_WARN_UNUSED;

/* Declared users that are there: {name in manifests: item of ListUsers}, found by UserName, else by
 * e-mail address. New; *out is NULL while the answer is outstanding. `list` (may be NULL) gets the
 * whole answer, borrowed. */
int sk_directory_users(struct sk_observation *observation, const char *store, json_t **out,
                       const json_t **list, struct sk_err *err) SK_WARN_UNUSED;

/* Whether a description is one that we write: "… (sagekeeper: ORGANIZATION)". */
bool sk_directory_claims(const json_t *body, const char *owner);

#endif
