/* Which principal a person means, see state.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "access/state.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"

/* What was typed, taken apart. Borrowed, but for `user`. */
struct wanted {
    const char *text; /* without "User/" */
    char *user;       /* owned: in front of the last '@'; NULL without */
    const char *team; /* behind it, or of "Team/…" */
    bool is_team;
    bool is_user;
};

static struct wanted take_apart(const char *text)
{
    struct wanted wanted = {.text = text};
    wanted.is_team = sk_text_starts_with(text, "Team/");
    wanted.is_user = sk_text_starts_with(text, "User/");
    if (wanted.is_team || wanted.is_user)
        wanted.text = text + strlen("Team/");
    const char *at = strrchr(wanted.text, '@');
    if (wanted.is_team) {
        wanted.team = wanted.text;
    } else if (at) {
        wanted.user = sk_xstrndup(wanted.text, (size_t)(at - wanted.text));
        wanted.team = at + 1;
    }
    return wanted;
}

static bool same_name(const char *a, const char *b)
{
    return a && b && strcasecmp(a, b) == 0;
}

/* The execution role of a team is the one that its profiles have: it may have further roles, with the
 * same tag. */
static bool is_team_role(const struct sk_access_state *state, const char *team,
                         const struct sk_access_role *role)
{
    for (size_t i = 0; i < state->principal_count; i++) {
        const struct sk_access_principal *person = &state->principals[i];
        if (person->situation == SK_SITUATION_PROFILE && same_name(team, person->team))
            return person->role == role;
    }
    const char *tag = json_string_value(json_object_get(role->tags, "Team"));
    return same_name(team, tag); /* nobody is in it */
}

static bool means(const struct sk_access_state *state, const struct wanted *wanted,
                  const struct sk_access_principal *principal)
{
    if (principal->situation == SK_SITUATION_ROLE) {
        if (wanted->is_team)
            return is_team_role(state, wanted->team, principal->role);
        return !wanted->is_user && (same_name(wanted->text, principal->name) ||
                                    strcmp(wanted->text, principal->role->arn) == 0);
    }
    if (wanted->is_team)
        return false;
    if (principal->situation == SK_SITUATION_SIGN_IN)
        return same_name(wanted->text, principal->name);
    if (same_name(wanted->text, principal->user))
        return true; /* also names of users that hold an '@' */
    if (wanted->user)
        return same_name(wanted->user, principal->user) && same_name(wanted->team, principal->team);
    return !wanted->is_user && same_name(wanted->text, principal->place->address);
}

static int ambiguous(const struct sk_access_state *state, const struct wanted *wanted,
                     const char *text, struct sk_err *err)
{
    struct sk_buffer names = {0};
    for (size_t i = 0; i < state->principal_count; i++) {
        const struct sk_access_principal *principal = &state->principals[i];
        if (!means(state, wanted, principal))
            continue;
        bool by_name = principal->team && !wanted->team;
        sk_buffer_addf(&names, "%s%s", names.length > 0 ? ", " : "",
                       by_name            ? principal->name
                       : principal->place ? principal->place->address
                                          : principal->name);
    }
    int code = sk_err_set(err, SK_E_INVALID, "'%s' may mean several principals; expected one of %s",
                          text, sk_buffer_text(&names));
    sk_buffer_done(&names);
    return code;
}

static int unknown(const struct sk_access_state *state, const char *text, struct sk_err *err)
{
    const char **names = sk_xcalloc(state->principal_count + 1, sizeof(char *));
    for (size_t i = 0; i < state->principal_count; i++)
        names[i] = state->principals[i].name;
    const char *nearest = sk_text_nearest(text, names, state->principal_count);
    int code = sk_err_set(err, SK_E_NOT_FOUND, "there is no principal '%s'; %s%s%s", text,
                          nearest ? "did you mean '"
                                  : "expected USER@TEAM, Team/TEAM, the address of a user profile, "
                                    "or a role's ARN or address",
                          nearest ? nearest : "", nearest ? "'?" : "");
    free(names);
    return code;
}

int sk_access_find(const struct sk_access_state *state, const char *text,
                   const struct sk_access_principal **out, struct sk_err *err)
{
    struct wanted wanted = take_apart(text);
    const struct sk_access_principal *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < state->principal_count; i++) {
        if (!means(state, &wanted, &state->principals[i]))
            continue;
        found = &state->principals[i];
        count++;
    }
    int code = 0;
    if (count > 1)
        code = ambiguous(state, &wanted, text, err);
    else if (!found)
        code = unknown(state, text, err);
    else
        *out = found;
    free(wanted.user);
    return code;
}
