/* sagekeeper can PRINCIPAL ACTION [RESOURCE]: one decision, with the statement that makes it. AWS is
 * asked with --live only, and only read. */
#include <stdio.h>

#include "access/say.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/access_view.h"
#include "controller/command.h"
#include "controller/output.h"

#define LABEL_COLUMNS 18

/* What is answered about the request as it was asked. */
static const char *answer_word(const struct sk_access_answer *answer)
{
    if (answer->may == SK_ACCESS_UNKNOWN)
        return "unknown";
    return answer->decision == SK_DECISION_ALLOWED ? "yes" : "no";
}

static void print_part(const char *label, const char *text)
{
    sk_auto(sk_freep) char *clean = sk_output_clean(text, false);
    printf("  %-*s", LABEL_COLUMNS - 2, label);
    sk_output_wrapped(stdout, clean, LABEL_COLUMNS, LABEL_COLUMNS);
}

static void print_list(const char *label, json_t *sentences)
{
    sk_auto(sk_freep) char *text = sk_access_view_list(sentences);
    if (*text)
        print_part(label, text);
    json_decref(sentences);
}

/* "no statement of the identity policies allows it" */
static void print_missing(const json_t *row)
{
    static const struct {
        enum sk_layer layer;
        const char *text;
    } texts[] = {
        {SK_LAYER_IDENTITY, "no statement of the role's policies allows it"},
        {SK_LAYER_BOUNDARY, "the permissions boundary does not allow it"},
        {SK_LAYER_SCP, "a level of service control policies does not allow it"},
        {SK_LAYER_RESOURCE, "no statement of the resource's policy allows it"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        if (sk_text_equal(sk_json_text(row, "layer"), sk_layer_name(texts[i].layer)))
            print_part("because", texts[i].text);
    }
}

static void print_because(const struct sk_access_answer *answer)
{
    size_t index;
    json_t *row;
    json_array_foreach(answer->because, index, row)
    {
        const char *effect = sk_json_text(row, "effect");
        if (sk_text_equal(effect, "None")) {
            print_missing(row);
            continue;
        }
        sk_auto(sk_freep) char *statement = sk_access_say_statement(row);
        print_part(sk_text_equal(effect, "Deny") ? "denied by" : "allowed by", statement);
    }
}

static void print_conditions(const struct sk_access_answer *answer)
{
    size_t index;
    json_t *row;
    json_array_foreach(answer->conditions, index, row)
    {
        bool deny = sk_text_equal(sk_json_text(row, "effect"), "Deny");
        sk_auto(sk_freep) char *statement = sk_access_say_statement(row);
        sk_auto(sk_freep) char *conditions = sk_access_say_conditions(row);
        sk_auto(sk_freep) char *text = sk_xasprintf("%s: %s", conditions, statement);
        print_part(deny ? "denied if" : "allowed if", text);
    }
}

static void print_text(const struct sk_access_view *view,
                       const struct sk_access_principal *principal,
                       const struct sk_access_answer *answer)
{
    const char *word = answer_word(answer);
    bool colored = sk_output_colored(view->run.settings, stdout);
    enum sk_style style = answer->may == SK_ACCESS_UNKNOWN          ? SK_STYLE_YELLOW
                          : answer->decision == SK_DECISION_ALLOWED ? SK_STYLE_GREEN
                                                                    : SK_STYLE_RED;
    sk_auto(sk_freep) char *line =
        sk_xasprintf("%s, %s, on %s", principal->name, view->question.action, view->resource.arn);
    sk_auto(sk_freep) char *clean = sk_output_clean(line, false);
    printf("%s%s%s: %s\n", sk_style_start(style, colored), word, sk_style_end(style, colored),
           clean);
    if (answer->may == SK_ACCESS_UNKNOWN)
        print_part("because", "a policy that decides could not be read, see below");
    else
        print_because(answer);
    print_conditions(answer);
    sk_auto(sk_freep) char *who =
        sk_xasprintf("%s%s%s", principal->session_arn, principal->place ? " in " : "",
                     principal->place ? principal->place->address : "");
    print_part("as", who);
    print_list("assumed", sk_access_assumed(view->state, &view->question));
    print_list("not considered", sk_access_not_considered(principal->role, &view->question));
}

static int print_json(const struct sk_access_view *view,
                      const struct sk_access_principal *principal,
                      const struct sk_access_answer *answer, struct sk_err *err)
{
    json_auto_t *out = sk_access_view_question(view);
    json_object_set_new(out, "answer", json_string(answer_word(answer)));
    json_object_set_new(out, "may", json_string(sk_access_view_may(answer->may)));
    json_object_set_new(out, "decision", json_string(sk_decision_name(answer->decision)));
    json_object_set_new(out, "principal", sk_access_view_principal(principal));
    json_object_set(out, "because", answer->because);
    json_object_set(out, "conditions", answer->conditions);
    json_object_set_new(out, "assumed", sk_access_assumed(view->state, &view->question));
    json_object_set_new(out, "notConsidered",
                        sk_access_not_considered(principal->role, &view->question));
    return sk_output_json(stdout, out, err);
}

static int decide(const struct sk_access_view *view, const struct sk_access_principal *principal,
                  struct sk_access_answer *answer, struct sk_err *err)
{
    struct sk_access_decider *decider = NULL;
    int code = sk_access_decider_new(principal, &view->question, &decider, err);
    if (code == 0)
        code = sk_access_decide(decider, principal, answer, err);
    sk_access_decider_free(decider);
    return code;
}

static int answer_question(const struct sk_access_view *view, struct sk_err *err)
{
    const struct sk_access_principal *principal = NULL;
    struct sk_access_answer answer = {0};
    int code = sk_access_find(view->state, view->run.settings->arguments[0], &principal, err);
    if (code == 0)
        code = decide(view, principal, &answer, err);
    if (code == 0 && view->run.settings->output == SK_OUTPUT_JSON)
        code = print_json(view, principal, &answer, err);
    else if (code == 0)
        print_text(view, principal, &answer);
    if (code == 0)
        code = answer.may == SK_ACCESS_UNKNOWN || view->partial ? SK_EXIT_PARTIAL
               : answer.decision == SK_DECISION_ALLOWED         ? SK_EXIT_OK
                                                                : SK_EXIT_CHANGES;
    sk_access_answer_done(&answer);
    return code;
}

int sk_cmd_can(const struct sk_settings *settings, struct sk_err *err)
{
    struct sk_access_view view;
    int code =
        sk_access_view_open(&view, settings, settings->arguments[1], settings->arguments[2], err);
    if (code == 0)
        code = answer_question(&view, err);
    sk_access_view_close(&view);
    return code;
}
