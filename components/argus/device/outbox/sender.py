"""From the outbox to the cloud and back: publishes what waits, and lets go of what the cloud says it has."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event

from argus.core.acknowledgement import decode_acknowledgement
from argus.core.errors import EventError
from argus.core.instants import Instant
from argus.device.adapters.backoff import backoff_seconds
from argus.device.outbox.pacing import Pacing, Portion
from argus.device.outbox.store import Outbox, OutboxRow
from argus.device.settings.model import Settings
from argus.device.state import StateError
from argus.device.transport import Transport, TransportError
from argus.storage.at_once import each
from argus.storage.failpoints import failpoint

AT_ONCE = 4
"""Messages that wait for the broker's answer together. Over a network of 50 ms that makes 80 a second; AWS IoT takes
100 of a connection."""

EXPIRE_EVERY_SECONDS = 60.0

RETRY_SECONDS = 5.0
"""After the file could not be used."""

_NAP_SECONDS = 0.25
"""So soon it is seen that the program ends, if nobody says so; nothing is read for it."""

_log = logging.getLogger(__name__)


class Sender:
    """Empties the outbox of a state folder, in the thread of :meth:`run`.

    Args:
        folder: the state folder.
        settings: the settings in force; asked anew each time.
        transport: to the cloud.
        now: the device's clocks.

    Attributes:
        problem: why nothing is published at the moment, one sentence.
    """

    def __init__(
        self, folder: Path, settings: Callable[[], Settings], transport: Transport, now: Callable[[], Instant]
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._transport = transport
        self._now = now
        self._pacing = Pacing()
        self._wake = Event()
        self._added = Event()
        self._acknowledged: deque[str] = deque()
        self._expire_at = 0.0
        self._failures = 0
        self._paused_until = 0.0
        self._untouched_until = 0.0
        self.problem: str | None = None

    def added(self) -> None:
        """There is a new event in the outbox; from any thread."""
        self._added.set()
        self._wake.set()

    def acknowledged(self, payload: bytes) -> None:
        """Takes what came on the device's topic of acknowledgements; from any thread, and returns at once."""
        try:
            self._acknowledged.extend(decode_acknowledgement(payload).event_ids)
        except EventError as error:
            _log.warning("an acknowledgement is ignored: %s", error)
        self._wake.set()

    def run(self, stop: Event) -> None:
        """Publishes until ``stop`` is set.

        Raises:
            TransportLost: the transport will not come back.
        """
        with ExitStack() as opened:
            outbox: Outbox | None = None
            while not stop.is_set():
                self._wake.clear()
                try:
                    outbox = outbox or opened.enter_context(Outbox(self._folder, self._settings))
                    pause = self._step(outbox)
                except StateError as error:
                    _log.warning("nothing is published for a while: %s", error)
                    stop.wait(RETRY_SECONDS)
                    continue
                if pause > 0:
                    self._wake.wait(min(pause, _NAP_SECONDS))
            if outbox is not None:
                self._take_back(outbox)

    def _step(self, outbox: Outbox) -> float:
        """Does what is due; returns after how many seconds there may be more, if nobody wakes it."""
        self._take_back(outbox)
        if self._added.is_set():
            self._added.clear()
            self._pacing.added()
        now = self._now().at_seconds
        if now < self._paused_until:
            return self._paused_until - now
        portion = self._pacing.next(now)
        if portion is None:
            return max(0.0, (self._pacing.next_at() or now + EXPIRE_EVERY_SECONDS) - now)
        self._publish(portion, outbox.rows(portion.after, portion.limit, until=portion.until))
        return 0.0

    def _publish(self, portion: Portion, rows: Sequence[OutboxRow]) -> None:
        taken: list[OutboxRow] = []

        def publish(row: OutboxRow) -> None:
            self._transport.publish(row.topic, row.payload)
            taken.append(row)

        try:
            each(publish, rows, AT_ONCE)
        except TransportError as error:
            now = self._now().at_seconds
            self._failures += 1
            self._paused_until = now + backoff_seconds(self._failures)
            if self.problem is None:
                _log.warning("events wait: %s", error)
            self.problem = str(error)
            if not portion.again:
                self._pacing.published(portion, taken, now)
            self._pacing.refused(now)
            return
        if taken:
            failpoint("outbox.published")
            if self.problem is not None:
                _log.info("events are published again")
            self._failures, self.problem = 0, None
        self._pacing.published(portion, taken, self._now().at_seconds)

    def _take_back(self, outbox: Outbox) -> None:
        """Lets go of what was acknowledged, and of what is too old.

        On a full disk this waits, and nothing else does.
        """
        now = self._now()
        if now.at_seconds < self._untouched_until:
            return
        event_ids = [self._acknowledged.popleft() for _ in range(len(self._acknowledged))]
        try:
            if event_ids:
                failpoint("outbox.acknowledged")
                self._pacing.acknowledged(event_ids, now.at_seconds)
                outbox.acknowledge(event_ids)
                failpoint("outbox.let_go")
            if now.at_seconds >= self._expire_at:
                self._expire_at = now.at_seconds + EXPIRE_EVERY_SECONDS
                dropped = outbox.drop_expired(now)
                if dropped:
                    _log.warning("%d events were never acknowledged and are too old", dropped)
        except StateError as error:
            _log.warning("what was acknowledged is kept for a while: %s", error)
            self._acknowledged.extendleft(reversed(event_ids))
            self._untouched_until = now.at_seconds + RETRY_SECONDS
