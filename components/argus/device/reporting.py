"""What happened to a visit -> the event that tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from argus.core.events import CollectionUsed, Device, Evidence, Kind, Span, VisitEvent, Who
from argus.core.ids import IdMaker
from argus.core.types import Moment
from argus.core.visits import Visit, VisitChange


@dataclass
class EventWriter:
    """Numbers and names the events of one device, in the order in which things happened.

    Attributes:
        thing: the device's thing name.
        boot_id: changes when the device starts.
        make_id: makes event ids.
        clock_set: whether the wall clock is known to be right.
        next_sequence: number of the next event.
    """

    thing: str
    boot_id: str
    make_id: IdMaker
    clock_set: Callable[[], bool]
    next_sequence: int = 1
    _unknowns: dict[str, str] = field(default_factory=dict)

    def event(
        self, change: VisitChange, camera: str, now: Moment, collection: CollectionUsed, false_alarm_rate: float
    ) -> VisitEvent | None:
        """The event that tells of a change, or None when there is nothing to tell.

        Args:
            change: what happened.
            camera: where.
            now: when it was noticed; what the event's id is made of.
            collection: against what was decided.
            false_alarm_rate: the wanted one, a visit.
        """
        kind, visit = change.announcement, change.visit
        if kind is None:
            return None
        event_id = self.make_id(now.captured_at)
        event = VisitEvent(
            kind=kind,
            event_id=event_id,
            visit_id=visit.id,
            revises=self._revised(kind, visit, event_id),
            camera=camera,
            captured_at=visit.sight.moment.captured_at,
            person=_who(visit),
            stranger_id=None,
            span=Span(visit.first.frame, visit.last.frame, visit.first.captured_at, visit.last.captured_at),
            box_ltrb=visit.sight.box.ltrb,
            frame_size=visit.sight.frame_size,
            evidence=_evidence(visit, false_alarm_rate),
            collection=collection,
            device=Device(self.thing, self.next_sequence, self.boot_id, now.at_seconds, self.clock_set()),
        )
        self.next_sequence += 1
        return event

    def _revised(self, kind: Kind, visit: Visit, event_id: str) -> str | None:
        """Remembers a visit's ``unknown`` until the visit is over, so that a later ``match`` can name it."""
        if kind == "unknown":
            self._unknowns[visit.id] = event_id
            return None
        earlier = self._unknowns.pop(visit.id, None)
        return earlier if kind == "match" else None


def _who(visit: Visit) -> Who | None:
    person = visit.person
    return Who(person.id, person.name, person.category) if person else None


def _evidence(visit: Visit, false_alarm_rate: float) -> Evidence:
    decision = visit.decision
    best = decision.best
    return Evidence(
        pictures=decision.probe_pictures,
        distance=best.distance if best else None,
        normalised_distance=best.normalised_distance if best else None,
        threshold=best.threshold if best else None,
        margin=decision.margin,
        false_alarm_rate=false_alarm_rate,
        quality=visit.sight.quality,
        reason=decision.reason.value if decision.reason else None,
    )
