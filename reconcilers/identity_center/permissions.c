/* What the kinds of Identity Center's directory need.
 *
 * Ids of groups and users are AWS's and tags do not exist, so only the store can be pinned. AWS asks
 * for every type of resource that an action touches (Service Authorization Reference, "AWS Identity
 * Store"), each under an ARN of its own: a row for each. */
#include "reconcilers/permissions.h"

#define SCOPE(name_, sid_, flags_, resource_)                                                      \
    static const struct sk_permission_scope name_ = {                                              \
        .sid = (sid_), .flags = SK_PERMISSION_DIRECTORY | (flags_), .resource = (resource_)}

SCOPE(look_at_instances, "LookAtIdentityCenter", 0, "*");
SCOPE(look_at_store, "LookAtDirectory", 0, "{store}");
SCOPE(look_at_groups, "LookAtGroups", 0, "arn:{partition}:identitystore:::group/*");
SCOPE(look_at_users, "LookAtUsers", 0, "arn:{partition}:identitystore:::user/*");
SCOPE(look_at_memberships, "LookAtMemberships", 0, "arn:{partition}:identitystore:::membership/*");
SCOPE(store, "Directory", SK_PERMISSION_WRITE, "{store}");
SCOPE(groups, "Groups", SK_PERMISSION_WRITE, "arn:{partition}:identitystore:::group/*");
SCOPE(users, "Members", SK_PERMISSION_WRITE, "arn:{partition}:identitystore:::user/*");
SCOPE(memberships, "Memberships", SK_PERMISSION_WRITE,
      "arn:{partition}:identitystore:::membership/*");

#define LIST_GROUPS                                                                                \
    {"sso-admin", "ListInstances", NULL, &look_at_instances},                                      \
        {"identitystore", "ListGroups", NULL, &look_at_store},                                     \
    {                                                                                              \
        "identitystore", "ListGroups", NULL, &look_at_groups                                       \
    }
#define LIST_USERS                                                                                 \
    {"identitystore", "ListUsers", NULL, &look_at_store},                                          \
    {                                                                                              \
        "identitystore", "ListUsers", NULL, &look_at_users                                         \
    }

static const struct sk_permission instance_rows[] = {
    {"sso-admin", "ListInstances", NULL, &look_at_instances},
    {0},
};

static const struct sk_permission user_rows[] = {
    {"sso-admin", "ListInstances", NULL, &look_at_instances},
    LIST_USERS,
    {0},
};

static const struct sk_permission group_rows[] = {
    LIST_GROUPS,
    {"identitystore", "CreateGroup", NULL, &store},
    {"identitystore", "UpdateGroup", NULL, &store},
    {"identitystore", "UpdateGroup", NULL, &groups},
    {"identitystore", "DeleteGroup", NULL, &store},
    {"identitystore", "DeleteGroup", NULL, &groups},
    {0},
};

static const struct sk_permission membership_rows[] = {
    LIST_GROUPS,
    LIST_USERS,
    {"identitystore", "ListGroupMemberships", NULL, &look_at_store},
    {"identitystore", "ListGroupMemberships", NULL, &look_at_groups},
    {"identitystore", "ListGroupMemberships", NULL, &look_at_memberships},
    {"identitystore", "CreateGroupMembership", NULL, &store},
    {"identitystore", "CreateGroupMembership", NULL, &groups},
    {"identitystore", "CreateGroupMembership", NULL, &users},
    {"identitystore", "DeleteGroupMembership", NULL, &store},
    {"identitystore", "DeleteGroupMembership", NULL, &groups},
    {"identitystore", "DeleteGroupMembership", NULL, &users},
    {"identitystore", "DeleteGroupMembership", NULL, &memberships},
    {0},
};

const struct sk_kind_permissions sk_permissions_identity_center[] = {
    {"identity_center_instance", instance_rows},
    {"identitystore_group", group_rows},
    {"identitystore_group_membership", membership_rows},
    {"identitystore_user", user_rows},
    {0},
};
