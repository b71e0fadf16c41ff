"""STS: sessions across accounts, with the role's trust policy, external id and limits checked."""

from __future__ import annotations

import base64
import json
import re
import secrets
from typing import Any

from .auth import trust
from .auth.conditions import as_list
from .auth.credentials import Credential, new_key_id, new_secret
from .errors import AwsError
from .iam import documents, state
from .world import Call

_CHAIN_LIMIT = 3600
_DEFAULT_DURATION = 3600


def get_caller_identity(call: Call) -> dict[str, Any]:
    who = _principal(call)
    return {"UserId": who.user_id, "Account": who.account, "Arn": who.arn}


def _principal(call: Call) -> Credential:
    assert call.principal is not None, "signed operations have a principal"
    return call.principal


def get_session_token(call: Call) -> dict[str, Any]:
    who = _principal(call)
    if who.role_arn:
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    session = Credential(new_key_id("ASIA"), new_secret(), who.account, who.arn, who.user_id)
    return {"Credentials": _start(call, session, call.input.get("DurationSeconds", 43200))}


def assume_role(call: Call) -> dict[str, Any]:
    given, who = call.input, _principal(call)
    role = state.role_by_arn(call.world, given["RoleArn"])
    action = "sts:AssumeRole"
    root = f"arn:{call.partition}:iam::{who.account}:root"
    names = {who.arn, who.account, root, who.role_arn, who.user_id.split(":")[0]} - {""}
    context = {"aws:PrincipalArn": [who.role_arn or who.arn], "aws:PrincipalAccount": [who.account],
               "sts:RoleSessionName": [given["RoleSessionName"]]}
    if "ExternalId" in given:
        context["sts:ExternalId"] = [given["ExternalId"]]
    if "SourceIdentity" in given:
        context["sts:SourceIdentity"] = [given["SourceIdentity"]]
    for tag in given.get("Tags", []):
        context[f"aws:RequestTag/{tag['Key']}"] = [tag["Value"]]
    if given.get("Tags"):
        context["aws:TagKeys"] = [tag["Key"] for tag in given["Tags"]]
    needed = [action] + (["sts:TagSession"] if given.get("Tags") else []) \
        + (["sts:SetSourceIdentity"] if "SourceIdentity" in given or who.source_identity else [])
    _require(role, needed, trust.Caller("AWS", names, context), given["RoleArn"], who.arn)
    duration = _duration(given, role, chained=bool(who.role_arn))
    source = given.get("SourceIdentity", who.source_identity)
    if who.source_identity and source != who.source_identity:
        raise AwsError("AccessDenied", "The source identity cannot be changed in a chained session", 403)
    tags = {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}
    output = _open_session(call, role, given, duration, source, tags)
    if source:
        output["SourceIdentity"] = source
    return output


def assume_role_with_web_identity(call: Call) -> dict[str, Any]:
    """The token's claims are read and matched with the trust policy; its signature is not checked."""
    given = call.input
    claims = _claims(given["WebIdentityToken"])
    issuer = re.sub(r"^https://", "", str(claims.get("iss", "")))
    account = given["RoleArn"].split(":")[4] if given["RoleArn"].count(":") >= 5 else ""
    provider = f"arn:{call.partition}:iam::{account}:oidc-provider/{issuer}"
    if claims.get("exp") is not None and float(claims["exp"]) < call.world.clock.now():
        raise AwsError("ExpiredTokenException", "Token expired", 400)
    role = state.role_by_arn(call.world, given["RoleArn"])
    audience = [str(value) for value in as_list(claims.get("aud"))]
    context = {f"{issuer}:{name}": [str(claims[name])] for name in ("sub", "azp", "amr") if name in claims}
    context[f"{issuer}:aud"] = audience
    caller = trust.Caller("Federated", {provider, issuer}, context)
    _require(role, ["sts:AssumeRoleWithWebIdentity"], caller, "", "")
    output = _open_session(call, role, given, _duration(given, role, chained=False), "", {})
    return output | {"SubjectFromWebIdentityToken": str(claims.get("sub", "unknown")),
                     "Provider": provider, "Audience": ",".join(audience)}


def _claims(token: str) -> dict[str, Any]:
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        if isinstance(claims, dict):
            return claims
    except (IndexError, ValueError):
        pass
    raise AwsError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.", 400)


def _require(role: Any, actions: list[str], caller: trust.Caller, arn: str, who: str) -> None:
    for action in actions:
        if role is None or not trust.allows(documents.trust_now(role), action, caller):
            text = f"Not authorized to perform {action}"
            if who:
                text = f"User: {who} is not authorized to perform: {action} on resource: {arn}"
            raise AwsError("AccessDenied", text, 403)


def _duration(given: dict[str, Any], role: Any, chained: bool) -> int:
    duration = given.get("DurationSeconds", _DEFAULT_DURATION)
    if chained and duration > _CHAIN_LIMIT:
        raise AwsError("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                                          "assumed by role chaining")
    if duration > int(role.max_session_duration or _DEFAULT_DURATION):
        raise AwsError("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return int(duration)


def _open_session(call: Call, role: Any, given: dict[str, Any], duration: int, source: str,
                  tags: dict[str, str]) -> dict[str, Any]:
    name = given["RoleSessionName"]
    account = role.arn.split(":")[4]
    arn = f"arn:{call.partition}:sts::{account}:assumed-role/{role.name}/{name}"
    session = Credential(new_key_id("ASIA"), new_secret(), account, arn, f"{role.id}:{name}", session_name=name,
                         role_arn=role.arn, source_identity=source, tags=tags)
    return {"Credentials": _start(call, session, duration), "PackedPolicySize": 0,
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": arn}}


def _start(call: Call, session: Credential, duration: int) -> dict[str, Any]:
    world = call.world
    lifetime = world.settings.session_seconds or duration
    session.expires = world.clock.now() + lifetime
    session.session_token = secrets.token_urlsafe(180)
    world.credentials.add(session)
    return {"AccessKeyId": session.access_key_id, "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token, "Expiration": session.expires}
