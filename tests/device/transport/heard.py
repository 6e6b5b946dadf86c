"""A transport whose messages a test can wait for, and a clock that it moves."""

from __future__ import annotations

import queue
from datetime import datetime, timedelta, timezone

from argus.device.transport import MessageHandler, Transport

SECONDS = 10.0


class Inbox(queue.Queue[tuple[str, bytes]]):
    """A handler of messages."""

    def __call__(self, topic: str, payload: bytes) -> None:
        self.put((topic, payload))

    def next(self) -> tuple[str, bytes]:
        return self.get(timeout=SECONDS)


class Overheard:
    """Passes everything on to another transport; what its handlers have got is in ``inbox``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.publish = transport.publish
        self.publish_locally = transport.publish_locally
        self.renew = transport.renew
        self.lost = transport.lost
        self.close = transport.close
        self.inbox = Inbox()

    def subscribe(self, topic_filter: str, handler: MessageHandler) -> None:
        def heard(topic: str, payload: bytes) -> None:
            handler(topic, payload)
            self.inbox(topic, payload)

        self._transport.subscribe(topic_filter, heard)


class MovedClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2024, 5, 1, tzinfo=timezone.utc) + timedelta(seconds=self.seconds)

    def monotonic_seconds(self) -> float:
        return self.seconds
