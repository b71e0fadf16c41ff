"""Studio lifecycle configurations: made and deleted, never changed; and the Projects portfolio."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from ..errors import in_use, not_found, validation
from ..world import Call
from .common import region_of, set_tags, tags_from
from .paging import page, with_token
from .store import LifecycleConfig


def create(call: Call) -> dict[str, Any]:
    given, region = call.input, region_of(call)
    name = given["StudioLifecycleConfigName"]
    try:
        base64.b64decode(given["StudioLifecycleConfigContent"], validate=True)
    except binascii.Error:
        raise validation("StudioLifecycleConfigContent must be base64 encoded") from None
    if name.lower() in region.lifecycle_configs:
        raise in_use(f"Studio Lifecycle Config [{name}] already exists.")
    tags, now = tags_from(call), call.world.clock.now()
    config = LifecycleConfig("lifecycle_config", name, region.arn(f"studio-lifecycle-config/{name.lower()}"), now, now,
                             status="", content=given["StudioLifecycleConfigContent"],
                             app_type=given["StudioLifecycleConfigAppType"])
    set_tags(call, config, tags)
    region.lifecycle_configs[name.lower()] = config
    return {"StudioLifecycleConfigArn": config.arn}


def _config(call: Call) -> LifecycleConfig:
    name = call.input["StudioLifecycleConfigName"]
    config = region_of(call).lifecycle_configs.get(name.lower())
    if config is None:
        raise not_found(f"StudioLifecycleConfig [{name}] does not exist.")
    return config


def _details(config: LifecycleConfig) -> dict[str, Any]:
    return {"StudioLifecycleConfigArn": config.arn, "StudioLifecycleConfigName": config.name,
            "CreationTime": config.created, "LastModifiedTime": config.modified,
            "StudioLifecycleConfigAppType": config.app_type}


def describe(call: Call) -> dict[str, Any]:
    config = _config(call)
    return _details(config) | {"StudioLifecycleConfigContent": config.content}


def list_all(call: Call) -> dict[str, Any]:
    given = call.input
    part, app_type = given.get("NameContains", "").lower(), given.get("AppTypeEquals")
    seen = [config for key, config in region_of(call).lifecycle_configs.items()
            if part in key and app_type in (None, config.app_type) and _in_time(given, config)]
    member = {"Name": "name", "LastModifiedTime": "modified"}.get(given.get("SortBy", ""), "created")
    chosen, token = page(call, seen, lambda config: [getattr(config, member), config.name.lower()],
                         given.get("SortOrder", "Descending") == "Descending")
    return with_token({"StudioLifecycleConfigs": [_details(config) for config in chosen]}, token)


def _in_time(given: dict[str, Any], config: LifecycleConfig) -> bool:
    return bool(given.get("CreationTimeAfter", 0) <= config.created <= given.get("CreationTimeBefore", float("inf"))
            and given.get("ModifiedTimeAfter", 0) <= config.modified <= given.get("ModifiedTimeBefore", float("inf")))


def delete(call: Call) -> dict[str, Any]:
    config, region = _config(call), region_of(call)
    for domain in region.domains.values():
        users = [domain.settings, *(item.settings for item in domain.profiles.values()),
                 *(item.settings for item in domain.spaces.values())]
        users += [app.spec for app in domain.apps.values() if app.status not in ("Deleted", "Failed")]
        if config.arn.lower() in json.dumps(users).lower():
            raise in_use(f"Studio Lifecycle Config [{config.arn}] is in use.")
    del region.lifecycle_configs[config.name.lower()]
    return {}


def enable_portfolio(call: Call) -> dict[str, Any]:
    region_of(call).portfolio_enabled = True
    return {}


def disable_portfolio(call: Call) -> dict[str, Any]:
    region_of(call).portfolio_enabled = False
    return {}


def portfolio_status(call: Call) -> dict[str, Any]:
    return {"Status": "Enabled" if region_of(call).portfolio_enabled else "Disabled"}
