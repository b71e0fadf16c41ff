/* Whom `verify` asks about: the principals of a state that people work as (Studio roles in every
 * situation, sign-in roles), each with its policies ready for questions (proof/question.h).
 *
 * People of one role who no policy tells apart stand for each other: one of them is asked about. */
#ifndef SK_VERIFY_SUBJECT_H
#define SK_VERIFY_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "access/state.h"
#include "base/err.h"
#include "proof/policies.h"

enum sk_subject_kind {
    SK_SUBJECT_STUDIO,  /* a role that Studio, or a job of SageMaker, runs as */
    SK_SUBJECT_SIGN_IN, /* a role that people sign in with, to open Studio */
};

struct sk_subject {
    const struct sk_access_principal *principal; /* borrowed */
    enum sk_subject_kind kind;
    const struct sk_proof_policies *policies; /* borrowed from the subjects */
    json_t *base;                             /* owned: as struct sk_proof_question wants it */
    const char *team;                         /* borrowed: the role's tag Team; NULL without */
    char *own_profile;                        /* owned: ARN pattern; NULL where there is none */
    char *own_user;    /* owned: the studiouserid of a sign-in session, else NULL */
    size_t stands_for; /* how many principals, itself included */
};

struct sk_iam_users;
/* What is looked up about a role again and again. */
struct sk_subject_role {
    const struct sk_access_principal *itself; /* borrowed: the principal it is without Studio */
    bool trusts_principals;                   /* its trust policy names "AWS" principals */
    bool trusts_sagemaker;
    struct sk_subject_texts *texts; /* owned, made when first needed: all texts of its policies */
};

struct sk_subjects {
    const struct sk_access_state *state; /* borrowed */
    struct sk_proof_shelf *shelf;        /* owned */
    struct sk_subject *items;            /* owned */
    size_t count, capacity;
    struct sk_proof_policies **policies; /* owned: one a role, NULL for roles without subject */
    struct sk_iam_users *users;          /* owned: who stands for IAM users, see user.c */
    size_t user_count;
    struct sk_subject_role *roles;     /* owned: one a role */
    const struct sk_document **spaces; /* owned: the shared spaces */
    size_t space_count;
    json_t *resource_names;               /* owned: {name and document: position in `resources`} */
    struct sk_proof_policies **resources; /* owned: policies of resources, each compiled once */
    size_t resource_count;
};

/* Zero-initialise `out`; sk_subjects_done also after a failure. SK_E_INVALID, SK_E_BOUND: a policy
 * that cannot be compiled. */
int sk_subjects_make(const struct sk_access_state *state, struct sk_subjects *out,
                     struct sk_err *err) SK_WARN_UNUSED;
/* Adds who signs in as an IAM user, one for all users of a sign-in ("users" in struct sk_blueprint's
 * sign_ins; may be NULL): they open Studio with the policies that are made for them. Call once,
 * behind sk_subjects_make. As that. */
int sk_subjects_add_users(struct sk_subjects *subjects, const json_t *sign_ins,
                          struct sk_err *err) SK_WARN_UNUSED;
void sk_subjects_done(struct sk_subjects *subjects);
/* Appends; *subject is taken. Private. */
void sk_subjects_append(struct sk_subjects *subjects, const struct sk_subject *subject);
void sk_iam_users_free(struct sk_iam_users *users, size_t count);

/* Whoever signs in through a provider gets the tag studiouserid from it; this name stands for all. */
#define SK_SUBJECT_SOMEBODY "sagekeeper-somebody"

/* What the functions below need, without any subject. Ends with sk_subjects_done. */
void sk_subjects_init(const struct sk_access_state *state, struct sk_subjects *out);
/* The principal as a subject of this kind, whatever it is for; its base is made. `own_user`: the
 * studiouserid of its session, or NULL. Owned by the caller (sk_subject_done). SK_E_INVALID,
 * SK_E_BOUND. */
int sk_subject_make(struct sk_subjects *subjects, const struct sk_access_principal *principal,
                    enum sk_subject_kind kind, const char *own_user, struct sk_subject *out,
                    struct sk_err *err) SK_WARN_UNUSED;
void sk_subject_done(struct sk_subject *subject);
/* Which patterns of the role's policies take the names of the person: equal for those principals of
 * a role whom no policy tells apart. Owned by the caller. */
char *sk_subject_digest(struct sk_subjects *subjects,
                        const struct sk_subject *subject) SK_WARN_UNUSED;

/* The documents that apply to a role, with room for `extra` more behind them. Owned by the caller;
 * what they point to is borrowed. */
struct sk_proof_document *sk_subject_documents(const struct sk_access_role *role, size_t extra,
                                               size_t *count);
/* The principal as struct sk_proof_question wants it; `user`: the studiouserid that its session got
 * from a provider, or NULL. New. */
json_t *sk_subject_base(const struct sk_access_principal *principal,
                        const char *user) SK_WARN_UNUSED;
/* The role's policies, compiled once. Borrowed. SK_E_INVALID, SK_E_BOUND. */
int sk_subjects_policies(struct sk_subjects *subjects, const struct sk_access_role *role,
                         const struct sk_proof_policies **out, struct sk_err *err) SK_WARN_UNUSED;
/* The policies with the one of a resource, which is compiled once; the name is for reasons, the
 * document lives as long as the subjects. Owned by the caller. SK_E_INVALID, SK_E_BOUND. */
int sk_subjects_with_resource(struct sk_subjects *subjects,
                              const struct sk_proof_policies *policies, const char *name,
                              const json_t *document, struct sk_proof_policies **out,
                              struct sk_err *err) SK_WARN_UNUSED;
/* The same with the trust policy of a role, for questions about assuming it. */
int sk_subjects_with_trust(struct sk_subjects *subjects, const struct sk_proof_policies *policies,
                           const struct sk_access_role *trusting, struct sk_proof_policies **out,
                           struct sk_err *err) SK_WARN_UNUSED;
/* Borrowed. */
const struct sk_subject_role *sk_subjects_role(const struct sk_subjects *subjects,
                                               const struct sk_access_role *role);
/* Whether a statement of the identity policies allows the action at this position of the catalogue,
 * its conditions and resources aside. */
bool sk_subject_takes(const struct sk_subject *subject, size_t position);

/* Whether one of the trust policy's allowing statements names the service, or any principal of the
 * kind ("Federated", "AWS"); `value` NULL: any. */
bool sk_trust_names(const struct sk_access_role *role, const char *kind, const char *value);

#endif
