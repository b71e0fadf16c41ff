/* A small world of fake kinds for the tests of lib/plan: desired documents, live ones, what could
 * not be read, and a simulator that carries a plan out on the live set. No test needs AWS.
 *
 * Kinds: policy and role (account), vault (region, protected, settles, like a domain), member
 * (region, settles, like a profile), seal (account, cannot be updated, some are denied). */
#ifndef PLAN_FIXTURE_H
#define PLAN_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "plan/diff.h"
#include "plan/guard.h"
#include "plan/plan.h"

#define WORLD_OWNER "acme"
#define WORLD_NOW_S 1000

extern const struct sk_kind fake_policy, fake_role, fake_vault, fake_member, fake_seal;
extern const struct sk_kinds fake_kinds;
extern const struct sk_accounts fake_accounts; /* dev and prod: us-east-1, eu-west-1 */

struct world {
    struct sk_documents desired;
    struct sk_view view;
    json_t *recent;      /* owned, may be NULL */
    json_t *young;       /* owned, may be NULL */
    json_t *own_creates; /* owned, may be NULL */
    unsigned ids;        /* given out by the simulator */
};
void world_done(struct world *world);

/* JSON written with ' for ". New; fails the test when it is none. */
json_t *js(const char *text);

/* Whose tags a live document carries. */
enum marks {
    MARKS_OURS,
    MARKS_NONE,
    MARKS_OTHER_OWNER,         /* another organization, same address */
    MARKS_OTHER_OWNER_ADDRESS, /* another organization, which calls it otherwise */
    MARKS_COPIED,              /* our owner tag, the address of something else */
    MARKS_OWNER_ONLY,          /* our owner tag alone */
    MARKS_OF_VAULT,            /* our owner tag, the address of the vault v */
};

/* Declares a resource with our tags; `body` as for js(). Borrowed from the world. */
struct sk_document *world_want(struct world *world, const char *address, const char *body);
/* Makes a resource live, with our tags. */
struct sk_document *world_have(struct world *world, const char *address, const char *body);
struct sk_document *world_have_as(struct world *world, enum marks marks, const char *address,
                                  const char *body);
/* The kind of `address` cannot be read in its account and region. */
void world_hide(struct world *world, const char *part);

/* Plans; fails the test on errors. sk_plan_free it. */
struct sk_plan *world_plan(const struct world *world);
/* Plans, expecting an error; its text is owned by the caller. */
char *world_plan_error(const struct world *world, enum sk_errc *code);

/* Carries out every change that is not refused, in the plan's order, and lets busy resources
 * settle. Fails the test when a call needs what is not there, a delete hits something in use or not
 * ours, or a create something that exists. Returns how many changes were carried out. */
size_t world_apply(struct world *world, const struct sk_plan *plan);

/* A deterministic source of numbers. */
struct dice {
    uint64_t state;
};
/* 0 … sides - 1. */
unsigned dice_roll(struct dice *dice, unsigned sides);
/* True `percent` times of a hundred. */
bool dice_chance(struct dice *dice, unsigned percent);
/* Another order of the same documents. */
void dice_shuffle(struct dice *dice, struct sk_documents *set);

#endif
