/* Subjects, see subject.h. */
#include "verify/subject.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/element.h"
#include "policy/glob.h"
#include "policy/operator.h"

#define MOST_PROFILES 8

/* ---- what a role is for ---- */

/* Whether the principals of an allowing statement take `value` of the kind, or any. "*" is everybody,
 * and so is all but some. */
static bool statement_names(const json_t *statement, const char *kind, const char *value)
{
    const json_t *principal = sk_element_get(statement, "Principal");
    if (!principal)
        return sk_element_get(statement, "NotPrincipal") != NULL;
    if (json_is_string(principal))
        return true;
    const json_t *names = sk_element_get(principal, kind);
    for (size_t i = 0; i < sk_element_count(names); i++) {
        const char *name = json_string_value(sk_element_at(names, i));
        if (!value || sk_text_equal(name, value) || sk_text_equal(name, "*"))
            return true;
    }
    return false;
}

bool sk_trust_names(const struct sk_access_role *role, const char *kind, const char *value)
{
    const json_t *trust = json_object_get(role->document->body, "AssumeRolePolicyDocument");
    const json_t *statements = sk_element_get(trust, "Statement");
    for (size_t i = 0; i < sk_element_count(statements); i++) {
        const json_t *statement = sk_element_at(statements, i);
        const char *effect = json_string_value(sk_element_get(statement, "Effect"));
        if (sk_text_equal(effect, "Allow") && statement_names(statement, kind, value))
            return true;
    }
    return false;
}

/* Studio, a job of SageMaker, or somebody of a team works as the role. Not so roles of administrators
 * and of other services. */
static bool is_worked_as(const struct sk_access_principal *principal)
{
    const struct sk_access_role *role = principal->role;
    if (principal->situation != SK_SITUATION_ROLE ||
        sk_trust_names(role, "Service", "sagemaker.amazonaws.com"))
        return true;
    return json_object_get(role->tags, "Team") && !sk_trust_names(role, "Federated", NULL);
}

/* Whether a condition is met only by requests that carry the key. */
static bool needs_key(const char *operator_, const json_t *values)
{
    struct sk_operator read;
    if (!sk_operator_parse(operator_, &read) || read.if_exists || read.set == SK_SET_ALL)
        return false;
    if (read.family == SK_OPERATOR_NULL)
        return sk_element_count(values) == 1 &&
               sk_text_equal(json_string_value(sk_element_at(values, 0)), "false");
    return !read.negated;
}

static bool needs_session_tag(const json_t *statement)
{
    const char *operator_;
    const char *key;
    json_t *keys;
    json_t *values;
    json_object_foreach(sk_element_get(statement, "Condition"), operator_, keys)
    {
        json_object_foreach(keys, key, values)
        {
            if (strcasecmp(key, "aws:RequestTag/studiouserid") == 0 && needs_key(operator_, values))
                return true;
        }
    }
    return false;
}

/* Whether a provider may start a session that does not say who it is: the trust policy does not ask
 * for the tag in each statement that lets it in. */
static bool lets_in_nobody(const struct sk_access_role *role)
{
    static const char *const actions[] = {"sts:AssumeRoleWithSAML",
                                          "sts:AssumeRoleWithWebIdentity"};
    const json_t *trust = json_object_get(role->document->body, "AssumeRolePolicyDocument");
    const json_t *statements = sk_element_get(trust, "Statement");
    for (size_t i = 0; i < sk_element_count(statements); i++) {
        const json_t *statement = sk_element_at(statements, i);
        const struct sk_proof_statement read = {.json = statement};
        const char *effect = json_string_value(sk_element_get(statement, "Effect"));
        bool lets_in =
            sk_proof_takes_action(&read, actions[0]) || sk_proof_takes_action(&read, actions[1]);
        if (lets_in && sk_text_equal(effect, "Allow") &&
            statement_names(statement, "Federated", NULL) && !needs_session_tag(statement))
            return true;
    }
    return false;
}

/* ---- policies ---- */

struct sk_proof_document *sk_subject_documents(const struct sk_access_role *role, size_t extra,
                                               size_t *count)
{
    struct sk_proof_document *documents =
        sk_xcalloc(role->policy_count + extra + 1, sizeof(documents[0]));
    *count = 0;
    for (size_t i = 0; i < role->policy_count; i++) {
        const struct sk_access_policy *policy = &role->policies[i];
        documents[(*count)++] = (struct sk_proof_document){policy->layer, policy->level,
                                                           policy->name, policy->document};
    }
    return documents;
}

int sk_subjects_policies(struct sk_subjects *subjects, const struct sk_access_role *role,
                         const struct sk_proof_policies **out, struct sk_err *err)
{
    size_t position = (size_t)(role - subjects->state->roles);
    int code = 0;
    if (!subjects->policies[position]) {
        size_t count;
        struct sk_proof_document *documents = sk_subject_documents(role, 0, &count);
        code = sk_proof_policies_new(subjects->shelf, documents, count,
                                     &subjects->policies[position], err);
        free(documents);
        if (code < 0)
            return sk_err_wrap(err, "%s", role->document->address), code;
    }
    *out = subjects->policies[position];
    return code;
}

/* The policy of a resource by itself. Borrowed. */
static int resource_policies(struct sk_subjects *subjects, const char *name, const json_t *document,
                             const struct sk_proof_policies **out, struct sk_err *err)
{
    sk_auto(sk_freep) char *key = sk_xasprintf("%s %p", name, (const void *)document);
    const json_t *known = json_object_get(subjects->resource_names, key);
    if (!known) {
        const struct sk_proof_document alone = {SK_LAYER_RESOURCE, 0, name, document};
        struct sk_proof_policies *made = NULL;
        int code = sk_proof_policies_new(subjects->shelf, &alone, 1, &made, err);
        if (code < 0)
            return sk_err_wrap(err, "%s", name), code;
        size_t at = subjects->resource_count++;
        subjects->resources =
            sk_xrealloc(subjects->resources, at + 1, sizeof(subjects->resources[0]));
        subjects->resources[at] = made;
        json_object_set_new(subjects->resource_names, key, json_integer((json_int_t)at));
        known = json_object_get(subjects->resource_names, key);
    }
    *out = subjects->resources[json_integer_value(known)];
    return 0;
}

int sk_subjects_with_resource(struct sk_subjects *subjects,
                              const struct sk_proof_policies *policies, const char *name,
                              const json_t *document, struct sk_proof_policies **out,
                              struct sk_err *err)
{
    const struct sk_proof_policies *resource;
    int code = resource_policies(subjects, name, document, &resource, err);
    if (code == 0)
        *out = sk_proof_policies_join(policies, resource);
    return code;
}

int sk_subjects_with_trust(struct sk_subjects *subjects, const struct sk_proof_policies *policies,
                           const struct sk_access_role *trusting, struct sk_proof_policies **out,
                           struct sk_err *err)
{
    const json_t *trust = json_object_get(trusting->document->body, "AssumeRolePolicyDocument");
    return sk_subjects_with_resource(subjects, policies, trusting->arn, trust, out, err);
}

const struct sk_subject_role *sk_subjects_role(const struct sk_subjects *subjects,
                                               const struct sk_access_role *role)
{
    return &subjects->roles[role - subjects->state->roles];
}

bool sk_subject_takes(const struct sk_subject *subject, size_t position)
{
    for (size_t i = 0; i < subject->policies->statement_count; i++) {
        const struct sk_proof_statement *statement = &subject->policies->statements[i];
        if (!statement->deny && statement->layer == SK_LAYER_IDENTITY &&
            (statement->actions[position / 64] >> (position % 64) & 1))
            return true;
    }
    return false;
}

/* ---- who stands for whom ---- */

/* The texts by which policies could tell a person from the next. */
struct marks {
    char *texts[4];
    bool held[4]; /* some text of the role's policies may hold it */
    size_t count;
};

/* Three bytes in a row, of all that the texts of a role hold: a mark with others is in none. */
#define GRAM_BITS 65536U

/* All texts in a role's policies, each once. */
struct sk_subject_texts {
    const char **items; /* borrowed from the policies */
    size_t count;
    uint64_t grams[GRAM_BITS / 64];
};

static size_t gram(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    return (bytes[0] * 961U + bytes[1] * 31U + bytes[2]) % GRAM_BITS;
}

static void add_text(struct sk_subject_texts *texts, const char *text)
{
    texts->items = sk_xrealloc(texts->items, texts->count + 1, sizeof(texts->items[0]));
    texts->items[texts->count++] = text;
    for (size_t i = 0; text[0] && text[1] && text[i + 2]; i++)
        texts->grams[gram(text + i) / 64] |= UINT64_C(1) << (gram(text + i) % 64);
}

static bool may_hold(const struct sk_subject_texts *texts, const char *text)
{
    for (size_t i = 0; text[0] && text[1] && text[i + 2]; i++) {
        if (!(texts->grams[gram(text + i) / 64] >> (gram(text + i) % 64) & 1))
            return false;
    }
    return true;
}

static void add_texts(struct sk_subject_texts *texts, const json_t *value, json_t *seen)
{
    const char *text = json_string_value(value);
    const char *key;
    json_t *member;
    size_t index;
    if (text && !json_object_get(seen, text)) {
        json_object_set_new(seen, text, json_true());
        add_text(texts, text);
    }
    json_array_foreach(value, index, member) add_texts(texts, member, seen);
    json_object_foreach((json_t *)value, key, member) add_texts(texts, member, seen);
}

static const struct sk_subject_texts *texts_of(struct sk_subjects *subjects,
                                               const struct sk_access_role *role)
{
    struct sk_subject_role *about = &subjects->roles[role - subjects->state->roles];
    if (about->texts)
        return about->texts;
    json_auto_t *seen = json_object();
    about->texts = sk_xcalloc(1, sizeof(*about->texts));
    for (size_t i = 0; i < role->policy_count; i++)
        add_texts(about->texts, role->policies[i].document, seen);
    return about->texts;
}

static void add_mark(struct marks *marks, const struct sk_subject_texts *texts, const char *text)
{
    if (!text)
        return;
    marks->held[marks->count] = may_hold(texts, text);
    marks->texts[marks->count++] = sk_xstrdup(text);
}

/* Adds to the digest which of the marks the pattern takes. */
static void digest_pattern(const struct marks *marks, const char *pattern, struct sk_buffer *out)
{
    for (size_t i = 0; i < marks->count; i++) {
        bool takes = sk_glob_covers_action(pattern, marks->texts[i]) ||
                     (marks->held[i] && strstr(pattern, marks->texts[i]) != NULL);
        sk_buffer_addc(out, takes ? '1' : '0');
    }
}

char *sk_subject_digest(struct sk_subjects *subjects, const struct sk_subject *subject)
{
    const struct sk_access_principal *principal = subject->principal;
    const struct sk_subject_texts *texts = texts_of(subjects, principal->role);
    struct sk_buffer out = {0};
    struct marks marks = {0};
    const char *profile = sk_json_text(principal->keys, "sagemaker:UserProfileName");
    sk_buffer_addf(&out, "%d %d %s ", (int)subject->kind, (int)principal->situation,
                   principal->situation == SK_SITUATION_SPACE ? principal->name : "");
    sk_buffer_addf(&out, "%s ", sk_json_text(principal->keys, "sagemaker:DomainId"));
    sk_buffer_addf(&out, "%s ", subject->own_user ? subject->own_user : "");
    add_mark(&marks, texts, subject->own_profile);
    add_mark(&marks, texts, profile);
    add_mark(&marks, texts, principal->user);
    for (size_t i = 0; i < texts->count; i++)
        digest_pattern(&marks, texts->items[i], &out);
    for (size_t i = 0; i < marks.count; i++)
        free(marks.texts[i]);
    return sk_buffer_take(&out);
}

/* ---- making them ---- */

/* Ids of domains are unique, so a pattern will do. */
static char *profile_arn(const struct sk_access_principal *principal)
{
    const char *domain = sk_json_text(principal->keys, "sagemaker:DomainId");
    const char *profile = sk_json_text(principal->keys, "sagemaker:UserProfileName");
    if (!domain || !profile || !principal->place)
        return NULL;
    return sk_xasprintf("arn:*:sagemaker:*:*:user-profile/%s/%s", domain, profile);
}

json_t *sk_subject_base(const struct sk_access_principal *principal, const char *user)
{
    json_auto_t *tags = json_copy(principal->role->tags);
    if (user)
        json_object_set_new(tags, "studiouserid", json_string(user));
    return json_pack("{s:{s:s,s:s,s:s,s:O},s:O}", "principal", "type", "session", "arn",
                     principal->session_arn, "roleArn", principal->role->arn, "tags", tags,
                     "context", principal->keys);
}

void sk_subject_done(struct sk_subject *subject)
{
    json_decref(subject->base);
    free(subject->own_profile);
    free(subject->own_user);
}

void sk_subjects_append(struct sk_subjects *subjects, const struct sk_subject *subject)
{
    if (subjects->count == subjects->capacity) {
        subjects->capacity = subjects->capacity ? subjects->capacity * 2 : 16;
        subjects->items =
            sk_xrealloc(subjects->items, subjects->capacity, sizeof(subjects->items[0]));
    }
    subjects->items[subjects->count++] = *subject;
}

int sk_subject_make(struct sk_subjects *subjects, const struct sk_access_principal *principal,
                    enum sk_subject_kind kind, const char *own_user, struct sk_subject *out,
                    struct sk_err *err)
{
    *out = (struct sk_subject){.principal = principal, .kind = kind, .stands_for = 1};
    int code = sk_subjects_policies(subjects, principal->role, &out->policies, err);
    if (code < 0)
        return code;
    out->team = sk_json_text(principal->role->tags, "Team");
    out->own_profile = profile_arn(principal);
    out->own_user = sk_xstrdup(own_user);
    out->base = sk_subject_base(principal, out->own_user);
    return 0;
}

static void add_subject(struct sk_subjects *subjects, struct sk_subject *subject, json_t *seen)
{
    sk_auto(sk_freep) char *text = sk_subject_digest(subjects, subject);
    sk_auto(sk_freep) char *whole = sk_xasprintf("%s %s", subject->principal->role->arn, text);
    char key[SK_SHA256_HEX_BYTES];
    sk_sha256_hex(whole, strlen(whole), key);
    const json_t *known = json_object_get(seen, key);
    if (known) {
        subjects->items[json_integer_value(known)].stands_for++;
        sk_subject_done(subject);
        return;
    }
    json_object_set_new(seen, key, json_integer((json_int_t)subjects->count));
    sk_subjects_append(subjects, subject);
}

/* Adds a few profiles, so that whoever owns something is somebody. */
static void add_profiles(const struct sk_access_state *state, json_t *names)
{
    size_t left = MOST_PROFILES;
    for (size_t i = 0; left > 0 && i < state->principal_count; i++) {
        const struct sk_access_principal *principal = &state->principals[i];
        const char *profile = sk_json_text(principal->keys, "sagemaker:UserProfileName");
        const char *domain = sk_json_text(principal->keys, "sagemaker:DomainId");
        if (!profile || !domain || !principal->place)
            continue;
        const struct sk_account *account = principal->role->account;
        sk_auto(sk_freep) char *arn = sk_xasprintf(
            "arn:%s:sagemaker:%s:%s:user-profile/%s/%s", account->partition,
            principal->place->region ? principal->place->region : "", account->id, domain, profile);
        json_object_set_new(names, arn, json_true());
        left--;
    }
}

/* Names that exist, to make examples of. The first that fits is taken. */
static struct sk_proof_shelf *shelf_of(const struct sk_access_state *state)
{
    json_auto_t *names = json_object();
    for (size_t i = 0; i < state->role_count; i++) {
        const char *team = sk_json_text(state->roles[i].tags, "Team");
        if (team)
            json_object_set_new(names, team, json_true());
    }
    add_profiles(state, names);
    for (size_t i = 0; i < state->role_count; i++)
        json_object_set_new(names, state->roles[i].arn, json_true());
    const char **hints = sk_xcalloc(json_object_size(names) + 1, sizeof(char *));
    size_t count = 0;
    const char *name;
    json_t *unused;
    json_object_foreach(names, name, unused) hints[count++] = name;
    struct sk_proof_shelf *shelf = sk_proof_shelf_new(hints);
    free(hints);
    return shelf;
}

/* What the questions look up again and again. */
static void index_state(struct sk_subjects *subjects)
{
    const struct sk_access_state *state = subjects->state;
    const struct sk_documents *documents = state->opts.documents;
    subjects->roles = sk_xcalloc(state->role_count + 1, sizeof(subjects->roles[0]));
    for (size_t i = 0; i < state->role_count; i++) {
        const struct sk_access_role *role = &state->roles[i];
        subjects->roles[i].trusts_principals = sk_trust_names(role, "AWS", NULL);
        subjects->roles[i].trusts_sagemaker =
            sk_trust_names(role, "Service", "sagemaker.amazonaws.com");
    }
    for (size_t i = 0; i < state->principal_count; i++) {
        const struct sk_access_principal *principal = &state->principals[i];
        if (principal->situation == SK_SITUATION_ROLE)
            subjects->roles[principal->role - state->roles].itself = principal;
    }
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *document = documents->items[i];
        const char *sharing = sk_json_text(document->body, "SpaceSharingSettings.SharingType");
        if (!sk_text_equal(sharing, "Shared"))
            continue;
        subjects->spaces =
            sk_xrealloc(subjects->spaces, subjects->space_count + 1, sizeof(subjects->spaces[0]));
        subjects->spaces[subjects->space_count++] = document;
    }
}

void sk_subjects_init(const struct sk_access_state *state, struct sk_subjects *out)
{
    *out = (struct sk_subjects){
        .state = state, .shelf = shelf_of(state), .resource_names = json_object()};
    out->policies = sk_xcalloc(state->role_count + 1, sizeof(out->policies[0]));
    index_state(out);
}

static int add_principal(struct sk_subjects *subjects, const struct sk_access_principal *principal,
                         enum sk_subject_kind kind, const char *own_user, json_t *seen,
                         struct sk_err *err)
{
    struct sk_subject subject;
    int code = sk_subject_make(subjects, principal, kind, own_user, &subject, err);
    if (code == 0)
        add_subject(subjects, &subject, seen);
    return code;
}

/* Who signed in is covered by the role itself, with a name that stands for all; and, where the trust
 * policy lets in sessions without a name, once more without. */
static int add_sign_in(struct sk_subjects *subjects, const struct sk_access_principal *principal,
                       json_t *seen, struct sk_err *err)
{
    int code =
        add_principal(subjects, principal, SK_SUBJECT_SIGN_IN, SK_SUBJECT_SOMEBODY, seen, err);
    if (code == 0 && lets_in_nobody(principal->role))
        code = add_principal(subjects, principal, SK_SUBJECT_SIGN_IN, NULL, seen, err);
    return code;
}

int sk_subjects_make(const struct sk_access_state *state, struct sk_subjects *out,
                     struct sk_err *err)
{
    json_auto_t *seen = json_object();
    int code = 0;
    sk_subjects_init(state, out);
    for (size_t i = 0; code == 0 && i < state->principal_count; i++) {
        const struct sk_access_principal *principal = &state->principals[i];
        if (principal->situation == SK_SITUATION_SIGN_IN)
            continue;
        if (is_worked_as(principal))
            code = add_principal(out, principal, SK_SUBJECT_STUDIO, NULL, seen, err);
        if (code == 0 && principal->situation == SK_SITUATION_ROLE &&
            sk_trust_names(principal->role, "Federated", NULL))
            code = add_sign_in(out, principal, seen, err);
    }
    return code;
}

void sk_subjects_done(struct sk_subjects *subjects)
{
    for (size_t i = 0; i < subjects->count; i++)
        sk_subject_done(&subjects->items[i]);
    for (size_t i = 0; subjects->policies && i < subjects->state->role_count; i++)
        sk_proof_policies_free(subjects->policies[i]);
    for (size_t i = 0; i < subjects->resource_count; i++)
        sk_proof_policies_free(subjects->resources[i]);
    free(subjects->resources);
    json_decref(subjects->resource_names);
    for (size_t i = 0; subjects->roles && i < subjects->state->role_count; i++) {
        if (subjects->roles[i].texts)
            free(subjects->roles[i].texts->items);
        free(subjects->roles[i].texts);
    }
    free(subjects->roles);
    free(subjects->spaces);
    free(subjects->items);
    free(subjects->policies);
    sk_iam_users_free(subjects->users, subjects->user_count);
    sk_proof_shelf_free(subjects->shelf);
    *subjects = (struct sk_subjects){0};
}
