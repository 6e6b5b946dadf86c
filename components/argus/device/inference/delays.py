"""How long events take from the camera to the sink."""

from __future__ import annotations

from collections import deque
from threading import Lock

import numpy as np

from argus.core.status import Latency

NEWEST = 100
"""Events that count: an hour's, where one comes in half a minute."""


class Delays:
    """The delays of the newest events; written by one thread, read by any."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds: deque[float] = deque(maxlen=NEWEST)

    def add(self, seconds: float) -> None:
        with self._lock:
            self._seconds.append(seconds)

    def latency(self) -> Latency | None:
        """None before the first event."""
        with self._lock:
            seconds = tuple(self._seconds)
        if not seconds:
            return None
        p50, p95 = np.percentile(seconds, [50, 95])
        return Latency(round(float(p50) * 1000, 1), round(float(p95) * 1000, 1), len(seconds))
