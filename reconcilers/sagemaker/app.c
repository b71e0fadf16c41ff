/* sagemaker_app: what runs in Studio. Only looked at: users start apps, and an app goes with the
 * profile or space it hangs on (their kinds drain it). Never created, never ours by a tag: Studio
 * gives apps the tags of what they were started from. ListApps alone says all that matters here
 * (aws-api.md 2).
 *
 * An address tells apps of a profile from those of a space of the same name:
 * DOMAIN/user/PROFILE/TYPE/NAME and DOMAIN/space/SPACE/TYPE/NAME. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "reconcilers/body.h"
#include "reconcilers/registry.h"
#include "reconcilers/sagemaker/domain_names.h"
#include "reconcilers/sagemaker/status.h"

#define ROW(row_path, row_doc)                                                                     \
    {                                                                                              \
        .path = row_path, .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = row_doc        \
    }

static const struct sk_attr attrs[] = {
    ROW("DomainId", "The domain."),
    ROW("UserProfileName", "The profile it hangs on, when it is no app of a space."),
    ROW("SpaceName", "The space it hangs on."),
    ROW("AppType", "JupyterLab, CodeEditor and so on."),
    ROW("AppName", "Name; \"default\" for most types."),
    ROW("ResourceSpec", "Instance type and image."),
    ROW("Status", "Made by AWS."),
    {.path = NULL},
};

static int emit_app(struct sk_observation *observation, const json_t *domains, const json_t *app,
                    struct sk_err *err)
{
    const char *id = sk_json_text(app, "DomainId");
    const char *profile = sk_json_text(app, "UserProfileName");
    const char *space = sk_json_text(app, "SpaceName");
    const char *holder = space ? space : profile;
    const char *type = sk_json_text(app, "AppType");
    const char *own_name = sk_json_text(app, "AppName");
    if (!id || !holder || !type || !own_name)
        return sk_err_set(err, SK_E_PROTOCOL, "an app without domain, holder or name was answered");
    const char *domain = sk_json_text(domains, id);
    domain = domain ? domain : id; /* not listed (any more): addressed by its id */
    sk_auto(sk_freep) char *name =
        sk_xasprintf("%s/%s/%s/%s/%s", domain, space ? "space" : "user", holder, type, own_name);
    struct sk_document *document =
        sk_observation_emit(observation, name, json_deep_copy((json_t *)app));
    if (!document)
        return 0; /* the same app listed twice: once as deleted or failed, and made again */
    document->flags |= SK_DOCUMENT_BELONGS;
    sk_auto(sk_freep) char *holder_name = sk_xasprintf("%s/%s", domain, holder);
    sk_auto(sk_freep) char *address =
        sk_address_format(space ? "sagemaker_space" : "sagemaker_user_profile",
                          observation->account, observation->region, holder_name);
    sk_document_add_edge(document, address);
    return 0;
}

static int read_apps(struct sk_observation *observation, struct sk_err *err)
{
    json_auto_t *domains = sk_sagemaker_domain_names(observation);
    const json_t *list = sk_observe(observation, "sagemaker", "ListApps", json_object());
    if (!domains || !list)
        return sk_body_wait(observation, err);
    /* What runs first: a failed or deleted app of the same key stays listed beside it for a day. */
    int code = 0;
    for (int failed = 0; failed < 2; failed++) {
        size_t index;
        json_t *app;
        json_array_foreach(json_object_get(list, "Apps"), index, app)
        {
            const char *status = sk_json_text(app, "Status");
            if (code == 0 && !sk_text_equal(status, "Deleted") &&
                sk_text_equal(status, "Failed") == (failed == 1))
                code = emit_app(observation, domains, app, err);
        }
    }
    return code;
}

const struct sk_kind sk_kind_sagemaker_app = {
    .name = "sagemaker_app",
    .service = "sagemaker",
    .noun = "app",
    .doc = "An app that runs in Studio; only looked at, it goes with its profile or space.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_SETTLES | SK_KIND_OBSERVED,
    .attrs = attrs,
    .read = read_apps,
    .state = sk_sagemaker_state,
};
