/* Commands: one table row each (command.c). Dispatch, `--help` and docs/reference/commands.md are
 * made from the table; what a command needs is data in its row. */
#ifndef SK_CONTROLLER_COMMAND_H
#define SK_CONTROLLER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "controller/settings.h"

/* Exit codes (docs/reference/exit-codes.md). */
enum sk_exit {
    SK_EXIT_OK = 0,      /* nothing to do, or done */
    SK_EXIT_ERROR = 1,   /* nothing can be said, or a change failed */
    SK_EXIT_CHANGES = 2, /* plan, drift: there are differences; blocked ones count */
    SK_EXIT_REFUSED = 3, /* a guard said no */
    SK_EXIT_PARTIAL = 4, /* partly applied, or planned on a partial view */
    SK_EXIT_USAGE = 64,  /* wrong use of the command line */
};
struct sk_exit_text {
    enum sk_exit code;
    const char *name;    /* "changes" */
    const char *meaning; /* one sentence */
};
/* Borrowed, static; the gravest first: the code that wins when several hold. */
const struct sk_exit_text *sk_exit_table(size_t *count_out);
/* The graver of two: 64, 1, 3, 4, 2, 0. */
int sk_exit_graver(int a, int b);
/* What a failure with this error code exits with: 64 for SK_E_USAGE, 3 for SK_E_REFUSED, else 1. */
int sk_exit_of_error(enum sk_errc code);

enum sk_command_flag {
    SK_COMMAND_NEEDS_SOURCE = 1 << 0, /* a folder or --git must be given */
    SK_COMMAND_NEEDS_AWS = 1 << 1,    /* talks to AWS; others touch no network besides Git */
    SK_COMMAND_HIDDEN = 1 << 2,       /* for the project itself: in no list */
};

enum sk_argument_use {
    SK_ARGUMENT_TEXT,   /* settings->arguments */
    SK_ARGUMENT_FOLDER, /* settings->manifests */
    SK_ARGUMENT_PLAN,   /* settings->plan_file; a folder goes to settings->manifests */
};
struct sk_argument {
    const char *name; /* "KIND"; NULL ends the list */
    enum sk_argument_use use;
    bool required;
    const char *help; /* one sentence, no full stop */
};

struct sk_command {
    const char *name;
    const char *summary;     /* one line, starts with a verb, no full stop */
    const char *description; /* a paragraph, in full sentences */
    unsigned flags;          /* enum sk_command_flag */
    unsigned groups;         /* enum sk_setting_group; SK_GROUP_GENERAL is implied */
    unsigned formats;        /* 1 << enum sk_output_format that it can print */
    struct sk_argument arguments[SK_ARGUMENT_MAX + 1];
    /* Returns an exit code, or a negative error code with *err set: `return sk_err_set(…)` works
     * and main prints the message. Prints its result to stdout, progress and logs to stderr. */
    int (*run)(const struct sk_settings *settings, struct sk_err *err);
};

/* Borrowed, static; in the order of the help text. */
const struct sk_command *sk_command_table(size_t *count_out);
/* NULL when there is none of this name. */
const struct sk_command *sk_command_find(const char *name);
/* "unknown command 'plna'; did you mean 'plan'?" into *err. Returns SK_E_USAGE. */
int sk_command_unknown(const char *name, struct sk_err *err);

/* Help made from the tables (help.c). */
void sk_help_program(FILE *stream);
void sk_help_command(FILE *stream, const struct sk_command *command);
/* Writes the pages of docs/reference that are made from tables into a folder (reference.c). */
int sk_reference_write(const char *folder, struct sk_err *err) SK_WARN_UNUSED;
/* Writes the manual pages of docs/man into a folder (manual.c). */
int sk_manual_write(const char *folder, struct sk_err *err) SK_WARN_UNUSED;

/* The commands, one file each: cmd_<name>.c. */
int sk_cmd_validate(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_policy(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_plan(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_apply(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_drift(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_run(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_can(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_verify(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_who_can(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_status(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_get(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_schema(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_explain(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_permissions(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_completion(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_version(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_help(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_internal_fetch(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_internal_docs(const struct sk_settings *settings, struct sk_err *err);
int sk_cmd_internal_man(const struct sk_settings *settings, struct sk_err *err);

#endif
