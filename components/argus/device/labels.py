"""What is written on a face that is followed."""

from __future__ import annotations

from argus.core.visits import Visit, VisitState
from argus.device.annotate import Colour, Label
from argus.device.pipeline import Shown

_COLOURS = {
    VisitState.NAMED: Colour.MATCH,
    VisitState.STRANGER: Colour.UNKNOWN,
    VisitState.UNCERTAIN: Colour.UNCERTAIN,
}


def label(face: Shown) -> Label:
    """What to draw on a face that is followed."""
    visit = face.visit
    if visit is None:
        return Label(face.box, "", Colour.GATHERING)
    return Label(face.box, _text(visit), _COLOURS[visit.state])


def _text(visit: Visit) -> str:
    if visit.person is not None:
        return visit.person.name
    return "stranger" if visit.state is VisitState.STRANGER else "not sure"
