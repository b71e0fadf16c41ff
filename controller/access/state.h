/* Who there is and what they hold: the principals of a set of resource documents, desired or live,
 * each with all policies that apply to it, where every policy comes from, its tags, and the keys
 * that its session carries. Pure; the base of `can` and `who-can`, and of everything else that asks
 * what a whole state permits.
 *
 * Roles come from iam_role documents. For each role there is one principal in SK_SITUATION_ROLE,
 * and one more for each way into Studio that ends in the role:
 *
 *   profile   a person's own Studio, private spaces included: the role that the user profile names,
 *             else the domain's default. The session is `assumed-role/ROLE/SageMaker`; it carries
 *             sagemaker:DomainId and sagemaker:UserProfileName, and aws:SourceIdentity (the profile)
 *             when the domain says so (ExecutionRoleIdentityConfig)
 *   space     a shared space: the role of the domain's DefaultSpaceSettings, else of its users;
 *             sagemaker:DomainId only, because several people are in it
 *   sign-in   a person who signed in as the role through a SAML or OpenID Connect provider: the role's
 *             trust policy names the provider and lets it tag sessions. There is one for each person
 *             that a profile of the account is tagged with; the session carries the person as the
 *             session tag studiouserid, other session tags are not known
 *   role      the role without Studio: a job that it was passed to, or whoever may assume it
 *
 * In all of them the role's tags are the principal's tags. Sources: SageMaker Developer Guide,
 * "Grant users permissions in Studio" and "Monitor user resource access with sourceIdentity"; IAM
 * User Guide, "Principal key values".
 *
 * Ids of domains that AWS has not made yet are not known: a desired domain stands under
 * "d-<its name>" (sk_access_domain_id), in sessions and resources alike. */
#ifndef SK_ACCESS_STATE_H
#define SK_ACCESS_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "plan/document.h"
#include "plan/view.h"
#include "policy/evaluate.h"

/* A policy from outside of the documents, such as a guardrail as service control policy. All
 * borrowed for the life of the state. */
struct sk_access_control {
    const char *account; /* name; NULL: all accounts */
    size_t level;        /* 0: root; the account's own is the highest */
    const char *name;
    const char *address; /* of the document it stands in, or NULL */
    const json_t *document;
    const json_t *source; /* as below, or NULL */
};

/* All borrowed for the life of the state. */
struct sk_access_opts {
    const struct sk_documents *documents;
    const struct sk_accounts *accounts;
    /* Where policies come from: {ADDRESS, or "ADDRESS#INLINE POLICY": {"from": a template or file,
     * "path", "line": where the manifest names it, "statements"?: [line in that file]}}; may be
     * NULL (live). */
    const json_t *sources;
    const struct sk_access_control *controls;
    size_t control_count;
};

/* One policy that applies to a role. */
struct sk_access_policy {
    enum sk_layer layer; /* identity, permission boundary or service control */
    size_t level;        /* of service control policies */
    const char *name;    /* borrowed: of the managed or the inline policy */
    bool is_inline;
    const char *address; /* borrowed: the iam_policy, or the iam_role of inline ones; may be NULL */
    const char *origin;  /* borrowed: "teams/fraud.yaml:3", or NULL */
    const json_t *document; /* borrowed; a text when it could not be parsed */
    const json_t *source;   /* borrowed: a member of opts.sources, or NULL */
};

struct sk_access_role {
    const struct sk_document *document; /* borrowed: iam_role */
    const struct sk_account *account;   /* borrowed */
    char *arn;                          /* owned */
    json_t *tags;                       /* owned: {key: value} */
    struct sk_access_policy *policies;  /* owned; identity, then boundary, then controls */
    size_t policy_count, policy_capacity;
    size_t control_levels; /* of service control policies; 0: none are known */
    /* owned: ARNs of attached policies whose document is not known (AWS's own, in the desired
     * state); they may grant more, or deny */
    json_t *unread;
    bool takes_session_tags;     /* its trust policy allows sts:TagSession to somebody */
    const char *unread_boundary; /* borrowed ARN: nothing is known of what it leaves; or NULL */
};

enum sk_situation {
    SK_SITUATION_PROFILE,
    SK_SITUATION_SPACE,
    SK_SITUATION_SIGN_IN,
    SK_SITUATION_ROLE
};

struct sk_access_principal {
    const struct sk_access_role *role; /* borrowed from the state */
    enum sk_situation situation;
    const struct sk_document *place; /* borrowed: the profile or space; NULL for the others */
    char *name; /* owned: "alice@fraud" when the profile's tags say so, else the place's address;
                   "alice@<name of the role>" of who signed in; the role's address for roles */
    const char *user, *team; /* borrowed: tags of the profile, or NULL */
    char *session_arn;       /* owned */
    json_t *keys;            /* owned: {context key: value} that the session carries */
    json_t *tags;            /* owned: {key: value}: the role's, and over them the session's */
};

/* Immutable once made. */
struct sk_access_state {
    struct sk_access_opts opts;
    struct sk_access_role *roles; /* owned; in the order of their addresses */
    size_t role_count;
    struct sk_access_principal *principals; /* owned; by role, people before the role itself */
    size_t principal_count, principal_capacity;
    /* owned: [address] of profiles and shared spaces whose role is not among the documents, so that
     * what they may do is not known; they have no principal */
    json_t *unplaced;
    json_t *role_index;   /* private: {role ARN: position} */
    json_t *policy_index; /* private: {policy ARN: position among the documents} */
};

/* Never fails: what is not there or cannot be read is in the roles' `unread`. Profiles whose role
 * is not among the documents have no principal. Owned by the caller. */
struct sk_access_state *sk_access_state_new(const struct sk_access_opts *opts);
void sk_access_state_free(struct sk_access_state *state);
SK_DEFINE_CLEANUP(struct sk_access_state, sk_access_state_free);

/* The principal that a person means, borrowed: "USER@TEAM", "User/USER@TEAM", "USER" or "User/USER"
 * with one team, "USER@ROLE" for who signed in, the address of a user profile, a role's ARN or
 * address, or "Team/TEAM" for the execution role of a team by itself. SK_E_NOT_FOUND offers the nearest name; SK_E_INVALID when it may mean
 * several, which are listed. NULL is never set on success. */
int sk_access_find(const struct sk_access_state *state, const char *text,
                   const struct sk_access_principal **out, struct sk_err *err) SK_WARN_UNUSED;

/* NULL when there is none of this ARN. Borrowed. */
const struct sk_access_role *sk_access_role_of_arn(const struct sk_access_state *state,
                                                   const char *arn);
/* The id of a domain by its document: AWS's, or "d-<name>" when it is not known. Owned by the
 * caller. */
char *sk_access_domain_id(const struct sk_document *domain) SK_WARN_UNUSED;
/* The domain that a profile or space document is in, by its address; NULL when it is not among the
 * documents. Borrowed. */
const struct sk_document *sk_access_domain_of(const struct sk_access_state *state,
                                              const struct sk_document *document);
/* Where a statement of a policy stands: {"layer", "policy", "statement": Sid or position, "address",
 * "inline"?: true, "origin"?, "from"?, "path"?, "line"?, "statementLine"?}. `sid` may be NULL. New. */
json_t *sk_access_place(const struct sk_access_policy *policy, const char *sid, size_t position);
/* {key: value} of AWS's list of tags. New. */
json_t *sk_access_tags(const json_t *tags);
/* "arn:aws:iam::111122223333:role/path/name" of an iam_role or iam_policy document: AWS's, or made
 * of its names. Owned by the caller. */
char *sk_access_iam_arn(const struct sk_document *document,
                        const struct sk_account *account) SK_WARN_UNUSED;

#endif
