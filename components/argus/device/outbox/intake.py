"""From whoever recognises to the outbox: in a thread of its own, so that nobody who recognises waits for a disk.

An event that the disk does not take is held in memory, in order, and tried again, for so many minutes and events; then
it is lost, which is counted and leaves a gap in the numbers. Where there is no room for an event's picture there may
be for the event: it is written without.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from argus.core.errors import EventError
from argus.core.events import VisitEvent
from argus.core.instants import Instant
from argus.core.topics import EVENT_KINDS
from argus.core.types import RgbImage
from argus.device.alerts import Alerts
from argus.device.outbox.store import Outbox
from argus.device.settings.model import Settings
from argus.device.snapshots.keeping import jpeg, snapshot_key
from argus.device.state import StateError

HELD = 1000
"""Events in memory, some 2 MB."""

HELD_SECONDS = 600.0

PICTURES_HELD = 50
"""Some 50 MB, in the worst case; the pictures of further events are left out."""

RETRY_SECONDS = 2.0

LAST_SECONDS = 5.0
"""So long the disk is asked again when the program ends."""

_NAP_SECONDS = 0.25

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Arrival:
    event: VisitEvent
    since: Instant
    portrait: RgbImage | None
    left_out: bool = False


class Intake:
    """Takes events; any thread may bring them, in the order of their numbers.

    Args:
        folder: the state folder.
        settings: the settings in force; asked anew each time.
        now: the device's clocks.
        alerts: what decided whether the events alert.
        written: called with each event that is in the outbox, in the thread of :meth:`run`, which waits for it.

    Attributes:
        problem: why nothing can be written at the moment, one sentence.
        lost: events that were lost and are not yet counted in the outbox.
    """

    def __init__(
        self,
        folder: Path,
        settings: Callable[[], Settings],
        now: Callable[[], Instant],
        alerts: Alerts,
        written: Callable[[VisitEvent], None],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._now = now
        self._alerts = alerts
        self._written = written
        self._held: deque[_Arrival] = deque()
        self._wake = Event()
        self._lost_pictures = 0
        self.lost = 0
        self.problem: str | None = None

    def take(self, event: VisitEvent, portrait: RgbImage | None) -> None:
        """Takes an event, with the picture of whom it is of, and returns at once.

        One of a kind that is not published is left out.
        """
        if event.kind not in EVENT_KINDS:
            return
        if portrait is not None and len(self._held) >= PICTURES_HELD:
            self._held.append(_Arrival(event, self._now(), None, left_out=True))
        else:
            self._held.append(_Arrival(event, self._now(), portrait))
        self._wake.set()

    def run(self, stop: Event) -> None:
        """Writes what comes until ``stop`` is set, and then what is left."""
        with ExitStack() as opened:
            outbox: Outbox | None = None
            stopped_at: float | None = None
            while True:
                self._wake.clear()
                try:
                    outbox = outbox or opened.enter_context(Outbox(self._folder, self._settings))
                    self._write_all(outbox)
                    self._count_lost(outbox)
                except StateError as error:
                    if self.problem is None:
                        _log.warning("events are held in memory: %s", error)
                    self.problem = str(error)
                else:
                    if self.problem is not None:
                        _log.info("events are written again")
                    self.problem = None
                self._let_go()
                if stop.is_set():
                    now = self._now().at_seconds
                    stopped_at = now if stopped_at is None else stopped_at
                    if not self._held or now - stopped_at >= LAST_SECONDS:
                        break
                self._wake.wait(_NAP_SECONDS if self.problem is None else RETRY_SECONDS)
        if self._held:
            _log.error("%d events are lost: %s", len(self._held), self.problem)

    def _write_all(self, outbox: Outbox) -> None:
        while self._held:
            try:
                event = self._write(outbox, self._held[0])
            except EventError as error:
                _log.error("an event is lost: %s", error)
                self._lose()
                continue
            self._held.popleft()
            self._written(event)

    def _write(self, outbox: Outbox, arrival: _Arrival) -> VisitEvent:
        event, cool_down = arrival.event, self._alerts.started_by(arrival.event)
        key = snapshot_key(event, self._settings().snapshots)
        if key is not None and arrival.portrait is not None:
            pictured = replace(event, snapshot=key)
            try:
                outbox.add(pictured, arrival.since, cool_down=cool_down, picture=jpeg(arrival.portrait))
            except StateError:
                arrival = self._held[0] = replace(arrival, portrait=None, left_out=True)
            else:
                return pictured
        outbox.add(event, arrival.since, cool_down=cool_down)
        self._lost_pictures += key is not None and arrival.left_out
        return event

    def _let_go(self) -> None:
        """Loses what has been held for too long, and what is too much."""
        now = self._now()
        lost = 0
        while self._held and (len(self._held) > HELD or (now.since(self._held[0].since) or 0) > HELD_SECONDS):
            self._lose()
            lost += 1
        if lost:
            _log.error("%d events are lost: %s", lost, self.problem)

    def _lose(self) -> None:
        self._alerts.take_back(self._held.popleft().event)
        self.lost += 1

    def _count_lost(self, outbox: Outbox) -> None:
        if self.lost or self._lost_pictures:
            outbox.count_dropped(self.lost, self._lost_pictures)
            self.lost = self._lost_pictures = 0
