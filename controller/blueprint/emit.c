/* Tags and documents: the one place where a desired document comes into being. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "blueprint/blueprint_int.h"
#include "plan/plan.h"

#define TAGS_MAX      50  /* IAM and SageMaker */
#define TAG_VALUE_MAX 256 /* characters */

void sk_tags_merge(struct sk_compile *compile, json_t *tags, const struct sk_manifest *manifest,
                   const char *pointer, const json_t *more)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)more, key, value)
    {
        const char *other;
        json_t *unused;
        json_object_foreach(tags, other, unused)
        {
            if (strcasecmp(other, key) != 0 || strcmp(other, key) == 0)
                continue;
            sk_auto(sk_freep) char *place = sk_pointer_join(pointer, key);
            sk_manifest_fault(manifest, place, compile->diagnostics, SK_DIAGNOSTIC_CONFLICT,
                              "tag '%s' differs from tag '%s' only in case; IAM takes one of them",
                              key, other);
        }
        json_object_set(tags, key, value);
    }
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* One row of AWS's list. Neighbours have most of their tags in common and share the rows, which
 * nobody changes once they are made. New reference. */
static json_t *tag_row(struct sk_compile *compile, const char *key, json_t *value)
{
    json_t *last = json_object_get(compile->tag_rows, key);
    if (last && json_equal(json_object_get(last, "Value"), value))
        return json_incref(last);
    json_t *row = json_pack("{s:s, s:O}", "Key", key, "Value", value);
    json_object_set(compile->tag_rows, key, row);
    return row;
}

/* AWS's list, sorted by key. */
static json_t *tag_list(struct sk_compile *compile, const json_t *tags)
{
    const char **keys = sk_xcalloc(json_object_size(tags) + 1, sizeof(char *));
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)tags, key, value) keys[count++] = key;
    qsort(keys, count, sizeof(char *), compare_texts);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, tag_row(compile, keys[i], json_object_get(tags, keys[i])));
    free(keys);
    return list;
}

static json_t *all_tags(struct sk_compile *compile, const struct sk_emit *emit, const char *address)
{
    json_auto_t *tags = json_copy((json_t *)emit->tags);
    json_object_set_new(tags, SK_TAG_OWNER, json_string(compile->blueprint->organization));
    json_object_set_new(tags, SK_TAG_ADDRESS, json_string(address));
    json_object_set_new(tags, SK_TAG_SOURCE,
                        json_sprintf("%s/%s", emit->manifest->kind->name, emit->manifest->name));
    if (json_object_size(tags) > TAGS_MAX)
        sk_manifest_fault(emit->manifest, "/spec/tags", compile->diagnostics,
                          SK_DIAGNOSTIC_TOO_LARGE,
                          "'%s' gets %zu tags, ours included; expected at most %d", address,
                          json_object_size(tags), TAGS_MAX);
    const char *key;
    json_t *value;
    json_object_foreach(tags, key, value)
    {
        if (characters(json_string_value(value)) > TAG_VALUE_MAX)
            sk_manifest_fault(
                emit->manifest, emit->pointer, compile->diagnostics, SK_DIAGNOSTIC_TOO_LARGE,
                "tag '%s' of '%s' is longer than %d characters", key, address, TAG_VALUE_MAX);
    }
    return tag_list(compile, tags);
}

/* Whether the address is free; reports who has it otherwise. */
static bool claim(struct sk_compile *compile, const struct sk_emit *emit, const char *address)
{
    sk_auto(sk_freep) char *key = sk_fold(address);
    const char *owner = json_string_value(json_object_get(compile->origins, key));
    if (!owner) {
        json_object_set_new(
            compile->origins, key,
            json_sprintf("%s '%s' in %s:%u", emit->manifest->kind->name, emit->manifest->name,
                         emit->manifest->path,
                         sk_manifest_position(emit->manifest, emit->pointer, false).line));
        return true;
    }
    const struct sk_kind *kind = sk_kinds_find(compile->opts->kinds, emit->kind);
    sk_manifest_fault(emit->manifest, emit->pointer, compile->diagnostics,
                      SK_DIAGNOSTIC_DUPLICATE_NAME,
                      "the %s '%s' of %s '%s' is claimed by %s too; expected another name",
                      kind->noun ? kind->noun : kind->name, emit->name, emit->manifest->kind->name,
                      emit->manifest->name, owner);
    return false;
}

static void check_by_kind(struct sk_compile *compile, const struct sk_emit *emit,
                          const struct sk_document *document)
{
    sk_auto(sk_err_done) struct sk_err err = {0};
    if (document->flags & SK_DOCUMENT_EXISTING)
        return;
    if (document->kind->denied && document->kind->denied(document->body))
        sk_manifest_fault(
            emit->manifest, emit->pointer, compile->diagnostics, SK_DIAGNOSTIC_RESERVED,
            "'%s' belongs to AWS or to the platform; expected another name", emit->name);
    else if (document->kind->check && document->kind->check(document, &err) < 0)
        sk_manifest_fault(emit->manifest, emit->pointer, compile->diagnostics,
                          SK_DIAGNOSTIC_BAD_VALUE, "%s", sk_err_message(&err));
}

struct sk_document *sk_compile_emit(struct sk_compile *compile, const struct sk_emit *emit,
                                    json_t *body)
{
    const struct sk_kind *kind = sk_kinds_find(compile->opts->kinds, emit->kind);
    sk_auto(sk_freep) char *address =
        sk_address_format(emit->kind, emit->account->name, emit->region, emit->name);
    if (!claim(compile, emit, address)) {
        json_decref(body);
        return NULL;
    }
    if (emit->tags)
        json_object_set_new(body, "Tags", all_tags(compile, emit, address));
    struct sk_document *document = sk_document_new(kind, address, body);
    document->flags = emit->flags;
    document->origin = sk_xasprintf("%s:%u", emit->manifest->path, emit->manifest->position.line);
    check_by_kind(compile, emit, document);
    /* The address is free: claim() looked. */
    if (sk_documents_add(&compile->blueprint->documents, document, NULL) < 0)
        return NULL;
    return document;
}
