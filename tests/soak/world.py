"""An organization that lives: seeded changes in Git, people who change things by hand, faults of AWS, and
what boto3 must see when all is quiet again."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

from cloud.client import Cloud
from e2e.estate import Estate
from e2e.support import ACCOUNT

#: The guard is not what this is about; small teams come and go as a whole.
FREE_HAND = ("--delete-limit", "1000", "--delete-percent", "100")
USERS = [f"user{number}" for number in range(12)]
TEAMS = [f"team{number}" for number in range(6)]
INSTANCE_TYPES = ["ml.t3.medium", "ml.t3.large", "ml.m5.large"]
TEMPLATES = ["studio-supporting-services@1", "studio-read-only@1", "studio-developer@1"]
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN_INSTANCE_TYPE = "UserSettings.JupyterLabAppSettings.DefaultResourceSpec.InstanceType"

#: A fault that hits one request. Reads and writes alike; what cannot be hidden is reported, and the next
#: cycle repairs it. No second domain: AWS lets it be, and only a person may decide which one goes.
FAULTS: dict[str, dict[str, Any]] = {
    "error 500": {"kind": "fail", "code": "InternalFailure", "status": 500},
    "error 500 after the effect": {"kind": "fail", "code": "InternalFailure", "status": 500, "after": True},
    "throttled": {"kind": "throttle"},
    "denied": {"kind": "deny"},
    "connection lost before": {"kind": "drop_before"},
    "connection lost after": {"kind": "drop_after"},
    "answer cut off": {"kind": "truncate"},
    "answer late": {"kind": "late", "ms": 200},
}


def _instance_type(value: str) -> dict[str, Any]:
    return {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": value}}}


def _of_document(document: dict[str, Any]) -> str:
    return document["JupyterLabAppSettings"]["DefaultResourceSpec"]["InstanceType"]


class World(Estate):
    """Six possible teams of twelve users; `self.documents` is the truth that AWS has to reach."""

    def __init__(self, cloud: Cloud, folder: Path, seed: int) -> None:
        super().__init__(cloud, folder)
        self.random = random.Random(seed)
        self.changes: Counter[str] = Counter()
        self.ahead = 0
        self.domain()
        for name in TEAMS[:3]:
            self.new_team(name)
        self.save()

    # time

    def environment(self, *arguments: str, **more: str) -> dict[str, str]:
        return super().environment(*arguments, **{"SAGEKEEPER_TEST_CLOCK_OFFSET": str(self.ahead)} | more)

    def let_pass(self, seconds: int) -> None:
        """Time goes by for AWS and for programs that are started from now on."""
        self.ahead += seconds
        self.cloud.clock(skew=self.ahead, advance=seconds)
        self.cloud.control("POST", "settle")

    # what is declared

    def teams(self) -> dict[str, dict[str, Any]]:
        return {name: spec for (kind, name), spec in self.documents.items() if kind == "Team"}

    def new_team(self, name: str) -> None:
        self.team(name, *self.random.sample(USERS, self.random.randint(1, 4)), tags={"CostCenter": self.number()},
                  userSettings=_instance_type(self.random.choice(INSTANCE_TYPES)),
                  role={"policies": TEMPLATES[:self.random.randint(1, 3)], "parameters": {"bucket": f"acme-{name}-data"}})

    def number(self) -> str:
        return str(self.random.randint(1000, 9999))

    def change(self) -> str:
        """One change of the documents by somebody; its name."""
        possible = ["member joins", "member leaves", "tag changes", "instance type changes", "policies change"]
        teams = self.teams()
        if len(teams) < len(TEAMS):
            possible.append("team is founded")
        if len(teams) > 2:
            possible.append("team is dissolved")
        what = self.random.choice(possible)
        name = self.random.choice(sorted(teams))
        spec = teams[name]
        if what == "member joins":
            free = sorted(set(USERS) - set(spec["members"]))
            spec["members"].append(self.random.choice(free))
        elif what == "member leaves":
            spec["members"].remove(self.random.choice(spec["members"]))
            if not spec["members"]:
                spec["members"].append(self.random.choice(USERS))
        elif what == "tag changes":
            spec["tags"]["CostCenter"] = self.number()
        elif what == "instance type changes":
            spec["userSettings"] = _instance_type(self.random.choice(INSTANCE_TYPES))
        elif what == "policies change":
            spec["executionRole"]["policies"] = TEMPLATES[:self.random.randint(1, 3)]
        elif what == "team is founded":
            self.new_team(self.random.choice(sorted(set(TEAMS) - set(teams))))
        else:
            self.withdraw("Team", name)
        self.changes[what] += 1
        return what

    def commit_changes(self, most: int) -> None:
        for _ in range(self.random.randint(1, most)):
            self.change()
        self.save()

    # what people do by hand

    def interfere(self) -> str:
        """Somebody changes something past Git; what, or why not."""
        what = self.random.choice(["app is started", "administrator rights by hand", "profile changed by hand",
                                   "profile deleted by hand", "policy detached by hand"])
        sagemaker, iam = self.boto3("sagemaker"), self.boto3("iam")
        domains = sagemaker.list_domains(MaxResults=100)["Domains"]
        profiles = sorted(name for name, _ in self.live_profiles())
        roles = sorted(role["RoleName"] for role in iam.list_roles(PathPrefix="/sagekeeper/")["Roles"])
        pick, role = self.random.random(), self.random.random()
        if not domains or not profiles or not roles:
            return "nothing there to change"
        profile = profiles[int(pick * len(profiles))]
        key = {"DomainId": domains[0]["DomainId"], "UserProfileName": profile}
        name = roles[int(role * len(roles))]
        self.changes[what] += 1
        try:
            if what == "app is started":
                sagemaker.create_app(**key, AppType="JupyterServer", AppName="default")
            elif what == "administrator rights by hand":
                iam.attach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR)
            elif what == "profile changed by hand":
                sagemaker.update_user_profile(**key, UserSettings=_instance_type("ml.p4d.24xlarge"))
            elif what == "profile deleted by hand":
                sagemaker.delete_user_profile(**key)
            else:
                attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
                if attached:
                    iam.detach_role_policy(RoleName=name, PolicyArn=attached[0]["PolicyArn"])
        except (sagemaker.exceptions.ClientError, iam.exceptions.ClientError) as refused:
            return f"{what}, refused: {refused}"
        return what

    def live_profiles(self) -> list[tuple[str, str]]:
        """Name and status of each profile, as often as AWS lists it."""
        pages = self.boto3("sagemaker").get_paginator("list_user_profiles").paginate(PaginationConfig={"PageSize": 100})
        return [(item["UserProfileName"], item["Status"]) for page in pages for item in page["UserProfiles"]]

    def inject_fault(self) -> str:
        """A fault that one of the next requests meets; which."""
        what = self.random.choice(sorted(FAULTS))
        self.cloud.inject(operation="*", occurrence=self.random.randint(1, 25), **FAULTS[what])
        self.changes[what] += 1
        return what

    # what must be there

    def differences(self) -> list[str]:
        """How AWS, by boto3, differs from the documents; empty when it has converged and has nothing twice."""
        wanted_profiles, wanted_roles = {}, {"sagekeeper-research-default": ["research-default-studio-read-only-v1"]}
        for team, spec in self.teams().items():
            wanted_roles[f"sagekeeper-{team}"] = sorted(
                f"{team}-{policy.replace('@', '-v')}" for policy in spec["executionRole"]["policies"])
            for user in spec["members"]:
                wanted_profiles[f"{user}-{team}"] = (
                    "InService", f"sagekeeper-{team}", _of_document(spec["userSettings"]), spec["tags"]["CostCenter"], user)
        found = []

        def compare(what: str, live: Any, wanted: Any) -> None:
            if live != wanted:
                found.append(f"{what}: AWS has {live}, Git says {wanted}")

        domains = self.boto3("sagemaker").list_domains(MaxResults=100)["Domains"]
        compare("domains", [domain["DomainName"] for domain in domains], ["research"])
        compare("names of profiles", sorted(name for name, _ in self.live_profiles()), sorted(wanted_profiles))
        for name, profile in self.profiles().items():
            tags, settings = self.tags(profile["UserProfileArn"]), profile["UserSettings"]
            compare(f"profile {name}", (profile["Status"], settings["ExecutionRole"].split("/")[-1], _of_document(settings),
                                        tags["CostCenter"], tags["studiouserid"]), wanted_profiles.get(name))
        live_roles = {name: sorted(arn.split("/")[-1] for arn in role["Attached"]) for name, role in self.roles().items()}
        compare("roles and their policies", live_roles, wanted_roles)
        compare("policies", sorted(self.policies()), sorted(sum(wanted_roles.values(), [])))
        apps = self.boto3("sagemaker").get_paginator("list_apps").paginate()
        homeless = {app["UserProfileName"] for page in apps for app in page["Apps"]
                    if app["Status"] not in ("Deleted", "Failed")} - set(wanted_profiles)
        compare("apps of profiles that are gone", homeless, set())
        return found


def cloud_options() -> tuple[str, ...]:
    # boto3 does not learn that time goes by.
    return ("--account", ACCOUNT, "--skew-minutes", "100000")
