"""Which pictures are a person's: with made-up faces in a space that is equally crowded everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.admission import DUPLICATE_DISTANCE, Doubt, NewFace, Objection, duplicates, objections
from argus.core.collection import Enrolled, EnrolledFace
from argus.core.matching import Gallery
from argus.core.types import Person
from tests.core.measures import flat_calibration, real_calibration
from tests.made_up import face_id

APART = 0.5
"""Distance of two pictures of one person here: well under every threshold, which lie near 1 in this space."""


def picture(who: int, number: int) -> EnrolledFace:
    """One of somebody's pictures, APART from each other one, and 9 times the square root of 2 from everybody else's."""
    vector = np.zeros(128, np.float32)
    vector[who] = 9
    vector[20 + number] = APART / np.sqrt(2)
    return EnrolledFace(face_id(f"{who}/{number}"), vector)


def gallery(*people: tuple[str, Sequence[EnrolledFace]]) -> Gallery:
    return Gallery([Enrolled.of(Person(name, name.title()), faces) for name, faces in people], flat_calibration())


def doubts(found: dict[str, Objection]) -> dict[str, Doubt]:
    return {face_id_: objection.doubt for face_id_, objection in found.items()}


NOBODY = gallery()
ANN, BOB, EVE = ([picture(who, number) for number in range(4)] for who in range(3))


def test_pictures_of_one_person_are_all_welcome() -> None:
    assert objections(ANN, (), NOBODY) == {}
    assert objections(ANN[:1], (), gallery(("bob", BOB))) == {}
    assert objections(ANN[2:], ANN[:2], gallery(("bob", BOB))) == {}


def test_the_picture_of_somebody_else_among_a_persons_is_unlike_them() -> None:
    expected = {BOB[0].face_id: Doubt.UNLIKE}
    assert doubts(objections([*ANN[:2], BOB[0]], (), NOBODY)) == expected
    assert doubts(objections(BOB[:1], ANN[:1], NOBODY)) == expected


@pytest.mark.parametrize("faces", [[ANN[0], BOB[0]], [*ANN[:2], *BOB[:2]], [ANN[0], BOB[0], EVE[0]]])
def test_without_a_majority_nobody_knows_whose_pictures_they_are(faces: list[EnrolledFace]) -> None:
    assert doubts(objections(faces, (), NOBODY)) == {face.face_id: Doubt.UNLIKE for face in faces}


def test_pictures_that_are_enrolled_outvote_any_number_of_new_ones() -> None:
    assert doubts(objections(BOB, ANN[:1], NOBODY)) == {face.face_id: Doubt.UNLIKE for face in BOB}


def test_somebody_enrolled_before_is_named() -> None:
    people = gallery(("ann", ANN[:2]), ("eve", EVE))
    ann = Objection(Doubt.COLLISION, Person("ann", "Ann"))
    assert objections(ANN[2:3], (), people) == {ANN[2].face_id: ann}
    assert objections(ANN[2:], (), people) == {face.face_id: ann for face in ANN[2:]}
    assert objections([*BOB[:2], ANN[2]], (), people) == {ANN[2].face_id: ann}
    assert objections([ANN[2]], BOB[:1], people) == {ANN[2].face_id: ann}


def test_a_person_who_is_enrolled_may_look_like_another() -> None:
    twin = [EnrolledFace(face.face_id, face.vector + np.float32(0.02)) for face in ANN]
    people = gallery(("twin", twin[:2]))
    assert doubts(objections(ANN[2:], (), people)) == {face.face_id: Doubt.COLLISION for face in ANN[2:]}
    assert objections(ANN[2:], ANN[:2], people) == {}


@given(st.randoms(use_true_random=False), st.integers(0, 10_000))
def test_the_order_of_the_pictures_makes_no_difference(random: Random, seed: int) -> None:
    numbers = np.random.default_rng(seed)
    centres = numbers.normal(0, 0.1, (3, 128))
    faces = [
        EnrolledFace(face_id(f"{seed}/{number}"), (centres[number % 3] + numbers.normal(0, 0.03, 128)).astype("f4"))
        for number in range(int(numbers.integers(1, 9)))
    ]
    people = Gallery([Enrolled.of(Person("ann", "Ann"), faces[:1])], real_calibration())
    shuffled = random.sample(faces[1:], len(faces) - 1)
    assert objections(faces[1:], (), people) == objections(shuffled, (), people)
    new = [NewFace(face, round(random.random(), 1)) for face in faces]
    assert duplicates(new, ()) == duplicates(random.sample(new, len(new)), ())


def test_of_pictures_that_repeat_each_other_the_best_stays() -> None:
    def near(number: int, distance: float) -> EnrolledFace:
        vector = ANN[0].vector.copy()
        vector[100 + number] = distance
        return EnrolledFace(face_id(f"near {number}"), vector)

    good, copy, other = ANN[0], near(0, DUPLICATE_DISTANCE - 0.01), near(1, DUPLICATE_DISTANCE + 0.01)
    new = [NewFace(copy, 0.4), NewFace(good, 0.8), NewFace(other, 0.2)]
    assert duplicates(new, ()) == {copy.face_id: Objection(Doubt.DUPLICATE, face_id=good.face_id)}
    assert duplicates(new[1:2], [copy]) == {good.face_id: Objection(Doubt.DUPLICATE, face_id=copy.face_id)}
