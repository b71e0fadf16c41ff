/* Words in which the properties are written: actions of the catalogue, resources of the subject's
 * account, what is given about a request, and what is the subject's own. */
#ifndef SK_VERIFY_ASK_H
#define SK_VERIFY_ASK_H

#include "verify/report.h"

#define SK_COUNT(list) (sizeof(list) / sizeof((list)[0]))

typedef int (*sk_property_fn)(struct sk_verification *verification, struct sk_err *err);
/* Each goes through what its property is about, and forbids what must not be possible. */
int sk_verify_sessions(struct sk_verification *verification, struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_apps(struct sk_verification *verification, struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_writes(struct sk_verification *verification, struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_tags(struct sk_verification *verification, struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_pass_role(struct sk_verification *verification, struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_assume_role(struct sk_verification *verification, struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_administration(struct sk_verification *verification,
                             struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_data(struct sk_verification *verification, struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_guardrails(struct sk_verification *verification, struct sk_err *err) SK_WARN_UNUSED;
int sk_verify_configuration(struct sk_verification *verification,
                            struct sk_err *err) SK_WARN_UNUSED;

bool sk_ask_is_in(const char *const *list, size_t count, const char *text);
/* The action's position in the catalogue, or SIZE_MAX. */
size_t sk_ask_position(const char *action);

void sk_ask_give(struct sk_forbidden *forbidden, const char *key, enum sk_given how,
                 const char *const *values, size_t count);
/* The request names the tag (borrowed) among its tag keys: in whatever case, because condition keys do
 * not tell "TEAM" from "Team"; our own tags as they are, because nothing is ours by another. */
void sk_ask_give_tag(struct sk_forbidden *forbidden, const char *const *tag);
/* The tag (of the resource or of the request) is not the own team's: another's, or nobody's. */
#define SK_ASK_TEAM    "aws:ResourceTag/Team"
#define SK_ASK_REQUEST "aws:RequestTag/Team"
void sk_ask_give_foreign_team(const struct sk_verification *verification,
                              struct sk_forbidden *forbidden, const char *key);
/* The ARNs of a resource type of the catalogue ("arn:*:sagemaker:*:*:app/…") in the subject's account,
 * as questions take them. Owned by the caller. */
char *sk_ask_resource(const struct sk_verification *verification,
                      const char *pattern) SK_WARN_UNUSED;
/* The same in an account; '*' as the account's id stays open where `account` is NULL. */
char *sk_ask_resource_in(const struct sk_account *account, const char *pattern) SK_WARN_UNUSED;
/* Whether the role is the subject's own or its team's. */
bool sk_ask_is_own_role(const struct sk_subject *subject, const struct sk_access_role *role);

/* Forbids the action on all its resource types, or on one ("app"). */
int sk_ask_forbid_on(struct sk_verification *verification, size_t position, const char *type,
                     struct sk_forbidden *forbidden, struct sk_err *err) SK_WARN_UNUSED;
/* The same by name; nothing to ask when no statement takes the action. */
int sk_ask_forbid(struct sk_verification *verification, const char *action, const char *type,
                  struct sk_forbidden *forbidden, struct sk_err *err) SK_WARN_UNUSED;
/* Calls for each action of the service that changes something and that a statement takes. */
typedef int (*sk_visit_action_fn)(struct sk_verification *verification, size_t position,
                                  struct sk_err *err);
int sk_ask_each_write(struct sk_verification *verification, const char *service,
                      sk_visit_action_fn visit, struct sk_err *err) SK_WARN_UNUSED;

/* Whether the action, when it changes something of this resource type, changes what may be another
 * team's: artefacts that exist, which belong to the team of their tag. */
struct sk_catalogue_action;
bool sk_ask_changes_artefact(const struct sk_catalogue_action *action, const char *type);
/* Actions that properties of their own are about. */
bool sk_ask_is_app_or_space(const char *action);
bool sk_ask_is_session(const char *action);

#endif
