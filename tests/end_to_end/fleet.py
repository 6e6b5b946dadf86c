"""Many devices, as far as the cloud sees them: each sends the events of some visits, and goes on when it has heard that
the cloud has them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from queue import Empty, SimpleQueue

from argus.core import topics
from argus.core.acknowledgement import decode_acknowledgement
from argus.core.events import VisitEvent, decode, encode
from cloud_lambdas.local.mqtt import BrokerDown, BrokerLink
from cloud_lambdas.shared.clock import new_id

EVENTS = Path(__file__).parents[1] / "events"
TOGETHER = 10
"""Events that a device sends before it waits: those of five visits."""

AT_ONCE = 20
"""Devices that wait at the same time; a queue with more takes the imitation of AWS longer, and AWS no longer."""

TWICE, MALFORMED, ALERTING = 0.05, 0.01, 0.1
"""Shares of what is sent: again, none of it an event, and of the visits those that people hear of at once."""

PEOPLE = 40
"""Who are in every third visit; the others are of strangers."""

AGAIN_SECONDS = 60.0
"""What was not acknowledged by then is sent again."""


def golden(name: str) -> VisitEvent:
    """An event as a device writes it."""
    return decode((EVENTS / f"{name}.json").read_bytes())


@dataclass
class Sent:
    """What was sent.

    Attributes:
        event_ids: of every event, once.
        malformed: topics and payloads that are none.
        messages: all in all.
    """

    event_ids: list[str] = field(default_factory=list)
    malformed: list[tuple[str, bytes]] = field(default_factory=list)
    messages: int = 0


class SimulatedDevice:
    """One of them."""

    def __init__(
        self,
        thing: str,
        link: BrokerLink,
        visits: Iterator[tuple[VisitEvent, ...]],
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._thing, self._link, self._visits = thing, link, visits
        self._again_seconds = again_seconds
        self._sequence = 0
        self._payloads: dict[str, tuple[str, bytes]] = {}
        self._sent_at = 0.0

    def waits(self) -> set[str]:
        """For which events to be acknowledged."""
        return set(self._payloads)

    def acknowledged(self, event_ids: tuple[str, ...]) -> None:
        for event_id in event_ids:
            self._payloads.pop(event_id, None)

    def send(self, sent: Sent, chance: random.Random) -> bool:
        """Sends what is next, unless something is not acknowledged yet; False when it is done."""
        if self._payloads:
            if time.monotonic() > self._sent_at + self._again_seconds:
                self._publish(list(self._payloads.values()), sent)
            return True
        for _ in range(TOGETHER // 2):
            for event in next(self._visits, ()):
                self._sequence += 1
                numbered = replace(
                    event, device=replace(event.device, thing=self._thing, sequence=self._sequence, clock_set=True)
                )
                sent.event_ids.append(event.event_id)
                topic = topics.visit_event(event.kind, self._thing, event.camera)
                self._payloads[event.event_id] = (topic, encode(numbered))
        messages = list(self._payloads.values())
        messages += [message for message in messages if chance.random() < TWICE]
        self._publish(messages, sent)
        return bool(messages)

    def babble(self, sent: Sent) -> None:
        """Something that is no event."""
        topic = topics.visit_event("match", self._thing, "door")
        payload = b"\xff malformed %d" % len(sent.malformed)
        sent.malformed.append((topic, payload))
        self._publish([(topic, payload)], sent)

    def _publish(self, messages: list[tuple[str, bytes]], sent: Sent) -> None:
        self._sent_at = time.monotonic()
        for topic, payload in messages:
            with suppress(BrokerDown):  # it is sent again
                self._link.publish(topic, payload)
            sent.messages += 1


def visits(count: int, chance: random.Random, alerting: float = ALERTING) -> Iterator[tuple[VisitEvent, ...]]:
    """Matches and strangers who come, and leave at once; of now."""
    match, unknown, left = golden("match"), golden("unknown"), golden("left")
    assert match.person is not None
    for number in range(count):
        now = datetime.now(timezone.utc)
        person = replace(match.person, id=f"person-{number % PEOPLE}") if number % 3 == 0 else None
        visit_id, alert = new_id(now), chance.random() < alerting
        came, went = (match if person else unknown), left
        yield tuple(
            replace(
                pattern, event_id=new_id(now), visit_id=visit_id, captured_at=now, person=person,
                alert=alert and pattern is came,
            )
            for pattern in (came, went)
        )  # fmt: skip


def send_all(mqtt_port: int, events: int, things: int, seed: int = 7) -> Sent:
    """Has ``things`` devices send ``events`` events in all; returns when every one is acknowledged."""
    chance, sent = random.Random(seed), Sent()
    heard: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
    with ExitStack() as ending:
        devices = {}
        for number in range(things):
            thing = f"thing-{number}"
            link = ending.enter_context(BrokerLink(mqtt_port, thing))
            link.subscribe(topics.acknowledgement(thing), lambda topic, payload: heard.put((topic, payload)))
            mine = visits(events // 2 // things, chance)
            devices[topics.acknowledgement(thing)] = SimulatedDevice(thing, link, mine)
        babbling = chance.choices(list(devices.values()), k=int(events * MALFORMED))
        busy = list(devices.values())
        while busy:
            if babbling:
                babbling.pop().babble(sent)
            for device in list(busy)[:AT_ONCE]:
                if not device.send(sent, chance):
                    busy.remove(device)
            while True:
                try:
                    topic, payload = heard.get(timeout=0.05)
                except Empty:
                    break
                devices[topic].acknowledged(decode_acknowledgement(payload).event_ids)
        for device in babbling:
            device.babble(sent)
    return sent
