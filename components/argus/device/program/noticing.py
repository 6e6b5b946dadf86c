"""When the configuration is to be read: as soon as it has been quiet after a change, and every now and then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

QUIET_SECONDS = 1.0
"""A deployment changes key by key: it is waited until nothing has changed for so long,"""

IMPATIENT_SECONDS = 10.0
"""but no longer than this."""

LOOK_SECONDS = 60.0
"""So often it is read although nobody said that it has changed: nucleus lite tells of no reset, and of nothing after a
failure of its part for configuration."""


class Noticing:
    """Collects what is said of changes; :meth:`changed` is for any thread, the rest for one.

    Args:
        file: where the configuration is, when it is in a file, which is looked at with each :meth:`due`.
        wake: called, in whatever thread, when something was said.
    """

    def __init__(self, file: Path | None, monotonic_seconds: Callable[[], float], wake: Callable[[], None]) -> None:
        self._file = file
        self._seen = self._look()
        self._monotonic_seconds = monotonic_seconds
        self._wake = wake
        self._lock = Lock()
        self._at = monotonic_seconds() + LOOK_SECONDS
        self._latest_at: float | None = None

    def changed(self) -> None:
        """Something may have changed, and more may."""
        now = self._monotonic_seconds()
        with self._lock:
            if self._latest_at is None:
                self._latest_at = now + IMPATIENT_SECONDS
            self._at = min(now + QUIET_SECONDS, self._latest_at)
        self._wake()

    def now(self) -> None:
        """It is to be read at once."""
        self.again(0.0)

    def again(self, seconds: float) -> None:
        """It is to be read after so long."""
        with self._lock:
            self._at, self._latest_at = self._monotonic_seconds() + seconds, None

    def due(self) -> bool:
        """Whether it is to be read now; if so, that counts as done."""
        before, self._seen = self._seen, self._look()
        if self._seen != before:
            self.changed()
        with self._lock:
            if self._monotonic_seconds() < self._at:
                return False
            self._at, self._latest_at = self._monotonic_seconds() + LOOK_SECONDS, None
            return True

    def _look(self) -> tuple[int, ...] | None:
        """What is different when the file is; None while it is not there."""
        try:
            found = self._file.stat() if self._file is not None else None
        except OSError:
            return None
        return None if found is None else (found.st_ino, found.st_mtime_ns, found.st_size)
