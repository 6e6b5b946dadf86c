"""What can be configured, with its defaults: the reference that the recipe's default configuration repeats.

Every key of a deployment's configuration is a field here, under the same path: ``cameras[0].min_face_px``,
``recognition.false_alarm_rate``. Values were validated by whoever made them (:mod:`argus.device.settings.reading`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Point = tuple[float, float]
"""Across and down, as shares of the picture's width and height, 0 to 1."""

Polygon = tuple[Point, ...]
"""Three corners or more."""


@dataclass(frozen=True)
class CameraSettings:
    """One camera.

    Attributes:
        id: names it in events and topics; letters, digits and ``:_-``.
        source: a USB index, an RTSP or HTTP URL, a GStreamer pipeline (``gst: v4l2src ! ...``), a file or a folder.
        rate: frames a second that are looked at, at most; 0 takes all that come.
        min_face_px: the smallest face worth finding, source pixels.
        zones: only a face whose middle lies in one of them counts; none: the whole picture.
        masks: privacy masks: what lies in one is blackened before anything looks at the picture.
        loop: start a file or folder over at its end.
    """

    id: str
    source: str
    rate: float = 0.0
    min_face_px: int = 40
    zones: tuple[Polygon, ...] = ()
    masks: tuple[Polygon, ...] = ()
    loop: bool = False


@dataclass(frozen=True)
class CollectionSettings:
    """One collection that is followed.

    Attributes:
        id: the collection's id; also the name of the folder of its copy, and of the topic of its head.
        place: ``s3://bucket/prefix``, or a folder.
        keys: public keys (PEM) of whom it may be signed by; with none its signatures are not asked for.
        interval_seconds: how often it is looked whether it has changed, beside the messages that say so.
    """

    id: str
    place: str
    keys: tuple[str, ...] = ()
    interval_seconds: float = 60.0


@dataclass(frozen=True)
class RecognitionSettings:
    """``false_alarm_rate``: the wanted share of strangers' visits that are given somebody's name.

    ``visit_gap_seconds``: seen again within this time, a visit continues.
    """

    false_alarm_rate: float = 0.01
    visit_gap_seconds: float = 10.0


@dataclass(frozen=True)
class AlertSettings:
    """``cool_down_seconds``: for so long after an alert the same person's next visits raise none.

    Their events come nevertheless, and say so (``alert: false``).
    """

    cool_down_seconds: float = 300.0


@dataclass(frozen=True)
class SnapshotSettings:
    """Pictures for alerts.

    Attributes:
        keep: of which visits.
        place: where they are uploaded to, ``s3://bucket/prefix`` (or a folder); needed unless ``keep`` is ``none``.
        days, megabytes: how long, and how much, waits on the disk while it cannot be uploaded.
    """

    keep: Literal["none", "unknown", "all"] = "none"
    place: str = ""
    days: float = 7.0
    megabytes: int = 200


@dataclass(frozen=True)
class OutboxSettings:
    """How many events, and for how long, wait for the cloud's acknowledgement; the oldest go first."""

    events: int = 100_000
    days: float = 14.0


@dataclass(frozen=True)
class StrangerSettings:
    """Whether a stranger who comes again keeps one ``stranger_id``, and how long one is remembered."""

    remember: bool = False
    days: float = 1.0


@dataclass(frozen=True)
class RecordSettings:
    """What ``argus explain`` on the device looks at: for how long it is kept (0: nothing is), and how much of it."""

    days: float = 7.0
    megabytes: int = 200


@dataclass(frozen=True)
class PreviewSettings:
    """The page with the live picture, on the device itself only (127.0.0.1)."""

    enabled: bool = False
    port: int = 8080


@dataclass(frozen=True)
class LogSettings:
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


@dataclass(frozen=True)
class StatusSettings:
    """How often the heartbeat is sent."""

    interval_seconds: float = 60.0


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured on a device."""

    cameras: tuple[CameraSettings, ...] = ()
    collections: tuple[CollectionSettings, ...] = ()
    recognition: RecognitionSettings = field(default_factory=RecognitionSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    snapshots: SnapshotSettings = field(default_factory=SnapshotSettings)
    outbox: OutboxSettings = field(default_factory=OutboxSettings)
    strangers: StrangerSettings = field(default_factory=StrangerSettings)
    records: RecordSettings = field(default_factory=RecordSettings)
    preview: PreviewSettings = field(default_factory=PreviewSettings)
    status: StatusSettings = field(default_factory=StatusSettings)
    log: LogSettings = field(default_factory=LogSettings)
