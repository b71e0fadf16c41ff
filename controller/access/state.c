/* Roles with their policies, and the principals that end in them, see state.h. */
#include "access/state.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/kind.h"
#include "policy/document.h"

json_t *sk_access_tags(const json_t *tags)
{
    json_t *map = json_object();
    size_t index;
    json_t *row;
    json_array_foreach(tags, index, row)
    {
        const char *key = sk_json_text(row, "Key");
        json_t *value = json_object_get(row, "Value");
        if (key && json_is_string(value))
            json_object_set(map, key, value);
    }
    return map;
}

static bool is_kind(const struct sk_document *document, const char *kind)
{
    return strcmp(document->kind->name, kind) == 0;
}

char *sk_access_iam_arn(const struct sk_document *document, const struct sk_account *account)
{
    const char *given = sk_json_text(document->body, "Arn");
    if (given)
        return sk_xstrdup(given);
    bool role = is_kind(document, "iam_role");
    const char *path = sk_json_text(document->body, "Path");
    return sk_xasprintf("arn:%s:iam::%s:%s%s%s", account->partition, account->id,
                        role ? "role" : "policy", path ? path : "/", sk_document_name(document));
}

char *sk_access_domain_id(const struct sk_document *domain)
{
    const char *id = sk_json_text(domain->body, "DomainId");
    if (id)
        return sk_xstrdup(id);
    char *made = sk_xasprintf("d-%s", sk_document_name(domain));
    for (char *at = made; *at; at++)
        *at = (char)(isalnum((unsigned char)*at) ? tolower((unsigned char)*at) : '-');
    return made;
}

const struct sk_document *sk_access_domain_of(const struct sk_access_state *state,
                                              const struct sk_document *document)
{
    const char *name = sk_document_name(document);
    sk_auto(sk_freep) char *domain = sk_xstrndup(name, strcspn(name, "/"));
    sk_auto(sk_freep) char *address =
        sk_address_format("sagemaker_domain", document->account, document->region, domain);
    return sk_documents_find(state->opts.documents, address);
}

/* Policies */

static void add_policy(struct sk_access_role *role, const struct sk_access_policy *policy)
{
    if (role->policy_count == role->policy_capacity) {
        role->policy_capacity = role->policy_capacity ? role->policy_capacity * 2 : 8;
        role->policies =
            sk_xrealloc(role->policies, role->policy_capacity, sizeof(*role->policies));
    }
    role->policies[role->policy_count++] = *policy;
}

/* The document of a customer managed policy; NULL when it is not known. */
static const struct sk_document *policy_of_arn(const struct sk_access_state *state, const char *arn)
{
    const json_t *position = json_object_get(state->policy_index, arn);
    return position ? state->opts.documents->items[json_integer_value(position)] : NULL;
}

/* False when the document of the policy is not known. */
static bool add_managed(const struct sk_access_state *state, struct sk_access_role *role,
                        const char *arn, enum sk_layer layer)
{
    const struct sk_document *holder = policy_of_arn(state, arn);
    const json_t *document = holder ? json_object_get(holder->body, "PolicyDocument") : NULL;
    if (!json_is_object(document))
        return false;
    const struct sk_access_policy policy = {
        .layer = layer,
        .name = sk_document_name(holder),
        .address = holder->address,
        .origin = holder->origin,
        .document = document,
        .source = json_object_get(state->opts.sources, holder->address),
    };
    add_policy(role, &policy);
    return true;
}

static void add_attached(const struct sk_access_state *state, struct sk_access_role *role)
{
    size_t index;
    json_t *arn;
    json_array_foreach(json_object_get(role->document->body, "AttachedManagedPolicies"), index, arn)
    {
        const char *text = json_string_value(arn);
        if (text && !add_managed(state, role, text, SK_LAYER_IDENTITY))
            json_array_append(role->unread, arn);
    }
}

static void add_inline(const struct sk_access_state *state, struct sk_access_role *role)
{
    const char *name;
    json_t *document;
    json_object_foreach(json_object_get(role->document->body, "InlinePolicies"), name, document)
    {
        sk_auto(sk_freep) char *key = sk_xasprintf("%s#%s", role->document->address, name);
        if (json_is_string(document)) /* a text that is no JSON */
            json_array_append_new(role->unread, json_string(key));
        if (!json_is_object(document))
            continue;
        const struct sk_access_policy policy = {
            .layer = SK_LAYER_IDENTITY,
            .name = name,
            .is_inline = true,
            .address = role->document->address,
            .origin = role->document->origin,
            .document = document,
            .source = json_object_get(state->opts.sources, key),
        };
        add_policy(role, &policy);
    }
}

static void add_controls(const struct sk_access_state *state, struct sk_access_role *role)
{
    for (size_t i = 0; i < state->opts.control_count; i++) {
        const struct sk_access_control *control = &state->opts.controls[i];
        if (control->account && strcmp(control->account, role->account->name) != 0)
            continue;
        const struct sk_access_policy policy = {
            .layer = SK_LAYER_SCP,
            .level = control->level,
            .name = control->name,
            .address = control->address,
            .document = control->document,
            .source = control->source,
        };
        add_policy(role, &policy);
        if (control->level >= role->control_levels)
            role->control_levels = control->level + 1;
    }
}

/* Whether some statement of a trust policy allows sts:TagSession; `federated`: to a provider. */
static bool trusts_tags(const json_t *trust, bool federated)
{
    json_auto_t *canonical = json_is_object(trust) ? sk_policy_canonical(trust) : NULL;
    size_t index;
    json_t *statement;
    json_array_foreach(json_object_get(canonical, "Statement"), index, statement)
    {
        const json_t *principal = json_object_get(statement, "Principal");
        bool fits = !federated || json_object_get(principal, "Federated");
        size_t position;
        json_t *action;
        json_array_foreach(json_object_get(statement, "Action"), position, action)
        {
            const char *text = json_string_value(action);
            if (fits && text &&
                (strcmp(text, "sts:tagsession") == 0 || strpbrk(text, "*?") != NULL) &&
                sk_text_equal(sk_json_text(statement, "Effect"), "Allow"))
                return true;
        }
    }
    return false;
}

static void make_role(struct sk_access_state *state, struct sk_access_role *role,
                      const struct sk_document *document, const struct sk_account *account)
{
    *role = (struct sk_access_role){.document = document, .account = account};
    role->arn = sk_access_iam_arn(document, account);
    role->tags = sk_access_tags(json_object_get(document->body, "Tags"));
    role->unread = json_array();
    role->takes_session_tags =
        trusts_tags(json_object_get(document->body, "AssumeRolePolicyDocument"), false);
    add_attached(state, role);
    add_inline(state, role);
    const char *boundary = sk_json_text(document->body, "PermissionsBoundary");
    if (boundary && !add_managed(state, role, boundary, SK_LAYER_BOUNDARY))
        role->unread_boundary = boundary;
    add_controls(state, role);
}

/* Index of ARNs of policies first, then roles, which look their policies up. */
static void index_policies(struct sk_access_state *state)
{
    const struct sk_documents *documents = state->opts.documents;
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        const struct sk_account *account =
            sk_accounts_find(state->opts.accounts, document->account);
        if (!account || !json_object_get(document->body, "PolicyDocument"))
            continue;
        sk_auto(sk_freep) char *arn = sk_access_iam_arn(document, account);
        json_object_set_new(state->policy_index, arn, json_integer((json_int_t)i));
    }
}

static void make_roles(struct sk_access_state *state)
{
    const struct sk_documents *documents = state->opts.documents;
    state->roles = sk_xcalloc(documents->count + 1, sizeof(*state->roles));
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        const struct sk_account *account =
            sk_accounts_find(state->opts.accounts, document->account);
        if (!account || !is_kind(document, "iam_role") ||
            (document->flags & SK_DOCUMENT_EXISTING) != 0)
            continue;
        struct sk_access_role *role = &state->roles[state->role_count];
        make_role(state, role, document, account);
        json_object_set_new(state->role_index, role->arn,
                            json_integer((json_int_t)state->role_count++));
    }
}

const struct sk_access_role *sk_access_role_of_arn(const struct sk_access_state *state,
                                                   const char *arn)
{
    const json_t *position = arn ? json_object_get(state->role_index, arn) : NULL;
    return position ? &state->roles[json_integer_value(position)] : NULL;
}

/* Principals */

static struct sk_access_principal *add_principal(struct sk_access_state *state,
                                                 const struct sk_access_role *role,
                                                 enum sk_situation situation)
{
    if (state->principal_count == state->principal_capacity) {
        state->principal_capacity = state->principal_capacity ? state->principal_capacity * 2 : 16;
        state->principals =
            sk_xrealloc(state->principals, state->principal_capacity, sizeof(*state->principals));
    }
    struct sk_access_principal *principal = &state->principals[state->principal_count++];
    *principal = (struct sk_access_principal){.role = role,
                                              .situation = situation,
                                              .keys = json_object(),
                                              .tags = json_incref(role->tags)};
    principal->session_arn =
        sk_xasprintf("arn:%s:sts::%s:assumed-role/%s/SageMaker", role->account->partition,
                     role->account->id, sk_document_name(role->document));
    return principal;
}

static const char *role_of_profile(const struct sk_document *profile,
                                   const struct sk_document *domain)
{
    const char *arn = sk_json_text(profile->body, "UserSettings.ExecutionRole");
    return arn || !domain ? arn : sk_json_text(domain->body, "DefaultUserSettings.ExecutionRole");
}

static const char *role_of_spaces(const struct sk_document *domain)
{
    const char *arn = sk_json_text(domain->body, "DefaultSpaceSettings.ExecutionRole");
    return arn ? arn : sk_json_text(domain->body, "DefaultUserSettings.ExecutionRole");
}

static void set_domain_key(struct sk_access_principal *principal, const struct sk_document *domain)
{
    if (!domain)
        return;
    sk_auto(sk_freep) char *id = sk_access_domain_id(domain);
    json_object_set_new(principal->keys, "sagemaker:DomainId", json_string(id));
}

static void add_profile(struct sk_access_state *state, const struct sk_access_role *role,
                        const struct sk_document *profile, const struct sk_document *domain)
{
    struct sk_access_principal *principal = add_principal(state, role, SK_SITUATION_PROFILE);
    const char *profile_name = strrchr(profile->address, '/') + 1;
    const json_t *tags = json_object_get(profile->body, "Tags");
    principal->place = profile;
    principal->user = sk_json_tag(tags, "studiouserid");
    principal->team = sk_json_tag(tags, "Team");
    principal->name = principal->user && principal->team
                          ? sk_xasprintf("%s@%s", principal->user, principal->team)
                          : sk_xstrdup(profile->address);
    set_domain_key(principal, domain);
    json_object_set_new(principal->keys, "sagemaker:UserProfileName", json_string(profile_name));
    const char *identity =
        domain ? sk_json_text(domain->body, "DomainSettings.ExecutionRoleIdentityConfig") : NULL;
    if (sk_text_equal(identity, "USER_PROFILE_NAME"))
        json_object_set_new(principal->keys, "aws:SourceIdentity", json_string(profile_name));
}

static bool is_shared_space(const struct sk_document *document)
{
    return is_kind(document, "sagemaker_space") &&
           sk_text_equal(sk_json_text(document->body, "SpaceSharingSettings.SharingType"),
                         "Shared");
}

/* Where people work; apart from those that are only referred to. */
static bool is_place(const struct sk_document *document)
{
    return (document->flags & SK_DOCUMENT_EXISTING) == 0 &&
           (is_kind(document, "sagemaker_user_profile") || is_shared_space(document));
}

/* The role in which a profile or a shared space ends; NULL for other documents and other roles. */
static const struct sk_access_role *role_of_place(const struct sk_access_state *state,
                                                  const struct sk_document *document)
{
    bool profile = is_kind(document, "sagemaker_user_profile");
    if (!is_place(document))
        return NULL;
    const struct sk_document *domain = sk_access_domain_of(state, document);
    const char *arn = profile  ? role_of_profile(document, domain)
                      : domain ? role_of_spaces(domain)
                               : NULL;
    return sk_access_role_of_arn(state, arn);
}

static void add_place(struct sk_access_state *state, const struct sk_access_role *role,
                      const struct sk_document *document)
{
    const struct sk_document *domain = sk_access_domain_of(state, document);
    if (is_kind(document, "sagemaker_user_profile")) {
        add_profile(state, role, document, domain);
        return;
    }
    struct sk_access_principal *principal = add_principal(state, role, SK_SITUATION_SPACE);
    principal->place = document;
    principal->name = sk_xstrdup(document->address);
    set_domain_key(principal, domain);
}

/* {person: the profile's position} of the profiles of an account. New. */
static json_t *people_of(const struct sk_access_state *state, const struct sk_account *account)
{
    json_t *people = json_object();
    const struct sk_documents *documents = state->opts.documents;
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        if (!is_kind(document, "sagemaker_user_profile") ||
            strcmp(document->account, account->name) != 0)
            continue;
        const char *user = sk_json_tag(json_object_get(document->body, "Tags"), "studiouserid");
        if (user && !json_object_get(people, user))
            json_object_set_new(people, user, json_integer((json_int_t)i));
    }
    return people;
}

static void add_sign_ins(struct sk_access_state *state, const struct sk_access_role *role)
{
    const json_t *trust = json_object_get(role->document->body, "AssumeRolePolicyDocument");
    if (!role->takes_session_tags || !trusts_tags(trust, true))
        return;
    json_auto_t *people = people_of(state, role->account);
    const char *user;
    json_t *position;
    json_object_foreach(people, user, position)
    {
        const struct sk_document *profile =
            state->opts.documents->items[json_integer_value(position)];
        struct sk_access_principal *principal = add_principal(state, role, SK_SITUATION_SIGN_IN);
        const char *role_name = sk_document_name(role->document);
        principal->user = sk_json_tag(json_object_get(profile->body, "Tags"), "studiouserid");
        principal->name = sk_xasprintf("%s@%s", user, role_name);
        free(principal->session_arn);
        principal->session_arn =
            sk_xasprintf("arn:%s:sts::%s:assumed-role/%s/%s", role->account->partition,
                         role->account->id, role_name, user);
        json_decref(principal->tags);
        principal->tags = json_copy(role->tags);
        json_object_set_new(principal->tags, "studiouserid", json_string(user));
    }
}

/* Role by role: people and shared spaces, then the role itself. */
static void make_principals(struct sk_access_state *state)
{
    const struct sk_documents *documents = state->opts.documents;
    const struct sk_access_role **ends =
        sk_xcalloc(documents->count + 1, sizeof(struct sk_access_role *));
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        ends[i] = role_of_place(state, document);
        if (!ends[i] && is_place(document))
            json_array_append_new(state->unplaced, json_string(document->address));
    }
    for (size_t i = 0; state->roles && i < state->role_count; i++) {
        const struct sk_access_role *role = &state->roles[i];
        for (size_t j = 0; j < documents->count; j++) {
            if (ends[j] == role)
                add_place(state, role, documents->items[j]);
        }
        add_sign_ins(state, role);
        struct sk_access_principal *itself = add_principal(state, role, SK_SITUATION_ROLE);
        itself->name = sk_xstrdup(role->document->address);
    }
    free(ends);
}

struct sk_access_state *sk_access_state_new(const struct sk_access_opts *opts)
{
    struct sk_access_state *state = sk_xcalloc(1, sizeof(*state));
    state->opts = *opts;
    state->role_index = json_object();
    state->policy_index = json_object();
    state->unplaced = json_array();
    index_policies(state);
    make_roles(state);
    make_principals(state);
    return state;
}

void sk_access_state_free(struct sk_access_state *state)
{
    if (!state)
        return;
    for (size_t i = 0; i < state->role_count; i++) {
        free(state->roles[i].arn);
        free(state->roles[i].policies);
        json_decref(state->roles[i].tags);
        json_decref(state->roles[i].unread);
    }
    for (size_t i = 0; i < state->principal_count; i++) {
        free(state->principals[i].name);
        free(state->principals[i].session_arn);
        json_decref(state->principals[i].keys);
        json_decref(state->principals[i].tags);
    }
    free(state->roles);
    free(state->principals);
    json_decref(state->role_index);
    json_decref(state->unplaced);
    json_decref(state->policy_index);
    free(state);
}
