/* What was seen of the live world in one observation: documents, and the parts that could not be
 * read. A part that could not be read is unknown, never empty. */
#ifndef SK_PLAN_VIEW_H
#define SK_PLAN_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "plan/document.h"

struct sk_kind;

/* An AWS account as the manifests name it. All text borrowed from whoever made the table. */
struct sk_account {
    const char *name;           /* "ml-dev" */
    const char *id;             /* 12 digits */
    const char *partition;      /* "aws" */
    const char *home_region;    /* where global services' tags are looked up: "us-east-1" in aws */
    const char *const *regions; /* NULL-terminated: regions managed in this account */
    /* Address of the role that our calls in this account are made as: it and what it needs (its
     * policies) are never written. NULL when not known. */
    const char *own_role;
};
struct sk_accounts {
    const struct sk_account *items;
    size_t count;
};
/* NULL when unknown. */
const struct sk_account *sk_accounts_find(const struct sk_accounts *accounts, const char *name);

/* A kind that could not be read in an account and region. */
struct sk_unknown {
    const struct sk_kind *kind;
    char *account;     /* owned */
    char *region;      /* owned: "global" or a region */
    struct sk_err err; /* why */
};

struct sk_view {
    struct sk_documents live;
    struct sk_unknown *unknown; /* owned */
    size_t unknown_count, unknown_capacity;
    /* Owned, may be NULL: what the record says we made of kinds without tags: {ADDRESS in lower
     * case: {"address", "id"?: the kind's id_member, "since"?: epoch seconds at which a
     * call that makes it was sent whose answer never came}}. */
    json_t *made;
    /* Kinds without tags are others' to write now: no record counts (`made` is NULL or empty), a
     * claim to be ours is none, and nothing of them is drift. */
    bool ceded;
    json_t *unknown_index; /* private: kind, account and region, and account alone -> position */
};

/* err is copied. The first entry for a part counts. */
void sk_view_add_unknown(struct sk_view *view, const struct sk_kind *kind, const char *account,
                         const char *region, const struct sk_err *err);
/* The entry for this kind, account and region, or NULL when it was read. */
const struct sk_unknown *sk_view_unknown(const struct sk_view *view, const struct sk_kind *kind,
                                         const char *account, const char *region);
/* The first unknown part of the account, whatever its kind, or NULL. */
const struct sk_unknown *sk_view_unknown_in_account(const struct sk_view *view,
                                                    const char *account);
void sk_view_done(struct sk_view *view);

#endif
