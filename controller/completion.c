/* Completion scripts, see completion.h. One function a shell; what may stand where is decided by
 * the hints, which all of them share. */
#include "controller/completion.h"

#include <string.h>

#include "base/text.h"
#include "blueprint/schema.h"
#include "controller/cmd_policy.h"
#include "reconcilers/registry.h"

void sk_hint_done(struct sk_hint *hint)
{
    sk_buffer_done(&hint->words);
}

static void add_word(struct sk_hint *hint, const char *word)
{
    sk_buffer_addf(&hint->words, "%s%s", hint->words.length ? " " : "", word);
}

bool sk_command_takes(const struct sk_command *command, const struct sk_setting *setting)
{
    return setting->group == SK_GROUP_GENERAL || (command->groups & setting->group);
}

void sk_hint_of_setting(const struct sk_command *command, const struct sk_setting *setting,
                        struct sk_hint *out)
{
    *out = (struct sk_hint){.type = SK_HINT_FREE};
    if (setting->type == SK_SETTING_BOOLEAN)
        out->type = SK_HINT_NONE;
    else if (setting->type == SK_SETTING_PATH)
        out->type = sk_text_equal(setting->value_name, "DIR") ? SK_HINT_FOLDERS : SK_HINT_FILES;
    if (setting->type != SK_SETTING_CHOICE)
        return;
    out->type = SK_HINT_WORDS;
    for (size_t i = 0; setting->choices[i]; i++) {
        if (setting->group != SK_GROUP_OUTPUT || (command->formats & 1U << i))
            add_word(out, setting->choices[i]);
    }
}

static void add_commands(struct sk_hint *hint)
{
    size_t count;
    const struct sk_command *table = sk_command_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (!(table[i].flags & SK_COMMAND_HIDDEN))
            add_word(hint, table[i].name);
    }
}

/* Kinds of resources for the command that asks AWS for them, kinds of manifests for the others. */
static void add_kinds(struct sk_hint *hint, bool of_resources)
{
    const struct sk_kinds *kinds = sk_registry();
    for (size_t i = 0; of_resources && i < kinds->count; i++)
        add_word(hint, kinds->items[i]->name);
    const struct sk_schema *schema = sk_blueprint_schema();
    for (size_t i = 0; !of_resources && i < schema->count; i++)
        add_word(hint, schema->kinds[i].name);
}

void sk_hint_of_arguments(const struct sk_command *command, struct sk_hint *out)
{
    const struct sk_argument *argument = &command->arguments[0];
    *out = (struct sk_hint){.type = argument->name ? SK_HINT_FREE : SK_HINT_NONE};
    if (!argument->name)
        return;
    if (argument->use == SK_ARGUMENT_FOLDER)
        out->type = SK_HINT_FOLDERS;
    else if (argument->use == SK_ARGUMENT_PLAN)
        out->type = SK_HINT_FILES;
    else if (strcmp(argument->name, "COMMAND") == 0)
        add_commands(out);
    else if (sk_text_starts_with(argument->name, "KIND"))
        add_kinds(out, command->flags & SK_COMMAND_NEEDS_AWS);
    else if (strcmp(argument->name, "SHELL") == 0)
        sk_buffer_adds(&out->words, "bash zsh fish");
    for (size_t i = 0; strcmp(argument->name, "VERB") == 0 && sk_policy_verb(i); i++)
        add_word(out, sk_policy_verb(i));
    if (out->words.length > 0)
        out->type = SK_HINT_WORDS;
}

/* Calls `write` for each flag of a command, in the order of the table. */
static void each_flag(const struct sk_command *command, struct sk_buffer *out,
                      void (*write)(const struct sk_command *, const struct sk_setting *,
                                    struct sk_buffer *))
{
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (sk_command_takes(command, &table[i]))
            write(command, &table[i], out);
    }
}

static void each_command(struct sk_buffer *out,
                         void (*write)(const struct sk_command *, struct sk_buffer *))
{
    size_t count;
    const struct sk_command *table = sk_command_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (!(table[i].flags & SK_COMMAND_HIDDEN))
            write(&table[i], out);
    }
}

/* Text inside single quotes: `escaped` characters get a backslash, quotes are `quote`. */
static void add_quoted(struct sk_buffer *out, const char *text, const char *escaped,
                       const char *quote)
{
    for (const char *at = text; *at; at++) {
        if (*at == '\'') {
            sk_buffer_adds(out, quote);
            continue;
        }
        if (strchr(escaped, *at))
            sk_buffer_addc(out, '\\');
        sk_buffer_addc(out, *at);
    }
}

/* --- bash ---------------------------------------------------------------------------------- */

static void bash_offer(struct sk_buffer *out, const struct sk_hint *hint)
{
    switch (hint->type) {
    case SK_HINT_FREE:
    case SK_HINT_NONE:
        sk_buffer_adds(out, "return ;;\n");
        break;
    case SK_HINT_FILES:
        sk_buffer_adds(out, "_sagekeeper_paths -f; return ;;\n");
        break;
    case SK_HINT_FOLDERS:
        sk_buffer_adds(out, "_sagekeeper_paths -d; return ;;\n");
        break;
    case SK_HINT_WORDS:
        sk_buffer_addf(out, "_sagekeeper_words '%s'; return ;;\n", sk_buffer_text(&hint->words));
        break;
    }
}

static void bash_value(const struct sk_command *command, const struct sk_setting *setting,
                       struct sk_buffer *out)
{
    struct sk_hint hint;
    sk_hint_of_setting(command, setting, &hint);
    if (hint.type != SK_HINT_NONE) {
        sk_buffer_addf(out, "    %s:--%s) ", command->name, setting->name);
        bash_offer(out, &hint);
    }
    sk_hint_done(&hint);
}

static void bash_values(const struct sk_command *command, struct sk_buffer *out)
{
    each_flag(command, out, bash_value);
}

static void bash_flag(const struct sk_command *command, const struct sk_setting *setting,
                      struct sk_buffer *out)
{
    (void)command;
    sk_buffer_addf(out, "--%s ", setting->name);
}

static void bash_command(const struct sk_command *command, struct sk_buffer *out)
{
    sk_buffer_addf(out, "    %s:-*) _sagekeeper_words '", command->name);
    each_flag(command, out, bash_flag);
    sk_buffer_adds(out, "--help' ;;\n");
    struct sk_hint hint;
    sk_hint_of_arguments(command, &hint);
    sk_buffer_addf(out, "    %s:*) ", command->name);
    bash_offer(out, &hint);
    sk_hint_done(&hint);
}

void sk_completion_bash(struct sk_buffer *out)
{
    sk_buffer_adds(out, "# Completion of sagekeeper for bash, printed by 'sagekeeper completion "
                        "bash'.\n"
                        "_sagekeeper_words()\n{\n"
                        "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\")\n}\n\n"
                        "_sagekeeper_paths()\n{\n"
                        "    compopt -o filenames 2>/dev/null\n"
                        "    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$current\")\n}\n\n"
                        "_sagekeeper()\n{\n"
                        "    local current=${COMP_WORDS[COMP_CWORD]}\n"
                        "    local previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                        "    COMPREPLY=()\n"
                        "    # bash takes \"--flag=value\" apart: --flag, =, value\n"
                        "    if [ \"$current\" = = ]; then\n        current=\n"
                        "    elif [ \"$previous\" = = ]; then\n"
                        "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n    fi\n"
                        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        _sagekeeper_words '");
    struct sk_hint commands = {.type = SK_HINT_WORDS};
    add_commands(&commands);
    sk_buffer_adds(out, sk_buffer_text(&commands.words));
    sk_hint_done(&commands);
    sk_buffer_adds(out, "'\n        return\n    fi\n"
                        "    case ${COMP_WORDS[1]}:$previous in\n");
    each_command(out, bash_values);
    sk_buffer_adds(out, "    esac\n    case ${COMP_WORDS[1]}:$current in\n");
    each_command(out, bash_command);
    sk_buffer_adds(out, "    esac\n}\n\ncomplete -F _sagekeeper sagekeeper\n");
}

/* --- zsh ----------------------------------------------------------------------------------- */

/* ":MESSAGE:ACTION" of _arguments. */
static void zsh_offer(struct sk_buffer *out, const char *message, const struct sk_hint *hint)
{
    sk_buffer_addc(out, ':');
    add_quoted(out, message, ":\\[]", "'\\''");
    sk_buffer_addc(out, ':');
    if (hint->type == SK_HINT_WORDS)
        sk_buffer_addf(out, "(%s)", sk_buffer_text(&hint->words));
    else if (hint->type == SK_HINT_FILES || hint->type == SK_HINT_FOLDERS)
        sk_buffer_adds(out, hint->type == SK_HINT_FILES ? "_files" : "_files -/");
    else
        sk_buffer_addc(out, ' ');
}

static void zsh_flag(const struct sk_command *command, const struct sk_setting *setting,
                     struct sk_buffer *out)
{
    struct sk_hint hint;
    sk_hint_of_setting(command, setting, &hint);
    sk_buffer_addf(out, " \\\n            '%s--%s[", setting->type == SK_SETTING_LIST ? "*" : "",
                   setting->name);
    add_quoted(out, setting->help, ":\\[]", "'\\''");
    sk_buffer_addc(out, ']');
    if (hint.type != SK_HINT_NONE)
        zsh_offer(out, setting->value_name, &hint);
    sk_buffer_addc(out, '\'');
    sk_hint_done(&hint);
}

static void zsh_summary(const struct sk_command *command, struct sk_buffer *out)
{
    sk_buffer_addf(out, "            '%s:", command->name);
    add_quoted(out, command->summary, ":\\", "'\\''");
    sk_buffer_adds(out, "'\n");
}

static void zsh_command(const struct sk_command *command, struct sk_buffer *out)
{
    sk_buffer_addf(out, "    %s)\n        _arguments", command->name);
    each_flag(command, out, zsh_flag);
    sk_buffer_adds(out, " \\\n            '--help[show how it is used]'");
    struct sk_hint hint;
    sk_hint_of_arguments(command, &hint);
    if (hint.type != SK_HINT_NONE) {
        sk_buffer_adds(out, " \\\n            '1");
        zsh_offer(out, command->arguments[0].name, &hint);
        sk_buffer_addc(out, '\'');
    }
    sk_hint_done(&hint);
    sk_buffer_adds(out, "\n        ;;\n");
}

void sk_completion_zsh(struct sk_buffer *out)
{
    sk_buffer_adds(out, "#compdef sagekeeper\n"
                        "# Completion of sagekeeper for zsh, printed by 'sagekeeper completion "
                        "zsh'.\n"
                        "_sagekeeper()\n{\n"
                        "    if (( CURRENT == 2 )); then\n        local -a commands\n"
                        "        commands=(\n");
    each_command(out, zsh_summary);
    sk_buffer_adds(out, "        )\n        _describe -t commands command commands\n"
                        "        return\n    fi\n"
                        "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
                        "    case $command in\n");
    each_command(out, zsh_command);
    sk_buffer_adds(out, "    esac\n}\n\n"
                        "if [ \"${funcstack[1]-}\" = _sagekeeper ]; then\n    _sagekeeper \"$@\"\n"
                        "else\n    compdef _sagekeeper sagekeeper\nfi\n");
}

/* --- fish ---------------------------------------------------------------------------------- */

static void fish_offer(struct sk_buffer *out, const struct sk_hint *hint)
{
    switch (hint->type) {
    case SK_HINT_FREE:
        sk_buffer_adds(out, " -x");
        break;
    case SK_HINT_NONE:
        break;
    case SK_HINT_FILES:
        sk_buffer_adds(out, " -r -F");
        break;
    case SK_HINT_FOLDERS:
        sk_buffer_adds(out, " -x -a '(__fish_complete_directories)'");
        break;
    case SK_HINT_WORDS:
        sk_buffer_addf(out, " -x -a '%s'", sk_buffer_text(&hint->words));
        break;
    }
}

static void fish_line(struct sk_buffer *out, const char *command)
{
    sk_buffer_addf(out, "complete -c sagekeeper -n '__fish_seen_subcommand_from %s'", command);
}

static void fish_flag(const struct sk_command *command, const struct sk_setting *setting,
                      struct sk_buffer *out)
{
    struct sk_hint hint;
    sk_hint_of_setting(command, setting, &hint);
    fish_line(out, command->name);
    sk_buffer_addf(out, " -l %s", setting->name);
    fish_offer(out, &hint);
    sk_buffer_adds(out, " -d '");
    add_quoted(out, setting->help, "\\", "\\'");
    sk_buffer_adds(out, "'\n");
    sk_hint_done(&hint);
}

static void fish_command(const struct sk_command *command, struct sk_buffer *out)
{
    sk_buffer_addf(out, "\ncomplete -c sagekeeper -n __fish_use_subcommand -a %s -d '",
                   command->name);
    add_quoted(out, command->summary, "\\", "\\'");
    sk_buffer_adds(out, "'\n");
    each_flag(command, out, fish_flag);
    fish_line(out, command->name);
    sk_buffer_adds(out, " -l help -d 'show how it is used'\n");
    struct sk_hint hint;
    sk_hint_of_arguments(command, &hint);
    if (hint.type == SK_HINT_FILES) {
        fish_line(out, command->name);
        sk_buffer_adds(out, " -F\n");
    } else if (hint.type != SK_HINT_NONE && hint.type != SK_HINT_FREE) {
        fish_line(out, command->name);
        fish_offer(out, &hint);
        sk_buffer_addc(out, '\n');
    }
    sk_hint_done(&hint);
}

void sk_completion_fish(struct sk_buffer *out)
{
    sk_buffer_adds(out, "# Completion of sagekeeper for fish, printed by 'sagekeeper completion "
                        "fish'.\n"
                        "complete -c sagekeeper -f\n");
    each_command(out, fish_command);
}
