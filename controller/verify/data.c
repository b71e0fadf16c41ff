/* Property 8: what other teams declare as their data. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "verify/ask.h"

/* A bucket that is not the subject's team's. */
struct bucket {
    const char *name;
    bool known;           /* its policy is */
    const json_t *policy; /* NULL: it has none */
};

static bool is_of_team(const struct sk_subject *subject, const json_t *team)
{
    return subject->team && sk_text_equal(sk_json_text(team, "name"), subject->team);
}

/* All actions on the bucket or on what is in it. */
static int forbid_on(struct sk_verification *verification, const struct bucket *bucket,
                     const struct sk_proof_policies *policies, const char *resource,
                     struct sk_err *err)
{
    size_t first = 0;
    size_t past = 0;
    int code = 0;
    (void)sk_catalogue_range("s3", 2, &first, &past);
    if (!sk_proof_may_grant(policies, verification->subject->base, first, past, resource)) {
        sk_verification_settled(verification);
        return 0;
    }
    for (size_t i = first; code == 0 && i < past; i++) {
        if (!bucket->policy && !sk_verification_concerns(verification, i))
            continue;
        const struct sk_forbidden forbidden = {
            .action = sk_catalogue_name(sk_catalogue_at(i)),
            .resource = resource,
            .resource_account = verification->subject->principal->role->account->id,
            .resource_policy = bucket->policy,
            .what = "reaches data of another team",
        };
        code = sk_verification_forbid_with(verification, policies, &forbidden, err);
    }
    return code;
}

static int forbid_bucket(struct sk_verification *verification, const struct bucket *bucket,
                         struct sk_err *err)
{
    const struct sk_subject *subject = verification->subject;
    const char *partition = subject->principal->role->account->partition;
    sk_auto(sk_freep) char *itself = sk_xasprintf("arn:%s:s3:::%s", partition, bucket->name);
    sk_auto(sk_freep) char *inside = sk_xasprintf("arn:%s:s3:::%s/**", partition, bucket->name);
    struct sk_proof_policies *both = NULL;
    int code = 0;
    if (bucket->policy)
        code = sk_subjects_with_resource(&verification->subjects, subject->policies, bucket->name,
                                         bucket->policy, &both, err);
    const struct sk_proof_policies *policies = both ? both : subject->policies;
    if (code == 0)
        code = forbid_on(verification, bucket, policies, itself, err);
    if (code == 0)
        code = forbid_on(verification, bucket, policies, inside, err);
    sk_proof_policies_free(both);
    return code;
}

static int visit_team(struct sk_verification *verification, const json_t *team, struct sk_err *err)
{
    const json_t *policies = json_object_get(team, "bucketPolicies");
    size_t index;
    json_t *name;
    int code = 0;
    json_array_foreach(json_object_get(team, "buckets"), index, name)
    {
        const json_t *policy = json_object_get(policies, json_string_value(name));
        const struct bucket bucket = {.name = json_string_value(name),
                                      .known = policy != NULL,
                                      .policy = json_is_object(policy) ? policy : NULL};
        if (!bucket.known) {
            sk_auto(sk_freep) char *why =
                sk_xasprintf("the policy of bucket %s is not known", bucket.name);
            sk_verification_doubt(verification, why);
        }
        code = forbid_bucket(verification, &bucket, err);
        if (code < 0)
            return code;
    }
    return 0;
}

int sk_verify_data(struct sk_verification *verification, struct sk_err *err)
{
    size_t index;
    json_t *team;
    int code = 0;
    json_array_foreach(verification->opts->teams, index, team)
    {
        if (code == 0 && !is_of_team(verification->subject, team))
            code = visit_team(verification, team, err);
    }
    return code;
}
