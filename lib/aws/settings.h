/* What comes from the environment and the shared files: one look-up for everything. */
#ifndef SK_AWS_SETTINGS_H
#define SK_AWS_SETTINGS_H

#include <stdbool.h>

#include <jansson.h>

#include "aws/service.h"
#include "base/err.h"

struct sk_aws_settings {
    const char *(*environment)(const char *name, void *data); /* NULL: getenv */
    void *environment_data;
    const char *profile; /* chosen by the caller; NULL: AWS_PROFILE, then "default". Borrowed. */
};

/* Borrowed until the next look-up; NULL when unset or empty. */
const char *sk_aws_env(const struct sk_aws_settings *settings, const char *name);
/* Borrowed likewise: the profile in use. */
const char *sk_aws_profile_name(const struct sk_aws_settings *settings);

/* Both files as {"config": …, "credentials": …} of aws/ini.h objects; a file that does not exist is
 * {}. Paths: AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/config, ~/.aws/credentials.
 * New; NULL with SK_E_PARSE, SK_E_IO, SK_E_BOUND. */
json_t *sk_aws_files_load(const struct sk_aws_settings *settings,
                          struct sk_err *err) SK_WARN_UNUSED;
/* Wipes and removes the keys and tokens that files of profiles hold: for files that are kept. */
void sk_aws_files_forget_keys(json_t *files);
/* The section of a profile in one of the files ("config", "credentials"); NULL: none. Borrowed. */
const json_t *sk_aws_files_profile(const json_t *files, const char *file, const char *profile);

/* What a profile has under `key`: the credentials file goes before the config file, as the SDKs have
 * it. NULL: nothing. Borrowed. */
const char *sk_aws_files_value(const json_t *files, const char *profile, const char *key);

/* The endpoint that the user set for `service`, in the SDKs' order: AWS_ENDPOINT_URL_<ID>,
 * AWS_ENDPOINT_URL, the profile's `services` section, the profile's endpoint_url; NULL: none, or
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true. Owned by the caller. */
char *sk_aws_endpoint_url(const struct sk_aws_settings *settings, const json_t *files,
                          const struct sk_aws_service *service) SK_WARN_UNUSED;
/* AWS_REGION, AWS_DEFAULT_REGION, the profile's region; NULL: none. Owned by the caller. */
char *sk_aws_default_region(const struct sk_aws_settings *settings,
                            const json_t *files) SK_WARN_UNUSED;
/* AWS_CA_BUNDLE, the profile's ca_bundle; NULL: none. Owned by the caller. */
char *sk_aws_ca_bundle(const struct sk_aws_settings *settings, const json_t *files) SK_WARN_UNUSED;
/* A boolean: the environment variable, else the profile's key. */
bool sk_aws_setting_flag(const struct sk_aws_settings *settings, const json_t *files,
                         const char *variable, const char *key);

#endif
