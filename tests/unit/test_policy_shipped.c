/* The templates shipped: every case comes out as written, and taking away any statement or
 * condition changes the outcome of a case or is listed as redundant. */
#include <string.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/cases.h"
#include "policy/document.h"
#include "policy/template.h"

static json_t *cases_of(const char *name)
{
    const char *text = sk_template_shipped_cases(name);
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_t *cases = sk_json_parse(text, strlen(text), name, &err);
    if (!cases)
        fail_msg("%s", sk_err_message(&err));
    return cases;
}

typedef int (*walk_fn)(const struct sk_template *, const json_t *, json_t *, struct sk_err *);

static void walk(walk_fn visit, int at_least)
{
    json_auto_t *failures = json_array();
    int total = 0;
    for (size_t i = 0; i < sk_template_shipped_count(); i++) {
        const char *name = sk_template_shipped_name(i);
        sk_auto(sk_err_done) struct sk_err err = {0};
        const struct sk_template *template_ = sk_template_shipped(name, &err);
        json_auto_t *cases = cases_of(name);
        int count = template_ ? visit(template_, cases, failures, &err) : -1;
        if (count < 1)
            fail_msg("%s: %s", name, count < 0 ? sk_err_message(&err) : "no cases");
        total += count;
    }
    struct sk_buffer text = {0};
    size_t index;
    json_t *failure;
    json_array_foreach(failures, index, failure)
    {
        sk_buffer_addf(&text, "%s\n", json_string_value(failure));
    }
    if (json_array_size(failures) > 0)
        fail_msg("%s", sk_buffer_text(&text));
    sk_buffer_done(&text);
    assert_true(total >= at_least);
    print_message("%d tried\n", total);
}

static void every_case_comes_out(void **state)
{
    (void)state;
    walk(sk_cases_run, 250);
}

static void every_part_is_needed(void **state)
{
    (void)state;
    walk(sk_cases_prove, 130);
}

static void a_wrong_case_is_told(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err err = {0};
    const struct sk_template *template_ = sk_template_shipped("studio-read-only@1", &err);
    json_auto_t *cases = cases_of("studio-read-only@1");
    json_auto_t *failures = json_array();
    json_array_append_new(json_object_get(cases, "cases"),
                          json_pack("{s:s, s:s, s:s, s:s}", "name", "wrong", "expect", "Allowed",
                                    "why", "to be told", "action", "sagemaker:DeleteDomain"));
    assert_true(sk_cases_run(template_, cases, failures, &err) > 0);
    assert_int_equal(json_array_size(failures), 1);
    assert_string_equal(
        json_string_value(json_array_get(failures, 0)),
        "studio-read-only@1: case 'wrong' is ImplicitlyDenied, not Allowed: to be told");
}

static void a_needless_part_is_told(void **state)
{
    (void)state;
    static const char policy[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":["
        "{\"Sid\":\"A\",\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{"
        "\"Bool\":{\"aws:SecureTransport\":\"true\"}}},"
        "{\"Sid\":\"B\",\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}]}";
    static const char text[] =
        "{\"as\":\"identity\",\"parameters\":{},\"redundant\":{\"A\":\"is not\"},"
        "\"base\":{\"principal\":{\"arn\":\"arn:aws:iam::111122223333:user/x\"}},"
        "\"cases\":[{\"name\":\"a\",\"expect\":\"Allowed\",\"why\":\"w\",\"action\":\"s3:"
        "PutObject\",\"context\":{\"aws:SecureTransport\":\"true\"}}]}";
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_template *template_ = NULL;
    ASSERT_OK(sk_template_parse("t@1", policy, "{\"description\":\"d\",\"parameters\":{}}",
                                &template_, &err),
              &err);
    json_auto_t *cases = sk_json_parse(text, strlen(text), "cases", &err);
    json_auto_t *failures = json_array();
    assert_int_equal(sk_cases_prove(template_, cases, failures, &err), 3);
    json_auto_t *expected =
        json_pack("[s, s, s]", "t@1: 'A' is listed as redundant, but a case misses it",
                  "t@1: no case misses 'A/Bool/aws:SecureTransport'", "t@1: no case misses 'B'");
    if (!json_equal(failures, expected)) {
        char *got = json_dumps(failures, 0);
        fail_msg("%s", got);
    }
    sk_template_free(template_);
}

/* policy-templates/PUBLISHED holds a line "name digest" for each template; the digest is over the
 * rendering with the cases' parameters, so that blanks and words may still be improved. */
static void published_versions_do_not_change(void **state)
{
    (void)state;
    sk_auto(sk_err_done) struct sk_err err = {0};
    sk_auto(sk_freep) char *published = NULL;
    size_t length;
    ASSERT_OK(
        sk_file_read(SK_SOURCE_DIR "/policy-templates/PUBLISHED", 65536, &published, &length, &err),
        &err);
    struct sk_buffer missing = {0};
    for (size_t i = 0; i < sk_template_shipped_count(); i++) {
        const char *name = sk_template_shipped_name(i);
        json_auto_t *cases = cases_of(name);
        json_t *document = NULL;
        ASSERT_OK(sk_template_render(sk_template_shipped(name, &err),
                                     json_object_get(cases, "parameters"), false, &document, &err),
                  &err);
        json_auto_t *canonical = sk_policy_canonical(document);
        json_decref(document);
        char digest[SK_SHA256_HEX_BYTES];
        sk_json_digest(canonical, digest);
        sk_auto(sk_freep) char *line = sk_xasprintf("%s %s\n", name, digest);
        if (!strstr(published, line))
            sk_buffer_adds(&missing, line);
    }
    if (missing.length > 0)
        fail_msg("not as published; a published version needs a new number, a new one needs its "
                 "line:\n%s",
                 sk_buffer_text(&missing));
    sk_buffer_done(&missing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_versions_do_not_change),
        cmocka_unit_test(every_case_comes_out),
        cmocka_unit_test(every_part_is_needed),
        cmocka_unit_test(a_wrong_case_is_told),
        cmocka_unit_test(a_needless_part_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
