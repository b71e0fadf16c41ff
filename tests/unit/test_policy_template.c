/* lib/policy: templates: parsing, types, rendering, and what is shipped. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "policy/document.h"
#include "policy/template.h"

static json_t *json(const char *text)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *value = sk_json_parse(text, strlen(text), "test", &err);
    if (!value)
        fail_msg("%s", sk_err_message(&err));
    return value;
}

#define PARAMETERS(list)      "{\"description\":\"d\",\"parameters\":{" list "}}"
#define PARAMETER(name, type) "\"" name "\":{\"description\":\"d\",\"type\":\"" type "\"}"

struct parse_case {
    const char *name, *policy, *parameters;
    const char *fault;
};

static const struct parse_case parse_cases[] = {
    {"fine", "{\"Resource\":\"arn:aws:s3:::{{bucket}}/{{bucket}}\"}",
     PARAMETERS(PARAMETER("bucket", "bucket")), NULL},
    {"in a key", "{\"aws:RequestTag/{{tag}}\":\"${aws:PrincipalTag/{{tag}}}\"}",
     PARAMETERS(PARAMETER("tag", "name")), NULL},
    {"undeclared", "{\"a\":\"{{buckt}}\",\"b\":\"{{bucket}}\"}",
     PARAMETERS(PARAMETER("bucket", "bucket")),
     "'{{buckt}}' is not declared in parameters.json; did you mean bucket"},
    {"unused", "{}", PARAMETERS(PARAMETER("bucket", "bucket")),
     "'bucket' is declared and never used"},
    {"open", "{\"a\":\"{{bucket\"}", PARAMETERS(PARAMETER("bucket", "bucket")),
     "names no parameter"},
    {"empty", "{\"a\":\"{{}}\"}", PARAMETERS(""), "names no parameter"},
    {"type", "{\"a\":\"{{x}}\"}", PARAMETERS(PARAMETER("x", "buckets")),
     "type 'buckets' is unknown; did you mean bucket"},
    {"no description", "{\"a\":\"{{x}}\"}", PARAMETERS("\"x\":{\"type\":\"name\"}"),
     "parameter 'x': description is missing"},
    {"unknown member", "{\"a\":\"{{x}}\"}",
     PARAMETERS("\"x\":{\"type\":\"name\",\"description\":\"d\",\"defalt\":\"y\"}"),
     "did you mean default"},
    {"default of wrong type", "{\"a\":\"{{x}}\"}",
     PARAMETERS("\"x\":{\"type\":\"account\",\"description\":\"d\",\"default\":\"12\"}"),
     "default: '12' is not an account id"},
    {"two lists in one value", "{\"a\":\"{{x}}{{x}}\"}", PARAMETERS(PARAMETER("x", "list")),
     "a list can stand once"},
    {"list in a key", "{\"{{x}}\":1}", PARAMETERS(PARAMETER("x", "list")),
     "outside of a statement"},
    {"variable made by juxtaposition", "{\"a\":\"${{x}}\"}", PARAMETERS(PARAMETER("x", "name")),
     "'$' before a placeholder"},
    {"free text in a variable", "{\"a\":\"${aws:PrincipalTag/{{x}}}\"}",
     PARAMETERS(PARAMETER("x", "string")), "only type name"},
    {"parameters is no object", "{}", "{\"description\":\"d\"}", "no object 'parameters'"},
    {"policy is no JSON", "{", PARAMETERS(""), "t@1/policy.json:1:"},
};

static void templates_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(parse_cases) / sizeof(parse_cases[0]); i++) {
        const struct parse_case *test = &parse_cases[i];
        sk_auto(sk_err_done) struct sk_err err = {0};
        struct sk_template *template_ = NULL;
        int result = sk_template_parse("t@1", test->policy, test->parameters, &template_, &err);
        sk_template_free(template_);
        if (!test->fault && result < 0)
            fail_msg("%s: %s", test->name, sk_err_message(&err));
        if (test->fault && (result == 0 || !strstr(sk_err_message(&err), test->fault)))
            fail_msg("%s: '%s' does not say '%s'", test->name, sk_err_message(&err), test->fault);
    }
    static const char *const bad_names[] = {"",     "x",  "x@",    "x@0",    "X@1",
                                            "x@1a", "@1", "x y@1", "x@12345"};
    for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
        struct sk_template *template_ = NULL;
        if (sk_template_parse(bad_names[i], "{}", PARAMETERS(""), &template_, NULL) == 0)
            fail_msg("name '%s' was accepted", bad_names[i]);
    }
}

struct type_case {
    const char *type, *value; /* JSON */
    bool good;
};

static const struct type_case type_cases[] = {
    {"string", "\"any text: a/b\"", true},
    {"string", "\"a*\"", false},
    {"string", "\"a?\"", false},
    {"string", "\"${x}\"", false},
    {"string", "\"a$\"", false},
    {"string", "\"\"", false},
    {"string", "\"a\\nb\"", false},
    {"string", "\"\\u20ac\"", false},
    {"string", "[\"a\"]", false},
    {"string", "{}", false},
    {"string", "\"\\\"],\\\"x\"", true},
    {"name", "\"team-1_x+=,.@\"", true},
    {"name", "\"a/b\"", false},
    {"name", "\"a:b\"", false},
    {"name", "\"a b\"", false},
    {"name", "\"*\"", false},
    {"pattern", "\"ml.*\"", true},
    {"pattern", "\"${aws:username}\"", true},
    {"pattern", "\"x$\"", false},
    {"arn", "\"arn:aws:iam::111122223333:role/x\"", true},
    {"arn", "\"arn:aws-cn:s3:::b\"", true},
    {"arn", "\"arn:aws:s3:::\"", false},
    {"arn", "\"arn:aws:iam::111122223333:role/*\"", false},
    {"arn", "\"role/x\"", false},
    {"arn", "\"arn:aws:s3:::b/${aws:username}\"", false},
    {"account", "\"012345678901\"", true},
    {"account", "12345678901", false},
    {"account", "\"12345678901x\"", false},
    {"region", "\"eu-central-1\"", true},
    {"region", "\"us-gov-east-1\"", true},
    {"region", "\"*\"", false},
    {"region", "\"eu-1\"", false},
    {"region", "\"eu-central-\"", false},
    {"region", "\"EU-central-1\"", false},
    {"cidr", "\"10.0.0.0/8\"", true},
    {"cidr", "\"10.1.2.3\"", true},
    {"cidr", "\"2001:db8::/32\"", true},
    {"cidr", "\"0.0.0.0/0\"", true},
    {"cidr", "\"10.0.0.1/8\"", false},
    {"cidr", "\"10.0.0.0/33\"", false},
    {"cidr", "\"10.0.0.0/\"", false},
    {"cidr", "\"10.0.0.0/8x\"", false},
    {"cidr", "\"300.0.0.0/8\"", false},
    {"cidr", "\"::/129\"", false},
    {"bucket", "\"acme-fraud.data\"", true},
    {"bucket", "\"ab\"", false},
    {"bucket", "\"Acme\"", false},
    {"bucket", "\"a*b\"", false},
    {"bucket", "\"a..b\"", false},
    {"bucket", "\"-ab\"", false},
    {"bucket", "\"a/b\"", false},
    {"tag-value", "\"Cost center: 4711/x\"", true},
    {"tag-value", "\"\"", true},
    {"tag-value", "\"a*\"", false},
    {"tag-value", "\"${x}\"", false},
    {"tag-value", "\"\\u00e9\"", true},
    {"number", "\"42\"", true},
    {"number", "42", true},
    {"number", "\"-1\"", true},
    {"number", "\"4.2\"", false},
    {"number", "\"x\"", false},
    {"number", "4.2", false},
    {"list", "[\"a\",\"b\"]", true},
    {"list", "\"a\"", true},
    {"list", "[]", false},
    {"list", "[\"a*\"]", false},
    {"list", "[[\"a\"]]", false},
};

static void types_keep_values_what_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(type_cases) / sizeof(type_cases[0]); i++) {
        const struct type_case *test = &type_cases[i];
        sk_auto(sk_freep) char *parameters =
            sk_xasprintf(PARAMETERS("\"x\":{\"description\":\"d\",\"type\":\"%s\"}"), test->type);
        sk_auto(sk_err_done) struct sk_err err = {0};
        struct sk_template *template_ = NULL;
        ASSERT_OK(sk_template_parse("t@1", "{\"a\":\"<{{x}}>\"}", parameters, &template_, &err),
                  &err);
        json_auto_t *values = json_object();
        json_object_set_new(values, "x", json_loads(test->value, JSON_DECODE_ANY, NULL));
        json_t *document = NULL;
        int result = sk_template_render(template_, values, false, &document, &err);
        sk_template_free(template_);
        if ((result == 0) != test->good)
            fail_msg("%s %s: %s", test->type, test->value,
                     result == 0 ? "accepted" : sk_err_message(&err));
        if (result == 0)
            assert_int_equal(json_object_size(document), 1);
        json_decref(document);
    }
}

struct render_case {
    const char *name, *policy, *parameters, *values, *expected;
};

#define LIST(name, min)                                                                            \
    "\"" name "\":{\"description\":\"d\",\"type\":\"list\",\"of\":\"name\",\"min\":" min "}"

static const struct render_case render_cases[] = {
    {"text in text", "{\"Sid\":\"x{{a}}y{{b}}\"}",
     PARAMETERS(PARAMETER("a", "name") "," PARAMETER("b", "name")), "{\"a\":\"1\",\"b\":\"2\"}",
     "{\"Sid\":\"x1y2\"}"},
    {"values are not filled in again", "{\"Sid\":\"{{a}}\"}", PARAMETERS(PARAMETER("a", "string")),
     "{\"a\":\"{{a}}\"}", "{\"Sid\":\"{{a}}\"}"},
    {"quotes stay text", "{\"Sid\":\"{{a}}\"}", PARAMETERS(PARAMETER("a", "string")),
     "{\"a\":\"\\\",\\\"Effect\\\":\\\"Allow\"}", "{\"Sid\":\"\\\",\\\"Effect\\\":\\\"Allow\"}"},
    {"list beside others", "{\"Action\":[\"s3:A\",\"s3:{{l}}\"]}", PARAMETERS(LIST("l", "0")),
     "{\"l\":[\"B\",\"C\"]}", "{\"Action\":[\"s3:A\",\"s3:B\",\"s3:C\"]}"},
    {"list for a scalar", "{\"Resource\":\"arn:{{l}}\"}", PARAMETERS(LIST("l", "0")),
     "{\"l\":[\"B\",\"C\"]}", "{\"Resource\":[\"arn:B\",\"arn:C\"]}"},
    {"list of one for a scalar", "{\"Resource\":\"arn:{{l}}\"}", PARAMETERS(LIST("l", "0")),
     "{\"l\":\"B\"}", "{\"Resource\":\"arn:B\"}"},
    {"empty list beside others", "{\"Action\":[\"s3:A\",\"{{l}}\"]}", PARAMETERS(LIST("l", "0")),
     "{\"l\":[]}", "{\"Action\":[\"s3:A\"]}"},
    {"an allow for nothing is left out",
     "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"{{l}}\"},{\"Effect\":"
     "\"Deny\"}]}",
     PARAMETERS(LIST("l", "0")), "{\"l\":[]}", "{\"Statement\":[{\"Effect\":\"Deny\"}]}"},
    {"default", "{\"Sid\":\"{{a}}\"}",
     PARAMETERS("\"a\":{\"type\":\"name\",\"description\":\"d\",\"default\":\"q\"}"), "{}",
     "{\"Sid\":\"q\"}"},
    {"number", "{\"Sid\":\"{{a}}\"}",
     PARAMETERS("\"a\":{\"type\":\"number\",\"description\":\"d\",\"min\":1,\"max\":300}"),
     "{\"a\":300}", "{\"Sid\":\"300\"}"},

    {"a statement per item",
     "{\"Statement\":[{\"Sid\":\"Need\",\"Effect\":\"Deny\",\"Condition\":{\"Null\":{\"aws:"
     "RequestTag/{{l}}\":\"true\"}}},{\"Sid\":\"Other\"}]}",
     PARAMETERS(LIST("l", "0")), "{\"l\":[\"A\",\"B\"]}",
     "{\"Statement\":[{\"Sid\":\"Need\",\"Effect\":\"Deny\",\"Condition\":{\"Null\":{\"aws:"
     "RequestTag/A\":\"true\"}}},"
     "{\"Sid\":\"Need2\",\"Effect\":\"Deny\",\"Condition\":{\"Null\":{\"aws:RequestTag/"
     "B\":\"true\"}}},{\"Sid\":\"Other\"}]}"},
    {"the item stands for the list within its statement",
     "{\"Statement\":[{\"Condition\":{\"a:{{l}}\":\"${a:{{l}}}\"}}]}", PARAMETERS(LIST("l", "0")),
     "{\"l\":[\"A\",\"B\"]}",
     "{\"Statement\":[{\"Condition\":{\"a:A\":\"${a:A}\"}},{\"Condition\":{\"a:B\":\"${a:B}\"}}]}"},

    {"missing", "{\"Sid\":\"{{a}}{{b}}\"}",
     PARAMETERS(PARAMETER("a", "name") "," PARAMETER("b", "name")), "{}",
     "!template 't@1': parameter 'a' is missing\ntemplate 't@1': parameter 'b' is missing"},
    {"unknown", "{\"Sid\":\"{{bucket}}\"}", PARAMETERS(PARAMETER("bucket", "name")),
     "{\"bucket\":\"x\",\"bukket\":\"x\"}",
     "!template 't@1': has no parameter 'bukket'; did you mean bucket"},
    {"over the maximum", "{\"Sid\":\"{{a}}\"}",
     PARAMETERS("\"a\":{\"type\":\"number\",\"description\":\"d\",\"min\":1,\"max\":300}"),
     "{\"a\":\"301\"}", "!template 't@1': parameter 'a': '301' is over the maximum of 300"},
    {"too short a list", "{\"Sid\":\"{{l}}\"}", PARAMETERS(LIST("l", "2")), "{\"l\":[\"a\"]}",
     "!template 't@1': parameter 'l': 1 values where at least 2 are needed"},
    {"an empty deny would widen",
     "{\"Statement\":[{\"Sid\":\"D\",\"Effect\":\"Deny\",\"NotResource\":\"{{l}}\"}]}",
     PARAMETERS(LIST("l", "0")), "{\"l\":[]}",
     "!template 't@1': an empty list leaves NotResource of statement 'D' empty"},
    {"an empty condition of a deny would widen or narrow it",
     "{\"Statement\":[{\"Sid\":\"D\",\"Effect\":\"Deny\",\"Condition\":{\"StringNotLike\":{\"a:"
     "b\":\"{{l}}\"}}}]}",
     PARAMETERS(LIST("l", "0")), "{\"l\":[]}",
     "!template 't@1': an empty list leaves Condition of statement 'D' empty"},
    {"an allow under an empty condition is left out",
     "{\"Statement\":[{\"Effect\":\"Allow\",\"Condition\":{\"ArnEquals\":{\"a:b\":\"{{l}}\"}}},"
     "{\"Effect\":\"Deny\"}]}",
     PARAMETERS(LIST("l", "0")), "{\"l\":[]}", "{\"Statement\":[{\"Effect\":\"Deny\"}]}"},
    {"nothing left", "{\"Statement\":[{\"Effect\":\"Allow\",\"Resource\":\"{{l}}\"}]}",
     PARAMETERS(LIST("l", "0")), "{\"l\":[]}",
     "!template 't@1': with these values no statement is left"},
};

static void templates_are_filled_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(render_cases) / sizeof(render_cases[0]); i++) {
        const struct render_case *test = &render_cases[i];
        sk_auto(sk_err_done) struct sk_err err = {0};
        struct sk_template *template_ = NULL;
        if (sk_template_parse("t@1", test->policy, test->parameters, &template_, &err) < 0)
            fail_msg("%s: %s", test->name, sk_err_message(&err));
        json_auto_t *values = json(test->values);
        json_t *document = NULL;
        int result = sk_template_render(template_, values, false, &document, &err);
        sk_auto(sk_freep) char *got = result == 0 ? json_dumps(document, JSON_COMPACT)
                                                  : sk_xasprintf("!%s", sk_err_message(&err));
        if (strcmp(got, test->expected) != 0)
            fail_msg("%s: %s", test->name, got);
        json_decref(document);
        sk_template_free(template_);
    }
}

static void values_of_others_can_be_ignored(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_template *template_ = sk_template_shipped("studio-read-only@1", &err);
    assert_non_null(template_);
    assert_string_equal(sk_template_name(template_), "studio-read-only@1");
    json_auto_t *values = json("{\"account\":\"111122223333\"}");
    json_t *document = NULL;
    assert_int_equal(sk_template_render(template_, values, false, &document, &err), SK_E_INVALID);
    sk_err_done(&err);
    ASSERT_OK(sk_template_render(template_, values, true, &document, &err), &err);
    json_decref(document);
}

static void unknown_templates_get_an_offer(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"studio-develper@1",
         "unknown template 'studio-develper@1'; did you mean studio-developer@1"},
        {"studio-developer@77",
         "unknown template 'studio-developer@77'; did you mean studio-developer@1"},
        {"zzz", "unknown template 'zzz'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        assert_null(sk_template_shipped(rows[i][0], &err));
        assert_int_equal(err.code, SK_E_NOT_FOUND);
        assert_string_equal(err.msg, rows[i][1]);
    }
    assert_null(sk_template_shipped_name(sk_template_shipped_count()));
}

/* Values of the greatest size a team is likely to have. */
static const char generous[] =
    "{\"bucket\":[\"a-company-with-a-long-name-fraud-prevention-data-eu-central-1a\",\"a-company-"
    "with-a-long-name-fraud-prevention-features-eu-centr1\",\"a-company-with-a-long-name-fraud-"
    "prevention-models-eu-central-1\"],"
    "\"keys\":[\"arn:aws:kms:ap-southeast-2:111122223333:key/"
    "1234abcd-12ab-34cd-56ef-1234567890ab\",\"arn:aws:kms:ap-southeast-2:111122223333:key/"
    "1234abcd-12ab-34cd-56ef-1234567890ac\"],"
    "\"subnets\":[\"arn:aws:ec2:ap-southeast-2:111122223333:subnet/"
    "subnet-0123456789abcdef0\",\"arn:aws:ec2:ap-southeast-2:111122223333:subnet/"
    "subnet-0123456789abcdef1\",\"arn:aws:ec2:ap-southeast-2:111122223333:subnet/"
    "subnet-0123456789abcdef2\"],"
    "\"passRoles\":[\"arn:aws:iam::111122223333:role/sagekeeper/organization/"
    "team-with-a-rather-long-name-execution\",\"arn:aws:iam::111122223333:role/sagekeeper/"
    "organization/team-with-a-rather-long-name-training\","
    "\"arn:aws:iam::111122223333:role/sagekeeper/organization/"
    "team-with-a-rather-long-name-pipelines\",\"arn:aws:iam::111122223333:role/sagekeeper/"
    "organization/team-with-a-rather-long-name-endpoints\"],"
    "\"actions\":[\"sagemaker:CreateLabelingJob\",\"sagemaker:CreateCompilationJob\"],"
    "\"metricNamespaces\":[\"Fraud/*\"],\"partition\":\"aws-us-gov\"}";

/* What a shipped template is for, from the layer its cases put it in. */
static enum sk_policy_use use_of(const json_t *cases)
{
    const char *as = sk_json_text(cases, "as");
    if (as && strcmp(as, "serviceControl") == 0)
        return SK_POLICY_SCP;
    return as && strcmp(as, "resource") == 0 ? SK_POLICY_TRUST : SK_POLICY_MANAGED;
}

static void shipped_templates_are_valid_and_fit(void **state)
{
    (void)state;
    assert_true(sk_template_shipped_count() >= 28);
    for (size_t i = 0; i < sk_template_shipped_count(); i++) {
        const char *name = sk_template_shipped_name(i);
        json_auto_t *cases = json(sk_template_shipped_cases(name));
        json_auto_t *values = json(generous);
        json_object_update_missing(values, json_object_get(cases, "parameters"));
        sk_auto(sk_err_done) struct sk_err err = {0};
        const struct sk_template *template_ = sk_template_shipped(name, &err);
        if (!template_)
            fail_msg("%s", sk_err_message(&err));
        assert_ptr_equal(template_, sk_template_shipped(name, &err));
        json_t *document = NULL;
        ASSERT_OK(sk_template_render(template_, values, true, &document, &err), &err);
        json_auto_t *owned = document;
        ASSERT_OK(sk_policy_check(owned, use_of(cases), name, &err), &err);
        size_t size = sk_policy_size(owned, use_of(cases));
        if (size > sk_policy_size_limit(use_of(cases)))
            fail_msg("%s has %zu characters", name, size);
    }
}

/* The four policies of a team's role, with no more than its bucket and roles said. */
static void team_templates_need_few_values(void **state)
{
    (void)state;
    static const char *const names[] = {"studio-read-only@1", "studio-supporting-services@1",
                                        "studio-developer@1", "studio-denied-services@1"};
    json_auto_t *values = json("{\"bucket\":\"acme-fraud-data\"}");
    for (size_t i = 0; i < 4; i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        json_t *document = NULL;
        ASSERT_OK(
            sk_template_render(sk_template_shipped(names[i], &err), values, true, &document, &err),
            &err);
        json_auto_t *owned = document;
        ASSERT_OK(sk_policy_check(owned, SK_POLICY_MANAGED, names[i], &err), &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_checked),
        cmocka_unit_test(types_keep_values_what_they_are),
        cmocka_unit_test(templates_are_filled_in),
        cmocka_unit_test(values_of_others_can_be_ignored),
        cmocka_unit_test(unknown_templates_get_an_offer),
        cmocka_unit_test(shipped_templates_are_valid_and_fit),
        cmocka_unit_test(team_templates_need_few_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
