/* The built-in deny list, see denied.h. Names are compared without case, as IAM does.
 *
 * Sources: IAM User Guide, "Create a service-linked role" (path /aws-service-role/); IAM Identity
 * Center User Guide, "Service-linked roles" (path /aws-reserved/, AWSReservedSSO_); Control Tower
 * User Guide, "How AWS Control Tower works with roles" (AWSControlTower…, aws-controltower-…);
 * CloudFormation User Guide, "Service-managed permissions" (stacksets-exec-…); Organizations User
 * Guide, "Accessing member accounts" (OrganizationAccountAccessRole: the way back in when
 * everything else is lost). */
#include "reconcilers/iam/denied.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"

static const char *const paths[] = {"/aws-service-role/", "/aws-reserved/", "/service-role/aws"};
/* "aws" stands for AWSReservedSSO_, AWSServiceRoleFor, AWSControlTower, aws-controltower- … */
static const char *const prefixes[] = {"aws", "stacksets-exec-"};
static const char *const names[] = {"OrganizationAccountAccessRole"};

static bool name_denied(const char *name)
{
    for (size_t i = 0; name && i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    }
    for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++) {
        if (strcasecmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool path_denied(const char *path)
{
    for (size_t i = 0; path && i < sizeof(paths) / sizeof(*paths); i++) {
        if (strncasecmp(path, paths[i], strlen(paths[i])) == 0)
            return true;
    }
    return false;
}

bool sk_iam_role_denied(const json_t *body)
{
    return path_denied(sk_json_text(body, "Path")) || name_denied(sk_json_text(body, "RoleName"));
}

bool sk_iam_policy_denied(const json_t *body)
{
    const char *arn = sk_json_text(body, "Arn");
    bool made_by_aws = arn && strstr(arn, ":iam::aws:");
    return made_by_aws || path_denied(sk_json_text(body, "Path")) ||
           name_denied(sk_json_text(body, "PolicyName"));
}
