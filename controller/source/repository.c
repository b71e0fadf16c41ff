/* Manifests from a commit: finds the commit and walks its tree objects. Sizes are looked up before
 * contents, so a large object is refused without being loaded. Names in trees are checked: libgit2
 * reads trees that git itself would never write. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "source/source_int.h"

static enum sk_errc code_of(int result, int error_class)
{
    switch (result) {
    case GIT_EOWNER:
        return SK_E_DENIED;
    case GIT_EAUTH:
    case GIT_ECERTIFICATE:
        return SK_E_CREDENTIALS;
    case GIT_ELOCKED:
        return SK_E_LOCKED;
    default:
        break;
    }
    switch (error_class) {
    case GIT_ERROR_NET:
    case GIT_ERROR_HTTP:
    case GIT_ERROR_SSH:
    case GIT_ERROR_SSL:
        return SK_E_NETWORK;
    default:
        return SK_E_IO;
    }
}

int sk_source__git_error(int result, struct sk_err *err, const char *format, ...)
{
    const git_error *last = git_error_last();
    sk_auto(sk_freep) char *reason =
        sk_text_scrub(last && last->message ? last->message : "failed");
    enum sk_errc code = code_of(result, last ? last->klass : GIT_ERROR_NONE);
    va_list arguments;
    va_start(arguments, format);
    sk_auto(sk_buffer_done) struct sk_buffer what = {0};
    char *text = NULL;
    if (vasprintf(&text, format, arguments) >= 0)
        sk_buffer_adds(&what, text);
    free(text);
    va_end(arguments);
    git_error_clear();
    return sk_err_set(err, code, "cannot %s: %s", sk_buffer_text(&what), reason);
}

int sk_source__clean_path(const char *path, char **out, struct sk_err *err)
{
    sk_auto(sk_buffer_done) struct sk_buffer clean = {0};
    const char *given = path ? path : "";
    if (given[0] == '/') {
        sk_err_set(err, SK_E_INVALID, "path '%s' must be relative to the repository", given);
        return SK_E_INVALID;
    }
    for (const char *at = given; *at;) {
        size_t length = strcspn(at, "/");
        if (length == 2 && strncmp(at, "..", 2) == 0) {
            sk_err_set(err, SK_E_INVALID, "path '%s' leaves the repository", given);
            return SK_E_INVALID;
        }
        if (length > 0 && !(length == 1 && at[0] == '.')) {
            if (clean.length > 0)
                sk_buffer_addc(&clean, '/');
            sk_buffer_add(&clean, at, length);
        }
        at += length + (at[length] == '/');
    }
    *out = sk_buffer_take(&clean);
    return 0;
}

void sk_source__git_done(struct sk_source__git *git)
{
    git_commit_free(git->commit);
    git_repository_free(git->repository);
    *git = (struct sk_source__git){0};
}

static int open_local(const char *path, git_repository **out, struct sk_err *err)
{
    git_error_clear();
    int result = git_repository_open_ext(out, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
    if (result == 0)
        return 0;
    /* libgit2 1.5.1 lets the missing setting safe.directory hide the owner check's own result. */
    const git_error *last = git_error_last();
    bool is_foreign = result == GIT_EOWNER || (last && last->klass == GIT_ERROR_CONFIG);
    if (is_foreign) {
        sk_auto(sk_freep) char *real = realpath(path, NULL);
        return sk_err_set(err, SK_E_DENIED,
                          "repository '%s' belongs to another user; if it can be trusted: "
                          "git config --global --add safe.directory '%s'",
                          path, real ? real : path);
    }
    if (result == GIT_ENOTFOUND)
        return sk_err_set(err, SK_E_NOT_FOUND, "'%s' is not a Git repository", path);
    return sk_source__git_error(result, err, "open repository '%s'", path);
}

/* A full reference as it is; any other name is a branch, then a tag. A bare name must not reach
 * HEAD, FETCH_HEAD and the like. */
static int find_reference(git_repository *repository, const char *name, git_oid *out)
{
    if (sk_text_starts_with(name, "refs/"))
        return git_reference_name_to_id(out, repository, name);
    static const char *const folders[] = {"refs/heads", "refs/tags"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        sk_auto(sk_freep) char *full = sk_xasprintf("%s/%s", folders[i], name);
        int result = git_reference_name_to_id(out, repository, full);
        if (result != GIT_ENOTFOUND)
            return result;
    }
    return GIT_ENOTFOUND;
}

static int resolve_local(git_repository *repository, const struct sk_source_opts *opts,
                         git_oid *out, struct sk_err *err)
{
    if (!opts->git_ref) {
        int result = git_reference_name_to_id(out, repository, "HEAD");
        if (result == GIT_ENOTFOUND || result == GIT_EUNBORNBRANCH)
            return sk_err_set(err, SK_E_NOT_FOUND, "repository '%s' has no commit at HEAD",
                              opts->git_url);
        return result == 0 ? 0 : sk_source__git_error(result, err, "read HEAD");
    }
    if (strlen(opts->git_ref) == GIT_OID_HEXSZ && git_oid_fromstr(out, opts->git_ref) == 0)
        return 0;
    int result = find_reference(repository, opts->git_ref, out);
    if (result == GIT_ENOTFOUND || result == GIT_EINVALIDSPEC)
        return sk_err_set(err, SK_E_NOT_FOUND, "no branch or tag '%s' in repository '%s'",
                          opts->git_ref, opts->git_url);
    return result == 0 ? 0 : sk_source__git_error(result, err, "read '%s'", opts->git_ref);
}

/* Annotated tags lead to their commit. */
static int find_commit(git_repository *repository, const git_oid *id, git_commit **out,
                       struct sk_err *err)
{
    char hex[SK_SOURCE_HEX_BYTES];
    git_oid_tostr(hex, sizeof(hex), id);
    sk_auto(git_object_freep) git_object *object = NULL;
    int result = git_object_lookup(&object, repository, id, GIT_OBJECT_ANY);
    if (result == GIT_ENOTFOUND)
        return sk_err_set(err, SK_E_NOT_FOUND, "commit %s is not in the repository", hex);
    if (result < 0)
        return sk_source__git_error(result, err, "read commit %s", hex);
    git_object *peeled = NULL;
    result = git_object_peel(&peeled, object, GIT_OBJECT_COMMIT);
    if (result < 0)
        return sk_err_set(err, SK_E_INVALID, "%s is not a commit", hex);
    *out = (git_commit *)peeled;
    return 0;
}

int sk_source__git_open(const struct sk_source_opts *opts, const char *revision,
                        struct sk_source__git *out, struct sk_err *err)
{
    sk_auto(sk_source__git_done) struct sk_source__git git = {0};
    git_oid id;
    if (revision && (strlen(revision) != GIT_OID_HEXSZ || git_oid_fromstr(&id, revision) != 0))
        return sk_err_set(err, SK_E_INVALID, "'%s' is not a commit id of 40 digits", revision);
    int code;
    if (sk_source__url_transport(opts->git_url) == SK_SOURCE_LOCAL) {
        code = open_local(sk_source__url_path(opts->git_url), &git.repository, err);
        if (code == 0 && !revision)
            code = resolve_local(git.repository, opts, &id, err);
    } else {
        code = sk_source__fetch(opts, revision, &git.repository, &id, err);
    }
    if (code == 0)
        code = find_commit(git.repository, &id, &git.commit, err);
    if (code < 0)
        return code;
    git_oid_tostr(git.hex, sizeof(git.hex), git_commit_id(git.commit));
    *out = git;
    memset(&git, 0, sizeof(git));
    return 0;
}

struct walk {
    git_repository *repository; /* borrowed */
    git_odb *odb;               /* borrowed */
    const char *skip;           /* path in the repository, or NULL */
    size_t prefix;              /* length of the manifest path with its slash */
    struct sk_source__gather *gather;
};

static int add_blob(struct walk *walk, const git_tree_entry *entry, const char *path,
                    struct sk_err *err)
{
    size_t most = sk_source__max_file_bytes(walk->gather->opts);
    size_t size;
    git_object_t type;
    const git_oid *id = git_tree_entry_id(entry);
    int result = git_odb_read_header(&size, &type, walk->odb, id);
    if (result < 0)
        return sk_source__git_error(result, err, "read '%s'", path);
    if (type != GIT_OBJECT_BLOB)
        return sk_err_set(err, SK_E_INVALID, "'%s' is not a regular file", path);
    if (size > most)
        return sk_err_set(err, SK_E_BOUND, "'%s' is over %zu bytes", path, most);
    sk_auto(git_odb_object_freep) git_odb_object *object = NULL;
    result = git_odb_read(&object, walk->odb, id);
    if (result < 0)
        return sk_source__git_error(result, err, "read '%s'", path);
    size_t length = git_odb_object_size(object);
    char *data = sk_xmalloc(length + 1);
    memcpy(data, git_odb_object_data(object), length);
    data[length] = '\0';
    return sk_source__add(walk->gather, path + walk->prefix, data, length,
                          git_tree_entry_filemode(entry) == GIT_FILEMODE_BLOB_EXECUTABLE, err);
}

static int walk_tree(struct walk *walk, const git_tree *tree, const char *path, int depth,
                     struct sk_err *err);

static int walk_subtree(struct walk *walk, const git_tree_entry *entry, const char *path, int depth,
                        struct sk_err *err)
{
    if (depth >= SK_SOURCE_DEPTH)
        return sk_err_set(err, SK_E_BOUND, "'%s' is nested more than %d folders deep", path,
                          SK_SOURCE_DEPTH);
    sk_auto(git_tree_freep) git_tree *tree = NULL;
    int result = git_tree_lookup(&tree, walk->repository, git_tree_entry_id(entry));
    if (result < 0)
        return sk_source__git_error(result, err, "read folder '%s'", path);
    return walk_tree(walk, tree, path, depth + 1, err);
}

static int walk_entry(struct walk *walk, const git_tree_entry *entry, const char *parent, int depth,
                      struct sk_err *err)
{
    const char *name = git_tree_entry_name(entry);
    int code = sk_source__check_name(parent, name, err);
    if (code < 0)
        return code;
    if (name[0] == '.')
        return 0;
    sk_auto(sk_freep) char *path =
        parent[0] ? sk_xasprintf("%s/%s", parent, name) : sk_xstrdup(name);
    if (walk->skip && strcmp(path, walk->skip) == 0)
        return 0;
    git_filemode_t mode = git_tree_entry_filemode(entry);
    if (mode == GIT_FILEMODE_TREE)
        return walk_subtree(walk, entry, path, depth, err);
    code = sk_source__count_file(walk->gather, err);
    if (code < 0)
        return code;
    if (mode == GIT_FILEMODE_LINK)
        return sk_err_set(err, SK_E_INVALID,
                          "'%s' is a symbolic link; manifests must be regular files", path);
    if (mode == GIT_FILEMODE_COMMIT)
        return sk_err_set(err, SK_E_INVALID, "'%s' is a submodule, which is not followed", path);
    if (!sk_source__is_manifest(name))
        return 0;
    return add_blob(walk, entry, path, err);
}

static int walk_tree(struct walk *walk, const git_tree *tree, const char *path, int depth,
                     struct sk_err *err)
{
    size_t count = git_tree_entrycount(tree);
    for (size_t i = 0; i < count; i++) {
        int code = walk_entry(walk, git_tree_entry_byindex(tree, i), path, depth, err);
        if (code < 0)
            return code;
    }
    return 0;
}

/* The tree at a path of a commit; *out is NULL when the path does not exist. */
static int tree_at(const struct sk_source__git *git, const char *path, git_tree **out,
                   struct sk_err *err)
{
    *out = NULL;
    sk_auto(git_tree_freep) git_tree *root = NULL;
    int result = git_commit_tree(&root, git->commit);
    if (result < 0)
        return sk_source__git_error(result, err, "read the tree of commit %s", git->hex);
    if (!path[0]) {
        *out = root;
        root = NULL;
        return 0;
    }
    sk_auto(git_tree_entry_freep) git_tree_entry *entry = NULL;
    result = git_tree_entry_bypath(&entry, root, path);
    if (result == GIT_ENOTFOUND)
        return 0;
    if (result < 0)
        return sk_source__git_error(result, err, "read '%s' at commit %s", path, git->hex);
    if (git_tree_entry_filemode(entry) != GIT_FILEMODE_TREE)
        return sk_err_set(err, SK_E_INVALID, "path '%s' at commit %s is not a folder", path,
                          git->hex);
    result = git_tree_lookup(out, git->repository, git_tree_entry_id(entry));
    if (result < 0)
        return sk_source__git_error(result, err, "read folder '%s'", path);
    return 0;
}

int sk_source__git_has_folder(const struct sk_source__git *git, const char *path,
                              struct sk_err *err)
{
    sk_auto(git_tree_freep) git_tree *tree = NULL;
    int code = tree_at(git, path, &tree, err);
    return code < 0 ? code : tree != NULL;
}

int sk_source__git_read(const struct sk_source__git *git, const char *path, const char *skip,
                        struct sk_source__gather *gather, struct sk_err *err)
{
    sk_auto(git_tree_freep) git_tree *tree = NULL;
    int code = tree_at(git, path, &tree, err);
    if (code < 0)
        return code;
    if (!tree)
        return sk_err_set(err, SK_E_NOT_FOUND, "path '%s' does not exist at commit %s", path,
                          git->hex);
    sk_auto(git_odb_freep) git_odb *odb = NULL;
    int result = git_repository_odb(&odb, git->repository);
    if (result < 0)
        return sk_source__git_error(result, err, "open the object database");
    struct walk walk = {
        .repository = git->repository,
        .odb = odb,
        .skip = skip,
        .prefix = path[0] ? strlen(path) + 1 : 0,
        .gather = gather,
    };
    code = walk_tree(&walk, tree, path, 0, err);
    return code < 0 ? code : sk_source__finish(gather, err);
}

static char *describe(const struct sk_source_opts *opts, const char *path, const char *hex)
{
    sk_auto(sk_freep) char *url = sk_text_scrub(opts->git_url);
    return sk_xasprintf("'%s' at %s, commit %.12s%s%s", url, opts->git_ref ? opts->git_ref : "HEAD",
                        hex, path[0] ? ", path " : "", path);
}

static int load_once(const struct sk_source_opts *opts, const char *revision,
                     struct sk_source_tree **out, struct sk_err *err)
{
    sk_auto(sk_freep) char *path = NULL;
    sk_auto(sk_freep) char *skip = NULL;
    int code = sk_source__clean_path(opts->git_path, &path, err);
    if (code == 0 && opts->approvals_path)
        code = sk_source__clean_path(opts->approvals_path, &skip, err);
    if (code < 0)
        return code;
    sk_auto(sk_source__git_done) struct sk_source__git git = {0};
    code = sk_source__git_open(opts, revision, &git, err);
    if (code < 0)
        return code;
    sk_auto(sk_source_tree_freep) struct sk_source_tree *tree = sk_xcalloc(1, sizeof(*tree));
    struct sk_source__gather gather = {.opts = opts, .tree = tree};
    code = sk_source__git_read(&git, path, skip, &gather, err);
    if (code < 0)
        return code;
    tree->revision = sk_xstrdup(git.hex);
    tree->is_commit = true;
    tree->origin = describe(opts, path, git.hex);
    *out = tree;
    tree = NULL;
    return 0;
}

/* With a new cache. The old one comes back when that fails: when the disk is full or nobody answers,
 * the last good commit is only there. */
static int load_anew(const struct sk_source_opts *opts, const char *revision,
                     struct sk_source_tree **out, struct sk_err *err)
{
    sk_source__cache_set_aside(opts);
    int code = load_once(opts, revision, out, err);
    if (code == 0)
        sk_source__cache_forget(opts);
    else
        sk_source__cache_restore(opts);
    return code;
}

static int load_remote(const struct sk_source_opts *opts, const char *revision,
                       struct sk_source_tree **out, struct sk_err *err)
{
    sk_source__cache_restore(opts); /* a process may have died while it made a new one */
    sk_auto(sk_err_done) struct sk_err anew = {0};
    /* What is asked for by its commit may be in there only. */
    if (!revision && sk_source__cache_is_overgrown(opts)) {
        int code = load_anew(opts, revision, out, &anew);
        if (code != SK_E_IO)
            return code == 0 ? 0 : sk_err_move(err, &anew);
    }
    sk_auto(sk_err_done) struct sk_err first = {0};
    int code = load_once(opts, revision, out, &first);
    if (code == 0)
        return 0;
    if (code != SK_E_IO)
        return sk_err_move(err, &first);
    /* Local trouble with something remote: the cache is damaged, or the disk is full. */
    return load_anew(opts, revision, out, err);
}

int sk_source__git_load(const struct sk_source_opts *opts, const char *revision,
                        struct sk_source_tree **out, struct sk_err *err)
{
    bool local = sk_source__url_transport(opts->git_url) == SK_SOURCE_LOCAL;
    return local ? load_once(opts, revision, out, err) : load_remote(opts, revision, out, err);
}

static bool is_gone(git_repository *repository, const git_oid *id)
{
    sk_auto(git_object_freep) git_object *object = NULL;
    int result = git_object_lookup(&object, repository, id, GIT_OBJECT_ANY);
    git_error_clear();
    return result == GIT_ENOTFOUND;
}

int sk_source__git_relate(const struct sk_source_opts *opts, const char *revision,
                          const char *known, enum sk_source_relation *out, struct sk_err *err)
{
    git_oid old;
    if (git_oid_fromstr(&old, known) != 0)
        return 0;
    sk_auto(sk_source__git_done) struct sk_source__git git = {0};
    int code = sk_source__git_open(opts, revision, &git, err);
    if (code < 0)
        return code;
    /* Where history is cut off, or cannot be read, nothing is known. */
    if (git_repository_is_shallow(git.repository) != 0)
        return 0;
    int descends = git_graph_descendant_of(git.repository, git_commit_id(git.commit), &old);
    git_error_clear();
    if (descends >= 0)
        *out = descends == 1 ? SK_SOURCE_DESCENDS : SK_SOURCE_REWRITTEN;
    else if (is_gone(git.repository, &old)) /* and so in no history of a whole repository */
        *out = SK_SOURCE_REWRITTEN;
    return 0;
}
