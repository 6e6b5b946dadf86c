"""Whether the wall clock is known to be right, as events and the status say it.

The kernel knows: whoever keeps the clock (timesyncd, ntpd, chrony with ``rtcsync``, as its packages have it) tells it
so, and when nobody did for some hours, or since the start, it says that the clock is not synchronised. A small board
without a battery starts in the past and says so until its first answer from a time server. Comparing with a date that
cannot be yet to come finds less: such boards start at the time of their last shutdown.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from argus.device.doctor.machine import clock_is_synchronised

EARLIEST_YEAR = 2024
"""Before it no device ran this program, whatever the kernel says."""

_TIMESYNCD = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes it at its first answer; it serves where the kernel cannot be asked."""


def clock_set(now: datetime) -> bool:
    """Whether ``now``, by the machine's wall clock, is known to be right; a system call, no more."""
    synchronised = clock_is_synchronised()
    if synchronised is None:
        synchronised = _TIMESYNCD.exists()
    return synchronised and now.year >= EARLIEST_YEAR
