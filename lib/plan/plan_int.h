/* Shared inside lib/plan only: by the passes of planning, the guard, drift and the JSON forms. */
#ifndef SK_PLAN_PLAN_INT_H
#define SK_PLAN_PLAN_INT_H

#include "plan/plan.h"

/* The state of one planning. */
struct sk_planner {
    const struct sk_plan_input *input;
    struct sk_plan *plan; /* owned by sk_plan_make */
    size_t capacity;
    json_t *positions; /* owned by sk_plan_make: folded address -> position before ordering */
    json_t *users;     /* owned by sk_plan_make: sk_view_users */
    const struct sk_account *account; /* the one looked up last: documents come in runs of one */
};

/* First pass: one change for each address that differs, each decided alone (cases A to D). */
int sk_plan_decide(struct sk_planner *planner, struct sk_err *err) SK_WARN_UNUSED;
/* Cuts a delete that has to wait down to what can be done at once (kind->retire); `reason` says why
 * the rest has to wait. False when there is nothing of that sort. */
bool sk_plan_retire(struct sk_planner *planner, struct sk_change *change, const char *reason);
/* The live document of which `live`, by its tags, is a second one although its kind has no natural
 * key; NULL when it is none. Borrowed. */
const struct sk_document *sk_plan_copied(const struct sk_planner *planner,
                                         const struct sk_document *live);
/* Decides about a copy of `kept` (cases D7, D11 to D14): fills copy_of, own_copy, action and reason
 * of its change, which comes as a delete. */
void sk_plan_judge_copy(const struct sk_planner *planner, struct sk_change *change,
                        const struct sk_document *kept);
/* Second pass: dependencies block, delay or order changes (cases E and F). SK_E_INVALID names a
 * circle of references. */
int sk_plan_link(struct sk_planner *planner, struct sk_err *err) SK_WARN_UNUSED;
/* Third pass: orders items so that every change stands behind those it depends on, access taken
 * away first, ties by address. Expects no circles: SK_E_INTERNAL. */
int sk_plan_order(struct sk_plan *plan, struct sk_err *err) SK_WARN_UNUSED;
/* Fills plan->digest. */
void sk_plan_digest(struct sk_plan *plan);

/* A8: notes that a declared document that others make is not there. */
void sk_planner_notice_absent(struct sk_planner *planner, const struct sk_document *desired);
/* D15: whether an undeclared live document of which nothing says whose it is has a row in the plan;
 * D16: notes what is in the hands of others. */
bool sk_planner_shows(struct sk_planner *planner, const struct sk_document *live);
/* The change of an address, whatever its case, before ordering; NULL when there is none. */
struct sk_change *sk_planner_find(const struct sk_planner *planner, const char *address);
/* Turns a change into one that does nothing now; `reason` is the change's afterwards. */
void sk_change_demote(struct sk_change *change, enum sk_action action, char *reason);
/* Whether the change would write: create, update, delete, adopt. */
bool sk_change_acts(const struct sk_change *change);
/* {address of a live document: [positions of the live documents with an edge to it]}. New. */
json_t *sk_view_users(const struct sk_view *view);
/* What a live document that belongs to something goes with in the end; itself when it belongs to
 * nothing, or to what is not there. Borrowed. */
const struct sk_document *sk_view_holder(const struct sk_view *view,
                                         const struct sk_document *live);
/* A live document that is really there: not one in SK_STATE_GONE. Borrowed. */
const struct sk_document *sk_view_there(const struct sk_view *view, const char *address);
/* The unread part of the world that an address lies in, or NULL. Borrowed. */
const struct sk_unknown *sk_view_unknown_around(const struct sk_view *view,
                                                const struct sk_kinds *kinds, const char *address);
/* A JSON string of text that may come from errors or the store: what is no UTF-8 is replaced by a
 * note, never left out. New. */
json_t *sk_json_text_or_note(const char *text);
/* [{"kind","account","region","code","message"}] of what could not be read. New. */
json_t *sk_view_unknown_to_json(const struct sk_view *view);

#endif
