"""What SageMaker Studio keeps: one region of one account, and the life of each thing in it."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import in_use

if TYPE_CHECKING:
    from ..world import World

_ID_LETTERS = string.ascii_lowercase + string.digits

#: While in one of these, every write is refused.
BUSY = ("Pending", "Updating", "Deleting")


def random_id(count: int, letters: str = _ID_LETTERS) -> str:
    return "".join(secrets.choice(letters) for _ in range(count))


@dataclass
class Transition:
    """What a busy resource is on its way to; `due` is a time, `reads` a count of looks left."""

    status: str  # "" stands for gone
    due: float
    reads: int
    failure: str = ""


@dataclass
class Resource:
    """What domains, profiles, spaces and apps have in common."""

    kind: str  # domain, user_profile, space, app
    name: str
    arn: str
    created: float
    modified: float
    status: str = "Pending"
    failure: str = ""
    transition: Transition | None = None
    tags: dict[str, str] = field(default_factory=dict)
    ever_tagged: bool = False
    #: What the tagging API still shows, and until when.
    indexed_tags: dict[str, str] | None = None
    indexed_ever: bool = False
    indexed_until: float = 0.0

    @property
    def busy(self) -> bool:
        return self.status in BUSY


@dataclass
class Domain(Resource):
    id: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    profiles: dict[str, "UserProfile"] = field(default_factory=dict)  # by lower-case name
    spaces: dict[str, "Space"] = field(default_factory=dict)
    apps: dict[tuple[str, str, str, str], "App"] = field(default_factory=dict)
    next_uid: int = 200_001


@dataclass
class UserProfile(Resource):
    domain: Domain = None  # type: ignore[assignment]
    uid: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    sign_on: dict[str, str] = field(default_factory=dict)


@dataclass
class Space(Resource):
    domain: Domain = None  # type: ignore[assignment]
    uid: str = ""
    owner: str = ""
    sharing: str = ""
    display_name: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class App(Resource):
    domain: Domain = None  # type: ignore[assignment]
    app_type: str = ""
    profile: str = ""  # exactly one of profile and space is set
    space: str = ""
    spec: dict[str, Any] = field(default_factory=dict)
    recovery: bool | None = None


@dataclass
class LifecycleConfig(Resource):
    content: str = ""
    app_type: str = ""


@dataclass
class FailurePlan:
    """How a coming transition is to end badly; made by a control call."""

    kind: str
    operation: str  # create, update or delete
    reason: str
    name: str = ""
    count: int = 1


@dataclass
class Region:
    """Studio in one account and region."""

    account: str
    name: str
    partition: str = "aws"
    domains: dict[str, Domain] = field(default_factory=dict)
    lifecycle_configs: dict[str, LifecycleConfig] = field(default_factory=dict)
    portfolio_enabled: bool = False
    moving: list[Resource] = field(default_factory=list)  # what is in a transition

    def arn(self, tail: str) -> str:
        return f"arn:{self.partition}:sagemaker:{self.name}:{self.account}:{tail}"

    def resources(self) -> list[Resource]:
        """Everything that has an ARN, in order of making."""
        found: list[Resource] = []
        for domain in self.domains.values():
            found.append(domain)
            found.extend(domain.profiles.values())
            found.extend(domain.spaces.values())
            found.extend(domain.apps.values())
        found.extend(self.lifecycle_configs.values())
        return found

    def by_arn(self, arn: str) -> Resource | None:
        wanted = arn.lower()
        for resource in self.resources():
            if resource.arn.lower() == wanted:
                return resource
        return None


class StudioStore:
    """All regions of all accounts, and the rules by which statuses move."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._regions: dict[tuple[str, str], Region] = {}
        self.failure_plans: list[FailurePlan] = []

    def region(self, account: str, name: str, partition: str = "aws") -> Region:
        """The region, with everything in it settled as far as time has gone."""
        region = self._regions.get((account, name))
        if region is None:
            region = self._regions[account, name] = Region(account, name, partition)
        self._settle_by_time(region)
        return region

    def regions(self) -> list[Region]:
        return [self.region(account, name) for account, name in list(self._regions)]

    def begin(self, region: Region, resource: Resource, operation: str, busy: str, done: str) -> None:
        """Start a transition: create, update or delete. `done` "" means that it then is gone."""
        now = self.world.clock.now()
        reason = self._planned_failure(resource, operation)
        if reason:
            done = {"create": "Failed", "update": "Update_Failed", "delete": "Delete_Failed"}[operation]
            if resource.kind == "app":
                done = "Failed"
        resource.status, resource.failure = busy, ""
        if operation != "create":
            resource.modified = _after(resource, now)
        settings = self.world.settings
        reads = settings.settle_read_count(resource.kind)
        due = now if reads else now + settings.settle_time(resource.kind)
        resource.transition = Transition(done, due, reads, reason)
        if all(other is not resource for other in region.moving):
            region.moving.append(resource)
        self._settle_by_time(region)

    def looked_at(self, region: Region, resource: Resource) -> None:
        """A read saw this resource: one of the looks that settling by reads waits for."""
        step = resource.transition
        if step is not None and step.reads > 0:
            step.reads -= 1
            if step.reads == 0:
                self._finish(region, resource, self.world.clock.now())

    def settle_all(self) -> int:
        """Finish every transition now; how many there were."""
        count = 0
        for region in self._regions.values():
            for resource in list(region.moving):
                self._finish(region, resource, self.world.clock.now())
                count += 1
        return count

    def refuse_if_busy(self, resource: Resource, what: str) -> None:
        if resource.busy:
            raise in_use(f"{what} [{resource.arn}] is in {resource.status} status.")

    def _planned_failure(self, resource: Resource, operation: str) -> str:
        for plan in self.failure_plans:
            named = not plan.name or plan.name.lower() == resource.name.lower()
            if plan.kind == resource.kind and plan.operation == operation and named:
                plan.count -= 1
                if plan.count <= 0:
                    self.failure_plans.remove(plan)
                return plan.reason
        return ""

    def _settle_by_time(self, region: Region) -> None:
        now = self.world.clock.now()
        for resource in list(region.moving):
            step = resource.transition
            if step is not None and step.reads == 0 and now >= step.due:
                self._finish(region, resource, step.due)

    def _finish(self, region: Region, resource: Resource, when: float) -> None:
        step = resource.transition
        assert step is not None
        resource.transition = None
        region.moving = [other for other in region.moving if other is not resource]
        if step.status:
            resource.status, resource.failure = step.status, step.failure
            resource.modified = _after(resource, when)
        else:
            remove(region, resource)


def _after(resource: Resource, when: float) -> float:
    """This time, but later than the last change: no two changes share a LastModifiedTime."""
    return round(max(when, resource.modified + 0.001), 3)


def remove(region: Region, resource: Resource) -> None:
    """Take a resource out of its region."""
    if isinstance(resource, Domain):
        region.domains.pop(resource.id, None)
    elif isinstance(resource, UserProfile):
        resource.domain.profiles.pop(resource.name.lower(), None)
    elif isinstance(resource, Space):
        resource.domain.spaces.pop(resource.name.lower(), None)
    elif isinstance(resource, App):
        resource.domain.apps.pop(app_key(resource), None)
    elif isinstance(resource, LifecycleConfig):
        region.lifecycle_configs.pop(resource.name.lower(), None)


def app_key(app: App) -> tuple[str, str, str, str]:
    return (app.profile.lower(), app.space.lower(), app.app_type.lower(), app.name.lower())
