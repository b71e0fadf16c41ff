/* See records.h. */
#include "loop/records.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

/* How far back the journal is asked: whatever a run made is in the record by the end of the next. */
#define JOURNAL_S ((int64_t)7 * 86400)

/* The kind of an address if it is one whose ownership is recorded, else NULL. */
static const struct sk_kind *recorded_kind(const struct sk_kinds *kinds, const char *address)
{
    sk_auto(sk_freep) char *name = sk_xstrndup(address, strcspn(address, "/"));
    const struct sk_kind *kind = sk_kinds_find(kinds, name);
    return kind && (kind->flags & SK_KIND_RECORDED) ? kind : NULL;
}

/* The entry of an address, made when there is none. Borrowed. */
static json_t *entry_of(json_t *made, const char *address)
{
    sk_auto(sk_freep) char *key = sk_address_fold(address);
    json_t *entry = json_object_get(made, key);
    if (!entry) {
        entry = json_pack("{s:s}", "address", address);
        json_object_set_new(made, key, entry);
    }
    return entry;
}

static void take_applied(const json_t *applied, json_t *made)
{
    const char *address;
    json_t *row;
    json_object_foreach((json_t *)applied, address, row)
    {
        json_t *id = json_object_get(json_object_get(row, "document"), "made");
        if (json_is_string(id))
            json_object_set(entry_of(made, address), "id", id);
    }
}

/* Whether the call of the journal is younger than what was applied last. Of one second, it is
 * unless it left no id and what was applied has one: a run records after its calls, so that id is
 * that of what the call made, and only the id may say so. */
static bool is_newer(const json_t *applied, const char *address, const json_t *at, bool has_id)
{
    const json_t *entry = json_object_get(applied, address);
    const char *text = sk_json_text(entry, "at");
    bool known = sk_json_text(entry, "document.made");
    struct sk_wall last;
    if (!text || sk_wall_parse(text, &last) < 0)
        return true;
    return json_integer_value(at) - last.seconds >= (known && !has_id ? 1 : 0);
}

static void take_journal(const json_t *journal, const json_t *applied, const struct sk_kinds *kinds,
                         json_t *made)
{
    const char *address;
    json_t *row;
    json_object_foreach((json_t *)journal, address, row)
    {
        const struct sk_kind *kind = recorded_kind(kinds, address);
        json_t *at = json_object_get(row, "at");
        json_t *id =
            kind ? json_object_get(json_object_get(row, "captured"), kind->id_member) : NULL;
        if (!kind || !is_newer(applied, address, at, json_is_string(id)))
            continue;
        if (json_is_string(id))
            json_object_set(entry_of(made, address), "id", id);
        else
            json_object_set(entry_of(made, address), "since", at);
    }
}

int sk_records_read(struct sk_store *store, const char *organization, const struct sk_kinds *kinds,
                    struct sk_wall now, json_t **out, struct sk_err *err)
{
    json_auto_t *applied = NULL;
    json_auto_t *journal = NULL;
    int code = sk_store_applied_list(store, organization, &applied, err);
    struct sk_wall since = {now.seconds - JOURNAL_S};
    if (code == 0)
        code = sk_store_journal_recent_creates(store, since, &journal, err);
    if (code < 0)
        return code;
    *out = json_object();
    take_applied(applied, *out);
    take_journal(journal, applied, kinds, *out);
    return 0;
}

json_t *sk_records_document(const struct sk_document *desired, const struct sk_document *live,
                            const struct sk_result *result)
{
    json_t *document = sk_document_to_json(desired);
    json_object_del(document, "origin");
    const char *member = desired->kind->flags & SK_KIND_RECORDED ? desired->kind->id_member : NULL;
    if (!member)
        return document;
    json_t *id = result ? json_object_get(result->captured, member) : NULL;
    if (!id && live)
        id = json_object_get(live->body, member);
    if (id)
        json_object_set(document, "made", id);
    return document;
}
