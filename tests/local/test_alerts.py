"""An event over a real broker until people hear of it, through the project's own template."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from argus.core.events import VisitEvent, decode, encode
from argus.core.ids import time_ordered_id
from argus.core.topics import visit_event
from cloud_lambdas.local.compose import LocalCloud, local_cloud
from cloud_lambdas.local.mqtt import BrokerLink
from cloud_lambdas.local.outbox import Sent
from tests.cloud.alerts.receiver import Receiver, receiver
from tests.cloud.alerts.test_webhook import verified
from tests.waiting import wait_for

EVENTS = Path(__file__).resolve().parents[1] / "events"
GOLDEN, STRANGER = (decode((EVENTS / f"{name}.json").read_bytes()) for name in ("match", "unknown"))


@dataclass
class Town:
    """The cloud, what it would have sent so far, and where it posts to."""

    cloud: LocalCloud
    webhook: Receiver
    sent: list[Sent] = field(default_factory=list)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    sent: list[Sent] = []
    with receiver() as webhook, local_cloud(on_sent=sent.append, parameters={"TimeZone": "Asia/Tokyo"}) as cloud:
        person = {"person_id": "zoe", "name": "Zoë Sato", "category": "missing", "note": "call 110"}
        cloud.client("dynamodb").put_item(
            TableName=cloud.outputs["PeopleTable"], Item={name: {"S": value} for name, value in person.items()}
        )
        yield Town(cloud, webhook, sent)


def test_a_missing_person_is_told_of_by_all_ways_once(town: Town) -> None:
    secrets, secret = town.cloud.client("secretsmanager"), town.cloud.outputs["WebhookSecret"]
    made = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
    assert made["url"] == ""
    secrets.put_secret_value(SecretId=secret, SecretString=json.dumps({**made, "url": town.webhook.url}))
    town.webhook.statuses = [503]  # it is posted again by what the queue keeps
    now = datetime.now(timezone.utc)
    event = replace(
        GOLDEN,
        event_id=time_ordered_id(now, b"0123456789"),
        captured_at=now,
        device=replace(GOLDEN.device, clock_set=True),
        snapshot=f"snapshots/{GOLDEN.device.thing}/2024/05/01/picture.jpg",
    )
    publish(town, event, event)
    wait_for(lambda: len(town.webhook.posted) == 2, 60)
    publish(town, event, STRANGER)
    wait_for(lambda: len(town.sent) >= 2, 60)
    sent, stranger = town.sent
    assert stranger.attributes["kind"] == "unknown"
    assert sent.subject == "MISSING PERSON Zoe Sato was seen at Door"
    assert sent.attributes == {"category": "missing", "kind": "match", "device": "hall-1", "camera": "door"}
    head, link = sent.text.split("\nPicture: ")
    assert head.startswith("MISSING PERSON Zoë Sato was seen at Door, ")
    assert link.startswith(f"{town.cloud.web}/p/")
    with urllib.request.urlopen(link, timeout=30) as page:
        assert page.status == 200
    first, second = town.webhook.posted[:2]
    assert {first.headers["webhook-id"], second.headers["webhook-id"]} == {event.event_id}
    assert verified(second, made["key"])
    assert json.loads(second.body)["text"].startswith(head)


def publish(town: Town, *events: VisitEvent) -> None:
    """Says that a device saw this."""
    with BrokerLink(town.cloud.mqtt_port, GOLDEN.device.thing) as link:
        for event in events:
            link.publish(visit_event(event.kind, event.device.thing, event.camera), encode(event))
