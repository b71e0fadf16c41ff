/* Properties 1 and 2: whose Studio is opened, whose apps and spaces are touched. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "verify/ask.h"

static const char owner_key[] = "sagemaker:OwnerUserProfileArn";

static void give_foreign_owner(const struct sk_subject *subject, struct sk_forbidden *forbidden,
                               enum sk_given how)
{
    const char *const *own = (const char *const *)&subject->own_profile;
    sk_ask_give(forbidden, owner_key, how, own, subject->own_profile ? 1 : 0);
    forbidden->givens[forbidden->given_count - 1].globs = true;
}

/* ---- 1: sessions ---- */

static int open_profiles(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const key = "aws:ResourceTag/studiouserid";
    const struct sk_subject *subject = verification->subject;
    struct sk_forbidden forbidden = {.what = "opens a profile that is not its own"};
    if (subject->own_user)
        sk_ask_give(&forbidden, key, SK_GIVEN_NOT, (const char *const *)&subject->own_user, 1);
    if (subject->own_profile) {
        forbidden.except = (const char *const *)&subject->own_profile;
        forbidden.except_count = 1;
    }
    return sk_ask_forbid(verification, "sagemaker:CreatePresignedDomainUrl", NULL, &forbidden, err);
}

/* ARN patterns of the shared spaces that the subject's team declared, and of apps in them. */
static char **shared_spaces(const struct sk_verification *verification, size_t *count)
{
    const struct sk_subject *subject = verification->subject;
    const struct sk_subjects *subjects = &verification->subjects;
    char **patterns = NULL;
    *count = 0;
    for (size_t i = 0; subject->team && i < subjects->space_count; i++) {
        const struct sk_document *document = subjects->spaces[i];
        const char *team = sk_json_tag(json_object_get(document->body, "Tags"), "Team");
        const struct sk_document *domain = sk_text_equal(team, subject->team)
                                               ? sk_access_domain_of(subjects->state, document)
                                               : NULL;
        if (!domain)
            continue;
        sk_auto(sk_freep) char *id = sk_access_domain_id(domain);
        const char *name = strrchr(document->address, '/') + 1;
        const char *account = subject->principal->role->account->id;
        patterns = sk_xrealloc(patterns, *count + 2, sizeof(patterns[0]));
        patterns[(*count)++] = sk_xasprintf("arn:*:sagemaker:*:%s:space/%s/%s", account, id, name);
        patterns[(*count)++] = sk_xasprintf("arn:*:sagemaker:*:%s:app/%s/%s/*", account, id, name);
    }
    return patterns;
}

static void free_list(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

static int open_spaces(struct sk_verification *verification, struct sk_err *err)
{
    size_t count;
    char **spaces = shared_spaces(verification, &count);
    struct sk_forbidden forbidden = {
        .what = "opens a session in a space that is neither its own nor the team's",
        .except = (const char *const *)spaces,
        .except_count = count,
    };
    give_foreign_owner(verification->subject, &forbidden, SK_GIVEN_NOT);
    int code = sk_ask_forbid(verification, "sagemaker:StartSession", NULL, &forbidden, err);
    free_list(spaces, count);
    return code;
}

int sk_verify_sessions(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const doors[] = {
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "sagemaker:CreatePresignedMlflowTrackingServerUrl",
        "sagemaker:CreatePresignedMlflowAppUrl",
        "sagemaker:CreatePartnerAppPresignedUrl",
    };
    int code = open_profiles(verification, err);
    if (code == 0)
        code = open_spaces(verification, err);
    for (size_t i = 0; code == 0 && i < SK_COUNT(doors); i++) {
        struct sk_forbidden forbidden = {.what = "opens what is not its team's"};
        sk_ask_give_foreign_team(verification, &forbidden, SK_ASK_TEAM);
        code = sk_ask_forbid(verification, doors[i], NULL, &forbidden, err);
    }
    return code;
}

/* ---- 2: apps and spaces ---- */

static const char *const app_actions[] = {"sagemaker:CreateApp", "sagemaker:DeleteApp",
                                          "sagemaker:UpdateApp"};
static const char *const space_actions[] = {"sagemaker:CreateSpace", "sagemaker:UpdateSpace",
                                            "sagemaker:DeleteSpace"};

static int verify_profile_apps(struct sk_verification *verification, const char *action,
                               struct sk_err *err)
{
    const struct sk_subject *subject = verification->subject;
    struct sk_forbidden forbidden = {.what = "touches an app of another profile"};
    sk_auto(sk_freep) char *own = NULL;
    if (subject->own_profile) {
        const char *path = strstr(subject->own_profile, ":user-profile/") + 14;
        int head = (int)(path - subject->own_profile) - 14;
        own = sk_xasprintf("%.*s:app/%s/*", head, subject->own_profile, path);
        forbidden.except = (const char *const *)&own;
        forbidden.except_count = 1;
    }
    sk_ask_give(&forbidden, owner_key, SK_GIVEN_ABSENT, NULL, 0);
    return sk_ask_forbid(verification, action, NULL, &forbidden, err);
}

int sk_verify_apps(struct sk_verification *verification, struct sk_err *err)
{
    size_t count;
    char **spaces = shared_spaces(verification, &count);
    int code = 0;
    for (size_t i = 0; code == 0 && i < SK_COUNT(app_actions); i++) {
        struct sk_forbidden forbidden = {
            .what = "touches an app in a space that is neither its own nor the team's",
            .except = (const char *const *)spaces,
            .except_count = count,
        };
        give_foreign_owner(verification->subject, &forbidden, SK_GIVEN_OTHER);
        code = verify_profile_apps(verification, app_actions[i], err);
        if (code == 0)
            code = sk_ask_forbid(verification, app_actions[i], NULL, &forbidden, err);
    }
    for (size_t i = 0; code == 0 && i < SK_COUNT(space_actions); i++) {
        struct sk_forbidden forbidden = {
            .what = "touches a space that is neither its own nor the team's",
            .except = (const char *const *)spaces,
            .except_count = count,
        };
        give_foreign_owner(verification->subject, &forbidden, SK_GIVEN_NOT);
        code = sk_ask_forbid(verification, space_actions[i], NULL, &forbidden, err);
    }
    free_list(spaces, count);
    return code;
}
