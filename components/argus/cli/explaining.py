"""Why a visit or a picture came to what it came to: gathered here, told as text or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from argus.core.events import VisitEvent, to_json_value
from argus.core.explaining import origin, percent, remedies, verdict
from argus.core.grounds import Grounds, grounds_of
from argus.core.matching import Candidate, Gallery, Outcome
from argus.core.types import Moment, Person, Template
from argus.device.records.keeping import kept_crop
from argus.device.records.values import Correction, KeptLook, VisitRecord, VisitSummary
from argus.vision.analyser import FaceAnalyser
from argus.vision.images import read_image

NOT_COMPARED = "not compared: the visit had used up its looks, and the face continues it"


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
    return verdict(look.grounds) if look.grounds else NOT_COMPARED


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


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation as one JSON object, without pictures and vectors."""
    record, correction = explanation.record, explanation.correction
    return {
        ("visit_id" if record else "image"): explanation.subject,
        "camera": record.camera if record else None,
        "outcome": explanation.outcome.value,
        "person": _person(explanation.person),
        "explanation": explanation.sentence,
        "correction": {"at": utc(correction.at), "person": _person(correction.person)} if correction else None,
        "looks": [_look(look, of_visit=record is not None) for look in explanation.looks],
        "now": _grounds(explanation.now, of_visit=True) if explanation.now else None,
        "events": [to_json_value(event) for event in explanation.events],
    }


def summary_json(visit: VisitSummary) -> dict[str, Any]:
    """One visit of the list."""
    return {
        "visit_id": visit.id,
        "event_id": visit.event_id,
        "camera": visit.camera,
        "at": utc(visit.at),
        "outcome": visit.outcome.value,
        "person": _person(visit.person),
        "corrected": visit.corrected,
    }


def summary_line(visit: VisitSummary) -> str:
    who = visit.person.name if visit.person else {"unknown": "a stranger"}.get(visit.outcome.value, "-")
    mark = "  (corrected)" if visit.corrected else ""
    return f"{utc(visit.at)}  {visit.camera:<12}  {visit.outcome.value:<9}  {visit.event_id or visit.id}  {who}{mark}"


def as_text(explanation: Explanation) -> Iterator[str]:
    """The explanation as lines."""
    yield f"{explanation.title}: {explanation.outcome.value}"
    yield f"  {explanation.sentence}."
    if explanation.correction is not None:
        yield f"  {corrected_words(explanation.correction)}."
    if explanation.now is not None:
        yield f"  With the collection as it is now: {verdict(explanation.now)}."
    for number, look in enumerate(explanation.looks, 1):
        yield ""
        yield from _look_lines(look, number, explanation)
    if explanation.events:
        yield ""
    for event in explanation.events:
        yield f"  event {event.event_id}  {event.kind}"


def _look_lines(look: KeptLook, number: int, explanation: Explanation) -> Iterator[str]:
    if explanation.record is not None:
        mark = ", which decided" if look is explanation.deciding else ""
        yield f"  Look {number}, {utc(look.at)}{mark}: {told(look)}"
    yield "    picture               size   sharp  bright  contrast  frontal  score"
    for crop in look.crops:
        quality = crop.quality
        where = f"frame {crop.frame}" if explanation.record else f"at {crop.box.left},{crop.box.top}"
        poor = f"  {crop.poor.value}" if crop.poor else ""
        yield (
            f"    {where:<18}{quality.face_px:>5} px  {quality.sharpness:>6.2f}  {quality.brightness:>6.2f}  "
            f"{quality.contrast:>8.2f}  {quality.frontality:>7.2f}  {quality.score:>5.2f}{poor}"
        )
    grounds = look.grounds
    if grounds is None:
        return
    if grounds.candidates:
        yield "    nearest                   distance  normalised  threshold"
        for candidate in grounds.candidates:
            side = "under" if candidate.excess <= 0 else "over"
            yield (
                f"    {candidate.person.name:<24}  {candidate.distance:>8.3f}  "
                f"{candidate.normalised_distance:>+10.3f}  {candidate.threshold:>+9.3f}  "
                f"{abs(candidate.excess):.3f} {side}"
            )
    if look is explanation.deciding:
        for sentence in (visit_rate_words(explanation), origin(grounds)):
            if sentence:
                yield f"    {sentence}"
        yield "    What would change it:"
        for remedy in remedies(grounds, of_visit=explanation.record is not None):
            yield f"    - {remedy}"


def _look(look: KeptLook, *, of_visit: bool) -> dict[str, Any]:
    return {
        "at": utc(look.at),
        "decided": look.decided,
        "explanation": told(look),
        "grounds": _grounds(look.grounds, of_visit=of_visit) if look.grounds else None,
        "crops": [
            {
                "captured_at": utc(crop.captured_at),
                "frame": crop.frame,
                "box_ltrb": crop.box.ltrb,
                "quality": asdict(crop.quality),
                "poor": crop.poor.value if crop.poor else None,
            }
            for crop in look.crops
        ],
    }


def _grounds(grounds: Grounds, *, of_visit: bool) -> dict[str, Any]:
    return {
        "outcome": grounds.outcome.value,
        "reason": grounds.reason.value if grounds.reason else None,
        "poor": grounds.poor.value if grounds.poor else None,
        "pictures": grounds.probe_pictures,
        "explanation": verdict(grounds),
        "threshold_origin": origin(grounds),
        "would_change": list(remedies(grounds, of_visit=of_visit)),
        "false_alarm_rate": grounds.strictness.false_alarm_rate,
        "people": grounds.strictness.people,
        "pair_rate": grounds.strictness.pair_rate,
        "left_open_within": grounds.near,
        "margin_needed": grounds.apart,
        "turning_rate": grounds.turning_rate,
        "nearest": [_candidate(candidate) for candidate in grounds.candidates],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "person": _person(candidate.person),
        "distance": candidate.distance,
        "normalised_distance": candidate.normalised_distance,
        "threshold": candidate.threshold,
        "stricter_by": candidate.stricter_by,
        "over_threshold_by": candidate.excess,
        "enrolled_pictures": candidate.pictures,
    }


def _person(person: Person | None) -> dict[str, str] | None:
    return {"id": person.id, "name": person.name} if person else None
