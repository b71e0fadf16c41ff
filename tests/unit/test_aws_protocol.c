/* Request bodies and answers of both protocols, fault codes, HTTP dates. */
#include <string.h>

#include "aws/date.h"
#include "aws/protocol.h"
#include "aws/xml.h"
#include "base/alloc.h"
#include "base/json.h"
#include "sk_test.h"

static char *encode(const char *service, const char *operation, const char *input,
                    struct sk_err *err)
{
    json_auto_t *value = json_loads(input, 0, NULL);
    const struct sk_aws_service *row = sk_aws_service_find(service);
    struct sk_buffer body = {0};
    assert_non_null(value);
    if (sk_aws_protocol_find(row->protocol)
            ->encode(row, sk_aws_operation_find(service, operation), value, &body, err) < 0) {
        sk_buffer_done(&body);
        return NULL;
    }
    return sk_buffer_take(&body);
}

static json_t *decode(const char *service, const char *operation, const char *body,
                      char **request_id, struct sk_err *err)
{
    const struct sk_aws_service *row = sk_aws_service_find(service);
    return sk_aws_protocol_find(row->protocol)
        ->decode(row, sk_aws_operation_find(service, operation), body, strlen(body), request_id,
                 err);
}

static void test_query_bodies(void **state)
{
    static const struct {
        const char *input, *expected;
    } cases[] = {
        {"{}", ""},
        {"{\"RoleName\": \"a b&c=d/\\u00fc+\"}", "&RoleName=a+b%26c%3Dd%2F%C3%BC%2B"},
        {"{\"MaxItems\": 1000}", "&MaxItems=1000"},
        {"{\"Flag\": true, \"Other\": false, \"None\": null}", "&Flag=true&Other=false"},
        {"{\"Number\": 1.5}", "&Number=1.5"},
        {"{\"Filter\": [\"Role\", \"User\"]}", "&Filter.member.1=Role&Filter.member.2=User"},
        {"{\"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]}",
         "&Tags.member.1.Key=k&Tags.member.1.Value=v"},
        {"{\"Tags\": []}", "&Tags="},
        {"{\"A\": {\"B\": {\"C\": [1, 2]}}}", "&A.B.C.member.1=1&A.B.C.member.2=2"},
        {"{\"PolicyDocument\": \"{\\\"Version\\\":\\\"2012-10-17\\\"}\"}",
         "&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%7D"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_err err = {0};
        sk_auto(sk_freep) char *body = encode("iam", "ListRoles", cases[i].input, &err);
        sk_auto(sk_freep) char *expected =
            sk_xasprintf("Action=ListRoles&Version=2010-05-08%s", cases[i].expected);
        assert_string_equal(body, expected);
    }
}

static void test_query_depth_is_bounded(void **state)
{
    struct sk_err err = {0};
    struct sk_buffer deep = {0};
    (void)state;
    sk_buffer_adds(&deep, "{\"A\": ");
    for (int i = 0; i < 100; i++)
        sk_buffer_addc(&deep, '[');
    for (int i = 0; i < 100; i++)
        sk_buffer_addc(&deep, ']');
    sk_buffer_addc(&deep, '}');
    assert_null(encode("iam", "ListRoles", deep.data, &err));
    assert_int_equal(err.code, SK_E_INVALID);
    sk_err_done(&err);
    sk_buffer_done(&deep);
}

static void test_json_bodies(void **state)
{
    struct sk_err err = {0};
    (void)state;
    sk_auto(sk_freep) char *body =
        encode("sagemaker", "ListDomains", "{\"MaxResults\": 100, \"X\": [\"\\u00fc\"]}", &err);
    assert_string_equal(body, "{\"MaxResults\":100,\"X\":[\"\xc3\xbc\"]}");
}

#define WRAP(result)                                                                               \
    "<?xml version=\"1.0\"?><ListRolesResponse xmlns=\"https://x/\">" result                       \
    "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></ListRolesResponse>"
#define RESULT(inner) WRAP("<ListRolesResult>" inner "</ListRolesResult>")

static void test_xml_answers(void **state)
{
    static const struct {
        const char *body, *expected;
    } cases[] = {
        {RESULT(""), "{}"},
        {RESULT("\n "), "{}"},
        {WRAP("<ListRolesResult/>"), "{}"},
        {RESULT("<IsTruncated>false</IsTruncated>"), "{\"IsTruncated\":false}"},
        {RESULT("<Roles/>"), "{\"Roles\":[]}"},
        {RESULT("<Roles>\n  </Roles>"), "{\"Roles\":[]}"},
        {RESULT("<Roles><member><RoleName>a</RoleName><MaxSessionDuration>3600"
                "</MaxSessionDuration><Tags/></member></Roles>"),
         "{\"Roles\":[{\"MaxSessionDuration\":3600,\"RoleName\":\"a\",\"Tags\":[]}]}"},
        {RESULT("<RoleLastUsed/>"), "{\"RoleLastUsed\":{}}"},
        {RESULT("<Description/>"), "{\"Description\":\"\"}"},
        {RESULT("<Description> a &lt;b&gt; &amp;\n</Description>"),
         "{\"Description\":\" a <b> &\\n\"}"},
        {RESULT("<Description><![CDATA[<x>]]></Description>"), "{\"Description\":\"<x>\"}"},
        {RESULT("<Description>  </Description>"), "{\"Description\":\"  \"}"},
        {RESULT("<!-- c --><CreateDate>2026-11-22T20:41:00Z</CreateDate>"),
         "{\"CreateDate\":\"2026-11-22T20:41:00Z\"}"},
        {RESULT("<Unknown><Inner>1</Inner></Unknown>"), "{\"Unknown\":{\"Inner\":\"1\"}}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        sk_auto(sk_freep) char *request_id = NULL;
        json_auto_t *output = decode("iam", "ListRoles", cases[i].body, &request_id, &err);
        if (!output)
            fail_msg("%s: %s", cases[i].body, sk_err_message(&err));
        sk_auto(sk_freep) char *text = sk_json_canonical(output);
        assert_string_equal(text, cases[i].expected);
        assert_string_equal(request_id, "id-1");
    }
}

static void test_bad_answers(void **state)
{
    static const struct {
        const char *service, *operation, *body;
    } cases[] = {
        {"iam", "ListRoles", ""},
        {"iam", "ListRoles", "{}"},
        {"iam", "ListRoles", "<a>"},
        {"iam", "ListRoles", "<a></b>"},
        {"iam", "ListRoles", "<aResponse>&undefined;</aResponse>"},
        {"iam", "ListRoles",
         "<!DOCTYPE aResponse [<!ENTITY b \"c\">]>"
         "<aResponse><ListRolesResult>&b;</ListRolesResult></aResponse>"},
        /* Well-formed, but not what was asked for: no empty list. */
        {"iam", "ListRoles", "<html><body>Sign in</body></html>"},
        {"iam", "ListRoles", "<html><ListRolesResult/></html>"},
        {"iam", "ListRoles", WRAP("")},
        {"iam", "ListRoles", WRAP("<ListRolesResult>text</ListRolesResult>")},
        {"iam", "ListRoles", WRAP("<ListPoliciesResult><Policies/></ListPoliciesResult>")},
        {"iam", "CreateRole", "<html><body>Sign in</body></html>"},
        {"sts", "GetCallerIdentity", "<GetCallerIdentityResponse/>"},
        {"iam", "ListRoles", RESULT("<IsTruncated>maybe</IsTruncated>")},
        {"iam", "ListRoles", RESULT("<MaxSessionDuration>12x</MaxSessionDuration>")},
        {"iam", "ListRoles", RESULT("<MaxSessionDuration/>")},
        {"iam", "ListRoles",
         RESULT("<MaxSessionDuration>99999999999999999999</MaxSessionDuration>")},
        {"sagemaker", "ListDomains", ""},
        {"tagging", "GetResources", ""},
        {"sagemaker", "ListDomains", "{"},
        {"sagemaker", "ListDomains", "[]"},
        {"sagemaker", "ListDomains", "null"},
        {"sagemaker", "ListDomains", "{\"a\":1,\"a\":2}"},
        {"sagemaker", "ListDomains", "{\"a\":\"\\"},
        {"sagemaker", "ListDomains", "{\"a\":\"\\u00"},
        {"sagemaker", "ListDomains", "{\"a\":\"\\uD83D\\u00zz\"}"},
        {"sagemaker", "ListDomains", "<html></html>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        char *request_id = NULL;
        if (decode(cases[i].service, cases[i].operation, cases[i].body, &request_id, &err))
            fail_msg("\"%s\" was taken", cases[i].body);
        assert_int_equal(err.code, SK_E_PROTOCOL);
        assert_null(request_id);
    }
}

static void test_xml_depth_is_bounded(void **state)
{
    struct sk_buffer deep = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    (void)state;
    sk_buffer_adds(&deep, "<aResponse>");
    for (int i = 0; i < 200; i++)
        sk_buffer_adds(&deep, "<a>");
    for (int i = 0; i < 200; i++)
        sk_buffer_adds(&deep, "</a>");
    sk_buffer_adds(&deep, "</aResponse>");
    assert_null(sk_aws_xml_parse("iam", deep.data, deep.length, &err));
    assert_int_equal(err.code, SK_E_PROTOCOL);
    assert_non_null(strstr(sk_err_message(&err), "nested deeper"));
    sk_buffer_done(&deep);
}

static void test_json_answers(void **state)
{
    static const char *const same[] = {"{}", "{\"Domains\":[],\"NextToken\":\"t\"}",
                                       "{\"CreationTime\":1763844060.25}"};
    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        json_auto_t *output = decode("sagemaker", "ListDomains", same[i], NULL, &err);
        assert_non_null(output);
        sk_auto(sk_freep) char *text = sk_json_canonical(output);
        assert_string_equal(text, same[i]);
    }
    static const struct {
        const char *body, *text;
    } halves[] = {
        {"{\"a\":\"x\\u0000y\"}", "x\xef\xbf\xbdy"},
        {"{\"a\":\"\\ud83d\"}", "\xef\xbf\xbd"},
        {"{\"a\":\"\\uDE00\\ud83dx\"}", "\xef\xbf\xbd\xef\xbf\xbdx"},
        {"{\"a\":\"\\uD83D\\uDE00\"}", "\xf0\x9f\x98\x80"},
        {"{\"a\":\"\\\\u0000\"}", "\\u0000"},
        {"{\"a\":\"\\\\\\u0000\\n\"}", "\\\xef\xbf\xbd\n"},
        {"{\"a\":\"\\u00e4\"}", "\xc3\xa4"},
    };
    for (size_t i = 0; i < sizeof(halves) / sizeof(*halves); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        json_auto_t *output = decode("sagemaker", "ListSpaces", halves[i].body, NULL, &err);
        if (!output)
            fail_msg("%s: %s", halves[i].body, sk_err_message(&err));
        assert_string_equal(sk_json_text(output, "a"), halves[i].text);
    }
    /* What changes something may be answered by nothing. */
    json_auto_t *bare = decode("iam", "DeleteRole", "<DeleteRoleResponse/>", NULL, NULL);
    assert_int_equal(json_object_size(bare), 0);
    assert_non_null(bare);
    json_auto_t *empty = decode("sagemaker", "DeleteDomain", "", NULL, NULL);
    assert_int_equal(json_object_size(empty), 0);
}

static void test_fault_codes(void **state)
{
    static const struct {
        const char *type, *code;
    } cases[] = {
        {NULL, NULL},
        {"", NULL},
        {"#", NULL},
        {"ValidationException", "ValidationException"},
        {"com.amazon.x#ValidationException", "ValidationException"},
        {"ValidationException:http://internal.amazon.com/x/", "ValidationException"},
        {"aws.y#A:http://z#B", "A"},
        {"QueueDoesNotExist;Sender", "QueueDoesNotExist"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *code = sk_aws_fault_code(cases[i].type);
        if (cases[i].code)
            assert_string_equal(code, cases[i].code);
        else
            assert_null(code);
    }
}

static void test_faults(void **state)
{
    static const struct {
        const char *service, *body, *code, *message, *reason, *request_id;
        double retry_after_s;
    } cases[] = {
        {"sagemaker", "{\"__type\":\"ns#ResourceInUse\",\"message\":\"m\"}", "ResourceInUse", "m",
         NULL, NULL, 0},
        {"sso-admin",
         "{\"__type\":\"ResourceNotFoundException\",\"Message\":\"M\","
         "\"Reason\":\"KMS_NotFoundException\"}",
         "ResourceNotFoundException", "M", "KMS_NotFoundException", NULL, 0},
        {"identitystore",
         "{\"code\":\"ThrottlingException\",\"RetryAfterSeconds\":3,\"RequestId\":\"r\"}",
         "ThrottlingException", NULL, NULL, "r", 3},
        {"identitystore", "{\"__type\":\"X\",\"RetryAfterSeconds\":-3}", "X", NULL, NULL, NULL, 0},
        {"sagemaker", "{\"__type\":\"A\",\"message\":\"'\\u0000'\"}", "A", "'\xef\xbf\xbd'", NULL,
         NULL, 0},
        {"sagemaker", "<html>", NULL, NULL, NULL, NULL, 0},
        {"sagemaker", "", NULL, NULL, NULL, NULL, 0},
        {"sagemaker", "[]", NULL, NULL, NULL, NULL, 0},
        {"iam",
         "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>"
         "<Message>no role</Message></Error><RequestId>r-1</RequestId></ErrorResponse>",
         "NoSuchEntity", "no role", NULL, "r-1", 0},
        {"ec2",
         "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>m</Message></Error>"
         "</Errors><RequestID>r-2</RequestID></Response>",
         "InvalidVpcID.NotFound", "m", NULL, "r-2", 0},
        {"iam", "{\"message\":\"not XML\"}", NULL, NULL, NULL, NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_aws_fault fault = {0};
        const struct sk_aws_service *service = sk_aws_service_find(cases[i].service);
        sk_aws_protocol_find(service->protocol)
            ->decode_fault(service, cases[i].body, strlen(cases[i].body), &fault);
        const char *const got[] = {fault.code, fault.message, fault.reason, fault.request_id};
        const char *const expected[] = {cases[i].code, cases[i].message, cases[i].reason,
                                        cases[i].request_id};
        for (size_t k = 0; k < 4; k++) {
            if (!expected[k])
                assert_null(got[k]);
            else
                assert_string_equal(got[k], expected[k]);
        }
        assert_true(fault.retry_after_s == cases[i].retry_after_s);
        sk_aws_fault_done(&fault);
    }
}

static void test_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } cases[] = {
        {"Sun, 22 Nov 2026 20:41:00 GMT", 1795380060}, {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Sun, 22 Nov 2026 20:41:00 UTC", -1},         {"Sun, 22 Noo 2026 20:41:00 GMT", -1},
        {"Sun, 22 Nov 2026 24:41:00 GMT", -1},         {"Sun, 00 Nov 2026 20:41:00 GMT", -1},
        {"Sun, 2x Nov 2026 20:41:00 GMT", -1},         {"Sun 22 Nov 2026 20:41:00 GMT", -1},
        {"Sunday, 22-Nov-26 20:41:00 GMT", -1},        {"", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_wall wall = {-1};
        int result = sk_aws_date_parse(cases[i].text, &wall);
        assert_int_equal(result, cases[i].seconds < 0 ? -1 : 0);
        assert_int_equal(wall.seconds, cases[i].seconds);
    }
}

static void test_retry_after(void **state)
{
    const struct sk_wall now = {1795380060};
    (void)state;
    assert_true(sk_aws_retry_after_parse(NULL, now) == 0);
    assert_true(sk_aws_retry_after_parse("7", now) == 7);
    assert_true(sk_aws_retry_after_parse("soon", now) == 0);
    assert_true(sk_aws_retry_after_parse("Sun, 22 Nov 2026 20:41:30 GMT", now) == 30);
    assert_true(sk_aws_retry_after_parse("Sun, 22 Nov 2026 20:40:30 GMT", now) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query_bodies), cmocka_unit_test(test_query_depth_is_bounded),
        cmocka_unit_test(test_json_bodies),  cmocka_unit_test(test_xml_answers),
        cmocka_unit_test(test_bad_answers),  cmocka_unit_test(test_xml_depth_is_bounded),
        cmocka_unit_test(test_json_answers), cmocka_unit_test(test_fault_codes),
        cmocka_unit_test(test_faults),       cmocka_unit_test(test_dates),
        cmocka_unit_test(test_retry_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
