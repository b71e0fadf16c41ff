/* Properties of whole states: what takes several steps, who signs in how, and what trust policies
 * open. AWS's shapes of documents, no manifests. */
#include <stdio.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "policy/decide.h"
#include "verify_fixture.h"

/* Names of the roles of every world here: fraud's own and its jobs', and another team's. */
#define OWN     "iam_role/dev/global/fraud"
#define JOBS    "iam_role/dev/global/fraud-jobs"
#define FOREIGN "iam_role/dev/global/pricing"

#define STOP_ANY                                                                                   \
    "{'Sid': 'Stop', 'Effect': 'Allow', 'Action': 'sagemaker:StopTrainingJob', 'Resource': '*'}"
#define STOP_OWN                                                                                   \
    "{'Sid': 'Stop', 'Effect': 'Allow', 'Action': 'sagemaker:StopTrainingJob', 'Resource': '*', "  \
    "'Condition': {'StringEquals': {'aws:ResourceTag/Team': '${aws:PrincipalTag/Team}'}}}"
#define TO_SAGEMAKER                                                                               \
    "'Condition': {'StringEquals': {'iam:PassedToService': 'sagemaker.amazonaws.com'}}"
#define OWN_TAG "'Condition': {'StringEquals': {'aws:RequestTag/Team': '${aws:PrincipalTag/Team}'}}"

/* ---- steps ---- */

struct step_case {
    const char *name;
    const char *own, *jobs; /* statements of the two roles' policies */
    const char *trust;      /* further statements of the trust policy of the second; or NULL */
    enum sk_property property;
    bool at_once;         /* violated without steps as well, or only */
    bool in_steps;        /* violated when steps are followed */
    const char *steps[3]; /* their actions */
};

static const struct step_case step_cases[] = {
    {"retag, then stop",
     "{'Effect': 'Allow', 'Action': 'sagemaker:AddTags', 'Resource': "
     "'arn:aws:sagemaker:*:*:training-job/*', " OWN_TAG "}, " STOP_OWN,
     "",
     NULL,
     SK_PROPERTY_WRITES,
     false,
     true,
     {"sagemaker:AddTags"}},
    {"retag something else, then stop",
     "{'Effect': 'Allow', 'Action': 'sagemaker:AddTags', 'Resource': "
     "'arn:aws:sagemaker:*:*:model/*', " OWN_TAG "}, " STOP_OWN,
     "",
     NULL,
     SK_PROPERTY_WRITES,
     false,
     false,
     {NULL}},
    {"pass a wider role, then act as it",
     "{'Effect': 'Allow', 'Action': 'iam:PassRole', 'Resource': '" ESTATE_ROLE
     "pricing', " TO_SAGEMAKER
     "}, {'Effect': 'Allow', 'Action': 'sagemaker:CreateTrainingJob', 'Resource': '*', " OWN_TAG
     "}",
     "",
     NULL,
     SK_PROPERTY_DATA,
     false,
     true,
     {"iam:PassRole"}},
    {"pass a wider role, and nothing to pass it to",
     "{'Effect': 'Allow', 'Action': 'iam:PassRole', 'Resource': '" ESTATE_ROLE
     "pricing', " TO_SAGEMAKER "}",
     "",
     NULL,
     SK_PROPERTY_DATA,
     false,
     false,
     {NULL}},
    {"edit the own tags",
     "{'Effect': 'Allow', 'Action': 'iam:TagRole', 'Resource': '" ESTATE_ROLE "fraud'}, " STOP_OWN,
     "",
     NULL,
     SK_PROPERTY_WRITES,
     false,
     true,
     {"iam:TagRole"}},
    {"edit the own tags to what they are",
     "{'Effect': 'Allow', 'Action': 'iam:TagRole', 'Resource': '*', " OWN_TAG "}, " STOP_OWN,
     "",
     NULL,
     SK_PROPERTY_WRITES,
     false,
     false,
     {NULL}},
    {"give oneself a policy",
     "{'Effect': 'Allow', 'Action': 'iam:PutRolePolicy', 'Resource': '" ESTATE_ROLE "fraud'}",
     "",
     NULL,
     SK_PROPERTY_WRITES,
     false,
     true,
     {"iam:PutRolePolicy"}},
    {"assume a role, then another",
     "{'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Resource': '" ESTATE_ROLE "fraud-jobs'}",
     "{'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Resource': '" ESTATE_ROLE "pricing'}",
     "{'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': '" ESTATE_ROLE
     "fraud'}}",
     SK_PROPERTY_DATA,
     false,
     true,
     {"sts:AssumeRole", "sts:AssumeRole"}},
    {"assume a role with another team's tag",
     "{'Effect': 'Allow', 'Action': ['sts:AssumeRole', 'sts:TagSession'], 'Resource': '" ESTATE_ROLE
     "fraud-jobs'}",
     STOP_OWN,
     "{'Effect': 'Allow', 'Action': ['sts:AssumeRole', 'sts:TagSession'], 'Principal': {'AWS': "
     "'" ESTATE_ROLE "fraud'}}",
     SK_PROPERTY_WRITES,
     false,
     true,
     {"sts:TagSession"}},
    {"assume a role with the own team's tag",
     "{'Effect': 'Allow', 'Action': ['sts:AssumeRole', 'sts:TagSession'], 'Resource': '" ESTATE_ROLE
     "fraud-jobs'}",
     STOP_OWN,
     "{'Effect': 'Allow', 'Action': ['sts:AssumeRole', 'sts:TagSession'], 'Principal': {'AWS': "
     "'" ESTATE_ROLE
     "fraud'}, 'Condition': {'StringEqualsIfExists': {'aws:RequestTag/Team': 'fraud'}}}",
     SK_PROPERTY_WRITES,
     false,
     false,
     {NULL}},
    {"at once", STOP_ANY, "", NULL, SK_PROPERTY_WRITES, true, false, {NULL}},
};

static json_t *policy_of(const char *statements)
{
    sk_auto(sk_freep) char *list = sk_xasprintf("[%s]", statements);
    return estate_policy(estate_json(list));
}

/* The other team's role trusts the account, so that whoever is allowed to may assume it. */
static json_t *step_world(const struct step_case *row)
{
    json_t *world = json_object();
    json_t *trust = NULL;
    if (row->trust) {
        sk_auto(sk_freep) char *list = sk_xasprintf("[%s]", row->trust);
        trust = estate_json(list);
    }
    estate_add(world, OWN, estate_role("fraud", policy_of(row->own), NULL));
    estate_add(world, JOBS, estate_role("fraud", policy_of(row->jobs), trust));
    estate_add(world, FOREIGN,
               estate_role("pricing",
                           policy_of("{'Effect': 'Allow', 'Action': 's3:GetObject', 'Resource': "
                                     "'arn:aws:s3:::pricing-data/*'}"),
                           estate_json("[{'Effect': 'Allow', 'Action': 'sts:AssumeRole', "
                                       "'Principal': {'AWS': '" ESTATE_ACCOUNT "'}}]")));
    return world;
}

/* The request of each step, and the last one, is allowed by itself; see the e2e tests for the policies
 * that they are replayed with. Here: their actions, in order. */
static void check_steps(const struct step_case *row, const json_t *report)
{
    size_t index;
    json_t *violation;
    bool any = false;
    json_array_foreach(json_object_get(estate_property(report, row->property), "violations"), index,
                       violation)
    {
        const json_t *steps = json_object_get(violation, "steps");
        size_t count = 0;
        while (count < 3 && row->steps[count])
            count++;
        bool same = json_array_size(steps) == count;
        for (size_t i = 0; same && i < count; i++)
            same = strcmp(sk_json_text(json_array_get(steps, i), "action"), row->steps[i]) == 0;
        any |= same;
    }
    if (!any)
        fail_msg("%s: no violation by these steps", row->name);
}

static void test_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(step_cases) / sizeof(*step_cases); i++) {
        const struct step_case *row = &step_cases[i];
        json_auto_t *world = step_world(row);
        json_auto_t *teams = estate_json("[{'name': 'pricing', 'buckets': ['pricing-data'], "
                                         "'bucketPolicies': {'pricing-data': null}}]");
        json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){.teams = teams});
        json_int_t all = estate_violated(report, row->property);
        json_int_t steps = estate_in_steps(report, row->property);
        /* Without the closure, what takes steps would not be there. */
        if ((all - steps > 0) != row->at_once || (steps > 0) != row->in_steps)
            fail_msg("%s: %lld violations, %lld of them in steps", row->name, (long long)all,
                     (long long)steps);
        if (row->in_steps)
            check_steps(row, report);
    }
}

/* ---- who signs in ---- */

#define PROVIDER "'Principal': {'Federated': 'arn:aws:iam::" ESTATE_ACCOUNT ":saml-provider/idp'}"
#define OPEN(condition)                                                                            \
    "{'Sid': 'Open', 'Effect': 'Allow', 'Action': 'sagemaker:CreatePresignedDomainUrl', "          \
    "'Resource': '*', 'Condition': {" condition "}}"
#define WITH_TAG "'Condition': {'StringLike': {'aws:RequestTag/studiouserid': '?*'}}"
#define OWN_PROFILE                                                                                \
    "'StringEquals': {'aws:ResourceTag/studiouserid': '${aws:PrincipalTag/studiouserid}'}"

static const struct {
    const char *name, *trust, *policy;
    const char *tag; /* of the role itself: studiouserid; or NULL */
    bool violated;
} sign_ins[] = {
    {"own profile", WITH_TAG, OPEN(OWN_PROFILE), NULL, false},
    {"own profile, and sessions of nobody", "'Condition': {}", OPEN(OWN_PROFILE), NULL, false},
    {"any profile that is somebody's", WITH_TAG,
     OPEN("'StringLike': {'aws:ResourceTag/studiouserid': '*'}"), NULL, true},
    {"profiles of nobody", WITH_TAG,
     OPEN("'StringEqualsIfExists': {'aws:ResourceTag/studiouserid': "
          "'${aws:PrincipalTag/studiouserid}'}"),
     NULL, true},
    {"profiles of who is called alike", WITH_TAG,
     OPEN("'StringLike': {'aws:ResourceTag/studiouserid': '${aws:PrincipalTag/studiouserid}*'}"),
     NULL, true},
    {"one person's profile, for everybody", WITH_TAG,
     OPEN("'StringEquals': {'aws:ResourceTag/studiouserid': 'alice'}"), NULL, true},
    {"as IAM users do, who are not these", WITH_TAG,
     OPEN("'StringEquals': {'aws:ResourceTag/studiouserid': '${aws:username}'}"), NULL, false},
    {"a session without the tag is who the role is", "'Condition': {}", OPEN(OWN_PROFILE), "alice",
     true},
    {"a session with the tag is not", WITH_TAG, OPEN(OWN_PROFILE), "alice", false},
    {"a tag that need not be there",
     "'Condition': {'StringLikeIfExists': {'aws:RequestTag/studiouserid': '?*'}}",
     OPEN(OWN_PROFILE), "alice", true},
};

static void test_sign_ins(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sign_ins) / sizeof(*sign_ins); i++) {
        json_auto_t *world = json_object();
        sk_auto(sk_freep) char *trust =
            sk_xasprintf("[{'Effect': 'Allow', " PROVIDER
                         ", 'Action': ['sts:AssumeRoleWithSAML', 'sts:TagSession'], %s}]",
                         sign_ins[i].trust);
        json_t *role = estate_role(NULL, policy_of(sign_ins[i].policy), NULL);
        json_object_set_new(role, "AssumeRolePolicyDocument", estate_policy(estate_json(trust)));
        if (sign_ins[i].tag)
            json_array_append_new(
                json_object_get(role, "Tags"),
                json_pack("{s:s, s:s}", "Key", "studiouserid", "Value", sign_ins[i].tag));
        estate_add(world, "iam_role/dev/global/sign-in", role);
        json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){0});
        if ((estate_violated(report, SK_PROPERTY_SESSIONS) > 0) != sign_ins[i].violated)
            fail_msg("%s: %s", sign_ins[i].name,
                     sign_ins[i].violated ? "not found" : "found, and is none");
    }
}

static const struct {
    const char *policy;
    bool violated;
} users[] = {
    {OPEN("'StringEquals': {'aws:ResourceTag/studiouserid': '${aws:username}'}"), false},
    {OPEN("'StringEqualsIfExists': {'aws:ResourceTag/studiouserid': '${aws:username}'}"), true},
    {OPEN("'StringLike': {'aws:ResourceTag/studiouserid': '${aws:username}*'}"), true},
    {OPEN(OWN_PROFILE), false}, /* users have no session tags */
    {OPEN("'StringNotEquals': {'aws:ResourceTag/studiouserid': 'admin'}"), true},
};

static void test_iam_users(void **state)
{
    (void)state;
    json_auto_t *declared =
        estate_json("[{'name': 'staff', 'type': 'users', 'account': 'dev', 'users': ['alice', "
                    "'bob'], 'policies': ['arn:aws:iam::" ESTATE_ACCOUNT ":policy/staff']}]");
    for (size_t i = 0; i < sizeof(users) / sizeof(*users); i++) {
        json_auto_t *world = json_object();
        estate_add(
            world, "iam_policy/dev/global/staff",
            json_pack("{s:s, s:o}", "Path", "/", "PolicyDocument", policy_of(users[i].policy)));
        json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){.sign_ins = declared});
        const json_t *property = estate_property(report, SK_PROPERTY_SESSIONS);
        const json_t *row = json_array_get(json_object_get(property, "violations"), 0);
        if ((row != NULL) != users[i].violated)
            fail_msg("%s", users[i].policy);
        assert_int_equal(json_integer_value(json_object_get(report, "principals")), 2);
        if (!row)
            continue;
        assert_string_equal(sk_json_text(row, "principal"), "IAM users of SignIn/staff");
        json_auto_t *question = json_deep_copy(json_object_get(row, "request"));
        json_object_set_new(question, "identityPolicies",
                            json_pack("[o]", policy_of(users[i].policy)));
        json_auto_t *decided = sk_policy_decide_json(question, NULL);
        assert_string_equal(sk_json_text(decided, "decision"), "Allowed");
    }
}

/* ---- trust ---- */

static const struct {
    const char *name, *principal;
    bool violated;
} trusts[] = {
    {"the other team's role", "'Principal': {'AWS': '" ESTATE_ROLE "fraud'}", true},
    {"the account", "'Principal': {'AWS': '" ESTATE_ACCOUNT "'}", true},
    {"everybody", "'Principal': '*'", true},
    {"everybody in AWS", "'Principal': {'AWS': '*'}", true},
    {"all but one", "'NotPrincipal': {'AWS': '" ESTATE_ROLE "other'}", true},
    {"in other letters", "'principal': {'aws': '*'}", true},
    {"another account", "'Principal': {'AWS': '444455556666'}", false},
    {"a service", "'Principal': {'Service': 'ec2.amazonaws.com'}", false},
    {"everybody of another team",
     "'Principal': '*', 'Condition': {'StringEquals': {'aws:PrincipalTag/Team': 'pricing'}}",
     false},
};

static void test_trust(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(trusts) / sizeof(*trusts); i++) {
        json_auto_t *world = json_object();
        sk_auto(sk_freep) char *trust = sk_xasprintf(
            "[{'Effect': 'Allow', 'Action': 'sts:AssumeRole', %s}]", trusts[i].principal);
        estate_add(world, OWN,
                   estate_role("fraud",
                               policy_of("{'Effect': 'Allow', 'Action': 'sts:AssumeRole', "
                                         "'Resource': '*'}"),
                               NULL));
        estate_add(world, FOREIGN, estate_role("pricing", NULL, estate_json(trust)));
        json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){0});
        if ((estate_violated(report, SK_PROPERTY_ASSUME_ROLE) > 0) != trusts[i].violated)
            fail_msg("%s: %s", trusts[i].name,
                     trusts[i].violated ? "not found" : "found, and is none");
    }
}

static void test_a_team_works_as_roles_of_other_services(void **state)
{
    (void)state;
    json_auto_t *world = json_object();
    json_t *role = estate_role("fraud", policy_of(STOP_ANY), NULL);
    json_object_set_new(role, "AssumeRolePolicyDocument",
                        policy_of("{'Effect': 'Allow', 'Principal': {'Service': "
                                  "'events.amazonaws.com'}, 'Action': 'sts:AssumeRole'}"));
    estate_add(world, OWN, role);
    json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){0});
    assert_true(estate_violated(report, SK_PROPERTY_WRITES) > 0);
}

/* ---- what is not known ---- */

static void test_a_place_without_a_role(void **state)
{
    (void)state;
    json_auto_t *world = json_object();
    estate_add(world, OWN, estate_role("fraud", NULL, NULL));
    estate_add(world, "sagemaker_domain/dev/us-east-1/Studio", json_object());
    estate_add(world, "sagemaker_user_profile/dev/us-east-1/Studio/ann",
               estate_json("{'UserSettings': {'ExecutionRole': '" ESTATE_ROLE "elsewhere'}}"));
    json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){0});
    for (int i = 1; i < SK_PROPERTY_COUNT; i++) {
        const json_t *property = estate_property(report, (enum sk_property)i);
        bool doubted = json_array_size(json_object_get(property, "unknown")) > 0;
        assert_int_equal(doubted, i != SK_PROPERTY_GUARDRAILS);
    }
}

static void test_what_was_not_read(void **state)
{
    (void)state;
    json_auto_t *world = json_object();
    json_auto_t *unread = estate_json("['iam_role in dev could not be read']");
    json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){.unread = unread});
    const json_t *property = estate_property(report, SK_PROPERTY_WRITES);
    assert_string_equal(sk_json_text(property, "outcome"), "unknown");
}

/* ---- guardrails of all types ---- */

static const struct {
    const char *type, *statement;
    bool violated;
} guardrails[] = {
    {"rcp",
     "{'Effect': 'Deny', 'Principal': '*', 'Action': 's3:GetObject', 'Resource': '*', 'Condition': "
     "{'Bool': {'aws:SecureTransport': 'false'}}}",
     false},
    {"rcp",
     "{'Effect': 'Deny', 'Principal': '*', 'Action': 's3:PutObject', 'Resource': '*', 'Condition': "
     "{'Null': {'s3:x-amz-server-side-encryption': 'true', 's3:x-amz-storage-class': 'true'}}}",
     true},
    {"endpoint",
     "{'Effect': 'Allow', 'Principal': '*', 'Action': '*', 'Resource': '*'}, {'Effect': 'Deny', "
     "'Principal': '*', 'Action': 'sagemaker:CreateApp', 'Resource': '*', 'Condition': {'Null': "
     "{'sagemaker:InstanceTypes': 'true'}}}",
     false},
    {"endpoint",
     "{'Effect': 'Allow', 'Principal': '*', 'Action': '*', 'Resource': '*'}, {'Effect': 'Deny', "
     "'Principal': '*', 'Action': 'sagemaker:CreateApp', 'Resource': '*', 'Condition': {'Null': "
     "{'sagemaker:InstanceTypes': 'true', 'sagemaker:ImageArns': 'true'}}}",
     true},
};

static void test_guardrails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(guardrails) / sizeof(*guardrails); i++) {
        json_auto_t *world = json_object();
        estate_add(world, OWN, estate_role("fraud", NULL, NULL));
        json_auto_t *rows = json_pack("[{s:s, s:s, s:o}]", "name", "g", "type", guardrails[i].type,
                                      "document", policy_of(guardrails[i].statement));
        json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){.guardrails = rows});
        const json_t *property = estate_property(report, SK_PROPERTY_GUARDRAILS);
        assert_true(json_integer_value(json_object_get(property, "questions")) > 0);
        if ((estate_violated(report, SK_PROPERTY_GUARDRAILS) > 0) != guardrails[i].violated)
            fail_msg("%s: %s", guardrails[i].type, guardrails[i].statement);
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_sign_ins),
        cmocka_unit_test(test_iam_users),
        cmocka_unit_test(test_trust),
        cmocka_unit_test(test_a_team_works_as_roles_of_other_services),
        cmocka_unit_test(test_a_place_without_a_role),
        cmocka_unit_test(test_what_was_not_read),
        cmocka_unit_test(test_guardrails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
