"""An event as the rule hands it over, and what must hold of it before anything is stored."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from argus.core.errors import EventError
from argus.core.events import VisitEvent, decode
from argus.core.topics import parse_visit_event
from cloud_lambdas.shared.rule_message import decode_rule_message, topic_of

MAX_PERSON_ID_BYTES = 128
"""As of everybody in a collection."""


@dataclass(frozen=True)
class Arrival:
    """A valid event, and when the cloud first had it (aware UTC, by the cloud's clock)."""

    event: VisitEvent
    received_at: datetime


def thing_of(body: str) -> str | None:
    """The device that a message of the rule is from, as far as one can be told."""
    try:
        return parse_visit_event(topic_of(body))[1]
    except ValueError:
        return None


def decode_arrival(body: str) -> Arrival:
    """The event in a message of the rule.

    Raises:
        EventError: it is none; the message says why and never holds the payload.
    """
    message = decode_rule_message(body)
    try:
        kind, thing, camera = parse_visit_event(message.topic)
    except ValueError as error:
        raise EventError(f"the topic is not that of an event: {error}") from error
    event = decode(message.payload)
    _check_same("kind", event.kind, kind)
    _check_same("thing", event.device.thing, thing)
    _check_same("camera", event.camera, camera)
    _check_ids(event)
    return Arrival(event, message.received_at)


def _check_same(what: str, said: str, topic: str) -> None:
    if said != topic:
        raise EventError(f"the event's {what} is not the topic's: a device may publish only in its own name")


def _check_ids(event: VisitEvent) -> None:
    """Ids become keys of tables and objects; empty and very long ones would fail there, again at every retry."""
    for name, value in (("event_id", event.event_id), ("visit_id", event.visit_id), ("revises", event.revises)):
        if value is not None and not _is_uuid(value):
            raise EventError(f"the event's {name} must be a UUID in its usual spelling")
    if event.revises == event.event_id:
        raise EventError("an event cannot revise itself")
    if event.person is not None and not 0 < len(event.person.id.encode()) <= MAX_PERSON_ID_BYTES:
        raise EventError(f"the event's person.id must have 1 to {MAX_PERSON_ID_BYTES} bytes")


def _is_uuid(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False
