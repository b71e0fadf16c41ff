/* What `can` and `who-can` share: the state that is asked about, the question, and how answers are
 * shown. */
#ifndef SK_CONTROLLER_ACCESS_VIEW_H
#define SK_CONTROLLER_ACCESS_VIEW_H

#include <stdbool.h>

#include <jansson.h>

#include "access/decide.h"
#include "controller/runner.h"

#define SK_ACCESS_KINDS 6

/* Must not be moved once it is open. */
struct sk_access_view {
    struct sk_runner run;
    const struct sk_kind *kinds[SK_ACCESS_KINDS];
    struct sk_kinds observed;           /* of them */
    struct sk_access_state *state;      /* owned */
    struct sk_access_control *controls; /* owned: guardrails as service control policies */
    size_t control_count;
    json_t *full_access;     /* owned: the policy that AWS attaches everywhere */
    json_t *control_sources; /* owned: where the guardrails stand */
    struct sk_access_resource resource;
    json_t *context; /* owned */
    struct sk_access_question question;
    bool partial;   /* part of live AWS could not be read; stderr says which */
    json_t *unread; /* owned: [sentence] on those parts */
};

/* Loads the desired state, or with settings->live looks at AWS, and reads the question, if there is
 * one (`action` is not NULL). With a question about the desired state declared service control
 * policies count; without, they do not: a proof must not rest on what somebody else has to attach.
 * Also after a failure sk_access_view_close must follow. */
int sk_access_view_open(struct sk_access_view *view, const struct sk_settings *settings,
                        const char *action, const char *resource,
                        struct sk_err *err) SK_WARN_UNUSED;
void sk_access_view_close(struct sk_access_view *view);

/* {"action", "resource": {"arn", "address"?, "tags"?, "keys"}, "context", "state": "desired" or
 * "live"}. New. */
json_t *sk_access_view_question(const struct sk_access_view *view);
/* {"name", "situation": "profile", "space", "sign-in" or "role", "role", "session", "tags", "keys", "place"?,
 * "user"?, "team"?}. New. */
json_t *sk_access_view_principal(const struct sk_access_principal *principal);
/* The sentences of a list with "; " between them. Owned by the caller. */
char *sk_access_view_list(const json_t *sentences) SK_WARN_UNUSED;
/* "yes", "no", "depends", "unknown". Static. */
const char *sk_access_view_may(enum sk_access_may may);

#endif
