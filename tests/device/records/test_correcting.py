from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.errors import CollectionMissing, UsageError
from argus.core.matching import Gallery, Outcome, Reason
from argus.core.types import Person, Template, Vector
from argus.device.records.best_picture import best_crop
from argus.device.records.correcting import Corrected, Corrector
from argus.device.records.store import RecordStore
from argus.device.records.values import KeptCrop, KeptLook, VisitRecord
from argus.storage.repository import CollectionRepository, folder_collection
from argus.vision.analyser import FaceAnalyser
from tests.core.measures import at, flat_calibration
from tests.device.records.kept import NOON, RATE, crop, look
from tests.made_up import face_id

MARIA, ANA = Person("maria", "Maria"), Person("ana", "Ana")
STRANGER = at(5, 0.55).vector
"""Nearer to Maria than her threshold is, and far from Ana."""


def enrolled(person: Person, *vectors: Vector, stricter_by: float = 0.0) -> Enrolled:
    faces = [EnrolledFace(face_id(f"{person.id}{number}"), vector) for number, vector in enumerate(vectors)]
    return Enrolled.of(person, faces, stricter_by=stricter_by)


def no_analyser() -> FaceAnalyser:
    raise AssertionError("no picture has to be looked at")


class House:
    """A collection with Maria and Ana, and the records of their visitors."""

    def __init__(self, folder: Path, store: RecordStore) -> None:
        self.folder = folder / "people"
        self.store = store
        self.repository: CollectionRepository = folder_collection(self.folder, lambda: NOON)
        people = [enrolled(MARIA, at(0, 0.3).vector), enrolled(ANA, at(1, 1.5).vector)]
        self.repository.update(lambda _: Collection.of(people))
        self.visits = 0

    def visit(self, *crops: KeptCrop) -> str:
        """A visit of somebody, decided against the people of now."""
        self.visits += 1
        visit_id = f"{self.visits:08d}"
        self.add_look(visit_id, look(list(crops), list(self.people.people)))
        return visit_id

    def add_look(self, visit_id: str, kept: KeptLook) -> None:
        self.store.add_look(visit_id, "hall", str(self.folder), kept, now=NOON, keep=timedelta(days=7))

    @property
    def people(self) -> Collection:
        return self.repository.load().collection

    def strictness(self, person: Person = MARIA) -> float:
        found = self.people.find(person.id)
        assert found is not None
        return found.stricter_by

    def correct(self, visit_id: str, person: Person | None) -> Corrected:
        corrector = Corrector(
            self.store,
            place=str(self.folder),
            repository=self.repository,
            calibration=flat_calibration(),
            analyser=no_analyser,
            now=lambda: NOON + timedelta(hours=1),
        )
        return corrector.correct(self.store.find(visit_id), person)

    def record(self, visit_id: str) -> VisitRecord:
        return self.store.find(visit_id)

    def outcome(self, vector: Vector) -> Outcome:
        """What a look at such a face comes to now."""
        return Gallery(self.people.people, flat_calibration()).decide(Template(vector, 1), RATE).outcome


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with RecordStore(tmp_path) as store:
        yield House(tmp_path, store)


def test_a_wrong_match_makes_the_person_stricter_just_so_far(house: House) -> None:
    visit_id = house.visit(crop(STRANGER))
    assert house.record(visit_id).named == MARIA
    corrected = house.correct(visit_id, None)
    assert corrected.before is not None and corrected.before.outcome is Outcome.MATCH
    assert corrected.after is not None and corrected.after.reason is Reason.NEAR_THRESHOLD
    best = corrected.after.best
    assert best is not None
    # By the slack within which faces are left open, and no farther.
    assert best.excess == pytest.approx(corrected.before.near)
    assert house.outcome(at(0, 0.3).vector) is Outcome.MATCH
    assert house.record(visit_id).outcome is Outcome.MATCH
    said = house.record(visit_id).correction
    assert said is not None and said.person is None and said.counter_example is not None


def test_nothing_of_the_stranger_is_put_into_the_collection(house: House) -> None:
    before = {one.person.id: one.faces for one in house.people.people}
    house.correct(house.visit(crop(STRANGER)), None)
    assert {one.person.id: one.faces for one in house.people.people} == before
    stored = b"".join(path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
    assert STRANGER.tobytes() not in stored


def test_the_same_again_changes_nothing(house: House) -> None:
    visit_id = house.visit(crop(STRANGER))
    house.correct(visit_id, None)
    stricter, version = house.strictness(), house.repository.load().version
    again = house.correct(visit_id, None)
    assert not again.changed and again.done == () and again.before == again.after
    assert (house.strictness(), house.repository.load().version) == (stricter, version)
    assert len(house.record(visit_id).corrections) == 1


def test_correcting_again_takes_it_back(house: House) -> None:
    visit_id = house.visit(crop(STRANGER))
    house.correct(visit_id, None)
    back = house.correct(visit_id, MARIA)
    assert house.strictness() == 0 and "raised again" in back.done[0]
    assert back.after is not None and back.after.person == MARIA
    house.correct(visit_id, ANA)
    assert house.strictness() > 0
    assert house.record(visit_id).correction is not None


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_counter_examples_each_can_be_taken_back(house: House, first: int) -> None:
    nearer, farther = house.visit(crop(at(5, 0.4).vector)), house.visit(crop(STRANGER))
    house.correct(farther, None)
    alone = {farther: house.strictness()}
    house.correct(nearer, None)
    alone[nearer] = house.strictness()
    assert alone[nearer] > alone[farther] > 0
    order = [nearer, farther][:: 1 if first == 0 else -1]
    house.correct(order[0], MARIA)
    assert house.strictness() == pytest.approx(alone[order[1]])
    house.correct(order[1], MARIA)
    assert house.strictness() == 0


def test_what_somebody_else_has_set_stays(house: House) -> None:
    visit_id = house.visit(crop(STRANGER))
    house.correct(visit_id, None)
    house.repository.update(lambda people: people.with_strictness("maria", 0.5))
    house.correct(visit_id, MARIA)
    assert house.strictness() == 0.5


def test_what_was_set_before_is_the_ground(house: House) -> None:
    house.repository.update(lambda people: people.with_strictness("maria", 0.01))
    visit_id = house.visit(crop(STRANGER))
    house.correct(visit_id, None)
    assert house.strictness() > 0.01
    house.correct(visit_id, MARIA)
    assert house.strictness() == 0.01


def test_a_visit_that_would_not_be_named_now_asks_for_nothing(house: House) -> None:
    visit_id = house.visit(crop(STRANGER))
    house.repository.update(lambda people: people.with_strictness("maria", 0.9))
    corrected = house.correct(visit_id, None)
    assert house.strictness() == 0.9 and "strict enough" in corrected.done[0]


def test_somebody_who_is_not_enrolled_any_more(house: House) -> None:
    visit_id = house.visit(crop(STRANGER))
    house.repository.update(lambda people: people.without_person("maria"))
    assert "not enrolled any more" in house.correct(visit_id, None).done[0]


def test_all_looks_count(house: House) -> None:
    visit_id = house.visit(crop(STRANGER))
    house.add_look(visit_id, look([crop(at(5, 0.4).vector)], list(house.people.people), decided=False))
    house.correct(visit_id, None)
    assert house.outcome(at(5, 0.4).vector) is not Outcome.MATCH


def test_own_photos_that_are_lost_are_counted(house: House) -> None:
    apart = enrolled(MARIA, at(0, 0.3).vector, at(0, -0.35).vector, at(2, 0.3).vector)
    house.repository.update(lambda people: people.with_person(apart))
    corrected = house.correct(house.visit(crop(at(5, 0.1).vector)), None)
    assert any("of Maria's 3 photos would no longer be recognised" in sentence for sentence in corrected.done)


def test_nobody_was_named(house: House) -> None:
    visit_id = house.visit(crop(at(5, 4).vector))
    assert house.record(visit_id).outcome is Outcome.UNKNOWN
    with pytest.raises(UsageError, match="say who it was with --is PERSON"):
        house.correct(visit_id, None)
    corrected = house.correct(visit_id, ANA)
    assert corrected.changed and corrected.done == ()
    assert not house.correct(visit_id, ANA).changed
    assert house.correct(visit_id, None).changed
    assert not house.correct(visit_id, None).changed


def test_an_error_of_the_collection_leaves_the_record(house: House) -> None:
    visit_id = house.visit(crop(STRANGER))
    (house.folder / "head.json").unlink()
    with pytest.raises(CollectionMissing):
        house.correct(visit_id, None)
    assert house.record(visit_id).corrections == ()


def test_the_best_picture_is_a_good_one(house: House) -> None:
    crops = [
        crop(STRANGER, score=0.5),
        crop(STRANGER, score=0.6),
        crop(STRANGER, score=0.9, poor=Reason.TURNED),
    ]
    assert best_crop(house.record(house.visit(*crops))).quality.score == 0.6
