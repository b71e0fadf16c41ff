/* identity_center_instance: where the organization's identity source is. Only looked at.
 *
 * Its name in addresses is always "instance": an account works with one, and its ids are AWS's. */
#include "base/json.h"
#include "reconcilers/identity_center/directory.h"
#include "reconcilers/registry.h"

static const struct sk_attr attrs[] = {
    {.path = "IdentityStoreId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "Id of the directory."},
    {.path = "InstanceArn", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Its ARN."},
    {.path = "OwnerAccountId",
     .type = SK_ATTR_VALUE,
     .flags = SK_ATTR_READ_ONLY,
     .doc = "The account that it belongs to."},
    {.path = "Status", .type = SK_ATTR_VALUE, .flags = SK_ATTR_READ_ONLY, .doc = "Made by AWS."},
    {.path = NULL},
};

static int read_instance(struct sk_observation *observation, struct sk_err *err)
{
    const json_t *instance = NULL;
    int code = sk_directory_instance(observation, &instance, err);
    if (code < 0 || !instance)
        return code;
    (void)sk_observation_emit(observation, "instance", json_deep_copy(instance));
    return 0;
}

const struct sk_kind sk_kind_identity_center_instance = {
    .name = SK_INSTANCE_KIND,
    .service = "sso-admin",
    .noun = "Identity Center instance",
    .doc = "An instance of IAM Identity Center; only looked at.",
    .scope = SK_SCOPE_REGION,
    .flags = SK_KIND_OBSERVED,
    .attrs = attrs,
    .read = read_instance,
};
