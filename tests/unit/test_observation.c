/* Questions, answers and passes of an observation, with a kind that asks as real ones do. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "plan/kind.h"
#include "plan/observation.h"
#include "plan_fixture.h"

/* Lists, then describes each of what is listed, then emits. */
static int read_things(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *list = sk_observe(observation, "shop", "ListThings", json_object());
    const json_t *tags = sk_observe_in(observation, observation->home_region, "tagging",
                                       "GetResources", json_pack("{s:s}", "Type", "thing"));
    if (!list || !tags)
        return 0;
    size_t index;
    json_t *name;
    json_array_foreach(json_object_get(list, "Things"), index, name)
    {
        if (!json_is_string(name))
            return sk_err_set(err, SK_E_PROTOCOL, "a thing without name was answered");
        const json_t *described = sk_observe_versioned(
            observation, "shop", "DescribeThing", json_pack("{s:O}", "Name", name), "7/ready", 7.0);
        if (described)
            sk_observation_emit(observation, json_string_value(name),
                                json_incref((json_t *)described));
    }
    return 0;
}

static const struct sk_attr no_attrs[] = {{.path = NULL}};
static const struct sk_kind thing = {.name = "thing",
                                     .service = "shop",
                                     .noun = "thing",
                                     .scope = SK_SCOPE_REGION,
                                     .attrs = no_attrs,
                                     .read = read_things};

static struct sk_observation begin(void)
{
    return (struct sk_observation){.account = "dev",
                                   .account_id = "111111111111",
                                   .partition = "aws",
                                   .region = "eu-west-1",
                                   .home_region = "us-east-1"};
}

static enum sk_pass run(struct sk_observation *observation)
{
    enum sk_pass pass = SK_PASS_COMPLETE;
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_observation_run(observation, &thing, &pass, &err), &err);
    return pass;
}

/* The next question, which must be this one. */
static struct sk_query *expect(struct sk_observation *observation, const char *operation)
{
    struct sk_query *query = sk_observation_next(observation);
    assert_non_null(query);
    assert_string_equal(query->operation, operation);
    assert_true(query->started);
    return query;
}

static void answer(struct sk_query *query, const char *text)
{
    sk_query_answer(query, js(text), NULL);
}

static void fail_with(struct sk_query *query, enum sk_errc code, const char *message)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    sk_err_set(&err, code, "%s", message);
    sk_query_answer(query, NULL, &err);
}

static void passes_until_nothing_is_asked(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    assert_int_equal(observation.pass_pending, 2);
    struct sk_query *list = expect(&observation, "ListThings");
    assert_string_equal(list->region, "eu-west-1");
    assert_null(list->version);
    struct sk_query *tags = expect(&observation, "GetResources");
    assert_string_equal(tags->region, "us-east-1");
    assert_string_equal(sk_json_text(tags->input, "Type"), "thing");
    assert_null(sk_observation_next(&observation));
    answer(list, "{'Things': ['a', 'b']}");
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    assert_null(sk_observation_next(&observation)); /* nothing new before the tags are there */
    answer(tags, "{}");
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    struct sk_query *a = expect(&observation, "DescribeThing");
    struct sk_query *b = expect(&observation, "DescribeThing");
    assert_string_equal(a->version, "7/ready");
    assert_true(a->version_time_s == 7.0);
    assert_null(sk_observation_next(&observation));
    answer(a, "{'Name': 'a'}");
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    assert_int_equal(observation.documents.count, 0); /* half a listing is none */
    answer(b, "{'Name': 'b'}");
    assert_int_equal(run(&observation), SK_PASS_COMPLETE);
    assert_int_equal(observation.query_count, 4);
    assert_int_equal(observation.documents.count, 2);
    assert_string_equal(observation.documents.items[1]->address, "thing/dev/eu-west-1/b");
    sk_observation_done(&observation);
}

static void empty_is_complete(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    answer(expect(&observation, "ListThings"), "{'Things': []}");
    answer(expect(&observation, "GetResources"), "{}");
    assert_int_equal(run(&observation), SK_PASS_COMPLETE);
    assert_int_equal(observation.documents.count, 0);
    sk_observation_done(&observation);
}

static void a_failed_question_makes_all_unknown(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    answer(expect(&observation, "ListThings"), "{'Things': ['a', 'b']}");
    answer(expect(&observation, "GetResources"), "{}");
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    answer(expect(&observation, "DescribeThing"), "{'Name': 'a'}");
    fail_with(expect(&observation, "DescribeThing"), SK_E_DENIED, "no");
    assert_int_equal(run(&observation), SK_PASS_UNKNOWN);
    assert_int_equal(observation.documents.count, 0);
    assert_non_null(observation.pass_failed);
    assert_int_equal(observation.pass_failed->err.code, SK_E_DENIED);
    assert_string_equal(observation.pass_failed->err.msg, "no");
    sk_observation_done(&observation);
}

static void every_failure_but_absence_is_unknown(void **state)
{
    (void)state;
    static const struct {
        enum sk_errc code;
        enum sk_pass pass;
    } cases[] = {
        {SK_E_DENIED, SK_PASS_UNKNOWN},     {SK_E_CREDENTIALS, SK_PASS_UNKNOWN},
        {SK_E_THROTTLED, SK_PASS_UNKNOWN},  {SK_E_NETWORK, SK_PASS_UNKNOWN},
        {SK_E_PROTOCOL, SK_PASS_UNKNOWN},   {SK_E_CANCELED, SK_PASS_UNKNOWN},
        {SK_E_NOT_FOUND, SK_PASS_COMPLETE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_observation observation = begin();
        assert_int_equal(run(&observation), SK_PASS_PENDING);
        answer(expect(&observation, "ListThings"), "{'Things': ['a']}");
        answer(expect(&observation, "GetResources"), "{}");
        assert_int_equal(run(&observation), SK_PASS_PENDING);
        fail_with(expect(&observation, "DescribeThing"), cases[i].code, "x");
        assert_int_equal(run(&observation), cases[i].pass);
        assert_int_equal(observation.documents.count, 0);
        sk_observation_done(&observation);
    }
}

static void failure_is_known_before_the_rest_is_answered(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    fail_with(expect(&observation, "ListThings"), SK_E_DENIED, "no");
    assert_int_equal(run(&observation), SK_PASS_UNKNOWN);
    sk_observation_done(&observation);
}

static void an_answer_without_sense_is_an_error(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    assert_int_equal(run(&observation), SK_PASS_PENDING);
    answer(expect(&observation, "ListThings"), "{'Things': [7]}");
    answer(expect(&observation, "GetResources"), "{}");
    enum sk_pass pass = SK_PASS_COMPLETE;
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_int_equal(sk_observation_run(&observation, &thing, &pass, &err), SK_E_PROTOCOL);
    assert_int_equal(pass, SK_PASS_UNKNOWN);
    assert_int_equal(observation.documents.count, 0);
    sk_observation_done(&observation);
}

static void equal_questions_are_one(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    observation.kind = &thing;
    assert_null(sk_observe(&observation, "s", "Op", json_pack("{s:i, s:i}", "a", 1, "b", 2)));
    assert_null(sk_observe(&observation, "s", "Op", json_pack("{s:i, s:i}", "b", 2, "a", 1)));
    assert_int_equal(observation.query_count, 1);
    assert_null(sk_observe(&observation, "s", "Op", json_pack("{s:i}", "a", 1)));
    assert_null(sk_observe(&observation, "t", "Op", json_pack("{s:i}", "a", 1)));
    assert_null(sk_observe_in(&observation, "us-east-1", "s", "Op", json_pack("{s:i}", "a", 1)));
    assert_int_equal(observation.query_count, 4);
    sk_observation_done(&observation);
}

static void global_questions_go_home(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    observation.region = "global";
    observation.kind = &thing;
    assert_null(sk_observe(&observation, "iam", "ListRoles", json_object()));
    assert_string_equal(observation.queries[0]->region, "us-east-1");
    struct sk_document *document = sk_observation_emit(&observation, "r", json_object());
    assert_string_equal(document->address, "thing/dev/global/r");
    sk_observation_done(&observation);
}

static void a_name_emitted_twice_counts_once(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    observation.kind = &thing;
    assert_non_null(sk_observation_emit(&observation, "a", json_object()));
    assert_null(sk_observation_emit(&observation, "A", json_object()));
    assert_int_equal(observation.documents.count, 1);
    sk_observation_done(&observation);
}

static void a_second_answer_replaces_the_first(void **state)
{
    (void)state;
    struct sk_observation observation = begin();
    assert_null(sk_observe(&observation, "s", "Op", json_object()));
    struct sk_query *query = sk_observation_next(&observation);
    answer(query, "{'n': 1}");
    answer(query, "{'n': 2}");
    const json_t *found = sk_observe(&observation, "s", "Op", json_object());
    assert_int_equal(json_integer_value(json_object_get(found, "n")), 2);
    fail_with(query, SK_E_DENIED, "one");
    fail_with(query, SK_E_NETWORK, "two");
    assert_int_equal(query->err.code, SK_E_NETWORK);
    assert_null(query->answer);
    sk_observation_done(&observation);
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_until_nothing_is_asked),
        cmocka_unit_test(empty_is_complete),
        cmocka_unit_test(a_failed_question_makes_all_unknown),
        cmocka_unit_test(every_failure_but_absence_is_unknown),
        cmocka_unit_test(failure_is_known_before_the_rest_is_answered),
        cmocka_unit_test(an_answer_without_sense_is_an_error),
        cmocka_unit_test(equal_questions_are_one),
        cmocka_unit_test(global_questions_go_home),
        cmocka_unit_test(a_name_emitted_twice_counts_once),
        cmocka_unit_test(a_second_answer_replaces_the_first),
    };
    return cmocka_run_group_tests_name("observation", tests, NULL, NULL);
}
