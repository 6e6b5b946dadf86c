"""The machine's own clocks."""

from __future__ import annotations

import time
from datetime import datetime, timezone


class SystemClock:
    """Implements :class:`argus.core.ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def monotonic_seconds(self) -> float:
        return time.monotonic()
