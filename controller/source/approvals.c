/* Approvals and where they come from. For each file the first-parent history is walked back to the
 * commit that brought its present content; the approval stands on its own when that commit changed
 * nothing outside the approvals path. A merge commit counts with all that it brought. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "source/source_int.h"

/* Far above what a repository of manifests has; a longer history makes the approval invalid. */
#define HISTORY_COMMITS 200000

/* Trees may be NULL: empty. Paths are compared bytewise, without any of git's configuration. */
struct trees {
    git_tree *before;
    git_tree *after;
};

static void trees_done(struct trees *trees)
{
    git_tree_free(trees->before);
    git_tree_free(trees->after);
}

static bool same_entry(const git_tree_entry *a, const git_tree_entry *b)
{
    return a && b && git_oid_equal(git_tree_entry_id(a), git_tree_entry_id(b)) &&
           git_tree_entry_filemode_raw(a) == git_tree_entry_filemode_raw(b);
}

/* Whether every entry of `tree` but `except` stands unchanged in `other`. */
static bool same_besides(const git_tree *tree, const git_tree *other, const char *except)
{
    size_t count = tree ? git_tree_entrycount(tree) : 0;
    for (size_t i = 0; i < count; i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        const char *name = git_tree_entry_name(entry);
        if (strcmp(name, except) != 0 &&
            !same_entry(entry, other ? git_tree_entry_byname(other, name) : NULL))
            return false;
    }
    return true;
}

/* The folder `name` of a tree: 1; 0 and NULL when it is not there; -1 when it is something else. */
static int subtree(git_repository *repository, const git_tree *tree, const char *name,
                   git_tree **out)
{
    *out = NULL;
    const git_tree_entry *entry = tree ? git_tree_entry_byname(tree, name) : NULL;
    if (!entry)
        return 0;
    if (git_tree_entry_filemode(entry) != GIT_FILEMODE_TREE)
        return -1;
    return git_tree_lookup(out, repository, git_tree_entry_id(entry)) == 0 ? 1 : -1;
}

/* Whether nothing outside `path` differs. */
static bool only_path_differs(git_repository *repository, const git_tree *before,
                              const git_tree *after, const char *path)
{
    if (!path[0])
        return true;
    size_t length = strcspn(path, "/");
    sk_auto(sk_freep) char *name = sk_xstrndup(path, length);
    if (!same_besides(before, after, name) || !same_besides(after, before, name))
        return false;
    sk_auto(trees_done) struct trees below = {0};
    if (subtree(repository, before, name, &below.before) < 0 ||
        subtree(repository, after, name, &below.after) < 0)
        return false;
    return only_path_differs(repository, below.before, below.after,
                             path[length] ? path + length + 1 : "");
}

/* One step of history. */
struct step {
    git_commit *commit; /* owned */
    git_commit *parent; /* owned; NULL at the root */
    struct trees trees;
};

static void step_done(struct step *step)
{
    git_commit_free(step->commit);
    git_commit_free(step->parent);
    trees_done(&step->trees);
}

/* false when history cannot be followed here: a shallow clone. */
static bool step_open(struct step *step)
{
    if (git_commit_tree(&step->trees.after, step->commit) < 0)
        return false;
    if (git_commit_parentcount(step->commit) == 0)
        return true;
    return git_commit_parent(&step->parent, step->commit, 0) == 0 &&
           git_commit_tree(&step->trees.before, step->parent) == 0;
}

static const char unknown_history[] =
    "the history ends before the commit that brought it (a shallow clone?)";

static bool is_open(const struct sk_source_approval *item)
{
    return !item->introduced && !item->why;
}

static bool id_at(const git_tree *tree, const char *path, git_oid *out)
{
    sk_auto(git_tree_entry_freep) git_tree_entry *entry = NULL;
    if (!tree || git_tree_entry_bypath(&entry, tree, path) < 0)
        return false;
    *out = *git_tree_entry_id(entry);
    return true;
}

/* Settles the items whose content this step brought. Returns how many. */
static size_t judge_step(git_repository *repository, const struct step *step, const char *path,
                         struct sk_source_approvals *approvals)
{
    size_t settled = 0;
    char hex[SK_SOURCE_HEX_BYTES];
    git_oid_tostr(hex, sizeof(hex), git_commit_id(step->commit));
    for (size_t i = 0; i < approvals->count; i++) {
        struct sk_source_approval *item = &approvals->items[i];
        sk_auto(sk_freep) char *full =
            path[0] ? sk_xasprintf("%s/%s", path, item->file.path) : sk_xstrdup(item->file.path);
        git_oid now;
        git_oid before;
        if (!is_open(item) || !id_at(step->trees.after, full, &now) ||
            (id_at(step->trees.before, full, &before) && git_oid_equal(&now, &before)))
            continue;
        item->introduced = sk_xstrdup(hex);
        item->separate = only_path_differs(repository, step->trees.before, step->trees.after, path);
        if (!item->separate)
            item->why =
                sk_xasprintf("commit %.12s, which brought it, changes more than approvals", hex);
        settled++;
    }
    return settled;
}

static void settle_rest(struct sk_source_approvals *approvals)
{
    for (size_t i = 0; i < approvals->count; i++) {
        if (is_open(&approvals->items[i]))
            approvals->items[i].why = sk_xstrdup(unknown_history);
    }
}

/* Whether the folder is the same before and after, so that the step can be passed over. */
static bool folder_unchanged(const struct step *step, const char *path)
{
    git_oid before;
    git_oid after;
    return path[0] && id_at(step->trees.before, path, &before) &&
           id_at(step->trees.after, path, &after) && git_oid_equal(&before, &after);
}

static int walk_history(const struct sk_source__git *git, const char *path,
                        struct sk_source_approvals *approvals, struct sk_err *err)
{
    size_t left = approvals->count;
    git_commit *next = NULL;
    int result = git_commit_dup(&next, git->commit);
    if (result < 0)
        return sk_source__git_error(result, err, "read commit %s", git->hex);
    for (size_t i = 0; next && left > 0 && i < HISTORY_COMMITS; i++) {
        sk_auto(step_done) struct step step = {.commit = next};
        next = NULL;
        if (!step_open(&step))
            break;
        if (!folder_unchanged(&step, path))
            left -= judge_step(git->repository, &step, path, approvals);
        next = step.parent;
        step.parent = NULL;
    }
    git_commit_free(next);
    settle_rest(approvals);
    return 0;
}

static void take_files(struct sk_source_tree *tree, struct sk_source_approvals *out)
{
    out->items = sk_xcalloc(tree->count + 1, sizeof(*out->items));
    for (size_t i = 0; i < tree->count; i++) {
        out->items[out->count++].file = tree->files[i];
        tree->files[i] = (struct sk_source_file){0};
    }
}

int sk_source__git_approvals(const struct sk_source_opts *opts, const char *revision,
                             struct sk_source_approvals *out, struct sk_err *err)
{
    sk_auto(sk_freep) char *path = NULL;
    int code = sk_source__clean_path(opts->approvals_path, &path, err);
    if (code < 0)
        return code;
    if (!path[0])
        return sk_err_set(err, SK_E_INVALID, "the approvals path must be a folder of its own");
    sk_auto(sk_source__git_done) struct sk_source__git git = {0};
    code = sk_source__git_open(opts, revision, &git, err);
    if (code == 0)
        code = sk_source__git_has_folder(&git, path, err);
    if (code <= 0)
        return code;
    sk_auto(sk_source_tree_freep) struct sk_source_tree *tree = sk_xcalloc(1, sizeof(*tree));
    struct sk_source__gather gather = {.opts = opts, .tree = tree};
    code = sk_source__git_read(&git, path, NULL, &gather, err);
    if (code < 0)
        return code;
    take_files(tree, out);
    return walk_history(&git, path, out, err);
}
