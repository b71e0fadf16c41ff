/* The Status member that domains, profiles and spaces share (aws-api.md 5.1). */
#ifndef SK_RECONCILERS_SAGEMAKER_STATUS_H
#define SK_RECONCILERS_SAGEMAKER_STATUS_H

#include <jansson.h>

#include "plan/document.h"

/* A `state` function for kinds: reads Status and FailureReason. A status we do not know is BUSY, so
 * that nothing is written to a thing in a state we do not understand. */
enum sk_state sk_sagemaker_state(const json_t *body, const char **reason);

#endif
