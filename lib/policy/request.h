/* A request as the evaluator sees it: who, which action, which resource, and the context keys.
 *
 * A request is filled once and may be changed and decided on again and again; deciding does not
 * allocate (beyond growing the request's own scratch space once). It belongs to one thread at a
 * time.
 *
 * Keys that follow from the principal and the resource (aws:PrincipalArn, aws:PrincipalAccount,
 * aws:ResourceAccount, aws:username, aws:userid, aws:PrincipalTag/…, aws:ResourceTag/… and its
 * service aliases) are there by themselves unless the context sets them. Source: IAM User Guide,
 * "AWS global condition context keys" and "Principal key values". */
#ifndef SK_POLICY_REQUEST_H
#define SK_POLICY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/err.h"

enum sk_principal_type {
    SK_PRINCIPAL_AUTO, /* read from the ARN */
    SK_PRINCIPAL_ROLE,
    SK_PRINCIPAL_USER,
    SK_PRINCIPAL_SESSION, /* of a role, or of a federated user */
    SK_PRINCIPAL_ROOT,
    SK_PRINCIPAL_SERVICE,   /* "sagemaker.amazonaws.com" */
    SK_PRINCIPAL_FEDERATED, /* a SAML or OIDC provider, before it has a role */
};

/* Borrowed strings; NULL for what is unknown or does not apply. */
struct sk_principal {
    enum sk_principal_type type;
    const char *arn;
    const char *account; /* read from the ARN when NULL */
    /* a session's role with its path; made from the session's ARN when NULL */
    const char *role_arn;
    const char *user_name; /* made from a user's ARN when NULL */
    bool management_account;
};

enum sk_tag_owner {
    SK_TAG_PRINCIPAL,
    SK_TAG_RESOURCE,
};

struct sk_context_entry {
    char *key; /* lower case */
    uint64_t hash;
    char **values;
    size_t *lengths;
    size_t count; /* 0: the key is there without a value */
};

/* Positions of the six parts of an ARN. */
struct sk_arn_parts {
    size_t start[6];
    size_t length[6];
    size_t count; /* below 6: no ARN */
};

/* Read by the evaluator only; made and changed through the functions below. */
struct sk_request {
    char *action; /* lower case */
    size_t action_length;
    size_t service_length;
    uint64_t action_hash;
    uint64_t service_hash;

    char *resource;
    size_t resource_length;
    struct sk_arn_parts resource_parts;
    char *resource_account; /* "" when unknown */

    enum sk_principal_type principal_type;
    char *principal_arn;
    char *principal_account;
    char *role_arn; /* of roles and role sessions, else NULL */
    bool management_account;
    bool service_linked;
    bool federated_user;
    bool bounded; /* has a permissions boundary; set by the evaluator */

    struct sk_context_entry *entries;
    size_t entry_count;
    size_t entry_capacity;
    uint32_t *slots; /* open addressing; position + 1 */
    size_t slot_count;

    struct sk_buffer scratch;
};

struct sk_request *sk_request_new(void);
void sk_request_free(struct sk_request *request);
/* Forgets principal, resource, action and context, keeps the memory. */
void sk_request_clear(struct sk_request *request);

void sk_request_set_action(struct sk_request *request, const char *action);
/* `account` may be NULL: then the ARN's. */
void sk_request_set_resource(struct sk_request *request, const char *arn, const char *account);
/* SK_E_INVALID when the type is not given and cannot be read from the ARN. */
int sk_request_set_principal(struct sk_request *request, const struct sk_principal *principal,
                             struct sk_err *err) SK_WARN_UNUSED;
/* Sets a context key (in any case) to `count` values, which may be none. */
void sk_request_put(struct sk_request *request, const char *key, const char *const *values,
                    size_t count);
void sk_request_put_tag(struct sk_request *request, enum sk_tag_owner owner, const char *name,
                        const char *value);

/* The entry under a lower-case key, or NULL. */
const struct sk_context_entry *sk_request_find(const struct sk_request *request, uint64_t hash,
                                               const char *key);
void sk_arn_split(const char *arn, size_t length, struct sk_arn_parts *out);

#endif
