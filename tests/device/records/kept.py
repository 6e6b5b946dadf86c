"""Invented visits for the tests of records and corrections."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np

from argus.core.events import CollectionUsed, Device, Evidence, Kind, Span, VisitEvent, Who
from argus.core.grounds import grounds_of
from argus.core.matching import Enrolled, Gallery, Reason
from argus.core.types import Box, Person, Quality, Template, Vector
from argus.device.records.keeping import jpeg
from argus.device.records.values import KeptCrop, KeptLook
from tests.core.measures import flat_calibration

NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
HOME = "/somewhere/home"
RATE = 0.005


def crop(vector: Vector, *, score: float = 0.7, poor: Reason | None = None, picture: bytes | None = None) -> KeptCrop:
    """A picture of noise, which is another for every score."""
    noise = np.random.default_rng(round(score * 1000)).integers(0, 255, (150, 150, 3)).astype(np.uint8)
    quality = Quality(120, 0.6, 0.5, 0.2, 0.8, score)
    return KeptCrop(picture or jpeg(noise), vector, NOON, 7, Box(-10, 20, 110, 140), quality, poor)


def look(
    crops: list[KeptCrop], people: list[Enrolled], *, decided: bool = True, poor: Reason | None = None
) -> KeptLook:
    """A look at ``crops``, compared with ``people``."""
    template = Template.mean(np.stack([one.vector for one in crops]))
    grounds = grounds_of(Gallery(people, flat_calibration()), template, RATE, poor)
    return KeptLook(NOON, decided, grounds, tuple(crops))


def event(kind: Kind, event_id: str, visit_id: str, person: Person | None = None, sequence: int = 1) -> VisitEvent:
    return VisitEvent(
        kind=kind,
        event_id=event_id,
        visit_id=visit_id,
        revises=None,
        camera="hall",
        captured_at=NOON,
        person=Who(person.id, person.name, person.category) if person else None,
        stranger_id=None,
        span=Span(0, 9, NOON, NOON + timedelta(seconds=1)),
        box_ltrb=(1, 2, 3, 4),
        frame_size=(640, 480),
        evidence=Evidence(4, 0.5, -0.1, 0.0, None, 2 * RATE, 0.7, None),
        collection=CollectionUsed("home", "0" * 64, 1, "dlib-resnet-v1m"),
        device=Device("laptop", sequence, "boot", 1.5, True),
    )
