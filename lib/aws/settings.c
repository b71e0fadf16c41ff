/* Environment and shared files, see settings.h. */
#include "aws/settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/ini.h"
#include "base/alloc.h"
#include "base/bounds.h"
#include "base/text.h"

const char *sk_aws_env(const struct sk_aws_settings *settings, const char *name)
{
    const char *value = settings->environment
                            ? settings->environment(name, settings->environment_data)
                            : getenv(name);
    return value && *value ? value : NULL;
}

const char *sk_aws_profile_name(const struct sk_aws_settings *settings)
{
    if (settings->profile)
        return settings->profile;
    const char *profile = sk_aws_env(settings, "AWS_PROFILE");
    return profile ? profile : "default";
}

/* NULL when there is neither the variable nor a home. */
static char *file_path(const struct sk_aws_settings *settings, const char *variable,
                       const char *name)
{
    const char *path = sk_aws_env(settings, variable);
    bool at_home = path && path[0] == '~' && path[1] == '/';
    if (path && !at_home)
        return sk_xstrdup(path);
    sk_auto(sk_freep) char *below = path ? sk_xstrdup(path + 1) : sk_xasprintf("/.aws/%s", name);
    const char *home = sk_aws_env(settings, "HOME");
    return home ? sk_xasprintf("%s%s", home, below) : NULL;
}

static json_t *load_file(const struct sk_aws_settings *settings, const char *variable,
                         const char *name, struct sk_err *err)
{
    sk_auto(sk_freep) char *path = file_path(settings, variable, name);
    if (!path)
        return json_object();
    struct sk_err file_err = {0};
    char *text = NULL;
    size_t length = 0;
    if (sk_file_read(path, SK_BOUND_CONFIG_FILE_BYTES, &text, &length, &file_err) < 0) {
        if (file_err.code == SK_E_NOT_FOUND) {
            sk_err_done(&file_err);
            return json_object();
        }
        sk_err_move(err, &file_err);
        return NULL;
    }
    json_t *file = sk_aws_ini_parse(text, length, path, err);
    explicit_bzero(text, length); /* holds keys */
    free(text);
    return file;
}

json_t *sk_aws_files_load(const struct sk_aws_settings *settings, struct sk_err *err)
{
    json_t *config = load_file(settings, "AWS_CONFIG_FILE", "config", err);
    if (!config)
        return NULL;
    json_t *credentials = load_file(settings, "AWS_SHARED_CREDENTIALS_FILE", "credentials", err);
    if (!credentials) {
        json_decref(config);
        return NULL;
    }
    json_t *files = json_object();
    json_object_set_new(files, "config", config);
    json_object_set_new(files, "credentials", credentials);
    return files;
}

void sk_aws_files_forget_keys(json_t *files)
{
    static const char *const secrets[] = {"aws_secret_access_key", "aws_session_token"};
    const char *file;
    const char *section;
    json_t *sections;
    json_t *values;
    json_object_foreach(files, file, sections)
    {
        json_object_foreach(sections, section, values)
        {
            for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
                json_t *value = json_object_get(values, secrets[i]);
                if (json_is_string(value))
                    explicit_bzero((char *)(uintptr_t)json_string_value(value),
                                   json_string_length(value));
                json_object_del(values, secrets[i]);
            }
        }
    }
}

/* [default] and [profile default] of the config file: the later one counts, whole, as for botocore.
 */
static const json_t *default_section(json_t *sections)
{
    const json_t *last = NULL;
    const char *name;
    json_t *section;
    json_object_foreach(sections, name, section)
    {
        if (strcmp(name, "default") == 0 || strcmp(name, "profile default") == 0)
            last = section;
    }
    return last;
}

const json_t *sk_aws_files_profile(const json_t *files, const char *file, const char *profile)
{
    json_t *sections = json_object_get(files, file);
    if (strcmp(file, "credentials") == 0)
        return json_object_get(sections, profile);
    if (strcmp(profile, "default") == 0)
        return default_section(sections);
    sk_auto(sk_freep) char *name = sk_xasprintf("profile %s", profile);
    return json_object_get(sections, name);
}

const char *sk_aws_files_value(const json_t *files, const char *profile, const char *key)
{
    static const char *const names[] = {"credentials", "config"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const json_t *section = sk_aws_files_profile(files, names[i], profile);
        const char *value = json_string_value(json_object_get(section, key));
        if (value && *value)
            return value;
    }
    return NULL;
}

static const char *config_value(const struct sk_aws_settings *settings, const json_t *files,
                                const char *key)
{
    return sk_aws_files_value(files, sk_aws_profile_name(settings), key);
}

/* endpoint_url of the service in the [services NAME] section that the profile names. */
static const char *services_url(const struct sk_aws_settings *settings, const json_t *files,
                                const struct sk_aws_service *service)
{
    const char *name = config_value(settings, files, "services");
    if (!name)
        return NULL;
    sk_auto(sk_freep) char *section_name = sk_xasprintf("services %s", name);
    sk_auto(sk_freep) char *key = sk_text_lower(sk_xstrdup(service->id));
    const json_t *section = json_object_get(json_object_get(files, "config"), section_name);
    const json_t *nested = json_object_get(section, key);
    return json_string_value(json_object_get(nested, "endpoint_url"));
}

char *sk_aws_endpoint_url(const struct sk_aws_settings *settings, const json_t *files,
                          const struct sk_aws_service *service)
{
    if (sk_aws_setting_flag(settings, files, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                            "ignore_configured_endpoint_urls"))
        return NULL;
    sk_auto(sk_freep) char *variable = sk_xasprintf("AWS_ENDPOINT_URL_%s", service->id);
    const char *url = sk_aws_env(settings, variable);
    if (!url)
        url = sk_aws_env(settings, "AWS_ENDPOINT_URL");
    if (!url)
        url = services_url(settings, files, service);
    if (!url)
        url = config_value(settings, files, "endpoint_url");
    return sk_xstrdup(url);
}

char *sk_aws_default_region(const struct sk_aws_settings *settings, const json_t *files)
{
    const char *region = sk_aws_env(settings, "AWS_REGION");
    if (!region)
        region = sk_aws_env(settings, "AWS_DEFAULT_REGION");
    if (!region)
        region = config_value(settings, files, "region");
    return sk_xstrdup(region);
}

char *sk_aws_ca_bundle(const struct sk_aws_settings *settings, const json_t *files)
{
    const char *file = sk_aws_env(settings, "AWS_CA_BUNDLE");
    return sk_xstrdup(file ? file : config_value(settings, files, "ca_bundle"));
}

bool sk_aws_setting_flag(const struct sk_aws_settings *settings, const json_t *files,
                         const char *variable, const char *key)
{
    const char *value = sk_aws_env(settings, variable);
    if (!value)
        value = config_value(settings, files, key);
    return value && strcasecmp(value, "true") == 0;
}
