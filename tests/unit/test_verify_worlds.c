/* Whole small estates against brute force: two teams' roles with generated policies over a few actions.
 * Every request over a small alphabet is decided one by one under each role's own policies; sk_verify must
 * find a violation of a property exactly when one of the requests that the property forbids is allowed.
 * Single requests only: violations that take steps are left out on both sides. SK_SEED and SK_COUNT in
 * the environment choose other worlds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sk_random.h"
#include "sk_test.h"

#include "base/alloc.h"
#include "base/json.h"
#include "policy/catalogue.h"
#include "policy/decide.h"
#include "verify_fixture.h"

#define DEFAULT_SEED  20261128
#define DEFAULT_COUNT 20

static uint64_t seed;
static unsigned violated, held; /* properties of roles */

static unsigned below(unsigned bound)
{
    return sk_random_below(&seed, bound);
}

#define COUNT(list)   (sizeof(list) / sizeof((list)[0]))
#define PICK(list)    ((list)[below(COUNT(list))])
#define JOB(name)     "arn:aws:sagemaker:us-east-1:" ESTATE_ACCOUNT ":training-job/" name
#define MODEL(region) "arn:aws:sagemaker:" region ":" ESTATE_ACCOUNT ":model/"
#define ELSEWHERE     "arn:aws:sagemaker:eu-west-1:" ESTATE_ACCOUNT ":training-job/x"
#define BUCKET        "arn:aws:s3:::b-data"

static const char *const teams[] = {"a", "ab"};

/* ---- worlds ---- */

static const char *const actions[] = {"sagemaker:StopTrainingJob",
                                      "sagemaker:Stop*",
                                      "sagemaker:CreateModel",
                                      "sagemaker:*Model",
                                      "s3:GetObject",
                                      "iam:PassRole",
                                      "*"};
static const char *const resources[] = {"*",
                                        JOB("*"),
                                        JOB("x"),
                                        MODEL("*") "x",
                                        BUCKET "/*",
                                        "arn:aws:s3:::b*",
                                        ESTATE_ROLE "a",
                                        ESTATE_ROLE "a*",
                                        ESTATE_ROLE "ab"};
static const char *const operators[] = {"StringEquals", "StringLike", "StringNotEquals",
                                        "StringEqualsIfExists", "Null"};
static const char *const keys[] = {"aws:ResourceTag/Team", "aws:RequestTag/Team",
                                   "iam:PassedToService", "aws:PrincipalTag/Team"};
static const char *const values[] = {"a",
                                     "ab",
                                     "a*",
                                     "${aws:PrincipalTag/Team}",
                                     "${aws:PrincipalTag/Team}*",
                                     "sagemaker.amazonaws.com",
                                     "*"};

static json_t *random_statement(void)
{
    json_t *statement =
        json_pack("{s:s, s:s, s:s}", "Effect", below(3) ? "Allow" : "Deny", "Action", PICK(actions),
                  below(6) ? "Resource" : "NotResource", PICK(resources));
    json_t *condition = json_object();
    for (unsigned i = below(3); i > 0; i--) {
        const char *operator_ = PICK(operators);
        const char *value = strcmp(operator_, "Null") != 0 ? PICK(values)
                            : below(2)                     ? "true"
                                                           : "false";
        if (!json_object_get(condition, operator_))
            json_object_set_new(condition, operator_, json_object());
        json_object_set_new(json_object_get(condition, operator_), PICK(keys), json_string(value));
    }
    if (json_object_size(condition) > 0)
        json_object_set(statement, "Condition", condition);
    json_decref(condition);
    return statement;
}

static json_t *random_policy(void)
{
    json_t *statements = json_array();
    for (unsigned i = 1 + below(4); i > 0; i--)
        json_array_append_new(statements, random_statement());
    return estate_policy(statements);
}

/* ---- brute force ---- */

/* What a property forbids to the role of `team`, over a small alphabet. NULL ends a list; the first of
 * `tags` and `services` is absence. */
struct forbidden {
    enum sk_property property;
    const char *action;
    const char *arns[5];
    bool request_tag; /* the tag is the request's; otherwise the resource's */
};

static const char *const tags[] = {NULL, "a",  "ab",  "abc", "b",
                                   "A",  "a*", "ab*", "*",   "sagemaker.amazonaws.com"};
static const char *const services[] = {
    NULL, "sagemaker.amazonaws.com", "a", "ab", "abc", "a*", "ab*", "*", "ecs"};

static const struct forbidden forbidden[] = {
    {SK_PROPERTY_WRITES, "sagemaker:StopTrainingJob", {JOB("x"), JOB("y"), ELSEWHERE}, false},
    {SK_PROPERTY_WRITES,
     "sagemaker:CreateModel",
     {MODEL("us-east-1") "x", MODEL("eu-west-1") "x", MODEL("us-east-1") "y"},
     true},
    {SK_PROPERTY_DATA, "s3:GetObject", {BUCKET, BUCKET "/", BUCKET "/k"}, false},
    {SK_PROPERTY_PASS_ROLE,
     "iam:PassRole",
     {ESTATE_ROLE "a", ESTATE_ROLE "ab", ESTATE_ROLE "abc", ESTATE_ROLE "z"},
     false},
};

/* Whether this request is one that the property forbids. */
static bool is_forbidden(const struct forbidden *what, const char *team, const char *arn,
                         const char *tag, const char *service)
{
    switch ((int)what->property) {
    case SK_PROPERTY_WRITES:
        return !tag || strcmp(tag, team) != 0;
    case SK_PROPERTY_DATA: /* of team "ab" */
        return strcmp(team, "ab") != 0;
    default:
        return strcmp(strrchr(arn, '/') + 1, team) != 0 ||
               (service && strcmp(service, "sagemaker.amazonaws.com") != 0);
    }
}

static bool is_allowed(const struct forbidden *what, const char *team, const json_t *policy,
                       const char *arn, const char *tag, const char *service)
{
    json_auto_t *question = json_pack(
        "{s:{s:s, s:s+, s:s+, s:{s:s}}, s:s, s:{s:s, s:s, s:{}}, s:{}, s:[O]}", "principal", "type",
        "session", "arn", "arn:aws:sts::" ESTATE_ACCOUNT ":assumed-role/", team, "roleArn",
        ESTATE_ROLE, team, "tags", "Team", team, "action", what->action, "resource", "arn", arn,
        "account", ESTATE_ACCOUNT, "tags", "context", "identityPolicies", policy);
    json_t *principal = json_object_get(question, "principal");
    json_object_set_new(
        principal, "arn",
        json_sprintf("arn:aws:sts::" ESTATE_ACCOUNT ":assumed-role/%s/SageMaker", team));
    json_t *context = json_object_get(question, "context");
    if (tag && what->request_tag)
        json_object_set_new(context, "aws:RequestTag/Team", json_string(tag));
    else if (tag)
        json_object_set_new(json_object_get(json_object_get(question, "resource"), "tags"), "Team",
                            json_string(tag));
    if (service && what->property == SK_PROPERTY_PASS_ROLE)
        json_object_set_new(context, "iam:PassedToService", json_string(service));
    sk_auto(sk_err_done) struct sk_err err = {0};
    json_auto_t *answer = sk_policy_decide_json(question, &err);
    if (!answer)
        fail_msg("%s", sk_err_message(&err));
    return strcmp(sk_json_text(answer, "decision"), "Allowed") == 0;
}

/* Whether anything that it forbids is possible; tags only where the catalogue says that requests have
 * them. */
static bool brute_force(const struct forbidden *what, const char *team, const json_t *policy)
{
    bool tagged =
        sk_catalogue_has_key(sk_catalogue_find(what->action),
                             what->request_tag ? "aws:RequestTag/Team" : "aws:ResourceTag/Team");
    bool passes = what->property == SK_PROPERTY_PASS_ROLE;
    for (size_t r = 0; r < COUNT(what->arns) && what->arns[r]; r++) {
        for (size_t t = 0; t < (tagged ? COUNT(tags) : 1); t++) {
            for (size_t s = 0; s < (passes ? COUNT(services) : 1); s++) {
                if (is_forbidden(what, team, what->arns[r], tags[t], services[s]) &&
                    is_allowed(what, team, policy, what->arns[r], tags[t], services[s]))
                    return true;
            }
        }
    }
    return false;
}

/* Whether the report has a violation of the action by this role, without steps. */
static bool is_reported(const json_t *report, const struct forbidden *what, const char *team)
{
    size_t index;
    json_t *row;
    const json_t *rows = json_object_get(estate_property(report, what->property), "violations");
    sk_auto(sk_freep) char *address = sk_xasprintf("iam_role/dev/global/%s", team);
    json_array_foreach(rows, index, row)
    {
        if (!json_object_get(row, "steps") &&
            strcmp(sk_json_text(row, "action"), what->action) == 0 &&
            strcmp(sk_json_text(row, "address"), address) == 0)
            return true;
    }
    return false;
}

struct all {
    json_t *rows; /* {property action address: true}: also those that are not listed */
};

static void collect(const char *property, const json_t *row, void *data)
{
    struct all *all = data;
    if (json_object_get(row, "steps"))
        return;
    sk_auto(sk_freep) char *key = sk_xasprintf("%s %s %s", property, sk_json_text(row, "action"),
                                               sk_json_text(row, "address"));
    json_object_set_new(all->rows, key, json_true());
}

static void check_world(uint64_t number)
{
    json_auto_t *world = json_object();
    json_auto_t *data = estate_json("[{'name': 'ab', 'buckets': ['b-data'], 'bucketPolicies': "
                                    "{'b-data': null}}]");
    json_t *policies[COUNT(teams)];
    for (size_t i = 0; i < COUNT(teams); i++) {
        sk_auto(sk_freep) char *address = sk_xasprintf("iam_role/dev/global/%s", teams[i]);
        policies[i] = random_policy();
        estate_add(world, address, estate_role(teams[i], json_incref(policies[i]), NULL));
    }
    struct all all = {json_object()};
    json_auto_t *report = estate_verify(world, &(struct sk_verify_opts){.teams = data,
                                                                        .on_violation = collect,
                                                                        .on_violation_data = &all});
    for (size_t i = 0; i < COUNT(teams); i++) {
        for (size_t j = 0; j < COUNT(forbidden); j++) {
            const struct forbidden *what = &forbidden[j];
            sk_auto(sk_freep) char *key =
                sk_xasprintf("%s %s iam_role/dev/global/%s", sk_property_name(what->property),
                             what->action, teams[i]);
            bool found = json_object_get(all.rows, key) != NULL;
            bool possible = brute_force(what, teams[i], policies[i]);
            violated += possible;
            held += !possible;
            if (is_reported(report, what, teams[i]) && !found)
                fail_msg("seed %llu: %s is listed and was not told", (unsigned long long)number,
                         key);
            if (found == possible)
                continue;
            sk_auto(sk_freep) char *text = json_dumps(policies[i], 0);
            printf("%s\n", text);
            fail_msg("seed %llu: %s: brute force %s, verify %s", (unsigned long long)number, key,
                     possible ? "found one" : "found none", found ? "found one" : "found none");
        }
        json_decref(policies[i]);
    }
    json_decref(all.rows);
}

static void test_worlds(void **state)
{
    (void)state;
    uint64_t from = sk_random_setting("SK_SEED", DEFAULT_SEED);
    uint64_t worlds = sk_random_setting("SK_COUNT", DEFAULT_COUNT);
    printf("seed %llu, %llu worlds\n", (unsigned long long)from, (unsigned long long)worlds);
    for (uint64_t i = 0; i < worlds; i++) {
        seed = from + i;
        check_world(from + i);
    }
    printf("violated: %u, held: %u\n", violated, held);
    assert_true(worlds < 10 || (violated > 0 && held > 0));
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worlds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
