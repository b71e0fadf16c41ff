/* Status and change marker, which domains, profiles and spaces share (aws-api.md 2 and 5.1). */
#ifndef SK_RECONCILERS_SAGEMAKER_STATUS_H
#define SK_RECONCILERS_SAGEMAKER_STATUS_H

#include <jansson.h>

#include "plan/document.h"
#include "plan/observation.h"

/* A `state` function for kinds: reads Status and FailureReason. A status we do not know is BUSY, so
 * that nothing is written to a thing in a state we do not understand. */
enum sk_state sk_sagemaker_state(const json_t *body, const char **reason);

/* Asks for the details of one listed thing under its change marker, (LastModifiedTime, Status) of
 * `listed`, so that the engine only asks AWS about what changed. `input` is stolen. NULL while
 * pending, when it failed, or when the thing is gone. */
const json_t *sk_sagemaker_describe(struct sk_observation *observation, const char *operation,
                                    json_t *input, const json_t *listed);

#endif
