/* Who calls are made as: credentials with refresh before they expire, the roles that are assumed
 * for them, and the check of the account's id. One fetch and one check at a time (single flight);
 * calls that need the result wait in a list, which is emptied before anybody of it is told. */
#include <stdlib.h>
#include <string.h>

#include "aws/aws_int.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

#define REFRESH_BEFORE_S  300   /* or a third of a session that is short */
#define PAUSE_AFTER_MS    60000 /* after a failed early refresh, or refused fresh credentials */
#define MAX_CHAINED_ROLES 5
#define FALLBACK_REGION   "us-east-1"

#define CALL_OF(pointer)                                                                           \
    ((struct sk_aws__call *)(void *)((char *)(pointer)-offsetof(struct sk_aws__call, link)))

/* What the user set goes before the account's own, but never into another partition, where nobody
 * knows its keys. Owned by the caller. */
static char *sts_region_of(const struct sk_aws *aws, const char *own)
{
    char *set = sk_aws_default_region(&aws->settings, aws->files);
    if (!own)
        return set ? set : sk_xstrdup(FALLBACK_REGION);
    if (set && sk_text_equal(sk_aws_partition_of(set), sk_aws_partition_of(own)))
        return set;
    free(set);
    return sk_xstrdup(own);
}

static struct sk_aws_account *account_make(struct sk_aws *aws, const char *name,
                                           const char *sts_region)
{
    struct sk_aws_account *account = sk_xcalloc(1, sizeof(*account));
    account->aws = aws;
    account->name = sk_xstrdup(name ? name : "");
    account->sts_region = sts_region_of(aws, sts_region);
    sk_aws__link_init(&account->waiters);
    return account;
}

struct sk_aws_account *sk_aws__account_internal(struct sk_aws *aws, const char *name,
                                                const char *profile, unsigned depth)
{
    struct sk_aws_account *account = account_make(aws, name, NULL);
    account->profile = sk_xstrdup(profile);
    account->internal = true;
    account->depth = depth;
    return account;
}

int sk_aws_account_new(struct sk_aws *aws, const struct sk_aws_account_opts *opts,
                       struct sk_aws_account **out, struct sk_err *err)
{
    if (opts->session_seconds != 0 &&
        (opts->session_seconds < 900 || opts->session_seconds > 43200))
        return sk_err_set(err, SK_E_INVALID, "session of %u seconds is not within 900-43200",
                          opts->session_seconds);
    if (opts->sts_region && !sk_aws_partition_of(opts->sts_region))
        return sk_err_set(err, SK_E_INVALID, "\"%s\" is not a region of a known partition",
                          opts->sts_region);
    struct sk_aws_account *account = account_make(aws, opts->name, opts->sts_region);
    account->expected_id = sk_xstrdup(opts->account_id);
    account->role = (struct sk_aws_role){.arn = sk_xstrdup(opts->role_arn),
                                         .external_id = sk_xstrdup(opts->external_id),
                                         .session_name = sk_xstrdup(opts->session_name),
                                         .source_identity = sk_xstrdup(opts->source_identity),
                                         .tags = json_deep_copy(opts->session_tags),
                                         .seconds = opts->session_seconds};
    *out = account;
    return 0;
}

/* The chain and the keys in its files. */
static void end_chain(struct sk_aws_account *account)
{
    account->chaining = false;
    sk_aws_chain_done(&account->chain);
    sk_aws_files_forget_keys(account->chain_files);
    json_decref(account->chain_files);
    account->chain_files = NULL;
}

static void forget_input(struct sk_aws_account *account)
{
    sk_aws_json_wipe(json_incref(json_object_get(account->assume_input, "WebIdentityToken")));
    json_decref(account->assume_input);
    account->assume_input = NULL;
}

static void destroy(struct sk_aws_account *account)
{
    if (account->owns_source)
        sk_aws_account_free(account->source);
    sk_aws_role_done(&account->role);
    sk_aws_role_done(&account->chain_role);
    end_chain(account);
    sk_aws_credentials_done(&account->credentials);
    sk_err_done(&account->failure);
    forget_input(account);
    free(account->name);
    free(account->expected_id);
    free(account->sts_region);
    free(account->profile);
    free(account->id);
    free(account);
}

static bool in_flight(const struct sk_aws_account *account)
{
    return account->assume.internal || account->check.internal || account->chaining;
}

void sk_aws_account_free(struct sk_aws_account *account)
{
    if (!account)
        return;
    if (!in_flight(account)) {
        destroy(account);
        return;
    }
    /* A fetch that nobody waits for any more: its callback frees the account. */
    account->freed = true;
    if (account->chaining)
        sk_aws_chain_cancel(&account->chain);
    sk_aws_call_cancel(&account->assume);
    sk_aws_call_cancel(&account->check);
}

/* First thing in the callbacks of `assume`, `check` and the chain. */
static bool is_gone(struct sk_aws_account *account)
{
    if (account->freed && !in_flight(account)) {
        destroy(account);
        return true;
    }
    return account->freed;
}

const char *sk_aws_account_id(const struct sk_aws_account *account)
{
    return account->id;
}

static void wake_waiters(struct sk_aws_account *account)
{
    sk_aws__link_splice(&account->aws->ready, &account->waiters);
    sk_aws__kick(account->aws);
}

/* Every waiting call ends with account->failure. */
static void fail_waiters(struct sk_aws_account *account)
{
    struct sk_aws__link waiters;
    sk_aws__link_init(&waiters);
    sk_aws__link_splice(&waiters, &account->waiters);
    while (!sk_aws__link_alone(&waiters)) {
        struct sk_aws__call *call = CALL_OF(waiters.next);
        sk_err_copy(&call->err, &account->failure);
        sk_aws__call_finish(call); /* takes it off the list */
    }
}

static bool is_valid_for(const struct sk_aws_account *account, int64_t seconds)
{
    int64_t expires_at_s = account->credentials.expires_at_s;
    return account->has_credentials &&
           (expires_at_s == 0 || expires_at_s - sk_aws__wall(account->aws).seconds > seconds);
}

static bool is_usable(const struct sk_aws_account *account)
{
    bool early_failed = sk_aws__now_ms(account->aws) < account->refresh_after_ms;
    return is_valid_for(account, early_failed ? 0 : account->refresh_before_s);
}

/* `failure` is moved from. */
static void fetch_failed(struct sk_aws_account *account, struct sk_err *failure)
{
    account->fetching = false;
    if (is_valid_for(account, 0)) {
        account->refresh_after_ms = sk_aws__now_ms(account->aws) + PAUSE_AFTER_MS;
        sk_err_done(failure);
        wake_waiters(account);
        return;
    }
    sk_err_done(&account->failure);
    sk_err_wrap(failure, "account \"%s\"", account->name);
    sk_err_move(&account->failure, failure);
    fail_waiters(account);
}

static void install(struct sk_aws_account *account, const struct sk_aws_credentials *fresh)
{
    account->fetching = false;
    int64_t lifetime_s = fresh->expires_at_s - sk_aws__wall(account->aws).seconds;
    if (fresh->expires_at_s != 0 && lifetime_s <= 0) {
        struct sk_err failure = {0};
        sk_err_set(&failure, SK_E_CREDENTIALS, "the credentials from %s have expired",
                   fresh->provider);
        fetch_failed(account, &failure);
        return;
    }
    bool were_refused = !account->has_credentials && account->failure.code != SK_OK;
    if (were_refused && sk_aws_credentials_equal(&account->credentials, fresh)) {
        /* There are no others: asking again and again would not help. */
        account->refused_until_ms = sk_aws__now_ms(account->aws) + PAUSE_AFTER_MS;
        fail_waiters(account);
        return;
    }
    sk_aws_credentials_copy(&account->credentials, fresh);
    sk_err_done(&account->failure);
    account->has_credentials = true;
    account->refresh_before_s =
        lifetime_s / 3 < REFRESH_BEFORE_S ? lifetime_s / 3 : REFRESH_BEFORE_S;
    account->verified = false;
    account->refresh_after_ms = 0;
    account->generation++;
    wake_waiters(account);
}

static void on_assumed(struct sk_aws_call *call)
{
    struct sk_aws_account *account = call->data;
    if (is_gone(account))
        return;
    sk_auto(sk_err_done) struct sk_err failure = {0};
    struct sk_aws_credentials fresh = {0};
    if (call->err.code != SK_OK)
        sk_err_copy(&failure, &call->err);
    else
        (void)!sk_aws_role_output(call->output, &fresh, &failure);
    if (failure.code == SK_OK) {
        install(account, &fresh);
    } else {
        sk_err_wrap(&failure, "cannot assume role %s",
                    json_string_value(json_object_get(account->assume_input, "RoleArn")));
        fetch_failed(account, &failure);
    }
    forget_input(account);
    sk_aws_credentials_done(&fresh);
}

/* A web identity works without any region being set, so without one, the role's partition decides.
 */
static const char *web_identity_region(const struct sk_aws_account *account, const char *role_arn)
{
    static const struct {
        const char *prefix, *partition, *region;
    } fallbacks[] = {{"arn:aws:", "aws", "us-east-1"},
                     {"arn:aws-cn:", "aws-cn", "cn-north-1"},
                     {"arn:aws-us-gov:", "aws-us-gov", "us-gov-west-1"}};
    const char *partition = sk_aws_partition_of(account->sts_region);
    for (size_t i = 0; i < sizeof(fallbacks) / sizeof(*fallbacks); i++) {
        if (sk_text_starts_with(role_arn, fallbacks[i].prefix) &&
            !sk_text_equal(partition, fallbacks[i].partition))
            return fallbacks[i].region;
    }
    return account->sts_region;
}

static int assume(struct sk_aws_account *account, const struct sk_aws_role *role,
                  struct sk_err *err)
{
    bool by_token = sk_secret_is_set(&role->web_token);
    forget_input(account);
    account->assume_input = sk_aws_role_input(role);
    account->assume = (struct sk_aws_call){
        .account = by_token ? account : account->source,
        .service = "sts",
        .operation = sk_aws_role_operation(role),
        .region = by_token ? web_identity_region(account, role->arn) : account->sts_region,
        .input = account->assume_input,
        .done = on_assumed,
        .data = account};
    return sk_aws__start(account->aws, &account->assume, true, err);
}

/* The owner of the credentials with which a profile's role is assumed. */
static int make_source(struct sk_aws_account *account, struct sk_err *err)
{
    const struct sk_aws_role *role = &account->chain_role;
    if (account->depth >= MAX_CHAINED_ROLES)
        return sk_err_set(err, SK_E_CREDENTIALS, "more than %d roles are chained by source_profile",
                          MAX_CHAINED_ROLES);
    if (account->owns_source)
        sk_aws_account_free(account->source);
    account->source = sk_aws__account_internal(
        account->aws, role->source_profile ? role->source_profile : "credential source",
        role->source_profile, account->depth + 1);
    account->owns_source = true;
    const char *profile =
        account->profile ? account->profile : sk_aws_profile_name(&account->aws->settings);
    account->source->keys_only = role->source_profile && strcmp(role->source_profile, profile) == 0;
    if (!role->credential_source)
        return 0;
    size_t count;
    const struct sk_aws_provider *providers = sk_aws_providers(&count);
    for (size_t i = 0; i < count; i++) {
        if (sk_text_equal(providers[i].source, role->credential_source)) {
            account->source->provider = providers[i].name;
            return 0;
        }
    }
    return sk_err_set(err, SK_E_CREDENTIALS, "credential_source \"%s\" is not supported",
                      role->credential_source);
}

/* What the chain ended with: keys, or a role to assume, or an error that is set already. */
static int take_chain(struct sk_aws_account *account, int result, struct sk_err *err)
{
    struct sk_aws_chain *chain = &account->chain;
    if (result == SK_AWS_PROVIDED) {
        install(account, &chain->credentials);
    } else if (result == SK_AWS_PROVIDED_ROLE) {
        sk_aws_role_done(&account->chain_role);
        account->chain_role = chain->role;
        chain->role = (struct sk_aws_role){0};
        result = sk_secret_is_set(&account->chain_role.web_token) ? 0 : make_source(account, err);
        if (result == 0)
            result = assume(account, &account->chain_role, err);
        sk_secret_done(&account->chain_role.web_token); /* the input has it */
    }
    end_chain(account);
    return result < 0 ? result : 0;
}

static void on_chain(struct sk_aws_chain *chain, int result, const struct sk_err *err)
{
    struct sk_aws_account *account = chain->data;
    account->chaining = false;
    if (is_gone(account))
        return;
    struct sk_err failure = {0};
    if (result < 0)
        sk_err_copy(&failure, err);
    if (take_chain(account, result, &failure) < 0)
        fetch_failed(account, &failure);
    sk_err_done(&failure);
}

static int run_chain(struct sk_aws_account *account, struct sk_err *err)
{
    struct sk_aws *aws = account->aws;
    json_t *files = sk_aws_files_load(&aws->settings, err); /* they may have changed */
    if (!files)
        return SK_E_CREDENTIALS;
    json_decref(aws->files);
    aws->files = files;
    account->chain_files = json_incref(files);
    account->chain = (struct sk_aws_chain){.settings = &aws->settings,
                                           .files = files,
                                           .loop = aws->loop,
                                           .http = aws->http,
                                           .now = sk_aws__wall(aws),
                                           .user_agent = aws->user_agent,
                                           .profile = account->profile,
                                           .only = account->provider,
                                           .keys_only = account->keys_only,
                                           .done = on_chain,
                                           .data = account};
    int result = sk_aws_chain_run(&account->chain, err);
    if (result == SK_AWS_PROVIDING) {
        account->chaining = true;
        return 0;
    }
    return take_chain(account, result, err);
}

static void fetch(struct sk_aws_account *account)
{
    struct sk_aws *aws = account->aws;
    sk_auto(sk_err_done) struct sk_err failure = {0};
    int result;
    account->fetching = true;
    if (account->role.arn) {
        if (!aws->ambient)
            aws->ambient = sk_aws__account_internal(aws, "ambient", NULL, 0);
        account->source = aws->ambient;
        result = assume(account, &account->role, &failure);
    } else {
        result = run_chain(account, &failure);
    }
    if (result < 0)
        fetch_failed(account, &failure);
}

static void judge(struct sk_aws_account *account, const char *id)
{
    free(account->id);
    account->id = sk_xstrdup(id);
    account->verified = true;
    if (!account->expected_id || strcmp(account->expected_id, id) == 0) {
        wake_waiters(account);
        return;
    }
    account->stopped = true;
    sk_err_done(&account->failure);
    sk_err_set(&account->failure, SK_E_REFUSED,
               "account \"%s\": the credentials belong to account %s, expected %s", account->name,
               id, account->expected_id);
    fail_waiters(account);
}

static void on_checked(struct sk_aws_call *call)
{
    struct sk_aws_account *account = call->data;
    if (is_gone(account))
        return;
    account->checking = false;
    const char *id = call->output ? sk_json_text(call->output, "Account") : NULL;
    if (id) {
        judge(account, id);
        return;
    }
    sk_err_done(&account->failure);
    if (call->err.code != SK_OK)
        sk_err_copy(&account->failure, &call->err);
    else
        sk_err_set(&account->failure, SK_E_PROTOCOL, "answer of GetCallerIdentity has no Account");
    sk_err_wrap(&account->failure, "account \"%s\": cannot check whose the credentials are",
                account->name);
    fail_waiters(account);
}

static void check(struct sk_aws_account *account)
{
    account->checking = true;
    account->check = (struct sk_aws_call){.account = account,
                                          .service = "sts",
                                          .operation = "GetCallerIdentity",
                                          .region = account->sts_region,
                                          .done = on_checked,
                                          .data = account};
    struct sk_err failure = {0};
    if (sk_aws__start(account->aws, &account->check, true, &failure) == 0)
        return;
    account->checking = false;
    sk_err_done(&account->failure);
    sk_err_move(&account->failure, &failure);
    fail_waiters(account);
}

enum sk_aws__identity sk_aws__account_ready(struct sk_aws_account *account,
                                            struct sk_aws__call *call, struct sk_err *err)
{
    if (account->stopped || sk_aws__now_ms(account->aws) < account->refused_until_ms) {
        sk_err_copy(err, &account->failure);
        return SK_AWS__IDENTITY_FAILED;
    }
    bool usable = is_usable(account);
    if (usable && (account->verified || call->unchecked))
        return SK_AWS__IDENTITY_READY;
    sk_aws__link_append(&account->waiters, &call->link);
    if (!usable && !account->fetching)
        fetch(account); /* may end the waiting at once */
    else if (usable && !account->checking)
        check(account);
    return SK_AWS__IDENTITY_WAIT;
}

void sk_aws__account_invalidate(struct sk_aws_account *account, unsigned generation,
                                const struct sk_err *why)
{
    if (generation != account->generation || !account->has_credentials)
        return; /* somebody else was refused before; newer ones are there or on their way */
    account->has_credentials = false;
    sk_err_done(&account->failure);
    sk_err_copy(&account->failure, why);
}

void sk_aws__account_refused(struct sk_aws_account *account, const struct sk_err *why)
{
    account->refused_until_ms = sk_aws__now_ms(account->aws) + PAUSE_AFTER_MS;
    sk_err_done(&account->failure);
    sk_err_copy(&account->failure, why);
}
