"""The device's clocks, read together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from argus.core.instants import Instant
from argus.core.ports import Clock
from argus.device.program.clock_set import clock_set

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Clocks:
    """Wall clock and monotonic clock, and of which boot of the machine the second one is."""

    clock: Clock
    boot_id: str

    def now(self) -> Instant:
        at = self.clock.now()
        return Instant(at, self.boot_id, self.clock.monotonic_seconds(), clock_set(at))

    def clock_set(self) -> bool:
        """Whether the wall clock is known to be right."""
        return clock_set(self.clock.now())


def boot_id() -> str:
    """Changes when the machine starts, as its monotonic clock does; where the kernel has none, with every program."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return os.urandom(16).hex()
