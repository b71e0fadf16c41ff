/* Names of domains, see domain_names.h. */
#include "reconcilers/sagemaker/domain_names.h"

#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/plan.h"
#include "reconcilers/sagemaker/tags.h"

const json_t *sk_sagemaker_domains(struct sk_observation *observation)
{
    const json_t *answer = sk_observe(observation, "sagemaker", "ListDomains", json_object());
    return answer ? json_object_get(answer, "Domains") : NULL;
}

static bool carries_its_address(const struct sk_observation *observation, const json_t *domain,
                                const json_t *tags)
{
    json_auto_t *own = sk_sagemaker_tags_of(tags, sk_json_text(domain, "DomainArn"));
    const char *tag = sk_json_tag(own, SK_TAG_ADDRESS);
    sk_auto(sk_freep) char *address =
        sk_address_format("sagemaker_domain", observation->account, observation->region,
                          sk_json_text(domain, "DomainName"));
    return tag && strcasecmp(tag, address) == 0;
}

/* Gives the plain name to the first domain that asks for it. `taken` is {name: true}. */
static void name_domain(json_t *names, json_t *taken, const json_t *domain)
{
    const char *id = sk_json_text(domain, "DomainId");
    const char *name = sk_json_text(domain, "DomainName");
    if (json_object_get(names, id))
        return;
    if (!json_object_get(taken, name)) {
        json_object_set_new(taken, name, json_true());
        json_object_set_new(names, id, json_string(name));
        return;
    }
    sk_auto(sk_freep) char *distinct = sk_xasprintf("%s~%s", name, id);
    json_object_set_new(names, id, json_string(distinct));
}

json_t *sk_sagemaker_domain_names(struct sk_observation *observation)
{
    const json_t *domains = sk_sagemaker_domains(observation);
    json_auto_t *tags = sk_sagemaker_tags(observation, "sagemaker:domain");
    if (!domains || !tags)
        return NULL;
    json_t *names = json_object();
    json_auto_t *taken = json_object();
    for (int others = 0; others < 2; others++) {
        size_t index;
        json_t *domain;
        json_array_foreach(domains, index, domain)
        {
            bool complete = sk_json_text(domain, "DomainId") && sk_json_text(domain, "DomainName");
            if (complete && (others || carries_its_address(observation, domain, tags)))
                name_domain(names, taken, domain);
        }
    }
    return names;
}
