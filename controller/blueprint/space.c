/* Shared spaces of teams. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/exceptions.h"

/* One entry of a team's `spaces`. */
struct space {
    struct sk_compile *compile;
    const struct sk_team_spaces *team;
    const json_t *spec; /* of the entry */
    const char *name;
    const char *pointer; /* of the entry */
};

static char *place_of(const struct space *space, const char *key)
{
    return sk_xasprintf("%s/%s", space->pointer, key);
}

/* How many teams' profiles can open what is shared in the domain. */
static size_t count_teams(const struct sk_compile *compile, const struct sk_manifest *domain)
{
    size_t count = 0;
    for (size_t i = 0; i < compile->manifests->count; i++) {
        const struct sk_manifest *manifest = &compile->manifests->items[i];
        count += strcmp(manifest->kind->name, "Team") == 0 &&
                 sk_compile_counts(compile, manifest) &&
                 sk_text_equal(sk_json_text(manifest->spec, "domain"), domain->name);
    }
    return count;
}

static void check_isolation(const struct space *space)
{
    const struct sk_manifest *domain = space->team->domain->manifest;
    size_t teams = domain ? count_teams(space->compile, domain) : 0;
    if (teams < 2)
        return;
    sk_auto(sk_freep) char *subject =
        sk_xasprintf("%s/%s", space->team->manifest->name, space->name);
    enum sk_excepted excepted = sk_compile_excepted(space->compile, SK_RULE_SHARED_SPACE, subject);
    if (excepted == SK_EXCEPTED_YES)
        return;
    sk_auto(sk_freep) char *road =
        excepted == SK_EXCEPTED_EXPIRED
            ? sk_xstrdup("its exception has expired")
            : sk_xasprintf("expected a domain of the team's own, or the exception {rule: %s, "
                           "subject: %s, reason: …} in the Organization",
                           SK_RULE_SHARED_SPACE, subject);
    sk_manifest_fault(space->team->manifest, space->pointer, space->compile->diagnostics,
                      SK_DIAGNOSTIC_ISOLATION,
                      "space '%s' is shared in domain '%s', and so open to the profiles of all its "
                      "%zu teams; %s",
                      space->name, domain->name, teams, road);
}

/* Shared spaces take their role from DefaultSpaceSettings only; AWS refuses them without. */
static void check_domain(const struct sk_compile *compile, const struct sk_team_spaces *team)
{
    const struct sk_manifest *domain = team->domain->manifest;
    if (!domain || team->domain->existing || sk_manifest_has(domain, "/spec/defaultSpaceSettings"))
        return;
    sk_manifest_fault(
        team->manifest, "/spec/spaces", compile->diagnostics, SK_DIAGNOSTIC_MISSING_KEY,
        "shared spaces run as the role of the domain's defaultSpaceSettings; expected "
        "that key in domain '%s' ('{}' takes the domain's default role)",
        domain->name);
}

/* The owner as a member of the team; NULL after a fault, or when the member itself is faulty. */
static const json_t *find_owner(const struct space *space)
{
    const char *owner = sk_json_text(space->spec, "owner");
    const json_t *member = owner ? json_object_get(space->team->members, owner) : NULL;
    if (!owner || json_is_null(member))
        return NULL;
    sk_auto(sk_freep) char *place = place_of(space, "owner");
    if (!member)
        sk_manifest_fault(
            space->team->manifest, place, space->compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
            "owner '%s' is no member of team '%s', and AWS cannot give a space another "
            "owner; expected a member: for one who leaves keep the line with `until:` "
            "(access ends, the profile stays), or remove the space and its volume",
            owner, space->team->manifest->name);
    else if (json_is_true(json_object_get(member, "ended")))
        sk_manifest_warn(space->team->manifest, place, space->compile->diagnostics,
                         SK_DIAGNOSTIC_ENDED,
                         "owner '%s' of space '%s' has left, and AWS cannot give a space another "
                         "owner: the profile stays, without access, until the space is removed",
                         owner, space->name);
    return member;
}

static json_t *make_body(const struct space *space, const json_t *owner)
{
    return json_pack("{s:o, s:s, s:O*, s:{s:O}, s:{s:s}, s:O*}", "DomainId",
                     sk_ref_new(space->team->domain->address, "DomainId"), "SpaceName", space->name,
                     "SpaceDisplayName", json_object_get(space->spec, "displayName"),
                     "OwnershipSettings", "OwnerUserProfileName", json_object_get(owner, "profile"),
                     "SpaceSharingSettings", "SharingType", "Shared", "SpaceSettings",
                     json_object_get(space->spec, "settings"));
}

static void emit_space(const struct space *space, const json_t *owner)
{
    const struct sk_domain_entry *domain = space->team->domain;
    json_auto_t *tags = json_copy((json_t *)space->team->tags);
    sk_auto(sk_freep) char *tags_place = place_of(space, "tags");
    sk_tags_merge(space->compile, tags, space->team->manifest, tags_place,
                  json_object_get(space->spec, "tags"));
    sk_auto(sk_freep) char *name = sk_xasprintf("%s/%s", domain->name, space->name);
    const struct sk_emit emit = {
        .kind = "sagemaker_space",
        .account = domain->account,
        .region = domain->region,
        .name = name,
        .manifest = space->team->manifest,
        .pointer = space->pointer,
        .tags = tags,
        .flags = json_is_true(json_object_get(space->spec, "adopt")) ? SK_DOCUMENT_ADOPT : 0,
    };
    struct sk_document *document = sk_compile_emit(space->compile, &emit, make_body(space, owner));
    /* The profile of one who has left is not declared any more: what hangs on it can only be kept. */
    if (document && json_is_true(json_object_get(owner, "ended")))
        document->obstacle =
            sk_xasprintf("its owner '%s' has left, and AWS makes no space without one",
                         sk_json_text(space->spec, "owner"));
    else if (document)
        sk_document_add_edge(document, sk_json_text(owner, "address"));
}

void sk_compile_spaces(struct sk_compile *compile, const struct sk_team_spaces *team)
{
    const json_t *spaces = json_object_get(team->manifest->spec, "spaces");
    if (json_array_size(spaces) > 0)
        check_domain(compile, team);
    size_t index;
    json_t *entry;
    json_array_foreach(spaces, index, entry)
    {
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/spaces/%zu", index);
        const struct space space = {.compile = compile,
                                    .team = team,
                                    .spec = entry,
                                    .name = sk_json_text(entry, "name"),
                                    .pointer = pointer};
        if (!space.name)
            continue; /* reported by the schema */
        check_isolation(&space);
        const json_t *owner = find_owner(&space);
        if (owner && team->domain->account)
            emit_space(&space, owner);
    }
}
