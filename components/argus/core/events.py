"""What devices tell of visits, and its JSON codec; standard library only, so that every Lambda can carry it.

One event a visit and kind: ``match`` (somebody enrolled), ``unknown`` (a stranger), ``left`` (the end of a
visit that was announced), and ``uncertain`` (a visit that ended so; it is recorded on the device and has no
topic, so that it alerts nobody). The JSON Schema under ``tests/events/`` is generated from these classes, and the
golden files beside it are read by both sides, so that the format changes only deliberately.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from argus.core.wire import MAX_MESSAGE_BYTES, decode_message, encode_message, message_value

MAX_EVENT_BYTES = MAX_MESSAGE_BYTES

Kind = Literal["match", "unknown", "uncertain", "left"]


@dataclass(frozen=True)
class Who:
    """The person that a match names."""

    id: str
    name: str
    category: str


@dataclass(frozen=True)
class Evidence:
    """What the decision rests on.

    Attributes:
        pictures: crops that were averaged.
        distance: Euclidean distance to the nearest person's template; null when nobody is enrolled.
        normalised_distance: the same less half the crowding of each side.
        threshold: the normalised distance under which that person is matched.
        margin: how much farther the second person is; null with fewer than two.
        false_alarm_rate: the wanted share of strangers' visits that are given a name.
        quality: of the best crop, 0 to 1.
        reason: why it is uncertain (see :class:`argus.core.matching.Reason`), else null.
    """

    pictures: int
    distance: float | None
    normalised_distance: float | None
    threshold: float | None
    margin: float | None
    false_alarm_rate: float
    quality: float
    reason: str | None


@dataclass(frozen=True)
class Span:
    """When a visit was seen, so far: frames by their number at the camera, times of capture."""

    first_frame: int
    last_frame: int
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class Device:
    """Where the event comes from.

    Attributes:
        thing: the device's thing name; the cloud takes it from the topic, this is for people.
        sequence: number of the event on this device, from 1; where there is a gap, an event was lost. An ``uncertain``
            event, which is not published, has the number of the next one.
        boot_id: changes when the device starts; with ``monotonic_seconds`` it orders events while the clock is wrong.
        clock_set: whether the wall clock was known to be right.
    """

    thing: str
    sequence: int
    boot_id: str
    monotonic_seconds: float
    clock_set: bool


@dataclass(frozen=True)
class CollectionUsed:
    """Against what the decision was made: the collection's version is its manifest's hash."""

    id: str
    version: str
    people: int
    model_id: str


@dataclass(frozen=True)
class VisitEvent:
    """One visit, as the world is told of it.

    Attributes:
        event_id: time-ordered (UUIDv7) and the key for idempotency.
        visit_id: the same for all events of a visit.
        revises: the event id of the visit's ``unknown`` that this ``match`` replaces.
        stranger_id: the same for a stranger who is seen again, when the device remembers strangers.
        box_ltrb: the face in the frame ``captured_at``, source pixels.
        frame_size: width and height of that frame, pixels.
        alert: whether people should be told of it at once; false while the person was reported a short time ago, and
            of an event that is neither a match nor unknown.
        snapshot: key of the picture in the snapshots bucket, when one is kept.
    """

    kind: Kind
    event_id: str
    visit_id: str
    revises: str | None
    camera: str
    captured_at: datetime
    person: Who | None
    stranger_id: str | None
    span: Span
    box_ltrb: tuple[int, int, int, int]
    frame_size: tuple[int, int]
    evidence: Evidence
    collection: CollectionUsed
    device: Device
    alert: bool = True
    snapshot: str | None = None
    schema: Literal["argus.visit/1"] = "argus.visit/1"

    def __post_init__(self) -> None:
        if self.kind == "match" and self.person is None:
            raise ValueError("a match names a person")
        if self.kind in ("unknown", "uncertain") and self.person is not None:
            raise ValueError(f"an event of kind {self.kind} names nobody")


def encode(event: VisitEvent) -> bytes:
    """The event as compact UTF-8 JSON.

    Raises:
        EventError: it would be larger than MAX_EVENT_BYTES.
    """
    return encode_message(event, what="event", limit=MAX_EVENT_BYTES)


def decode(data: bytes) -> VisitEvent:
    """The event that :func:`encode` wrote.

    Raises:
        EventError: anything else; the message names what is wrong and never holds the payload.
    """
    return decode_message(VisitEvent, data, what="event", limit=MAX_EVENT_BYTES)


def to_json_value(event: VisitEvent) -> dict[str, Any]:
    """The event as JSON-ready dictionaries, lists, strings and numbers."""
    return message_value(event)
