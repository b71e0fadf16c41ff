/* Drains of apps and private spaces, see leaving.h. Facts: aws-api.md 5.3, 5.5, 5.6 and 19. */
#include "reconcilers/sagemaker/leaving.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/plan.h"
#include "reconcilers/sagemaker/status.h"

void sk_sagemaker_drain_apps(struct sk_calls *calls, const char *domain_id, const char *holder,
                             const char *name)
{
    sk_auto(sk_freep) char *filter = sk_xasprintf("%sEquals", holder);
    struct sk_call *call =
        sk_calls_add(calls, "sagemaker", "DeleteApp",
                     json_pack("{s:s, s:s}", "DomainId", domain_id, holder, name));
    call->absent_ok = true;
    /* A failed app cannot be deleted and does not block; a deleted one stays listed for a day. */
    call->drain = json_pack("{s:s, s:{s:s, s:s}, s:s, s:[s, s], s:[s, s], s:[s], s:b}", "operation",
                            "ListApps", "input", "DomainIdEquals", domain_id, filter, name, "items",
                            "Apps", "take", "AppType", "AppName", "gone", "Deleted", "Failed",
                            "busy", "Deleting", "beside", 1);
}

/* Whether a live document is a space that its owner takes along: one that nobody declared. */
static bool is_undeclared_space(const struct sk_change_input *input, const struct sk_document *user)
{
    const char *organization =
        sk_json_tag(json_object_get(input->live->body, "Tags"), SK_TAG_OWNER);
    return sk_text_equal(user->kind->name, "sagemaker_space") &&
           ((user->flags & SK_DOCUMENT_BELONGS) || !organization ||
            sk_ownership_of(user, organization) != SK_OWNED);
}

void sk_sagemaker_drain_apps_of_profile(const struct sk_change_input *input, struct sk_calls *calls)
{
    const json_t *live = input->live->body;
    const char *domain_id = sk_json_text(live, "DomainId");
    sk_sagemaker_drain_apps(calls, domain_id, "UserProfileName",
                            sk_json_text(live, "UserProfileName"));
    const struct sk_document *user;
    for (size_t i = 0; (user = sk_change_user(input, input->live, i)) != NULL; i++) {
        if (is_undeclared_space(input, user))
            sk_sagemaker_drain_apps(calls, domain_id, "SpaceName",
                                    sk_json_text(user->body, "SpaceName"));
    }
}

void sk_sagemaker_drain_private_spaces(struct sk_calls *calls, const char *domain_id,
                                       const char *owner)
{
    struct sk_call *call =
        sk_calls_add(calls, "sagemaker", "DeleteSpace", json_pack("{s:s}", "DomainId", domain_id));
    call->absent_ok = true;
    call->drain = json_pack("{s:s, s:{s:s}, s:s, s:{s:s, s:s}, s:[s], s:[], s:[s]}", "operation",
                            "ListSpaces", "input", "DomainIdEquals", domain_id, "items", "Spaces",
                            "where", "OwnershipSettingsSummary.OwnerUserProfileName", owner,
                            "SpaceSharingSettingsSummary.SharingType", "Private", "take",
                            "SpaceName", "gone", "busy", "Deleting");
}

static bool runs(const struct sk_document *user)
{
    return sk_text_equal(user->kind->name, "sagemaker_app") &&
           !sk_text_equal(sk_json_text(user->body, "Status"), "Failed");
}

bool sk_sagemaker_apps_run(const struct sk_change_input *input)
{
    const struct sk_document *user;
    for (size_t i = 0; (user = sk_change_user(input, input->live, i)) != NULL; i++) {
        if (runs(user))
            return true;
        const struct sk_document *app = NULL;
        for (size_t j = 0;
             is_undeclared_space(input, user) && (app = sk_change_user(input, user, j)) != NULL;
             j++) {
            if (runs(app))
                return true;
        }
    }
    return false;
}

int64_t sk_sagemaker_grace_s(const char *text)
{
    char *end = NULL;
    long count = text ? strtol(text, &end, 10) : 0;
    if (count <= 0 || count > 10000)
        return 0;
    if (sk_text_equal(end, "d"))
        return (int64_t)count * 86400;
    return sk_text_equal(end, "h") ? (int64_t)count * 3600 : 0;
}
