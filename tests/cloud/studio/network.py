"""Whether the VPC, subnets and security groups of a domain exist, when that is to be checked."""

from __future__ import annotations

from typing import Any

from ..errors import validation
from ..world import Call


def check_network(call: Call, vpc: str, subnets: list[str], groups: list[str]) -> None:
    if not call.world.settings.check_network:
        return
    from moto.ec2.models import ec2_backends

    backend: Any = ec2_backends[call.account][call.region]
    if vpc not in backend.vpcs:
        raise validation(f"The vpc ID '{vpc}' does not exist")
    known = {subnet.id: subnet for zone in backend.subnets.values() for subnet in zone.values()}
    for subnet in subnets:
        if subnet not in known or known[subnet].vpc_id != vpc:
            raise validation(f"The subnet ID '{subnet}' does not exist in '{vpc}'")
    for group in groups:
        if group not in backend.groups.get(vpc, {}):
            raise validation(f"The security group '{group}' does not exist in '{vpc}'")
