"""What happened in a demo, as it is heard of: by the broker, as any subscriber would, and by what SNS sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from argus.cli.demo.programs import CAMERA, THING
from argus.core import topics
from argus.core.events import VisitEvent, decode
from argus.core.head import decode_head
from argus.core.status import DeviceStatus, decode_status

if TYPE_CHECKING:
    from cloud_lambdas.local.outbox import Sent


@dataclass(frozen=True)
class Told:
    """An event, and when the broker handed it on."""

    event: VisitEvent
    at: datetime


@dataclass(frozen=True)
class Issued:
    """A version of the collection that the cloud told the devices of."""

    version: str
    sequence: int


@dataclass(frozen=True)
class Alerted:
    """What SNS sent, and when it was seen."""

    sent: Sent
    at: datetime


Happening: TypeAlias = "Told | Issued | DeviceStatus | Alerted"


@dataclass
class Record:
    """All of it so far, for one thread; others tell by :meth:`happened`.

    Attributes:
        told: by event id, each as it came first.
        issued: the newest version.
        status: the device's newest.
    """

    told: dict[str, Told] = field(default_factory=dict)
    issued: Issued | None = None
    status: DeviceStatus | None = None
    alerted: list[Alerted] = field(default_factory=list)
    _news: SimpleQueue[Happening] = field(default_factory=SimpleQueue)

    def happened(self, what: Happening) -> None:
        """From any thread; returns at once."""
        self._news.put(what)

    def sent(self, sent: Sent) -> None:
        """What SNS would send, from any thread."""
        self.happened(Alerted(sent, _now()))

    def take(self, seconds: float) -> Iterator[Happening]:
        """Writes down what is new, and gives it; waits up to so long for the first."""
        while True:
            try:
                news = self._news.get(timeout=seconds)
            except Empty:
                return
            if self._write(news):
                yield news
            seconds = 0.0

    def _write(self, news: Happening) -> bool:
        """Whether it is new: brokers hand on some things twice."""
        match news:
            case Told():
                return self.told.setdefault(news.event.event_id, news) is news
            case Issued():
                if self.issued is not None and news.sequence <= self.issued.sequence:
                    return False
                self.issued = news
            case DeviceStatus():
                self.status = news
            case Alerted():
                self.alerted.append(news)
        return True


@contextmanager
def listening(record: Record, mqtt_port: int, collection: str) -> Iterator[None]:
    """Writes down what the demo's device says, and what the cloud says of the collection."""
    from cloud_lambdas.local.mqtt import BrokerLink

    def told(_topic: str, payload: bytes) -> None:
        record.happened(Told(decode(payload), _now()))

    def issued(_topic: str, payload: bytes) -> None:
        statement = decode_head(payload).statement
        record.happened(Issued(statement.manifest_sha256, statement.sequence))

    def reported(_topic: str, payload: bytes) -> None:
        record.happened(decode_status(payload))

    handlers: list[tuple[str, Callable[[str, bytes], None]]] = [
        *((topics.visit_event(kind, THING, CAMERA), told) for kind in topics.EVENT_KINDS),
        (topics.collection_head(collection), issued),
        (topics.status(THING), reported),
    ]
    with BrokerLink(mqtt_port, "argus-demo") as link:
        for topic, handler in handlers:
            link.subscribe(topic, handler)
        yield


def _now() -> datetime:
    return datetime.now(timezone.utc)
