/* API calls as data, see call.h. */
#include "plan/call.h"

#include <stdlib.h>

#include "base/alloc.h"

struct sk_call *sk_calls_add(struct sk_calls *calls, const char *service, const char *operation,
                             json_t *input)
{
    if (calls->count == calls->capacity) {
        calls->capacity = calls->capacity ? calls->capacity * 2 : 4;
        calls->items = sk_xrealloc(calls->items, calls->capacity, sizeof(struct sk_call));
    }
    struct sk_call *call = &calls->items[calls->count++];
    *call = (struct sk_call){.service = sk_xstrdup(service),
                             .operation = sk_xstrdup(operation),
                             .region = sk_xstrdup(calls->region ? calls->region : "global"),
                             .input = input};
    return call;
}

void sk_calls_done(struct sk_calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        struct sk_call *call = &calls->items[i];
        free(call->service);
        free(call->operation);
        free(call->region);
        json_decref(call->input);
        json_decref(call->capture);
        json_decref(call->drain);
    }
    free(calls->items);
    *calls = (struct sk_calls){0};
}

json_t *sk_call_to_json(const struct sk_call *call, const char *account)
{
    json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:O}", "service", call->service, "operation",
                              call->operation, "account", account, "region", call->region, "input",
                              call->input);
    if (call->capture)
        json_object_set(value, "capture", call->capture);
    if (call->check == SK_CHECK_OWNED)
        json_object_set_new(value, "check", json_string("owned"));
    if (call->drain)
        json_object_set(value, "drain", call->drain);
    return value;
}
