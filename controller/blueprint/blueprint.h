/* From manifests to desired resource documents: names, tags, references, policies. Pure: no I/O, no
 * clock; the same manifests give the same documents in the same order, however they are spread over
 * files.
 *
 * Bodies (members as in AWS's API, policy documents as JSON objects):
 *
 * iam_policy/ACCOUNT/global/NAME
 *     PolicyName, Path, Description?, PolicyDocument, Tags
 * iam_role/ACCOUNT/global/NAME
 *     RoleName, Path, Description?, MaxSessionDuration?, AssumeRolePolicyDocument,
 *     PermissionsBoundary? (ARN or null), AttachedManagedPolicies ([ARN], sorted; exclusive),
 *     InlinePolicies ({name: document}, {} for none; exclusive), Tags
 * sagemaker_domain/ACCOUNT/REGION/NAME
 *     DomainName, AuthMode, VpcId, SubnetIds, AppNetworkAccessType, KmsKeyId?,
 *     DefaultUserSettings {ExecutionRole, …}, DefaultSpaceSettings?, DomainSettings?,
 *     TagPropagation?, HomeEfsFileSystemCreation?, Tags;
 *     an existing domain (SK_DOCUMENT_EXISTING): DomainName only
 * sagemaker_user_profile/ACCOUNT/REGION/DOMAIN/NAME
 *     DomainId (reference to the domain), UserProfileName, UserSettings {ExecutionRole, …}, Tags
 * sagemaker_space/ACCOUNT/REGION/DOMAIN/NAME
 *     DomainId (reference to the domain), SpaceName, SpaceDisplayName?, OwnershipSettings,
 *     SpaceSharingSettings, SpaceSettings?, Tags
 *
 * identity_center_instance/ACCOUNT/REGION/instance (SK_DOCUMENT_EXISTING)
 *     IdentityStoreId?
 * identitystore_user/ACCOUNT/REGION/USER (existing and awaited)
 *     UserName, Emails? [{Value}]: what it is found by
 * identitystore_group/ACCOUNT/REGION/NAME
 *     IdentityStoreId (reference to the instance), DisplayName, Description
 * identitystore_group_membership/ACCOUNT/REGION/GROUP/USER
 *     IdentityStoreId, GroupId, MemberId {UserId} (references)
 *     with an external identity source both are existing and awaited
 *
 * ARNs that follow from names are literal; the order they imply is kept as an edge. Tags are sorted
 * by key and hold the ownership tags (DESIGN.md 5). `origin` is "path:line" of the manifest; it is
 * for people and part of no digest. */
#ifndef SK_BLUEPRINT_BLUEPRINT_H
#define SK_BLUEPRINT_BLUEPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "blueprint/schema.h"
#include "manifest/manifest.h"
#include "plan/document.h"
#include "plan/kind.h"
#include "plan/view.h"

struct sk_template;

struct sk_blueprint_opts {
    const struct sk_kinds *kinds; /* borrowed; the documents point to its kinds */
    /* All files of the tree; policies are looked up as "policies/NAME.json". Borrowed. */
    const struct sk_manifest_file *files;
    size_t file_count;
    struct sk_wall today;  /* decides which memberships have ended */
    const char *partition; /* NULL: follows from each account's first region */
    /* Where templates come from; NULL: those shipped (sk_template_shipped). */
    const struct sk_template *(*find_template)(const char *name, struct sk_err *err);
};

/* How to get into an account; at the same position as in `accounts`. Owned by the blueprint. */
struct sk_blueprint_access {
    const char *role_arn;    /* NULL: the ambient credentials */
    const char *external_id; /* NULL: none */
};

/* Permission for one change that the guard would refuse. */
struct sk_blueprint_approval {
    char *name;    /* owned: metadata.name */
    char *address; /* owned */
    char *action;  /* owned: "delete" or "adopt" */
    char *reason;  /* owned */
    char *path;    /* owned: the file it stands in */
    char *origin;  /* owned: "path:line" */
    bool expires;
    struct sk_wall expires_at; /* first moment at which it does not count any more */
};
struct sk_blueprint_approvals {
    struct sk_blueprint_approval *items; /* owned; in the order of their names */
    size_t count;
};

struct sk_blueprint {
    char *organization;                 /* owned: the owner, value of the tag sagekeeper:owner */
    char *iam_path;                     /* owned: "/sagekeeper/acme/" */
    struct sk_accounts accounts;        /* owned by the blueprint; sorted by name */
    struct sk_blueprint_access *access; /* owned; accounts.count of them */
    struct sk_documents documents;      /* sorted by address */
    /* Owned: who is in which team and as what: [{"user", "team", "domain", "account", "region",
     * "profile", "address", "role", "until"?, "ended"?: true}], sorted by user and team. Ended
     * memberships have no document. */
    json_t *members;
    /* Owned: where the policy documents come from, by the address of the iam_policy or by "ADDRESS
     * of the role#NAME" for inline ones: {"from": "studio-developer@1" or "policies/x.json", "path",
     * "line": where a manifest names it, "statements"?: [line of each in that file]}. */
    json_t *policy_sources;
    /* Owned: [{"name", "domain", "account", "region", "roles": [address], the execution role first,
     * "buckets": [name], "bucketPolicies": {name: document, or null: it has none}}], by name. */
    json_t *teams;
    /* Owned: [{"name", "type": "saml" | "oidc" | "users", "domain", "account", "role"?: address,
     * "policies": [ARN], "users"?: [name]}], by name. */
    json_t *sign_ins;
    /* Owned: [{"name", "type": "scp" | "rcp" | "boundary" | "endpoint", "account"? (boundaries: one
     * row for each), "document", "targets"?: as in the manifest}], by name and account. */
    json_t *guardrails;
    /* Owned: what is given up on purpose: [{"rule", "subject", "reason", "until"?, "origin"}] of the
     * declared exceptions that are in force and needed, in the order of the manifest. */
    json_t *exceptions;
    struct sk_blueprint_approvals approvals; /* those among the manifests; the guard decides whether
                                                they stand where they may */
    struct sk_blueprint_private *private_;
};

/* Compiles. Faults are added to `diagnostics` (all that can be found). Returns 0 and sets *out
 * (owned by the caller), or SK_E_INVALID when there was a fault here or in loading the manifests.
 */
int sk_blueprint_compile(const struct sk_manifests *manifests, const struct sk_blueprint_opts *opts,
                         struct sk_blueprint **out,
                         struct sk_diagnostics *diagnostics) SK_WARN_UNUSED;
void sk_blueprint_free(struct sk_blueprint *blueprint);
SK_DEFINE_CLEANUP(struct sk_blueprint, sk_blueprint_free);

/* The approvals of a set of manifests, such as that loaded from the approvals path: addresses are
 * checked against `kinds`, and against `accounts` unless that is NULL. Faulty ones are left out.
 * Returns 0 or SK_E_INVALID; *out is filled either way. */
int sk_blueprint_approvals(const struct sk_manifests *manifests, const struct sk_kinds *kinds,
                           const struct sk_accounts *accounts, struct sk_blueprint_approvals *out,
                           struct sk_diagnostics *diagnostics) SK_WARN_UNUSED;
void sk_blueprint_approvals_done(struct sk_blueprint_approvals *approvals);

#endif
