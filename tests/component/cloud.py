"""A small cloud: takes a device's events from the broker, checks them, and acknowledges them, well or badly."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from awscrt.exceptions import AwsCrtError
from awscrt.io import ClientBootstrap
from awscrt.mqtt import Client, Connection, QoS
from jsonschema import Draft202012Validator

from argus.core import topics
from argus.core.acknowledgement import MAX_EVENT_IDS, Acknowledgement, encode_acknowledgement
from argus.core.commands import Command, Reply, decode_reply, encode_command
from argus.core.events import VisitEvent, decode
from argus.core.status import DeviceStatus, decode_status

SCHEMA = Path(__file__).parents[1] / "events" / "visit.schema.json"


@dataclass(frozen=True)
class Manner:
    """How a cloud acknowledges.

    Attributes:
        late_seconds: an event is acknowledged at most so long after it came, by chance.
        times: how often.
        shuffled: in whatever order.
        share: of the deliveries; the others are never acknowledged.
    """

    late_seconds: float = 0.0
    times: int = 1
    shuffled: bool = False
    share: float = 1.0


PROMPT = Manner()
NEVER = Manner(share=0.0)
UNTIDY = Manner(late_seconds=1.0, times=2, shuffled=True, share=0.8)


class Cloud:
    """The consumer of one device's messages; a context manager.

    Attributes:
        manner: may be changed at any time.
        events: by id, as they came first.
        deliveries: how often each id came.
        faults: what a cloud must not see: broken events, two of one id, two of one number.
    """

    def __init__(self, port: int, thing: str, manner: Manner = PROMPT) -> None:
        self.manner = manner
        self.events: dict[str, VisitEvent] = {}
        self.deliveries: Counter[str] = Counter()
        self.faults: list[str] = []
        self.statuses: list[DeviceStatus] = []
        self.replies: dict[str | None, Reply] = {}
        self._thing = thing
        self._payloads: dict[str, bytes] = {}
        self._numbers: dict[int, str] = {}
        self._validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
        self._chance = random.Random(1)
        self._came: Queue[tuple[str, bytes]] = Queue()
        self._due: list[tuple[float, str]] = []
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._work, name="cloud")
        self._connection = Connection(
            Client(ClientBootstrap.get_or_create_static_default()),
            "127.0.0.1",
            port,
            "cloud",
            clean_session=True,
            reconnect_min_timeout_secs=1,
            reconnect_max_timeout_secs=1,
            keep_alive_secs=5,
            on_connection_success=lambda **_: self._subscribe(),
            disable_metrics=True,
        )
        self._connection.on_message(lambda topic, payload, **_: self._came.put((topic, payload)))

    def __enter__(self) -> Cloud:
        self._connection.connect().result(20)
        assert self._ready.wait(20)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()
        with suppress(AwsCrtError):
            self._connection.disconnect().result(5)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the events that came, each once, in the order in which they came first."""
        return [event.device.sequence for event in tuple(self.events.values())]

    @property
    def cameras(self) -> set[str]:
        """Of which cameras there were events."""
        return {event.camera for event in tuple(self.events.values())}

    def command(self, name: str, arguments: dict[str, str] | None = None) -> str:
        """Sends a command and returns its id, by which :attr:`replies` will have the answer."""
        command_id = f"command-{self._chance.getrandbits(64):016x}"
        now = datetime.now(timezone.utc)
        command = Command(command_id, now, now + timedelta(seconds=60), arguments or {})
        self._publish(topics.command(self._thing, name), encode_command(command)).result(10)
        return command_id

    def _subscribe(self) -> None:
        future, _ = self._connection.subscribe("argus/v1/#", QoS.AT_LEAST_ONCE)
        future.add_done_callback(lambda _: self._ready.set())

    def _publish(self, topic: str, payload: bytes) -> Future[Any]:
        future: Future[Any] = self._connection.publish(topic, payload, QoS.AT_LEAST_ONCE)[0]
        return future

    def _work(self) -> None:
        while not self._stop.is_set():
            with suppress(Empty):
                self._hear(*self._came.get(timeout=0.05))
                for _ in range(self._came.qsize()):
                    self._hear(*self._came.get_nowait())
            self._acknowledge()

    def _hear(self, topic: str, payload: bytes) -> None:
        kind = topic.split("/")[2]
        if kind in topics.EVENT_KINDS:
            self._take(topic, payload)
        elif kind == "status":
            self.statuses.append(decode_status(payload))
        elif kind == "reply":
            reply = decode_reply(payload)
            self.replies[reply.command_id] = reply

    def _take(self, topic: str, payload: bytes) -> None:
        for error in self._validator.iter_errors(json.loads(payload)):
            self.faults.append(f"{topic}: {error.message}")
        event = decode(payload)
        if topic != topics.visit_event(event.kind, self._thing, event.camera):
            self.faults.append(f"an event {event.kind} of {event.camera} came on {topic}")
        if self._payloads.setdefault(event.event_id, payload) != payload:
            self.faults.append(f"{event.event_id} came with two contents")
        if self._numbers.setdefault(event.device.sequence, event.event_id) != event.event_id:
            self.faults.append(f"two events have the number {event.device.sequence}")
        self.deliveries[event.event_id] += 1
        self.events.setdefault(event.event_id, event)
        manner = self.manner
        if self._chance.random() < manner.share:
            for _ in range(manner.times):
                at = time.monotonic() + self._chance.uniform(0, manner.late_seconds)
                self._due.append((at, event.event_id))

    def _acknowledge(self) -> None:
        now = time.monotonic()
        ready = [event_id for at, event_id in self._due if at <= now]
        self._due = [(at, event_id) for at, event_id in self._due if at > now]
        if self.manner.shuffled:
            self._chance.shuffle(ready)
        for start in range(0, len(ready), MAX_EVENT_IDS):
            self._say(ready[start : start + MAX_EVENT_IDS])

    def _say(self, event_ids: Sequence[str]) -> None:
        acknowledgement = Acknowledgement(tuple(event_ids), datetime.now(timezone.utc))
        with suppress(AwsCrtError):  # while the broker is away it is lost, and the device sends its events again
            self._publish(topics.acknowledgement(self._thing), encode_acknowledgement(acknowledgement))
