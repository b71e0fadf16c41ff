/* sagekeeper schema [KIND]: the JSON Schema of the manifests. */
#include <stdio.h>

#include "blueprint/schema.h"
#include "controller/command.h"
#include "controller/output.h"

int sk_cmd_schema(const struct sk_settings *settings, struct sk_err *err)
{
    const struct sk_schema *schema = sk_blueprint_schema();
    const struct sk_schema_kind *kind = NULL;
    if (settings->arguments[0]) {
        /* A kind alone; its fields have no schema of their own. */
        struct sk_schema_place place;
        int code = sk_schema_locate(schema, settings->arguments[0], &place, err);
        bool is_kind = !place.field;
        kind = place.kind;
        sk_schema_place_done(&place);
        if (code == 0 && !is_kind)
            code = sk_err_set(err, SK_E_USAGE, "'%s' is a field; expected a kind",
                              settings->arguments[0]);
        if (code < 0)
            return code;
    }
    json_auto_t *value = sk_schema_to_json_schema(schema, kind);
    int code = sk_output_json(stdout, value, err);
    return code < 0 ? code : SK_EXIT_OK;
}
