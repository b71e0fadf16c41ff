"""What AWS asks of a caller, for tests that have calls and no cloud.

The table and the evaluator are the local cloud's (tests/cloud/authorization/); `Authorizer` follows
a run call by call and remembers what the calls made of tags and boundaries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cloud.auth.conditions import as_list  # noqa: F401
from cloud.authorization import needs
from cloud.authorization.needs import Ask, Need, need  # noqa: F401
from cloud.authorization.policy import allowing, allows  # noqa: F401


@dataclass
class Authorizer:
    """Remembers tags and boundaries as the calls change them. ARNs are of one account."""

    account: str
    path: str = "/sagekeeper/acme/"
    remembered: dict[str, dict[str, str]] = field(default_factory=dict)  # ARN in lower case -> tags
    boundaries: dict[str, str] = field(default_factory=dict)  # role name -> ARN

    def needs(self, service: str, operation: str, region: str, given: dict[str, Any]) -> list[Need]:
        found = needs.of(Ask(service, operation, "aws", self.account, region, given, self))
        self._remember(operation, given, found)
        return found

    def _remember(self, operation: str, given: dict[str, Any], found: list[Need]) -> None:
        if "PermissionsBoundary" in given:
            self.boundaries[given["RoleName"]] = given["PermissionsBoundary"]
        elif operation == "DeleteRolePermissionsBoundary":
            self.boundaries.pop(given["RoleName"], None)
        if not found or ":sagemaker:" not in found[0].resource:
            return
        tags = self.remembered.setdefault(found[0].resource.lower(), {})
        tags.update({tag["Key"]: tag["Value"] for tag in given.get("Tags") or []})
        for key in given.get("TagKeys") or []:
            tags.pop(key, None)

    # facts of the table

    def role_arn(self, name: str) -> str | None:
        return f"arn:aws:iam::{self.account}:role{self.path}{name}"

    def boundary(self, role_name: str) -> str | None:
        return self.boundaries.get(role_name)

    def tags(self, arn: str) -> dict[str, str]:
        return self.remembered.get(arn.lower(), {})

    def space_keys(self, arn: str) -> dict[str, str]:
        return {}
