/* Who decides about the value of a context key. In a proof only what an attacker decides about may
 * vary; the rest is what it is.
 *
 * Sources: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference of
 * SageMaker, IAM and STS for the service keys. */
#ifndef SK_PROOF_PROVENANCE_H
#define SK_PROOF_PROVENANCE_H

enum sk_provenance {
    SK_FROM_PRINCIPAL, /* who asks, and the session it was given: fixed */
    SK_FROM_RESOURCE,  /* what the request is about: any that may exist */
    SK_FROM_CALLER,    /* parameters of the request: chosen freely */
    SK_FROM_NETWORK,   /* where and when the request is made: any place and time */
    SK_FROM_SERVICE,   /* there only when a service asks on somebody's behalf: absent, or "false" */
};

/* Of a key in lower case. A key that is in no table counts as the caller's, which proves less, never
 * more. */
enum sk_provenance sk_provenance_of(const char *key);
/* "principal", "resource", "caller", "network", "service". Static. */
const char *sk_provenance_name(enum sk_provenance provenance);

#endif
