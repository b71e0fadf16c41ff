/* sagekeeper permissions --read|--write: the IAM policies that sagekeeper itself needs, one for
 * each account. AWS is not asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/names.h"
#include "controller/command.h"
#include "controller/runner.h"
#include "loop/desired.h"
#include "policy/document.h"
#include "reconcilers/permissions.h"
#include "reconcilers/registry.h"

/* The boundary of the organization's defaults as an ARN in the account; NULL without one. One that a
 * Guardrail declares is a policy below the IAM path. Owned by the caller. */
static char *boundary_of(const struct sk_cycle *cycle, const struct sk_account *account)
{
    const struct sk_manifest *organization =
        sk_manifests_find(cycle->manifests, "Organization", cycle->blueprint->organization);
    const json_t *spec = organization ? organization->spec : NULL;
    const char *text = sk_json_text(spec, "defaults.permissionsBoundary");
    const char *guardrail = sk_json_text(spec, "defaults.permissionsBoundary.guardrail");
    if (guardrail) {
        sk_auto(sk_freep) char *name = sk_guardrail_policy_name(guardrail);
        return sk_xasprintf("arn:%s:iam::%s:policy%s%s", account->partition, account->id,
                            cycle->blueprint->iam_path, name);
    }
    if (!text || sk_text_starts_with(text, "arn:"))
        return text ? sk_xstrdup(text) : NULL;
    return sk_xasprintf("arn:%s:iam::%s:policy/%s", account->partition, account->id, text);
}

/* {"account", "id", "role"?, "externalId"?, "policy", "characters"}. New. */
static json_t *policy_of(const struct sk_cycle *cycle, const struct sk_session_account *account,
                         bool write)
{
    sk_auto(sk_freep) char *boundary = boundary_of(cycle, &account->facts);
    const struct sk_permissions_opts opts = {.write = write,
                                             .owner = cycle->blueprint->organization,
                                             .iam_path = cycle->blueprint->iam_path,
                                             .account = &account->facts,
                                             .boundary = boundary,
                                             .kinds = sk_registry_readable(),
                                             .desired = &cycle->desired};
    json_t *policy = sk_permissions_policy(&opts);
    return json_pack("{s:s, s:s, s:s*, s:s*, s:I, s:o}", "account", account->facts.name, "id",
                     account->facts.id, "role", account->role_arn, "externalId",
                     account->external_id, "characters",
                     (json_int_t)sk_policy_size(policy, SK_POLICY_MANAGED), "policy", policy);
}

/* What the credentials of the environment need where roles are assumed; NULL when none is. New. */
static json_t *assume_policy(const json_t *rows)
{
    json_t *statements = json_array();
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        if (!json_object_get(row, "role"))
            continue;
        json_t *statement = json_pack("{s:s, s:s, s:O}", "Effect", "Allow", "Action",
                                      "sts:AssumeRole", "Resource", json_object_get(row, "role"));
        json_t *external = json_object_get(row, "externalId");
        if (external)
            json_object_set_new(statement, "Condition",
                                json_pack("{s:{s:O}}", "StringEquals", "sts:ExternalId", external));
        json_array_append_new(statements, statement);
    }
    if (json_array_size(statements) == 0) {
        json_decref(statements);
        return NULL;
    }
    return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}

/* Headings and notes go to stderr, so that standard output can be handed to AWS as it is. */
static int print_text(const struct sk_settings *settings, const json_t *rows, struct sk_err *err)
{
    const size_t limit = sk_policy_size_limit(SK_POLICY_MANAGED);
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        const char *role = sk_json_text(row, "role");
        json_int_t characters = json_integer_value(json_object_get(row, "characters"));
        if (!settings->quiet)
            fprintf(stderr, "%s (%s), for %s: %lld characters%s\n", sk_json_text(row, "account"),
                    sk_json_text(row, "id"), role ? role : "the credentials of the environment",
                    (long long)characters,
                    (size_t)characters > limit ? ", too many for a managed policy: make it an "
                                                 "inline policy of the role"
                                               : "");
        fflush(stderr);
        int code = sk_output_json(stdout, json_object_get(row, "policy"), err);
        if (code < 0)
            return code;
    }
    return 0;
}

static int print(const struct sk_settings *settings, const struct sk_cycle *cycle,
                 struct sk_err *err)
{
    struct sk_session_account *accounts = NULL;
    size_t count = 0;
    sk_desired_accounts(cycle->blueprint, cycle->opts.accounts, cycle->opts.account_count,
                        &accounts, &count);
    json_auto_t *rows = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(rows, policy_of(cycle, &accounts[i], settings->write));
    free(accounts);
    if (settings->output == SK_OUTPUT_TEXT)
        return print_text(settings, rows, err);
    json_auto_t *value = json_pack(
        "{s:s, s:s, s:O, s:o*}", "organization", cycle->blueprint->organization, "access",
        settings->write ? "write" : "read", "policies", rows, "assume", assume_policy(rows));
    return sk_output_json(stdout, value, err);
}

int sk_cmd_permissions(const struct sk_settings *settings, struct sk_err *err)
{
    if (settings->read == settings->write)
        return sk_err_set(err, SK_E_USAGE, "expected either --read or --write");
    struct sk_runner run;
    sk_runner_init(&run, settings, false);
    int code = sk_runner_stages(&run, SK_STAGE_COMPILE, err);
    if (code == 0)
        code = print(settings, &run.cycle, err);
    sk_runner_done(&run);
    return code < 0 ? code : SK_EXIT_OK;
}
