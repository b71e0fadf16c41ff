"""Policy documents: grammar, size, principals that must exist, and the encoding of answers."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from ..errors import AwsError
from ..world import Call
from . import state
from .common import limit_exceeded

MANAGED_SIZE = 6144
INLINE_SIZE = 10240
TRUST_SIZE = 2048

_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')


def size(document: str) -> int:
    """Characters that count: white space between the tokens does not."""
    return len(_STRING_OR_SPACE.sub(lambda match: match.group(1) or "", document))


def encoded(document: str) -> str:
    """As every answer carries it: URL-encoded after RFC 3986."""
    return quote(document, safe="")


def malformed(text: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", text)


def check_permissions(document: str) -> None:
    from moto.iam.policy_validation import IAMPolicyDocumentValidator

    _validate(IAMPolicyDocumentValidator(document))
    if any("Principal" in statement for statement in _statements(document)):
        raise malformed("Policy document should not specify a principal.")


def check_managed_size(document: str) -> None:
    if size(document) > MANAGED_SIZE:
        raise limit_exceeded(f"Cannot exceed quota for PolicySize: {MANAGED_SIZE}")


def _validate(validator: Any) -> None:
    from moto.core.exceptions import ServiceException

    try:
        validator.validate()
    except ServiceException as error:
        raise AwsError(error.code, error.message) from None


def _statements(document: str) -> list[dict[str, Any]]:
    value = json.loads(document)["Statement"]
    return value if isinstance(value, list) else [value]


def check_trust(call: Call, document: str) -> tuple[str, dict[str, str]]:
    """The trust policy as IAM keeps it, and which principals it resolved to which unique ids."""
    from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

    if size(document) > TRUST_SIZE:
        raise limit_exceeded(f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}")
    _validate(IAMTrustPolicyDocumentValidator(document))
    parsed = json.loads(document)
    ids: dict[str, str] = {}
    statements = parsed["Statement"] if isinstance(parsed["Statement"], list) else [parsed["Statement"]]
    for statement in statements:
        principal = statement.get("Principal")
        if principal is None:
            raise malformed("Missing required field Principal")
        if isinstance(principal, dict):
            statement["Principal"] = {kind: _resolved(call, kind, value, ids) for kind, value in principal.items()}
        elif principal != "*":
            raise malformed("Invalid principal in policy.")
    return json.dumps(parsed, separators=(",", ":"), ensure_ascii=False), ids


def _resolved(call: Call, kind: str, value: Any, ids: dict[str, str]) -> Any:
    if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
        raise malformed(f"Unknown principal type in policy: {kind}")
    if isinstance(value, list):
        return [_resolved_one(call, kind, item, ids) for item in value]
    return _resolved_one(call, kind, value, ids)


def _resolved_one(call: Call, kind: str, value: Any, ids: dict[str, str]) -> str:
    text = str(value)
    invalid = malformed(f'Invalid principal in policy: "{kind.upper() if kind != "AWS" else kind}":"{text}"')
    if kind == "Service":
        if not re.fullmatch(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)", text):
            raise invalid
        return text
    if kind != "AWS" or text == "*":
        return text
    if re.fullmatch(r"\d{12}", text):
        return f"arn:{call.partition}:iam::{text}:root"
    if re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:root", text):
        return text
    unique = _unique_id(call, text)
    if unique is None:
        raise invalid
    if unique:
        ids[text] = unique
    return text


def _unique_id(call: Call, principal: str) -> str | None:
    """The id behind a principal; "" when it has none to follow; None when there is no such principal."""
    match = re.fullmatch(r"arn:(aws[a-z-]*):(iam|sts)::(\d{12}):(role|user|assumed-role|federated-user)/(.+)", principal)
    if match is None:
        # A unique id of something that exists still stands for it; one of something deleted stays as it is.
        return "" if re.fullmatch(r"A(ROA|IDA)[A-Z0-9]{12,}", principal) else None
    partition, _, account, kind, rest = match.groups()
    if kind == "role":
        role = state.role_by_arn(call.world, principal)
        return role.id if role is not None else None
    if kind == "assumed-role":
        return "" if state.role_by_name(account, rest.split("/")[0], partition) is not None else None
    if kind == "user":
        user = state.backend(account, partition).users.get(rest.split("/")[-1])
        return user.id if user is not None and user.arn == principal else None
    return ""


def trust_now(role: Any) -> str:
    """The trust policy as it reads today: principals deleted since show their old unique id."""
    document: str = role.assume_role_policy_document
    for arn, unique in getattr(role, "cloud_principals", {}).items():
        if _current_id(arn) != unique:
            document = document.replace(f'"{arn}"', f'"{unique}"')
    return document


def _current_id(arn: str) -> str | None:
    _, partition, _, _, account, rest = arn.split(":", 5)
    name = rest.split("/")[-1]
    if rest.startswith("role/"):
        role = state.role_by_name(account, name, partition)
        return role.id if role is not None and role.arn == arn else None
    user = state.backend(account, partition).users.get(name)
    return user.id if user is not None else None
