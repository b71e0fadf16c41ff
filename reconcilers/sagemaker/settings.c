/* Settings of users and spaces beyond the attribute table, see settings.h.
 *
 * Updates merge deeply, so a patch holds the changed leaves only; but some members are refused
 * without a sibling (aws-api.md 5.4, "Dependency inside settings"). */
#include "reconcilers/sagemaker/settings.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "plan/diff.h"
#include "reconcilers/body.h"

/* Apps whose lifecycle configurations are a list with a default in DefaultResourceSpec. */
static const char *const lifecycle_apps[] = {"JupyterServerAppSettings", "KernelGatewayAppSettings",
                                             "JupyterLabAppSettings", "CodeEditorAppSettings"};

/* JupyterServerAppSettings: "If you use the LifecycleConfigArns parameter, then DefaultResourceSpec
 * is also required." Its instance type can only be "system". */
void sk_settings_complete(json_t *settings, const json_t *desired, const json_t *live)
{
    static const char *const path = "JupyterServerAppSettings.DefaultResourceSpec";
    if (!sk_json_at(settings, "JupyterServerAppSettings.LifecycleConfigArns") ||
        sk_json_at(settings, path))
        return;
    json_t *spec = sk_body_without_nulls(sk_json_at(desired, path));
    if (json_object_size(spec) == 0) {
        json_decref(spec);
        const json_t *type = sk_json_at(live, "JupyterServerAppSettings.DefaultResourceSpec."
                                              "InstanceType");
        spec = json_pack("{s:s}", "InstanceType",
                         json_is_string(type) ? json_string_value(type) : "system");
    }
    sk_json_put(settings, path, spec);
}

/* All that is declared below `prefix` and can be sent in an update. New; NULL when nothing is. */
static json_t *all_declared(const struct sk_change_input *input, const char *prefix)
{
    json_t *all = sk_body_without_nulls(json_object_get(input->desired->body, prefix));
    const char *key;
    json_t *member;
    void *next;
    json_object_foreach_safe(all, next, key, member)
    {
        sk_auto(sk_freep) char *path = sk_xasprintf("%s.%s", prefix, key);
        const struct sk_attr *attr = sk_kind_attr(input->kind, path);
        if (attr && (attr->flags & SK_ATTR_IMMUTABLE))
            json_object_del(all, key);
    }
    return all;
}

json_t *sk_settings_patch(const struct sk_change_input *input, const char *prefix)
{
    json_t *patch = sk_fields_patch(input->fields, prefix);
    json_t *all = sk_fields_find(input->fields, "Status") ? all_declared(input, prefix) : NULL;
    if (all) {
        json_object_update_recursive(all, patch);
        json_decref(patch);
        patch = all;
    }
    sk_settings_complete(patch, json_object_get(input->desired->body, prefix),
                         json_object_get(input->live->body, prefix));
    return patch;
}

/* Members that AWS only takes together. */
static int check_pair(const json_t *settings, const char *prefix, const char *path,
                      const char *const pair[2], struct sk_err *err)
{
    const json_t *value = sk_json_at(settings, path);
    bool first = !sk_body_absent(json_object_get(value, pair[0]));
    bool second = !sk_body_absent(json_object_get(value, pair[1]));
    if (!json_is_object(value) || sk_json_text(value, "$ref") || (first && second))
        return 0;
    return sk_err_set(err, SK_E_INVALID, "%s.%s: expected both %s and %s", prefix, path, pair[0],
                      pair[1]);
}

static bool lists(const json_t *array, const json_t *value)
{
    size_t index;
    json_t *item;
    json_array_foreach(array, index, item)
    {
        /* What a reference will be is not known here. */
        if (json_is_object(item) || json_equal(item, value))
            return true;
    }
    return false;
}

static int check_lifecycle(const json_t *settings, const char *prefix, const char *app,
                           struct sk_err *err)
{
    const json_t *own = json_object_get(settings, app);
    const json_t *configs = json_object_get(own, "LifecycleConfigArns");
    const json_t *chosen = sk_json_at(own, "DefaultResourceSpec.LifecycleConfigArn");
    if (!json_is_array(configs) || !json_is_string(chosen) ||
        sk_text_equal(json_string_value(chosen), "None") || lists(configs, chosen))
        return 0;
    return sk_err_set(err, SK_E_INVALID,
                      "%s.%s.DefaultResourceSpec.LifecycleConfigArn '%s': expected one of the "
                      "LifecycleConfigArns beside it",
                      prefix, app, json_string_value(chosen));
}

int sk_settings_check(const json_t *body, const char *prefix, struct sk_err *err)
{
    static const char *const sizes[] = {"DefaultEbsVolumeSizeInGb", "MaximumEbsVolumeSizeInGb"};
    static const char *const ids[] = {"Uid", "Gid"};
    const json_t *settings = json_object_get(body, prefix);
    int code =
        check_pair(settings, prefix, "SpaceStorageSettings.DefaultEbsStorageSettings", sizes, err);
    if (code == 0)
        code = check_pair(settings, prefix, "CustomPosixUserConfig", ids, err);
    for (size_t i = 0; code == 0 && i < sizeof(lifecycle_apps) / sizeof(*lifecycle_apps); i++)
        code = check_lifecycle(settings, prefix, lifecycle_apps[i], err);
    if (code == 0 && sk_text_equal(sk_json_text(settings, "StudioWebPortal"), "DISABLED") &&
        sk_text_equal(sk_json_text(settings, "DefaultLandingUri"), "studio::"))
        code =
            sk_err_set(err, SK_E_INVALID,
                       "%s.DefaultLandingUri 'studio::' needs StudioWebPortal 'ENABLED'", prefix);
    return code;
}
