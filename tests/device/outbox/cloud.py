"""A cloud within reach of a test: a transport that keeps what is published, and acknowledges it as the test wants."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Protocol

from argus.core import topics
from argus.core.acknowledgement import MAX_EVENT_IDS, Acknowledgement, encode_acknowledgement
from argus.core.events import VisitEvent, decode
from argus.device.transport import MessageHandler, TransportError, TransportLost


def acknowledgement(event_ids: Iterable[str]) -> bytes:
    return encode_acknowledgement(Acknowledgement(tuple(event_ids), datetime.now(timezone.utc)))


class Cloud:
    """Implements :class:`argus.device.transport.Transport`.

    Attributes:
        answers: acknowledges each event at once.
        refuses: says so of the next publications.
        is_lost: will not come back.
    """

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.refuses: Callable[[VisitEvent], bool] = lambda event: False
        self.is_lost = False
        self.received: list[VisitEvent] = []
        self.tries = 0
        self._handlers: dict[str, MessageHandler] = {}
        self._lock = threading.Lock()

    @property
    def sequences(self) -> list[int]:
        """The numbers of what was received, in its order."""
        with self._lock:
            return [event.device.sequence for event in self.received]

    def times_received(self) -> Counter[int]:
        return Counter(self.sequences)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        event = decode(payload)
        assert topic == topics.visit_event(event.kind, event.device.thing, event.camera) and not retain
        with self._lock:
            self.tries += 1
            if self.is_lost:
                raise TransportLost("the cloud is gone: start again")
            if self.refuses(event):
                raise TransportError("the cloud does not answer: it is tried again")
            self.received.append(event)
        if self.answers:
            self.acknowledge([event.event_id])

    def publish_locally(self, topic: str, payload: bytes) -> None:
        raise NotImplementedError

    def subscribe(self, topic_filter: str, handler: MessageHandler) -> None:
        self._handlers[topic_filter] = handler

    def acknowledge(self, event_ids: Sequence[str]) -> None:
        for start in range(0, len(event_ids), MAX_EVENT_IDS):
            for topic, handler in self._handlers.items():
                handler(topic, acknowledgement(event_ids[start : start + MAX_EVENT_IDS]))

    def renew(self) -> None:
        """Nothing was ever silent."""

    def lost(self) -> str | None:
        return "the cloud is gone" if self.is_lost else None

    def close(self) -> None:
        """Nothing is open."""


class Runs(Protocol):
    def run(self, stop: threading.Event) -> None: ...


@contextmanager
def running(*workers: Runs) -> Iterator[None]:
    """Each in a thread of its own, until the context ends; what one raises is raised here."""
    stop, raised = threading.Event(), []

    def work(worker: Runs) -> None:
        try:
            worker.run(stop)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    if raised:
        raise raised[0]


def comes_true(what: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Whether ``what`` does within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.005)
    return what()
