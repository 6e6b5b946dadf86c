"""The function with its tables, topic and secret in moto's server, queues that are subscribed, and a webhook."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any

import pytest

from cloud_lambdas.alerts.handler import Handler, create
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.alert import Alert, encode_alert
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.person import PersonRecord
from tests.cloud import calls
from tests.cloud.alerts.receiver import Receiver
from tests.cloud.resources import make_inbox, make_table, told
from tests.cloud.set_clock import SetClock

NOON = datetime(2024, 5, 1, 12, 0, tzinfo=timezone.utc)
SOON = NOON + timedelta(seconds=2)
LINK_BASE = "https://pictures.example"
KEY = "QLSDwZ5xXHPYdj3sYYcXM8UsaWvLZGCQa0ZDu1VY4Rg3AbCd"
"""48 letters and digits, as the template has them made."""

MARIA = PersonRecord(
    "maria-silva", "known", "Maria Silva", "resident", "+351 900 000 000", "maria@example.org", "asks for Ana"
)


def alert(**changes: Any) -> Alert:
    """Maria at the front door at noon; of a new visit, unless that is said."""
    plain = Alert(
        kind="match",
        event_id=str(uuid.uuid4()),
        visit_id=str(uuid.uuid4()),
        revises=None,
        thing="hall-1",
        camera="front-door",
        captured_at=NOON,
        clock_set=True,
        received_at=NOON + timedelta(seconds=1),
        person=MARIA,
        stranger_id=None,
        snapshot=None,
    )
    return replace(plain, **changes)


def stranger(**changes: Any) -> Alert:
    """Somebody unknown at the same place and time."""
    return alert(**{"kind": "unknown", "person": None, **changes})


def later(one: Alert, **by: float) -> Alert:
    """The same seen again, in another visit."""
    passed = timedelta(**by)
    return replace(
        one,
        event_id=str(uuid.uuid4()),
        visit_id=str(uuid.uuid4()),
        captured_at=one.captured_at + passed,
        received_at=one.received_at + passed,
    )


def batch(*bodies: str) -> dict[str, Any]:
    """What Lambda gives the handler: the events of a visit are a group."""
    event = calls.batch(*bodies)
    for record in event["Records"]:
        record["attributes"] = {"MessageGroupId": _group(record["body"])}
    return event


def _group(body: str) -> str:
    try:
        return str(json.loads(body)["visit_id"])
    except (KeyError, ValueError):
        return "unreadable"


@dataclass(frozen=True)
class World:
    """What one test has for itself."""

    environment: dict[str, str]
    clients: Clients
    inbox: str
    webhook: Receiver
    clock: SetClock = field(default_factory=lambda: SetClock(SOON))

    @cached_property
    def handle(self) -> Handler:
        return create(self.environment, self.clients, self.clock)

    def tell(self, *alerts: Alert) -> list[str]:
        """The numbers of the messages that failed."""
        return self.take(*map(encode_alert, alerts))

    def take(self, *bodies: str) -> list[str]:
        return calls.failed(self.handle(batch(*bodies), calls.call()))

    def subscribe(self, **filter_policy: list[str]) -> str:
        """A queue that gets what the filter lets through; its URL."""
        return make_inbox(
            self.clients, self.environment[names.ALERTS_TOPIC], f"inbox-{uuid.uuid4().hex}", **filter_policy
        )

    def sent(self, url: str | None = None) -> list[dict[str, Any]]:
        """What has come to a subscriber since the last time, as SNS wraps it."""
        return told(self.clients, url or self.inbox)

    def texts(self) -> list[str]:
        return [str(one["Message"]) for one in self.sent()]

    def posted(self) -> list[str]:
        """The texts of all that the webhook was posted."""
        return [json.loads(one.body)["text"] for one in self.webhook.posted]

    def set_secret(self, **content: str) -> None:
        self.clients.secrets.put_secret_value(
            SecretId=self.environment[names.WEBHOOK_SECRET], SecretString=json.dumps(content)
        )

    def items(self) -> dict[str, dict[str, Any]]:
        """What is in the table of cool-downs, by key."""
        found = self.clients.dynamodb.scan(TableName=self.environment[names.COOLDOWNS_TABLE], ConsistentRead=True)
        return {item["key"]["S"]: item for item in found["Items"]}

    def state(self, one: Alert) -> str | None:
        item = self.items().get(f"alert/{one.event_id}")
        return None if item is None else item["state"]["S"]


def make_world(webhook: Receiver, clients: Clients) -> World:
    """Tables, a topic and a secret of its own; the webhook is on."""
    name = uuid.uuid4().hex
    make_table(clients, f"cooldowns-{name}", "key")
    make_table(clients, f"links-{name}", "token_hash")
    secret = clients.secrets.create_secret(
        Name=f"webhook-{name}", SecretString=json.dumps({"url": webhook.url, "key": KEY})
    )
    environment = {
        names.COOLDOWNS_TABLE: f"cooldowns-{name}",
        names.LINKS_TABLE: f"links-{name}",
        names.LINK_BASE: LINK_BASE,
        names.ALERTS_TOPIC: clients.sns.create_topic(Name=f"alerts-{name}")["TopicArn"],
        names.WEBHOOK_SECRET: secret["ARN"],
        names.ALERT_COOL_DOWN_SECONDS: "300",
        names.TIME_ZONE: "Europe/Lisbon",
        names.SNAPSHOT_DAYS: "30",
    }
    world = World(environment, clients, "", webhook)
    return replace(world, inbox=world.subscribe())


def errors(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What the log says of what went wrong, in order."""
    return [vars(record) for record in caplog.records if record.levelname == "ERROR"]
