/* identitystore_group: groups of Identity Center's directory.
 *
 * They have no tags. Ours is what the record knows by its GroupId; DisplayName is unique, so a
 * create that is repeated ends in ConflictException and never in a second group (aws-api.md 7). */
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/diff.h"
#include "reconcilers/body.h"
#include "reconcilers/check.h"
#include "reconcilers/identity_center/directory.h"
#include "reconcilers/registry.h"

static const struct sk_attr attrs[] = {
    {.path = "DisplayName",
     .type = SK_ATTR_VALUE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Name, unique in the directory; others map it to access."},
    {.path = "Description",
     .type = SK_ATTR_VALUE,
     .clear = SK_CLEAR_BY_KIND,
     .severity = SK_SEVERITY_LOW,
     .doc = "What it is for."},
    {.path = "IdentityStoreId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "The directory.",
     .road = "a group cannot move to another directory"},
    {.path = "GroupId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY | SK_ATTR_GRANTS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Made by AWS; what its members get goes with it."},
    {.path = "ExternalIds",
     .type = SK_ATTR_LIST,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Set when an identity provider makes the group."},
    {.path = NULL},
};

static int read_groups(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *instance = NULL;
    int code = sk_directory_instance(observation, &instance, err);
    if (code < 0 || !instance)
        return code;
    json_auto_t *groups = NULL;
    code =
        sk_directory_groups(observation, sk_json_text(instance, "IdentityStoreId"), &groups, err);
    static const char *const members[] = {"GroupId",     "IdentityStoreId", "DisplayName",
                                          "Description", "ExternalIds",     "CreatedAt",
                                          NULL};
    size_t index;
    json_t *row;
    json_array_foreach(groups, index, row)
    {
        (void)sk_observation_emit(observation, sk_json_text(row, "name"),
                                  sk_body_pick(json_object_get(row, "group"), members));
    }
    return code;
}

static int create_group(const struct sk_change_input *input, struct sk_calls *calls,
                        struct sk_err *err)
{
    (void)err;
    static const char *const members[] = {"IdentityStoreId", "DisplayName", "Description", NULL};
    struct sk_call *call = sk_calls_add(calls, "identitystore", "CreateGroup",
                                        sk_body_pick(input->desired->body, members));
    call->capture = json_pack("{s:s}", "GroupId", "GroupId");
    return 0;
}

static int update_group(const struct sk_change_input *input, struct sk_calls *calls,
                        struct sk_err *err)
{
    (void)err;
    static const struct {
        const char *member, *path;
    } changeable[] = {{"DisplayName", "displayName"}, {"Description", "description"}};
    json_t *operations = json_array();
    for (size_t i = 0; i < sizeof(changeable) / sizeof(*changeable); i++) {
        const struct sk_field *field = sk_fields_find(input->fields, changeable[i].member);
        if (!field)
            continue;
        json_t *operation = json_pack("{s:s}", "AttributePath", changeable[i].path);
        if (!sk_body_absent(field->raw)) /* without a value the attribute is removed */
            json_object_set(operation, "AttributeValue", field->raw);
        json_array_append_new(operations, operation);
    }
    if (json_array_size(operations) == 0) {
        json_decref(operations);
        return 0;
    }
    const json_t *live = input->live->body;
    sk_calls_add(calls, "identitystore", "UpdateGroup",
                 json_pack("{s:O, s:O, s:o}", "IdentityStoreId",
                           json_object_get(live, "IdentityStoreId"), "GroupId",
                           json_object_get(live, "GroupId"), "Operations", operations));
    return 0;
}

/* The id is that of the record, and AWS gives it to no other group: nothing is asked before. */
static int remove_group(const struct sk_change_input *input, struct sk_calls *calls,
                        struct sk_err *err)
{
    (void)err;
    static const char *const members[] = {"IdentityStoreId", "GroupId", NULL};
    struct sk_call *call = sk_calls_add(calls, "identitystore", "DeleteGroup",
                                        sk_body_pick(input->live->body, members));
    call->absent_ok = true;
    return 0;
}

static char *group_obstacle(const struct sk_change_input *input)
{
    if (json_array_size(json_object_get(input->live->body, "ExternalIds")) == 0)
        return NULL;
    return sk_xstrdup("an identity provider makes this group (it has ExternalIds); the "
                      "organization's identitySource has to be external");
}

/* Control Tower's groups, and what else AWS makes, begin with AWS. */
static bool group_denied(const json_t *body)
{
    const char *name = sk_json_text(body, "DisplayName");
    return name && strncasecmp(name, "aws", 3) == 0;
}

static int check_group(const struct sk_document *desired, struct sk_err *err)
{
    static const struct sk_check_text texts[] = {
        {.path = "DisplayName", .max = 1024, .allowed = SK_CHECK_ANY_TEXT},
        {.path = "Description", .max = 1024, .allowed = SK_CHECK_ANY_TEXT},
        {.path = NULL},
    };
    return sk_check_texts(desired->body, texts, err);
}

const struct sk_kind sk_kind_identitystore_group = {
    .name = SK_GROUP_KIND,
    .service = "identitystore",
    .noun = "group",
    .doc = "A group of Identity Center's directory.",
    .scope = SK_SCOPE_REGION,
    .attrs = attrs,
    .flags = SK_KIND_RECORDED,
    .id_member = "GroupId",
    .made_member = "CreatedAt",
    .read = read_groups,
    .create = create_group,
    .update = update_group,
    .remove = remove_group,
    .obstacle = group_obstacle,
    .check = check_group,
    .denied = group_denied,
    .claims = sk_directory_claims,
};
