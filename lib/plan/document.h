/* Resource documents: the data that everything between Git and AWS is made of.
 *
 * An address is "kind/account/region/name…":
 * `sagemaker_user_profile/ml-dev/us-east-1/research/alice-fraud`. `account` is the account's name
 * in the manifests; `region` is "global" for kinds whose scope is an account or the organization.
 * The body is a JSON object whose members are named exactly as AWS's API names them; policy
 * documents in it are JSON objects, not text. Members that only AWS sets (ids, ARNs, Status) appear
 * in live bodies only.
 *
 * References: anywhere in a desired body or a call's input, {"$ref": ADDRESS, "attr": MEMBER}
 * stands for that member of the live body of ADDRESS (a dotted path). */
#ifndef SK_PLAN_DOCUMENT_H
#define SK_PLAN_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"

struct sk_kind;

/* How a resource is doing, as its kind reads it from the live body. */
enum sk_state {
    SK_STATE_READY,
    SK_STATE_BUSY,          /* changing by itself: writes would be refused */
    SK_STATE_FAILED_CREATE, /* must be deleted and created again */
    SK_STATE_FAILED_UPDATE, /* may be updated again */
    SK_STATE_FAILED_DELETE, /* must be deleted again */
    SK_STATE_GONE,          /* still listed, but not there any more */
};

enum sk_document_flags {
    SK_DOCUMENT_EXISTING = 1 << 0, /* desired: refers to something made elsewhere; never written */
    SK_DOCUMENT_ADOPT = 1 << 1,    /* desired: take over what is there under this address */
    /* live: hangs on the first of its edges and goes with that; never ours by its tags, which may
     * be copied from there (apps, private spaces) */
    SK_DOCUMENT_BELONGS = 1 << 2,
    /* live, of several that carry the same address tag (SK_KIND_NO_NATURAL_KEY): people have
     * something in it */
    SK_DOCUMENT_USED = 1 << 3,
    /* desired, with EXISTING: made elsewhere, and maybe later: while it is not there, what needs it
     * waits (users and groups of a directory) */
    SK_DOCUMENT_AWAITED = 1 << 4,
    /* desired, with EXISTING: what it holds is others' to write, what we once made there included (a
     * directory that an identity provider fills): see `ceded` of struct sk_interest */
    SK_DOCUMENT_CEDED = 1 << 5,
};

struct sk_document {
    char *address;              /* owned */
    const struct sk_kind *kind; /* static */
    char *account;              /* owned; second part of the address */
    char *region;               /* owned; third part, "global" included */
    json_t *body;               /* owned */
    json_t *edges;              /* owned, may be NULL: array of addresses this one needs to exist,
                                   besides those its references name */
    char *origin;               /* owned, may be NULL: "teams/fraud.yaml:3" or "Team/fraud" */
    char *obstacle;             /* owned, may be NULL. Desired: why it cannot be made now, in words;
                                   one that is there is kept and updated all the same */
    unsigned flags;             /* enum sk_document_flags */
};

/* A new document. `address` must start with the kind's name. `body` is stolen. */
struct sk_document *sk_document_new(const struct sk_kind *kind, const char *address, json_t *body);
void sk_document_free(struct sk_document *document);
/* Adds an address to `edges`, once. */
void sk_document_add_edge(struct sk_document *document, const char *address);
/* The name part of the address (behind the third slash). Borrowed. */
const char *sk_document_name(const struct sk_document *document);

/* "kind/account/region/name"; region NULL means "global". Owned by the caller. */
char *sk_address_format(const char *kind, const char *account, const char *region,
                        const char *name) SK_WARN_UNUSED;

/* The address as it is compared and looked up: AWS's names are unique without regard to letter
 * case. Owned by the caller. */
char *sk_address_fold(const char *address) SK_WARN_UNUSED;

/* A set of documents, ordered by address, looked up without regard to letter case (AWS's names are
 * unique that way). Zero-initialise. */
struct sk_documents {
    struct sk_document **items; /* owned, sorted by address after sk_documents_sort */
    size_t count;
    size_t capacity;
    json_t *index; /* private: case-folded address -> position */
};

/* Takes the document. SK_E_EXISTS (document freed) when the address is taken. */
int sk_documents_add(struct sk_documents *set, struct sk_document *document, struct sk_err *err);
/* Borrowed; NULL when absent. */
struct sk_document *sk_documents_find(const struct sk_documents *set, const char *address);
/* Whether any document of the set has one of these flags. */
bool sk_documents_any(const struct sk_documents *set, unsigned flags);
/* Orders items by address (strcmp). Call before iterating where order matters. */
void sk_documents_sort(struct sk_documents *set);
void sk_documents_done(struct sk_documents *set);

/* The JSON form: {"address", "kind", "body", "edges"?, "origin"?, "flags"?}. New. */
json_t *sk_document_to_json(const struct sk_document *document);

/* True when `value` is a reference object; then *address and *attr are borrowed from it. */
bool sk_ref_parse(const json_t *value, const char **address, const char **attr);
/* Stands for no resource, but for the clock when a call is made: its member "now" is the time in
 * ISO 8601. For inputs of calls only. */
#define SK_REF_CLOCK "clock"
/* New reference object. */
json_t *sk_ref_new(const char *address, const char *attr);

/* Looks a reference up; returns a borrowed value or NULL when it is not known (yet). */
typedef const json_t *(*sk_ref_lookup_fn)(const char *address, const char *attr, void *data);
/* A copy of `value` with every reference that `lookup` knows replaced. *unresolved (may be NULL)
 * counts those left as they are. New. */
json_t *sk_ref_resolve(const json_t *value, sk_ref_lookup_fn lookup, void *data,
                       size_t *unresolved);
/* Whether there is a reference anywhere in `value`. */
bool sk_ref_any(const json_t *value);
/* Appends the addresses that `value` refers to, each once, to the array `addresses`. */
void sk_ref_collect(const json_t *value, json_t *addresses);

#endif
