/* sagemaker_space: private spaces, which users make themselves, and shared ones.
 *
 * ListSpaces says nearly everything; DescribeSpace is asked for those of ours only, whose settings
 * are compared (aws-api.md 2). A private space belongs to its owner's profile whatever its tags
 * say, and goes with it. A shared space that users made is nobody's here: it keeps the owner's
 * profile from being deleted, because AWS refuses that while it is there.
 *
 * UpdateSpace merges deeply, takes neither owner nor sharing, and refuses AppType even unchanged
 * (aws-api.md 5.5). The volume goes with the space. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "plan/plan.h"
#include "reconcilers/body.h"
#include "reconcilers/check.h"
#include "reconcilers/registry.h"
#include "reconcilers/sagemaker/domain_names.h"
#include "reconcilers/sagemaker/leaving.h"
#include "reconcilers/sagemaker/settings.h"
#include "reconcilers/sagemaker/status.h"
#include "reconcilers/sagemaker/tags.h"
#include "reconcilers/tags.h"

#define SETTINGS    "SpaceSettings"
#define VOLUME_SIZE SETTINGS ".SpaceStorageSettings.EbsStorageSettings.EbsVolumeSizeInGb"

static const struct sk_attr attrs[] = {
    {.path = "DomainId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .doc = "The domain.",
     .road = "a space cannot move: its volume belongs to the domain"},
    {.path = "SpaceName",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_CASELESS,
     .doc = "Name, unique in the domain without regard to case."},
    {.path = "SpaceDisplayName",
     .type = SK_ATTR_VALUE,
     .severity = SK_SEVERITY_LOW,
     .doc = "Name that Studio shows; AWS cannot clear it."},
    {.path = "OwnershipSettings",
     .type = SK_ATTR_TREE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_CASELESS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Profile of the owner.",
     .road = "AWS fixes the owner of a space; declare another space for the new owner, copy the "
             "files, then remove this one"},
    {.path = "SpaceSharingSettings",
     .type = SK_ATTR_TREE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Private or Shared.",
     .road = "AWS fixes whether a space is shared; declare another space"},
    {.path = SETTINGS,
     .type = SK_ATTR_TREE,
     .severity = SK_SEVERITY_MEDIUM,
     .doc = "Settings; only what is declared is compared."},
    {.path = SETTINGS ".AppType",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_MEDIUM,
     .doc = "What runs in the space.",
     .road = "AWS fixes what a space is for; declare another space"},
    {.path = VOLUME_SIZE,
     .type = SK_ATTR_VALUE,
     .severity = SK_SEVERITY_LOW,
     .doc = "Size of the volume in GB; it only grows, and only while no app runs."},
    SK_ROW_DEFAULT(SETTINGS ".RemoteAccess", "DISABLED", SK_SEVERITY_HIGH,
                   "Whether a local editor may connect to the space."),
    SK_ROW_SET(SETTINGS ".CustomFileSystems", SK_SEVERITY_HIGH,
               "File systems mounted into the space."),
    SK_ROW_LIFECYCLES(SETTINGS ".JupyterServerAppSettings"),
    SK_ROW_REPOSITORIES(SETTINGS ".JupyterServerAppSettings"),
    SK_ROWS_RESOURCE_SPEC(SETTINGS ".JupyterServerAppSettings"),
    SK_ROW_LIFECYCLES(SETTINGS ".KernelGatewayAppSettings"),
    SK_ROW_CUSTOM_IMAGES(SETTINGS ".KernelGatewayAppSettings"),
    SK_ROWS_RESOURCE_SPEC(SETTINGS ".KernelGatewayAppSettings"),
    SK_ROW_REPOSITORIES(SETTINGS ".JupyterLabAppSettings"),
    SK_ROWS_RESOURCE_SPEC(SETTINGS ".JupyterLabAppSettings"),
    SK_ROWS_RESOURCE_SPEC(SETTINGS ".CodeEditorAppSettings"),
    {.path = "Tags", .type = SK_ATTR_TAGS, .severity = SK_SEVERITY_MEDIUM, .doc = "Tags."},
    {.path = "SpaceArn", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = "Status", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = NULL},
};

/* The list's summaries under the names that DescribeSpace gives the same things. New. */
static json_t *body_of_listed(const json_t *listed)
{
    return json_pack("{s:O*, s:O*, s:O*, s:O*, s:O*, s:O*, s:O*}", "DomainId",
                     json_object_get(listed, "DomainId"), "SpaceName",
                     json_object_get(listed, "SpaceName"), "SpaceDisplayName",
                     json_object_get(listed, "SpaceDisplayName"), "Status",
                     json_object_get(listed, "Status"), "OwnershipSettings",
                     json_object_get(listed, "OwnershipSettingsSummary"), "SpaceSharingSettings",
                     json_object_get(listed, "SpaceSharingSettingsSummary"), "SpaceSettings",
                     json_object_get(listed, "SpaceSettingsSummary"));
}

static void add_edge(struct sk_document *document, const struct sk_observation *observation,
                     const char *kind, const char *name)
{
    sk_auto(sk_freep) char *address =
        sk_address_format(kind, observation->account, observation->region, name);
    sk_document_add_edge(document, address);
}

/* The owner's profile is the first edge: what a private space belongs to. */
static void emit_space(struct sk_observation *observation, const char *domain, json_t *body)
{
    sk_auto(sk_freep) char *name = sk_xasprintf("%s/%s", domain, sk_json_text(body, "SpaceName"));
    struct sk_document *document = sk_observation_emit(observation, name, body);
    if (!document)
        return;
    const char *owner = sk_json_text(body, "OwnershipSettings.OwnerUserProfileName");
    if (owner) {
        sk_auto(sk_freep) char *owner_name = sk_xasprintf("%s/%s", domain, owner);
        add_edge(document, observation, "sagemaker_user_profile", owner_name);
        if (sk_text_equal(sk_json_text(body, "SpaceSharingSettings.SharingType"), "Private"))
            document->flags |= SK_DOCUMENT_BELONGS;
    }
    add_edge(document, observation, "sagemaker_domain", domain);
}

static int read_space(struct sk_observation *observation, const json_t *domains, json_t *tags,
                      unsigned *asked, const json_t *listed, struct sk_err *err)
{
    const char *id = sk_json_text(listed, "DomainId");
    const char *name = sk_json_text(listed, "SpaceName");
    if (!id || !name)
        return sk_err_set(err, SK_E_PROTOCOL, "a space without domain or name was answered");
    const char *domain = sk_json_text(domains, id);
    sk_auto(sk_freep) char *arn =
        sk_xasprintf("arn:%s:sagemaker:%s:%s:space/%s/%s", observation->partition,
                     observation->region, observation->account_id, id, name);
    sk_auto(sk_freep) char *address_name = sk_xasprintf("%s/%s", domain ? domain : id, name);
    if (sk_observation_wants(observation, "sagemaker_space", address_name))
        sk_sagemaker_complete_tags(observation, tags, arn, asked);
    json_auto_t *own_tags = sk_tags_of(tags, arn);
    const json_t *described = NULL;
    bool ours = sk_json_tag(own_tags, SK_TAG_OWNER) != NULL;
    if (ours)
        described = sk_sagemaker_describe(
            observation, "DescribeSpace",
            json_pack("{s:s, s:s}", "DomainId", id, "SpaceName", name), listed);
    if (ours && !described)
        return 0; /* pending, failed or gone */
    static const char *const listed_members[] = {"DomainId", "SpaceName", "Status", NULL};
    json_t *body = described ? json_copy((json_t *)described) : body_of_listed(listed);
    sk_body_fill(body, listed, listed_members);
    if (!json_object_get(body, "SpaceArn"))
        json_object_set_new(body, "SpaceArn", json_string(arn));
    json_object_set(body, "Tags", own_tags);
    emit_space(observation, domain ? domain : id, body);
    return 0;
}

static int read_spaces(struct sk_observation *observation, struct sk_err *err)
{
    json_auto_t *domains = sk_sagemaker_domain_names(observation);
    json_auto_t *tags = sk_tags_read(observation, NULL, "sagemaker:space");
    const json_t *list = sk_observe(observation, "sagemaker", "ListSpaces", json_object());
    if (!domains || !tags || !list)
        return sk_body_wait(observation, err);
    unsigned asked = 0;
    size_t index;
    json_t *listed;
    json_array_foreach(json_object_get(list, "Spaces"), index, listed)
    {
        int code = read_space(observation, domains, tags, &asked, listed, err);
        if (code < 0)
            return code;
    }
    return 0;
}

static int create_space(const struct sk_change_input *input, struct sk_calls *calls,
                        struct sk_err *err)
{
    (void)err;
    static const char *const members[] = {"DomainId",
                                          "SpaceName",
                                          "SpaceDisplayName",
                                          "OwnershipSettings",
                                          "SpaceSharingSettings",
                                          SETTINGS,
                                          "Tags",
                                          NULL};
    json_t *request = sk_body_pick(input->desired->body, members);
    sk_settings_complete(json_object_get(request, SETTINGS), NULL, NULL);
    struct sk_call *call = sk_calls_add(calls, "sagemaker", "CreateSpace", request);
    call->capture = json_pack("{s:s}", "SpaceArn", "SpaceArn");
    return 0;
}

static int update_space(const struct sk_change_input *input, struct sk_calls *calls,
                        struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    sk_sagemaker_tag_calls(input, calls, sk_json_text(live, "SpaceArn"));
    json_t *settings = sk_settings_patch(input, SETTINGS);
    json_t *shown = sk_fields_value(input->fields, "SpaceDisplayName");
    if (settings || shown || sk_fields_find(input->fields, "Status"))
        sk_calls_add(calls, "sagemaker", "UpdateSpace",
                     json_pack("{s:O, s:O, s:o*, s:o*}", "DomainId",
                               json_object_get(live, "DomainId"), "SpaceName",
                               json_object_get(live, "SpaceName"), SETTINGS, settings,
                               "SpaceDisplayName", shown));
    return 0;
}

static int remove_space(const struct sk_change_input *input, struct sk_calls *calls,
                        struct sk_err *err)
{
    (void)err;
    const json_t *live = input->live->body;
    sk_sagemaker_check_owned(calls, sk_json_text(live, "SpaceArn"));
    sk_sagemaker_drain_apps(calls, sk_json_text(live, "DomainId"), "SpaceName",
                            sk_json_text(live, "SpaceName"));
    struct sk_call *call =
        sk_calls_add(calls, "sagemaker", "DeleteSpace",
                     json_pack("{s:O, s:O}", "DomainId", json_object_get(live, "DomainId"),
                               "SpaceName", json_object_get(live, "SpaceName")));
    call->absent_ok = true;
    return 0;
}

/* What a volume allows. People work in the space: their apps are theirs to stop. */
static char *space_obstacle(const struct sk_change_input *input)
{
    const struct sk_field *size =
        input->desired ? sk_fields_find(input->fields, VOLUME_SIZE) : NULL;
    if (!size)
        return NULL;
    if (json_integer_value(size->to) < json_integer_value(size->from))
        return sk_xstrdup(VOLUME_SIZE " can only grow; a smaller volume needs another space");
    return sk_sagemaker_apps_run(input)
               ? sk_xstrdup(VOLUME_SIZE " changes only while no app runs in the space; stop its "
                                        "apps in Studio")
               : NULL;
}

/* A space for one type of app takes no settings of another (aws-api.md 5.5); images: CreateSpace,
 * KernelGatewayAppSettings.CustomImages. */
static int check_settings(const json_t *body, struct sk_err *err)
{
    static const char *const apps[][2] = {{"JupyterLab", SETTINGS ".JupyterLabAppSettings"},
                                          {"CodeEditor", SETTINGS ".CodeEditorAppSettings"}};
    const char *type = sk_json_text(body, SETTINGS ".AppType");
    for (size_t i = 0; type && i < sizeof(apps) / sizeof(*apps); i++) {
        if (!sk_text_equal(type, apps[i][0]) && !sk_body_absent(sk_json_at(body, apps[i][1])))
            return sk_err_set(err, SK_E_INVALID, "%s needs AppType '%s'; it is '%s'", apps[i][1],
                              apps[i][0], type);
    }
    static const char *const images = SETTINGS ".KernelGatewayAppSettings.CustomImages";
    if (json_array_size(sk_json_at(body, images)) > 5)
        return sk_err_set(err, SK_E_INVALID, "%s: expected at most 5 in a space", images);
    return sk_settings_check(body, SETTINGS, err);
}

static int check_space(const struct sk_document *desired, struct sk_err *err)
{
    static const struct sk_check_text texts[] = {
        {.path = "SpaceName", .max = 63, .allowed = SK_CHECK_SAGEMAKER_NAME},
        {.path = NULL},
    };
    int code = sk_check_texts(desired->body, texts, err);
    if (code == 0)
        code = sk_check_tags(desired, err);
    return code == 0 ? check_settings(desired->body, err) : code;
}

const struct sk_kind sk_kind_sagemaker_space = {
    .name = "sagemaker_space",
    .service = "sagemaker",
    .noun = "space",
    .doc = "A Studio space: shared ones are declared, private ones belong to their owner.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_SETTLES | SK_KIND_HOLDS_DATA,
    .attrs = attrs,
    .read = read_spaces,
    .create = create_space,
    .update = update_space,
    .remove = remove_space,
    .obstacle = space_obstacle,
    .state = sk_sagemaker_state,
    .check = check_space,
};
