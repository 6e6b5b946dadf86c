"""A device's heartbeat: what it runs, sees, follows and still has to deliver.

The next one is promised within ``next_within_seconds``: a device that does not keep that has something wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from argus.core.errors import EventError
from argus.core.wire import decode_message, encode_message

_WHAT = "status"

MAX_SENTENCE = 200
"""Characters of an error's sentence in a status; longer ones are cut, so that the message stays small."""


@dataclass(frozen=True)
class CameraState:
    """One camera.

    Attributes:
        connected: frames are arriving.
        since: since when ``connected`` has its value, aware UTC.
        frames_read, frames_dropped, frames_processed: since the start; dropped are those that a newer one replaced.
        last_error: what went wrong last, one sentence without credentials.
    """

    id: str
    connected: bool
    since: datetime
    frames_read: int
    frames_dropped: int
    frames_processed: int
    reconnects: int
    last_error: str | None


@dataclass(frozen=True)
class CollectionState:
    """One collection that is followed; ``age_seconds`` is how long ago its source confirmed the version in use."""

    id: str
    version: str | None
    sequence: int | None
    model_id: str | None
    people: int
    age_seconds: float | None
    last_error: str | None


@dataclass(frozen=True)
class QueueState:
    """What waits for the cloud.

    Attributes:
        waiting: not yet acknowledged, or uploaded.
        oldest_seconds: how long the oldest has waited; null when nothing waits.
        delivered, dropped: since the state folder was made; dropped are those that were too old or too many.
        last_error: why nothing can be written or delivered at the moment, one sentence; null when it can.
    """

    waiting: int
    oldest_seconds: float | None
    delivered: int
    dropped: int
    last_error: str | None = None


@dataclass(frozen=True)
class Latency:
    """From a frame's capture to the event in the outbox, milliseconds, over the newest events."""

    p50_ms: float
    p95_ms: float
    events: int


@dataclass(frozen=True)
class ConfigurationState:
    """The configuration in force (a hash of it), and why the newest one is not, when it is not."""

    version: str
    refused: str | None


@dataclass(frozen=True)
class DeviceStatus:
    """One heartbeat.

    Attributes:
        thing: the device's thing name; the cloud takes it from the topic, this is for people.
        state: ``running``; ``degraded`` (something below has an error); ``stopping`` (the last one of this run).
        sent_at: aware UTC; see ``clock_set``.
        next_within_seconds: when the next one comes at the latest.
        boot_id: as in the events; changes when the device starts.
        uptime_seconds: since the program started.
        software: the version of Argus.
        transport_silent: publishing works and nothing comes back.
        part, parts: of many cameras and collections each message holds some, and all else in each; from 1.
    """

    thing: str
    state: Literal["running", "degraded", "stopping"]
    sent_at: datetime
    next_within_seconds: float
    boot_id: str
    uptime_seconds: float
    clock_set: bool
    software: str
    model_id: str
    transport: Literal["greengrass", "mqtt"]
    transport_silent: bool
    memory_mb: int
    cameras: tuple[CameraState, ...]
    collections: tuple[CollectionState, ...]
    events: QueueState
    snapshots: QueueState
    latency: Latency | None
    configuration: ConfigurationState
    part: int = 1
    parts: int = 1
    schema: Literal["argus.status/1"] = "argus.status/1"


def encode_status(status: DeviceStatus) -> bytes:
    """The status as compact UTF-8 JSON; raises EventError when it is too large."""
    return encode_message(status, what=_WHAT)


def status_messages(status: DeviceStatus) -> tuple[bytes, ...]:
    """The status in as many messages as it takes, with all sentences cut to MAX_SENTENCE.

    Raises:
        EventError: it does not fit with one camera and one collection a message; names and ids that may stand in a
            topic always do.
    """
    status = _cut(status)
    most = max(1, len(status.cameras), len(status.collections))
    for parts in range(1, most):
        try:
            return _split(status, parts)
        except EventError:
            continue
    return _split(status, most)


def decode_status(data: bytes) -> DeviceStatus:
    """What :func:`encode_status` wrote; raises EventError for anything else."""
    return decode_message(DeviceStatus, data, what=_WHAT)


def _split(status: DeviceStatus, parts: int) -> tuple[bytes, ...]:
    return tuple(
        encode_status(
            replace(
                status,
                cameras=status.cameras[part::parts],
                collections=status.collections[part::parts],
                part=part + 1,
                parts=parts,
            )
        )
        for part in range(parts)
    )


def _cut(status: DeviceStatus) -> DeviceStatus:
    return replace(
        status,
        cameras=tuple(replace(one, last_error=_sentence(one.last_error)) for one in status.cameras),
        collections=tuple(replace(one, last_error=_sentence(one.last_error)) for one in status.collections),
        events=replace(status.events, last_error=_sentence(status.events.last_error)),
        snapshots=replace(status.snapshots, last_error=_sentence(status.snapshots.last_error)),
        configuration=replace(status.configuration, refused=_sentence(status.configuration.refused)),
    )


def _sentence(text: str | None) -> str | None:
    if text is None:
        return None
    # What cannot be printed would take six bytes a character.
    shown = "".join(character if character.isprintable() else " " for character in text[: MAX_SENTENCE + 1])
    return shown if len(shown) <= MAX_SENTENCE else f"{shown[: MAX_SENTENCE - 3]}..."
