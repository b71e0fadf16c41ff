/* The error table and what follows from it: retries and the adaptive rate. */
#include <stdio.h>
#include <string.h>

#include "aws/bucket.h"
#include "aws/error.h"
#include "aws/retry.h"
#include "sk_test.h"

static void test_classes(void **state)
{
    static const struct {
        const char *service, *operation;
        int status;
        const char *code, *message, *reason;
        enum sk_errc expected;
    } cases[] = {
        /* SageMaker: in use means "exists" on create, "busy" on the rest. */
        {"sagemaker", "CreateUserProfile", 400, "ResourceInUse", "m", NULL, SK_E_EXISTS},
        {"sagemaker", "UpdateUserProfile", 400, "ResourceInUse", "m", NULL, SK_E_BUSY},
        {"sagemaker", "DeleteUserProfile", 400, "ResourceInUse", "m", NULL, SK_E_BUSY},
        {"sagemaker", "DeleteDomain", 400, "ResourceInUse",
         "Unable to delete Domain d-1 because UserProfile(s) are associated with it", NULL,
         SK_E_DEPENDENCY},
        {"sagemaker", "DescribeDomain", 400, "ResourceNotFound", "m", NULL, SK_E_NOT_FOUND},
        {"sagemaker", "CreateDomain", 400, "ResourceLimitExceeded", "m", NULL, SK_E_QUOTA},
        {"sagemaker", "DescribeApp", 400, "ValidationException", "RecordNotFound", NULL,
         SK_E_NOT_FOUND},
        {"sagemaker", "DescribeApp", 400, "ValidationException", "App x does not exist.", NULL,
         SK_E_NOT_FOUND},
        {"sagemaker", "DescribeApp", 400, "ValidationException", "Cannot find app", NULL,
         SK_E_NOT_FOUND},
        {"sagemaker", "CreateUserProfile", 400, "ValidationException", "1 validation error", NULL,
         SK_E_INVALID},
        {"sagemaker", "CreateUserProfile", 400, "ValidationException",
         "Could not assume role arn:aws:iam::1:role/r. Please ensure that the role exists and "
         "allows principal 'sagemaker.amazonaws.com' to assume the role.",
         NULL, SK_E_PROPAGATING},
        {"sagemaker", "CreateDomain", 400, "ValidationException",
         "The execution role ARN is invalid. Please ensure that the role exists", NULL,
         SK_E_PROPAGATING},
        {"sagemaker", "UpdateDomain", 400, "ThrottlingException", "Rate exceeded", NULL,
         SK_E_THROTTLED},
        {"sagemaker", "UpdateDomain", 400, "ValidationException", "Rate exceeded", NULL,
         SK_E_THROTTLED},
        {"sagemaker", "UpdateDomain", 400, "ValidationException",
         "Domain d-1 is not InService, its status is Updating", NULL, SK_E_BUSY},
        {"sagemaker", "ListTags", 400, "AccessDeniedException", "m", NULL, SK_E_DENIED},
        /* IAM */
        {"iam", "AttachRolePolicy", 404, "NoSuchEntity", "m", NULL, SK_E_NOT_FOUND},
        {"iam", "CreateRole", 409, "EntityAlreadyExists", "m", NULL, SK_E_EXISTS},
        {"iam", "DeleteRole", 409, "DeleteConflict", "m", NULL, SK_E_DEPENDENCY},
        {"iam", "TagRole", 409, "ConcurrentModification", "m", NULL, SK_E_CONFLICT},
        {"iam", "TagRole", 409, "EntityTemporarilyUnmodifiable", "m", NULL, SK_E_CONFLICT},
        {"iam", "CreatePolicyVersion", 409, "LimitExceeded", "m", NULL, SK_E_QUOTA},
        {"iam", "UpdateAssumeRolePolicy", 400, "MalformedPolicyDocument",
         "Invalid principal in policy: \"AWS\":\"arn\"", NULL, SK_E_PROPAGATING},
        {"iam", "UpdateAssumeRolePolicy", 400, "MalformedPolicyDocument", "Syntax errors", NULL,
         SK_E_INVALID},
        {"iam", "UpdateRole", 400, "UnmodifiableEntity", "m", NULL, SK_E_INVALID},
        {"iam", "ListRoles", 400, "Throttling", "Rate exceeded", NULL, SK_E_THROTTLED},
        {"iam", "ListRoles", 500, "ServiceFailure", "m", NULL, SK_E_TRANSIENT},
        {"iam", "CreateRole", 400, "ValidationError", "m", NULL, SK_E_INVALID},
        /* Credentials and clock */
        {"sts", "AssumeRole", 403, "AccessDenied", "m", NULL, SK_E_DENIED},
        {"sts", "GetCallerIdentity", 403, "ExpiredToken", "m", NULL, SK_E_CREDENTIALS},
        {"sagemaker", "ListDomains", 400, "ExpiredTokenException", "m", NULL, SK_E_CREDENTIALS},
        {"iam", "ListRoles", 403, "InvalidClientTokenId", "m", NULL, SK_E_CREDENTIALS},
        {"sagemaker", "ListDomains", 400, "UnrecognizedClientException", "m", NULL,
         SK_E_CREDENTIALS},
        {"iam", "ListRoles", 403, "SignatureDoesNotMatch", "m", NULL, SK_E_CLOCK},
        {"sagemaker", "ListDomains", 400, "InvalidSignatureException", "m", NULL, SK_E_CLOCK},
        {"iam", "ListRoles", 403, "RequestTimeTooSkewed", "m", NULL, SK_E_CLOCK},
        /* One code for two things */
        {"identitystore", "CreateGroup", 400, "ConflictException", "m",
         "UNIQUENESS_CONSTRAINT_VIOLATION", SK_E_EXISTS},
        {"identitystore", "CreateGroup", 400, "ConflictException", "m", "CONCURRENT_MODIFICATION",
         SK_E_CONFLICT},
        {"identitystore", "UpdateGroup", 400, "ConflictException", "m", NULL, SK_E_CONFLICT},
        {"identitystore", "GetUserId", 400, "ResourceNotFoundException", "m", NULL, SK_E_NOT_FOUND},
        {"identitystore", "GetUserId", 400, "ResourceNotFoundException", "m", "KMS_KEY_NOT_FOUND",
         SK_E_DENIED},
        {"sso-admin", "ListInstances", 400, "ResourceNotFoundException", "m",
         "KMS_NotFoundException", SK_E_DENIED},
        {"tagging", "GetResources", 400, "ThrottledException", "m", NULL, SK_E_THROTTLED},
        {"tagging", "GetResources", 400, "PaginationTokenExpiredException", "m", NULL, SK_E_STALE},
        {"servicequotas", "GetServiceQuota", 400, "TooManyRequestsException", "m", NULL,
         SK_E_THROTTLED},
        {"servicequotas", "GetServiceQuota", 400, "NoSuchResourceException", "m", NULL,
         SK_E_NOT_FOUND},
        {"ec2", "CreateVpc", 400, "VpcLimitExceeded", "m", NULL, SK_E_QUOTA},
        {"ec2", "CreateVpc", 503, "RequestLimitExceeded", "m", NULL, SK_E_THROTTLED},
        {"ec2", "DeleteVpc", 400, "InvalidVpcID.NotFound", "m", NULL, SK_E_NOT_FOUND},
        {"organizations", "CreatePolicy", 400, "DuplicatePolicyException", "m", NULL, SK_E_EXISTS},
        {"organizations", "CreatePolicy", 400, "ConstraintViolationException",
         "You have exceeded the limit", NULL, SK_E_QUOTA},
        /* Only a status */
        {"sagemaker", "ListDomains", 500, NULL, NULL, NULL, SK_E_TRANSIENT},
        {"sagemaker", "ListDomains", 502, NULL, NULL, NULL, SK_E_TRANSIENT},
        {"sagemaker", "ListDomains", 503, "SomethingNew", "m", NULL, SK_E_TRANSIENT},
        {"sagemaker", "ListDomains", 429, "SomethingNew", "m", NULL, SK_E_THROTTLED},
        {"sagemaker", "ListDomains", 429, "ValidationException", "m", NULL, SK_E_THROTTLED},
        {"sagemaker", "ListDomains", 404, NULL, NULL, NULL, SK_E_INVALID},
        {"sagemaker", "ListDomains", 403, NULL, NULL, NULL, SK_E_DENIED},
        {"sagemaker", "ListDomains", 400, "SomethingNew", "m", NULL, SK_E_INVALID},
        {"sagemaker", "ListDomains", 302, NULL, NULL, NULL, SK_E_PROTOCOL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct sk_aws_error_facts facts = {cases[i].service, cases[i].operation,
                                                 cases[i].status,  cases[i].code,
                                                 cases[i].message, cases[i].reason};
        enum sk_errc got = sk_aws_error_classify(&facts);
        if (got != cases[i].expected)
            fail_msg("%s %s %d %s (%s): %s", cases[i].service, cases[i].operation, cases[i].status,
                     cases[i].code ? cases[i].code : "-", cases[i].message ? cases[i].message : "-",
                     sk_errc_name(got));
    }
}

/* Builds what a row asks for and looks whether that row, or one before it with the same result, is
 * what it gets: a row that can never fit is a defect. */
static void test_every_row_can_be_reached(void **state)
{
    size_t count;
    const struct sk_aws_error_row *rows = sk_aws_error_rows(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        char code[64] = "Some";
        const char *pattern = rows[i].code ? rows[i].code : "Any";
        if (pattern[0] == '*')
            snprintf(code, sizeof(code), "Some%s", pattern + 1);
        else
            snprintf(code, sizeof(code), "%.*s", (int)strcspn(pattern, "*"), pattern);
        const struct sk_aws_error_facts facts = {
            .service = rows[i].service ? rows[i].service : "kms",
            .operation = rows[i].operation ? rows[i].operation : "DoIt",
            .status = 400,
            .code = code,
            .message = rows[i].message ? rows[i].message : "m",
            .reason = rows[i].reason};
        if (sk_aws_error_classify(&facts) != rows[i].result)
            fail_msg("row %zu (%s) is hidden by one before it", i, pattern);
        assert_int_not_equal(rows[i].result, SK_OK);
    }
}

static void test_outcome_unknown(void **state)
{
    static const struct {
        enum sk_errc code;
        enum sk_aws_effect effect;
        bool sent, unknown;
    } cases[] = {
        {SK_E_NETWORK, SK_AWS_WRITE, true, true},
        {SK_E_NETWORK, SK_AWS_WRITE, false, false},
        {SK_E_NETWORK, SK_AWS_READ, true, false},
        {SK_E_TIMEOUT, SK_AWS_WRITE_ONCE, true, true},
        {SK_E_TRANSIENT, SK_AWS_WRITE, true, true},
        {SK_E_PROTOCOL, SK_AWS_WRITE, true, true},
        {SK_E_CANCELED, SK_AWS_WRITE, true, true},
        {SK_E_BOUND, SK_AWS_WRITE, true, true},
        {SK_E_THROTTLED, SK_AWS_WRITE, true, false},
        {SK_E_DENIED, SK_AWS_WRITE, true, false},
        {SK_E_EXISTS, SK_AWS_WRITE_ONCE, true, false},
        {SK_OK, SK_AWS_WRITE, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(
            sk_aws_error_outcome_unknown(cases[i].code, cases[i].effect, cases[i].sent),
            cases[i].unknown);
}

/* How many attempts a call that always fails in one way makes. */
static unsigned attempts_of(enum sk_errc code, enum sk_aws_effect effect, bool sent)
{
    const struct sk_aws_retry_policy policy = sk_aws_retry_policy(4);
    struct sk_aws_retry retry = {0};
    unsigned attempts = 1;
    for (;;) {
        const struct sk_aws_attempt attempt = {
            .code = code, .effect = effect, .sent = sent, .chance = 0.5};
        unsigned pause_ms = 0;
        if (sk_aws_retry_decide(&policy, &retry, &attempt, &pause_ms) == SK_AWS_GIVE_UP)
            return attempts;
        attempts++;
    }
}

static void test_attempts(void **state)
{
    (void)state;
    assert_int_equal(attempts_of(SK_E_TRANSIENT, SK_AWS_READ, true), 4);
    assert_int_equal(attempts_of(SK_E_NETWORK, SK_AWS_WRITE, true), 4);
    assert_int_equal(attempts_of(SK_E_CONFLICT, SK_AWS_WRITE, true), 4);
    assert_int_equal(attempts_of(SK_E_PROTOCOL, SK_AWS_READ, true), 4);
    assert_int_equal(attempts_of(SK_E_THROTTLED, SK_AWS_WRITE_ONCE, true), 8);
    /* Never twice after an unknown outcome, but again when nothing was sent. */
    assert_int_equal(attempts_of(SK_E_NETWORK, SK_AWS_WRITE_ONCE, true), 1);
    assert_int_equal(attempts_of(SK_E_TIMEOUT, SK_AWS_WRITE_ONCE, true), 1);
    assert_int_equal(attempts_of(SK_E_TRANSIENT, SK_AWS_WRITE_ONCE, true), 1);
    assert_int_equal(attempts_of(SK_E_NETWORK, SK_AWS_WRITE_ONCE, false), 4);
    assert_int_equal(attempts_of(SK_E_CONFLICT, SK_AWS_WRITE_ONCE, true), 4);
    assert_int_equal(attempts_of(SK_E_CREDENTIALS, SK_AWS_WRITE_ONCE, true), 2);
    assert_int_equal(attempts_of(SK_E_CLOCK, SK_AWS_WRITE_ONCE, true), 2);
    /* Nothing that somebody else has to solve. */
    static const enum sk_errc final[] = {
        SK_E_DENIED, SK_E_NOT_FOUND, SK_E_EXISTS,   SK_E_BUSY,    SK_E_INVALID, SK_E_DEPENDENCY,
        SK_E_QUOTA,  SK_E_BOUND,     SK_E_CANCELED, SK_E_REFUSED, SK_E_STALE,   SK_E_PROPAGATING};
    for (size_t i = 0; i < sizeof(final) / sizeof(*final); i++)
        assert_int_equal(attempts_of(final[i], SK_AWS_READ, true), 1);
}

static void test_pauses(void **state)
{
    const struct sk_aws_retry_policy policy = sk_aws_retry_policy(0);
    struct sk_aws_retry retry = {0};
    struct sk_aws_attempt attempt = {.code = SK_E_TRANSIENT, .chance = 0.999999};
    static const unsigned bounds[] = {100, 200, 400, 800};
    unsigned pause_ms;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(sk_aws_retry_decide(&policy, &retry, &attempt, &pause_ms), SK_AWS_PAUSE);
        assert_in_range(pause_ms, bounds[i] - 1, bounds[i]);
    }
    assert_int_equal(sk_aws_retry_decide(&policy, &retry, &attempt, &pause_ms), SK_AWS_GIVE_UP);
    /* Full jitter goes down to nothing; what the server asks for counts when it is more. */
    retry = (struct sk_aws_retry){0};
    attempt.chance = 0;
    assert_int_equal(sk_aws_retry_decide(&policy, &retry, &attempt, &pause_ms), SK_AWS_PAUSE);
    assert_int_equal(pause_ms, 0);
    attempt.retry_after_s = 3;
    assert_int_equal(sk_aws_retry_decide(&policy, &retry, &attempt, &pause_ms), SK_AWS_PAUSE);
    assert_int_equal(pause_ms, 3000);
    attempt.retry_after_s = 1e9;
    assert_int_equal(sk_aws_retry_decide(&policy, &retry, &attempt, &pause_ms), SK_AWS_GIVE_UP);
    /* The bound does not grow past the cap. */
    retry = (struct sk_aws_retry){.throttles = 8};
    attempt = (struct sk_aws_attempt){.code = SK_E_THROTTLED, .chance = 0.999999};
    assert_int_equal(sk_aws_retry_decide(&policy, &retry, &attempt, &pause_ms), SK_AWS_PAUSE);
    assert_in_range(pause_ms, 19999, 20000);
}

static void test_propagation_has_a_window(void **state)
{
    const struct sk_aws_retry_policy policy = sk_aws_retry_policy(2);
    struct sk_aws_retry retry = {0};
    unsigned pause_ms = 0;
    unsigned attempts = 0;
    int64_t now_ms = 5000;
    (void)state;
    for (;;) {
        const struct sk_aws_attempt attempt = {.code = SK_E_PROPAGATING,
                                               .effect = SK_AWS_WRITE_ONCE,
                                               .sent = true,
                                               .propagation_ms = 60000,
                                               .now_ms = now_ms,
                                               .chance = 0.3};
        attempts++;
        if (sk_aws_retry_decide(&policy, &retry, &attempt, &pause_ms) == SK_AWS_GIVE_UP)
            break;
        assert_in_range(pause_ms, 1, 20000);
        now_ms += pause_ms;
    }
    assert_int_equal(now_ms, 65000);  /* the last one when the window closes */
    assert_in_range(attempts, 7, 15); /* more than max_attempts: they do not count as failures */
}

static void test_bucket_takes_and_fills(void **state)
{
    struct sk_aws_bucket bucket;
    (void)state;
    sk_aws_bucket_init(&bucket, 4, 1000);
    for (int i = 0; i < 4; i++)
        assert_int_equal(sk_aws_bucket_take(&bucket, 1000), 0);
    assert_int_equal(sk_aws_bucket_take(&bucket, 1000), 250);
    assert_int_equal(sk_aws_bucket_take(&bucket, 1249), 1);
    assert_int_equal(sk_aws_bucket_take(&bucket, 1250), 0);
    /* A long rest gives one second's worth, no more. */
    for (int i = 0; i < 4; i++)
        assert_int_equal(sk_aws_bucket_take(&bucket, 100000), 0);
    assert_int_equal(sk_aws_bucket_take(&bucket, 100000), 250);
    /* Time that seems to run backwards gives nothing. */
    assert_int_equal(sk_aws_bucket_take(&bucket, 50000), 250);
}

static void test_bucket_below_one_a_second(void **state)
{
    struct sk_aws_bucket bucket;
    (void)state;
    sk_aws_bucket_init(&bucket, 0.5, 0);
    assert_int_equal(sk_aws_bucket_take(&bucket, 0), 0);
    assert_int_equal(sk_aws_bucket_take(&bucket, 0), 2000);
    assert_int_equal(sk_aws_bucket_take(&bucket, 2000), 0);
}

/* Calls answered after 50 ms by a server that allows `limit` a second; the seconds `calls` take. */
static double simulate(struct sk_aws_bucket *bucket, unsigned calls, double limit,
                       unsigned *throttles)
{
    int64_t now_ms = 0;
    int64_t answers[1024] = {0};
    double allowance = limit;
    unsigned begun = 0;
    unsigned finished = 0;
    unsigned first = 0;
    *throttles = 0;
    while (finished < calls) {
        for (; first < begun && answers[first % 1024] <= now_ms; first++) {
            if (answers[first % 1024] >= 0 && allowance >= 1) {
                allowance -= 1;
                finished++;
                sk_aws_bucket_succeeded(bucket);
            } else {
                (*throttles)++;
                sk_aws_bucket_throttled(bucket, now_ms);
            }
        }
        while (finished + (begun - first) < calls && begun - first < 1000 &&
               sk_aws_bucket_take(bucket, now_ms) == 0)
            answers[begun++ % 1024] = now_ms + 50;
        now_ms += 1;
        allowance = allowance + limit / 1000 > limit ? limit : allowance + limit / 1000;
    }
    return (double)now_ms / 1000;
}

static void test_bucket_grows_when_it_is_the_limit(void **state)
{
    struct sk_aws_bucket bucket;
    unsigned throttles;
    (void)state;
    /* A generous server: 1000 calls that a fixed rate of 8 a second would hold for two minutes. */
    sk_aws_bucket_init(&bucket, 8, 0);
    double seconds = simulate(&bucket, 1000, 10000, &throttles);
    assert_int_equal(throttles, 0);
    assert_true(seconds < 10);
    /* Calls that never had to wait prove nothing. */
    sk_aws_bucket_init(&bucket, 8, 0);
    for (int64_t second = 0; second < 100; second++) {
        assert_int_equal(sk_aws_bucket_take(&bucket, second * 1000), 0);
        sk_aws_bucket_succeeded(&bucket);
    }
    assert_true(bucket.rate == 8);
}

static void test_bucket_settles_near_the_servers_limit(void **state)
{
    struct sk_aws_bucket bucket;
    unsigned throttles;
    (void)state;
    sk_aws_bucket_init(&bucket, 8, 0);
    double seconds = simulate(&bucket, 1000, 10, &throttles);
    assert_true(seconds < 1000 / 10.0 * 2); /* at least half of what the server allows */
    assert_true(throttles < 250);
    assert_true(bucket.rate > 3 && bucket.rate < 25);
}

static void test_bucket_halves_once_per_burst(void **state)
{
    struct sk_aws_bucket bucket;
    (void)state;
    sk_aws_bucket_init(&bucket, 16, 0);
    for (int i = 0; i < 10; i++)
        sk_aws_bucket_throttled(&bucket, 100 + i);
    assert_true(bucket.rate == 8);
    sk_aws_bucket_throttled(&bucket, 2000);
    assert_true(bucket.rate == 4);
    for (int i = 2; i < 100; i++)
        sk_aws_bucket_throttled(&bucket, (int64_t)i * 2000);
    assert_true(bucket.rate > 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_every_row_can_be_reached),
        cmocka_unit_test(test_outcome_unknown),
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_propagation_has_a_window),
        cmocka_unit_test(test_bucket_takes_and_fills),
        cmocka_unit_test(test_bucket_below_one_a_second),
        cmocka_unit_test(test_bucket_grows_when_it_is_the_limit),
        cmocka_unit_test(test_bucket_settles_near_the_servers_limit),
        cmocka_unit_test(test_bucket_halves_once_per_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
