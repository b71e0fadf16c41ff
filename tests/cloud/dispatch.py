"""One request from bytes to answer: recognised, signed by whom, checked, carried out, checked."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass, field
from typing import Any

from . import moto_bridge, operations
from .auth import signature
from .auth.credentials import Credential
from .authorization import enforce
from .authorization.needs import PREFIXES, Need
from .control.faults import Rule
from .errors import AwsError
from .model import catalogue
from .model.checker import TypeMismatch, problems_of
from .wire import protocols
from .wire.protocols import Answer, Request, Target
from .world import Call, World


#: Input members that are not even kept in the log.
_SECRET = ("WebIdentityToken", "SAMLAssertion", "AddPrivateKey", "Password", "NewPassword")


@dataclass
class Exchange:
    """One request on its way; the front drives it, and the faults look at it."""

    world: World
    request: Request
    target: Target | None
    claim: signature.Claim | None
    entry: dict[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.target.service.name if self.target else "unknown"

    @property
    def operation(self) -> str:
        return self.target.operation if self.target else ""


def open_exchange(world: World, request: Request) -> Exchange:
    """Read what a request claims to be, and note it in the log before anything else happens."""
    target = protocols.recognise(request)
    claim = None
    if target is not None and request.headers.get("authorization"):
        try:
            claim = signature.read_claim(request, target.service)
        except AwsError:
            claim = None
    exchange = Exchange(world, request, target, claim)
    with world.lock:
        known = _credential(world, claim.access_key_id) if claim else None
    exchange.entry = world.log.open(
        service=exchange.service, operation=exchange.operation,
        region=claim.region if claim else "", access_key_id=claim.access_key_id if claim else "",
        account=known.account if known else "", session_name=known.session_name if known else "",
        principal=known.arn if known else "", user_agent=request.headers.get("user-agent", ""),
        invocation=request.headers.get("amz-sdk-invocation-id", ""), input=None)
    return exchange


def _credential(world: World, access_key_id: str) -> Credential | None:
    """A key given out here, or one made through IAM's CreateAccessKey."""
    found = world.credentials.find(access_key_id)
    if found is not None or "moto.iam.models" not in sys.modules:
        return found
    from moto.iam.models import iam_backends

    for account, partitions in iam_backends.items():
        for store in partitions.values():
            key = store.access_keys.get(access_key_id)
            if key is not None and key.user_name and key.status == "Active":
                user = store.users[key.user_name]
                return Credential(access_key_id, key.secret_access_key, account, user.arn, user.id)
    return None


def carry_out(exchange: Exchange) -> Answer:
    """The answer to a request; its effect has happened when this returns."""
    world, entry = exchange.world, exchange.entry
    service = exchange.target.service if exchange.target else None
    try:
        if exchange.target is None:
            raise AwsError("UnknownOperationException", "no service here has the operation asked for", 404)
        with world.lock:
            answer = _checked(exchange, exchange.target)
        entry.update(outcome="ok", status=answer.status)
    except AwsError as error:
        answer = protocols.write_error(service, error)
        entry.update(outcome="error", status=error.status, code=error.code)
    except moto_bridge.NotImplementedHere:
        world.log.not_implemented.append(f"{exchange.service}:{exchange.operation}")
        answer = protocols.write_error(service, AwsError("InternalFailure", "not implemented by the local AWS", 501))
        entry.update(outcome="not implemented", status=501, code="InternalFailure")
    except Exception:
        trace = traceback.format_exc()
        print(f"local AWS: {exchange.service}:{exchange.operation} crashed\n{trace}", file=sys.stderr, flush=True)
        world.log.crashes.append(f"{exchange.service}:{exchange.operation}: {trace}")
        answer = protocols.write_error(service, AwsError("InternalFailure", "the local AWS crashed", 500))
        entry.update(outcome="crash", status=500, code="InternalFailure")
    return answer


def _checked(exchange: Exchange, target: Target) -> Answer:
    world, request, service = exchange.world, exchange.request, target.service
    principal = _authenticate(exchange, target)
    limit = world.settings.rate.get(service.name)
    if limit and principal and not world.rates.allow(principal.account, exchange.entry["region"], service.name, limit):
        raise _throttled(service.name)
    model = catalogue.operation_model(service.name, target.operation)
    if model is None:
        code = "UnknownOperationException" if service.protocol == "json" else "InvalidAction"
        raise AwsError(code, f"Could not find operation {target.operation}")
    given = protocols.read_input(request, target, model)
    exchange.entry["input"] = {name: value for name, value in given.items() if name not in _SECRET}
    region = exchange.claim.region if exchange.claim else "us-east-1"
    call = Call(world, service.name, target.operation, principal.account if principal else "", region, principal, given)
    if world.settings.enforce_authorization:
        enforce.check(call, exchange.entry)
    handler = operations.OPERATIONS.get((service.name, target.operation))
    if handler is not None:
        output = handler(call)
    elif service.name in operations.CLOSED:
        raise moto_bridge.NotImplementedHere(target.operation)
    else:
        output = moto_bridge.run(call, request)
    _check_output(exchange, service.name, model, output)
    return protocols.write_output(target, model, output)


def _authenticate(exchange: Exchange, target: Target) -> Credential | None:
    world, request, service = exchange.world, exchange.request, target.service
    if (service.name, target.operation) in operations.UNSIGNED and "authorization" not in request.headers:
        return None
    claim = exchange.claim or signature.read_claim(request, service)
    credential = _credential(world, claim.access_key_id)
    return signature.check(request, service, claim, credential, world.clock, world.settings.skew_minutes)


def _check_output(exchange: Exchange, service: str, model: Any, output: dict[str, Any]) -> None:
    try:
        problems = [item.sentence() for item in problems_of(service, model.output_shape, output)]
    except TypeMismatch as error:
        problems = [str(error)]
    if problems:
        text = f"{exchange.service}:{exchange.operation} answered outside the model: " + "; ".join(problems)
        print(f"local AWS: {text}", file=sys.stderr, flush=True)
        exchange.world.log.model_violations.append(text)
        raise AwsError("InternalFailure", text, 500)


#: How services say that a caller is too fast or not allowed; what is not here says it like SageMaker.
_THROTTLED = {"iam": "Throttling", "sts": "Throttling", "ec2": "RequestLimitExceeded",
              "resourcegroupstaggingapi": "ThrottledException", "organizations": "TooManyRequestsException",
              "service-quotas": "TooManyRequestsException"}


def _throttled(service: str) -> AwsError:
    return AwsError(_THROTTLED.get(service, "ThrottlingException"), "Rate exceeded", 503 if service == "ec2" else 400)


def injected(exchange: Exchange, rule: Rule) -> Answer:
    """The error answer of a fail, throttle or deny rule, in the words of the service."""
    service = exchange.target.service if exchange.target else None
    if rule.kind == "throttle":
        error = _throttled(exchange.service)
    elif rule.kind == "deny":
        action = f"{PREFIXES.get(exchange.service, exchange.service)}:{exchange.operation}"
        error = enforce.denied(exchange.service, exchange.entry["principal"], Need(action),
                               f"because no identity-based policy allows the {action} action")
    else:
        error = AwsError(rule.code, rule.message, rule.status)
    exchange.entry.update(outcome="injected", status=error.status, code=error.code)
    return protocols.write_error(service, error)
