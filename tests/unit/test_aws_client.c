/* The client as a whole against a scripted server: identity, retries, paging, cancelling, the end.
 */
#include <arpa/inet.h>

#include "aws/aws.h"
#include "base/json.h"
#include "sk_http_script.h"

#define MAX_CALLS  8
#define MAX_EVENTS 32

struct fixture {
    uv_loop_t loop;
    struct script script;
    struct sk_clock clock;
    int64_t now_s;
    int64_t step_s; /* how far each look at the clock moves it */
    const char *variables[16];
    char endpoint[64];
    struct sk_aws *aws;
    struct sk_aws_account *account;
    struct sk_aws_call calls[MAX_CALLS];
    struct {
        enum sk_errc code;
        char message[512], aws_code[64], request_id[64], output[2048];
        unsigned attempts, done;
        bool outcome_unknown;
    } results[MAX_CALLS];
    unsigned done;
    struct {
        char text[64];
        enum sk_errc code;
        bool will_retry;
    } events[MAX_EVENTS];
    unsigned event_count;
    bool inside_start, free_in_callback, restart_in_callback;
};

static struct sk_wall fake_wall(const struct sk_clock *clock)
{
    struct fixture *fixture = clock->data;
    struct sk_wall now = {fixture->now_s};
    fixture->now_s += fixture->step_s;
    return now;
}

static struct sk_mono fake_mono(const struct sk_clock *clock)
{
    const struct fixture *fixture = clock->data;
    return (struct sk_mono){fixture->now_s * 1000};
}

static const char *look_up(const char *name, void *data)
{
    const struct fixture *fixture = data;
    if (strcmp(name, "AWS_ENDPOINT_URL") == 0)
        return fixture->endpoint;
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    for (size_t i = 0; fixture->variables[i]; i += 2) {
        if (strcmp(fixture->variables[i], name) == 0)
            return fixture->variables[i + 1];
    }
    return NULL;
}

static void copy_text(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text ? text : "");
}

static void on_event(const struct sk_aws_event *event, void *data)
{
    struct fixture *fixture = data;
    assert_true(fixture->event_count < MAX_EVENTS);
    snprintf(fixture->events[fixture->event_count].text, sizeof(fixture->events[0].text),
             "%s:%s %s %d #%u", event->service, event->operation, event->account, event->status,
             event->attempt);
    fixture->events[fixture->event_count].code = event->code;
    fixture->events[fixture->event_count].will_retry = event->will_retry;
    fixture->event_count++;
}

static void on_done(struct sk_aws_call *call)
{
    struct fixture *fixture = call->data;
    size_t index = (size_t)(call - fixture->calls);
    assert_false(fixture->inside_start);
    assert_int_equal(call->output == NULL, call->err.code != SK_OK);
    fixture->results[index].code = call->err.code;
    copy_text(fixture->results[index].message, sizeof(fixture->results[0].message), call->err.msg);
    copy_text(fixture->results[index].aws_code, sizeof(fixture->results[0].aws_code),
              call->err.aws_code);
    copy_text(fixture->results[index].request_id, sizeof(fixture->results[0].request_id),
              call->request_id);
    if (call->output) {
        sk_auto(sk_freep) char *text = sk_json_canonical(call->output);
        copy_text(fixture->results[index].output, sizeof(fixture->results[0].output), text);
    }
    fixture->results[index].attempts = call->attempts;
    fixture->results[index].outcome_unknown = call->outcome_unknown;
    fixture->results[index].done++;
    fixture->done++;
    if (fixture->restart_in_callback) {
        fixture->restart_in_callback = false;
        assert_int_equal(sk_aws_call_start(fixture->aws, call, NULL), 0);
    }
    if (fixture->free_in_callback) {
        fixture->free_in_callback = false;
        sk_aws_free(fixture->aws);
        fixture->aws = NULL;
    }
}

#define NOW 1795380060 /* Sun, 22 Nov 2026 20:41:00 GMT */
#define ID  "111111111111"

static void prepare(struct fixture *fixture, const struct script_exchange *exchanges, size_t count)
{
    *fixture = (struct fixture){
        .now_s = NOW,
        .variables = {"AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "secret", NULL}};
    fixture->clock = (struct sk_clock){fake_wall, fake_mono, fixture};
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    script_start(&fixture->script, &fixture->loop, exchanges, count);
    snprintf(fixture->endpoint, sizeof(fixture->endpoint), "http://127.0.0.1:%d",
             fixture->script.port);
}

static void make_client(struct fixture *fixture, const struct sk_aws_account_opts *given,
                        unsigned max_in_flight)
{
    struct sk_err err = {0};
    const struct sk_aws_opts opts = {.loop = &fixture->loop,
                                     .clock = &fixture->clock,
                                     .random_seed = 1,
                                     .environment = look_up,
                                     .environment_data = fixture,
                                     .user_agent = "commit/0a1b2c3d",
                                     .max_attempts = 3,
                                     .call_timeout_ms = 5000,
                                     .max_in_flight = max_in_flight};
    ASSERT_OK(sk_aws_new(&opts, &fixture->aws, &err), &err);
    sk_aws_on_event(fixture->aws, on_event, fixture);
    struct sk_aws_account_opts account = given ? *given : (struct sk_aws_account_opts){0};
    account.name = "dev";
    account.sts_region = "eu-west-1";
    ASSERT_OK(sk_aws_account_new(fixture->aws, &account, &fixture->account, &err), &err);
}

static void begin(struct fixture *fixture, const struct script_exchange *exchanges, size_t count)
{
    prepare(fixture, exchanges, count);
    make_client(fixture, NULL, 0);
}

#define BEGIN(fixture, exchanges)                                                                  \
    begin(fixture, exchanges, sizeof(exchanges) / sizeof(*(exchanges)))

static struct sk_aws_call *start(struct fixture *fixture, unsigned index, const char *service,
                                 const char *operation)
{
    struct sk_aws_call *call = &fixture->calls[index];
    call->account = fixture->account;
    call->service = service;
    call->operation = operation;
    call->region = "eu-west-1";
    call->done = on_done;
    call->data = fixture;
    struct sk_err err = {0};
    fixture->inside_start = true;
    ASSERT_OK(sk_aws_call_start(fixture->aws, call, &err), &err);
    fixture->inside_start = false;
    return call;
}

static void run(struct fixture *fixture, unsigned done)
{
    while (fixture->done < done)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->done, done);
}

static void run_until_requests(struct fixture *fixture, size_t requests)
{
    while (fixture->script.requests < requests)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void end(struct fixture *fixture)
{
    assert_int_equal(fixture->script.requests, fixture->script.count);
    sk_aws_account_free(fixture->account);
    sk_aws_free(fixture->aws);
    script_end(&fixture->script);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static void check(const struct fixture *fixture, unsigned index, enum sk_errc code,
                  unsigned attempts)
{
    if (fixture->results[index].code != code || fixture->results[index].attempts != attempts ||
        fixture->results[index].done != 1)
        fail_msg("call %u: %s after %u attempts, done %u times: %s", index,
                 sk_errc_name(fixture->results[index].code), fixture->results[index].attempts,
                 fixture->results[index].done, fixture->results[index].message);
}

#define IDENTITY_OF(id)                                                                            \
    .has = {"Action=GetCallerIdentity&Version=2011-06-15"},                                        \
    .reply = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn</Arn><Account>" id      \
             "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
#define IDENTITY                                                                                   \
    {                                                                                              \
        IDENTITY_OF(ID)                                                                            \
    }
#define ASSUMED(key, until)                                                                        \
    {                                                                                              \
        .has = {"Action=AssumeRole", "Credential=AKIDENV/20261122/eu-west-1/sts/aws4_request"},    \
        .reply = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" key            \
                 "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>token-" key      \
                 "</SessionToken><Expiration>" until "</Expiration></Credentials>"                 \
                 "</AssumeRoleResult></AssumeRoleResponse>"                                        \
    }
#define FAULT(http_status, code)                                                                   \
    .status = (http_status), .reply = "{\"__type\":\"x#" code "\",\"message\":\"text\"}"
#define XML_FAULT(http_status, code)                                                               \
    .status = (http_status), .reply = "<ErrorResponse><Error><Code>" code                          \
                                      "</Code><Message>text</Message></Error></ErrorResponse>"
#define LIST .has = {"X-Amz-Target: SageMaker.ListDomains\r\n"}

static void test_json_call(void **state)
{
    static const struct script_exchange exchanges[] = {
        IDENTITY,
        {.has = {"POST / HTTP/1.1\r\n", "\r\nX-Amz-Target: SageMaker.ListDomains\r\n",
                 "AWS4-HMAC-SHA256 Credential=AKIDENV/20261122/eu-west-1/sagemaker/aws4_request, "
                 "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=",
                 " commit/0a1b2c3d\r\n"},
         .body = "{\"MaxResults\":100}",
         .headers = "x-amzn-RequestId: req-1\r\n",
         .reply = "{\"Domains\":[],\"NextToken\":\"t\"}"}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    assert_null(sk_aws_account_id(fixture.account));
    start(&fixture, 0, "sagemaker", "ListDomains");
    assert_int_equal(fixture.done, 0);
    run(&fixture, 1);
    check(&fixture, 0, SK_OK, 1);
    assert_string_equal(fixture.results[0].output, "{\"Domains\":[],\"NextToken\":\"t\"}");
    assert_string_equal(fixture.results[0].request_id, "req-1");
    assert_string_equal(sk_aws_account_id(fixture.account), ID);
    assert_int_equal(fixture.event_count, 2);
    assert_string_equal(fixture.events[0].text, "sts:GetCallerIdentity dev 200 #1");
    assert_string_equal(fixture.events[1].text, "sagemaker:ListDomains dev 200 #1");
    assert_null(fixture.calls[0].internal);
    end(&fixture);
}

static void test_query_call(void **state)
{
    static const struct script_exchange exchanges[] = {
        IDENTITY,
        {.has = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n",
                 "/us-east-1/iam/aws4_request"},
         .has_not = "X-Amz-Security-Token",
         .body = "Action=GetAccountAuthorizationDetails&Version=2010-05-08&Filter.member.1=Role"
                 "&MaxItems=1000",
         .reply = "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>"
                  "<IsTruncated>false</IsTruncated><RoleDetailList/>"
                  "</GetAccountAuthorizationDetailsResult><ResponseMetadata><RequestId>req-2"
                  "</RequestId></ResponseMetadata></GetAccountAuthorizationDetailsResponse>"}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    json_auto_t *input = json_pack("{s:[s]}", "Filter", "Role");
    fixture.calls[0].input = input;
    fixture.calls[0].all_pages = true;
    start(&fixture, 0, "iam", "GetAccountAuthorizationDetails");
    run(&fixture, 1);
    check(&fixture, 0, SK_OK, 1);
    assert_string_equal(fixture.results[0].output, "{\"RoleDetailList\":[]}");
    assert_string_equal(fixture.results[0].request_id, "req-2");
    end(&fixture);
}

static void test_bad_calls_never_call_back(void **state)
{
    static const struct {
        const char *service, *operation, *region, *input;
    } cases[] = {
        {"sagemaker", "ListDomain", "eu-west-1", "{}"},
        {"sagemake", "ListDomains", "eu-west-1", "{}"},
        {"sagemaker", "ListDomains", "nowhere", "{}"},
        {"sagemaker", "ListDomains", NULL, "{}"},
        {"sagemaker", "ListDomains", "eu-west-1", "[]"},
    };
    struct fixture fixture;
    (void)state;
    begin(&fixture, NULL, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_auto_t *input = json_loads(cases[i].input, 0, NULL);
        struct sk_aws_call call = {.account = fixture.account,
                                   .service = cases[i].service,
                                   .operation = cases[i].operation,
                                   .region = cases[i].region,
                                   .input = input,
                                   .done = on_done,
                                   .data = &fixture};
        struct sk_err err = {0};
        assert_int_equal(sk_aws_call_start(fixture.aws, &call, &err), SK_E_INVALID);
        sk_err_done(&err);
        sk_aws_call_cancel(&call);
    }
    uv_run(&fixture.loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture.done, 0);
    end(&fixture);
}

static void test_wrong_account_is_refused(void **state)
{
    static const struct script_exchange exchanges[] = {IDENTITY};
    static const struct sk_aws_account_opts account = {.account_id = "222222222222"};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 1);
    make_client(&fixture, &account, 0);
    start(&fixture, 0, "sagemaker", "ListDomains");
    start(&fixture, 1, "iam", "ListRoles");
    run(&fixture, 2);
    start(&fixture, 2, "iam", "ListRoles");
    run(&fixture, 3);
    for (unsigned i = 0; i < 3; i++)
        check(&fixture, i, SK_E_REFUSED, 0);
    assert_non_null(strstr(fixture.results[2].message, "\"dev\""));
    assert_non_null(strstr(fixture.results[2].message, ID));
    end(&fixture);
}

static void test_role_is_assumed_once_for_all(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.act = SCRIPT_HOLD,
         .has = {"Action=AssumeRole&", "&RoleArn=arn%3Ar&", "&ExternalId=x"},
         .reply = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA"
                  "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>tok"
                  "</SessionToken><Expiration>2026-11-22T21:41:00Z</Expiration></Credentials>"
                  "</AssumeRoleResult></AssumeRoleResponse>"},
        {IDENTITY_OF(ID)},
        {.has = {"Credential=ASIA/", "X-Amz-Security-Token: tok\r\n", "x-amz-security-token"}},
        {.has = {"Credential=ASIA/"}},
        {.has = {"Credential=ASIA/"}},
    };
    static const struct sk_aws_account_opts account = {
        .account_id = ID, .role_arn = "arn:r", .external_id = "x"};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 5);
    make_client(&fixture, &account, 0);
    for (unsigned i = 0; i < 3; i++)
        start(&fixture, i, "sagemaker", "ListDomains");
    run_until_requests(&fixture, 1);
    script_release(&fixture.script);
    run(&fixture, 3);
    for (unsigned i = 0; i < 3; i++)
        check(&fixture, i, SK_OK, 1);
    end(&fixture);
}

static void test_refresh_before_expiry(void **state)
{
    static const struct script_exchange exchanges[] = {ASSUMED("ONE", "2026-11-22T21:41:00Z"),
                                                       IDENTITY,
                                                       {.has = {"Credential=ONE/"}},
                                                       {.has = {"Credential=ONE/"}},
                                                       ASSUMED("TWO", "2026-11-22T22:36:00Z"),
                                                       IDENTITY,
                                                       {.has = {"Credential=TWO/"}}};
    static const struct sk_aws_account_opts account = {.role_arn = "arn:r"};
    static const int64_t times[] = {NOW, NOW + 3299, NOW + 3300};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 7);
    make_client(&fixture, &account, 0);
    for (unsigned i = 0; i < 3; i++) {
        fixture.now_s = times[i];
        start(&fixture, i, "sagemaker", "ListDomains");
        run(&fixture, i + 1);
        check(&fixture, i, SK_OK, 1);
    }
    end(&fixture);
}

/* Sessions that are shorter than the usual margin: no refresh at each call. */
static void test_short_session(void **state)
{
    static const struct script_exchange exchanges[] = {ASSUMED("ONE", "2026-11-22T20:42:00Z"),
                                                       IDENTITY,
                                                       {.has = {"Credential=ONE/"}},
                                                       {.has = {"Credential=ONE/"}},
                                                       ASSUMED("TWO", "2026-11-22T20:43:00Z"),
                                                       IDENTITY,
                                                       {.has = {"Credential=TWO/"}}};
    static const struct sk_aws_account_opts account = {.role_arn = "arn:r"};
    static const int64_t times[] = {NOW, NOW + 39, NOW + 40};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 7);
    make_client(&fixture, &account, 0);
    for (unsigned i = 0; i < 3; i++) {
        fixture.now_s = times[i];
        start(&fixture, i, "sagemaker", "ListDomains");
        run(&fixture, i + 1);
        check(&fixture, i, SK_OK, 1);
    }
    end(&fixture);
}

static void test_credentials_that_have_expired(void **state)
{
    static const struct script_exchange exchanges[] = {ASSUMED("ONE", "2026-11-22T20:41:00Z")};
    static const struct sk_aws_account_opts account = {.role_arn = "arn:r"};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 1);
    make_client(&fixture, &account, 0);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CREDENTIALS, 0);
    end(&fixture);
}

static void test_failed_early_refresh_goes_on(void **state)
{
    static const struct script_exchange exchanges[] = {
        ASSUMED("ONE", "2026-11-22T21:41:00Z"),
        IDENTITY,
        {LIST},
        {.has = {"Action=AssumeRole"}, XML_FAULT(403, "AccessDenied")},
        {.has = {"Credential=ONE/"}},
        {.has = {"Credential=ONE/"}}};
    static const struct sk_aws_account_opts account = {.role_arn = "arn:r"};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 6);
    make_client(&fixture, &account, 0);
    for (unsigned i = 0; i < 3; i++) {
        start(&fixture, i, "sagemaker", "ListDomains");
        run(&fixture, i + 1);
        check(&fixture, i, SK_OK, 1);
        fixture.now_s = NOW + 3400;
    }
    end(&fixture);
}

static void test_role_that_cannot_be_assumed(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.has = {"Action=AssumeRole"}, XML_FAULT(403, "AccessDenied")}};
    static const struct sk_aws_account_opts account = {.role_arn = "arn:r"};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 1);
    make_client(&fixture, &account, 0);
    start(&fixture, 0, "sagemaker", "ListDomains");
    start(&fixture, 1, "sagemaker", "ListDomains");
    run(&fixture, 2);
    check(&fixture, 0, SK_E_DENIED, 0);
    check(&fixture, 1, SK_E_DENIED, 0);
    assert_string_equal(fixture.results[1].aws_code, "AccessDenied");
    assert_non_null(strstr(fixture.results[1].message,
                           "account \"dev\": cannot assume role arn:r: sts AssumeRole"));
    end(&fixture);
}

static void test_expired_token_is_refreshed(void **state)
{
    static const struct script_exchange exchanges[] = {ASSUMED("ONE", "2026-11-22T21:41:00Z"),
                                                       IDENTITY,
                                                       {LIST, FAULT(400, "ExpiredTokenException")},
                                                       ASSUMED("TWO", "2026-11-22T21:41:00Z"),
                                                       IDENTITY,
                                                       {.has = {"Credential=TWO/"}}};
    static const struct sk_aws_account_opts account = {.role_arn = "arn:r"};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 6);
    make_client(&fixture, &account, 0);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_OK, 2);
    end(&fixture);
}

/* Long-lived keys cannot be refreshed: one request, and none for the calls after it. */
static void test_refused_keys_stop_the_account(void **state)
{
    static const struct script_exchange exchanges[] = {
        IDENTITY, {LIST, FAULT(400, "UnrecognizedClientException")}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CREDENTIALS, 1);
    assert_string_equal(fixture.results[0].aws_code, "UnrecognizedClientException");
    start(&fixture, 1, "sagemaker", "ListDomains");
    run(&fixture, 2);
    check(&fixture, 1, SK_E_CREDENTIALS, 0);
    end(&fixture);
}

static void test_fresh_credentials_refused_too(void **state)
{
    static const struct script_exchange exchanges[] = {
        ASSUMED("ONE", "2026-11-22T21:41:00Z"), IDENTITY, {LIST, FAULT(400, "ExpiredToken")},
        ASSUMED("TWO", "2026-11-22T21:41:00Z"), IDENTITY, {LIST, FAULT(400, "ExpiredToken")}};
    static const struct sk_aws_account_opts account = {.role_arn = "arn:r"};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 6);
    make_client(&fixture, &account, 0);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CREDENTIALS, 2);
    start(&fixture, 1, "sagemaker", "ListDomains");
    run(&fixture, 2);
    check(&fixture, 1, SK_E_CREDENTIALS, 0);
    end(&fixture);
}

static void test_no_credentials(void **state)
{
    struct fixture fixture;
    (void)state;
    prepare(&fixture, NULL, 0);
    fixture.variables[0] = NULL;
    make_client(&fixture, NULL, 0);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CREDENTIALS, 0);
    assert_non_null(
        strstr(fixture.results[0].message, "environment: AWS_ACCESS_KEY_ID is not set"));
    end(&fixture);
}

static void test_clock_is_learnt(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.has = {"X-Amz-Date: 20261122T204100Z"},
         .headers = "Date: Sun, 22 Nov 2026 22:41:00 GMT\r\n",
         XML_FAULT(403, "SignatureDoesNotMatch")},
        {IDENTITY_OF(ID)},
        {.has = {"X-Amz-Date: 20261122T224100Z"}}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_OK, 1);
    assert_int_equal(fixture.events[0].code, SK_E_CLOCK);
    assert_true(fixture.events[0].will_retry);
    end(&fixture);
}

/* Both were signed with the old time; only the first teaches. */
static void test_clock_jumps_under_calls_in_flight(void **state)
{
#define SKEWED                                                                                     \
    .act = SCRIPT_HOLD, .headers = "Date: Sun, 22 Nov 2026 22:41:00 GMT\r\n",                      \
    FAULT(400, "InvalidSignatureException")
    static const struct script_exchange exchanges[] = {IDENTITY,
                                                       {SKEWED},
                                                       {SKEWED},
                                                       {.has = {"X-Amz-Date: 20261122T224100Z"}},
                                                       {.has = {"X-Amz-Date: 20261122T224100Z"}}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    start(&fixture, 0, "sagemaker", "ListDomains");
    start(&fixture, 1, "sagemaker", "ListDomains");
    run_until_requests(&fixture, 3);
    script_release(&fixture.script);
    run(&fixture, 2);
    check(&fixture, 0, SK_OK, 2);
    check(&fixture, 1, SK_OK, 2);
    end(&fixture);
}

/* The date that is sent and the date that is signed are one look at the clock. */
static void test_one_moment_is_sent_and_signed(void **state)
{
    static const struct script_exchange exchanges[] = {IDENTITY, {.reply = "{\"Domains\":[]}"}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    fixture.step_s = 86400;
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_OK, 1);
    const char *date = strstr(fixture.script.last_request, "X-Amz-Date: ");
    const char *scope = strstr(fixture.script.last_request, "Credential=");
    assert_non_null(date);
    assert_non_null(scope);
    assert_memory_equal(strchr(scope, '/') + 1, date + strlen("X-Amz-Date: "), 8);
    end(&fixture);
}

/* The account's own region is eu-west-1. */
static void test_sts_is_of_the_region_that_is_set(void **state)
{
    static const struct {
        const char *name, *variable, *value, *signed_for;
    } cases[] = {
        {"nothing is set", "AWS_PROFILE", "default", "/eu-west-1/sts/"},
        {"AWS_REGION", "AWS_REGION", "ap-south-1", "/ap-south-1/sts/"},
        {"AWS_DEFAULT_REGION", "AWS_DEFAULT_REGION", "ap-south-1", "/ap-south-1/sts/"},
        {"in another partition", "AWS_REGION", "cn-north-1", "/eu-west-1/sts/"},
        {"no region at all", "AWS_REGION", "mars", "/eu-west-1/sts/"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct script_exchange exchanges[] = {
            {.has = {"Action=GetCallerIdentity", cases[i].signed_for},
             .status = 403,
             .reply = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"}};
        struct fixture fixture;
        prepare(&fixture, exchanges, 1);
        fixture.variables[4] = cases[i].variable;
        fixture.variables[5] = cases[i].value;
        static const struct sk_aws_account_opts account = {.account_id = ID};
        make_client(&fixture, &account, 0);
        start(&fixture, 0, "sagemaker", "ListDomains");
        run(&fixture, 1);
        if (!strstr(fixture.script.last_request, cases[i].signed_for))
            fail_msg("%s: %s", cases[i].name, fixture.script.last_request);
        end(&fixture);
    }
}

static void test_wrong_secret_is_no_matter_of_the_clock(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.headers = "Date: Sun, 22 Nov 2026 20:41:20 GMT\r\n",
         XML_FAULT(403, "SignatureDoesNotMatch")}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CREDENTIALS, 0);
    end(&fixture);
}

/* How one operation ends after a list of answers. */
static void test_attempts(void **state)
{
    static const struct {
        const char *name, *service, *operation;
        unsigned propagation_ms;
        struct script_exchange exchanges[4];
        enum sk_errc code;
        unsigned attempts;
        bool outcome_unknown;
    } cases[] = {
        {"server failure, then fine",
         "sagemaker",
         "ListDomains",
         0,
         {{FAULT(500, "InternalFailure")}, {LIST}},
         SK_OK,
         2,
         false},
        {"throttle, then fine",
         "sagemaker",
         "ListDomains",
         0,
         {{FAULT(400, "ThrottlingException")}, {LIST}},
         SK_OK,
         2,
         false},
        {"throttled create, then fine",
         "sagemaker",
         "CreateDomain",
         0,
         {{FAULT(400, "ThrottlingException")}, {.reply = "{}"}},
         SK_OK,
         2,
         false},
        {"dropped read, then fine",
         "sagemaker",
         "ListDomains",
         0,
         {{.act = SCRIPT_DROP}, {LIST}},
         SK_OK,
         2,
         false},
        {"truncated read, then fine",
         "sagemaker",
         "ListDomains",
         0,
         {{.act = SCRIPT_TRUNCATE}, {LIST}},
         SK_OK,
         2,
         false},
        {"garbage, then fine",
         "sagemaker",
         "ListDomains",
         0,
         {{.reply = "<html>"}, {LIST}},
         SK_OK,
         2,
         false},
        {"always failing",
         "sagemaker",
         "ListDomains",
         0,
         {{FAULT(500, "InternalFailure")}, {.act = SCRIPT_DROP}, {FAULT(503, "X")}},
         SK_E_TRANSIENT,
         3,
         false},
        {"create without a key: never twice",
         "sagemaker",
         "CreateDomain",
         0,
         {{.act = SCRIPT_DROP}},
         SK_E_NETWORK,
         1,
         true},
        {"nor after a failure of the server",
         "sagemaker",
         "CreateDomain",
         0,
         {{FAULT(500, "InternalFailure")}},
         SK_E_TRANSIENT,
         1,
         true},
        {"nor after an answer that cannot be read",
         "iam",
         "CreatePolicyVersion",
         0,
         {{.reply = "{}"}},
         SK_E_PROTOCOL,
         1,
         true},
        {"create with a natural key: it was us",
         "iam",
         "CreateRole",
         0,
         {{.act = SCRIPT_DROP}, {XML_FAULT(409, "EntityAlreadyExists")}},
         SK_E_EXISTS,
         2,
         true},
        {"create with a natural key: it was somebody",
         "iam",
         "CreateRole",
         0,
         {{XML_FAULT(409, "EntityAlreadyExists")}},
         SK_E_EXISTS,
         1,
         false},
        {"delete after a lost answer",
         "iam",
         "DeleteRole",
         0,
         {{.act = SCRIPT_DROP}, {XML_FAULT(404, "NoSuchEntity")}},
         SK_E_NOT_FOUND,
         2,
         true},
        {"unknown, then fine",
         "iam",
         "DeleteRole",
         0,
         {{.act = SCRIPT_DROP}, {.reply = "<DeleteRoleResponse/>"}},
         SK_OK,
         2,
         false},
        {"denied",
         "sagemaker",
         "ListDomains",
         0,
         {{FAULT(400, "AccessDeniedException")}},
         SK_E_DENIED,
         1,
         false},
        {"busy is not waited for",
         "sagemaker",
         "UpdateDomain",
         0,
         {{FAULT(400, "ResourceInUse")}},
         SK_E_BUSY,
         1,
         false},
        {"propagation without a window",
         "iam",
         "UpdateAssumeRolePolicy",
         0,
         {{.status = 400,
           .reply = "<ErrorResponse><Error><Code>MalformedPolicyDocument</Code><Message>Invalid "
                    "principal in policy</Message></Error></ErrorResponse>"}},
         SK_E_PROPAGATING,
         1,
         false},
        {"propagation within its window",
         "iam",
         "UpdateAssumeRolePolicy",
         60000,
         {{.status = 400,
           .reply = "<ErrorResponse><Error><Code>MalformedPolicyDocument</Code><Message>Invalid "
                    "principal in policy</Message></Error></ErrorResponse>"},
          {.reply = "<UpdateAssumeRolePolicyResponse/>"}},
         SK_OK,
         2,
         false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct script_exchange exchanges[5] = {IDENTITY};
        memcpy(exchanges + 1, cases[i].exchanges, sizeof(cases[i].exchanges));
        struct fixture fixture;
        begin(&fixture, exchanges, 1 + cases[i].attempts);
        fixture.calls[0].propagation_ms = cases[i].propagation_ms;
        start(&fixture, 0, cases[i].service, cases[i].operation);
        run(&fixture, 1);
        if (fixture.results[0].code != cases[i].code ||
            fixture.results[0].attempts != cases[i].attempts ||
            fixture.results[0].outcome_unknown != cases[i].outcome_unknown)
            fail_msg("%s: %s, %u attempts, unknown %d: %s", cases[i].name,
                     sk_errc_name(fixture.results[0].code), fixture.results[0].attempts,
                     fixture.results[0].outcome_unknown, fixture.results[0].message);
        assert_int_equal(fixture.event_count, 1 + cases[i].attempts);
        for (unsigned k = 1; k < fixture.event_count; k++)
            assert_int_equal(fixture.events[k].will_retry, k < cases[i].attempts);
        end(&fixture);
    }
}

static void test_pages(void **state)
{
    static const struct script_exchange exchanges[] = {
        IDENTITY,
        {.body = "{\"MaxResults\":100}", .reply = "{\"Domains\":[1],\"NextToken\":\"a\"}"},
        {.body = "{\"MaxResults\":100,\"NextToken\":\"a\"}", FAULT(500, "InternalFailure")},
        {.body = "{\"MaxResults\":100,\"NextToken\":\"a\"}",
         .reply = "{\"Domains\":[],\"NextToken\":\"b\"}"},
        {.body = "{\"MaxResults\":100,\"NextToken\":\"b\"}", .reply = "{\"Domains\":[2]}"}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    fixture.calls[0].all_pages = true;
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_OK, 4);
    assert_string_equal(fixture.results[0].output, "{\"Domains\":[1,2]}");
    end(&fixture);
}

static void test_expired_page_token_starts_again_once(void **state)
{
    static const struct script_exchange exchanges[] = {
        IDENTITY,
        {.body = "{\"ResourcesPerPage\":100}",
         .reply = "{\"ResourceTagMappingList\":[1],\"PaginationToken\":\"a\"}"},
        {.has = {"\"a\""}, FAULT(400, "PaginationTokenExpiredException")},
        {.body = "{\"ResourcesPerPage\":100}",
         .reply = "{\"ResourceTagMappingList\":[2],\"PaginationToken\":\"b\"}"},
        {.has = {"\"b\""}, FAULT(400, "PaginationTokenExpiredException")}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    fixture.calls[0].all_pages = true;
    start(&fixture, 0, "tagging", "GetResources");
    run(&fixture, 1);
    check(&fixture, 0, SK_E_STALE, 4);
    end(&fixture);
}

static void test_profile_role(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.has = {"Action=AssumeRole", "Credential=BASE/", "RoleArn=arn%3Afirst"},
         .reply = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>MIDDLE"
                  "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
                  "</SessionToken><Expiration>2026-11-22T21:41:00Z</Expiration></Credentials>"
                  "</AssumeRoleResult></AssumeRoleResponse>"},
        {.has = {"Action=AssumeRole", "Credential=MIDDLE/", "RoleArn=arn%3Asecond",
                 "RoleSessionName=me"},
         .reply = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>LAST"
                  "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
                  "</SessionToken><Expiration>2026-11-22T21:41:00Z</Expiration></Credentials>"
                  "</AssumeRoleResult></AssumeRoleResponse>"},
        {IDENTITY_OF(ID)},
        {.has = {"Credential=LAST/"}}};
    static const char config[] =
        "[profile work]\nrole_arn = arn:second\nsource_profile = middle\nrole_session_name = me\n"
        "[profile middle]\nrole_arn = arn:first\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n";
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 4);
    char path[] = "/tmp/sk_test_aws.XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, config, sizeof(config) - 1) == sizeof(config) - 1);
    close(file);
    fixture.variables[0] = "AWS_CONFIG_FILE";
    fixture.variables[1] = path;
    fixture.variables[2] = "AWS_PROFILE";
    fixture.variables[3] = "work";
    make_client(&fixture, NULL, 0);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_OK, 1);
    unlink(path);
    end(&fixture);
}

static void test_profiles_that_name_each_other(void **state)
{
    static const char config[] = "[default]\nrole_arn = arn:a\nsource_profile = b\n"
                                 "[profile b]\nrole_arn = arn:b\nsource_profile = default\n";
    struct fixture fixture;
    (void)state;
    prepare(&fixture, NULL, 0);
    char path[] = "/tmp/sk_test_aws.XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, config, sizeof(config) - 1) == sizeof(config) - 1);
    close(file);
    fixture.variables[0] = "AWS_CONFIG_FILE";
    fixture.variables[1] = path;
    fixture.variables[2] = NULL;
    make_client(&fixture, NULL, 0);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CREDENTIALS, 0);
    assert_non_null(strstr(fixture.results[0].message, "chained"));
    unlink(path);
    end(&fixture);
}

static void test_cancel_before_and_while_waiting(void **state)
{
    static const struct script_exchange exchanges[] = {{.act = SCRIPT_HOLD, IDENTITY_OF(ID)},
                                                       {LIST}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    sk_aws_call_cancel(start(&fixture, 0, "sagemaker", "ListDomains"));
    assert_int_equal(fixture.done, 0);
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CANCELED, 0);
    struct sk_aws_call *waiting = start(&fixture, 1, "sagemaker", "ListDomains");
    start(&fixture, 2, "sagemaker", "ListDomains");
    run_until_requests(&fixture, 1);
    sk_aws_call_cancel(waiting);
    sk_aws_call_cancel(waiting);
    run(&fixture, 2);
    check(&fixture, 1, SK_E_CANCELED, 0);
    script_release(&fixture.script);
    run(&fixture, 3);
    check(&fixture, 2, SK_OK, 1);
    end(&fixture);
}

static void test_cancel_in_flight_and_asleep(void **state)
{
    static const struct script_exchange exchanges[] = {
        IDENTITY, {.act = SCRIPT_HOLD}, {.headers = "Retry-After: 100\r\n", FAULT(500, "X")}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    struct sk_aws_call *flying = start(&fixture, 0, "sagemaker", "UpdateDomain");
    run_until_requests(&fixture, 2);
    sk_aws_call_cancel(flying);
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CANCELED, 1);
    assert_true(fixture.results[0].outcome_unknown);
    struct sk_aws_call *asleep = start(&fixture, 1, "sagemaker", "ListDomains");
    assert_int_equal(fixture.events[1].code, SK_E_CANCELED);
    while (fixture.event_count < 3)
        uv_run(&fixture.loop, UV_RUN_ONCE);
    sk_aws_call_cancel(asleep);
    run(&fixture, 2);
    check(&fixture, 1, SK_E_CANCELED, 1);
    assert_false(fixture.results[1].outcome_unknown);
    end(&fixture);
}

static void test_in_flight_is_bounded(void **state)
{
    static const struct script_exchange exchanges[] = {
        IDENTITY, {.act = SCRIPT_HOLD}, {.act = SCRIPT_HOLD}, {LIST}, {LIST}, {LIST}};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 6);
    make_client(&fixture, NULL, 2);
    for (unsigned i = 0; i < 5; i++)
        start(&fixture, i, "sagemaker", "ListDomains");
    run_until_requests(&fixture, 3);
    for (int i = 0; i < 20; i++)
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture.script.requests, 3);
    script_release(&fixture.script);
    run(&fixture, 5);
    end(&fixture);
}

static void test_call_is_started_again_in_its_callback(void **state)
{
    static const struct script_exchange exchanges[] = {
        IDENTITY, {.reply = "{\"n\":1}"}, {.reply = "{\"n\":2}"}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    fixture.restart_in_callback = true;
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 2);
    assert_string_equal(fixture.results[0].output, "{\"n\":2}");
    end(&fixture);
}

static void test_free_cancels(void **state)
{
    static const struct script_exchange exchanges[] = {IDENTITY, {.act = SCRIPT_HOLD}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    start(&fixture, 0, "sagemaker", "CreateDomain");
    run_until_requests(&fixture, 2);
    start(&fixture, 1, "sagemaker", "ListDomains");
    sk_aws_free(fixture.aws);
    fixture.aws = NULL;
    assert_int_equal(fixture.done, 2);
    check(&fixture, 0, SK_E_CANCELED, 1);
    assert_true(fixture.results[0].outcome_unknown);
    check(&fixture, 1, SK_E_CANCELED, 0);
    end(&fixture);
}

static void test_free_in_callback(void **state)
{
    static const struct script_exchange exchanges[] = {IDENTITY, {.act = SCRIPT_HOLD}, {LIST}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    start(&fixture, 0, "sagemaker", "UpdateDomain");
    run_until_requests(&fixture, 2);
    start(&fixture, 1, "sagemaker", "ListDomains");
    fixture.free_in_callback = true;
    run(&fixture, 2);
    check(&fixture, 0, SK_E_CANCELED, 1);
    check(&fixture, 1, SK_OK, 1);
    end(&fixture);
}

/* Nobody waits for the credentials any more, but their request is still under way. */
static void test_account_is_freed_while_it_fetches(void **state)
{
    static const struct script_exchange exchanges[] = {{.act = SCRIPT_HOLD}};
    static const struct sk_aws_account_opts account = {.role_arn = "arn:r"};
    struct fixture fixture;
    (void)state;
    prepare(&fixture, exchanges, 1);
    make_client(&fixture, &account, 0);
    struct sk_aws_call *call = start(&fixture, 0, "sagemaker", "ListDomains");
    run_until_requests(&fixture, 1);
    sk_aws_call_cancel(call);
    run(&fixture, 1);
    sk_aws_account_free(fixture.account);
    fixture.account = NULL;
    for (int i = 0; i < 5; i++)
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
    end(&fixture);
}

static void test_messages_hold_no_secrets(void **state)
{
    static const struct script_exchange exchanges[] = {
        {.headers = "Date: Sun, 22 Nov 2026 20:41:20 GMT\r\n",
         .status = 403,
         .reply = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The Canonical "
                  "String should have been\n'POST\n/\n\nhost:h\nx-amz-security-token:TOKENTOKEN\n"
                  "'</Message></Error></ErrorResponse>"}};
    struct fixture fixture;
    (void)state;
    BEGIN(&fixture, exchanges);
    start(&fixture, 0, "sagemaker", "ListDomains");
    run(&fixture, 1);
    check(&fixture, 0, SK_E_CREDENTIALS, 0);
    assert_null(strstr(fixture.results[0].message, "TOKENTOKEN"));
    assert_null(strchr(fixture.results[0].message, '\n'));
    end(&fixture);
}

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define TOKEN  "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+Ab1/+="

/* Some servers repeat what they got. */
static void test_messages_hold_no_secret_of_the_call(void **state)
{
#define XML(message)                                                                               \
    "<ErrorResponse><Error><Code>X</Code><Message>" message "</Message></Error></ErrorResponse>"
    static const struct {
        const char *name, *reply, *message;
    } cases[] = {
        {"token", XML("bad token " TOKEN ", sorry"), "bad token ***, sorry"},
        {"half a token", XML("IQoJb3JpZ2luX2VjEJr//////////wEaCX... is bad"), "***... is bad"},
        {"key", XML(SECRET SECRET), "X: ******"},
        {"page of a proxy", "<html>you sent " TOKEN "</html>", "you sent ***"},
        {"not a secret", XML("IQoJb3JpZ2lu"), "IQoJb3JpZ2lu"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct script_exchange exchanges[] = {{.status = 403, .reply = cases[i].reply}};
        struct fixture fixture;
        prepare(&fixture, exchanges, 1);
        fixture.variables[3] = SECRET;
        fixture.variables[4] = "AWS_SESSION_TOKEN";
        fixture.variables[5] = TOKEN;
        make_client(&fixture, NULL, 0);
        start(&fixture, 0, "sagemaker", "ListDomains");
        run(&fixture, 1);
        const char *message = fixture.results[0].message;
        if (!strstr(message, cases[i].message) || strstr(message, "X2VjEJr") ||
            strstr(message, "wJalr"))
            fail_msg("%s: %s", cases[i].name, message);
        end(&fixture);
    }
#undef XML
}

/* Pages of proxies and of other implementations: the status and what can be read of them. */
static void test_answers_of_somebody_else(void **state)
{
#define PAGE                                                                                       \
    "<!doctype html>\n<html lang=en><title>Oh  no</title>\n<h1>It\tfell \xc3\xbc</h1></html>"
    static const struct {
        const char *operation;
        struct script_exchange exchange;
        unsigned attempts;
        enum sk_errc code;
        const char *message;
    } cases[] = {
        {"ListDomains",
         {.status = 502, .reply = PAGE},
         3,
         SK_E_TRANSIENT,
         "sagemaker ListDomains: HTTP 502 without an error code: Oh no It fell ??"},
        {"ListDomains",
         {.status = 501, .reply = ""},
         1,
         SK_E_INVALID,
         "sagemaker ListDomains: HTTP 501 without an error code: no message"},
        {"ListDomains",
         {.status = 404, .reply = PAGE},
         1,
         SK_E_INVALID,
         "HTTP 404 without an error code: Oh no"},
        {"ListDomains",
         {.status = 307, .headers = "Location: http://127.0.0.1:1/\r\n", .reply = ""},
         3,
         SK_E_PROTOCOL,
         "HTTP 307 without an error code"},
        {"ListDomains",
         {.status = 400, .headers = "x-amzn-ErrorType: ns#Mishap:http://a/\r\n", .reply = "{}"},
         1,
         SK_E_INVALID,
         "sagemaker ListDomains: Mishap: {}"},
    };
#undef PAGE
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct script_exchange exchanges[4] = {IDENTITY};
        for (unsigned k = 1; k <= cases[i].attempts; k++)
            exchanges[k] = cases[i].exchange;
        struct fixture fixture;
        begin(&fixture, exchanges, 1 + cases[i].attempts);
        start(&fixture, 0, "sagemaker", cases[i].operation);
        run(&fixture, 1);
        check(&fixture, 0, cases[i].code, cases[i].attempts);
        if (!strstr(fixture.results[0].message, cases[i].message))
            fail_msg("\"%s\" is not \"%s\"", fixture.results[0].message, cases[i].message);
        end(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_call),
        cmocka_unit_test(test_query_call),
        cmocka_unit_test(test_bad_calls_never_call_back),
        cmocka_unit_test(test_wrong_account_is_refused),
        cmocka_unit_test(test_role_is_assumed_once_for_all),
        cmocka_unit_test(test_refresh_before_expiry),
        cmocka_unit_test(test_short_session),
        cmocka_unit_test(test_credentials_that_have_expired),
        cmocka_unit_test(test_clock_jumps_under_calls_in_flight),
        cmocka_unit_test(test_failed_early_refresh_goes_on),
        cmocka_unit_test(test_role_that_cannot_be_assumed),
        cmocka_unit_test(test_expired_token_is_refreshed),
        cmocka_unit_test(test_refused_keys_stop_the_account),
        cmocka_unit_test(test_fresh_credentials_refused_too),
        cmocka_unit_test(test_no_credentials),
        cmocka_unit_test(test_clock_is_learnt),
        cmocka_unit_test(test_one_moment_is_sent_and_signed),
        cmocka_unit_test(test_sts_is_of_the_region_that_is_set),
        cmocka_unit_test(test_wrong_secret_is_no_matter_of_the_clock),
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_expired_page_token_starts_again_once),
        cmocka_unit_test(test_profile_role),
        cmocka_unit_test(test_profiles_that_name_each_other),
        cmocka_unit_test(test_cancel_before_and_while_waiting),
        cmocka_unit_test(test_cancel_in_flight_and_asleep),
        cmocka_unit_test(test_in_flight_is_bounded),
        cmocka_unit_test(test_call_is_started_again_in_its_callback),
        cmocka_unit_test(test_free_cancels),
        cmocka_unit_test(test_free_in_callback),
        cmocka_unit_test(test_account_is_freed_while_it_fetches),
        cmocka_unit_test(test_messages_hold_no_secrets),
        cmocka_unit_test(test_messages_hold_no_secret_of_the_call),
        cmocka_unit_test(test_answers_of_somebody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
