"""An event on the whole way: AWS IoT, its rule, sighting, audit, alert; and away again."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from argus.core.events import CollectionUsed, Device, Evidence, Span, VisitEvent, encode
from argus.core.finding import Finding, fault, note, ok
from argus.core.topics import visit_event
from cloud_lambdas.alerts.table import AlertsTable
from cloud_lambdas.console.check.account import Account
from cloud_lambdas.console.stack import Stack
from cloud_lambdas.shared.clock import SystemClock, new_id
from cloud_lambdas.sightings.sighting import Sighting
from cloud_lambdas.sightings.table import SightingsTable

THING, CAMERA = "argus-check", "check"
WAIT_SECONDS = 90.0
"""Functions that have not run for a while start within some seconds; more than this is out of order."""

_TOPIC = "round trip"
_POLL_SECONDS = 0.5

T = TypeVar("T")


def check_round_trip(account: Account, wait_seconds: float = WAIT_SECONDS) -> Iterator[Finding]:
    """Publishes an unknown person at a device that does not exist, and follows it; takes away what came of it."""
    stack, begun = account.stack, time.monotonic()
    event = made_up(SystemClock().now(), stack.parameters.get("Collection") or "people")
    table = SightingsTable(stack.clients.dynamodb, stack.output("SightingsTable"))
    alerts = AlertsTable(stack.clients.dynamodb, stack.output("CooldownsTable"), cool_down=timedelta(0))
    topic = visit_event(event.kind, THING, CAMERA)
    stack.clients.iot_data.publish(topic=topic, qos=1, payload=encode(event))

    def waited(ask: Callable[[], T | None]) -> T | None:
        while (found := ask()) is None and time.monotonic() - begun < wait_seconds:
            time.sleep(_POLL_SECONDS)
        return found

    sighting = waited(lambda: table.find(event.event_id, SystemClock().now()))
    if sighting is None:
        yield fault(
            _TOPIC,
            f"an event on {topic} has not become a sighting within {wait_seconds:.0f} s",
            "look below failed-rules/ in the audit bucket, at the queue visits, and into the log of sightings; what "
            "comes of it later stays until it expires",
        )
        return
    yield ok(_TOPIC, f"an event on {topic} was a sighting after {time.monotonic() - begun:.1f} s")
    try:
        state = waited(lambda: found if (found := alerts.find(event.event_id)) not in (None, "begun") else None)
        if state in ("sent", "done"):
            yield ok(_TOPIC, f"its alert was sent after {time.monotonic() - begun:.1f} s to whoever hears of strangers")
        else:
            how = "was not sent" if state is None else f"is {state}"
            yield fault(_TOPIC, f"its alert {how} after {wait_seconds:.0f} s", "look into the log of alerts")
    finally:
        removed = _take_away(stack, sighting)
    yield note(_TOPIC, f"the sighting was deleted again, with its audit objects ({removed})")


def made_up(now: datetime, collection: str) -> VisitEvent:
    """An unknown person; a stranger of their own, so that no cool-down keeps the alert back."""
    return VisitEvent(
        kind="unknown",
        event_id=new_id(now),
        visit_id=new_id(now),
        revises=None,
        camera=CAMERA,
        captured_at=now,
        person=None,
        stranger_id=str(uuid.uuid4()),
        span=Span(first_frame=0, last_frame=0, first_seen_at=now, last_seen_at=now),
        box_ltrb=(0, 0, 1, 1),
        frame_size=(1, 1),
        evidence=Evidence(
            pictures=1,
            distance=None,
            normalised_distance=None,
            threshold=None,
            margin=None,
            false_alarm_rate=0.01,
            quality=0.0,
            reason=None,
        ),
        collection=CollectionUsed(id=collection, version="0" * 64, people=0, model_id="none"),
        device=Device(thing=THING, sequence=1, boot_id=str(uuid.uuid4()), monotonic_seconds=0.0, clock_set=True),
    )


def _take_away(stack: Stack, sighting: Sighting) -> int:
    """Deletes the sighting and its audit objects; how many versions of these. What else there is expires."""
    s3, event_id, bucket = stack.clients.s3, sighting.event.event_id, stack.output("AuditBucket")
    stack.clients.dynamodb.delete_item(TableName=stack.output("SightingsTable"), Key={"event_id": {"S": event_id}})
    prefix, removed = f"events/{sighting.day.replace('-', '/')}/{THING}/{event_id}.", 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for one in page.get("Versions", []):
            s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
            removed += 1
    return removed
