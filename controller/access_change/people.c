/* Who works as a role: groups of those whom no policy tells apart, and who comes and goes. */
#include "access_change/change_int.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

/* ---- groups ---- */

/* The principals of a state's role, which stand together: their number, *first is the first of them. */
static size_t principals_of(const struct sk_role_side *side,
                            const struct sk_access_principal **first)
{
    const struct sk_access_state *state = side->subjects->state;
    size_t at = 0;
    while (side->role && at < state->principal_count && state->principals[at].role != side->role)
        at++;
    size_t past = at;
    while (side->role && past < state->principal_count &&
           state->principals[past].role == side->role)
        past++;
    *first = state->principals + at;
    return past - at;
}

static void add_name(json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        if (sk_text_equal(json_string_value(json_array_get(names, i)), name))
            return;
    }
    json_array_append_new(names, json_string(name));
}

static bool signs_in(const struct sk_access_principal *principal)
{
    return principal->situation == SK_SITUATION_ROLE &&
           sk_trust_names(principal->role, "Federated", NULL);
}

static int add_group(struct sk_pair *pair, const struct sk_role_side *side,
                     const struct sk_access_principal *principal, json_t *seen, struct sk_err *err)
{
    struct sk_subject subject;
    bool sign_in = signs_in(principal);
    int code =
        sk_subject_make(side->subjects, principal, sign_in ? SK_SUBJECT_SIGN_IN : SK_SUBJECT_STUDIO,
                        sign_in ? SK_SUBJECT_SOMEBODY : NULL, &subject, err);
    if (code < 0)
        return code;
    sk_auto(sk_freep) char *digest = sk_subject_digest(side->subjects, &subject);
    const json_t *known = json_object_get(seen, digest);
    if (known || pair->group_count == SK_GROUPS_MAX) {
        sk_subject_done(&subject);
        if (known)
            add_name(pair->groups[json_integer_value(known)].names, principal->name);
        else
            json_array_append_new(
                json_object_get(pair->section, "unknown"),
                json_sprintf("%s: policies tell more people apart than are looked at",
                             principal->name));
        return 0;
    }
    json_object_set_new(seen, digest, json_integer((json_int_t)pair->group_count));
    pair->groups[pair->group_count++] =
        (struct sk_group){.subject = subject, .names = json_pack("[s]", principal->name)};
    return 0;
}

/* Everybody of one state of the role; who signed in is covered by the role itself. */
int sk_pair_find_groups(struct sk_pair *pair, const struct sk_role_side *side, struct sk_err *err)
{
    const struct sk_access_principal *principals;
    size_t count = principals_of(side, &principals);
    json_auto_t *seen = json_object();
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        if (principals[i].situation != SK_SITUATION_SIGN_IN)
            code = add_group(pair, side, &principals[i], seen, err);
    }
    return code;
}

json_t *sk_group_base(const struct sk_group *group, const struct sk_access_role *role)
{
    json_t *base = json_deep_copy(group->subject.base);
    json_t *tags = json_copy(role->tags);
    if (group->subject.own_user)
        json_object_set_new(tags, "studiouserid", json_string(group->subject.own_user));
    json_object_set_new(json_object_get(base, "principal"), "tags", tags);
    return base;
}

void sk_pair_groups_done(struct sk_pair *pair)
{
    for (size_t i = 0; i < pair->group_count; i++) {
        sk_subject_done(&pair->groups[i].subject);
        json_decref(pair->groups[i].names);
    }
    pair->group_count = 0;
}

/* ---- who comes and goes ---- */

/* Whether the same person works at the same place as the role in the other state. */
static bool is_there(const struct sk_access_principal *others, size_t count,
                     const struct sk_access_principal *wanted)
{
    for (size_t i = 0; i < count; i++) {
        const struct sk_access_principal *principal = &others[i];
        if (principal->situation == wanted->situation &&
            sk_text_equal(principal->place->address, wanted->place->address) &&
            sk_text_equal(principal->user, wanted->user))
            return true;
    }
    return false;
}

static const char *until_of(const struct sk_pair *pair, const char *address)
{
    size_t index;
    json_t *member;
    json_array_foreach(pair->comparison->opts->members, index, member)
    {
        if (sk_text_equal(sk_json_text(member, "address"), address))
            return sk_json_text(member, "until");
    }
    return NULL;
}

void sk_pair_compare_people(const struct sk_pair *pair, const struct sk_role_side *there,
                            const struct sk_role_side *elsewhere, const char *change, json_t *rows)
{
    const struct sk_access_principal *principals;
    const struct sk_access_principal *others;
    size_t count = principals_of(there, &principals);
    size_t other_count = principals_of(elsewhere, &others);
    bool comes = there == &pair->after;
    for (size_t i = 0; i < count; i++) {
        const struct sk_access_principal *principal = &principals[i];
        if (!principal->place)
            continue;
        add_name(json_object_get(pair->section, "people"), principal->name);
        if (is_there(others, other_count, principal))
            continue;
        const char *address = principal->place->address;
        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:s, s:s*, s:s, s:s*}", "change", change,
                                        "importance", sk_importance_name(SK_IMPORTANCE_MEMBERSHIP),
                                        "person", principal->name, "user", principal->user, "place",
                                        address, "until", comes ? until_of(pair, address) : NULL));
    }
}
