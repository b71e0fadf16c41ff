"""The state that sagekeeper plans against, read the straightforward way: one question after the other
for each resource, as most scripts do it. Prints how many resources of each type it saw, as JSON.

    plain_reader.py [--threads N]

For each Studio resource one Describe and one ListTags; for each role and policy of ours GetRole or
GetPolicy, one tag listing, and what else there is to read to know it: the role's attachments and
inline policies, the policy's document.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterable

import boto3
from botocore.config import Config

OUR_PATH = "/sagekeeper/"


def pages(client: Any, operation: str, member: str, **arguments: Any) -> list[dict[str, Any]]:
    """All items of a listing, in the largest pages."""
    found = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 100}, **arguments)
    return [item for page in found for item in page[member]]


class Reader:
    def __init__(self, threads: int) -> None:
        # Each thread needs a connection of its own, or they wait for each other.
        config = Config(max_pool_connections=threads, retries={"mode": "standard", "max_attempts": 10})
        self.sagemaker = boto3.client("sagemaker", config=config)
        self.iam = boto3.client("iam", config=config)

    def domain(self, item: dict[str, Any]) -> None:
        self.sagemaker.describe_domain(DomainId=item["DomainId"])
        self.sagemaker.list_tags(ResourceArn=item["DomainArn"])

    def profile(self, item: dict[str, Any]) -> None:
        described = self.sagemaker.describe_user_profile(DomainId=item["DomainId"],
                                                         UserProfileName=item["UserProfileName"])
        self.sagemaker.list_tags(ResourceArn=described["UserProfileArn"])

    def space(self, item: dict[str, Any]) -> None:
        described = self.sagemaker.describe_space(DomainId=item["DomainId"], SpaceName=item["SpaceName"])
        self.sagemaker.list_tags(ResourceArn=described["SpaceArn"])

    def role(self, item: dict[str, Any]) -> None:
        name = item["RoleName"]
        self.iam.get_role(RoleName=name)
        self.iam.list_role_tags(RoleName=name)
        self.iam.list_attached_role_policies(RoleName=name)
        for policy in self.iam.list_role_policies(RoleName=name)["PolicyNames"]:
            self.iam.get_role_policy(RoleName=name, PolicyName=policy)

    def policy(self, item: dict[str, Any]) -> None:
        arn = item["Arn"]
        version = self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        self.iam.get_policy_version(PolicyArn=arn, VersionId=version)
        self.iam.list_policy_tags(PolicyArn=arn)

    def work(self) -> Iterable[tuple[Callable[[dict[str, Any]], None], list[dict[str, Any]]]]:
        yield self.domain, pages(self.sagemaker, "list_domains", "Domains")
        yield self.profile, pages(self.sagemaker, "list_user_profiles", "UserProfiles")
        yield self.space, pages(self.sagemaker, "list_spaces", "Spaces")
        yield self.role, pages(self.iam, "list_roles", "Roles", PathPrefix=OUR_PATH)
        yield self.policy, pages(self.iam, "list_policies", "Policies", Scope="Local", PathPrefix=OUR_PATH)


def main() -> None:
    parser = argparse.ArgumentParser(description="Read Studio's state one resource at a time.")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    reader = Reader(options.threads)
    seen = {}
    with ThreadPoolExecutor(options.threads) as pool:
        for read, items in reader.work():
            list(pool.map(read, items))
            seen[read.__name__] = len(items)
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
