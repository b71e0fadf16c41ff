/* The order of compiling, and what names mean: which documents count, what refers to what. */
#include "blueprint/blueprint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"

#define DAY_SECONDS 86400

char *sk_pointer_join(const char *pointer, const char *token)
{
    struct sk_buffer out = {0};
    sk_buffer_addf(&out, "%s/", pointer);
    for (; *token; token++) {
        if (*token == '~')
            sk_buffer_adds(&out, "~0");
        else if (*token == '/')
            sk_buffer_adds(&out, "~1");
        else
            sk_buffer_addc(&out, *token);
    }
    return sk_buffer_take(&out);
}

char *sk_fold(const char *text)
{
    return sk_text_lower(sk_xstrdup(text));
}

json_t *sk_settings_merge(const json_t *base, const json_t *over)
{
    json_t *merged = json_is_object(base) ? json_copy((json_t *)base) : json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)over, key, value)
    {
        const json_t *below = json_object_get(merged, key);
        if (json_is_object(below) && json_is_object(value))
            json_object_set_new(merged, key, sk_settings_merge(below, value));
        else
            json_object_set(merged, key, value);
    }
    return merged;
}

static char *index_key(const struct sk_manifest *manifest)
{
    sk_auto(sk_freep) char *folded = sk_fold(manifest->name);
    return sk_xasprintf("%s/%s", manifest->kind->name, folded);
}

/* Fills `seen`; reports documents of one kind and name, and names that differ only in case. */
static void index_manifests(struct sk_compile *compile)
{
    for (size_t i = 0; i < compile->manifests->count; i++) {
        const struct sk_manifest *manifest = &compile->manifests->items[i];
        sk_auto(sk_freep) char *key = index_key(manifest);
        const json_t *position = json_object_get(compile->seen, key);
        if (!position) {
            json_object_set_new(compile->seen, key, json_integer((json_int_t)i));
            continue;
        }
        const struct sk_manifest *first = &compile->manifests->items[json_integer_value(position)];
        bool same = strcmp(first->name, manifest->name) == 0;
        sk_manifest_fault(manifest, "/metadata/name", compile->diagnostics,
                          SK_DIAGNOSTIC_DUPLICATE_NAME,
                          "%s '%s' %s%s%s, in %s:%u; expected another name", manifest->kind->name,
                          manifest->name, same ? "is declared twice" : "differs from '",
                          same ? "" : first->name, same ? "" : "' only in case", first->path,
                          sk_manifest_position(first, "/metadata/name", false).line);
    }
}

bool sk_compile_counts(const struct sk_compile *compile, const struct sk_manifest *manifest)
{
    sk_auto(sk_freep) char *key = index_key(manifest);
    return &compile->manifests->items[json_integer_value(json_object_get(compile->seen, key))] ==
           manifest;
}

/* The name of this kind nearest to `name`, or NULL. Borrowed. */
static const char *nearest_name(const struct sk_manifests *manifests, const char *kind,
                                const char *name)
{
    const char **names = sk_xcalloc(manifests->count + 1, sizeof(char *));
    size_t count = 0;
    for (size_t i = 0; i < manifests->count; i++) {
        if (strcmp(manifests->items[i].kind->name, kind) == 0)
            names[count++] = manifests->items[i].name;
    }
    const char *nearest = sk_text_nearest(name, names, count);
    free(names);
    return nearest;
}

const struct sk_manifest *sk_compile_refer(struct sk_compile *compile,
                                           const struct sk_manifest *from, const char *pointer,
                                           const char *kind, const char *name)
{
    const struct sk_manifest *found = sk_manifests_find(compile->manifests, kind, name);
    /* What is missing may stand in a document that could not be read. */
    if (found || compile->manifests->incomplete)
        return found;
    const char *nearest = nearest_name(compile->manifests, kind, name);
    sk_manifest_fault(from, pointer, compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
                      "'%s': there is no %s of this name; %s%s%s", name, kind,
                      nearest ? "did you mean '" : "expected the name of one",
                      nearest ? nearest : "", nearest ? "'?" : "");
    return NULL;
}

bool sk_compile_has_ended(const struct sk_compile *compile, const char *until)
{
    struct sk_wall last;
    return until && sk_wall_parse(until, &last) == 0 &&
           compile->opts->today.seconds >= last.seconds + DAY_SECONDS;
}

static void find_organization(struct sk_compile *compile)
{
    for (size_t i = 0; i < compile->manifests->count; i++) {
        const struct sk_manifest *manifest = &compile->manifests->items[i];
        if (strcmp(manifest->kind->name, "User") == 0)
            compile->has_users = true;
        if (strcmp(manifest->kind->name, "Organization") != 0)
            continue;
        if (!compile->organization) {
            compile->organization = manifest;
            continue;
        }
        if (strcasecmp(compile->organization->name, manifest->name) != 0)
            sk_manifest_fault(manifest, "/metadata/name", compile->diagnostics,
                              SK_DIAGNOSTIC_DUPLICATE_NAME,
                              "a second Organization, '%s'; the first is '%s' in %s:%u; expected "
                              "one",
                              manifest->name, compile->organization->name,
                              compile->organization->path, compile->organization->position.line);
    }
    if (!compile->organization && compile->manifests->count && !compile->manifests->incomplete)
        sk_diagnostics_add(compile->diagnostics, compile->manifests->items[0].path,
                           (struct sk_position){1, 1}, SK_DIAGNOSTIC_EMPTY,
                           "no Organization among %zu documents; expected one",
                           compile->manifests->count);
}

static void take_organization(struct sk_compile *compile)
{
    const struct sk_manifest *organization = compile->organization;
    const char *name = organization ? organization->name : "";
    const json_t *spec = organization ? organization->spec : NULL;
    const char *path = sk_json_text(spec, "iamPath");
    compile->defaults = json_object_get(spec, "defaults");
    compile->blueprint->organization = sk_xstrdup(name);
    compile->blueprint->iam_path = path ? sk_xstrdup(path) : sk_xasprintf("/sagekeeper/%s/", name);
}

struct member_row {
    const char *user;
    const char *team;
    json_t *row;
};

static int compare_members(const void *left, const void *right)
{
    const struct member_row *a = left;
    const struct member_row *b = right;
    int order = strcmp(a->user, b->user);
    return order ? order : strcmp(a->team, b->team);
}

static void sort_members(struct sk_blueprint *blueprint)
{
    size_t count = json_array_size(blueprint->members);
    struct member_row *members = sk_xcalloc(count + 1, sizeof(*members));
    for (size_t i = 0; i < count; i++) {
        json_t *row = json_array_get(blueprint->members, i);
        members[i] = (struct member_row){sk_json_text(row, "user"), sk_json_text(row, "team"), row};
    }
    qsort(members, count, sizeof(*members), compare_members);
    json_t *sorted = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append(sorted, members[i].row);
    free(members);
    json_decref(blueprint->members);
    blueprint->members = sorted;
}

static void compile_done(struct sk_compile *compile)
{
    for (size_t i = 0; i < compile->domain_count; i++)
        free(compile->domains[i].address);
    free(compile->domains);
    json_decref(compile->seen);
    sk_compile_claims_done(compile);
    json_decref(compile->users);
    json_decref(compile->exceptions);
    json_decref(compile->tag_rows);
    json_decref(compile->findings);
    json_decref(compile->accepted);
    json_decref(compile->boundaries);
    json_decref(compile->targets);
    json_decref(compile->buckets);
}

int sk_blueprint_compile(const struct sk_manifests *manifests, const struct sk_blueprint_opts *opts,
                         struct sk_blueprint **out, struct sk_diagnostics *diagnostics)
{
    struct sk_blueprint *blueprint = sk_xcalloc(1, sizeof(*blueprint));
    blueprint->members = json_array();
    blueprint->policy_sources = json_object();
    blueprint->teams = json_array();
    blueprint->sign_ins = json_array();
    blueprint->guardrails = json_array();
    blueprint->exceptions = json_array();
    blueprint->private_ = sk_xcalloc(1, sizeof(*blueprint->private_));
    blueprint->private_->keep = json_array();
    sk_auto(compile_done) struct sk_compile compile = {
        .manifests = manifests,
        .opts = opts,
        .blueprint = blueprint,
        .diagnostics = diagnostics,
        .seen = json_object(),
        .users = json_object(),
        .exceptions = json_object(),
        .tag_rows = json_object(),
        .findings = json_object(),
        .accepted = json_object(),
        .boundaries = json_object(),
        .targets = json_object(),
        .buckets = json_object(),
    };
    index_manifests(&compile);
    find_organization(&compile);
    take_organization(&compile);
    sk_compile_exceptions(&compile);
    sk_compile_accounts(&compile);
    sk_compile_guardrails(&compile);
    sk_compile_domains(&compile);
    sk_compile_teams(&compile);
    sk_compile_directory(&compile);
    sk_compile_sign_ins(&compile);
    sk_compile_check_boundaries(&compile);
    sk_compile_exceptions_end(&compile);
    int approvals = sk_blueprint_approvals(
        manifests, opts->kinds, compile.accounts_incomplete ? NULL : &blueprint->accounts,
        &blueprint->approvals, diagnostics);
    if (diagnostics->errors || approvals < 0) {
        sk_blueprint_free(blueprint);
        return SK_E_INVALID;
    }
    sk_documents_sort(&blueprint->documents);
    sort_members(blueprint);
    *out = blueprint;
    return 0;
}

void sk_blueprint_free(struct sk_blueprint *blueprint)
{
    if (!blueprint)
        return;
    free(blueprint->organization);
    free(blueprint->iam_path);
    free(blueprint->access);
    sk_documents_done(&blueprint->documents);
    json_decref(blueprint->policy_sources);
    json_decref(blueprint->members);
    json_decref(blueprint->teams);
    json_decref(blueprint->sign_ins);
    json_decref(blueprint->guardrails);
    json_decref(blueprint->exceptions);
    sk_blueprint_approvals_done(&blueprint->approvals);
    json_decref(blueprint->private_->keep);
    free(blueprint->private_->accounts);
    free(blueprint->private_->regions);
    free(blueprint->private_);
    free(blueprint);
}
