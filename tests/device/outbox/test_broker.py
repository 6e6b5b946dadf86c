"""The outbox over a real broker, which goes away in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argus.core import topics
from argus.core.events import decode
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.mqtt import MqttTransport
from argus.device.adapters.mqtt_access import MqttAccess
from argus.device.outbox.sender import Sender
from argus.device.outbox.store import Outbox
from argus.device.program.clocks import Clocks, boot_id
from argus.device.settings.model import Settings
from argus.device.transport import TransportError
from tests.broker import Broker, broker
from tests.device.outbox.cloud import acknowledgement, comes_true, running
from tests.device.outbox.waiting import event

__all__ = ["broker"]  # a fixture

EVENTS = 300
BEFORE = 50


@contextmanager
def connected(broker: Broker, thing: str) -> Iterator[MqttTransport]:
    transport = MqttTransport(MqttAccess("127.0.0.1", broker.port, thing, plain=True), answer_seconds=2)
    try:
        transport.connect()
        yield transport
    finally:
        transport.close()


def test_a_broker_that_goes_away_in_the_middle_costs_nothing(tmp_path: Path, broker: Broker) -> None:
    now = Clocks(SystemClock(), boot_id()).now
    with Outbox(tmp_path, Settings) as outbox:
        for number in range(1, EVENTS + 1):
            outbox.add(event(number), now())
        with connected(broker, "cloud") as cloud, connected(broker, "door-pi") as device:
            sender = Sender(tmp_path, Settings, device, now)
            heard: dict[int, str] = {}
            enough = threading.Event()

            def acknowledge() -> None:
                """Of all that was heard, again and again, as whoever died in between would."""
                ids = list(heard.values())
                for start in range(0, len(ids), 100):
                    try:
                        cloud.publish(topics.acknowledgement("door-pi"), acknowledgement(ids[start : start + 100]))
                    except TransportError:
                        return

            def hear(topic: str, payload: bytes) -> None:
                told = decode(payload)
                heard[told.device.sequence] = told.event_id
                if len(heard) >= BEFORE:
                    enough.set()

            cloud.subscribe("argus/v1/match/+/+", hear)
            device.subscribe(topics.acknowledgement("door-pi"), lambda topic, payload: sender.acknowledged(payload))
            with running(sender):
                assert enough.wait(20)
                broker.kill()
                assert comes_true(lambda: sender.problem is not None or len(heard) == EVENTS)
                broker.start()

                def delivered() -> bool:
                    acknowledge()
                    return outbox.state(now()).waiting == 0

                assert comes_true(delivered, seconds=40)
            assert set(heard) == set(range(1, EVENTS + 1))
            assert outbox.state(now()).delivered == EVENTS
