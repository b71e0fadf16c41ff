/* identitystore_group_membership: one user in one group.
 *
 * A membership is ours when its group is. It has nothing that could be changed, and it is deleted
 * by an id that only the list of its group tells (aws-api.md 7). */
#include "base/alloc.h"
#include "base/json.h"
#include "reconcilers/body.h"
#include "reconcilers/identity_center/directory.h"
#include "reconcilers/registry.h"

static const struct sk_attr attrs[] = {
    {.path = "IdentityStoreId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "The directory."},
    {.path = "GroupId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "The group."},
    {.path = "MemberId.UserId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "The user."},
    {.path = "MemberId",
     .type = SK_ATTR_TREE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "The member."},
    {.path = "MembershipId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Made by AWS."},
    {.path = NULL},
};

/* Names of users by their id. */
struct names {
    json_t *declared; /* owned: {UserId: [names in manifests]} */
    json_t *listed;   /* owned: {UserId: UserName} */
};

static void names_done(struct names *names)
{
    json_decref(names->declared);
    json_decref(names->listed);
}

/* *there is false while the answer is outstanding. */
static int read_names(struct sk_observation *observation, const char *store, struct names *names,
                      bool *there, struct sk_err *err)
{
    const json_t *list = NULL;
    json_auto_t *users = NULL;
    int code = sk_directory_users(observation, store, &users, &list, err);
    *there = users != NULL;
    names->declared = json_object();
    names->listed = json_object();
    const char *name;
    json_t *user;
    json_object_foreach(users, name, user)
    {
        const char *id = sk_json_text(user, "UserId");
        if (!json_object_get(names->declared, id))
            json_object_set_new(names->declared, id, json_array());
        json_array_append_new(json_object_get(names->declared, id), json_string(name));
    }
    size_t index;
    json_array_foreach(json_object_get(list, "Users"), index, user)
    {
        const char *id = sk_json_text(user, "UserId");
        json_t *own = json_object_get(user, "UserName");
        if (id && own)
            json_object_set(names->listed, id, own);
    }
    return code;
}

/* The declared memberships of this account and region: {address behind the region: true}. New. */
static json_t *wanted_memberships(const struct sk_observation *observation)
{
    json_t *wanted = json_object();
    size_t position = 0;
    const struct sk_document *document;
    while ((document = sk_observation_wanted(observation, SK_MEMBERSHIP_KIND, &position)) != NULL) {
        sk_auto(sk_freep) char *key = sk_address_fold(sk_document_name(document));
        json_object_set_new(wanted, key, json_true());
    }
    return wanted;
}

static void emit_one(struct sk_observation *observation, const char *group, const char *user,
                     const json_t *membership)
{
    static const char *const members[] = {"MembershipId", "IdentityStoreId", "GroupId", "MemberId",
                                          NULL};
    sk_auto(sk_freep) char *name = sk_xasprintf("%s/%s", group, user);
    struct sk_document *document =
        sk_observation_emit(observation, name, sk_body_pick(membership, members));
    if (!document)
        return;
    sk_auto(sk_freep) char *address =
        sk_address_format(SK_GROUP_KIND, observation->account, observation->region, group);
    sk_document_add_edge(document, address);
}

/* People may be called differently in several teams (by name here, by address there): a membership
 * stands under each name under which this group declares it. */
static void emit_membership(struct sk_observation *observation, const struct names *names,
                            const json_t *wanted, const char *group, const json_t *membership)
{
    const char *id = sk_json_text(membership, "MemberId.UserId");
    const json_t *declared = json_object_get(names->declared, id);
    size_t index;
    json_t *name;
    bool emitted = false;
    json_array_foreach(declared, index, name)
    {
        sk_auto(sk_freep) char *whole = sk_xasprintf("%s/%s", group, json_string_value(name));
        sk_auto(sk_freep) char *key = sk_address_fold(whole);
        if (!json_object_get(wanted, key))
            continue;
        emit_one(observation, group, json_string_value(name), membership);
        emitted = true;
    }
    if (emitted)
        return;
    const char *user = json_string_value(json_array_get(declared, 0));
    if (!user)
        user = json_string_value(json_object_get(names->listed, id));
    emit_one(observation, group, user ? user : id, membership);
}

static int read_group(struct sk_observation *observation, const struct names *names,
                      const json_t *wanted, const char *store, const json_t *row,
                      struct sk_err *err)
{
    const json_t *list = sk_observe(observation, "identitystore", "ListGroupMemberships",
                                    json_pack("{s:s, s:s}", "IdentityStoreId", store, "GroupId",
                                              sk_json_text(row, "group.GroupId")));
    size_t index;
    json_t *membership;
    json_array_foreach(json_object_get(list, "GroupMemberships"), index, membership)
    {
        if (!sk_json_text(membership, "MembershipId") ||
            !sk_json_text(membership, "MemberId.UserId"))
            return sk_err_set(err, SK_E_PROTOCOL, "a membership without id or user was answered");
        emit_membership(observation, names, wanted, sk_json_text(row, "name"), membership);
    }
    return 0; /* pending, failed, or the group is gone since the listing */
}

static int read_memberships(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *instance = NULL;
    json_auto_t *groups = NULL;
    int code = sk_directory_instance(observation, &instance, err);
    const char *store = sk_json_text(instance, "IdentityStoreId");
    if (code == 0 && store)
        code = sk_directory_groups(observation, store, &groups, err);
    if (code < 0 || json_array_size(groups) == 0)
        return code;
    bool there = false;
    sk_auto(names_done) struct names names = {0};
    code = read_names(observation, store, &names, &there, err);
    if (code < 0)
        return code;
    json_auto_t *wanted = wanted_memberships(observation);
    size_t index;
    json_t *row;
    json_array_foreach(groups, index, row)
    {
        if (code == 0 && json_is_true(json_object_get(row, "members")))
            code = read_group(observation, &names, wanted, store, row, err);
    }
    return code;
}

static int create_membership(const struct sk_change_input *input, struct sk_calls *calls,
                             struct sk_err *err)
{
    (void)err;
    static const char *const members[] = {"IdentityStoreId", "GroupId", "MemberId", NULL};
    struct sk_call *call = sk_calls_add(calls, "identitystore", "CreateGroupMembership",
                                        sk_body_pick(input->desired->body, members));
    call->capture = json_pack("{s:s}", "MembershipId", "MembershipId");
    return 0;
}

static int remove_membership(const struct sk_change_input *input, struct sk_calls *calls,
                             struct sk_err *err)
{
    (void)err;
    static const char *const members[] = {"IdentityStoreId", "MembershipId", NULL};
    struct sk_call *call = sk_calls_add(calls, "identitystore", "DeleteGroupMembership",
                                        sk_body_pick(input->live->body, members));
    call->absent_ok = true;
    return 0;
}

const struct sk_kind sk_kind_identitystore_group_membership = {
    .name = SK_MEMBERSHIP_KIND,
    .service = "identitystore",
    .noun = "membership",
    .doc = "A user in a group of Identity Center's directory.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_OF_HOLDER,
    .attrs = attrs,
    .read = read_memberships,
    .create = create_membership,
    .remove = remove_membership,
};
