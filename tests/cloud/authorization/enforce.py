"""Every request of a user or a role against the policies that this cloud's IAM holds for them.

An account's root may do everything, as in AWS; so tests that look at the outcome as root are never
in the way. What was asked and how it was decided stays in the request's log entry.
"""

from __future__ import annotations

import json
from typing import Any

from ..auth import trust
from ..auth.credentials import Credential
from ..errors import AwsError
from ..iam import aws_managed, documents, state
from ..studio.store import App, Region, Space
from ..world import Call
from . import needs
from .needs import Ask, Need
from .policy import Policy, decide

#: How services say that a caller may not; what is not here says it like SageMaker.
_DENIED = {"iam": ("AccessDenied", 403), "sts": ("AccessDenied", 403), "ec2": ("UnauthorizedOperation", 403)}


def denied(service: str, who: str, need: Need, why: str) -> AwsError:
    """AWS's sentence (IAM User Guide, "Troubleshoot access denied error messages")."""
    code, status = _DENIED.get(service, ("AccessDeniedException", 400))
    text = f"User: {who} is not authorized to perform: {need.action} on resource: {need.resource} {why}"
    if service == "ec2":
        text = "You are not authorized to perform this operation. " + text
    return AwsError(code, text, status)


def check(call: Call, entry: dict[str, Any]) -> None:
    """AccessDenied unless everything that the request needs is allowed; notes each decision in `entry`."""
    who = call.principal
    if who is None or who.arn.endswith(":root"):
        return
    asked = needs.of(Ask(call.service, call.operation, call.partition, call.account, call.region, call.input, _Facts(call)))
    if call.operation == "AssumeRole" and ("Policy" in call.input or "PolicyArns" in call.input):
        raise NotImplementedError("session policies are not evaluated")
    if call.operation == "AssumeRole" and _trusted_by_name(call, who):
        return
    identity, boundary = _policies(call, who)
    noted = entry.setdefault("authorization", [])
    for need in asked:
        verdict = decide(identity, boundary, need, _principal_keys(call, who))
        noted.append(need.as_json() | {"allowed": verdict.allowed})
        if not verdict.allowed:
            raise denied(call.service, who.arn, need, verdict.why)


def _principal_keys(call: Call, who: Credential) -> dict[str, list[str]]:
    keys = {"aws:PrincipalArn": [who.role_arn or who.arn], "aws:PrincipalAccount": [who.account],
            "aws:userid": [who.user_id], "aws:RequestedRegion": [call.region]}
    if who.source_identity:
        keys["aws:SourceIdentity"] = [who.source_identity]
    holder = _holder(call, who)
    tags = {tag["Key"]: tag["Value"] for tag in getattr(holder, "tags", None) or []} | who.tags
    return keys | {f"aws:PrincipalTag/{key}": [value] for key, value in tags.items()}


def _trusted_by_name(call: Call, who: Credential) -> bool:
    """A trust policy that names the caller itself is enough within one account."""
    role = state.role_by_arn(call.world, call.input["RoleArn"])
    if role is None or role.arn.split(":")[4] != who.account:
        return False
    named = trust.Caller("AWS", {who.arn, who.role_arn} - {""}, {"sts:ExternalId": [call.input.get("ExternalId", "")]})
    return trust.allows(documents.trust_now(role), "sts:AssumeRole", named)


def _holder(call: Call, who: Credential) -> Any:
    if who.role_arn:
        return state.role_by_arn(call.world, who.role_arn)
    return state.backend(who.account, call.partition).users.get(who.arn.rpartition("/")[2])


def _policies(call: Call, who: Credential) -> tuple[list[Policy], Policy | None]:
    """The identity policies of the caller, and the permissions boundary. Nobody known has none."""
    holder = _holder(call, who)
    if holder is None:
        return [], None
    store = state.backend(who.account, call.partition)
    holders = [holder] + [group for group in store.groups.values() if any(member is holder for member in group.users)]
    found = [_document(text) for item in holders for text in item.policies.values()]
    found += [_default(policy) for item in holders for policy in item.managed_policies.values()]
    arn = getattr(holder, "permissions_boundary_arn", None) or getattr(holder, "permissions_boundary", None)
    if not arn:
        return found, None
    aws_managed.ensure(store, arn)
    policy = store.managed_policies.get(arn)
    return found, _default(policy) if policy is not None else {"Statement": []}


def _default(policy: Any) -> Policy:
    return next(_document(version.document) for version in policy.versions if version.is_default)


def _document(text: Any) -> Policy:
    document: Policy = json.loads(text) if isinstance(text, str) else text
    return document


class _Facts:
    """What is there, as this cloud has it."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def _role(self, name: str) -> Any:
        return state.role_by_name(self.call.account, name, self.call.partition)

    def role_arn(self, name: str) -> str | None:
        role = self._role(name)
        return str(role.arn) if role is not None else None

    def boundary(self, role_name: str) -> str | None:
        role = self._role(role_name)
        return role.permissions_boundary_arn if role is not None else None

    def tags(self, arn: str) -> dict[str, str]:
        service, account = (arn.split(":", 5) + [""] * 5)[2:5:2]
        if service == "sagemaker":
            item = self._region(arn).by_arn(arn) if account == self.call.account else None
            return dict(item.tags) if item is not None else {}
        if service == "iam":
            return self._iam_tags(arn)
        return {}

    def _iam_tags(self, arn: str) -> dict[str, str]:
        if ":role/" in arn:
            role = self._role(arn.rpartition("/")[2])
            return {tag["Key"]: tag["Value"] for tag in role.tags} if role is not None else {}
        policy = state.backend(self.call.account, self.call.partition).managed_policies.get(arn)
        return {tag["Key"]: tag["Value"] for tag in policy.tags.values()} if policy is not None else {}

    def space_keys(self, arn: str) -> dict[str, str]:
        region = self._region(arn)
        item: Any = region.by_arn(arn)
        if isinstance(item, App):
            item = item.domain.spaces.get(item.space.lower()) if item.space else None
        elif item is None and "SpaceName" in self.call.input:  # an app that is being made
            domain = region.domains.get(self.call.input["DomainId"])
            item = domain.spaces.get(self.call.input["SpaceName"].lower()) if domain else None
        if not isinstance(item, Space):
            return {}
        owner = item.domain.profiles.get(item.owner.lower()) if item.owner else None
        return {"sagemaker:SpaceSharingType": item.sharing, "sagemaker:OwnerUserProfileArn": owner.arn if owner else ""}

    def _region(self, arn: str) -> Region:
        return self.call.world.studio.region(self.call.account, arn.split(":")[3], self.call.partition)
