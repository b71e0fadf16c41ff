/* JSON answers: whatever arrives, decoding ends in an object or an error, and an answer that
 * decodes can be joined as a page. */
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
    json_t *page = sk_aws_json_protocol.decode(service, operation, body, length, NULL, &err);
    if ((page == NULL) != (err.code == SK_E_PROTOCOL) || (page && !json_is_object(page)))
        abort();
    sk_err_done(&err);
    if (!page)
        return;
    struct sk_aws_pages pages = {0};
    int result = sk_aws_pages_add(&pages, operation, page, &err);
    if (result < 0 && result != err.code)
        abort();
    sk_err_done(&err);
    sk_aws_pages_done(&pages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *body = (const char *)data;
    decode("sagemaker", "ListDomains", body, size);
    decode("tagging", "GetResources", body, size);
    struct sk_aws_fault fault = {0};
    sk_aws_json_protocol.decode_fault(sk_aws_service_find("sagemaker"), body, size, &fault);
    if (fault.retry_after_s < 0)
        abort();
    sk_aws_fault_done(&fault);
    return 0;
}
