from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.collection import BUCKETS, Collection, Enrolled, EnrolledFace, bucket_of
from argus.core.types import PLAIN_MODEL_ID, Person, Template
from tests.made_up import enrolled, face, face_id, vector

ids = st.sampled_from([f"person-{number}" for number in range(12)])
changes = st.lists(
    st.one_of(
        st.tuples(st.just("add"), ids, st.integers(1, 3)),
        st.tuples(st.just("remove"), ids, st.just(0)),
        st.tuples(st.just("remove-face"), ids, st.integers(0, 2)),
    ),
    max_size=30,
)


@given(changes)
def test_behaves_like_a_dictionary_of_sets_and_keeps_other_buckets(steps: list[tuple[str, str, int]]) -> None:
    collection = Collection.of(())
    model: dict[str, set[str]] = {}
    for action, person_id, number in steps:
        before = collection
        if action == "add":
            faces = [face(f"{person_id}/{index}") for index in range(number)]
            collection = collection.with_faces(Person(person_id, "Name"), faces)
            model.setdefault(person_id, set()).update(one.face_id for one in faces)
        elif action == "remove":
            collection = collection.without_person(person_id)
            model.pop(person_id, None)
        else:
            collection = collection.without_face(person_id, face_id(f"{person_id}/{number}"))
            if person_id in model:
                model[person_id].discard(face_id(f"{person_id}/{number}"))
                if not model[person_id]:
                    del model[person_id]
        for bucket, people in before.buckets.items():
            if bucket != bucket_of(person_id):
                assert collection.buckets[bucket] is people
    assert {one.person.id: set(one.face_ids) for one in collection.people} == model
    assert [one.person.id for one in collection.people] == sorted(model)
    assert collection == Collection.of(collection.people)
    assert set(collection.face_owners) == {id_ for faces_ in model.values() for id_ in faces_}


def test_a_change_to_nothing_gives_the_same_object() -> None:
    collection = Collection.of([enrolled("ann"), enrolled("bob")])
    assert collection.with_person(enrolled("ann")) is collection
    assert collection.with_faces(enrolled("ann").person, enrolled("ann").faces[:1]) is collection
    assert collection.without_person("nobody") is collection
    assert collection.without_face("ann", face_id("nothing")) is collection
    assert collection.with_person(enrolled("ann", name="Anna")) is not collection


def test_strictness_stays_with_the_person() -> None:
    collection = Collection.of([enrolled("ann"), enrolled("bob")]).with_strictness("ann", 0.05)
    assert collection.find("bob") == enrolled("bob")
    more = collection.with_faces(Person("ann", "Anna"), [face("another")])
    for changed in (collection, more, more.without_face("ann", face_id("another"))):
        ann = changed.find("ann")
        assert ann is not None and ann.stricter_by == 0.05
    assert collection.with_strictness("ann", 0.05) is collection
    assert collection.with_strictness("nobody", 0.05) is collection
    assert collection.with_strictness("ann", 0.0) == Collection.of([enrolled("ann"), enrolled("bob")])
    for wrong in (-0.1, -0.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="stricter_by"):
            collection.with_strictness("ann", wrong)


def test_the_order_of_enrolment_leaves_no_trace() -> None:
    faces = [face(str(number)) for number in range(5)]
    there = Enrolled.of(Person("ann", "Ann"), faces)
    back = Enrolled.of(Person("ann", "Ann"), reversed(faces))
    assert there == back
    assert there.template.vector.tobytes() == back.template.vector.tobytes()


def test_the_template_is_the_mean_of_the_faces() -> None:
    ann = enrolled("ann", faces=3)
    expected = np.mean([one.vector for one in ann.faces], axis=0, dtype=np.float64)
    assert ann.template.pictures == 3
    np.testing.assert_allclose(ann.template.vector, expected, atol=1e-7)


def test_the_bucket_of_a_person_never_changes() -> None:
    assert [bucket_of(id_) for id_ in ("ann", "jörg-müller", "田中")] == [73, 239, 24]
    assert {bucket_of(f"person-{number}") for number in range(5000)} == set(range(BUCKETS))


@pytest.mark.parametrize(
    "make",
    [
        lambda: EnrolledFace("not a hash", vector("a")),
        lambda: EnrolledFace(face_id("a").upper(), vector("a")),
        lambda: EnrolledFace(face_id("a"), vector("a").astype(np.float64)),
        lambda: EnrolledFace(face_id("a"), vector("a")[:127]),
        lambda: EnrolledFace(face_id("a"), np.full(128, np.nan, np.float32)),
        lambda: Enrolled.of(Person("ann", "Ann"), []),
        lambda: Enrolled(Person("ann", "Ann"), (face("a"), face("a")), Template(vector("a"), 2)),
        lambda: Enrolled(Person("ann", "Ann"), (face("a"),), Template(vector("a"), 2)),
        lambda: Collection.of([enrolled("ann"), enrolled("ann", faces=1)]),
        lambda: Collection.of([enrolled("ann")], PLAIN_MODEL_ID),
        lambda: Collection.of((), PLAIN_MODEL_ID).with_person(enrolled("ann")),
    ],
)
def test_what_cannot_be_is_refused(make: object) -> None:
    with pytest.raises(ValueError):
        make()  # type: ignore[operator]
