"""The MQTT events and their JSON codec; standard library only, so that every Lambda can carry it.

One event a visit and kind: ``match`` (somebody enrolled), ``unknown`` (a stranger), ``left`` (the end of a
visit that was announced), and ``uncertain`` (a visit that ended so; it is recorded on the device and has no
topic, so that it alerts nobody). The JSON Schema under ``tests/events/`` is generated from these classes, and the
golden files beside it are read by both sides, so that the format changes only deliberately.

Theory of operation: :func:`encode` writes compact UTF-8 JSON under MAX_EVENT_BYTES; :func:`decode` accepts what
:func:`encode` wrote, ignores keys it does not know (a newer device may send more), and refuses everything else
with an EventError that names the key.
"""

from __future__ import annotations

import json
import types
import typing
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Literal

from argus.core.errors import EventError

MAX_EVENT_BYTES = 6000
"""What fits with base64 and its envelope into the nucleus's 10,000-byte message."""

_LARGEST_NUMBER = 2**53
"""Beyond it JSON numbers are not the same everywhere (RFC 8259, section 6); NaN is not below it either."""

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
        sequence: number of the event on this device, from 1, without gaps.
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
    data = json.dumps(_plain(event), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    if len(data) > MAX_EVENT_BYTES:
        raise EventError(f"an event of {len(data)} bytes is over the limit of {MAX_EVENT_BYTES}: shorten names and ids")
    return data


def decode(data: bytes) -> VisitEvent:
    """The event that :func:`encode` wrote.

    Raises:
        EventError: anything else; the message names what is wrong and never holds the payload.
    """
    if len(data) > MAX_EVENT_BYTES:
        raise EventError(f"an event of {len(data)} bytes is over the limit of {MAX_EVENT_BYTES}")
    try:
        document = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise EventError("not an event: the payload is not JSON") from error
    event = _typed(VisitEvent, document, "event")
    assert isinstance(event, VisitEvent)
    return event


def to_json_value(event: VisitEvent) -> dict[str, Any]:
    """The event as JSON-ready dictionaries, lists, strings and numbers."""
    plain = _plain(event)
    assert isinstance(plain, dict)
    return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        document = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        # The schema's name stands first, where a reader looks for it.
        return {"schema": document.pop("schema"), **document} if "schema" in document else document
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _typed(kind: Any, value: Any, path: str) -> Any:
    """``value`` as the annotated type ``kind``, or an EventError that names ``path``."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _typed(next(option for option in arguments if option is not type(None)), value, path)
    if origin is Literal:
        if value in arguments and isinstance(value, str):
            return value
        raise EventError(f"{path} must be one of {', '.join(arguments)}")
    if origin is tuple:
        if isinstance(value, list) and len(value) == len(arguments):
            return tuple(_typed(item_kind, item, path) for item_kind, item in zip(arguments, value, strict=True))
        raise EventError(f"{path} must be a list of {len(arguments)}")
    return _object(kind, value, path) if is_dataclass(kind) else _scalar(kind, value, path)


def _object(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise EventError(f"{path} must be an object")
    hints = _hints(kind)
    missing = sorted(hints.keys() - value.keys())
    if missing:
        raise EventError(f"{path} lacks {', '.join(missing)}")
    arguments = {name: _typed(hint, value[name], f"{path}.{name}") for name, hint in hints.items()}
    try:
        return kind(**arguments)
    except ValueError as error:
        raise EventError(f"{path}: {error}") from error


def _scalar(kind: Any, value: Any, path: str) -> Any:
    if kind is datetime:
        return _time(value, path)
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (kind is not bool and isinstance(value, bool)):
        raise EventError(f"{path} must be {kind.__name__}")
    if isinstance(value, str):
        return _text(value, path)
    if not abs(value) < _LARGEST_NUMBER:
        raise EventError(f"{path} must be a number under 2**53")
    return kind(value)


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        # JSON can escape half of a surrogate pair; UTF-8 cannot hold it.
        raise EventError(f"{path} must be Unicode text") from error
    return value


def _time(value: Any, path: str) -> datetime:
    try:
        # fromisoformat of Python 3.10 does not know the Z.
        parsed = datetime.fromisoformat(value.replace("Z", "+00:00"))
        if parsed.utcoffset() == timedelta(0):
            return parsed
    except (AttributeError, ValueError):
        pass
    raise EventError(f"{path} must be a time in UTC, such as 2024-05-01T12:00:00.000Z")
