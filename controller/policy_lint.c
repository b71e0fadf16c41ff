/* sagekeeper policy lint FILE|DIR, or --live: the lint of lib/policy over policy files, or over the
 * policies that are in AWS, whoever made them. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/json.h"
#include "base/text.h"
#include "controller/access_view.h"
#include "controller/cmd_policy.h"
#include "controller/command.h"
#include "controller/output.h"
#include "policy/lint.h"

#define MOST_DEPTH 16 /* folders in folders */

/* A statement with a principal belongs to a role's trust when it is about assuming it, else to a
 * resource; documents without principals are identity policies. */
static enum sk_policy_use use_of(const json_t *document)
{
    const json_t *statements = json_object_get(document, "Statement");
    const json_t *first = json_is_array(statements) ? json_array_get(statements, 0) : statements;
    if (!json_object_get(first, "Principal") && !json_object_get(first, "NotPrincipal"))
        return SK_POLICY_MANAGED;
    json_auto_t *canonical = sk_policy_canonical(json_object_get(first, "Action"));
    sk_auto(sk_freep) char *actions = json_dumps(canonical, JSON_ENCODE_ANY);
    return actions && strstr(actions, "ssumeRole") ? SK_POLICY_TRUST : SK_POLICY_RESOURCE;
}

static int lint_file(const char *path, json_t *findings, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = NULL;
    size_t length = 0;
    int code = sk_file_read(path, SK_BOUND_POLICY_BYTES, &text, &length, err);
    if (code < 0)
        return code;
    json_auto_t *document = sk_json_parse(text, length, path, err);
    if (!document)
        return SK_E_PARSE;
    json_auto_t *found = sk_policy_lint(document, use_of(document), path);
    json_array_extend(findings, found);
    return 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* What a folder gave. */
struct folder_lint {
    const struct sk_settings *settings;
    json_t *findings;
    size_t unread; /* files and folders that could not be read, each told on stderr */
};

static int lint_path(struct folder_lint *lint, const char *path, unsigned depth,
                     struct sk_err *err);

// NOLINTNEXTLINE(misc-no-recursion)
static int lint_folder(struct folder_lint *lint, const char *path, unsigned depth,
                       struct sk_err *err)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0)
        return sk_err_errno(err, errno, "read folder '%s'", path);
    for (int i = 0; i < count; i++) {
        sk_auto(sk_freep) char *child = sk_xasprintf("%s/%s", path, entries[i]->d_name);
        struct stat status;
        bool folder = lstat(child, &status) == 0 && S_ISDIR(status.st_mode);
        sk_auto(sk_err_done) struct sk_err why = {0};
        if ((folder || sk_text_ends_with(child, ".json")) &&
            lint_path(lint, child, depth + 1, &why) < 0) {
            sk_output_error(lint->settings, &why);
            lint->unread++;
        }
        free(entries[i]);
    }
    free(entries);
    return 0;
}

// NOLINTNEXTLINE(misc-no-recursion)
static int lint_path(struct folder_lint *lint, const char *path, unsigned depth, struct sk_err *err)
{
    struct stat status;
    if (depth > MOST_DEPTH)
        return sk_err_set(err, SK_E_BOUND, "'%s' is more than %d folders deep", path, MOST_DEPTH);
    if (stat(path, &status) != 0)
        return sk_err_errno(err, errno, "open '%s'", path);
    return S_ISDIR(status.st_mode) ? lint_folder(lint, path, depth, err)
                                   : lint_file(path, lint->findings, err);
}

/* ---- what is in AWS ---- */

static void lint_document(const json_t *document, enum sk_policy_use use, const char *origin,
                          json_t *findings)
{
    json_auto_t *found = json_is_object(document) ? sk_policy_lint(document, use, origin) : NULL;
    if (found)
        json_array_extend(findings, found);
}

static void lint_role(const struct sk_document *role, json_t *findings)
{
    const char *name;
    json_t *document;
    const char *path = sk_json_text(role->body, "Path");
    if (path && sk_text_starts_with(path, "/aws-service-role/"))
        return; /* AWS's, and not to be changed */
    sk_auto(sk_freep) char *trust = sk_xasprintf("%s trust policy", role->address);
    lint_document(json_object_get(role->body, "AssumeRolePolicyDocument"), SK_POLICY_TRUST, trust,
                  findings);
    json_object_foreach(json_object_get(role->body, "InlinePolicies"), name, document)
    {
        sk_auto(sk_freep) char *origin = sk_xasprintf("%s#%s", role->address, name);
        lint_document(document, SK_POLICY_INLINE, origin, findings);
    }
}

static bool has_attached(const struct sk_document *role, const char *arn)
{
    size_t index;
    json_t *attached;
    json_array_foreach(json_object_get(role->body, "AttachedManagedPolicies"), index, attached)
    {
        if (sk_text_equal(json_string_value(attached), arn))
            return true;
    }
    return false;
}

/* A policy that bounds roles, and that nobody has attached, grants nothing. */
static enum sk_policy_use live_use(const struct sk_documents *documents,
                                   const struct sk_document *policy)
{
    const char *arn = sk_json_text(policy->body, "Arn");
    bool bounds = false;
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *role = documents->items[i];
        if (strcmp(role->kind->name, "iam_role") != 0 ||
            strcmp(role->account, policy->account) != 0)
            continue;
        if (has_attached(role, arn))
            return SK_POLICY_MANAGED;
        bounds |= sk_text_equal(sk_json_text(role->body, "PermissionsBoundary"), arn);
    }
    return bounds && !json_object_get(policy->body, "OtherUses") ? SK_POLICY_BOUNDARY
                                                                 : SK_POLICY_MANAGED;
}

static int lint_live(const struct sk_settings *settings, json_t *findings, bool *partial,
                     struct sk_err *err)
{
    struct sk_access_view view;
    int code = sk_access_view_open(&view, settings, NULL, NULL, err);
    const struct sk_documents *documents = code == 0 ? view.state->opts.documents : NULL;
    for (size_t i = 0; code == 0 && i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        if (strcmp(document->kind->name, "iam_policy") == 0)
            lint_document(json_object_get(document->body, "PolicyDocument"),
                          live_use(documents, document), document->address, findings);
        else if (strcmp(document->kind->name, "iam_role") == 0)
            lint_role(document, findings);
    }
    *partial = view.partial;
    sk_access_view_close(&view);
    return code;
}

/* ---- the verb ---- */

static void print_line(const char *indent, const char *text)
{
    sk_auto(sk_freep) char *clean = sk_output_clean(text ? text : "", false);
    printf("%s%s\n", indent, clean);
}

static void print_findings(const json_t *findings)
{
    size_t index;
    json_t *finding;
    json_array_foreach(findings, index, finding)
    {
        const char *sid = sk_json_text(finding, "statement");
        sk_auto(sk_freep) char *head =
            sk_xasprintf("%s%s: %s: %s%s%s%s [%s]", sk_json_text(finding, "origin"),
                         sk_json_text(finding, "pointer"), sk_json_text(finding, "severity"),
                         sid ? "statement '" : "", sid ? sid : "", sid ? "': " : "",
                         sk_json_text(finding, "message"), sk_json_text(finding, "id"));
        print_line("", head);
        print_line("  why: ", sk_json_text(finding, "why"));
        print_line("  fix: ", sk_json_text(finding, "fix"));
        print_line("  page: ", sk_json_text(finding, "page"));
    }
    printf("%zu finding%s\n", json_array_size(findings), json_array_size(findings) == 1 ? "" : "s");
}

int sk_policy_lint_run(const struct sk_settings *settings, struct sk_err *err)
{
    const char *path = settings->arguments[1];
    bool partial = false;
    if ((path != NULL) == settings->live)
        return sk_err_set(err, SK_E_USAGE, "lint needs a file or a folder, or --live");
    json_auto_t *findings = json_array();
    struct folder_lint lint = {.settings = settings, .findings = findings};
    int code = settings->live ? lint_live(settings, findings, &partial, err)
                              : lint_path(&lint, path, 0, err);
    if (code < 0)
        return code;
    if (settings->output == SK_OUTPUT_JSON) {
        code = sk_output_json(stdout, findings, err);
        if (code < 0)
            return code;
    } else {
        print_findings(findings);
    }
    if (lint.unread > 0)
        return sk_err_set(err, SK_E_PARSE, "%zu of the files could not be linted", lint.unread);
    if (partial)
        return SK_EXIT_PARTIAL;
    return json_array_size(findings) > 0 ? SK_EXIT_CHANGES : SK_EXIT_OK;
}
