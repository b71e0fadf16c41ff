/* The names under which domains are addressed. DomainName need not be unique in AWS (aws-api.md
 * 18), so of several domains of one name (without regard to case) the one that carries our address
 * tag keeps the plain name, among equals one that works, then the one with the smallest id; the
 * others are addressed as "<name>~<DomainId>". */
#ifndef SK_RECONCILERS_SAGEMAKER_DOMAIN_NAMES_H
#define SK_RECONCILERS_SAGEMAKER_DOMAIN_NAMES_H

#include "plan/observation.h"

/* {DomainId: name in addresses}. New; NULL while pending or when a question failed. */
json_t *sk_sagemaker_domain_names(struct sk_observation *observation);
/* The bulk list behind it. Borrowed; NULL while pending and when there are no domains. */
const json_t *sk_sagemaker_domains(struct sk_observation *observation);

#endif
