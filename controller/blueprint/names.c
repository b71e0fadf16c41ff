/* See names.h. tests/data/manifests/profile-names.txt pins what the rules give. */
#include "blueprint/names.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/hash.h"

#define HASH_DIGITS 8
/* What a cut team name keeps at least; the user's part gets the rest. */
#define TEAM_KEPT   26

char *sk_name_slug(const char *text)
{
    struct sk_buffer slug = {0};
    bool gap = false;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte >= 0x80 || !isalnum(byte)) {
            gap = true;
            continue;
        }
        if (gap && slug.length)
            sk_buffer_addc(&slug, '-');
        gap = false;
        sk_buffer_addc(&slug, (char)tolower(byte));
    }
    return sk_buffer_take(&slug);
}

/* Cuts to at most `max` characters, without a hyphen at the end. */
static void cut(char *slug, size_t max)
{
    size_t length = strlen(slug);
    if (length <= max)
        return;
    while (max > 0 && slug[max - 1] == '-')
        max--;
    slug[max] = '\0';
}

static bool is_plain(const char *part, const char *slug)
{
    return *part && strcmp(part, slug) == 0 && !strchr(part, '-');
}

char *sk_profile_name(const char *user, const char *team)
{
    sk_auto(sk_freep) char *user_slug = sk_name_slug(user);
    sk_auto(sk_freep) char *team_slug = sk_name_slug(team);
    if (is_plain(user, user_slug) && is_plain(team, team_slug) &&
        strlen(user) + 1 + strlen(team) <= SK_PROFILE_NAME_MAX)
        return sk_xasprintf("%s-%s", user, team);
    /* A name of this form always has two hyphens or more, a plain one exactly one: they never meet.
     */
    const char *user_part = *user_slug ? user_slug : "user";
    const char *team_part = *team_slug ? team_slug : "team";
    struct sk_buffer hashed = {0};
    sk_buffer_add(&hashed, user, strlen(user) + 1);
    sk_buffer_adds(&hashed, team);
    char digest[SK_SHA256_HEX_BYTES];
    sk_sha256_hex(hashed.data, hashed.length, digest);
    sk_buffer_done(&hashed);
    sk_auto(sk_freep) char *user_cut = sk_xstrdup(user_part);
    sk_auto(sk_freep) char *team_cut = sk_xstrdup(team_part);
    const size_t room = SK_PROFILE_NAME_MAX - HASH_DIGITS - 2; /* for both, without the hyphens */
    if (strlen(user_cut) + strlen(team_cut) > room) {
        size_t user_length = strlen(user_cut);
        size_t team_room = user_length < room - TEAM_KEPT ? room - user_length : TEAM_KEPT;
        cut(team_cut, team_room);
        cut(user_cut, room - strlen(team_cut));
    }
    return sk_xasprintf("%s-%s-%.*s", user_cut, team_cut, HASH_DIGITS, digest);
}

char *sk_team_role_name(const char *team)
{
    return sk_xasprintf("sagekeeper-%s", team);
}

char *sk_domain_role_name(const char *domain)
{
    return sk_xasprintf("sagekeeper-%s-default", domain);
}

char *sk_further_role_name(const char *team, const char *role)
{
    return sk_xasprintf("sagekeeper-%s-%s", team, role);
}

char *sk_sign_in_role_name(const char *name)
{
    return sk_xasprintf("sagekeeper-%s-sign-in", name);
}

char *sk_guardrail_policy_name(const char *name)
{
    return sk_xasprintf("guardrail-%s", name);
}

char *sk_policy_name(const char *owner, const char *policy)
{
    const char *at = strchr(policy, '@');
    if (at)
        return sk_xasprintf("%s-%.*s-v%s", owner, (int)(at - policy), policy, at + 1);
    const char *suffix = strrchr(policy, '.');
    char *name = sk_xasprintf("%s-%.*s", owner, (int)(suffix - policy), policy);
    for (char *slash = name; (slash = strchr(slash, '/')) != NULL;)
        *slash = '-';
    return name;
}
