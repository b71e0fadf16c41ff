/* What the files of this folder share while one set of manifests is compiled. Private. */
#ifndef SK_BLUEPRINT_BLUEPRINT_INT_H
#define SK_BLUEPRINT_BLUEPRINT_INT_H

#include "blueprint/blueprint.h"
#include "policy/document.h"

#define SK_TAG_TEAM "Team"
#define SK_TAG_USER "studiouserid"

/* Pointers the accounts are made of: what they borrow is kept alive here. */
struct sk_blueprint_private {
    json_t *keep;                /* array */
    struct sk_account *accounts; /* owned */
    const char **regions;        /* owned: all regions of all accounts, NULL behind each */
};

/* A domain as teams see it. */
struct sk_domain_entry {
    const struct sk_manifest *manifest;
    const struct sk_account *account; /* NULL: not usable */
    const char *region;
    const char *name; /* in AWS */
    bool existing;
    bool source_identity; /* roles must trust sts:SetSourceIdentity */
    char *address;        /* owned */
};

/* Who made a document, for whoever wants its address too. */
struct sk_claim {
    const struct sk_manifest *manifest;
    char *pointer; /* owned */
};

struct sk_compile {
    const struct sk_manifests *manifests;
    const struct sk_blueprint_opts *opts;
    struct sk_blueprint *blueprint;
    struct sk_diagnostics *diagnostics;
    const struct sk_manifest *organization; /* NULL: none */
    const json_t *defaults;                 /* of the organization; may be NULL */
    struct sk_domain_entry *domains;        /* owned */
    size_t domain_count;
    json_t *seen; /* owned: {"Kind/name in lower case": position} of documents that count */
    struct sk_claim *claims; /* owned: of the blueprint's documents, in their order */
    size_t claim_count, claim_capacity;
    json_t *users;      /* owned: {user in lower case: spelling} of all members */
    json_t *exceptions; /* owned: {"rule subject": …}, see exceptions.c */
    json_t *tag_rows;   /* owned: {tag: the row of its latest value}, see tag_row() in emit.c */
    json_t *findings; /* owned: {use and digest of a policy document: what the lint found in it} */
    json_t *boundaries; /* owned: {guardrail and account: {"document", "made"?: true}} */
    json_t *targets;    /* owned: {type and target of guardrails: number of them} */
    json_t *buckets;    /* owned: {bucket: the team that declares it} */
    json_t *accepted;   /* owned: {entry of an `accepts`: true} that accepted something */
    bool has_users;
    bool accounts_incomplete; /* some account could not be read: do not call others dangling */
};

/* Whether a document is to be compiled: it is not the second of its name. Broken ones are compiled
 * too, for the faults that can be found in the rest of them: values may be missing from their spec,
 * and lists hold null where an entry was refused. */
bool sk_compile_counts(const struct sk_compile *compile, const struct sk_manifest *manifest);
/* The document of a kind by exact name, NULL when absent; reports it as dangling at `pointer` of
 * `from`, with the nearest name. */
const struct sk_manifest *sk_compile_refer(struct sk_compile *compile,
                                           const struct sk_manifest *from, const char *pointer,
                                           const char *kind, const char *name);

/* Accounts of the organization. */
void sk_compile_accounts(struct sk_compile *compile);
/* The account of this name; NULL when there is none, which is reported at `pointer`, or when it may
 * stand in what could not be read. */
const struct sk_account *sk_compile_find_account(struct sk_compile *compile,
                                                 const struct sk_manifest *manifest,
                                                 const char *pointer, const char *name);
/* "arn:aws:iam::123456789012:role/sagekeeper/acme/sagekeeper-fraud"; `resource` is "role" or
 * "policy". Owned by the caller. */
char *sk_compile_arn(const struct sk_account *account, const char *resource, const char *path,
                     const char *name) SK_WARN_UNUSED;

/* Tags as an object {key: value} on the way, as AWS's list at the end. */
/* Adds the tags at `pointer` of the manifest's spec; a key that differs only in case from one that
 * is there is a fault. */
void sk_tags_merge(struct sk_compile *compile, json_t *tags, const struct sk_manifest *manifest,
                   const char *pointer, const json_t *more);

/* One document. `body`: stolen; its parts may be shared with other documents, nobody changes them.
 * `tags`: {key: value}, NULL for none at all (existing resources); `more_tags` (may be NULL) go over
 * them. The ownership tags are added here. Faults (name taken, too many tags, what the kind's check
 * finds) are reported at `pointer`. Returns the document (borrowed), or NULL. */
struct sk_emit {
    const char *kind;
    const struct sk_account *account;
    const char *region; /* NULL: global */
    const char *name;
    const struct sk_manifest *manifest;
    const char *pointer;
    const json_t *tags;
    const json_t *more_tags;
    unsigned flags;
};
struct sk_document *sk_compile_emit(struct sk_compile *compile, const struct sk_emit *emit,
                                    json_t *body);
void sk_compile_claims_done(struct sk_compile *compile);

/* An execution role with its policies. */
struct sk_role_request {
    const struct sk_manifest *manifest;
    const struct sk_domain_entry *domain; /* without an account: only faults are looked for */
    const json_t *spec;                   /* executionRole or defaultExecutionRole; may be NULL */
    const char *pointer;                  /* of it in the manifest: "/spec/executionRole" */
    const char *name;                     /* of the role */
    const char *owner;                    /* first part of policy names */
    const char *team;                     /* NULL for default roles */
    const json_t *policies;               /* array of texts; may be NULL */
    const json_t *tags;                   /* {key: value} */
    const json_t *trust;                  /* trust policy; NULL: SageMaker becomes the role */
    const json_t *defaults;               /* {parameter: value unless given}; may be NULL */
    json_t *arns;                         /* the policies' ARNs are added; may be NULL */
    bool policies_only;                   /* make the policies and no role */
};
/* Emits role and policies. Returns the role's ARN, owned by the caller, also after faults; *address
 * is set to the role's address (owned by the caller). */
char *sk_compile_role(struct sk_compile *compile, const struct sk_role_request *request,
                      char **address) SK_WARN_UNUSED;

/* The document of one entry of `policies` or the like, filled in, checked and linted as what it is
 * used for. `known` collects the parameters that templates know: {name: true}. New; NULL after a
 * fault reported at `pointer`. */
struct sk_policy_entry {
    const char *policy; /* "studio-developer@1", "reports.json" */
    const char *pointer;
    enum sk_policy_use use;
    bool part; /* its statements become part of a larger document */
};
json_t *sk_compile_policy(struct sk_compile *compile, const struct sk_role_request *request,
                          const struct sk_policy_entry *entry, const json_t *values, json_t *known);

/* Where a document to lint comes from. All borrowed. */
struct sk_policy_source {
    const char *name;                    /* as its entry, "trust policy" */
    const char *pointer;                 /* what names it in the request's manifest */
    const struct sk_manifest_file *file; /* NULL for templates */
    bool part;                           /* report nothing that is about the whole document */
    bool whole;                          /* report only what is about the whole document */
};
/* Reports what the lint finds, apart from the size. */
void sk_compile_lint(struct sk_compile *compile, const struct sk_role_request *request,
                     const struct sk_policy_source *source, const json_t *document,
                     enum sk_policy_use use);
/* Warns of entries of the request's `accepts` that accepted nothing; after all its policies. */
void sk_compile_check_accepts(struct sk_compile *compile, const struct sk_role_request *request);

/* Notes under `key` where that document comes from (blueprint.h: policy_sources). */
void sk_compile_policy_source(struct sk_compile *compile, const struct sk_role_request *request,
                              const char *policy, const char *pointer, const char *key);

/* The parameters of the request's policies: `fixed` ({name: value}) cannot be given, `defaults` (may
 * be NULL) can. New. */
json_t *sk_compile_parameters(struct sk_compile *compile, const struct sk_role_request *request,
                              const json_t *fixed, const json_t *defaults);
/* Reports parameters given that no template knows. */
void sk_compile_check_unused(struct sk_compile *compile, const struct sk_role_request *request,
                             const json_t *fixed, const json_t *known);

/* A role's boundary that names a Guardrail. All borrowed. */
struct sk_boundary_reference {
    const struct sk_manifest *manifest;
    const char *pointer;
    const char *name;
    const struct sk_account *account;
};
/* Makes the policy in the account, once. Returns its ARN and sets *address (both owned by the
 * caller); NULL after a fault. */
char *sk_compile_boundary(struct sk_compile *compile, const struct sk_boundary_reference *reference,
                          char **address) SK_WARN_UNUSED;

/* Guardrails come first, since roles may name one; the check comes last. */
void sk_compile_guardrails(struct sk_compile *compile);
void sk_compile_check_boundaries(struct sk_compile *compile);
/* After the teams, whose members may be IAM users. */
void sk_compile_sign_ins(struct sk_compile *compile);
/* The domain of this name as far as it is usable, NULL otherwise; reports a dangling name. */
const struct sk_domain_entry *sk_compile_find_domain(struct sk_compile *compile,
                                                     const struct sk_manifest *manifest);
/* Whether the last day of something (NULL: it has none) lies behind us. */
bool sk_compile_has_ended(const struct sk_compile *compile, const char *until);

/* Takes the organization's exceptions; before anything asks for them. */
void sk_compile_exceptions(struct sk_compile *compile);
/* Whether an exception from a rule of exceptions.h is declared for what breaks it. */
enum sk_excepted { SK_EXCEPTED_NO, SK_EXCEPTED_EXPIRED, SK_EXCEPTED_YES };
enum sk_excepted sk_compile_excepted(struct sk_compile *compile, const char *rule,
                                     const char *subject);
/* Hands those in force to the blueprint and reports those that nothing needed. */
void sk_compile_exceptions_end(struct sk_compile *compile);

void sk_compile_domains(struct sk_compile *compile);
void sk_compile_teams(struct sk_compile *compile);
/* Groups of teams in the organization's identity source, if it has one. */
void sk_compile_directory(struct sk_compile *compile);

/* The shared spaces of one team. */
struct sk_team_spaces {
    const struct sk_manifest *manifest;
    const struct sk_domain_entry *domain; /* without an account: only faults are looked for */
    const json_t *tags;                   /* {key: value} of the team */
    /* {user: {"profile", "address", "ended"}}, or null for a member that cannot be compiled */
    const json_t *members;
};
void sk_compile_spaces(struct sk_compile *compile, const struct sk_team_spaces *team);

/* "pointer/token", the token escaped. Owned by the caller. */
char *sk_pointer_join(const char *pointer, const char *token) SK_WARN_UNUSED;
/* `text` with ASCII letters in lower case. Owned by the caller. */
char *sk_fold(const char *text) SK_WARN_UNUSED;
/* A copy of `base` with the members of `over` laid over it; objects are joined, everything else is
 * replaced. Either may be NULL. New object. */
json_t *sk_settings_merge(const json_t *base, const json_t *over);

#endif
