"""Lists in pages, with tokens that mean nothing to the client.

A token names the last item given, not a position: what is made or deleted between two pages
neither repeats nor hides the others. It is bound to the listing it came from.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Callable, Sequence, TypeVar

from ..errors import AwsError, validation
from ..world import Call

#: SageMaker's page when MaxResults is not given.
DEFAULT_PAGE = 10

Item = TypeVar("Item")


class BadToken(Exception):
    """Not a token of this cloud, or of another listing."""


def seal(call: Call, content: list[Any]) -> str:
    """An opaque token around `content`, good for the same operation and filters only."""
    body = json.dumps([call.world.clock.now(), content]).encode()
    mark = hmac.new(call.world.token_key, _binding(call) + body, hashlib.sha256).digest()[:16]
    mask = hashlib.sha256(call.world.token_key + mark).digest()
    hidden = bytes(byte ^ mask[index % len(mask)] for index, byte in enumerate(body))
    return base64.b64encode(mark + hidden).decode()


def unseal(call: Call, token: str) -> tuple[float, list[Any]]:
    """When the token was made, and its content."""
    try:
        raw = base64.b64decode(token, validate=True)
        mark, hidden = raw[:16], raw[16:]
        mask = hashlib.sha256(call.world.token_key + mark).digest()
        body = bytes(byte ^ mask[index % len(mask)] for index, byte in enumerate(hidden))
        expected = hmac.new(call.world.token_key, _binding(call) + body, hashlib.sha256).digest()[:16]
        if not hmac.compare_digest(mark, expected):
            raise BadToken
        made, content = json.loads(body)
        return made, content
    except (ValueError, TypeError):
        raise BadToken from None


def _binding(call: Call) -> bytes:
    """Everything that must not change from page to page."""
    paging = ("NextToken", "MaxResults", "Marker", "MaxItems", "PaginationToken", "ResourcesPerPage", "TagsPerPage")
    filters = {key: value for key, value in call.input.items() if key not in paging}
    scope = [call.service, call.operation, call.account, call.region, filters]
    return json.dumps(scope, sort_keys=True, default=str).encode()


def page(call: Call, items: Sequence[Item], key: Callable[[Item], list[Any]],
         descending: bool = False, default: int = DEFAULT_PAGE) -> tuple[list[Item], str | None]:
    """One page of items in order of `key`, and the token of the next."""
    ordered = sorted(items, key=key, reverse=descending)
    token = call.input.get("NextToken")
    if token is None and call.world.settings.empty_first_page:
        return [], seal(call, [])
    if token is not None:
        try:
            _, last = unseal(call, token)
        except BadToken:
            raise validation("Invalid pagination token") from None
        if last:
            ordered = [item for item in ordered if (key(item) < last if descending else key(item) > last)]
    size = call.input.get("MaxResults", default)
    chosen = ordered[:size]
    more = len(ordered) > size
    return chosen, seal(call, key(chosen[-1])) if more else None


def with_token(output: dict[str, Any], token: str | None) -> dict[str, Any]:
    if token is not None:
        output["NextToken"] = token
    return output


def bad_marker() -> AwsError:
    return AwsError("ValidationError", "Invalid Marker.")
