"""Whether SageMaker can use an execution role: it exists, has spread, and trusts the service."""

from __future__ import annotations

from typing import Any

from ..auth import trust
from ..errors import validation
from ..iam import documents, state
from ..world import Call
from . import settings


def check_roles(call: Call, *blocks: Any) -> None:
    """Refuse settings documents that name a role SageMaker cannot assume."""
    for arn in dict.fromkeys(role for block in blocks for role in settings.execution_roles(block)):
        if f":{call.account}:" not in arn:
            raise validation(f"Cross-account pass role is not allowed: {arn}")
        role = state.role_by_arn(call.world, arn)
        if role is None or not _trusts_sagemaker(call, documents.trust_now(role)):
            raise validation(
                f'The execution role ARN "{arn}" is invalid. Please ensure that the role exists and that its trust '
                'relationship policy allows the action "sts:AssumeRole" for the service principal '
                '"sagemaker.amazonaws.com".')


def _trusts_sagemaker(call: Call, document: str) -> bool:
    context = {"aws:SourceAccount": [call.account],
               "aws:SourceArn": [f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:*"]}
    return trust.allows(document, "sts:AssumeRole", trust.Caller("Service", {"sagemaker.amazonaws.com"}, context))
