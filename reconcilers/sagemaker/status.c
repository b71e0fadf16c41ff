/* Status words and change markers, see status.h. */
#include "reconcilers/sagemaker/status.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

enum sk_state sk_sagemaker_state(const json_t *body, const char **reason)
{
    static const struct {
        const char *status;
        enum sk_state state;
    } words[] = {
        {"InService", SK_STATE_READY},
        {"Pending", SK_STATE_BUSY},
        {"Updating", SK_STATE_BUSY},
        {"Deleting", SK_STATE_BUSY},
        {"Failed", SK_STATE_FAILED_CREATE},
        {"Update_Failed", SK_STATE_FAILED_UPDATE},
        {"Delete_Failed", SK_STATE_FAILED_DELETE},
        {"Deleted", SK_STATE_GONE},
    };
    const char *status = sk_json_text(body, "Status");
    *reason = sk_json_text(body, "FailureReason");
    for (size_t i = 0; status && i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(words[i].status, status) == 0)
            return words[i].state;
    }
    return SK_STATE_BUSY;
}

const json_t *sk_sagemaker_describe(struct sk_observation *observation, const char *operation,
                                    json_t *input, const json_t *listed)
{
    const json_t *modified = json_object_get(listed, "LastModifiedTime");
    double modified_s = sk_json_time_s(modified);
    const char *status = sk_json_text(listed, "Status");
    sk_auto(sk_freep) char *moment = json_is_string(modified)
                                         ? sk_xstrdup(json_string_value(modified))
                                         : sk_xasprintf("%.6f", modified_s);
    sk_auto(sk_freep) char *version = sk_xasprintf("%s/%s", moment, status ? status : "");
    return sk_observe_versioned(observation, "sagemaker", operation, input, version, modified_s);
}
