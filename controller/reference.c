/* Reference pages, made from the tables so that they cannot fall behind. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "blueprint/schema.h"
#include "controller/command.h"
#include "manifest/schema.h"
#include "policy/lint.h"

static const char generated[] =
    "<!-- Made by `sagekeeper internal-docs docs/reference`; do not edit. -->\n\n";

/* A cell of a table: '|' would end it. */
static void add_cell(struct sk_buffer *page, const char *text)
{
    sk_buffer_addc(page, ' ');
    for (const char *at = text; *at; at++) {
        if (*at == '|')
            sk_buffer_addc(page, '\\');
        sk_buffer_addc(page, *at);
    }
    sk_buffer_adds(page, " |");
}

static void add_code_cell(struct sk_buffer *page, const char *text)
{
    sk_auto(sk_freep) char *code = text ? sk_xasprintf("`%s`", text) : sk_xstrdup("");
    add_cell(page, code);
}

static const char *type_name(enum sk_setting_type type)
{
    static const char *const names[] = {
        [SK_SETTING_TEXT] = "text",         [SK_SETTING_PATH] = "path",
        [SK_SETTING_INTEGER] = "integer",   [SK_SETTING_BOOLEAN] = "boolean",
        [SK_SETTING_DURATION] = "duration", [SK_SETTING_CHOICE] = "choice",
        [SK_SETTING_LIST] = "list",
    };
    return names[type];
}

/* "integer, 0 to 100", "one of `text`, `json`". Owned by the caller. */
static char *values_text(const struct sk_setting *setting)
{
    struct sk_buffer text = {0};
    sk_buffer_adds(&text, type_name(setting->type));
    if (setting->type == SK_SETTING_INTEGER) {
        sk_buffer_addf(&text, ", %lld to %lld", (long long)setting->least,
                       (long long)setting->most);
    } else if (setting->type == SK_SETTING_DURATION) {
        sk_auto(sk_freep) char *least = sk_duration_format(setting->least);
        sk_auto(sk_freep) char *most = sk_duration_format(setting->most);
        sk_buffer_addf(&text, ", %s to %s", least, most);
    }
    for (size_t i = 0; setting->choices && setting->choices[i]; i++)
        sk_buffer_addf(&text, "%s`%s`", i ? ", " : ": ", setting->choices[i]);
    return sk_buffer_take(&text);
}

static void add_setting(struct sk_buffer *page, const struct sk_setting *setting)
{
    sk_auto(sk_freep) char *flag =
        sk_xasprintf("--%s%s%s", setting->name, setting->value_name ? " " : "",
                     setting->value_name ? setting->value_name : "");
    sk_auto(sk_freep) char *values = values_text(setting);
    sk_buffer_addc(page, '|');
    add_code_cell(page, flag);
    add_code_cell(page, setting->environment);
    add_code_cell(page, setting->key);
    add_cell(page, values);
    add_code_cell(page, setting->initial);
    add_cell(page, setting->help);
    sk_buffer_addc(page, '\n');
}

/* Names of the commands that take a group, for people. */
static void add_takers(struct sk_buffer *page, enum sk_setting_group group)
{
    size_t count;
    const struct sk_command *table = sk_command_table(&count);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if ((table[i].groups & group) && !(table[i].flags & SK_COMMAND_HIDDEN)) {
            sk_buffer_addf(page, "%s`%s`", any ? ", " : "Taken by ", table[i].name);
            any = true;
        }
    }
    if (group == SK_GROUP_GENERAL)
        sk_buffer_adds(page, "Taken by all commands.\n\n");
    else
        sk_buffer_adds(page, any ? ".\n\n" : "Taken by no command yet.\n\n");
}

static void settings_page(struct sk_buffer *page)
{
    sk_buffer_adds(page, generated);
    sk_buffer_adds(page,
                   "# Settings\n\n"
                   "Each setting is a flag, an environment variable and, but for those without a "
                   "key, a member of the configuration file, which `--config` or "
                   "`SAGEKEEPER_CONFIG` names. Flags win over the environment, the environment "
                   "over the file, the file over the default. An empty environment variable is as "
                   "good as none. Lists are repeated flags, a YAML list in the file, and separated "
                   "by commas in the environment. Relative paths in the file are relative to the "
                   "file.\n\n"
                   "The configuration file is never read from the desired state: a file inside it "
                   "is refused. No setting holds a secret: tokens and keys come from files, or "
                   "from environment variables whose names are settings.\n\n");
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    enum sk_setting_group group;
    const char *title;
    for (size_t i = 0; (title = sk_setting_group_title(i, &group)); i++) {
        sk_buffer_addf(page, "## %s\n\n", title);
        add_takers(page, group);
        sk_buffer_adds(page, "| flag | environment | key | values | default | what it does |\n"
                             "|---|---|---|---|---|---|\n");
        for (size_t row = 0; row < count; row++) {
            if (table[row].group == group)
                add_setting(page, &table[row]);
        }
        sk_buffer_adds(page, "\n");
    }
    sk_buffer_adds(page, "Durations are digits and a unit, from large to small: `d`, `h`, `m`, "
                         "`s`, `ms`, such as `1h30m`.\n");
}

/* Help texts as the program prints them. */
static char *help_of(const struct sk_command *command)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return sk_xstrdup("");
    sk_help_command(stream, command);
    fclose(stream);
    return text;
}

static void commands_page(struct sk_buffer *page)
{
    sk_buffer_adds(page, generated);
    sk_buffer_adds(page, "# Commands\n\n| command | does |\n|---|---|\n");
    size_t count;
    const struct sk_command *table = sk_command_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (table[i].flags & SK_COMMAND_HIDDEN)
            continue;
        sk_buffer_addf(page, "| [`sagekeeper %s`](#sagekeeper-%s) | %s |\n", table[i].name,
                       table[i].name, table[i].summary);
    }
    for (size_t i = 0; i < count; i++) {
        if (table[i].flags & SK_COMMAND_HIDDEN)
            continue;
        sk_auto(sk_freep) char *help = help_of(&table[i]);
        sk_buffer_addf(page, "\n## sagekeeper %s\n\n```text\n%s```\n", table[i].name, help);
    }
}

static void exits_page(struct sk_buffer *page)
{
    sk_buffer_adds(page, generated);
    sk_buffer_adds(page, "# Exit codes\n\n"
                         "The same for all commands. When several hold, the one further up wins. A "
                         "fault that a retry repaired is not one.\n\n"
                         "| code | name | meaning |\n|---|---|---|\n");
    size_t count;
    const struct sk_exit_text *table = sk_exit_table(&count);
    for (size_t i = 0; i < count; i++)
        sk_buffer_addf(page, "| %d | %s | %s |\n", (int)table[i].code, table[i].name,
                       table[i].meaning);
}

static void manifests_page(struct sk_buffer *page)
{
    sk_schema_reference(sk_blueprint_schema(), page);
}

static void lint_page(struct sk_buffer *page)
{
    sk_buffer_adds(page, generated);
    sk_buffer_adds(page, "# Lint of policies\n\nWhat `sagekeeper policy lint` finds in policy "
                         "files, and `validate`, `plan` and `apply` in every\n"
                         "policy of the desired state: there an error refuses it, unless `accepts` "
                         "names the finding with "
                         "a reason. Ids are stable, and each has a page.\n\n"
                         "| id | severity | what is found |\n|---|---|---|\n");
    for (int rule = 0; rule < SK_LINT_RULE_COUNT; rule++) {
        enum sk_lint_rule id = (enum sk_lint_rule)rule;
        sk_buffer_addf(page, "| [`%s`](../lint/%s.md) | %s | %s |\n", sk_lint_id(id),
                       sk_lint_id(id), sk_lint_severity_name(sk_lint_severity(id)),
                       sk_lint_title(id));
    }
}

/* The page that a finding points to. */
static void rule_page(enum sk_lint_rule rule, struct sk_buffer *page)
{
    sk_buffer_adds(page, generated);
    sk_buffer_addf(page, "# %s\n\n%s (%s).\n\n## Why\n\n%s\n\n## What to do\n\n%s\n\n",
                   sk_lint_id(rule), sk_lint_title(rule),
                   sk_lint_severity_name(sk_lint_severity(rule)), sk_lint_why(rule),
                   sk_lint_fix(rule));
    sk_buffer_addf(page,
                   "Where it is meant, `accepts: [{rule: %s, policy: …, reason: …}]` at the role "
                   "or guardrail\nsays so. All findings: [lint](../reference/lint.md).\n",
                   sk_lint_id(rule));
}

static const struct {
    const char *name;
    void (*write)(struct sk_buffer *page);
} pages[] = {
    {"manifests.md", manifests_page}, {"commands.md", commands_page},
    {"settings.md", settings_page},   {"exit-codes.md", exits_page},
    {"lint.md", lint_page},
};

static int write_page(const char *path, const struct sk_buffer *page, struct sk_err *err)
{
    FILE *stream = fopen(path, "we");
    if (!stream)
        return sk_err_errno(err, errno, "write '%s'", path);
    size_t written = fwrite(page->data, 1, page->length, stream);
    if (fclose(stream) != 0 || written != page->length)
        return sk_err_set(err, SK_E_IO, "cannot write '%s'", path);
    return 0;
}

static int write_rules(const char *folder, struct sk_err *err)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return sk_err_errno(err, errno, "make folder '%s'", folder);
    for (int rule = 0; rule < SK_LINT_RULE_COUNT; rule++) {
        sk_auto(sk_buffer_done) struct sk_buffer page = {0};
        rule_page((enum sk_lint_rule)rule, &page);
        sk_auto(sk_freep) char *path =
            sk_xasprintf("%s/%s.md", folder, sk_lint_id((enum sk_lint_rule)rule));
        int code = write_page(path, &page, err);
        if (code < 0)
            return code;
    }
    return 0;
}

int sk_reference_write(const char *folder, struct sk_err *err)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        sk_auto(sk_buffer_done) struct sk_buffer page = {0};
        pages[i].write(&page);
        sk_auto(sk_freep) char *path = sk_xasprintf("%s/%s", folder, pages[i].name);
        int code = write_page(path, &page, err);
        if (code < 0)
            return code;
    }
    sk_auto(sk_freep) char *rules = sk_xasprintf("%s/../lint", folder);
    return write_rules(rules, err);
}
