/* Sources: folders and Git repositories, made by small shell scripts in a temporary folder. Each
 * case says what the script makes and which files, or which error, must come out. Fetching over
 * https and ssh is tested from outside, in tests/e2e/test_git_source.py. */
#include "sk_test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "source/source.h"
#include "source/source_int.h"

static char top[] = "/tmp/sk-source-XXXXXX";

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static int clear(void **state)
{
    (void)state;
    if (chdir("/") != 0)
        return -1;
    return nftw(top, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* A fresh, empty working folder; git must not see this machine's configuration. */
static int prepare(void **state)
{
    (void)state;
    memcpy(top, "/tmp/sk-source-XXXXXX", sizeof(top));
    if (!mkdtemp(top) || chdir(top) != 0)
        return -1;
    setenv("HOME", top, 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    static const char *const names[] = {"GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"};
    static const char *const mails[] = {"GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"};
    for (size_t i = 0; i < 2; i++) {
        setenv(names[i], "Test", 1);
        setenv(mails[i], "test@example.com", 1);
    }
    return 0;
}

static void shell(const char *script)
{
    sk_auto(sk_freep) char *command = sk_xasprintf("set -e\n%s", script);
    if (system(command) != 0)
        fail_msg("the script failed: %s", script);
}

/* What a command prints, without the last newline. */
static char *output_of(const char *command)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char line[256] = "";
    assert_non_null(fgets(line, sizeof(line), pipe));
    assert_int_equal(pclose(pipe), 0);
    line[strcspn(line, "\n")] = '\0';
    return sk_xstrdup(line);
}

static char *files_of(const struct sk_source_tree *tree)
{
    struct sk_buffer list = {0};
    for (size_t i = 0; i < tree->count; i++)
        sk_buffer_addf(&list, "%s%s", i ? " " : "", tree->files[i].path);
    return sk_buffer_take(&list);
}

struct load_case {
    const char *name;
    const char *script; /* runs in an empty folder */
    struct sk_source_opts opts;
    const char *files; /* expected, or */
    enum sk_errc code; /* this error */
    const char *says;  /* part of its message */
};

static void check_cases(const struct load_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct load_case *a_case = &cases[i];
        print_message("  %s\n", a_case->name);
        assert_int_equal(prepare(NULL), 0);
        shell(a_case->script);
        sk_auto(sk_source_tree_freep) struct sk_source_tree *tree = NULL;
        sk_auto(sk_err_done) struct sk_err err = {0};
        int code = sk_source_load(&a_case->opts, &tree, &err);
        if (a_case->files) {
            ASSERT_OK(code, &err);
            sk_auto(sk_freep) char *files = files_of(tree);
            assert_string_equal(files, a_case->files);
        } else {
            if (code != (int)a_case->code)
                fail_msg("%s: code %s, message '%s'", a_case->name, sk_errc_name(code),
                         sk_err_message(&err));
            assert_int_equal(err.code, a_case->code);
            assert_null(tree);
            if (!strstr(err.msg, a_case->says))
                fail_msg("%s: '%s' lacks '%s'", a_case->name, err.msg, a_case->says);
        }
        assert_int_equal(clear(NULL), 0);
    }
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct load_case folder_cases[] = {
    {"manifests and policies, sorted by path",
     "mkdir -p m/teams; echo a >m/z.yaml; echo b >m/teams/fraud.yml; echo {} >m/teams/p.json",
     {.folder = "m"},
     "teams/fraud.yml teams/p.json z.yaml",
     0,
     NULL},
    {"other files are passed over",
     "mkdir m; echo a >m/a.yaml; echo b >m/README.md; echo c >m/b.yamlx",
     {.folder = "m"},
     "a.yaml",
     0,
     NULL},
    {"hidden files and folders are ignored",
     "mkdir -p m/.git m/.github/x; echo a >m/a.yaml; echo b >m/.git/b.yaml; echo c "
     ">m/.github/x/c.yaml;"
     "echo d >m/.d.yaml; ln -s /etc/passwd m/.link",
     {.folder = "m"},
     "a.yaml",
     0,
     NULL},
    {"an empty file is a file", "mkdir m; : >m/a.yaml", {.folder = "m"}, "a.yaml", 0, NULL},
    {"a folder given through a link",
     "mkdir m; echo a >m/a.yaml; ln -s m l",
     {.folder = "l"},
     "a.yaml",
     0,
     NULL},
    {"approvals inside are left out",
     "mkdir -p m/ok; echo a >m/a.yaml; echo b >m/ok/b.yaml",
     {.folder = "m", .approvals_path = "m/ok"},
     "a.yaml",
     0,
     NULL},
    {"missing folder", ":", {.folder = "m"}, NULL, SK_E_NOT_FOUND, "folder 'm' does not exist"},
    {"a file instead of a folder",
     "echo a >m",
     {.folder = "m"},
     NULL,
     SK_E_INVALID,
     "'m' is not a folder"},
    {"no manifest at all",
     "mkdir m; echo a >m/README.md",
     {.folder = "m"},
     NULL,
     SK_E_NOT_FOUND,
     "no manifest file"},
    {"link out of the tree",
     "mkdir m; echo a >m/a.yaml; ln -s /etc/passwd m/b.yaml",
     {.folder = "m"},
     NULL,
     SK_E_INVALID,
     "'b.yaml' is a symbolic link"},
    {"link inside the tree",
     "mkdir m; echo a >m/a.yaml; ln -s a.yaml m/b.yaml",
     {.folder = "m"},
     NULL,
     SK_E_INVALID,
     "'b.yaml' is a symbolic link"},
    {"linked folder",
     "mkdir -p m/x o; echo a >m/a.yaml; ln -s ../../o m/x/o",
     {.folder = "m"},
     NULL,
     SK_E_INVALID,
     "'x/o' is a symbolic link"},
    {"dangling link",
     "mkdir m; echo a >m/a.yaml; ln -s nowhere m/b.yaml",
     {.folder = "m"},
     NULL,
     SK_E_INVALID,
     "symbolic link"},
    {"pipe",
     "mkdir m; mkfifo m/a.yaml",
     {.folder = "m"},
     NULL,
     SK_E_INVALID,
     "'a.yaml' is not a regular file"},
    {"control character in a name",
     "mkdir m; echo a >\"m/$(printf 'a\\033.yaml')\"",
     {.folder = "m"},
     NULL,
     SK_E_INVALID,
     "control characters"},
    {"name that is not UTF-8",
     "mkdir m; echo a >\"m/$(printf 'a\\377.yaml')\"",
     {.folder = "m"},
     NULL,
     SK_E_INVALID,
     "not UTF-8"},
    {"file at its bound",
     "mkdir m; printf 12345678 >m/a.yaml",
     {.folder = "m", .max_file_bytes = 8},
     "a.yaml",
     0,
     NULL},
    {"file over its bound",
     "mkdir m; printf 123456789 >m/a.yaml",
     {.folder = "m", .max_file_bytes = 8},
     NULL,
     SK_E_BOUND,
     "'a.yaml' is over 8 bytes"},
    {"tree at its bound",
     "mkdir m; printf 1234 >m/a.yaml; printf 5678 >m/b.yaml",
     {.folder = "m", .max_total_bytes = 8},
     "a.yaml b.yaml",
     0,
     NULL},
    {"tree over its bound",
     "mkdir m; printf 1234 >m/a.yaml; printf 56789 >m/b.yaml",
     {.folder = "m", .max_total_bytes = 8},
     NULL,
     SK_E_BOUND,
     "over 8 bytes together"},
    {"too many files",
     "mkdir m; for i in 1 2 3; do echo a >m/$i.yaml; done",
     {.folder = "m", .max_files = 2},
     NULL,
     SK_E_BOUND,
     "more than 2 files"},
    {"nested too deep",
     "d=m; for i in $(seq 66); do d=$d/d; done; mkdir -p $d; echo a >$d/a.yaml",
     {.folder = "m"},
     NULL,
     SK_E_BOUND,
     "nested more than 64 folders"},
    {"neither folder nor URL", ":", {0}, NULL, SK_E_INVALID, "either a folder or a Git URL"},
    {"both",
     ":",
     {.folder = "m", .git_url = "r"},
     NULL,
     SK_E_INVALID,
     "either a folder or a Git URL"},
};

static void test_folders(void **state)
{
    (void)state;
    check_cases(folder_cases, COUNT(folder_cases));
}

#define REPOSITORY "git init -q -b main r; cd r; "
#define COMMIT     "; git add -A; git commit -q -m one; "

static const struct load_case git_cases[] = {
    {"root of HEAD",
     REPOSITORY "mkdir t; echo a >t/a.yaml; echo b >b.yml; echo c >c.md" COMMIT,
     {.git_url = "r"},
     "b.yml t/a.yaml",
     0,
     NULL},
    {"a folder of the repository",
     REPOSITORY "mkdir -p m/t x; echo a >m/t/a.yaml; echo b >x/b.yaml" COMMIT,
     {.git_url = "r", .git_path = "m"},
     "t/a.yaml",
     0,
     NULL},
    {"a path with dots and slashes",
     REPOSITORY "mkdir -p m/t; echo a >m/t/a.yaml" COMMIT,
     {.git_url = "r", .git_path = "./m//t/"},
     "a.yaml",
     0,
     NULL},
    {"the commit counts, not the work tree",
     REPOSITORY "echo a >a.yaml" COMMIT "rm a.yaml; echo b >b.yaml; ln -s /etc/passwd c.yaml",
     {.git_url = "r"},
     "a.yaml",
     0,
     NULL},
    {"a branch",
     REPOSITORY "echo a >a.yaml" COMMIT "git checkout -q -b dev; echo b >b.yaml" COMMIT
                "git checkout -q main",
     {.git_url = "r", .git_ref = "dev"},
     "a.yaml b.yaml",
     0,
     NULL},
    {"an annotated tag",
     REPOSITORY "echo a >a.yaml" COMMIT "git tag -a -m v v1; echo b >b.yaml" COMMIT,
     {.git_url = "r", .git_ref = "v1"},
     "a.yaml",
     0,
     NULL},
    {"a full reference",
     REPOSITORY "echo a >a.yaml" COMMIT "git update-ref refs/x/y HEAD",
     {.git_url = "r", .git_ref = "refs/x/y"},
     "a.yaml",
     0,
     NULL},
    {"a bare repository",
     REPOSITORY "echo a >a.yaml" COMMIT "cd ..; git clone -q --bare r b",
     {.git_url = "b"},
     "a.yaml",
     0,
     NULL},
    {"hidden names are ignored",
     REPOSITORY "mkdir .ci; echo a >a.yaml; echo b >.ci/b.yaml" COMMIT,
     {.git_url = "r"},
     "a.yaml",
     0,
     NULL},
    {"approvals are left out",
     REPOSITORY "mkdir -p m/ok; echo a >m/a.yaml; echo b >m/ok/b.yaml" COMMIT,
     {.git_url = "r", .git_path = "m", .approvals_path = "m/ok"},
     "a.yaml",
     0,
     NULL},
    {"no repository", "mkdir r", {.git_url = "r"}, NULL, SK_E_NOT_FOUND, "not a Git repository"},
    {"a repository above does not count",
     REPOSITORY "mkdir m; echo a >m/a.yaml" COMMIT,
     {.git_url = "r/m"},
     NULL,
     SK_E_NOT_FOUND,
     "not a Git repository"},
    {"no commit yet", REPOSITORY ":", {.git_url = "r"}, NULL, SK_E_NOT_FOUND, "has no commit"},
    {"unknown branch",
     REPOSITORY "echo a >a.yaml" COMMIT,
     {.git_url = "r", .git_ref = "mian"},
     NULL,
     SK_E_NOT_FOUND,
     "no branch or tag 'mian'"},
    {"not a reference name",
     REPOSITORY "echo a >a.yaml" COMMIT,
     {.git_url = "r", .git_ref = "HEAD~1^{tree}"},
     NULL,
     SK_E_NOT_FOUND,
     "no branch or tag"},
    {"a pseudo reference is no branch",
     REPOSITORY "echo a >a.yaml" COMMIT "git update-ref ORIG_HEAD HEAD",
     {.git_url = "r", .git_ref = "ORIG_HEAD"},
     NULL,
     SK_E_NOT_FOUND,
     "no branch or tag"},
    {"unknown commit",
     REPOSITORY "echo a >a.yaml" COMMIT,
     {.git_url = "r", .git_ref = "0123456789012345678901234567890123456789"},
     NULL,
     SK_E_NOT_FOUND,
     "is not in the repository"},
    {"a tag of a blob",
     REPOSITORY "echo a >a.yaml" COMMIT "git tag t HEAD:a.yaml",
     {.git_url = "r", .git_ref = "t"},
     NULL,
     SK_E_INVALID,
     "is not a commit"},
    {"missing path",
     REPOSITORY "echo a >a.yaml" COMMIT,
     {.git_url = "r", .git_path = "manifests"},
     NULL,
     SK_E_NOT_FOUND,
     "path 'manifests' does not exist at commit "},
    {"a path that is a file",
     REPOSITORY "echo a >a.yaml" COMMIT,
     {.git_url = "r", .git_path = "a.yaml"},
     NULL,
     SK_E_INVALID,
     "is not a folder"},
    {"a path out of the repository",
     REPOSITORY "echo a >a.yaml" COMMIT,
     {.git_url = "r", .git_path = "m/../../x"},
     NULL,
     SK_E_INVALID,
     "leaves the repository"},
    {"an absolute path",
     REPOSITORY "echo a >a.yaml" COMMIT,
     {.git_url = "r", .git_path = "/etc"},
     NULL,
     SK_E_INVALID,
     "must be relative"},
    {"no manifest at the commit",
     REPOSITORY "echo a >README.md" COMMIT,
     {.git_url = "r"},
     NULL,
     SK_E_NOT_FOUND,
     "no manifest file"},
    {"symbolic link",
     REPOSITORY "echo a >a.yaml; ln -s a.yaml b.yaml" COMMIT,
     {.git_url = "r"},
     NULL,
     SK_E_INVALID,
     "'b.yaml' is a symbolic link"},
    {"symbolic link without a manifest's name",
     REPOSITORY "mkdir m; echo a >m/a.yaml; ln -s / m/x" COMMIT,
     {.git_url = "r", .git_path = "m"},
     NULL,
     SK_E_INVALID,
     "'m/x' is a symbolic link"},
    {"submodule",
     REPOSITORY "echo a >a.yaml" COMMIT
                "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub;"
                "git commit -q -m sub",
     {.git_url = "r"},
     NULL,
     SK_E_INVALID,
     "'sub' is a submodule"},
    {"an entry named ..",
     REPOSITORY
     "b=$(echo a | git hash-object -w --stdin);"
     "x=$(printf '100644 blob %s\\ta.yaml\\n' $b | git mktree);"
     "raw() { printf '40000 ..\\0'; printf %s $x | sed 's/../\\\\x&/g' | xargs -0 printf; };"
     "raw >../tree; t=$(git hash-object -t tree --literally -w ../tree);"
     "git update-ref refs/heads/main $(git commit-tree -m m $t)",
     {.git_url = "r"},
     NULL,
     SK_E_INVALID,
     "'..'"},
    {"file over its bound",
     REPOSITORY "printf 123456789 >a.yaml" COMMIT,
     {.git_url = "r", .max_file_bytes = 8},
     NULL,
     SK_E_BOUND,
     "'a.yaml' is over 8 bytes"},
    {"tree over its bound",
     REPOSITORY "printf 12345 >a.yaml; printf 5678 >b.yaml" COMMIT,
     {.git_url = "r", .max_total_bytes = 8},
     NULL,
     SK_E_BOUND,
     "over 8 bytes together"},
    {"too many files",
     REPOSITORY "for i in 1 2 3; do echo $i >$i.md; done; echo a >a.yaml" COMMIT,
     {.git_url = "r", .max_files = 3},
     NULL,
     SK_E_BOUND,
     "more than 3 files"},
    {"damaged object",
     REPOSITORY "echo a >a.yaml" COMMIT
                "o=$(git rev-parse HEAD:a.yaml); d=.git/objects/$(echo $o | cut -c1-2);"
                "rm -f $d/$(echo $o | cut -c3-)",
     {.git_url = "r"},
     NULL,
     SK_E_IO,
     "read 'a.yaml'"},
    {"unsupported scheme",
     ":",
     {.git_url = "git://localhost/r", .cache_folder = "c"},
     NULL,
     SK_E_INVALID,
     "unsupported scheme"},
    {"http to another machine",
     ":",
     {.git_url = "http://git.example.com/r", .cache_folder = "c"},
     NULL,
     SK_E_INVALID,
     "not encrypted"},
    {"password in the URL",
     ":",
     {.git_url = "https://me:hunter2@git.example.com/r", .cache_folder = "c"},
     NULL,
     SK_E_INVALID,
     "contains a password"},
    {"token variable not set",
     ":",
     {.git_url = "https://localhost:1/r", .cache_folder = "c", .token_env = "SK_NO_SUCH_TOKEN"},
     NULL,
     SK_E_CREDENTIALS,
     "'SK_NO_SUCH_TOKEN'"},
    {"token file missing",
     ":",
     {.git_url = "https://localhost:1/r", .cache_folder = "c", .token_file = "token"},
     NULL,
     SK_E_NOT_FOUND,
     "token"},
    {"remote without a cache",
     ":",
     {.git_url = "https://localhost:1/r"},
     NULL,
     SK_E_INVALID,
     "needs a cache folder"},
    {"nobody listens",
     ":",
     {.git_url = "http://127.0.0.1:1/r", .cache_folder = "c"},
     NULL,
     SK_E_NETWORK,
     "cannot connect to"},
};

static void test_repositories(void **state)
{
    (void)state;
    check_cases(git_cases, COUNT(git_cases));
}

/* As git does: a repository of somebody else is not read unless safe.directory says so. */
static void test_foreign_owner(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    shell(REPOSITORY "echo a >a.yaml" COMMIT "cd ..; chown -R 12345:12345 r");
    sk_auto(sk_freep) char *path = sk_xasprintf("%s/r", top);
    struct sk_source_opts opts = {.git_url = path};
    sk_auto(sk_source_tree_freep) struct sk_source_tree *tree = NULL;
    sk_auto(sk_err_done) struct sk_err err = {0};
    assert_int_equal(sk_source_load(&opts, &tree, &err), SK_E_DENIED);
    assert_non_null(strstr(err.msg, "safe.directory"));
    shell("git config --global --add safe.directory \"$PWD/r\"");
    ASSERT_OK(sk_source_load(&opts, &tree, NULL), &err);
    assert_int_equal(tree->count, 1);
}

static void load_ok(const struct sk_source_opts *opts, struct sk_source_tree **out)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_source_load(opts, out, &err), &err);
}

static void test_content_and_revision(void **state)
{
    (void)state;
    shell(REPOSITORY "printf 'a: 1\\r\\n' >a.yaml; echo b >b.yaml; chmod +x b.yaml" COMMIT);
    sk_auto(sk_freep) char *head = output_of("git -C r rev-parse HEAD");
    struct sk_source_opts opts = {.git_url = "r"};
    sk_auto(sk_source_tree_freep) struct sk_source_tree *tree = NULL;
    load_ok(&opts, &tree);
    assert_string_equal(tree->revision, head);
    assert_true(tree->is_commit);
    assert_int_equal(tree->total_bytes, 8);
    assert_string_equal(tree->files[0].data, "a: 1\r\n");
    assert_int_equal(tree->files[0].length, 6);
    assert_false(tree->files[0].executable);
    assert_true(tree->files[1].executable);
    assert_ptr_equal(sk_source_tree_find(tree, "b.yaml"), &tree->files[1]);
    assert_null(sk_source_tree_find(tree, "c.yaml"));
    assert_non_null(strstr(tree->origin, "'r' at HEAD, commit "));
}

static void test_recorded_commit(void **state)
{
    (void)state;
    shell(REPOSITORY "echo a >a.yaml" COMMIT);
    sk_auto(sk_freep) char *first = output_of("git -C r rev-parse HEAD");
    shell("cd r; echo b >b.yaml" COMMIT);
    struct sk_source_opts opts = {.git_url = "r"};
    sk_auto(sk_source_tree_freep) struct sk_source_tree *tree = NULL;
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_source_load_commit(&opts, first, &tree, &err), &err);
    assert_int_equal(tree->count, 1);
    assert_string_equal(tree->revision, first);
    struct sk_source_tree *none = NULL;
    assert_int_equal(sk_source_load_commit(&opts, "HEAD", &none, &err), SK_E_INVALID);
    assert_null(none);
}

/* The digest of a folder: over paths and contents of manifests, nothing else. */
static void test_folder_revision(void **state)
{
    (void)state;
    shell("mkdir m; echo a >m/a.yaml; echo b >m/b.yaml");
    struct sk_source_opts opts = {.folder = "m"};
    sk_auto(sk_source_tree_freep) struct sk_source_tree *before = NULL;
    load_ok(&opts, &before);
    assert_int_equal(strlen(before->revision), 64);
    assert_false(before->is_commit);

    shell("touch -d 2001-01-01 m/a.yaml; echo c >m/README.md");
    sk_auto(sk_source_tree_freep) struct sk_source_tree *same = NULL;
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_source_load_commit(&opts, before->revision, &same, &err), &err);
    assert_string_equal(same->revision, before->revision);

    static const char *const changes[] = {"mv m/b.yaml m/c.yaml", "echo x >m/c.yaml",
                                          "rm m/c.yaml"};
    for (size_t i = 0; i < COUNT(changes); i++) {
        shell(changes[i]);
        struct sk_source_tree *none = NULL;
        sk_auto(sk_err_done) struct sk_err stale = {0};
        assert_int_equal(sk_source_load_commit(&opts, before->revision, &none, &stale), SK_E_STALE);
        assert_null(none);
    }
}

struct approval_case {
    const char *name;
    const char *script;   /* leaves a repository r with approvals in ok/ */
    const char *expected; /* "FILE+" separate, "FILE-" not; sorted */
};

#define START REPOSITORY "mkdir m; echo a >m/a.yaml" COMMIT

static const struct approval_case approval_cases[] = {
    {"none", START, ""},
    {"in a commit of its own", START "mkdir ok; echo 1 >ok/x.yaml" COMMIT, "x.yaml+"},
    {"with the change it approves", START "mkdir ok; echo 1 >ok/x.yaml; echo b >m/a.yaml" COMMIT,
     "x.yaml-"},
    {"two, one of each kind",
     START "mkdir ok; echo 1 >ok/x.yaml" COMMIT "echo 2 >ok/y.yaml; echo b >m/b.yaml" COMMIT,
     "x.yaml+ y.yaml-"},
    {"later changes elsewhere do not matter",
     START "mkdir ok; echo 1 >ok/x.yaml" COMMIT "echo b >m/b.yaml" COMMIT "rm m/a.yaml" COMMIT,
     "x.yaml+"},
    {"present content counts: edited together with a change",
     START "mkdir ok; echo 1 >ok/x.yaml" COMMIT "echo 2 >ok/x.yaml; echo b >m/b.yaml" COMMIT,
     "x.yaml-"},
    {"present content counts: edited alone later",
     START "mkdir ok; echo 1 >ok/x.yaml; echo b >m/b.yaml" COMMIT "echo 2 >ok/x.yaml" COMMIT,
     "x.yaml+"},
    {"a deletion elsewhere in the same commit",
     START "mkdir ok; echo 1 >ok/x.yaml; rm m/a.yaml; echo c >m/c.yaml" COMMIT, "x.yaml-"},
    {"a mode change elsewhere in the same commit",
     START "mkdir ok; echo 1 >ok/x.yaml; chmod +x m/a.yaml" COMMIT, "x.yaml-"},
    {"a hidden file elsewhere in the same commit",
     START "mkdir ok; echo 1 >ok/x.yaml; echo h >.hidden" COMMIT, "x.yaml-"},
    {"the first commit with everything",
     REPOSITORY "mkdir m ok; echo a >m/a.yaml; echo 1 >ok/x.yaml" COMMIT, "x.yaml-"},
    {"the first commit with approvals only",
     REPOSITORY "mkdir ok; echo 1 >ok/x.yaml" COMMIT "mkdir m; echo a >m/a.yaml" COMMIT, "x.yaml+"},
    {"a merge that brings both",
     START "git checkout -q -b side; mkdir ok; echo 1 >ok/x.yaml" COMMIT "echo b >m/b.yaml" COMMIT
           "git checkout -q main; git merge -q --no-ff -m merge side",
     "x.yaml-"},
    {"a merge that brings the approval only",
     START "git checkout -q -b side; mkdir ok; echo 1 >ok/x.yaml" COMMIT
           "git checkout -q main; echo b >m/b.yaml" COMMIT "git merge -q --no-ff -m merge side",
     "x.yaml+"},
    {"nested files", START "mkdir -p ok/t; echo 1 >ok/t/x.yaml; echo 2 >ok/y.yaml" COMMIT,
     "t/x.yaml+ y.yaml+"},
    {"a name that only starts like the path",
     START "mkdir ok ok2; echo 1 >ok/x.yaml; echo 2 >ok2/y.yaml" COMMIT, "x.yaml-"},
};

static char *approvals_text(const struct sk_source_approvals *approvals)
{
    struct sk_buffer text = {0};
    sk_buffer_adds(&text, "");
    for (size_t i = 0; i < approvals->count; i++) {
        const struct sk_source_approval *item = &approvals->items[i];
        assert_int_equal(item->separate, item->why == NULL);
        sk_buffer_addf(&text, "%s%s%c", i ? " " : "", item->file.path, item->separate ? '+' : '-');
    }
    return sk_buffer_take(&text);
}

static void check_approvals(const struct sk_source_opts *opts, const char *revision,
                            const char *expected)
{
    sk_auto(sk_source_approvals_done) struct sk_source_approvals approvals = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_source_approvals(opts, revision, &approvals, &err), &err);
    sk_auto(sk_freep) char *text = approvals_text(&approvals);
    assert_string_equal(text, expected);
}

static void test_approvals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(approval_cases); i++) {
        print_message("  %s\n", approval_cases[i].name);
        assert_int_equal(prepare(NULL), 0);
        shell(approval_cases[i].script);
        sk_auto(sk_freep) char *head = output_of("git -C r rev-parse HEAD");
        struct sk_source_opts opts = {.git_url = "r", .git_path = "m", .approvals_path = "ok"};
        check_approvals(&opts, head, approval_cases[i].expected);
        assert_int_equal(clear(NULL), 0);
    }
}

static void test_approvals_nested_path(void **state)
{
    (void)state;
    shell(START "mkdir -p a/ok a/b; echo 1 >a/ok/x.yaml" COMMIT
                "echo 2 >a/ok/y.yaml; echo c >a/b/c" COMMIT);
    sk_auto(sk_freep) char *head = output_of("git -C r rev-parse HEAD");
    struct sk_source_opts opts = {.git_url = "r", .approvals_path = "a/ok/"};
    check_approvals(&opts, head, "x.yaml+ y.yaml-");
    opts.approvals_path = ".";
    struct sk_source_approvals none = {0};
    assert_int_equal(sk_source_approvals(&opts, head, &none, NULL), SK_E_INVALID);
}

/* Where history was cut off nothing can be said for an approval. */
static void test_approvals_shallow(void **state)
{
    (void)state;
    shell(START "mkdir ok; echo 1 >ok/x.yaml" COMMIT "echo b >m/b.yaml" COMMIT
                "cd ..; git clone -q --depth 1 \"file://$PWD/r\" s");
    sk_auto(sk_freep) char *head = output_of("git -C s rev-parse HEAD");
    struct sk_source_opts opts = {.git_url = "s", .approvals_path = "ok"};
    sk_auto(sk_source_approvals_done) struct sk_source_approvals approvals = {0};
    sk_auto(sk_err_done) struct sk_err err = {0};
    ASSERT_OK(sk_source_approvals(&opts, head, &approvals, &err), &err);
    assert_int_equal(approvals.count, 1);
    assert_false(approvals.items[0].separate);
    assert_non_null(strstr(approvals.items[0].why, "history ends"));
}

static void test_approvals_in_folders(void **state)
{
    (void)state;
    shell("mkdir -p m/ok ok all/m; echo a >m/a.yaml; echo a >all/m/a.yaml; echo 1 >ok/x.yaml;"
          "echo 2 >m/ok/x.yaml; echo 3 >all/x.yaml; ln -s m/ok alias");
    static const struct {
        const char *folder, *approvals, *expected;
    } cases[] = {
        {"m", "ok", "x.yaml+"},    {"m", "m/ok", "x.yaml-"},
        {"m", "alias", "x.yaml-"}, {"all/m", "all", "m/a.yaml- x.yaml-"},
        {"m", "none", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sk_source_opts opts = {.folder = cases[i].folder,
                                      .approvals_path = cases[i].approvals};
        check_approvals(&opts, "", cases[i].expected);
    }
}

static void test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum sk_source__transport transport;
        const char *host, *user;
        int port;
        bool secret;
    } cases[] = {
        {"https://git.example.com/x.git", SK_SOURCE_HTTPS, "git.example.com", "-", 443, false},
        {"https://me@git.example.com:8443/x", SK_SOURCE_HTTPS, "git.example.com", "me", 8443,
         false},
        {"https://me:pw@git.example.com/x", SK_SOURCE_HTTPS, "git.example.com", "me", 443, true},
        {"https://ghp_0123456789@github.com/x", SK_SOURCE_HTTPS, "github.com", "ghp_0123456789",
         443, true},
        {"https://git.example.com/a@b:c", SK_SOURCE_HTTPS, "git.example.com", "-", 443, false},
        {"http://localhost/x", SK_SOURCE_HTTP, "localhost", "-", 80, false},
        {"http://[::1]:80/x", SK_SOURCE_HTTP, "::1", "-", 80, false},
        {"ssh://git@git.example.com:2222/x", SK_SOURCE_SSH, "git.example.com", "git", 2222, false},
        {"git@git.example.com:team/x.git", SK_SOURCE_SSH, "git.example.com", "git", 22, false},
        {"git://git.example.com/x", SK_SOURCE_UNSUPPORTED, "git.example.com", "-", 22, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("  %s\n", cases[i].url);
        assert_int_equal(sk_source__url_transport(cases[i].url), cases[i].transport);
        sk_auto(sk_freep) char *host = sk_source__url_host(cases[i].url);
        assert_string_equal(host, cases[i].host);
        sk_auto(sk_freep) char *user = sk_source__url_user(cases[i].url, "-");
        assert_string_equal(user, cases[i].user);
        assert_int_equal(sk_source__url_port(cases[i].url), cases[i].port);
        assert_int_equal(sk_source_url_has_secret(cases[i].url), cases[i].secret);
    }
    static const char *const local[] = {"/srv/x", "x", "./a:b", "file:///srv/x", "../x/y"};
    for (size_t i = 0; i < COUNT(local); i++)
        assert_int_equal(sk_source__url_transport(local[i]), SK_SOURCE_LOCAL);
    assert_true(sk_source__host_is_loopback("127.0.0.1"));
    assert_false(sk_source__host_is_loopback("127.0.0.1.example.com"));
}

static void test_known_hosts(void **state)
{
    (void)state;
    /* base64 of "key-one" and "key-two!" */
    static const char text[] = "# comment\n"
                               "git.example.com,10.0.0.7 ssh-ed25519 a2V5LW9uZQ== someone\n"
                               "[git.example.com]:2222 ssh-rsa a2V5LXR3byE=\n"
                               "*.corp.example.com,!bad.corp.example.com ssh-rsa a2V5LW9uZQ==\n"
                               "@revoked * ssh-rsa cmV2b2tlZA==\n"
                               "@cert-authority *.ca.example.com ssh-rsa a2V5LW9uZQ==\n";
    static const struct {
        const char *name, *host;
        int port;
        const char *key;
        enum sk_source__host_verdict verdict;
    } cases[] = {
        {"named", "git.example.com", 22, "key-one", SK_SOURCE_HOST_TRUSTED},
        {"case does not matter", "GIT.example.com", 22, "key-one", SK_SOURCE_HOST_TRUSTED},
        {"second name", "10.0.0.7", 22, "key-one", SK_SOURCE_HOST_TRUSTED},
        {"another key", "git.example.com", 22, "key-two!", SK_SOURCE_HOST_CHANGED},
        {"another port has its own line", "git.example.com", 2222, "key-two!",
         SK_SOURCE_HOST_TRUSTED},
        {"port without a line", "git.example.com", 2200, "key-one", SK_SOURCE_HOST_UNKNOWN},
        {"pattern", "a.corp.example.com", 22, "key-one", SK_SOURCE_HOST_TRUSTED},
        {"taken out of the pattern", "bad.corp.example.com", 22, "key-one", SK_SOURCE_HOST_UNKNOWN},
        {"unknown host", "other.example.com", 22, "key-one", SK_SOURCE_HOST_UNKNOWN},
        {"revoked anywhere", "other.example.com", 22, "revoked", SK_SOURCE_HOST_REVOKED},
        {"authorities are not host keys", "x.ca.example.com", 22, "key-one",
         SK_SOURCE_HOST_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("  %s\n", cases[i].name);
        assert_int_equal(sk_source__known_host(text, cases[i].host, cases[i].port, cases[i].key,
                                               strlen(cases[i].key)),
                         cases[i].verdict);
    }
    assert_int_equal(
        sk_source__known_host("|1|c2FsdA==|aGFzaA== ssh-rsa a2V5LW9uZQ==\n", "h", 22, "key-one", 7),
        SK_SOURCE_HOST_HASHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folders),
        cmocka_unit_test(test_repositories),
        cmocka_unit_test_setup_teardown(test_foreign_owner, prepare, clear),
        cmocka_unit_test_setup_teardown(test_content_and_revision, prepare, clear),
        cmocka_unit_test_setup_teardown(test_recorded_commit, prepare, clear),
        cmocka_unit_test_setup_teardown(test_folder_revision, prepare, clear),
        cmocka_unit_test(test_approvals),
        cmocka_unit_test_setup_teardown(test_approvals_nested_path, prepare, clear),
        cmocka_unit_test_setup_teardown(test_approvals_shallow, prepare, clear),
        cmocka_unit_test_setup_teardown(test_approvals_in_folders, prepare, clear),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_known_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
