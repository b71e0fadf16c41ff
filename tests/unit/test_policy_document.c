/* lib/policy: parsing with all faults, canonical form, comparison in words, text and size. */
#include <stdlib.h>
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/document.h"
#include "policy/locate.h"

#define STATEMENT(rest) "{\"Version\":\"2012-10-17\",\"Statement\":[{" rest "}]}"
#define GOOD            "\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\""

static json_t *json(const char *text)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *value = sk_json_parse(text, strlen(text), "test", &err);
    if (!value)
        fail_msg("%s", sk_err_message(&err));
    return value;
}

struct parse_case {
    const char *name;
    enum sk_policy_use use;
    const char *text;
    const char *fault; /* part of the message; NULL: parses */
};

static const struct parse_case parse_cases[] = {
    {"plain", SK_POLICY_MANAGED, STATEMENT(GOOD), NULL},
    {"one statement without a list", SK_POLICY_MANAGED,
     "{\"Statement\":{\"Effect\":\"Deny\",\"NotAction\":[\"iam:*\"],\"NotResource\":\"arn:aws:s3:::"
     "b\"}}",
     NULL},
    {"lower-case elements", SK_POLICY_MANAGED,
     "{\"version\":\"2012-10-17\",\"statement\":{\"effect\":\"Allow\",\"action\":\"*\","
     "\"resource\":\"*\"}}",
     NULL},
    {"numbers and booleans in conditions", SK_POLICY_MANAGED,
     STATEMENT(GOOD ",\"Condition\":{\"NumericLessThan\":{\"s3:max-keys\":10},\"Bool\":{\"aws:"
                    "SecureTransport\":true}}"),
     NULL},
    {"qualified operator", SK_POLICY_MANAGED,
     STATEMENT(GOOD
               ",\"Condition\":{\"ForAnyValue:StringLikeIfExists\":{\"aws:TagKeys\":[\"a\"]}}"),
     NULL},
    {"trust", SK_POLICY_TRUST,
     STATEMENT("\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"sagemaker.amazonaws.com\"},"
               "\"Action\":\"sts:AssumeRole\""),
     NULL},
    {"service control policy", SK_POLICY_SCP, STATEMENT(GOOD), NULL},
    {"resource control policy", SK_POLICY_RCP,
     STATEMENT("\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\""),
     NULL},
    {"bucket policy", SK_POLICY_RESOURCE,
     "{\"Id\":\"x\",\"Statement\":[{\"Sid\":\"with "
     "space\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}",
     NULL},
    {"Sids that differ", SK_POLICY_MANAGED,
     "{\"Statement\":[{\"Sid\":\"A\"," GOOD "},{\"Sid\":\"B\"," GOOD "},{\"Sid\":\"\"," GOOD
     "},{\"Sid\":\"\"," GOOD "}]}",
     NULL},

    {"no JSON", SK_POLICY_MANAGED, "{\"Version\":", "p.json:1:"},
    {"duplicate member", SK_POLICY_MANAGED, "{\"Statement\":[],\n\"Statement\":[]}", "p.json:2:"},
    {"NUL", SK_POLICY_MANAGED, "{\"Statement\":\"\\u0000\"}", "p.json:1:"},
    {"invalid UTF-8", SK_POLICY_MANAGED, "{\"Statement\":\"\xff\"}", "byte 0xff"},
    {"not an object", SK_POLICY_MANAGED, "[]", "a list where a policy document is expected"},
    {"no statement", SK_POLICY_MANAGED, "{}", "Statement is missing"},
    {"empty statements", SK_POLICY_MANAGED, "{\"Statement\":[]}",
     "p.json:1:14: /Statement: an empty list"},
    {"statement is text", SK_POLICY_MANAGED, "{\"Statement\":[\"x\"]}",
     "/Statement/0: a string where a statement"},
    {"unknown top element", SK_POLICY_MANAGED, "{\"Statemnt\":[]}",
     "unknown element 'Statemnt'; did you mean Statement"},
    {"unknown element", SK_POLICY_MANAGED, STATEMENT(GOOD ",\"Actions\":\"*\""),
     "unknown element 'Actions'; did you mean Action"},
    {"element twice in two cases", SK_POLICY_MANAGED, STATEMENT(GOOD ",\"effect\":\"Deny\""),
     "'Effect' appears twice"},
    {"version", SK_POLICY_MANAGED, "{\"Version\":\"2012-10-18\",\"Statement\":{" GOOD "}}",
     "/Version: '2012-10-18' is no version"},
    {"effect in lower case", SK_POLICY_MANAGED,
     STATEMENT("\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\""),
     "'allow' is neither Allow nor Deny"},
    {"effect missing", SK_POLICY_MANAGED, STATEMENT("\"Action\":\"*\",\"Resource\":\"*\""),
     "Effect is missing"},
    {"action missing", SK_POLICY_MANAGED, STATEMENT("\"Effect\":\"Allow\",\"Resource\":\"*\""),
     "Action (or NotAction) is missing"},
    {"both actions", SK_POLICY_MANAGED, STATEMENT(GOOD ",\"NotAction\":\"*\""),
     "Action and NotAction together"},
    {"both resources", SK_POLICY_MANAGED, STATEMENT(GOOD ",\"NotResource\":\"*\""),
     "Resource and NotResource together"},
    {"resource missing", SK_POLICY_MANAGED, STATEMENT("\"Effect\":\"Allow\",\"Action\":\"*\""),
     "Resource (or NotResource) is missing"},
    {"no service", SK_POLICY_MANAGED,
     STATEMENT("\"Effect\":\"Allow\",\"Action\":\"GetObject\",\"Resource\":\"*\""),
     "'GetObject' is not of the form service:Action"},
    {"wildcard in service", SK_POLICY_MANAGED,
     STATEMENT("\"Effect\":\"Allow\",\"Action\":\"s*:Get\",\"Resource\":\"*\""),
     "'s*:Get' is not of the form"},
    {"blank in action", SK_POLICY_MANAGED,
     STATEMENT("\"Effect\":\"Allow\",\"Action\":[\"s3:Get Object\"],\"Resource\":\"*\""),
     "/Statement/0/Action/0: 's3:Get Object' has a character"},
    {"empty actions", SK_POLICY_MANAGED,
     STATEMENT("\"Effect\":\"Allow\",\"Action\":[],\"Resource\":\"*\""), "an empty list"},
    {"resource is no ARN", SK_POLICY_MANAGED,
     STATEMENT("\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"my-bucket\""),
     "'my-bucket' is neither an ARN nor '*'"},
    {"principal in identity policy", SK_POLICY_INLINE, STATEMENT(GOOD ",\"Principal\":\"*\""),
     "takes no Principal"},
    {"principal in SCP", SK_POLICY_SCP, STATEMENT(GOOD ",\"Principal\":\"*\""),
     "takes no Principal"},
    {"trust with resource", SK_POLICY_TRUST,
     STATEMENT("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\","
               "\"Resource\":\"*\""),
     "takes no Resource"},
    {"trust without principal", SK_POLICY_TRUST,
     STATEMENT("\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\""), "Principal is missing"},
    {"trust with other service", SK_POLICY_TRUST,
     STATEMENT("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\""),
     "sts actions only"},
    {"principal kind", SK_POLICY_TRUST,
     STATEMENT(
         "\"Effect\":\"Allow\",\"Principal\":{\"Servce\":\"x\"},\"Action\":\"sts:AssumeRole\""),
     "did you mean Service"},
    {"principal wildcard", SK_POLICY_TRUST,
     STATEMENT("\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:role/"
               "*\"},\"Action\":\"sts:AssumeRole\""),
     "takes no wildcard"},
    {"RCP allows", SK_POLICY_RCP,
     STATEMENT("\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\""),
     "can only deny"},
    {"RCP for everything", SK_POLICY_RCP,
     STATEMENT("\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\""),
     "names the service"},
    {"operator", SK_POLICY_MANAGED,
     STATEMENT(GOOD ",\"Condition\":{\"StringEqual\":{\"a:b\":\"c\"}}"),
     "unknown condition operator 'StringEqual'; did you mean StringEquals"},
    {"NullIfExists", SK_POLICY_MANAGED,
     STATEMENT(GOOD ",\"Condition\":{\"NullIfExists\":{\"a:b\":\"true\"}}"),
     "unknown condition operator 'NullIfExists'"},
    {"key without service", SK_POLICY_MANAGED,
     STATEMENT(GOOD ",\"Condition\":{\"StringEquals\":{\"Team\":\"c\"}}"),
     "'Team' is not of the form service:Key"},
    {"key twice", SK_POLICY_MANAGED,
     STATEMENT(GOOD ",\"Condition\":{\"StringEquals\":{\"aws:RequestTag/"
                    "Team\":\"a\",\"aws:requesttag/team\":\"b\"}}"),
     "/Statement/0/Condition/StringEquals/aws:requesttag~1team: 'aws:requesttag/team' appears "
     "twice"},
    {"condition value", SK_POLICY_MANAGED,
     STATEMENT(GOOD ",\"Condition\":{\"StringEquals\":{\"a:b\":{}}}"),
     "an object where a string, number or boolean"},
    {"Sid", SK_POLICY_MANAGED, STATEMENT(GOOD ",\"Sid\":\"a-b\""),
     "only contain letters and digits"},
    {"Sid twice", SK_POLICY_MANAGED,
     "{\"Statement\":[{\"Sid\":\"A\"," GOOD "},{\"Sid\":\"A\"," GOOD "}]}",
     "/Statement/1/Sid: 'A' is the Sid of an earlier"},
    {"character IAM refuses", SK_POLICY_MANAGED,
     STATEMENT("\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::\xe2\x82\xac\""),
     "outside of U+0020 to U+00FF"},
};

static void documents_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(parse_cases) / sizeof(parse_cases[0]); i++) {
        const struct parse_case *test = &parse_cases[i];
        sk_auto(sk_err_done) struct sk_err err = {0};
        json_auto_t *document =
            sk_policy_parse(test->text, strlen(test->text), test->use, "p.json", &err);
        if (!test->fault && !document)
            fail_msg("%s: %s", test->name, sk_err_message(&err));
        if (!test->fault)
            continue;
        if (document)
            fail_msg("%s: accepted", test->name);
        if (!strstr(err.msg, test->fault))
            fail_msg("%s: '%s' does not say '%s'", test->name, err.msg, test->fault);
    }
}

static void all_faults_are_told_with_their_place(void **state)
{
    (void)state;
    static const char text[] =
        "{\n"
        "  \"Statement\": [\n"
        "    {\"Effect\": \"Allow\", \"Action\": [\"s3:Get\", \"bad\"], \"Resource\": \"*\"},\n"
        "    {\"Effect\": \"Yes\",\n"
        "     \"Action\": \"s3:*\", \"Resource\": \"x\"}\n"
        "  ]\n"
        "}\n";
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_null(sk_policy_parse(text, strlen(text), SK_POLICY_MANAGED, "p.json", &err));
    assert_int_equal(err.code, SK_E_INVALID);
    assert_string_equal(
        err.msg,
        "p.json:3:46: /Statement/0/Action/1: 'bad' is not of the form service:Action\n"
        "p.json:4:16: /Statement/1/Effect: 'Yes' is neither Allow nor Deny (the case counts)\n"
        "p.json:5:36: /Statement/1/Resource: 'x' is neither an ARN nor '*'");
}

static void faults_are_bounded(void **state)
{
    (void)state;
    struct sk_buffer text = {0};
    sk_buffer_adds(&text, "{\"Statement\":[{}");
    for (int i = 0; i < 999; i++)
        sk_buffer_adds(&text, ",{}");
    sk_buffer_adds(&text, "]}");
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_null(sk_policy_parse(text.data, text.length, SK_POLICY_MANAGED, "p.json", &err));
    assert_true(sk_text_ends_with(err.msg, "p.json: and 2950 more"));
    sk_buffer_done(&text);
}

static void hostile_documents_are_refused(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err big_err = {0};
    size_t size = (size_t)10 * 1024 * 1024;
    sk_auto(sk_freep) char *big = sk_xmalloc(size);
    memset(big, '[', size);
    assert_null(sk_policy_parse(big, size, SK_POLICY_MANAGED, "p.json", &big_err));
    assert_int_equal(big_err.code, SK_E_BOUND);

    sk_auto(sk_err_done) struct sk_err deep_err = {0};
    assert_null(sk_policy_parse(big, 100000, SK_POLICY_MANAGED, "p.json", &deep_err));
    assert_int_equal(deep_err.code, SK_E_PARSE);

    struct sk_buffer many = {0};
    sk_buffer_adds(&many, "{\"Statement\":[{}");
    for (int i = 0; i < SK_BOUND_POLICY_STATEMENTS; i++)
        sk_buffer_adds(&many, ",{}");
    sk_buffer_adds(&many, "]}");
    sk_auto(sk_err_done) struct sk_err many_err = {0};
    assert_null(sk_policy_parse(many.data, many.length, SK_POLICY_MANAGED, "p.json", &many_err));
    assert_non_null(strstr(many_err.msg, "10001 statements: more than 10000"));
    sk_buffer_done(&many);

    static const char nul[] = "{\"Statement\"\0:[]}";
    sk_auto(sk_err_done) struct sk_err nul_err = {0};
    assert_null(sk_policy_parse(nul, sizeof(nul) - 1, SK_POLICY_MANAGED, "p.json", &nul_err));
    assert_int_equal(nul_err.code, SK_E_PARSE);
}

static void parsing_respells(void **state)
{
    (void)state;
    static const char text[] =
        "{\"statement\":{\"effect\":\"Allow\",\"principal\":{\"aws\":\"*\"},\"action\":\"sts:"
        "AssumeRole\","
        "\"condition\":{\"foranyvalue:stringequalsifexists\":{\"a:b\":\"c\"}}}}";
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *document = sk_policy_parse(text, strlen(text), SK_POLICY_TRUST, "p.json", &err);
    if (!document)
        fail_msg("%s", sk_err_message(&err));
    sk_auto(sk_freep) char *sent = sk_policy_text(document);
    assert_string_equal(sent,
                        "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},"
                        "\"Action\":\"sts:AssumeRole\","
                        "\"Condition\":{\"ForAnyValue:StringEqualsIfExists\":{\"a:b\":\"c\"}}}}");
}

struct equal_case {
    const char *name, *a, *b;
    bool equal;
};

#define TRUST(principal)                                                                           \
    STATEMENT("\"Effect\":\"Allow\",\"Principal\":" principal ",\"Action\":\"sts:AssumeRole\"")
#define WHEN(condition) STATEMENT(GOOD ",\"Condition\":" condition)

static const struct equal_case equal_cases[] = {
    {"scalar and list", STATEMENT(GOOD),
     STATEMENT("\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"],\"Resource\":[\"*\"]"), true},
    {"action case", STATEMENT(GOOD),
     STATEMENT("\"Effect\":\"Allow\",\"Action\":\"S3:getobject\",\"Resource\":\"*\""), true},
    {"element case", STATEMENT(GOOD),
     STATEMENT("\"effect\":\"Allow\",\"action\":\"s3:GetObject\",\"resource\":\"*\""), true},
    {"order of values and repetition",
     STATEMENT("\"Effect\":\"Deny\",\"Action\":[\"a:b\",\"a:c\"],\"Resource\":\"*\""),
     STATEMENT("\"Effect\":\"Deny\",\"Action\":[\"a:c\",\"a:b\",\"A:B\"],\"Resource\":\"*\""),
     true},
    {"order of statements",
     "{\"Statement\":[{" GOOD "},{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
     "{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"},{" GOOD "}]}",
     true},
    {"empty Sid", STATEMENT(GOOD), STATEMENT(GOOD ",\"Sid\":\"\""), true},
    {"empty condition", STATEMENT(GOOD), WHEN("{}"), true},
    {"empty condition block", STATEMENT(GOOD), WHEN("{\"Bool\":{}}"), true},
    {"account spellings", TRUST("{\"AWS\":\"111122223333\"}"),
     TRUST("{\"AWS\":[\"arn:aws:iam::111122223333:root\"]}"), true},
    {"everyone", TRUST("\"*\""), TRUST("{\"AWS\":\"*\"}"), true},
    {"numbers as text", WHEN("{\"NumericEquals\":{\"a:b\":[5,1.5]}}"),
     WHEN("{\"NumericEquals\":{\"a:b\":[\"1.5\",\"5\"]}}"), true},
    {"booleans as text", WHEN("{\"Bool\":{\"a:b\":true}}"), WHEN("{\"bool\":{\"A:B\":\"True\"}}"),
     true},
    {"condition key case", WHEN("{\"StringEquals\":{\"aws:RequestTag/Team\":\"x\"}}"),
     WHEN("{\"StringEquals\":{\"aws:requesttag/team\":\"x\"}}"), true},
    {"all actions", STATEMENT("\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\""),
     STATEMENT("\"Effect\":\"Deny\",\"Action\":\"*:*\",\"Resource\":\"*\""), true},
    {"no version is 2008", "{\"Statement\":{" GOOD "}}",
     "{\"Version\":\"2008-10-17\",\"Statement\":{" GOOD "}}", true},

    {"version", "{\"Statement\":{" GOOD "}}", STATEMENT(GOOD), false},
    {"resource case",
     STATEMENT("\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::b/A\""),
     STATEMENT("\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::b/a\""), false},
    {"value case", WHEN("{\"StringEquals\":{\"a:b\":\"X\"}}"),
     WHEN("{\"StringEquals\":{\"a:b\":\"x\"}}"), false},
    {"operator", WHEN("{\"StringEquals\":{\"a:b\":\"X\"}}"),
     WHEN("{\"StringLike\":{\"a:b\":\"X\"}}"), false},
    {"role of an account is not the account", TRUST("{\"AWS\":\"111122223333\"}"),
     TRUST("{\"AWS\":\"arn:aws:iam::111122223333:role/x\"}"), false},
    {"federated star is not everyone", TRUST("\"*\""), TRUST("{\"Federated\":\"*\"}"), false},
    {"Sid", STATEMENT(GOOD ",\"Sid\":\"A\""), STATEMENT(GOOD), false},
    {"effect", STATEMENT(GOOD),
     STATEMENT("\"Effect\":\"Deny\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\""), false},
    {"NotAction is not Action", STATEMENT(GOOD),
     STATEMENT("\"Effect\":\"Allow\",\"NotAction\":\"s3:GetObject\",\"Resource\":\"*\""), false},
};

static void equality_is_that_of_AWS(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(equal_cases) / sizeof(equal_cases[0]); i++) {
        const struct equal_case *test = &equal_cases[i];
        json_auto_t *a = json(test->a);
        json_auto_t *b = json(test->b);
        if (sk_policy_equal(a, b) != test->equal || sk_policy_equal(b, a) != test->equal)
            fail_msg("%s: not %s", test->name, test->equal ? "equal" : "different");
        json_auto_t *sentences = sk_policy_diff(a, b);
        if ((json_array_size(sentences) == 0) != test->equal)
            fail_msg("%s: %zu differences", test->name, json_array_size(sentences));
        json_auto_t *canonical = sk_policy_canonical(a);
        json_auto_t *again = sk_policy_canonical(canonical);
        if (!json_equal(canonical, again) || !sk_policy_equal(a, canonical))
            fail_msg("%s: canonical form is not stable", test->name);
    }
    assert_true(sk_policy_equal(NULL, NULL));
    json_auto_t *one = json("[{\"Effect\":[]}]"); /* no policy, but the same */
    json_auto_t *copy = json_deep_copy(one);
    assert_true(sk_policy_equal(one, copy));
    json_auto_t *other = json("[1,\"x\",null]");
    json_auto_t *same = sk_policy_canonical(other);
    assert_true(json_equal(other, same));
}

struct diff_case {
    const char *name, *a, *b;
    const char *sentences; /* joined by newlines */
};

static const struct diff_case diff_cases[] = {
    {"action added and removed by Sid",
     STATEMENT(
         "\"Sid\":\"Dev\",\"Effect\":\"Allow\",\"Action\":[\"s3:A\",\"s3:B\"],\"Resource\":\"*\""),
     STATEMENT("\"Sid\":\"Dev\",\"Effect\":\"Allow\",\"Action\":[\"s3:B\",\"sagemaker:CreateApp\"],"
               "\"Resource\":\"*\""),
     "statement 'Dev': adds action sagemaker:CreateApp on *\nstatement 'Dev': removes action s3:A "
     "on *"},
    {"whole statement", STATEMENT(GOOD),
     "{\"Version\":\"2012-10-17\",\"Statement\":[{" GOOD
     "},{\"Effect\":\"Deny\",\"Action\":[\"iam:CreateUser\",\"sts:X\"],\"Resource\":[\"arn:a\","
     "\"arn:b\"],"
     "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":false}}}]}",
     "statement 2 added: denies iam:CreateUser on arn:a, arn:b if aws:securetransport Bool false\n"
     "statement 2 added: denies sts:X on arn:a, arn:b if aws:securetransport Bool false"},
    {"by overlap",
     STATEMENT("\"Effect\":\"Allow\",\"Action\":[\"s3:A\",\"s3:B\"],\"Resource\":\"arn:x\""),
     STATEMENT("\"Effect\":\"Deny\",\"Action\":[\"s3:A\",\"s3:B\"],\"Resource\":\"arn:y\""),
     "statement 1: effect changes from Allow to Deny\nstatement 1: adds resource arn:y\nstatement "
     "1: removes resource arn:x"},
    {"nothing in common",
     STATEMENT("\"Effect\":\"Allow\",\"Action\":\"s3:A\",\"Resource\":\"arn:x\""),
     STATEMENT("\"Effect\":\"Deny\",\"Action\":\"s3:B\",\"Resource\":\"arn:y\""),
     "statement 1 added: denies s3:B on arn:y\nstatement 1 removed: allows s3:A on arn:x"},
    {"conditions", WHEN("{\"StringEquals\":{\"a:b\":\"x\",\"a:c\":\"1\"}}"),
     WHEN("{\"StringEquals\":{\"a:b\":[\"x\",\"y\"]},\"Bool\":{\"a:d\":\"true\"}}"),
     "statement 1: changes condition a:b StringEquals x or y, was x\nstatement 1: adds condition "
     "a:d Bool true\nstatement 1: removes condition a:c StringEquals 1"},
    {"a principal that is gone", TRUST("{\"AWS\":\"AROAEXAMPLE0000000001\"}"),
     TRUST("{\"AWS\":\"arn:aws:iam::111122223333:role/AROA\"}"),
     "statement 1: adds principal AWS arn:aws:iam::111122223333:role/AROA\n"
     "statement 1: removes principal AWS AROAEXAMPLE0000000001 (a deleted role or user)"},
    {"principals", TRUST("{\"AWS\":\"111122223333\"}"), TRUST("{\"AWS\":[\"111122223333\",\"*\"]}"),
     "statement 1: adds principal AWS *"},
    {"Sid given", STATEMENT(GOOD), STATEMENT(GOOD ",\"Sid\":\"A\""),
     "statement 'A': was statement 1"},
    {"version", "{\"Statement\":{" GOOD "}}", STATEMENT(GOOD),
     "version changes from 2008-10-17 to 2012-10-17"},
    {"except",
     STATEMENT(
         "\"Sid\":\"A\",\"Effect\":\"Deny\",\"NotAction\":\"iam:*\",\"NotResource\":\"arn:x\""),
     STATEMENT("\"Sid\":\"A\",\"Effect\":\"Deny\",\"NotAction\":[\"iam:*\",\"sts:*\"],"
               "\"NotResource\":\"arn:x\""),
     "statement 'A': adds excepted action sts:* on everything but arn:x"},
    {"created", NULL, STATEMENT(GOOD), "statement 1 added: allows s3:GetObject on *"},
    {"deleted", STATEMENT(GOOD), NULL, "statement 1 removed: allows s3:GetObject on *"},
};

static void differences_are_told_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(diff_cases) / sizeof(diff_cases[0]); i++) {
        const struct diff_case *test = &diff_cases[i];
        json_auto_t *a = test->a ? json(test->a) : NULL;
        json_auto_t *b = test->b ? json(test->b) : NULL;
        json_auto_t *sentences = sk_policy_diff(a, b);
        struct sk_buffer joined = {0};
        size_t index;
        json_t *sentence;
        json_array_foreach(sentences, index, sentence)
        {
            sk_buffer_addf(&joined, "%s%s", index ? "\n" : "", json_string_value(sentence));
        }
        if (strcmp(sk_buffer_text(&joined), test->sentences) != 0)
            fail_msg("%s:\n%s\nexpected:\n%s", test->name, sk_buffer_text(&joined),
                     test->sentences);
        sk_buffer_done(&joined);
    }
}

static void documents_of_IAM_are_decoded(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *document =
        sk_policy_decode("%7B%22Statement%22%3A%5B%5D%2c%22Id%22:%22a+b%20c%C3%A9%22%7D", &err);
    if (!document)
        fail_msg("%s", sk_err_message(&err));
    assert_string_equal(sk_json_text(document, "Id"), "a+b c\xc3\xa9");
    json_auto_t *plain = sk_policy_decode(" \n{\"Id\": \"100%, %41\"}", &err);
    assert_string_equal(sk_json_text(plain, "Id"), "100%, %41");
    json_auto_t *half = sk_policy_decode("{%22Id%22: %22a%22}", &err);
    assert_string_equal(sk_json_text(half, "Id"), "a");
    static const char *const bad[] = {"%7", "%", "%zz", "%7B", "", "%00", "{", "{\"a\":"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        sk_auto(sk_err_done) struct sk_err bad_err = {0};
        if (sk_policy_decode(bad[i], &bad_err))
            fail_msg("'%s' was decoded", bad[i]);
        assert_int_equal(bad_err.code, SK_E_PARSE);
    }
}

static void sizes_are_those_of_AWS(void **state)
{
    (void)state;
    json_auto_t *document = json("{ \"Version\" : \"2012-10-17\",\n \"Id\": \"a b\xc3\xa9\" }");
    sk_auto(sk_freep) char *text = sk_policy_text(document);
    assert_string_equal(text, "{\"Version\":\"2012-10-17\",\"Id\":\"a b\xc3\xa9\"}");
    assert_int_equal(sk_policy_size(document, SK_POLICY_MANAGED), strlen(text) - 1);
    assert_int_equal(sk_policy_size_limit(SK_POLICY_MANAGED), 6144);
    assert_int_equal(sk_policy_size_limit(SK_POLICY_INLINE), 10240);
    assert_int_equal(sk_policy_size_limit(SK_POLICY_TRUST), 2048);
    assert_int_equal(sk_policy_size_limit(SK_POLICY_RCP), 5120);
}

static void ids_become_arns_when_known(void **state)
{
    (void)state;
    json_auto_t *saved =
        json(TRUST("{\"AWS\":[\"AROAEXAMPLEID1234567\",\"AROAUNKNOWN123456789\"]}"));
    json_auto_t *names = json("{\"AROAEXAMPLEID1234567\":\"arn:aws:iam::111122223333:role/x\"}");
    json_auto_t *named = sk_policy_with_names(saved, names);
    json_auto_t *expected =
        json(TRUST("{\"AWS\":[\"arn:aws:iam::111122223333:role/x\",\"AROAUNKNOWN123456789\"]}"));
    assert_true(sk_policy_equal(named, expected));
    assert_false(sk_policy_equal(saved, expected));
    json_auto_t *scalar = json(TRUST("{\"AWS\":\"AROAEXAMPLEID1234567\"}"));
    json_auto_t *scalar_named = sk_policy_with_names(scalar, names);
    json_auto_t *scalar_expected = json(TRUST("{\"AWS\":\"arn:aws:iam::111122223333:role/x\"}"));
    assert_true(sk_policy_equal(scalar_named, scalar_expected));
}

static void places_are_found(void **state)
{
    (void)state;
    static const char text[] =
        "{ \"a/b\" : [1, {\"c\" :\n  \"x]}\\\"\", \"d\": true}],\n\"e~\": {}}";
    static const struct {
        const char *pointer;
        unsigned line, column;
    } rows[] = {
        {"", 1, 1},           {"/a~1b", 1, 11}, {"/a~1b/0", 1, 12}, {"/a~1b/1/c", 2, 3},
        {"/a~1b/1/d", 2, 17}, {"/e~0", 3, 7},   {"/none", 1, 1},    {"/a~1b/7", 1, 11},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned line = 0;
        unsigned column = 0;
        sk_policy_locate(text, strlen(text), rows[i].pointer, &line, &column);
        if (line != rows[i].line || column != rows[i].column)
            fail_msg("%s is at %u:%u", rows[i].pointer, line, column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_checked),
        cmocka_unit_test(all_faults_are_told_with_their_place),
        cmocka_unit_test(faults_are_bounded),
        cmocka_unit_test(hostile_documents_are_refused),
        cmocka_unit_test(parsing_respells),
        cmocka_unit_test(equality_is_that_of_AWS),
        cmocka_unit_test(differences_are_told_in_words),
        cmocka_unit_test(documents_of_IAM_are_decoded),
        cmocka_unit_test(sizes_are_those_of_AWS),
        cmocka_unit_test(ids_become_arns_when_known),
        cmocka_unit_test(places_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
