/* identitystore_user: people of the directory, those that manifests name. Only looked at: users are
 * made by whoever runs the directory, maybe after somebody made them members of a team. */
#include "base/json.h"
#include "reconcilers/body.h"
#include "reconcilers/identity_center/directory.h"
#include "reconcilers/registry.h"

static const struct sk_attr attrs[] = {
    {.path = "UserName", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Its name."},
    {.path = "Emails",
     .type = SK_ATTR_LIST,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Its e-mail address, by which it is found when no UserName fits."},
    {.path = "UserId", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = NULL},
};

static int read_users(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *instance = NULL;
    size_t position = 0;
    int code = sk_directory_instance(observation, &instance, err);
    if (code < 0 || !instance || !sk_observation_wanted(observation, SK_USER_KIND, &position))
        return code;
    json_auto_t *users = NULL;
    code = sk_directory_users(observation, sk_json_text(instance, "IdentityStoreId"), &users, NULL,
                              err);
    static const char *const members[] = {"UserId", "IdentityStoreId", "UserName", "Emails", NULL};
    const char *name;
    json_t *user;
    json_object_foreach(users, name, user)
    {
        (void)sk_observation_emit(observation, name, sk_body_pick(user, members));
    }
    return code;
}

const struct sk_kind sk_kind_identitystore_user = {
    .name = SK_USER_KIND,
    .service = "identitystore",
    .noun = "user in the directory",
    .doc = "A user of Identity Center's directory; only looked at.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_OBSERVED,
    .attrs = attrs,
    .read = read_users,
};
