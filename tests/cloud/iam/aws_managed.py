"""AWS's own managed policies, taken from moto's list when one is named: parsing all costs a second."""

from __future__ import annotations

import functools
import json
from typing import Any


@functools.cache
def _catalogue() -> dict[str, dict[str, Any]]:
    """AWS's policies by the tail of their ARN: path and name."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    parsed: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return {data.get("Path", "/") + name: {"Name": name, **data} for name, data in parsed.items()}


def ensure(store: Any, arn: str) -> None:
    """Let the account know this policy, if it is one of AWS's."""
    head, separator, tail = arn.partition(":iam::aws:policy")
    if separator and arn not in store.managed_policies and tail in _catalogue():
        _add(store, tail)


def ensure_all(store: Any) -> None:
    for tail in _catalogue():
        if f"arn:{store.partition}:iam::aws:policy{tail}" not in store.managed_policies:
            _add(store, tail)


def _add(store: Any, tail: str) -> None:
    from moto.iam.models import AWSManagedPolicy

    data = _catalogue()[tail]
    policy = AWSManagedPolicy.from_data(data["Name"], store.account_id, store.region_name, data)
    store.managed_policies[policy.arn] = policy
