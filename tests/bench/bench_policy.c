/* Decisions on policies, and look-ups in the catalogue of actions, on one core.
 *
 *   bench_policy ROLES ACTIONS ROUNDS
 *
 * (a) one role with six policies, ten requests decided ROUNDS times each;
 * (b) ROLES such roles, each asked for ACTIONS actions on four resources, the request filled in
 *     for each question.
 * Prints one JSON object. The decisions of (a) are checked against what the templates promise,
 * those of (b) against the reasoned evaluation and against the isolation of teams; a wrong one ends
 * the program with code 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "measure.h"
#include "policy/catalogue.h"
#include "policy/evaluate.h"
#include "policy/template.h"

#define POLICIES     6
#define ACCOUNT      "111122223333"
#define SAGEMAKER    "arn:aws:sagemaker:eu-central-1:" ACCOUNT ":"
#define LOOK_UPS     2000000
#define CHECKED_MOST 3 /* roles of (b) that are evaluated a second time, with reasons */

/* Requests of team 0 on what is its own unless the row says otherwise. */
static const struct question {
    const char *action, *resource, *request_team;
    enum sk_decision expected;
} questions[] = {
    {"sagemaker:CreateTrainingJob", SAGEMAKER "training-job/x", "team0", SK_DECISION_ALLOWED},
    {"sagemaker:CreateTrainingJob", SAGEMAKER "training-job/x", "team1", SK_DECISION_DENIED},
    {"sagemaker:DeleteModel", SAGEMAKER "model/m", NULL, SK_DECISION_ALLOWED},
    {"sagemaker:DescribeTrainingJob", SAGEMAKER "training-job/x", NULL, SK_DECISION_ALLOWED},
    {"sagemaker:UpdateDomain", SAGEMAKER "domain/d-1", NULL, SK_DECISION_FORBIDDEN},
    {"s3:GetObject", "arn:aws:s3:::acme-team0/a/b/c", NULL, SK_DECISION_ALLOWED},
    {"s3:GetObject", "arn:aws:s3:::acme-team1/a/b/c", NULL, SK_DECISION_DENIED},
    {"iam:PassRole", "arn:aws:iam::" ACCOUNT ":role/team1", NULL, SK_DECISION_DENIED},
    {"athena:StartQueryExecution", "arn:aws:athena:eu-central-1:" ACCOUNT ":workgroup/primary",
     NULL, SK_DECISION_ALLOWED},
    {"ecr:BatchGetImage", "arn:aws:ecr:eu-central-1:" ACCOUNT ":repository/team0/train", NULL,
     SK_DECISION_ALLOWED},
};
#define QUESTIONS (sizeof(questions) / sizeof(*questions))

/* What (b) asks about; the first two carry the tag of team 0. */
static const char *const resources[] = {
    SAGEMAKER "model/m",
    SAGEMAKER "training-job/x",
    SAGEMAKER "app/d-1/alice-team0/JupyterLab/default",
    "arn:aws:s3:::acme-team0/a/b/c",
};
#define RESOURCES (sizeof(resources) / sizeof(*resources))
#define TAGGED    2

static json_t *from_template(const char *name, const json_t *values)
{
    struct sk_err err = {0};
    json_t *document = NULL;
    const struct sk_template *template_ = sk_template_shipped(name, &err);
    if (!template_ || sk_template_render(template_, values, true, &document, &err) < 0)
        bench_die(name, &err);
    return document;
}

/* A team's policies: four templates, and two of its own. */
static struct sk_policy_set *compile_role(size_t team)
{
    static const char *const templates[] = {"studio-read-only@1", "studio-supporting-services@1",
                                            "studio-developer@1", "studio-denied-services@1"};
    json_auto_t *values =
        json_pack("{s:o, s:[o]}", "bucket", json_sprintf("acme-team%zu", team), "passRoles",
                  json_sprintf("arn:aws:iam::" ACCOUNT ":role/team%zu", team));
    json_t *documents[POLICIES];
    for (size_t i = 0; i < sizeof(templates) / sizeof(*templates); i++)
        documents[i] = from_template(templates[i], values);
    documents[4] = json_pack("{s:s, s:[{s:s, s:[s,s,s], s:s}]}", "Version", "2012-10-17",
                             "Statement", "Effect", "Allow", "Action", "athena:*", "glue:Get*",
                             "glue:BatchGet*", "Resource", "*");
    documents[5] = json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "Version", "2012-10-17", "Statement",
                             "Effect", "Allow", "Action", "ecr:*", "Resource",
                             "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/Team}/*");
    struct sk_policy_source sources[POLICIES];
    for (size_t i = 0; i < POLICIES; i++)
        sources[i] = (struct sk_policy_source){.document = documents[i]};
    struct sk_policy_set *set = NULL;
    struct sk_err err = {0};
    if (sk_policy_set_new(sources, POLICIES, SK_SET_COMPLETE_ARNS, &set, &err) < 0)
        bench_die("policy set", &err);
    for (size_t i = 0; i < POLICIES; i++)
        json_decref(documents[i]);
    return set;
}

static struct sk_request *request_of(size_t team)
{
    sk_auto(sk_freep) char *name = sk_xasprintf("team%zu", team);
    sk_auto(sk_freep) char *arn =
        sk_xasprintf("arn:aws:sts::" ACCOUNT ":assumed-role/%s/SageMaker", name);
    const struct sk_principal principal = {.arn = arn};
    struct sk_request *request = sk_request_new();
    struct sk_err err = {0};
    if (sk_request_set_principal(request, &principal, &err) < 0)
        bench_die("principal", &err);
    sk_request_put_tag(request, SK_TAG_PRINCIPAL, "Team", name);
    return request;
}

static json_t *decide_one_role(const struct sk_policy_set *set, size_t rounds)
{
    const struct sk_layers layers = {.identity = set};
    struct sk_request *requests[QUESTIONS];
    for (size_t i = 0; i < QUESTIONS; i++) {
        requests[i] = request_of(0);
        /* What is being created has no tags yet; everything else is team 0's. */
        const char *team = questions[i].request_team;
        if (team)
            sk_request_put(requests[i], "aws:RequestTag/Team", &team, 1);
        else
            sk_request_put_tag(requests[i], SK_TAG_RESOURCE, "Team", "team0");
        sk_request_set_action(requests[i], questions[i].action);
        sk_request_set_resource(requests[i], questions[i].resource, NULL);
    }
    size_t unexpected = 0;
    double started = bench_cpu_s();
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < QUESTIONS; i++)
            unexpected += sk_policy_decide(&layers, requests[i]) != questions[i].expected;
    }
    double used = bench_cpu_s() - started;
    bench_expect("decisions on one role that nobody expects", unexpected, 0);
    for (size_t i = 0; i < QUESTIONS; i++)
        sk_request_free(requests[i]);
    return json_pack("{s:I, s:f, s:I, s:I}", "decisions",
                     (json_int_t)rounds * (json_int_t)QUESTIONS, "cpu_s", used, "statements",
                     (json_int_t)sk_policy_set_statements(set), "bytes",
                     (json_int_t)sk_policy_set_bytes(set));
}

/* Calls `each` for every action and resource, with the request filled in. */
typedef void (*ask_fn)(const struct sk_layers *layers, struct sk_request *request,
                       const struct sk_catalogue_action *action, size_t resource, size_t *counts);

static void ask_all(const struct sk_policy_set *set, size_t team, size_t actions, ask_fn each,
                    size_t *counts)
{
    const struct sk_layers layers = {.identity = set};
    size_t first = 0;
    size_t past = 0;
    sk_catalogue_range("sagemaker", strlen("sagemaker"), &first, &past);
    struct sk_request *request = request_of(team);
    sk_request_put_tag(request, SK_TAG_RESOURCE, "Team", "team0");
    for (size_t resource = 0; resource < RESOURCES; resource++) {
        sk_request_set_resource(request, resources[resource], NULL);
        for (size_t i = 0; i < actions; i++) {
            const struct sk_catalogue_action *action = sk_catalogue_at(first + i);
            if (!action)
                bench_die("the catalogue has fewer actions from sagemaker on", NULL);
            sk_request_set_action(request, sk_catalogue_name(action));
            each(&layers, request, action, resource, counts);
        }
    }
    sk_request_free(request);
}

static void count(const struct sk_layers *layers, struct sk_request *request,
                  const struct sk_catalogue_action *action, size_t resource, size_t *counts)
{
    (void)action;
    (void)resource;
    counts[sk_policy_decide(layers, request)]++;
}

/* counts: [0] decided otherwise with reasons than without; [1] writes to tagged resources. */
static void check(const struct sk_layers *layers, struct sk_request *request,
                  const struct sk_catalogue_action *action, size_t resource, size_t *counts)
{
    struct sk_verdict verdict;
    sk_policy_evaluate(layers, request, &verdict);
    counts[0] += verdict.decision != sk_policy_decide(layers, request);
    if (resource < TAGGED && sk_catalogue_access(action) == SK_ACCESS_WRITE)
        counts[1] += verdict.decision == SK_DECISION_ALLOWED;
}

static void check_roles(struct sk_policy_set *const *sets, size_t roles, size_t actions)
{
    for (size_t i = 0; i < roles && i < CHECKED_MOST; i++) {
        size_t counts[2] = {0};
        ask_all(sets[i], i, actions, check, counts);
        bench_expect("decisions that differ from their reasons", counts[0], 0);
        bench_expect("whether only team 0 may change what is its own", counts[1] > 0, i == 0);
    }
}

static json_t *decide_many_roles(size_t roles, size_t actions)
{
    struct sk_policy_set **sets = sk_xcalloc(roles, sizeof(*sets));
    size_t bytes = 0;
    double started = bench_cpu_s();
    for (size_t i = 0; i < roles; i++) {
        sets[i] = compile_role(i);
        bytes += sk_policy_set_bytes(sets[i]);
    }
    double compiled = bench_cpu_s();
    size_t counts[SK_DECISION_FORBIDDEN + 1] = {0};
    for (size_t i = 0; i < roles; i++)
        ask_all(sets[i], i, actions, count, counts);
    double decided = bench_cpu_s();
    size_t decisions = counts[0] + counts[1] + counts[2];
    bench_expect("decisions", decisions, roles * actions * RESOURCES);
    check_roles(sets, roles, actions);
    for (size_t i = 0; i < roles; i++)
        sk_policy_set_free(sets[i]);
    free(sets);
    return json_pack("{s:I, s:I, s:f, s:f, s:I, s:I, s:I, s:I}", "roles", (json_int_t)roles,
                     "decisions", (json_int_t)decisions, "compile_cpu_s", compiled - started,
                     "cpu_s", decided - compiled, "bytes", (json_int_t)bytes, "allowed",
                     (json_int_t)counts[SK_DECISION_ALLOWED], "denied",
                     (json_int_t)counts[SK_DECISION_DENIED], "forbidden",
                     (json_int_t)counts[SK_DECISION_FORBIDDEN]);
}

/* Names in an order without pattern, so that neighbours in the tables do not help each other. */
static const char **mixed_names(size_t *count_out)
{
    size_t total = 0;
    while (sk_catalogue_at(total))
        total++;
    const char **names = sk_xcalloc(total + 1, sizeof(char *));
    struct bench_random random = {.state = 20261122};
    for (size_t i = 0; i < total; i++) {
        size_t other = bench_random_below(&random, i + 1);
        names[i] = names[other];
        names[other] = sk_catalogue_name(sk_catalogue_at(i));
    }
    *count_out = total;
    return names;
}

static json_t *look_up(size_t most)
{
    size_t total = 0;
    const char **names = mixed_names(&total);
    size_t found = 0;
    double started = bench_cpu_s();
    for (size_t i = 0; i < most; i++)
        found += sk_catalogue_find(names[i % total]) != NULL;
    double used = bench_cpu_s() - started;
    bench_expect("actions found", found, most);
    free(names);
    return json_pack("{s:I, s:I, s:I, s:f}", "actions", (json_int_t)total, "bytes",
                     (json_int_t)sk_catalogue_bytes(), "look_ups", (json_int_t)most, "cpu_s", used);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        bench_die("usage: bench_policy ROLES ACTIONS ROUNDS", NULL);
    size_t roles = bench_number(argv[1]);
    size_t actions = bench_number(argv[2]);
    size_t rounds = bench_number(argv[3]);
    struct sk_policy_set *set = compile_role(0);
    json_t *one = decide_one_role(set, rounds);
    sk_policy_set_free(set);
    json_t *catalogue = look_up(rounds < LOOK_UPS / QUESTIONS ? rounds * QUESTIONS : LOOK_UPS);
    json_t *many = decide_many_roles(roles, actions);
    json_auto_t *report = json_pack("{s:o, s:o, s:o, s:I}", "one", one, "many", many, "catalogue",
                                    catalogue, "peak_rss_kib", (json_int_t)bench_peak_rss_kib());
    json_dumpf(report, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    return 0;
}
