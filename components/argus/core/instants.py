"""When something happened, in a way that outlives restarts and a wall clock that is wrong.

A device's wall clock may not be set when it starts, and may be put back or forward while it runs. The monotonic clock
only goes forward, and starts anew at each boot. So a time is noted by both, and how long ago it was is asked of the
one that can know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Instant:
    """A point in time on one device.

    Attributes:
        at: the wall clock, aware UTC.
        boot_id: of which boot ``at_seconds`` is.
        at_seconds: the monotonic clock.
        clock_set: whether the wall clock was known to be right.
    """

    at: datetime
    boot_id: str
    at_seconds: float
    clock_set: bool = True

    def since(self, earlier: Instant) -> float | None:
        """Seconds from ``earlier`` to this; None when nothing can tell.

        Within a boot the monotonic clock tells, whatever the wall clock does. Over a boot the wall clock does, unless
        it was not set on one side, or was put back since.
        """
        if earlier.boot_id == self.boot_id and earlier.at_seconds <= self.at_seconds:
            return self.at_seconds - earlier.at_seconds
        if not (earlier.clock_set and self.clock_set) or earlier.at > self.at:
            return None
        return (self.at - earlier.at).total_seconds()
