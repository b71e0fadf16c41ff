"""The access keys this cloud knows: who each belongs to, and until when."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field

_KEY_LETTERS = string.ascii_uppercase + "234567"


def new_key_id(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16))


def new_secret() -> str:
    return secrets.token_urlsafe(30)


@dataclass
class Credential:
    """One access key. `arn` and `user_id` are what GetCallerIdentity answers."""

    access_key_id: str
    secret_access_key: str
    account: str
    arn: str
    user_id: str
    session_token: str = ""
    expires: float | None = None
    session_name: str = ""
    role_arn: str = ""
    source_identity: str = ""
    tags: dict[str, str] = field(default_factory=dict)


class CredentialStore:
    """Keys by id. Callers hold the world's lock."""

    def __init__(self) -> None:
        self._by_id: dict[str, Credential] = {}

    def add(self, credential: Credential) -> Credential:
        self._by_id[credential.access_key_id] = credential
        return credential

    def find(self, access_key_id: str) -> Credential | None:
        return self._by_id.get(access_key_id)

    def remove(self, access_key_id: str) -> bool:
        return self._by_id.pop(access_key_id, None) is not None

    def add_root(self, account: str, access_key_id: str = "", secret: str = "",
                 session_token: str = "", expires: float | None = None, user: str = "") -> Credential:
        """A key for the account's root, or for a user when one is named."""
        arn = f"arn:aws:iam::{account}:user/{user}" if user else f"arn:aws:iam::{account}:root"
        prefix = "ASIA" if session_token else "AKIA"
        return self.add(Credential(access_key_id or new_key_id(prefix), secret or new_secret(), account, arn,
                                   new_key_id("AIDA") if user else account, session_token, expires))

    def everything(self) -> list[Credential]:
        return list(self._by_id.values())
