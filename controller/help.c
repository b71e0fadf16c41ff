/* Help texts, made from the tables of commands and settings. */
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "controller/command.h"
#include "controller/output.h"

void sk_help_program(FILE *stream)
{
    fputs("sagekeeper keeps Amazon SageMaker Studio as a Git repository says.\n\n"
          "usage: sagekeeper COMMAND [ARGUMENT…] [--FLAG…]\n\ncommands:\n",
          stream);
    size_t count;
    const struct sk_command *table = sk_command_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (!(table[i].flags & SK_COMMAND_HIDDEN))
            fprintf(stream, "  %-11s  %s\n", table[i].name, table[i].summary);
    }
    fputs("\n'sagekeeper COMMAND --help' shows the flags of a command.\n", stream);
}

static void print_usage(FILE *stream, const struct sk_command *command)
{
    fprintf(stream, "usage: sagekeeper %s", command->name);
    for (const struct sk_argument *at = command->arguments; at->name; at++)
        fprintf(stream, at->required ? " %s" : " [%s]", at->name);
    fputs(" [--FLAG…]\n\n", stream);
}

/* The default as part of a help line; "" when it goes without saying. Owned by the caller. */
static char *default_text(const struct sk_setting *setting)
{
    if (!setting->initial || setting->type == SK_SETTING_BOOLEAN)
        return sk_xstrdup("");
    return sk_xasprintf(" (default: %s)", setting->initial);
}

/* Of the output formats only those that the command has. Owned by the caller. */
static char *choices_text(const struct sk_command *command, const struct sk_setting *setting)
{
    struct sk_buffer text = {0};
    for (size_t i = 0; setting->choices && setting->choices[i]; i++) {
        if (setting->group != SK_GROUP_OUTPUT || (command->formats & 1U << i))
            sk_buffer_addf(&text, "%s%s", text.length ? ", " : ": ", setting->choices[i]);
    }
    return sk_buffer_take(&text);
}

static void print_setting(FILE *stream, const struct sk_command *command,
                          const struct sk_setting *setting)
{
    sk_auto(sk_freep) char *flag =
        sk_xasprintf("--%s%s%s", setting->name, setting->value_name ? " " : "",
                     setting->value_name ? setting->value_name : "");
    sk_auto(sk_freep) char *choices = choices_text(command, setting);
    sk_auto(sk_freep) char *initial = default_text(setting);
    sk_auto(sk_freep) char *help = sk_xasprintf("%s%s%s", setting->help, choices, initial);
    const size_t indent = 30;
    fprintf(stream, "  %-26s  ", flag);
    sk_output_wrapped(stream, help, indent, strlen(flag) > 26 ? strlen(flag) + 4 : indent);
}

static void print_group(FILE *stream, const struct sk_command *command, enum sk_setting_group group,
                        const char *title)
{
    if (group != SK_GROUP_GENERAL && !(command->groups & group))
        return;
    fprintf(stream, "\n%s:\n", title);
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (table[i].group == group)
            print_setting(stream, command, &table[i]);
    }
}

void sk_help_command(FILE *stream, const struct sk_command *command)
{
    print_usage(stream, command);
    sk_output_wrapped(stream, command->description, 0, 0);
    if (command->arguments[0].name)
        fputs("\nArguments:\n", stream);
    for (const struct sk_argument *at = command->arguments; at->name; at++) {
        fprintf(stream, "  %-26s  ", at->name);
        sk_output_wrapped(stream, at->help, 30, 30);
    }
    enum sk_setting_group group;
    const char *title;
    for (size_t i = 0; (title = sk_setting_group_title(i, &group)); i++)
        print_group(stream, command, group, title);
    fprintf(stream, "  %-26s  show this text\n", "-h, --help");
    fputs(
        "\nEach flag can also be set by an environment variable (--log-level: SAGEKEEPER_LOG_LEVEL)"
        "\nand most in the configuration file; flags win over the environment, that over the "
        "file.\n",
        stream);
}
