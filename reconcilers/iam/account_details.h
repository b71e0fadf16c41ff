/* The one bulk read of IAM that roles and policies share (aws-api.md 3.5). */
#ifndef SK_RECONCILERS_IAM_ACCOUNT_DETAILS_H
#define SK_RECONCILERS_IAM_ACCOUNT_DETAILS_H

#include "plan/observation.h"

/* GetAccountAuthorizationDetails with the filters Role and LocalManagedPolicy; NULL while pending
 * or when it failed. */
const json_t *sk_iam_account_details(struct sk_observation *observation);

/* {unique id: ARN} of the roles in that answer: what IAM shows as a principal is now the one, now
 * the other. New. */
json_t *sk_iam_principal_names(const json_t *details);

/* A policy document as IAM answers it. A document that cannot be parsed (IAM takes texts that a
 * strict parser does not) comes back as the text it is: it equals no desired document, and one odd
 * policy somewhere in the account does not make all others unreadable. New; NULL for NULL. */
json_t *sk_iam_document(const char *encoded);

#endif
