"""What the device listens to, as soon as the transport lets it."""

from __future__ import annotations

import logging
import threading
from queue import Empty, SimpleQueue

from argus.device.adapters.backoff import backoff_seconds
from argus.device.transport import MessageHandler, Transport, TransportError

_log = logging.getLogger(__name__)

_TICK_SECONDS = 0.5


class Subscriptions:
    """Subscribes to what is wanted, in the thread of :meth:`run`; tries again what is refused.

    There is no way back: a message that is not wanted any more is thrown away by its handler.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._new: SimpleQueue[tuple[str, MessageHandler]] = SimpleQueue()
        self._wanted: set[str] = set()

    def want(self, topic_filter: str, handler: MessageHandler) -> None:
        """From some time on ``handler`` gets what is published to ``topic_filter``; once is enough. For one thread."""
        if topic_filter not in self._wanted:
            self._wanted.add(topic_filter)
            self._new.put((topic_filter, handler))

    def run(self, stop: threading.Event) -> None:
        """Subscribes until ``stop``; raises TransportLost."""
        while not stop.is_set():
            try:
                topic_filter, handler = self._new.get(timeout=_TICK_SECONDS)
            except Empty:
                continue
            self._subscribe(topic_filter, handler, stop)

    def _subscribe(self, topic_filter: str, handler: MessageHandler, stop: threading.Event) -> None:
        failures = 0
        while not stop.is_set():
            try:
                self._transport.subscribe(topic_filter, handler)
            except TransportError as error:
                failures += 1
                if failures == 1:
                    _log.warning("not yet listening to %s: %s", topic_filter, error)
                stop.wait(backoff_seconds(failures))
                continue
            if failures:
                _log.info("listening to %s", topic_filter)
            return
