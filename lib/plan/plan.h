/* Plans: what turns the live world into the desired one, as an immutable, totally ordered value.
 *
 * Same input, same bytes. The digest covers addresses, actions and the calls with unresolved
 * references, not time, commit or fingerprints: it is what `apply PLANFILE` compares. The case
 * table (last applied × desired × live) that this follows is docs/design/plan-cases.md. */
#ifndef SK_PLAN_PLAN_H
#define SK_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "plan/document.h"
#include "plan/kind.h"
#include "plan/view.h"

enum sk_action {
    SK_ACTION_CREATE,
    SK_ACTION_UPDATE,
    SK_ACTION_DELETE,
    SK_ACTION_ADOPT,   /* update of something that was not ours, with our tags */
    SK_ACTION_BLOCKED, /* differs, but cannot or must not be changed; `reason` says why */
    SK_ACTION_WAIT,    /* would change, but something it needs is busy; a later cycle goes on */
};
#define SK_ACTION_COUNT 6
/* "create", … Borrowed, static. */
const char *sk_action_name(enum sk_action action);
const char *sk_severity_name(enum sk_severity severity);

struct sk_change {
    char *address; /* owned */
    const struct sk_kind *kind;
    char *account, *region; /* owned */
    enum sk_action action;
    enum sk_severity severity;
    char *reason;            /* owned; NULL when the action speaks for itself */
    struct sk_fields fields; /* update, adopt, blocked */
    struct sk_calls calls;   /* empty for blocked and wait */
    json_t *depends;         /* owned array: addresses of changes of this plan to be done first; of
                                what waits: the one that it waits for */
    char fingerprint[SK_SHA256_HEX_BYTES]; /* of the live body planned against; "" without one */
    int access;        /* -1 takes access away, +1 grants, 0 neither: the order of apply */
    bool refused;      /* by the guard: not applied */
    bool partial;      /* blocked because the view is partial: exit code 4, not 2 */
    bool pending;      /* wait: for something that others make, nobody knows when */
    bool unattributed; /* delete: nothing says whose it is; the guard wants an approval */
    bool hands_over;   /* update: what one person has passes to another, as `reason` says; the guard
                           wants an approval */
    bool stays;        /* delete: only access and what runs goes now, the resource itself later */
    bool loses_data;   /* delete: what people keep in it goes with it */
    struct sk_wall due; /* wait, or a delete that stays: when it is deleted; 0: not known */
    char *copy_of;      /* owned; of what is there twice: the address that its tags name, which is
                           that of the one that is kept. NULL: it is no copy (docs/adr/0007) */
    bool own_copy;      /* a copy that a create of ours made, as the journal shows */
    /* Borrowed from the plan's input, which outlives the plan. */
    const struct sk_document *desired, *live;
};

struct sk_plan {
    struct sk_change *items; /* owned; in an order that respects `depends`, ties by address */
    size_t count;
    size_t counts[SK_ACTION_COUNT];
    size_t in_sync;       /* desired resources without any difference */
    size_t desired_count; /* desired documents, those declared as existing included */
    char digest[SK_SHA256_HEX_BYTES];
    json_t *notices;            /* owned: [{"address","message"}]: what differs and is not ours to
                                   change; no part of the digest */
    const struct sk_view *view; /* borrowed */
    json_t *positions;          /* private: address -> position */
};

struct sk_plan_input {
    const struct sk_kinds *kinds;
    const struct sk_accounts *accounts;
    const char *owner;                  /* value of the tag sagekeeper:owner */
    const struct sk_documents *desired; /* borrowed by the plan */
    const struct sk_view *view;         /* borrowed by the plan */
    /* Addresses whose create was sent a short while ago (journal): not seen yet is `wait`, never a
     * second create. {ADDRESS: "sentence"}; may be NULL. */
    const json_t *recent_creates;
    /* {ADDRESS: …}: created a while ago (journal): without any of our tags it is `wait`, because the
     * index of tags lags. May be NULL. */
    const json_t *young;
    /* {ADDRESS: [{"from", "to"}]}: when our own creates of an address were under way (journal), epoch
     * seconds; only of addresses that several live documents carry. May be NULL. */
    const json_t *own_creates;
    /* {ADDRESS: "sentence"}: what people should know when the address is created; may be NULL. */
    const json_t *notes;
    struct sk_wall now; /* decides which grace times have passed */
};

/* Pure. Errors only for defects in the input (reference cycles, a kind's function failing). */
int sk_plan_make(const struct sk_plan_input *input, struct sk_plan **out,
                 struct sk_err *err) SK_WARN_UNUSED;
void sk_plan_free(struct sk_plan *plan);
/* Borrowed; NULL when the plan does not touch the address. */
struct sk_change *sk_plan_find(const struct sk_plan *plan, const char *address);
/* Refuses what depends on a refused change, after `refused` was set somewhere. */
void sk_plan_spread_refusals(struct sk_plan *plan);
/* Whether anything would be done now (create, update, delete, adopt not refused). */
bool sk_plan_has_work(const struct sk_plan *plan);

/* Ownership of a live document: both tags fit; for kinds without tags, by the record of what was
 * made, or by what it hangs on (DESIGN.md 5, docs/adr/0009). */
enum sk_ownership {
    SK_OWNED,
    SK_NOT_OURS,     /* neither tag, or a copied one: owner fits but the address names another */
    SK_OTHER_OWNER,  /* sagekeeper:owner names another organization, address fits */
    SK_UNATTRIBUTED, /* has no tags, and nothing records that it is ours */
};
enum sk_ownership sk_view_ownership(const struct sk_view *view, const struct sk_document *live,
                                    const char *owner);
/* By its tags alone. */
enum sk_ownership sk_ownership_of(const struct sk_document *live, const char *owner);
#define SK_TAG_OURS      "sagekeeper:" /* how all of them begin */
#define SK_TAG_OWNER     "sagekeeper:owner"
#define SK_TAG_ADDRESS   "sagekeeper:address"
#define SK_TAG_SOURCE    "sagekeeper:source"
/* "Delete": the data behind the resource goes with it; without the tag it is retained. A tag,
 * because the manifest is gone by the time the resource is deleted (docs/adr/0006). */
#define SK_TAG_RETENTION "sagekeeper:retention"
/* "7d", "36h": how long a profile stays when it is not declared any more; a tag for the same
 * reason. When that time began is the second tag (ISO 8601), written then. */
#define SK_TAG_GRACE     "sagekeeper:grace"
#define SK_TAG_LEFT      "sagekeeper:left"
/* Whose it was, once nobody gets in any more: what is theirs is handed to nobody else by accident. */
#define SK_TAG_LEAVER    "sagekeeper:leaver"

/* {"address","kind","action","severity","reason"?,"fields":[…],"calls":[…],"depends":[…],
 *  "fingerprint"?,"refused"?,"pending"?,"stays"?,"handsOver"?,"losesData"?,"due"?,
 *  "copyOf"?}: sensitive values
 *  masked. New. */
json_t *sk_change_to_json(const struct sk_change *change);
/* The `changes`, `summary`, `digest`, `notices` and `unknown` members of a plan file. New. */
json_t *sk_plan_to_json(const struct sk_plan *plan);
/* Recomputes the digest of the "changes" array of a plan file. */
void sk_plan_json_digest(const json_t *changes, char out[SK_SHA256_HEX_BYTES]);

#endif
