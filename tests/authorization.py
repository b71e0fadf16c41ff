"""What AWS asks of a caller before it carries out a call, written down a second time for the tests.

`Authorizer` follows a run call by call: which actions on which resources with which condition keys a
call needs (Service Authorization Reference; API pages of the operations), and whether a policy
allows them. It knows the operations and condition operators that the controller's policies use, and
fails on others.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from typing import Any, Iterator

#: Members that name a role which SageMaker gets to use.
PASSED = ("ExecutionRole", "DomainExecutionRoleArn", "AmazonForecastRoleArn")
SERVICE_ROLE = "role/aws-service-role/sagemaker.amazonaws.com/AWSServiceRoleForAmazonSageMakerNotebooks"
LISTS = {"GetAccountAuthorizationDetails": "iam", "ListRoles": "iam", "GetResources": "tag", "ListDomains": "sagemaker",
         "ListUserProfiles": "sagemaker", "ListSpaces": "sagemaker", "ListApps": "sagemaker"}


@dataclass(frozen=True)
class Need:
    action: str
    resource: str = "*"
    keys: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.keys if key.lower() == name.lower()), None)


def need(action: str, resource: str = "*", **keys: str) -> Need:
    return Need(action, resource, tuple(keys.items()))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), text) is not None


def holds(operator: str, need_: Need, key: str, values: list[str]) -> bool:
    found = need_.get(key)
    if operator == "Null":
        return (found is None) == (values == ["true"])
    if operator not in ("StringEquals", "ArnLike", "Bool"):
        raise NotImplementedError(operator)
    if found is None:
        return False
    return any(matches(value, found) if operator == "ArnLike" else value == found for value in values)


def allowing(policy: dict[str, Any], need_: Need) -> Iterator[dict[str, Any]]:
    """The statements that allow it."""
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        if not any(matches(action.lower(), need_.action.lower()) for action in as_list(statement["Action"])):
            continue
        if not any(matches(resource, need_.resource) for resource in as_list(statement["Resource"])):
            continue
        if all(holds(operator, need_, key, as_list(values))
               for operator, keys in statement.get("Condition", {}).items() for key, values in keys.items()):
            yield statement


def allows(policy: dict[str, Any], need_: Need) -> bool:
    return any(True for _ in allowing(policy, need_))


def texts(value: Any, members: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in members and isinstance(item, str) and item:
                yield item
            yield from texts(item, members)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, members)


def request_tags(given: dict[str, Any]) -> dict[str, str]:
    return {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in given.get("Tags") or []}


def studio_resource(operation: str, given: dict[str, Any]) -> str:
    """What stands behind the account in the ARN of the thing that a SageMaker call names."""
    place, own = given.get("DomainId", "d-new"), given.get("UserProfileName")
    if "AppName" in given:
        return f"app/{place}/{own or given['SpaceName']}/{given['AppType'].lower()}/{given['AppName']}"
    if operation.endswith("Space"):
        return f"space/{place}/{given['SpaceName']}"
    return f"user-profile/{place}/{own}" if operation.endswith("UserProfile") else f"domain/{place}"


@dataclass
class Authorizer:
    """Remembers tags and boundaries as the calls change them. ARNs are of one account."""

    account: str
    path: str = "/sagekeeper/acme/"
    tags: dict[str, dict[str, str]] = field(default_factory=dict)  # ARN in lower case -> tags
    boundaries: dict[str, str] = field(default_factory=dict)  # role name -> ARN

    def needs(self, service: str, operation: str, region: str, given: dict[str, Any]) -> list[Need]:
        if (service, operation) == ("sts", "GetCallerIdentity"):
            return []
        if operation in LISTS:
            return [need(f"{LISTS[operation]}:{operation}")]
        if service == "iam":
            return list(self._iam(operation, given))
        assert service == "sagemaker", (service, operation)
        return list(self._sagemaker(operation, f"arn:aws:sagemaker:{region}:{self.account}:", given))

    def _iam(self, operation: str, given: dict[str, Any]) -> Iterator[Need]:
        action, start = f"iam:{operation}", f"arn:aws:iam::{self.account}:"
        requested = request_tags(given)
        if operation == "RemoveRoleFromInstanceProfile":
            yield need(action, f"{start}instance-profile/{given['InstanceProfileName']}")
        elif "RoleName" in given:
            role = f"{start}role{given.get('Path', self.path)}{given['RoleName']}"
            boundary = given.get("PermissionsBoundary", self.boundaries.get(given["RoleName"]))
            if operation == "DeleteRolePermissionsBoundary":
                self.boundaries.pop(given["RoleName"], None)
            elif boundary:
                requested["iam:PermissionsBoundary"] = self.boundaries[given["RoleName"]] = boundary
            if operation in ("AttachRolePolicy", "DetachRolePolicy"):
                requested["iam:PolicyARN"] = given["PolicyArn"]
            yield need(action, role, **requested)
            if operation == "CreateRole" and given.get("Tags"):
                yield need("iam:TagRole", role, **requested)
        else:
            policy = given.get("PolicyArn") or f"{start}policy{given['Path']}{given['PolicyName']}"
            yield need(action, policy, **requested)
            if operation == "CreatePolicy" and given.get("Tags"):
                yield need("iam:TagPolicy", policy, **requested)

    def _sagemaker(self, operation: str, start: str, given: dict[str, Any]) -> Iterator[Need]:
        action, arn = f"sagemaker:{operation}", start + studio_resource(operation, given)
        requested = request_tags(given)
        if operation.startswith("Create"):
            yield need(action, arn, **requested)
            if given.get("Tags"):
                yield need("sagemaker:AddTags", arn, **requested, **{"sagemaker:TaggingAction": operation})
            if operation == "CreateDomain":
                yield from self._create_domain(start, given)
            else:
                self.tags[arn.lower()] = {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}
        else:
            arn = given.get("ResourceArn", arn)
            tags = self.tags.setdefault(arn.lower(), {})
            yield need(action, arn, **requested, **{f"aws:ResourceTag/{key}": value for key, value in tags.items()})
            if operation == "AddTags":
                tags.update({tag["Key"]: tag["Value"] for tag in given["Tags"]})
            for key in given.get("TagKeys", []):
                tags.pop(key, None)
        for role in texts(given, PASSED):
            yield need("iam:PassRole", role, **{"iam:PassedToService": "sagemaker.amazonaws.com"})

    def _create_domain(self, start: str, given: dict[str, Any]) -> Iterator[Need]:
        yield need("iam:CreateServiceLinkedRole", f"arn:aws:iam::{self.account}:{SERVICE_ROLE}",
                   **{"iam:AWSServiceName": "sagemaker.amazonaws.com"})
        key = given.get("KmsKeyId")
        if key:
            arn = key if key.startswith("arn:") else f"{start.replace(':sagemaker:', ':kms:')}key/{key}"
            yield need("kms:CreateGrant", arn, **{"kms:GrantIsForAWSResource": "true"})
            for name in ("Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"):
                yield need(f"kms:{name}", arn)
