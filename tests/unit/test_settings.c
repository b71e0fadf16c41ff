/* The tables of settings and commands, and how arguments, environment and configuration file become
 * settings. */
#include "sk_test.h"

#include <ctype.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "controller/command.h"
#include "controller/output.h"
#include "controller/settings.h"
#include "source/source.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MAX_WORDS    12

static char top[] = "/tmp/sk-settings-XXXXXX";

static int enter(void **state)
{
    (void)state;
    memcpy(top, "/tmp/sk-settings-XXXXXX", sizeof(top));
    return mkdtemp(top) && chdir(top) == 0 ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static int leave(void **state)
{
    (void)state;
    if (chdir("/") != 0)
        return -1;
    return nftw(top, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *path, const char *text)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_file_write(path, text, strlen(text), &err), &err);
}

/* Words separated by spaces; "_" stands for an empty one. */
static size_t words_of(char *text, const char *words[MAX_WORDS])
{
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count + 1 < MAX_WORDS);
        words[count++] = strcmp(word, "_") == 0 ? "" : word;
    }
    words[count] = NULL;
    return count;
}

static int load(const char *command, const char *arguments, const char *environment,
                struct sk_settings *out, struct sk_err *err)
{
    sk_auto(sk_freep) char *argument_text = sk_xstrdup(arguments);
    sk_auto(sk_freep) char *environment_text = sk_xasprintf("HOME=/home/me %s", environment);
    const char *argument_words[MAX_WORDS];
    const char *environment_words[MAX_WORDS];
    size_t count = words_of(argument_text, argument_words);
    words_of(environment_text, environment_words);
    return sk_settings_load(sk_command_find(command), count, argument_words, environment_words, out,
                            err);
}

/* The value of a setting as text. Owned by the caller. */
static char *value_of(const struct sk_settings *settings, const char *name)
{
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) != 0)
            continue;
        const void *field = (const char *)settings + table[i].offset;
        switch (table[i].type) {
        case SK_SETTING_TEXT:
        case SK_SETTING_PATH:
            return sk_xstrdup(*(char *const *)field ? *(char *const *)field : "-");
        case SK_SETTING_INTEGER:
            return sk_xasprintf("%lld", (long long)*(const int64_t *)field);
        case SK_SETTING_DURATION:
            return sk_duration_format(*(const int64_t *)field);
        case SK_SETTING_BOOLEAN:
            return sk_xstrdup(*(const bool *)field ? "true" : "false");
        case SK_SETTING_CHOICE:
            return sk_xstrdup(table[i].choices[*(const int *)field]);
        case SK_SETTING_LIST: {
            const struct sk_strings *list = field;
            struct sk_buffer text = {0};
            for (size_t item = 0; item < list->count; item++)
                sk_buffer_addf(&text, "%s%s", item ? "," : "", list->items[item]);
            return sk_buffer_take(&text);
        }
        }
    }
    fail_msg("no setting '%s'", name);
    return NULL;
}

struct load_case {
    const char *name, *command, *arguments, *environment;
    const char *setting, *value; /* expected, or */
    const char *says;            /* this in the message of SK_E_USAGE */
};

static const struct load_case load_cases[] = {
    {"default", "plan", "m", "", "delete-limit", "10", NULL},
    {"default of a duration", "apply", "--manifests m", "", "timeout", "45m", NULL},
    {"default of a choice", "plan", "m", "", "color", "auto", NULL},
    {"environment over default", "plan", "m", "SAGEKEEPER_DELETE_LIMIT=7", "delete-limit", "7",
     NULL},
    {"flag over environment", "plan", "m --delete-limit 5", "SAGEKEEPER_DELETE_LIMIT=7",
     "delete-limit", "5", NULL},
    {"flag with =", "plan", "m --delete-limit=5", "", "delete-limit", "5", NULL},
    {"last flag wins", "plan", "m --delete-limit=5 --delete-limit=6", "", "delete-limit", "6",
     NULL},
    {"empty environment is none", "plan", "m", "SAGEKEEPER_DELETE_LIMIT=", "delete-limit", "10",
     NULL},
    {"boolean flag", "apply", "--manifests m --yes", "", "yes", "true", NULL},
    {"boolean flag off", "apply", "--manifests m --yes=false", "SAGEKEEPER_YES=1", "yes", "false",
     NULL},
    {"boolean in the environment", "apply", "--manifests m", "SAGEKEEPER_YES=true", "yes", "true",
     NULL},
    {"duration of parts", "apply", "--manifests m --timeout 1h30m", "", "timeout", "1h30m", NULL},
    {"list repeats", "plan", "m --account a --account b", "", "account", "a,b", NULL},
    {"list in the environment", "plan", "m", "SAGEKEEPER_ACCOUNT=a,b", "account", "a,b", NULL},
    {"list of flags replaces", "plan", "m --account c", "SAGEKEEPER_ACCOUNT=a,b", "account", "c",
     NULL},
    {"positional folder", "plan", "m", "", "manifests", "m", NULL},
    {"folder behind --", "plan", "-- --m", "", "manifests", "--m", NULL},
    {"flags around the folder", "plan", "--quiet m --output json", "", "manifests", "m", NULL},
    {"a folder flag beats a repository from the environment", "plan", "--manifests m",
     "SAGEKEEPER_GIT=/r", "git", "-", NULL},
    {"a repository flag beats a folder from the environment", "plan", "--git /r",
     "SAGEKEEPER_MANIFESTS=m", "manifests", "-", NULL},
    {"git settings may stand in the environment of a folder", "plan", "m",
     "SAGEKEEPER_REF=main SAGEKEEPER_GIT_TOKEN_ENV=T", "ref", "main", NULL},
    {"a token's variable as a flag beats its file in the environment", "plan",
     "--git /r --git-token-env T", "SAGEKEEPER_GIT_TOKEN_FILE=f", "git-token-file", "-", NULL},
    {"a token's file as a flag beats its variable in the environment", "plan",
     "--git /r --git-token-file f", "SAGEKEEPER_GIT_TOKEN_ENV=T", "git-token-env", "-", NULL},
    {"and is used itself", "plan", "--git /r --git-token-file f", "SAGEKEEPER_GIT_TOKEN_ENV=T",
     "git-token-file", "f", NULL},
    {"state from XDG", "plan", "m", "XDG_STATE_HOME=/var/s", "state", "/var/s/sagekeeper", NULL},
    {"relative XDG is ignored", "plan", "m", "XDG_STATE_HOME=s", "state",
     "/home/me/.local/state/sagekeeper", NULL},
    {"state given", "plan", "m --state /x", "", "state", "/x", NULL},
    {"output from the environment that a command lacks", "validate", "m",
     "SAGEKEEPER_OUTPUT=markdown", "output", "text", NULL},
    {"UTF-8", "plan", "--git /r --ref \xc3\xa9t\xc3\xa9", "", "ref", "\xc3\xa9t\xc3\xa9", NULL},
    {"settings of other commands in the environment", "validate", "m", "SAGEKEEPER_YES=1", "yes",
     "true", NULL},

    {"unknown flag", "plan", "m --delete-limt 5", "", NULL, NULL,
     "unknown flag '--delete-limt'; did you mean '--delete-limit'?"},
    {"unknown flag, nothing near", "plan", "m --xyzzy", "", NULL, NULL, "unknown flag '--xyzzy'"},
    {"short flag", "plan", "m -o json", "", NULL, NULL, "unknown flag '-o'"},
    {"flag of another command", "plan", "m --yes", "", NULL, NULL,
     "'--yes' is not a flag of 'plan'"},
    {"value missing", "plan", "m --delete-limit", "", NULL, NULL,
     "'--delete-limit' needs a value: N"},
    {"not a number", "plan", "m --delete-limit ten", "", NULL, NULL,
     "--delete-limit: expected a number from 0 to 100000, not 'ten'"},
    {"number with a tail", "plan", "m --delete-limit 5x", "", NULL, NULL, "not '5x'"},
    {"no room for the least of a plan", "plan", "m --markdown-max-bytes 1999", "", NULL, NULL,
     "expected a number from 2000 to 10000000, not '1999'"},
    {"number too large", "plan", "m --delete-percent 101", "", NULL, NULL,
     "from 0 to 100, not '101'"},
    {"number past 64 bits", "plan", "m --delete-limit 99999999999999999999", "", NULL, NULL,
     "expected a number"},
    {"negative number", "plan", "m --delete-limit -1", "", NULL, NULL, "not '-1'"},
    {"bad value in the environment", "plan", "m", "SAGEKEEPER_DELETE_LIMIT=ten", NULL, NULL,
     "SAGEKEEPER_DELETE_LIMIT: expected a number"},
    {"bad choice", "plan", "m --output jso", "", NULL, NULL,
     "expected one of text, json, markdown, not 'jso'; did you mean 'json'?"},
    {"bad boolean", "apply", "--manifests m --yes=maybe", "", NULL, NULL,
     "expected true or false, not 'maybe'"},
    {"duration without unit", "apply", "--manifests m --timeout 45", "", NULL, NULL,
     "expected a duration"},
    {"duration too short", "apply", "--manifests m --timeout 1ms", "", NULL, NULL,
     "expected a duration from 1s to 7d, not '1ms'"},
    {"empty text", "plan", "m --profile _", "", NULL, NULL, "--profile: expected NAME"},
    {"empty list item", "plan", "m --account a,,b", "", NULL, NULL, "--account: expected NAME"},
    {"no source", "plan", "", "", NULL, NULL, "no desired state"},
    {"folder and repository", "plan", "m --git /r", "", NULL, NULL, "not both"},
    {"folder twice", "plan", "m --manifests n", "", NULL, NULL, "given twice"},
    {"too many arguments", "plan", "m n", "", NULL, NULL, "unexpected argument 'n'"},
    {"argument missing", "internal-docs", "", "", NULL, NULL, "argument FOLDER is missing"},
    {"git flag without git", "plan", "m --ref main", "", NULL, NULL, "'--ref' needs --git"},
    {"two tokens", "plan", "--git /r --git-token-file f --git-token-env E", "", NULL, NULL,
     "not both"},
    {"password in the URL", "plan", "--git https://me:hunter2@example.com/r", "", NULL, NULL,
     "contains a password"},
    {"reference that is not UTF-8", "plan", "--git /r --ref stable\xff", "", NULL, NULL,
     "--ref: expected UTF-8, which byte 7 is not"},
    {"folder that is not UTF-8", "plan", "\xc3", "", NULL, NULL, "argument FOLDER: expected UTF-8"},
    {"configuration that is not UTF-8", "plan", "m --config \xc3.yaml", "", NULL, NULL,
     "--config: expected UTF-8"},
    {"path that is not UTF-8 in the environment", "plan", "--git /r",
     "SAGEKEEPER_PATH=a\xed\xa0\x80", NULL, NULL,
     "SAGEKEEPER_PATH: expected UTF-8, which byte 2 is not"},
    {"state that is not UTF-8", "validate", "m", "XDG_STATE_HOME=/\xff", NULL, NULL,
     "the state folder: expected UTF-8"},
    {"output that a command lacks", "validate", "m --output markdown", "", NULL, NULL,
     "'validate' has no markdown output"},
};

static void test_load(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(load_cases); i++) {
        const struct load_case *a_case = &load_cases[i];
        print_message("  %s\n", a_case->name);
        sk_auto(sk_settings_done) struct sk_settings settings = {0};
        sk_auto(sk_err_done) struct sk_err err = {0};
        int code = load(a_case->command, a_case->arguments, a_case->environment, &settings, &err);
        if (a_case->setting) {
            ASSERT_OK(code, &err);
            sk_auto(sk_freep) char *value = value_of(&settings, a_case->setting);
            assert_string_equal(value, a_case->value);
        } else {
            assert_int_equal(code, SK_E_USAGE);
            assert_int_equal(err.code, SK_E_USAGE);
            if (!strstr(err.msg, a_case->says))
                fail_msg("'%s' lacks '%s'", err.msg, a_case->says);
            assert_null(strstr(err.msg, "hunter2"));
        }
    }
}

static void test_no_home(void **state)
{
    (void)state;
    static const char *const arguments[] = {"m"};
    static const char *const empty[] = {NULL};
    sk_auto(sk_err_done) struct sk_err err = {0};
    struct sk_settings settings = {0};
    assert_int_equal(
        sk_settings_load(sk_command_find("plan"), 1, arguments, empty, &settings, &err),
        SK_E_USAGE);
    assert_non_null(strstr(err.msg, "--state"));
    /* A command without state needs no home. */
    assert_int_equal(
        sk_settings_load(sk_command_find("version"), 0, arguments, empty, &settings, NULL), 0);
    assert_null(settings.state);
    sk_settings_done(&settings);
}

static void test_help_before_everything(void **state)
{
    (void)state;
    sk_auto(sk_settings_done) struct sk_settings settings = {0};
    assert_int_equal(load("plan", "--nonsense --help", "SAGEKEEPER_YES=maybe", &settings, NULL), 0);
    assert_true(settings.help);
}

static void test_apply_argument(void **state)
{
    (void)state;
    write_file("plan.json", "{}");
    assert_int_equal(mkdir("m", 0700), 0);
    sk_auto(sk_settings_done) struct sk_settings plan = {0};
    assert_int_equal(load("apply", "plan.json --manifests m", "", &plan, NULL), 0);
    assert_string_equal(plan.plan_file, "plan.json");
    assert_string_equal(plan.manifests, "m");
    sk_auto(sk_settings_done) struct sk_settings folder = {0};
    assert_int_equal(load("apply", "--manifests m", "", &folder, NULL), 0);
    assert_null(folder.plan_file);
    assert_string_equal(folder.manifests, "m");
}

static const char config_text[] = "manifests: m\n"
                                  "deleteLimit: 4\n"
                                  "deletePercent: 20\n"
                                  "timeout: 2h\n"
                                  "color: never\n"
                                  "quiet: true\n"
                                  "account: [a, b]\n"
                                  "sshKeyFile: keys/id\n"
                                  "knownHosts: /etc/known\n"
                                  "profile: \"no\"\n";

static void test_config_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir("conf", 0700), 0);
    write_file("conf/sagekeeper.yaml", config_text);
    static const struct {
        const char *setting, *value;
    } expected[] = {
        {"manifests", "conf/m"},
        {"delete-limit", "9"},
        {"delete-percent", "15"},
        {"timeout", "2h"},
        {"color", "never"},
        {"quiet", "true"},
        {"account", "a,b"},
        {"ssh-key-file", "conf/keys/id"},
        {"known-hosts", "/etc/known"},
        {"profile", "no"},
    };
    static const char *const ways[][2] = {
        {"--config conf/sagekeeper.yaml", ""},
        {"", " SAGEKEEPER_CONFIG=conf/sagekeeper.yaml"},
    };
    for (size_t way = 0; way < COUNT(ways); way++) {
        sk_auto(sk_freep) char *arguments = sk_xasprintf("--delete-limit 9 %s", ways[way][0]);
        sk_auto(sk_freep) char *environment =
            sk_xasprintf("SAGEKEEPER_DELETE_PERCENT=15 SAGEKEEPER_DELETE_LIMIT=8%s", ways[way][1]);
        sk_auto(sk_settings_done) struct sk_settings settings = {0};
        sk_auto(sk_err_done) struct sk_err err = {0};
        ASSERT_OK(load("plan", arguments, environment, &settings, &err), &err);
        for (size_t i = 0; i < COUNT(expected); i++) {
            sk_auto(sk_freep) char *value = value_of(&settings, expected[i].setting);
            assert_string_equal(value, expected[i].value);
        }
    }
}

static void test_config_faults(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *says;
    } cases[] = {
        {"unknown key", "deleteLimt: 4\n", "c.yaml:1:1: unknown key 'deleteLimt'"},
        {"wrong type", "profile: p\ndeleteLimit: many\n", "c.yaml:2:14:"},
        {"out of range", "deletePercent: 101\n", "c.yaml:1:16:"},
        {"bad choice", "color: blue\n", "c.yaml:1:8:"},
        {"bad duration", "timeout: soon\n", "c.yaml:1:10:"},
        {"duration out of range", "timeout: 1ms\n", "timeout: expected a duration from 1s to 7d"},
        {"duplicate key", "profile: a\nprofile: b\n", "c.yaml:2:1:"},
        {"not a mapping", "- a\n", "c.yaml:1:1:"},
        {"no YAML", "a: [\n", "c.yaml:"},
        {"only given as a flag", "yes: true\n", "unknown key 'yes'"},
        {"a secret has no key", "gitToken: x\n", "unknown key 'gitToken'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("  %s\n", cases[i].name);
        write_file("c.yaml", cases[i].text);
        struct sk_settings settings = {0};
        sk_auto(sk_err_done) struct sk_err err = {0};
        int code = load("plan", "m --config c.yaml", "", &settings, &err);
        assert_int_equal(code, SK_E_INVALID);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("'%s' lacks '%s'", err.msg, cases[i].says);
        assert_null(strchr(err.msg, '\n'));
    }
    struct sk_settings settings = {0};
    assert_int_equal(load("plan", "m --config none.yaml", "", &settings, NULL), SK_E_NOT_FOUND);
}

/* Whoever may change manifests must not reach the limits that guard them. */
static void test_config_inside_manifests(void **state)
{
    (void)state;
    assert_int_equal(mkdir("repo", 0700), 0);
    assert_int_equal(mkdir("repo/m", 0700), 0);
    write_file("repo/m/c.yaml", "deleteLimit: 4\n");
    write_file("repo/c.yaml", "deleteLimit: 4\n");
    assert_int_equal(symlink("repo/m/c.yaml", "link.yaml"), 0);
    static const struct {
        const char *arguments;
        int code;
    } cases[] = {
        {"repo/m --config repo/c.yaml", 0},
        {"repo/m --config repo/m/c.yaml", SK_E_USAGE},
        {"repo/m --config link.yaml", SK_E_USAGE},
        {"repo/m --config repo/m/../m/c.yaml", SK_E_USAGE},
        {"repo --config repo/c.yaml", SK_E_USAGE},
        {"--git repo --config repo/c.yaml", SK_E_USAGE},
        {"--git repo --path m --config repo/c.yaml", 0},
        {"--git repo --path m --config repo/m/c.yaml", SK_E_USAGE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("  %s\n", cases[i].arguments);
        sk_auto(sk_settings_done) struct sk_settings settings = {0};
        sk_auto(sk_err_done) struct sk_err err = {0};
        assert_int_equal(load("plan", cases[i].arguments, "", &settings, &err), cases[i].code);
        if (cases[i].code < 0)
            assert_non_null(strstr(err.msg, "inside the desired state"));
    }
}

static void test_source_options(void **state)
{
    (void)state;
    sk_auto(sk_settings_done) struct sk_settings settings = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(load("plan", "--git ssh://h/r --ref main --path m --state /s --approvals ok", "",
                   &settings, &err),
              &err);
    struct sk_source_opts source;
    sk_settings_source(&settings, &source);
    assert_null(source.folder);
    assert_string_equal(source.git_url, "ssh://h/r");
    assert_string_equal(source.git_ref, "main");
    assert_string_equal(source.git_path, "m");
    assert_string_equal(source.approvals_path, "ok");
    assert_string_equal(source.cache_folder, "/s/git");
}

/* "git-ref" to "SAGEKEEPER_GIT_REF" and "gitRef". */
static void derive(const char *flag, char environment[64], char key[64])
{
    size_t at = (size_t)snprintf(environment, 64, "SAGEKEEPER_");
    size_t key_at = 0;
    bool upper = false;
    for (const char *c = flag; *c; c++) {
        int capital = toupper((unsigned char)*c);
        memset(environment + at++, *c == '-' ? '_' : capital, 1);
        if (*c != '-')
            memset(key + key_at++, upper ? capital : *c, 1);
        upper = *c == '-';
    }
    environment[at] = '\0';
    key[key_at] = '\0';
}

static size_t field_bytes(enum sk_setting_type type)
{
    switch (type) {
    case SK_SETTING_BOOLEAN:
        return sizeof(bool);
    case SK_SETTING_CHOICE:
        return sizeof(int);
    case SK_SETTING_LIST:
        return sizeof(struct sk_strings);
    case SK_SETTING_TEXT:
    case SK_SETTING_PATH:
    case SK_SETTING_INTEGER:
    case SK_SETTING_DURATION:
        break;
    }
    return sizeof(int64_t);
}

static void test_settings_table(void **state)
{
    (void)state;
    _Static_assert(sizeof(char *) == sizeof(int64_t), "field_bytes");
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        print_message("  --%s\n", table[i].name);
        char environment[64];
        char key[64];
        derive(table[i].name, environment, key);
        assert_string_equal(table[i].environment, environment);
        if (table[i].key)
            assert_string_equal(table[i].key, key);
        assert_true(table[i].help[0] != '\0');
        assert_false(sk_text_ends_with(table[i].help, "."));
        assert_int_equal(table[i].value_name == NULL, table[i].type == SK_SETTING_BOOLEAN);
        assert_int_equal(table[i].choices != NULL, table[i].type == SK_SETTING_CHOICE);
        assert_true(table[i].offset + field_bytes(table[i].type) <= sizeof(struct sk_settings));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(table[i].name, table[j].name);
            assert_true(table[i].offset + field_bytes(table[i].type) <= table[j].offset ||
                        table[j].offset + field_bytes(table[j].type) <= table[i].offset);
        }
    }
}

static void test_command_table(void **state)
{
    (void)state;
    size_t count;
    const struct sk_command *table = sk_command_table(&count);
    for (size_t i = 0; i < count; i++) {
        print_message("  %s\n", table[i].name);
        assert_non_null(table[i].run);
        assert_true(islower((unsigned char)table[i].summary[0]));
        assert_false(sk_text_ends_with(table[i].summary, "."));
        assert_true(sk_text_ends_with(table[i].description, "."));
        assert_true(table[i].formats & 1U << SK_OUTPUT_TEXT);
        assert_ptr_equal(sk_command_find(table[i].name), &table[i]);
        if (table[i].flags & SK_COMMAND_NEEDS_SOURCE)
            assert_true(table[i].groups & SK_GROUP_SOURCE && table[i].groups & SK_GROUP_STATE);
        if (table[i].flags & SK_COMMAND_NEEDS_AWS)
            assert_true(table[i].groups & SK_GROUP_AWS);
    }
    assert_null(sk_command_find("pln"));
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_int_equal(sk_command_unknown("pln", &err), SK_E_USAGE);
    assert_non_null(strstr(err.msg, "did you mean 'plan'?"));
    sk_auto(sk_err_done) struct sk_err hidden = {0};
    assert_int_equal(sk_command_unknown("internal-doc", &hidden), SK_E_USAGE);
    assert_null(strstr(hidden.msg, "did you mean"));
}

static void test_exit_codes(void **state)
{
    (void)state;
    /* DESIGN: when several hold, 1, 3, 4, 2, 0; wrong use means that nothing else happened. */
    static const int order[] = {64, 1, 3, 4, 2, 0};
    for (size_t i = 0; i < COUNT(order); i++) {
        for (size_t j = i; j < COUNT(order); j++) {
            assert_int_equal(sk_exit_graver(order[i], order[j]), order[i]);
            assert_int_equal(sk_exit_graver(order[j], order[i]), order[i]);
        }
    }
    assert_int_equal(sk_exit_of_error(SK_E_USAGE), 64);
    assert_int_equal(sk_exit_of_error(SK_E_REFUSED), 3);
    assert_int_equal(sk_exit_of_error(SK_E_NETWORK), 1);
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
        const char *formatted;
    } cases[] = {
        {"0s", 0, "0s"},
        {"250ms", 250, "250ms"},
        {"90s", 90000, "1m30s"},
        {"1h30m", 5400000, "1h30m"},
        {"7d", 604800000, "7d"},
        {"1d1h1m1s1ms", 90061001, "1d1h1m1s1ms"},
        {"60m", 3600000, "1h"},
        {"", -1, NULL},
        {"5", -1, NULL},
        {"m", -1, NULL},
        {"5 m", -1, NULL},
        {"5y", -1, NULL},
        {"-5m", -1, NULL},
        {"5m1h", -1, NULL},
        {"5m5m", -1, NULL},
        {"1.5h", -1, NULL},
        {"99999999999d", -1, NULL},
        {"9999999999999s", -1, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("  '%s'\n", cases[i].text);
        int64_t ms = -1;
        int code = sk_duration_parse(cases[i].text, &ms, NULL);
        assert_int_equal(code, cases[i].ms < 0 ? SK_E_INVALID : 0);
        assert_int_equal(ms, cases[i].ms);
        if (code == 0) {
            sk_auto(sk_freep) char *text = sk_duration_format(ms);
            assert_string_equal(text, cases[i].formatted);
        }
    }
}

static void test_clean(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *lines;
    } cases[] = {
        {"plain", "plain", "plain"},
        {"caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9"},
        {"a\033[31mb", "a\\x1b[31mb", "a\\x1b[31mb"},
        {"a\nb\tc", "a\\x0ab\\x09c", "a\nb\tc"},
        {"\r\x7f", "\\x0d\\x7f", "\\x0d\\x7f"},
        {"a\xc2\x9b"
         "b",
         "a\\x9bb", "a\\x9bb"},
        {"\xff"
         "a\xfe",
         "?a?", "?a?"},
        {"", "", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        sk_auto(sk_freep) char *line = sk_output_clean(cases[i].text, false);
        assert_string_equal(line, cases[i].line);
        sk_auto(sk_freep) char *lines = sk_output_clean(cases[i].text, true);
        assert_string_equal(lines, cases[i].lines);
    }
    assert_int_equal(sk_output_width("caf\xc3\xa9"), 4);
}

static void test_table(void **state)
{
    (void)state;
    struct sk_table table = {.columns = 2};
    static const char *const cells[] = {"NAME", "STATUS", "caf\xc3\xa9-bar", "ok", "x\033y", NULL};
    for (size_t i = 0; i < COUNT(cells); i++)
        sk_table_add(&table, i < 2 ? SK_STYLE_BOLD : SK_STYLE_PLAIN, cells[i]);
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    sk_table_print(&table, stream, 1, false);
    fclose(stream);
    assert_string_equal(text, " NAME      STATUS\n caf\xc3\xa9-bar  ok\n x\\x1by    \n");
    free(text);
    stream = open_memstream(&text, &length);
    sk_table_print(&table, stream, 0, true);
    fclose(stream);
    assert_non_null(strstr(text, "\033[1mNAME\033[0m"));
    assert_null(strstr(text, "\033y"));
    free(text);
    sk_table_done(&table);
}

static void test_color(void **state)
{
    (void)state;
    FILE *stream = tmpfile();
    struct sk_settings settings = {.color = SK_COLOR_ALWAYS};
    setenv("NO_COLOR", "1", 1);
    assert_true(sk_output_colored(&settings, stream));
    settings.color = SK_COLOR_NEVER;
    assert_false(sk_output_colored(&settings, stream));
    settings.color = SK_COLOR_AUTO;
    unsetenv("NO_COLOR");
    assert_false(sk_output_colored(&settings, stream)); /* no terminal */
    fclose(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_no_home),
        cmocka_unit_test(test_help_before_everything),
        cmocka_unit_test_setup_teardown(test_apply_argument, enter, leave),
        cmocka_unit_test_setup_teardown(test_config_file, enter, leave),
        cmocka_unit_test_setup_teardown(test_config_faults, enter, leave),
        cmocka_unit_test_setup_teardown(test_config_inside_manifests, enter, leave),
        cmocka_unit_test(test_source_options),
        cmocka_unit_test(test_settings_table),
        cmocka_unit_test(test_command_table),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_color),
    };
    sk_alloc_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
