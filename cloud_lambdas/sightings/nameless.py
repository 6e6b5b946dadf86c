"""Sightings of somebody who was erased: that somebody was seen stays, and who it was does not.

The item stays for what depends on it: an event that comes again is known by its id, and raises no second alert. Whoever
was erased is ``-`` in it, which is nobody's id, so that two of them cannot be told apart either.
"""

from __future__ import annotations

from dataclasses import replace

from argus.core.events import VisitEvent, Who
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.sightings.sighting import Correction, Sighting

NOBODY = PersonRecord("-", "deleted")
"""Whoever was erased; no name gives this id."""

_WHO = Who(NOBODY.id, NOBODY.id, NOBODY.id)


def without_who(event: VisitEvent) -> VisitEvent:
    """The event without whom it names, and without what tells that a stranger came again."""
    return replace(event, person=_WHO if event.person is not None else None, stranger_id=None)


def names(sighting: Sighting, person_id: str) -> bool:
    """Whether anything in it names that person: the event, the record, or a correction."""
    who, record = sighting.event.person, sighting.person
    return (
        (who is not None and who.id == person_id)
        or _is(record, person_id)
        or any(_is(one.person, person_id) for one in sighting.corrections)
    )


def shows(sighting: Sighting, person_id: str) -> bool:
    """Whether the picture is of that person, as far as is known by now."""
    return _is(sighting.meant, person_id)


def came_late(sighting: Sighting) -> bool:
    """Whether a device told of somebody after they were erased, and sends a picture of them yet."""
    return sighting.meant is not None and sighting.meant.standing == "deleted" and sighting.event.snapshot is not None


def nameless(sighting: Sighting, person_id: str) -> Sighting:
    """The sighting without that person, and without their picture."""
    event = sighting.event
    if shows(sighting, person_id) or came_late(sighting):
        event = replace(event, snapshot=None)
    if event.person is not None and event.person.id == person_id:
        event = without_who(event)
    return replace(
        sighting,
        event=event,
        person=NOBODY if _is(sighting.person, person_id) else sighting.person,
        corrections=tuple(_nameless(one, person_id) for one in sighting.corrections),
    )


def pictureless(sighting: Sighting) -> Sighting:
    """What a device told of a stranger who turned out to be somebody that was erased."""
    return replace(sighting, event=replace(sighting.event, snapshot=None, stranger_id=None))


def _nameless(correction: Correction, person_id: str) -> Correction:
    return replace(correction, person=NOBODY) if _is(correction.person, person_id) else correction


def _is(record: PersonRecord | None, person_id: str) -> bool:
    return record is not None and record.id == person_id
