/* Names of domains, see domain_names.h. */
#include "reconcilers/sagemaker/domain_names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/plan.h"
#include "reconcilers/sagemaker/status.h"
#include "reconcilers/sagemaker/tags.h"
#include "reconcilers/tags.h"

static const json_t *list_domains(struct sk_observation *observation)
{
    return sk_observe(observation, "sagemaker", "ListDomains", json_object());
}

const json_t *sk_sagemaker_domains(struct sk_observation *observation)
{
    return json_object_get(list_domains(observation), "Domains");
}

json_t *sk_sagemaker_domain_tags(struct sk_observation *observation)
{
    const json_t *answer = list_domains(observation);
    json_t *tags = sk_tags_read(observation, NULL, "sagemaker:domain");
    unsigned asked = 0;
    size_t index;
    json_t *domain;
    json_array_foreach(tags ? json_object_get(answer, "Domains") : NULL, index, domain)
    {
        const char *name = sk_json_text(domain, "DomainName");
        if (name && sk_observation_wants(observation, "sagemaker_domain", name))
            sk_sagemaker_complete_tags(observation, tags, sk_json_text(domain, "DomainArn"),
                                       &asked);
    }
    return tags;
}

static bool carries_its_address(const struct sk_observation *observation, const json_t *domain,
                                const json_t *tags)
{
    json_auto_t *own = sk_tags_of(tags, sk_json_text(domain, "DomainArn"));
    const char *tag = sk_json_tag(own, SK_TAG_ADDRESS);
    sk_auto(sk_freep) char *address =
        sk_address_format("sagemaker_domain", observation->account, observation->region,
                          sk_json_text(domain, "DomainName"));
    return tag && strcasecmp(tag, address) == 0;
}

/* Whether it can be worked in, or will be: not failed, not on its way out. */
static bool works(const json_t *domain)
{
    const char *reason = NULL;
    switch (sk_sagemaker_state(domain, &reason)) {
    case SK_STATE_READY:
    case SK_STATE_FAILED_UPDATE:
        return true;
    case SK_STATE_BUSY:
        return !sk_text_equal(sk_json_text(domain, "Status"), "Deleting");
    case SK_STATE_FAILED_CREATE:
    case SK_STATE_FAILED_DELETE:
    case SK_STATE_GONE:
        break;
    }
    return false;
}

struct claim {
    const char *id, *name; /* borrowed from the list */
    double made_s;
    bool owned, used, works; /* in this order: what makes one better than another */
};
struct claims {
    struct claim *items; /* owned */
    size_t count;
};

static void claims_done(struct claims *claims)
{
    free(claims->items);
}

static int better(bool left, bool right)
{
    return (int)right - (int)left;
}

/* Domains of one name stand together, the one that gets the plain name first. */
static int compare_claims(const void *a, const void *b)
{
    const struct claim *left = a;
    const struct claim *right = b;
    const int steps[] = {strcasecmp(left->name, right->name), better(left->owned, right->owned),
                         better(left->used, right->used), better(left->works, right->works),
                         (left->made_s > right->made_s) - (left->made_s < right->made_s)};
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        if (steps[i] != 0)
            return steps[i];
    }
    return strcmp(left->id, right->id);
}

static bool same_name(const struct claim *left, const struct claim *right)
{
    return strcasecmp(left->name, right->name) == 0;
}

/* `used` may be NULL: nobody works anywhere then. */
static void make_claims(const struct sk_observation *observation, const json_t *domains,
                        const json_t *tags, const json_t *used, struct claims *out)
{
    out->items = sk_xcalloc(json_array_size(domains) + 1, sizeof(struct claim));
    size_t index;
    json_t *domain;
    json_array_foreach(domains, index, domain)
    {
        struct claim claim = {.id = sk_json_text(domain, "DomainId"),
                              .name = sk_json_text(domain, "DomainName"),
                              .made_s = sk_json_time_s(json_object_get(domain, "CreationTime")),
                              .works = works(domain)};
        if (!claim.id || !claim.name)
            continue;
        claim.owned = carries_its_address(observation, domain, tags);
        claim.used = json_object_get(used, claim.id) != NULL;
        out->items[out->count++] = claim;
    }
    if (out->count > 1)
        qsort(out->items, out->count, sizeof(struct claim), compare_claims);
}

/* Whether two of one name carry that name's address tag. */
static bool any_contest(const struct claims *claims)
{
    for (size_t i = 1; i < claims->count; i++) {
        if (claims->items[i].owned && same_name(&claims->items[i - 1], &claims->items[i]))
            return true;
    }
    return false;
}

/* Adds the DomainId of everything that a list holds. False while it is not there. */
static bool add_used(struct sk_observation *observation, const char *operation, const char *member,
                     json_t *used)
{
    const json_t *answer = sk_observe(observation, "sagemaker", operation, json_object());
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(answer, member), index, item)
    {
        const char *id = sk_json_text(item, "DomainId");
        if (id)
            json_object_set_new(used, id, json_true());
    }
    return answer != NULL;
}

json_t *sk_sagemaker_domains_used(struct sk_observation *observation)
{
    const json_t *answer = list_domains(observation);
    json_auto_t *tags = sk_sagemaker_domain_tags(observation);
    if (!answer || !tags)
        return NULL;
    sk_auto(claims_done) struct claims claims = {0};
    make_claims(observation, json_object_get(answer, "Domains"), tags, NULL, &claims);
    json_auto_t *used = json_object();
    if (!any_contest(&claims))
        return json_incref(used);
    bool profiles = add_used(observation, "ListUserProfiles", "UserProfiles", used);
    bool spaces = add_used(observation, "ListSpaces", "Spaces", used);
    /* Whatever their status: an app that ended was somebody's. */
    bool apps = add_used(observation, "ListApps", "Apps", used);
    return profiles && spaces && apps ? json_incref(used) : NULL;
}

json_t *sk_sagemaker_domain_names(struct sk_observation *observation)
{
    json_auto_t *used = sk_sagemaker_domains_used(observation);
    if (!used)
        return NULL;
    json_auto_t *tags = sk_sagemaker_domain_tags(observation);
    sk_auto(claims_done) struct claims claims = {0};
    make_claims(observation, sk_sagemaker_domains(observation), tags, used, &claims);
    json_t *names = json_object();
    for (size_t i = 0; i < claims.count; i++) {
        const struct claim *claim = &claims.items[i];
        bool taken = i > 0 && same_name(claim - 1, claim);
        sk_auto(sk_freep) char *distinct = sk_xasprintf("%s~%s", claim->name, claim->id);
        json_object_set_new(names, claim->id, json_string(taken ? distinct : claim->name));
    }
    return names;
}
