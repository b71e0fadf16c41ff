/* Drift, see drift.h. The rows G1, H2, … in comments are those of docs/design/plan-cases.md.
 *
 * The last applied documents are read back into documents, compared with the live ones as the plan
 * compares desired ones, and each row is given what the desired documents will make of it. */
#include "plan/drift.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "plan/diff.h"
#include "plan/fields.h"
#include "plan/plan.h"
#include "plan/plan_int.h"
#include "policy/document.h"

const char *sk_drift_status_name(enum sk_drift_status status)
{
    static const char *const names[] = {"changed", "missing", "unexpected", "not-ours", "unknown"};
    return names[status];
}

const char *sk_drift_remedy_name(enum sk_drift_remedy remedy)
{
    static const char *const names[] = {"undecided", "nothing", "restore", "delete", "blocked"};
    return names[remedy];
}

struct drifter {
    const struct sk_view *view;
    const struct sk_kinds *kinds;
    const char *owner;
    const struct sk_documents *desired; /* may be NULL */
    struct sk_documents applied;        /* those that could be read back */
    struct sk_drift *drift;
    size_t capacity;
};

static struct sk_drift_row *add_row(struct drifter *d, const char *address,
                                    const struct sk_kind *kind, enum sk_drift_status status,
                                    enum sk_severity severity)
{
    struct sk_drift *drift = d->drift;
    if (drift->count == d->capacity) {
        d->capacity = d->capacity ? d->capacity * 2 : 32;
        drift->items = sk_xrealloc(drift->items, d->capacity, sizeof(struct sk_drift_row));
    }
    struct sk_drift_row *row = &drift->items[drift->count++];
    *row = (struct sk_drift_row){
        .address = sk_xstrdup(address), .kind = kind, .status = status, .severity = severity};
    drift->counts[status]++;
    return row;
}

/* What it means that a resource comes or goes: who may do what hangs on it, or everything does. */
static enum sk_severity presence_severity(const struct sk_kind *kind)
{
    if (kind->flags & SK_KIND_PROTECTED)
        return SK_SEVERITY_HIGH;
    for (const struct sk_attr *attr = kind->attrs; attr->path; attr++) {
        if (attr->flags & SK_ATTR_GRANTS)
            return SK_SEVERITY_HIGH;
    }
    return SK_SEVERITY_MEDIUM;
}

/* Remedies */

/* H2 to H4, H7, H8: what HEAD makes of a live resource of ours. */
static enum sk_drift_remedy remedy_of_live(const struct drifter *d, const struct sk_document *live)
{
    if (!d->desired)
        return SK_REMEDY_UNDECIDED;
    const struct sk_document *desired = sk_documents_find(d->desired, live->address);
    if (!desired)
        return sk_view_unknown_in_account(d->view, live->account) ? SK_REMEDY_BLOCKED
                                                                  : SK_REMEDY_DELETE;
    if (desired->flags & SK_DOCUMENT_EXISTING)
        return SK_REMEDY_NOTHING;
    enum sk_state state = sk_kind_state(live->kind, live->body, NULL);
    if (state == SK_STATE_FAILED_DELETE)
        return SK_REMEDY_BLOCKED;
    if (state == SK_STATE_FAILED_CREATE || state == SK_STATE_FAILED_UPDATE)
        return SK_REMEDY_RESTORE;
    struct sk_fields fields = {0};
    sk_diff(desired->kind, desired->body, live->body, &d->view->live, &fields);
    sk_auto(sk_freep) char *unchangeable = sk_fields_unchangeable(&fields);
    enum sk_drift_remedy remedy = fields.count == 0 ? SK_REMEDY_NOTHING
                                  : unchangeable    ? SK_REMEDY_BLOCKED
                                                    : SK_REMEDY_RESTORE;
    sk_fields_done(&fields);
    return remedy;
}

/* H1, H3, H5: what HEAD makes of what is not there any more. */
static enum sk_drift_remedy remedy_of_missing(const struct drifter *d, const char *address)
{
    if (!d->desired)
        return SK_REMEDY_UNDECIDED;
    const struct sk_document *desired = sk_documents_find(d->desired, address);
    return desired && !(desired->flags & SK_DOCUMENT_EXISTING) ? SK_REMEDY_RESTORE
                                                               : SK_REMEDY_NOTHING;
}

/* Rows */

/* The first unread part that the field's references lie in, or NULL. */
static const struct sk_unknown *unread_target(const struct drifter *d, const struct sk_field *field)
{
    json_auto_t *targets = json_array();
    sk_ref_collect(field->to, targets);
    size_t index;
    json_t *target;
    json_array_foreach(targets, index, target)
    {
        const struct sk_unknown *unknown =
            sk_view_unknown_around(d->view, d->kinds, json_string_value(target));
        if (unknown)
            return unknown;
    }
    return NULL;
}

/* G8, G9: a value that refers to what is not live cannot be compared. What is absent has a row of
 * its own, so the field goes; what was not read is returned. */
static const struct sk_unknown *drop_incomparable(const struct drifter *d, struct sk_fields *fields)
{
    const struct sk_unknown *unread = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < fields->count; i++) {
        struct sk_field *field = &fields->items[i];
        if (!field->unknown) {
            fields->items[kept++] = *field;
            continue;
        }
        if (!unread)
            unread = unread_target(d, field);
        sk_field_done(field);
    }
    fields->count = kept;
    return unread;
}

/* The plan reads "from live to desired"; drift tells what happened: from applied to live. */
static void turn_round(struct sk_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        struct sk_field *field = &fields->items[i];
        json_t *live = field->from;
        field->from = field->to;
        field->to = live;
        if (!field->detail)
            continue;
        json_decref(field->detail);
        field->detail = sk_policy_diff(field->from, field->to);
    }
}

static void row_of_existing(struct drifter *d, const struct sk_document *applied,
                            const struct sk_document *live)
{
    struct sk_fields fields = {0};
    sk_diff(applied->kind, applied->body, live->body, &d->view->live, &fields);
    const struct sk_unknown *unread = drop_incomparable(d, &fields);
    const char *why = NULL;
    enum sk_state state = sk_kind_state(live->kind, live->body, &why);
    bool failed = state == SK_STATE_FAILED_CREATE || state == SK_STATE_FAILED_UPDATE ||
                  state == SK_STATE_FAILED_DELETE;
    if (failed) /* G7 */
        sk_fields_add_status(&fields, live->body);
    if (fields.count > 0) { /* G2 */
        struct sk_drift_row *row =
            add_row(d, live->address, live->kind, SK_DRIFT_CHANGED, SK_SEVERITY_INFO);
        for (size_t i = 0; i < fields.count; i++) {
            if (fields.items[i].attr->severity > row->severity)
                row->severity = fields.items[i].attr->severity;
        }
        turn_round(&fields);
        row->fields = fields;
        row->reason = failed ? sk_xstrdup(why) : NULL;
        row->remedy = remedy_of_live(d, live);
        return;
    }
    sk_fields_done(&fields);
    if (!unread) { /* G1, G8 */
        d->drift->in_sync++;
        return;
    }
    struct sk_drift_row *row =
        add_row(d, live->address, live->kind, SK_DRIFT_UNKNOWN, SK_SEVERITY_INFO); /* G9 */
    row->remedy = SK_REMEDY_NOTHING;
    sk_auto(sk_freep) char *nouns = sk_kind_plural(unread->kind);
    row->reason = sk_xasprintf("it refers to %s in account '%s', which cannot be read: %s", nouns,
                               unread->account, sk_err_message(&unread->err));
}

/* G13: applied while it was ours to write; whoever writes it now may. */
static bool is_ceded(const struct drifter *d, const struct sk_document *applied)
{
    return d->view->ceded && (applied->kind->flags & (SK_KIND_RECORDED | SK_KIND_OF_HOLDER));
}

static void row_of_applied(struct drifter *d, const struct sk_document *applied)
{
    if (is_ceded(d, applied))
        return;
    const struct sk_unknown *unknown =
        sk_view_unknown(d->view, applied->kind, applied->account, applied->region);
    if (unknown) { /* G5 */
        sk_auto(sk_freep) char *nouns = sk_kind_plural(applied->kind);
        struct sk_drift_row *row =
            add_row(d, applied->address, applied->kind, SK_DRIFT_UNKNOWN, SK_SEVERITY_INFO);
        row->remedy = SK_REMEDY_NOTHING;
        row->reason = sk_xasprintf("%s in account '%s' cannot be read: %s", nouns, applied->account,
                                   sk_err_message(&unknown->err));
        return;
    }
    const struct sk_document *live = sk_view_there(d->view, applied->address);
    if (!live) { /* G3 */
        struct sk_drift_row *row = add_row(d, applied->address, applied->kind, SK_DRIFT_MISSING,
                                           presence_severity(applied->kind));
        row->remedy = remedy_of_missing(d, applied->address);
        return;
    }
    if (sk_view_ownership(d->view, live, d->owner) != SK_OWNED) { /* G6 */
        struct sk_drift_row *row =
            add_row(d, live->address, live->kind, SK_DRIFT_NOT_OURS, SK_SEVERITY_HIGH);
        row->remedy = SK_REMEDY_NOTHING;
        bool tagged = !(live->kind->flags & (SK_KIND_RECORDED | SK_KIND_OF_HOLDER));
        row->reason = sk_xasprintf("%s, so this %s is neither changed nor deleted",
                                   tagged ? "it does not carry our tags any more"
                                          : "nothing records any more that it is ours",
                                   live->kind->noun);
        return;
    }
    row_of_existing(d, applied, live);
}

static void rows_of_unexpected(struct drifter *d)
{
    for (size_t i = 0; i < d->view->live.count; i++) {
        const struct sk_document *live = d->view->live.items[i];
        if (sk_documents_find(&d->applied, live->address) ||
            sk_kind_state(live->kind, live->body, NULL) == SK_STATE_GONE ||
            sk_view_ownership(d->view, live, d->owner) != SK_OWNED) /* G11 */
            continue;
        struct sk_drift_row *row = add_row(d, live->address, live->kind, SK_DRIFT_UNEXPECTED,
                                           presence_severity(live->kind)); /* G4 */
        row->remedy = remedy_of_live(d, live);
    }
}

/* Reading back */

/* The document of one entry of the store, or NULL: then the row that says so was added (G10). */
static struct sk_document *read_back(struct drifter *d, const char *address, const json_t *entry)
{
    const json_t *stored = json_object_get(entry, "document");
    const char *name = sk_json_text(stored, "kind");
    const struct sk_kind *kind = name ? sk_kinds_find(d->kinds, name) : NULL;
    json_t *body = json_object_get(stored, "body");
    const char *own = sk_json_text(stored, "address");
    bool whole = kind && json_is_object(body) && own && strcmp(own, address) == 0 &&
                 strncmp(address, name, strlen(name)) == 0 && address[strlen(name)] == '/';
    if (whole)
        return sk_document_new(kind, address, json_incref(body));
    struct sk_drift_row *row = add_row(d, address, kind, SK_DRIFT_UNKNOWN, SK_SEVERITY_INFO);
    row->remedy = SK_REMEDY_NOTHING;
    row->reason = name && !kind ? sk_xasprintf("this version does not know the kind '%s'", name)
                                : sk_xstrdup("the record of what was applied last is damaged");
    return NULL;
}

/* {folded address: {"address", "entry"}}: of entries that differ in case only, the one applied
 * last. New. */
static json_t *latest_entries(const json_t *applied)
{
    json_t *latest = json_object();
    const char *address;
    json_t *entry;
    json_object_foreach((json_t *)applied, address, entry)
    {
        sk_auto(sk_freep) char *key = sk_address_fold(address);
        const char *at = sk_json_text(entry, "at");
        const char *other = sk_json_text(json_object_get(latest, key), "entry.at");
        if (!other || (at && strcmp(at, other) > 0))
            json_object_set_new(latest, key,
                                json_pack("{s:s, s:O}", "address", address, "entry", entry));
    }
    return latest;
}

static int read_back_all(struct drifter *d, const json_t *latest, struct sk_err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)latest, key, value)
    {
        struct sk_document *document =
            read_back(d, sk_json_text(value, "address"), json_object_get(value, "entry"));
        int code = document ? sk_documents_add(&d->applied, document, err) : 0;
        if (code < 0)
            return code;
    }
    return 0;
}

static int by_address(const void *a, const void *b)
{
    return strcmp(((const struct sk_drift_row *)a)->address,
                  ((const struct sk_drift_row *)b)->address);
}

/* Sorts, and adds when each was applied last. */
static void finish(struct sk_drift *drift, const json_t *latest)
{
    if (drift->count > 1)
        qsort(drift->items, drift->count, sizeof(struct sk_drift_row), by_address);
    for (size_t i = 0; i < drift->count; i++) {
        struct sk_drift_row *row = &drift->items[i];
        sk_auto(sk_freep) char *key = sk_address_fold(row->address);
        const json_t *last = json_object_get(latest, key);
        row->commit = sk_xstrdup(sk_json_text(last, "entry.commit"));
        row->at = sk_xstrdup(sk_json_text(last, "entry.at"));
    }
}

int sk_drift_make(const json_t *applied, const struct sk_view *view, const struct sk_kinds *kinds,
                  const char *owner, const struct sk_documents *desired, struct sk_drift **out,
                  struct sk_err *err)
{
    struct sk_drift *drift = sk_xcalloc(1, sizeof(*drift));
    drift->view = view;
    struct drifter drifter = {
        .view = view, .kinds = kinds, .owner = owner, .desired = desired, .drift = drift};
    json_auto_t *latest = latest_entries(applied);
    int code = read_back_all(&drifter, latest, err);
    for (size_t i = 0; code == 0 && i < drifter.applied.count; i++)
        row_of_applied(&drifter, drifter.applied.items[i]);
    if (code == 0) {
        rows_of_unexpected(&drifter);
        finish(drift, latest);
        *out = drift;
    } else {
        sk_drift_free(drift);
    }
    sk_documents_done(&drifter.applied);
    return code;
}

void sk_drift_free(struct sk_drift *drift)
{
    if (!drift)
        return;
    for (size_t i = 0; i < drift->count; i++) {
        struct sk_drift_row *row = &drift->items[i];
        free(row->address);
        free(row->reason);
        free(row->commit);
        free(row->at);
        sk_fields_done(&row->fields);
    }
    free(drift->items);
    free(drift);
}

int sk_drift_exit_code(const struct sk_drift *drift)
{
    if (drift->counts[SK_DRIFT_UNKNOWN] > 0 || drift->view->unknown_count > 0)
        return 4;
    return drift->count > 0 ? 2 : 0;
}
