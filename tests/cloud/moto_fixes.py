"""Where moto's own services contradict the service models; applied when one is first used."""

from __future__ import annotations

import secrets
from typing import Any, Callable


def _organizations() -> None:
    """Policy ids: moto makes 8 characters, the model of a policy's ARN wants at least 10."""
    from moto.organizations import utils

    utils.POLICY_ID_REGEX = utils.POLICY_ID_REGEX.replace(f"{{{utils.POLICY_ID_SIZE}}}", "{10}")
    utils.POLICY_ID_SIZE = 10


def _identity_center() -> None:
    """Permission set ARNs: moto hangs them on instance/, AWS on permissionSet/. Store ids are hexadecimal."""
    from moto.ssoadmin.models import Instance, PermissionSet

    original: Callable[[str], str] = PermissionSet.generate_id
    setattr(PermissionSet, "generate_id",
            staticmethod(lambda instance_arn: original(instance_arn.replace(":instance/", ":permissionSet/"))))
    make: Callable[..., None] = Instance.__init__

    def with_hexadecimal_store(self: Any, *arguments: Any, **members: Any) -> None:
        make(self, *arguments, **members)
        self.identity_store_id = "d-" + secrets.token_hex(5)

    setattr(Instance, "__init__", with_hexadecimal_store)


_FIXES: dict[str, Callable[[], None]] = {"organizations": _organizations, "ssoadmin": _identity_center}


_APPLIED: set[str] = set()


def apply(moto_module: str) -> None:
    fix = _FIXES.get(moto_module)
    if fix is not None and moto_module not in _APPLIED:
        _APPLIED.add(moto_module)
        fix()
