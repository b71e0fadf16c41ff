/* Entry points, and what folders and repositories have in common: which names are taken, the
 * bounds, the order. Each call initialises libgit2 and shuts it down again; both are counted, so
 * calls may overlap. */
#include "source/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/text.h"
#include "source/source_int.h"

size_t sk_source__max_file_bytes(const struct sk_source_opts *opts)
{
    return sk_source__or(opts->max_file_bytes, SK_BOUND_MANIFEST_FILE_BYTES);
}

bool sk_source__is_manifest(const char *name)
{
    static const char *const endings[] = {".yaml", ".yml", ".json"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        if (sk_text_ends_with(name, endings[i]))
            return true;
    }
    return false;
}

int sk_source__check_name(const char *folder, const char *name, struct sk_err *err)
{
    const char *in = folder[0] ? folder : ".";
    if (!name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/'))
        return sk_err_set(err, SK_E_INVALID, "entry '%s' in '%s' is no file name", name, in);
    size_t bad_offset;
    if (!sk_text_is_utf8(name, strlen(name), &bad_offset))
        return sk_err_set(err, SK_E_INVALID, "a file name in '%s' is not UTF-8", in);
    for (const char *at = name; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return sk_err_set(err, SK_E_INVALID, "a file name in '%s' has control characters", in);
    }
    return 0;
}

int sk_source__recode(int code, enum sk_errc from, enum sk_errc to, struct sk_err *err)
{
    if (code != (int)from)
        return code;
    if (err)
        err->code = to;
    return to;
}

int sk_source__count_file(struct sk_source__gather *gather, struct sk_err *err)
{
    size_t most = sk_source__or(gather->opts->max_files, SK_BOUND_SOURCE_FILES);
    if (++gather->seen > most)
        return sk_err_set(err, SK_E_BOUND, "more than %zu files below the manifest path", most);
    return 0;
}

int sk_source__add(struct sk_source__gather *gather, const char *path, char *data, size_t length,
                   bool executable, struct sk_err *err)
{
    sk_auto(sk_freep) char *owned = data;
    struct sk_source_tree *tree = gather->tree;
    size_t most = sk_source__or(gather->opts->max_total_bytes, SK_BOUND_SOURCE_BYTES);
    if (length > most - tree->total_bytes)
        return sk_err_set(err, SK_E_BOUND, "the manifest files are over %zu bytes together", most);
    if (tree->count == gather->capacity) {
        gather->capacity = gather->capacity ? gather->capacity * 2 : 32;
        tree->files = sk_xrealloc(tree->files, gather->capacity, sizeof(*tree->files));
    }
    tree->files[tree->count++] = (struct sk_source_file){
        .path = sk_xstrdup(path),
        .data = owned,
        .length = length,
        .executable = executable,
    };
    tree->total_bytes += length;
    owned = NULL;
    return 0;
}

static int by_path(const void *a, const void *b)
{
    const struct sk_source_file *left = a;
    const struct sk_source_file *right = b;
    return strcmp(left->path, right->path);
}

int sk_source__finish(struct sk_source__gather *gather, struct sk_err *err)
{
    struct sk_source_tree *tree = gather->tree;
    if (tree->count == 0)
        return 0;
    qsort(tree->files, tree->count, sizeof(*tree->files), by_path);
    for (size_t i = 1; i < tree->count; i++) {
        if (strcmp(tree->files[i - 1].path, tree->files[i].path) == 0)
            return sk_err_set(err, SK_E_INVALID, "'%s' is in the tree twice", tree->files[i].path);
    }
    return 0;
}

static void file_done(struct sk_source_file *file)
{
    free(file->path);
    free(file->data);
}

void sk_source_tree_free(struct sk_source_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->count; i++)
        file_done(&tree->files[i]);
    free(tree->files);
    free(tree->revision);
    free(tree->origin);
    free(tree);
}

const struct sk_source_file *sk_source_tree_find(const struct sk_source_tree *tree,
                                                 const char *path)
{
    if (tree->count == 0)
        return NULL;
    union {
        const char *borrowed;
        char *in_key; /* the key is only compared */
    } name = {path};
    struct sk_source_file key = {.path = name.in_key};
    return bsearch(&key, tree->files, tree->count, sizeof(*tree->files), by_path);
}

void sk_source_approvals_done(struct sk_source_approvals *approvals)
{
    for (size_t i = 0; i < approvals->count; i++) {
        file_done(&approvals->items[i].file);
        free(approvals->items[i].introduced);
        free(approvals->items[i].why);
    }
    free(approvals->items);
    *approvals = (struct sk_source_approvals){0};
}

static void shut_down(const int *initialised)
{
    if (*initialised > 0)
        git_libgit2_shutdown();
}

static int check_opts(const struct sk_source_opts *opts, struct sk_err *err)
{
    if (!opts->folder == !opts->git_url)
        return sk_err_set(err, SK_E_INVALID, "either a folder or a Git URL must be given");
    if (opts->git_url && sk_source_url_has_secret(opts->git_url))
        return sk_err_set(err, SK_E_INVALID,
                          "the Git URL contains a password or token; "
                          "put it into a file or an environment variable");
    return 0;
}

static int check_not_empty(struct sk_source_tree **tree, struct sk_err *err)
{
    if ((*tree)->count > 0)
        return 0;
    int code = sk_err_set(err, SK_E_NOT_FOUND, "no manifest file (*.yaml, *.yml, *.json) in %s",
                          (*tree)->origin);
    sk_source_tree_free(*tree);
    *tree = NULL;
    return code;
}

static int load(const struct sk_source_opts *opts, const char *revision,
                struct sk_source_tree **out, struct sk_err *err)
{
    int code = check_opts(opts, err);
    if (code < 0)
        return code;
    struct sk_source_tree *tree = NULL;
    if (opts->folder) {
        code = sk_source__folder_load(opts, &tree, err);
    } else {
        sk_auto(shut_down) int initialised = git_libgit2_init();
        code = initialised < 0 ? sk_source__git_error(initialised, err, "start libgit2")
                               : sk_source__git_load(opts, revision, &tree, err);
    }
    if (code == 0 && tree)
        code = check_not_empty(&tree, err);
    if (code == 0)
        *out = tree;
    return code;
}

int sk_source_load(const struct sk_source_opts *opts, struct sk_source_tree **out,
                   struct sk_err *err)
{
    return load(opts, NULL, out, err);
}

int sk_source_load_commit(const struct sk_source_opts *opts, const char *revision,
                          struct sk_source_tree **out, struct sk_err *err)
{
    struct sk_source_tree *tree = NULL;
    int code = load(opts, revision, &tree, err);
    if (code < 0 || !tree)
        return code;
    if (strcmp(tree->revision, revision) != 0) {
        code =
            sk_err_set(err, SK_E_STALE, "folder '%s' has changed: its digest was %.12s, now %.12s",
                       opts->folder, revision, tree->revision);
        sk_source_tree_free(tree);
        return code;
    }
    *out = tree;
    return 0;
}

int sk_source_approvals(const struct sk_source_opts *opts, const char *revision,
                        struct sk_source_approvals *out, struct sk_err *err)
{
    struct sk_source_approvals approvals = {0};
    int code = check_opts(opts, err);
    if (code == 0 && opts->approvals_path) {
        if (opts->folder) {
            code = sk_source__folder_approvals(opts, &approvals, err);
        } else {
            sk_auto(shut_down) int initialised = git_libgit2_init();
            code = initialised < 0 ? sk_source__git_error(initialised, err, "start libgit2")
                                   : sk_source__git_approvals(opts, revision, &approvals, err);
        }
    }
    if (code < 0)
        sk_source_approvals_done(&approvals);
    else
        *out = approvals;
    return code;
}

const char *sk_source_relation_name(enum sk_source_relation relation)
{
    static const char *const names[] = {"unrelated", "same", "descends", "rewritten"};
    return names[relation];
}

static int relate(const struct sk_source_opts *opts, const struct sk_source_tree *tree,
                  const char *known, enum sk_source_relation *out, struct sk_err *err)
{
    *out = SK_SOURCE_UNRELATED;
    if (!known || !tree->is_commit)
        return 0;
    if (strcmp(known, tree->revision) == 0) {
        *out = SK_SOURCE_SAME;
        return 0;
    }
    sk_auto(shut_down) int initialised = git_libgit2_init();
    if (initialised < 0)
        return sk_source__git_error(initialised, err, "start libgit2");
    return sk_source__git_relate(opts, tree->revision, known, out, err);
}

int sk_source_snapshot_load(const struct sk_source_opts *opts, const char *revision,
                            const char *known, struct sk_source_snapshot *out, struct sk_err *err)
{
    struct sk_source_snapshot snapshot = {0};
    int code = revision ? sk_source_load_commit(opts, revision, &snapshot.tree, err)
                        : sk_source_load(opts, &snapshot.tree, err);
    if (code == 0 && snapshot.tree)
        code = sk_source_approvals(opts, snapshot.tree->revision, &snapshot.approvals, err);
    if (code == 0 && snapshot.tree)
        code = relate(opts, snapshot.tree, known, &snapshot.relation, err);
    if (code < 0)
        sk_source_snapshot_done(&snapshot);
    else
        *out = snapshot;
    return code;
}

void sk_source_snapshot_done(struct sk_source_snapshot *snapshot)
{
    sk_source_tree_free(snapshot->tree);
    sk_source_approvals_done(&snapshot->approvals);
    *snapshot = (struct sk_source_snapshot){0};
}
