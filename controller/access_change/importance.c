/* How grave an access is, in one order for everything that is shown. */
#include <string.h>

#include "access_change/change_int.h"
#include "base/text.h"
#include "policy/catalogue.h"

static const char *const names[SK_IMPORTANCE_COUNT] = {
    [SK_IMPORTANCE_CROSS_TEAM] = "cross-team",
    [SK_IMPORTANCE_PERMISSIONS] = "permissions",
    [SK_IMPORTANCE_UNREAD] = "unread",
    [SK_IMPORTANCE_PASS_ROLE] = "pass-role",
    [SK_IMPORTANCE_ASSUME_ROLE] = "assume-role",
    [SK_IMPORTANCE_WRITE] = "write",
    [SK_IMPORTANCE_MEMBERSHIP] = "membership",
    [SK_IMPORTANCE_TRUST] = "trust",
    [SK_IMPORTANCE_TAGGING] = "tagging",
    [SK_IMPORTANCE_READ] = "read",
    [SK_IMPORTANCE_LIST] = "list",
};

const char *sk_importance_name(enum sk_importance importance)
{
    return importance < SK_IMPORTANCE_COUNT ? names[importance] : NULL;
}

enum sk_importance sk_importance_of_name(const char *name)
{
    size_t i = 0;
    while (i < SK_IMPORTANCE_COUNT && !sk_text_equal(names[i], name))
        i++;
    return (enum sk_importance)i;
}

enum sk_importance sk_importance_of_action(size_t position)
{
    const struct sk_catalogue_action *action = sk_catalogue_at(position);
    const char *name = sk_catalogue_name(action);
    if (strcmp(name, "iam:PassRole") == 0)
        return SK_IMPORTANCE_PASS_ROLE;
    if (sk_text_starts_with(name, "sts:AssumeRole"))
        return SK_IMPORTANCE_ASSUME_ROLE;
    switch (sk_catalogue_access(action)) {
    case SK_ACCESS_PERMISSIONS:
        return SK_IMPORTANCE_PERMISSIONS;
    case SK_ACCESS_WRITE:
        return SK_IMPORTANCE_WRITE;
    case SK_ACCESS_TAGGING:
        return SK_IMPORTANCE_TAGGING;
    case SK_ACCESS_READ:
        return SK_IMPORTANCE_READ;
    case SK_ACCESS_LIST:
        break;
    }
    return SK_IMPORTANCE_LIST;
}
