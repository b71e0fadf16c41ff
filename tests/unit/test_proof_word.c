/* Classes of texts: named cases, and brute force over all short texts of a small alphabet. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sk_random.h"
#include "sk_test.h"

#include "base/alloc.h"
#include "proof/word.h"

struct word_case {
    const char *name;
    const char *universe; /* of a resource type; NULL: any text */
    const char *patterns[6];
    size_t classes;
};

static const struct word_case cases[] = {
    {"no pattern", NULL, {NULL}, 1},
    {"one text", NULL, {"fraud"}, 2},
    {"a prefix and a text below it", NULL, {"acme-fraud*", "acme-fraud-eu"}, 3},
    {"two that overlap", NULL, {"a*", "*b"}, 4},
    {"two that cannot meet", NULL, {"a*", "b*"}, 3},
    {"one within the other", NULL, {"a*", "ab*", "abc"}, 4},
    {"everything", NULL, {"*"}, 1},
    {"a name has no slash", "arn:aws:sagemaker:eu-west-1:1:model/*", {"*/x/y"}, 1},
    {"a name within an ARN",
     "arn:aws:sagemaker:eu-west-1:1:model/*",
     {"arn:aws:sagemaker:*:*:model/fraud-*"},
     2},
    {"any text within an ARN", "arn:aws:s3:::b/**", {"arn:aws:s3:::b/a/*"}, 2},
    {"question marks", NULL, {"??", "a?"}, 3},
    {"fixed universe", "arn:aws:iam::1:role/x", {"arn:aws:iam::1:role/x", "*y"}, 1},
};

static size_t make(const struct word_case *item, struct sk_word *patterns)
{
    size_t count = 0;
    while (count < 6 && item->patterns[count]) {
        patterns[count] = sk_word_of_glob(item->patterns[count]);
        count++;
    }
    return count;
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sk_word patterns[6];
        size_t count = make(&cases[i], patterns);
        struct sk_word universe =
            cases[i].universe ? sk_word_of_resource_type(cases[i].universe) : sk_word_of_anything();
        struct sk_word_classes classes;
        sk_word_classes(&universe, patterns, count, NULL, &classes);
        if (classes.count != cases[i].classes || !classes.whole)
            fail_msg("%s: %zu classes instead of %zu", cases[i].name, classes.count,
                     cases[i].classes);
        for (size_t c = 0; c < classes.count; c++) {
            const char *text = classes.items[c].example;
            assert_true(sk_word_matches(&universe, text, strlen(text)));
            for (size_t p = 0; p < count; p++)
                assert_int_equal(sk_word_class_has(&classes.items[c], p),
                                 sk_word_matches(&patterns[p], text, strlen(text)));
        }
        sk_word_classes_done(&classes);
        for (size_t p = 0; p < count; p++)
            sk_word_done(&patterns[p]);
        sk_word_done(&universe);
    }
}

static void test_hints_become_examples(void **state)
{
    (void)state;
    static const char *const hints[] = {"fraud-eu", "pricing", NULL};
    struct sk_word pattern = sk_word_of_glob("fraud*");
    struct sk_word universe = sk_word_of_anything();
    struct sk_word_classes classes;
    sk_word_classes(&universe, &pattern, 1, hints, &classes);
    assert_int_equal(classes.count, 2);
    assert_string_equal(classes.items[0].example, "fraud-eu");
    assert_string_equal(classes.items[1].example, "pricing");
    sk_word_classes_done(&classes);
    sk_word_done(&pattern);
    sk_word_done(&universe);
}

/* A pattern that no machine should try to expand is given up, and says so. */
static void test_too_many_states(void **state)
{
    (void)state;
    struct sk_word pattern = sk_word_of_glob("*a??????????????????????");
    struct sk_word universe = sk_word_of_anything();
    struct sk_word_classes classes;
    sk_word_classes(&universe, &pattern, 1, NULL, &classes);
    assert_false(classes.whole);
    sk_word_classes_done(&classes);
    sk_word_done(&pattern);
    sk_word_done(&universe);
}

static uint64_t seed = 7;

static unsigned below(unsigned bound)
{
    return sk_random_below(&seed, bound);
}

static void random_glob(char *out, size_t max)
{
    static const char letters[] = "abab*?:";
    size_t length = below((unsigned)max);
    for (size_t i = 0; i < length; i++)
        out[i] = letters[below(sizeof(letters) - 1)];
    out[length] = '\0';
}

/* Every combination that some text of up to six characters shows is among the classes. */
static void check_world(struct sk_word *patterns, size_t count)
{
    static const char alphabet[] = "abx:";
    struct sk_word universe = sk_word_of_anything();
    struct sk_word_classes classes;
    sk_word_classes(&universe, patterns, count, NULL, &classes);
    assert_true(classes.whole);
    for (unsigned number = 0; number < 4 * 4 * 4 * 4 * 4; number++) {
        for (size_t length = 0; length <= 5; length++) {
            char text[8] = {0};
            unsigned rest = number;
            for (size_t i = 0; i < length; i++, rest /= 4)
                text[i] = alphabet[rest % 4];
            if (rest > 0)
                continue;
            bool found = false;
            for (size_t c = 0; c < classes.count && !found; c++) {
                found = true;
                for (size_t p = 0; p < count && found; p++)
                    found = sk_word_class_has(&classes.items[c], p) ==
                            sk_word_matches(&patterns[p], text, length);
            }
            if (!found)
                fail_msg("no class for '%s'", text);
        }
    }
    sk_word_classes_done(&classes);
    sk_word_done(&universe);
}

static void test_brute_force(void **state)
{
    (void)state;
    for (int world = 0; world < 12; world++) {
        struct sk_word patterns[4];
        size_t count = 1 + below(4);
        for (size_t i = 0; i < count; i++) {
            char glob[8];
            random_glob(glob, 6);
            patterns[i] = sk_word_of_glob(glob);
        }
        check_world(patterns, count);
        for (size_t i = 0; i < count; i++)
            sk_word_done(&patterns[i]);
    }
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_hints_become_examples),
        cmocka_unit_test(test_too_many_states),
        cmocka_unit_test(test_brute_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
