"""The directories of Identity Center: users, groups and who is in them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from ..errors import AwsError
from ..world import Call


@dataclass
class Directory:
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    memberships: dict[str, dict[str, Any]] = field(default_factory=dict)


def store_id(account: str, region: str) -> str:
    """The store of the instance that an account has in a region: moto has one everywhere."""
    from .. import moto_fixes

    moto_fixes.apply("ssoadmin")
    from moto.ssoadmin.models import ssoadmin_backends

    return str(ssoadmin_backends[account][region].list_instances()[0].identity_store_id)


def directory_of(call: Call) -> Directory:
    """The directory that a call names; its account and region must be those of the store."""
    named = call.input["IdentityStoreId"]
    if named != store_id(call.account, call.region):
        raise missing("IDENTITY_STORE", named)
    return directory(call.world, named)


def directory(world: Any, named: str) -> Directory:
    found: Directory = world.directories.setdefault(named, Directory())
    return found


def new_id() -> str:
    return str(uuid.uuid4())


def stamps(call: Call) -> dict[str, Any]:
    now = call.world.clock.now()
    who = call.principal.arn if call.principal else ""
    return {"CreatedAt": now, "UpdatedAt": now, "CreatedBy": who, "UpdatedBy": who}


def missing(what: str, named: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"{what} not found.", ResourceType=what, ResourceId=named)


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message, Reason="UNIQUENESS_CONSTRAINT_VIOLATION")


def writable(call: Call) -> None:
    """An identity provider that provisions a directory is the only one to write to it."""
    if call.world.settings.external_directory:
        raise AwsError("AccessDeniedException", "The identity source of this directory is an external identity "
                       "provider; its users and groups cannot be changed here.")


def check_quota(call: Call, quota: str, current: int) -> None:
    limit = call.world.settings.quota.get(quota)
    if limit is not None and current >= limit:
        raise AwsError("ServiceQuotaExceededException", f"The quota of {int(limit)} {quota} is reached.")
