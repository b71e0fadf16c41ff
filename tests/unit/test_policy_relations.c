/* Relations between decisions that must hold for any policy: the order of statements, splitting
 * them, adding what is unrelated, and writing the document in canonical form change nothing; adding
 * an allow takes nothing away. Policies and requests come from a seeded generator; SK_SEED and
 * SK_COUNT in the environment choose others. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sk_random.h"
#include "sk_test.h"

#include "base/alloc.h"
#include "policy/document.h"
#include "policy/evaluate.h"
#include "policy/suppose.h"

#define DEFAULT_SEED  20240607
#define DEFAULT_COUNT 600

static uint64_t seed;

static unsigned below(unsigned bound)
{
    return sk_random_below(&seed, bound);
}

#define PICK(list) ((list)[below(sizeof(list) / sizeof((list)[0]))])

static const char *const actions[] = {"s3:GetObject", "s3:PutObject", "sagemaker:CreateApp",
                                      "sagemaker:DeleteModel"};
static const char *const action_patterns[] = {
    "s3:GetObject",      "S3:*",        "*",        "s3:?etObject",
    "sagemaker:Create*", "sagemaker:*", "*:*Model", "sagemaker:deletemodel"};
static const char *const resources[] = {"arn:aws:s3:::team-a/x", "arn:aws:s3:::team-b/x/y",
                                        "arn:aws:sagemaker:eu-west-1:111122223333:model/m", "*"};
static const char *const resource_patterns[] = {"*",
                                                "arn:aws:s3:::*",
                                                "arn:aws:s3:::${aws:PrincipalTag/Team}/*",
                                                "arn:aws:s3:::team-?/x",
                                                "arn:aws:sagemaker:*:*:model/*",
                                                "arn:aws:s3:::${a:none, 'team-b'}/*",
                                                "arn:aws:s3:::${a:none}/*"};
static const char *const operators[] = {"StringEquals",
                                        "StringNotEquals",
                                        "StringLike",
                                        "StringNotLikeIfExists",
                                        "stringequalsignorecase",
                                        "ForAnyValue:StringEquals",
                                        "ForAllValues:StringLike",
                                        "Null",
                                        "NumericLessThan",
                                        "Bool",
                                        "IpAddress",
                                        "NotIpAddressIfExists",
                                        "ArnLike",
                                        "DateLessThan"};
static const char *const keys[] = {"a:k", "A:K", "aws:PrincipalTag/Team", "aws:ResourceTag/team",
                                   "a:n"};
static const char *const values[] = {"team-a",     "team-*", "true",           "false",     "5",
                                     "10.0.0.0/8", "${a:k}", "arn:aws:s3:::*", "2024-01-01"};
static const char *const context_values[] = {"team-a",   "team-b",         "true",       "4",
                                             "10.1.1.1", "arn:aws:s3:::b", "2023-01-01", ""};

/* One to three picks, as a scalar now and then. */
static json_t *some(const char *const *list, unsigned size)
{
    json_t *array = json_array();
    unsigned count = 1 + below(3);
    for (unsigned i = 0; i < count; i++)
        json_array_append_new(array, json_string(list[below(size)]));
    if (count > 1 || below(2))
        return array;
    json_t *only = json_incref(json_array_get(array, 0));
    json_decref(array);
    return only;
}

#define SOME(list) some(list, sizeof(list) / sizeof((list)[0]))

static json_t *make_statement(void)
{
    json_t *statement = json_object();
    if (below(2))
        json_object_set_new(statement, "Sid", json_sprintf("S%u", below(1000000)));
    json_object_set_new(statement, "Effect", json_string(below(3) ? "Allow" : "Deny"));
    json_object_set_new(statement, below(6) ? "Action" : "NotAction", SOME(action_patterns));
    json_object_set_new(statement, below(6) ? "Resource" : "NotResource", SOME(resource_patterns));
    if (below(2)) {
        json_t *block = json_object();
        json_object_set_new(block, PICK(keys), SOME(values));
        json_object_set_new(statement, "Condition", json_pack("{s:o}", PICK(operators), block));
    }
    return statement;
}

static json_t *make_document(void)
{
    json_t *list = json_array();
    unsigned count = 1 + below(5);
    for (unsigned i = 0; i < count; i++)
        json_array_append_new(list, make_statement());
    json_t *document = json_pack("{s:o}", "Statement", list);
    if (below(8))
        json_object_set_new(document, "Version", json_string("2012-10-17"));
    return document;
}

static struct sk_request *make_request(void)
{
    struct sk_request *request = sk_request_new();
    struct sk_principal principal = {.arn = "arn:aws:sts::111122223333:assumed-role/dev/s"};
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_request_set_principal(request, &principal, &err), &err);
    sk_request_set_action(request, PICK(actions));
    sk_request_set_resource(request, PICK(resources), NULL);
    if (below(2))
        sk_request_put_tag(request, SK_TAG_PRINCIPAL, "team", below(2) ? "team-a" : "team-b");
    if (below(2))
        sk_request_put_tag(request, SK_TAG_RESOURCE, "Team", "team-a");
    if (below(2)) {
        const char *two[] = {PICK(context_values), PICK(context_values)};
        sk_request_put(request, "a:k", two, below(3));
    }
    return request;
}

static enum sk_decision decide(const json_t *document, struct sk_request *request)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_policy_source source = {"p", document};
    struct sk_policy_set *set = NULL;
    ASSERT_OK(sk_policy_set_new(&source, 1, SK_SET_COMPLETE_ARNS, &set, &err), &err);
    struct sk_layers layers = {.identity = set};
    struct sk_verdict verdict;
    sk_policy_evaluate(&layers, request, &verdict);
    enum sk_decision quick = sk_policy_decide(&layers, request);
    sk_policy_set_free(set);
    assert_int_equal(quick, verdict.decision);
    return quick;
}

static json_t *statements_of(json_t *document)
{
    return json_object_get(document, "Statement");
}

static json_t *reversed(const json_t *document)
{
    json_t *copy = json_deep_copy(document);
    json_t *list = json_array();
    for (size_t i = json_array_size(statements_of(copy)); i-- > 0;)
        json_array_append(list, json_array_get(statements_of(copy), i));
    json_object_set_new(copy, "Statement", list);
    return copy;
}

/* Every statement with a list of actions becomes one statement per action. */
static json_t *split(const json_t *document)
{
    json_t *copy = json_deep_copy(document);
    json_t *list = json_array();
    size_t index;
    json_t *statement;
    json_array_foreach(statements_of(copy), index, statement)
    {
        const json_t *several = json_object_get(statement, "Action");
        if (!json_is_array(several)) {
            json_array_append(list, statement);
            continue;
        }
        for (size_t i = 0; i < json_array_size(several); i++) {
            json_t *one = json_deep_copy(statement);
            json_object_set(one, "Action", json_array_get(several, i));
            json_array_append_new(list, one);
        }
    }
    json_object_set_new(copy, "Statement", list);
    return copy;
}

static json_t *with_statement(const json_t *document, const char *effect, const char *action)
{
    json_t *copy = json_deep_copy(document);
    json_array_insert_new(
        statements_of(copy), 0,
        json_pack("{s:s, s:s, s:s}", "Effect", effect, "Action", action, "Resource", "*"));
    return copy;
}

static void expect_same(const char *what, const json_t *document, json_t *changed,
                        struct sk_request *request, enum sk_decision before)
{
    json_auto_t *owned = changed;
    enum sk_decision after = decide(owned, request);
    if (after == before)
        return;
    sk_auto(sk_freep) char *text = sk_policy_text(document);
    fail_msg("%s turns %s into %s: %s on %s of %s", what, sk_decision_name(before),
             sk_decision_name(after), request->action, request->resource, text);
}

/* Whichever keys are called unknown: what the least form allows is allowed, and what the most form
 * does not allow is not. */
static bool key_is_known(const char *key, void *data)
{
    const unsigned *unknown = data;
    return ((unsigned char)key[strlen(key) - 1] & 1U) != (*unknown & 1U) && *unknown < 2;
}

static void expect_bounds(const json_t *document, struct sk_request *request,
                          enum sk_decision before)
{
    unsigned unknown = below(3);
    json_auto_t *least = sk_policy_suppose(document, SK_SUPPOSE_LEAST, key_is_known, &unknown);
    json_auto_t *most = sk_policy_suppose(document, SK_SUPPOSE_MOST, key_is_known, &unknown);
    enum sk_decision at_least = decide(least, request);
    enum sk_decision at_most = decide(most, request);
    if (at_least == SK_DECISION_ALLOWED)
        assert_int_equal(before, SK_DECISION_ALLOWED);
    if (before == SK_DECISION_ALLOWED)
        assert_int_equal(at_most, SK_DECISION_ALLOWED);
    if (at_most == SK_DECISION_FORBIDDEN)
        assert_int_equal(before, SK_DECISION_FORBIDDEN);
    json_auto_t *exact = sk_policy_suppose(document, SK_SUPPOSE_EXACT, key_is_known, &unknown);
    assert_int_equal(decide(exact, request), before);
}

static void expect_relations(const json_t *document, struct sk_request *request)
{
    enum sk_decision before = decide(document, request);
    expect_same("reversing the statements", document, reversed(document), request, before);
    expect_same("splitting statements", document, split(document), request, before);
    expect_same("an unrelated allow", document, with_statement(document, "Allow", "x:Unrelated"),
                request, before);
    expect_same("an unrelated deny", document, with_statement(document, "Deny", "x:Unrelated"),
                request, before);
    expect_same("the canonical form", document, sk_policy_canonical(document), request, before);
    expect_bounds(document, request, before);
    json_auto_t *wider = with_statement(document, "Allow", "*");
    enum sk_decision more = decide(wider, request);
    assert_int_equal(more == SK_DECISION_FORBIDDEN, before == SK_DECISION_FORBIDDEN);
    assert_true(more != SK_DECISION_DENIED);
    json_auto_t *narrower = with_statement(document, "Deny", "*");
    assert_int_equal(decide(narrower, request), SK_DECISION_FORBIDDEN);
}

static void decisions_keep_their_relations(void **state)
{
    (void)state;
    seed = sk_random_setting("SK_SEED", DEFAULT_SEED);
    unsigned long count = sk_random_setting("SK_COUNT", DEFAULT_COUNT);
    print_message("seed %llu, %lu policies\n", (unsigned long long)seed, count);
    unsigned long decided[3] = {0};
    for (unsigned long i = 0; i < count; i++) {
        json_auto_t *document = make_document();
        for (int r = 0; r < 4; r++) {
            struct sk_request *request = make_request();
            expect_relations(document, request);
            decided[decide(document, request)]++;
            sk_request_free(request);
        }
    }
    for (int i = 0; i < 3; i++)
        print_message("decided %s: %lu\n", sk_decision_name((enum sk_decision)i), decided[i]);
    /* the generator has to reach all decisions, or the relations say little */
    for (int i = 0; i < 3; i++)
        assert_true(decided[i] * 20 > count);
}

static void large_sets_are_compiled(void **state)
{
    (void)state;
    json_auto_t *list = json_array();
    for (unsigned i = 0; i < 10000; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "Effect", "Allow", "Action",
                                              i % 2 ? "s3:Get*" : "s3:GetObject", "Resource",
                                              "arn:aws:s3:::*a*a*a*a*b"));
    json_auto_t *document = json_pack("{s:s, s:O}", "Version", "2012-10-17", "Statement", list);
    struct sk_request *request = sk_request_new();
    struct sk_principal principal = {.arn = "arn:aws:iam::111122223333:user/x"};
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_request_set_principal(request, &principal, &err), &err);
    sk_request_set_action(request, "s3:GetObject");
    char resource[1024] = "arn:aws:s3:::";
    memset(resource + strlen(resource), 'a', 900);
    sk_request_set_resource(request, resource, NULL);
    assert_int_equal(decide(document, request), SK_DECISION_DENIED);
    resource[912] = 'b';
    sk_request_set_resource(request, resource, NULL);
    assert_int_equal(decide(document, request), SK_DECISION_ALLOWED);
    sk_request_free(request);

    json_array_append_new(list, make_statement());
    struct sk_policy_source source = {"big", document};
    struct sk_policy_set *set = NULL;
    assert_int_equal(sk_policy_set_new(&source, 1, 0, &set, &err), SK_E_BOUND);
    assert_string_equal(err.msg, "policy 'big' has more than 10000 statements");
}

/* Deciding leaves the request as it was: the same request can be decided on again and again. */
static void requests_can_be_reused(void **state)
{
    (void)state;
    json_auto_t *document =
        json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "Version", "2012-10-17", "Statement", "Effect",
                  "Allow", "Action", "s3:*", "Resource", "arn:aws:s3:::${aws:PrincipalTag/Team}/*");
    struct sk_policy_source source = {"p", document};
    struct sk_policy_set *set = NULL;
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_policy_set_new(&source, 1, 0, &set, &err), &err);
    struct sk_layers layers = {.identity = set};
    struct sk_request *request = sk_request_new();
    struct sk_principal principal = {.arn = "arn:aws:sts::111122223333:assumed-role/dev/s"};
    for (int round = 0; round < 3; round++) {
        ASSERT_OK(sk_request_set_principal(request, &principal, &err), &err);
        sk_request_put_tag(request, SK_TAG_PRINCIPAL, "Team", round == 1 ? "b" : "a");
        sk_request_set_action(request, "s3:GetObject");
        sk_request_set_resource(request, "arn:aws:s3:::a/x", NULL);
        assert_int_equal(sk_policy_decide(&layers, request),
                         round == 1 ? SK_DECISION_DENIED : SK_DECISION_ALLOWED);
        sk_request_set_resource(request, "arn:aws:s3:::b/x", NULL);
        assert_int_equal(sk_policy_decide(&layers, request),
                         round == 1 ? SK_DECISION_ALLOWED : SK_DECISION_DENIED);
        sk_request_clear(request);
        assert_int_equal(sk_policy_decide(&layers, request), SK_DECISION_DENIED);
    }
    sk_request_free(request);
    sk_policy_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_keep_their_relations),
        cmocka_unit_test(large_sets_are_compiled),
        cmocka_unit_test(requests_can_be_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
