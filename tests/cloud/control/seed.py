"""State made or forced directly, past all checks: bulk data, roles, statuses, failures to come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..iam import state as iam_state
from ..studio import settings as studio_settings
from ..studio.store import Domain, FailurePlan, Region, UserProfile, random_id

if TYPE_CHECKING:
    from ..world import World

Arguments = dict[str, Any]


def _region(world: World, arguments: Arguments) -> Region:
    return world.studio.region(str(arguments.get("account", world.account)), str(arguments.get("region", "us-east-1")))


def profiles(world: World, arguments: Arguments) -> Any:
    """A domain (a new one, or `domain_id`) with `count` profiles, all in service.

    In `prefix`, `settings` and `tags` the text {n} stands for the profile's number.
    """
    with world.lock:
        region = _region(world, arguments)
        domain_id = arguments.get("domain_id")
        domain = region.domains[domain_id] if domain_id else _domain(world, region, arguments)
        prefix, now = str(arguments.get("prefix", "user{n}")), world.clock.now()
        settings, tags = json.dumps(arguments.get("settings", {})), json.dumps(arguments.get("tags", {}))
        names = []
        for number in range(int(arguments.get("count", 0))):
            name = prefix.replace("{n}", str(number))
            own_tags = json.loads(tags.replace("{n}", str(number)))
            profile = UserProfile(
                "user_profile", name, region.arn(f"user-profile/{domain.id}/{name.lower()}"), now, now, "InService",
                tags=own_tags, ever_tagged=bool(own_tags), domain=domain, uid=str(domain.next_uid),
                settings=studio_settings.stored(json.loads(settings.replace("{n}", str(number)))))
            domain.next_uid += 5
            domain.profiles[name.lower()] = profile
            names.append(name)
    return {"domain_id": domain.id, "domain_arn": domain.arn, "profiles": names}


def _domain(world: World, region: Region, arguments: Arguments) -> Domain:
    domain_id, now = "d-" + random_id(12), world.clock.now()
    tags = {str(key): str(value) for key, value in arguments.get("domain_tags", {}).items()}
    settings = {"AuthMode": "IAM", "VpcId": "vpc-0seeded", "SubnetIds": ["subnet-0seeded"],
                "AppNetworkAccessType": "PublicInternetOnly", "TagPropagation": "DISABLED",
                "HomeEfsFileSystemId": "fs-" + random_id(17, "0123456789abcdef"),
                "Url": f"https://{domain_id}.studio.{region.name}.sagemaker.aws"}
    settings |= arguments.get("domain_settings", {})
    domain = Domain("domain", str(arguments.get("domain_name", "seeded")), region.arn("domain/" + domain_id), now, now,
                    "InService", tags=tags, ever_tagged=bool(tags), id=domain_id, settings=settings)
    region.domains[domain_id] = domain
    return domain


def role(world: World, arguments: Arguments) -> Any:
    """A role in any account; trusted by `trusted_accounts` (with `external_id`), by `services`, or as `trust` says."""
    from moto.iam.utils import random_role_id

    account, name = str(arguments["account"]), str(arguments["name"])
    with world.lock:
        store = iam_state.backend(account)
        old = iam_state.role_by_name(account, name)
        if old is not None:
            del store.roles[old.id]
        made = iam_state.new_role(
            account_id=account, partition="aws", role_id=random_role_id(account), name=name,
            assume_role_policy_document=json.dumps(_trust(world, arguments)), path=arguments.get("path", "/"),
            permissions_boundary=None, description=arguments.get("description", ""),
            tags=[{"Key": key, "Value": value} for key, value in arguments.get("tags", {}).items()],
            max_session_duration=arguments.get("max_session_duration", 3600))
        for policy_name, document in arguments.get("policies", {}).items():
            made.policies[policy_name] = json.dumps(document)
        store.roles[made.id] = made
    return {"arn": made.arn, "role_id": made.id}


def role_policies(world: World, arguments: Arguments) -> Any:
    """The inline policies of a role become exactly these."""
    with world.lock:
        found = iam_state.role_by_arn(world, str(arguments["arn"]))
        if found is None:
            raise KeyError(arguments["arn"])
        found.policies.clear()
        found.policies.update({name: json.dumps(document) for name, document in arguments["policies"].items()})
    return {}


def _trust(world: World, arguments: Arguments) -> Any:
    if "trust" in arguments:
        return arguments["trust"]
    principal: dict[str, Any] = {}
    if "services" in arguments:
        principal["Service"] = arguments["services"]
    accounts = arguments.get("trusted_accounts", [] if principal else [world.account])
    if accounts:
        principal["AWS"] = [f"arn:aws:iam::{account}:root" for account in accounts]
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal,
                                 "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    if "external_id" in arguments:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": arguments["external_id"]}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def force_status(world: World, arguments: Arguments) -> Any:
    """Give the resource of this ARN a status, whatever it was doing; "gone" removes it."""
    from ..studio.store import remove

    arn, status = str(arguments["arn"]), str(arguments["status"])
    parts = arn.split(":", 5)
    with world.lock:
        region = world.studio.region(parts[4], parts[3])
        resource = region.by_arn(arn)
        if resource is None:
            raise KeyError(arn)
        resource.transition = None
        region.moving = [other for other in region.moving if other is not resource]
        if status == "gone":
            remove(region, resource)
        else:
            resource.status, resource.failure = status, str(arguments.get("reason", ""))
            resource.modified = world.clock.now()
    return {"arn": resource.arn, "status": status}


def plan_failure(world: World, arguments: Arguments) -> Any:
    """The next create, update or delete of this type (and name) ends in its failed status."""
    plan = FailurePlan(str(arguments["type"]), str(arguments["operation"]),
                       str(arguments.get("reason", "injected failure")), str(arguments.get("name", "")),
                       int(arguments.get("count", 1)))
    if plan.operation not in ("create", "update", "delete"):
        raise ValueError("operation must be create, update or delete")
    with world.lock:
        world.studio.failure_plans.append(plan)
    return {}


def settle(world: World, arguments: Arguments) -> Any:
    """End every transition now, as it was going to end."""
    with world.lock:
        return {"settled": world.studio.settle_all()}


def dump(world: World, arguments: Arguments) -> Any:
    """Everything in SageMaker Studio and the roles and policies of IAM, by account."""
    with world.lock:
        regions = [_region_view(region) for region in world.studio.regions()]
        return {"studio": regions, "iam": _iam_view()}


def _region_view(region: Region) -> dict[str, Any]:
    resources = []
    for item in region.resources():
        view = {"type": item.kind, "name": item.name, "arn": item.arn, "status": item.status, "failure": item.failure,
                "created": item.created, "modified": item.modified, "tags": item.tags}
        for member in ("id", "uid", "settings", "owner", "sharing", "app_type", "profile", "space"):
            if hasattr(item, member):
                view[member] = getattr(item, member)
        resources.append(view)
    return {"account": region.account, "region": region.name, "resources": resources}


def _iam_view() -> list[dict[str, Any]]:
    import sys

    models = sys.modules.get("moto.iam.models")
    if models is None:
        return []
    found = []
    for account, partitions in models.iam_backends.items():
        for store in partitions.values():
            roles = [{"name": item.name, "arn": item.arn, "id": item.id, "trust": item.assume_role_policy_document,
                      "description": item.description, "max_session_duration": item.max_session_duration,
                      "boundary": item.permissions_boundary_arn, "inline": item.policies,
                      "attached": list(item.managed_policies),
                      "tags": {tag["Key"]: tag["Value"] for tag in item.tags}} for item in store.roles.values()]
            policies = [{"name": item.name, "arn": item.arn, "default": item.default_version_id,
                         "versions": {version.version_id: version.document for version in item.versions},
                         "tags": {tag["Key"]: tag["Value"] for tag in item.tags.values()}}
                        for item in store.managed_policies.values() if ":iam::aws:" not in item.arn]
            found.append({"account": account, "roles": roles, "policies": policies})
    return found
