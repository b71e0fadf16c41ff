/* See directory.h. Facts: aws-api.md 7 and section 2 (lists answer whole objects; memberships are
 * asked for group by group, so only for groups that matter). */
#include "reconcilers/identity_center/directory.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "reconcilers/body.h"

/* The declared instance of the observation's account and region, or NULL. */
static const struct sk_document *wanted_instance(const struct sk_observation *observation)
{
    size_t position = 0;
    return sk_observation_wanted(observation, SK_INSTANCE_KIND, &position);
}

static bool matters(const struct sk_observation *observation)
{
    json_auto_t *made = sk_observation_made(observation, SK_GROUP_KIND);
    return json_object_size(made) > 0 || wanted_instance(observation);
}

int sk_directory_instance(struct sk_observation *observation, const json_t **out,
                          struct sk_err *err)
{
    *out = NULL;
    if (!matters(observation))
        return 0;
    const json_t *list = sk_observe(observation, "sso-admin", "ListInstances", json_object());
    if (!list)
        return sk_body_wait(observation, err);
    const struct sk_document *wanted = wanted_instance(observation);
    const char *store = wanted ? sk_json_text(wanted->body, "IdentityStoreId") : NULL;
    size_t index;
    json_t *instance;
    json_array_foreach(json_object_get(list, "Instances"), index, instance)
    {
        const char *own = sk_json_text(instance, "IdentityStoreId");
        if (!own || (store && strcmp(own, store) != 0))
            continue;
        if (*out) {
            *out = NULL;
            return sk_err_set(err, SK_E_INVALID,
                              "account '%s' sees several Identity Center instances in %s; name one "
                              "by identityStoreId",
                              observation->account, observation->region);
        }
        *out = instance;
    }
    return 0;
}

/* {DisplayName in lower case: name}, of the declared groups. New. */
static json_t *wanted_groups(const struct sk_observation *observation)
{
    json_t *names = json_object();
    size_t position = 0;
    const struct sk_document *document;
    while ((document = sk_observation_wanted(observation, SK_GROUP_KIND, &position)) != NULL) {
        const char *name = sk_document_name(document);
        sk_auto(sk_freep) char *key = sk_address_fold(name);
        json_object_set_new(names, key, json_string(name));
    }
    return names;
}

/* Adds a group, unless its name is taken. */
static void add_group(json_t *groups, json_t *taken, const char *name, json_t *group, bool members)
{
    sk_auto(sk_freep) char *key = sk_address_fold(name);
    if (json_object_get(taken, key))
        return;
    json_object_set_new(taken, key, json_true());
    json_array_append_new(
        groups, json_pack("{s:s, s:O, s:b}", "name", name, "group", group, "members", members));
}

int sk_directory_groups(struct sk_observation *observation, const char *store, json_t **out,
                        struct sk_err *err)
{
    *out = NULL;
    const json_t *list = sk_observe(observation, "identitystore", "ListGroups",
                                    json_pack("{s:s}", "IdentityStoreId", store));
    if (!list)
        return sk_body_wait(observation, err);
    json_auto_t *made = sk_observation_made(observation, SK_GROUP_KIND);
    json_auto_t *wanted = wanted_groups(observation);
    json_auto_t *taken = json_object();
    *out = json_array();
    /* By id first: a group of ours that was renamed by hand is found, and another one that took its
     * name is not taken for it. */
    size_t index;
    json_t *group;
    json_array_foreach(json_object_get(list, "Groups"), index, group)
    {
        const char *id = sk_json_text(group, "GroupId");
        const char *name = id ? json_string_value(json_object_get(made, id)) : NULL;
        if (name)
            add_group(*out, taken, name, group, true);
    }
    json_array_foreach(json_object_get(list, "Groups"), index, group)
    {
        const char *id = sk_json_text(group, "GroupId");
        const char *shown = sk_json_text(group, "DisplayName");
        if (!id || !shown || json_object_get(made, id))
            continue;
        sk_auto(sk_freep) char *key = sk_address_fold(shown);
        const char *name = json_string_value(json_object_get(wanted, key));
        if (name)
            add_group(*out, taken, name, group, true);
        else if (strstr(sk_json_text(group, "Description") ? sk_json_text(group, "Description")
                                                           : "",
                        "(sagekeeper: "))
            add_group(*out, taken, shown, group, false);
    }
    return 0;
}

/* Indexes the users by what they can be found by: names and addresses in lower case. New. */
static json_t *index_users(const json_t *list, bool by_address)
{
    json_t *users = json_object();
    size_t index;
    json_t *user;
    json_array_foreach(json_object_get(list, "Users"), index, user)
    {
        const json_t *email = json_array_get(json_object_get(user, "Emails"), 0);
        const char *text =
            by_address ? sk_json_text(email, "Value") : sk_json_text(user, "UserName");
        if (!text || !sk_json_text(user, "UserId"))
            continue;
        sk_auto(sk_freep) char *key = sk_address_fold(text);
        json_object_set(users, key, user);
    }
    return users;
}

static json_t *find_user(const json_t *by_name, const json_t *by_address, const char *name,
                         const char *address)
{
    sk_auto(sk_freep) char *key = sk_address_fold(name);
    json_t *user = json_object_get(by_name, key);
    if (!user && address) {
        sk_auto(sk_freep) char *address_key = sk_address_fold(address);
        user = json_object_get(by_address, address_key);
    }
    return user ? user : json_object_get(by_address, key);
}

int sk_directory_users(struct sk_observation *observation, const char *store, json_t **out,
                       const json_t **list_out, struct sk_err *err)
{
    *out = NULL;
    const json_t *list = sk_observe(observation, "identitystore", "ListUsers",
                                    json_pack("{s:s}", "IdentityStoreId", store));
    if (!list)
        return sk_body_wait(observation, err);
    if (list_out)
        *list_out = list;
    json_auto_t *by_name = index_users(list, false);
    json_auto_t *by_address = index_users(list, true);
    *out = json_object();
    size_t position = 0;
    const struct sk_document *document;
    while ((document = sk_observation_wanted(observation, SK_USER_KIND, &position)) != NULL) {
        const char *name = sk_document_name(document);
        const json_t *email = json_array_get(json_object_get(document->body, "Emails"), 0);
        json_t *user = find_user(by_name, by_address, name, sk_json_text(email, "Value"));
        if (user)
            json_object_set(*out, name, user);
    }
    return 0;
}

bool sk_directory_claims(const json_t *body, const char *owner)
{
    const char *description = sk_json_text(body, "Description");
    sk_auto(sk_freep) char *mark = sk_xasprintf("(sagekeeper: %s)", owner);
    return description && sk_text_ends_with(description, mark);
}
