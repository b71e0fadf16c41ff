/* The shared bulk read, see account_details.h. */
#include "reconcilers/iam/account_details.h"

const json_t *sk_iam_account_details(struct sk_observation *observation)
{
    return sk_observe(observation, "iam", "GetAccountAuthorizationDetails",
                      json_pack("{s:[s,s]}", "Filter", "Role", "LocalManagedPolicy"));
}
