"""What must hold inside a settings document as it would be after the change."""

from __future__ import annotations

from typing import Any

from ..errors import validation

#: The lists have room for five, of which SageMaker takes one for its own NFS group.
USABLE_SECURITY_GROUPS = 4

#: KernelGateway images on a profile or a space; a domain may have the 200 of the model.
IMAGES_BELOW_DOMAIN = 5


def check_domain(kept: dict[str, Any]) -> None:
    """All documents of a domain."""
    for name in ("DefaultUserSettings", "DefaultSpaceSettings"):
        _check_document(kept.get(name, {}))
        _check_default_configs(kept.get(name, {}))


def check_profile(document: dict[str, Any], domain: dict[str, Any]) -> None:
    """A profile's document against the settings of its domain."""
    _check_document(document)
    _check_default_configs(document)
    _check_image_count(document)
    if domain.get("AppNetworkAccessType") == "VpcOnly" and not document.get("SecurityGroups") \
            and not domain.get("DefaultUserSettings", {}).get("SecurityGroups"):
        raise validation("SecurityGroups is required for a domain with AppNetworkAccessType VpcOnly, unless the domain's "
                         "DefaultUserSettings have it")


def check_space(document: dict[str, Any]) -> None:
    _check_document(document)
    _check_image_count(document)


def _check_document(document: dict[str, Any]) -> None:
    if len(document.get("SecurityGroups", [])) > USABLE_SECURITY_GROUPS:
        raise validation(f"The number of SecurityGroups cannot exceed {USABLE_SECURITY_GROUPS}, since one is added for NFS "
                         "traffic")
    server = document.get("JupyterServerAppSettings", {})
    if server.get("LifecycleConfigArns") and "DefaultResourceSpec" not in server:
        raise validation("DefaultResourceSpec is required in JupyterServerAppSettings when LifecycleConfigArns is set")


def _check_default_configs(document: dict[str, Any]) -> None:
    """A default lifecycle config must be one of those listed. (A space has no list to check against.)"""
    for name, block in document.items():
        spec = block.get("DefaultResourceSpec", {}) if isinstance(block, dict) else {}
        default = spec.get("LifecycleConfigArn")
        if default is not None and default.lower() not in [arn.lower() for arn in block.get("LifecycleConfigArns", [])]:
            raise validation(f"LifecycleConfigArn {default} of DefaultResourceSpec must also be in LifecycleConfigArns "
                             f"of {name}")


def _check_image_count(document: dict[str, Any]) -> None:
    images = document.get("KernelGatewayAppSettings", {}).get("CustomImages", [])
    if len(images) > IMAGES_BELOW_DOMAIN:
        raise validation(f"The number of CustomImages cannot exceed {IMAGES_BELOW_DOMAIN}")
