/* Quick looks: what they say no to is compared with the evaluator over generated texts. A look that
 * always says yes would be right and useless, so the named cases hold both. SK_SEED and SK_COUNT in
 * the environment choose other worlds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sk_random.h"
#include "sk_test.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "policy/decide.h"
#include "proof/reach.h"
#include "proof/word.h"

#define DEFAULT_SEED  20261128
#define DEFAULT_COUNT 20000

static const struct reach_case {
    const char *asked, *pattern;
    bool meets;
} cases[] = {
    {"arn:aws:s3:::acme-fraud-data", "*", true},
    {"arn:aws:s3:::acme-fraud-data", "arn:aws:s3:::acme-fraud-data", true},
    {"arn:aws:s3:::acme-fraud-data", "arn:aws:s3:::acme-fraud*", true},
    {"arn:aws:s3:::acme-fraud-eu-data", "arn:aws:s3:::acme-fraud*", true},
    {"arn:aws:s3:::acme-fraud-eu-data", "arn:aws:s3:::acme-fraud-data", false},
    {"arn:aws:s3:::acme-fraud-data/**", "arn:aws:s3:::acme-fraud-data", false},
    {"arn:aws:s3:::acme-fraud-data", "arn:aws:s3:::acme-fraud-data/*", false},
    {"arn:aws:s3:::acme-fraud-data/**", "arn:aws:s3:::acme-fraud-data/*", true},
    {"arn:aws:s3:::acme-fraud-data", "arn:aws:s3:::${aws:PrincipalTag/Bucket}", true},
    {"arn:aws:s3:::acme-fraud-data", "arn:aws:s3:::other-${aws:PrincipalTag/Team}", false},
    {"arn:aws:s3:::acme-fraud-data", "arn:aws:${aws:PrincipalTag/Service}:::other", true},
    {"arn:aws:s3:::acme", "arn:aws:s3:*:*:acme", true},
    {"arn:aws:s3:::acme", "arn:aws:s3::1:acme", false},
    {"arn:aws:sagemaker:*:1:model/*", "arn:aws:sagemaker:*:*:model-package/*", false},
    {"arn:aws:sagemaker:*:1:model/*", "arn:aws:sagemaker:eu-west-1:*:model/x", true},
    {"arn:aws:sagemaker:*:1:model/*", "arn:aws:sagemaker:*:2:model/*", false},
    {"arn:aws:sagemaker:*:1:model/*", "arn:aws:sagemaker*", true},
    {"arn:aws:sagemaker:*:1:model/*", "arn:aws:sage", false},
    {"**", "arn:aws:s3:::acme", true},
    {"*", "*", true},
    {"*", "arn:aws:s3:::acme", false},
    {"*", "?", true},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (sk_reach_may_meet(cases[i].asked, cases[i].pattern, true) != cases[i].meets)
            fail_msg("%s and %s", cases[i].asked, cases[i].pattern);
    }
    /* Without variables "${" is text like any. */
    assert_false(sk_reach_may_meet("arn:aws:s3:::a", "arn:aws:s3:::${aws:PrincipalTag/T}", false));
}

/* ---- generated worlds ---- */

static uint64_t seed;

static unsigned below(unsigned bound)
{
    return sk_random_below(&seed, bound);
}

#define PIECES(list) (list), sizeof(list) / sizeof((list)[0])

static void random_text(const char *const *pieces, unsigned count, unsigned most,
                        struct sk_buffer *out)
{
    for (unsigned left = below(most + 1); left > 0; left--)
        sk_buffer_adds(out, pieces[below(count)]);
}

/* "arn:aws:s3:PART:PART:REST" as a question has it; sometimes fewer parts. */
static char *random_asked(void)
{
    static const char *const pieces[] = {"a", "b", "/", "*", "**"};
    struct sk_buffer out = {0};
    unsigned parts = below(8) ? 6 : 1 + below(6);
    for (unsigned i = 0; i < parts; i++) {
        if (i > 0)
            sk_buffer_addc(&out, ':');
        if (i < 3 && below(8))
            sk_buffer_adds(&out, i == 0 ? "arn" : i == 1 ? "aws" : "s3");
        else
            random_text(PIECES(pieces), i == 5 ? 4 : 2, &out);
    }
    return sk_buffer_take(&out);
}

/* One of the texts that the question is about, most of the time. */
static char *random_resource(const char *asked)
{
    static const char *const names[] = {"a", "b", "ab", "ba"};
    static const char *const texts[] = {"a", "b", "/", ":", "a:b"};
    struct sk_buffer out = {0};
    for (; *asked; asked++) {
        if (*asked != '*') {
            sk_buffer_addc(&out, *asked);
        } else if (asked[1] == '*') {
            random_text(PIECES(texts), 3, &out);
            asked++;
        } else {
            sk_buffer_adds(&out, names[below(4)]);
        }
    }
    return sk_buffer_take(&out);
}

/* The text with some of it replaced by what may stand for it, and now and then by what may not. The
 * variable's value is "a:b". */
static char *random_pattern(const char *text)
{
    struct sk_buffer out = {0};
    for (; *text; text++) {
        switch (below(12)) {
        case 0:
            sk_buffer_addc(&out, '?');
            continue;
        case 1:
            sk_buffer_addc(&out, '*');
            continue;
        case 2:
            sk_buffer_addc(&out, '*');
            text += strlen(text) > 2 ? below(3) : 0;
            continue;
        case 3:
            if (strncmp(text, "a:b", 3) == 0) {
                sk_buffer_adds(&out, "${aws:PrincipalTag/T}");
                text += 2;
                continue;
            }
            break;
        case 4:
            if (below(10) == 0)
                sk_buffer_adds(&out, "${*}");
            break;
        default:
            break;
        }
        sk_buffer_addc(&out, *text);
    }
    return sk_buffer_take(&out);
}

static bool is_allowed(const struct sk_policy_set *set, const char *resource)
{
    struct sk_err err = {0};
    json_auto_t *question = json_pack("{s:{s:s,s:s,s:{s:s}},s:s,s:s}", "principal", "type",
                                      "session", "arn", "arn:aws:sts::1:assumed-role/r/s", "tags",
                                      "T", "a:b", "action", "s3:GetObject", "resource", resource);
    struct sk_request *request = sk_request_new();
    assert_int_equal(sk_policy_decide_request(question, request, &err), 0);
    bool allowed = sk_policy_set_match(set, request, true).allow != SK_NO_STATEMENT;
    sk_request_free(request);
    return allowed;
}

static struct sk_policy_set *set_of(const char *pattern)
{
    struct sk_err err = {0};
    struct sk_policy_set *set = NULL;
    json_auto_t *document =
        json_pack("{s:s,s:[{s:s,s:s,s:s}]}", "Version", "2012-10-17", "Statement", "Effect",
                  "Allow", "Action", "*", "Resource", pattern);
    struct sk_policy_source source = {"policy", document};
    assert_int_equal(sk_policy_set_new(&source, 1, SK_SET_COMPLETE_ARNS, &set, &err), 0);
    return set;
}

/* Returns whether a text was found that both take. */
static bool check_world(uint64_t number)
{
    sk_auto(sk_freep) char *asked = random_asked();
    sk_auto(sk_freep) char *model = random_resource(asked);
    sk_auto(sk_freep) char *pattern = random_pattern(model);
    bool none = strcmp(asked, "*") == 0;
    struct sk_word universe =
        none ? sk_word_of_text("*", 1, false) : sk_word_of_resource_type(asked);
    struct sk_policy_set *set = set_of(pattern);
    bool met = false;
    for (unsigned i = 0; i < 4 && !met; i++) {
        sk_auto(sk_freep) char *text = i == 0   ? sk_xstrdup(model)
                                       : i == 1 ? sk_xstrdup("*")
                                                : random_resource(asked);
        met = sk_word_matches(&universe, text, strlen(text)) && is_allowed(set, text);
        if (met && !sk_reach_may_meet(asked, pattern, true))
            fail_msg("seed %llu: %s and %s have %s in common", (unsigned long long)number, asked,
                     pattern, text);
    }
    sk_word_done(&universe);
    sk_policy_set_free(set);
    return met;
}

static void test_against_evaluator(void **state)
{
    (void)state;
    const char *first = getenv("SK_SEED");
    const char *count = getenv("SK_COUNT");
    uint64_t from = first ? strtoull(first, NULL, 10) : DEFAULT_SEED;
    uint64_t worlds = count ? strtoull(count, NULL, 10) : DEFAULT_COUNT;
    uint64_t met = 0;
    printf("seed %llu, %llu worlds\n", (unsigned long long)from, (unsigned long long)worlds);
    for (uint64_t i = 0; i < worlds; i++) {
        seed = from + i;
        met += check_world(from + i);
    }
    printf("in %llu of them a text that both take\n", (unsigned long long)met);
    assert_true(met > worlds / 10); /* otherwise nothing was compared */
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_against_evaluator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
