/* iam_policy: customer managed policies.
 *
 * Live bodies come from GetAccountAuthorizationDetails, which has every version's document but no
 * tags; those come from the tagging API, or from IAM itself where that has none. A policy has at most 5 versions: an update reuses a
 * version that has the wanted document, else removes the oldest that is not the default, then makes
 * a new default (aws-api.md 3.3). */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "policy/document.h"
#include "reconcilers/body.h"
#include "reconcilers/check.h"
#include "reconcilers/iam/account_details.h"
#include "reconcilers/iam/denied.h"
#include "reconcilers/tags.h"

#define MAX_VERSIONS 5 /* IAM quota, not adjustable (aws-api.md 17.1) */

static const struct sk_attr attrs[] = {
    {.path = "PolicyName",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_NAMES,
     .doc = "Name, unique in the account without regard to case.",
     .road = "write it as AWS has it: names are unique without regard to case"},
    {.path = "Path",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_NAMES,
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
    {.path = "OtherUses",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "How many users and groups have it, attached or as boundary; left out for none."},
    {.path = NULL},
};

/* Versions are numbered in the order they were made: v1, v2, … */
static long version_number(const json_t *version)
{
    const char *id = sk_json_text(version, "VersionId");
    return id && id[0] == 'v' ? strtol(id + 1, NULL, 10) : 0;
}

static bool is_default(const json_t *body, const json_t *version)
{
    return sk_text_equal(sk_json_text(version, "VersionId"),
                         sk_json_text(body, "DefaultVersionId"));
}

/* [{"VersionId", "CreateDate", "Document"}], oldest first: AWS's order of versions is not defined.
 * New. */
static json_t *read_versions(const json_t *policy)
{
    json_t *versions = json_array();
    size_t index;
    json_t *version;
    json_array_foreach(json_object_get(policy, "PolicyVersionList"), index, version)
    {
        const char *id = sk_json_text(version, "VersionId");
        if (!id)
            continue;
        json_t *row = json_pack("{s:s, s:O*, s:o*}", "VersionId", id, "CreateDate",
                                json_object_get(version, "CreateDate"), "Document",
                                sk_iam_document(sk_json_text(version, "Document")));
        size_t at = json_array_size(versions);
        while (at > 0 && version_number(json_array_get(versions, at - 1)) > version_number(row))
            at--;
        json_array_insert_new(versions, at, row);
    }
    return versions;
}

static void count_use(json_t *uses, const char *arn)
{
    if (arn)
        json_object_set_new(uses, arn,
                            json_integer(json_integer_value(json_object_get(uses, arn)) + 1));
}

/* {policy ARN: how many roles have it, attached or as boundary}. New. */
static json_t *uses_by_roles(const json_t *details)
{
    json_t *uses = json_object();
    size_t index;
    json_t *role;
    json_array_foreach(json_object_get(details, "RoleDetailList"), index, role)
    {
        count_use(uses, sk_json_text(role, "PermissionsBoundary.PermissionsBoundaryArn"));
        size_t position;
        json_t *attached;
        json_array_foreach(json_object_get(role, "AttachedManagedPolicies"), position, attached)
        {
            count_use(uses, sk_json_text(attached, "PolicyArn"));
        }
    }
    return uses;
}

/* Uses that AWS counts and no role of the same answer explains. Nobody else's business changes the
 * body (and with it the fingerprint) when a role takes the policy or lets go of it. */
static void set_other_uses(json_t *body, const json_t *policy, const json_t *uses)
{
    json_int_t counted =
        json_integer_value(json_object_get(policy, "AttachmentCount")) +
        json_integer_value(json_object_get(policy, "PermissionsBoundaryUsageCount"));
    const char *arn = sk_json_text(policy, "Arn");
    json_int_t others = counted - json_integer_value(json_object_get(uses, arn));
    if (others > 0)
        json_object_set_new(body, "OtherUses", json_integer(others));
}

/* The live body of one policy. New. */
static json_t *policy_body(const json_t *policy, const json_t *tags, const json_t *uses)
{
    static const char *const members[] = {
        "PolicyName", "Path", "Description", "Arn", "PolicyId", "DefaultVersionId", NULL};
    json_t *body = sk_body_pick(policy, members);
    json_object_set_new(body, "Tags", sk_tags_of(tags, sk_json_text(policy, "Arn")));
    json_t *versions = read_versions(policy);
    json_object_set_new(body, "Versions", versions);
    size_t index;
    json_t *version;
    json_array_foreach(versions, index, version)
    {
        if (is_default(body, version))
            json_object_set(body, "PolicyDocument", json_object_get(version, "Document"));
    }
    set_other_uses(body, policy, uses);
    return body;
}

/* {path: true} of the declared policies: below these everything may be ours. New. */
static json_t *declared_paths(const struct sk_observation *observation)
{
    json_t *paths = json_object();
    const struct sk_document *document;
    size_t position = 0;
    while ((document = sk_observation_wanted(observation, "iam_policy", &position)) != NULL) {
        const char *path = sk_json_text(document->body, "Path");
        if (path)
            json_object_set_new(paths, path, json_true());
    }
    return paths;
}

/* Not every implementation of the bulk read says the name, but each ARN ends with it. NULL when
 * there is neither. */
static const char *name_of(const json_t *policy, const char *arn)
{
    const char *name = sk_json_text(policy, "PolicyName");
    const char *slash = arn ? strrchr(arn, '/') : NULL;
    if (!arn || name)
        return arn ? name : NULL;
    return slash && slash[1] ? slash + 1 : NULL;
}

static int read_policies(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *details = sk_iam_account_details(observation);
    json_auto_t *tags = sk_tags_read(observation, observation->home_region, "iam:policy");
    if (!details || !tags)
        return sk_body_wait(observation, err);
    static const struct sk_tags_question question = {"iam", "ListPolicyTags", "PolicyArn", 200};
    json_auto_t *uses = uses_by_roles(details);
    json_auto_t *paths = declared_paths(observation);
    unsigned asked = 0;
    size_t index;
    json_t *policy;
    json_array_foreach(json_object_get(details, "Policies"), index, policy)
    {
        const char *arn = sk_json_text(policy, "Arn");
        const char *name = name_of(policy, arn);
        const char *path = sk_json_text(policy, "Path");
        if (!name)
            return sk_err_set(err, SK_E_PROTOCOL, "a policy without name or ARN was answered");
        if (path && json_object_get(paths, path))
            sk_tags_complete(observation, tags, arn, &question, &asked);
        json_t *body = policy_body(policy, tags, uses);
        json_object_set_new(body, "PolicyName", json_string(name));
        (void)sk_observation_emit(observation, name, body);
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
        const json_t *has = json_object_get(version, "Document");
        if (json_is_object(has) && sk_policy_equal(has, document))
            return version;
    }
    return NULL;
}

static void delete_version(const struct sk_change_input *input, struct sk_calls *calls,
                           const json_t *version)
{
    json_t *request = json_pack("{s:s, s:s}", "PolicyArn", arn_of(input), "VersionId",
                                sk_json_text(version, "VersionId"));
    struct sk_call *call = sk_calls_add(calls, "iam", "DeletePolicyVersion", request);
    call->absent_ok = true;
}

/* The oldest version that is not in force; NULL when there is none. */
static const json_t *oldest_spare_version(const struct sk_change_input *input)
{
    size_t index;
    json_t *version;
    json_array_foreach(json_object_get(input->live->body, "Versions"), index, version)
    {
        if (!is_default(input->live->body, version))
            return version;
    }
    return NULL;
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
    size_t index;
    json_t *version;
    json_array_foreach(json_object_get(input->live->body, "Versions"), index, version)
    {
        if (!is_default(input->live->body, version))
            delete_version(input, calls, version);
    }
    struct sk_call *call =
        sk_calls_add(calls, "iam", "DeletePolicy", json_pack("{s:s}", "PolicyArn", arn_of(input)));
    call->absent_ok = true;
    return 0;
}

/* Roles that have the policy are live documents and block its delete by themselves; users and
 * groups are not read one by one, so AWS's count has to do. */
static char *policy_obstacle(const struct sk_change_input *input)
{
    json_int_t uses = json_integer_value(json_object_get(input->live->body, "OtherUses"));
    if (input->desired || uses == 0)
        return NULL;
    return sk_xasprintf("%" JSON_INTEGER_FORMAT " %s still %s it, attached or as permissions "
                        "boundary; take it away there first",
                        uses, uses == 1 ? "user or group" : "users or groups",
                        uses == 1 ? "has" : "have");
}

static int check_policy(const struct sk_document *desired, struct sk_err *err)
{
    static const struct sk_check_text texts[] = {
        {.path = "PolicyName", .max = 128, .allowed = SK_CHECK_IAM_NAME},
        {.path = "Path", .max = 512, .allowed = SK_CHECK_IAM_PATH},
        {.path = "Description", .max = 1000, .allowed = SK_CHECK_LATIN},
        {.path = NULL},
    };
    int code = sk_check_texts(desired->body, texts, err);
    if (code == 0)
        code = sk_check_tags(desired, err);
    if (code == 0)
        code =
            sk_check_policy_text("PolicyDocument", json_object_get(desired->body, "PolicyDocument"),
                                 sk_policy_size_limit(SK_POLICY_MANAGED), err);
    return code;
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
    .obstacle = policy_obstacle,
    .check = check_policy,
    .denied = sk_iam_policy_denied,
};
