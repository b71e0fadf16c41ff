"""What the end-to-end tests share: the reference scenario, the program, and boto3's view.

SK_PROGRAM names the program under test; without it the one that script/build made with
sanitizers is taken. What it prints is kept, so that one test can look for secrets in all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e import restricted

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REGION = "us-east-1"
DOMAIN = "sagemaker_domain/ml-dev/us-east-1/research"
SECONDS = 120


def program() -> Path:
    return Path(os.environ.get("SK_PROGRAM", ROOT / "build" / "asan" / "bin" / "sagekeeper"))


@dataclass
class Result:
    """What one run of the program gave."""

    arguments: list[str]
    code: int
    out: str
    err: str

    def expect(self, *codes: int) -> "Result":
        assert self.code in codes, (
            f"sagekeeper {' '.join(self.arguments)} ended with {self.code}, not {codes}\n"
            f"--- stdout\n{self.out[-6000:]}\n--- stderr\n{self.err[-6000:]}")
        return self

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Scenario:
    """manifests/quickstart as a repository in a folder of its own, with its own state."""

    def __init__(self, cloud, folder: Path, account: str = ACCOUNT, quickstart: bool = True) -> None:
        self.cloud = cloud
        self.account = account
        self.folder = folder
        self.repository = folder / "platform"
        self.state = folder / "state"
        self.mark = 0
        self.printed: dict[tuple[str, str], dict[str, Any]] = {}  # of restricted.py
        if quickstart:
            shutil.copytree(ROOT / "manifests" / "quickstart", self.repository)
        else:
            self.repository.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("first commit")

    # the repository

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(self.repository), "-c", "user.name=test", "-c", "commit.gpgsign=false",
             "-c", "user.email=test@example.com", *arguments],
            check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def write(self, path: str, text: str) -> None:
        file = self.repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text that must be there, and commit."""
        file = self.repository / path
        text = file.read_text()
        assert old in text, f"{path} does not hold {old!r}"
        file.write_text(text.replace(old, new))
        self.commit(f"change {path}")

    def remove(self, *paths: str) -> None:
        for path in paths:
            (self.repository / path).unlink()
        self.commit("remove " + ", ".join(paths))

    # the program

    def environment(self, *arguments: str, **more: str) -> dict[str, str]:
        """The variables for a run with these arguments."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        plain = keep | self.cloud.environment(self.account) | {
            "SAGEKEEPER_STATE": str(self.state),
            "SAGEKEEPER_VERIFY": "never",  # proved in tests of its own, which say "auto"
            "SAGEKEEPER_ACCESS_CHANGES": "never",  # told in tests of its own
            "SAGEKEEPER_SETTLE_INTERVAL": "50ms",
            "SAGEKEEPER_RATE_FACTOR": "100",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ASAN_OPTIONS": "detect_leaks=1",
        }
        return (restricted.environment(self, plain, *arguments) if restricted.on() else plain) | more

    def arguments(self, *arguments: str, source: bool = True) -> list[str]:
        tail = ["--git", str(self.repository), "--ref", "main"] if source else []
        return [*arguments, *tail]

    def run(self, *arguments: str, source: bool = True, env: dict[str, str] | None = None,
            seconds: float = SECONDS) -> Result:
        command = self.arguments(*arguments, source=source)
        done = subprocess.run([str(program()), *command], env=self.environment(*arguments, **(env or {})),
                              capture_output=True, text=True, timeout=seconds, check=False,
                              stdin=subprocess.DEVNULL)
        self.check_sanitizers(done.stderr)
        return Result(command, done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(program()), *self.arguments(*arguments)], env=self.environment(*arguments, **(env or {})),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)

    @staticmethod
    def check_sanitizers(text: str) -> None:
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error:"):
            assert word not in text, text[-8000:]

    def plan(self, *arguments: str, codes: tuple[int, ...] = (2,)) -> dict[str, Any]:
        return self.run("plan", "--output", "json", *arguments).expect(*codes).json

    def changes(self, *arguments: str, codes: tuple[int, ...] = (2,)) -> dict[str, dict[str, Any]]:
        """The plan's changes by address."""
        return {change["address"]: change for change in self.plan(*arguments, codes=codes)["changes"]}

    # the live world, as boto3 sees it

    def boto3(self, service: str, region: str = REGION) -> Any:
        return self.cloud.boto3(service, region=region, account=self.account)

    def domain_id(self, name: str = "research") -> str:
        domains = self.boto3("sagemaker").list_domains(MaxResults=100)["Domains"]
        found = [domain["DomainId"] for domain in domains if domain["DomainName"] == name]
        assert len(found) == 1, f"domains named {name}: {found}"
        return found[0]

    def profiles(self) -> dict[str, dict[str, Any]]:
        """DescribeUserProfile of every profile, by name."""
        sagemaker = self.boto3("sagemaker")
        pages = sagemaker.get_paginator("list_user_profiles").paginate(PaginationConfig={"PageSize": 100})
        return {item["UserProfileName"]: sagemaker.describe_user_profile(
                    DomainId=item["DomainId"], UserProfileName=item["UserProfileName"])
                for page in pages for item in page["UserProfiles"]}

    def tags(self, arn: str) -> dict[str, str]:
        tags = self.boto3("sagemaker").list_tags(ResourceArn=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in tags}

    def roles(self) -> dict[str, dict[str, Any]]:
        """Our roles by name, each with `Attached` and `Inline` names and `Tags` as a map."""
        iam = self.boto3("iam")
        found = {}
        for page in iam.get_paginator("list_roles").paginate(PathPrefix="/sagekeeper/"):
            for role in page["Roles"]:
                name = role["RoleName"]
                role = iam.get_role(RoleName=name)["Role"]
                attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
                role["Attached"] = sorted(policy["PolicyArn"] for policy in attached)
                role["Inline"] = sorted(iam.list_role_policies(RoleName=name)["PolicyNames"])
                role["Tags"] = {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}
                found[name] = role
        return found

    def policies(self) -> dict[str, str]:
        """Customer managed policies: name to ARN."""
        pages = self.boto3("iam").get_paginator("list_policies").paginate(Scope="Local")
        return {policy["PolicyName"]: policy["Arn"] for page in pages for policy in page["Policies"]}

    def snapshot(self) -> dict[str, Any]:
        """The state of everything, without what differs from run to run, to compare two outcomes."""
        domain = self.boto3("sagemaker").describe_domain(DomainId=self.domain_id())
        volatile = {"CreationTime", "LastModifiedTime", "ResponseMetadata", "HomeEfsFileSystemUid",
                    "CreateDate", "RoleId", "DomainId", "DomainArn", "Url", "HomeEfsFileSystemId",
                    "UserProfileArn", "SecurityGroupIdForDomainBoundary", "RoleLastUsed"}

        def strip(value: dict[str, Any]) -> dict[str, Any]:
            return {key: item for key, item in value.items() if key not in volatile}

        return json.loads(json.dumps({
            "domain": strip(domain),
            "profiles": {name: strip(profile) | {"Tags": self.tags(profile["UserProfileArn"])}
                         for name, profile in self.profiles().items()},
            "roles": {name: strip(role) for name, role in self.roles().items()},
            "policies": sorted(self.policies()),
        }, sort_keys=True, default=str))

    def writes(self, since: int | None = None) -> list[str]:
        """Operations that change something, in the order of the request log."""
        reads = ("List", "Describe", "Get", "AssumeRole")
        return [request["operation"] for request in
                self.cloud.requests(since=self.mark if since is None else since)
                if not request["operation"].startswith(reads)]
