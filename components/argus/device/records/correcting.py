"""What a visit really was, said afterwards, and what follows from it for the collection.

A correction replaces the one before, with all that it did: so correcting again undoes. What follows from one:

- Somebody was named who it was not: their threshold is lowered until the visit would not have named them, and by the
  slack within which a face is left open (:data:`argus.core.matching.NEAR_FACTOR`) more, as the same stranger will not
  come in exactly the same way again. Only that number goes into the collection; of the stranger nothing does.
- The visit's best picture may be enrolled for whom it shows. One, not all: pictures of one visit are much alike, and
  an average that counts them as several promises more than it holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from argus.core.admission import Doubt, NewFace, Objection, duplicates, objections
from argus.core.calibration import Calibration
from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.errors import UsageError
from argus.core.explaining import POOR_WORDS
from argus.core.grounds import Grounds
from argus.core.matching import NEAR_FACTOR, Gallery, normalised_distance
from argus.core.types import Person, Template
from argus.device.records.store import RecordStore
from argus.device.records.values import Correction, CounterExample, KeptCrop, VisitRecord
from argus.enrolment.judge import judge
from argus.storage.repository import CollectionRepository
from argus.vision.analyser import FaceAnalyser
from argus.vision.images import read_image

_SAME = 1e-9
"""Two numbers of one threshold that differ by less are the same one, stored and read again."""


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
        folder: of the collection, absolute: counter-examples are counted by it.
        repository: the collection in it.
        calibration: says how far thresholds have to go.
        analyser: looks at a picture before it is enrolled; made only then.
        now: the time, aware UTC.
    """

    def __init__(
        self,
        store: RecordStore,
        *,
        folder: Path,
        repository: CollectionRepository,
        calibration: Calibration,
        analyser: Callable[[], FaceAnalyser],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._folder = folder
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
        face, refused = self._picture(record, force) if enrol and person is not None else (None, None)
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
            refused = self._objection(after, person, face, wronged, force)
            if refused is None:
                face_id = face.face.face_id
                after = after.with_faces(person, [face.face])
                done.append(
                    f"the best picture of the visit is enrolled for {person.name}; as it is one of the visit, the next "
                    "visit will fit less well than this one does now"
                )
        correction = Correction(self._now(), person, self._folder, counter, face_id)
        return _Change(collection, after, correction, tuple(done), refused)

    def _taken_back(self, collection: Collection, record: VisitRecord, done: list[str]) -> Collection:
        """The collection without what the visit's last correction did to it."""
        said = record.correction
        if said is None or said.collection != self._folder:
            return collection
        if said.person is not None and said.enrolled_face_id is not None:
            without = collection.without_face(said.person.id, said.enrolled_face_id)
            if without is not collection:
                done.append(f"the picture that was enrolled for {said.person.name} is taken out again")
            collection = without
        counter = said.counter_example
        enrolled = collection.find(counter.person_id) if counter is not None else None
        if counter is None or enrolled is None:
            return collection
        others = self._store.counter_examples(self._folder, counter.person_id, but=record.id)
        # Somebody else may have set it in the meantime; that stays.
        if abs(enrolled.stricter_by - max([counter.base, counter.needed, *(one.needed for one in others)])) > _SAME:
            return collection
        left = max([counter.base, *(one.needed for one in others)])
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
        needed = self._needed(collection, record, enrolled)
        if needed <= enrolled.stricter_by:
            done.append(f"{wronged.name} is strict enough: the visit would not name them now")
            return collection, None
        others = self._store.counter_examples(self._folder, wronged.id, but=record.id)
        together = max([one.base for one in others] + [one.needed for one in others], default=0.0)
        own = enrolled.stricter_by
        base = others[0].base if others and abs(own - together) <= _SAME else own
        done.append(
            f"{wronged.name}'s threshold is lowered by {needed - own:.3f}; of the picture nothing is put into the "
            "collection"
        )
        after = collection.with_strictness(wronged.id, needed)
        lost = self._lost(enrolled, needed, record)
        if lost:
            done.append(
                f"{lost} of {wronged.name}'s {len(enrolled.faces)} photos would no longer be recognised by the others: "
                "enrol more photos of them"
            )
        return after, CounterExample(wronged.id, needed, base)

    def _needed(self, collection: Collection, record: VisitRecord, enrolled: Enrolled) -> float:
        """The ``stricter_by`` at which no look of the visit names somebody, with the slack that leaves a face open."""
        gallery = self._gallery(collection)
        needed = enrolled.stricter_by
        for look in record.looks:
            if look.grounds is None:
                continue
            rate, template = look.grounds.strictness.false_alarm_rate, look.template
            ranked = gallery.rank(template, gallery.strictness(rate).pair_rate, len(gallery))
            candidate = next(one for one in ranked if one.person.id == enrolled.person.id)
            if candidate.excess <= 0:
                slack = gallery.slack(candidate, template.pictures, NEAR_FACTOR, rate)
                needed = max(needed, enrolled.stricter_by - candidate.excess + slack)
        return needed

    def _lost(self, enrolled: Enrolled, stricter_by: float, record: VisitRecord) -> int:
        """How many of somebody's photos the others would recognise before, and not with ``stricter_by``."""
        grounds = record.deciding.grounds
        if len(enrolled.faces) < 2 or grounds is None:
            return 0
        lost = 0
        for face in enrolled.faces:
            rest = np.stack([other.vector for other in enrolled.faces if other is not face])
            template = Template.mean(rest, enrolled.template.model_id)
            probe = Template(face.vector, 1, enrolled.template.model_id)
            score = normalised_distance(self._calibration, probe, template)
            threshold = self._calibration.threshold(grounds.strictness.pair_rate, template.pictures, 1)
            lost += threshold - stricter_by < score <= threshold - enrolled.stricter_by
        return lost

    def _picture(self, record: VisitRecord, force: bool) -> tuple[NewFace | None, str | None]:
        """The visit's best picture as a face to enrol, or why there is none."""
        crop = best_crop(record)
        if crop.poor is not None and not force:
            return None, f"the pictures of the visit are {POOR_WORDS[crop.poor]}: enrol a photo, or say --force"
        rgb = read_image(crop.picture)
        verdict, _ = judge(self._analyser().faces(rgb), rgb.shape[1], rgb.shape[0], force=True)
        if not verdict.accepted:
            return None, verdict.message
        face = EnrolledFace(hashlib.sha256(crop.picture).hexdigest(), crop.vector)
        return NewFace(face, crop.quality.score), None

    def _objection(
        self, collection: Collection, person: Person, face: NewFace, wronged: Person | None, force: bool
    ) -> str | None:
        """What speaks against enrolling a picture, beside the person's others and everybody else's."""
        owner = collection.face_owners.get(face.face.face_id)
        if owner is not None and owner.id != person.id:
            return f"this picture is enrolled for {owner.name}: correct that first"
        present = collection.find(person.id)
        own = present.faces if present is not None else ()
        found = duplicates([face], own)
        if not found and not force:
            # That it looks like the one who was wrongly named is known, and is what is being corrected.
            denied = {person.id, wronged.id if wronged is not None else person.id}
            others = [one for one in collection.people if one.person.id not in denied]
            found = objections([face.face], own, Gallery(others, self._calibration))
        return _objected(found[face.face.face_id], person) if found else None

    def _gallery(self, collection: Collection) -> Gallery:
        return Gallery(collection.people, self._calibration)


def find_person(collection: Collection, text: str) -> Person:
    """The enrolled person with this id or name.

    Raises:
        UsageError: there is none, or several have the name.
    """
    by_id = collection.find(text)
    if by_id is not None:
        return by_id.person
    people = [enrolled.person for enrolled in collection.people]
    named = [person for person in people if person.name.casefold() == text.strip().casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        raise UsageError(f"{len(named)} people are called {text!r}: give the id, {' or '.join(p.id for p in named)}")
    close = get_close_matches(text, [name for person in people for name in (person.name, person.id)], n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise UsageError(f"nobody called {text!r} is enrolled: {hint}--new NAME names somebody new")


def best_crop(record: VisitRecord) -> KeptCrop:
    """The visit's best picture: a good one if there is any, then by its score."""
    crops = [crop for look in record.looks for crop in look.crops]
    return max(crops, key=lambda crop: (crop.poor is None, crop.quality.score))


def _says_already(record: VisitRecord, person: Person | None, enrol: bool) -> bool:
    """Whether the record says so as it is, and the picture is enrolled if it is to be."""
    said = record.correction
    stands = said.person if said is not None else record.named
    if (stands.id if stands else None) != (person.id if person else None):
        return False
    return not enrol or (said is not None and said.enrolled_face_id is not None)


def _objected(objection: Objection, person: Person) -> str:
    if objection.doubt is Doubt.UNLIKE:
        return f"the picture does not look like the other photos of {person.name}: if it is them, say --force"
    if objection.person is not None:
        return f"the picture looks like {objection.person.name}, who is enrolled: if it is not them, say --force"
    return f"{person.name} has a photo that is almost the same: nothing is lost"
