/* The table of settings, see settings.h. Names follow one rule, which a test checks: flag
 * "git-ref", environment "SAGEKEEPER_GIT_REF", key "gitRef". */
#include "controller/settings.h"

#include <stddef.h>

#include "plan/render.h"

static const char *const outputs[] = {"text", "json", "markdown", NULL};
static const char *const when_words[] = {"auto", "always", "never", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};
static const char *const modes[] = {"observe", "enforce", NULL};
static const char *const log_levels[] = {"debug", "info", "warning", "error", NULL};
static const char *const log_formats[] = {"text", "json", NULL};

_Static_assert(SK_LOG_DEBUG == 0 && SK_LOG_ERROR == 3 && SK_LOG_JSON == 1,
               "the names stand in the order of the enums");

#define MINUTE_MS ((int64_t)60 * 1000)
#define DAY_MS    (MINUTE_MS * 60 * 24)
#define AT(field) offsetof(struct sk_settings, field)

static const struct sk_setting rows[] = {
    {"manifests", "SAGEKEEPER_MANIFESTS", "manifests", SK_SETTING_PATH, SK_GROUP_SOURCE,
     AT(manifests), NULL, NULL, 0, 0, "DIR", "read the desired state from this folder"},
    {"git", "SAGEKEEPER_GIT", "git", SK_SETTING_TEXT, SK_GROUP_SOURCE, AT(git), NULL, NULL, 0, 0,
     "URL",
     "read the desired state from this Git repository (a path, file://, https:// or ssh://)"},
    {"ref", "SAGEKEEPER_REF", "ref", SK_SETTING_TEXT, SK_GROUP_SOURCE, AT(ref), NULL, NULL, 0, 0,
     "REF", "branch, tag or commit of the repository; its HEAD when not given"},
    {"path", "SAGEKEEPER_PATH", "path", SK_SETTING_TEXT, SK_GROUP_SOURCE, AT(path), NULL, NULL, 0,
     0, "SUBDIR", "folder of the repository that holds the manifests"},
    {"approvals", "SAGEKEEPER_APPROVALS", "approvals", SK_SETTING_TEXT, SK_GROUP_SOURCE,
     AT(approvals), NULL, NULL, 0, 0, "PATH",
     "folder with approvals: inside the repository, or apart from the manifest folder"},
    {"git-token-file", "SAGEKEEPER_GIT_TOKEN_FILE", "gitTokenFile", SK_SETTING_PATH,
     SK_GROUP_SOURCE, AT(git_token_file), NULL, NULL, 0, 0, "FILE",
     "file that holds the token for https"},
    {"git-token-env", "SAGEKEEPER_GIT_TOKEN_ENV", "gitTokenEnv", SK_SETTING_TEXT, SK_GROUP_SOURCE,
     AT(git_token_env), NULL, NULL, 0, 0, "NAME",
     "name of the environment variable that holds the token for https"},
    {"ssh-key-file", "SAGEKEEPER_SSH_KEY_FILE", "sshKeyFile", SK_SETTING_PATH, SK_GROUP_SOURCE,
     AT(ssh_key_file), NULL, NULL, 0, 0, "FILE",
     "private key for ssh, without a passphrase; ssh-agent when not given"},
    {"known-hosts", "SAGEKEEPER_KNOWN_HOSTS", "knownHosts", SK_SETTING_PATH, SK_GROUP_SOURCE,
     AT(known_hosts), NULL, NULL, 0, 0, "FILE",
     "host keys trusted for ssh; ~/.ssh/known_hosts when not given"},

    {"fetch-timeout", "SAGEKEEPER_FETCH_TIMEOUT", "fetchTimeout", SK_SETTING_DURATION,
     SK_GROUP_SOURCE, AT(fetch_timeout_ms), "2m", NULL, 100, DAY_MS, "DURATION",
     "end a fetch from Git that takes longer"},
    {"fetch-max-bytes", "SAGEKEEPER_FETCH_MAX_BYTES", "fetchMaxBytes", SK_SETTING_INTEGER,
     SK_GROUP_SOURCE, AT(fetch_max_bytes), "1073741824", NULL, 1000, (int64_t)1 << 40, "BYTES",
     "refuse a fetch from Git that takes more"},

    {"state", "SAGEKEEPER_STATE", "state", SK_SETTING_PATH, SK_GROUP_STATE, AT(state), NULL, NULL,
     0, 0, "DIR",
     "folder for sagekeeper's own state; $XDG_STATE_HOME/sagekeeper or "
     "~/.local/state/sagekeeper when not given"},
    {"ca-file", "SAGEKEEPER_CA_FILE", "caFile", SK_SETTING_PATH, SK_GROUP_NETWORK, AT(ca_file),
     NULL, NULL, 0, 0, "FILE", "trust these certificates (PEM) instead of the system's"},

    {"profile", "SAGEKEEPER_PROFILE", "profile", SK_SETTING_TEXT, SK_GROUP_AWS, AT(profile), NULL,
     NULL, 0, 0, "NAME", "profile of the shared AWS configuration to take credentials from"},
    {"account", "SAGEKEEPER_ACCOUNT", "account", SK_SETTING_LIST, SK_GROUP_ACCOUNT, AT(accounts),
     NULL, NULL, 0, 0, "NAME", "look at this account only; may be repeated"},
    {"max-in-flight", "SAGEKEEPER_MAX_IN_FLIGHT", "maxInFlight", SK_SETTING_INTEGER, SK_GROUP_AWS,
     AT(max_in_flight), "32", NULL, 1, 1000, "N", "requests to AWS at a time, at most"},
    {"rate-factor", "SAGEKEEPER_RATE_FACTOR", "rateFactor", SK_SETTING_INTEGER, SK_GROUP_AWS,
     AT(rate_factor), "1", NULL, 1, 1000, "N",
     "start with this many times the careful request rates; for accounts with raised limits"},

    {"output", "SAGEKEEPER_OUTPUT", "output", SK_SETTING_CHOICE, SK_GROUP_OUTPUT, AT(output),
     "text", outputs, 0, 0, "FORMAT", "format of the result on standard output"},
    {"out", "SAGEKEEPER_OUT", "out", SK_SETTING_PATH, SK_GROUP_PLAN, AT(out), NULL, NULL, 0, 0,
     "FILE", "save the plan here for apply"},
    {"markdown-max-bytes", "SAGEKEEPER_MARKDOWN_MAX_BYTES", "markdownMaxBytes", SK_SETTING_INTEGER,
     SK_GROUP_PLAN, AT(markdown_max_bytes), "60000", NULL, SK_RENDER_MARKDOWN_LEAST_BYTES, 10000000,
     "BYTES", "length of the Markdown plan, at most: comments of pull requests have a limit"},

    {"access-changes", "SAGEKEEPER_ACCESS_CHANGES", "accessChanges", SK_SETTING_CHOICE,
     SK_GROUP_PLAN, AT(access_changes), "auto", when_words, 0, 0, "WHEN",
     "say whose access a plan alters: auto (in plan, and in apply when it asks), always or never"},

    {"verify", "SAGEKEEPER_VERIFY", "verify", SK_SETTING_CHOICE, SK_GROUP_GUARD, AT(verify), "auto",
     when_words, 0, 0, "WHEN",
     "refuse what breaks a property of `sagekeeper verify`: auto (in plan, and before roles, "
     "policies, "
     "domains, profiles or spaces are written), always or never"},
    {"delete-limit", "SAGEKEEPER_DELETE_LIMIT", "deleteLimit", SK_SETTING_INTEGER, SK_GROUP_GUARD,
     AT(delete_limit), "10", NULL, 0, 100000, "N",
     "refuse plans that delete more than this of one kind in one account"},
    {"delete-percent", "SAGEKEEPER_DELETE_PERCENT", "deletePercent", SK_SETTING_INTEGER,
     SK_GROUP_GUARD, AT(delete_percent), "30", NULL, 0, 100, "P",
     "refuse plans that delete more than this share of one kind in one account"},
    {"delete-floor", "SAGEKEEPER_DELETE_FLOOR", "deleteFloor", SK_SETTING_INTEGER, SK_GROUP_GUARD,
     AT(delete_floor), "3", NULL, 0, 100000, "N",
     "up to this many deletes of one kind the share does not matter"},

    {"yes", "SAGEKEEPER_YES", NULL, SK_SETTING_BOOLEAN, SK_GROUP_APPLY, AT(yes), "false", NULL, 0,
     0, NULL, "apply without asking"},
    {"timeout", "SAGEKEEPER_TIMEOUT", "timeout", SK_SETTING_DURATION, SK_GROUP_APPLY,
     AT(timeout_ms), "45m", NULL, 1000, DAY_MS * 7, "DURATION",
     "stop waiting for AWS to settle after this long"},
    {"settle-interval", "SAGEKEEPER_SETTLE_INTERVAL", "settleInterval", SK_SETTING_DURATION,
     SK_GROUP_APPLY, AT(settle_interval_ms), "5s", NULL, 50, MINUTE_MS * 10, "DURATION",
     "while AWS settles, look again after this long"},

    {"once", "SAGEKEEPER_ONCE", NULL, SK_SETTING_BOOLEAN, SK_GROUP_RUN, AT(once), "false", NULL, 0,
     0, NULL, "run one cycle and exit"},
    {"mode", "SAGEKEEPER_MODE", "mode", SK_SETTING_CHOICE, SK_GROUP_RUN, AT(mode), "observe", modes,
     0, 0, "MODE", "only report, or apply what the guard lets through"},
    {"interval", "SAGEKEEPER_INTERVAL", "interval", SK_SETTING_DURATION, SK_GROUP_RUN,
     AT(interval_ms), "5m", NULL, 1000, DAY_MS, "DURATION",
     "time from one cycle to the next, give or take a tenth"},
    {"retry-max", "SAGEKEEPER_RETRY_MAX", "retryMax", SK_SETTING_DURATION, SK_GROUP_RUN,
     AT(retry_max_ms), "5m", NULL, 100, DAY_MS, "DURATION",
     "after failures the next cycle comes sooner, then later and later, up to this"},
    {"stop-timeout", "SAGEKEEPER_STOP_TIMEOUT", "stopTimeout", SK_SETTING_DURATION, SK_GROUP_RUN,
     AT(stop_timeout_ms), "25s", NULL, 100, DAY_MS, "DURATION",
     "exit this long after SIGTERM even if calls in flight have not ended"},
    {"healthy", "SAGEKEEPER_HEALTHY", NULL, SK_SETTING_BOOLEAN, SK_GROUP_STATUS, AT(healthy),
     "false", NULL, 0, 0, NULL, "exit with 0 when the daemon is alive and at work, else with 1"},
    {"max-age", "SAGEKEEPER_MAX_AGE", NULL, SK_SETTING_DURATION, SK_GROUP_STATUS, AT(max_age_ms),
     NULL, NULL, 1000, DAY_MS * 30, "DURATION",
     "with --healthy: how old the status may be; when not given 10 minutes more than it announced"},

    {"read", "SAGEKEEPER_READ", NULL, SK_SETTING_BOOLEAN, SK_GROUP_PERMISSIONS, AT(read), "false",
     NULL, 0, 0, NULL, "what plan, drift and get need"},
    {"write", "SAGEKEEPER_WRITE", NULL, SK_SETTING_BOOLEAN, SK_GROUP_PERMISSIONS, AT(write),
     "false", NULL, 0, 0, NULL, "what apply and run need, reading included"},

    {"context", "SAGEKEEPER_CONTEXT", NULL, SK_SETTING_LIST, SK_GROUP_ACCESS, AT(context), NULL,
     NULL, 0, 0, "KEY=VALUE",
     "the request carries this condition key, such as aws:RequestTag/Team=fraud; may be repeated"},
    {"live", "SAGEKEEPER_LIVE", NULL, SK_SETTING_BOOLEAN, SK_GROUP_LIVE, AT(live), "false", NULL, 0,
     0, NULL, "ask about live AWS, read-only, instead of the desired state"},

    {"config", "SAGEKEEPER_CONFIG", NULL, SK_SETTING_PATH, SK_GROUP_GENERAL, AT(config), NULL, NULL,
     0, 0, "FILE", "read settings from this file; it must lie outside the manifests"},
    {"color", "SAGEKEEPER_COLOR", "color", SK_SETTING_CHOICE, SK_GROUP_GENERAL, AT(color), "auto",
     colors, 0, 0, "WHEN", "colour the text output; auto honours NO_COLOR"},
    {"quiet", "SAGEKEEPER_QUIET", "quiet", SK_SETTING_BOOLEAN, SK_GROUP_GENERAL, AT(quiet), "false",
     NULL, 0, 0, NULL, "show neither progress nor hints"},
    {"verbose", "SAGEKEEPER_VERBOSE", "verbose", SK_SETTING_BOOLEAN, SK_GROUP_GENERAL, AT(verbose),
     "false", NULL, 0, 0, NULL, "show more: whole values, calls with their input"},
    {"log-level", "SAGEKEEPER_LOG_LEVEL", "logLevel", SK_SETTING_CHOICE, SK_GROUP_GENERAL,
     AT(log_level), "warning", log_levels, 0, 0, "LEVEL", "log this and graver, to stderr"},
    {"log-format", "SAGEKEEPER_LOG_FORMAT", "logFormat", SK_SETTING_CHOICE, SK_GROUP_GENERAL,
     AT(log_format), "text", log_formats, 0, 0, "FORMAT",
     "lines for people or one JSON object a line"},
};

_Static_assert(sizeof(rows) / sizeof(*rows) <= SK_SETTING_MAX, "enlarge SK_SETTING_MAX");

const struct sk_setting *sk_settings_table(size_t *count_out)
{
    *count_out = sizeof(rows) / sizeof(*rows);
    return rows;
}

static const struct {
    enum sk_setting_group group;
    const char *title;
} groups[] = {
    {SK_GROUP_SOURCE, "Desired state"},
    {SK_GROUP_STATE, "State"},
    {SK_GROUP_AWS, "AWS"},
    {SK_GROUP_ACCOUNT, "Accounts"},
    {SK_GROUP_NETWORK, "Network"},
    {SK_GROUP_OUTPUT, "Output"},
    {SK_GROUP_PLAN, "Plan"},
    {SK_GROUP_GUARD, "Guard"},
    {SK_GROUP_APPLY, "Apply"},
    {SK_GROUP_RUN, "Run"},
    {SK_GROUP_STATUS, "Status"},
    {SK_GROUP_PERMISSIONS, "Permissions"},
    {SK_GROUP_ACCESS, "Who may do what"},
    {SK_GROUP_LIVE, "Which state is asked about"},
    {SK_GROUP_GENERAL, "General"},
};

const char *sk_setting_group_title(size_t index, enum sk_setting_group *group_out)
{
    if (index >= sizeof(groups) / sizeof(*groups))
        return NULL;
    *group_out = groups[index].group;
    return groups[index].title;
}
