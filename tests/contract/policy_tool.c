/* What the contract tests see of lib/policy: reads one {"name", "text", "encoded"} a line from
 * standard input (the document as text, and as IAM answers it) and writes one answer a line:
 *
 *   {"name", "error"}                                     the text was refused
 *   {"name", "canonical", "roundTrip": bool, "decoded": bool, "decisions", "allowed",
 *    "differences": [[action, resource]], "findings": […]}
 *
 * roundTrip: the canonical form, written out and read again, equals the document and itself;
 * decoded: so does what IAM answers; differences: requests on which document and canonical form do
 * not agree, of every action of the catalogue on two resources. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "policy/catalogue.h"
#include "policy/document.h"
#include "policy/evaluate.h"
#include "policy/lint.h"

static struct sk_policy_set *compile(const json_t *document)
{
    const struct sk_policy_source source = {"p", document};
    struct sk_policy_set *set = NULL;
    struct sk_err err = {0};
    if (sk_policy_set_new(&source, 1, SK_SET_COMPLETE_ARNS, &set, &err) < 0) {
        fprintf(stderr, "policy_tool: %s\n", sk_err_message(&err));
        exit(1);
    }
    return set;
}

static struct sk_request *make_request(void)
{
    struct sk_request *request = sk_request_new();
    const struct sk_principal principal = {
        .arn = "arn:aws:sts::111122223333:assumed-role/AmazonSageMakerRole/s"};
    if (sk_request_set_principal(request, &principal, NULL) < 0)
        exit(1);
    static const char *const values[] = {"sagemaker.amazonaws.com"};
    sk_request_put(request, "iam:PassedToService", values, 1);
    sk_request_put_tag(request, SK_TAG_RESOURCE, "SageMaker", "true");
    return request;
}

/* Compares what the two documents decide; adds to the answer. */
static void compare(const json_t *document, const json_t *canonical, json_t *answer)
{
    struct sk_policy_set *sets[2] = {compile(document), compile(canonical)};
    struct sk_request *request = make_request();
    json_t *differences = json_array();
    json_int_t decisions = 0;
    json_int_t allowed = 0;
    const struct sk_catalogue_action *action;
    for (size_t i = 0; (action = sk_catalogue_at(i)) != NULL; i++) {
        const char *own =
            sk_catalogue_resource_types(action) > 0 ? sk_catalogue_resource_arn(action, 0) : "*";
        const char *const resources[] = {"*", own};
        sk_request_set_action(request, sk_catalogue_name(action));
        for (size_t r = 0; r < 2; r++) {
            sk_request_set_resource(request, resources[r], "111122223333");
            enum sk_decision decided[2];
            for (size_t s = 0; s < 2; s++) {
                const struct sk_layers layers = {.identity = sets[s]};
                decided[s] = sk_policy_decide(&layers, request);
            }
            decisions++;
            allowed += decided[0] == SK_DECISION_ALLOWED;
            if (decided[0] != decided[1])
                json_array_append_new(differences,
                                      json_pack("[s, s]", sk_catalogue_name(action), resources[r]));
        }
    }
    sk_request_free(request);
    sk_policy_set_free(sets[0]);
    sk_policy_set_free(sets[1]);
    json_object_set_new(answer, "decisions", json_integer(decisions));
    json_object_set_new(answer, "allowed", json_integer(allowed));
    json_object_set_new(answer, "differences", differences);
}

/* Whether the canonical form survives being written and read. */
static bool round_trip(const json_t *document, const json_t *canonical)
{
    char *text = json_dumps(canonical, JSON_COMPACT);
    json_t *read = sk_policy_parse(text, strlen(text), SK_POLICY_MANAGED, "again", NULL);
    json_t *again = read ? sk_policy_canonical(read) : NULL;
    bool same = again && json_equal(again, canonical) && sk_policy_equal(read, document);
    json_decref(again);
    json_decref(read);
    free(text);
    return same;
}

static bool decodes(const json_t *document, const char *encoded)
{
    json_t *decoded = sk_policy_decode(encoded, NULL);
    bool same = decoded && sk_policy_equal(decoded, document);
    json_decref(decoded);
    return same;
}

static json_t *examine(const json_t *question)
{
    const char *name = sk_json_text(question, "name");
    const char *text = sk_json_text(question, "text");
    struct sk_err err = {0};
    json_t *answer = json_pack("{s:s}", "name", name);
    json_t *document = sk_policy_parse(text, strlen(text), SK_POLICY_MANAGED, name, &err);
    if (!document) {
        json_object_set_new(answer, "error", json_string(sk_err_message(&err)));
        sk_err_done(&err);
        return answer;
    }
    json_t *canonical = sk_policy_canonical(document);
    json_object_set_new(answer, "roundTrip", json_boolean(round_trip(document, canonical)));
    json_object_set_new(answer, "decoded",
                        json_boolean(decodes(document, sk_json_text(question, "encoded"))));
    compare(document, canonical, answer);
    json_object_set_new(answer, "findings", sk_policy_lint(document, SK_POLICY_MANAGED, name));
    json_object_set_new(answer, "canonical", canonical);
    json_decref(document);
    return answer;
}

int main(void)
{
    sk_alloc_init();
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        json_t *question = sk_json_parse(line, (size_t)length, "line", NULL);
        if (!question)
            return 1;
        json_t *answer = examine(question);
        char *text = json_dumps(answer, JSON_COMPACT);
        puts(text);
        free(text);
        json_decref(answer);
        json_decref(question);
    }
    free(line);
    return 0;
}
