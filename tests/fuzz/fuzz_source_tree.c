/* The bytes of a Git tree object, as a hostile server could send them, with one blob and one folder
 * that its entries can point to: reading ends, and what is taken has safe names and stays in
 * bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include "base/alloc.h"
#include "base/text.h"
#include "source/source_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_tree(const struct sk_source_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const char *path = tree->files[i].path;
        size_t bad_offset;
        require(i == 0 || strcmp(tree->files[i - 1].path, path) < 0);
        require(sk_text_is_utf8(path, strlen(path), &bad_offset));
        require(path[0] != '/' && path[0] != '.' && !strstr(path, "/."));
        for (const char *at = path; *at; at++)
            require((unsigned char)*at >= 0x20 && *at != 0x7f);
        require(strlen(tree->files[i].data) <= tree->files[i].length);
    }
}

/* A repository in memory whose only commit has the tree. */
static void read_tree(git_repository *repository, git_odb *odb, const uint8_t *data, size_t size)
{
    static const char blob[] = "a: 1\n";
    /* The folder {"f.yaml": blob}; both ids are what the corpus's entries hold. */
    char folder[64] = "100644 f.yaml";
    git_oid blob_id;
    git_oid folder_id;
    git_oid root_id;
    git_oid commit_id;
    require(git_odb_write(&blob_id, odb, blob, sizeof(blob) - 1, GIT_OBJECT_BLOB) == 0);
    memcpy(folder + 14, blob_id.id, GIT_OID_RAWSZ);
    require(git_odb_write(&folder_id, odb, folder, 14 + GIT_OID_RAWSZ, GIT_OBJECT_TREE) == 0);
    require(git_odb_write(&root_id, odb, data, size, GIT_OBJECT_TREE) == 0);
    char root_hex[SK_SOURCE_HEX_BYTES];
    git_oid_tostr(root_hex, sizeof(root_hex), &root_id);
    sk_auto(sk_freep) char *commit =
        sk_xasprintf("tree %s\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nm\n", root_hex);
    require(git_odb_write(&commit_id, odb, commit, strlen(commit), GIT_OBJECT_COMMIT) == 0);

    struct sk_source__git git = {.repository = repository};
    require(git_commit_lookup(&git.commit, repository, &commit_id) == 0);
    const struct sk_source_opts opts = {.max_total_bytes = 1024};
    sk_auto(sk_source_tree_freep) struct sk_source_tree *tree = sk_xcalloc(1, sizeof(*tree));
    struct sk_source__gather gather = {.opts = &opts, .tree = tree};
    sk_auto(sk_err_done) struct sk_err err = {0};
    int code = sk_source__git_read(&git, "", "skipped", &gather, &err);
    require((code < 0) == (err.code != SK_OK));
    require(code != SK_E_NOT_FOUND);
    if (code == 0)
        check_tree(tree);
    git_commit_free(git.commit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Once: starting TLS and the like takes longer than a run. */
    static bool started;
    if (!started)
        started = git_libgit2_init() > 0;
    require(started);
    git_odb *odb = NULL;
    git_odb_backend *memory = NULL;
    git_repository *repository = NULL;
    require(git_odb_new(&odb) == 0 && git_mempack_new(&memory) == 0);
    require(git_odb_add_backend(odb, memory, 1) == 0);
    require(git_repository_wrap_odb(&repository, odb) == 0);
    read_tree(repository, odb, data, size);
    git_repository_free(repository);
    git_odb_free(odb);
    return 0;
}
