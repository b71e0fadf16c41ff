/* Settings: one table row each (settings_table.c) with flag, environment variable, configuration
 * key, type, default, range and help. The command line parser, `--help` and
 * docs/reference/settings.md are all made from the table. Flags win over the environment, the
 * environment over the configuration file, the file over the default.
 *
 * No setting holds a secret: secrets come from files and from environment variables whose *names*
 * are settings. The configuration file is never read from the desired-state tree. */
#ifndef SK_CONTROLLER_SETTINGS_H
#define SK_CONTROLLER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"

struct sk_command;
struct sk_source_opts;

enum sk_output_format { SK_OUTPUT_TEXT, SK_OUTPUT_JSON, SK_OUTPUT_MARKDOWN };
enum sk_color { SK_COLOR_AUTO, SK_COLOR_ALWAYS, SK_COLOR_NEVER };
enum sk_verify_when { SK_VERIFY_AUTO, SK_VERIFY_ALWAYS, SK_VERIFY_NEVER };
enum sk_access_changes_when {
    SK_ACCESS_CHANGES_AUTO, /* where somebody decides by them */
    SK_ACCESS_CHANGES_ALWAYS,
    SK_ACCESS_CHANGES_NEVER
};
enum sk_mode { SK_MODE_OBSERVE, SK_MODE_ENFORCE };

struct sk_strings {
    char **items; /* owned, as are the strings */
    size_t count;
};

/* Where a value came from, from weakest to strongest. */
enum sk_origin {
    SK_ORIGIN_DEFAULT,
    SK_ORIGIN_FILE,
    SK_ORIGIN_ENVIRONMENT,
    SK_ORIGIN_FLAG,
};

#define SK_SETTING_MAX  64
#define SK_ARGUMENT_MAX 3

/* What a command runs with. Zero-initialise; filled by sk_settings_load; end with sk_settings_done.
 * Strings are owned and NULL when unset. Relative paths are relative to the working folder, those
 * from the configuration file to the folder of that file. */
struct sk_settings {
    const struct sk_command *command; /* borrowed */
    bool help;                        /* --help was given: nothing else was checked */

    /* Positional arguments */
    char *plan_file;                  /* apply PLANFILE */
    char *arguments[SK_ARGUMENT_MAX]; /* get KIND NAME, help COMMAND, internal-docs FOLDER */
    size_t argument_count;

    /* Desired state: exactly one of manifests and git for commands that need a source */
    char *manifests; /* folder */
    char *git;       /* URL or path of a repository */
    char *ref;       /* branch, tag, full reference or commit id; NULL: the repository's HEAD */
    char *path;      /* folder inside the repository; NULL: its root */
    char *git_token_file;
    char *git_token_env; /* name of an environment variable */
    char *ssh_key_file;
    char *known_hosts;
    int64_t fetch_timeout_ms;
    int64_t fetch_max_bytes;
    char *approvals; /* git: path inside the repository; folder: a folder of its own */

    /* State, network, AWS */
    char *state;                /* folder; always set after sk_settings_load */
    char *git_cache;            /* folder inside state for what is fetched */
    char *ca_file;              /* PEM bundle used instead of the system's */
    char *profile;              /* of the shared AWS configuration */
    struct sk_strings accounts; /* only these; empty: all */
    int64_t max_in_flight;      /* requests at a time */
    int64_t rate_factor;        /* starting request rates times this */

    /* Output */
    enum sk_output_format output;
    char *out;    /* file for the plan */
    bool verbose; /* whole values, calls with their input */
    int64_t markdown_max_bytes;
    enum sk_color color;
    bool quiet; /* no progress, no hints */
    enum sk_log_level log_level;
    enum sk_log_format log_format;
    char *config;

    /* Guard */
    enum sk_verify_when verify;
    enum sk_access_changes_when access_changes;
    int64_t delete_limit;
    int64_t delete_percent;
    int64_t delete_floor;

    /* Apply and run */
    bool yes;
    int64_t timeout_ms;
    int64_t settle_interval_ms; /* between looks at what AWS is busy with */
    bool once;
    enum sk_mode mode;
    int64_t interval_ms;     /* from cycle to cycle */
    int64_t retry_max_ms;    /* cap of the back-off after failures */
    int64_t stop_timeout_ms; /* from SIGTERM to the end */

    /* Status */
    bool healthy;
    int64_t max_age_ms; /* 0: follows from the interval */

    /* Permissions */
    bool read;
    bool write;

    /* Who may do what */
    struct sk_strings context; /* "KEY=VALUE" */
    bool live;

    unsigned char origins[SK_SETTING_MAX]; /* enum sk_origin, by row of the table */

    /* What sk_settings_load was given, to read it once more. Borrowed. */
    const char *const *given;
    size_t given_count;
};

enum sk_setting_type {
    SK_SETTING_TEXT,     /* char * */
    SK_SETTING_PATH,     /* char *; relative ones follow the rule above */
    SK_SETTING_INTEGER,  /* int64_t within least and most */
    SK_SETTING_BOOLEAN,  /* bool */
    SK_SETTING_DURATION, /* int64_t, milliseconds, within least and most */
    SK_SETTING_CHOICE,   /* an enum, one of choices */
    SK_SETTING_LIST, /* struct sk_strings; the flag repeats, the environment separates by commas */
};

/* A setting belongs to one group; a command takes whole groups. */
enum sk_setting_group {
    SK_GROUP_SOURCE = 1 << 0,
    SK_GROUP_STATE = 1 << 1,
    SK_GROUP_NETWORK = 1 << 2,
    SK_GROUP_AWS = 1 << 3,
    SK_GROUP_OUTPUT = 1 << 4,
    SK_GROUP_PLAN = 1 << 5,
    SK_GROUP_GUARD = 1 << 6,
    SK_GROUP_APPLY = 1 << 7,
    SK_GROUP_RUN = 1 << 8,
    SK_GROUP_GENERAL = 1 << 9, /* every command takes these */
    SK_GROUP_ACCOUNT = 1 << 10,
    SK_GROUP_PERMISSIONS = 1 << 11,
    SK_GROUP_ACCESS = 1 << 12,
    SK_GROUP_STATUS = 1 << 13,
    SK_GROUP_LIVE = 1 << 14,
};

/* Rows are static and const; texts are never NULL unless said. */
struct sk_setting {
    const char *name;        /* flag without the dashes: "git-token-file" */
    const char *environment; /* "SAGEKEEPER_GIT_TOKEN_FILE" */
    const char *key;         /* in sagekeeper.yaml: "gitTokenFile"; NULL: not from the file */
    enum sk_setting_type type;
    enum sk_setting_group group;
    size_t offset;              /* of its field in struct sk_settings */
    const char *initial;        /* default, written as a user would; NULL: unset */
    const char *const *choices; /* CHOICE: names by enum value, NULL-terminated */
    int64_t least, most;        /* INTEGER, DURATION (ms) */
    const char *value_name;     /* "DIR" in help; NULL for booleans */
    const char *help;           /* one sentence, no full stop */
};

/* Borrowed, static; in the order of the help text. */
const struct sk_setting *sk_settings_table(size_t *count_out);
/* Groups in the order of the help text: "Desired state". NULL past the end. */
const char *sk_setting_group_title(size_t index, enum sk_setting_group *group_out);

/* Reads arguments (without program and command name), `environment` ("NAME=value", NULL-terminated)
 * and the configuration file. SK_E_USAGE for anything a person typed wrong on the command line or
 * in the environment; the file's own errors are SK_E_PARSE, SK_E_INVALID, SK_E_NOT_FOUND, SK_E_IO,
 * SK_E_BOUND. With --help only `help` is set. */
int sk_settings_load(const struct sk_command *command, size_t argument_count,
                     const char *const *arguments, const char *const *environment,
                     struct sk_settings *out, struct sk_err *err) SK_WARN_UNUSED;
void sk_settings_done(struct sk_settings *settings);
/* Where the value of a setting came from; `name` as in the table. */
enum sk_origin sk_settings_origin(const struct sk_settings *settings, const char *name);

/* The part that says where the desired state is: *out borrows from *settings. */
void sk_settings_source(const struct sk_settings *settings, struct sk_source_opts *out);

/* "1h30m", "45m", "90s", "250ms", "7d" to milliseconds. SK_E_INVALID; `err` says what is expected.
 */
int sk_duration_parse(const char *text, int64_t *ms_out, struct sk_err *err) SK_WARN_UNUSED;
/* The shortest such text for it, "1h30m". Owned by the caller. */
char *sk_duration_format(int64_t ms) SK_WARN_UNUSED;

#endif
