/* What the renderers share, see render_int.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/fields.h"
#include "plan/render_int.h"
#include "plan/set.h"
#include "policy/document.h"

/* Harmless text */

/* Decodes one code point of UTF-8; 0 for a byte that begins none (RFC 3629). */
static size_t decode(const unsigned char *at, uint32_t *out)
{
    static const struct {
        unsigned char mask, lead;
        size_t length;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 1, 0x0},
                 {0xe0, 0xc0, 2, 0x80},
                 {0xf0, 0xe0, 3, 0x800},
                 {0xf8, 0xf0, 4, 0x10000}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        if ((at[0] & forms[i].mask) != forms[i].lead)
            continue;
        uint32_t point = at[0] & (unsigned char)~forms[i].mask;
        for (size_t j = 1; j < forms[i].length; j++) {
            if ((at[j] & 0xc0) != 0x80)
                return 0;
            point = point << 6 | (at[j] & 0x3f);
        }
        *out = point;
        bool surrogate = point >= 0xd800 && point <= 0xdfff;
        return point < forms[i].least || point > 0x10ffff || surrogate ? 0 : forms[i].length;
    }
    return 0;
}

/* Control, invisible and direction-changing characters (Unicode categories Cc, Cf, Zl, Zp as far as
 * they hide or reorder text). */
static bool is_deceptive(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
                  {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x206f},
                  {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    }
    return false;
}

void sk_render_clean(struct sk_buffer *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        uint32_t point = 0;
        size_t length = decode(at, &point);
        if (length == 0) {
            sk_buffer_addf(out, "\\x%02x", *at);
            length = 1;
        } else if (point == '\n') {
            sk_buffer_adds(out, "\\n");
        } else if (point == '\t') {
            sk_buffer_adds(out, "\\t");
        } else if (is_deceptive(point)) {
            sk_buffer_addf(out, point > 0xffff ? "\\U%08x" : "\\u%04x", point);
        } else {
            sk_buffer_add(out, at, length);
        }
        at += length;
    }
}

char *sk_render_cut(char *text, size_t limit)
{
    size_t points = 0;
    size_t keep = 0; /* bytes of the first `limit` code points */
    for (size_t i = 0; text[i]; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80 && points++ == limit)
            keep = i;
    }
    if (limit == 0 || points <= limit)
        return text;
    char *cut = sk_xasprintf("%.*s... (%zu more)", (int)keep, text, points - limit);
    free(text);
    return cut;
}

/* Values */

/* A value on one line: JSON, or what a reference stands for. Owned by the caller. */
static char *value_text(const json_t *value)
{
    struct sk_buffer text = {0};
    const char *address;
    const char *attr;
    if (!value) {
        sk_buffer_adds(&text, "(not set)");
    } else if (json_is_null(value)) {
        sk_buffer_adds(&text, "(cleared)");
    } else if (sk_text_equal(json_string_value(value), "(sensitive)")) {
        sk_buffer_adds(&text, "(sensitive)");
    } else if (sk_ref_parse(value, &address, &attr)) {
        sk_buffer_adds(&text, "(known after apply: ");
        sk_render_clean(&text, attr);
        sk_buffer_adds(&text, " of ");
        sk_render_clean(&text, address);
        sk_buffer_addc(&text, ')');
    } else {
        sk_auto(sk_freep) char *json = sk_json_canonical(value);
        sk_render_clean(&text, json);
    }
    return sk_buffer_take(&text);
}

/* A line about a path; `from` NULL leaves the arrow out. */
static void field_line(const char *path, const char *from, const char *to, sk_render_line_fn line,
                       void *data)
{
    struct sk_buffer text = {0};
    sk_render_clean(&text, path);
    if (from)
        sk_buffer_addf(&text, ": %s -> %s", from, to);
    else
        sk_buffer_addf(&text, ": %s", to);
    line(SK_LINE_FIELD, sk_buffer_text(&text), data);
    sk_buffer_done(&text);
}

static void head_line(const char *path, sk_render_line_fn line, void *data)
{
    struct sk_buffer text = {0};
    sk_render_clean(&text, path);
    sk_buffer_addc(&text, ':');
    line(SK_LINE_HEAD, sk_buffer_text(&text), data);
    sk_buffer_done(&text);
}

static void element_lines(enum sk_render_line sort, const json_t *elements, sk_render_line_fn line,
                          void *data)
{
    size_t index;
    json_t *element;
    json_array_foreach(elements, index, element)
    {
        sk_auto(sk_freep) char *text = value_text(element);
        line(sort, text, data);
    }
}

static void sentence_lines(const json_t *sentences, sk_render_line_fn line, void *data)
{
    size_t index;
    json_t *sentence;
    json_array_foreach(sentences, index, sentence)
    {
        struct sk_buffer text = {0};
        sk_render_clean(&text, json_string_value(sentence));
        line(SK_LINE_SENTENCE, sk_buffer_text(&text), data);
        sk_buffer_done(&text);
    }
}

/* True when the difference was shown by its elements. Order alone is not seen that way. */
static bool render_elements(const struct sk_field *field, const json_t *from, const json_t *to,
                            sk_render_line_fn line, void *data)
{
    bool lists = (json_is_array(from) || !from) && (json_is_array(to) || !to) && (from || to);
    if (!lists)
        return false;
    json_auto_t *added = NULL;
    json_auto_t *removed = NULL;
    sk_set_compare(from, to, field->attr->flags & SK_ATTR_CASELESS, &added, &removed);
    if (json_array_size(added) + json_array_size(removed) == 0)
        return false;
    head_line(field->path, line, data);
    element_lines(SK_LINE_ADDED, added, line, data);
    element_lines(SK_LINE_REMOVED, removed, line, data);
    return true;
}

static void render_field(const struct sk_fields *fields, const struct sk_field *field,
                         sk_render_line_fn line, void *data)
{
    json_auto_t *from = sk_fields_shown(fields, field, field->from);
    json_auto_t *to = sk_fields_shown(fields, field, field->to);
    bool sensitive = field->attr->flags & SK_ATTR_SENSITIVE;
    if (!sensitive && json_array_size(field->detail) > 0) {
        head_line(field->path, line, data);
        sentence_lines(field->detail, line, data);
        return;
    }
    if (render_elements(field, from, to, line, data))
        return;
    sk_auto(sk_freep) char *before = value_text(from);
    sk_auto(sk_freep) char *after = field->to ? value_text(to) : sk_xstrdup("(removed)");
    field_line(field->path, before, after, line, data);
}

void sk_render_fields(const struct sk_fields *fields, sk_render_line_fn line, void *data)
{
    for (size_t i = 0; i < fields->count; i++)
        render_field(fields, &fields->items[i], line, data);
}

/* Bodies */

struct body {
    const struct sk_kind *kind;
    bool verbose;
    sk_render_line_fn line;
    void *data;
};

static void policy_lines(const struct body *body, const char *path, const json_t *document)
{
    if (body->verbose) {
        json_auto_t *sentences = sk_policy_diff(NULL, document);
        head_line(path, body->line, body->data);
        sentence_lines(sentences, body->line, body->data);
        return;
    }
    const json_t *statements = json_object_get(document, "Statement");
    size_t count = json_is_array(statements) ? json_array_size(statements) : statements != NULL;
    sk_auto(sk_freep) char *text =
        sk_xasprintf("policy of %zu statement%s", count, count == 1 ? "" : "s");
    field_line(path, NULL, text, body->line, body->data);
}

static void tag_lines(const struct body *body, const char *path, const json_t *tags)
{
    size_t index;
    json_t *tag;
    json_array_foreach(tags, index, tag)
    {
        const char *key = sk_json_text(tag, "Key");
        if (!body->verbose && key && sk_text_starts_with(key, "sagekeeper:"))
            continue; /* ours, on everything */
        sk_auto(sk_freep) char *tag_path = sk_xasprintf("%s.%s", path, key ? key : "?");
        sk_auto(sk_freep) char *text = value_text(json_object_get(tag, "Value"));
        field_line(tag_path, NULL, text, body->line, body->data);
    }
}

// NOLINTNEXTLINE(misc-no-recursion)
static void body_lines(const struct body *body, const char *path, const json_t *value)
{
    const struct sk_attr *attr = path ? sk_kind_attr(body->kind, path) : NULL;
    enum sk_attr_type type = attr ? attr->type : path ? SK_ATTR_VALUE : SK_ATTR_TREE;
    if (json_is_null(value) || (attr && (attr->flags & SK_ATTR_READ_ONLY)))
        return;
    const char *ignored;
    bool members = (type == SK_ATTR_TREE || type == SK_ATTR_POLICY_MAP) && json_is_object(value) &&
                   !sk_ref_parse(value, &ignored, &ignored);
    if (members) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)value, key, member)
        {
            sk_auto(sk_freep) char *child =
                path ? sk_xasprintf("%s.%s", path, key) : sk_xstrdup(key);
            if (type == SK_ATTR_POLICY_MAP)
                policy_lines(body, child, member);
            else
                body_lines(body, child, member);
        }
    } else if (type == SK_ATTR_POLICY && json_is_object(value)) {
        policy_lines(body, path, value);
    } else if (type == SK_ATTR_TAGS) {
        tag_lines(body, path, value);
    } else {
        sk_auto(sk_freep) char *text = value_text(value);
        field_line(path, NULL, text, body->line, body->data);
    }
}

void sk_render_change(const struct sk_change *change, bool verbose, sk_render_line_fn line,
                      void *data)
{
    if (change->action != SK_ACTION_CREATE) {
        sk_render_fields(&change->fields, line, data);
        return;
    }
    json_auto_t *masked = sk_kind_mask(change->kind, NULL, change->desired->body);
    const struct body body = {.kind = change->kind, .verbose = verbose, .line = line, .data = data};
    body_lines(&body, NULL, masked);
}

/* Calls and counts */

char *sk_render_call(const struct sk_call *call)
{
    struct sk_buffer text = {0};
    sk_buffer_addf(&text, "%s:%s(", call->service, call->operation);
    sk_render_clean(&text, call->region);
    sk_buffer_addf(&text, ")%s", call->check == SK_CHECK_OWNED ? " must be ours" : "");
    if (call->drain) {
        const char *items = sk_json_text(call->drain, "items");
        sk_buffer_addf(&text, " until none is left of the %s listed", items ? items : "items");
    }
    return sk_buffer_take(&text);
}

char *sk_render_calls(const struct sk_calls *calls)
{
    struct sk_buffer text = {0};
    for (size_t i = 0; i < calls->count;) {
        sk_auto(sk_freep) char *call = sk_render_call(&calls->items[i]);
        size_t same = 1;
        for (; i + same < calls->count; same++) {
            sk_auto(sk_freep) char *next = sk_render_call(&calls->items[i + same]);
            if (strcmp(call, next) != 0)
                break;
        }
        sk_buffer_addf(&text, "%s%s", i ? ", " : "", call);
        if (same > 1)
            sk_buffer_addf(&text, " x%zu", same);
        i += same;
    }
    return sk_buffer_take(&text);
}

char *sk_render_gravity(const struct sk_change *change)
{
    struct sk_buffer text = {0};
    if (change->severity == SK_SEVERITY_HIGH)
        sk_buffer_adds(&text, "high");
    if (change->loses_data)
        sk_buffer_addf(&text, "%sloses data", text.length ? ", " : "");
    if (change->access != 0)
        sk_buffer_addf(&text, "%s%s access", text.length ? ", " : "",
                       change->access > 0 ? "grants" : "takes");
    if (change->refused)
        sk_buffer_addf(&text, "%srefused by the guard", text.length ? ", " : "");
    return sk_buffer_take(&text);
}

bool sk_render_is_refused_whole(const struct sk_findings *findings)
{
    for (size_t i = 0; findings && i < findings->count; i++) {
        if (findings->items[i].whole_plan)
            return true;
    }
    return false;
}

char *sk_render_upcoming(const json_t *end)
{
    const char *user = sk_json_text(end, "user");
    const char *team = sk_json_text(end, "team");
    const char *until = sk_json_text(end, "until");
    return sk_xasprintf("%s in %s: last day %s", user ? user : "?", team ? team : "?",
                        until ? until : "?");
}

char *sk_render_exception(const json_t *exception)
{
    const char *rule = sk_json_text(exception, "rule");
    const char *subject = sk_json_text(exception, "subject");
    const char *until = sk_json_text(exception, "until");
    const char *reason = sk_json_text(exception, "reason");
    return sk_xasprintf("%s for %s%s%s: %s", rule ? rule : "?", subject ? subject : "?",
                        until ? " until " : "", until ? until : "", reason ? reason : "?");
}

char *sk_render_isolation(const json_t *row)
{
    const char *outcome = sk_json_text(row, "outcome");
    const char *property = sk_json_text(row, "property");
    const char *subject = sk_json_text(row, "subject");
    const char *message = sk_json_text(row, "message");
    if (sk_text_equal(outcome, "violated"))
        return sk_xasprintf("violated: %s by %s, refused", property, subject);
    if (!property)
        return sk_xasprintf("%s: %s", outcome, message);
    return sk_xasprintf("%s: %s, %s: %s", outcome, property, subject ? subject : "?", message);
}

char *sk_render_notice(const json_t *notice)
{
    return sk_xasprintf("%s: %s", sk_json_text(notice, "address"), sk_json_text(notice, "message"));
}

char *sk_render_summary(const struct sk_plan *plan)
{
    const size_t *counts = plan->counts;
    sk_auto(sk_freep) char *adopted = counts[SK_ACTION_ADOPT]
                                          ? sk_xasprintf(" %zu to adopt,", counts[SK_ACTION_ADOPT])
                                          : sk_xstrdup("");
    return sk_xasprintf("Plan: %zu to create, %zu to update,%s %zu to delete, %zu blocked, "
                        "%zu waiting; %zu in sync.",
                        counts[SK_ACTION_CREATE], counts[SK_ACTION_UPDATE], adopted,
                        counts[SK_ACTION_DELETE], counts[SK_ACTION_BLOCKED], counts[SK_ACTION_WAIT],
                        plan->in_sync);
}
