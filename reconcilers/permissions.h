/* What the controller may do in AWS: for each kind, the IAM actions that its calls need, on which
 * resources and under which conditions. The policies that `sagekeeper permissions` prints are made
 * of these rows and of nothing else; a contract test compares them with every call that a
 * reconciler makes.
 *
 * Least privilege: what writes is pinned to our IAM path, to our tag or to the boundary; '*' stands
 * only where AWS knows no resource for the action: at lists, which change nothing, and at file
 * systems, which must be encrypted. */
#ifndef SK_RECONCILERS_PERMISSIONS_H
#define SK_RECONCILERS_PERMISSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "plan/kind.h"
#include "plan/view.h"

/* Words in braces are replaced. One value: {partition}, {account} (the id), {path} (the IAM path,
 * with both slashes), {owner}. A list, as the whole text: {boundaries}, {attachable} (policies that
 * roles may get), {passable} (roles that SageMaker may be given), {keys} (KMS keys of domains),
 * {file_systems} ("*" where a domain has a key), {rstudio} (apps of domains with RStudio), {store}
 * (Identity Center's directory).
 * {region} in a resource makes one for each region of the account. */
struct sk_permission_condition {
    const char *operator_, *key, *value; /* operator_ NULL ends the list */
};

enum sk_permission_flags {
    SK_PERMISSION_WRITE = 1 << 0,       /* needed to apply; the others to plan */
    SK_PERMISSION_ADOPT = 1 << 1,       /* only while a manifest adopts one of the kind */
    SK_PERMISSION_NO_BOUNDARY = 1 << 2, /* only while no boundary is configured: it would undo it */
    SK_PERMISSION_DIRECTORY = 1 << 3, /* only in the account with the identity source; what writes,
                                           only while the directory's groups are ours */
};

#define SK_PERMISSION_CONDITIONS 3

/* Where some actions are allowed: one statement of the policy. Scopes of the same sid must have the
 * same flags and conditions: they make one statement for all their resources. */
struct sk_permission_scope {
    const char *sid;
    unsigned flags; /* enum sk_permission_flags */
    const char *resource;
    struct sk_permission_condition conditions[SK_PERMISSION_CONDITIONS + 1]; /* {boundaries} without
                                                                        a boundary: left out */
};

/* For tables of several services: the request carries our tag; tags are looked at in bulk. */
#define SK_PERMISSION_OWNED_REQUEST                                                                \
    {                                                                                              \
        "StringEquals", "aws:RequestTag/sagekeeper:owner", "{owner}"                               \
    }
extern const struct sk_permission_scope sk_permission_look_at_tags;

struct sk_permission {
    const char *service,
        *operation;     /* the call, as in struct sk_call; operation NULL ends a table */
    const char *action; /* what the call needs besides the action of its own name; NULL: that one */
    const struct sk_permission_scope *scope;
};

/* All rows of a kind, static and borrowed; NULL when it has none (a test forbids that). */
const struct sk_permission *sk_permissions_of(const struct sk_kind *kind);
/* "iam:CreateRole". Owned by the caller. */
char *sk_permission_action(const struct sk_permission *permission) SK_WARN_UNUSED;

/* The tables of the services, each ended by a row without kind: one per folder. */
struct sk_kind_permissions {
    const char *kind;
    const struct sk_permission *rows;
};
extern const struct sk_kind_permissions sk_permissions_iam[];
extern const struct sk_kind_permissions sk_permissions_identity_center[];
extern const struct sk_kind_permissions sk_permissions_sagemaker[];

/* All borrowed. */
struct sk_permissions_opts {
    bool write;                         /* what applying needs; else only what planning needs */
    const char *owner;                  /* the organization's name */
    const char *iam_path;               /* "/sagekeeper/acme/" */
    const struct sk_account *account;   /* whose policy it is */
    const char *boundary;               /* ARN that the organization configures; NULL: none */
    const struct sk_kinds *kinds;       /* registered kinds */
    const struct sk_documents *desired; /* of all accounts, NULL: none. What they name outside of
                                           our path (policies to attach, roles to pass, keys,
                                           boundaries) is added */
};
/* The policy document. New. */
json_t *sk_permissions_policy(const struct sk_permissions_opts *opts);

#endif
