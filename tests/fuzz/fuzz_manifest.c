/* YAML to manifests to desired documents: whatever the bytes are, loading ends, every fault has a
 * place, and what has no fault compiles to the same documents twice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "blueprint/blueprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sk_kind kind_policy = {.name = "iam_policy"};
static const struct sk_kind kind_role = {.name = "iam_role"};
static const struct sk_kind kind_domain = {.name = "sagemaker_domain"};
static const struct sk_kind kind_profile = {.name = "sagemaker_user_profile"};
static const struct sk_kind *const kind_list[] = {&kind_policy, &kind_role, &kind_domain,
                                                  &kind_profile};
static const struct sk_kinds kinds = {kind_list, sizeof(kind_list) / sizeof(*kind_list)};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_diagnostics(struct sk_diagnostics *diagnostics)
{
    sk_diagnostics_sort(diagnostics);
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct sk_diagnostic *item = &diagnostics->items[i];
        require(!*item->path || (item->position.line > 0 && item->position.column > 0));
        require(*item->message && !strchr(item->message, '\n'));
    }
    json_t *json = sk_diagnostics_to_json(diagnostics);
    require(json_array_size(json) == diagnostics->count);
    json_decref(json);
}

/* The documents as text; NULL after faults. */
static char *compile(const struct sk_manifest_file *file)
{
    struct sk_diagnostics diagnostics = {0};
    struct sk_manifests *manifests = NULL;
    int loaded = sk_manifests_load(file, 1, sk_blueprint_schema(), &manifests, &diagnostics);
    require((loaded < 0) == (diagnostics.errors > 0));
    const struct sk_blueprint_opts opts = {.kinds = &kinds, .files = file, .file_count = 1};
    struct sk_blueprint *blueprint = NULL;
    int compiled = sk_blueprint_compile(manifests, &opts, &blueprint, &diagnostics);
    require((compiled < 0) == (diagnostics.errors > 0));
    require((compiled < 0) == (blueprint == NULL));
    check_diagnostics(&diagnostics);
    struct sk_buffer out = {0};
    for (size_t i = 0; blueprint && i < blueprint->documents.count; i++) {
        json_t *document = sk_document_to_json(blueprint->documents.items[i]);
        char *text = json_dumps(document, JSON_SORT_KEYS);
        require(text != NULL);
        sk_buffer_adds(&out, text);
        free(text);
        json_decref(document);
    }
    sk_blueprint_free(blueprint);
    sk_manifests_free(manifests);
    sk_diagnostics_done(&diagnostics);
    if (compiled == 0)
        return sk_buffer_take(&out);
    sk_buffer_done(&out);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sk_alloc_init();
    const struct sk_manifest_file file = {"fuzz.yaml", (const char *)data, size};
    sk_auto(sk_freep) char *first = compile(&file);
    if (first) {
        sk_auto(sk_freep) char *second = compile(&file);
        require(second && strcmp(first, second) == 0);
    }
    return 0;
}
