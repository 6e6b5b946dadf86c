"""The only wiring of the device's program: from settings to objects that work together."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from argus.core import topics
from argus.core.calibration import Calibration
from argus.core.errors import UsageError
from argus.core.ids import IdMaker, repeatable_ids, time_ordered_id
from argus.core.trust import TrustPolicy
from argus.core.visits import VisitBook
from argus.core.zones import Area
from argus.device.adapters.clock import SystemClock
from argus.device.channel import CameraChannel
from argus.device.people import PeopleHolder, Recognised
from argus.device.pipeline import CameraPipeline
from argus.device.reporting import EventWriter
from argus.device.search import FaceSearch
from argus.device.sync.gallery import recognised
from argus.device.watching import Watcher
from argus.storage.open_store import open_collection
from argus.vision.faces import FaceReader
from argus.vision.networks import Networks


@dataclass(frozen=True)
class WatchSettings:
    """How one camera is watched.

    Attributes:
        camera_id: names the camera in events and topics.
        thing: the device's thing name.
        false_alarm_rate: wanted share of strangers' visits that are given somebody's name.
        min_face_px: the smallest face worth finding, source pixels.
        visit_gap_seconds: seen again within this time, a visit continues.
        repeatable: a seed for the ids of events, so that a file played again tells the same; None for a live camera.
    """

    camera_id: str = "camera"
    thing: str = "laptop"
    false_alarm_rate: float = 0.01
    min_face_px: int = 40
    visit_gap_seconds: float = 10.0
    repeatable: str | None = None

    def __post_init__(self) -> None:
        try:
            topics.visit_event("match", self.thing, self.camera_id)
        except ValueError as error:
            raise UsageError(str(error)) from error
        if not 0 < self.false_alarm_rate < 1:
            raise UsageError(f"the false-alarm rate lies between 0 and 1, such as 0.01, not {self.false_alarm_rate}")
        if not 20 <= self.min_face_px <= 1000:
            raise UsageError(f"the smallest face lies between 20 and 1000 px, not {self.min_face_px}")
        if not 0 < self.visit_gap_seconds < float("inf"):
            raise UsageError(f"the visit gap is a positive number of seconds, not {self.visit_gap_seconds}")


def open_people(place: Path | str, calibration: Calibration, trust: TrustPolicy | None = None) -> Recognised:
    """The people of the collection at ``place``, ready to be searched.

    Raises:
        CollectionError: there is none, it is damaged, or it does not satisfy ``trust``.
    """
    return recognised([open_collection(place, SystemClock().now, trust=trust).load()], calibration)


def build_watcher(settings: WatchSettings, networks: Networks, people: Recognised | PeopleHolder) -> Watcher:
    """A watcher of one camera; given a holder, it compares with whomever that holds at each look."""
    make_id, boot_id = _ids(settings.repeatable)
    pipeline = build_pipeline(
        networks,
        make_id,
        false_alarm_rate=settings.false_alarm_rate,
        min_face_px=settings.min_face_px,
        visit_gap_seconds=settings.visit_gap_seconds,
    )
    writer = EventWriter(settings.thing, boot_id, make_id, clock_set=lambda: True)
    holder = people if isinstance(people, PeopleHolder) else PeopleHolder(people)
    return Watcher(CameraChannel(settings.camera_id, pipeline), networks.embedder, holder, writer)


def build_pipeline(
    networks: Networks,
    make_id: IdMaker,
    *,
    false_alarm_rate: float,
    min_face_px: int,
    visit_gap_seconds: float,
    zones: Area | None = None,
    keeps_portraits: bool = False,
) -> CameraPipeline:
    """A camera's pipeline; see :class:`WatchSettings` and :class:`CameraPipeline`."""
    return CameraPipeline(
        search=FaceSearch(networks.scanner, min_face_px),
        reader=FaceReader(networks.landmarker),
        book=VisitBook(networks.calibration, make_id, visit_gap_seconds),
        false_alarm_rate=false_alarm_rate,
        zones=zones or Area(),
        keeps_portraits=keeps_portraits,
    )


def _ids(repeatable: str | None) -> tuple[IdMaker, str]:
    """How ids are made, and the id of this run."""
    if repeatable is not None:
        return repeatable_ids(repeatable), hashlib.sha256(repeatable.encode()).hexdigest()[:16]
    return random_id, os.urandom(8).hex()


def random_id(at: datetime) -> str:
    """A new id, of which nothing but its time can be foreseen."""
    return time_ordered_id(at, os.urandom(10))
