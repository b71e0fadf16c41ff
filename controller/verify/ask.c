/* Words of the properties, see ask.h. */
#include "verify/ask.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"

/* ---- actions and resources ---- */

bool sk_ask_is_in(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0)
            return true;
    }
    return false;
}

size_t sk_ask_position(const char *name)
{
    size_t first = 0;
    size_t past = 0;
    if (!sk_catalogue_range(name, strcspn(name, ":"), &first, &past))
        return SIZE_MAX;
    for (size_t i = first; i < past; i++) {
        if (strcmp(sk_catalogue_name(sk_catalogue_at(i)), name) == 0)
            return i;
    }
    return SIZE_MAX;
}

char *sk_ask_resource(const struct sk_verification *verification, const char *pattern)
{
    return sk_ask_resource_in(verification->subject->principal->role->account, pattern);
}

char *sk_ask_resource_in(const struct sk_account *account, const char *pattern)
{
    struct sk_buffer out = {0};
    int part = 0;
    size_t length = strlen(pattern);
    bool names = strstr(pattern, ":sagemaker:") != NULL;
    if (strcmp(pattern, "*") == 0)
        return sk_xstrdup("*");
    for (size_t i = 0; i < length; i++) {
        part += pattern[i] == ':' && part < 5;
        if (pattern[i] != '*')
            sk_buffer_addc(&out, pattern[i]);
        else if (part == 1 && account)
            sk_buffer_adds(&out, account->partition);
        else if (part == 4 && account)
            sk_buffer_adds(&out, account->id);
        else
            sk_buffer_adds(&out, part == 5 && !names && i + 1 == length ? "**" : "*");
    }
    return sk_buffer_take(&out);
}

void sk_ask_give(struct sk_forbidden *forbidden, const char *key, enum sk_given how,
                 const char *const *values, size_t count)
{
    forbidden->givens[forbidden->given_count++] =
        (struct sk_proof_given){.key = key, .how = how, .values = values, .count = count};
}

void sk_ask_give_tag(struct sk_forbidden *forbidden, const char *const *tag)
{
    sk_ask_give(forbidden, "aws:TagKeys", SK_GIVEN_CONTAINS, tag, 1);
    forbidden->givens[forbidden->given_count - 1].folds = strchr(*tag, ':') == NULL;
}

/* Forbids the action on all resource types, or on one ("app"). */
int sk_ask_forbid_on(struct sk_verification *verification, size_t position, const char *type,
                     struct sk_forbidden *forbidden, struct sk_err *err)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    size_t types = sk_catalogue_resource_types(action);
    forbidden->action = sk_catalogue_name(action);
    int code = 0;
    for (size_t i = 0; code == 0 && i < (types > 0 ? types : 1); i++) {
        const char *here = types > 0 ? sk_catalogue_resource_type(action, i) : NULL;
        if ((type && !sk_text_equal(here, type)) ||
            (verification->retagged && !sk_text_equal(here, verification->retagged)))
            continue;
        sk_auto(sk_freep) char *resource =
            sk_ask_resource(verification, types > 0 ? sk_catalogue_resource_arn(action, i) : "*");
        forbidden->resource = resource;
        code = sk_verification_forbid(verification, forbidden, err);
    }
    return code;
}

int sk_ask_forbid(struct sk_verification *verification, const char *action, const char *type,
                  struct sk_forbidden *forbidden, struct sk_err *err)
{
    size_t position = sk_ask_position(action);
    if (position == SIZE_MAX || !sk_verification_concerns(verification, position))
        return 0;
    return sk_ask_forbid_on(verification, position, type, forbidden, err);
}

/* Goes through the actions of a service that change something. */
int sk_ask_each_write(struct sk_verification *verification, const char *service,
                      sk_visit_action_fn visit, struct sk_err *err)
{
    size_t first = 0;
    size_t past = 0;
    int code = 0;
    if (!sk_catalogue_range(service, strlen(service), &first, &past))
        return 0;
    for (size_t i = first; code == 0 && i < past; i++) {
        enum sk_access access = sk_catalogue_access(sk_catalogue_at(i));
        if (access == SK_ACCESS_READ || access == SK_ACCESS_LIST)
            continue;
        if (sk_verification_concerns(verification, i))
            code = visit(verification, i, err);
    }
    return code;
}

/* Not the own team's: another's, or nobody's; or, once it was retagged, made to look like it. */
void sk_ask_give_foreign_team(const struct sk_verification *verification,
                              struct sk_forbidden *forbidden, const char *key)
{
    const struct sk_subject *subject = verification->subject;
    bool retagged = verification->retagged && strcmp(key, SK_ASK_TEAM) == 0;
    sk_ask_give(forbidden, key, retagged ? SK_GIVEN_VALUES : SK_GIVEN_NOT, &subject->team,
                subject->team ? 1 : 0);
}

bool sk_ask_is_own_role(const struct sk_subject *subject, const struct sk_access_role *role)
{
    const char *team = sk_json_text(role->tags, "Team");
    return role == subject->principal->role ||
           (subject->team && sk_text_equal(team, subject->team));
}

bool sk_ask_is_app_or_space(const char *action)
{
    static const char *const actions[] = {"sagemaker:CreateApp",   "sagemaker:DeleteApp",
                                          "sagemaker:UpdateApp",   "sagemaker:CreateSpace",
                                          "sagemaker:UpdateSpace", "sagemaker:DeleteSpace"};
    return sk_ask_is_in(actions, SK_COUNT(actions), action);
}

bool sk_ask_is_session(const char *action)
{
    static const char *const actions[] = {
        "sagemaker:CreatePresignedDomainUrl",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        "sagemaker:CreatePresignedMlflowTrackingServerUrl",
        "sagemaker:CreatePresignedMlflowAppUrl",
        "sagemaker:CreatePartnerAppPresignedUrl",
        "sagemaker:StartSession",
    };
    return sk_ask_is_in(actions, SK_COUNT(actions), action);
}
