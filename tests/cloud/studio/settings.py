"""How settings documents change: deep partial merges, what clears a member, what AWS fills in."""

from __future__ import annotations

import copy
from typing import Any

#: Members that the literal string "None" removes.
NONE_CLEARS = ("SageMakerImageVersionArn", "LifecycleConfigArn", "BuiltInLifecycleConfigArn", "TrainingPlanArn")

#: Blocks whose DefaultResourceSpec gets an image when it names none, and which image that is.
_IMAGE_OF = {
    "JupyterServerAppSettings": ("jupyter-server-3", None),
    "KernelGatewayAppSettings": ("datascience-1.0", None),
    "JupyterLabAppSettings": ("sagemaker-distribution-cpu", "2.6.0"),
    "CodeEditorAppSettings": ("sagemaker-distribution-cpu", "2.6.0"),
}

#: The account that owns AWS's own images; any fixed twelve digits do for a test.
_IMAGE_ACCOUNT = "885854791233"


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The old document with the new one laid over it.

    What is not sent stays; structures merge member by member; lists are replaced, and an empty
    list clears; the string None clears the ARNs that document it.
    """
    result = copy.deepcopy(old)
    for name, value in new.items():
        if isinstance(value, dict):
            result[name] = merged(result.get(name) or {}, value)
            if not result[name] and name not in old:
                del result[name]
        elif value == [] or (value == "None" and name in NONE_CLEARS):
            result.pop(name, None)
        else:
            result[name] = copy.deepcopy(value)
    return result


def stored(document: dict[str, Any] | None) -> dict[str, Any]:
    """A document as it is kept after a create: without what is only there to clear."""
    return merged({}, document or {})


def filled(document: dict[str, Any], region: str) -> dict[str, Any]:
    """The document with the members AWS adds by itself to what is described."""
    result = copy.deepcopy(document)
    for block, (image, alias) in _IMAGE_OF.items():
        spec = result.get(block, {}).get("DefaultResourceSpec")
        if spec is None or "SageMakerImageArn" in spec or "SageMakerImageVersionArn" in spec:
            continue
        spec["SageMakerImageArn"] = f"arn:aws:sagemaker:{region}:{_IMAGE_ACCOUNT}:image/{image}"
        if alias is not None and "SageMakerImageVersionAlias" not in spec:
            spec["SageMakerImageVersionAlias"] = alias
    return result


def execution_roles(document: Any) -> list[str]:
    """Every role of a settings document that SageMaker itself must be able to assume."""
    found = []
    if isinstance(document, dict):
        for name, value in document.items():
            if name in ("ExecutionRole", "DomainExecutionRoleArn"):
                found.append(value)
            elif isinstance(value, dict):
                found.extend(execution_roles(value))
    return found
