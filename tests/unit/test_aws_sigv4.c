/* SigV4, stage by stage. The vectors are those of AWS's documentation (the ListUsers example) and
 * of its published signing test suite: key AKIDEXAMPLE, 2015-08-30T12:36:00Z, us-east-1. */
#include <string.h>

#include "aws/sigv4.h"
#include "base/alloc.h"
#include "sk_test.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define EMPTY  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct sk_wall when = {1440938160};

static void test_date(void **state)
{
    char date[SK_SIGV4_DATE_BYTES];
    (void)state;
    sk_sigv4_date(when, date);
    assert_string_equal(date, "20150830T123600Z");
    sk_sigv4_date((struct sk_wall){0}, date);
    assert_string_equal(date, "19700101T000000Z");
}

static void test_canonical_path(void **state)
{
    static const struct {
        const char *path, *expected;
        bool as_is;
    } cases[] = {
        {"", "/", false},
        {"/", "/", false},
        {"/a/b", "/a/b", false},
        {"/a/b/", "/a/b/", false},
        {"//a///b", "/a/b", false},
        {"/a/./b", "/a/b", false},
        {"/a/../b", "/b", false},
        {"/../../b", "/b", false},
        {"/a/..", "/", false},
        {"/a/b/..", "/a", false},
        {"/./", "/", false},
        {"/a%20b", "/a%2520b", false},
        {"/\xe1\x88\xb4", "/%E1%88%B4", false},
        {"/-._~", "/-._~", false},
        {"/a:b*c", "/a%3Ab%2Ac", false},
        {"", "/", true},
        {"//a/../%20", "//a/../%20", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *path = sk_sigv4_canonical_path(cases[i].path, cases[i].as_is);
        assert_string_equal(path, cases[i].expected);
    }
}

static void test_canonical_query(void **state)
{
    static const struct {
        const char *query, *expected;
    } cases[] = {
        {NULL, ""},
        {"", ""},
        {"a", "a="},
        {"a=", "a="},
        {"b=2&a=1", "a=1&b=2"},
        {"a=2&a=1", "a=1&a=2"},
        {"a=1&&b=2&", "a=1&b=2"},
        {"a=b=c", "a=b%3Dc"},
        {"A=1&a=2&B=3", "A=1&B=3&a=2"},
        {"a=%20", "a=%20"},
        {"a= +", "a=%20%2B"},
        {"\xe1\x88\xb4=bar", "%E1%88%B4=bar"},
        /* The separator does not take part in the order. */
        {"a-b=1&a=2", "a=2&a-b=1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *query = sk_sigv4_canonical_query(cases[i].query);
        assert_string_equal(query, cases[i].expected);
    }
}

static const struct sk_sigv4_header vanilla[] = {{"Host", "example.amazonaws.com"},
                                                 {"X-Amz-Date", "20150830T123600Z"}};

struct vector {
    const char *name;
    struct sk_sigv4_request request;
    const char *signed_headers, *signature;
};

#define HEADERS(...)                                                                               \
    (const struct sk_sigv4_header[]){__VA_ARGS__},                                                 \
        sizeof((const struct sk_sigv4_header[]){__VA_ARGS__}) / sizeof(struct sk_sigv4_header)
#define HOST                                                                                       \
    {                                                                                              \
        "Host", "example.amazonaws.com"                                                            \
    }
#define DATE                                                                                       \
    {                                                                                              \
        "X-Amz-Date", "20150830T123600Z"                                                           \
    }
#define FORM                                                                                       \
    {                                                                                              \
        "Content-Type", "application/x-www-form-urlencoded"                                        \
    }

static const struct vector vectors[] = {
    {"get-vanilla",
     {"GET", "/", "", vanilla, 2, NULL, 0},
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-relative",
     {"GET", "/example/..", "", vanilla, 2, NULL, 0},
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-query-order-key-case",
     {"GET", "/", "Param2=value2&Param1=value1", vanilla, 2, NULL, 0},
     "host;x-amz-date",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-utf8",
     {"GET", "/\xe1\x88\xb4", "", vanilla, 2, NULL, 0},
     "host;x-amz-date",
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"post-vanilla",
     {"POST", "/", "", vanilla, 2, NULL, 0},
     "host;x-amz-date",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-x-www-form-urlencoded",
     {"POST", "/", "", HEADERS(FORM, HOST, DATE), "Param1=value1", 13},
     "content-type;host;x-amz-date",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"get-header-key-duplicate",
     {"GET", "/", "",
      HEADERS(HOST, {"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"},
              DATE),
      NULL, 0},
     "host;my-header1;x-amz-date",
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-order",
     {"GET", "/", "",
      HEADERS(HOST, {"My-Header1", "value4"}, {"My-Header1", "value1"}, {"My-Header1", "value3"},
              {"My-Header1", "value2"}, DATE),
      NULL, 0},
     "host;my-header1;x-amz-date",
     "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"get-header-value-trim",
     {"GET", "/", "",
      HEADERS(HOST, {"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}, DATE), NULL, 0},
     "host;my-header1;my-header2;x-amz-date",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"a user agent is not signed",
     {"GET", "/", "", HEADERS({"User-Agent", "x"}, HOST, DATE), NULL, 0},
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
};

static void test_signatures(void **state)
{
    const struct sk_sigv4_scope scope = {"us-east-1", "service", when, false};
    sk_auto(sk_secret_done) struct sk_secret secret = {0};
    (void)state;
    sk_secret_set(&secret, SECRET, strlen(SECRET));
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        sk_auto(sk_freep) char *authorization =
            sk_sigv4_authorization(&vectors[i].request, &scope, "AKIDEXAMPLE", &secret);
        sk_auto(sk_freep) char *expected =
            sk_xasprintf("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
                         "aws4_request, SignedHeaders=%s, Signature=%s",
                         vectors[i].signed_headers, vectors[i].signature);
        if (strcmp(authorization, expected) != 0)
            fail_msg("%s: %s", vectors[i].name, authorization);
    }
}

/* The example that the documentation walks through. */
static void test_stages(void **state)
{
    const struct sk_sigv4_header headers[] = {
        {"Host", "iam.amazonaws.com"},
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
        {"X-Amz-Date", "20150830T123600Z"}};
    const struct sk_sigv4_request request = {
        "GET", "/", "Version=2010-05-08&Action=ListUsers", headers, 3, NULL, 0};
    const struct sk_sigv4_scope scope = {"us-east-1", "iam", when, false};
    sk_auto(sk_freep) char *names = NULL;
    sk_auto(sk_freep) char *canonical = sk_sigv4_canonical_request(&request, &scope, &names);
    (void)state;
    assert_string_equal(canonical, "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
                                   "content-type:application/x-www-form-urlencoded; charset=utf-8\n"
                                   "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
                                   "content-type;host;x-amz-date\n" EMPTY);
    assert_string_equal(names, "content-type;host;x-amz-date");
    sk_auto(sk_freep) char *to_sign = sk_sigv4_string_to_sign(canonical, &scope);
    assert_string_equal(to_sign,
                        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
                        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
    sk_auto(sk_secret_done) struct sk_secret secret = {0};
    sk_secret_set(&secret, SECRET, strlen(SECRET));
    char signature[65];
    sk_sigv4_signature(to_sign, &scope, &secret, signature);
    assert_string_equal(signature,
                        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date),
        cmocka_unit_test(test_canonical_path),
        cmocka_unit_test(test_canonical_query),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_stages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
