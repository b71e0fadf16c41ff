/* The organization's identity source: a group for each team, and who is in it.
 *
 * With `git`, groups and memberships are documents like any others, and users are awaited: they are
 * made by whoever runs the directory. With `external`, nothing here is ours to write: all are
 * documents that are made elsewhere, so that what is missing is waited for and what differs noted,
 * and what was made with `git` before is ceded. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"
#include "blueprint/names.h"

#define AWAITED (SK_DOCUMENT_EXISTING | SK_DOCUMENT_AWAITED)

struct directory {
    struct sk_compile *compile;
    const struct sk_account *account;
    const char *region;
    const char *prefix; /* of group names */
    bool external;
    char *instance; /* owned: address */
    json_t *users;  /* owned: {user in lower case: true}: those that have their document */
};

/* --- where it is --------------------------------------------------------------------------- */

static const json_t *source_of(const struct sk_compile *compile)
{
    return compile->organization ? json_object_get(compile->organization->spec, "identitySource")
                                 : NULL;
}

static const struct sk_account *find_account(struct sk_compile *compile, const json_t *source)
{
    const struct sk_accounts *accounts = &compile->blueprint->accounts;
    const char *name = sk_json_text(source, "account");
    if (!name && accounts->count == 1)
        return &accounts->items[0];
    const struct sk_account *account = name ? sk_accounts_find(accounts, name) : NULL;
    if (account || compile->accounts_incomplete)
        return account;
    if (name)
        sk_manifest_fault(compile->organization, "/spec/identitySource/account",
                          compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
                          "'%s': there is no account of this name; expected one of the "
                          "organization's",
                          name);
    else
        sk_manifest_fault(compile->organization, "/spec/identitySource", compile->diagnostics,
                          SK_DIAGNOSTIC_MISSING_KEY,
                          "the key 'account' is missing; expected it, because the organization has "
                          "%zu accounts",
                          accounts->count);
    return NULL;
}

static const char *find_region(struct sk_compile *compile, const json_t *source,
                               const struct sk_account *account)
{
    const char *name = sk_json_text(source, "region");
    for (size_t i = 0; name && account->regions[i]; i++) {
        if (strcmp(account->regions[i], name) == 0)
            return account->regions[i];
    }
    if (!name && !account->regions[1])
        return account->regions[0];
    if (name)
        sk_manifest_fault(compile->organization, "/spec/identitySource/region",
                          compile->diagnostics, SK_DIAGNOSTIC_DANGLING,
                          "'%s' is no region of account '%s'; expected one of those the account "
                          "lists",
                          name, account->name);
    else
        sk_manifest_fault(compile->organization, "/spec/identitySource", compile->diagnostics,
                          SK_DIAGNOSTIC_MISSING_KEY,
                          "the key 'region' is missing; expected it, because account '%s' has "
                          "several",
                          account->name);
    return NULL;
}

static void emit_instance(struct directory *directory, const json_t *source)
{
    struct sk_compile *compile = directory->compile;
    const struct sk_emit emit = {
        .kind = "identity_center_instance",
        .account = directory->account,
        .region = directory->region,
        .name = "instance",
        .manifest = compile->organization,
        .pointer = "/spec/identitySource",
        .flags = SK_DOCUMENT_EXISTING | (directory->external ? SK_DOCUMENT_CEDED : 0),
    };
    sk_compile_emit(
        compile, &emit,
        json_pack("{s:O*}", "IdentityStoreId", json_object_get(source, "identityStoreId")));
    directory->instance = sk_address_format(emit.kind, emit.account->name, emit.region, emit.name);
}

/* False when there is none, or it cannot be placed. */
static bool take_source(struct directory *directory)
{
    struct sk_compile *compile = directory->compile;
    const json_t *source = source_of(compile);
    const char *word =
        json_is_string(source) ? json_string_value(source) : sk_json_text(source, "membership");
    const char *prefix = sk_json_text(source, "groupPrefix");
    directory->external = sk_text_equal(word, "external");
    directory->prefix = prefix ? prefix : "sagekeeper-";
    directory->account = source ? find_account(compile, source) : NULL;
    directory->region =
        directory->account ? find_region(compile, source, directory->account) : NULL;
    if (!directory->region)
        return false;
    emit_instance(directory, source);
    return true;
}

/* --- teams --------------------------------------------------------------------------------- */

struct group {
    const struct sk_manifest *manifest; /* of the team */
    char *name;                         /* owned */
    char *address;                      /* owned */
};

static struct sk_document *emit(struct directory *directory, const char *kind, const char *name,
                                const struct sk_manifest *manifest, const char *pointer,
                                unsigned flags, json_t *body)
{
    const struct sk_emit parts = {
        .kind = kind,
        .account = directory->account,
        .region = directory->region,
        .name = name,
        .manifest = manifest,
        .pointer = pointer,
        .flags = flags,
    };
    return sk_compile_emit(directory->compile, &parts, body);
}

/* "Fraud detection (sagekeeper: acme)": the mark tells people, and says what a group without a
 * record claims to be. New. */
static json_t *description_of(const struct directory *directory, const struct group *group)
{
    const char *own = sk_json_text(group->manifest->spec, "group.description");
    const char *organization = directory->compile->blueprint->organization;
    return own ? json_sprintf("%s (sagekeeper: %s)", own, organization)
               : json_sprintf("Team %s (sagekeeper: %s)", group->manifest->name, organization);
}

static void check_external(const struct directory *directory, const struct sk_manifest *manifest)
{
    static const char *const ours[] = {"adopt", "description"};
    for (size_t i = 0; directory->external && i < sizeof(ours) / sizeof(*ours); i++) {
        sk_auto(sk_freep) char *pointer = sk_xasprintf("/spec/group/%s", ours[i]);
        if (sk_manifest_has(manifest, pointer))
            sk_manifest_fault(manifest, pointer, directory->compile->diagnostics,
                              SK_DIAGNOSTIC_CONFLICT,
                              "'%s' of a group that the identity provider makes; expected nothing "
                              "but its name",
                              ours[i]);
    }
}

static void emit_group(struct directory *directory, struct group *group)
{
    const struct sk_manifest *manifest = group->manifest;
    const json_t *own = json_object_get(manifest->spec, "group");
    const char *named = json_is_string(own) ? json_string_value(own) : sk_json_text(own, "name");
    const char *pointer = json_is_string(own) ? "/spec/group"
                          : named             ? "/spec/group/name"
                                              : "/metadata/name";
    check_external(directory, manifest);
    group->name =
        named ? sk_xstrdup(named) : sk_xasprintf("%s%s", directory->prefix, manifest->name);
    group->address = sk_address_format("identitystore_group", directory->account->name,
                                       directory->region, group->name);
    bool adopt = json_is_true(json_object_get(own, "adopt"));
    unsigned flags = directory->external ? AWAITED : adopt ? SK_DOCUMENT_ADOPT : 0;
    json_t *body =
        json_pack("{s:o, s:s}", "IdentityStoreId",
                  sk_ref_new(directory->instance, "IdentityStoreId"), "DisplayName", group->name);
    if (!directory->external)
        json_object_set_new(body, "Description", description_of(directory, group));
    emit(directory, "identitystore_group", group->name, manifest, pointer, flags, body);
}

/* A user's document, once however many teams it is in; the address of it. Owned by the caller. */
static char *emit_user(struct directory *directory, const char *user,
                       const struct sk_manifest *team, const char *pointer)
{
    sk_auto(sk_freep) char *folded = sk_fold(user);
    if (!json_object_get(directory->users, folded)) {
        json_object_set_new(directory->users, folded, json_true());
        const struct sk_manifest *manifest =
            sk_manifests_find(directory->compile->manifests, "User", user);
        json_t *body = json_pack("{s:s}", "UserName", user);
        const char *email = manifest ? sk_json_text(manifest->spec, "email") : NULL;
        if (email)
            json_object_set_new(body, "Emails", json_pack("[{s:s}]", "Value", email));
        emit(directory, "identitystore_user", user, team, pointer, AWAITED, body);
    }
    return sk_address_format("identitystore_user", directory->account->name, directory->region,
                             user);
}

static void emit_member(struct directory *directory, const struct group *group, const json_t *entry,
                        size_t index)
{
    bool is_text = json_is_string(entry);
    const char *user = is_text ? json_string_value(entry) : sk_json_text(entry, "user");
    const char *until = is_text ? NULL : sk_json_text(entry, "until");
    if (!user || sk_compile_has_ended(directory->compile, until))
        return;
    sk_auto(sk_freep) char *pointer =
        sk_xasprintf("/spec/members/%zu%s", index, is_text ? "" : "/user");
    sk_auto(sk_freep) char *address = emit_user(directory, user, group->manifest, pointer);
    sk_auto(sk_freep) char *name = sk_xasprintf("%s/%s", group->name, user);
    json_t *body = json_pack("{s:o, s:o, s:{s:o}}", "IdentityStoreId",
                             sk_ref_new(directory->instance, "IdentityStoreId"), "GroupId",
                             sk_ref_new(group->address, "GroupId"), "MemberId", "UserId",
                             sk_ref_new(address, "UserId"));
    emit(directory, "identitystore_group_membership", name, group->manifest, pointer,
         directory->external ? AWAITED : 0, body);
}

/* A user that is listed twice was reported with the team. */
static bool is_first(json_t *seen, const json_t *entry)
{
    const char *user =
        json_is_string(entry) ? json_string_value(entry) : sk_json_text(entry, "user");
    sk_auto(sk_freep) char *folded = sk_fold(user ? user : "");
    bool first = !json_object_get(seen, folded);
    json_object_set_new(seen, folded, json_true());
    return first;
}

static void compile_team(struct directory *directory, const struct sk_manifest *manifest)
{
    struct group group = {.manifest = manifest};
    emit_group(directory, &group);
    json_auto_t *seen = json_object();
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(manifest->spec, "members"), index, entry)
    {
        if (is_first(seen, entry))
            emit_member(directory, &group, entry, index);
    }
    free(group.name);
    free(group.address);
}

static void check_no_group(struct sk_compile *compile, const struct sk_manifest *manifest)
{
    if (!source_of(compile) && sk_manifest_has(manifest, "/spec/group"))
        sk_manifest_fault(manifest, "/spec/group", compile->diagnostics, SK_DIAGNOSTIC_CONFLICT,
                          "the organization has no identity source to make groups in; expected "
                          "'identitySource' in the Organization");
}

void sk_compile_directory(struct sk_compile *compile)
{
    struct directory directory = {.compile = compile, .users = json_object()};
    bool there = take_source(&directory);
    for (size_t i = 0; i < compile->manifests->count; i++) {
        const struct sk_manifest *manifest = &compile->manifests->items[i];
        if (strcmp(manifest->kind->name, "Team") != 0 || !sk_compile_counts(compile, manifest))
            continue;
        check_no_group(compile, manifest);
        if (there)
            compile_team(&directory, manifest);
    }
    free(directory.instance);
    json_decref(directory.users);
}
