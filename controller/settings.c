/* From arguments, environment and configuration file to struct sk_settings, weakest first. What
 * cannot be decided by one value alone (two sources at once, a flag that needs another) is checked
 * last. */
#include "controller/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/text.h"
#include "controller/command.h"
#include "controller/settings_int.h"
#include "source/source.h"

/* A flag as it was given. */
struct given {
    size_t row;
    const char *value; /* borrowed */
};

struct loader {
    const struct sk_command *command;
    const char *const *environment;
    struct sk_settings settings;
    const struct sk_setting *table;
    size_t table_count;
    struct given *given; /* owned */
    size_t given_count;
    const char *positional[SK_ARGUMENT_MAX];
    size_t positional_count;
};

static void loader_done(struct loader *loader)
{
    free(loader->given);
    sk_settings_done(&loader->settings);
}

static bool takes(const struct sk_command *command, const struct sk_setting *setting)
{
    return setting->group == SK_GROUP_GENERAL || (command->groups & setting->group);
}

static const char *variable(const struct loader *loader, const char *name)
{
    size_t length = strlen(name);
    for (const char *const *at = loader->environment; at && *at; at++) {
        /* An empty variable is as good as none: that is how containers unset them. */
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=' && (*at)[length + 1])
            return *at + length + 1;
    }
    return NULL;
}

static int unknown_flag(const struct loader *loader, const char *flag, size_t length,
                        struct sk_err *err)
{
    sk_auto(sk_freep) char *name = sk_xstrndup(flag, length);
    const char *candidates[SK_SETTING_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < loader->table_count; i++) {
        if (strcmp(loader->table[i].name, name) == 0)
            return sk_err_set(err, SK_E_USAGE, "'--%s' is not a flag of '%s'", name,
                              loader->command->name);
        if (takes(loader->command, &loader->table[i]))
            candidates[count++] = loader->table[i].name;
    }
    candidates[count++] = "help";
    const char *nearest = sk_text_nearest(name, candidates, count);
    return sk_err_set(err, SK_E_USAGE, "unknown flag '--%s'%s%s%s", name,
                      nearest ? "; did you mean '--" : "", nearest ? nearest : "",
                      nearest ? "'?" : "");
}

static int find_flag(const struct loader *loader, const char *flag, size_t length, size_t *row_out,
                     struct sk_err *err)
{
    for (size_t i = 0; i < loader->table_count; i++) {
        const struct sk_setting *setting = &loader->table[i];
        if (strlen(setting->name) == length && strncmp(setting->name, flag, length) == 0 &&
            takes(loader->command, setting)) {
            *row_out = i;
            return 0;
        }
    }
    return unknown_flag(loader, flag, length, err);
}

/* One flag at arguments[*at]; moves *at over its value. */
static int take_flag(struct loader *loader, size_t count, const char *const *arguments, size_t *at,
                     struct sk_err *err)
{
    const char *flag = arguments[*at] + 2;
    size_t length = strcspn(flag, "=");
    size_t row = 0;
    int code = find_flag(loader, flag, length, &row, err);
    if (code < 0)
        return code;
    const struct sk_setting *setting = &loader->table[row];
    const char *value = flag[length] == '=' ? flag + length + 1 : NULL;
    if (!value && setting->type == SK_SETTING_BOOLEAN)
        value = "true";
    if (!value) {
        if (*at + 1 >= count)
            return sk_err_set(err, SK_E_USAGE, "'--%s' needs a value: %s", setting->name,
                              setting->value_name);
        value = arguments[++*at];
    }
    loader->given = sk_xrealloc(loader->given, loader->given_count + 1, sizeof(*loader->given));
    loader->given[loader->given_count++] = (struct given){row, value};
    return 0;
}

static int take_positional(struct loader *loader, const char *argument, struct sk_err *err)
{
    size_t most = 0;
    while (most < SK_ARGUMENT_MAX && loader->command->arguments[most].name)
        most++;
    if (loader->positional_count == most)
        return sk_err_set(err, SK_E_USAGE, "unexpected argument '%s'", argument);
    loader->positional[loader->positional_count++] = argument;
    return 0;
}

static int split(struct loader *loader, size_t count, const char *const *arguments,
                 struct sk_err *err)
{
    bool flags_ended = false;
    for (size_t i = 0; i < count; i++) {
        const char *argument = arguments[i];
        int code = 0;
        if (flags_ended || argument[0] != '-' || !argument[1])
            code = take_positional(loader, argument, err);
        else if (strcmp(argument, "--") == 0)
            flags_ended = true;
        else if (argument[1] == '-')
            code = take_flag(loader, count, arguments, &i, err);
        else
            code = sk_err_set(err, SK_E_USAGE, "unknown flag '%s'", argument);
        if (code < 0)
            return code;
    }
    return 0;
}

static bool asks_for_help(size_t count, const char *const *arguments)
{
    for (size_t i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0)
            return true;
    }
    return false;
}

/* A list from a stronger origin replaces what was there. */
static int assign(struct loader *loader, size_t row, const char *text, enum sk_origin origin,
                  struct sk_err *err)
{
    if (loader->settings.origins[row] != (unsigned char)origin)
        sk_setting_clear(&loader->settings, &loader->table[row]);
    loader->settings.origins[row] = (unsigned char)origin;
    return sk_setting_assign(&loader->settings, &loader->table[row], text, err);
}

/* Settings end up in JSON (what a fetch is told, the status, the log), which has UTF-8 only; a text
 * that is none would be missing there as if it had not been given. */
static int check_text(const char *prefix, const char *name, const char *text, struct sk_err *err)
{
    size_t bad_offset;
    if (!text || sk_text_is_utf8(text, strlen(text), &bad_offset))
        return 0;
    return sk_err_set(err, SK_E_USAGE, "%s%s: expected UTF-8, which byte %zu is not", prefix, name,
                      bad_offset + 1);
}

static int check_texts(const struct loader *loader, struct sk_err *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < loader->table_count; i++) {
        const char *name = loader->table[i].environment;
        code = check_text("", name, variable(loader, name), err);
    }
    for (size_t i = 0; code == 0 && i < loader->given_count; i++)
        code =
            check_text("--", loader->table[loader->given[i].row].name, loader->given[i].value, err);
    for (size_t i = 0; code == 0 && i < loader->positional_count; i++)
        code =
            check_text("argument ", loader->command->arguments[i].name, loader->positional[i], err);
    return code;
}

/* A wrong value on the command line or in the environment is wrong use. */
static int misused(struct sk_err *err, const char *prefix, const char *name)
{
    if (err)
        err->code = SK_E_USAGE;
    (void)sk_err_wrap(err, "%s%s", prefix, name);
    return SK_E_USAGE;
}

static int apply_defaults(struct loader *loader, struct sk_err *err)
{
    for (size_t i = 0; i < loader->table_count; i++) {
        const char *initial = loader->table[i].initial;
        int code = initial ? assign(loader, i, initial, SK_ORIGIN_DEFAULT, err) : 0;
        if (code < 0)
            return code;
    }
    return 0;
}

static int apply_environment(struct loader *loader, struct sk_err *err)
{
    for (size_t i = 0; i < loader->table_count; i++) {
        const char *value = variable(loader, loader->table[i].environment);
        if (value && assign(loader, i, value, SK_ORIGIN_ENVIRONMENT, err) < 0)
            return misused(err, "", loader->table[i].environment);
    }
    return 0;
}

static int apply_flags(struct loader *loader, struct sk_err *err)
{
    for (size_t i = 0; i < loader->given_count; i++) {
        const struct given *given = &loader->given[i];
        if (assign(loader, given->row, given->value, SK_ORIGIN_FLAG, err) < 0)
            return misused(err, "--", loader->table[given->row].name);
    }
    return 0;
}

static size_t row_of(const struct loader *loader, const char *name)
{
    for (size_t i = 0; i < loader->table_count; i++) {
        if (strcmp(loader->table[i].name, name) == 0)
            return i;
    }
    return 0;
}

static enum sk_origin origin_of(const struct loader *loader, const char *name)
{
    return (enum sk_origin)loader->settings.origins[row_of(loader, name)];
}

static int apply_folder(struct loader *loader, const char *folder, struct sk_err *err)
{
    if (loader->settings.manifests && origin_of(loader, "manifests") == SK_ORIGIN_FLAG)
        return sk_err_set(err, SK_E_USAGE, "the manifest folder is given twice");
    if (assign(loader, row_of(loader, "manifests"), folder, SK_ORIGIN_FLAG, err) < 0)
        return misused(err, "", "the manifest folder");
    return 0;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int apply_positional(struct loader *loader, struct sk_err *err)
{
    struct sk_settings *settings = &loader->settings;
    for (size_t i = 0; i < SK_ARGUMENT_MAX && loader->command->arguments[i].name; i++) {
        const struct sk_argument *argument = &loader->command->arguments[i];
        if (i >= loader->positional_count)
            return argument->required
                       ? sk_err_set(err, SK_E_USAGE, "argument %s is missing", argument->name)
                       : 0;
        const char *text = loader->positional[i];
        if (argument->use == SK_ARGUMENT_TEXT) {
            settings->arguments[settings->argument_count++] = sk_xstrdup(text);
        } else if (argument->use == SK_ARGUMENT_PLAN && !is_folder(text)) {
            settings->plan_file = sk_xstrdup(text);
        } else {
            int code = apply_folder(loader, text, err);
            if (code < 0)
                return code;
        }
    }
    return 0;
}

/* Of a folder and a repository the one given more strongly counts. */
static int choose_source(struct loader *loader, struct sk_err *err)
{
    struct sk_settings *settings = &loader->settings;
    if (settings->manifests && settings->git) {
        enum sk_origin folder = origin_of(loader, "manifests");
        enum sk_origin git = origin_of(loader, "git");
        if (folder == git)
            return sk_err_set(err, SK_E_USAGE,
                              "the desired state is either a folder or a Git repository, not both");
        sk_setting_clear(settings,
                         &loader->table[row_of(loader, folder > git ? "git" : "manifests")]);
    }
    if (settings->git && sk_source_url_has_secret(settings->git))
        return sk_err_set(err, SK_E_USAGE,
                          "the Git URL contains a password or token; use --git-token-file or "
                          "--git-token-env");
    bool needs = loader->command->flags & SK_COMMAND_NEEDS_SOURCE;
    if (needs && !settings->manifests && !settings->git)
        return sk_err_set(err, SK_E_USAGE,
                          "no desired state: give a folder (--manifests DIR) or --git URL");
    return 0;
}

/* Flags that say nothing without --git are most likely a mistake; in a shared file they are not. */
static int check_git_flags(const struct loader *loader, struct sk_err *err)
{
    static const char *const names[] = {"ref",           "path",         "git-token-file",
                                        "git-token-env", "ssh-key-file", "known-hosts"};
    const struct sk_settings *settings = &loader->settings;
    for (size_t i = 0; !settings->git && i < sizeof(names) / sizeof(*names); i++) {
        if (origin_of(loader, names[i]) == SK_ORIGIN_FLAG)
            return sk_err_set(err, SK_E_USAGE, "'--%s' needs --git", names[i]);
    }
    return 0;
}

/* Of a token's file and its variable the one given more strongly counts. */
static int choose_token(struct loader *loader, struct sk_err *err)
{
    struct sk_settings *settings = &loader->settings;
    if (!settings->git_token_file || !settings->git_token_env)
        return 0;
    enum sk_origin file = origin_of(loader, "git-token-file");
    enum sk_origin variable = origin_of(loader, "git-token-env");
    if (file == variable)
        return sk_err_set(err, SK_E_USAGE,
                          "the Git token comes from a file or from a variable, not both");
    const char *weaker = file > variable ? "git-token-env" : "git-token-file";
    sk_setting_clear(settings, &loader->table[row_of(loader, weaker)]);
    return 0;
}

static int check_output(struct loader *loader, struct sk_err *err)
{
    struct sk_settings *settings = &loader->settings;
    if (loader->command->formats & (1U << settings->output) || !loader->command->formats)
        return 0;
    if (origin_of(loader, "output") == SK_ORIGIN_FLAG)
        return sk_err_set(err, SK_E_USAGE, "'%s' has no %s output", loader->command->name,
                          loader->table[row_of(loader, "output")].choices[settings->output]);
    settings->output = SK_OUTPUT_TEXT;
    return 0;
}

static int complete_state(struct loader *loader, struct sk_err *err)
{
    struct sk_settings *settings = &loader->settings;
    if (!settings->state) {
        const char *base = variable(loader, "XDG_STATE_HOME");
        const char *home = variable(loader, "HOME");
        /* The XDG base directory specification: relative paths are to be ignored. */
        if (base && base[0] == '/')
            settings->state = sk_xasprintf("%s/sagekeeper", base);
        else if (home)
            settings->state = sk_xasprintf("%s/.local/state/sagekeeper", home);
        else if (loader->command->groups & SK_GROUP_STATE)
            return sk_err_set(err, SK_E_USAGE, "no home folder: give --state DIR");
    }
    if (loader->command->groups & SK_GROUP_STATE) {
        int code = check_text("", "the state folder", settings->state, err);
        if (code < 0)
            return code;
    }
    if (settings->state)
        settings->git_cache = sk_xasprintf("%s/git", settings->state);
    return 0;
}

static bool lies_inside(const char *path, const char *folder)
{
    sk_auto(sk_freep) char *inner = realpath(path, NULL);
    sk_auto(sk_freep) char *outer = realpath(folder, NULL);
    size_t length = outer ? strlen(outer) : 0;
    return inner && outer && strncmp(inner, outer, length) == 0 &&
           (inner[length] == '/' || strcmp(outer, "/") == 0);
}

/* Whoever may edit the manifests must not be able to edit the limits that guard them. */
static int check_config_place(const struct sk_settings *settings, struct sk_err *err)
{
    if (!settings->config)
        return 0;
    sk_auto(sk_freep) char *folder = NULL;
    if (settings->manifests) {
        folder = sk_xstrdup(settings->manifests);
    } else if (settings->git) {
        const char *url = settings->git;
        url += sk_text_starts_with(url, "file://") ? strlen("file://") : 0;
        folder = sk_xasprintf("%s/%s", url, settings->path ? settings->path : "");
    }
    if (folder && lies_inside(settings->config, folder))
        return sk_err_set(err, SK_E_USAGE,
                          "configuration file '%s' lies inside the desired state '%s'; it must not "
                          "be changed by those who change manifests",
                          settings->config, folder);
    return 0;
}

/* The configuration file's place must be known before its content. */
static const char *config_path(const struct loader *loader)
{
    size_t row = row_of(loader, "config");
    const char *path = variable(loader, loader->table[row].environment);
    for (size_t i = 0; i < loader->given_count; i++) {
        if (loader->given[i].row == row)
            path = loader->given[i].value;
    }
    /* An empty one is refused with the other values. */
    return path && path[0] ? path : NULL;
}

static int merge(struct loader *loader, struct sk_err *err)
{
    int code = apply_defaults(loader, err);
    const char *config = config_path(loader);
    if (code == 0 && config)
        code = sk_config_apply(&loader->settings, config, err);
    if (code == 0)
        code = apply_environment(loader, err);
    if (code == 0)
        code = apply_flags(loader, err);
    return code < 0 ? code : apply_positional(loader, err);
}

int sk_settings_load(const struct sk_command *command, size_t argument_count,
                     const char *const *arguments, const char *const *environment,
                     struct sk_settings *out, struct sk_err *err)
{
    sk_auto(loader_done) struct loader loader = {.command = command, .environment = environment};
    loader.table = sk_settings_table(&loader.table_count);
    loader.settings.command = command;
    loader.settings.given = arguments;
    loader.settings.given_count = argument_count;
    int code = 0;
    if (asks_for_help(argument_count, arguments)) {
        loader.settings.help = true;
    } else {
        code = split(&loader, argument_count, arguments, err);
        if (code == 0)
            code = check_texts(&loader, err);
        if (code == 0)
            code = merge(&loader, err);
        if (code == 0)
            code = choose_source(&loader, err);
        if (code == 0)
            code = check_git_flags(&loader, err);
        if (code == 0)
            code = choose_token(&loader, err);
        if (code == 0)
            code = check_output(&loader, err);
        if (code == 0)
            code = complete_state(&loader, err);
        if (code == 0)
            code = check_config_place(&loader.settings, err);
    }
    if (code == 0) {
        *out = loader.settings;
        memset(&loader.settings, 0, sizeof(loader.settings));
    }
    return code;
}

void sk_settings_source(const struct sk_settings *settings, struct sk_source_opts *out)
{
    *out = (struct sk_source_opts){
        .folder = settings->manifests,
        .git_url = settings->git,
        .git_ref = settings->ref,
        .git_path = settings->path,
        .token_file = settings->git_token_file,
        .token_env = settings->git_token_env,
        .ca_file = settings->ca_file,
        .ssh_key_file = settings->ssh_key_file,
        .known_hosts_file = settings->known_hosts,
        .cache_folder = settings->git_cache,
        .approvals_path = settings->approvals,
        .max_fetch_bytes = (size_t)settings->fetch_max_bytes,
    };
}

enum sk_origin sk_settings_origin(const struct sk_settings *settings, const char *name)
{
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0)
            return (enum sk_origin)settings->origins[i];
    }
    return SK_ORIGIN_DEFAULT;
}
