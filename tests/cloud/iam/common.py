"""IAM's own errors, pages, tags and look-ups, over moto's data."""

from __future__ import annotations

from typing import Any, Callable, Sequence, TypeVar

from ..errors import AwsError
from ..studio.paging import BadToken, seal, unseal
from ..world import Call
from . import aws_managed, state

Item = TypeVar("Item")

MAX_TAGS = 50
_DEFAULT_ITEMS = 100

#: Paths whose roles belong to AWS: every write to them is refused.
_PROTECTED_PATHS = ("/aws-service-role/", "/aws-reserved/")


def no_such_entity(text: str) -> AwsError:
    return AwsError("NoSuchEntity", text, 404)


def already_exists(text: str) -> AwsError:
    return AwsError("EntityAlreadyExists", text, 409)


def delete_conflict(text: str) -> AwsError:
    return AwsError("DeleteConflict", text, 409)


def limit_exceeded(text: str) -> AwsError:
    return AwsError("LimitExceeded", text, 409)


def store(call: Call) -> Any:
    """moto's IAM of the caller's account."""
    return state.backend(call.account, call.partition)


def made(call: Call, arn: str) -> None:
    call.world.iam_created[arn] = call.world.clock.now()


def role_of(call: Call, writing: bool = False) -> Any:
    """The role a call names; refused while it has not spread, or if it is AWS's and is to be written."""
    name = call.input["RoleName"]
    role = state.role_by_name(call.account, name, call.partition)
    if role is None or role.name != name or not call.world.iam_visible(role.arn):
        raise no_such_entity(f"The role with name {name} cannot be found.")
    if writing:
        refuse_protected(role)
    return role


def role_path(role: Any) -> str:
    return role.path or "/"


def refuse_protected(role: Any) -> None:
    if role_path(role).startswith(_PROTECTED_PATHS):
        raise AwsError("UnmodifiableEntity", f"Cannot perform the operation on the protected role '{role.name}' - "
                                             "this role is only modifiable by AWS")


def policy_of(call: Call, arn: str, text: str = "Policy {arn} was not found.") -> Any:
    aws_managed.ensure(store(call), arn)
    policy = store(call).managed_policies.get(arn)
    if policy is None or not call.world.iam_visible(arn):
        raise no_such_entity(text.format(arn=arn))
    return policy


def own_policy(call: Call) -> Any:
    """The customer managed policy a write names; AWS's own cannot be written."""
    arn = call.input["PolicyArn"]
    policy = policy_of(call, arn)
    if ":iam::aws:" in arn:
        raise AwsError("AccessDenied", f"Policy {arn} is managed by AWS and cannot be changed", 403)
    return policy


def attachable(call: Call, arn: str) -> Any:
    return policy_of(call, arn, "Policy {arn} does not exist or is not attachable.")


def page(call: Call, items: Sequence[Item], key: Callable[[Item], list[Any]]) -> tuple[list[Item], dict[str, Any]]:
    """One page in order of `key`, and the members IsTruncated and Marker of the answer."""
    ordered = sorted(items, key=key)
    marker = call.input.get("Marker")
    if marker is None and call.world.settings.empty_first_page:
        return [], {"IsTruncated": True, "Marker": seal(call, [])}
    if marker is not None:
        try:
            _, last = unseal(call, marker)
        except BadToken:
            raise AwsError("ValidationError", "Invalid Marker.") from None
        ordered = [item for item in ordered if key(item) > last]
    size = call.input.get("MaxItems", _DEFAULT_ITEMS)
    if call.world.settings.iam_page_limit > 0:
        size = min(size, call.world.settings.iam_page_limit)
    chosen = ordered[:size]
    if len(ordered) <= size:
        return chosen, {"IsTruncated": False}
    return chosen, {"IsTruncated": True, "Marker": seal(call, key(chosen[-1]))}


def with_tags(old: list[dict[str, str]], new: list[dict[str, str]]) -> list[dict[str, str]]:
    """Tags after TagX: keys are unique without case, and the newest spelling of one stays."""
    keys = [tag["Key"].lower() for tag in new]
    if len(set(keys)) < len(keys):
        raise AwsError("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for tag in new:
        if tag["Key"].lower().startswith("aws:"):
            raise AwsError("InvalidInput", "aws: prefixed tag key names are not allowed for external use.")
    result = [tag for tag in old if tag["Key"].lower() not in keys] + [dict(tag) for tag in new]
    if len(result) > MAX_TAGS:
        raise limit_exceeded(f"The number of tags has reached the maximum limit ({MAX_TAGS}).")
    return result


def without_tags(old: list[dict[str, str]], keys: list[str]) -> list[dict[str, str]]:
    gone = {key.lower() for key in keys}
    return [tag for tag in old if tag["Key"].lower() not in gone]


def tag_page(call: Call, tags: list[dict[str, str]]) -> dict[str, Any]:
    chosen, more = page(call, tags, lambda tag: [tag["Key"]])
    return {"Tags": chosen, **more}


def check_boundary(call: Call, arn: str) -> None:
    """A permission boundary must be a policy that can be attached."""
    policy_of(call, arn, "Scope ARN: {arn} does not exist or is not attachable.")


def path_fits(call: Call, path: str) -> bool:
    return path.startswith(call.input.get("PathPrefix", "/"))
