/* iam_role: roles with their trust, boundary, managed and inline policies and tags.
 *
 * Attachments and inline policies are exclusive: what the manifest does not name is taken away.
 * GetAccountAuthorizationDetails lacks Description and MaxSessionDuration, ListRoles has them
 * (aws-api.md 3.5). UpdateRole resets MaxSessionDuration when it is not sent, so both are always
 * sent together. IAM shows a principal of a trust policy as ARN or as unique id; ids of roles that
 * are there are read as their ARNs, so that what remains as an id is a role that is gone. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "policy/document.h"
#include "reconcilers/body.h"
#include "reconcilers/check.h"
#include "reconcilers/iam/account_details.h"
#include "reconcilers/iam/arn.h"
#include "reconcilers/iam/denied.h"

/* aws-api.md 3.1 and 17.1. */
#define DEFAULT_SESSION_S    3600
#define MAX_SESSION_S        43200
#define MAX_TRUST_CHARACTERS 8192

static const struct sk_attr attrs[] = {
    {.path = "RoleName",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_NAMES,
     .doc = "Name, unique in the account without regard to case.",
     .road = "write it as AWS has it: names are unique without regard to case"},
    {.path = "Path",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_NAMES,
     .doc = "IAM path.",
     .road = "declare a role of another name and move to it; a role made anew under the same name "
             "is another principal to every policy that named the old one"},
    {.path = "Description",
     .type = SK_ATTR_VALUE,
     .clear = SK_CLEAR_BY_KIND,
     .server_default = "",
     .severity = SK_SEVERITY_LOW,
     .doc = "Free text."},
    {.path = "MaxSessionDuration",
     .type = SK_ATTR_VALUE,
     .clear = SK_CLEAR_BY_KIND,
     .server_default = "3600",
     .severity = SK_SEVERITY_MEDIUM,
     .doc = "Longest session in seconds, 3600-43200."},
    {.path = "AssumeRolePolicyDocument",
     .type = SK_ATTR_POLICY,
     .flags = SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Who may assume the role."},
    {.path = "PermissionsBoundary",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_GRANTS | SK_ATTR_RESTRICTS,
     .clear = SK_CLEAR_BY_KIND,
     .severity = SK_SEVERITY_HIGH,
     .doc = "ARN of the policy that bounds the role."},
    {.path = "AttachedManagedPolicies",
     .type = SK_ATTR_SET,
     .flags = SK_ATTR_GRANTS,
     .clear = SK_CLEAR_EMPTY_LIST,
     .severity = SK_SEVERITY_HIGH,
     .doc = "ARNs of the managed policies attached; others are detached."},
    {.path = "InlinePolicies",
     .type = SK_ATTR_POLICY_MAP,
     .flags = SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Inline policies by name; others are deleted."},
    {.path = "Tags",
     .type = SK_ATTR_TAGS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Tags; policies decide by them."},
    {.path = "Arn", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "RoleId", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "InstanceProfiles",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Names of the instance profiles the role is in."},
    {.path = NULL},
};

/* {RoleName: role} of ListRoles. New; NULL while pending. */
static json_t *listed_roles(struct sk_observation *observation)
{
    const json_t *answer = sk_observe(observation, "iam", "ListRoles", json_object());
    if (!answer)
        return NULL;
    json_t *roles = json_object();
    size_t index;
    json_t *role;
    json_array_foreach(json_object_get(answer, "Roles"), index, role)
    {
        const char *name = sk_json_text(role, "RoleName");
        if (name)
            json_object_set(roles, name, role);
    }
    return roles;
}

/* [x.member, …] of an array of objects. New. */
static json_t *pluck(const json_t *rows, const char *member)
{
    json_t *values = json_array();
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        json_array_append(values, json_object_get(row, member));
    }
    return values;
}

/* {name: document}. New. */
static json_t *inline_policies(const json_t *role)
{
    json_t *policies = json_object();
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(role, "RolePolicyList"), index, row)
    {
        const char *name = sk_json_text(row, "PolicyName");
        json_t *document = sk_iam_document(sk_json_text(row, "PolicyDocument"));
        if (name && document)
            json_object_set(policies, name, document);
        json_decref(document);
    }
    return policies;
}

/* The trust policy with the ids of roles that are there replaced by their ARNs. New or NULL. */
static json_t *trust_policy(const json_t *role, const json_t *names)
{
    json_t *document = sk_iam_document(sk_json_text(role, "AssumeRolePolicyDocument"));
    if (!json_is_object(document))
        return document;
    json_t *named = sk_policy_with_names(document, names);
    json_decref(document);
    return named;
}

/* The live body of one role. `names` is {unique id: ARN}. New. */
static json_t *role_body(const json_t *role, const json_t *listed, const json_t *names)
{
    static const char *const members[] = {"RoleName", "Path", "Arn", "RoleId", NULL};
    static const char *const listed_members[] = {"Description", "MaxSessionDuration", NULL};
    json_t *body = sk_body_pick(role, members);
    json_auto_t *rest = sk_body_pick(listed, listed_members);
    json_object_update(body, rest);
    json_t *trust = trust_policy(role, names);
    if (trust)
        json_object_set_new(body, "AssumeRolePolicyDocument", trust);
    json_object_set_new(body, "InlinePolicies", inline_policies(role));
    const char *boundary = sk_json_text(role, "PermissionsBoundary.PermissionsBoundaryArn");
    if (boundary)
        json_object_set_new(body, "PermissionsBoundary", json_string(boundary));
    json_object_set_new(body, "AttachedManagedPolicies",
                        pluck(json_object_get(role, "AttachedManagedPolicies"), "PolicyArn"));
    json_object_set_new(body, "InstanceProfiles",
                        pluck(json_object_get(role, "InstanceProfileList"), "InstanceProfileName"));
    json_object_set_new(body, "Tags", sk_body_tags(role));
    return body;
}

static int read_roles(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *details = sk_iam_account_details(observation);
    json_auto_t *listed = listed_roles(observation);
    if (!details || !listed)
        return sk_body_wait(observation, err);
    json_auto_t *names = sk_iam_principal_names(details);
    size_t index;
    json_t *role;
    json_array_foreach(json_object_get(details, "RoleDetailList"), index, role)
    {
        const char *name = sk_json_text(role, "RoleName");
        if (!name)
            return sk_err_set(err, SK_E_PROTOCOL, "a role without name was answered");
        struct sk_document *document = sk_observation_emit(
            observation, name, role_body(role, json_object_get(listed, name), names));
        if (!document)
            continue;
        sk_iam_add_edges(document, observation,
                         json_object_get(document->body, "PermissionsBoundary"));
        sk_iam_add_edges(document, observation,
                         json_object_get(document->body, "AttachedManagedPolicies"));
    }
    return 0;
}

static void role_call(struct sk_calls *calls, const char *operation, const char *role,
                      const char *member, json_t *value)
{
    json_t *input = json_pack("{s:s}", "RoleName", role);
    if (member)
        json_object_set_new(input, member, value);
    struct sk_call *call = sk_calls_add(calls, "iam", operation, input);
    call->absent_ok =
        sk_text_starts_with(operation, "De") || sk_text_starts_with(operation, "Remove");
}

static void put_inline(struct sk_calls *calls, const char *role, const char *name,
                       const json_t *document)
{
    sk_calls_add(calls, "iam", "PutRolePolicy",
                 json_pack("{s:s, s:s, s:o}", "RoleName", role, "PolicyName", name,
                           "PolicyDocument", sk_body_policy_text(document)));
}

static bool array_has(const json_t *array, const json_t *value)
{
    size_t index;
    json_t *item;
    json_array_foreach(array, index, item)
    {
        if (json_equal(item, value))
            return true;
    }
    return false;
}

static void detach_all_but(struct sk_calls *calls, const char *role, const json_t *live,
                           const json_t *wanted)
{
    size_t index;
    json_t *arn;
    json_array_foreach(live, index, arn)
    {
        if (!array_has(wanted, arn))
            role_call(calls, "DetachRolePolicy", role, "PolicyArn", json_incref(arn));
    }
}

/* `wanted` has its references resolved and is what is compared; `raw` is what is sent. */
static void attach_missing(struct sk_calls *calls, const char *role, const json_t *wanted,
                           const json_t *raw, const json_t *live)
{
    size_t index;
    json_t *arn;
    json_array_foreach(wanted, index, arn)
    {
        if (!array_has(live, arn))
            role_call(calls, "AttachRolePolicy", role, "PolicyArn",
                      json_incref(json_array_get(raw, index)));
    }
}

static int create_role(const struct sk_change_input *input, struct sk_calls *calls,
                       struct sk_err *err)
{
    (void)err;
    static const char *const members[] = {
        "RoleName", "Path", "Description", "MaxSessionDuration", "PermissionsBoundary",
        "Tags",     NULL};
    const json_t *body = input->desired->body;
    const char *role = sk_json_text(body, "RoleName");
    json_t *request = sk_body_pick(body, members);
    json_object_set_new(request, "AssumeRolePolicyDocument",
                        sk_body_policy_text(json_object_get(body, "AssumeRolePolicyDocument")));
    struct sk_call *call = sk_calls_add(calls, "iam", "CreateRole", request);
    call->capture = json_pack("{s:s, s:s}", "Arn", "Role.Arn", "RoleId", "Role.RoleId");
    const json_t *wanted = json_object_get(body, "AttachedManagedPolicies");
    attach_missing(calls, role, wanted, wanted, NULL);
    const char *name;
    json_t *document;
    json_object_foreach(json_object_get(body, "InlinePolicies"), name, document)
    {
        if (!json_is_null(document))
            put_inline(calls, role, name, document);
    }
    return 0;
}

/* What takes access away: detaches, inline deletes, and a boundary that is put. */
static void update_takes(const struct sk_change_input *input, struct sk_calls *calls,
                         const char *role)
{
    const json_t *live = input->live->body;
    const struct sk_field *attached = sk_fields_find(input->fields, "AttachedManagedPolicies");
    if (attached)
        detach_all_but(calls, role, json_object_get(live, "AttachedManagedPolicies"), attached->to);
    if (sk_fields_touch(input->fields, "InlinePolicies")) {
        const json_t *wanted = json_object_get(input->desired->body, "InlinePolicies");
        const char *name;
        json_t *document;
        json_object_foreach(json_object_get(live, "InlinePolicies"), name, document)
        {
            if (sk_body_absent(json_object_get(wanted, name)))
                role_call(calls, "DeleteRolePolicy", role, "PolicyName", json_string(name));
        }
    }
    const struct sk_field *boundary = sk_fields_find(input->fields, "PermissionsBoundary");
    if (boundary && !sk_body_absent(boundary->raw))
        role_call(calls, "PutRolePermissionsBoundary", role, "PermissionsBoundary",
                  json_incref(boundary->raw));
}

/* Inline policies that differ: those that replace one (which may take and grant at once), or those
 * that are new. */
static void put_inlines(const struct sk_change_input *input, struct sk_calls *calls,
                        const char *role, bool replacing)
{
    const json_t *live = json_object_get(input->live->body, "InlinePolicies");
    const char *name;
    json_t *document;
    json_object_foreach(json_object_get(input->desired->body, "InlinePolicies"), name, document)
    {
        const json_t *now = json_object_get(live, name);
        bool same = json_is_object(now) && sk_policy_equal(now, document);
        if (!json_is_null(document) && !same && replacing == !sk_body_absent(now))
            put_inline(calls, role, name, document);
    }
}

static void update_description(const struct sk_change_input *input, struct sk_calls *calls,
                               const char *role)
{
    static const char *const members[] = {"Description", "MaxSessionDuration", NULL};
    if (!sk_fields_touch(input->fields, members[0]) && !sk_fields_touch(input->fields, members[1]))
        return;
    json_t *request = json_pack("{s:s, s:s, s:i}", "RoleName", role, members[0], "", members[1],
                                DEFAULT_SESSION_S);
    for (const char *const *member = members; *member; member++) {
        json_t *declared = json_object_get(input->desired->body, *member);
        json_t *value = declared ? declared : json_object_get(input->live->body, *member);
        if (!sk_body_absent(value))
            json_object_set(request, *member, value);
    }
    sk_calls_add(calls, "iam", "UpdateRole", request);
}

static void update_settings(const struct sk_change_input *input, struct sk_calls *calls,
                            const char *role)
{
    if (sk_fields_touch(input->fields, "AssumeRolePolicyDocument"))
        role_call(
            calls, "UpdateAssumeRolePolicy", role, "PolicyDocument",
            sk_body_policy_text(json_object_get(input->desired->body, "AssumeRolePolicyDocument")));
    put_inlines(input, calls, role, true);
    update_description(input, calls, role);
    json_t *keys = sk_fields_tags_to_remove(input->fields);
    if (keys)
        role_call(calls, "UntagRole", role, "TagKeys", keys);
    json_t *tags = sk_fields_tags_to_set(input->fields);
    if (tags)
        role_call(calls, "TagRole", role, "Tags", tags);
}

/* What grants: attaches, new inline policies, and a boundary that goes. */
static void update_grants(const struct sk_change_input *input, struct sk_calls *calls,
                          const char *role)
{
    const struct sk_field *attached = sk_fields_find(input->fields, "AttachedManagedPolicies");
    if (attached)
        attach_missing(calls, role, attached->to, attached->raw,
                       json_object_get(input->live->body, "AttachedManagedPolicies"));
    put_inlines(input, calls, role, false);
    const struct sk_field *boundary = sk_fields_find(input->fields, "PermissionsBoundary");
    if (boundary && sk_body_absent(boundary->raw))
        role_call(calls, "DeleteRolePermissionsBoundary", role, NULL, NULL);
}

static int update_role(const struct sk_change_input *input, struct sk_calls *calls,
                       struct sk_err *err)
{
    (void)err;
    const char *role = sk_json_text(input->live->body, "RoleName");
    update_takes(input, calls, role);
    update_settings(input, calls, role);
    update_grants(input, calls, role);
    return 0;
}

static int remove_role(const struct sk_change_input *input, struct sk_calls *calls,
                       struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    const char *role = sk_json_text(live, "RoleName");
    struct sk_call *check =
        sk_calls_add(calls, "iam", "ListRoleTags", json_pack("{s:s}", "RoleName", role));
    check->check = SK_CHECK_OWNED;
    check->absent_ok = true;
    detach_all_but(calls, role, json_object_get(live, "AttachedManagedPolicies"), NULL);
    const char *name;
    json_t *document;
    json_object_foreach(json_object_get(live, "InlinePolicies"), name, document)
    {
        role_call(calls, "DeleteRolePolicy", role, "PolicyName", json_string(name));
    }
    size_t index;
    json_t *profile;
    json_array_foreach(json_object_get(live, "InstanceProfiles"), index, profile)
    {
        role_call(calls, "RemoveRoleFromInstanceProfile", role, "InstanceProfileName",
                  json_incref(profile));
    }
    role_call(calls, "DeleteRole", role, NULL, NULL);
    return 0;
}

static int check_inline(const json_t *policies, struct sk_err *err)
{
    size_t total = 0;
    const char *name;
    json_t *document;
    json_object_foreach((json_t *)policies, name, document)
    {
        static const struct sk_check_text rules[] = {
            {.path = "name", .max = 128, .allowed = SK_CHECK_IAM_NAME},
            {.path = NULL},
        };
        if (json_is_null(document))
            continue;
        json_auto_t *named = json_pack("{s:s}", "name", name);
        sk_auto(sk_freep) char *title = sk_xasprintf("inline policy '%s'", name);
        int code = sk_check_texts(named, rules, err);
        if (code < 0)
            return sk_err_wrap(err, "inline policy");
        code = sk_check_policy_text(title, document, sk_policy_size_limit(SK_POLICY_INLINE), err);
        if (code < 0)
            return code;
        total += sk_policy_size(document, SK_POLICY_INLINE);
    }
    if (total > sk_policy_size_limit(SK_POLICY_INLINE))
        return sk_err_set(err, SK_E_INVALID,
                          "the inline policies have %zu characters together: expected at most %zu",
                          total, sk_policy_size_limit(SK_POLICY_INLINE));
    return 0;
}

static int check_role(const struct sk_document *desired, struct sk_err *err)
{
    static const struct sk_check_text texts[] = {
        {.path = "RoleName", .max = 64, .allowed = SK_CHECK_IAM_NAME},
        {.path = "Path", .max = 512, .allowed = SK_CHECK_IAM_PATH},
        {.path = "Description", .max = 1000, .allowed = SK_CHECK_LATIN},
        {.path = NULL},
    };
    const json_t *body = desired->body;
    int code = sk_check_texts(body, texts, err);
    if (code == 0)
        code = sk_check_integer(body, "MaxSessionDuration", DEFAULT_SESSION_S, MAX_SESSION_S, err);
    if (code == 0)
        code = sk_check_tags(desired, err);
    if (code == 0) /* the quota on trust policies can be raised this far */
        code = sk_check_policy_text("AssumeRolePolicyDocument",
                                    json_object_get(body, "AssumeRolePolicyDocument"),
                                    MAX_TRUST_CHARACTERS, err);
    if (code == 0)
        code = check_inline(json_object_get(body, "InlinePolicies"), err);
    return code;
}

const struct sk_kind sk_kind_iam_role = {
    .name = "iam_role",
    .service = "iam",
    .noun = "role",
    .doc = "An IAM role with its trust, permissions boundary, policies and tags.",
    .scope = SK_SCOPE_ACCOUNT,
    .attrs = attrs,
    .read = read_roles,
    .create = create_role,
    .update = update_role,
    .remove = remove_role,
    .check = check_role,
    .denied = sk_iam_role_denied,
};
