"""Events in words, for the page."""

from __future__ import annotations

from typing import Any

from argus.core.events import Evidence, VisitEvent
from argus.core.matching import Outcome, Reason

_REASONS = {
    Reason.SMALL: "the face was too small",
    Reason.BLURRED: "the face was blurred",
    Reason.TURNED: "the face was turned away",
    Reason.DARK: "the face was too dark",
    Reason.BRIGHT: "the face was too bright or without contrast",
    Reason.NEAR_THRESHOLD: "too like somebody enrolled to be a stranger, not enough like them to be named",
    Reason.THIN_MARGIN: "two enrolled people are equally like this face",
    Reason.FEW_PICTURES: "the face was seen too briefly",
}


def telling(event: VisitEvent) -> dict[str, Any]:
    """What the page shows of a visit after ``event``, ready for JSON.

    A later event of the same visit replaces it: a stranger who turns out to be somebody, a visit that is over.
    """
    outcome = _outcome(event)
    return {
        "visit": event.visit_id,
        "outcome": outcome.value,
        "over": event.kind in ("left", "uncertain"),
        "who": event.person.name if event.person else "A stranger" if outcome is Outcome.UNKNOWN else "Somebody",
        "says": _says(event, outcome),
        "began": event.span.first_seen_at.isoformat(),
        "last": event.span.last_seen_at.isoformat(),
        "figures": _figures(event.evidence),
    }


def _outcome(event: VisitEvent) -> Outcome:
    if event.person is not None:
        return Outcome.MATCH
    return Outcome.UNCERTAIN if event.kind == "uncertain" else Outcome.UNKNOWN


def _says(event: VisitEvent, outcome: Outcome) -> str:
    if outcome is Outcome.UNCERTAIN:
        reason = event.evidence.reason
        return f"Not sure: {_REASONS[Reason(reason)]}" if reason else "Not sure"
    if outcome is Outcome.MATCH:
        return "Recognised; first taken for a stranger" if event.revises else "Recognised"
    return "Not enrolled"


def _figures(evidence: Evidence) -> str:
    parts = [f"{evidence.pictures} picture{'s' if evidence.pictures != 1 else ''}", f"quality {evidence.quality:.2f}"]
    if evidence.normalised_distance is None or evidence.threshold is None:
        return ", ".join(["nobody is enrolled", *parts])
    side = "under" if evidence.normalised_distance < evidence.threshold else "over"
    scores = f"distance {evidence.normalised_distance:+.2f}, {side} the threshold {evidence.threshold:+.2f}"
    margin = [f"margin {evidence.margin:.2f}"] if evidence.margin is not None else []
    return ", ".join([scores, *margin, *parts])
