"""A new face beside everybody's: by the same rules as on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from argus.core.admission import NewFace, Objection, duplicates, objections
from argus.core.calibration import Calibration
from argus.core.collection import Enrolled, EnrolledFace
from argus.core.matching import Gallery
from argus.core.types import MIRROR_MODEL_ID, Person
from argus.enrolment.judge import ACCEPTED, Verdict
from argus.enrolment.objecting import given_for, objected
from cloud_lambdas.shared.faces_table import StoredFace
from cloud_lambdas.shared.people_records import KnownPerson

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


class Admission:
    """Decides on new faces. What it has read it keeps, as long as the table's generation stays the same.

    Args:
        find: a person's record; asked for the name of whom a photo looks like.
    """

    def __init__(
        self, faces: Faces, find: Callable[[str], KnownPerson | None], calibration: Callable[[], Calibration]
    ) -> None:
        self._faces = faces
        self._find = find
        self._calibration = calibration
        self._generation: int | None = None
        self._stored: dict[str, dict[str, StoredFace]] = {}
        self._people: dict[str, Enrolled] = {}
        self._gallery: Gallery | None = None

    def decide(self, person: Person, new: NewFace) -> Admitted:
        """Whether ``new`` may be one of the person's faces."""
        generation = self._refresh()
        face_id = new.face.face_id
        present = self._stored.get(person.id, {}).get(face_id)
        if present is not None:
            return Admitted(ACCEPTED, generation, present)
        owners = [id_ for id_, faces in self._stored.items() if face_id in faces]
        if owners:
            return Admitted(given_for([self._named(id_).name for id_ in sorted(owners)]), generation)
        objection = self._objection(person, new)
        if objection is None:
            return Admitted(ACCEPTED, generation)
        repeated = self._stored.get(person.id, {}).get(objection.face_id or "")
        name = min(repeated.photos, default=None) if repeated is not None else None
        if objection.person is not None:
            objection = replace(objection, person=self._named(objection.person.id))
        return Admitted(objected(objection, person, name), generation)

    def _objection(self, person: Person, new: NewFace) -> Objection | None:
        face_id = new.face.face_id
        present = self._people.get(person.id)
        own: tuple[EnrolledFace, ...] = present.faces if present is not None else ()
        found = duplicates([new], own)
        if not found:
            others = [one for id_, one in self._people.items() if id_ != person.id]
            self._gallery = Gallery(others, self._calibration(), MODEL_ID, before=self._gallery)
            found = objections([new.face], own, self._gallery)
        return found.get(face_id)

    def _refresh(self) -> int:
        generation = self._faces.generation()
        if generation == self._generation:
            return generation
        self._stored = {}
        for face in self._faces.everything():
            self._stored.setdefault(face.person_id, {})[face.face.face_id] = face
        before, self._people = self._people, {}
        for person_id, stored in sorted(self._stored.items()):
            usable = [one.face for one in stored.values() if one.model_id == MODEL_ID]
            if usable:
                self._people[person_id] = _kept(before.get(person_id), person_id, usable)
        self._generation = generation
        return generation

    def _named(self, person_id: str) -> Person:
        known = self._find(person_id)
        return known.person if known is not None else Person(person_id, person_id)


def _kept(before: Enrolled | None, person_id: str, faces: list[EnrolledFace]) -> Enrolled:
    """The very object from before, when nothing changed: the gallery then need not compare it again."""
    new = Enrolled.of(Person(person_id, person_id), faces, MODEL_ID)
    return before if before == new else new
