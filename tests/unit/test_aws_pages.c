/* Paging: inputs of pages, joining, ends and bounds; and the look-up of operations. */
#include <stdio.h>
#include <string.h>

#include "aws/page.h"
#include "base/alloc.h"
#include "base/bounds.h"
#include "base/json.h"
#include "sk_test.h"

static void test_find(void **state)
{
    (void)state;
    assert_non_null(sk_aws_operation_find("sagemaker", "ListDomains"));
    assert_null(sk_aws_operation_find("sagemaker", "ListDomain"));
    assert_null(sk_aws_operation_find("iam", "ListDomains"));
    assert_null(sk_aws_operation_find("", ""));
}

static void test_inputs(void **state)
{
    static const struct {
        const char *service, *operation, *input, *token, *expected;
    } cases[] = {
        {"sagemaker", "ListDomains", "{}", NULL, "{\"MaxResults\":100}"},
        {"sagemaker", "ListDomains", NULL, NULL, "{\"MaxResults\":100}"},
        {"sagemaker", "ListDomains", "{\"MaxResults\":5}", "t",
         "{\"MaxResults\":5,\"NextToken\":\"t\"}"},
        {"iam", "ListRoles", "{\"PathPrefix\":\"/p/\"}", "m",
         "{\"Marker\":\"m\",\"MaxItems\":1000,\"PathPrefix\":\"/p/\"}"},
        {"tagging", "GetResources", "{}", NULL, "{\"ResourcesPerPage\":100}"},
        {"tagging", "GetResources", "{\"ResourceARNList\":[\"a\"]}", NULL,
         "{\"ResourceARNList\":[\"a\"]}"},
        {"sagemaker", "DescribeDomain", "{\"DomainId\":\"d\"}", NULL, "{\"DomainId\":\"d\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *input = cases[i].input ? json_loads(cases[i].input, 0, NULL) : NULL;
        json_auto_t *before = json_deep_copy(input);
        json_auto_t *page = sk_aws_page_input(
            sk_aws_operation_find(cases[i].service, cases[i].operation), input, cases[i].token);
        sk_auto(sk_freep) char *text = sk_json_canonical(page);
        assert_string_equal(text, cases[i].expected);
        assert_true(!input || json_equal(input, before));
    }
}

static int add(struct sk_aws_pages *pages, const char *operation, const char *page,
               struct sk_err *err)
{
    const char *service = strstr(operation, "Domain")              ? "sagemaker"
                          : strcmp(operation, "GetResources") == 0 ? "tagging"
                                                                   : "iam";
    return sk_aws_pages_add(pages, sk_aws_operation_find(service, operation),
                            json_loads(page, 0, NULL), err);
}

static void test_join(void **state)
{
    static const struct {
        const char *operation, *pages[3];
        const char *expected;
    } cases[] = {
        {"ListDomains",
         {"{\"Domains\":[1,2],\"NextToken\":\"a\"}", "{\"Domains\":[],\"NextToken\":\"b\"}",
          "{\"Domains\":[3]}"},
         "{\"Domains\":[1,2,3]}"},
        {"ListDomains", {"{\"Domains\":[]}"}, "{\"Domains\":[]}"},
        {"ListRoles",
         {"{\"Roles\":[1],\"IsTruncated\":true,\"Marker\":\"m\"}",
          "{\"Roles\":[2],\"IsTruncated\":false,\"Marker\":\"stale\"}"},
         "{\"Roles\":[1,2]}"},
        {"ListRoles", /* without IsTruncated the token counts */
         {"{\"Roles\":[1],\"Marker\":\"m\"}", "{\"Roles\":[2]}"},
         "{\"Roles\":[1,2]}"},
        {"ListDomains", {"{\"Domains\":null,\"NextToken\":null}"}, "{\"Domains\":null}"},
        {"GetAccountAuthorizationDetails",
         {"{\"RoleDetailList\":[1],\"Policies\":[],\"IsTruncated\":true,\"Marker\":\"m\"}",
          "{\"RoleDetailList\":[2],\"Policies\":[3],\"UserDetailList\":[4],\"IsTruncated\":false}"},
         "{\"Policies\":[3],\"RoleDetailList\":[1,2],\"UserDetailList\":[4]}"},
        {"GetResources",
         {"{\"ResourceTagMappingList\":[1],\"PaginationToken\":\"a\"}",
          "{\"ResourceTagMappingList\":[2],\"PaginationToken\":\"\"}"},
         "{\"ResourceTagMappingList\":[1,2]}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_aws_pages pages = {0};
        struct sk_err err = {0};
        for (size_t k = 0; k < 3 && cases[i].pages[k]; k++) {
            ASSERT_OK(add(&pages, cases[i].operation, cases[i].pages[k], &err), &err);
            bool last = k == 2 || !cases[i].pages[k + 1];
            assert_int_equal(pages.token == NULL, last);
        }
        sk_auto(sk_freep) char *text = sk_json_canonical(pages.output);
        assert_string_equal(text, cases[i].expected);
        sk_aws_pages_done(&pages);
    }
}

static void test_pages_that_make_no_sense(void **state)
{
    static const struct {
        const char *operation, *page;
    } cases[] = {
        {"ListRoles", "{\"Roles\":[1],\"IsTruncated\":true}"},
        {"ListRoles", "{\"Roles\":[1],\"IsTruncated\":true,\"Marker\":\"\"}"},
        {"ListRoles", "{\"Roles\":\"none\",\"IsTruncated\":false}"},
        {"ListDomains", "{\"Domains\":{}}"},
        {"ListDomains", "{\"Domains\":[],\"NextToken\":7}"},
        {"GetAccountAuthorizationDetails", "{\"RoleDetailList\":[],\"Policies\":\"\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sk_aws_pages pages = {0};
        sk_auto(sk_err_done) struct sk_err err = {0};
        if (add(&pages, cases[i].operation, cases[i].page, &err) != SK_E_PROTOCOL)
            fail_msg("%s was taken", cases[i].page);
        sk_aws_pages_done(&pages);
    }
}

static void test_repeated_token(void **state)
{
    struct sk_aws_pages pages = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    (void)state;
    ASSERT_OK(add(&pages, "ListDomains", "{\"Domains\":[1],\"NextToken\":\"a\"}", &err), &err);
    ASSERT_OK(add(&pages, "ListDomains", "{\"Domains\":[2],\"NextToken\":\"b\"}", &err), &err);
    assert_int_equal(add(&pages, "ListDomains", "{\"Domains\":[3],\"NextToken\":\"b\"}", &err),
                     SK_E_PROTOCOL);
    sk_aws_pages_done(&pages);
}

static int add_numbered(struct sk_aws_pages *pages, unsigned number, const char *items,
                        struct sk_err *err)
{
    sk_auto(sk_freep) char *page =
        sk_xasprintf("{\"Domains\":[%s],\"NextToken\":\"%u\"}", items, number);
    return add(pages, "ListDomains", page, err);
}

static void test_empty_pages_are_bounded_in_a_row(void **state)
{
    struct sk_aws_pages pages = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    unsigned number = 0;
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 1; i < SK_BOUND_EMPTY_PAGES; i++)
            ASSERT_OK(add_numbered(&pages, number++, "", &err), &err);
        ASSERT_OK(add_numbered(&pages, number++, "1", &err), &err);
    }
    for (int i = 1; i < SK_BOUND_EMPTY_PAGES; i++)
        ASSERT_OK(add_numbered(&pages, number++, "", &err), &err);
    assert_int_equal(add_numbered(&pages, number, "", &err), SK_E_BOUND);
    sk_aws_pages_done(&pages);
}

static void test_pages_are_bounded(void **state)
{
    struct sk_aws_pages pages = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    (void)state;
    for (unsigned i = 1; i < SK_BOUND_PAGES; i++)
        ASSERT_OK(add_numbered(&pages, i, "1", &err), &err);
    assert_int_equal(add_numbered(&pages, SK_BOUND_PAGES, "1", &err), SK_E_BOUND);
    sk_aws_pages_done(&pages);
}

static void test_restart_once(void **state)
{
    struct sk_aws_pages pages = {0};
    struct sk_err err = {0};
    (void)state;
    ASSERT_OK(add(&pages, "ListDomains", "{\"Domains\":[1],\"NextToken\":\"a\"}", &err), &err);
    assert_true(sk_aws_pages_restart(&pages));
    assert_null(pages.token);
    ASSERT_OK(add(&pages, "ListDomains", "{\"Domains\":[2]}", &err), &err);
    sk_auto(sk_freep) char *text = sk_json_canonical(pages.output);
    assert_string_equal(text, "{\"Domains\":[2]}");
    assert_false(sk_aws_pages_restart(&pages));
    sk_aws_pages_done(&pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_inputs),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_pages_that_make_no_sense),
        cmocka_unit_test(test_repeated_token),
        cmocka_unit_test(test_empty_pages_are_bounded_in_a_row),
        cmocka_unit_test(test_pages_are_bounded),
        cmocka_unit_test(test_restart_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
