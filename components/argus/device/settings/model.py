"""What can be configured, with its defaults: the reference that the recipe's default configuration repeats.

Every key of a deployment's configuration is a field here, under the same path: ``cameras[0].min_face_px``,
``recognition.false_alarm_rate``. Values were validated by whoever made them (:mod:`argus.device.settings.reading`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import ConfigDict, with_config

from argus.device.adapters.source_kind import source_kind
from argus.device.settings.kinds import Count, Id, Number, Place, PlaceOrNone, Polygon, PublicKey, Source


@dataclass(frozen=True)
class CameraSettings:
    """One camera.

    Attributes:
        id: names it in events and topics; letters, digits and ``:_-``.
        source: a USB index, an RTSP or HTTP URL, a GStreamer pipeline (``gst: v4l2src ! ...``), a file or a folder.
        rate: frames a second that are looked at, at most; 0 takes all that come.
        min_face_px: the smallest face worth finding, source pixels.
        zones: only a face whose middle lies in one of them counts; none: the whole picture. Polygons of three corners
            or more; a corner is how far across and down it lies, as shares of the picture's width and height, 0 to 1.
        masks: privacy masks: what lies in one is blackened before anything looks at the picture.
        loop: start a file or folder over at its end.
    """

    id: Id
    source: Source
    rate: Annotated[Number, Interval(ge=0, le=60)] = 0.0
    min_face_px: Annotated[Count, Interval(ge=20, le=1000)] = 40
    zones: tuple[Polygon, ...] = ()
    masks: tuple[Polygon, ...] = ()
    loop: bool = False

    def __post_init__(self) -> None:
        if self.loop and source_kind(self.source) != "path":
            raise ValueError("only a file or a folder can be looped: leave out loop, or name a file or folder")


@dataclass(frozen=True)
class CollectionSettings:
    """One collection that is followed.

    Attributes:
        id: the collection's id; also the name of the folder of its copy, and of the topic of its head.
        place: ``s3://bucket/prefix``, or a folder.
        keys: public keys (PEM) of whom it may be signed by; with none its signatures are not asked for.
        interval_seconds: how often it is looked whether it has changed, beside the messages that say so.
    """

    id: Id
    place: Place
    keys: tuple[PublicKey, ...] = ()
    interval_seconds: Annotated[Number, Interval(ge=1, le=86_400)] = 60.0


@dataclass(frozen=True)
class RecognitionSettings:
    """``false_alarm_rate``: the wanted share of strangers' visits that are given somebody's name.

    ``visit_gap_seconds``: seen again within this time, a visit continues.
    """

    false_alarm_rate: Annotated[Number, Interval(gt=0, lt=1)] = 0.01
    visit_gap_seconds: Annotated[Number, Interval(gt=0, le=3600)] = 10.0


@dataclass(frozen=True)
class AlertSettings:
    """``cool_down_seconds``: for so long after an alert the same person's next visits raise none.

    Their events come nevertheless, and say so (``alert: false``).
    """

    cool_down_seconds: Annotated[Number, Interval(ge=0, le=604_800)] = 300.0


@dataclass(frozen=True)
class SnapshotSettings:
    """Pictures for alerts.

    Attributes:
        keep: of which visits.
        place: where they are uploaded to, ``s3://bucket/prefix`` (or a folder); needed unless ``keep`` is ``none``.
        days, megabytes: how long, and how much, waits on the disk while it cannot be uploaded.
    """

    keep: Literal["none", "unknown", "all"] = "none"
    place: PlaceOrNone = ""
    days: Annotated[Number, Interval(gt=0, le=365)] = 7.0
    megabytes: Annotated[Count, Interval(ge=1, le=1_000_000)] = 200

    def __post_init__(self) -> None:
        if self.keep != "none" and not self.place:
            raise ValueError("pictures that are kept need a place: give s3://bucket/prefix, or keep none")


@dataclass(frozen=True)
class OutboxSettings:
    """How many events, and for how long, wait for the cloud's acknowledgement; the oldest go first."""

    events: Annotated[Count, Interval(ge=1, le=10_000_000)] = 100_000
    days: Annotated[Number, Interval(gt=0, le=365)] = 14.0


@dataclass(frozen=True)
class StrangerSettings:
    """Whether a stranger who comes again keeps one ``stranger_id``, and how long one is remembered."""

    remember: bool = False
    days: Annotated[Number, Interval(gt=0, le=365)] = 1.0


@dataclass(frozen=True)
class RecordSettings:
    """What ``argus explain`` on the device looks at: for how long it is kept (0: nothing is), and how much of it."""

    days: Annotated[Number, Interval(ge=0, le=3650)] = 7.0
    megabytes: Annotated[Count, Interval(ge=1, le=1_000_000)] = 200


@dataclass(frozen=True)
class PreviewSettings:
    """The page with the live picture, on the device itself only (127.0.0.1)."""

    enabled: bool = False
    port: Annotated[Count, Interval(ge=1024, le=65_535)] = 8080


@dataclass(frozen=True)
class LogSettings:
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


@dataclass(frozen=True)
class StatusSettings:
    """How often the heartbeat is sent."""

    interval_seconds: Annotated[Number, Interval(ge=5, le=3600)] = 60.0


# Nothing unknown, no infinity; a camera's source 0 is the text "0".
@with_config(ConfigDict(extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True))
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
