"""The function with its tables, queues and bucket in moto's server, and a server that takes messages to devices."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from argus.core.acknowledgement import decode_acknowledgement
from argus.core.events import VisitEvent, decode, encode
from argus.core.topics import acknowledgement, visit_event
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.alert import Alert, decode_alert
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.redrive import DeadLetter, DeadLetters
from cloud_lambdas.sightings.handler import Handler, create
from cloud_lambdas.sightings.sighting import Sighting
from cloud_lambdas.sightings.table import SightingsTable
from tests.cloud.calls import batch, call, failed, rule_message
from tests.cloud.data_plane import DataPlane
from tests.cloud.resources import make_bucket, make_fifo, make_table

EVENTS = Path(__file__).resolve().parents[2] / "events"
RECEIVED_AT = datetime(2024, 5, 1, 12, 0, 2, 345_000, tzinfo=timezone.utc)


def golden(name: str) -> VisitEvent:
    """An event as a device writes it."""
    return decode((EVENTS / f"{name}.json").read_bytes())


def visit_message(topic: str, payload: bytes) -> str:
    """What the rule puts into the queue."""
    return rule_message(topic, payload, RECEIVED_AT)


def message_of(event: VisitEvent) -> str:
    """What the rule puts into the queue for a device's event."""
    return visit_message(visit_event(event.kind, event.device.thing, event.camera), encode(event))


def of_thing(event: VisitEvent, thing: str) -> VisitEvent:
    """The same of another device."""
    return replace(event, device=replace(event.device, thing=thing))


@dataclass(frozen=True)
class World:
    """What one test has for itself."""

    environment: dict[str, str]
    clients: Clients
    devices: DataPlane

    def acknowledged(self, thing: str) -> list[tuple[str, ...]]:
        """The event ids of each message to this device, in order."""
        topic = acknowledgement(thing)
        return [decode_acknowledgement(payload).event_ids for to, payload in self.devices.published if to == topic]

    @cached_property
    def handle(self) -> Handler:
        return create(self.environment, self.clients)

    def take(self, *bodies: str) -> list[str]:
        """The numbers of the messages that failed."""
        return failed(self.handle(batch(*bodies), call()))

    @property
    def table(self) -> SightingsTable:
        return SightingsTable(self.clients.dynamodb, self.environment[names.SIGHTINGS_TABLE])

    def sighting(self, event: VisitEvent) -> Sighting | None:
        return self.table.find(event.event_id, datetime.now(timezone.utc))

    def event_ids(self) -> list[str]:
        """Of all sightings, sorted."""
        pages = self.clients.dynamodb.get_paginator("scan").paginate(TableName=self.environment[names.SIGHTINGS_TABLE])
        return sorted(item["event_id"]["S"] for page in pages for item in page["Items"] if "cursor" in item)

    def audit(self) -> dict[str, Any]:
        """Every audit object by its key."""
        bucket = self.environment[names.AUDIT_BUCKET]
        pages = self.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return {key: json.loads(self.clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}

    def alerts(self) -> list[tuple[Alert, dict[str, str]]]:
        """Takes the alerts out of their queue, with their attributes."""
        url, found = self.environment[names.ALERTS_QUEUE], []
        while messages := self.clients.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
                found.append((decode_alert(message["Body"]), attributes))
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ]
            self.clients.sqs.delete_message_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type]
        return found

    def forget_deduplication(self) -> None:
        """Makes the alerts' queue anew: to SQS it is more than five minutes later."""
        url = self.environment[names.ALERTS_QUEUE]
        self.clients.sqs.delete_queue(QueueUrl=url)
        make_fifo(self.clients, url)

    def dead_letters(self) -> list[DeadLetter]:
        return DeadLetters(self.clients.sqs, self.environment[names.VISITS_DEAD_LETTERS]).read()

    def add_person(self, person_id: str, **attributes: str) -> None:
        """Writes a record into the people table."""
        item = {name: {"S": value} for name, value in {"person_id": person_id, **attributes}.items()}
        self.clients.dynamodb.put_item(TableName=self.environment[names.PEOPLE_TABLE], Item=item)


def make_world(devices: DataPlane) -> World:
    """New tables, queues and a bucket in the account that the environment names."""
    clients, name = Clients(devices.url), uuid.uuid4().hex
    for table, key in (("people", "person_id"), ("sightings", "event_id"), ("cooldowns", "key")):
        make_table(clients, f"{table}-{name}", key)
    make_bucket(clients, f"audit-{name}")
    alerts = make_fifo(clients, f"alerts-{name}.fifo")
    dead_letters = clients.sqs.create_queue(QueueName=f"visits-dead-{name}")
    environment = {
        names.PEOPLE_TABLE: f"people-{name}",
        names.SIGHTINGS_TABLE: f"sightings-{name}",
        names.COOLDOWNS_TABLE: f"cooldowns-{name}",
        names.AUDIT_BUCKET: f"audit-{name}",
        names.ALERTS_QUEUE: alerts,
        names.VISITS_DEAD_LETTERS: dead_letters["QueueUrl"],
        names.IOT_ENDPOINT: devices.url,
    }
    return World(environment, clients, devices)
