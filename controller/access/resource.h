/* What a person means by a resource: an ARN, an address of ours, or nothing; with what is known of
 * it: tags and the context keys that follow from it. Pure. */
#ifndef SK_ACCESS_RESOURCE_H
#define SK_ACCESS_RESOURCE_H

#include <jansson.h>

#include "access/state.h"
#include "base/err.h"

/* Zero-initialise; end with sk_access_resource_done. */
struct sk_access_resource {
    char *arn;                          /* owned: "*" when none was named */
    const char *account;                /* borrowed: id, or NULL when the ARN says it */
    const struct sk_document *document; /* borrowed; NULL: not among the documents */
    json_t *tags; /* owned: {key: value}; NULL: not known, since the resource is not */
    json_t *keys; /* owned: {context key: value, or null when it is absent} that follow from it */
    const json_t *policy; /* borrowed: a role's trust policy; NULL: none is known */
    json_t *notes;        /* owned: sentences on what was taken for granted */
};

/* Reads `text` for a request of `action`; NULL stands for "*". Addresses of profiles, spaces,
 * domains, apps (DOMAIN/user/PROFILE/TYPE/NAME and DOMAIN/space/SPACE/TYPE/NAME), roles and
 * policies are turned into ARNs whether or not they are among the documents. An action on apps that
 * is asked about a profile or a space means its app "default" (JupyterServer of a profile,
 * JupyterLab of a space). Ids of domains in ARNs are taken for the only domain of that account and
 * region when its id is not known. SK_E_INVALID. */
int sk_access_resource_read(const struct sk_access_state *state, const char *action,
                            const char *text, struct sk_access_resource *out,
                            struct sk_err *err) SK_WARN_UNUSED;
void sk_access_resource_done(struct sk_access_resource *resource);

#endif
