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
#include "proof/search.h"
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

/* ---- with a policy of the resource ---- */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ASKED       "arn:aws:s3:::b/**"

/* All pairs of what an identity policy grants and of what a bucket's policy says, and about whom. */
static const char *const granted[] = {"arn:aws:s3:::other/*", "arn:aws:s3:::b/x", "*"};
static const char *const held[] = {"arn:aws:s3:::b/*", "arn:aws:s3:::b", "arn:aws:s3:::c/*"};
static const char *const named[] = {
    "{\"Principal\": \"*\"}",
    "{\"Principal\": {\"AWS\": \"*\"}}",
    "{\"Principal\": {\"AWS\": \"111122223333\"}}",
    "{\"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:role/fraud\"}}",
    "{\"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:role/fraud-eu\"}}",
    "{\"Principal\": {\"AWS\": \"arn:aws:sts::111122223333:assumed-role/fraud/SageMaker\"}}",
    "{\"Principal\": {\"AWS\": [\"444455556666\", \"arn:aws:iam::111122223333:role/fraud\"]}}",
    "{\"Principal\": {\"Service\": \"sagemaker.amazonaws.com\"}}",
    "{\"NotPrincipal\": {\"AWS\": \"arn:aws:iam::111122223333:role/fraud\"}}",
    "{\"NotPrincipal\": {\"AWS\": \"arn:aws:iam::111122223333:role/fraud-eu\"}}",
};
static const char *const objects[] = {"arn:aws:s3:::b/x", "arn:aws:s3:::b/y/z", "arn:aws:s3:::b/"};

struct bucket_world {
    json_t *base, *identity, *bucket; /* owned */
};

static void bucket_world_make(size_t number, struct bucket_world *out)
{
    const char *identity = granted[number % COUNT(granted)];
    number /= COUNT(granted);
    const char *bucket = held[number % COUNT(held)];
    number /= COUNT(held);
    json_t *statement = json_loads(named[number % COUNT(named)], 0, NULL);
    number /= COUNT(named);
    assert_non_null(statement);
    json_object_set_new(statement, "Effect", json_string(number % 2 ? "Deny" : "Allow"));
    json_object_set_new(statement, "Action", json_string("s3:*"));
    json_object_set_new(statement, "Resource", json_string(bucket));
    out->base = json_pack("{s:{s:s}}", "principal", "arn",
                          "arn:aws:sts::111122223333:assumed-role/fraud/SageMaker");
    out->identity = json_pack("{s:s,s:[{s:s,s:s,s:s}]}", "Version", "2012-10-17", "Statement",
                              "Effect", "Allow", "Action", "s3:*", "Resource", identity);
    out->bucket = json_pack("{s:s,s:[o]}", "Version", "2012-10-17", "Statement", statement);
}

static bool any_allowed(const struct bucket_world *world)
{
    bool found = false;
    for (size_t i = 0; i < COUNT(objects); i++) {
        struct sk_err err = {0};
        json_auto_t *question = json_copy(world->base);
        json_object_set_new(question, "action", json_string("s3:GetObject"));
        json_object_set_new(question, "resource", json_string(objects[i]));
        json_object_set_new(question, "identityPolicies", json_pack("[O]", world->identity));
        json_object_set(question, "resourcePolicy", world->bucket);
        json_auto_t *decided = sk_policy_decide_json(question, &err);
        assert_non_null(decided);
        found |= strcmp(json_string_value(json_object_get(decided, "decision")), "Allowed") == 0;
    }
    return found;
}

/* Returns whether the look spared the question. */
static bool check_bucket_world(size_t number)
{
    struct bucket_world world;
    struct sk_err err = {0};
    struct sk_proof_shelf *shelf = sk_proof_shelf_new(NULL);
    struct sk_proof_policies *own = NULL;
    struct sk_proof_policies *of_bucket = NULL;
    struct sk_proof_answer answer = {0};
    bucket_world_make(number, &world);
    const struct sk_proof_document documents[] = {{SK_LAYER_IDENTITY, 0, "own", world.identity},
                                                  {SK_LAYER_RESOURCE, 0, "b", world.bucket}};
    assert_int_equal(sk_proof_policies_new(shelf, &documents[0], 1, &own, &err), 0);
    assert_int_equal(sk_proof_policies_new(shelf, &documents[1], 1, &of_bucket, &err), 0);
    struct sk_proof_policies *both = sk_proof_policies_join(own, of_bucket);
    const struct sk_proof_question question = {.base = world.base,
                                               .action = "s3:GetObject",
                                               .resource = ASKED,
                                               .resource_account = "111122223333"};
    assert_int_equal(sk_proof_ask(shelf, both, &question, &answer, &err), 0);
    bool allowed = any_allowed(&world);
    bool may = sk_proof_may_grant(both, world.base, 0, sk_shelf_action_count(), ASKED);
    if (allowed != (answer.outcome == SK_PROOF_POSSIBLE) || (allowed && !may))
        fail_msg("world %zu: allowed %d, outcome %d, the look says %d", number, allowed,
                 (int)answer.outcome, may);
    sk_proof_answer_done(&answer);
    sk_proof_policies_free(both);
    sk_proof_policies_free(of_bucket);
    sk_proof_policies_free(own);
    sk_proof_shelf_free(shelf);
    json_decref(world.base);
    json_decref(world.identity);
    json_decref(world.bucket);
    return !may;
}

static void test_resource_policies(void **state)
{
    (void)state;
    size_t spared = 0;
    for (size_t i = 0; i < COUNT(granted) * COUNT(held) * COUNT(named) * 2; i++)
        spared += check_bucket_world(i);
    /* With nothing granted on the bucket: all denials, what is about other resources, and those
     * that name somebody else. */
    assert_int_equal(spared, 3 * 10 + 2 * 10 + 3);
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
    uint64_t from = sk_random_setting("SK_SEED", DEFAULT_SEED);
    uint64_t worlds = sk_random_setting("SK_COUNT", DEFAULT_COUNT);
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
        cmocka_unit_test(test_resource_policies),
        cmocka_unit_test(test_against_evaluator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
