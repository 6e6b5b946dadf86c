"""What people say that a sighting really was: "not them", "it is Ada", or that it was right after all.

The device's event and the record of then stay as they are. The audit object of a correction is written first, under
its number, which exactly one writer gets; then the table follows it. Whoever comes after somebody who was stopped
between both finds the object and completes what it says before adding their own.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from argus.core.errors import UsageError
from argus.storage.failpoints import failpoint
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.sightings.sighting import Correction, Sighting

if TYPE_CHECKING:
    from argus.core.ports import Clock

MOST = 100
"""Corrections of one sighting."""


class People(Protocol):
    """See :class:`cloud_lambdas.shared.people_table.PeopleTable`."""

    def find(self, person_id: str) -> PersonRecord | None: ...


class Sightings(Protocol):
    """See :class:`cloud_lambdas.sightings.table.SightingsTable`."""

    def find(self, event_id: str, now: datetime) -> Sighting | None: ...

    def correct(self, sighting: Sighting, correction: Correction) -> bool: ...


class Audit(Protocol):
    """See :class:`cloud_lambdas.sightings.audit.AuditBucket`."""

    def correct(self, sighting: Sighting, correction: Correction) -> Correction: ...


class CorrectionsService:
    """Corrects sightings."""

    def __init__(self, *, people: People, sightings: Sightings, audit: Audit, clock: Clock) -> None:
        self._people = people
        self._sightings = sightings
        self._audit = audit
        self._clock = clock

    def not_them(self, event_id: str, *, by: str) -> Sighting:
        """It is not whom it names; raises UsageError where that cannot be said."""
        return self._correct(event_id, Correction("not_them", None, by, self._clock.now()))

    def is_person(self, event_id: str, person_id: str, *, by: str) -> Sighting:
        """It is this person; raises UsageError where that cannot be said."""
        person = self._people.find(person_id)
        if person is None or person.standing == "deleted":
            raise UsageError(f"there is no person {person_id!r} in the people table: check the id, or enrol them first")
        return self._correct(event_id, Correction("is", person.shortened(), by, self._clock.now()))

    def undo(self, event_id: str, *, by: str) -> Sighting:
        """It is as the device said; raises UsageError where nothing has been corrected."""
        return self._correct(event_id, Correction("undo", None, by, self._clock.now()))

    def _correct(self, event_id: str, wanted: Correction) -> Sighting:
        """Adds the correction; the sighting as it is then. What holds already is not said twice."""
        while True:
            sighting = self._sightings.find(event_id, self._clock.now())
            if sighting is None:
                raise UsageError(f"there is no sighting {event_id!r}: check the event id; it may have expired")
            if sighting.corrections and sighting.corrections[-1].same_as(wanted):
                return sighting
            _check(sighting, wanted)
            written = self._audit.correct(sighting, wanted)
            failpoint("cloud.correction.audited")
            # False: somebody else has done the same meanwhile; what holds now is read again in either case.
            self._sightings.correct(sighting, written)


def _check(sighting: Sighting, wanted: Correction) -> None:
    event_id = sighting.event.event_id
    if wanted.action == "undo" and not sighting.corrections:
        raise UsageError(f"nothing has been corrected of the sighting {event_id!r}: there is nothing to undo")
    if wanted.action == "not_them" and sighting.meant is None:
        raise UsageError(f"the sighting {event_id!r} names nobody: say who it is instead")
    if wanted.action == "is" and sighting.meant and wanted.person and sighting.meant.id == wanted.person.id:
        raise UsageError(f"the sighting {event_id!r} is of {wanted.person.id!r} already")
    if len(sighting.corrections) >= MOST:
        raise UsageError(f"the sighting {event_id!r} has been corrected {MOST} times: no more are kept")
