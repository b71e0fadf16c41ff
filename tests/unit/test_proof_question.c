/* Questions about all requests: named cases, and generated worlds against brute force. In a
 * generated world what the question finds must be allowed when decided by itself; where it says that
 * there is none, every request over a small alphabet is decided one by one. SK_SEED and SK_COUNT in
 * the environment choose other worlds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sk_random.h"
#include "sk_test.h"

#include "base/alloc.h"
#include "policy/decide.h"
#include "proof/question.h"

#define DEFAULT_SEED  20261123
#define DEFAULT_COUNT 60

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s in %s", error.text, text);
    return value;
}

/* ---- named cases ---- */

#define GIVEN_MAX 3

struct question_case {
    const char *name;
    const char *statements; /* of the identity policy */
    const char *action, *resource;
    const char *except;
    struct sk_proof_given givens[GIVEN_MAX];
    enum sk_proof_outcome outcome;
};

static const char *const fraud[] = {"fraud"};
static const char *const team_key[] = {"Team"};
static const char *const some_subnets[] = {"a", "z"};

#define JOB "arn:aws:sagemaker:eu-west-1:111122223333:training-job/*"
#define OWN_TEAM                                                                                   \
    "\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/Team\":\"${aws:PrincipalTag/Team}\"}}"
#define NOT_OWN                                                                                    \
    {                                                                                              \
        {                                                                                          \
            "aws:ResourceTag/Team", SK_GIVEN_NOT, fraud, 1, false, false                           \
        }                                                                                          \
    }

#define MANY_VALUES "\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\""

static const struct question_case cases[] = {
    {"nothing allows", "[]", "sagemaker:StopTrainingJob", JOB, NULL, NOT_OWN, SK_PROOF_NEVER},
    {"all is allowed", "[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]",
     "sagemaker:StopTrainingJob", JOB, NULL, NOT_OWN, SK_PROOF_POSSIBLE},
    {"own team only",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:Stop*\",\"Resource\":\"*\"," OWN_TEAM "}]",
     "sagemaker:StopTrainingJob", JOB, NULL, NOT_OWN, SK_PROOF_NEVER},
    {"own team is possible",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:Stop*\",\"Resource\":\"*\"," OWN_TEAM "}]",
     "sagemaker:StopTrainingJob",
     JOB,
     NULL,
     {{"aws:ResourceTag/Team", SK_GIVEN_VALUES, fraud, 1, false, false}},
     SK_PROOF_POSSIBLE},
    {"a prefix of the own team",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:Stop*\",\"Resource\":\"*\","
     "\"Condition\":{\"StringLike\":{\"sagemaker:ResourceTag/Team\":\"${aws:PrincipalTag/"
     "Team}*\"}}}]",
     "sagemaker:StopTrainingJob", JOB, NULL, NOT_OWN, SK_PROOF_POSSIBLE},
    {"IfExists lets untagged through",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:Stop*\",\"Resource\":\"*\","
     "\"Condition\":{\"StringEqualsIfExists\":{\"aws:ResourceTag/Team\":\"fraud\"}}}]",
     "sagemaker:StopTrainingJob", JOB, NULL, NOT_OWN, SK_PROOF_POSSIBLE},
    {"the caller chooses what a deny looks at",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:CreateTrainingJob\",\"Resource\":\"*\"},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"StringEquals\":{\"aws:RequestTag/Team\":\"pricing\"}}}]",
     "sagemaker:CreateTrainingJob",
     JOB,
     NULL,
     {{"aws:RequestTag/Team", SK_GIVEN_NOT, fraud, 1, false, false}},
     SK_PROOF_POSSIBLE},
    {"two conditions in one deny are both needed",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:CreateTrainingJob\",\"Resource\":\"*\"},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"Null\":{\"sagemaker:VpcSubnets\":\"true\",\"sagemaker:VpcSecurityGroupIds\":\"true\"}}}]",
     "sagemaker:CreateTrainingJob",
     JOB,
     NULL,
     {{"sagemaker:VpcSubnets", SK_GIVEN_ABSENT, NULL, 0, false, false}},
     SK_PROOF_POSSIBLE},
    {"two denies close it",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:CreateTrainingJob\",\"Resource\":\"*\"},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"Null\":{\"sagemaker:VpcSubnets\":\"true\"}}},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"Null\":{\"sagemaker:VpcSecurityGroupIds\":\"true\"}}}]",
     "sagemaker:CreateTrainingJob",
     JOB,
     NULL,
     {{"sagemaker:VpcSubnets", SK_GIVEN_ABSENT, NULL, 0, false, false}},
     SK_PROOF_NEVER},
    {"a tag key in other case is another tag",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:CreateTrainingJob\",\"Resource\":\"*\","
     "\"Condition\":{\"StringEquals\":{\"aws:RequestTag/Team\":\"fraud\"}}},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"ForAnyValue:StringNotEquals\":{\"aws:TagKeys\":\"Team\"}}}]",
     "sagemaker:CreateTrainingJob",
     JOB,
     NULL,
     {{"aws:TagKeys", SK_GIVEN_OTHER, team_key, 1, false, false}},
     SK_PROOF_NEVER},
    {"a list of something, and nothing of that in it",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:CreateTrainingJob\",\"Resource\":\"*\","
     "\"Condition\":{\"ForAnyValue:StringNotLike\":{\"sagemaker:VpcSubnets\":\"subnet-a\"}}},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
     "\"Condition\":{\"ForAnyValue:StringLike\":{\"sagemaker:VpcSubnets\":\"subnet-a\"}}}]",
     "sagemaker:CreateTrainingJob",
     JOB,
     NULL,
     {{0}},
     SK_PROOF_POSSIBLE},
    {"a tag in another case",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:AddTags\",\"Resource\":\"*\",\"Condition\":{"
     "\"StringEquals\":{\"aws:RequestTag/Team\":\"fraud\"}}},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":[\"Team\",\"team\"]}}}]",
     "sagemaker:AddTags",
     JOB,
     NULL,
     {{"aws:TagKeys", SK_GIVEN_CONTAINS, team_key, 1, false, true}},
     SK_PROOF_POSSIBLE},
    {"a tag in no case",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:AddTags\",\"Resource\":\"*\",\"Condition\":{"
     "\"StringEquals\":{\"aws:RequestTag/Team\":\"fraud\"}}},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"ForAnyValue:StringEqualsIgnoreCase\":{\"aws:TagKeys\":\"team\"}}}]",
     "sagemaker:AddTags",
     JOB,
     NULL,
     {{"aws:TagKeys", SK_GIVEN_CONTAINS, team_key, 1, false, true}},
     SK_PROOF_NEVER},
    {"a tag beside others that mean the same",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:AddTags\",\"Resource\":\"*\",\"Condition\":{"
     "\"Null\":{\"aws:RequestTag/Team\":\"true\"},"
     "\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":[\"Team\",\"CostCenter\"]}}}]",
     "sagemaker:AddTags",
     JOB,
     NULL,
     {{0}},
     SK_PROOF_POSSIBLE},
    {"more values than lists are gone through",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:CreateTrainingJob\",\"Resource\":\"*\"},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"ForAnyValue:StringNotEquals\":{\"sagemaker:VpcSubnets\":[" MANY_VALUES "]}}},"
     "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
     "\"ForAnyValue:StringEquals\":{\"sagemaker:VpcSubnets\":[" MANY_VALUES "]}}}]",
     "sagemaker:CreateTrainingJob",
     JOB,
     NULL,
     {{"sagemaker:VpcSubnets", SK_GIVEN_CONTAINS, some_subnets, 2, false, false}},
     SK_PROOF_NEVER},
    {"removing a tag",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:DeleteTags\",\"Resource\":\"*\"}]",
     "sagemaker:DeleteTags",
     JOB,
     NULL,
     {{"aws:TagKeys", SK_GIVEN_CONTAINS, team_key, 1, false, false}},
     SK_PROOF_POSSIBLE},
    {"removing any but that tag",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:DeleteTags\",\"Resource\":\"*\","
     "\"Condition\":{\"ForAllValues:StringNotEquals\":{\"aws:TagKeys\":\"Team\"}}}]",
     "sagemaker:DeleteTags",
     JOB,
     NULL,
     {{"aws:TagKeys", SK_GIVEN_CONTAINS, team_key, 1, false, false}},
     SK_PROOF_NEVER},
    {"a role pattern that takes another's role",
     "[{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"arn:aws:iam::*:role/"
     "fraud*\"}]",
     "iam:PassRole",
     "arn:aws:iam::111122223333:role/*",
     "arn:aws:iam::111122223333:role/fraud",
     {{0}},
     SK_PROOF_POSSIBLE},
    {"only the own role",
     "[{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"arn:aws:iam::*:role/"
     "fraud\"}]",
     "iam:PassRole",
     "arn:aws:iam::111122223333:role/*",
     "arn:aws:iam::111122223333:role/fraud",
     {{0}},
     SK_PROOF_NEVER},
    {"from elsewhere",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:StopTrainingJob\",\"Resource\":\"*\","
     "\"Condition\":{\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}}]",
     "sagemaker:StopTrainingJob",
     JOB,
     NULL,
     {{0}},
     SK_PROOF_POSSIBLE},
    {"what the principal is cannot be chosen",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:StopTrainingJob\",\"Resource\":\"*\","
     "\"Condition\":{\"StringEquals\":{\"aws:PrincipalTag/Team\":\"pricing\"}}}]",
     "sagemaker:StopTrainingJob",
     JOB,
     NULL,
     {{0}},
     SK_PROOF_NEVER},
    {"a variable that the caller fills",
     "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:AddTags\",\"Resource\":\"*\",\"Condition\":{"
     "\"StringEquals\":{\"aws:RequestTag/Team\":\"${aws:ResourceTag/Team}\"}}}]",
     "sagemaker:AddTags", JOB, NULL, NOT_OWN, SK_PROOF_POSSIBLE},
};

static json_t *base_of(const char *tag)
{
    return json_pack("{s:{s:s,s:{s:s}}}", "principal", "arn",
                     "arn:aws:sts::111122223333:assumed-role/fraud/SageMaker", "tags", "Team", tag);
}

static void ask(const json_t *base, const json_t *document, const struct sk_proof_question *asked,
                struct sk_proof_answer *answer)
{
    struct sk_err err = {0};
    struct sk_proof_shelf *shelf = sk_proof_shelf_new(NULL);
    struct sk_proof_policies *policies = NULL;
    struct sk_proof_document source = {SK_LAYER_IDENTITY, 0, "policy", document};
    assert_int_equal(sk_proof_policies_new(shelf, &source, 1, &policies, &err), 0);
    struct sk_proof_question question = *asked;
    question.base = base;
    assert_int_equal(sk_proof_ask(shelf, policies, &question, answer, &err), 0);
    sk_proof_policies_free(policies);
    sk_proof_shelf_free(shelf);
}

/* Decides the answer's request by itself, for whoever makes it or the principal in `base`, with the
 * policy; it must be allowed, or must not be. */
static void replay(const char *name, const struct sk_proof_answer *answer, const json_t *base,
                   const json_t *document, bool allowed)
{
    struct sk_err err = {0};
    json_auto_t *question = json_deep_copy(answer->request);
    if (base)
        json_object_update(question, (json_t *)base);
    json_object_set_new(question, "identityPolicies", json_pack("[O]", document));
    json_auto_t *decided = sk_policy_decide_json(question, &err);
    const char *decision = json_string_value(json_object_get(decided, "decision"));
    if (!decision || (strcmp(decision, "Allowed") == 0) != allowed) {
        char *text = json_dumps(question, 0);
        fail_msg("%s: %s for %s", name, decision ? decision : sk_err_message(&err), text);
    }
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_auto_t *base = base_of("fraud");
        json_auto_t *document = json_pack("{s:s,s:o}", "Version", "2012-10-17", "Statement",
                                          parse(cases[i].statements));
        size_t givens = 0;
        while (givens < GIVEN_MAX && cases[i].givens[givens].key)
            givens++;
        struct sk_proof_question question = {
            .action = cases[i].action,
            .resource = cases[i].resource,
            .except = &cases[i].except,
            .except_count = cases[i].except ? 1 : 0,
            .givens = cases[i].givens,
            .given_count = givens,
        };
        struct sk_proof_answer answer = {0};
        ask(base, document, &question, &answer);
        if (answer.outcome != cases[i].outcome)
            fail_msg("%s: outcome %d instead of %d (%s)", cases[i].name, (int)answer.outcome,
                     (int)cases[i].outcome, answer.unknown ? answer.unknown : "");
        assert_true(answer.classes > 0);
        if (answer.outcome == SK_PROOF_POSSIBLE) {
            replay(cases[i].name, &answer, NULL, document, true);
            assert_true(json_array_size(answer.because) > 0);
        }
        sk_proof_answer_done(&answer);
    }
}

/* ---- generated worlds ---- */

static uint64_t seed;

static unsigned below(unsigned bound)
{
    return sk_random_below(&seed, bound);
}

#define PICK(list) ((list)[below(sizeof(list) / sizeof((list)[0]))])

#define ACTION    "sagemaker:CreateTrainingJob"
#define ARN(name) "arn:aws:sagemaker:eu-west-1:111122223333:training-job/" name

static const char *const resource_patterns[] = {
    "*",
    ARN("a*"),
    ARN("*b"),
    ARN("${aws:PrincipalTag/Team}"),
    ARN("?"),
    "arn:aws:sagemaker:*:*:t*",
    "arn:aws:sagemaker:*:*:model/*", /* nothing that is asked about */
};
static const char *const resource_names[] = {ARN("a"),  ARN("b"), ARN("ab"), ARN("ax"),
                                             ARN("xb"), ARN("x"), ARN("xx"), ARN("t")};
static const char *const text_operators[] = {
    "StringEquals",          "StringNotEquals",    "StringLike",
    "StringNotLike",         "StringLikeIfExists", "StringNotEqualsIfExists",
    "StringEqualsIgnoreCase"};
static const char *const list_operators[] = {"ForAnyValue:StringLike", "ForAllValues:StringLike",
                                             "ForAnyValue:StringNotLike",
                                             "ForAllValues:StringNotLike"};
static const char *const text_values[] = {"a", "b", "a*", "*b", "t", "${aws:PrincipalTag/Team}",
                                          "?"};
static const char *const number_operators[] = {
    "NumericLessThan", "NumericEquals", "NumericGreaterThanEqualsIfExists", "NumericNotEquals"};
static const char *const number_values[] = {"2", "4", "6"};

/* What the brute force tries; absence is tried too. */
static const char *const tried_texts[] = {"a", "b", "ab", "ax", "xb", "x",  "xx", "t", "A",
                                          "T", "B", "*b", "a*", "?",  "??", "*B", "A*"};
static const char *const tried_numbers[] = {"1", "2", "3", "4", "5", "6", "7"};
static const char *const tried_subnets[] = {"a", "b", "ab", "x", "t", "xx"};

static json_t *random_condition(void)
{
    json_t *condition = json_object();
    unsigned count = below(3);
    for (unsigned i = 0; i < count; i++) {
        const char *key = NULL;
        const char *operator_ = NULL;
        const char *value = NULL;
        switch (below(4)) {
        case 0:
            key = "aws:RequestTag/Team";
            operator_ = PICK(text_operators);
            value = PICK(text_values);
            break;
        case 1:
            key = "sagemaker:VpcSubnets";
            operator_ = PICK(list_operators);
            value = PICK(text_values);
            break;
        case 2:
            key = "aws:MultiFactorAuthAge";
            operator_ = PICK(number_operators);
            value = PICK(number_values);
            break;
        default:
            key = below(2) ? "aws:RequestTag/Team" : "sagemaker:VpcSubnets";
            operator_ = "Null";
            value = below(2) ? "true" : "false";
            break;
        }
        json_t *keys = json_object_get(condition, operator_);
        if (!keys)
            json_object_set_new(condition, operator_, keys = json_object());
        json_t *values = json_pack("[s]", value);
        if (strstr(operator_, "String") && below(3) == 0) /* which means the same as either */
            json_array_append_new(values, json_string(PICK(text_values)));
        json_object_set_new(keys, key, values);
    }
    return condition;
}

static json_t *random_document(void)
{
    json_t *statements = json_array();
    unsigned count = 1 + below(4);
    for (unsigned i = 0; i < count; i++) {
        json_t *statement = json_object();
        json_object_set_new(statement, "Effect", json_string(below(5) < 3 ? "Allow" : "Deny"));
        json_object_set_new(statement, "Action", json_string(below(3) ? "sagemaker:Create*" : "*"));
        json_object_set_new(statement, below(5) ? "Resource" : "NotResource",
                            json_string(PICK(resource_patterns)));
        json_object_set_new(statement, "Condition", random_condition());
        json_array_append_new(statements, statement);
    }
    return json_pack("{s:s,s:o}", "Version", "2012-10-17", "Statement", statements);
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* A principal and the one policy it has, for brute force. */
struct side {
    struct sk_policy_set *set;
    struct sk_request *request;
};

static struct side side_of(const json_t *base, const json_t *document)
{
    struct sk_err err = {0};
    struct sk_policy_source source = {"policy", document};
    struct side side = {.request = sk_request_new()};
    json_auto_t *whole = json_copy((json_t *)base);
    json_object_set_new(whole, "action", json_string(ACTION));
    assert_int_equal(sk_policy_decide_request(whole, side.request, &err), 0);
    assert_int_equal(sk_policy_set_new(&source, 1, SK_SET_COMPLETE_ARNS, &side.set, &err), 0);
    return side;
}

static void side_done(struct side *side)
{
    sk_policy_set_free(side->set);
    sk_request_free(side->request);
}

static bool allows(const struct side *side)
{
    const struct sk_layers layers = {.identity = side->set};
    return sk_policy_decide(&layers, side->request) == SK_DECISION_ALLOWED;
}

static void put(const struct side *sides, size_t count, const char *key, const char *const *values,
                size_t value_count)
{
    for (size_t i = 0; i < count; i++)
        sk_request_put(sides[i].request, key, values, value_count);
}

/* Whether any of the requests over the small alphabet is allowed to the first side, and not to the
 * second, if there is one. */
static bool brute_force(const struct side *sides, size_t count)
{
    bool found = false;
    for (size_t r = 0; !found && r < COUNT(resource_names); r++) {
        for (size_t i = 0; i < count; i++)
            sk_request_set_resource(sides[i].request, resource_names[r], NULL);
        for (size_t t = 0; !found && t <= COUNT(tried_texts); t++) {
            put(sides, count, "aws:RequestTag/Team", tried_texts + t, t < COUNT(tried_texts));
            for (size_t n = 0; !found && n <= COUNT(tried_numbers); n++) {
                put(sides, count, "aws:MultiFactorAuthAge", tried_numbers + n,
                    n < COUNT(tried_numbers));
                for (size_t s = 0; !found && s < 1U << COUNT(tried_subnets); s++) {
                    const char *subnets[COUNT(tried_subnets)];
                    size_t chosen = 0;
                    for (size_t i = 0; i < COUNT(tried_subnets); i++) {
                        if (s >> i & 1)
                            subnets[chosen++] = tried_subnets[i];
                    }
                    put(sides, count, "sagemaker:VpcSubnets", subnets, chosen);
                    found = allows(&sides[0]) && (count < 2 || !allows(&sides[1]));
                }
            }
        }
    }
    return found;
}

static void check_world(uint64_t number)
{
    json_auto_t *base = base_of("t");
    json_auto_t *document = random_document();
    struct sk_proof_question question = {.action = ACTION, .resource = ARN("*")};
    struct sk_proof_answer answer = {0};
    ask(base, document, &question, &answer);
    assert_int_not_equal(answer.outcome, SK_PROOF_UNKNOWN);
    if (answer.outcome == SK_PROOF_POSSIBLE) {
        replay("generated world", &answer, NULL, document, true);
    } else {
        struct side side = side_of(base, document);
        if (brute_force(&side, 1))
            fail_msg("seed %llu: brute force found one, the question none: %s",
                     (unsigned long long)number, json_dumps(document, 0));
        side_done(&side);
    }
    sk_proof_answer_done(&answer);
}

/* What one document allows and another does not: the second is the first with a statement more,
 * less or replaced, for the same team or another. */
static json_t *altered(const json_t *document)
{
    json_t *copy = json_deep_copy(document);
    json_t *statements = json_object_get(copy, "Statement");
    json_auto_t *others = random_document();
    json_t *other = json_array_get(json_object_get(others, "Statement"), 0);
    unsigned way = below(3);
    if (way == 0)
        json_array_append(statements, other);
    else if (way == 1)
        json_array_set(statements, below((unsigned)json_array_size(statements)), other);
    else
        json_array_remove(statements, below((unsigned)json_array_size(statements)));
    return copy;
}

static void check_difference(uint64_t number)
{
    json_auto_t *base = base_of("t");
    json_auto_t *other_base = base_of(below(3) ? "t" : "a");
    json_auto_t *document = random_document();
    json_auto_t *other_document = altered(document);
    struct sk_err err = {0};
    struct sk_proof_shelf *shelf = sk_proof_shelf_new(NULL);
    const struct sk_proof_document mine = {SK_LAYER_IDENTITY, 0, "policy", document};
    const struct sk_proof_document others = {SK_LAYER_IDENTITY, 0, "policy", other_document};
    struct sk_proof_policies *policies = NULL;
    struct sk_proof_policies *unless = NULL;
    assert_int_equal(sk_proof_policies_new(shelf, &mine, 1, &policies, &err), 0);
    assert_int_equal(sk_proof_policies_new(shelf, &others, 1, &unless, &err), 0);
    struct sk_proof_question question = {.base = base,
                                         .action = ACTION,
                                         .resource = ARN("*"),
                                         .unless = unless,
                                         .unless_base = other_base};
    struct sk_proof_answer whole = {0};
    assert_int_equal(sk_proof_ask(shelf, policies, &question, &whole, &err), 0);
    assert_int_not_equal(whole.outcome, SK_PROOF_UNKNOWN);
    bool differs = whole.outcome == SK_PROOF_POSSIBLE;
    if (differs) {
        replay("what is allowed", &whole, NULL, document, true);
        replay("what is not", &whole, other_base, other_document, false);
    } else {
        struct side sides[] = {side_of(base, document), side_of(other_base, other_document)};
        if (brute_force(sides, 2))
            fail_msg("seed %llu: brute force found a difference, the question none: %s; %s",
                     (unsigned long long)number, json_dumps(document, 0),
                     json_dumps(other_document, 0));
        side_done(&sides[0]);
        side_done(&sides[1]);
    }
    assert_int_equal(differs, whole.unless_because != NULL);
    /* Each such request goes through one of the allows. */
    bool through = false;
    for (size_t i = 0; i < policies->statement_count; i++) {
        struct sk_proof_answer part = {0};
        question.through = &policies->statements[i];
        question.through_resource = SIZE_MAX;
        assert_int_equal(sk_proof_ask(shelf, policies, &question, &part, &err), 0);
        assert_true(part.outcome != SK_PROOF_POSSIBLE || !policies->statements[i].deny);
        through |= part.outcome == SK_PROOF_POSSIBLE;
        sk_proof_answer_done(&part);
    }
    assert_int_equal(through, differs);
    sk_proof_answer_done(&whole);
    sk_proof_policies_free(policies);
    sk_proof_policies_free(unless);
    sk_proof_shelf_free(shelf);
}

/* ---- through one statement and one of its resources ---- */

struct through_case {
    const char *name;
    const char *before; /* statements; NULL: nothing to compare with */
    size_t statement, resource;
    enum sk_proof_outcome outcome;
};

#define JOB_NAMED(name) "arn:aws:sagemaker:eu-west-1:111122223333:training-job/" name
#define STOP_AFTER                                                                                 \
    "[{\"Sid\":\"Old\",\"Effect\":\"Allow\",\"Action\":\"sagemaker:StopTrainingJob\","             \
    "\"Resource\":[\"" JOB_NAMED("a*") "\",\"" JOB_NAMED("b*") "\",\"" JOB_NAMED(                  \
        "${aws:username}") "\"]},"                                                                 \
                           "{\"Sid\":\"New\",\"Effect\":\"Allow\",\"Action\":\"sagemaker:Stop*\"," \
                           "\"Resource\":\"*\","                                                   \
                           "\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/"                   \
                           "Team\":\"${aws:PrincipalTag/"                                          \
                           "Team}\"}}}]"
#define STOP_BEFORE                                                                                \
    "[{\"Effect\":\"Allow\",\"Action\":\"sagemaker:StopTrainingJob\",\"Resource\":[\"" JOB_NAMED(  \
        "a*") "\"]}]"

static const struct through_case through_cases[] = {
    {"a resource that was there", STOP_BEFORE, 0, 0, SK_PROOF_NEVER},
    {"a resource that came", STOP_BEFORE, 0, 1, SK_PROOF_POSSIBLE},
    {"a resource that no request has", STOP_BEFORE, 0, 2, SK_PROOF_NEVER},
    {"any resource of the statement", STOP_BEFORE, 0, SIZE_MAX, SK_PROOF_POSSIBLE},
    {"another statement", STOP_BEFORE, 1, 0, SK_PROOF_POSSIBLE},
    {"nothing before", NULL, 0, 0, SK_PROOF_POSSIBLE},
    {"the same before", STOP_AFTER, 1, 0, SK_PROOF_NEVER},
};

static void test_through(void **state)
{
    (void)state;
    struct sk_err err = {0};
    json_auto_t *base = base_of("fraud");
    for (size_t i = 0; i < COUNT(through_cases); i++) {
        const struct through_case *item = &through_cases[i];
        struct sk_proof_shelf *shelf = sk_proof_shelf_new(NULL);
        json_auto_t *after =
            json_pack("{s:s,s:o}", "Version", "2012-10-17", "Statement", parse(STOP_AFTER));
        json_auto_t *before = json_pack("{s:s,s:o}", "Version", "2012-10-17", "Statement",
                                        item->before ? parse(item->before) : json_array());
        const struct sk_proof_document documents[] = {{SK_LAYER_IDENTITY, 0, "after", after},
                                                      {SK_LAYER_IDENTITY, 0, "before", before}};
        struct sk_proof_policies *policies = NULL;
        struct sk_proof_policies *unless = NULL;
        assert_int_equal(sk_proof_policies_new(shelf, &documents[0], 1, &policies, &err), 0);
        assert_int_equal(sk_proof_policies_new(shelf, &documents[1], 1, &unless, &err), 0);
        const struct sk_proof_question question = {
            .base = base,
            .action = "sagemaker:StopTrainingJob",
            .resource = JOB,
            .unless = item->before ? unless : NULL,
            .unless_base = item->before ? base : NULL,
            .through = &policies->statements[item->statement],
            .through_resource = item->resource,
        };
        struct sk_proof_answer answer = {0};
        assert_int_equal(sk_proof_ask(shelf, policies, &question, &answer, &err), 0);
        if (answer.outcome != item->outcome)
            fail_msg("%s: outcome %d instead of %d (%s)", item->name, (int)answer.outcome,
                     (int)item->outcome, answer.unknown ? answer.unknown : "");
        sk_proof_answer_done(&answer);
        sk_proof_policies_free(policies);
        sk_proof_policies_free(unless);
        sk_proof_shelf_free(shelf);
    }
}

static void test_brute_force(void **state)
{
    (void)state;
    uint64_t from = sk_random_setting("SK_SEED", DEFAULT_SEED);
    uint64_t worlds = sk_random_setting("SK_COUNT", DEFAULT_COUNT);
    printf("seed %llu, %llu worlds\n", (unsigned long long)from, (unsigned long long)worlds);
    for (uint64_t i = 0; i < worlds; i++) {
        seed = from + i;
        check_world(from + i);
        if (i % 3 == 0)
            check_difference(from + i);
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_through),
        cmocka_unit_test(test_brute_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
