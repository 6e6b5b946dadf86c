"""Why a visit or a picture came to what it came to, gathered to be told as text, as JSON or as a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from argus.core.events import VisitEvent
from argus.core.explaining import percent, verdict
from argus.core.grounds import Grounds, grounds_of
from argus.core.matching import Gallery, Outcome
from argus.core.types import Moment, Person, Template
from argus.device.records.keeping import kept_crop
from argus.device.records.values import Correction, KeptLook, VisitRecord
from argus.vision.analyser import FaceAnalyser
from argus.vision.images import read_image

_NOT_COMPARED = "not compared: the visit had used up its looks, and the face continues it"


@dataclass(frozen=True)
class Explanation:
    """One face's decision and everything that is known of it.

    Attributes:
        subject: the visit's id, or the picture's path.
        title: what is explained, for people.
        looks: in their order; a picture has one.
        deciding: the look that decided.
        record: the visit's; None for a picture.
        now: the deciding look against the collection as it is now, when there is one to compare with.
    """

    subject: str
    title: str
    looks: tuple[KeptLook, ...]
    deciding: KeptLook
    record: VisitRecord | None = None
    now: Grounds | None = None

    @property
    def outcome(self) -> Outcome:
        grounds = self.deciding.grounds
        return grounds.outcome if grounds else Outcome.UNCERTAIN

    @property
    def person(self) -> Person | None:
        grounds = self.deciding.grounds
        return grounds.person if grounds else None

    @property
    def sentence(self) -> str:
        return told(self.deciding)

    @property
    def correction(self) -> Correction | None:
        return self.record.correction if self.record else None

    @property
    def events(self) -> tuple[VisitEvent, ...]:
        return self.record.events if self.record else ()


def explain_visit(record: VisitRecord, gallery: Gallery | None) -> Explanation:
    """A visit; with ``gallery``, also what it would come to now."""
    deciding = record.deciding
    now = deciding.against(gallery) if gallery is not None else None
    title = f"Visit at {record.camera}, {utc(deciding.crops[0].captured_at)}"
    return Explanation(record.id, title, record.looks, deciding, record, now)


def explain_picture(path: Path, analyser: FaceAnalyser, gallery: Gallery, rate: float) -> list[Explanation]:
    """Every face of a picture, best score first.

    Raises:
        ImageError: it cannot be read.
    """
    now = Moment(0, 0.0, datetime.now(timezone.utc))
    faces = analyser.faces(read_image(path))
    explanations = []
    for number, (read, vector) in enumerate(zip(faces, analyser.vectors(faces), strict=True), 1):
        grounds = grounds_of(gallery, Template.mean(vector[None], analyser.model_id), rate, read.poor)
        look = KeptLook(now.captured_at, True, grounds, (kept_crop(read, vector, now),))
        which = f", face {number} of {len(faces)}" if len(faces) > 1 else ""
        explanations.append(Explanation(str(path), f"{path.name}{which}", (look,), look))
    return explanations


def told(look: KeptLook) -> str:
    """What a look came to, in one sentence."""
    return verdict(look.grounds) if look.grounds else _NOT_COMPARED


def corrected_words(correction: Correction) -> str:
    """What somebody said the visit was."""
    who = correction.person.name if correction.person else "nobody who is enrolled"
    return f"corrected on {utc(correction.at)}: it was {who}"


def visit_rate_words(explanation: Explanation) -> str:
    """How the wanted rate of a visit becomes that of a look; empty when there is no event that says it."""
    grounds = explanation.deciding.grounds
    if not explanation.events or grounds is None:
        return ""
    wanted, of_look = explanation.events[0].evidence.false_alarm_rate, grounds.strictness.false_alarm_rate
    return f"Wanted: at most {percent(wanted)} of strangers' visits named, so at most {percent(of_look)} by each look."


def utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
