"""The control endpoint: loopback HTTP with JSON, under /_control/. README.md lists the calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import parse_qsl

from ..auth.credentials import Credential, new_key_id, new_secret
from ..iam import state as iam_state
from ..wire.protocols import Request
from ..identity import users as identity_users
from . import seed

if TYPE_CHECKING:
    from ..world import World

Arguments = dict[str, Any]


class ControlError(Exception):
    """A control call that makes no sense; answered with 400 and the text."""


def handle(world: World, request: Request) -> tuple[int, bytes]:
    name = request.path[len("/_control/"):].strip("/")
    action = _CALLS.get((request.method, name))
    if action is None:
        return _json(404, {"error": f"no control call {request.method} /_control/{name}"})
    try:
        arguments: Arguments = dict(parse_qsl(request.query))
        if request.body:
            body = json.loads(request.body)
            if not isinstance(body, dict):
                raise ControlError("the body must be an object")
            arguments.update(body)
        return _json(200, action(world, arguments))
    except (ControlError, ValueError, KeyError, TypeError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, value: Any) -> tuple[int, bytes]:
    return status, json.dumps(value, default=str).encode()


def _requests(world: World, arguments: Arguments) -> Any:
    since = int(arguments.pop("since", 0))
    return {"requests": world.log.select(since, **{key: str(value) for key, value in arguments.items()})}


def _counts(world: World, arguments: Arguments) -> Any:
    since = int(arguments.pop("since", 0))
    counts = world.log.counts(since, **{key: str(value) for key, value in arguments.items()})
    return {"counts": counts, "total": sum(counts.values()), "last_sequence": world.log.last_sequence()}


def _health(world: World, arguments: Arguments) -> Any:
    log = world.log
    return {"model_violations": log.model_violations, "crashes": log.crashes, "not_implemented": log.not_implemented,
            "last_sequence": log.last_sequence(), "time": world.clock.now(), "skew": world.clock.skew}


def _forget_requests(world: World, arguments: Arguments) -> Any:
    world.log.reset()
    return {}


def _reset(world: World, arguments: Arguments) -> Any:
    world.reset()
    return {}


def _credentials(world: World, arguments: Arguments) -> Any:
    account = str(arguments["account"])
    if len(account) != 12 or not account.isdigit():
        raise ControlError("account must be twelve digits")
    expires = None
    if "expires_in" in arguments:
        expires = world.clock.now() + float(arguments["expires_in"])
    token = str(arguments.get("session_token") or "")
    if arguments.get("session") and not token:
        token = new_secret() * 4
    with world.lock:
        made = _session(world, str(arguments["role"]), token, expires) if "role" in arguments else world.credentials.add_root(
            account, str(arguments.get("access_key_id") or ""), str(arguments.get("secret_access_key") or ""), token,
            expires, str(arguments.get("user") or ""))
    return {"account": account, "access_key_id": made.access_key_id, "secret_access_key": made.secret_access_key,
            "session_token": made.session_token, "expires": made.expires, "arn": made.arn}


def _session(world: World, arn: str, token: str, expires: float | None) -> Credential:
    """A session of a role that nobody had to assume, as a machine's own role gives."""
    role = iam_state.role_by_arn(world, arn)
    if role is None:
        raise ControlError(f"no role {arn}")
    _, partition, _, _, account, _ = arn.split(":", 5)
    return world.credentials.add(Credential(
        new_key_id("ASIA"), new_secret(), account, f"arn:{partition}:sts::{account}:assumed-role/{role.name}/machine",
        f"{role.id}:machine", token or new_secret() * 4, expires, session_name="machine", role_arn=arn))


def _forget_credential(world: World, arguments: Arguments) -> Any:
    with world.lock:
        return {"removed": world.credentials.remove(str(arguments["access_key_id"]))}


def _settings(world: World, arguments: Arguments) -> Any:
    with world.lock:
        world.settings.change(arguments)
        return world.settings.values()


def _show_settings(world: World, arguments: Arguments) -> Any:
    return world.settings.values()


def _clock(world: World, arguments: Arguments) -> Any:
    with world.lock:
        if "skew" in arguments:
            world.clock.skew = float(arguments["skew"])
        if "advance" in arguments:
            world.clock.advanced += float(arguments["advance"])
    return {"time": world.clock.now(), "skew": world.clock.skew, "advanced": world.clock.advanced}


def _inject(world: World, arguments: Arguments) -> Any:
    return world.faults.add(arguments).view()


def _faults(world: World, arguments: Arguments) -> Any:
    return {"faults": world.faults.view()}


def _clear_faults(world: World, arguments: Arguments) -> Any:
    if "id" in arguments:
        return {"removed": world.faults.remove(int(arguments["id"]))}
    world.faults.reset()
    return {}


def _release(world: World, arguments: Arguments) -> Any:
    rule = arguments.get("id")
    return {"released": world.faults.release(None if rule is None else int(rule))}


_CALLS: dict[tuple[str, str], Callable[[World, Arguments], Any]] = {
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget_requests,
    ("GET", "counts"): _counts,
    ("GET", "health"): _health,
    ("POST", "reset"): _reset,
    ("POST", "credentials"): _credentials,
    ("DELETE", "credentials"): _forget_credential,
    ("GET", "settings"): _show_settings,
    ("POST", "settings"): _settings,
    ("POST", "clock"): _clock,
    ("POST", "faults"): _inject,
    ("GET", "faults"): _faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "release"): _release,
    ("POST", "seed"): seed.profiles,
    ("POST", "role"): seed.role,
    ("POST", "role-policies"): seed.role_policies,
    ("POST", "provision"): identity_users.provision,
    ("POST", "status"): seed.force_status,
    ("POST", "fail-next"): seed.plan_failure,
    ("POST", "settle"): seed.settle,
    ("GET", "state"): seed.dump,
}
