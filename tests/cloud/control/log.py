"""The record of every request: what the tests count and assert on."""

from __future__ import annotations

import collections
import threading
import time
from typing import Any

#: More requests than any test makes; older ones are dropped so that a soak run stays bounded.
_KEPT = 200_000


class RequestLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: collections.deque[dict[str, Any]] = collections.deque(maxlen=_KEPT)
        self._next = 1
        self.model_violations: list[str] = []
        self.crashes: list[str] = []
        self.not_implemented: list[str] = []

    def reset(self) -> None:
        with self._lock:
            self._entries.clear()
            self.model_violations.clear()
            self.crashes.clear()
            self.not_implemented.clear()

    def open(self, **fields: Any) -> dict[str, Any]:
        """A new entry, numbered in order of arrival. It is filled in as the request goes on."""
        with self._lock:
            entry = {"sequence": self._next, "time": time.time(), "outcome": "received", "status": None,
                     "code": None, "fault": None, **fields}
            self._next += 1
            self._entries.append(entry)
            return entry

    def last_sequence(self) -> int:
        with self._lock:
            return self._next - 1

    def select(self, since: int = 0, **wanted: str) -> list[dict[str, Any]]:
        """Entries numbered above `since` whose fields equal all of `wanted`."""
        with self._lock:
            entries = [dict(entry) for entry in self._entries if entry["sequence"] > since]
        return [entry for entry in entries if all(str(entry.get(key)) == value for key, value in wanted.items())]

    def counts(self, since: int = 0, **wanted: str) -> dict[str, int]:
        """How many requests per `service:operation`."""
        return dict(collections.Counter(f"{entry['service']}:{entry['operation']}"
                                        for entry in self.select(since, **wanted)))
