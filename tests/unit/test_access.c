/* Principals of a state, and what they may do: controller/access, and the forms of documents under
 * unknown keys (policy/suppose.h). */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "access/decide.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/kind.h"
#include "policy/suppose.h"

static const struct sk_kind kinds[] = {
    {.name = "iam_policy"},
    {.name = "iam_role"},
    {.name = "sagemaker_domain"},
    {.name = "sagemaker_space"},
    {.name = "sagemaker_user_profile"},
};

static const struct sk_account account_rows[] = {
    {.name = "dev", .id = "111122223333", .partition = "aws", .home_region = "us-east-1"},
    {.name = "prod", .id = "444455556666", .partition = "aws", .home_region = "us-east-1"},
};
static const struct sk_accounts accounts = {account_rows, 2};

#define STATEMENT(rest) "{'Version': '2012-10-17', 'Statement': [" rest "]}"

/* It does not come to rest on strings with macros between them. */
/* clang-format off */
/* A team with two people, a shared space, a role under a boundary, a role of another account. */
static const char *const world[][2] = {
    {"iam_policy/dev/global/own-apps",
     "{'Path': '/p/', 'PolicyDocument': " STATEMENT(
         "{'Sid': 'Own', 'Effect': 'Allow', 'Action': 'sagemaker:CreateApp', 'Resource': "
         "'arn:aws:sagemaker:*:*:app/${sagemaker:DomainId}/${sagemaker:UserProfileName}/*', "
         "'Condition': {'Null': {'sagemaker:OwnerUserProfileArn': 'true'}}},"
         "{'Sid': 'Jobs', 'Effect': 'Allow', 'Action': 'sagemaker:CreateTrainingJob', "
         "'Resource': '*', "
         "'Condition': {'StringEquals': {'aws:RequestTag/Team': '${aws:PrincipalTag/Team}'}}},"
         "{'Effect': 'Deny', 'Action': 'sagemaker:DeleteModel', 'Resource': '*', "
         "'Condition': {'IpAddress': {'aws:SourceIp': '10.0.0.0/8'}}},"
         "{'Sid': 'Models', 'Effect': 'Allow', 'Action': 'sagemaker:DeleteModel', 'Resource': "
         "'*'}") "}"},
    {"iam_policy/dev/global/bound",
     "{'Path': '/', 'PolicyDocument': " STATEMENT(
         "{'Effect': 'Allow', 'Action': 's3:Get*', 'Resource': '*'}") "}"},
    {"iam_role/dev/global/team",
     "{'Path': '/p/', 'Tags': [{'Key': 'Team', 'Value': 'fraud'}], 'AttachedManagedPolicies': "
     "['arn:aws:iam::111122223333:policy/p/own-apps'], 'InlinePolicies': {}}"},
    {"iam_role/dev/global/bounded",
     "{'Path': '/', 'PermissionsBoundary': 'arn:aws:iam::111122223333:policy/bound', "
     "'InlinePolicies': {'all': " STATEMENT(
         "{'Effect': 'Allow', 'Action': 's3:*', 'Resource': "
         "'*'}") "}, 'AssumeRolePolicyDocument': " STATEMENT("{'Effect': 'Allow', 'Action': "
                                                             "'sts:AssumeRole', 'Principal': "
                                                             "{'AWS': "
                                                             "'arn:aws:iam::111122223333:role/p/"
                                                             "team'}}") "}"},
    {"iam_role/dev/global/foreign", "{'Path': '/', 'AttachedManagedPolicies': "
                                    "['arn:aws:iam::aws:policy/AdministratorAccess']}"},
    {"iam_role/dev/global/lost",
     "{'Path': '/', 'PermissionsBoundary': 'arn:aws:iam::111122223333:policy/gone', "
     "'InlinePolicies': {'all': " STATEMENT(
         "{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*'}") "}}"},
    {"iam_role/dev/global/sign-in",
     "{'Path': '/', 'InlinePolicies': {'own': " STATEMENT(
         "{'Sid': 'Open', 'Effect': 'Allow', 'Action': 'sagemaker:CreatePresignedDomainUrl', "
         "'Resource': '*', 'Condition': {'StringEquals': {'aws:ResourceTag/studiouserid': "
         "'${aws:PrincipalTag/studiouserid}'}}},"
         "{'Sid': 'Cost', 'Effect': 'Allow', 'Action': 'sagemaker:ListApps', 'Resource': '*', "
         "'Condition': {'StringEquals': {'aws:PrincipalTag/CostCenter': '1'}}}") "}, "
     "'AssumeRolePolicyDocument': " STATEMENT(
         "{'Effect': 'Allow', 'Action': ['sts:AssumeRoleWithSAML', 'sts:TagSession'], "
         "'Principal': {'Federated': 'arn:aws:iam::111122223333:saml-provider/idp'}}") "}"},
    {"sagemaker_domain/dev/us-east-1/Studio",
     "{'DomainSettings': {'ExecutionRoleIdentityConfig': 'USER_PROFILE_NAME'}, "
     "'DefaultUserSettings': "
     "{'ExecutionRole': 'arn:aws:iam::111122223333:role/p/team'}}"},
    {"sagemaker_user_profile/dev/us-east-1/Studio/ann-fraud",
     "{'UserSettings': {'ExecutionRole': 'arn:aws:iam::111122223333:role/p/team'}, 'Tags': "
     "[{'Key': 'studiouserid', 'Value': 'ann@example.com'}, {'Key': 'Team', 'Value': "
     "'fraud'}]}"},
    {"sagemaker_user_profile/dev/us-east-1/Studio/bob-fraud",
     "{'Tags': [{'Key': 'studiouserid', 'Value': 'bob'}, {'Key': 'Team', 'Value': 'fraud'}]}"},
    {"sagemaker_user_profile/dev/us-east-1/Studio/bob-other",
     "{'UserSettings': {'ExecutionRole': 'arn:aws:iam::111122223333:role/bounded'}, 'Tags': "
     "[{'Key': 'studiouserid', 'Value': 'bob'}, {'Key': 'Team', 'Value': 'other'}]}"},
    {"sagemaker_space/dev/us-east-1/Studio/shared",
     "{'SpaceSharingSettings': {'SharingType': 'Shared'}, 'OwnershipSettings': "
     "{'OwnerUserProfileName': 'ann-fraud'}}"},
};

/* clang-format on */

static json_t *parse(const char *text)
{
    sk_auto(sk_freep) char *json = sk_xstrdup(text);
    for (char *at = json; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *value = sk_json_parse(json, strlen(json), "test", &err);
    if (!value)
        fail_msg("%s", sk_err_message(&err));
    return value;
}

static struct sk_documents documents;
static struct sk_access_state *state;

static int make_state(void **data)
{
    (void)data;
    const struct sk_kinds all = {
        (const struct sk_kind *const[]){&kinds[0], &kinds[1], &kinds[2], &kinds[3], &kinds[4]}, 5};
    for (size_t i = 0; i < sizeof(world) / sizeof(*world); i++) {
        sk_auto(sk_freep) char *kind = sk_xstrndup(world[i][0], strcspn(world[i][0], "/"));
        struct sk_document *document =
            sk_document_new(sk_kinds_find(&all, kind), world[i][0], parse(world[i][1]));
        assert_int_equal(sk_documents_add(&documents, document, NULL), 0);
    }
    sk_documents_sort(&documents);
    const struct sk_access_opts opts = {.documents = &documents, .accounts = &accounts};
    state = sk_access_state_new(&opts);
    return 0;
}

static int free_state(void **data)
{
    (void)data;
    sk_access_state_free(state);
    sk_documents_done(&documents);
    return 0;
}

static void test_principals_are_people_spaces_and_roles(void **data)
{
    (void)data;
    static const struct {
        const char *name;
        enum sk_situation situation;
    } expected[] = {
        {"bob@other", SK_SITUATION_PROFILE},
        {"iam_role/dev/global/bounded", SK_SITUATION_ROLE},
        {"iam_role/dev/global/foreign", SK_SITUATION_ROLE},
        {"iam_role/dev/global/lost", SK_SITUATION_ROLE},
        {"ann@example.com@sign-in", SK_SITUATION_SIGN_IN},
        {"bob@sign-in", SK_SITUATION_SIGN_IN},
        {"iam_role/dev/global/sign-in", SK_SITUATION_ROLE},
        {"sagemaker_space/dev/us-east-1/Studio/shared", SK_SITUATION_SPACE},
        {"ann@example.com@fraud", SK_SITUATION_PROFILE},
        {"bob@fraud", SK_SITUATION_PROFILE},
        {"iam_role/dev/global/team", SK_SITUATION_ROLE},
    };
    assert_int_equal(state->principal_count, sizeof(expected) / sizeof(*expected));
    for (size_t i = 0; i < state->principal_count; i++) {
        assert_string_equal(state->principals[i].name, expected[i].name);
        assert_int_equal(state->principals[i].situation, expected[i].situation);
    }
    const json_t *keys = state->principals[8].keys;
    assert_string_equal(sk_json_text(keys, "sagemaker:DomainId"), "d-studio");
    assert_string_equal(sk_json_text(keys, "sagemaker:UserProfileName"), "ann-fraud");
    assert_string_equal(sk_json_text(keys, "aws:SourceIdentity"), "ann-fraud");
    assert_int_equal(json_object_size(state->principals[7].keys), 1);
    assert_int_equal(json_object_size(state->principals[10].keys), 0);
    assert_string_equal(sk_json_text(state->principals[5].tags, "studiouserid"), "bob");
    assert_string_equal(state->principals[5].session_arn,
                        "arn:aws:sts::111122223333:assumed-role/sign-in/bob");
}

static void test_principals_are_found_by_name(void **data)
{
    (void)data;
    static const struct {
        const char *text, *name; /* NULL: an error that says `error` */
        const char *error;
    } cases[] = {
        {"bob@fraud", "bob@fraud", NULL},
        {"User/bob@other", "bob@other", NULL},
        {"ann@example.com", "ann@example.com@fraud", NULL},
        {"ann@example.com@fraud", "ann@example.com@fraud", NULL},
        {"bob@sign-in", "bob@sign-in", NULL},
        {"BOB@Fraud", "bob@fraud", NULL},
        {"Team/fraud", "iam_role/dev/global/team", NULL},
        {"arn:aws:iam::111122223333:role/p/team", "iam_role/dev/global/team", NULL},
        {"iam_role/dev/global/bounded", "iam_role/dev/global/bounded", NULL},
        {"sagemaker_user_profile/dev/us-east-1/Studio/bob-fraud", "bob@fraud", NULL},
        {"bob", NULL, "may mean several"},
        {"bob@frauds", NULL, "did you mean 'bob@fraud'"},
        {"User/team", NULL, "there is no principal"},
        {"nobody-at-all", NULL, "expected USER@TEAM"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        const struct sk_access_principal *found = NULL;
        int code = sk_access_find(state, cases[i].text, &found, &err);
        if (cases[i].name) {
            ASSERT_OK(code, &err);
            assert_string_equal(found->name, cases[i].name);
        } else {
            assert_true(code < 0);
            if (!strstr(sk_err_message(&err), cases[i].error))
                fail_msg("'%s': %s", cases[i].text, sk_err_message(&err));
        }
    }
}

#define APP     "arn:aws:sagemaker:us-east-1:111122223333:app/d-studio/"
#define PROFILE "sagemaker_user_profile/dev/us-east-1/Studio/"

static void test_resources_are_arns_with_what_follows_from_them(void **data)
{
    (void)data;
    static const struct {
        const char *action, *text, *arn, *owner; /* owner: of the key, "null", or NULL: not known */
    } cases[] = {
        {"sagemaker:CreateApp", PROFILE "ann-fraud", APP "ann-fraud/JupyterServer/default", "null"},
        {"sagemaker:CreateApp", "sagemaker_app/dev/us-east-1/Studio/user/ann-fraud/KernelGateway/k",
         APP "ann-fraud/KernelGateway/k", "null"},
        {"sagemaker:CreateApp", "sagemaker_space/dev/us-east-1/Studio/shared",
         APP "shared/JupyterLab/default",
         "arn:aws:sagemaker:us-east-1:111122223333:user-profile/d-studio/ann-fraud"},
        {"sagemaker:CreateApp",
         "sagemaker_app/dev/us-east-1/Studio/space/unknown/JupyterLab/default",
         APP "unknown/JupyterLab/default", NULL},
        {"sagemaker:CreateApp",
         "arn:aws:sagemaker:us-east-1:111122223333:app/d-9x8y/ann-fraud/JupyterServer/a",
         APP "ann-fraud/JupyterServer/a", "null"},
        {"sagemaker:DescribeUserProfile", PROFILE "ann-fraud",
         "arn:aws:sagemaker:us-east-1:111122223333:user-profile/d-studio/ann-fraud", NULL},
        {"sagemaker:DescribeDomain", "sagemaker_domain/dev/us-east-1/Studio",
         "arn:aws:sagemaker:us-east-1:111122223333:domain/d-studio", NULL},
        {"iam:GetRole", "iam_role/dev/global/team", "arn:aws:iam::111122223333:role/p/team", NULL},
        {"iam:GetPolicy", "iam_policy/dev/global/own-apps",
         "arn:aws:iam::111122223333:policy/p/own-apps", NULL},
        {"s3:GetObject", "arn:aws:s3:::b/k", "arn:aws:s3:::b/k", NULL},
        {"s3:GetObject", NULL, "*", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        struct sk_access_resource resource = {0};
        ASSERT_OK(sk_access_resource_read(state, cases[i].action, cases[i].text, &resource, &err),
                  &err);
        assert_string_equal(resource.arn, cases[i].arn);
        const json_t *owner = json_object_get(resource.keys, "sagemaker:OwnerUserProfileArn");
        const char *text = json_is_null(owner) ? "null" : json_string_value(owner);
        if (!sk_text_equal(text, cases[i].owner))
            fail_msg("%s: owner %s", cases[i].text, text ? text : "unknown");
        sk_access_resource_done(&resource);
    }
}

static void test_addresses_that_make_no_arn_are_refused(void **data)
{
    (void)data;
    static const char *const texts[] = {"x",
                                        "a/b",
                                        "iam_role/dev/global/none",
                                        "sagemaker_app/dev/us-east-1/Studio/other/a/b/c",
                                        "sagemaker_domain/nowhere/us-east-1/Studio",
                                        "a/dev/c/d/e/f/g/h/i/j",
                                        "iam_user/dev/global/x"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct sk_access_resource resource = {0};
        sk_auto(sk_err_done) struct sk_err err = {0};
        assert_true(sk_access_resource_read(state, "s3:GetObject", texts[i], &resource, &err) < 0);
        assert_non_null(err.msg);
        sk_access_resource_done(&resource);
    }
}

struct decision {
    const char *name, *principal, *action, *resource, *context;
    enum sk_access_may may;
    enum sk_decision decision;
    const char *statement; /* of the first reason, or of the first condition with DEPENDS */
};

static void check_statement(const struct decision *decision, const struct sk_access_answer *answer)
{
    const json_t *list = answer->may == SK_ACCESS_DEPENDS ? answer->conditions : answer->because;
    const json_t *statement = json_object_get(json_array_get(list, 0), "statement");
    sk_auto(sk_freep) char *text = json_dumps(statement, JSON_ENCODE_ANY);
    if (!sk_text_equal(text, decision->statement))
        fail_msg("%s: statement %s", decision->name, text ? text : "none");
}

static void check_decision(const struct decision *decision)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_access_principal *principal = NULL;
    struct sk_access_resource resource = {0};
    json_auto_t *context = NULL;
    ASSERT_OK(sk_access_find(state, decision->principal, &principal, &err), &err);
    ASSERT_OK(sk_access_resource_read(state, decision->action, decision->resource, &resource, &err),
              &err);
    ASSERT_OK(sk_access_context_read(&decision->context, decision->context ? 1 : 0, &context, &err),
              &err);
    const struct sk_access_question question = {decision->action, &resource, context};
    struct sk_access_decider *decider = NULL;
    struct sk_access_answer answer = {0};
    ASSERT_OK(sk_access_decider_new(principal, &question, &decider, &err), &err);
    ASSERT_OK(sk_access_decide(decider, principal, &answer, &err), &err);
    if (answer.may != decision->may || answer.decision != decision->decision)
        fail_msg("%s: may %d, decision %d", decision->name, (int)answer.may, (int)answer.decision);
    check_statement(decision, &answer);
    sk_access_answer_done(&answer);
    sk_access_decider_free(decider);
    sk_access_resource_done(&resource);
}

#define MODEL "arn:aws:sagemaker:us-east-1:111122223333:model/m"
#define KEY   "arn:aws:kms:us-east-1:111122223333:key/k"

static void test_decisions(void **data)
{
    (void)data;
    static const struct decision cases[] = {
        {"an app on the own profile", "bob@fraud", "sagemaker:CreateApp", PROFILE "bob-fraud", NULL,
         SK_ACCESS_YES, SK_DECISION_ALLOWED, "\"Own\""},
        {"an app on another's", "bob@fraud", "sagemaker:CreateApp", PROFILE "ann-fraud", NULL,
         SK_ACCESS_NO, SK_DECISION_DENIED, "null"},
        {"an app without Studio", "Team/fraud", "sagemaker:CreateApp", PROFILE "bob-fraud", NULL,
         SK_ACCESS_NO, SK_DECISION_DENIED, "null"},
        {"a job: the tag is not told", "bob@fraud", "sagemaker:CreateTrainingJob", "*", NULL,
         SK_ACCESS_DEPENDS, SK_DECISION_DENIED, "\"Jobs\""},
        {"a job with the own tag", "bob@fraud", "sagemaker:CreateTrainingJob", "*",
         "aws:RequestTag/Team=fraud", SK_ACCESS_YES, SK_DECISION_ALLOWED, "\"Jobs\""},
        {"a job with another tag", "bob@fraud", "sagemaker:CreateTrainingJob", "*",
         "aws:RequestTag/Team=x", SK_ACCESS_NO, SK_DECISION_DENIED, "null"},
        {"a deny hangs on the network", "bob@fraud", "sagemaker:DeleteModel", MODEL, NULL,
         SK_ACCESS_DEPENDS, SK_DECISION_ALLOWED, "2"},
        {"from inside", "bob@fraud", "sagemaker:DeleteModel", MODEL, "aws:SourceIp=10.1.2.3",
         SK_ACCESS_NO, SK_DECISION_FORBIDDEN, "2"},
        {"from outside", "bob@fraud", "sagemaker:DeleteModel", MODEL, "aws:SourceIp=192.0.2.1",
         SK_ACCESS_YES, SK_DECISION_ALLOWED, "\"Models\""},
        {"within the boundary", "iam_role/dev/global/bounded", "s3:GetObject", "arn:aws:s3:::b/k",
         NULL, SK_ACCESS_YES, SK_DECISION_ALLOWED, "0"},
        {"past the boundary", "iam_role/dev/global/bounded", "s3:PutObject", "arn:aws:s3:::b/k",
         NULL, SK_ACCESS_NO, SK_DECISION_DENIED, "null"},
        {"a boundary that is not known", "iam_role/dev/global/lost", "s3:GetObject",
         "arn:aws:s3:::b/k", NULL, SK_ACCESS_UNKNOWN, SK_DECISION_ALLOWED, "0"},
        {"nothing allows, whatever the boundary", "iam_role/dev/global/lost", "iam:GetRole", "*",
         NULL, SK_ACCESS_NO, SK_DECISION_DENIED, "null"},
        {"a policy that is not known", "iam_role/dev/global/foreign", "s3:GetObject",
         "arn:aws:s3:::b/k", NULL, SK_ACCESS_UNKNOWN, SK_DECISION_DENIED, "null"},
        {"trusted", "bob@fraud", "sts:AssumeRole", "iam_role/dev/global/bounded", NULL,
         SK_ACCESS_YES, SK_DECISION_ALLOWED, "0"},
        {"not trusted", "bob@other", "sts:AssumeRole", "iam_role/dev/global/bounded", NULL,
         SK_ACCESS_NO, SK_DECISION_DENIED, "null"},
        {"trust not known", "bob@fraud", "sts:AssumeRole", "arn:aws:iam::999999999999:role/x", NULL,
         SK_ACCESS_UNKNOWN, SK_DECISION_DENIED, "null"},
        {"another account's resource", "iam_role/dev/global/bounded", "sqs:SendMessage",
         "arn:aws:sqs:us-east-1:999999999999:q", NULL, SK_ACCESS_UNKNOWN, SK_DECISION_DENIED,
         "null"},
        {"who signed in, on the own profile", "bob@sign-in", "sagemaker:CreatePresignedDomainUrl",
         PROFILE "bob-fraud", NULL, SK_ACCESS_YES, SK_DECISION_ALLOWED, "\"Open\""},
        {"who signed in, on another's", "bob@sign-in", "sagemaker:CreatePresignedDomainUrl",
         PROFILE "ann-fraud", NULL, SK_ACCESS_NO, SK_DECISION_DENIED, "null"},
        {"the role that people sign in to", "iam_role/dev/global/sign-in",
         "sagemaker:CreatePresignedDomainUrl", PROFILE "ann-fraud", NULL, SK_ACCESS_DEPENDS,
         SK_DECISION_DENIED, "\"Open\""},
        {"a session tag that is not known", "bob@sign-in", "sagemaker:ListApps", "*", NULL,
         SK_ACCESS_DEPENDS, SK_DECISION_DENIED, "\"Cost\""},
        {"a tag that the role does not have and nobody gives", "bob@fraud",
         "sagemaker:CreatePresignedDomainUrl", PROFILE "bob-fraud", NULL, SK_ACCESS_NO,
         SK_DECISION_DENIED, "null"},
        {"a key: its policy leaves it to IAM", "iam_role/dev/global/bounded", "kms:Decrypt", KEY,
         NULL, SK_ACCESS_NO, SK_DECISION_DENIED, "null"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        check_decision(&cases[i]);
}

static void test_controls_apply_to_their_account(void **data)
{
    (void)data;
    json_auto_t *all = parse(STATEMENT("{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}"));
    json_auto_t *deny =
        parse(STATEMENT("{'Sid': 'NoApps', 'Effect': 'Deny', 'Action': 'sagemaker:CreateApp', "
                        "'Resource': '*'}"));
    for (int own = 0; own < 2; own++) {
        const struct sk_access_control controls[] = {
            {.level = 0, .name = "FullAWSAccess", .document = all},
            {.account = own ? "dev" : "prod", .level = 0, .name = "guard", .document = deny},
        };
        const struct sk_access_opts opts = {.documents = &documents,
                                            .accounts = &accounts,
                                            .controls = controls,
                                            .control_count = 2};
        struct sk_access_state *plain = state;
        state = sk_access_state_new(&opts);
        check_decision(&(struct decision){
            "guarded", "bob@fraud", "sagemaker:CreateApp", PROFILE "bob-fraud", NULL,
            own ? SK_ACCESS_NO : SK_ACCESS_YES, own ? SK_DECISION_FORBIDDEN : SK_DECISION_ALLOWED,
            own ? "\"NoApps\"" : "\"Own\""});
        sk_access_state_free(state);
        state = plain;
    }
}

static bool knows_a(const char *key, void *data)
{
    (void)data;
    return strcmp(key, "a:a") == 0;
}

static void test_forms_of_a_document(void **data)
{
    (void)data;
    json_auto_t *document =
        parse(STATEMENT("{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*', 'Condition': "
                        "{'StringEquals': {'a:a': 'x', 'a:b': ['y', 'z']}}},"
                        "{'effect': 'Deny', 'Action': 's3:*', 'Resource': '*', 'Condition': "
                        "{'Bool': {'a:b': true}}},"
                        "{'Effect': 'Deny', 'Action': 'iam:*', 'Resource': '*'}"));
    static const struct {
        enum sk_suppose form;
        const char *expected;
    } cases[] = {
        {SK_SUPPOSE_MOST,
         STATEMENT("{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*', 'Condition': "
                   "{'StringEquals': {'a:a': ['x']}}},"
                   "{'Effect': 'Deny', 'Action': 'none:none', 'Resource': '*'},"
                   "{'Effect': 'Deny', 'Action': 'iam:*', 'Resource': '*'}")},
        {SK_SUPPOSE_LEAST,
         STATEMENT("{'Effect': 'Allow', 'Action': 'none:none', 'Resource': '*'},"
                   "{'Effect': 'Deny', 'Action': 's3:*', 'Resource': '*', 'Condition': {}},"
                   "{'Effect': 'Deny', 'Action': 'iam:*', 'Resource': '*'}")},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *formed = sk_policy_suppose(document, cases[i].form, knows_a, NULL);
        json_auto_t *expected = parse(cases[i].expected);
        sk_auto(sk_freep) char *text = json_dumps(formed, JSON_SORT_KEYS);
        if (!json_equal(formed, expected))
            fail_msg("form %d: %s", (int)cases[i].form, text);
    }
    json_auto_t *variables =
        parse("{'Condition': {'StringLike': {'a:a': ['x', '${a:a}/${*}', '${ a:b , z}']}, "
              "'Bool': {'a:a': [true, '${a:a, a:b}']}}}");
    json_auto_t *one = sk_policy_open_conditions(variables, knows_a, NULL);
    assert_int_equal(json_array_size(one), 1);
    assert_string_equal(sk_json_text(json_array_get(one, 0), "operator"), "StringLike");
    json_auto_t *open = sk_policy_open_conditions(
        json_array_get(json_object_get(document, "Statement"), 0), knows_a, NULL);
    json_auto_t *rows = parse("[{'operator': 'StringEquals', 'key': 'a:b', 'values': ['y', 'z']}]");
    assert_true(json_equal(open, rows));
}

static void test_context_texts(void **data)
{
    (void)data;
    static const char *const texts[] = {"aws:RequestTag/Team=a=b", "aws:TagKeys=X", "Y",
                                        "aws:TagKeys=X"};
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *context = NULL;
    ASSERT_OK(sk_access_context_read(texts, 4, &context, &err), &err);
    json_auto_t *expected =
        parse("{'aws:RequestTag/Team': ['a=b'], 'aws:TagKeys': ['Team', 'X', 'Y']}");
    assert_true(json_equal(context, expected));
    static const char *const wrong[] = {"Team", "=x", "x=y", "=a:b", ":a=b"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        json_t *out = NULL;
        sk_auto(sk_err_done) struct sk_err fault = {0};
        assert_int_equal(sk_access_context_read(&wrong[i], 1, &out, &fault), SK_E_USAGE);
        assert_null(out);
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_principals_are_people_spaces_and_roles),
        cmocka_unit_test(test_principals_are_found_by_name),
        cmocka_unit_test(test_resources_are_arns_with_what_follows_from_them),
        cmocka_unit_test(test_addresses_that_make_no_arn_are_refused),
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_controls_apply_to_their_account),
        cmocka_unit_test(test_forms_of_a_document),
        cmocka_unit_test(test_context_texts),
    };
    return cmocka_run_group_tests(tests, make_state, free_state);
}
