/* The providers that ask over HTTP, and web identity: against a scripted server. */
#include "aws/aws.h"
#include "sk_credentials_place.h"

#define CREDENTIALS(id, until)                                                                     \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"" id                                                  \
    "\",\"SecretAccessKey\":\"secret-s\",\"Token\":\"secret-t\",\"Expiration\":\"" until "\"}"
#define UNTIL "2026-11-22T21:41:00Z"
#define CACHED(until)                                                                              \
    "{\"startUrl\":\"x\",\"accessToken\":\"secret-bearer\",\"expiresAt\":\"" until "\"}"
#define SSO_SESSION                                                                                \
    "[default]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = Power=User\n"   \
    "[sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://acme.awsapps.com/start\n"
#define WORK_CACHE "e274eeff768c6396088ec6eb091f4bf4d47ab1e0.json"
#define URL_CACHE  "40169cea58ca6cbf23fb27b2542923fb5f524af0.json"

/* One of EC2's answers: the token, the role's name. */
#define IMDS_TOKEN                                                                                 \
    {                                                                                              \
        .has = {"PUT /latest/api/token HTTP/1.1\r\n",                                              \
                "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n", "User-Agent: sagekeeper/test"}, \
        .reply = "secret-imds"                                                                     \
    }
#define IMDS_ROLE                                                                                  \
    {                                                                                              \
        .has = {"GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n",                    \
                "X-aws-ec2-metadata-token: secret-imds\r\n"},                                      \
        .reply = "my-role"                                                                         \
    }

struct http_case {
    const char *name;
    const char *variables[12];
    const char *config, *token;     /* ~/.aws/config, {home}/token */
    const char *cache_name, *cache; /* below ~/.aws/sso/cache */
    struct script_exchange exchanges[4];
    int result;
    const char *expected; /* the key id, the role, or the end of the message */
    const char *provider;
};

#define CONTAINER "AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/creds?id=1"
#define IMDS      "AWS_EC2_METADATA_DISABLED", "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "{url}"

static const struct http_case cases[] = {
    /* container */
    {.name = "container",
     .variables = {CONTAINER},
     .exchanges = {{.has = {"GET /creds?id=1 HTTP/1.1\r\n"},
                    .has_not = "Authorization",
                    .reply = CREDENTIALS("CONTAINER", UNTIL)}},
     .result = SK_AWS_PROVIDED,
     .expected = "CONTAINER",
     .provider = "container"},
    {.name = "container with a token",
     .variables = {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic secret-token"},
     .exchanges = {{.has = {"Authorization: Basic secret-token\r\n"},
                    .reply = CREDENTIALS("CONTAINER", UNTIL)}},
     .result = SK_AWS_PROVIDED,
     .expected = "CONTAINER",
     .provider = "container"},
    {.name = "container: the token's file before the token",
     .variables = {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "other",
                   "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{home}/token"},
     .token = "secret-pod\n",
     .exchanges = {{.has = {"Authorization: secret-pod\r\n"},
                    .reply = CREDENTIALS("CONTAINER", UNTIL)}},
     .result = SK_AWS_PROVIDED,
     .expected = "CONTAINER",
     .provider = "container"},
    {.name = "container: a token of two lines",
     .variables = {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret-a\r\nX: y"},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from container: AWS_CONTAINER_AUTHORIZATION_TOKEN is more than one "
                 "line"},
    {.name = "container: a token file of two lines",
     .variables = {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{home}/token"},
     .token = "secret-a\nX: y",
     .result = SK_E_CREDENTIALS,
     .expected = "/token\" holds no token"},
    {.name = "container: no token file",
     .variables = {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{home}/nothing"},
     .result = SK_E_CREDENTIALS,
     .expected = "/nothing': No such file or directory"},
    {.name = "container: asked again after 500, 429 and no answer",
     .variables = {CONTAINER},
     .exchanges = {{.status = 500},
                   {.act = SCRIPT_DROP},
                   {.reply = CREDENTIALS("CONTAINER", UNTIL)}},
     .result = SK_AWS_PROVIDED,
     .expected = "CONTAINER",
     .provider = "container"},
    {.name = "container: three attempts",
     .variables = {CONTAINER},
     .exchanges = {{.status = 503}, {.status = 429}, {.status = 500, .reply = "secret-x"}},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from container: HTTP status 500"},
    {.name = "container: no answer",
     .variables = {CONTAINER},
     .exchanges = {{.act = SCRIPT_DROP}, {.act = SCRIPT_DROP}, {.act = SCRIPT_DROP}},
     .result = SK_E_CREDENTIALS,
     .expected = "no answer: Empty reply from server"},
    {.name = "container: a refusal is not asked again, its reason is shown",
     .variables = {CONTAINER},
     .exchanges = {{.status = 403, .reply = "{\"code\":\"x\",\"message\":\"not you\\nat all\"}"}},
     .result = SK_E_CREDENTIALS,
     .expected = "HTTP status 403: not you"},
    {.name = "container: no JSON",
     .variables = {CONTAINER},
     .exchanges = {{.reply = "secret-s"}},
     .result = SK_E_CREDENTIALS,
     .expected = "the answer is no JSON object"},
    {.name = "container: no session token",
     .variables = {CONTAINER},
     .exchanges = {{.reply = "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"secret-s\","
                             "\"Expiration\":\"" UNTIL "\"}"}},
     .result = SK_E_CREDENTIALS,
     .expected = "the answer lacks Token"},
    {.name = "container: no expiration",
     .variables = {CONTAINER},
     .exchanges = {{.reply = "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"secret-s\","
                             "\"Token\":\"secret-t\"}"}},
     .result = SK_E_CREDENTIALS,
     .expected = "the answer lacks Expiration"},
    /* instance metadata */
    {.name = "instance metadata",
     .variables = {IMDS},
     .exchanges = {IMDS_TOKEN,
                   IMDS_ROLE,
                   {.has = {"GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1\r\n",
                            "X-aws-ec2-metadata-token: secret-imds\r\n"},
                    .reply = CREDENTIALS("IMDS", UNTIL)}},
     .result = SK_AWS_PROVIDED,
     .expected = "IMDS",
     .provider = "instance metadata"},
    {.name = "instance metadata: endpoint of the profile, with a slash",
     .variables = {"AWS_EC2_METADATA_DISABLED", "false"},
     .config = "[default]\nec2_metadata_service_endpoint = {url}/\n",
     .exchanges = {IMDS_TOKEN, IMDS_ROLE, {.reply = CREDENTIALS("IMDS", UNTIL)}},
     .result = SK_AWS_PROVIDED,
     .expected = "IMDS",
     .provider = "instance metadata"},
    {.name = "instance metadata: more attempts when asked for",
     .variables = {IMDS, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2"},
     .exchanges = {{.status = 503}, IMDS_TOKEN, IMDS_ROLE, {.reply = CREDENTIALS("IMDS", UNTIL)}},
     .result = SK_AWS_PROVIDED,
     .expected = "IMDS",
     .provider = "instance metadata"},
    {.name = "instance metadata: no token, no version 1",
     .variables = {IMDS},
     .exchanges = {{.status = 404}},
     .result = SK_E_CREDENTIALS,
     .expected = " answered HTTP status 404 for a token (IMDSv1 is not used))"},
    {.name = "instance metadata: nobody there",
     .variables = {IMDS},
     .exchanges = {{.act = SCRIPT_DROP}},
     .result = SK_E_CREDENTIALS,
     .expected = " (network))"},
    {.name = "instance metadata: no role",
     .variables = {IMDS},
     .exchanges = {IMDS_TOKEN, {.status = 404}},
     .result = SK_E_CREDENTIALS,
     .expected = " answered HTTP status 404 for the instance's role)"},
    {.name = "instance metadata: an empty list of roles",
     .variables = {IMDS},
     .exchanges = {IMDS_TOKEN, {.reply = ""}},
     .result = SK_E_CREDENTIALS,
     .expected = "instance metadata: the instance has no role)"},
    {.name = "instance metadata: a role that is no name",
     .variables = {IMDS},
     .exchanges = {IMDS_TOKEN, {.reply = "../../../x"}},
     .result = SK_E_CREDENTIALS,
     .expected = "instance metadata: the instance has no role)"},
    {.name = "instance metadata: a role that EC2 may not assume",
     .variables = {IMDS},
     .exchanges = {IMDS_TOKEN,
                   IMDS_ROLE,
                   {.reply = "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"EC2 cannot "
                             "assume the role\"}"}},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from instance metadata: the instance's role gives no credentials: "
                 "EC2 cannot assume the role"},
    {.name = "instance metadata: half an answer",
     .variables = {IMDS},
     .exchanges = {IMDS_TOKEN, IMDS_ROLE, {.reply = "{\"AccessKeyId\":\"A\"}"}},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from instance metadata: the answer lacks SecretAccessKey"},
    {.name = "instance metadata: an endpoint with a user",
     .variables = {IMDS, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://u:secret-p@h"},
     .result = SK_E_CREDENTIALS,
     .expected = "AWS_EC2_METADATA_SERVICE_ENDPOINT is not http[s]://HOST[:PORT]"},
    /* single sign-on */
    {.name = "sso",
     .variables = {"AWS_ENDPOINT_URL_SSO", "{url}"},
     .config = SSO_SESSION,
     .cache_name = WORK_CACHE,
     .cache = CACHED(UNTIL),
     .exchanges = {{.has = {"GET /federation/credentials?role_name=Power%3DUser"
                            "&account_id=123456789012 HTTP/1.1\r\n",
                            "x-amz-sso_bearer_token: secret-bearer\r\n"},
                    .reply = "{\"roleCredentials\":{\"accessKeyId\":\"SSO\",\"secretAccessKey\":"
                             "\"secret-s\",\"sessionToken\":\"secret-t\",\"expiration\":"
                             "1795383660000}}"}},
     .result = SK_AWS_PROVIDED,
     .expected = "SSO",
     .provider = "sso"},
    {.name = "sso: the form without a session",
     .variables = {"AWS_ENDPOINT_URL_SSO", "{url}"},
     .config = "[default]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n"
               "sso_account_id = 123456789012\nsso_role_name = Reader\n",
     .cache_name = URL_CACHE,
     .cache = CACHED("2026-11-22T20:41:01Z"),
     .exchanges = {{.has = {"role_name=Reader&account_id=123456789012"},
                    .reply = "{\"roleCredentials\":{\"accessKeyId\":\"SSO\",\"secretAccessKey\":"
                             "\"secret-s\",\"sessionToken\":\"secret-t\",\"expiration\":"
                             "1795383660000}}"}},
     .result = SK_AWS_PROVIDED,
     .expected = "SSO",
     .provider = "sso"},
    {.name = "sso: the token has expired",
     .config = SSO_SESSION,
     .cache_name = WORK_CACHE,
     .cache = CACHED("2026-11-22T20:41:00Z"),
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from sso: the cached token has expired; run `aws sso login "
                 "--sso-session work`"},
    {.name = "sso: nobody is signed in",
     .config = "[default]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n"
               "sso_account_id = 123456789012\nsso_role_name = Reader\n",
     .result = SK_E_CREDENTIALS,
     .expected = "nobody is signed in; run `aws sso login --profile default`"},
    {.name = "sso: a cache that nobody can read",
     .config = SSO_SESSION,
     .cache_name = WORK_CACHE,
     .cache = "secret-bearer",
     .result = SK_E_CREDENTIALS,
     .expected = "the cached token is not readable; run `aws sso login --sso-session work`"},
    {.name = "sso: a token with a line break",
     .variables = {"AWS_ENDPOINT_URL_SSO", "{url}"},
     .config = SSO_SESSION,
     .cache_name = WORK_CACHE,
     .cache = "{\"accessToken\":\"secret-b\\r\\nX: y\",\"expiresAt\":\"" UNTIL "\"}",
     .result = SK_E_CREDENTIALS,
     .expected = "no answer: the token holds a line break"},
    {.name = "sso: the token is refused",
     .variables = {"AWS_ENDPOINT_URL_SSO", "{url}"},
     .config = SSO_SESSION,
     .cache_name = WORK_CACHE,
     .cache = CACHED(UNTIL),
     .exchanges = {{.status = 401, .reply = "{\"message\":\"Session token not found\"}"}},
     .result = SK_E_CREDENTIALS,
     .expected = "the cached token was refused; run `aws sso login --sso-session work`"},
    {.name = "sso: a role that is not assigned",
     .variables = {"AWS_ENDPOINT_URL_SSO", "{url}"},
     .config = SSO_SESSION,
     .cache_name = WORK_CACHE,
     .cache = CACHED(UNTIL),
     .exchanges = {{.status = 403, .reply = "{\"message\":\"No access\"}"}},
     .result = SK_E_CREDENTIALS,
     .expected = "role \"Power=User\" of account 123456789012: HTTP status 403: No access"},
    {.name = "sso: half a profile",
     .config = "[default]\nsso_account_id = 123456789012\nsso_start_url = x\nsso_region = y\n",
     .result = SK_E_CREDENTIALS,
     .expected = "profile \"default\" lacks sso_role_name"},
    {.name = "sso: a session that nobody wrote",
     .config = "[default]\nsso_session = w\nsso_account_id = 1\nsso_role_name = r\n",
     .result = SK_E_CREDENTIALS,
     .expected = "profile \"default\" lacks sso_start_url in its sso-session w"},
    {.name = "sso: no region of AWS",
     .config = "[default]\nsso_session = work\nsso_account_id = 1\nsso_role_name = r\n"
               "[sso-session work]\nsso_region = here\nsso_start_url = x\n",
     .cache_name = WORK_CACHE,
     .cache = CACHED(UNTIL),
     .result = SK_E_INVALID,
     .expected = "\"here\" is not a region of a known partition"},
    /* web identity */
    {.name = "web identity",
     .variables = {"AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token", "AWS_ROLE_ARN", "arn:web"},
     .token = "secret-jwt\n",
     .result = SK_AWS_PROVIDED_ROLE,
     .expected = "arn:web",
     .provider = "web identity"},
    {.name = "web identity of the profile",
     .config = "[default]\nrole_arn = arn:profile\nweb_identity_token_file = {home}/token\n",
     .token = "secret-jwt",
     .result = SK_AWS_PROVIDED_ROLE,
     .expected = "arn:profile",
     .provider = "web identity"},
    {.name = "web identity: variables before the profile",
     .variables = {"AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token", "AWS_ROLE_ARN", "arn:web"},
     .config = "[default]\nrole_arn = arn:profile\nweb_identity_token_file = /nonexistent\n",
     .token = "secret-jwt",
     .result = SK_AWS_PROVIDED_ROLE,
     .expected = "arn:web",
     .provider = "web identity"},
    {.name = "web identity: no role",
     .variables = {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from web identity: there is a token file \"/token\", but neither "
                 "AWS_ROLE_ARN nor role_arn"},
    {.name = "web identity: no file",
     .variables = {"AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token", "AWS_ROLE_ARN", "arn:web"},
     .result = SK_E_CREDENTIALS,
     .expected = "credentials from web identity: the web identity token: cannot open "
                 "'/nonexistent/token': No such file or directory"},
    {.name = "web identity: an empty file",
     .variables = {"AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token", "AWS_ROLE_ARN", "arn:web"},
     .token = "\n",
     .result = SK_E_CREDENTIALS,
     .expected = "/token\" holds no token"},
};

static void check_case(const struct http_case *one)
{
    struct place place;
    size_t count = 0;
    while (count < 4 && (one->exchanges[count].has[0] || one->exchanges[count].reply ||
                         one->exchanges[count].status || one->exchanges[count].act))
        count++;
    place_begin(&place, one->exchanges, count);
    for (size_t i = 0; one->variables[i]; i += 2)
        place_set(&place, one->variables[i], one->variables[i + 1]);
    place_write(&place, ".aws/config", one->config);
    place_write(&place, "token", one->token);
    if (one->cache) {
        sk_auto(sk_freep) char *name = sk_xasprintf(".aws/sso/cache/%s", one->cache_name);
        place_write(&place, name, one->cache);
    }
    place_start(&place);
    place_wait(&place);
    const char *got = place_outcome(&place);
    if (place.result != one->result || !sk_text_ends_with(got, one->expected))
        fail_msg("%s: %d, %s", one->name, place.result, got);
    if (strstr(got, "secret-"))
        fail_msg("%s: \"%s\" holds a secret", one->name, got);
    if (place.script.requests != count)
        fail_msg("%s: %zu requests", one->name, place.script.requests);
    if (place.result >= 0)
        assert_string_equal(place.chain.credentials.provider, one->provider);
    if (place.result == SK_AWS_PROVIDED) {
        assert_string_equal(place.chain.credentials.secret_key.data, "secret-s");
        assert_string_equal(place.chain.credentials.session_token.data, "secret-t");
        assert_int_equal(place.chain.credentials.expires_at_s, PLACE_NOW + 3600);
    }
    if (place.result == SK_AWS_PROVIDED_ROLE) {
        assert_string_equal(place.chain.role.web_token.data, "secret-jwt");
        assert_string_equal(sk_aws_role_operation(&place.chain.role), "AssumeRoleWithWebIdentity");
    }
    place_end(&place);
}

static void test_providers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        check_case(&cases[i]);
}

/* Everything is configured at first; then, from the top of the order, one thing less each time. */
static void test_order(void **state)
{
    static const struct {
        const char *provider, *config, *credentials;
        const char *variables[4];
    } features[] = {
        {"environment", "", "", {"AWS_ACCESS_KEY_ID", "E", "AWS_SECRET_ACCESS_KEY", "s"}},
        {"profile role", "role_arn = arn:r\nsource_profile = default\n", "", {NULL}},
        {"web identity",
         "",
         "",
         {"AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token", "AWS_ROLE_ARN", "arn:web"}},
        {"sso",
         "sso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n"
         "sso_account_id = 123456789012\nsso_role_name = Reader\n",
         "",
         {"AWS_ENDPOINT_URL_SSO", "{url}"}},
        {"credentials file", "", "aws_access_key_id = F\naws_secret_access_key = s\n", {NULL}},
        {"credential_process", "credential_process = cat {home}/printed\n", "", {NULL}},
        {"config file", "aws_access_key_id = C\naws_secret_access_key = s\n", "", {NULL}},
        {"container", "", "", {CONTAINER}},
        {"instance metadata", "", "", {IMDS}},
    };
    static const struct script_exchange sso = {
        .has = {"GET /federation/credentials"},
        .reply = "{\"roleCredentials\":{\"accessKeyId\":\"SSO\",\"secretAccessKey\":\"s\","
                 "\"sessionToken\":\"t\",\"expiration\":1795383660000}}"};
    static const struct script_exchange container = {.has = {"GET /creds"},
                                                     .reply = CREDENTIALS("CONTAINER", UNTIL)};
    static const struct script_exchange imds[] = {
        IMDS_TOKEN, IMDS_ROLE, {.reply = CREDENTIALS("IMDS", UNTIL)}};
    const size_t count = sizeof(features) / sizeof(*features);
    size_t rows;
    const struct sk_aws_provider *table = sk_aws_providers(&rows);
    (void)state;
    assert_int_equal(rows, count);
    for (size_t first = 0; first < count; first++) {
        struct place place;
        const char *provider = features[first].provider;
        assert_string_equal(provider, table[first].name);
        bool is_imds = strcmp(provider, "instance metadata") == 0;
        place_begin(&place,
                    is_imds                        ? imds
                    : strcmp(provider, "sso") == 0 ? &sso
                                                   : &container,
                    is_imds ? 3 : 1);
        struct sk_buffer config = {0};
        struct sk_buffer credentials = {0};
        sk_buffer_adds(&config, "[default]\n");
        sk_buffer_adds(&credentials, "[default]\n");
        for (size_t i = first; i < count; i++) {
            sk_buffer_adds(&config, features[i].config);
            sk_buffer_adds(&credentials, features[i].credentials);
            for (size_t k = 0; k < 4 && features[i].variables[k]; k += 2)
                place_set(&place, features[i].variables[k], features[i].variables[k + 1]);
        }
        place_write(&place, ".aws/config", sk_buffer_text(&config));
        place_write(&place, ".aws/credentials", sk_buffer_text(&credentials));
        place_write(&place, "token", "secret-jwt");
        place_write(&place, ".aws/sso/cache/" URL_CACHE, CACHED(UNTIL));
        place_write(&place, "printed",
                    "{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\"}");
        place_start(&place);
        place_wait(&place);
        if (place.result < 0)
            fail_msg("%s: %s", provider, place_outcome(&place));
        assert_string_equal(place.chain.credentials.provider, provider);
        place_end(&place);
        sk_buffer_done(&config);
        sk_buffer_done(&credentials);
    }
}

/* A profile that the caller chose: no variable counts that holds credentials. */
static void test_a_chosen_profile_ignores_the_environment(void **state)
{
    struct place place;
    (void)state;
    place_begin(&place, NULL, 0);
    place_set(&place, "AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token");
    place_set(&place, "AWS_ROLE_ARN", "arn:web");
    place_write(&place, "token", "secret-jwt");
    place_write(&place, ".aws/config",
                "[profile dev]\naws_access_key_id = DEV\naws_secret_access_key = s\n");
    place.settings.profile = "dev";
    place_start(&place);
    assert_int_equal(place.result, SK_AWS_PROVIDED);
    assert_string_equal(place_outcome(&place), "DEV");
    place_end(&place);
}

static void test_container_urls(void **state)
{
    static const struct {
        const char *relative, *full;
        const char *url; /* NULL: refused */
        bool direct;
        const char *message; /* contained */
    } rows[] = {
        {"/v2/creds", NULL, "http://169.254.170.2/v2/creds", true, NULL},
        {"/v2/creds", "http://localhost/x", "http://169.254.170.2/v2/creds", true, NULL},
        {"v2", NULL, NULL, false, "does not begin with \"/\""},
        {"@evil.example/", NULL, NULL, false, "does not begin with \"/\""},
        {NULL, "http://localhost:8080/x", "http://localhost:8080/x", true, NULL},
        {NULL, "http://127.0.0.1/x", "http://127.0.0.1/x", true, NULL},
        {NULL, "http://127.200.3.4:80", "http://127.200.3.4:80", true, NULL},
        {NULL, "http://[::1]:99/x", "http://[::1]:99/x", true, NULL},
        {NULL, "http://169.254.170.2/x", "http://169.254.170.2/x", true, NULL},
        {NULL, "http://169.254.170.23/v1/credentials", "http://169.254.170.23/v1/credentials", true,
         NULL},
        {NULL, "http://[fd00:ec2::23]/v1", "http://[fd00:ec2::23]/v1", true, NULL},
        {NULL, "http://[fd00:0ec2:0::23]/v1", "http://[fd00:0ec2:0::23]/v1", true, NULL},
        {NULL, "https://creds.example/x?y=1", "https://creds.example/x?y=1", false, NULL},
        {NULL, "HTTPS://creds.example", "HTTPS://creds.example", false, NULL},
        {NULL, "https://127.0.0.1/x", "https://127.0.0.1/x", true, NULL},
        {NULL, "http://creds.example/x", NULL, false, "names host \"creds.example\""},
        {NULL, "http://169.254.169.254/x", NULL, false, "names host \"169.254.169.254\""},
        {NULL, "http://128.0.0.1/x", NULL, false, "names host"},
        {NULL, "http://127.0.0.1.evil.example/x", NULL, false, "names host"},
        {NULL, "http://localhost.evil.example/", NULL, false, "names host"},
        {NULL, "http://2130706433/", NULL, false, "names host"},
        {NULL, "http://[fd00:ec2::24]/", NULL, false, "names host"},
        {NULL, "http://localhost:secret-p@evil.example/", NULL, false, "is not http[s]://HOST"},
        {NULL, "http://localhost\\@evil.example/", NULL, false, "is not http[s]://HOST"},
        {NULL, "http://localhost evil/", NULL, false, "is not http[s]://HOST"},
        {NULL, "http://localhost:80x/", NULL, false, "is not http[s]://HOST"},
        {NULL, "http://[::1/", NULL, false, "is not http[s]://HOST"},
        {NULL, "http:///x", NULL, false, "is not http[s]://HOST"},
        {NULL, "http://", NULL, false, "is not http[s]://HOST"},
        {NULL, "ftp://localhost/", NULL, false, "is not http[s]://HOST"},
        {NULL, "localhost", NULL, false, "is not http[s]://HOST"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct place place = {.environment = json_object()};
        place.settings.environment = place_look_up;
        place.settings.environment_data = &place;
        if (rows[i].relative)
            place_set(&place, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", rows[i].relative);
        if (rows[i].full)
            place_set(&place, "AWS_CONTAINER_CREDENTIALS_FULL_URI", rows[i].full);
        sk_auto(sk_freep) char *url = NULL;
        bool direct = false;
        int result = sk_aws_container_url(&place.settings, &url, &direct, &place.err);
        const char *shown = rows[i].full ? rows[i].full : rows[i].relative;
        if ((result == 0) != (rows[i].url != NULL))
            fail_msg("%s: %s", shown, url ? url : sk_err_message(&place.err));
        if (rows[i].url) {
            assert_string_equal(url, rows[i].url);
            assert_int_equal(direct, rows[i].direct);
        } else {
            if (!strstr(place.err.msg, rows[i].message))
                fail_msg("%s: %s", shown, place.err.msg);
            assert_null(strstr(place.err.msg, "secret-"));
        }
        sk_err_done(&place.err);
        json_decref(place.environment);
    }
}

/* What only this machine sees is asked directly, whatever proxies are set. */
static void test_no_proxy_for_this_machine(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.has = {"GET /creds"}, .reply = CREDENTIALS("CONTAINER", UNTIL)},
        IMDS_TOKEN,
        IMDS_ROLE,
        {.reply = CREDENTIALS("IMDS", UNTIL)}};
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    for (size_t i = 0; i < 2; i++) {
        struct place place;
        place_begin(&place, exchanges + i, i == 0 ? 1 : 3);
        place_set(&place, "AWS_EC2_METADATA_DISABLED", "false");
        place_set(&place,
                  i == 0 ? "AWS_CONTAINER_CREDENTIALS_FULL_URI"
                         : "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                  i == 0 ? "{url}/creds" : "{url}");
        place_start(&place);
        place_wait(&place);
        assert_string_equal(place_outcome(&place), i == 0 ? "CONTAINER" : "IMDS");
        place_end(&place);
    }
    unsetenv("http_proxy");
}

static void test_cancel(void **state)
{
    static const struct script_exchange held[] = {{.act = SCRIPT_HOLD}};
    static const struct script_exchange failing[] = {{.status = 500}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct place place;
        place_begin(&place, i < 2 ? held : failing, 1);
        place_set(&place, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/creds");
        place_set(&place, "AWS_EC2_METADATA_DISABLED", "false"); /* must not be asked after it */
        place.chain.retry_pause_ms = 60000;
        place_start(&place);
        assert_int_equal(place.result, SK_AWS_PROVIDING);
        while (i > 0 && place.script.requests < 1)
            uv_run(&place.loop, UV_RUN_ONCE);
        for (int rest = 0; i == 3 && rest < 50; rest++)
            uv_run(&place.loop, UV_RUN_NOWAIT);
        sk_aws_chain_cancel(&place.chain);
        sk_aws_chain_cancel(&place.chain);
        assert_int_equal(place.ended, 0);
        place_wait(&place);
        assert_int_equal(place.result, SK_E_CANCELED);
        place_end(&place);
    }
}

/* The rest: through the client. */

struct client {
    struct place *place;
    struct sk_clock clock;
    int64_t now_s;
    struct sk_aws *aws;
    struct sk_aws_account *account;
    struct sk_aws_call call;
    enum sk_errc code;
    char message[512];
    bool done;
};

static struct sk_wall wall_of(const struct sk_clock *clock)
{
    const struct client *client = clock->data;
    return (struct sk_wall){client->now_s};
}

static void client_begin(struct client *client, struct place *place)
{
    *client = (struct client){.place = place, .now_s = PLACE_NOW};
    client->clock = (struct sk_clock){.wall = wall_of, .data = client};
    const struct sk_aws_opts opts = {.loop = &place->loop,
                                     .clock = &client->clock,
                                     .random_seed = 1,
                                     .environment = place_look_up,
                                     .environment_data = place,
                                     .max_attempts = 1};
    static const struct sk_aws_account_opts account = {.name = "dev", .sts_region = "eu-west-1"};
    ASSERT_OK(sk_aws_new(&opts, &client->aws, &place->err), &place->err);
    ASSERT_OK(sk_aws_account_new(client->aws, &account, &client->account, &place->err),
              &place->err);
}

static void on_called(struct sk_aws_call *call)
{
    struct client *client = call->data;
    client->code = call->err.code;
    snprintf(client->message, sizeof(client->message), "%s", call->err.msg ? call->err.msg : "");
    client->done = true;
}

static void client_start(struct client *client)
{
    client->done = false;
    client->call = (struct sk_aws_call){.account = client->account,
                                        .service = "sts",
                                        .operation = "GetCallerIdentity",
                                        .region = "eu-west-1",
                                        .done = on_called,
                                        .data = client};
    ASSERT_OK(sk_aws_call_start(client->aws, &client->call, &client->place->err),
              &client->place->err);
}

static void client_call(struct client *client)
{
    client_start(client);
    while (!client->done)
        uv_run(&client->place->loop, UV_RUN_ONCE);
}

static void client_end(struct client *client)
{
    sk_aws_account_free(client->account);
    sk_aws_free(client->aws);
    assert_int_equal(client->place->script.requests, client->place->script.count);
    place_end(client->place);
}

#define IDENTITY(id)                                                                               \
    {                                                                                              \
        .has = {"Action=GetCallerIdentity", "Credential=" id "/"},                                 \
        .reply = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>"        \
                 "</GetCallerIdentityResult></GetCallerIdentityResponse>"                          \
    }
#define WEB_SESSION(with, id, until)                                                               \
    .has = {"Action=AssumeRoleWithWebIdentity&Version=2011-06-15",                                 \
            "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fweb", "RoleSessionName=pod-7",                \
            "WebIdentityToken=" with},                                                             \
    .has_not = "uthorization",                                                                     \
    .reply = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"   \
             "<AccessKeyId>" id "</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"               \
             "<SessionToken>t</SessionToken><Expiration>" until "</Expiration></Credentials>"      \
             "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
#define XML_FAULT(http_status, code)                                                               \
    .status = (http_status), .reply = "<ErrorResponse><Error><Code>" code                          \
                                      "</Code><Message>text</Message></Error></ErrorResponse>"

static void web_identity_begin(struct client *client, struct place *place,
                               const struct script_exchange *exchanges, size_t count)
{
    place_begin(place, exchanges, count);
    place_set(place, "AWS_ENDPOINT_URL", "{url}");
    place_set(place, "AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token");
    place_set(place, "AWS_ROLE_ARN", "arn:aws:iam::1:role/web");
    place_set(place, "AWS_ROLE_SESSION_NAME", "pod-7");
    place_write(place, "token", "first");
    client_begin(client, place);
}

/* Unsigned, refreshed before it expires, with the token that is in the file by then. */
static void test_web_identity_session(void **state)
{
    static const struct script_exchange exchanges[] = {
        {WEB_SESSION("first", "ONE", UNTIL)},
        IDENTITY("ONE"), /* the check of whose they are */
        IDENTITY("ONE"),
        {WEB_SESSION("second", "TWO", "2026-11-22T22:41:00Z")},
        IDENTITY("TWO"),
        IDENTITY("TWO"),
    };
    struct place place;
    struct client client;
    (void)state;
    web_identity_begin(&client, &place, exchanges, 6);
    client_call(&client);
    assert_string_equal(client.message, "");
    place_write(&place, "token", "second");
    client.now_s += 3301;
    client_call(&client);
    assert_string_equal(client.message, "");
    client_end(&client);
}

/* A refused refresh costs nothing as long as the session lasts; then calls fail, and say why. */
static void test_web_identity_refused(void **state)
{
    static const struct script_exchange exchanges[] = {
        {WEB_SESSION("first", "ONE", UNTIL)},
        IDENTITY("ONE"),
        IDENTITY("ONE"),
        {XML_FAULT(400, "ExpiredTokenException")},
        IDENTITY("ONE"),
        {XML_FAULT(400, "InvalidIdentityToken")},
    };
    struct place place;
    struct client client;
    (void)state;
    web_identity_begin(&client, &place, exchanges, 6);
    client_call(&client);
    client.now_s += 3301;
    client_call(&client);
    assert_string_equal(client.message, "");
    client.now_s += 300;
    client_call(&client);
    assert_int_equal(client.code, SK_E_CREDENTIALS);
    assert_string_equal(client.message,
                        "account \"dev\": cannot assume role arn:aws:iam::1:role/web: sts "
                        "AssumeRoleWithWebIdentity: InvalidIdentityToken: text");
    client_end(&client);
}

static void on_event(const struct sk_aws_event *event, void *data)
{
    char *text = data;
    if (strcmp(event->operation, "AssumeRoleWithWebIdentity") == 0)
        snprintf(text, 64, "%s", event->region);
}

/* Which STS is asked: the region's that is set; another partition's role is not there. */
static void test_web_identity_region(void **state)
{
    static const struct {
        const char *arn, *set, *asked;
    } rows[] = {
        {"arn:aws:iam::1:role/web", "eu-west-1", "eu-west-1"},
        {"arn:aws:iam::1:role/web", NULL, "us-east-1"},
        {"arn:aws-us-gov:iam::1:role/web", NULL, "us-gov-west-1"},
        {"arn:aws-us-gov:iam::1:role/web", "us-gov-east-1", "us-gov-east-1"},
        {"arn:aws-cn:iam::1:role/web", NULL, "cn-north-1"},
    };
    static const struct script_exchange exchanges[] = {{XML_FAULT(403, "AccessDenied")}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct place place;
        struct client client;
        char region[64] = "";
        web_identity_begin(&client, &place, exchanges, 1);
        place_set(&place, "AWS_ROLE_ARN", rows[i].arn);
        if (rows[i].set)
            place_set(&place, "AWS_REGION", rows[i].set);
        const struct sk_aws_account_opts opts = {.name = "dev"};
        sk_aws_account_free(client.account);
        ASSERT_OK(sk_aws_account_new(client.aws, &opts, &client.account, &place.err), &place.err);
        sk_aws_on_event(client.aws, on_event, region);
        client_call(&client);
        assert_int_equal(client.code, SK_E_DENIED);
        assert_string_equal(region, rows[i].asked);
        client_end(&client);
    }
}

/* Calls that come while the container is asked wait for that one answer. */
static void test_single_flight_and_refresh(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.act = SCRIPT_HOLD, .has = {"GET /creds"}, .reply = CREDENTIALS("ONE", UNTIL)},
        IDENTITY("ONE"),
        IDENTITY("ONE"),
        IDENTITY("ONE"),
        {.has = {"GET /creds"}, .reply = CREDENTIALS("TWO", "2026-11-22T22:41:00Z")},
        IDENTITY("TWO"),
        IDENTITY("TWO"),
    };
    struct place place;
    struct client client;
    (void)state;
    place_begin(&place, exchanges, 7);
    place_set(&place, "AWS_ENDPOINT_URL", "{url}");
    place_set(&place, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/creds");
    client_begin(&client, &place);
    struct client other = client;
    client_start(&client);
    client_start(&other);
    while (place.script.requests < 1)
        uv_run(&place.loop, UV_RUN_ONCE);
    for (int i = 0; i < 20; i++)
        uv_run(&place.loop, UV_RUN_NOWAIT);
    assert_int_equal(place.script.requests, 1);
    script_release(&place.script);
    while (!client.done || !other.done)
        uv_run(&place.loop, UV_RUN_ONCE);
    assert_string_equal(client.message, "");
    assert_string_equal(other.message, "");
    client.now_s += 3301;
    client_call(&client);
    assert_string_equal(client.message, "");
    client_end(&client);
}

/* A profile's role, assumed with what the container gives. */
static void test_credential_source(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.has = {"GET /creds"}, .reply = CREDENTIALS("CONTAINER", UNTIL)},
        {.has = {"Action=AssumeRole&", "Credential=CONTAINER/"},
         .reply = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE"
                  "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
                  "</SessionToken><Expiration>" UNTIL "</Expiration></Credentials>"
                  "</AssumeRoleResult></AssumeRoleResponse>"},
        IDENTITY("ROLE"),
        IDENTITY("ROLE"),
    };
    struct place place;
    struct client client;
    (void)state;
    place_begin(&place, exchanges, 4);
    place_set(&place, "AWS_ENDPOINT_URL", "{url}");
    place_set(&place, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/creds");
    place_write(&place, ".aws/config",
                "[default]\nrole_arn = arn:r\ncredential_source = EcsContainer\n");
    client_begin(&client, &place);
    client_call(&client);
    assert_string_equal(client.message, "");
    client_end(&client);
}

static void test_unknown_credential_source(void **state)
{
    struct place place;
    struct client client;
    (void)state;
    place_begin(&place, NULL, 0);
    place_write(&place, ".aws/config", "[default]\nrole_arn = arn:r\ncredential_source = Moon\n");
    client_begin(&client, &place);
    client_call(&client);
    assert_int_equal(client.code, SK_E_CREDENTIALS);
    assert_string_equal(client.message,
                        "account \"dev\": credential_source \"Moon\" is not supported");
    client_end(&client);
}

/* The account goes, or the whole client, while its credentials are on their way. */
static void test_freed_while_a_provider_works(void **state)
{
    static const struct script_exchange held[] = {{.act = SCRIPT_HOLD}};
    (void)state;
    for (int process = 0; process < 2; process++) {
        for (int with_role = 0; with_role < 2; with_role++) {
            struct place place;
            struct client client;
            place_begin(&place, held, process ? 0 : 1);
            if (process)
                place_write(&place, ".aws/config", "[default]\ncredential_process = sleep 600\n");
            else
                place_set(&place, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "{url}/creds");
            client_begin(&client, &place);
            /* With a role, the ones who work are the ambient credentials, which the client owns. */
            struct sk_aws_account *direct = client.account;
            static const struct sk_aws_account_opts opts = {.name = "role", .role_arn = "arn:r"};
            if (with_role)
                ASSERT_OK(sk_aws_account_new(client.aws, &opts, &client.account, &place.err),
                          &place.err);
            client_start(&client);
            while (place.script.requests < place.script.count)
                uv_run(&place.loop, UV_RUN_ONCE);
            for (int i = 0; i < 20; i++)
                uv_run(&place.loop, UV_RUN_NOWAIT);
            sk_aws_call_cancel(&client.call);
            while (!client.done)
                uv_run(&place.loop, UV_RUN_ONCE);
            assert_int_equal(client.code, SK_E_CANCELED);
            if (with_role)
                sk_aws_account_free(direct);
            client_end(&client);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_providers),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_a_chosen_profile_ignores_the_environment),
        cmocka_unit_test(test_container_urls),
        cmocka_unit_test(test_no_proxy_for_this_machine),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_web_identity_session),
        cmocka_unit_test(test_web_identity_refused),
        cmocka_unit_test(test_web_identity_region),
        cmocka_unit_test(test_single_flight_and_refresh),
        cmocka_unit_test(test_credential_source),
        cmocka_unit_test(test_unknown_credential_source),
        cmocka_unit_test(test_freed_while_a_provider_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
