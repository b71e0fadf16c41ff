/* sagekeeper policy VERB [ARGUMENT]: what lib/policy knows, from the command line. No network. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/cmd_policy.h"
#include "controller/command.h"
#include "controller/output.h"
#include "policy/cases.h"
#include "policy/catalogue.h"
#include "policy/decide.h"
#include "policy/template.h"

/* Reads up to a newline. A longer line than the bound is read to its end and marked overflowed.
 * False at the end of the file. */
static bool read_line(FILE *stream, struct sk_buffer *line)
{
    sk_buffer_clear(line);
    int character;
    while ((character = getc_unlocked(stream)) != EOF) {
        if (character == '\n')
            return true;
        sk_buffer_addc(line, (char)character);
    }
    return line->length > 0 || line->overflowed;
}

static void decide_line(const struct sk_buffer *line)
{
    if (line->overflowed) {
        printf("{\"id\":null,\"error\":\"the line is longer than %zu bytes\"}\n",
               SK_BOUND_DECIDE_BYTES);
        return;
    }
    sk_auto(sk_freep) char *answer = sk_policy_decide_line(sk_buffer_text(line), line->length);
    printf("%s\n", answer);
}

static int decide(const struct sk_settings *settings, struct sk_err *err)
{
    const char *path = settings->arguments[1];
    FILE *stream = path ? fopen(path, "re") : stdin;
    if (!stream)
        return sk_err_errno(err, errno, "open '%s'", path);
    struct sk_buffer line = SK_BUFFER_BOUNDED(SK_BOUND_DECIDE_BYTES);
    /* a script that asks through a pipe waits for each answer before it asks again */
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    while (read_line(stream, &line))
        decide_line(&line);
    sk_buffer_done(&line);
    bool failed = ferror(stream) != 0;
    if (path)
        fclose(stream);
    return failed ? sk_err_set(err, SK_E_IO, "cannot read %s", path ? path : "standard input")
                  : SK_EXIT_OK;
}

static json_t *action_to_json(const struct sk_catalogue_action *action)
{
    json_t *resources = json_array();
    for (size_t i = 0; i < sk_catalogue_resource_types(action); i++)
        json_array_append_new(resources, json_pack("{s:s, s:s, s:b}", "type",
                                                   sk_catalogue_resource_type(action, i), "arn",
                                                   sk_catalogue_resource_arn(action, i), "required",
                                                   sk_catalogue_resource_required(action, i)));
    json_t *keys = json_array();
    const char *key;
    for (size_t i = 0; (key = sk_catalogue_condition_key(action, i)) != NULL; i++)
        json_array_append_new(keys, json_string(key));
    return json_pack("{s:s, s:s, s:o, s:o}", "action", sk_catalogue_name(action), "access",
                     sk_catalogue_access_name(sk_catalogue_access(action)), "resources", resources,
                     "conditionKeys", keys);
}

static void add_row(struct sk_table *table, const struct sk_catalogue_action *action)
{
    struct sk_buffer types = {0};
    for (size_t i = 0; i < sk_catalogue_resource_types(action); i++)
        sk_buffer_addf(&types, "%s%s", i > 0 ? ", " : "", sk_catalogue_resource_type(action, i));
    sk_table_add(table, SK_STYLE_PLAIN, sk_catalogue_name(action));
    sk_table_add(table, SK_STYLE_PLAIN, sk_catalogue_access_name(sk_catalogue_access(action)));
    sk_table_add(table, SK_STYLE_PLAIN, types.length > 0 ? sk_buffer_text(&types) : "*");
    sk_buffer_done(&types);
}

/* The actions that a pattern with `*` and `?` matches, without regard to case. New. */
static json_t *matching_actions(const char *pattern, struct sk_table *table)
{
    json_t *found = json_array();
    const struct sk_catalogue_action *action;
    for (size_t i = 0; (action = sk_catalogue_at(i)) != NULL; i++) {
        if (fnmatch(pattern, sk_catalogue_name(action), FNM_CASEFOLD) != 0)
            continue;
        json_array_append_new(found, action_to_json(action));
        add_row(table, action);
    }
    return found;
}

static int actions(const struct sk_settings *settings, struct sk_err *err)
{
    const char *pattern = settings->arguments[1] ? settings->arguments[1] : "*";
    struct sk_table table = {.columns = 3};
    sk_table_add(&table, SK_STYLE_BOLD, "ACTION");
    sk_table_add(&table, SK_STYLE_BOLD, "ACCESS");
    sk_table_add(&table, SK_STYLE_BOLD, "RESOURCES");
    json_auto_t *found = matching_actions(pattern, &table);
    int code = SK_EXIT_OK;
    if (json_array_size(found) == 0) {
        const char *nearest = sk_catalogue_nearest(pattern);
        code = sk_err_set(err, SK_E_NOT_FOUND, "no action in the catalogue (%s) matches '%s'%s%s%s",
                          sk_catalogue_version(), pattern, nearest ? "; did you mean '" : "",
                          nearest ? nearest : "", nearest ? "'?" : "");
    } else if (settings->output == SK_OUTPUT_JSON) {
        code = sk_output_json(stdout, found, err);
    } else {
        sk_table_print(&table, stdout, 0, sk_output_colored(settings, stdout));
    }
    sk_table_done(&table);
    return code;
}

/* The cases of one shipped template; their number, or an error. */
static int run_cases(const char *name, json_t *failures, struct sk_err *err)
{
    const struct sk_template *template_ = sk_template_shipped(name, err);
    if (!template_)
        return err ? (int)err->code : SK_E_NOT_FOUND;
    const char *text = sk_template_shipped_cases(name);
    json_auto_t *cases = sk_json_parse(text, strlen(text), name, err);
    return cases ? sk_cases_run(template_, cases, failures, err) : SK_E_PARSE;
}

static void print_cases(const char *name, int count, const json_t *failures)
{
    printf("%s: %d cases, %zu failed\n", name, count, json_array_size(failures));
    size_t index;
    json_t *failure;
    json_array_foreach(failures, index, failure)
    {
        printf("  %s\n", json_string_value(failure));
    }
}

static int test(const struct sk_settings *settings, struct sk_err *err)
{
    const char *only = settings->arguments[1];
    bool failed = false;
    for (size_t i = 0; i < sk_template_shipped_count(); i++) {
        const char *name = sk_template_shipped_name(i);
        if (only && strcmp(only, name) != 0)
            continue;
        json_auto_t *failures = json_array();
        int count = run_cases(name, failures, err);
        if (count < 0)
            return sk_err_wrap(err, "template '%s'", name);
        print_cases(name, count, failures);
        failed |= json_array_size(failures) > 0;
    }
    if (only && !sk_template_shipped(only, err))
        return err ? (int)err->code : SK_E_NOT_FOUND;
    return failed ? SK_EXIT_ERROR : SK_EXIT_OK;
}

static const struct {
    const char *name;
    int (*run)(const struct sk_settings *settings, struct sk_err *err);
} verbs[] = {
    {"actions", actions},
    {"decide", decide},
    {"lint", sk_policy_lint_run},
    {"test", test},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(*verbs))

const char *sk_policy_verb(size_t index)
{
    return index < VERB_COUNT ? verbs[index].name : NULL;
}

int sk_cmd_policy(const struct sk_settings *settings, struct sk_err *err)
{
    const char *names[VERB_COUNT];
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verbs[i].name, settings->arguments[0]) == 0)
            return verbs[i].run(settings, err);
        names[i] = verbs[i].name;
    }
    const char *nearest = sk_text_nearest(settings->arguments[0], names, VERB_COUNT);
    return sk_err_set(err, SK_E_USAGE, "unknown verb '%s' of policy%s%s%s", settings->arguments[0],
                      nearest ? "; did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'?" : "");
}
