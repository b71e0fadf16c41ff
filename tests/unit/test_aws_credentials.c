/* Shared files, the chain of credential providers, endpoints set by the user. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/ini.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "sk_test.h"

static void test_ini(void **state)
{
    static const struct {
        const char *text, *expected; /* NULL: refused */
    } cases[] = {
        {"", "{}"},
        {"# c\n; c\n\n", "{}"},
        {"[default]\nregion = us-east-1\n", "{\"default\":{\"region\":\"us-east-1\"}}"},
        {"[default]\r\nRegion=us-east-1\r\n", "{\"default\":{\"region\":\"us-east-1\"}}"},
        {"[ profile\t dev ] # c\na=b", "{\"profile dev\":{\"a\":\"b\"}}"},
        {"[a]\nx=1\n[b]\n[a]\ny=2\nx=3", "{\"a\":{\"x\":\"3\",\"y\":\"2\"},\"b\":{}}"},
        {"[a]\nkey = a=b+c/d==", "{\"a\":{\"key\":\"a=b+c/d==\"}}"},
        {"[a]\nkey = va#lue # comment", "{\"a\":{\"key\":\"va#lue\"}}"},
        {"[a]\nkey = v ;comment", "{\"a\":{\"key\":\"v\"}}"},
        {"[a]\nkey = # comment", "{\"a\":{\"key\":\"\"}}"},
        {"[a]\nkey =\nother = 1", "{\"a\":{\"key\":\"\",\"other\":\"1\"}}"},
        {"[services x]\niam =\n  endpoint_url = http://h\n  other = 2\nkms =\n  a = 1",
         "{\"services x\":{\"iam\":{\"endpoint_url\":\"http://h\",\"other\":\"2\"},"
         "\"kms\":{\"a\":\"1\"}}}"},
        {"[a]\nkey = v\n continued # c\nb = c", "{\"a\":{\"b\":\"c\",\"key\":\"v\\ncontinued\"}}"},
        {"[a]\n  x = 1\n  y = 2\n\n# c\nz = 3\n[b]\n\tx=1",
         "{\"a\":{\"x\":\"1\",\"y\":\"2\",\"z\":\"3\"},\"b\":{\"x\":\"1\"}}"},
        {"[a]\n  s3 =\n    x = 1\n  y = 2", "{\"a\":{\"s3\":{\"x\":\"1\"},\"y\":\"2\"}}"},
        {"[a]\nx: 1\ny : arn:z=1\nz = b:c",
         "{\"a\":{\"x\":\"1\",\"y\":\"arn:z=1\",\"z\":\"b:c\"}}"},
        {"[a]\nx = sh -c \"a # b\" ';c ;d' # e", "{\"a\":{\"x\":\"sh -c \\\"a # b\\\" ';c ;d'\"}}"},
        {"[profile 'my team']\nx=1\n[sso-session \"x\"]\n[services my\\ y]",
         "{\"profile my team\":{\"x\":\"1\"},\"services my y\":{},\"sso-session x\":{}}"},
        {"[profile 'a]b']\nx=1\n[my  team]", "{\"my  team\":{},\"profile a]b\":{\"x\":\"1\"}}"},
        {"[profile my team]\nx=1\n[profile]\nx=1\n[profile 'a]\nx=1\n[b]", "{\"b\":{}}"},
        {"[a] b\n", "{\"a\":{}}"},
        {"[a]\rx = 1\r\ry = 2", "{\"a\":{\"x\":\"1\",\"y\":\"2\"}}"},
        {"[a]\n\f\nx = 1", "{\"a\":{\"x\":\"1\"}}"},
        {"[a\nx=1", NULL},
        {"[]\nx=1", NULL},
        {"  x=1\n", NULL},
        {"x=1\n", NULL},
        {"[a]\nnot a property\n", NULL},
        {"[a]\n = value\n", NULL},
        {"[a]\nx =\n  no equals\n", NULL},
        {"[a]\nx = \xff\n", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        json_auto_t *file = sk_aws_ini_parse(cases[i].text, strlen(cases[i].text), "file", &err);
        if (!cases[i].expected) {
            assert_null(file);
            assert_int_equal(err.code, SK_E_PARSE);
            continue;
        }
        if (!file)
            fail_msg("%s: %s", cases[i].text, sk_err_message(&err));
        sk_auto(sk_freep) char *text = sk_json_canonical(file);
        assert_string_equal(text, cases[i].expected);
    }
}

static void test_ini_errors_name_the_line_and_no_value(void **state)
{
    static const char text[] = "[a]\naws_secret_access_key SECRETSECRET\n";
    sk_auto(sk_err_done) struct sk_err err = {0};
    (void)state;
    assert_null(sk_aws_ini_parse(text, sizeof(text) - 1, "/home/me/.aws/config", &err));
    assert_non_null(strstr(err.msg, "/home/me/.aws/config:2: "));
    assert_null(strstr(err.msg, "SECRET"));
}

/* A home folder with files, and an environment. */
struct world {
    char home[64];
    const char *variables[24]; /* name, value, …, NULL */
    struct sk_aws_settings settings;
    json_t *files;
};

static const char *look_up(const char *name, void *data)
{
    const struct world *world = data;
    if (strcmp(name, "HOME") == 0)
        return world->home;
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    for (size_t i = 0; world->variables[i]; i += 2) {
        if (strcmp(world->variables[i], name) == 0)
            return world->variables[i + 1];
    }
    return NULL;
}

static void write_file(const struct world *world, const char *name, const char *text)
{
    if (!text)
        return;
    sk_auto(sk_freep) char *path = sk_xasprintf("%s/.aws/%s", world->home, name);
    assert_int_equal(sk_file_write(path, text, strlen(text), NULL), 0);
}

static void world_begin(struct world *world, const char *config, const char *credentials)
{
    snprintf(world->home, sizeof(world->home), "/tmp/sk_test_aws.XXXXXX");
    assert_non_null(mkdtemp(world->home));
    sk_auto(sk_freep) char *folder = sk_xasprintf("%s/.aws", world->home);
    sk_auto(sk_freep) char *command = sk_xasprintf("mkdir %s", folder);
    assert_int_equal(system(command), 0);
    write_file(world, "config", config);
    write_file(world, "credentials", credentials);
    world->settings.environment = look_up;
    world->settings.environment_data = world;
    struct sk_err err = {0};
    world->files = sk_aws_files_load(&world->settings, &err);
    if (!world->files)
        fail_msg("%s", sk_err_message(&err));
}

static void world_end(struct world *world)
{
    sk_auto(sk_freep) char *command = sk_xasprintf("rm -r %s", world->home);
    assert_int_equal(system(command), 0);
    json_decref(world->files);
}

#define KEYS(id) "aws_access_key_id = " id "\naws_secret_access_key = secret-" id "\n"

struct chain_case {
    const char *name, *config, *credentials;
    const char *variables[9];
    const char *chosen;   /* the profile the caller chose */
    const char *only_for; /* the profile the chain is limited to */
    bool keys_only;
    int result;           /* sk_aws_provided, or an error */
    const char *expected; /* key id, role ARN, or a part of the message */
    const char *provider;
};

static const struct chain_case chain_cases[] = {
    {.name = "environment",
     .variables = {"AWS_ACCESS_KEY_ID", "ENV", "AWS_SECRET_ACCESS_KEY", "s"},
     .credentials = "[default]\n" KEYS("FILE"),
     .result = SK_AWS_PROVIDED,
     .expected = "ENV",
     .provider = "environment"},
    {.name = "half of the environment is an error, not the next provider's turn",
     .variables = {"AWS_ACCESS_KEY_ID", "ENV"},
     .credentials = "[default]\n" KEYS("FILE"),
     .result = SK_E_CREDENTIALS,
     .expected = "AWS_SECRET_ACCESS_KEY is not"},
    {.name = "a line's end in the key id",
     .variables = {"AWS_ACCESS_KEY_ID", "secret-\n", "AWS_SECRET_ACCESS_KEY", "secret-s"},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from environment: AWS_ACCESS_KEY_ID holds a line break"},
    {.name = "a line's end in the secret",
     .variables = {"AWS_ACCESS_KEY_ID", "ENV", "AWS_SECRET_ACCESS_KEY", "secret-s\r"},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from environment: AWS_SECRET_ACCESS_KEY holds a line break"},
    {.name = "a header in the token",
     .variables = {"AWS_ACCESS_KEY_ID", "ENV", "AWS_SECRET_ACCESS_KEY", "s", "AWS_SESSION_TOKEN",
                   "secret-t\r\nX-Amz-A: b"},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from environment: AWS_SESSION_TOKEN holds a line break"},
    {.name = "a secret that goes on in the next line of a file",
     .credentials =
         "[default]\naws_access_key_id = A\naws_secret_access_key = secret-s\n  secret-t\n",
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from credentials file: the secret access key holds a line break"},
    {.name = "an empty variable is an unset one",
     .variables = {"AWS_ACCESS_KEY_ID", ""},
     .credentials = "[default]\n" KEYS("FILE"),
     .result = SK_AWS_PROVIDED,
     .expected = "FILE",
     .provider = "credentials file"},
    {.name = "credentials before config",
     .config = "[default]\n" KEYS("CONFIG"),
     .credentials = "[default]\n" KEYS("FILE"),
     .result = SK_AWS_PROVIDED,
     .expected = "FILE",
     .provider = "credentials file"},
    {.name = "config",
     .config = "[default]\n" KEYS("CONFIG"),
     .result = SK_AWS_PROVIDED,
     .expected = "CONFIG",
     .provider = "config file"},
    {.name = "AWS_PROFILE",
     .variables = {"AWS_PROFILE", "dev"},
     .config = "[default]\n" KEYS("CONFIG") "[profile dev]\n" KEYS("DEV"),
     .result = SK_AWS_PROVIDED,
     .expected = "DEV",
     .provider = "config file"},
    {.name = "sections of the credentials file have no prefix",
     .variables = {"AWS_PROFILE", "dev"},
     .credentials = "[dev]\n" KEYS("DEV"),
     .result = SK_AWS_PROVIDED,
     .expected = "DEV",
     .provider = "credentials file"},
    {.name = "environment before AWS_PROFILE",
     .variables = {"AWS_PROFILE", "dev", "AWS_ACCESS_KEY_ID", "ENV", "AWS_SECRET_ACCESS_KEY", "s"},
     .config = "[profile dev]\n" KEYS("DEV"),
     .result = SK_AWS_PROVIDED,
     .expected = "ENV",
     .provider = "environment"},
    {.name = "a profile the caller chose before the environment",
     .chosen = "dev",
     .variables = {"AWS_ACCESS_KEY_ID", "ENV", "AWS_SECRET_ACCESS_KEY", "s"},
     .config = "[profile dev]\n" KEYS("DEV"),
     .result = SK_AWS_PROVIDED,
     .expected = "DEV",
     .provider = "config file"},
    {.name = "the later one of [default] and [profile default]",
     .config = "[default]\n" KEYS("PLAIN") "[profile default]\n" KEYS("TYPED"),
     .result = SK_AWS_PROVIDED,
     .expected = "TYPED",
     .provider = "config file"},
    {.name = "the later one of [profile default] and [default]",
     .config = "[profile default]\n" KEYS("TYPED") "[default]\n" KEYS("PLAIN"),
     .result = SK_AWS_PROVIDED,
     .expected = "PLAIN",
     .provider = "config file"},
    {.name = "a profile in quotes, its keys indented",
     .chosen = "my team",
     .config = "[profile 'my team']\n  aws_access_key_id = A\n  aws_secret_access_key = secret-A\n",
     .result = SK_AWS_PROVIDED,
     .expected = "A",
     .provider = "config file"},
    {.name = "a role with source_profile",
     .config = "[default]\nrole_arn = arn:r\nsource_profile = base\nregion = x\n"
               "[profile base]\n" KEYS("BASE"),
     .result = SK_AWS_PROVIDED_ROLE,
     .expected = "arn:r",
     .provider = "profile role"},
    {.name = "a role before keys of the same profile",
     .config = "[default]\nrole_arn = arn:r\nsource_profile = default\n" KEYS("SAME"),
     .result = SK_AWS_PROVIDED_ROLE,
     .expected = "arn:r",
     .provider = "profile role"},
    {.name = "which then are asked for alone",
     .config = "[default]\nrole_arn = arn:r\nsource_profile = default\n" KEYS("SAME"),
     .only_for = "default",
     .keys_only = true,
     .result = SK_AWS_PROVIDED,
     .expected = "SAME",
     .provider = "config file"},
    {.name = "one profile only, no environment",
     .only_for = "base",
     .variables = {"AWS_ACCESS_KEY_ID", "ENV", "AWS_SECRET_ACCESS_KEY", "s"},
     .config = "[profile base]\n" KEYS("BASE"),
     .result = SK_AWS_PROVIDED,
     .expected = "BASE",
     .provider = "config file"},
    {.name = "a role without source",
     .config = "[default]\nrole_arn = arn:r\n",
     .result = SK_E_CREDENTIALS,
     .expected = "either source_profile or credential_source"},
    {.name = "a role with two sources",
     .config = "[default]\nrole_arn = arn:r\nsource_profile=a\ncredential_source=Environment\n",
     .result = SK_E_CREDENTIALS,
     .expected = "either source_profile or credential_source"},
    {.name = "a role with a second factor",
     .config = "[default]\nrole_arn = arn:r\nsource_profile = a\nmfa_serial = m\n",
     .result = SK_E_CREDENTIALS,
     .expected = "mfa_serial"},
    {.name = "a role with a wrong duration",
     .config = "[default]\nrole_arn = arn:r\nsource_profile = a\nduration_seconds = 10\n",
     .result = SK_E_CREDENTIALS,
     .expected = "900-43200"},
    {.name = "half a key",
     .config = "[default]\naws_access_key_id = A\n",
     .result = SK_E_CREDENTIALS,
     .expected = "no aws_secret_access_key"},
    {.name = "a profile that somebody named and nobody wrote",
     .variables = {"AWS_PROFILE", "prdo"},
     .config = "[default]\n" KEYS("CONFIG"),
     .result = SK_E_CREDENTIALS,
     .expected = "there is no profile \"prdo\""},
    {.name = "the source of a role has keys and a role: its keys",
     .only_for = "base",
     .config = "[profile base]\nrole_arn = arn:r\nsource_profile = x\n" KEYS("BASE"),
     .result = SK_AWS_PROVIDED,
     .expected = "BASE",
     .provider = "config file"},
    {.name = "nothing: each provider says what it lacks",
     .result = SK_E_CREDENTIALS,
     .expected =
         "(environment: AWS_ACCESS_KEY_ID is not set; profile role: profile \"default\" has "
         "no role_arn; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; sso: profile "
         "\"default\" has no sso_account_id; credentials file: no profile \"default\"; "
         "credential_process: profile \"default\" has no credential_process; config file: no "
         "profile \"default\"; container: AWS_CONTAINER_CREDENTIALS_FULL_URI is not set; instance "
         "metadata: AWS_EC2_METADATA_DISABLED is true)"},
};

static void check_chain(const struct chain_case *one)
{
    struct world world = {.settings.profile = one->chosen};
    memcpy(world.variables, one->variables, sizeof(one->variables));
    world_begin(&world, one->config, one->credentials);
    struct sk_aws_chain chain = {.settings = &world.settings,
                                 .files = world.files,
                                 .profile = one->only_for,
                                 .keys_only = one->keys_only};
    sk_auto(sk_err_done) struct sk_err err = {0};
    int result = sk_aws_chain_run(&chain, &err);
    const char *got = result < 0                       ? err.msg
                      : result == SK_AWS_PROVIDED_ROLE ? chain.role.arn
                                                       : chain.credentials.access_key_id.data;
    if (result != one->result || !strstr(got, one->expected))
        fail_msg("%s: %d, %s", one->name, result, got);
    if (result >= 0)
        assert_string_equal(chain.credentials.provider, one->provider);
    if (result < 0)
        assert_null(strstr(err.msg, "secret-"));
    sk_aws_chain_done(&chain);
    world_end(&world);
}

static void test_chain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(chain_cases) / sizeof(*chain_cases); i++)
        check_chain(&chain_cases[i]);
}

static void test_files_by_variable(void **state)
{
    struct world world = {0};
    (void)state;
    world_begin(&world, "[default]\nregion = at-home\n", NULL);
    json_decref(world.files);
    sk_auto(sk_freep) char *path = sk_xasprintf("%s/.aws/elsewhere", world.home);
    write_file(&world, "elsewhere", "[default]\nregion = elsewhere\n");
    world.variables[0] = "AWS_CONFIG_FILE";
    world.variables[1] = path;
    world.files = sk_aws_files_load(&world.settings, NULL);
    sk_auto(sk_freep) char *region = sk_aws_default_region(&world.settings, world.files);
    assert_string_equal(region, "elsewhere");
    json_decref(world.files);
    world.variables[1] = "~/.aws/config";
    world.files = sk_aws_files_load(&world.settings, NULL);
    sk_auto(sk_freep) char *home = sk_aws_default_region(&world.settings, world.files);
    assert_string_equal(home, "at-home");
    json_decref(world.files);
    world.variables[1] = "/tmp";
    struct sk_err err = {0};
    world.files = sk_aws_files_load(&world.settings, &err);
    assert_null(world.files);
    assert_int_not_equal(err.code, SK_OK);
    sk_err_done(&err);
    world_end(&world);
}

static void test_region(void **state)
{
    struct world world = {.variables = {"AWS_DEFAULT_REGION", "b", "AWS_REGION", "a"}};
    (void)state;
    world_begin(&world, "[default]\nregion = c\n", NULL);
    for (int i = 0; i < 3; i++) {
        static const char *const expected[] = {"a", "b", "c"};
        sk_auto(sk_freep) char *region = sk_aws_default_region(&world.settings, world.files);
        assert_string_equal(region, expected[i]);
        world.variables[i == 0 ? 2 : 0] = NULL;
    }
    world_end(&world);
    struct world both = {.variables = {NULL}};
    world_begin(&both, "[default]\nregion = c\n", "[default]\nregion = d\n");
    sk_auto(sk_freep) char *region = sk_aws_default_region(&both.settings, both.files);
    assert_string_equal(region, "d");
    world_end(&both);
}

static void test_flags_and_certificates(void **state)
{
    static const struct {
        const char *variables[5], *config;
        bool fips;
        const char *bundle;
    } cases[] = {
        {{NULL}, NULL, false, NULL},
        {{"AWS_USE_FIPS_ENDPOINT", "true", "AWS_CA_BUNDLE", "/e.pem"}, NULL, true, "/e.pem"},
        {{NULL}, "[default]\nuse_fips_endpoint = True\nca_bundle = /p.pem\n", true, "/p.pem"},
        {{"AWS_USE_FIPS_ENDPOINT", "false", "AWS_CA_BUNDLE", "/e.pem"},
         "[default]\nuse_fips_endpoint = true\nca_bundle = /p.pem\n",
         false,
         "/e.pem"},
        {{"AWS_PROFILE", "dev"},
         "[default]\nuse_fips_endpoint = true\nca_bundle = /p.pem\n[profile dev]\nregion = x\n",
         false,
         NULL},
        {{"AWS_USE_FIPS_ENDPOINT", "yes"}, NULL, false, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct world world = {0};
        memcpy(world.variables, cases[i].variables, sizeof(cases[i].variables));
        world_begin(&world, cases[i].config, NULL);
        sk_auto(sk_freep) char *bundle = sk_aws_ca_bundle(&world.settings, world.files);
        assert_int_equal(sk_aws_setting_flag(&world.settings, world.files, "AWS_USE_FIPS_ENDPOINT",
                                             "use_fips_endpoint"),
                         cases[i].fips);
        assert_true(sk_text_equal(bundle, cases[i].bundle));
        world_end(&world);
    }
}

static void test_endpoint_urls(void **state)
{
    static const char config[] = "[default]\nendpoint_url = http://profile\nservices = local\n"
                                 "[services local]\nsso_admin =\n  endpoint_url = http://section\n";
    static const struct {
        const char *variables[5];
        const char *service, *expected;
    } cases[] = {
        {{"AWS_ENDPOINT_URL", "http://all", "AWS_ENDPOINT_URL_SSO_ADMIN", "http://one"},
         "sso-admin",
         "http://one"},
        {{"AWS_ENDPOINT_URL", "http://all"}, "sso-admin", "http://all"},
        {{"AWS_ENDPOINT_URL_SSO_ADMIN", "http://one"}, "iam", "http://profile"},
        {{NULL}, "sso-admin", "http://section"},
        {{NULL}, "tagging", "http://profile"},
        {{"AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API", "http://t"}, "tagging", "http://t"},
        {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "AWS_ENDPOINT_URL", "http://all"},
         "iam",
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct world world = {0};
        memcpy(world.variables, cases[i].variables, sizeof(cases[i].variables));
        world_begin(&world, config, NULL);
        sk_auto(sk_freep) char *url = sk_aws_endpoint_url(&world.settings, world.files,
                                                          sk_aws_service_find(cases[i].service));
        if (cases[i].expected)
            assert_string_equal(url, cases[i].expected);
        else
            assert_null(url);
        world_end(&world);
    }
}

static void test_endpoints_set_by_the_user(void **state)
{
    static const struct {
        const char *given, *url, *host, *path; /* url NULL: refused */
    } cases[] = {
        {"http://127.0.0.1:5000", "http://127.0.0.1:5000/", "127.0.0.1:5000", "/"},
        {"http://127.0.0.1:5000/", "http://127.0.0.1:5000/", "127.0.0.1:5000", "/"},
        {"https://h/a/b/", "https://h/a/b/", "h", "/a/b/"},
        {"http://h:80", "http://h:80/", "h", "/"},
        {"https://h:443/x", "https://h:443/x/", "h", "/x/"},
        {"https://h:80", "https://h:80/", "h:80", "/"},
        {"https://[::1]:8", "https://[::1]:8/", "[::1]:8", "/"},
        {"ftp://h", NULL, NULL, NULL},
        {"h", NULL, NULL, NULL},
        {"http://", NULL, NULL, NULL},
        {"http://u:p@h/", NULL, NULL, NULL},
        {"http://h/?q=1", NULL, NULL, NULL},
        {"http://h/#f", NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        sk_auto(sk_err_done) struct sk_err err = {0};
        const struct sk_aws_endpoint_opts opts = {.region = "eu-west-1", .url = cases[i].given};
        struct sk_aws_endpoint endpoint = {0};
        int result = sk_aws_endpoint_resolve(sk_aws_service_find("iam"), &opts, &endpoint, &err);
        if (!cases[i].url) {
            assert_int_equal(result, SK_E_INVALID);
            assert_null(strstr(err.msg, "u:p"));
            continue;
        }
        assert_int_equal(result, 0);
        assert_string_equal(endpoint.url, cases[i].url);
        assert_string_equal(endpoint.host, cases[i].host);
        assert_string_equal(endpoint.path, cases[i].path);
        assert_string_equal(endpoint.signing_region, "us-east-1");
        sk_aws_endpoint_done(&endpoint);
    }
}

static void test_role_answer(void **state)
{
    static const char *const bad[] = {
        "{}", "{\"Credentials\":{\"AccessKeyId\":\"A\"}}",
        ("{\"Credentials\":{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
         "\"Expiration\":\"soon\"}}")};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        json_auto_t *output = json_loads(bad[i], 0, NULL);
        struct sk_aws_credentials credentials = {0};
        assert_int_equal(sk_aws_role_output(output, &credentials, NULL), SK_E_PROTOCOL);
        assert_false(sk_secret_is_set(&credentials.access_key_id));
    }
    json_auto_t *output = json_loads(
        "{\"Credentials\":{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
        "\"Expiration\":\"2026-11-22T20:41:00Z\"}}",
        0, NULL);
    struct sk_aws_credentials credentials = {0};
    struct sk_aws_credentials copy = {0};
    assert_int_equal(sk_aws_role_output(output, &credentials, NULL), 0);
    assert_int_equal(credentials.expires_at_s, 1795380060);
    assert_false(sk_aws_credentials_equal(&credentials, &copy));
    sk_aws_credentials_copy(&copy, &credentials);
    assert_true(sk_aws_credentials_equal(&credentials, &copy));
    sk_aws_credentials_done(&credentials);
    sk_aws_credentials_done(&copy);
}

static void test_role_input(void **state)
{
    struct sk_aws_role role = {.arn = sk_xstrdup("arn:r"),
                               .external_id = sk_xstrdup("x"),
                               .session_name = sk_xstrdup("s"),
                               .source_identity = sk_xstrdup("i"),
                               .tags = json_pack("[{s:s, s:s}]", "Key", "k", "Value", "v"),
                               .seconds = 900};
    (void)state;
    json_auto_t *full = sk_aws_role_input(&role);
    sk_auto(sk_freep) char *text = sk_json_canonical(full);
    assert_string_equal(text, "{\"DurationSeconds\":900,\"ExternalId\":\"x\",\"RoleArn\":\"arn:r\","
                              "\"RoleSessionName\":\"s\",\"SourceIdentity\":\"i\","
                              "\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
    sk_aws_role_done(&role);
    role.arn = sk_xstrdup("arn:r");
    json_auto_t *least = sk_aws_role_input(&role);
    sk_auto(sk_freep) char *short_text = sk_json_canonical(least);
    assert_string_equal(short_text, "{\"DurationSeconds\":3600,\"RoleArn\":\"arn:r\","
                                    "\"RoleSessionName\":\"sagekeeper\"}");
    sk_aws_role_done(&role);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ini),
        cmocka_unit_test(test_ini_errors_name_the_line_and_no_value),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_files_by_variable),
        cmocka_unit_test(test_region),
        cmocka_unit_test(test_flags_and_certificates),
        cmocka_unit_test(test_endpoint_urls),
        cmocka_unit_test(test_endpoints_set_by_the_user),
        cmocka_unit_test(test_role_answer),
        cmocka_unit_test(test_role_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
