/* What the files of this folder share. Private. */
#ifndef SK_ACCESS_CHANGE_CHANGE_INT_H
#define SK_ACCESS_CHANGE_CHANGE_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "access_change/access_change.h"
#include "proof/question.h"
#include "verify/subject.h"

enum sk_importance {
    SK_IMPORTANCE_CROSS_TEAM,
    SK_IMPORTANCE_MEMBERSHIP, /* brings all that the role may do */
    SK_IMPORTANCE_PERMISSIONS,
    SK_IMPORTANCE_UNREAD,
    SK_IMPORTANCE_PASS_ROLE,
    SK_IMPORTANCE_ASSUME_ROLE,
    SK_IMPORTANCE_WRITE,
    SK_IMPORTANCE_TRUST,
    SK_IMPORTANCE_TAGGING,
    SK_IMPORTANCE_READ,
    SK_IMPORTANCE_LIST,
    SK_IMPORTANCE_COUNT,
};
/* "cross-team". Static. */
const char *sk_importance_name(enum sk_importance importance);
/* SK_IMPORTANCE_COUNT for no name. */
enum sk_importance sk_importance_of_name(const char *name);
/* Of an action of the catalogue by itself. */
enum sk_importance sk_importance_of_action(size_t position);

/* One of two states of a role; `role` NULL: it is not there. */
struct sk_role_side {
    struct sk_subjects *subjects; /* borrowed */
    const struct sk_access_role *role;
    struct sk_proof_policies *policies; /* owned; NULL without a role */
};

/* Principals of a role whom no policy tells apart. */
struct sk_group {
    struct sk_subject subject; /* owned: the first of them */
    json_t *names;             /* owned: of them all */
};

struct sk_comparison {
    const struct sk_access_change_opts *opts;
    struct sk_subjects before, after;
    json_t *sections;
};

/* People of one role whom policies tell apart, of which so many sorts are looked at. */
#define SK_GROUPS_MAX 24

/* One role in both states. */
struct sk_pair {
    struct sk_comparison *comparison; /* borrowed */
    struct sk_role_side before, after;
    json_t *section; /* borrowed */
    struct sk_group groups[SK_GROUPS_MAX];
    size_t group_count;
};

/* Compiles the policies of one state of a role, if there is one; sk_role_side_done also after a
 * failure. SK_E_INVALID, SK_E_BOUND. */
int sk_role_side_make(struct sk_role_side *side, struct sk_err *err) SK_WARN_UNUSED;
void sk_role_side_done(struct sk_role_side *side);
/* Fills the groups with everybody of that state. SK_E_INVALID, SK_E_BOUND. */
int sk_pair_find_groups(struct sk_pair *pair, const struct sk_role_side *side,
                        struct sk_err *err) SK_WARN_UNUSED;
void sk_pair_groups_done(struct sk_pair *pair);
/* The group's principal in a state of its role, with what the role's tags are there. New. */
json_t *sk_group_base(const struct sk_group *group, const struct sk_access_role *role);
/* Adds a row for each person and shared space of `there` that is not in `elsewhere`, and their names to
 * the section's people. */
void sk_pair_compare_people(const struct sk_pair *pair, const struct sk_role_side *there,
                            const struct sk_role_side *elsewhere, const char *change, json_t *rows);
/* A bit for each action on which the two states may differ. Owned by the caller. */
uint64_t *sk_pair_actions(const struct sk_pair *pair) SK_WARN_UNUSED;
/* Those of `actions` on which groups of one role may differ: a statement that takes them speaks of
 * something that sessions carry, or not. Owned by the caller. */
uint64_t *sk_actions_telling_apart(const struct sk_pair *pair, const struct sk_role_side *there,
                                   const struct sk_role_side *elsewhere,
                                   const uint64_t *actions) SK_WARN_UNUSED;
/* The grants (see sk_gains_find) of other actions than these. New. */
json_t *sk_grants_without(const json_t *grants, const uint64_t *actions);
/* Adds rows of what `there` allows the groups and `elsewhere` does not. */
int sk_pair_compare_groups(struct sk_pair *pair, const struct sk_role_side *there,
                           const struct sk_role_side *elsewhere, const uint64_t *actions,
                           const char *change, json_t *rows, struct sk_err *err) SK_WARN_UNUSED;
/* What comes with working as a role that was there before, for people who come and for roles that
 * may now be passed or assumed: the section's `reaches` and those of its rows. */
int sk_pair_find_reach(struct sk_pair *pair, json_t *rows, struct sk_err *err) SK_WARN_UNUSED;

/* The section's `through`: the roles that get to this one in a step, with who works as them. */
int sk_pair_find_through(struct sk_pair *pair, struct sk_err *err) SK_WARN_UNUSED;

/* A question about one group: what `there` allows and `elsewhere` does not. */
struct sk_gains {
    const struct sk_access_change_opts *opts;
    const struct sk_role_side *there, *elsewhere;
    const struct sk_group *group;
    const json_t *base, *other_base; /* borrowed: the group's principal in the two states */
    const uint64_t *actions;         /* bit for each position of the catalogue to ask about */
    json_t *grants;                  /* borrowed: grants are added here, see gains.c */
    json_t *unknown;                 /* borrowed: [sentence] */
};

/* Adds a grant for each statement, action and resource through which something is gained:
 * {"statement": position among there->policies, "action": position, "resources": [position in the
 * statement's list], "against": […], "teams": […], "request"}. SK_E_INVALID, SK_E_BOUND. */
int sk_gains_find(struct sk_gains *gains, struct sk_err *err) SK_WARN_UNUSED;
/* The teams other than the own one that the grant reaches through this resource of the statement:
 * [team], "" when it is not known which; empty for a read of SageMaker, which teams may do. New. */
json_t *sk_gains_teams(const struct sk_gains *gains, const struct sk_proof_statement *statement,
                       size_t position, size_t resource, struct sk_err *err);
/* Asks one question for the group with what is compared filled in; true when there is a request, and
 * then *answer is to be released. */
bool sk_gains_ask(const struct sk_gains *gains, struct sk_proof_question *question,
                  struct sk_proof_answer *answer, struct sk_err *err);

/* Rows of grants (SK rows of the first form): those that differ only in the action share one.
 * `change` is "gains" or "loses". New. */
json_t *sk_grant_rows(const struct sk_role_side *side, const json_t *grants, const char *change);
/* Where there is nothing to compare with, any request would do. */
void sk_rows_drop_requests(json_t *rows);
/* Orders the items of a list by a text that the caller makes of each; owned by this function. */
void sk_sort_by(json_t *list, char *(*key_of)(const json_t *item));
/* Where a row stands among others, as a text; NULL stands behind all. Owned by the caller. */
char *sk_row_rank(const json_t *row) SK_WARN_UNUSED;
/* Orders rows, the gravest first. */
void sk_rows_sort(json_t *rows);

#endif
