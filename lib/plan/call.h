/* API calls as data: what a change does to AWS, exactly. */
#ifndef SK_PLAN_CALL_H
#define SK_PLAN_CALL_H

#include <stddef.h>

#include <jansson.h>

/* What a call checks in its answer before the calls behind it may run. */
enum sk_call_check {
    SK_CHECK_NONE,
    SK_CHECK_OWNED, /* the answer's Tags must carry both our ownership tags: asked from the
                       resource's own service before each delete (DESIGN.md 5). Tags that say what
                       a delete leaves must be as the plan saw them; else the change waits */
};

struct sk_call {
    char *service;   /* owned */
    char *operation; /* owned */
    char *region;    /* owned; "global" for global services */
    json_t *input;   /* owned; may hold references */
    /* owned, may be NULL: {MEMBER of the live body: dotted path in the answer}; makes the value
     * available to references before the next observation. A path written "arn:PATH" takes what
     * stands behind the last '/' of the ARN found there. */
    json_t *capture;
    enum sk_call_check check;
    int absent_ok; /* SK_E_NOT_FOUND counts as done (deletes, detaches) */
    /* Owned, may be NULL: the call is made for each item that a query finds, until it finds none:
     *   {"operation", "input": the query, of the same service and region, all its pages;
     *    "items": the member of the answer that lists them;
     *    "where"?: {dotted path: text}: only items with these texts, case aside;
     *    "take": [members of the item that are added to the call's input];
     *    "gone": [values of Status that do not count], "busy": [those that only need time];
     *    "beside"?: true: begins although the drain before it has not found everything gone}
     * The query is asked again behind the calls, so that what started after planning is caught.
     * What still goes on then ends the change WAITING; the next cycle goes on. */
    json_t *drain;
};

/* The calls of one change, made in this order, each only when the one before succeeded. */
struct sk_calls {
    struct sk_call *items; /* owned */
    size_t count, capacity;
    const char *region; /* borrowed: the region of calls added from now on */
};

/* Adds a call; `input` is stolen. The result is borrowed until the next add. */
struct sk_call *sk_calls_add(struct sk_calls *calls, const char *service, const char *operation,
                             json_t *input);
void sk_calls_done(struct sk_calls *calls);
/* {"service","operation","account","region","input","capture"?,"check"?,"drain"?}. New. */
json_t *sk_call_to_json(const struct sk_call *call, const char *account);

#endif
