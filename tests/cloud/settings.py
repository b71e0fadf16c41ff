"""Everything that can be set: by flag at start, by `POST /_control/settings` at run time."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass, field
from typing import Any

from .model.catalogue import SERVICES

#: Resource types that settle over time; keys of `settle_ms_for` and `settle_reads_for`.
SETTLING_TYPES = ("domain", "user_profile", "space", "app")

#: Resource counts that can be limited; keys of `quota`.
QUOTAS = ("domains", "user_profiles", "spaces", "apps", "roles", "policies", "policies_per_role", "groups", "users")


def _option(default: Any, text: str) -> Any:
    metadata = {"help": text}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass
class Settings:
    settle_ms: float = _option(50.0, "time a create, update or delete takes; 0 = at once")
    settle_reads: int = _option(0, "if above 0, settling takes this many reads instead of time")
    settle_ms_for: dict[str, float] = _option({}, "settle_ms of one type: TYPE=MS")
    settle_reads_for: dict[str, float] = _option({}, "settle_reads of one type: TYPE=N")
    latency_ms: float = _option(0.0, "added to every answer")
    list_visibility_ms: float = _option(0.0, "a new SageMaker resource is missing from lists this long")
    describe_visibility_ms: float = _option(0.0, "a new SageMaker resource cannot be described this long")
    tagging_visibility_ms: float = _option(0.0, "the tagging API shows tag changes this late")
    tagging_lacks_policies: bool = _option(False, "the tagging API does not know iam:policy, as with moto")
    iam_visibility_ms: float = _option(0.0, "a new role or policy is unknown to reads and services this long")
    iam_page_limit: int = _option(0, "IAM pages hold at most this many items, whatever MaxItems says")
    session_seconds: int = _option(0, "if above 0, assumed sessions live this long, whatever was asked")
    skew_minutes: float = _option(15.0, "how far a signature's date may be off")
    quota: dict[str, float] = _option({}, "limit of a count: NAME=N")
    rate: dict[str, float] = _option({}, "requests per second, account and region, before throttling: SERVICE=N")
    empty_first_page: bool = _option(False, "the first page of a list is empty and has a token")
    check_network: bool = _option(False, "VPC, subnets and security groups must exist in EC2")
    enforce_authorization: bool = _option(False, "users and roles may do only what their policies allow; root may do all")
    old_not_found: bool = _option(False, "missing spaces and apps answer ValidationException RecordNotFound")
    external_directory: bool = _option(False, "Identity Store refuses to change users, groups and memberships")
    unique_domain_names: bool = _option(False, "CreateDomain refuses a name that is in use")

    def settle_time(self, kind: str) -> float:
        """Seconds a transition of this type takes."""
        return self.settle_ms_for.get(kind, self.settle_ms) / 1000.0

    def settle_read_count(self, kind: str) -> int:
        return int(self.settle_reads_for.get(kind, self.settle_reads))

    def change(self, values: dict[str, Any]) -> None:
        """Take new values by name; an unknown name or a wrong type is a ValueError."""
        known = {item.name: item for item in dataclasses.fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no setting is called {name!r}; known: {', '.join(known)}")
            current = getattr(self, name)
            if isinstance(current, dict):
                if not isinstance(value, dict):
                    raise ValueError(f"{name} must be an object")
                _check_keys(name, value)
                setattr(self, name, {key: float(number) for key, number in value.items()})
            elif isinstance(current, bool):
                if not isinstance(value, bool):
                    raise ValueError(f"{name} must be true or false")
                setattr(self, name, value)
            else:
                setattr(self, name, type(current)(value))

    def values(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def _check_keys(name: str, value: dict[str, Any]) -> None:
    allowed = {"quota": QUOTAS, "rate": tuple(service.name for service in SERVICES)}.get(name, SETTLING_TYPES)
    for key in value:
        if key not in allowed:
            raise ValueError(f"{name} has no {key!r}; known: {', '.join(allowed)}")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """One flag per setting, named after it."""
    for item in dataclasses.fields(Settings):
        flag = "--" + item.name.replace("_", "-")
        text = item.metadata["help"]
        if item.default_factory is not dataclasses.MISSING:
            parser.add_argument(flag, action="append", metavar="KEY=NUMBER", default=[], help=text)
        elif isinstance(item.default, bool):
            parser.add_argument(flag, action="store_true", help=text)
        else:
            parser.add_argument(flag, type=type(item.default), default=item.default, help=f"{text} (%(default)s)")


def from_flags(arguments: argparse.Namespace) -> Settings:
    settings = Settings()
    values: dict[str, Any] = {}
    for item in dataclasses.fields(Settings):
        value = getattr(arguments, item.name)
        if isinstance(value, list):
            value = dict(pair.split("=", 1) for pair in value)
        values[item.name] = value
    settings.change(values)
    return settings
