/* Manual pages in man(7) macros, made from the tables of commands, settings and exit codes: one of
 * the program and one of each command. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "controller/command.h"
#include "controller/completion.h"

/* One code point of UTF-8 that is known to be well-formed; *text moves behind it. */
static unsigned long take_point(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    size_t length = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    unsigned long point = length == 1 ? *at : *at & (0x7fU >> length);
    for (size_t i = 1; i < length; i++)
        point = point << 6 | (at[i] & 0x3fU);
    *text += length;
    return point;
}

/* Text as roff takes it: no escapes, no requests, hyphens that can be copied. */
static void add_text(struct sk_buffer *out, const char *text)
{
    bool line_begins = out->length == 0 || out->data[out->length - 1] == '\n';
    while (*text) {
        unsigned long point = take_point(&text);
        if (line_begins && (point == '.' || point == '\''))
            sk_buffer_adds(out, "\\&");
        line_begins = false;
        if (point == '\\')
            sk_buffer_adds(out, "\\e");
        else if (point == '-')
            sk_buffer_adds(out, "\\-");
        else if (point > 0x7e)
            sk_buffer_addf(out, "\\[u%04lX]", point);
        else
            sk_buffer_addc(out, (char)point);
    }
}

static void add_line(struct sk_buffer *out, const char *text)
{
    add_text(out, text);
    sk_buffer_addc(out, '\n');
}

static void add_sentence(struct sk_buffer *out, const char *text)
{
    add_text(out, text);
    sk_buffer_adds(out, ".\n");
}

/* "SAGEKEEPER-PLAN" for "plan". */
static void add_head(struct sk_buffer *out, const char *command)
{
    sk_buffer_adds(out, ".\\\" Made by `sagekeeper internal-man docs/man`; do not edit.\n"
                        ".TH SAGEKEEPER");
    if (command)
        sk_buffer_adds(out, "\\-");
    for (const char *at = command; at && *at; at++)
        sk_buffer_addc(out, (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at));
    /* Names must not be torn apart: no hyphenation, no filling to the margin. */
    sk_buffer_adds(out, " 1 \"\" sagekeeper \"User Commands\"\n.nh\n.ad l\n");
}

static void add_exits(struct sk_buffer *out)
{
    sk_buffer_adds(out, ".SH EXIT STATUS\n");
    size_t count;
    const struct sk_exit_text *table = sk_exit_table(&count);
    for (size_t i = count; i-- > 0;) {
        sk_buffer_addf(out, ".TP\n.B %d\n", (int)table[i].code);
        add_line(out, table[i].meaning);
    }
}

static void add_option(struct sk_buffer *out, const struct sk_command *command,
                       const struct sk_setting *setting)
{
    struct sk_hint hint;
    sk_hint_of_setting(command, setting, &hint);
    sk_buffer_adds(out, ".TP\n.BI \"");
    add_text(out, "--");
    add_text(out, setting->name);
    if (setting->value_name) {
        sk_buffer_adds(out, " \" ");
        add_text(out, setting->value_name);
        sk_buffer_addc(out, '\n');
    } else {
        sk_buffer_adds(out, "\"\n");
    }
    add_sentence(out, setting->help);
    if (hint.type == SK_HINT_WORDS) {
        sk_auto(sk_freep) char *words = sk_xasprintf("One of: %s", sk_buffer_text(&hint.words));
        add_sentence(out, words);
    }
    if (setting->initial && setting->type != SK_SETTING_BOOLEAN) {
        sk_auto(sk_freep) char *initial = sk_xasprintf("Default: %s", setting->initial);
        add_sentence(out, initial);
    }
    sk_buffer_addf(out, "Environment:\n.BR %s .\n", setting->environment);
    sk_hint_done(&hint);
}

static void add_group(struct sk_buffer *out, const struct sk_command *command,
                      enum sk_setting_group group, const char *title)
{
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (table[i].group != group || !sk_command_takes(command, &table[i]))
            continue;
        if (!any)
            sk_buffer_addf(out, ".SS %s\n", title);
        any = true;
        add_option(out, command, &table[i]);
    }
}

static void add_synopsis(struct sk_buffer *out, const struct sk_command *command)
{
    sk_buffer_addf(out, ".SH SYNOPSIS\n.B sagekeeper %s\n", command->name);
    for (const struct sk_argument *argument = command->arguments; argument->name; argument++) {
        sk_buffer_adds(out, argument->required ? ".I \"" : ".RI [ \"");
        add_text(out, argument->name);
        sk_buffer_adds(out, argument->required ? "\"\n" : "\" ]\n");
    }
    sk_buffer_adds(out, ".RI [ options ]\n");
}

static void add_arguments(struct sk_buffer *out, const struct sk_command *command)
{
    if (command->arguments[0].name)
        sk_buffer_adds(out, ".SH ARGUMENTS\n");
    for (const struct sk_argument *argument = command->arguments; argument->name; argument++) {
        sk_buffer_adds(out, ".TP\n.I \"");
        add_text(out, argument->name);
        sk_buffer_adds(out, "\"\n");
        add_sentence(out, argument->help);
    }
}

static void command_page(struct sk_buffer *out, const struct sk_command *command)
{
    add_head(out, command->name);
    sk_buffer_addf(out, ".SH NAME\nsagekeeper\\-%s \\- ", command->name);
    add_line(out, command->summary);
    add_synopsis(out, command);
    sk_buffer_adds(out, ".SH DESCRIPTION\n");
    add_line(out, command->description);
    add_arguments(out, command);
    sk_buffer_adds(out, ".SH OPTIONS\n");
    enum sk_setting_group group;
    const char *title;
    for (size_t i = 0; (title = sk_setting_group_title(i, &group)); i++)
        add_group(out, command, group, title);
    sk_buffer_adds(out, ".TP\n.BR \\-h , \" \\-\\-help\"\nShow how it is used.\n");
    add_exits(out);
    sk_buffer_adds(out, ".SH SEE ALSO\n.BR sagekeeper (1)\n");
}

static void program_page(struct sk_buffer *out)
{
    add_head(out, NULL);
    sk_buffer_adds(out, ".SH NAME\nsagekeeper \\- keep Amazon SageMaker Studio as a Git "
                        "repository says\n"
                        ".SH SYNOPSIS\n.B sagekeeper\n.I command\n.RI [ argument ]\n"
                        ".RI [ options ]\n"
                        ".SH DESCRIPTION\n"
                        "Compares manifests with live AWS, shows each difference with the exact "
                        "API calls,\nand makes them.\n"
                        ".SH COMMANDS\n");
    size_t count;
    const struct sk_command *table = sk_command_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (table[i].flags & SK_COMMAND_HIDDEN)
            continue;
        sk_buffer_addf(out, ".TP\n.BR sagekeeper\\-%s (1)\n", table[i].name);
        add_sentence(out, table[i].summary);
    }
    sk_buffer_adds(out, ".SH SETTINGS\n"
                        "Each option can be set by an environment variable too, and most in the "
                        "file that\n.B \\-\\-config\nor\n.B SAGEKEEPER_CONFIG\n"
                        "names. Options win over the environment, the environment over the file.\n"
                        "AWS's own variables and shared configuration files are read as the SDKs "
                        "do.\n");
    add_exits(out);
}

static int write_page(const char *folder, const char *command, const struct sk_buffer *page,
                      struct sk_err *err)
{
    sk_auto(sk_freep) char *path =
        sk_xasprintf("%s/sagekeeper%s%s.1", folder, command ? "-" : "", command ? command : "");
    FILE *stream = fopen(path, "we");
    if (!stream)
        return sk_err_errno(err, errno, "write '%s'", path);
    size_t written = fwrite(page->data, 1, page->length, stream);
    if (fclose(stream) != 0 || written != page->length)
        return sk_err_set(err, SK_E_IO, "cannot write '%s'", path);
    return 0;
}

int sk_manual_write(const char *folder, struct sk_err *err)
{
    sk_auto(sk_buffer_done) struct sk_buffer page = {0};
    program_page(&page);
    int code = write_page(folder, NULL, &page, err);
    size_t count;
    const struct sk_command *table = sk_command_table(&count);
    for (size_t i = 0; code == 0 && i < count; i++) {
        if (table[i].flags & SK_COMMAND_HIDDEN)
            continue;
        sk_buffer_clear(&page);
        command_page(&page, &table[i]);
        code = write_page(folder, table[i].name, &page, err);
    }
    return code;
}
