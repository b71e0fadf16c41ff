/* Who signs in as an IAM user. Users are neither made nor read: what is known of them is the policies
 * that are made for them (blueprint/sign_in.c). One subject, whose name stands for all, is asked for
 * each sign-in; it looks like a role with these policies that nobody else can become. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/kind.h"
#include "verify/subject.h"

#define SOMEBODY "sagekeeper-somebody"

struct sk_iam_users {
    struct sk_access_role role;
    struct sk_access_principal principal;
    struct sk_proof_policies *policies; /* owned */
};

void sk_iam_users_free(struct sk_iam_users *users, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(users[i].role.arn);
        free(users[i].role.policies);
        json_decref(users[i].role.tags);
        json_decref(users[i].role.unread);
        free(users[i].principal.name);
        json_decref(users[i].principal.keys);
        sk_proof_policies_free(users[i].policies);
    }
    free(users);
}

/* The document that makes the policy of this ARN; NULL when it is not among them. */
static const struct sk_document *policy_of(const struct sk_access_state *state,
                                           const struct sk_account *account, const char *arn)
{
    const struct sk_documents *documents = state->opts.documents;
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        if (strcmp(document->account, account->name) != 0 ||
            strcmp(document->kind->name, "iam_policy") != 0)
            continue;
        sk_auto(sk_freep) char *own = sk_access_iam_arn(document, account);
        if (strcmp(own, arn) == 0)
            return document;
    }
    return NULL;
}

static void take_policies(const struct sk_access_state *state, const json_t *arns,
                          struct sk_access_role *role)
{
    size_t index;
    json_t *arn;
    role->policies = sk_xcalloc(json_array_size(arns) + 1, sizeof(role->policies[0]));
    json_array_foreach(arns, index, arn)
    {
        const struct sk_document *document =
            policy_of(state, role->account, json_string_value(arn));
        if (!document) {
            json_array_append(role->unread, arn);
            continue;
        }
        role->document = role->document ? role->document : document;
        role->policies[role->policy_count++] = (struct sk_access_policy){
            .layer = SK_LAYER_IDENTITY,
            .name = sk_document_name(document),
            .address = document->address,
            .origin = document->origin,
            .document = json_object_get(document->body, "PolicyDocument"),
            .source = json_object_get(state->opts.sources, document->address),
        };
    }
}

/* False when nothing of the sign-in is among the documents. */
static bool make_user(const struct sk_access_state *state, const json_t *sign_in,
                      struct sk_iam_users *out)
{
    const char *account = sk_json_text(sign_in, "account");
    *out = (struct sk_iam_users){
        .role = {.account = account ? sk_accounts_find(state->opts.accounts, account) : NULL,
                 .tags = json_object(),
                 .unread = json_array()},
        .principal = {.situation = SK_SITUATION_SIGN_IN, .keys = json_object()},
    };
    if (!out->role.account)
        return false;
    out->role.arn = sk_xasprintf("arn:%s:iam::%s:user/" SOMEBODY, out->role.account->partition,
                                 out->role.account->id);
    take_policies(state, json_object_get(sign_in, "policies"), &out->role);
    out->principal.name = sk_xasprintf("IAM users of SignIn/%s", sk_json_text(sign_in, "name"));
    return out->role.document != NULL;
}

static int add_user(struct sk_subjects *subjects, struct sk_iam_users *user, size_t count,
                    struct sk_err *err)
{
    size_t documents_count;
    user->principal.role = &user->role;
    struct sk_proof_document *documents = sk_subject_documents(&user->role, 0, &documents_count);
    int code =
        sk_proof_policies_new(subjects->shelf, documents, documents_count, &user->policies, err);
    free(documents);
    if (code < 0)
        return code;
    sk_subjects_append(subjects, &(struct sk_subject){
                                     .principal = &user->principal,
                                     .kind = SK_SUBJECT_SIGN_IN,
                                     .policies = user->policies,
                                     .base = json_pack("{s:{s:s, s:s}, s:{}}", "principal", "type",
                                                       "user", "arn", user->role.arn, "context"),
                                     .own_user = sk_xstrdup(SOMEBODY),
                                     .stands_for = count > 0 ? count : 1,
                                 });
    return 0;
}

int sk_subjects_add_users(struct sk_subjects *subjects, const json_t *sign_ins, struct sk_err *err)
{
    size_t index;
    json_t *sign_in;
    int code = 0;
    subjects->users = sk_xcalloc(json_array_size(sign_ins) + 1, sizeof(subjects->users[0]));
    json_array_foreach(sign_ins, index, sign_in)
    {
        struct sk_iam_users *user = &subjects->users[subjects->user_count];
        if (code < 0 || !sk_text_equal(sk_json_text(sign_in, "type"), "users"))
            continue;
        subjects->user_count++;
        if (make_user(subjects->state, sign_in, user))
            code =
                add_user(subjects, user, json_array_size(json_object_get(sign_in, "users")), err);
    }
    return code;
}
