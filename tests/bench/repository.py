"""Manifests of teams as a folder, for the benches that run the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"
POLICIES = ["studio-read-only@1", "studio-developer@1", "studio-denied-services@1"]


def document(kind: str, name: str, **spec: Any) -> str:
    # JSON is YAML.
    return json.dumps({"apiVersion": "sagekeeper/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}) + "\n"


def user_name(team: int, member: int) -> str:
    return f"user{team:03}x{member:03}"


def write(folder: Path, teams: int, members: int, declare_users: bool = False) -> int:
    """An organization, a domain, and the teams, with a User for each member if asked; how many manifests."""
    documents = {
        "organization": document("Organization", "acme", defaults={"tags": {"Owner": "ml-platform"}}, accounts=[
            {"name": "ml-dev", "id": ACCOUNT, "regions": ["us-east-1"]}]),
        "domain": document("Domain", "research", account="ml-dev", region="us-east-1",
                            appNetworkAccessType="VpcOnly", vpcId="vpc-0123456789abcdef0",
                            subnetIds=["subnet-0123456789abcdef0"], securityGroupIds=["sg-0123456789abcdef0"],
                            defaultUserSettings={"StudioWebPortal": "ENABLED"}),
    }
    for team in range(teams):
        users = [user_name(team, member) for member in range(members)]
        documents[f"teams/team{team:03}"] = document(
            "Team", f"team{team:03}", domain="research", members=users, executionRole={"policies": POLICIES},
            userSettings={"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}},
            tags={"CostCenter": str(4000 + team)})
        if declare_users:
            documents |= {f"users/{user}": document("User", user, email=f"{user}@example.com") for user in users}
    for path, text in documents.items():
        file = folder / f"{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return len(documents)
