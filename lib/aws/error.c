/* The table of AWS's errors, see error.h. Order matters: what names a service or a text stands
 * before the general rows. */
#include "aws/error.h"

#include <string.h>

#include "base/text.h"

static const struct sk_aws_error_row rows[] = {
    /* Throttling, whatever the code says. */
    {.message = "rate exceeded", .result = SK_E_THROTTLED},
    {.message = "too many requests processing", .result = SK_E_THROTTLED},

    /* A customer key of the instance that is unusable is not an absent resource. */
    {.code = "*Exception", .reason = "KMS_", .result = SK_E_DENIED},

    /* SageMaker. A new role is not visible to it at once. */
    {"sagemaker", NULL, "ValidationException", "ensure that the role exists", NULL,
     SK_E_PROPAGATING},
    {"sagemaker", NULL, "ValidationException", "could not assume role", NULL, SK_E_PROPAGATING},
    {"sagemaker", NULL, "ValidationException", "unable to assume", NULL, SK_E_PROPAGATING},
    {"sagemaker", NULL, "ValidationException", "cannot be assumed", NULL, SK_E_PROPAGATING},
    {"sagemaker", NULL, "ValidationException", "role arn is invalid", NULL, SK_E_PROPAGATING},
    {"sagemaker", NULL, "ValidationException", "role is invalid", NULL, SK_E_PROPAGATING},
    {"sagemaker", "Create", "ValidationException", "already exists", NULL, SK_E_EXISTS},
    {"sagemaker", NULL, "ValidationException", "recordnotfound", NULL, SK_E_NOT_FOUND},
    {"sagemaker", NULL, "ValidationException", "does not exist", NULL, SK_E_NOT_FOUND},
    {"sagemaker", NULL, "ValidationException", "cannot find", NULL, SK_E_NOT_FOUND},
    /* An app that was deleted, or failed, which is the same to a delete (aws-api.md 5.6). */
    {"sagemaker", "Delete", "ValidationException", "already been deleted", NULL, SK_E_NOT_FOUND},
    {"sagemaker", "Delete", "ValidationException", "automatically deleted", NULL, SK_E_NOT_FOUND},
    {"sagemaker", "Update", "ValidationException", "inservice", NULL, SK_E_BUSY},
    {"sagemaker", "Delete", "ValidationException", "inservice", NULL, SK_E_BUSY},
    {"sagemaker", NULL, "ResourceNotFound", NULL, NULL, SK_E_NOT_FOUND},
    {"sagemaker", "Delete", "ResourceInUse", "associated with", NULL, SK_E_DEPENDENCY},
    {"sagemaker", "Create", "ResourceInUse", NULL, NULL, SK_E_EXISTS},
    {"sagemaker", NULL, "ResourceInUse", NULL, NULL, SK_E_BUSY},
    {"sagemaker", NULL, "ResourceLimitExceeded", NULL, NULL, SK_E_QUOTA},

    /* IAM and STS; their wire codes lack the "Exception" of the models. */
    {.code = "MalformedPolicyDocument*",
     .message = "invalid principal",
     .result = SK_E_PROPAGATING},
    {"iam", NULL, "NoSuchEntity", NULL, NULL, SK_E_NOT_FOUND},
    {"iam", NULL, "EntityAlreadyExists", NULL, NULL, SK_E_EXISTS},
    {"iam", NULL, "DeleteConflict", NULL, NULL, SK_E_DEPENDENCY},
    {"iam", NULL, "EntityTemporarilyUnmodifiable", NULL, NULL, SK_E_CONFLICT},
    {"iam", NULL, "UnmodifiableEntity", NULL, NULL, SK_E_INVALID},
    {"iam", NULL, "PolicyNotAttachable", NULL, NULL, SK_E_INVALID},
    {"sts", NULL, "RegionDisabledException", NULL, NULL, SK_E_DENIED},
    {"sts", NULL, "IDPCommunicationError", NULL, NULL, SK_E_TRANSIENT},
    {"sts", NULL, "IDPRejectedClaim", NULL, NULL, SK_E_CREDENTIALS},
    {"sts", NULL, "InvalidIdentityToken", NULL, NULL, SK_E_CREDENTIALS},
    {"sts", NULL, "PackedPolicyTooLarge", NULL, NULL, SK_E_INVALID},

    /* Identity Store and Identity Center: one code for "exists" and "at the same time". */
    {"identitystore", NULL, "ConflictException", NULL, "UNIQUENESS_CONSTRAINT_VIOLATION",
     SK_E_EXISTS},
    {"identitystore", NULL, "ConflictException", NULL, "CONCURRENT_MODIFICATION", SK_E_CONFLICT},
    {"identitystore", "Create", "ConflictException", NULL, NULL, SK_E_EXISTS},
    {"sso-admin", "Create", "ConflictException", NULL, NULL, SK_E_EXISTS},
    {"sso-admin", "Attach", "ConflictException", NULL, NULL, SK_E_EXISTS},

    /* Organizations. */
    {"organizations", NULL, "Duplicate*", NULL, NULL, SK_E_EXISTS},
    {"organizations", NULL, "PolicyChangesInProgressException", NULL, NULL, SK_E_BUSY},
    {"organizations", NULL, "PolicyInUseException", NULL, NULL, SK_E_DEPENDENCY},
    {"organizations", NULL, "OrganizationalUnitNotEmptyException", NULL, NULL, SK_E_DEPENDENCY},
    {"organizations", NULL, "ConstraintViolationException", "limit", NULL, SK_E_QUOTA},
    {"organizations", NULL, "ConstraintViolationException", NULL, NULL, SK_E_INVALID},

    /* A listing that took too long starts again (aws/operation.h, restart_code). */
    {"tagging", NULL, "PaginationTokenExpiredException", NULL, NULL, SK_E_STALE},

    /* Every service: throttling. */
    {.code = "Throttling", .result = SK_E_THROTTLED},
    {.code = "ThrottlingException", .result = SK_E_THROTTLED},
    {.code = "ThrottledException", .result = SK_E_THROTTLED},
    {.code = "RequestThrottled", .result = SK_E_THROTTLED},
    {.code = "RequestThrottledException", .result = SK_E_THROTTLED},
    {.code = "RequestLimitExceeded", .result = SK_E_THROTTLED},
    {.code = "TooManyRequestsException", .result = SK_E_THROTTLED},
    {.code = "SlowDown", .result = SK_E_THROTTLED},
    {.code = "PriorRequestNotComplete", .result = SK_E_THROTTLED},
    {.code = "BandwidthLimitExceeded", .result = SK_E_THROTTLED},
    {.code = "ProvisionedThroughputExceededException", .result = SK_E_THROTTLED},
    {.code = "EC2ThrottledException", .result = SK_E_THROTTLED},

    /* The other side failed. */
    {.code = "InternalFailure", .result = SK_E_TRANSIENT},
    {.code = "InternalError", .result = SK_E_TRANSIENT},
    {.code = "InternalServerError", .result = SK_E_TRANSIENT},
    {.code = "InternalServerException", .result = SK_E_TRANSIENT},
    {.code = "InternalServiceException", .result = SK_E_TRANSIENT},
    {.code = "ServiceFailure", .result = SK_E_TRANSIENT},
    {.code = "ServiceException", .result = SK_E_TRANSIENT},
    {.code = "ServiceUnavailable", .result = SK_E_TRANSIENT},
    {.code = "ServiceUnavailableException", .result = SK_E_TRANSIENT},
    {.code = "Unavailable", .result = SK_E_TRANSIENT},
    {.code = "KMSInternalException", .result = SK_E_TRANSIENT},
    {.code = "DependencyTimeoutException", .result = SK_E_TRANSIENT},
    {.code = "RequestTimeout", .result = SK_E_TRANSIENT},
    {.code = "RequestTimeoutException", .result = SK_E_TRANSIENT},

    /* Clock. The client checks the Date header before it believes the last two. */
    {.code = "RequestTimeTooSkewed", .result = SK_E_CLOCK},
    {.code = "RequestExpired", .result = SK_E_CLOCK},
    {.code = "RequestInTheFuture", .result = SK_E_CLOCK},
    {.code = "InvalidSignatureException", .result = SK_E_CLOCK},
    {.code = "SignatureDoesNotMatch", .result = SK_E_CLOCK},

    /* Credentials. */
    {.code = "ExpiredToken", .result = SK_E_CREDENTIALS},
    {.code = "ExpiredTokenException", .result = SK_E_CREDENTIALS},
    {.code = "InvalidClientTokenId", .result = SK_E_CREDENTIALS},
    {.code = "UnrecognizedClientException", .result = SK_E_CREDENTIALS},
    {.code = "InvalidAccessKeyId", .result = SK_E_CREDENTIALS},
    {.code = "InvalidToken", .result = SK_E_CREDENTIALS},
    {.code = "AuthFailure", .result = SK_E_CREDENTIALS},
    {.code = "MissingAuthenticationToken*", .result = SK_E_CREDENTIALS},
    {.code = "IncompleteSignature*", .result = SK_E_CREDENTIALS},

    {.code = "AccessDenied", .result = SK_E_DENIED},
    {.code = "AccessDeniedException", .result = SK_E_DENIED},
    {.code = "UnauthorizedOperation", .result = SK_E_DENIED},
    {.code = "OptInRequired", .result = SK_E_DENIED},
    {.code = "NotAuthorized", .result = SK_E_DENIED},

    {.code = "ConcurrentModification", .result = SK_E_CONFLICT},
    {.code = "ConcurrentModificationException", .result = SK_E_CONFLICT},
    {.code = "ConflictException", .result = SK_E_CONFLICT},
    {.code = "OperationAborted", .result = SK_E_CONFLICT},
    {.code = "DependencyViolation", .result = SK_E_DEPENDENCY},
    {.code = "PolicyInUseException", .result = SK_E_DEPENDENCY},
    {.code = "AlreadyExistsException", .result = SK_E_EXISTS},
    {.code = "ResourceAlreadyExistsException", .result = SK_E_EXISTS},

    {.code = "LimitExceeded", .result = SK_E_QUOTA},
    {.code = "ServiceQuotaExceededException", .result = SK_E_QUOTA},
    {.code = "*LimitExceededException", .result = SK_E_QUOTA},
    {.code = "*LimitExceeded", .result = SK_E_QUOTA},

    {.code = "ResourceNotFoundException", .result = SK_E_NOT_FOUND},
    {.code = "NotFoundException", .result = SK_E_NOT_FOUND},
    {.code = "NoSuchResourceException", .result = SK_E_NOT_FOUND},
    {.code = "*NotFoundException", .result = SK_E_NOT_FOUND},
    {.code = "*.NotFound", .result = SK_E_NOT_FOUND},

    {.code = "ValidationException", .result = SK_E_INVALID},
    {.code = "ValidationError", .result = SK_E_INVALID},
    {.code = "InvalidInput*", .result = SK_E_INVALID},
    {.code = "InvalidParameter*", .result = SK_E_INVALID},
    {.code = "IllegalArgumentException", .result = SK_E_INVALID},
    {.code = "MalformedPolicyDocument*", .result = SK_E_INVALID},
    {.code = "SerializationException", .result = SK_E_INVALID},
    {.code = "UnknownOperationException", .result = SK_E_INVALID},
    {.code = "InvalidAction", .result = SK_E_INVALID},
};

static bool code_fits(const char *pattern, const char *code)
{
    size_t length = strlen(pattern);
    if (!code)
        return false;
    if (pattern[0] == '*')
        return sk_text_ends_with(code, pattern + 1);
    if (pattern[length - 1] == '*')
        return strncmp(code, pattern, length - 1) == 0;
    return strcmp(code, pattern) == 0;
}

static bool row_fits(const struct sk_aws_error_row *row, const struct sk_aws_error_facts *facts)
{
    if (row->service && strcmp(row->service, facts->service) != 0)
        return false;
    if (row->operation && !sk_text_starts_with(facts->operation, row->operation))
        return false;
    if (row->code && !code_fits(row->code, facts->code))
        return false;
    if (row->message && !(facts->message && strcasestr(facts->message, row->message)))
        return false;
    return !row->reason || (facts->reason && sk_text_starts_with(facts->reason, row->reason));
}

static enum sk_errc status_class(int status)
{
    if (status >= 500 && status != 501)
        return SK_E_TRANSIENT;
    switch (status) {
    case 501: /* not implemented, and so it will be the next time */
        return SK_E_INVALID;
    case 401:
        return SK_E_CREDENTIALS;
    case 403:
        return SK_E_DENIED;
    case 408:
        return SK_E_TRANSIENT;
    case 429:
        return SK_E_THROTTLED;
    default:
        return status >= 400 ? SK_E_INVALID : SK_E_PROTOCOL;
    }
}

enum sk_errc sk_aws_error_classify(const struct sk_aws_error_facts *facts)
{
    if (facts->status == 429)
        return SK_E_THROTTLED;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (row_fits(&rows[i], facts))
            return rows[i].result;
    }
    return status_class(facts->status);
}

bool sk_aws_error_outcome_unknown(enum sk_errc code, enum sk_aws_effect effect, bool sent)
{
    if (effect == SK_AWS_READ || !sent)
        return false;
    return code == SK_E_NETWORK || code == SK_E_TIMEOUT || code == SK_E_TRANSIENT ||
           code == SK_E_PROTOCOL || code == SK_E_BOUND || code == SK_E_CANCELED;
}

const struct sk_aws_error_row *sk_aws_error_rows(size_t *count_out)
{
    *count_out = sizeof(rows) / sizeof(*rows);
    return rows;
}
