"""The one exception that operations raise to answer with an AWS error."""

from __future__ import annotations

from typing import Any


class AwsError(Exception):
    """An error answer: AWS's code, the HTTP status and the text; `fields` are further members."""

    def __init__(self, code: str, message: str, status: int = 400, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


def validation(message: str) -> AwsError:
    """The undeclared but usual ValidationException of SageMaker and other JSON services."""
    return AwsError("ValidationException", message)


def not_found(message: str) -> AwsError:
    return AwsError("ResourceNotFound", message)


def in_use(message: str) -> AwsError:
    return AwsError("ResourceInUse", message)


def limit_exceeded(message: str) -> AwsError:
    return AwsError("ResourceLimitExceeded", message)
