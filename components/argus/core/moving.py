"""People carried from a collection of one model into one of another, whose vectors are made anew from the photos.

Both may change while they stand beside each other, so it is a merge of three: what was carried before, what the one
collection is now, and what the other has become. Whatever did not change in the first is left as it is in the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.types import Person, Vector


@dataclass(frozen=True)
class WantedFace:
    """A face that has to be made anew, and whose it is."""

    face_id: str
    person: Person


def wanted_faces(before: Collection, now: Collection) -> Iterator[WantedFace]:
    """The faces of ``now`` that were not carried over ``before``."""
    for enrolled in now.people:
        was = before.find(enrolled.person.id)
        carried = set(was.face_ids) if was is not None else set()
        yield from (WantedFace(id_, enrolled.person) for id_ in enrolled.face_ids if id_ not in carried)


def changed_people(before: Collection, now: Collection) -> tuple[Person, ...]:
    """Who was added, removed or changed, ascending by id."""
    ids = {one.person.id for collection in (before, now) for one in collection.people}
    found = []
    for id_ in sorted(ids):
        was, is_now = before.find(id_), now.find(id_)
        present = is_now or was
        if was != is_now and present is not None:
            found.append(present.person)
    return tuple(found)


def carried_over(before: Collection, now: Collection, into: Collection, vectors: Mapping[str, Vector]) -> Collection:
    """``into`` after the changes from ``before`` to ``now``; itself if nothing changes.

    Args:
        vectors: face id -> its vector of the model of ``into``; a new face that is not in it is left out, and so is one
            that somebody else has there.
    """
    for person in changed_people(before, now):
        was, is_now, there = before.find(person.id), now.find(person.id), into.find(person.id)
        if is_now is None:
            into = into.without_person(person.id)
            continue
        old, new = (set(one.face_ids) if one is not None else set() for one in (was, is_now))
        faces = [face for face in (there.faces if there else ()) if face.face_id not in old - new]
        owners = into.face_owners
        faces += [
            EnrolledFace(id_, vectors[id_])
            for id_ in sorted(new - old)
            if id_ in vectors and owners.get(id_, person).id == person.id
        ]
        if not faces:
            into = into.without_person(person.id)
            continue
        same_person = there is not None and was is not None and was.person == is_now.person
        same_strictness = there is not None and was is not None and was.stricter_by == is_now.stricter_by
        into = into.with_person(
            Enrolled.of(
                there.person if there and same_person else is_now.person,
                faces,
                into.model_id,
                there.stricter_by if there and same_strictness else is_now.stricter_by,
            )
        )
    return into


def carried_part(before: Collection, now: Collection, vectors: Mapping[str, Vector]) -> Collection:
    """What of ``now`` is carried over once the faces in ``vectors`` are: the ``before`` of the next time."""
    people = []
    for enrolled in now.people:
        was = before.find(enrolled.person.id)
        carried = set(was.face_ids) if was is not None else set()
        faces = [face for face in enrolled.faces if face.face_id in carried or face.face_id in vectors]
        if len(faces) == len(enrolled.faces):
            people.append(enrolled)
        elif faces:
            people.append(Enrolled.of(enrolled.person, faces, now.model_id, enrolled.stricter_by))
    return Collection.of(people, now.model_id)
