/* controller/blueprint: manifests to desired documents; the golden faults of
 * tests/data/manifests/invalid and the golden documents of valid and of manifests/quickstart. */
#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test_manifest_folder.h"

#include "base/json.h"
#include "blueprint/blueprint.h"
#include "blueprint/names.h"
#include "policy/template.h"

#define DATA      SK_SOURCE_DIR "/tests/data/manifests"
#define TODAY     "2026-11-22"
#define MAX_CASES 200

/* The blueprint needs the kinds' names only. */
static const struct sk_kind kind_policy = {.name = "iam_policy", .noun = "policy"};
static const struct sk_kind kind_role = {.name = "iam_role", .noun = "role"};
static const struct sk_kind kind_domain = {.name = "sagemaker_domain", .noun = "domain"};
static const struct sk_kind kind_profile = {.name = "sagemaker_user_profile",
                                            .noun = "user profile"};
static const struct sk_kind kind_space = {.name = "sagemaker_space", .noun = "space"};
static const struct sk_kind kind_instance = {.name = "identity_center_instance",
                                             .noun = "instance"};
static const struct sk_kind kind_user = {.name = "identitystore_user", .noun = "user"};
static const struct sk_kind kind_group = {.name = "identitystore_group", .noun = "group"};
static const struct sk_kind kind_membership = {.name = "identitystore_group_membership",
                                               .noun = "membership"};
static const struct sk_kind *const kind_list[] = {
    &kind_policy,   &kind_role, &kind_domain, &kind_profile,    &kind_space,
    &kind_instance, &kind_user, &kind_group,  &kind_membership,
};
static const struct sk_kinds kinds = {kind_list, sizeof(kind_list) / sizeof(*kind_list)};

/* Templates of the valid cases: the shipped ones may still grow while they are not released. */
static struct sk_template *templates[8];
static size_t template_count;

static const struct sk_template *find_test_template(const char *name, struct sk_err *err)
{
    for (size_t i = 0; i < template_count; i++) {
        if (strcmp(sk_template_name(templates[i]), name) == 0)
            return templates[i];
    }
    /* Their statements matter to what compiles them, and never change. */
    if (!sk_text_starts_with(name, "studio-"))
        return sk_template_shipped(name, err);
    bool has_bucket = strstr(name, "supporting") != NULL;
    sk_auto(sk_freep) char *policy = sk_xasprintf(
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Sid\":\"Test\",\"Effect\":\"Allow\","
        "\"Action\":"
        "\"s3:GetObject\",\"Resource\":\"arn:{{partition}}:s3:::%s/{{account}}-{{region}}-"
        "{{domain}}\"}}",
        has_bucket ? "{{bucket}}" : "any");
    sk_auto(sk_freep) char *parameters = sk_xasprintf(
        "{\"description\":\"Test of %s.\",\"parameters\":{%s\"partition\":{\"type\":\"name\","
        "\"description\":\"p\"},\"account\":{\"type\":\"account\",\"description\":\"a\"},"
        "\"region\":{\"type\":\"region\",\"description\":\"r\"},\"domain\":{\"type\":\"name\","
        "\"description\":\"d\"}}}",
        name,
        has_bucket ? "\"bucket\":{\"type\":\"list\",\"of\":\"bucket\",\"description\":\"b\"},"
                   : "");
    assert_true(template_count < sizeof(templates) / sizeof(*templates));
    if (sk_template_parse(name, policy, parameters, &templates[template_count], err) < 0)
        return NULL;
    return templates[template_count++];
}

static int free_templates(void **state)
{
    (void)state;
    while (template_count > 0)
        sk_template_free(templates[--template_count]);
    return 0;
}

struct outcome {
    struct sk_manifests *manifests;
    struct sk_blueprint *blueprint;
    struct sk_diagnostics diagnostics;
    char *text; /* the diagnostics */
};

static void outcome_done(struct outcome *outcome)
{
    sk_manifests_free(outcome->manifests);
    sk_blueprint_free(outcome->blueprint);
    sk_diagnostics_done(&outcome->diagnostics);
    free(outcome->text);
    *outcome = (struct outcome){0};
}

static void compile_with(struct outcome *outcome, const struct folder *folder, const char *today,
                         const struct sk_template *(*find_template)(const char *, struct sk_err *))
{
    int loaded = sk_manifests_load(folder->files, folder->count, sk_blueprint_schema(),
                                   &outcome->manifests, &outcome->diagnostics);
    struct sk_blueprint_opts opts = {.kinds = &kinds,
                                     .files = folder->files,
                                     .file_count = folder->count,
                                     .find_template = find_template};
    assert_int_equal(sk_wall_parse(today, &opts.today), 0);
    int compiled =
        sk_blueprint_compile(outcome->manifests, &opts, &outcome->blueprint, &outcome->diagnostics);
    assert_int_equal(compiled<0, outcome->diagnostics.errors> 0);
    assert_true(loaded == 0 || compiled < 0);
    assert_int_equal(compiled == 0, outcome->blueprint != NULL);
    sk_diagnostics_sort(&outcome->diagnostics);
    struct sk_buffer text = {0};
    sk_diagnostics_to_text(&outcome->diagnostics, &text);
    outcome->text = sk_buffer_take(&text);
}

static void compile(struct outcome *outcome, const struct folder *folder)
{
    compile_with(outcome, folder, TODAY, NULL);
}

/* Everything a blueprint says, for people and for comparing. `with_origin`: positions too. */
static char *describe(const struct sk_blueprint *blueprint, bool with_origin)
{
    json_auto_t *accounts = json_array();
    for (size_t i = 0; i < blueprint->accounts.count; i++) {
        const struct sk_account *account = &blueprint->accounts.items[i];
        json_t *regions = json_array();
        for (size_t j = 0; account->regions[j]; j++)
            json_array_append_new(regions, json_string(account->regions[j]));
        json_array_append_new(accounts, json_pack("{s:s, s:s, s:s, s:s, s:o, s:s*, s:s*}", "name",
                                                  account->name, "id", account->id, "partition",
                                                  account->partition, "home_region",
                                                  account->home_region, "regions", regions,
                                                  "role_arn", blueprint->access[i].role_arn,
                                                  "external_id", blueprint->access[i].external_id));
    }
    json_auto_t *documents = json_array();
    for (size_t i = 0; i < blueprint->documents.count; i++) {
        json_t *document = sk_document_to_json(blueprint->documents.items[i]);
        if (!with_origin)
            json_object_del(document, "origin");
        json_array_append_new(documents, document);
    }
    json_auto_t *approvals = json_array();
    for (size_t i = 0; i < blueprint->approvals.count; i++) {
        const struct sk_blueprint_approval *approval = &blueprint->approvals.items[i];
        json_array_append_new(
            approvals, json_pack("{s:s, s:s, s:s, s:I}", "address", approval->address, "action",
                                 approval->action, "reason", approval->reason, "expires_at",
                                 approval->expires ? (json_int_t)approval->expires_at.seconds : 0));
    }
    json_auto_t *all = json_pack(
        "{s:s, s:s, s:O, s:O, s:O, s:O, s:O, s:O, s:O}", "organization", blueprint->organization,
        "iam_path", blueprint->iam_path, "accounts", accounts, "documents", documents, "members",
        blueprint->members, "approvals", approvals, "teams", blueprint->teams, "sign_ins",
        blueprint->sign_ins, "guardrails", blueprint->guardrails);
    assert_non_null(all);
    json_auto_t *exceptions = json_deep_copy(blueprint->exceptions);
    size_t index;
    json_t *exception;
    json_array_foreach(exceptions, index, exception)
    {
        if (!with_origin)
            json_object_del(exception, "origin");
    }
    if (index > 0)
        json_object_set(all, "exceptions", exceptions);
    char *dumped = json_dumps(all, JSON_INDENT(2) | JSON_SORT_KEYS);
    assert_non_null(dumped);
    char *out = sk_xasprintf("%s\n", dumped);
    free(dumped);
    return out;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Runs `check` for each folder of tests/data/manifests/<set>, in order of their names. */
static void each_case(const char *set, void (*check)(const char *root))
{
    sk_auto(sk_freep) char *root = sk_xasprintf(DATA "/%s", set);
    DIR *stream = opendir(root);
    assert_non_null(stream);
    char *names[MAX_CASES];
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        assert_true(count < MAX_CASES);
        names[count++] = sk_xstrdup(entry->d_name);
    }
    closedir(stream);
    assert_true(count > 0);
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; i++) {
        sk_auto(sk_freep) char *path = sk_xasprintf("%s/%s", root, names[i]);
        check(path);
        free(names[i]);
    }
}

/* A case's files lie over those of base; an empty file takes one of base away. */
static void read_case(struct folder *folder, const char *root)
{
    folder_read(folder, root, "");
    folder_read(folder, DATA "/base", "");
}

static void check_invalid(const char *root)
{
    sk_auto(folder_done) struct folder folder = {0};
    read_case(&folder, root);
    sk_auto(outcome_done) struct outcome outcome = {0};
    compile(&outcome, &folder);
    sk_auto(sk_freep) char *golden = sk_xasprintf("%s/expected.txt", root);
    assert_golden(golden, outcome.text);
    if (outcome.diagnostics.errors == 0)
        fail_msg("%s: no fault", root);
}

static void check_valid(const char *root)
{
    sk_auto(folder_done) struct folder folder = {0};
    read_case(&folder, root);
    sk_auto(outcome_done) struct outcome outcome = {0};
    compile_with(&outcome, &folder, TODAY, find_test_template);
    if (outcome.diagnostics.errors)
        fail_msg("%s: %s", root, outcome.text);
    sk_auto(sk_freep) char *golden = sk_xasprintf("%s/expected.json", root);
    sk_auto(sk_freep) char *described = describe(outcome.blueprint, true);
    assert_golden(golden, described);
    sk_auto(sk_freep) char *warnings = sk_xasprintf("%s/expected.txt", root);
    if (*outcome.text || access(warnings, F_OK) == 0)
        assert_golden(warnings, outcome.text);
}

static void invalid_cases_give_their_golden_faults(void **state)
{
    (void)state;
    each_case("invalid", check_invalid);
}

static void valid_cases_give_their_golden_documents(void **state)
{
    (void)state;
    each_case("valid", check_valid);
}

static void read_quickstart(struct folder *folder)
{
    folder_read(folder, SK_SOURCE_DIR "/manifests/quickstart", "");
}

static const struct sk_document *document(const struct sk_blueprint *blueprint, const char *address)
{
    const struct sk_document *found = sk_documents_find(&blueprint->documents, address);
    if (!found)
        fail_msg("no document %s", address);
    return found;
}

static bool has_edge(const struct sk_document *from, const char *to)
{
    size_t index;
    json_t *edge;
    json_array_foreach(from->edges, index, edge)
    {
        if (strcmp(json_string_value(edge), to) == 0)
            return true;
    }
    return false;
}

static void quickstart_is_the_reference_scenario(void **state)
{
    (void)state;
    sk_auto(folder_done) struct folder folder = {0};
    read_quickstart(&folder);
    sk_auto(outcome_done) struct outcome outcome = {0};
    compile(&outcome, &folder);
    assert_string_equal(outcome.text, "");
    const struct sk_blueprint *blueprint = outcome.blueprint;
    static const struct {
        const char *profile, *user, *team, *cost;
    } cases[] = {
        {"user1-team1", "user1", "team1", "4711"},
        {"user1-team2", "user1", "team2", "4712"},
        {"user2-team2", "user2", "team2", "4712"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *address =
            sk_xasprintf("sagemaker_user_profile/ml-dev/us-east-1/research/%s", cases[i].profile);
        sk_auto(sk_freep) char *role_address =
            sk_xasprintf("iam_role/ml-dev/global/sagekeeper-%s", cases[i].team);
        sk_auto(sk_freep) char *role_arn = sk_xasprintf(
            "arn:aws:iam::123456789012:role/sagekeeper/acme/sagekeeper-%s", cases[i].team);
        const struct sk_document *profile = document(blueprint, address);
        const json_t *tags = json_object_get(profile->body, "Tags");
        assert_string_equal(sk_json_text(profile->body, "UserProfileName"), cases[i].profile);
        assert_string_equal(sk_json_text(profile->body, "UserSettings.ExecutionRole"), role_arn);
        assert_string_equal(sk_json_tag(tags, "studiouserid"), cases[i].user);
        assert_string_equal(sk_json_tag(tags, "Team"), cases[i].team);
        assert_string_equal(sk_json_tag(tags, "CostCenter"), cases[i].cost);
        assert_string_equal(sk_json_tag(tags, "sagekeeper:owner"), "acme");
        assert_string_equal(sk_json_tag(tags, "sagekeeper:address"), address);
        assert_true(has_edge(profile, role_address));
        const char *domain = NULL;
        const char *attr = NULL;
        assert_true(sk_ref_parse(json_object_get(profile->body, "DomainId"), &domain, &attr));
        assert_string_equal(domain, "sagemaker_domain/ml-dev/us-east-1/research");
        const struct sk_document *role = document(blueprint, role_address);
        assert_int_equal(json_array_size(json_object_get(role->body, "AttachedManagedPolicies")),
                         4);
        assert_string_equal(sk_json_tag(json_object_get(role->body, "Tags"), "Team"),
                            cases[i].team);
    }
    size_t profiles = 0;
    for (size_t i = 0; i < blueprint->documents.count; i++)
        profiles += blueprint->documents.items[i]->kind == &kind_profile;
    assert_int_equal(profiles, 3);
    assert_int_equal(json_array_size(blueprint->members), 3);
    /* A subject for each property of isolation. */
    assert_int_equal(json_array_size(blueprint->sign_ins), 1);
    assert_int_equal(json_array_size(blueprint->guardrails), 1);
    assert_int_equal(json_array_size(blueprint->teams), 2);
    const json_t *team2 = json_array_get(blueprint->teams, 1);
    assert_int_equal(json_array_size(json_object_get(team2, "roles")), 2);
    assert_int_equal(json_array_size(json_object_get(team2, "buckets")), 1);
}

static const json_t *tag_row(const struct sk_blueprint *blueprint, const char *profile,
                             const char *key)
{
    sk_auto(sk_freep) char *address =
        sk_xasprintf("sagemaker_user_profile/ml-dev/us-east-1/research/%s", profile);
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(document(blueprint, address)->body, "Tags"), index, row)
    {
        if (strcmp(sk_json_text(row, "Key"), key) == 0)
            return row;
    }
    fail_msg("%s has no tag %s", profile, key);
    return NULL;
}

/* A large organization has few values of most tags: each is kept in memory once. */
static void neighbours_share_rows_of_equal_tags(void **state)
{
    (void)state;
    sk_auto(folder_done) struct folder folder = {0};
    read_quickstart(&folder);
    sk_auto(outcome_done) struct outcome outcome = {0};
    compile(&outcome, &folder);
    static const struct {
        const char *left, *right, *key;
        bool shared;
    } cases[] = {
        {"user1-team2", "user2-team2", "Team", true},
        {"user1-team2", "user2-team2", "CostCenter", true},
        {"user1-team2", "user2-team2", "sagekeeper:source", true},
        {"user1-team2", "user2-team2", "studiouserid", false},
        {"user1-team2", "user2-team2", "sagekeeper:address", false},
        {"user1-team1", "user1-team2", "Team", false},
        {"user1-team1", "user2-team2", "sagekeeper:owner", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const json_t *left = tag_row(outcome.blueprint, cases[i].left, cases[i].key);
        const json_t *right = tag_row(outcome.blueprint, cases[i].right, cases[i].key);
        assert_int_equal(left == right, cases[i].shared);
    }
}

/* One file with all documents, in another order and under another name. */
static void layout_changes_positions_only(void **state)
{
    (void)state;
    sk_auto(folder_done) struct folder folder = {0};
    read_quickstart(&folder);
    sk_auto(folder_done) struct folder joined = {0};
    struct sk_buffer all = {0};
    for (size_t i = folder.count; i > 0; i--) {
        const struct sk_manifest_file *file = &folder.files[i - 1];
        if (sk_text_ends_with(file->path, ".yaml"))
            sk_buffer_addf(&all, "%s---\n", file->data);
        else
            folder_add(&joined, file->path, file->data, file->length);
    }
    folder_add(&joined, "some/where/else.yml", sk_buffer_text(&all), all.length);
    sk_buffer_done(&all);
    sk_auto(outcome_done) struct outcome first = {0};
    compile(&first, &folder);
    sk_auto(outcome_done) struct outcome second = {0};
    compile(&second, &joined);
    assert_string_equal(second.text, "");
    sk_auto(sk_freep) char *a = describe(first.blueprint, false);
    sk_auto(sk_freep) char *b = describe(second.blueprint, false);
    assert_string_equal(a, b);
    assert_true(
        sk_text_starts_with(second.blueprint->documents.items[0]->origin, "some/where/else.yml:"));
}

/* Lists whose order means nothing to AWS. */
static void order_inside_documents_does_not_matter(void **state)
{
    (void)state;
    static const char *const teams[] = {
        "  members: [alice, bob, {user: carol}]\n  executionRole:\n"
        "    policies: [studio-read-only@1, reports.json]\n"
        "    managedPolicyArns: [\"arn:aws:iam::aws:policy/A\", \"arn:aws:iam::aws:policy/B\"]\n"
        "  tags: {A: \"1\", B: \"2\"}\n",
        "  tags: {B: \"2\", A: \"1\"}\n  executionRole:\n"
        "    managedPolicyArns: [\"arn:aws:iam::aws:policy/B\", \"arn:aws:iam::aws:policy/A\"]\n"
        "    policies: [reports.json, studio-read-only@1]\n"
        "  members: [carol, bob, alice]\n",
    };
    char *described[2];
    for (size_t i = 0; i < 2; i++) {
        sk_auto(sk_freep) char *team =
            sk_xasprintf("apiVersion: sagekeeper/v1\nkind: Team\nmetadata: {name: fraud}\n"
                         "spec:\n  domain: research\n%s",
                         teams[i]);
        sk_auto(folder_done) struct folder folder = {0};
        folder_add(&folder, "team.yaml", team, strlen(team));
        folder_read(&folder, DATA "/base", "");
        sk_auto(outcome_done) struct outcome outcome = {0};
        compile(&outcome, &folder);
        assert_string_equal(outcome.text, "");
        described[i] = describe(outcome.blueprint, true);
    }
    assert_string_equal(described[0], described[1]);
    free(described[0]);
    free(described[1]);
}

static void memberships_end_with_their_last_day(void **state)
{
    (void)state;
    static const char team[] = "apiVersion: sagekeeper/v1\nkind: Team\nmetadata: {name: fraud}\n"
                               "spec:\n  domain: research\n  members:\n"
                               "    - {user: alice, until: 2027-01-31}\n  executionRole: {}\n";
    static const struct {
        const char *today;
        bool there;
    } cases[] = {{"2026-11-22", true},
                 {"2027-01-31", true},
                 {"2027-01-31T23:59:59Z", true},
                 {"2027-02-01", false},
                 {"2030-01-01", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(folder_done) struct folder folder = {0};
        folder_add(&folder, "team.yaml", team, strlen(team));
        folder_read(&folder, DATA "/base", "");
        sk_auto(outcome_done) struct outcome outcome = {0};
        compile_with(&outcome, &folder, cases[i].today, NULL);
        bool there = sk_documents_find(&outcome.blueprint->documents,
                                       "sagemaker_user_profile/ml-dev/us-east-1/research/"
                                       "alice-fraud") != NULL;
        if (there != cases[i].there)
            fail_msg("%s", cases[i].today);
        const json_t *member = json_array_get(outcome.blueprint->members, 0);
        assert_string_equal(sk_json_text(member, "until"), "2027-01-31");
        assert_int_equal(json_is_true(json_object_get(member, "ended")), !cases[i].there);
        assert_int_equal(strstr(outcome.text, "[ended]") != NULL, !cases[i].there);
    }
}

static void approvals_are_loaded_apart(void **state)
{
    (void)state;
    static const char yaml[] =
        "apiVersion: sagekeeper/v1\nkind: Approval\nmetadata: {name: a}\n"
        "spec: {address: sagemaker_domain/ml-dev/us-east-1/research, action: delete, "
        "reason: moved, until: 2027-01-31}\n---\n"
        "apiVersion: sagekeeper/v1\nkind: Approval\nmetadata: {name: b}\n"
        "spec: {address: iam_rol/ml-dev/global/x, action: adopt, reason: ours}\n";
    const struct sk_manifest_file file = {"approvals/a.yaml", yaml, strlen(yaml)};
    sk_auto(outcome_done) struct outcome outcome = {0};
    assert_int_equal(sk_manifests_load(&file, 1, sk_blueprint_schema(), &outcome.manifests,
                                       &outcome.diagnostics),
                     0);
    struct sk_blueprint_approvals approvals;
    assert_true(sk_blueprint_approvals(outcome.manifests, &kinds, NULL, &approvals,
                                       &outcome.diagnostics) < 0);
    assert_int_equal(approvals.count, 1);
    assert_string_equal(approvals.items[0].address, "sagemaker_domain/ml-dev/us-east-1/research");
    assert_string_equal(approvals.items[0].action, "delete");
    assert_string_equal(approvals.items[0].path, "approvals/a.yaml");
    assert_string_equal(approvals.items[0].origin, "approvals/a.yaml:1");
    struct sk_wall first_day_after;
    sk_wall_parse("2027-02-01", &first_day_after);
    assert_true(approvals.items[0].expires);
    assert_int_equal(approvals.items[0].expires_at.seconds, first_day_after.seconds);
    struct sk_buffer text = {0};
    sk_diagnostics_to_text(&outcome.diagnostics, &text);
    assert_string_equal(sk_buffer_text(&text),
                        "approvals/a.yaml:9:17: 'iam_rol' is no kind of resource; did you mean "
                        "'iam_role'? [dangling]\n");
    sk_buffer_done(&text);
    sk_blueprint_approvals_done(&approvals);
}

/* Every example of the schema loads and compiles as it stands. */
static void examples_are_valid(void **state)
{
    (void)state;
    const struct sk_schema *schema = sk_blueprint_schema();
    struct sk_buffer all = {0};
    for (size_t i = 0; i < schema->count; i++) {
        /* Without the User, members need not be declared (the example's Bob is not). */
        if (strcmp(schema->kinds[i].name, "User") != 0)
            sk_buffer_addf(&all, "%s---\n", schema->kinds[i].example);
    }
    sk_auto(folder_done) struct folder folder = {0};
    folder_add(&folder, "all.yaml", sk_buffer_text(&all), all.length);
    sk_buffer_done(&all);
    sk_auto(outcome_done) struct outcome compiled = {0};
    compile(&compiled, &folder);
    /* What this version does not do yet is all there is to say. */
    for (size_t i = 0; i < compiled.diagnostics.count; i++) {
        assert_true(compiled.diagnostics.items[i].warning);
        assert_int_equal(compiled.diagnostics.items[i].code, SK_DIAGNOSTIC_NOT_YET);
    }
    const struct sk_schema_kind *user = sk_schema_kind(schema, "User");
    const struct sk_manifest_file file = {"user.yaml", user->example, strlen(user->example)};
    sk_auto(outcome_done) struct outcome outcome = {0};
    assert_int_equal(sk_manifests_load(&file, 1, schema, &outcome.manifests, &outcome.diagnostics),
                     0);
}

static void reference_page_is_up_to_date(void **state)
{
    (void)state;
    struct sk_buffer page = {0};
    sk_schema_reference(sk_blueprint_schema(), &page);
    assert_golden(SK_SOURCE_DIR "/docs/reference/manifests.md", sk_buffer_text(&page));
    sk_buffer_done(&page);
}

/* Every row: named, documented where it is a field, its pattern compiles, its texts fit a table. */
static void check_row(const struct sk_schema_field *row, const char *place, unsigned depth);

static void check_rows(const struct sk_schema_field *rows, const char *place, bool documented,
                       unsigned depth)
{
    for (const struct sk_schema_field *row = rows; row->name; row++) {
        sk_auto(sk_freep) char *inner = sk_xasprintf("%s.%s", place, row->name);
        if (documented && !row->doc)
            fail_msg("%s: no doc", inner);
        for (const struct sk_schema_field *other = rows; other != row; other++) {
            if (strcmp(other->name, row->name) == 0)
                fail_msg("%s: twice", inner);
        }
        check_row(row, inner, depth + 1);
    }
}

static void check_row(const struct sk_schema_field *row, const char *place, unsigned depth)
{
    assert_true(depth < 20);
    if (row->pattern) {
        regex_t regex;
        if (regcomp(&regex, row->pattern, REG_EXTENDED | REG_NOSUB) != 0)
            fail_msg("%s: pattern %s", place, row->pattern);
        regfree(&regex);
        if (row->pattern[0] != '^' || !sk_text_ends_with(row->pattern, "$"))
            fail_msg("%s: pattern %s has no anchors", place, row->pattern);
    }
    if ((row->pattern || row->check) && !row->expects)
        fail_msg("%s: does not say what it expects", place);
    if (row->doc && strchr(row->doc, '|'))
        fail_msg("%s: a bar in the doc", place);
    bool has_fields = row->type == SK_SCHEMA_OBJECT || row->type == SK_SCHEMA_UNION;
    bool has_items = row->type == SK_SCHEMA_LIST || row->type == SK_SCHEMA_MAP;
    if (has_fields != (row->fields != NULL) || has_items != (row->item != NULL))
        fail_msg("%s: fields or item do not fit the type", place);
    if (row->fields)
        check_rows(row->fields, place, row->type == SK_SCHEMA_OBJECT, depth);
    if (row->item)
        check_row(row->item, place, depth + 1);
    if (row->key)
        check_row(row->key, place, depth + 1);
}

static void schema_tables_are_sound(void **state)
{
    (void)state;
    const struct sk_schema *schema = sk_blueprint_schema();
    for (size_t i = 0; i < schema->count; i++) {
        check_row(schema->kinds[i].spec, schema->kinds[i].name, 0);
        check_row(schema->kinds[i].name_row, schema->kinds[i].name, 0);
        assert_non_null(schema->kinds[i].name_row->doc);
    }
}

/* Names. These expectations never change: see names.h. */

static void slugs(void **state)
{
    (void)state;
    static const struct {
        const char *text, *slug;
    } cases[] = {
        {"alice", "alice"},
        {"Alice", "alice"},
        {"a.b_c", "a-b-c"},
        {"--a--b--", "a-b"},
        {"a@b.example", "a-b-example"},
        {"", ""},
        {"...", ""},
        {"Jörg", "j-rg"},
        {"日本", ""},
        {"7", "7"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *slug = sk_name_slug(cases[i].text);
        assert_string_equal(slug, cases[i].slug);
    }
}

static void profile_names(void **state)
{
    (void)state;
    static const struct {
        const char *user, *team, *name;
    } cases[] = {
        {"alice", "fraud", "alice-fraud"},
        {"user1", "team1", "user1-team1"},
        {"7", "8", "7-8"},
        {"Alice", "fraud", "@"},
        {"alice", "Fraud", "@"},
        {"a-b", "c", "@"},
        {"a", "b-c", "@"},
        {"alice@example.com", "fraud", "@"},
        {"alice_example.com", "fraud", "@"},
        {"日本", "fraud", "@"},
        {"abcdefghijabcdefghijabcdefghijabcdefghij", "abcdefghijabcdefghijab",
         "abcdefghijabcdefghijabcdefghijabcdefghij-abcdefghijabcdefghijab"},
        {"abcdefghijabcdefghijabcdefghijabcdefghij", "abcdefghijabcdefghijabc", "@"},
        {"first.last@a-very-long-company-name.example.com",
         "a-team-with-a-name-that-is-far-too-long-to-keep", "@"},
    };
    struct sk_buffer all = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *name = sk_profile_name(cases[i].user, cases[i].team);
        if (cases[i].name[0] != '@')
            assert_string_equal(name, cases[i].name);
        sk_buffer_addf(&all, "%s + %s = %s\n", cases[i].user, cases[i].team, name);
    }
    assert_golden(DATA "/profile-names.txt", sk_buffer_text(&all));
    sk_buffer_done(&all);
}

static bool is_profile_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > 63 || name[0] == '-' || name[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '-')
            return false;
    }
    return true;
}

/* Many pairs of parts that slug alike: all names are valid, and differ without regard to case. */
static void profile_names_do_not_collide(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "a",
        "b",
        "a-b",
        "a_b",
        "a.b",
        "A",
        "B",
        "A-B",
        "a--b",
        "-a",
        "a-",
        "a@b",
        "a b",
        "ab",
        "Ab",
        "aB",
        "user",
        "team",
        "ä",
        "ö",
        "日",
        "本",
        "a-b-c",
        "b-c",
        "c",
        "a.b.c",
        "a-b.c",
        "0",
        "00",
        "0-0",
        "alice",
        "Alice",
        "ALICE",
        "bob",
        "alice@",
        "@bob",
        "ac0ffee",
        "deadbeef",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-a",
    };
    const size_t count = sizeof(parts) / sizeof(*parts);
    json_auto_t *seen = json_object();
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            sk_auto(sk_freep) char *name = sk_profile_name(parts[i], parts[j]);
            if (!is_profile_name(name))
                fail_msg("'%s' + '%s' = '%s'", parts[i], parts[j], name);
            for (char *at = name; *at; at++)
                *at = (char)tolower((unsigned char)*at);
            const char *other = json_string_value(json_object_get(seen, name));
            if (other)
                fail_msg("'%s' + '%s' and %s = '%s'", parts[i], parts[j], other, name);
            json_object_set_new(seen, name, json_sprintf("'%s' + '%s'", parts[i], parts[j]));
        }
    }
    assert_int_equal(json_object_size(seen), count * count);
}

/* The same with pseudo-random parts over a small alphabet (fixed seed). */
static void random_profile_names_do_not_collide(void **state)
{
    (void)state;
    static const char alphabet[] = "abAB-._@1";
    uint32_t seed = 12345;
    json_auto_t *names = json_object();
    for (int round = 0; round < 20000; round++) {
        char parts[2][8];
        for (int part = 0; part < 2; part++) {
            seed = seed * 1664525u + 1013904223u;
            size_t length = 1 + (seed >> 16) % 6;
            for (size_t i = 0; i < length; i++) {
                seed = seed * 1664525u + 1013904223u;
                parts[part][i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
            }
            parts[part][length] = '\0';
        }
        sk_auto(sk_freep) char *name = sk_profile_name(parts[0], parts[1]);
        if (!is_profile_name(name))
            fail_msg("'%s' + '%s' = '%s'", parts[0], parts[1], name);
        for (char *at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        sk_auto(sk_freep) char *pair = sk_xasprintf("%s + %s", parts[0], parts[1]);
        const char *other = json_string_value(json_object_get(names, name));
        if (other && strcmp(other, pair) != 0)
            fail_msg("%s and %s = '%s'", pair, other, name);
        json_object_set_new(names, name, json_string(pair));
    }
}

static void other_names(void **state)
{
    (void)state;
    static const struct {
        const char *owner, *policy, *name;
    } cases[] = {
        {"fraud", "studio-developer@1", "fraud-studio-developer-v1"},
        {"fraud", "studio-developer@12", "fraud-studio-developer-v12"},
        {"fraud", "reports.json", "fraud-reports"},
        {"fraud", "billing/read.json", "fraud-billing-read"},
        {"research-default", "studio-read-only@1", "research-default-studio-read-only-v1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_freep) char *name = sk_policy_name(cases[i].owner, cases[i].policy);
        assert_string_equal(name, cases[i].name);
    }
    sk_auto(sk_freep) char *team = sk_team_role_name("fraud");
    assert_string_equal(team, "sagekeeper-fraud");
    sk_auto(sk_freep) char *domain = sk_domain_role_name("research");
    assert_string_equal(domain, "sagekeeper-research-default");
}

int main(void)
{
    sk_alloc_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invalid_cases_give_their_golden_faults),
        cmocka_unit_test_teardown(valid_cases_give_their_golden_documents, free_templates),
        cmocka_unit_test(quickstart_is_the_reference_scenario),
        cmocka_unit_test(neighbours_share_rows_of_equal_tags),
        cmocka_unit_test(layout_changes_positions_only),
        cmocka_unit_test(order_inside_documents_does_not_matter),
        cmocka_unit_test(memberships_end_with_their_last_day),
        cmocka_unit_test(approvals_are_loaded_apart),
        cmocka_unit_test(examples_are_valid),
        cmocka_unit_test(reference_page_is_up_to_date),
        cmocka_unit_test(schema_tables_are_sound),
        cmocka_unit_test(slugs),
        cmocka_unit_test(profile_names),
        cmocka_unit_test(profile_names_do_not_collide),
        cmocka_unit_test(random_profile_names_do_not_collide),
        cmocka_unit_test(other_names),
    };
    return cmocka_run_group_tests_name("blueprint", tests, NULL, NULL);
}
