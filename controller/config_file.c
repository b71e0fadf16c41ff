/* sagekeeper.yaml: a flat mapping of settings. It is described to lib/manifest by rows made from
 * the settings table, so unknown keys, wrong types and ranges are reported with line and column. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/text.h"
#include "controller/settings_int.h"
#include "manifest/diagnostics.h"
#include "manifest/manifest.h"
#include "manifest/schema.h"

static const struct sk_schema_field list_item = {.name = "item", .type = SK_SCHEMA_TEXT, .min = 1};

static bool is_duration(const char *text)
{
    int64_t ms;
    return sk_duration_parse(text, &ms, NULL) == 0;
}

/* The row of the schema for a setting. */
static struct sk_schema_field field_of(const struct sk_setting *setting)
{
    struct sk_schema_field field = {.name = setting->key, .doc = setting->help};
    switch (setting->type) {
    case SK_SETTING_INTEGER:
        field.type = SK_SCHEMA_INTEGER;
        field.min = setting->least;
        field.max = setting->most;
        break;
    case SK_SETTING_BOOLEAN:
        field.type = SK_SCHEMA_BOOLEAN;
        break;
    case SK_SETTING_LIST:
        field.type = SK_SCHEMA_LIST;
        field.item = &list_item;
        break;
    case SK_SETTING_CHOICE:
        field.values = setting->choices;
        break;
    case SK_SETTING_DURATION:
        field.check = is_duration;
        field.expects = "a duration such as `45m`";
        break;
    case SK_SETTING_TEXT:
    case SK_SETTING_PATH:
        break;
    }
    return field;
}

static int read_yaml(const char *path, const char *text, size_t length,
                     const struct sk_schema_field *fields, json_t **out, struct sk_err *err)
{
    const struct sk_manifest_file file = {.path = path, .data = text, .length = length};
    const struct sk_schema_field object = {
        .name = "configuration", .type = SK_SCHEMA_OBJECT, .fields = fields};
    sk_auto(sk_diagnostics_done) struct sk_diagnostics diagnostics = {0};
    json_auto_t *value = NULL;
    if (sk_manifest_load_object(&file, &object, &value, &diagnostics) == 0 && value) {
        *out = json_incref(value);
        return 0;
    }
    sk_diagnostics_sort(&diagnostics);
    sk_auto(sk_buffer_done) struct sk_buffer lines = {0};
    sk_diagnostics_to_text(&diagnostics, &lines);
    /* One line: an error is shown and logged as one. */
    for (size_t i = 0; i < lines.length; i++) {
        if (lines.data[i] == '\n')
            lines.data[i] = i + 1 == lines.length ? '\0' : ';';
    }
    return sk_err_set(err, SK_E_INVALID, "%s", sk_buffer_text(&lines));
}

int sk_config_read(const char *path, json_t **out, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = NULL;
    size_t length = 0;
    int code = sk_file_read(path, SK_BOUND_CONFIG_FILE_BYTES, &text, &length, err);
    if (code < 0) {
        (void)sk_err_wrap(err, "configuration file");
        return code;
    }
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    struct sk_schema_field fields[SK_SETTING_MAX + 1] = {0};
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (table[i].key)
            fields[used++] = field_of(&table[i]);
    }
    return read_yaml(path, text, length, fields, out, err);
}

/* Relative paths in the file are relative to the file. */
static char *beside(const char *config, const char *path)
{
    const char *slash = strrchr(config, '/');
    if (path[0] == '/' || !slash)
        return sk_xstrdup(path);
    return sk_xasprintf("%.*s/%s", (int)(slash - config), config, path);
}

/* A scalar of the file as the text that a flag would have. Owned by the caller. */
static char *text_of(const json_t *value)
{
    if (json_is_string(value))
        return sk_xstrdup(json_string_value(value));
    if (json_is_boolean(value))
        return sk_xstrdup(json_is_true(value) ? "true" : "false");
    return sk_xasprintf("%lld", (long long)json_integer_value(value));
}

static int apply_value(struct sk_settings *settings, const struct sk_setting *setting,
                       const char *config, const json_t *value, struct sk_err *err)
{
    sk_auto(sk_freep) char *text = text_of(value);
    /* Approvals of a folder source lie in a folder of their own; for Git the path is the tree's. */
    bool is_path = setting->type == SK_SETTING_PATH ||
                   (strcmp(setting->name, "approvals") == 0 && settings->manifests);
    sk_auto(sk_freep) char *resolved = is_path ? beside(config, text) : sk_xstrdup(text);
    return sk_setting_assign(settings, setting, resolved, err);
}

static int apply_member(struct sk_settings *settings, const struct sk_setting *setting,
                        const char *config, const json_t *value, struct sk_err *err)
{
    if (!json_is_array(value))
        return apply_value(settings, setting, config, value, err);
    size_t index;
    const json_t *item;
    json_array_foreach(value, index, item)
    {
        int code = apply_value(settings, setting, config, item, err);
        if (code < 0)
            return code;
    }
    return 0;
}

int sk_config_apply(struct sk_settings *settings, const char *path, struct sk_err *err)
{
    json_auto_t *values = NULL;
    int code = sk_config_read(path, &values, err);
    if (code < 0)
        return code;
    size_t count;
    const struct sk_setting *table = sk_settings_table(&count);
    for (size_t i = 0; i < count; i++) {
        const json_t *value = table[i].key ? json_object_get(values, table[i].key) : NULL;
        if (!value)
            continue;
        settings->origins[i] = SK_ORIGIN_FILE;
        code = apply_member(settings, &table[i], path, value, err);
        if (code < 0) {
            (void)sk_err_wrap(err, "%s: %s", path, table[i].key);
            return code;
        }
    }
    return 0;
}
