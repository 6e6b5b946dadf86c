"""What a visit really was, said afterwards, and what follows from it for the collection.

A correction replaces the one before, with all that it did: so correcting again undoes. What follows from one:

- Somebody was named who it was not: their threshold is lowered. Only that number goes into the collection; of the
  stranger nothing does.
- The visit's best picture may be enrolled for whom it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from argus.core.admission import NewFace
from argus.core.calibration import Calibration
from argus.core.collection import Collection
from argus.core.errors import UsageError
from argus.core.grounds import Grounds
from argus.core.matching import Gallery
from argus.core.types import Person
from argus.device.records.best_picture import objection_to, picture_to_enrol
from argus.device.records.counter_examples import base, left_without, lost_photos, needed
from argus.device.records.store import RecordStore
from argus.device.records.values import Correction, CounterExample, VisitRecord
from argus.storage.repository import CollectionRepository
from argus.vision.analyser import FaceAnalyser


@dataclass(frozen=True)
class Corrected:
    """What a correction came to.

    Attributes:
        person: who it was; None for nobody who is enrolled.
        changed: whether anything is different from before.
        done: what was done beside keeping the correction, a sentence each.
        refused: why the picture was not enrolled, when it was to be.
        before, after: the deciding look against the people of before and of now; None when it never was compared.
    """

    record: VisitRecord
    person: Person | None
    changed: bool
    done: tuple[str, ...]
    refused: str | None
    before: Grounds | None
    after: Grounds | None


@dataclass(frozen=True)
class _Change:
    """A collection before and after a correction, and what was done to it."""

    before: Collection
    after: Collection
    correction: Correction
    done: tuple[str, ...]
    refused: str | None


class Corrector:
    """Corrects visits.

    Args:
        store: their records.
        place: of the collection, as records name it: counter-examples are counted by it.
        repository: the collection there.
        calibration: says how far thresholds have to go.
        analyser: looks at a picture before it is enrolled; made only then.
        now: the time, aware UTC.
    """

    def __init__(
        self,
        store: RecordStore,
        *,
        place: str,
        repository: CollectionRepository,
        calibration: Calibration,
        analyser: Callable[[], FaceAnalyser],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._place = place
        self._repository = repository
        self._calibration = calibration
        self._analyser = analyser
        self._now = now

    def correct(
        self, record: VisitRecord, person: Person | None, *, enrol: bool = False, force: bool = False
    ) -> Corrected:
        """Says who a visit was.

        Args:
            record: the visit's.
            person: who it was; None for nobody who is enrolled.
            enrol: add the visit's best picture to that person.
            force: enrol it although it is poor, looks like somebody else, or unlike the person's other pictures.

        Raises:
            UsageError: nobody was named, and nobody is named now.
            CollectionError: the collection cannot be read or written.
            StateError: the record cannot be written.
        """
        said, present = record.correction, self._repository.load()
        if person is None and record.named is None and said is None:
            raise UsageError("nobody was named in this visit: say who it was with --is PERSON or --new NAME")
        if _says_already(record, person, enrol):
            grounds = record.deciding.against(self._gallery(present.collection))
            return Corrected(record, person, False, (), None, grounds, grounds)
        face = refused = None
        if enrol and person is not None:
            face, refused = picture_to_enrol(record, self._analyser, force=force)
        made: list[_Change] = []

        def change(collection: Collection) -> Collection:
            made.append(self._change(collection, record, person, face, force))
            return made[-1].after

        with self._store.together():
            self._repository.update(change)
            last = made[-1]
            self._store.add_correction(record.id, last.correction)
        before, after = (record.deciding.against(self._gallery(one)) for one in (last.before, last.after))
        return Corrected(record, person, True, last.done, refused or last.refused, before, after)

    def _change(
        self, collection: Collection, record: VisitRecord, person: Person | None, face: NewFace | None, force: bool
    ) -> _Change:
        done: list[str] = []
        after = self._taken_back(collection, record, done)
        named, counter = record.named, None
        wronged = named if named is not None and (person is None or person.id != named.id) else None
        if wronged is not None:
            after, counter = self._stricter(after, record, wronged, done)
        face_id = refused = None
        if face is not None and person is not None:
            refused = objection_to(face, person, after, self._calibration, wronged=wronged, force=force)
            if refused is None:
                face_id = face.face.face_id
                after = after.with_faces(person, [face.face])
                done.append(
                    f"the best picture of the visit is enrolled for {person.name}; as it is one of the visit, the next "
                    "visit will fit less well than this one does now"
                )
        correction = Correction(self._now(), person, self._place, counter, face_id)
        return _Change(collection, after, correction, tuple(done), refused)

    def _taken_back(self, collection: Collection, record: VisitRecord, done: list[str]) -> Collection:
        """The collection without what the visit's last correction did to it."""
        said = record.correction
        if said is None or said.collection != self._place:
            return collection
        if said.person is not None and said.enrolled_face_id is not None:
            rest = collection.without_face(said.person.id, said.enrolled_face_id)
            if rest is not collection:
                done.append(f"the picture that was enrolled for {said.person.name} is taken out again")
            collection = rest
        counter = said.counter_example
        enrolled = collection.find(counter.person_id) if counter is not None else None
        if counter is None or enrolled is None:
            return collection
        others = self._store.counter_examples(self._place, counter.person_id, but=record.id)
        left = left_without(counter, enrolled, others)
        if left != enrolled.stricter_by:
            done.append(f"{enrolled.person.name}'s threshold is raised again by {enrolled.stricter_by - left:.3f}")
        return collection.with_strictness(counter.person_id, left)

    def _stricter(
        self, collection: Collection, record: VisitRecord, wronged: Person, done: list[str]
    ) -> tuple[Collection, CounterExample | None]:
        """Lowers the threshold of whoever was wrongly named, as far as the visit's looks ask for."""
        enrolled = collection.find(wronged.id)
        if enrolled is None:
            done.append(f"{wronged.name} is not enrolled any more, so nothing had to be made stricter")
            return collection, None
        before, after = enrolled.stricter_by, needed(record, enrolled, self._gallery(collection))
        if after <= before:
            done.append(f"{wronged.name} is strict enough: the visit would not name them now")
            return collection, None
        others = self._store.counter_examples(self._place, wronged.id, but=record.id)
        done.append(
            f"{wronged.name}'s threshold is lowered by {after - before:.3f}; of the picture nothing is put into the "
            "collection"
        )
        lost = lost_photos(record, enrolled, after, self._calibration)
        if lost:
            done.append(
                f"{lost} of {wronged.name}'s {len(enrolled.faces)} photos would no longer be recognised by the others: "
                "enrol more photos of them"
            )
        counter = CounterExample(wronged.id, after, base(enrolled, others))
        return collection.with_strictness(wronged.id, after), counter

    def _gallery(self, collection: Collection) -> Gallery:
        return Gallery(collection.people, self._calibration)


def _says_already(record: VisitRecord, person: Person | None, enrol: bool) -> bool:
    """Whether the record says so as it is, and the picture is enrolled if it is to be."""
    said = record.correction
    stands = said.person if said is not None else record.named
    if (stands.id if stands else None) != (person.id if person else None):
        return False
    return not enrol or (said is not None and said.enrolled_face_id is not None)
