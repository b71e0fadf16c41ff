/* Names of domains, see domain_names.h. */
#include "reconcilers/sagemaker/domain_names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/plan.h"
#include "reconcilers/sagemaker/status.h"
#include "reconcilers/tags.h"

static const json_t *list_domains(struct sk_observation *observation)
{
    return sk_observe(observation, "sagemaker", "ListDomains", json_object());
}

const json_t *sk_sagemaker_domains(struct sk_observation *observation)
{
    return json_object_get(list_domains(observation), "Domains");
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

static bool is_usable(const json_t *domain)
{
    const char *reason = NULL;
    enum sk_state state = sk_sagemaker_state(domain, &reason);
    return state == SK_STATE_READY || state == SK_STATE_FAILED_UPDATE;
}

struct claim {
    const char *id, *name; /* borrowed from the list */
    int rank;              /* the higher, the better */
};

/* Domains of one name stand together, the one that gets the plain name first. */
static int compare_claims(const void *a, const void *b)
{
    const struct claim *left = a;
    const struct claim *right = b;
    int by_name = strcasecmp(left->name, right->name);
    if (by_name != 0)
        return by_name;
    if (left->rank != right->rank)
        return right->rank - left->rank;
    return strcmp(left->id, right->id);
}

static json_t *name_claims(struct claim *claims, size_t count)
{
    if (count > 1)
        qsort(claims, count, sizeof(*claims), compare_claims);
    json_t *names = json_object();
    for (size_t i = 0; i < count; i++) {
        bool taken = i > 0 && strcasecmp(claims[i - 1].name, claims[i].name) == 0;
        sk_auto(sk_freep) char *distinct = sk_xasprintf("%s~%s", claims[i].name, claims[i].id);
        json_object_set_new(names, claims[i].id, json_string(taken ? distinct : claims[i].name));
    }
    return names;
}

json_t *sk_sagemaker_domain_names(struct sk_observation *observation)
{
    const json_t *answer = list_domains(observation);
    json_auto_t *tags = sk_tags_read(observation, NULL, "sagemaker:domain");
    if (!answer || !tags)
        return NULL;
    const json_t *domains = json_object_get(answer, "Domains");
    struct claim *claims = sk_xcalloc(json_array_size(domains) + 1, sizeof(*claims));
    size_t count = 0;
    size_t index;
    json_t *domain;
    json_array_foreach(domains, index, domain)
    {
        struct claim claim = {.id = sk_json_text(domain, "DomainId"),
                              .name = sk_json_text(domain, "DomainName")};
        claim.rank = (claim.name && carries_its_address(observation, domain, tags) ? 2 : 0) +
                     (is_usable(domain) ? 1 : 0);
        if (claim.id && claim.name)
            claims[count++] = claim;
    }
    json_t *names = name_claims(claims, count);
    free(claims);
    return names;
}
