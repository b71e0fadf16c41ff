/* iam_role: roles with their trust, boundary, managed and inline policies and tags.
 *
 * Attachments and inline policies are exclusive: what the manifest does not name is taken away.
 * GetAccountAuthorizationDetails lacks Description and MaxSessionDuration, ListRoles has them
 * (aws-api.md 3.5). UpdateRole resets what it is not sent, so both are always sent together. */
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "policy/document.h"
#include "reconcilers/body.h"
#include "reconcilers/iam/account_details.h"
#include "reconcilers/iam/arn.h"
#include "reconcilers/registry.h"

static const struct sk_attr attrs[] = {
    {.path = "RoleName",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "Name, unique in the account without regard to case."},
    {.path = "Path",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
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
     .flags = SK_ATTR_GRANTS,
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

static int decode_documents(const json_t *role, json_t *body, struct sk_err *err)
{
    const char *name = sk_json_text(role, "RoleName");
    const char *trust = sk_json_text(role, "AssumeRolePolicyDocument");
    json_t *document = sk_policy_decode(trust ? trust : "", err);
    if (!document)
        return sk_err_wrap(err, "trust policy of role '%s'", name);
    json_object_set_new(body, "AssumeRolePolicyDocument", document);
    json_t *inline_policies = json_object();
    json_object_set_new(body, "InlinePolicies", inline_policies);
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(role, "RolePolicyList"), index, row)
    {
        const char *policy_name = sk_json_text(row, "PolicyName");
        const char *encoded = sk_json_text(row, "PolicyDocument");
        if (!policy_name || !encoded)
            return sk_err_set(err, SK_E_PROTOCOL, "role '%s' has an inline policy without text",
                              name);
        document = sk_policy_decode(encoded, err);
        if (!document)
            return sk_err_wrap(err, "inline policy '%s' of role '%s'", policy_name, name);
        json_object_set_new(inline_policies, policy_name, document);
    }
    return 0;
}

/* The live body of one role, or NULL and an error. New. */
static json_t *role_body(const json_t *role, const json_t *listed, struct sk_err *err)
{
    static const char *const members[] = {"RoleName", "Path", "Arn", "RoleId", NULL};
    json_t *body = sk_body_pick(role, members);
    if (decode_documents(role, body, err) < 0) {
        json_decref(body);
        return NULL;
    }
    static const char *const listed_members[] = {"Description", "MaxSessionDuration", NULL};
    json_auto_t *rest = sk_body_pick(listed, listed_members);
    json_object_update(body, rest);
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

static void add_edges(struct sk_document *document, const struct sk_observation *observation)
{
    sk_iam_add_edge(document, observation, sk_json_text(document->body, "PermissionsBoundary"));
    size_t index;
    json_t *arn;
    json_array_foreach(json_object_get(document->body, "AttachedManagedPolicies"), index, arn)
    {
        sk_iam_add_edge(document, observation, json_string_value(arn));
    }
}

static int read_roles(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *details = sk_iam_account_details(observation);
    json_auto_t *listed = listed_roles(observation);
    if (!details || !listed)
        return 0;
    size_t index;
    json_t *role;
    json_array_foreach(json_object_get(details, "RoleDetailList"), index, role)
    {
        const char *name = sk_json_text(role, "RoleName");
        if (!name)
            return sk_err_set(err, SK_E_PROTOCOL, "a role without name was answered");
        json_t *body = role_body(role, json_object_get(listed, name), err);
        if (!body)
            return err ? (int)err->code : SK_E_PROTOCOL;
        struct sk_document *document = sk_observation_emit(observation, name, body);
        if (document)
            add_edges(document, observation);
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

/* `operation` for each ARN of `these` that is not among `those`. */
static void attach_each(struct sk_calls *calls, const char *operation, const char *role,
                        const json_t *these, const json_t *those)
{
    size_t index;
    json_t *arn;
    json_array_foreach(these, index, arn)
    {
        if (!array_has(those, arn))
            role_call(calls, operation, role, "PolicyArn", json_incref(arn));
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
    attach_each(calls, "AttachRolePolicy", role, json_object_get(body, "AttachedManagedPolicies"),
                NULL);
    const char *name;
    json_t *document;
    json_object_foreach(json_object_get(body, "InlinePolicies"), name, document)
    {
        put_inline(calls, role, name, document);
    }
    return 0;
}

/* What takes access away: detaches, inline deletes, and a boundary that is put. */
static void update_takes(const struct sk_change_input *input, struct sk_calls *calls,
                         const char *role)
{
    const json_t *desired = input->desired->body;
    const json_t *live = input->live->body;
    if (sk_fields_touch(input->fields, "AttachedManagedPolicies"))
        attach_each(calls, "DetachRolePolicy", role,
                    json_object_get(live, "AttachedManagedPolicies"),
                    json_object_get(desired, "AttachedManagedPolicies"));
    if (sk_fields_touch(input->fields, "InlinePolicies")) {
        const json_t *wanted = json_object_get(desired, "InlinePolicies");
        const char *name;
        json_t *document;
        json_object_foreach(json_object_get(live, "InlinePolicies"), name, document)
        {
            if (!json_object_get(wanted, name))
                role_call(calls, "DeleteRolePolicy", role, "PolicyName", json_string(name));
        }
    }
    const struct sk_field *boundary = sk_fields_find(input->fields, "PermissionsBoundary");
    if (boundary && !json_is_null(boundary->to))
        role_call(calls, "PutRolePermissionsBoundary", role, "PermissionsBoundary",
                  json_incref(boundary->raw));
}

static void update_settings(const struct sk_change_input *input, struct sk_calls *calls,
                            const char *role)
{
    const json_t *desired = input->desired->body;
    const json_t *live = input->live->body;
    if (sk_fields_touch(input->fields, "AssumeRolePolicyDocument"))
        role_call(calls, "UpdateAssumeRolePolicy", role, "PolicyDocument",
                  sk_body_policy_text(json_object_get(desired, "AssumeRolePolicyDocument")));
    if (sk_fields_touch(input->fields, "Description") ||
        sk_fields_touch(input->fields, "MaxSessionDuration")) {
        static const char *const members[] = {"Description", "MaxSessionDuration", NULL};
        json_t *request = json_pack("{s:s, s:s, s:i}", "RoleName", role, "Description", "",
                                    "MaxSessionDuration", 3600);
        const char *const *member;
        for (member = members; *member; member++) {
            json_t *declared = json_object_get(desired, *member);
            json_t *value = declared ? declared : json_object_get(live, *member);
            if (value && !json_is_null(value))
                json_object_set(request, *member, value);
        }
        sk_calls_add(calls, "iam", "UpdateRole", request);
    }
    json_t *keys = sk_fields_tags_to_remove(input->fields);
    if (keys)
        sk_calls_add(calls, "iam", "UntagRole",
                     json_pack("{s:s, s:o}", "RoleName", role, "TagKeys", keys));
    json_t *tags = sk_fields_tags_to_set(input->fields);
    if (tags)
        role_call(calls, "TagRole", role, "Tags", tags);
}

/* What grants: attaches, inline puts, and a boundary that goes. */
static void update_grants(const struct sk_change_input *input, struct sk_calls *calls,
                          const char *role)
{
    const json_t *desired = input->desired->body;
    const json_t *live = input->live->body;
    if (sk_fields_touch(input->fields, "AttachedManagedPolicies"))
        attach_each(calls, "AttachRolePolicy", role,
                    json_object_get(desired, "AttachedManagedPolicies"),
                    json_object_get(live, "AttachedManagedPolicies"));
    const char *name;
    json_t *document;
    json_object_foreach(json_object_get(desired, "InlinePolicies"), name, document)
    {
        const json_t *now = sk_json_at(live, "InlinePolicies");
        if (!sk_policy_equal(json_object_get(now, name), document))
            put_inline(calls, role, name, document);
    }
    const struct sk_field *boundary = sk_fields_find(input->fields, "PermissionsBoundary");
    if (boundary && json_is_null(boundary->to))
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
    attach_each(calls, "DetachRolePolicy", role, json_object_get(live, "AttachedManagedPolicies"),
                NULL);
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

/* Roles that AWS or Control Tower make and keep (DESIGN.md 5). */
static bool denied_role(const json_t *body)
{
    static const char *const paths[] = {"/aws-service-role/", "/aws-reserved/",
                                        "/service-role/aws-"};
    static const char *const names[] = {"AWSReservedSSO", "AWSServiceRole", "AWSControlTower",
                                        "aws"};
    const char *path = sk_json_text(body, "Path");
    const char *name = sk_json_text(body, "RoleName");
    for (size_t i = 0; path && i < sizeof(paths) / sizeof(*paths); i++) {
        if (sk_text_starts_with(path, paths[i]))
            return true;
    }
    for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++) {
        if (sk_text_starts_with(name, names[i]))
            return true;
    }
    return false;
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
    .denied = denied_role,
};
