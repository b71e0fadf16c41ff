/* References in the inputs of calls, what answers leave behind for them, and what is so new that
 * AWS may not see it everywhere.
 *
 * A reference is looked up first in what this run's calls answered (a resource made a moment ago
 * has no live document yet), then in the live documents the plan was made from. */
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/apply_int.h"

struct lookup {
    const struct sk_apply *apply;
    const char *address,
        *attr; /* the first reference that was not found; borrowed from the input */
};

static const json_t *look_up(const char *address, const char *attr, void *data)
{
    struct lookup *lookup = data;
    if (sk_text_equal(address, SK_REF_CLOCK))
        return json_object_get(lookup->apply->clock, attr);
    const struct sk_run *run = sk_apply_find(lookup->apply, address);
    const json_t *value = run ? sk_json_at(run->captured, attr) : NULL;
    if (!value) {
        const struct sk_document *live =
            sk_documents_find(&lookup->apply->plan->view->live, address);
        value = live ? sk_json_at(live->body, attr) : NULL;
    }
    if (!value && !lookup->address) {
        lookup->address = address;
        lookup->attr = attr;
    }
    return value;
}

/* Whether the address is being made: by this run, or by AWS since an earlier one. */
static bool is_coming(const struct sk_apply *apply, const char *address)
{
    const struct sk_run *run = sk_apply_find(apply, address);
    if (run && run->change->action == SK_ACTION_CREATE)
        return (run->change->kind->flags & SK_KIND_SETTLES) != 0;
    const struct sk_document *live = sk_documents_find(&apply->plan->view->live, address);
    return live && sk_kind_state(live->kind, live->body, NULL) == SK_STATE_BUSY;
}

json_t *sk_run_resolve(const struct sk_run *run, const json_t *input, bool *waits,
                       struct sk_err *err)
{
    struct lookup lookup = {.apply = run->apply};
    size_t unresolved = 0;
    json_t *resolved = sk_ref_resolve(input, look_up, &lookup, &unresolved);
    if (unresolved == 0)
        return resolved;
    json_decref(resolved);
    *waits = is_coming(run->apply, lookup.address);
    sk_err_set(err, *waits ? SK_E_BUSY : SK_E_STALE, "%s of '%s' is not known%s", lookup.attr,
               lookup.address, *waits ? " yet: it is still being made" : "");
    return NULL;
}

/* The value at a capture's path in the answer; "arn:PATH" takes what stands behind the last '/'. */
static json_t *captured_value(const json_t *answer, const char *path)
{
    static const char prefix[] = "arn:";
    if (!sk_text_starts_with(path, prefix))
        return json_incref(sk_json_at(answer, path));
    const char *arn = sk_json_text(answer, path + strlen(prefix));
    const char *slash = arn ? strrchr(arn, '/') : NULL;
    return slash ? json_string(slash + 1) : NULL;
}

json_t *sk_run_capture(struct sk_run *run, const struct sk_call *call, const json_t *answer)
{
    if (!call->capture)
        return NULL;
    json_t *captured = json_object();
    const char *member;
    json_t *path;
    json_object_foreach(call->capture, member, path)
    {
        json_t *value = captured_value(answer, json_string_value(path));
        if (value)
            sk_json_put(captured, member, value);
    }
    if (!run->captured)
        run->captured = json_object();
    json_object_update(run->captured, captured);
    return captured;
}

static bool is_new(const struct sk_apply *apply, const char *address)
{
    const struct sk_run *run = sk_apply_find(apply, address);
    if (run && run->change->action == SK_ACTION_CREATE && run->result->outcome == SK_OUTCOME_DONE)
        return true;
    return json_object_get(apply->recent_creates, address) != NULL;
}

bool sk_run_depends_on_new(const struct sk_run *run)
{
    const struct sk_change *change = run->change;
    json_auto_t *addresses = json_copy(change->depends);
    if (change->desired) {
        sk_ref_collect(change->desired->body, addresses);
        if (change->desired->edges)
            json_array_extend(addresses, change->desired->edges);
    }
    size_t index;
    json_t *address;
    json_array_foreach(addresses, index, address)
    {
        if (is_new(run->apply, json_string_value(address)))
            return true;
    }
    return false;
}
