"""Each thing that the cloud is made of fails in turn, while a device tells of visits and a photo comes or goes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from argus.core import topics
from argus.core.acknowledgement import decode_acknowledgement
from argus.core.head import decode_head
from cloud_lambdas.local.mqtt import BrokerLink
from cloud_lambdas.shared.redrive import DeadLetters
from tests.end_to_end.cloud import Alerts, Cloud, cloud
from tests.end_to_end.fleet import TOGETHER, Sent, SimulatedDevice, visits
from tests.end_to_end.gate import CUT, ERROR, Gate
from tests.end_to_end.waiting import eventually

FAULTS = [
    ("secretsmanager", CUT),  # before the functions remember what it said
    ("s3", CUT),
    ("s3", ERROR),
    ("dynamodb", CUT),
    ("dynamodb", ERROR),
    ("sqs", CUT),
    ("sns", ERROR),
    ("kms", CUT),
    ("iotdata", ERROR),
]
"""Services by the names that requests are signed with."""

AWAY_SECONDS = 1.0
"""After the first that failed."""

AGAIN_SECONDS = 3.0
"""A device sends again what it has not heard of."""

PHOTO = "people/Barack Obama/1.jpg"
QUEUES = ("Photos", "Changes", "Visits", "Statuses", "Alerts")


@dataclass
class Site:
    """A cloud behind a gate, and one device.

    Attributes:
        heads: of the collection, as devices hear of them.
    """

    cloud: Cloud
    gate: Gate
    device: SimulatedDevice
    sent: Sent
    alerts: Alerts
    heads: list[bytes]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    gates: list[Gate] = []

    @contextmanager
    def between(address: str, own: str) -> Iterator[tuple[str, str]]:
        with Gate(address, {"iotdata": own, "lambda": own}) as gate:
            gates.append(gate)
            yield gate.url, gate.url

    parameters = {"AlertCoolDownSeconds": "0", "CoalescingSeconds": "1"}
    with cloud(tmp_path_factory.mktemp("cloud"), parameters, between) as running:
        with BrokerLink(running.broker.port, "hall-1") as link:
            coming = visits(10_000, random.Random(1), alerting=0.5)
            device, heads = SimulatedDevice("hall-1", link, coming, AGAIN_SECONDS), list[bytes]()
            link.subscribe(
                topics.acknowledgement("hall-1"),
                lambda topic, payload: device.acknowledged(decode_acknowledgement(payload).event_ids),
            )
            link.subscribe(topics.collection_head("people"), lambda topic, payload: heads.append(payload))
            yield Site(running, gates[0], device, Sent(), running.subscribe(), heads)
        print(running.log[-4000:])


def toggle(site: Site, portraits: Path) -> int:
    """Sends the photo, or takes it away; how many people the collection shall have."""
    if site.cloud.collection():
        site.cloud.delete_photo(PHOTO)
        return 0
    site.cloud.put_photo(PHOTO, (portraits / "obama.jpg").read_bytes())
    return 1


def assert_nothing_is_lost(site: Site, people: int) -> None:
    """All events are stored once, acknowledged and told; the collection is as the photos say, and devices know."""

    def all_is_done() -> bool:
        hand_in_again(site.cloud)
        still = site.device.waits()
        if still:
            site.device.send(site.sent, random.Random(2))
        return not still and len(site.cloud.collection() or ()) == people and site.cloud.idle(QUEUES)

    assert eventually(all_is_done)
    sightings = site.cloud.sightings("hall-1")
    assert sorted(one.event.event_id for one in sightings) == sorted(site.sent.event_ids)
    due = [one for one in sightings if one.event.alert]
    assert {one.alert for one in due} == {"sent"}
    assert len(site.alerts.look()) >= len(due)
    assert eventually(lambda: decode_head(site.heads[-1]).statement.sequence == site.cloud.newest_head())


def hand_in_again(running: Cloud) -> None:
    """What was tried too often meanwhile, as ``argus cloud redrive`` does: here a message is tried every second."""
    for name in QUEUES:
        if running.waiting(f"{name}DeadQueue"):
            letters = DeadLetters(running.aws.client("sqs"), running.outputs[f"{name}DeadQueue"])
            list(letters.redrive(letters.read()))


@pytest.mark.parametrize(("service", "how"), FAULTS)
def test_a_service_fails_and_comes_back(site: Site, portraits: Path, service: str, how: str) -> None:
    site.gate.refused.clear()
    site.gate.fail(service, how)
    site.device.send(site.sent, random.Random(3))
    people = toggle(site, portraits)
    failed = eventually(lambda: site.gate.refused[service], 30)
    time.sleep(AWAY_SECONDS)
    site.gate.mend()
    assert failed, "nobody asked for it: this proves nothing"
    assert_nothing_is_lost(site, people)


def test_the_broker_fails_and_comes_back(site: Site, portraits: Path) -> None:
    site.device.send(site.sent, random.Random(3))
    site.cloud.broker.stop()
    people = toggle(site, portraits)
    time.sleep(AWAY_SECONDS)
    site.cloud.broker.start()
    assert_nothing_is_lost(site, people)


def test_the_functions_are_killed_and_come_back(site: Site, portraits: Path) -> None:
    site.device.send(site.sent, random.Random(3))
    people = toggle(site, portraits)
    assert len(site.device.waits()) == TOGETHER
    site.cloud.kill()
    site.cloud.start()
    assert_nothing_is_lost(site, people)
