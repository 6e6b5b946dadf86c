"""How many pictures to look at together: as many as there are cores, if their memory suffices."""

from __future__ import annotations

import os

from argus.device.memory import free_bytes

BYTES_EACH = 1200 << 20
"""The most that a worker was seen to take, at a turned photo of 50 million pixels, the largest that is read."""


def workers(wanted: int, bytes_each: int = BYTES_EACH) -> int:
    """At least one, at most ``wanted``, one a core, and no more than fit into the memory that is free."""
    return max(1, min(wanted, len(os.sched_getaffinity(0)), free_bytes() // bytes_each))
