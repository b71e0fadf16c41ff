"""Signature Version 4, checked with botocore's own signer.

The request is signed again from what arrived and the two signatures are compared, so that any
difference in canonicalisation, scope, date, body or secret is refused as AWS refuses it.
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ..clock import Clock
from ..errors import AwsError
from ..model.catalogue import Service
from ..wire.protocols import Request
from .credentials import Credential

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})\Z")

#: Error codes by protocol family: (query and ec2, JSON), with their HTTP status.
_CODES = {
    "missing": (("MissingAuthenticationToken", 403), ("MissingAuthenticationTokenException", 400)),
    "incomplete": (("IncompleteSignature", 400), ("IncompleteSignatureException", 400)),
    "mismatch": (("SignatureDoesNotMatch", 403), ("InvalidSignatureException", 400)),
    "unknown": (("InvalidClientTokenId", 403), ("UnrecognizedClientException", 400)),
    "expired": (("ExpiredToken", 403), ("ExpiredTokenException", 400)),
}


@dataclass
class Claim:
    """What the Authorization header says, unproven."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed: list[str]
    signature: str


def refusal(service: Service, kind: str, text: str) -> AwsError:
    code, status = _CODES[kind][1 if service.protocol == "json" else 0]
    return AwsError(code, text, status)


def read_claim(request: Request, service: Service) -> Claim:
    header = request.headers.get("authorization")
    if not header:
        raise refusal(service, "missing", "Request is missing Authentication Token")
    match = _AUTHORIZATION.match(header)
    scope = match.group(1).split("/") if match else []
    if not match or len(scope) != 5 or scope[4] != "aws4_request":
        raise refusal(service, "incomplete", "Authorization header is not a complete AWS4-HMAC-SHA256 header")
    return Claim(scope[0], scope[1], scope[2], scope[3], match.group(2).split(";"), match.group(3))


class _FixedHeaders(SigV4Auth):  # type: ignore[misc]
    """botocore's signer, but over exactly the headers the caller signed."""

    def headers_to_sign(self, request: AWSRequest) -> Any:
        return request.headers


def check(request: Request, service: Service, claim: Claim, credential: Credential | None,
          clock: Clock, skew_minutes: float) -> Credential:
    """The credential that really signed this request; AwsError if none did."""
    _check_signed_headers(request, service, claim)
    _check_scope(service, claim)
    _check_date(request, service, claim, clock, skew_minutes)
    if credential is None:
        raise refusal(service, "unknown", "The security token included in the request is invalid.")
    if request.headers.get("x-amz-security-token", "") != credential.session_token:
        raise refusal(service, "unknown", "The security token included in the request is invalid.")
    claimed_hash = request.headers.get("x-amz-content-sha256")
    if claimed_hash is not None and claimed_hash != hashlib.sha256(request.body).hexdigest():
        raise refusal(service, "mismatch", "The x-amz-content-sha256 header does not match the body.")
    if not hmac.compare_digest(_signature(request, claim, credential), claim.signature):
        raise refusal(service, "mismatch",
                      "The request signature we calculated does not match the signature you provided. Check your "
                      "AWS Secret Access Key and signing method. Consult the service documentation for details.")
    if credential.expires is not None and clock.now() >= credential.expires:
        raise refusal(service, "expired", "The security token included in the request is expired")
    return credential


def _check_signed_headers(request: Request, service: Service, claim: Claim) -> None:
    if claim.signed != sorted(claim.signed):
        raise refusal(service, "mismatch", "The signed headers are not in order")
    for name in claim.signed:
        if name not in request.headers:
            raise refusal(service, "mismatch", f"'{name}' is signed but was not sent")
    for name in request.headers:
        must = name == "host" or name == "content-type" or name.startswith("x-amz-")
        if must and name not in claim.signed:
            raise refusal(service, "mismatch", f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")


def _check_scope(service: Service, claim: Claim) -> None:
    if claim.service != service.signing_name:
        raise refusal(service, "mismatch", f"Credential should be scoped to correct service: '{service.signing_name}'.")
    if service.home_region and claim.region != service.home_region:
        raise refusal(service, "mismatch", f"Credential should be scoped to a valid region, not '{claim.region}'.")
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", claim.region):
        raise refusal(service, "mismatch", f"Credential should be scoped to a valid region, not '{claim.region}'.")


def _check_date(request: Request, service: Service, claim: Claim, clock: Clock, skew_minutes: float) -> None:
    stamp = request.headers.get("x-amz-date", "")
    try:
        signed_at = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise refusal(service, "incomplete", "Authorization header requires existence of 'X-Amz-Date'") from None
    if claim.date != stamp[:8]:
        raise refusal(service, "mismatch", f"Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                                           f"version of date from HTTP: '{claim.date}' != '{stamp[:8]}', from '{stamp}'.")
    now, window = clock.front(), skew_minutes * 60
    if signed_at < now - window:
        raise refusal(service, "mismatch", f"Signature expired: {stamp} is now earlier than {_stamp(now - window)} "
                                           f"({_stamp(now)} - {skew_minutes:g} min.)")
    if signed_at > now + window:
        raise refusal(service, "mismatch", f"Signature not yet current: {stamp} is still later than "
                                           f"{_stamp(now + window)} ({_stamp(now)} + {skew_minutes:g} min.)")


def _stamp(moment: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))


def _signature(request: Request, claim: Claim, credential: Credential) -> str:
    signer = _FixedHeaders(Credentials(credential.access_key_id, credential.secret_access_key), claim.service, claim.region)
    url = f"http://{request.headers['host']}{request.path}"
    if request.query:
        url += "?" + request.query
    again = AWSRequest(request.method, url, data=request.body,
                       headers={name: request.headers[name] for name in claim.signed})
    again.context["timestamp"] = request.headers["x-amz-date"]
    return str(signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again))
