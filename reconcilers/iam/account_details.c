/* The shared bulk read, see account_details.h. */
#include "reconcilers/iam/account_details.h"

#include "base/json.h"
#include "policy/document.h"

const json_t *sk_iam_account_details(struct sk_observation *observation)
{
    return sk_observe(observation, "iam", "GetAccountAuthorizationDetails",
                      json_pack("{s:[s,s]}", "Filter", "Role", "LocalManagedPolicy"));
}

json_t *sk_iam_principal_names(const json_t *details)
{
    json_t *names = json_object();
    size_t index;
    json_t *role;
    json_array_foreach(json_object_get(details, "RoleDetailList"), index, role)
    {
        const char *id = sk_json_text(role, "RoleId");
        if (id)
            json_object_set(names, id, json_object_get(role, "Arn"));
    }
    return names;
}

json_t *sk_iam_document(const char *encoded)
{
    if (!encoded)
        return NULL;
    json_t *document = sk_policy_decode(encoded, NULL);
    return document ? document : json_string(encoded);
}
