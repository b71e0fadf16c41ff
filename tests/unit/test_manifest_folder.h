/* Folders of test data as the files that the manifest loader takes. */
#ifndef TEST_MANIFEST_FOLDER_H
#define TEST_MANIFEST_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sk_test.h"

#include "base/alloc.h"
#include "base/text.h"
#include "manifest/manifest.h"

struct folder {
    struct sk_manifest_file *files;
    size_t count;
};

static inline void folder_done(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++) {
        free((void *)(uintptr_t)folder->files[i].path);
        free((void *)(uintptr_t)folder->files[i].data);
    }
    free(folder->files);
    *folder = (struct folder){0};
}

static inline bool folder_has(const struct folder *folder, const char *path)
{
    for (size_t i = 0; i < folder->count; i++) {
        if (strcmp(folder->files[i].path, path) == 0)
            return true;
    }
    return false;
}

static inline void folder_add(struct folder *folder, const char *path, const char *data,
                              size_t length)
{
    folder->files = sk_xrealloc(folder->files, folder->count + 1, sizeof(*folder->files));
    char *copy = sk_xmalloc(length + 1);
    memcpy(copy, data, length);
    copy[length] = '\0';
    folder->files[folder->count++] = (struct sk_manifest_file){sk_xstrdup(path), copy, length};
}

/* Adds all files below `root` (but expected.*) whose path is not there yet. */
static inline void folder_read(struct folder *folder, const char *root, const char *below)
{
    sk_auto(sk_freep) char *directory = sk_xasprintf("%s/%s", root, below);
    DIR *stream = opendir(directory);
    if (!stream)
        fail_msg("cannot open %s", directory);
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.' || strncmp(entry->d_name, "expected.", 9) == 0)
            continue;
        sk_auto(sk_freep) char *path =
            sk_xasprintf("%s%s%s", below, *below ? "/" : "", entry->d_name);
        sk_auto(sk_freep) char *full = sk_xasprintf("%s/%s", root, path);
        struct stat status;
        assert_int_equal(stat(full, &status), 0);
        if (S_ISDIR(status.st_mode)) {
            folder_read(folder, root, path);
            continue;
        }
        if (folder_has(folder, path))
            continue;
        sk_auto(sk_err_done) struct sk_err err = {0};
        sk_auto(sk_freep) char *data = NULL;
        size_t length = 0;
        ASSERT_OK(sk_file_read(full, (size_t)8 * 1024 * 1024, &data, &length, &err), &err);
        folder_add(folder, path, data, length);
    }
    closedir(stream);
}

/* Compares with a file; with SK_UPDATE_GOLDEN in the environment the file is written instead. */
static inline void assert_golden(const char *path, const char *text)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    if (getenv("SK_UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        return;
    }
    sk_auto(sk_freep) char *expected = NULL;
    ASSERT_OK(sk_file_read(path, (size_t)8 * 1024 * 1024, &expected, NULL, &err), &err);
    if (strcmp(expected, text) != 0)
        fail_msg("%s differs (SK_UPDATE_GOLDEN=1 rewrites it); now:\n%s", path, text);
}

#endif
