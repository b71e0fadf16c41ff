/* Plan files, see plan_file.h.
 *
 * Two digests: `digest` pins addresses, actions and calls and must come out again when planning
 * anew; `fileDigest` covers the whole file, so that an edit of what reviewers read is noticed too.
 */
#include "loop/plan_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"

#define MOST_NAMED 10 /* addresses that a message lists before it only counts */

static void set_file_digest(json_t *file)
{
    char digest[SK_SHA256_HEX_BYTES];
    sk_json_digest(file, digest);
    json_object_set_new(file, "fileDigest", json_string(digest));
}

json_t *sk_plan_file_make(const struct sk_plan *plan, const struct sk_findings *findings,
                          const struct sk_plan_file_facts *facts)
{
    char created[SK_WALL_TEXT_BYTES];
    sk_wall_format(facts->created_at, created);
    json_t *file = sk_plan_to_json(plan);
    json_object_set_new(file, "apiVersion", json_string("sagekeeper/v1"));
    json_object_set_new(file, "kind", json_string("Plan"));
    json_object_set_new(file, "createdAt", json_string(created));
    json_object_set_new(file, "organization", json_string(facts->organization));
    json_object_set_new(
        file, "source",
        json_pack("{s:s, s:s}", "origin", facts->origin, "revision", facts->revision));
    json_object_set_new(file, "refused", sk_findings_to_json(findings));
    json_object_set(file, "upcoming", (json_t *)facts->upcoming);
    json_object_set(file, "diagnostics", (json_t *)facts->diagnostics);
    json_object_set(file, "exceptions", (json_t *)facts->exceptions);
    if (facts->isolation)
        json_object_set(file, "isolation", (json_t *)facts->isolation);
    if (facts->access_changes)
        json_object_set(file, "accessChanges", (json_t *)facts->access_changes);
    set_file_digest(file);
    return file;
}

static int check_untouched(json_t *file, const char *path, struct sk_err *err)
{
    const char *recorded = sk_json_text(file, "fileDigest");
    sk_auto(sk_freep) char *expected = sk_xstrdup(recorded ? recorded : "");
    json_object_del(file, "fileDigest");
    char digest[SK_SHA256_HEX_BYTES];
    sk_json_digest(file, digest);
    json_object_set_new(file, "fileDigest", json_string(expected));
    char changes[SK_SHA256_HEX_BYTES];
    sk_plan_json_digest(json_object_get(file, "changes"), changes);
    const char *plan_digest = sk_json_text(file, "digest");
    bool same = strcmp(digest, expected) == 0 && plan_digest &&
                sk_text_starts_with(plan_digest, "sha256:") &&
                strcmp(plan_digest + strlen("sha256:"), changes) == 0;
    if (!same)
        return sk_err_set(
            err, SK_E_REFUSED,
            "'%s' was changed after it was written; plan again, a plan file cannot be "
            "edited",
            path);
    return 0;
}

int sk_plan_file_load(const char *path, json_t **out, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = NULL;
    size_t length = 0;
    int code = sk_file_read(path, SK_BOUND_PLAN_FILE_BYTES, &text, &length, err);
    if (code < 0)
        return code;
    json_t *file = sk_json_parse(text, length, path, err);
    if (!file)
        return SK_E_PARSE;
    if (!sk_text_equal(sk_json_text(file, "kind"), "Plan") ||
        !sk_text_equal(sk_json_text(file, "apiVersion"), "sagekeeper/v1") ||
        !sk_json_text(file, "source.revision")) {
        json_decref(file);
        return sk_err_set(err, SK_E_INVALID, "'%s' is not a plan file of this version", path);
    }
    code = check_untouched(file, path, err);
    if (code < 0) {
        json_decref(file);
        return code;
    }
    *out = file;
    return 0;
}

/* What moved, as "address (how)", up to a number. */
struct moved {
    struct sk_buffer text;
    size_t count;
};

static void add_moved(struct moved *moved, const char *address, const char *how)
{
    if (moved->count++ >= MOST_NAMED)
        return;
    sk_buffer_addf(&moved->text, "%s'%s' (%s)", moved->count > 1 ? ", " : "", address, how);
}

static const char *how_it_moved(const json_t *recorded, const struct sk_change *now)
{
    const char *fingerprint = sk_json_text(recorded, "fingerprint");
    if (strcmp(fingerprint ? fingerprint : "", now->fingerprint) != 0)
        return "live state changed";
    if (!sk_text_equal(sk_json_text(recorded, "action"), sk_action_name(now->action)))
        return "another action is needed";
    json_auto_t *change = sk_change_to_json(now);
    if (!json_equal(json_object_get(change, "calls"), json_object_get(recorded, "calls")))
        return "other calls are needed";
    return NULL;
}

static void find_moved(const json_t *file, const struct sk_plan *plan, struct moved *moved)
{
    json_auto_t *seen = json_object();
    size_t index;
    json_t *recorded;
    json_array_foreach(json_object_get(file, "changes"), index, recorded)
    {
        const char *address = sk_json_text(recorded, "address");
        if (!address)
            continue;
        json_object_set_new(seen, address, json_true());
        const struct sk_change *now = sk_plan_find(plan, address);
        const char *how = now ? how_it_moved(recorded, now) : "nothing to do any more";
        if (how)
            add_moved(moved, address, how);
    }
    for (size_t i = 0; i < plan->count; i++) {
        if (!json_object_get(seen, plan->items[i].address))
            add_moved(moved, plan->items[i].address, "not in the plan file");
    }
}

int sk_plan_file_compare(const json_t *file, const struct sk_plan *plan, struct sk_err *err)
{
    struct moved moved = {.count = 0};
    find_moved(file, plan, &moved);
    int code = 0;
    if (moved.count > MOST_NAMED)
        sk_buffer_addf(&moved.text, " and %zu more", moved.count - MOST_NAMED);
    if (moved.count > 0)
        code = sk_err_set(err, SK_E_STALE, "the plan is stale, these moved since it was made: %s",
                          sk_buffer_text(&moved.text));
    sk_buffer_done(&moved.text);
    const char *digest = sk_json_text(file, "digest");
    if (code == 0 && strcmp(digest + strlen("sha256:"), plan->digest) != 0)
        code =
            sk_err_set(err, SK_E_STALE, "the plan is stale: planning again gives another digest");
    return code;
}
