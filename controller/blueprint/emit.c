/* Tags and documents: the one place where a desired document comes into being. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
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

struct tag {
    const char *key, *value;
};

static int compare_tags(const void *left, const void *right)
{
    return strcmp(((const struct tag *)left)->key, ((const struct tag *)right)->key);
}

/* One row of AWS's list. Neighbours have most of their tags in common and share the rows, which
 * nobody changes once they are made. New reference. */
static json_t *tag_row(struct sk_compile *compile, const struct tag *tag)
{
    json_t *last = json_object_get(compile->tag_rows, tag->key);
    if (last && strcmp(json_string_value(json_object_get(last, "Value")), tag->value) == 0)
        return json_incref(last);
    json_t *row = json_pack("{s:s, s:s}", "Key", tag->key, "Value", tag->value);
    json_object_set(compile->tag_rows, tag->key, row);
    return row;
}

/* A later value of a key replaces an earlier one. Returns the new count. */
static size_t put_tag(struct tag *tags, size_t count, const char *key, const char *value)
{
    size_t i = 0;
    while (i < count && strcmp(tags[i].key, key) != 0)
        i++;
    tags[i] = (struct tag){key, value};
    return i < count ? count : count + 1;
}

static size_t put_tags(struct tag *tags, size_t count, const json_t *from)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)from, key, value)
    {
        count = put_tag(tags, count, key, json_string_value(value));
    }
    return count;
}

static void check_tags(struct sk_compile *compile, const struct sk_emit *emit, const char *address,
                       const struct tag *tags, size_t count)
{
    if (count > TAGS_MAX)
        sk_manifest_fault(
            emit->manifest, "/spec/tags", compile->diagnostics, SK_DIAGNOSTIC_TOO_LARGE,
            "'%s' gets %zu tags, ours included; expected at most %d", address, count, TAGS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (sk_text_characters(tags[i].value) > TAG_VALUE_MAX)
            sk_manifest_fault(emit->manifest, emit->pointer, compile->diagnostics,
                              SK_DIAGNOSTIC_TOO_LARGE,
                              "tag '%s' of '%s' is longer than %d characters", tags[i].key, address,
                              TAG_VALUE_MAX);
    }
}

/* AWS's list, sorted by key, our tags included. */
static json_t *all_tags(struct sk_compile *compile, const struct sk_emit *emit, const char *address)
{
    sk_auto(sk_freep) char *source =
        sk_xasprintf("%s/%s", emit->manifest->kind->name, emit->manifest->name);
    size_t most = json_object_size(emit->tags) + json_object_size(emit->more_tags) + 3;
    struct tag *tags = sk_xcalloc(most, sizeof(*tags));
    size_t count = put_tags(tags, 0, emit->tags);
    count = put_tags(tags, count, emit->more_tags);
    count = put_tag(tags, count, SK_TAG_OWNER, compile->blueprint->organization);
    count = put_tag(tags, count, SK_TAG_ADDRESS, address);
    count = put_tag(tags, count, SK_TAG_SOURCE, source);
    check_tags(compile, emit, address, tags, count);
    qsort(tags, count, sizeof(*tags), compare_tags);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, tag_row(compile, &tags[i]));
    free(tags);
    return list;
}

/* Whether the address is free; reports who has it otherwise. */
static bool is_free(struct sk_compile *compile, const struct sk_emit *emit, const char *address)
{
    const struct sk_documents *documents = &compile->blueprint->documents;
    const struct sk_document *taken = sk_documents_find(documents, address);
    if (!taken)
        return true;
    size_t position = 0;
    while (documents->items[position] != taken)
        position++;
    const struct sk_claim *claim = &compile->claims[position];
    const struct sk_kind *kind = sk_kinds_find(compile->opts->kinds, emit->kind);
    sk_manifest_fault(
        emit->manifest, emit->pointer, compile->diagnostics, SK_DIAGNOSTIC_DUPLICATE_NAME,
        "the %s '%s' of %s '%s' is claimed by %s '%s' in %s:%u too; expected another "
        "name",
        kind->noun ? kind->noun : kind->name, emit->name, emit->manifest->kind->name,
        emit->manifest->name, claim->manifest->kind->name, claim->manifest->name,
        claim->manifest->path, sk_manifest_position(claim->manifest, claim->pointer, false).line);
    return false;
}

/* Behind sk_documents_add(). */
static void add_claim(struct sk_compile *compile, const struct sk_emit *emit)
{
    if (compile->claim_count == compile->claim_capacity) {
        compile->claim_capacity = compile->claim_capacity ? compile->claim_capacity * 2 : 64;
        compile->claims =
            sk_xrealloc(compile->claims, compile->claim_capacity, sizeof(*compile->claims));
    }
    compile->claims[compile->claim_count++] =
        (struct sk_claim){emit->manifest, sk_xstrdup(emit->pointer)};
}

void sk_compile_claims_done(struct sk_compile *compile)
{
    for (size_t i = 0; i < compile->claim_count; i++)
        free(compile->claims[i].pointer);
    free(compile->claims);
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
    if (!is_free(compile, emit, address)) {
        json_decref(body);
        return NULL;
    }
    if (emit->tags)
        json_object_set_new(body, "Tags", all_tags(compile, emit, address));
    struct sk_document *document = sk_document_new(kind, address, body);
    document->flags = emit->flags;
    document->origin = sk_xasprintf("%s:%u", emit->manifest->path, emit->manifest->position.line);
    check_by_kind(compile, emit, document);
    /* The address is free: is_free() looked. */
    if (sk_documents_add(&compile->blueprint->documents, document, NULL) < 0)
        return NULL;
    add_claim(compile, emit);
    return document;
}
