"""AWS's published models for the contract tests: samples of every shape, and what is wrong with a value."""

from __future__ import annotations

import datetime
import sys
from functools import cache
from pathlib import Path
from typing import Any, Iterator

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cloud.model.checker import Problem, problems_of  # noqa: E402

#: Services as our calls name them -> as botocore does.
BOTOCORE_NAMES = {"tagging": "resourcegroupstaggingapi"}
#: Services whose answers come as XML: their timestamps are texts, not numbers.
XML_SERVICES = {"iam", "sts"}

ACCOUNT = "123456789012"
REGION = "us-east-1"

_SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
#: Two valid texts for each string shape that has no enumeration.
_TEXTS: dict[str, tuple[str, str]] = {
    "RoleArn": (f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/a", f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/b"),
    "SecurityGroupId": ("sg-0aaaaaaaaaaaaaaaa", "sg-0bbbbbbbbbbbbbbbb"),
    "SubnetId": ("subnet-0aaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbb"),
    "VpcId": ("vpc-0aaaaaaaaaaaaaaaa", "vpc-0bbbbbbbbbbbbbbbb"),
    "KmsKeyId": ("11111111-2222-3333-4444-555555555555", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/66666666"),
    "S3Uri": ("s3://bucket-a/path", "s3://bucket-b/path"),
    "S3SchemaUri": ("s3://bucket-a/data", "s3://bucket-b/data"),
    "ImageArn": (f"{_SAGEMAKER}:image/one", f"{_SAGEMAKER}:image/two"),
    "ImageVersionArn": (f"{_SAGEMAKER}:image-version/one/1", f"{_SAGEMAKER}:image-version/one/2"),
    "ImageVersionAlias": ("2.6.0", "2.7.1"),
    "ImageVersionAliasPattern": ("2.6", "2.7"),
    "StudioLifecycleConfigArn": (f"{_SAGEMAKER}:studio-lifecycle-config/a", f"{_SAGEMAKER}:studio-lifecycle-config/b"),
    "StudioResourceSpecTrainingPlanArn": (f"{_SAGEMAKER}:training-plan/a", f"{_SAGEMAKER}:training-plan/b"),
    "RepositoryUrl": ("https://git.example.com/a", "https://git.example.com/b"),
    "ImageName": ("image-a", "image-b"),
    "AppImageConfigName": ("config-a", "config-b"),
    "SecretArn": (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:a",
                  f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:b"),
    "FileSystemId": ("fs-0aaaaaaaa", "fs-0bbbbbbbb"),
    "FileSystemPath": ("/a", "/b"),
    "AccountId": ("111111111111", "222222222222"),
    "QProfileArn": (f"arn:aws:codewhisperer:{REGION}:{ACCOUNT}:profile/a",
                    f"arn:aws:codewhisperer:{REGION}:{ACCOUNT}:profile/b"),
    "RegionName": ("us-east-1", "eu-west-1"),
    "UnifiedStudioDomainId": ("dzd-aaaa", "dzd-bbbb"),
    "SingleSignOnApplicationArn": (f"arn:aws:sso::{ACCOUNT}:application/ssoins-a/apl-a",
                                   f"arn:aws:sso::{ACCOUNT}:application/ssoins-a/apl-b"),
    "SingleSignOnUserIdentifier": ("UserName", "UserName"),
    "LandingUri": ("studio::", "app:JupyterServer:"),
}


def botocore_name(service: str) -> str:
    return BOTOCORE_NAMES.get(service, service)


@cache
def service_model(service: str) -> ServiceModel:
    name = botocore_name(service)
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def input_shape(service: str, operation: str) -> Shape:
    return service_model(service).operation_model(operation).input_shape


def sample(shape: Shape, variant: int) -> Any:
    """A valid value; variant 0 and variant 1 differ wherever the shape allows two values."""
    if shape.type_name == "structure":
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = members[variant:variant + 1]
        return {name: sample(member, variant) for name, member in members}
    if shape.type_name == "list":
        return [sample(shape.member, variant)]
    if shape.type_name in ("integer", "long"):
        return int(shape.metadata.get("min", 0)) + 10 + variant
    if shape.type_name == "boolean":
        return variant == 0
    words = shape.metadata.get("enum")
    if words:
        return words[variant % len(words)]
    return _TEXTS.get(shape.name, ("text-a", "text-b"))[variant]


def leaves(shape: Shape, whole: frozenset[str], path: str = "") -> Iterator[tuple[str, Shape]]:
    """Every member that a patch can hold by itself: scalars, lists, and the structures named in `whole`."""
    for name, member in shape.members.items():
        at = f"{path}.{name}" if path else name
        if member.type_name == "structure" and member.name not in whole:
            yield from leaves(member, whole, at)
        else:
            yield at, member


def put(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *parents, last = path.split(".")
    for parent in parents:
        body = body.setdefault(parent, {})
    body[last] = value
    return body


def at(body: Any, path: str) -> Any:
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body


def input_problems(service: str, operation: str, value: dict[str, Any]) -> list[str]:
    """What botocore and the model's constraints say against an input."""
    shape = input_shape(service, operation)
    report = ParamValidator().validate(value, shape)
    found = [report.generate_report()] if report.has_errors() else []
    return found + [problem.sentence() for problem in problems_of(botocore_name(service), shape, value)]


def answer_problems(service: str, operation: str, value: dict[str, Any]) -> list[Problem]:
    """What the model says against an answer as our client hands it on."""
    shape = service_model(service).operation_model(operation).output_shape
    if service in XML_SERVICES:
        value = _with_times(shape, value)
    return problems_of(botocore_name(service), shape, value)


def _with_times(shape: Shape | None, value: Any) -> Any:
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: _with_times(shape.members.get(name), item) for name, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_with_times(shape.member, item) for item in value]
    if shape.type_name == "timestamp" and isinstance(value, str):
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value
