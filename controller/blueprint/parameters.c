/* Parameters of templates as a manifest gives them: those that are filled in, those that hold unless
 * others are given, and those that nothing uses. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "blueprint/blueprint_int.h"

static char *place_of(const struct sk_role_request *request, const char *name)
{
    sk_auto(sk_freep) char *parameters = sk_xasprintf("%s/parameters", request->pointer);
    return sk_pointer_join(parameters, name);
}

json_t *sk_compile_parameters(struct sk_compile *compile, const struct sk_role_request *request,
                              const json_t *fixed, const json_t *defaults)
{
    json_t *values = json_copy((json_t *)fixed);
    json_object_update(values, (json_t *)defaults);
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(request->spec, "parameters"), name, value)
    {
        if (!json_object_get(fixed, name)) {
            json_object_set(values, name, value);
            continue;
        }
        sk_auto(sk_freep) char *pointer = place_of(request, name);
        sk_manifest_fault(request->manifest, pointer, compile->diagnostics, SK_DIAGNOSTIC_RESERVED,
                          "the parameter '%s' is filled in by sagekeeper; expected another one",
                          name);
    }
    return values;
}

void sk_compile_check_unused(struct sk_compile *compile, const struct sk_role_request *request,
                             const json_t *fixed, const json_t *known)
{
    const char **names = sk_xcalloc(json_object_size(known) + 1, sizeof(char *));
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)known, name, value) names[count++] = name;
    json_object_foreach(json_object_get(request->spec, "parameters"), name, value)
    {
        if (json_object_get(known, name) || json_object_get(fixed, name))
            continue;
        const char *nearest = sk_text_nearest(name, names, count);
        sk_auto(sk_freep) char *pointer = place_of(request, name);
        const struct sk_manifest *manifest = request->manifest;
        sk_diagnostics_add(compile->diagnostics, manifest->path,
                           sk_manifest_position(manifest, pointer, true), SK_DIAGNOSTIC_PARAMETER,
                           "none of these policies uses the parameter '%s'%s%s%s", name,
                           nearest ? "; did you mean '" : "; expected one that is used",
                           nearest ? nearest : "", nearest ? "'?" : "");
    }
    free(names);
}
