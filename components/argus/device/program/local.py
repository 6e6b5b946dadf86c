"""Events for the other components of the device, on the same topics and with the same content as for the cloud.

Best effort: an event that the nucleus does not take is not kept for them, and they cost the others no time.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from queue import Empty, Full, Queue

from argus.core.events import VisitEvent, encode
from argus.device.outbox.store import topic_of
from argus.device.transport import Transport, TransportError

_log = logging.getLogger(__name__)

WAITING = 100

_TICK_SECONDS = 0.5


class LocalEvents:
    """Publishes on the device what is told to it, in the thread of :meth:`run`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._events: Queue[VisitEvent] = Queue(WAITING)

    def told(self, event: VisitEvent) -> None:
        """An event of a kind that has a topic; from any thread, and returns at once."""
        with suppress(Full):
            self._events.put_nowait(event)

    def run(self, stop: threading.Event) -> None:
        """Publishes until ``stop``; raises TransportLost."""
        while not stop.is_set():
            try:
                event = self._events.get(timeout=_TICK_SECONDS)
            except Empty:
                continue
            try:
                self._transport.publish_locally(topic_of(event), encode(event))
            except TransportError as error:
                _log.warning("other components were not told of an event: %s", error)
