/* What has to be gone before a profile or a space can go: apps, and private spaces. */
#ifndef SK_RECONCILERS_SAGEMAKER_LEAVING_H
#define SK_RECONCILERS_SAGEMAKER_LEAVING_H

#include <stdbool.h>

#include "plan/kind.h"

/* DeleteApp until ListApps finds none of the holder's. `holder` is "UserProfileName" or
 * "SpaceName". Drains that follow each other run beside each other. */
void sk_sagemaker_drain_apps(struct sk_calls *calls, const char *domain_id, const char *holder,
                             const char *name);
/* The apps of a profile and of the spaces it owns, but for spaces that are declared. */
void sk_sagemaker_drain_apps_of_profile(const struct sk_change_input *input,
                                        struct sk_calls *calls);
/* DeleteSpace until ListSpaces finds no private one of this owner. */
void sk_sagemaker_drain_private_spaces(struct sk_calls *calls, const char *domain_id,
                                       const char *owner);
/* Whether anything was seen that sk_sagemaker_drain_apps_of_profile would end, or, for a space, an app
 * in it. */
bool sk_sagemaker_apps_run(const struct sk_change_input *input);
/* Seconds of a grace time; 0 for none, or for what is no grace time. */
int64_t sk_sagemaker_grace_s(const char *text);

#endif
