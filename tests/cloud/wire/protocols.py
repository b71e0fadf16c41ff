"""Requests into (service, operation, input), answers and errors into bytes: one class per protocol."""

from __future__ import annotations

import datetime
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import OperationModel

from ..errors import AwsError
from ..model import catalogue
from ..model.catalogue import Service
from ..model.checker import TypeMismatch, message, problems_of
from . import query


@dataclass
class Request:
    """One HTTP request as received. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Target:
    """What a request asks for, before anything is checked."""

    service: Service
    operation: str
    fields: dict[str, str] | None = None  # of a form post


def recognise(request: Request) -> Target | None:
    """The service and operation a request names, or None if it names none that is known."""
    target = request.headers.get("x-amz-target")
    if target:
        prefix, _, operation = target.rpartition(".")
        service = catalogue.by_target(prefix)
        return Target(service, operation) if service else None
    try:
        fields = query.form_fields(request.body, request.query)
    except ValueError:
        return None
    service = catalogue.by_version(fields.get("Version", ""))
    return Target(service, fields.get("Action", ""), fields) if service else None


def read_input(request: Request, target: Target, model: OperationModel) -> dict[str, Any]:
    """The operation's input, checked against the model; AwsError in the service's own words."""
    if target.service.protocol == "json":
        return _read_json(request, target, model)
    return _read_form(target, model)


def _read_json(request: Request, target: Target, model: OperationModel) -> dict[str, Any]:
    expected = f"application/x-amz-json-{target.service.json_version}"
    if request.headers.get("content-type", "").split(";")[0].strip() != expected:
        raise AwsError("UnknownOperationException", f"content type must be {expected}")
    try:
        value = json.loads(request.body or b"{}")
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
        if not isinstance(value, dict):
            raise ValueError("not an object")
    except ValueError as error:
        raise AwsError("SerializationException", f"the body is not a JSON object: {error}") from None
    try:
        problems = problems_of(target.service.name, model.input_shape, value)
    except TypeMismatch as error:
        raise AwsError("SerializationException", str(error)) from None
    if problems:
        raise AwsError("ValidationException", message(problems))
    return {key: _without_null(item) for key, item in value.items() if item is not None}


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_null(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    return value


def _read_form(target: Target, model: OperationModel) -> dict[str, Any]:
    reader = query.FormReader(target.fields or {}, ec2=target.service.protocol == "ec2")
    value = reader.read(model.input_shape)
    problems = problems_of(target.service.name, model.input_shape, value) + reader.unknown()
    if problems:
        code = "ValidationError"
        if target.service.protocol == "ec2":
            code = "UnknownParameter" if problems[0].unknown else "InvalidParameterValue"
        raise AwsError(code, message(problems))
    return value


def write_output(target: Target, model: OperationModel, output: dict[str, Any]) -> Answer:
    request_id = str(uuid.uuid4())
    service = target.service
    if service.protocol == "json":
        body = json.dumps(output, default=_json_default, ensure_ascii=False).encode()
        content_type = f"application/x-amz-json-{service.json_version}"
        return Answer(200, b"" if model.output_shape is None else body, content_type, {"x-amzn-RequestId": request_id})
    space = catalogue.service_model(service.name).metadata.get("xmlNamespace", "")
    if isinstance(space, dict):
        space = space.get("uri", "")
    inner = query.to_xml(model.output_shape, output, ec2=service.protocol == "ec2")
    name = target.operation
    if service.protocol == "ec2":
        text = f'<{name}Response xmlns="{space}"><requestId>{request_id}</requestId>{inner}</{name}Response>'
    else:
        result = f"<{name}Result>{inner}</{name}Result>" if model.output_shape is not None else ""
        text = (f'<{name}Response xmlns="{space}">{result}<ResponseMetadata><RequestId>{request_id}'
                f"</RequestId></ResponseMetadata></{name}Response>")
    return Answer(200, text.encode(), "text/xml", {"x-amzn-RequestId": request_id})


def _json_default(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return round(moment.timestamp(), 3)
    if isinstance(value, bytes):
        return value.decode("ascii")
    raise TypeError(f"cannot write {type(value)} as JSON")


#: Errors of the framework before the service's own code: their names come with a namespace.
_OF_THE_FRAMEWORK = ("SerializationException", "UnknownOperationException", "AccessDeniedException")


def write_error(service: Service | None, error: AwsError) -> Answer:
    """An error in the service's protocol; JSON when the service is not known."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    if service is None or service.protocol == "json":
        name = _message_member(service, error.code)
        space = "com.amazon.coral.service#" if error.code in _OF_THE_FRAMEWORK else ""
        body = json.dumps({"__type": space + error.code, name: error.message, **error.fields}, default=_json_default)
        version = service.json_version if service else "1.1"
        return Answer(error.status, body.encode(), f"application/x-amz-json-{version}", headers)
    code, text = escape(error.code), escape(error.message)
    if service.protocol == "ec2":
        body = (f"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{text}"
                f"</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>")
    else:
        space = catalogue.service_model(service.name).metadata.get("xmlNamespace", "")
        blame = "Sender" if error.status < 500 else "Receiver"
        body = (f'<ErrorResponse xmlns="{space}"><Error><Type>{blame}</Type><Code>{code}</Code><Message>{text}'
                f"</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>")
    return Answer(error.status, body.encode(), "text/xml", headers)


def _message_member(service: Service | None, code: str) -> str:
    """`message` or `Message`: as the model of the error has it."""
    if service is None:
        return "message"
    for shape in catalogue.service_model(service.name).error_shapes:
        if shape.name == code and "Message" in shape.members:
            return "Message"
    return "message"
