/* The one bulk read of IAM that roles and policies share (aws-api.md 3.5). */
#ifndef SK_RECONCILERS_IAM_ACCOUNT_DETAILS_H
#define SK_RECONCILERS_IAM_ACCOUNT_DETAILS_H

#include "plan/observation.h"

/* GetAccountAuthorizationDetails with the filters Role and LocalManagedPolicy; NULL while pending
 * or when it failed. */
const json_t *sk_iam_account_details(struct sk_observation *observation);

#endif
