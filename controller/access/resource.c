/* From ARNs and addresses to resources, see resource.h. */
#include "access/resource.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/kind.h"
#include "policy/catalogue.h"
#include "policy/request.h"

#define PARTS_MAX 8 /* of an address: kind/account/region and at most five of a name */

/* What is being read. */
struct reader {
    const struct sk_access_state *state;
    const char *action;
    const struct sk_account *account;
    char *copy;             /* owned */
    char *parts[PARTS_MAX]; /* into copy */
    size_t count;
    struct sk_access_resource *out;
};

/* `text` is stolen. */
static void note(struct sk_access_resource *out, json_t *text)
{
    json_array_append_new(out->notes, text);
}

/* "user-profile", "app" of an action's resource types. */
static bool takes(const char *action, const char *type)
{
    const struct sk_catalogue_action *known = sk_catalogue_find(action);
    for (size_t i = 0; known && i < sk_catalogue_resource_types(known); i++) {
        if (strcmp(sk_catalogue_resource_type(known, i), type) == 0)
            return true;
    }
    return false;
}

static const struct sk_document *find_place(const struct reader *reader, const char *kind,
                                            const char *domain, const char *name)
{
    sk_auto(sk_freep) char *own = name ? sk_xasprintf("%s/%s", domain, name) : sk_xstrdup(domain);
    sk_auto(sk_freep) char *address =
        sk_address_format(kind, reader->account->name, reader->parts[2], own);
    return sk_documents_find(reader->state->opts.documents, address);
}

/* The id under which a domain stands in ARNs. Owned by the caller. */
static char *domain_id(const struct reader *reader, const char *name)
{
    const struct sk_document *domain = find_place(reader, "sagemaker_domain", name, NULL);
    if (!domain)
        note(reader->out,
             json_sprintf("the domain '%s' is not among the documents; its id is taken "
                          "to be that",
                          name));
    else if (!sk_json_text(domain->body, "DomainId"))
        note(reader->out,
             json_sprintf("AWS chooses the id of the domain '%s'; a stand-in is used", name));
    return domain ? sk_access_domain_id(domain) : sk_xstrdup(name);
}

static char *sagemaker_arn(const struct reader *reader, const char *type, const char *rest)
{
    return sk_xasprintf("arn:%s:sagemaker:%s:%s:%s/%s", reader->account->partition,
                        reader->parts[2], reader->account->id, type, rest);
}

static void set_owner_keys(struct sk_access_resource *out, json_t *owner, json_t *sharing)
{
    json_object_set_new(out->keys, "sagemaker:OwnerUserProfileArn", owner);
    json_object_set_new(out->keys, "sagemaker:SpaceSharingType", sharing);
}

/* Keys of an app in a space, or of the space. */
static void set_space_keys(const struct reader *reader, const struct sk_document *space,
                           const char *domain)
{
    if (!space)
        return; /* not known: they depend on whose it is */
    const char *owner = sk_json_text(space->body, "OwnershipSettings.OwnerUserProfileName");
    json_t *sharing = sk_json_at(space->body, "SpaceSharingSettings.SharingType");
    sk_auto(sk_freep) char *rest = sk_xasprintf("%s/%s", domain, owner ? owner : "");
    sk_auto(sk_freep) char *arn = sagemaker_arn(reader, "user-profile", rest);
    set_owner_keys(reader->out, owner ? json_string(arn) : json_null(),
                   sharing ? json_incref(sharing) : json_null());
}

/* The app of a profile or space; `type` and `name` NULL: its default one. */
static void read_app(struct reader *reader, bool of_space, const char *holder, const char *type,
                     const char *name)
{
    sk_auto(sk_freep) char *id = domain_id(reader, reader->parts[3]);
    sk_auto(sk_freep) char *rest = sk_xasprintf("%s/%s/%s/%s", id, holder,
                                                type       ? type
                                                : of_space ? "JupyterLab"
                                                           : "JupyterServer",
                                                name ? name : "default");
    reader->out->arn = sagemaker_arn(reader, "app", rest);
    if (!of_space)
        set_owner_keys(reader->out, json_null(), json_null());
    else
        set_space_keys(reader, find_place(reader, "sagemaker_space", reader->parts[3], holder), id);
}

static void read_place(struct reader *reader, const char *type)
{
    bool space = strcmp(type, "space") == 0;
    if (takes(reader->action, "app") && !takes(reader->action, type)) {
        const char *kind = space ? "sagemaker_space" : "sagemaker_user_profile";
        if (!find_place(reader, kind, reader->parts[3], reader->parts[4]))
            note(reader->out, json_sprintf("'%s' is not among the documents", reader->parts[4]));
        read_app(reader, space, reader->parts[4], NULL, NULL);
        return;
    }
    sk_auto(sk_freep) char *id = domain_id(reader, reader->parts[3]);
    sk_auto(sk_freep) char *rest = sk_xasprintf("%s/%s", id, reader->parts[4]);
    reader->out->arn = sagemaker_arn(reader, type, rest);
    if (space)
        set_space_keys(
            reader, find_place(reader, "sagemaker_space", reader->parts[3], reader->parts[4]), id);
}

static int read_iam(struct reader *reader, struct sk_err *err)
{
    bool role = strcmp(reader->parts[0], "iam_role") == 0;
    const struct sk_document *document = reader->out->document;
    if (!document)
        return sk_err_set(err, SK_E_NOT_FOUND,
                          "there is no %s '%s'; its path is needed for the ARN: write the ARN",
                          role ? "role" : "policy", reader->parts[3]);
    reader->out->arn = sk_access_iam_arn(document, reader->account);
    if (role)
        reader->out->policy = json_object_get(document->body, "AssumeRolePolicyDocument");
    return 0;
}

static int read_address(struct reader *reader, const char *text, struct sk_err *err)
{
    const char *kind = reader->parts[0];
    size_t count = reader->count;
    if (!kind)
        return sk_err_set(err, SK_E_INTERNAL, "an address was not taken apart");
    if ((strcmp(kind, "iam_role") == 0 || strcmp(kind, "iam_policy") == 0) && count == 4)
        return read_iam(reader, err);
    if (strcmp(kind, "sagemaker_user_profile") == 0 && count == 5) {
        read_place(reader, "user-profile");
    } else if (strcmp(kind, "sagemaker_space") == 0 && count == 5) {
        read_place(reader, "space");
    } else if (strcmp(kind, "sagemaker_app") == 0 && count == 8 &&
               (strcmp(reader->parts[4], "user") == 0 || strcmp(reader->parts[4], "space") == 0)) {
        read_app(reader, reader->parts[4][0] == 's', reader->parts[5], reader->parts[6],
                 reader->parts[7]);
    } else if (strcmp(kind, "sagemaker_domain") == 0 && count == 4) {
        sk_auto(sk_freep) char *id = domain_id(reader, reader->parts[3]);
        reader->out->arn = sagemaker_arn(reader, "domain", id);
    } else {
        return sk_err_set(
            err, SK_E_INVALID,
            "'%s' is neither an ARN nor the address of a domain, profile, space, app, "
            "role or policy (KIND/ACCOUNT/REGION/NAME…)",
            text);
    }
    return 0;
}

/* Takes the address apart and finds its account. */
static int begin_address(struct reader *reader, const char *text, struct sk_err *err)
{
    reader->copy = sk_xstrdup(text);
    char *at = reader->copy;
    while (at && reader->count < PARTS_MAX) {
        reader->parts[reader->count++] = at;
        at = strchr(at, '/');
        if (at)
            *at++ = '\0';
    }
    if (at || reader->count < 4)
        return sk_err_set(err, SK_E_INVALID,
                          "'%s' is neither an ARN nor an address (KIND/ACCOUNT/REGION/NAME…)",
                          text);
    reader->account = sk_accounts_find(reader->state->opts.accounts, reader->parts[1]);
    if (!reader->account)
        return sk_err_set(err, SK_E_NOT_FOUND, "'%s': there is no account '%s'", text,
                          reader->parts[1]);
    reader->out->document = sk_documents_find(reader->state->opts.documents, text);
    reader->out->account = reader->account->id;
    return 0;
}

/* An ARN, taken apart. */
struct arn {
    char *account, *region; /* owned */
    const char *own;        /* behind the fifth colon */
};

/* The domain of an id; the only one of the account and region that could have it when its id is not
 * known yet. */
static const struct sk_document *domain_of_id(const struct sk_access_state *state,
                                              const struct arn *arn, const char *id, size_t length)
{
    const struct sk_documents *documents = state->opts.documents;
    const struct sk_document *guess = NULL;
    size_t guesses = 0;
    for (size_t i = 0; i < documents->count; i++) {
        const struct sk_document *domain = documents->items[i];
        const struct sk_account *account = sk_accounts_find(state->opts.accounts, domain->account);
        if (strcmp(domain->kind->name, "sagemaker_domain") != 0 || !account ||
            strcmp(account->id, arn->account) != 0 || strcmp(domain->region, arn->region) != 0)
            continue;
        sk_auto(sk_freep) char *known = sk_access_domain_id(domain);
        if (strlen(known) == length && strncasecmp(known, id, length) == 0)
            return domain;
        if (sk_json_text(domain->body, "DomainId"))
            continue;
        guess = domain;
        guesses++;
    }
    return guesses == 1 ? guess : NULL;
}

/* The rest of an address behind the domain: apps of types that only profiles have say "user", those
 * in spaces "space" (SageMaker API reference, CreateApp: AppType). */
static char *app_rest(const char *rest)
{
    const char *type = *rest ? strchr(rest + 1, '/') : NULL;
    if (!type)
        return NULL;
    bool in_space =
        sk_text_starts_with(type, "/JupyterLab/") || sk_text_starts_with(type, "/CodeEditor/");
    return sk_xasprintf("/%s%s", in_space ? "space" : "user", rest);
}

/* The address that an ARN of Studio stands for; NULL for others. Owned by the caller. */
static char *studio_address(const struct sk_access_state *state, const struct arn *arn)
{
    static const char *const types[][2] = {{"user-profile/", "sagemaker_user_profile"},
                                           {"space/", "sagemaker_space"},
                                           {"app/", "sagemaker_app"},
                                           {"domain/", "sagemaker_domain"}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (!sk_text_starts_with(arn->own, types[i][0]))
            continue;
        const char *id = arn->own + strlen(types[i][0]);
        size_t length = strcspn(id, "/");
        const struct sk_document *domain = domain_of_id(state, arn, id, length);
        bool app = strcmp(types[i][0], "app/") == 0;
        sk_auto(sk_freep) char *rest = app ? app_rest(id + length) : sk_xstrdup(id + length);
        return domain && rest ? sk_xasprintf("%s/%s/%s/%s%s", types[i][1], domain->account,
                                             domain->region, sk_document_name(domain), rest)
                              : NULL;
    }
    return NULL;
}

static bool has_wildcards(const char *text)
{
    return strpbrk(text, "*?") != NULL;
}

/* The address that an ARN stands for; NULL when it is none of ours. Owned by the caller. */
static char *address_of_arn(const struct sk_access_state *state, const char *text)
{
    struct sk_arn_parts parts;
    sk_arn_split(text, strlen(text), &parts);
    if (parts.count < 6 || has_wildcards(text))
        return NULL;
    const struct sk_access_role *role = sk_access_role_of_arn(state, text);
    if (role)
        return sk_xstrdup(role->document->address);
    if (strncmp(text + parts.start[2], "sagemaker:", strlen("sagemaker:")) != 0)
        return NULL;
    struct arn arn = {.account = sk_xstrndup(text + parts.start[4], parts.length[4]),
                      .region = sk_xstrndup(text + parts.start[3], parts.length[3]),
                      .own = text + parts.start[5]};
    char *address = studio_address(state, &arn);
    free(arn.account);
    free(arn.region);
    return address;
}

static int read_text(const struct sk_access_state *state, const char *action, const char *text,
                     struct sk_access_resource *out, struct sk_err *err)
{
    struct reader reader = {.state = state, .action = action, .out = out};
    int code = begin_address(&reader, text, err);
    if (code == 0)
        code = read_address(&reader, text, err);
    free(reader.copy);
    if (code == 0 && out->document)
        out->tags = sk_access_tags(json_object_get(out->document->body, "Tags"));
    return code;
}

int sk_access_resource_read(const struct sk_access_state *state, const char *action,
                            const char *text, struct sk_access_resource *out, struct sk_err *err)
{
    out->keys = json_object();
    out->notes = json_array();
    bool is_arn = text && sk_text_starts_with(text, "arn:");
    sk_auto(sk_freep) char *address = is_arn ? address_of_arn(state, text) : NULL;
    if (address)
        return read_text(state, action, address, out, err);
    if (text && !is_arn && strcmp(text, "*") != 0)
        return read_text(state, action, text, out, err);
    out->arn = sk_xstrdup(text ? text : "*");
    const struct sk_catalogue_action *known = sk_catalogue_find(action);
    if (strcmp(out->arn, "*") == 0 && known && sk_catalogue_resource_types(known) > 0)
        note(out, json_string("no resource was named: the question is about all at once"));
    return 0;
}

void sk_access_resource_done(struct sk_access_resource *resource)
{
    free(resource->arn);
    json_decref(resource->tags);
    json_decref(resource->keys);
    json_decref(resource->notes);
    *resource = (struct sk_access_resource){0};
}
