/* sagekeeper who-can ACTION [RESOURCE]: everybody who may, and on what that depends. AWS is asked
 * with --live only, and only read. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/access_view.h"
#include "controller/command.h"
#include "controller/output.h"

/* What is collected: {"principals": [{…, "may", "because", "conditions"}], "notConsidered": […]}. */
struct listing {
    json_t *principals;
    json_t *left_out; /* {sentence: true} */
    bool unknown;
};

static void add_answer(struct listing *listing, const struct sk_access_principal *principal,
                       const struct sk_access_answer *answer)
{
    json_t *row = sk_access_view_principal(principal);
    json_object_set_new(row, "may", json_string(sk_access_view_may(answer->may)));
    json_object_set(row, "because", answer->because);
    json_object_set(row, "conditions", answer->conditions);
    json_array_append_new(listing->principals, row);
    listing->unknown |= answer->may == SK_ACCESS_UNKNOWN;
}

static void leave_out(struct listing *listing, json_t *sentences)
{
    size_t index;
    json_t *sentence;
    json_array_foreach(sentences, index, sentence)
    {
        json_object_set_new(listing->left_out, json_string_value(sentence), json_true());
    }
    json_decref(sentences);
}

/* All principals that end in one role; they follow each other. Moves *at behind them. */
static int ask_role(const struct sk_access_view *view, size_t *at, struct listing *listing,
                    struct sk_err *err)
{
    const struct sk_access_state *state = view->state;
    const struct sk_access_role *role = state->principals[*at].role;
    struct sk_access_decider *decider = NULL;
    int code = sk_access_decider_new(role, &view->question, &decider, err);
    leave_out(listing, sk_access_not_considered(role, &view->question));
    for (; *at < state->principal_count && state->principals[*at].role == role; (*at)++) {
        struct sk_access_answer answer = {0};
        if (code == 0)
            code = sk_access_decide(decider, &state->principals[*at], &answer, err);
        if (code == 0 && answer.may != SK_ACCESS_NO)
            add_answer(listing, &state->principals[*at], &answer);
        sk_access_answer_done(&answer);
    }
    sk_access_decider_free(decider);
    return code;
}

/* A row for each statement that decides; the principal stands in the first. */
static void add_rows(struct sk_table *table, const json_t *row)
{
    const char *may = sk_json_text(row, "may");
    bool depends = sk_text_equal(may, "depends");
    const json_t *list = json_object_get(row, depends ? "conditions" : "because");
    size_t index = 0;
    do {
        const json_t *statement = json_array_get(list, index);
        bool deny = sk_text_equal(sk_json_text(statement, "effect"), "Deny");
        bool none = json_is_null(json_object_get(statement, "statement")) || !statement;
        sk_auto(sk_freep) char *where = none ? NULL : sk_access_view_statement(statement);
        sk_auto(sk_freep) char *conditions = depends ? sk_access_view_conditions(statement) : NULL;
        sk_table_add(table, SK_STYLE_PLAIN, index > 0 ? "" : sk_json_text(row, "name"));
        sk_table_add(table, SK_STYLE_PLAIN,
                     !depends    ? may
                     : deny      ? "unless"
                     : index > 0 ? "or if"
                                 : "if");
        sk_table_add(table, SK_STYLE_PLAIN, conditions ? conditions : "");
        sk_table_add(table, SK_STYLE_DIM, where ? where : "");
    } while (++index < json_array_size(list));
}

static void print_sentences(const char *label, const json_t *sentences)
{
    sk_auto(sk_freep) char *text = sk_access_view_list(sentences);
    sk_auto(sk_freep) char *clean = sk_output_clean(text, false);
    if (!*clean)
        return;
    printf("%s: ", label);
    sk_output_wrapped(stdout, clean, 2, sk_output_width(label) + 2);
}

static json_t *keys_of(const json_t *object)
{
    json_t *keys = json_array();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) json_array_append_new(keys, json_string(key));
    return keys;
}

static void print_text(const struct sk_access_view *view, const struct listing *listing)
{
    struct sk_table table = {.columns = 4};
    sk_auto(sk_freep) char *arn = sk_output_clean(view->resource.arn, false);
    printf("%s on %s: %s\n", view->question.action, arn,
           json_array_size(listing->principals) > 0 ? "" : "nobody");
    size_t index;
    json_t *row;
    json_array_foreach(listing->principals, index, row)
    {
        add_rows(&table, row);
    }
    sk_table_print(&table, stdout, 2, sk_output_colored(view->run.settings, stdout));
    sk_table_done(&table);
    json_auto_t *assumed = sk_access_assumed(&view->question);
    json_auto_t *left_out = keys_of(listing->left_out);
    print_sentences("assumed", assumed);
    print_sentences("not considered", left_out);
}

static int print_json(const struct sk_access_view *view, const struct listing *listing,
                      struct sk_err *err)
{
    json_auto_t *out = sk_access_view_question(view);
    json_object_set(out, "principals", listing->principals);
    json_object_set_new(out, "assumed", sk_access_assumed(&view->question));
    json_object_set_new(out, "notConsidered", keys_of(listing->left_out));
    return sk_output_json(stdout, out, err);
}

static int list_everybody(const struct sk_access_view *view, struct sk_err *err)
{
    struct listing listing = {.principals = json_array(), .left_out = json_object()};
    int code = 0;
    for (size_t at = 0; code == 0 && at < view->state->principal_count;)
        code = ask_role(view, &at, &listing, err);
    if (code == 0 && view->run.settings->output == SK_OUTPUT_JSON)
        code = print_json(view, &listing, err);
    else if (code == 0)
        print_text(view, &listing);
    if (code == 0)
        code = listing.unknown || view->partial          ? SK_EXIT_PARTIAL
               : json_array_size(listing.principals) > 0 ? SK_EXIT_OK
                                                         : SK_EXIT_CHANGES;
    json_decref(listing.principals);
    json_decref(listing.left_out);
    return code;
}

int sk_cmd_who_can(const struct sk_settings *settings, struct sk_err *err)
{
    struct sk_access_view view;
    int code =
        sk_access_view_open(&view, settings, settings->arguments[0], settings->arguments[1], err);
    if (code == 0)
        code = list_everybody(&view, err);
    sk_access_view_close(&view);
    return code;
}
