/* Teams: one role, a profile for each member, and shared spaces (space.c). */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/names.h"
#include "plan/plan.h"

struct team {
    struct sk_compile *compile;
    const struct sk_manifest *manifest;
    const struct sk_domain_entry *domain;
    const char *role_name; /* borrowed */
    char *role_arn;        /* owned */
    char *role_address;    /* owned */
    json_t *tags;          /* owned: {key: value} of the team */
    json_t *seen;          /* owned: {user in lower case: user} */
    json_t *defaults;      /* owned: {parameter: value} for all roles of the team */
    json_t *roles;         /* owned: [address], the execution role first */
    json_t *members;       /* owned: see struct sk_team_spaces */
    json_t *settings;      /* owned: of members who have none of their own */
    json_t *domain_id;     /* owned: reference */
    json_t *row;           /* owned: what all members' rows have in common */
};

struct member {
    const char *user;
    const char *until;                  /* NULL: no end */
    const json_t *settings;             /* may be NULL */
    const struct sk_manifest *manifest; /* of the User; NULL when not declared */
    const char *pointer;                /* of the user's name in the team's manifest */
};

/* The name a profile has: the user's override for the team, the user's override, or the rule. */
static char *profile_name(const struct team *team, const struct member *member)
{
    if (member->manifest) {
        const json_t *spec = member->manifest->spec;
        const char *name = json_string_value(
            json_object_get(json_object_get(spec, "profileNames"), team->manifest->name));
        if (!name)
            name = sk_json_text(spec, "profileName");
        if (name)
            return sk_xstrdup(name);
    }
    return sk_profile_name(member->user, team->manifest->name);
}

/* The team's settings, below those of the user and of the membership. New. */
static json_t *make_settings(const struct team *team, const json_t *of_user,
                             const json_t *of_member)
{
    json_auto_t *of_team =
        sk_settings_merge(json_object_get(team->manifest->spec, "userSettings"), of_user);
    json_t *settings = sk_settings_merge(of_team, of_member);
    json_object_set_new(settings, "ExecutionRole", json_string(team->role_arn));
    return settings;
}

/* New reference: most members have the same. */
static json_t *user_settings(const struct team *team, const struct member *member)
{
    const json_t *user = member->manifest ? member->manifest->spec : NULL;
    const json_t *of_user = json_object_get(user, "userSettings");
    return of_user || member->settings ? make_settings(team, of_user, member->settings)
                                       : json_incref(team->settings);
}

static void report_member(const struct team *team, const struct member *member, const char *profile,
                          const char *address, bool ended)
{
    json_t *row = json_copy(team->row);
    json_object_set_new(row, "user", json_string(member->user));
    json_object_set_new(row, "profile", json_string(profile));
    json_object_set_new(row, "address", json_string(address));
    if (member->until)
        json_object_set_new(row, "until", json_string(member->until));
    if (ended)
        json_object_set_new(row, "ended", json_true());
    json_array_append_new(team->compile->blueprint->members, row);
}

/* NULL: none. */
static const char *grace_of(const struct team *team)
{
    const char *grace = sk_json_text(team->manifest->spec, "grace");
    if (!grace)
        grace = sk_json_text(team->compile->defaults, "grace");
    return sk_text_equal(grace, "0") ? NULL : grace;
}

static void emit_profile(struct team *team, const struct member *member)
{
    const struct sk_domain_entry *domain = team->domain;
    sk_auto(sk_freep) char *profile = profile_name(team, member);
    sk_auto(sk_freep) char *name = sk_xasprintf("%s/%s", domain->name, profile);
    sk_auto(sk_freep) char *address =
        sk_address_format("sagemaker_user_profile", domain->account->name, domain->region, name);
    bool ended = sk_compile_has_ended(team->compile, member->until);
    report_member(team, member, profile, address, ended);
    json_object_set_new(
        team->members, member->user,
        json_pack("{s:s, s:s, s:b}", "profile", profile, "address", address, "ended", ended));
    if (ended) {
        sk_manifest_warn(team->manifest, member->pointer, team->compile->diagnostics,
                         SK_DIAGNOSTIC_ENDED,
                         "the membership of '%s' ended with %s: it counts as removed", member->user,
                         member->until);
        return;
    }
    json_auto_t *tags =
        json_pack("{s:s, s:s*}", SK_TAG_USER, member->user, SK_TAG_GRACE, grace_of(team));
    json_t *body = json_pack("{s:O, s:s, s:o}", "DomainId", team->domain_id, "UserProfileName",
                             profile, "UserSettings", user_settings(team, member));
    const struct sk_emit emit = {
        .kind = "sagemaker_user_profile",
        .account = domain->account,
        .region = domain->region,
        .name = name,
        .manifest = team->manifest,
        .pointer = member->pointer,
        .tags = team->tags,
        .more_tags = tags,
    };
    struct sk_document *document = sk_compile_emit(team->compile, &emit, body);
    if (document)
        sk_document_add_edge(document, team->role_address);
}

/* Whether this user was not listed before in the team, nor in any team in another case. */
static bool check_once(struct team *team, const struct member *member)
{
    sk_auto(sk_freep) char *folded = sk_fold(member->user);
    const char *spelling = json_string_value(json_object_get(team->compile->users, folded));
    if (!spelling)
        json_object_set_new(team->compile->users, folded, json_string(member->user));
    if (spelling && strcmp(spelling, member->user) != 0) {
        sk_manifest_fault(team->manifest, member->pointer, team->compile->diagnostics,
                          SK_DIAGNOSTIC_DUPLICATE_NAME,
                          "member '%s' differs from member '%s' only in case; expected one "
                          "spelling",
                          member->user, spelling);
        return false;
    }
    if (json_object_get(team->seen, folded)) {
        sk_manifest_fault(team->manifest, member->pointer, team->compile->diagnostics,
                          SK_DIAGNOSTIC_DUPLICATE_NAME,
                          "member '%s' is listed twice; expected it once", member->user);
        return false;
    }
    json_object_set_new(team->seen, folded, json_true());
    return true;
}

static void compile_member(struct team *team, const json_t *entry, size_t index)
{
    bool is_text = json_is_string(entry);
    sk_auto(sk_freep) char *pointer =
        sk_xasprintf("/spec/members/%zu%s", index, is_text ? "" : "/user");
    struct member member = {
        .user = is_text ? json_string_value(entry) : sk_json_text(entry, "user"),
        .until = is_text ? NULL : sk_json_text(entry, "until"),
        .settings = is_text ? NULL : json_object_get(entry, "userSettings"),
        .pointer = pointer,
    };
    if (!member.user || !check_once(team, &member))
        return;
    json_object_set_new(team->members, member.user, json_null());
    if (team->compile->has_users) {
        member.manifest =
            sk_compile_refer(team->compile, team->manifest, pointer, "User", member.user);
        if (!member.manifest || !sk_compile_counts(team->compile, member.manifest))
            return;
    }
    if (team->domain->account)
        emit_profile(team, &member);
}

static void compile_members(struct team *team)
{
    if (team->domain->account) {
        team->settings = make_settings(team, NULL, NULL);
        team->domain_id = sk_ref_new(team->domain->address, "DomainId");
        team->row = json_pack("{s:s, s:s, s:s, s:s, s:s}", "team", team->manifest->name, "domain",
                              team->domain->manifest->name, "account", team->domain->account->name,
                              "region", team->domain->region, "role", team->role_name);
    }
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(team->manifest->spec, "members"), index, entry)
        compile_member(team, entry, index);
}

/* One of the team's roles. `owner`: first part of the names of its policies. Returns its ARN. */
static char *compile_role(struct team *team, const char *name, const char *owner,
                          const char *pointer, const json_t *spec, char **address)
{
    json_auto_t *tags = json_copy(team->tags);
    sk_auto(sk_freep) char *tags_place = sk_xasprintf("%s/tags", pointer);
    sk_tags_merge(team->compile, tags, team->manifest, tags_place, json_object_get(spec, "tags"));
    const struct sk_role_request request = {
        .manifest = team->manifest,
        .domain = team->domain,
        .spec = spec,
        .pointer = pointer,
        .name = name,
        .owner = owner,
        .team = team->manifest->name,
        .policies = json_object_get(spec, "policies"),
        .tags = tags,
        .defaults = team->defaults,
    };
    char *arn = sk_compile_role(team->compile, &request, address);
    json_array_append_new(team->roles, json_string(*address));
    return arn;
}

static void compile_team_role(struct team *team)
{
    team->role_arn =
        compile_role(team, team->role_name, team->manifest->name, "/spec/executionRole",
                     json_object_get(team->manifest->spec, "executionRole"), &team->role_address);
}

static char *further_role_name(const struct team *team, const char *key, const json_t *spec)
{
    const char *declared = sk_json_text(spec, "name");
    return declared ? sk_xstrdup(declared) : sk_further_role_name(team->manifest->name, key);
}

static void compile_further_roles(struct team *team)
{
    const char *key;
    json_t *spec;
    json_object_foreach(json_object_get(team->manifest->spec, "roles"), key, spec)
    {
        sk_auto(sk_freep) char *name = further_role_name(team, key, spec);
        sk_auto(sk_freep) char *owner = sk_xasprintf("%s-%s", team->manifest->name, key);
        sk_auto(sk_freep) char *pointer = sk_pointer_join("/spec/roles", key);
        sk_auto(sk_freep) char *address = NULL;
        free(compile_role(team, name, owner, pointer, spec, &address));
    }
}

/* Where the role will be; NULL while the domain's account is not known. */
static void add_pass_role(const struct team *team, json_t *roles, const char *name,
                          const json_t *spec)
{
    const char *path = sk_json_text(spec, "path");
    if (!team->domain->account)
        return;
    sk_auto(sk_freep) char *arn = sk_compile_arn(
        team->domain->account, "role", path ? path : team->compile->blueprint->iam_path, name);
    json_array_append_new(roles, json_string(arn));
}

static int compare_keys(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* All roles of the team, in an order that does not depend on the manifest's. */
static json_t *pass_roles(const struct team *team)
{
    json_t *roles = json_array();
    const json_t *further = json_object_get(team->manifest->spec, "roles");
    add_pass_role(team, roles, team->role_name,
                  json_object_get(team->manifest->spec, "executionRole"));
    const char **keys = sk_xcalloc(json_object_size(further) + 1, sizeof(char *));
    size_t count = 0;
    const char *key;
    json_t *spec;
    json_object_foreach((json_t *)further, key, spec) keys[count++] = key;
    qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 0; i < count; i++) {
        spec = json_object_get(further, keys[i]);
        sk_auto(sk_freep) char *name = further_role_name(team, keys[i], spec);
        add_pass_role(team, roles, name, spec);
    }
    free(keys);
    return roles;
}

/* A bucket belongs to one team. */
static void check_buckets(const struct team *team, const json_t *buckets)
{
    struct sk_compile *compile = team->compile;
    size_t index;
    json_t *bucket;
    json_array_foreach((json_t *)buckets, index, bucket)
    {
        const char *name = json_string_value(bucket);
        const char *owner =
            name ? json_string_value(json_object_get(compile->buckets, name)) : NULL;
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/data/buckets/%zu", index);
        if (owner)
            sk_manifest_fault(team->manifest, pointer, compile->diagnostics, SK_DIAGNOSTIC_CONFLICT,
                              "bucket '%s' is declared as data of team '%s' too; expected one team",
                              name, owner);
        else if (name)
            json_object_set_new(compile->buckets, name, json_string(team->manifest->name));
    }
}

static void take_defaults(struct team *team)
{
    const json_t *buckets = sk_json_at(team->manifest->spec, "data.buckets");
    check_buckets(team, buckets);
    team->defaults = json_pack("{s:o}", "passRoles", pass_roles(team));
    if (json_array_size(json_object_get(team->defaults, "passRoles")) == 0)
        json_object_clear(team->defaults);
    if (json_array_size(buckets) > 0)
        json_object_set(team->defaults, "bucket", (json_t *)buckets);
}

/* {bucket: document, or null for "none"}. New. */
static json_t *bucket_policies(const struct team *team)
{
    const struct sk_role_request request = {
        .manifest = team->manifest, .spec = team->manifest->spec, .pointer = "/spec"};
    json_auto_t *nothing = json_object();
    json_auto_t *known = json_object();
    json_t *policies = json_object();
    const char *bucket;
    json_t *file;
    json_object_foreach(sk_json_at(team->manifest->spec, "data.bucketPolicies"), bucket, file)
    {
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/data/bucketPolicies/%s", bucket);
        const struct sk_policy_entry entry = {
            .policy = json_string_value(file), .pointer = pointer, .use = SK_POLICY_RESOURCE};
        json_t *document = NULL;
        if (entry.policy && strcmp(entry.policy, "none") != 0)
            document = sk_compile_policy(team->compile, &request, &entry, nothing, known);
        json_object_set_new(policies, bucket, document ? document : json_null());
    }
    return policies;
}

static void report_team(const struct team *team)
{
    const json_t *buckets = sk_json_at(team->manifest->spec, "data.buckets");
    if (team->domain->account)
        json_array_append_new(
            team->compile->blueprint->teams,
            json_pack("{s:s, s:s, s:s, s:s, s:O, s:o, s:o}", "name", team->manifest->name, "domain",
                      team->domain->manifest->name, "account", team->domain->account->name,
                      "region", team->domain->region, "roles", team->roles, "buckets",
                      buckets ? json_deep_copy(buckets) : json_array(), "bucketPolicies",
                      bucket_policies(team)));
}

const struct sk_domain_entry *sk_compile_find_domain(struct sk_compile *compile,
                                                     const struct sk_manifest *manifest)
{
    const char *name = sk_json_text(manifest->spec, "domain");
    const struct sk_manifest *domain =
        name ? sk_compile_refer(compile, manifest, "/spec/domain", "Domain", name) : NULL;
    for (size_t i = 0; domain && i < compile->domain_count; i++) {
        if (compile->domains[i].manifest == domain && compile->domains[i].account)
            return &compile->domains[i];
    }
    return NULL;
}

/* Stands in for a domain that is not there, so that the faults of the rest are still found. */
static const struct sk_domain_entry no_domain = {.region = "us-east-1", .name = "?"};

static void compile_team(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    const char *declared = sk_json_text(manifest->spec, "executionRole.name");
    sk_auto(sk_freep) char *role_name =
        declared ? sk_xstrdup(declared) : sk_team_role_name(manifest->name);
    const struct sk_domain_entry *domain = sk_compile_find_domain(compile, manifest);
    struct team team = {
        .compile = compile,
        .manifest = manifest,
        .domain = domain ? domain : &no_domain,
        .role_name = role_name,
        .tags = json_object(),
        .seen = json_object(),
        .roles = json_array(),
        .members = json_object(),
    };
    if (compile->organization)
        sk_tags_merge(compile, team.tags, compile->organization, "/spec/defaults/tags",
                      json_object_get(compile->defaults, "tags"));
    sk_tags_merge(compile, team.tags, manifest, "/spec/tags",
                  json_object_get(manifest->spec, "tags"));
    json_object_set_new(team.tags, SK_TAG_TEAM, json_string(manifest->name));
    take_defaults(&team);
    compile_team_role(&team);
    compile_further_roles(&team);
    report_team(&team);
    compile_members(&team);
    const struct sk_team_spaces spaces = {
        .manifest = manifest, .domain = team.domain, .tags = team.tags, .members = team.members};
    sk_compile_spaces(compile, &spaces);
    free(team.role_arn);
    free(team.role_address);
    json_decref(team.tags);
    json_decref(team.seen);
    json_decref(team.defaults);
    json_decref(team.roles);
    json_decref(team.members);
    json_decref(team.settings);
    json_decref(team.domain_id);
    json_decref(team.row);
}

/* Overrides by team must name teams. */
static void check_user(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    const char *team;
    json_t *name;
    json_object_foreach(json_object_get(manifest->spec, "profileNames"), team, name)
    {
        sk_auto(sk_freep) char *pointer = sk_pointer_join("/spec/profileNames", team);
        sk_compile_refer(compile, manifest, pointer, "Team", team);
    }
}

void sk_compile_teams(struct sk_compile *compile)
{
    const struct sk_manifests *manifests = compile->manifests;
    for (size_t i = 0; i < manifests->count; i++) {
        const struct sk_manifest *manifest = &manifests->items[i];
        if (strcmp(manifest->kind->name, "Team") == 0 && sk_compile_counts(compile, manifest))
            compile_team(compile, manifest);
        else if (strcmp(manifest->kind->name, "User") == 0 && sk_compile_counts(compile, manifest))
            check_user(compile, manifest);
    }
}
