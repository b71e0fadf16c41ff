/* XML answers: whatever arrives, decoding ends in an object or an error. */
#include <stdint.h>
#include <stdlib.h>

#include "aws/page.h"
#include "aws/protocol.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const char *service_name, const char *operation_name, const char *body,
                   size_t length)
{
    const struct sk_aws_service *service = sk_aws_service_find(service_name);
    const struct sk_aws_operation *operation = sk_aws_operation_find(service_name, operation_name);
    struct sk_err err = {0};
    char *request_id = NULL;
    json_t *output =
        sk_aws_query_protocol.decode(service, operation, body, length, &request_id, &err);
    if ((output == NULL) != (err.code == SK_E_PROTOCOL) || (output && !json_is_object(output)))
        abort();
    free(request_id);
    sk_err_done(&err);
    struct sk_aws_pages pages = {0};
    if (output && sk_aws_pages_add(&pages, operation, output, &err) < 0)
        sk_err_done(&err);
    sk_aws_pages_done(&pages);
    struct sk_aws_fault fault = {0};
    sk_aws_query_protocol.decode_fault(service, body, length, &fault);
    sk_aws_fault_done(&fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode("iam", "GetAccountAuthorizationDetails", (const char *)data, size);
    decode("sts", "AssumeRole", (const char *)data, size);
    return 0;
}
