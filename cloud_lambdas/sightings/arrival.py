"""An event as the rule hands it over, and what must hold of it before anything is stored.

The rule's message is ``{"topic": ..., "received_at": ..., "payload_base64": ...}``: the payload is encoded, so that
what is not JSON arrives as well, and ``received_at`` is the rule's ``timestamp()``, milliseconds since 1970. Who sent
it is told by the topic, in which a device's policy lets it write its own name only.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from argus.core.errors import EventError
from argus.core.events import VisitEvent, decode
from argus.core.topics import parse_visit_event

MAX_PERSON_ID_BYTES = 128
"""As of everybody in a collection."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LATEST_MILLISECONDS = 253402300799999
"""The end of the year 9999."""


@dataclass(frozen=True)
class Arrival:
    """A valid event, and when the cloud first had it (aware UTC, by the cloud's clock)."""

    event: VisitEvent
    received_at: datetime


def thing_of(body: str) -> str | None:
    """The device that a message of the rule is from, as far as one can be told."""
    try:
        return parse_visit_event(json.loads(body)["topic"])[1]
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def decode_arrival(body: str) -> Arrival:
    """The event in a message of the rule.

    Raises:
        EventError: it is none; the message says why and never holds the payload.
    """
    envelope = _envelope(body)
    try:
        kind, thing, camera = parse_visit_event(envelope["topic"])
    except (AttributeError, ValueError) as error:
        raise EventError(f"the topic is not that of an event: {error}") from error
    try:
        payload = base64.b64decode(envelope["payload_base64"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise EventError("payload_base64 is not base64: check the rule's SQL") from error
    event = decode(payload)
    _check_same("kind", event.kind, kind)
    _check_same("thing", event.device.thing, thing)
    _check_same("camera", event.camera, camera)
    _check_ids(event)
    return Arrival(event, _received_at(envelope["received_at"]))


def _envelope(body: str) -> dict[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EventError("the message is not JSON: check the rule's SQL") from error
    if not isinstance(envelope, dict):
        raise EventError("the message is not an object: check the rule's SQL")
    missing = {"topic", "received_at", "payload_base64"} - envelope.keys()
    if missing:
        raise EventError(f"the message lacks {', '.join(sorted(missing))}: check the rule's SQL")
    return envelope


def _received_at(value: Any) -> datetime:
    if type(value) is not int or not 0 <= value <= _LATEST_MILLISECONDS:
        raise EventError("received_at must be milliseconds since 1970: check the rule's SQL")
    return _EPOCH + timedelta(milliseconds=value)


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
