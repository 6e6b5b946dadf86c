"""A new face beside everybody's: by the same rules as on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from argus.core.admission import NewFace, Objection, duplicates, objections
from argus.core.calibration import Calibration
from argus.core.collection import Enrolled, EnrolledFace
from argus.core.errors import UsageError
from argus.core.matching import Gallery
from argus.core.types import MIRROR_MODEL_ID, Person
from argus.enrolment.judge import ACCEPTED, Verdict
from argus.enrolment.objecting import given_for, objected
from cloud_lambdas.shared.enrolled_person import as_person
from cloud_lambdas.shared.faces_table import StoredFace
from cloud_lambdas.shared.person import PersonRecord

MODEL_ID = MIRROR_MODEL_ID


class Faces(Protocol):
    """See :class:`cloud_lambdas.shared.faces_table.FacesTable`."""

    def generation(self) -> int: ...

    def everything(self) -> list[StoredFace]: ...


@dataclass(frozen=True)
class Admitted:
    """What was decided about a face.

    Attributes:
        generation: the table's, on which it was decided; it holds for no other.
        present: the same face, when the person has it already.
    """

    verdict: Verdict
    generation: int
    present: StoredFace | None = None


@dataclass(frozen=True)
class _Everybody:
    """The table at one generation.

    Attributes:
        stored: id of a person -> id of a face -> that face, of whatever model.
        people: id of a person -> the person as they are compared with.
    """

    generation: int
    stored: Mapping[str, Mapping[str, StoredFace]]
    people: Mapping[str, Enrolled]

    def face(self, person_id: str, face_id: str | None) -> StoredFace | None:
        return self.stored.get(person_id, {}).get(face_id or "")


class Admission:
    """Decides on new faces, for any thread. What it has read it keeps as long as the table's generation is the same.

    Args:
        find: a person's record; asked for the name of whom a photo looks like.
    """

    def __init__(
        self, faces: Faces, find: Callable[[str], PersonRecord | None], calibration: Callable[[], Calibration]
    ) -> None:
        self._faces = faces
        self._find = find
        self._calibration = calibration
        self._seen: _Everybody | None = None
        self._gallery: Gallery | None = None

    def decide(self, person: Person, new: NewFace) -> Admitted:
        """Whether ``new`` may be one of the person's faces."""
        everybody = self._everybody()
        face_id, generation = new.face.face_id, everybody.generation
        present = everybody.face(person.id, face_id)
        if present is not None:
            return Admitted(ACCEPTED, generation, present)
        owners = [id_ for id_, faces in everybody.stored.items() if face_id in faces]
        if owners:
            return Admitted(given_for([self._named(id_).name for id_ in sorted(owners)]), generation)
        objection = self._objection(everybody, person, new)
        if objection is None:
            return Admitted(ACCEPTED, generation)
        repeated = everybody.face(person.id, objection.face_id)
        name = min(repeated.photos, default=None) if repeated is not None else None
        if objection.person is not None:
            objection = replace(objection, person=self._named(objection.person.id))
        return Admitted(objected(objection, person, name), generation)

    def _objection(self, everybody: _Everybody, person: Person, new: NewFace) -> Objection | None:
        present = everybody.people.get(person.id)
        own: tuple[EnrolledFace, ...] = present.faces if present is not None else ()
        found = duplicates([new], own)
        if not found:
            others = [one for id_, one in everybody.people.items() if id_ != person.id]
            gallery = Gallery(others, self._calibration(), MODEL_ID, before=self._gallery)
            self._gallery = gallery
            found = objections([new.face], own, gallery)
        return found.get(new.face.face_id)

    def _everybody(self) -> _Everybody:
        seen, generation = self._seen, self._faces.generation()
        if seen is not None and seen.generation == generation:
            return seen
        stored: dict[str, dict[str, StoredFace]] = {}
        for face in self._faces.everything():
            stored.setdefault(face.person_id, {})[face.face.face_id] = face
        people = {}
        for person_id, faces in sorted(stored.items()):
            usable = [one.face for one in faces.values() if one.model_id == MODEL_ID]
            if usable:
                people[person_id] = _kept(seen.people.get(person_id) if seen else None, person_id, usable)
        found = _Everybody(generation, stored, people)
        self._seen = found
        return found

    def _named(self, person_id: str) -> Person:
        known = self._find(person_id)
        try:
            return as_person(known) if known is not None else Person(person_id, person_id)
        except UsageError:  # the photo is judged all the same
            return Person(person_id, person_id)


def _kept(before: Enrolled | None, person_id: str, faces: list[EnrolledFace]) -> Enrolled:
    """The very object from before, when nothing changed: the gallery then need not compare it again."""
    new = Enrolled.of(Person(person_id, person_id), faces, MODEL_ID)
    return before if before == new else new
