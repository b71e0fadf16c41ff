/* Which actions have to be asked about: sets of them, a bit for each position of the catalogue. */
#include <stdlib.h>
#include <string.h>

#include "access_change/change_int.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/catalogue.h"

static size_t word_count(size_t *actions)
{
    *actions = 0;
    while (sk_catalogue_at(*actions))
        (*actions)++;
    return *actions / 64 + 1;
}

static bool has_statement(const struct sk_proof_policies *policies,
                          const struct sk_proof_statement *statement)
{
    for (size_t i = 0; i < policies->statement_count; i++) {
        const struct sk_proof_statement *other = &policies->statements[i];
        if (other->layer == statement->layer && other->level == statement->level &&
            other->variables == statement->variables && json_equal(other->json, statement->json))
            return true;
    }
    return false;
}

static void add_actions(const struct sk_proof_policies *policies,
                        const struct sk_proof_policies *other, size_t words, uint64_t *actions)
{
    for (size_t i = 0; i < policies->statement_count; i++) {
        if (has_statement(other, &policies->statements[i]))
            continue;
        for (size_t word = 0; word < words; word++)
            actions[word] |= policies->statements[i].actions[word];
    }
}

static bool same_layers(const struct sk_proof_policies *a, const struct sk_proof_policies *b)
{
    return (a->layers.boundary == NULL) == (b->layers.boundary == NULL) &&
           a->layers.scp_levels == b->layers.scp_levels;
}

/* A bit for each action on which the two states may differ: those that a statement takes which only
 * one of them has, unless what differs touches all. Owned by the caller. */
uint64_t *sk_pair_actions(const struct sk_pair *pair)
{
    size_t count;
    size_t words = word_count(&count);
    uint64_t *actions = sk_xcalloc(words, sizeof(actions[0]));
    const struct sk_role_side *before = &pair->before;
    const struct sk_role_side *after = &pair->after;
    bool all = !before->role || !after->role ||
               !json_equal(before->role->tags, after->role->tags) ||
               !same_layers(before->policies, after->policies);
    if (all) {
        for (size_t i = 0; i < count; i++)
            actions[i / 64] |= UINT64_C(1) << (i % 64);
        return actions;
    }
    add_actions(before->policies, after->policies, words, actions);
    add_actions(after->policies, before->policies, words, actions);
    return actions;
}

/* ---- what tells people apart ---- */

/* {key in lower case: true} of what the session of one group carries and that of another may not: the
 * keys of Studio and the tag of who signed in. New. */
static json_t *keys_of(const struct sk_pair *pair)
{
    json_t *keys = json_pack("{s:b}", "studiouserid", 1);
    for (size_t i = 0; i < pair->group_count; i++) {
        const char *key;
        json_t *value;
        json_object_foreach(json_object_get(pair->groups[i].subject.base, "context"), key, value)
        {
            sk_auto(sk_freep) char *name = sk_text_lower(sk_xstrdup(key));
            json_object_set_new(keys, name, json_true());
        }
    }
    return keys;
}

static bool mentions(const struct sk_proof_statement *statement, const json_t *keys)
{
    sk_auto(sk_freep) char *text = sk_text_lower(sk_json_canonical(statement->json));
    const char *key;
    json_t *unused;
    json_object_foreach((json_t *)keys, key, unused)
    {
        if (strstr(text, key))
            return true;
    }
    return false;
}

uint64_t *sk_actions_telling_apart(const struct sk_pair *pair, const struct sk_role_side *there,
                                   const struct sk_role_side *elsewhere, const uint64_t *actions)
{
    size_t count;
    size_t words = word_count(&count);
    uint64_t *apart = sk_xcalloc(words, sizeof(apart[0]));
    const struct sk_proof_policies *sides[] = {there->policies, elsewhere->policies};
    json_auto_t *keys = keys_of(pair);
    for (size_t side = 0; pair->group_count > 1 && side < 2; side++) {
        for (size_t i = 0; sides[side] && i < sides[side]->statement_count; i++) {
            const struct sk_proof_statement *statement = &sides[side]->statements[i];
            bool told = mentions(statement, keys);
            for (size_t word = 0; told && word < words; word++)
                apart[word] |= statement->actions[word] & actions[word];
        }
    }
    return apart;
}

json_t *sk_grants_without(const json_t *grants, const uint64_t *actions)
{
    json_t *rest = json_array();
    size_t index;
    json_t *grant;
    json_array_foreach(grants, index, grant)
    {
        size_t action = (size_t)json_integer_value(json_object_get(grant, "action"));
        if (!(actions[action / 64] >> (action % 64) & 1))
            json_array_append(rest, grant);
    }
    return rest;
}
