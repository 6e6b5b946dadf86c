"""An explanation as one JSON object, without pictures and vectors."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from argus.cli.explaining import Explanation, told, utc
from argus.cli.output import who
from argus.core.events import to_json_value
from argus.core.explaining import origin, remedies, verdict
from argus.core.grounds import Grounds
from argus.core.matching import Candidate
from argus.device.records.values import KeptLook, VisitSummary


def as_json(explanation: Explanation) -> dict[str, Any]:
    """A visit, or a face of a picture."""
    record, correction = explanation.record, explanation.correction
    return {
        ("visit_id" if record else "image"): explanation.subject,
        "camera": record.camera if record else None,
        "outcome": explanation.outcome.value,
        "person": who(explanation.person),
        "explanation": explanation.sentence,
        "correction": {"at": utc(correction.at), "person": who(correction.person)} if correction else None,
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
        "person": who(visit.person),
        "corrected": visit.corrected,
    }


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
        "person": who(candidate.person),
        "distance": candidate.distance,
        "normalised_distance": candidate.normalised_distance,
        "threshold": candidate.threshold,
        "stricter_by": candidate.stricter_by,
        "over_threshold_by": candidate.excess,
        "enrolled_pictures": candidate.pictures,
    }
