/* From a source tree to desired documents, see desired.h. */
#include "loop/desired.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "reconcilers/registry.h"

/* The tree's files as the loader takes them: an array owned by the caller, contents borrowed. */
static struct sk_manifest_file *manifest_files(const struct sk_source_tree *tree)
{
    struct sk_manifest_file *files = sk_xcalloc(tree->count, sizeof(*files));
    for (size_t i = 0; i < tree->count; i++)
        files[i] = (struct sk_manifest_file){.path = tree->files[i].path,
                                             .data = tree->files[i].data,
                                             .length = tree->files[i].length};
    return files;
}

static int faults(const struct sk_diagnostics *diagnostics, struct sk_err *err)
{
    return sk_err_set(err, SK_E_INVALID, "the desired state has %zu error%s", diagnostics->errors,
                      diagnostics->errors == 1 ? "" : "s");
}

int sk_desired_load(const struct sk_source_tree *tree, struct sk_manifests **out,
                    struct sk_diagnostics *diagnostics, struct sk_err *err)
{
    sk_auto(sk_freep) struct sk_manifest_file *files = manifest_files(tree);
    int code = sk_manifests_load(files, tree->count, sk_blueprint_schema(), out, diagnostics);
    return code < 0 ? faults(diagnostics, err) : 0;
}

int sk_desired_compile(const struct sk_source_tree *tree, const struct sk_manifests *manifests,
                       struct sk_wall today, struct sk_blueprint **out,
                       struct sk_diagnostics *diagnostics, struct sk_err *err)
{
    sk_auto(sk_freep) struct sk_manifest_file *files = manifest_files(tree);
    const struct sk_blueprint_opts opts = {
        .kinds = sk_registry(), .files = files, .file_count = tree->count, .today = today};
    int code = sk_blueprint_compile(manifests, &opts, out, diagnostics);
    return code < 0 ? faults(diagnostics, err) : 0;
}

static bool is_chosen(const char *name, const char *const *accounts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(accounts[i], name) == 0)
            return true;
    }
    return count == 0;
}

static int check_names(const struct sk_blueprint *blueprint, const char *const *accounts,
                       size_t count, struct sk_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!sk_accounts_find(&blueprint->accounts, accounts[i]))
            return sk_err_set(err, SK_E_USAGE, "the organization has no account '%s'", accounts[i]);
    }
    return 0;
}

int sk_desired_select(const struct sk_blueprint *blueprint, const char *const *accounts,
                      size_t count, struct sk_documents *out, struct sk_err *err)
{
    int code = check_names(blueprint, accounts, count, err);
    for (size_t i = 0; code == 0 && i < blueprint->documents.count; i++) {
        struct sk_document *document = blueprint->documents.items[i];
        if (is_chosen(document->account, accounts, count))
            code = sk_documents_add(out, document, err);
    }
    return code;
}

void sk_desired_release(struct sk_documents *selected)
{
    selected->count = 0; /* the documents belong to the blueprint */
    sk_documents_done(selected);
}

void sk_desired_accounts(const struct sk_blueprint *blueprint, const char *const *accounts,
                         size_t count, struct sk_session_account **out, size_t *count_out)
{
    struct sk_session_account *chosen = sk_xcalloc(blueprint->accounts.count, sizeof(*chosen));
    size_t kept = 0;
    for (size_t i = 0; i < blueprint->accounts.count; i++) {
        const struct sk_account *facts = &blueprint->accounts.items[i];
        if (!is_chosen(facts->name, accounts, count))
            continue;
        chosen[kept++] =
            (struct sk_session_account){.facts = *facts,
                                        .role_arn = blueprint->access[i].role_arn,
                                        .external_id = blueprint->access[i].external_id};
    }
    *out = chosen;
    *count_out = kept;
}

static const struct sk_source_approval *file_of(const struct sk_source_approvals *files,
                                                const char *path)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i].file.path, path) == 0)
            return &files->items[i];
    }
    return NULL;
}

static json_t *approval_row(const struct sk_blueprint_approval *approval,
                            const struct sk_source_approval *file, struct sk_wall now)
{
    bool ended = approval->expires && now.seconds >= approval->expires_at.seconds;
    const char *why = ended             ? "it has ended"
                      : !file           ? "its file was not found"
                      : !file->separate ? (file->why ? file->why : "it did not come on its own")
                                        : NULL;
    json_t *row = json_pack("{s:s, s:s, s:s, s:b}", "address", approval->address, "action",
                            approval->action, "reason", approval->reason, "valid", why == NULL);
    if (why)
        json_object_set_new(row, "why", json_string(why));
    return row;
}

static json_t *approval_rows(const struct sk_source_approvals *files,
                             const struct sk_blueprint *blueprint, struct sk_wall now,
                             struct sk_diagnostics *diagnostics)
{
    json_t *rows = json_array();
    struct sk_manifest_file *manifest_files_ = sk_xcalloc(files->count, sizeof(*manifest_files_));
    for (size_t i = 0; i < files->count; i++)
        manifest_files_[i] = (struct sk_manifest_file){.path = files->items[i].file.path,
                                                       .data = files->items[i].file.data,
                                                       .length = files->items[i].file.length};
    struct sk_manifests *manifests = NULL;
    struct sk_blueprint_approvals approvals = {0};
    /* Faults are in `diagnostics`; approvals that are in order count all the same. */
    (void)!sk_manifests_load(manifest_files_, files->count, sk_blueprint_schema(), &manifests,
                             diagnostics);
    (void)!sk_blueprint_approvals(manifests, sk_registry(), &blueprint->accounts, &approvals,
                                  diagnostics);
    for (size_t i = 0; i < approvals.count; i++)
        json_array_append_new(
            rows, approval_row(&approvals.items[i], file_of(files, approvals.items[i].path), now));
    sk_blueprint_approvals_done(&approvals);
    sk_manifests_free(manifests);
    free(manifest_files_);
    return rows;
}

int sk_desired_approvals(const struct sk_source_approvals *files,
                         const struct sk_blueprint *blueprint, struct sk_wall now,
                         struct sk_diagnostics *diagnostics, json_t **out, struct sk_err *err)
{
    size_t errors = diagnostics->errors;
    *out = files->count > 0 ? approval_rows(files, blueprint, now, diagnostics) : json_array();
    if (diagnostics->errors > errors) {
        json_decref(*out);
        *out = NULL;
        return faults(diagnostics, err);
    }
    return 0;
}
