"""Runs an operation in moto, and brings its answer back as values of the service model.

moto's HTTP server is not used: its response classes are called directly, with the account and
region that the signature proved. moto is imported when the first such operation arrives.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
import sys
from typing import Any

from botocore.model import Shape
from botocore.parsers import create_parser

from . import moto_fixes
from .errors import AwsError
from .iam import aws_managed, state
from .model import catalogue
from .model.catalogue import Service
from .wire.protocols import Request
from .world import Call


class NotImplementedHere(Exception):
    """Neither this cloud nor moto has the operation."""


@functools.cache
def _response_class(service: Service) -> Any:
    if not service.moto_module:
        raise NotImplementedHere(service.name)
    module = importlib.import_module(f"moto.{service.moto_module}.responses")
    moto_fixes.apply(service.moto_module)
    return getattr(module, service.moto_class)


@functools.cache
def _request_class() -> Any:
    return importlib.import_module("moto.core.request").Request


def run(call: Call, request: Request) -> dict[str, Any]:
    """moto's answer to a request, as the output's members; AwsError for its errors."""
    service = catalogue.by_name(call.service)
    if "PolicyArn" in call.input and call.service == "iam":
        # Users and groups are moto's; AWS's own policies are only loaded when one is named.
        aws_managed.ensure(state.backend(call.account, call.partition), call.input["PolicyArn"])
    url = f"https://{service.signing_name}.{call.region}.amazonaws.com/"
    headers = {name: value for name, value in request.headers.items() if name not in ("host", "user-agent")}
    headers["x-moto-account-id"] = call.account
    moto_request = _request_class().from_primitives(request.method, url, headers, request.body)
    try:
        status, _, body = _response_class(service).dispatch(moto_request, url, headers)
    except NotImplementedError as error:
        raise NotImplementedHere(str(error)) from error
    return _read(call, int(status), body if isinstance(body, bytes) else (body or "").encode())


def _read(call: Call, status: int, body: bytes) -> dict[str, Any]:
    service = catalogue.by_name(call.service)
    shape = catalogue.service_model(call.service).operation_model(call.operation).output_shape
    if service.protocol == "json":
        value = json.loads(body) if body else {}
        if status >= 400:
            code = re.sub(r"^.*#", "", str(value.get("__type", "InternalFailure")))
            raise AwsError(code, str(value.get("message") or value.get("Message") or ""), status)
        return _known_members(shape, value) if shape is not None else {}
    whole = {"status_code": status, "headers": {}, "body": body}
    parsed: dict[str, Any] = create_parser(service.protocol).parse(whole, shape)
    if status >= 400:
        error = parsed.get("Error", {})
        raise AwsError(error.get("Code") or "InternalFailure", error.get("Message") or "", status)
    parsed.pop("ResponseMetadata", None)
    return parsed


def _known_members(shape: Shape, value: Any) -> Any:
    """Without the members the model does not have (moto adds some) and without nulls."""
    if value is None:
        return None
    if shape.type_name == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        return {name: _known_members(shape.members[name], item) for name, item in value.items()
                if name in shape.members and item is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [_known_members(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _known_members(shape.value, item) for key, item in value.items()}
    return value


def reset() -> None:
    """Empty every moto backend that has been used."""
    base = sys.modules.get("moto.core.base_backend")
    if base is not None:
        base.BackendDict.reset()
