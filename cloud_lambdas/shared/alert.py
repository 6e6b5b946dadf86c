"""What `sightings` tells `alerts` of an event: all that people hear at once comes from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from argus.core.wire import decode_message, message_value
from cloud_lambdas.shared.person import PersonRecord

_MOST_BYTES = 64 * 1024
"""An event has at most 6,000 bytes and a person's note is a few sentences; SQS would take 256 KiB."""


@dataclass(frozen=True)
class Alert:
    """A match or an unknown that alerts.

    Attributes:
        event_id: the key for idempotency; the message's deduplication id as well.
        revises: the event id of the visit's ``unknown`` that this ``match`` replaces.
        captured_at: by the device's clock, which was right only where ``clock_set``.
        received_at: by the cloud's clock, when the event reached it.
        person: as the record was when the event arrived, without telephone and e-mail; null of an unknown.
        snapshot: key of the picture in the snapshots bucket; the picture may arrive later, or never.
    """

    kind: Literal["match", "unknown"]
    event_id: str
    visit_id: str
    revises: str | None
    thing: str
    camera: str
    captured_at: datetime
    clock_set: bool
    received_at: datetime
    person: PersonRecord | None
    stranger_id: str | None
    snapshot: str | None
    schema: Literal["argus.alert/1"] = "argus.alert/1"


def encode_alert(alert: Alert) -> str:
    """The alert as JSON of ASCII characters: SQS refuses some of the others."""
    return json.dumps(message_value(alert), allow_nan=False, separators=(",", ":"))


def decode_alert(body: str) -> Alert:
    """What :func:`encode_alert` wrote; raises EventError for anything else."""
    return decode_message(Alert, body.encode(), what="alert", limit=_MOST_BYTES)
