"""The function with its tables, queue and topic in moto's server, and a server that takes messages to devices."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from argus.core.commands import Command, Reply, decode_command, encode_reply
from argus.core.status import DeviceStatus, decode_status, encode_status
from argus.core.topics import command, reply, status
from cloud_lambdas.devices.device import Device
from cloud_lambdas.devices.devices_table import DevicesTable
from cloud_lambdas.devices.handler import Handler, create
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.redrive import DeadLetter, DeadLetters
from tests.cloud.calls import batch, call, failed, rule_message
from tests.cloud.data_plane import DataPlane
from tests.cloud.resources import make_inbox, make_table, told
from tests.cloud.set_clock import SetClock

MESSAGES = Path(__file__).resolve().parents[2] / "events" / "messages"
NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
"""When the golden statuses were sent; they promise the next one within a minute."""

SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def golden(name: str) -> DeviceStatus:
    """A status as a device writes it."""
    return decode_status((MESSAGES / f"{name}.json").read_bytes())


STARTING = golden("status_starting")


def after(seconds: float, **changed: Any) -> DeviceStatus:
    """What the device that is starting says so much later in the same run."""
    later = replace(
        STARTING,
        sent_at=STARTING.sent_at + timedelta(seconds=seconds),
        uptime_seconds=STARTING.uptime_seconds + seconds,
    )
    return replace(later, **changed)


def status_message(one: DeviceStatus, received_at: datetime | None = None) -> str:
    """A status in the queue, received when it was sent unless it is said otherwise."""
    return rule_message(status(one.thing), encode_status(one), received_at or one.sent_at)


def reply_message(thing: str, name: str, one: Reply, received_at: datetime) -> str:
    """A reply in the queue."""
    return rule_message(reply(thing, name), encode_reply(one), received_at)


@dataclass(frozen=True)
class World:
    """What one test has for itself; its clock stands at NOON until it is told otherwise."""

    environment: Mapping[str, str]
    clients: Clients
    devices: DataPlane
    alarms_queue: str
    clock: SetClock = field(default_factory=lambda: SetClock(NOON))

    @cached_property
    def handle(self) -> Handler:
        return create(self.environment, self.clients, self.clock)

    def take(self, *bodies: str) -> list[str]:
        """The numbers of the messages that failed."""
        return failed(self.handle(batch(*bodies), call()))

    def tick(self, seconds_after_noon: float) -> list[tuple[str, str]]:
        """The schedule's call at that time; what was told then."""
        self.clock.at = NOON + timedelta(seconds=seconds_after_noon)
        assert self.handle(SCHEDULED, call()) == {}
        return self.alarms()

    def ask(self, **event: Any) -> Any:
        """A direct invocation, through JSON as Lambda does."""
        return json.loads(json.dumps(self.handle(event, call())))

    @property
    def table(self) -> DevicesTable:
        return DevicesTable(self.clients.dynamodb, self.environment[names.DEVICES_TABLE])

    def device(self, thing: str = "hall-1") -> Device:
        found = self.table.find(thing)
        assert found is not None
        return found

    def alarms(self) -> list[tuple[str, str]]:
        """Kind and text of each message of the topic since the last time."""
        found = told(self.clients, self.alarms_queue)
        return [(said["MessageAttributes"]["kind"]["Value"], said["Message"]) for said in found]

    def published(self, thing: str, name: str) -> list[Command]:
        """The commands that were published to a device, in order."""
        topic = command(thing, name)
        return [decode_command(payload) for to, payload in self.devices.published if to == topic]

    def dead_letters(self) -> list[DeadLetter]:
        return DeadLetters(self.clients.sqs, self.environment[names.STATUSES_DEAD_LETTERS]).read()


def make_world(devices: DataPlane) -> World:
    """New tables, queues and a topic in the account that the environment names."""
    clients, suffix = Clients(devices.url), uuid.uuid4().hex
    make_table(clients, f"devices-{suffix}", "thing")
    make_table(clients, f"commands-{suffix}", "thing", "command_id")
    make_table(clients, f"cooldowns-{suffix}", "key")
    topic = clients.sns.create_topic(Name=f"alarms-{suffix}")["TopicArn"]
    environment = {
        names.DEVICES_TABLE: f"devices-{suffix}",
        names.COMMANDS_TABLE: f"commands-{suffix}",
        names.COOLDOWNS_TABLE: f"cooldowns-{suffix}",
        names.STATUSES_DEAD_LETTERS: clients.sqs.create_queue(QueueName=f"statuses-dead-{suffix}")["QueueUrl"],
        names.ALARMS_TOPIC: topic,
        names.IOT_ENDPOINT: devices.url,
    }
    return World(environment, clients, devices, make_inbox(clients, topic, f"alarms-{suffix}"))
