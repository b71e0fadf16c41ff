/* The names under which domains are addressed. DomainName need not be unique in AWS (aws-api.md
 * 18), so of several domains of one name (without regard to case) one keeps the plain name and the
 * others are addressed as "<name>~<DomainId>". The one that keeps it carries our address tag; among
 * those, somebody works in it; among those, it works; among those, it is the oldest; then the
 * smallest id decides. What people work in so never loses its name to an empty copy
 * (docs/adr/0007). */
#ifndef SK_RECONCILERS_SAGEMAKER_DOMAIN_NAMES_H
#define SK_RECONCILERS_SAGEMAKER_DOMAIN_NAMES_H

#include "plan/observation.h"

/* {DomainId: name in addresses}. New; NULL while pending or when a question failed. */
json_t *sk_sagemaker_domain_names(struct sk_observation *observation);
/* The bulk list behind it. Borrowed; NULL while pending and when there are no domains. */
const json_t *sk_sagemaker_domains(struct sk_observation *observation);

/* The tags of all domains, as of sk_tags_read. New; NULL while pending or when a question failed. */
json_t *sk_sagemaker_domain_tags(struct sk_observation *observation);

/* {DomainId: true} of the domains that hold a profile, a space or an app, asked only when several of
 * one name carry its address tag; else {}. New; NULL while pending or when a question failed. */
json_t *sk_sagemaker_domains_used(struct sk_observation *observation);

#endif
