"""Events through broker, rules, queues and functions: those that the device's code writes, and very many of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from argus.core import topics
from argus.core.acknowledgement import decode_acknowledgement
from argus.core.status import decode_status
from cloud_lambdas.local.mqtt import BrokerLink
from tests.end_to_end.arrived import assert_all_arrived
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.fleet import EVENTS, MALFORMED, golden, send_all
from tests.end_to_end.waiting import eventually

LOAD, THINGS = 2000, 100
PUBLISHED = ("match", "match_revised", "unknown", "left", "left_nobody_enrolled")
"""Golden events; one that is uncertain is not published."""


@pytest.fixture
def link(running: Cloud) -> Iterator[BrokerLink]:
    with BrokerLink(running.broker.port, "golden") as made:
        yield made


def test_the_golden_events_of_the_device_are_read_by_sightings_and_by_alerts(running: Cloud, link: BrokerLink) -> None:
    events, heard = [golden(name) for name in PUBLISHED], list[bytes]()
    alerts = running.subscribe()
    link.subscribe(topics.acknowledgement("hall-1"), lambda topic, payload: heard.append(payload))
    for name, event in zip(PUBLISHED, events, strict=True):
        topic = topics.visit_event(event.kind, event.device.thing, event.camera)
        link.publish(topic, (EVENTS / f"{name}.json").read_bytes())

    def acknowledged() -> set[str]:
        return {event_id for payload in heard for event_id in decode_acknowledgement(payload).event_ids}

    assert eventually(lambda: acknowledged() == {event.event_id for event in events})
    stored = {one.event.event_id: one.event for one in running.sightings("hall-1")}
    assert stored == {event.event_id: event for event in events}
    assert eventually(lambda: running.waiting("AlertsQueue") == 0)
    told = [message["MessageAttributes"]["kind"]["Value"] for message in alerts.look()]
    assert told.count("match") == 2, "the unknown may be told or not: one match is about the same visit"


def test_the_golden_statuses_and_replies_of_the_device_are_read_by_devices(running: Cloud, link: BrokerLink) -> None:
    for name in ("status", "status_starting"):
        link.publish(topics.status("hall-1"), (EVENTS / "messages" / f"{name}.json").read_bytes())
    for name in ("reply", "reply_malformed"):
        link.publish(topics.reply("hall-1", "snapshot"), (EVENTS / "messages" / f"{name}.json").read_bytes())
    status = decode_status((EVENTS / "messages" / "status.json").read_bytes())

    def kept() -> list[dict[str, Any]]:
        return [item for item in running.items("DevicesTable") if item["thing"]["S"] == status.thing]

    assert eventually(kept)
    assert eventually(lambda: running.waiting("StatusesQueue") == 0)
    assert running.waiting("StatusesDeadQueue") == 0


def test_of_many_events_every_valid_one_is_one_sighting_and_every_bad_one_a_dead_letter(running: Cloud) -> None:
    began = time.monotonic()
    sent = send_all(running.broker.port, LOAD, THINGS)
    print(f"{sent.messages} messages of {THINGS} devices in {time.monotonic() - began:.0f} s")
    assert len(sent.event_ids) == LOAD
    assert len(sent.malformed) == LOAD * MALFORMED
    assert sent.messages > LOAD * (1 + MALFORMED), "nothing was sent twice"
    assert_all_arrived(running, sent)
