/* Manifests from a folder. Every name is opened relative to its folder's descriptor without
 * following symbolic links, so that a tree that changes while it is read cannot lead outside. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/text.h"
#include "source/source_int.h"

struct walk {
    struct sk_source__gather gather;
    bool skips; /* the approvals folder, by identity */
    dev_t skip_device;
    ino_t skip_inode;
};

static void close_descriptor(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

/* Reads to the end, whatever size the file claimed to have. */
static int read_all(int descriptor, const char *path, size_t most, char **out, size_t *length_out,
                    struct sk_err *err)
{
    sk_auto(sk_buffer_done) struct sk_buffer content = SK_BUFFER_BOUNDED(most);
    char chunk[16384];
    for (;;) {
        ssize_t got = read(descriptor, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sk_err_errno(err, errno, "read '%s'", path);
        if (got == 0)
            break;
        if (!sk_buffer_add(&content, chunk, (size_t)got))
            return sk_err_set(err, SK_E_BOUND, "'%s' is over %zu bytes", path, most);
    }
    *length_out = content.length;
    *out = sk_buffer_take(&content);
    return 0;
}

static int add_file(struct walk *walk, int folder, const char *name, const char *path,
                    struct sk_err *err)
{
    /* O_NONBLOCK: should the file have become a pipe since it was looked at, open must not hang. */
    sk_auto(close_descriptor) int file =
        openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        return sk_err_errno(err, errno, "open '%s'", path);
    if (!S_ISREG(status.st_mode))
        return sk_err_set(err, SK_E_INVALID, "'%s' is not a regular file", path);
    char *data;
    size_t length;
    int code =
        read_all(file, path, sk_source__max_file_bytes(walk->gather.opts), &data, &length, err);
    if (code < 0)
        return code;
    return sk_source__add(&walk->gather, path, data, length, status.st_mode & S_IXUSR, err);
}

static int walk_folder(struct walk *walk, int descriptor, const char *path, int depth,
                       struct sk_err *err);

static int walk_subfolder(struct walk *walk, int folder, const char *name, const char *path,
                          int depth, struct sk_err *err)
{
    if (depth >= SK_SOURCE_DEPTH)
        return sk_err_set(err, SK_E_BOUND, "'%s' is nested more than %d folders deep", path,
                          SK_SOURCE_DEPTH);
    int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return sk_err_errno(err, errno, "open folder '%s'", path);
    return walk_folder(walk, descriptor, path, depth + 1, err);
}

static int walk_entry(struct walk *walk, int folder, const char *parent, const char *name,
                      int depth, struct sk_err *err)
{
    int code = sk_source__check_name(parent, name, err);
    if (code < 0)
        return code;
    sk_auto(sk_freep) char *path =
        parent[0] ? sk_xasprintf("%s/%s", parent, name) : sk_xstrdup(name);
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return sk_err_errno(err, errno, "look at '%s'", path);
    if (S_ISDIR(status.st_mode)) {
        if (walk->skips && status.st_dev == walk->skip_device && status.st_ino == walk->skip_inode)
            return 0;
        return walk_subfolder(walk, folder, name, path, depth, err);
    }
    code = sk_source__count_file(&walk->gather, err);
    if (code < 0)
        return code;
    if (S_ISLNK(status.st_mode))
        return sk_err_set(err, SK_E_INVALID,
                          "'%s' is a symbolic link; manifests must be regular files", path);
    if (!S_ISREG(status.st_mode))
        return sk_err_set(err, SK_E_INVALID, "'%s' is not a regular file", path);
    if (!sk_source__is_manifest(name))
        return 0;
    return add_file(walk, folder, name, path, err);
}

/* `descriptor` is closed here. */
static int walk_folder(struct walk *walk, int descriptor, const char *path, int depth,
                       struct sk_err *err)
{
    sk_auto(close_folder) DIR *folder = fdopendir(descriptor);
    if (!folder) {
        int error_number = errno;
        close(descriptor);
        return sk_err_errno(err, error_number, "read folder '%s'", path);
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno ? sk_err_errno(err, errno, "read folder '%s'", path) : 0;
        if (entry->d_name[0] == '.')
            continue;
        int code = walk_entry(walk, dirfd(folder), path, entry->d_name, depth, err);
        if (code < 0)
            return code;
    }
}

static int open_folder(const char *folder, struct sk_err *err)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0)
        return descriptor;
    if (errno == ENOENT)
        return sk_err_set(err, SK_E_NOT_FOUND, "folder '%s' does not exist", folder);
    if (errno == ENOTDIR)
        return sk_err_set(err, SK_E_INVALID, "'%s' is not a folder", folder);
    if (errno == EACCES)
        return sk_err_set(err, SK_E_DENIED, "folder '%s' may not be read", folder);
    return sk_err_errno(err, errno, "open folder '%s'", folder);
}

static void digest(const struct sk_source_tree *tree, char out[SK_SHA256_HEX_BYTES])
{
    sk_auto(sk_buffer_done) struct sk_buffer list = {0};
    for (size_t i = 0; i < tree->count; i++) {
        char hex[SK_SHA256_HEX_BYTES];
        sk_sha256_hex(tree->files[i].data, tree->files[i].length, hex);
        /* No name holds a newline, so the list is unambiguous. */
        sk_buffer_addf(&list, "%s  %s\n", hex, tree->files[i].path);
    }
    sk_sha256_hex(sk_buffer_text(&list), list.length, out);
}

static int read_folder(struct walk *walk, const char *folder, struct sk_err *err)
{
    int descriptor = open_folder(folder, err);
    if (descriptor < 0)
        return descriptor;
    walk->gather.tree = sk_xcalloc(1, sizeof(*walk->gather.tree));
    /* A failure in the middle of a walk is never "not found": that would read as an empty source.
     */
    int code =
        sk_source__recode(walk_folder(walk, descriptor, "", 0, err), SK_E_NOT_FOUND, SK_E_IO, err);
    if (code == 0)
        code = sk_source__finish(&walk->gather, err);
    if (code < 0) {
        sk_source_tree_free(walk->gather.tree);
        walk->gather.tree = NULL;
    }
    return code;
}

int sk_source__folder_load(const struct sk_source_opts *opts, struct sk_source_tree **out,
                           struct sk_err *err)
{
    struct walk walk = {.gather.opts = opts};
    struct stat status;
    if (opts->approvals_path && stat(opts->approvals_path, &status) == 0) {
        walk.skips = true;
        walk.skip_device = status.st_dev;
        walk.skip_inode = status.st_ino;
    }
    int code = read_folder(&walk, opts->folder, err);
    if (code < 0)
        return code;
    struct sk_source_tree *tree = walk.gather.tree;
    char hex[SK_SHA256_HEX_BYTES];
    digest(tree, hex);
    tree->revision = sk_xstrdup(hex);
    tree->origin = sk_xasprintf("folder '%s'", opts->folder);
    *out = tree;
    return 0;
}

/* Whether `inner` is `outer` or lies inside it; both are real paths. */
static bool is_inside(const char *inner, const char *outer)
{
    size_t length = strlen(outer);
    return strncmp(inner, outer, length) == 0 &&
           (inner[length] == '/' || inner[length] == '\0' || strcmp(outer, "/") == 0);
}

static int folders_apart(const struct sk_source_opts *opts, bool *apart_out, struct sk_err *err)
{
    sk_auto(sk_freep) char *manifests = realpath(opts->folder, NULL);
    if (!manifests)
        return sk_err_errno(err, errno, "find folder '%s'", opts->folder);
    sk_auto(sk_freep) char *approvals = realpath(opts->approvals_path, NULL);
    if (!approvals)
        return sk_err_errno(err, errno, "find folder '%s'", opts->approvals_path);
    *apart_out = !is_inside(approvals, manifests) && !is_inside(manifests, approvals);
    return 0;
}

int sk_source__folder_approvals(const struct sk_source_opts *opts, struct sk_source_approvals *out,
                                struct sk_err *err)
{
    struct stat status;
    if (stat(opts->approvals_path, &status) != 0 && errno == ENOENT)
        return 0;
    struct walk walk = {.gather.opts = opts};
    int code = read_folder(&walk, opts->approvals_path, err);
    if (code < 0)
        return code;
    sk_auto(sk_source_tree_freep) struct sk_source_tree *tree = walk.gather.tree;
    bool apart = false;
    code = folders_apart(opts, &apart, err);
    if (code < 0)
        return code;
    out->items = sk_xcalloc(tree->count + 1, sizeof(*out->items));
    for (size_t i = 0; i < tree->count; i++) {
        out->items[out->count++] = (struct sk_source_approval){
            .file = tree->files[i],
            .separate = apart,
            .why = apart ? NULL
                         : sk_xstrdup("the approvals folder and the manifest folder lie in one "
                                      "another"),
        };
        tree->files[i] = (struct sk_source_file){0};
    }
    return 0;
}
