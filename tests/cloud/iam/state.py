"""Reaches moto's IAM data for everything else here that needs it."""

from __future__ import annotations

import re
from typing import Any

from ..world import World

_ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):role(/.*/|/)([^/]+)\Z")


def backend(account: str, partition: str = "aws") -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account][partition]


def role_by_arn(world: World, arn: str) -> Any | None:
    """The role of exactly this ARN, or None when there is none or it has not spread yet."""
    match = _ROLE_ARN.match(arn)
    if not match:
        return None
    partition, account, _, name = match.groups()
    role = role_by_name(account, name, partition)
    if role is None or role.arn != arn or not world.iam_visible(arn):
        return None
    return role


def role_by_name(account: str, name: str, partition: str = "aws") -> Any | None:
    """The role of this name, without case; None when there is none."""
    store = backend(account, partition)
    index: dict[str, Any] = store.__dict__.setdefault("_cloud_role_names", {})
    role = index.get(name.lower())
    if role is not None and store.roles.get(role.id) is role:
        return role
    index.clear()
    index.update({role.name.lower(): role for role in store.roles.values()})
    return index.get(name.lower())


def new_role(**members: Any) -> Any:
    """One of moto's roles. (Its base class declares CloudFormation methods that it never defines.)"""
    from moto.iam.models import Role

    return Role(**members)  # type: ignore[abstract]


def new_policy(name: str, **members: Any) -> Any:
    from moto.iam.models import ManagedPolicy

    return ManagedPolicy(name, **members)  # type: ignore[abstract]
