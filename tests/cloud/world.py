"""All state of one local AWS, and the call that an operation is given."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import Any

from .auth.credentials import Credential, CredentialStore
from .clock import Clock
from .control.faults import FaultTable
from .control.log import RequestLog
from .control.rates import Rates
from .settings import Settings
from .studio.store import StudioStore

DEFAULT_ACCOUNT = "111111111111"


class World:
    """One cloud. Everything below is read and changed under `lock`, except the log and the faults,
    which have locks of their own so that a held request never blocks the control calls."""

    def __init__(self, settings: Settings, account: str = DEFAULT_ACCOUNT) -> None:
        self.settings = settings
        #: Where things are made when a control call names no account.
        self.account = account
        self.clock = Clock()
        self.lock = threading.RLock()
        self.credentials = CredentialStore()
        self.log = RequestLog()
        self.faults = FaultTable()
        self.rates = Rates()
        self.studio = StudioStore(self)
        #: When an IAM thing was made, by ARN: what `iam_visibility_ms` counts from.
        self.iam_created: dict[str, float] = {}
        #: Identity Center's directories by the id of their store.
        self.directories: dict[str, Any] = {}
        #: Makes page tokens of this cloud unreadable to any other.
        self.token_key = secrets.token_bytes(16)

    def iam_visible(self, arn: str) -> bool:
        """False while a role or policy made just now has not spread yet."""
        made = self.iam_created.get(arn)
        return made is None or self.clock.now() >= made + self.settings.iam_visibility_ms / 1000.0

    def reset(self) -> None:
        """Forget all resources, requests, faults and clock offsets; keys given out stay valid."""
        from . import moto_bridge

        with self.lock:
            self.studio = StudioStore(self)
            self.iam_created.clear()
            self.directories.clear()
            moto_bridge.reset()
            self.clock.skew = self.clock.advanced = 0.0
        self.log.reset()
        self.faults.reset()
        self.rates.reset()


@dataclass
class Call:
    """One checked request, as an operation sees it."""

    world: World
    service: str
    operation: str
    account: str
    region: str
    principal: Credential | None  # None for the few unsigned operations
    input: dict[str, Any]

    @property
    def partition(self) -> str:
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"
