/* Properties 5, 6 and 7: passing and assuming roles, and administration. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"
#include "verify/ask.h"

/* ---- 5 and 6: roles ---- */

int sk_verify_pass_role(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const service = "sagemaker.amazonaws.com";
    const struct sk_subject *subject = verification->subject;
    const struct sk_access_state *state = verification->subjects.state;
    const char **own = sk_xcalloc(state->role_count + 1, sizeof(char *));
    struct sk_forbidden foreign = {.what = "passes a role that is not its team's", .except = own};
    struct sk_forbidden elsewhere = {.what = "passes a role to a service other than SageMaker"};
    for (size_t i = 0; subject->kind == SK_SUBJECT_STUDIO && i < state->role_count; i++) {
        if (sk_ask_is_own_role(subject, &state->roles[i]))
            own[foreign.except_count++] = state->roles[i].arn;
    }
    sk_ask_give(&elsewhere, "iam:PassedToService", SK_GIVEN_OTHER, &service, 1);
    int code = sk_ask_forbid(verification, "iam:PassRole", NULL, &foreign, err);
    if (code == 0)
        code = sk_ask_forbid(verification, "iam:PassRole", NULL, &elsewhere, err);
    free(own);
    return code;
}

/* With the role's trust policy, which has to allow it too, or alone does. */
static int assume(struct sk_verification *verification, const struct sk_access_role *role,
                  struct sk_err *err)
{
    struct sk_forbidden forbidden = {
        .action = "sts:AssumeRole",
        .resource = role->arn,
        .what = "assumes a role that is not its team's",
    };
    return sk_verification_forbid_under(
        verification, &forbidden, json_object_get(role->document->body, "AssumeRolePolicyDocument"),
        err);
}

int sk_verify_assume_role(struct sk_verification *verification, struct sk_err *err)
{
    const struct sk_access_state *state = verification->subjects.state;
    const struct sk_subject *subject = verification->subject;
    size_t position = sk_ask_position("sts:AssumeRole");
    int code = 0;
    for (size_t i = 0; code == 0 && i < state->role_count; i++) {
        const struct sk_access_role *role = &state->roles[i];
        const json_t *trust = json_object_get(role->document->body, "AssumeRolePolicyDocument");
        bool names = sk_subjects_role(&verification->subjects, role)->trusts_principals;
        if (sk_ask_is_own_role(subject, role) || !json_is_object(trust))
            continue;
        if (names)
            code = assume(verification, role, err);
        else /* trusts services and providers only */
            (void)sk_verification_concerns(verification, position);
    }
    return code;
}

/* ---- 7: administration ---- */

static int visit_administration(struct sk_verification *verification, size_t position,
                                struct sk_err *err)
{
    const char *name = sk_catalogue_name(sk_catalogue_at(position));
    struct sk_forbidden forbidden = {.what = "administers access"};
    if (strcmp(name, "iam:PassRole") == 0)
        return 0; /* property 5 */
    return sk_ask_forbid_on(verification, position, NULL, &forbidden, err);
}

/* Keys are used as their own policies say. Where none is known it is the one that AWS writes, which
 * leaves it to IAM (KMS Developer Guide, "Default key policy"). New. */
static json_t *default_key_policy(const struct sk_account *account)
{
    return json_pack("{s:s, s:[{s:s, s:{s:o}, s:s, s:s}]}", "Version", "2012-10-17", "Statement",
                     "Effect", "Allow", "Principal", "AWS",
                     json_sprintf("arn:%s:iam::%s:root", account->partition, account->id), "Action",
                     "kms:*", "Resource", "*");
}

static int forbid_key(struct sk_verification *verification, const char *action, struct sk_err *err)
{
    const struct sk_account *account = verification->subject->principal->role->account;
    size_t position = sk_ask_position(action);
    if (position == SIZE_MAX || !sk_verification_concerns(verification, position))
        return 0;
    json_auto_t *policy = default_key_policy(account);
    sk_auto(sk_freep) char *resource =
        sk_xasprintf("arn:%s:kms:*:%s:key/*", account->partition, account->id);
    struct sk_forbidden forbidden = {
        .action = action, .resource = resource, .what = "decides who may use a key"};
    return sk_verification_forbid_under(verification, &forbidden, policy, err);
}

int sk_verify_administration(struct sk_verification *verification, struct sk_err *err)
{
    static const char *const services[] = {"iam",           "organizations", "sso",
                                           "sso-directory", "identitystore", "account"};
    static const char *const keys[] = {"kms:PutKeyPolicy", "kms:CreateGrant",
                                       "kms:RetireGrant",  "kms:RevokeGrant",
                                       "kms:ReplicateKey", "kms:ScheduleKeyDeletion"};
    int code = 0;
    for (size_t i = 0; code == 0 && i < SK_COUNT(services); i++)
        code = sk_ask_each_write(verification, services[i], visit_administration, err);
    for (size_t i = 0; code == 0 && i < SK_COUNT(keys); i++)
        code = forbid_key(verification, keys[i], err);
    return code;
}
