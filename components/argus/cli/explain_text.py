"""An explanation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from argus.cli.explaining import Explanation, corrected_words, told, utc, visit_rate_words
from argus.core.explaining import origin, remedies, verdict
from argus.device.records.values import KeptLook, VisitSummary


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


def summary_line(visit: VisitSummary) -> str:
    who = visit.person.name if visit.person else {"unknown": "a stranger"}.get(visit.outcome.value, "-")
    mark = "  (corrected)" if visit.corrected else ""
    return f"{utc(visit.at)}  {visit.camera:<12}  {visit.outcome.value:<9}  {visit.event_id or visit.id}  {who}{mark}"


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
