/* The table of services, see service.h. */
#include "aws/service.h"

#include <string.h>

#define JSON_SERVICE(call_name, env_id, target, host, signing)                                     \
    .name = (call_name), .id = (env_id), .protocol = SK_AWS_PROTOCOL_JSON, .json_version = "1.1",  \
    .target_prefix = (target), .endpoint_prefix = (host), .signing_name = (signing)
#define QUERY_SERVICE(call_name, env_id, version)                                                  \
    .name = (call_name), .id = (env_id), .protocol = SK_AWS_PROTOCOL_QUERY,                        \
    .api_version = (version), .endpoint_prefix = (call_name), .signing_name = (call_name)

/* Sorted by name. */
static const struct sk_aws_service services[] = {
    {JSON_SERVICE("cloudtrail", "CLOUDTRAIL",
                  "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "cloudtrail",
                  "cloudtrail"),
     .read_rate = 2, .write_rate = 1},
    {.name = "ec2",
     .id = "EC2",
     .protocol = SK_AWS_PROTOCOL_EC2,
     .api_version = "2016-11-15",
     .endpoint_prefix = "ec2",
     .signing_name = "ec2",
     .read_rate = 10,
     .write_rate = 3},
    {QUERY_SERVICE("iam", "IAM", "2010-05-08"), .global = true, .read_rate = 10, .write_rate = 3},
    {JSON_SERVICE("identitystore", "IDENTITYSTORE", "AWSIdentityStore", "identitystore",
                  "identitystore"),
     .rate_per_operation = true, .read_rate = 15, .write_rate = 15},
    {JSON_SERVICE("kms", "KMS", "TrentService", "kms", "kms"), .read_rate = 50, .write_rate = 4},
    {JSON_SERVICE("organizations", "ORGANIZATIONS", "AWSOrganizationsV20161128", "organizations",
                  "organizations"),
     .global = true, .rate_per_operation = true, .read_rate = 4, .write_rate = 1.6},
    {JSON_SERVICE("sagemaker", "SAGEMAKER", "SageMaker", "api.sagemaker", "sagemaker"),
     .read_rate = 8, .write_rate = 2},
    {JSON_SERVICE("servicequotas", "SERVICE_QUOTAS", "ServiceQuotasV20190624", "servicequotas",
                  "servicequotas"),
     .read_rate = 5, .write_rate = 1},
    {.name = "sso",
     .id = "SSO",
     .protocol = SK_AWS_PROTOCOL_REST,
     .api_version = "2019-06-10",
     .endpoint_prefix = "portal.sso",
     .signing_name = "awsssoportal",
     .read_rate = 10,
     .write_rate = 5},
    {JSON_SERVICE("sso-admin", "SSO_ADMIN", "SWBExternalService", "sso", "sso"), .read_rate = 10,
     .write_rate = 5},
    {QUERY_SERVICE("sts", "STS", "2011-06-15"), .read_rate = 50, .write_rate = 50},
    {JSON_SERVICE("tagging", "RESOURCE_GROUPS_TAGGING_API", "ResourceGroupsTaggingAPI_20170126",
                  "tagging", "tagging"),
     .read_rate = 5, .write_rate = 2},
};

const struct sk_aws_service *sk_aws_service_find(const char *name)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    }
    return NULL;
}

const struct sk_aws_service *sk_aws_services(size_t *count_out)
{
    *count_out = sizeof(services) / sizeof(*services);
    return services;
}
