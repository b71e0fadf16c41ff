/* Masking the inputs of calls, see mask.h. A kind may put a value under another name than the
 * body's (DomainSettings goes as DomainSettingsForUpdate), so paths alone do not find it. */
#include "plan/mask.h"

#include <string.h>

#include "base/alloc.h"

/* Appends the texts that stand in `body` but not in its masked copy: the sensitive ones. */
// NOLINTNEXTLINE(misc-no-recursion)
static void collect_texts(const json_t *body, const json_t *masked, json_t *texts)
{
    if (json_is_string(body)) {
        bool hidden = !json_is_string(masked) ||
                      strcmp(json_string_value(body), json_string_value(masked)) != 0;
        if (hidden && json_string_length(body) > 0)
            json_object_set_new(texts, json_string_value(body), json_true());
        return;
    }
    size_t index;
    json_t *item;
    json_array_foreach(body, index, item)
    {
        collect_texts(item, json_is_array(masked) ? json_array_get(masked, index) : NULL, texts);
    }
    const char *key;
    json_object_foreach((json_t *)body, key, item)
    {
        collect_texts(item, json_object_get(masked, key), texts);
    }
}

static void collect_of(const struct sk_document *document, json_t *texts)
{
    if (!document)
        return;
    json_auto_t *masked = sk_kind_mask(document->kind, NULL, document->body);
    if (masked != document->body)
        collect_texts(document->body, masked, texts);
}

/* Short texts are looked for whole only: "a" stands inside everything. */
#define LEAST_PART_LENGTH 8

static bool holds_any(const char *text, const json_t *texts)
{
    if (json_object_get(texts, text))
        return true;
    const char *secret;
    json_t *unused;
    json_object_foreach((json_t *)texts, secret, unused)
    {
        if (strlen(secret) >= LEAST_PART_LENGTH && strstr(text, secret))
            return true;
    }
    return false;
}

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *mask_texts(const json_t *value, const json_t *texts)
{
    if (json_is_string(value) && holds_any(json_string_value(value), texts))
        return json_string("(sensitive)");
    if (json_is_array(value)) {
        json_t *copy = json_array();
        size_t index;
        json_t *item;
        json_array_foreach(value, index, item)
        {
            json_array_append_new(copy, mask_texts(item, texts));
        }
        return copy;
    }
    if (json_is_object(value)) {
        json_t *copy = json_object();
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)value, key, member)
        {
            json_object_set_new(copy, key, mask_texts(member, texts));
        }
        return copy;
    }
    return json_incref((json_t *)value);
}

json_t *sk_change_mask_input(const struct sk_change *change, const struct sk_call *call)
{
    json_auto_t *texts = json_object();
    collect_of(change->desired, texts);
    collect_of(change->live, texts);
    json_t *masked = sk_kind_mask(change->kind, NULL, call->input);
    if (json_object_size(texts) == 0)
        return masked;
    json_t *result = mask_texts(masked, texts);
    json_decref(masked);
    return result;
}
