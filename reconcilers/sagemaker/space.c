/* sagemaker_space: private spaces, which users make themselves, and shared ones.
 *
 * ListSpaces says nearly everything; DescribeSpace is asked for those of ours only, whose settings
 * are compared (aws-api.md 2). A private space belongs to its owner's profile whatever its tags
 * say, and goes with it. A shared space that users made is nobody's here: it keeps the owner's
 * profile from being deleted, because AWS refuses that while it is there. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/plan.h"
#include "reconcilers/body.h"
#include "reconcilers/registry.h"
#include "reconcilers/sagemaker/domain_names.h"
#include "reconcilers/sagemaker/status.h"
#include "reconcilers/tags.h"

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
    {.path = "OwnershipSettings.OwnerUserProfileName",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE | SK_ATTR_CASELESS,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Profile of the owner.",
     .road = "AWS fixes the owner of a space; declare another space"},
    {.path = "SpaceSharingSettings.SharingType",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_IMMUTABLE,
     .severity = SK_SEVERITY_HIGH,
     .doc = "Private or Shared.",
     .road = "AWS fixes whether a space is shared; declare another space"},
    {.path = "SpaceSettings",
     .type = SK_ATTR_TREE,
     .severity = SK_SEVERITY_MEDIUM,
     .doc = "Settings; only what is declared is compared."},
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

static int read_space(struct sk_observation *observation, const json_t *domains, const json_t *tags,
                      const json_t *listed, struct sk_err *err)
{
    const char *id = sk_json_text(listed, "DomainId");
    const char *name = sk_json_text(listed, "SpaceName");
    if (!id || !name)
        return sk_err_set(err, SK_E_PROTOCOL, "a space without domain or name was answered");
    const char *domain = sk_json_text(domains, id);
    sk_auto(sk_freep) char *arn =
        sk_xasprintf("arn:%s:sagemaker:%s:%s:space/%s/%s", observation->partition,
                     observation->region, observation->account_id, id, name);
    json_auto_t *own_tags = sk_tags_of(tags, arn);
    const json_t *described = NULL;
    bool ours = sk_json_tag(own_tags, SK_TAG_OWNER) != NULL;
    if (ours)
        described = sk_sagemaker_describe(
            observation, "DescribeSpace",
            json_pack("{s:s, s:s}", "DomainId", id, "SpaceName", name), listed);
    if (ours && !described)
        return 0; /* pending, failed or gone */
    json_t *body = described ? json_copy((json_t *)described) : body_of_listed(listed);
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
    size_t index;
    json_t *listed;
    json_array_foreach(json_object_get(list, "Spaces"), index, listed)
    {
        int code = read_space(observation, domains, tags, listed, err);
        if (code < 0)
            return code;
    }
    return 0;
}

const struct sk_kind sk_kind_sagemaker_space = {
    .name = "sagemaker_space",
    .service = "sagemaker",
    .noun = "space",
    .doc = "A Studio space: shared ones are declared, private ones belong to their owner.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_SETTLES | SK_KIND_OBSERVED,
    .attrs = attrs,
    .read = read_spaces,
    .state = sk_sagemaker_state,
};
