"""An organization of a test's own making: documents are dictionaries, written as JSON, which is YAML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

from e2e.support import ACCOUNT, REGION, Result, Scenario

NETWORK = {"vpcId": "vpc-0123456789abcdef0", "subnetIds": ["subnet-0123456789abcdef0"]}

Call = tuple[str, dict[str, Any]]


def put(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Sets a member given by a dotted path; the document."""
    *parents, last = path.split(".")
    inner = document
    for parent in parents:
        inner = inner.setdefault(parent, {})
    inner[last] = value
    return document


def at(document: Any, path: str) -> Any:
    """The member at a dotted path; None when it is not there."""
    for name in path.split("."):
        if not isinstance(document, dict) or name not in document:
            return None
        document = document[name]
    return document


def tag_map(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


class Estate(Scenario):
    """Declare, apply, look at the calls."""

    def __init__(self, cloud, folder: Path, account: str = ACCOUNT) -> None:
        super().__init__(cloud, folder, account, quickstart=False)
        cloud.credentials(account)
        self.documents: dict[tuple[str, str], dict[str, Any]] = {}
        self.result: Result | None = None
        self.declare("Organization", "acme",
                     accounts=[{"name": "ml-dev", "id": account, "regions": [REGION]}])

    def declare(self, kind: str, name: str, **spec: Any) -> dict[str, Any]:
        """A document; its spec, which may be changed until the next apply."""
        self.documents[kind, name] = spec
        return spec

    def domain(self, name: str = "research", **spec: Any) -> dict[str, Any]:
        return self.declare("Domain", name, **{
            "account": "ml-dev", "region": REGION, "appNetworkAccessType": "PublicInternetOnly"} | NETWORK | spec)

    def team(self, name: str, *members: Any, domain: str = "research", role: dict[str, Any] | None = None,
             **spec: Any) -> dict[str, Any]:
        return self.declare("Team", name, domain=domain, members=list(members), executionRole=role or {}, **spec)

    def withdraw(self, kind: str, name: str) -> None:
        del self.documents[kind, name]

    def policy(self, name: str, *actions: str) -> str:
        """A policy file that allows these actions; how a role names it."""
        self.write(f"policies/{name}.json", json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}))
        return f"{name}.json"

    def save(self) -> str:
        """Writes all documents and commits; the commit."""
        for path in self.repository.glob("*.yaml"):
            path.unlink()
        for (kind, name), spec in self.documents.items():
            document = {"apiVersion": "sagekeeper/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
            self.write(f"{kind}-{name.replace('/', '_')}.yaml", json.dumps(document, indent=2) + "\n")
        return self.commit("change the estate")

    def apply(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> list[Call]:
        """Saves and applies; the calls that changed something."""
        self.save()
        self.mark = self.cloud.mark()
        self.result = self.run("apply", "--yes", *arguments).expect(*codes)
        return self.calls()

    def calls(self) -> list[Call]:
        """Operation and input of each write since the mark that AWS took, in order of arrival."""
        return [(request["operation"], request["input"]) for request in self.cloud.requests(since=self.mark)
                if request["status"] == 200
                and not request["operation"].startswith(("List", "Describe", "Get", "AssumeRole"))]

    def nothing_left(self) -> None:
        assert self.plan(codes=(0,))["changes"] == []


def about(calls: list[Call], member: str, value: str) -> Iterator[Call]:
    """The calls whose input has this value."""
    return ((operation, given) for operation, given in calls if given.get(member) == value)
