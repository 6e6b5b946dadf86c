"""The machine's own clocks, and identifiers made with its randomness."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone

from argus.core.ids import time_ordered_id


class SystemClock:
    """Implements :class:`argus.core.ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def monotonic_seconds(self) -> float:
        return time.monotonic()


def new_id(at: datetime) -> str:
    """Implements :class:`argus.core.ids.IdMaker`."""
    return time_ordered_id(at, os.urandom(10))
