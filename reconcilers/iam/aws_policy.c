/* iam_aws_policy: AWS's own managed policies, as far as roles of the account have them. Only looked
 * at, and only by who asks what live roles may do: it costs two calls for each policy, so plans do
 * without. The bulk read has them only together with the thousand that nobody uses (aws-api.md 3.5).
 * GetPolicyVersion is cached: a version never changes.
 *
 * Body: Arn, PolicyName, DefaultVersionId, PolicyDocument. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "reconcilers/body.h"
#include "reconcilers/iam/account_details.h"

#define LONG_AGO_S 1 /* a version of a policy never changes: its text may always be kept */

#define ROW(row_path, row_doc)                                                                     \
    {                                                                                              \
        .path = row_path, .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = row_doc        \
    }

static const struct sk_attr attrs[] = {
    ROW("Arn", "Made by AWS."),
    ROW("PolicyName", "Name."),
    ROW("DefaultVersionId", "The version in force."),
    ROW("PolicyDocument", "What it says."),
    {.path = NULL},
};

static void add_arn(const struct sk_observation *observation, const char *arn, json_t *arns)
{
    sk_auto(sk_freep) char *prefix =
        sk_xasprintf("arn:%s:iam::aws:policy/", observation->partition);
    if (arn && sk_text_starts_with(arn, prefix))
        json_object_set_new(arns, arn, json_true());
}

/* {ARN: true} of those that some role has, attached or as boundary. New. */
static json_t *arns_in_use(const struct sk_observation *observation, const json_t *details)
{
    json_t *arns = json_object();
    size_t index;
    json_t *role;
    json_array_foreach(json_object_get(details, "RoleDetailList"), index, role)
    {
        size_t position;
        json_t *attached;
        add_arn(observation, sk_json_text(role, "PermissionsBoundary.PermissionsBoundaryArn"),
                arns);
        json_array_foreach(json_object_get(role, "AttachedManagedPolicies"), position, attached)
        {
            add_arn(observation, sk_json_text(attached, "PolicyArn"), arns);
        }
    }
    return arns;
}

static void read_policy(struct sk_observation *observation, const char *arn)
{
    const json_t *policy =
        sk_observe(observation, "iam", "GetPolicy", json_pack("{s:s}", "PolicyArn", arn));
    const char *version = sk_json_text(policy, "Policy.DefaultVersionId");
    if (!version)
        return; /* pending, failed, or withdrawn by AWS */
    const json_t *answer = sk_observe_versioned(
        observation, "iam", "GetPolicyVersion",
        json_pack("{s:s, s:s}", "PolicyArn", arn, "VersionId", version), version, LONG_AGO_S);
    const char *text = sk_json_text(answer, "PolicyVersion.Document");
    if (!text)
        return;
    const char *name = strrchr(arn, '/') + 1;
    sk_observation_emit(observation, name,
                        json_pack("{s:s, s:s, s:s, s:o}", "Arn", arn, "PolicyName", name,
                                  "DefaultVersionId", version, "PolicyDocument",
                                  sk_iam_document(text)));
}

static int read_policies(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *details = sk_iam_account_details(observation);
    if (!details)
        return sk_body_wait(observation, err);
    json_auto_t *arns = arns_in_use(observation, details);
    const char *arn;
    json_t *unused;
    json_object_foreach(arns, arn, unused) read_policy(observation, arn);
    return 0;
}

const struct sk_kind sk_kind_iam_aws_policy = {
    .name = "iam_aws_policy",
    .service = "iam",
    .noun = "policy of AWS",
    .doc = "A managed policy of AWS's own that a role has; only looked at.",
    .scope = SK_SCOPE_ACCOUNT,
    .flags = SK_KIND_OBSERVED,
    .attrs = attrs,
    .read = read_policies,
};
