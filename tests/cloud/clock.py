"""The cloud's own time.

Two offsets, since two things are tested apart: `skew` is what the *front* believes (signature
dates and the Date header), `advance` moves the *state* (settling, expiry, visibility windows).
"""

from __future__ import annotations

import time


class Clock:
    def __init__(self) -> None:
        self.skew = 0.0
        self.advanced = 0.0

    def now(self) -> float:
        """Seconds since the epoch, as the resources see it; in whole milliseconds, as AWS keeps them."""
        return round(time.time() + self.advanced, 3)

    def front(self) -> float:
        """Seconds since the epoch, as signature checks and the Date header see it."""
        return time.time() + self.skew
