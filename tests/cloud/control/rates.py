"""Request rates per service: a token bucket of one second's worth for each account and region."""

from __future__ import annotations

import threading
import time


class Rates:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}

    def allow(self, account: str, region: str, service: str, per_second: float) -> bool:
        """Take one token, if there is one."""
        key, now = (account, region, service), time.monotonic()
        with self._lock:
            tokens, at = self._buckets.get(key, (per_second, now))
            tokens = min(per_second, tokens + (now - at) * per_second)
            allowed = tokens >= 1
            self._buckets[key] = (tokens - 1 if allowed else tokens, now)
            return allowed

    def reset(self) -> None:
        with self._lock:
            self._buckets.clear()
