"""A sighting: an event, with what the cloud knew when it arrived and what has become of it since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from argus.core.events import VisitEvent
from cloud_lambdas.shared.alert import Alert
from cloud_lambdas.shared.person import PersonRecord

AlertState = Literal["none", "due", "sent", "superseded"]
"""``none`` (the event alerts nobody), ``due``, ``sent``, ``superseded`` (an ``unknown`` that arrived after the
``match`` which revises it: nobody is told of a stranger who is known by then)."""

_ALERTING = ("match", "unknown")


@dataclass(frozen=True)
class Correction:
    """What somebody said that a sighting really was.

    Attributes:
        action: ``not_them``; ``is`` (``person`` says who); ``undo`` (it was right as the device said).
        by: who said so.
        at: aware UTC, by the cloud's clock.
    """

    action: Literal["not_them", "is", "undo"]
    person: PersonRecord | None
    by: str
    at: datetime
    schema: Literal["argus.correction/1"] = "argus.correction/1"

    def same_as(self, other: Correction) -> bool:
        """Whether both say the same, by whomever and whenever."""
        return (self.action, self.person and self.person.id) == (other.action, other.person and other.person.id)


@dataclass(frozen=True)
class Sighting:
    """One event in the cloud.

    Attributes:
        person: whom the event names, as the record was when it arrived; stays as it is whatever is corrected, until
            they are erased (see :mod:`cloud_lambdas.sightings.nameless`).
        received_at: aware UTC, when the cloud first had the event.
        cursor: given when it was stored; grows, so that who reads on from the last cursor misses nothing. It is a
            UUIDv7, with the milliseconds of that moment.
        day: of that moment, UTC, ``YYYY-MM-DD``.
        expires_at: from then on it counts as gone, whenever the table deletes it.
        revised_by: the event id of the ``match`` that replaces this ``unknown``.
        corrections: in order; the last one holds.
    """

    event: VisitEvent
    person: PersonRecord | None
    received_at: datetime
    cursor: str
    day: str
    expires_at: datetime
    alert: AlertState
    revised_by: str | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def meant(self) -> PersonRecord | None:
        """Who it is, as far as is known by now; None: nobody who is known."""
        if not self.corrections or self.corrections[-1].action == "undo":
            return self.person
        return self.corrections[-1].person


def alert_wanted(event: VisitEvent) -> AlertState:
    """Whether people should hear of the event at once."""
    return "due" if event.alert and event.kind in _ALERTING else "none"


def alert_of(sighting: Sighting) -> Alert:
    """What they should hear; of a sighting whose alert is due.

    How a person is reached is told nobody, and nobody is shown a picture of whoever was erased.
    """
    event, is_erased = sighting.event, sighting.person is not None and sighting.person.standing == "deleted"
    assert event.kind in ("match", "unknown")
    return Alert(
        kind=event.kind,
        event_id=event.event_id,
        visit_id=event.visit_id,
        revises=event.revises,
        thing=event.device.thing,
        camera=event.camera,
        captured_at=event.captured_at,
        clock_set=event.device.clock_set,
        received_at=sighting.received_at,
        person=sighting.person and replace(sighting.person, phone=None, email=None),
        stranger_id=event.stranger_id,
        snapshot=None if is_erased else event.snapshot,
    )
