/* iam_aws_policy: AWS's own managed policies, as far as roles of the account have them. Only looked
 * at, and only by who asks what live roles may do: it costs two calls for each policy, so it is not in
 * the registry. GetPolicyVersion is cached: a version never changes.
 *
 * Body: Arn, PolicyName, DefaultVersionId, PolicyDocument. */
#ifndef SK_RECONCILERS_IAM_AWS_POLICY_H
#define SK_RECONCILERS_IAM_AWS_POLICY_H

#include "plan/kind.h"

extern const struct sk_kind sk_kind_iam_aws_policy;

#endif
