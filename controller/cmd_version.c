/* sagekeeper version: what was built, from what, with what. */
#include <stdio.h>

#include <jansson.h>

#include "build_info.h"
#include "controller/command.h"
#include "controller/output.h"

/* As found by pkg-config when this was built. */
static const struct {
    const char *name, *version;
} libraries[] = {SK_BUILD_LIBRARIES};

#define LIBRARY_COUNT (sizeof(libraries) / sizeof(*libraries))

static int print_json(struct sk_err *err)
{
    json_auto_t *versions = json_object();
    for (size_t i = 0; i < LIBRARY_COUNT; i++)
        json_object_set_new(versions, libraries[i].name, json_string(libraries[i].version));
    json_auto_t *value =
        json_pack("{s:s, s:s, s:s, s:s, s:O}", "version", SK_VERSION, "commit", SK_BUILD_COMMIT,
                  "build", SK_BUILD_TYPE, "compiler", SK_BUILD_COMPILER, "libraries", versions);
    return sk_output_json(stdout, value, err);
}

int sk_cmd_version(const struct sk_settings *settings, struct sk_err *err)
{
    if (settings->output == SK_OUTPUT_JSON)
        return print_json(err);
    printf("sagekeeper %s\n", SK_VERSION);
    struct sk_table table = {.columns = 2};
    static const char *const facts[][2] = {
        {"commit", SK_BUILD_COMMIT}, {"build", SK_BUILD_TYPE}, {"compiler", SK_BUILD_COMPILER}};
    for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
        sk_table_add(&table, SK_STYLE_DIM, facts[i][0]);
        sk_table_add(&table, SK_STYLE_PLAIN, facts[i][1]);
    }
    for (size_t i = 0; i < LIBRARY_COUNT; i++) {
        sk_table_add(&table, SK_STYLE_DIM, libraries[i].name);
        sk_table_add(&table, SK_STYLE_PLAIN, libraries[i].version);
    }
    sk_table_print(&table, stdout, 2, sk_output_colored(settings, stdout));
    sk_table_done(&table);
    return SK_EXIT_OK;
}
