/* Teams: one role, and a profile for each member. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/names.h"
#include "plan/plan.h"

#define DAY_SECONDS 86400

struct team {
    struct sk_compile *compile;
    const struct sk_manifest *manifest;
    const struct sk_domain_entry *domain;
    const char *role_name; /* borrowed */
    char *role_arn;        /* owned */
    char *role_address;    /* owned */
    json_t *tags;          /* owned: {key: value} of the team */
    json_t *seen;          /* owned: {user in lower case: user} */
};

struct member {
    const char *user;
    const char *until;                  /* NULL: no end */
    const json_t *settings;             /* may be NULL */
    const struct sk_manifest *manifest; /* of the User; NULL when not declared */
    const char *pointer;                /* of the user's name in the team's manifest */
};

/* Whether the last day of a membership lies behind us. */
static bool has_ended(const struct sk_compile *compile, const char *until)
{
    struct sk_wall last;
    return until && sk_wall_parse(until, &last) == 0 &&
           compile->opts->today.seconds >= last.seconds + DAY_SECONDS;
}

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

static json_t *user_settings(const struct team *team, const struct member *member)
{
    const json_t *user = member->manifest ? member->manifest->spec : NULL;
    json_auto_t *of_team = sk_settings_merge(json_object_get(team->manifest->spec, "userSettings"),
                                             json_object_get(user, "userSettings"));
    json_t *settings = sk_settings_merge(of_team, member->settings);
    json_object_set_new(settings, "ExecutionRole", json_string(team->role_arn));
    return settings;
}

static void report_member(const struct team *team, const struct member *member, const char *profile,
                          const char *address, bool ended)
{
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*}", "user", member->user, "team",
                  team->manifest->name, "domain", team->domain->manifest->name, "account",
                  team->domain->account->name, "region", team->domain->region, "profile", profile,
                  "address", address, "role", team->role_name, "until", member->until);
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
    bool ended = has_ended(team->compile, member->until);
    report_member(team, member, profile, address, ended);
    if (ended) {
        sk_manifest_warn(team->manifest, member->pointer, team->compile->diagnostics,
                         SK_DIAGNOSTIC_ENDED,
                         "the membership of '%s' ended with %s: it counts as removed", member->user,
                         member->until);
        return;
    }
    json_auto_t *tags = json_copy(team->tags);
    json_object_set_new(tags, SK_TAG_USER, json_string(member->user));
    const char *grace = grace_of(team);
    if (grace)
        json_object_set_new(tags, SK_TAG_GRACE, json_string(grace));
    json_t *body =
        json_pack("{s:o, s:s, s:o}", "DomainId", sk_ref_new(domain->address, "DomainId"),
                  "UserProfileName", profile, "UserSettings", user_settings(team, member));
    const struct sk_emit emit = {
        .kind = "sagemaker_user_profile",
        .account = domain->account,
        .region = domain->region,
        .name = name,
        .manifest = team->manifest,
        .pointer = member->pointer,
        .tags = tags,
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
    if (team->compile->has_users) {
        member.manifest =
            sk_compile_refer(team->compile, team->manifest, pointer, "User", member.user);
        if (!member.manifest || !sk_compile_counts(team->compile, member.manifest))
            return;
    }
    if (team->domain->account)
        emit_profile(team, &member);
}

static void compile_team_role(struct team *team)
{
    const json_t *spec = json_object_get(team->manifest->spec, "executionRole");
    json_auto_t *tags = json_copy(team->tags);
    sk_tags_merge(team->compile, tags, team->manifest, "/spec/executionRole/tags",
                  json_object_get(spec, "tags"));
    const struct sk_role_request request = {
        .manifest = team->manifest,
        .domain = team->domain,
        .spec = spec,
        .pointer = "/spec/executionRole",
        .name = team->role_name,
        .owner = team->manifest->name,
        .team = team->manifest->name,
        .policies = json_object_get(spec, "policies"),
        .tags = tags,
    };
    team->role_arn = sk_compile_role(team->compile, &request, &team->role_address);
}

/* Stands in for a domain that is not there, so that the faults of the rest are still found. */
static const struct sk_domain_entry no_domain = {.region = "us-east-1", .name = "?"};

static const struct sk_domain_entry *find_domain(struct sk_compile *compile,
                                                 const struct sk_manifest *manifest)
{
    const char *name = sk_json_text(manifest->spec, "domain");
    const struct sk_manifest *domain =
        name ? sk_compile_refer(compile, manifest, "/spec/domain", "Domain", name) : NULL;
    for (size_t i = 0; domain && i < compile->domain_count; i++) {
        if (compile->domains[i].manifest == domain && compile->domains[i].account)
            return &compile->domains[i];
    }
    return &no_domain;
}

static void compile_team(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    const char *declared = sk_json_text(manifest->spec, "executionRole.name");
    sk_auto(sk_freep) char *role_name =
        declared ? sk_xstrdup(declared) : sk_team_role_name(manifest->name);
    struct team team = {
        .compile = compile,
        .manifest = manifest,
        .domain = find_domain(compile, manifest),
        .role_name = role_name,
        .tags = json_object(),
        .seen = json_object(),
    };
    if (compile->organization)
        sk_tags_merge(compile, team.tags, compile->organization, "/spec/defaults/tags",
                      json_object_get(compile->defaults, "tags"));
    sk_tags_merge(compile, team.tags, manifest, "/spec/tags",
                  json_object_get(manifest->spec, "tags"));
    json_object_set_new(team.tags, SK_TAG_TEAM, json_string(manifest->name));
    compile_team_role(&team);
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(manifest->spec, "members"), index, entry)
        compile_member(&team, entry, index);
    free(team.role_arn);
    free(team.role_address);
    json_decref(team.tags);
    json_decref(team.seen);
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
