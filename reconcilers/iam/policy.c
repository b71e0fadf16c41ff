/* iam_policy: customer managed policies.
 *
 * Live bodies come from GetAccountAuthorizationDetails, which has every version's document but no
 * tags; those come from the tagging API. A policy has at most 5 versions: an update reuses a
 * version that has the wanted document, else removes the oldest that is not the default, then makes
 * a new default (aws-api.md 3.3). */
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "policy/document.h"
#include "reconcilers/body.h"
#include "reconcilers/iam/account_details.h"
#include "reconcilers/iam/arn.h"
#include "reconcilers/registry.h"

#define MAX_VERSIONS 5 /* IAM quota, not adjustable (aws-api.md 17.1) */

static const struct sk_attr attrs[] = {
    {.path = "PolicyName",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "Name, unique in the account without regard to case."},
    {.path = "Path",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "IAM path.",
     .road = "choose another name, or delete the policy first"},
    {.path = "Description",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .server_default = "",
     .doc = "Free text, fixed at creation.",
     .road = "AWS keeps the first description for ever"},
    {.path = "PolicyDocument",
     .type = SK_ATTR_POLICY,
     .flags = SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "What the default version says."},
    {.path = "Tags", .type = SK_ATTR_TAGS, .severity = SK_SEVERITY_MEDIUM, .doc = "Tags."},
    {.path = "Arn", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "PolicyId", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "DefaultVersionId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "The version in force."},
    {.path = "Versions",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "All versions with their documents."},
    {.path = NULL},
};

/* {ARN: [tags]} from GetResources. New; NULL while pending. */
static json_t *tags_by_arn(struct sk_observation *observation)
{
    const json_t *answer =
        sk_observe_in(observation, observation->home_region, "tagging", "GetResources",
                      json_pack("{s:[s]}", "ResourceTypeFilters", "iam:policy"));
    if (!answer)
        return NULL;
    json_t *tags = json_object();
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(answer, "ResourceTagMappingList"), index, row)
    {
        const char *arn = sk_json_text(row, "ResourceARN");
        if (arn)
            json_object_set(tags, arn, json_object_get(row, "Tags"));
    }
    return tags;
}

static int decode_versions(const json_t *policy, json_t *body, struct sk_err *err)
{
    const char *default_id = sk_json_text(policy, "DefaultVersionId");
    json_t *versions = json_array();
    json_object_set_new(body, "Versions", versions);
    size_t index;
    json_t *version;
    json_array_foreach(json_object_get(policy, "PolicyVersionList"), index, version)
    {
        const char *id = sk_json_text(version, "VersionId");
        const char *encoded = sk_json_text(version, "Document");
        json_t *document = encoded ? sk_policy_decode(encoded, err) : NULL;
        if (!document)
            return encoded
                       ? sk_err_wrap(err, "policy '%s' %s", sk_json_text(policy, "Arn"), id)
                       : sk_err_set(err, SK_E_PROTOCOL, "policy '%s' has a version without text",
                                    sk_json_text(policy, "Arn"));
        json_array_append_new(
            versions, json_pack("{s:s?, s:O?, s:o}", "VersionId", id, "CreateDate",
                                json_object_get(version, "CreateDate"), "Document", document));
        if (sk_text_equal(id, default_id))
            json_object_set(body, "PolicyDocument", document);
    }
    return 0;
}

static int read_policies(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *details = sk_iam_account_details(observation);
    json_auto_t *tags = tags_by_arn(observation);
    if (!details || !tags)
        return 0;
    static const char *const members[] = {
        "PolicyName", "Path", "Description", "Arn", "PolicyId", "DefaultVersionId", NULL};
    size_t index;
    json_t *policy;
    json_array_foreach(json_object_get(details, "Policies"), index, policy)
    {
        const char *name = sk_json_text(policy, "PolicyName");
        const char *arn = sk_json_text(policy, "Arn");
        if (!name || !arn)
            return sk_err_set(err, SK_E_PROTOCOL, "a policy without name or ARN was answered");
        json_auto_t *body = sk_body_pick(policy, members);
        json_t *found = json_object_get(tags, arn);
        json_object_set_new(body, "Tags", found ? json_incref(found) : json_array());
        if (decode_versions(policy, body, err) < 0)
            return err ? (int)err->code : SK_E_PROTOCOL;
        (void)sk_observation_emit(observation, name, json_incref(body));
    }
    return 0;
}

static int create_policy(const struct sk_change_input *input, struct sk_calls *calls,
                         struct sk_err *err)
{
    (void)err;
    static const char *const members[] = {"PolicyName", "Path", "Description", "Tags", NULL};
    const json_t *body = input->desired->body;
    json_t *request = sk_body_pick(body, members);
    json_object_set_new(request, "PolicyDocument",
                        sk_body_policy_text(json_object_get(body, "PolicyDocument")));
    struct sk_call *call = sk_calls_add(calls, "iam", "CreatePolicy", request);
    call->capture = json_pack("{s:s}", "Arn", "Policy.Arn");
    return 0;
}

static const char *arn_of(const struct sk_change_input *input)
{
    return sk_json_text(input->live->body, "Arn");
}

static const json_t *version_with(const json_t *versions, const json_t *document)
{
    size_t index;
    json_t *version;
    json_array_foreach(versions, index, version)
    {
        if (sk_policy_equal(json_object_get(version, "Document"), document))
            return version;
    }
    return NULL;
}

static void delete_version(const struct sk_change_input *input, struct sk_calls *calls,
                           const char *version)
{
    struct sk_call *call =
        sk_calls_add(calls, "iam", "DeletePolicyVersion",
                     json_pack("{s:s, s:s}", "PolicyArn", arn_of(input), "VersionId", version));
    call->absent_ok = true;
}

/* Versions are numbered in the order they were made: v1, v2, … */
static long version_number(const char *id)
{
    return id && id[0] == 'v' ? strtol(id + 1, NULL, 10) : 0;
}

static const char *oldest_spare_version(const struct sk_change_input *input)
{
    const char *default_id = sk_json_text(input->live->body, "DefaultVersionId");
    const char *oldest = NULL;
    size_t index;
    json_t *version;
    json_array_foreach(json_object_get(input->live->body, "Versions"), index, version)
    {
        const char *id = sk_json_text(version, "VersionId");
        if (!sk_text_equal(id, default_id) &&
            (!oldest || version_number(id) < version_number(oldest)))
            oldest = id;
    }
    return oldest;
}

static void update_document(const struct sk_change_input *input, struct sk_calls *calls)
{
    const json_t *document = json_object_get(input->desired->body, "PolicyDocument");
    const json_t *versions = json_object_get(input->live->body, "Versions");
    const json_t *same = version_with(versions, document);
    if (same) {
        sk_calls_add(calls, "iam", "SetDefaultPolicyVersion",
                     json_pack("{s:s, s:O}", "PolicyArn", arn_of(input), "VersionId",
                               json_object_get(same, "VersionId")));
        return;
    }
    if (json_array_size(versions) >= MAX_VERSIONS)
        delete_version(input, calls, oldest_spare_version(input));
    sk_calls_add(calls, "iam", "CreatePolicyVersion",
                 json_pack("{s:s, s:o, s:b}", "PolicyArn", arn_of(input), "PolicyDocument",
                           sk_body_policy_text(document), "SetAsDefault", 1));
}

static int update_policy(const struct sk_change_input *input, struct sk_calls *calls,
                         struct sk_err *err)
{
    (void)err;
    json_t *keys = sk_fields_tags_to_remove(input->fields);
    if (keys)
        sk_calls_add(calls, "iam", "UntagPolicy",
                     json_pack("{s:s, s:o}", "PolicyArn", arn_of(input), "TagKeys", keys));
    json_t *tags = sk_fields_tags_to_set(input->fields);
    if (tags)
        sk_calls_add(calls, "iam", "TagPolicy",
                     json_pack("{s:s, s:o}", "PolicyArn", arn_of(input), "Tags", tags));
    if (sk_fields_touch(input->fields, "PolicyDocument"))
        update_document(input, calls);
    return 0;
}

static int remove_policy(const struct sk_change_input *input, struct sk_calls *calls,
                         struct sk_err *err)
{
    (void)err;
    struct sk_call *check = sk_calls_add(calls, "iam", "ListPolicyTags",
                                         json_pack("{s:s}", "PolicyArn", arn_of(input)));
    check->check = SK_CHECK_OWNED;
    check->absent_ok = true;
    const char *default_id = sk_json_text(input->live->body, "DefaultVersionId");
    size_t index;
    json_t *version;
    json_array_foreach(json_object_get(input->live->body, "Versions"), index, version)
    {
        const char *id = sk_json_text(version, "VersionId");
        if (!sk_text_equal(id, default_id))
            delete_version(input, calls, id);
    }
    struct sk_call *call =
        sk_calls_add(calls, "iam", "DeletePolicy", json_pack("{s:s}", "PolicyArn", arn_of(input)));
    call->absent_ok = true;
    return 0;
}

const struct sk_kind sk_kind_iam_policy = {
    .name = "iam_policy",
    .service = "iam",
    .noun = "policy",
    .doc = "A customer managed IAM policy.",
    .scope = SK_SCOPE_ACCOUNT,
    .attrs = attrs,
    .read = read_policies,
    .create = create_policy,
    .update = update_policy,
    .remove = remove_policy,
};
