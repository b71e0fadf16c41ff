"""An estate as manifests/quickstart has it, of any size: teams with all shipped Studio policies, data of their
own, guardrail and boundary, a role to sign in with, and names that begin alike."""

from __future__ import annotations

import json
from pathlib import Path

from bench.repository import ACCOUNT, document

POLICIES = ["studio-read-only@1", "studio-supporting-services@1", "studio-developer@1", "studio-denied-services@1"]
# "fraud", "fraud-eu", …: five teams whose names, roles and buckets begin alike.
SUFFIXES = ("", "-eu", "-us", "-eu-west", "-team")
WORDS = ("fraud", "credit", "pricing", "churn", "search", "supply", "vision", "voice", "claims", "growth")
BOUNDARY = {"Version": "2012-10-17", "Statement": [
    {"Sid": "WhatPoliciesAllow", "Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Sid": "NoIdentities", "Effect": "Deny", "Resource": "*", "Action": [
        "iam:Create*", "iam:Delete*", "iam:Put*", "iam:Attach*", "iam:Detach*", "iam:Update*"]}]}
# Every so many teams have a second role for jobs, a shared space, and a bucket with a policy of its own.
ROLE_EVERY, SPACE_EVERY, BUCKET_EVERY = 4, 10, 3
# The domain's default role, and the one to sign in with.
OTHER_ROLES = 2


def team_name(number: int) -> str:
    group, suffix = divmod(number, len(SUFFIXES))
    lap, word = divmod(group, len(WORDS))
    return f"{WORDS[word]}{lap or ''}{SUFFIXES[suffix]}"


def user_name(number: int) -> str:
    return f"user{number:06}"


def _bucket(number: int) -> str:
    return f"acme-{team_name(number)}-data"


def _bucket_policy(number: int) -> str:
    """Names the team's role, and refuses what is not encrypted on its way."""
    arns = [f"arn:aws:s3:::{_bucket(number)}", f"arn:aws:s3:::{_bucket(number)}/*"]
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "OwnTeam", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": arns[1],
         "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/sagekeeper/acme/sagekeeper-{team_name(number)}"}},
        {"Sid": "OnlyEncrypted", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": arns,
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})


def _team(number: int, users: list[str]) -> str:
    name = team_name(number)
    policy = f"{name}-bucket.json" if number % BUCKET_EVERY == 0 else "none"
    spec = {"domain": "research", "members": users, "executionRole": {"policies": POLICIES},
            "data": {"buckets": [_bucket(number)], "bucketPolicies": {_bucket(number): policy}},
            "tags": {"CostCenter": str(4000 + number)}}
    if number % ROLE_EVERY == 0:
        spec["roles"] = {"training": {"policies": ["studio-supporting-services@1"]}}
    if number % SPACE_EVERY == 0:
        spec["spaces"] = [{"name": f"{name}-lab", "owner": users[0], "settings": {"AppType": "JupyterLab"}}]
    return document("Team", name, **spec)


def write(folder: Path, teams: int, members: int, users: int) -> int:
    """The manifests of teams with so many members each, of so many users in turn; how many principals `verify`
    asks about: profiles, shared spaces and roles."""
    exceptions = [{"rule": "shared-space-in-domain-with-several-teams", "reason": "others may look on",
                   "subject": f"{team_name(team)}/{team_name(team)}-lab"} for team in range(0, teams, SPACE_EVERY)]
    files = {
        "organization.yaml": document(
            "Organization", "acme", exceptions=exceptions,
            accounts=[{"name": "ml-dev", "id": ACCOUNT, "regions": ["us-east-1"]}],
            defaults={"tags": {"Owner": "ml-platform"}, "permissionsBoundary": {"guardrail": "studio"}}),
        "domain.yaml": document(
            "Domain", "research", account="ml-dev", region="us-east-1", appNetworkAccessType="VpcOnly",
            vpcId="vpc-0123456789abcdef0", subnetIds=["subnet-0123456789abcdef0"],
            securityGroupIds=["sg-0123456789abcdef0"], defaultUserSettings={"StudioWebPortal": "ENABLED"},
            defaultSpaceSettings={}, tagPropagation="ENABLED",
            domainSettings={"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"}),
        "guardrails.yaml": document(
            "Guardrail", "studio", type="boundary", policies=["boundary.json", "guard-instance-types@1"],
            parameters={"instanceTypes": ["ml.t3.*", "ml.m5.large"]}),
        "policies/boundary.json": json.dumps(BOUNDARY),
        "sign-in.yaml": document("SignIn", "staff", domain="research", saml={"provider": "okta"},
                                 network={"vpcs": ["vpc-0123456789abcdef0"]}),
    }
    for team in range(teams):
        files[f"teams/{team_name(team)}.yaml"] = _team(
            team, [user_name((team * members + i) % users) for i in range(members)])
        if team % BUCKET_EVERY == 0:
            files[f"policies/{team_name(team)}-bucket.json"] = _bucket_policy(team)
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    roles = teams + len(range(0, teams, ROLE_EVERY)) + OTHER_ROLES
    return teams * members + roles + len(range(0, teams, SPACE_EVERY))
