/* The table of provenance, see provenance.h. */
#include "proof/provenance.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "policy/catalogue.h"

struct row {
    const char *key; /* ends in '*': a prefix */
    enum sk_provenance provenance;
};

static const struct row rows[] = {
    {"aws:principalisawsservice", SK_FROM_PRINCIPAL},
    {"aws:principal*", SK_FROM_PRINCIPAL},
    {"aws:username", SK_FROM_PRINCIPAL},
    {"aws:userid", SK_FROM_PRINCIPAL},
    {"aws:sourceidentity", SK_FROM_PRINCIPAL},
    {"aws:federatedprovider", SK_FROM_PRINCIPAL},
    {"aws:assumedroot", SK_FROM_PRINCIPAL},
    {"aws:ec2instancesource*", SK_FROM_PRINCIPAL},
    {"ec2:sourceinstancearn", SK_FROM_PRINCIPAL},
    {"ec2:roledelivery", SK_FROM_PRINCIPAL},
    {"lambda:sourcefunctionarn", SK_FROM_PRINCIPAL},
    {"identitystore:userid", SK_FROM_PRINCIPAL},
    {"saml:*", SK_FROM_PRINCIPAL},
    /* of the Studio session that a profile's or a space's apps run with */
    {"sagemaker:domainid", SK_FROM_PRINCIPAL},
    {"sagemaker:userprofilename", SK_FROM_PRINCIPAL},

    {"aws:resource*", SK_FROM_RESOURCE},
    {"s3:existingobjecttag/*", SK_FROM_RESOURCE},
    {"s3:resourceaccount", SK_FROM_RESOURCE},
    {"sagemaker:owneruserprofilearn", SK_FROM_RESOURCE},
    {"sagemaker:spacesharingtype", SK_FROM_RESOURCE},
    {"iam:resourcetag/*", SK_FROM_RESOURCE},

    {"aws:sourceip", SK_FROM_NETWORK},
    {"aws:vpcsourceip", SK_FROM_NETWORK},
    {"aws:sourcevpc*", SK_FROM_NETWORK},
    {"aws:vpce*", SK_FROM_NETWORK},
    {"aws:securetransport", SK_FROM_NETWORK},
    {"aws:currenttime", SK_FROM_NETWORK},
    {"aws:epochtime", SK_FROM_NETWORK},

    {"aws:calledvia*", SK_FROM_SERVICE},
    {"aws:viaawsservice", SK_FROM_SERVICE},
    {"aws:sourceaccount", SK_FROM_SERVICE},
    {"aws:sourcearn", SK_FROM_SERVICE},
    {"aws:sourceorg*", SK_FROM_SERVICE},
    {"kms:viaservice", SK_FROM_SERVICE},
    {"kms:grantisforawsresource", SK_FROM_SERVICE},
};

static int is_row_of(const struct row *row, const char *key)
{
    size_t length = strlen(row->key);
    if (row->key[length - 1] == '*')
        return strncmp(key, row->key, length - 1) == 0;
    return strcmp(key, row->key) == 0;
}

enum sk_provenance sk_provenance_of(const char *key)
{
    if (sk_catalogue_resource_tag(key))
        return SK_FROM_RESOURCE;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is_row_of(&rows[i], key))
            return rows[i].provenance;
    }
    return SK_FROM_CALLER;
}

const char *sk_provenance_name(enum sk_provenance provenance)
{
    static const char *const names[] = {
        [SK_FROM_PRINCIPAL] = "principal", [SK_FROM_RESOURCE] = "resource",
        [SK_FROM_CALLER] = "caller",       [SK_FROM_NETWORK] = "network",
        [SK_FROM_SERVICE] = "service",
    };
    return names[provenance];
}
