"""What is kept of a visit for some days, so that it can be explained and corrected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from argus.core.events import VisitEvent
from argus.core.grounds import Grounds, grounds_of
from argus.core.matching import Gallery, Outcome, Reason
from argus.core.types import MIRROR_MODEL_ID, Box, Person, Quality, Template, Vector


@dataclass(frozen=True, eq=False)
class KeptCrop:
    """A face as the embedding network saw it.

    Attributes:
        picture: the chip, 150 x 150 pixels, as JPEG.
        vector: ``(128,)`` float32, the mirror-averaged embedding of the chip before it became a JPEG.
        captured_at: aware UTC.
        frame: number of the frame at its source.
        box: where the face was in the frame, source pixels.
        poor: what makes it too poor to be enrolled or called a stranger, if anything.
    """

    picture: bytes
    vector: Vector
    captured_at: datetime
    frame: int
    box: Box
    quality: Quality
    poor: Reason | None


@dataclass(frozen=True, eq=False)
class KeptLook:
    """Pictures of one face that were embedded and compared together.

    Attributes:
        at: when, aware UTC.
        decided: whether the visit's outcome came from this look (the last such look counts).
        grounds: what the comparison rested on; None when the visit's looks were used up and nothing was compared.
        crops: best first.
    """

    at: datetime
    decided: bool
    grounds: Grounds | None
    crops: tuple[KeptCrop, ...]

    @property
    def template(self) -> Template:
        """The mean of the crops' vectors, which was compared."""
        return Template.mean(np.stack([crop.vector for crop in self.crops]), MIRROR_MODEL_ID)

    def against(self, gallery: Gallery) -> Grounds | None:
        """What the look comes to against other people, at the same wanted rate; None when it never was compared."""
        if self.grounds is None:
            return None
        return grounds_of(gallery, self.template, self.grounds.strictness.false_alarm_rate, self.grounds.poor)


@dataclass(frozen=True)
class CounterExample:
    """A visit that is not somebody, and what it asked of that person's threshold.

    Attributes:
        person_id: who it is not.
        needed: the least ``stricter_by`` at which the visit does not name the person.
        base: the person's ``stricter_by`` without any counter-example that can still be taken back.
    """

    person_id: str
    needed: float
    base: float


@dataclass(frozen=True)
class Correction:
    """What somebody says a visit really was.

    Attributes:
        at: when it was said, aware UTC.
        person: who it was; None for somebody who is not enrolled.
        collection: the place of the collection that it was made with.
        counter_example: whose threshold it lowered, if anybody's.
        enrolled_face_id: the face that was added to ``person``, if any.
    """

    at: datetime
    person: Person | None
    collection: str
    counter_example: CounterExample | None = None
    enrolled_face_id: str | None = None


@dataclass(frozen=True)
class VisitRecord:
    """One visit with all that is kept of it.

    Attributes:
        id: the visit's.
        camera: where.
        collection: the place of the collection that it was compared with, as
            :func:`argus.storage.open_store.absolute_place` spells it.
        looks, events, corrections: in their order of time; the last correction is in force.
    """

    id: str
    camera: str
    collection: str
    looks: tuple[KeptLook, ...]
    events: tuple[VisitEvent, ...]
    corrections: tuple[Correction, ...]

    @property
    def deciding(self) -> KeptLook:
        """The look that the visit's outcome came from."""
        decided = [look for look in self.looks if look.decided]
        return decided[-1] if decided else self.looks[-1]

    @property
    def outcome(self) -> Outcome:
        """What the visit came to, corrections apart."""
        grounds = self.deciding.grounds
        return grounds.outcome if grounds else Outcome.UNCERTAIN

    @property
    def named(self) -> Person | None:
        """Who was named, corrections apart."""
        grounds = self.deciding.grounds
        return grounds.person if grounds else None

    @property
    def correction(self) -> Correction | None:
        """The one in force."""
        return self.corrections[-1] if self.corrections else None


@dataclass(frozen=True)
class VisitSummary:
    """A line about a visit, for a list.

    Attributes:
        id: the visit's.
        event_id: of its first event; None while there is none.
    """

    id: str
    event_id: str | None
    camera: str
    at: datetime
    outcome: Outcome
    person: Person | None
    corrected: bool
