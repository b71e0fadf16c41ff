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

/* The subject's policies and the bucket's. */
static int policies_of(struct sk_verification *verification, const struct bucket *bucket,
                       struct sk_proof_policies **out, struct sk_err *err)
{
    size_t count;
    struct sk_proof_document *documents =
        sk_subject_documents(verification->subject->principal->role, 1, &count);
    if (bucket->policy)
        documents[count++] =
            (struct sk_proof_document){SK_LAYER_RESOURCE, 0, bucket->name, bucket->policy};
    int code = sk_proof_policies_new(verification->subjects.shelf, documents, count, out, err);
    free(documents);
    return code;
}

/* All actions on the bucket and what is in it. */
static int forbid_bucket(struct sk_verification *verification, const struct bucket *bucket,
                         struct sk_err *err)
{
    const struct sk_account *account = verification->subject->principal->role->account;
    sk_auto(sk_freep) char *itself =
        sk_xasprintf("arn:%s:s3:::%s", account->partition, bucket->name);
    sk_auto(sk_freep) char *inside =
        sk_xasprintf("arn:%s:s3:::%s/**", account->partition, bucket->name);
    struct sk_proof_policies *policies = NULL;
    size_t first = 0;
    size_t past = 0;
    int code = policies_of(verification, bucket, &policies, err);
    (void)sk_catalogue_range("s3", 2, &first, &past);
    for (size_t i = first; code == 0 && i < past; i++) {
        const char *resources[] = {itself, inside};
        if (!bucket->policy && !sk_verification_concerns(verification, i))
            continue;
        for (size_t j = 0; code == 0 && j < SK_COUNT(resources); j++) {
            const struct sk_forbidden forbidden = {
                .action = sk_catalogue_name(sk_catalogue_at(i)),
                .resource = resources[j],
                .resource_account = account->id,
                .resource_policy = bucket->policy,
                .what = "reaches data of another team",
            };
            code = sk_verification_forbid_with(verification, policies, &forbidden, err);
        }
    }
    sk_proof_policies_free(policies);
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
