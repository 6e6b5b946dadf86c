"""What happened to a visit -> the event that tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from argus.core.cooldown import ALERTING_KINDS
from argus.core.events import CollectionUsed, Device, Evidence, Kind, Span, VisitEvent, Who
from argus.core.ids import IdMaker
from argus.core.topics import EVENT_KINDS
from argus.core.types import Moment, Template
from argus.core.visits import Visit, VisitChange


class StrangerMemory(Protocol):
    """Knows strangers again, over all cameras of the device."""

    def recognise(self, template: Template) -> str | None:
        """The id of the stranger in the pictures; None when nothing can be remembered."""
        ...

    def forget(self, stranger_id: str) -> None:
        """The stranger has turned out to be somebody enrolled."""
        ...


@dataclass(frozen=True)
class _Unknown:
    """What was told of a stranger: the event, and who it was."""

    event_id: str
    stranger_id: str | None


@dataclass
class EventWriter:
    """Numbers and names the events of one device, in the order in which things happened.

    Only events that are published take a number: an ``uncertain`` one has that of the next, so that whoever receives
    the others sees a gap only where one was lost.

    Attributes:
        thing: the device's thing name.
        boot_id: changes when the device starts.
        make_id: makes event ids.
        clock_set: whether the wall clock is known to be right.
        strangers: gives strangers their ids; None: they have none, and nobody is remembered.
        alerts: whether a match or an unknown alerts; nothing else ever does.
        next_sequence: number of the next event; a device goes on from the number that its outbox keeps.
    """

    thing: str
    boot_id: str
    make_id: IdMaker
    clock_set: Callable[[], bool]
    strangers: StrangerMemory | None = None
    alerts: Callable[[VisitEvent], bool] = lambda event: True
    next_sequence: int = 1
    _unknowns: dict[str, _Unknown] = field(default_factory=dict)

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
        unknown = self._unknown(kind, visit, event_id)
        event = VisitEvent(
            kind=kind,
            event_id=event_id,
            visit_id=visit.id,
            revises=unknown.event_id if unknown and kind == "match" else None,
            camera=camera,
            captured_at=visit.sight.moment.captured_at,
            person=_who(visit),
            stranger_id=unknown.stranger_id if unknown and kind != "match" else None,
            span=Span(visit.first.frame, visit.last.frame, visit.first.captured_at, visit.last.captured_at),
            box_ltrb=visit.sight.box.ltrb,
            frame_size=visit.sight.frame_size,
            evidence=_evidence(visit, false_alarm_rate),
            collection=collection,
            device=Device(self.thing, self.next_sequence, self.boot_id, now.at_seconds, self.clock_set()),
            alert=False,
        )
        if kind in EVENT_KINDS:
            self.next_sequence += 1
        return replace(event, alert=True) if kind in ALERTING_KINDS and self.alerts(event) else event

    def _unknown(self, kind: Kind, visit: Visit, event_id: str) -> _Unknown | None:
        """What was told of a visit's stranger: remembered until the visit is over, or somebody is named."""
        if kind == "unknown":
            stranger_id = self.strangers.recognise(visit.template) if self.strangers and visit.template else None
            self._unknowns[visit.id] = _Unknown(event_id, stranger_id)
            return self._unknowns[visit.id]
        unknown = self._unknowns.pop(visit.id, None)
        if kind == "match" and unknown and unknown.stranger_id and self.strangers:
            self.strangers.forget(unknown.stranger_id)
        return unknown


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
