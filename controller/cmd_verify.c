/* sagekeeper verify: properties of isolation, proved over all classes of requests or refuted by one.
 * AWS is asked with --live only, and only read. */
#include <stdio.h>

#include "access/say.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/access_view.h"
#include "controller/command.h"
#include "controller/output.h"
#include "verify/verify.h"

#define LABEL_COLUMNS 4

static enum sk_style style_of(const char *outcome)
{
    if (sk_text_equal(outcome, "proved"))
        return SK_STYLE_GREEN;
    return sk_text_equal(outcome, "violated") ? SK_STYLE_RED : SK_STYLE_YELLOW;
}

static void print_wrapped(const char *text)
{
    sk_auto(sk_freep) char *clean = sk_output_clean(text, false);
    printf("      ");
    sk_output_wrapped(stdout, clean, 6, 8);
}

static void print_context(const json_t *request)
{
    json_auto_t *shown = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(json_object_get(request, "resource"), "tags"), key, value)
    {
        sk_auto(sk_freep) char *name = sk_xasprintf("aws:ResourceTag/%s", key);
        json_object_set(shown, name, value);
    }
    json_object_update(shown, json_object_get(request, "context"));
    json_object_foreach(shown, key, value)
    {
        sk_auto(sk_freep) char *list =
            json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
        sk_auto(sk_freep) char *line =
            sk_xasprintf("%s = %s", key, list ? list : json_string_value(value));
        print_wrapped(line);
    }
}

static void print_because(const json_t *row)
{
    size_t index;
    json_t *reason;
    json_array_foreach(json_object_get(row, "because"), index, reason)
    {
        sk_auto(sk_freep) char *statement = sk_access_say_statement(reason);
        sk_auto(sk_freep) char *line = sk_xasprintf("allowed by %s", statement);
        print_wrapped(line);
    }
}

static void print_violation(const json_t *row)
{
    json_int_t others = json_integer_value(json_object_get(row, "standsFor")) - 1;
    sk_auto(sk_freep) char *and_others =
        others > 0 ? sk_xasprintf(" (and %lld more like it)", (long long)others) : sk_xstrdup("");
    sk_auto(sk_freep) char *what =
        sk_xasprintf("%s%s, as %s, %s: %s on %s", sk_json_text(row, "principal"), and_others,
                     sk_json_text(row, "situation"), sk_json_text(row, "what"),
                     sk_json_text(row, "action"), sk_json_text(row, "resource"));
    sk_auto(sk_freep) char *clean = sk_output_clean(what, false);
    printf("    - ");
    sk_output_wrapped(stdout, clean, 6, 6);
    size_t index;
    json_t *step;
    json_array_foreach(json_object_get(row, "steps"), index, step)
    {
        sk_auto(sk_freep) char *line =
            sk_xasprintf("step %zu: %s: %s on %s", index + 1, sk_json_text(step, "what"),
                         sk_json_text(step, "action"), sk_json_text(step, "resource"));
        print_wrapped(line);
        print_because(step);
    }
    print_context(json_object_get(row, "request"));
    print_because(row);
    const char *reason = sk_json_text(row, "exception.reason");
    if (reason) {
        sk_auto(sk_freep) char *line = sk_xasprintf("excepted: %s", reason);
        print_wrapped(line);
    }
}

static void print_property(const struct sk_settings *settings, const json_t *property)
{
    const char *outcome = sk_json_text(property, "outcome");
    bool colored = sk_output_colored(settings, stdout);
    enum sk_style style = style_of(outcome);
    printf("%2lld  %s%s%s  %s: %lld classes, %lld questions\n",
           (long long)json_integer_value(json_object_get(property, "number")),
           sk_style_start(style, colored), outcome, sk_style_end(style, colored),
           sk_json_text(property, "sentence"),
           (long long)json_integer_value(json_object_get(property, "classes")),
           (long long)json_integer_value(json_object_get(property, "questions")));
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(property, "violations"), index, row) print_violation(row);
    json_array_foreach(json_object_get(property, "unknown"), index, row)
    {
        sk_auto(sk_freep) char *line = sk_xasprintf(
            "unknown for %s: %s", sk_json_text(row, "principal"), sk_json_text(row, "why"));
        print_wrapped(line);
    }
}

static int exit_code(const json_t *report, bool partial)
{
    bool unknown = partial;
    size_t index;
    json_t *property;
    json_array_foreach(json_object_get(report, "properties"), index, property)
    {
        const char *outcome = sk_json_text(property, "outcome");
        if (sk_text_equal(outcome, "violated"))
            return SK_EXIT_REFUSED;
        unknown |= sk_text_equal(outcome, "unknown");
    }
    return unknown ? SK_EXIT_PARTIAL : SK_EXIT_OK;
}

static int show(const struct sk_access_view *view, const json_t *report, struct sk_err *err)
{
    const struct sk_settings *settings = view->run.settings;
    if (settings->output == SK_OUTPUT_JSON)
        return sk_output_json(stdout, report, err);
    size_t index;
    json_t *property;
    json_array_foreach(json_object_get(report, "properties"), index, property)
        print_property(settings, property);
    json_array_foreach(json_object_get(report, "unneededExceptions"), index, property)
    {
        sk_auto(sk_freep) char *line = sk_xasprintf(
            "the exception from '%s' for '%s' (%s) is not needed: nothing breaks the rule there",
            sk_json_text(property, "rule"), sk_json_text(property, "subject"),
            sk_json_text(property, "origin"));
        print_wrapped(line);
    }
    printf("\n%lld classes of requests of %lld subjects, which stand for %lld principals.\n",
           (long long)json_integer_value(json_object_get(report, "classes")),
           (long long)json_integer_value(json_object_get(report, "subjects")),
           (long long)json_integer_value(json_object_get(report, "principals")));
    return 0;
}

static json_t *verify(const struct sk_access_view *view, struct sk_err *err)
{
    const struct sk_blueprint *blueprint = view->run.cycle.blueprint;
    const struct sk_verify_opts opts = {
        .state = view->state,
        .teams = blueprint->teams,
        .guardrails = blueprint->guardrails,
        .exceptions = blueprint->exceptions,
        .sign_ins = blueprint->sign_ins,
        .unread = view->unread,
    };
    return sk_verify(&opts, err);
}

int sk_cmd_verify(const struct sk_settings *settings, struct sk_err *err)
{
    struct sk_access_view view;
    int code = sk_access_view_open(&view, settings, NULL, NULL, err);
    json_auto_t *report = code == 0 ? verify(&view, err) : NULL;
    if (code == 0)
        code = report ? show(&view, report, err) : (int)err->code;
    if (code == 0)
        code = exit_code(report, view.partial);
    sk_access_view_close(&view);
    return code;
}
