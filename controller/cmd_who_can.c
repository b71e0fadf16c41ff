/* sagekeeper who-can ACTION [RESOURCE]: everybody who may, and on what that depends. AWS is asked
 * with --live only, and only read. */
#include <stdio.h>

#include "access/say.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/access_view.h"
#include "controller/command.h"
#include "controller/output.h"

#define MAY_COLUMNS 9 /* "depends" and two spaces */

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

/* All principals of one role and situation; they follow each other. Moves *at behind them. */
static int ask_alike(const struct sk_access_view *view, size_t *at, struct listing *listing,
                     struct sk_err *err)
{
    const struct sk_access_state *state = view->state;
    const struct sk_access_principal *first = &state->principals[*at];
    const struct sk_access_role *role = first->role;
    struct sk_access_decider *decider = NULL;
    int code = sk_access_decider_new(first, &view->question, &decider, err);
    leave_out(listing, sk_access_not_considered(role, &view->question));
    for (; *at < state->principal_count; (*at)++) {
        const struct sk_access_principal *principal = &state->principals[*at];
        struct sk_access_answer answer = {0};
        if (principal->role != role || principal->situation != first->situation)
            break;
        if (code == 0)
            code = sk_access_decide(decider, principal, &answer, err);
        if (code == 0 && answer.may != SK_ACCESS_NO)
            add_answer(listing, principal, &answer);
        sk_access_answer_done(&answer);
    }
    sk_access_decider_free(decider);
    return code;
}

static bool same_answer(const json_t *a, const json_t *b)
{
    static const char *const members[] = {"may", "because", "conditions"};
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        if (!json_equal(json_object_get(a, members[i]), json_object_get(b, members[i])))
            return false;
    }
    return true;
}

/* Those from `first` on whose answer is the same, in one line. Returns the position behind them. */
static size_t print_names(const struct sk_access_view *view, const json_t *principals, size_t first)
{
    bool colored = sk_output_colored(view->run.settings, stdout);
    const json_t *row = json_array_get(principals, first);
    const char *may = sk_json_text(row, "may");
    enum sk_style style = sk_text_equal(may, "yes") ? SK_STYLE_GREEN : SK_STYLE_YELLOW;
    struct sk_buffer names = {0};
    size_t past = first;
    for (; same_answer(row, json_array_get(principals, past)); past++)
        sk_buffer_addf(&names, "%s%s", past > first ? ", " : "",
                       sk_json_text(json_array_get(principals, past), "name"));
    sk_auto(sk_freep) char *clean = sk_output_clean(sk_buffer_text(&names), false);
    printf("%s%-*s%s", sk_style_start(style, colored), MAY_COLUMNS, may,
           sk_style_end(style, colored));
    sk_output_wrapped(stdout, clean, MAY_COLUMNS, MAY_COLUMNS);
    sk_buffer_done(&names);
    return past;
}

/* The statements that decide, or on which it depends. */
static void print_statements(const json_t *row)
{
    bool depends = sk_text_equal(sk_json_text(row, "may"), "depends");
    const json_t *list = json_object_get(row, depends ? "conditions" : "because");
    size_t index;
    json_t *statement;
    json_array_foreach(list, index, statement)
    {
        if (json_is_null(json_object_get(statement, "statement")))
            continue;
        bool deny = sk_text_equal(sk_json_text(statement, "effect"), "Deny");
        sk_auto(sk_freep) char *where = sk_access_say_statement(statement);
        sk_auto(sk_freep) char *conditions = sk_access_say_conditions(statement);
        sk_auto(sk_freep) char *text =
            sk_xasprintf("%s%s%s%s%s",
                         !depends ? ""
                         : deny   ? "unless "
                                  : "if ",
                         conditions, depends ? " (" : "", where, depends ? ")" : "");
        sk_auto(sk_freep) char *clean = sk_output_clean(text, false);
        printf("%*s", MAY_COLUMNS + 2, "");
        sk_output_wrapped(stdout, clean, MAY_COLUMNS + 4, MAY_COLUMNS + 2);
    }
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
    sk_auto(sk_freep) char *arn = sk_output_clean(view->resource.arn, false);
    size_t count = json_array_size(listing->principals);
    printf("%s on %s\n", view->question.action, arn);
    for (size_t at = 0; at < count;) {
        const json_t *row = json_array_get(listing->principals, at);
        at = print_names(view, listing->principals, at);
        print_statements(row);
    }
    if (count == 0)
        printf("nobody\n");
    json_auto_t *assumed = sk_access_assumed(view->state, &view->question);
    json_auto_t *left_out = keys_of(listing->left_out);
    print_sentences("assumed", assumed);
    print_sentences("not considered", left_out);
}

static int print_json(const struct sk_access_view *view, const struct listing *listing,
                      struct sk_err *err)
{
    json_auto_t *out = sk_access_view_question(view);
    json_object_set(out, "principals", listing->principals);
    json_object_set_new(out, "assumed", sk_access_assumed(view->state, &view->question));
    json_object_set_new(out, "notConsidered", keys_of(listing->left_out));
    return sk_output_json(stdout, out, err);
}

static int list_everybody(const struct sk_access_view *view, struct sk_err *err)
{
    struct listing listing = {.principals = json_array(), .left_out = json_object()};
    int code = 0;
    for (size_t at = 0; code == 0 && at < view->state->principal_count;)
        code = ask_alike(view, &at, &listing, err);
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
