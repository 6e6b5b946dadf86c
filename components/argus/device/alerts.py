"""Who has alerted, kept in memory so that also what the disk does not take is not alerted of twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from argus.core.cooldown import CoolDown, cool_down_key, is_over
from argus.core.events import VisitEvent
from argus.core.instants import Instant


class Alerts:
    """Decides whether events alert (:mod:`argus.core.cooldown`); for several threads.

    Args:
        alerted: when each alerted who did so last, from the outbox.
        now: the device's clocks.
        cool_down_seconds: what is configured; asked anew each time.
    """

    def __init__(
        self, alerted: Mapping[str, Instant], now: Callable[[], Instant], cool_down_seconds: Callable[[], float]
    ) -> None:
        self._alerted = dict(alerted)
        self._now = now
        self._cool_down_seconds = cool_down_seconds
        self._lock = Lock()

    def __call__(self, event: VisitEvent) -> bool:
        """Whether a match or an unknown alerts; if so, the cool-down begins."""
        key = cool_down_key(event)
        if key is None:
            return True
        now, seconds = self._now(), self._cool_down_seconds()
        with self._lock:
            if not is_over(self._alerted.get(key), now, seconds):
                return False
            self._alerted = {name: at for name, at in self._alerted.items() if not is_over(at, now, seconds)}
            self._alerted[key] = now
            return True

    def started_by(self, event: VisitEvent) -> CoolDown | None:
        """The cool-down that an alert has begun, to be kept with its event."""
        key = cool_down_key(event)
        with self._lock:
            alerted_at = self._alerted.get(key) if key and event.alert else None
        return CoolDown(key, alerted_at) if key and alerted_at else None

    def take_back(self, event: VisitEvent) -> None:
        """The event was lost before anybody was told: the next one alerts."""
        key = cool_down_key(event)
        if key and event.alert:
            with self._lock:
                self._alerted.pop(key, None)
