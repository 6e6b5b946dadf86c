"""The health of collections whose faces are known: each person stands on an axis of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from argus.core.collection import Enrolled, EnrolledFace
from argus.core.errors import CalibrationError
from argus.core.genuine import GenuineScores
from argus.core.health import ENOUGH_NAMED, Health, Want, examine
from argus.core.types import EMBEDDING_SIZE, Person
from tests.core.measures import MODELS, flat_calibration

GENUINE = GenuineScores.parse((MODELS / "genuine.json").read_bytes())


def enrolled(name: str, *axes: int) -> Enrolled:
    """One photo for each axis; those on the same axis are alike, and none are equal."""
    faces = []
    for number, axis in enumerate(axes):
        vector = np.zeros(EMBEDDING_SIZE, np.float32)
        vector[axis], vector[100 + number] = 1, 0.2
        faces.append(EnrolledFace(hashlib.sha256(f"{name}/{number}".encode()).hexdigest(), vector))
    return Enrolled.of(Person(name, name.title()), faces)


def health(people: Sequence[Enrolled], rate: float = 0.01) -> Health:
    return examine(people, flat_calibration(), GENUINE, rate)


def test_four_photos_each_are_enough() -> None:
    found = health([enrolled(f"p{axis}", *[axis] * 4) for axis in range(20)])
    assert (found.people, found.photos) == (20, 80)
    assert found.strictness.expected_rate == pytest.approx(0.01)
    ((photos, people, by_picture, by_look),) = (
        (one.photos, one.people, one.by_picture, one.by_look) for one in found.named
    )
    assert (photos, people) == (4, 20)
    assert ENOUGH_NAMED < by_picture < by_look <= 1
    assert not found.needs_attention


def test_one_photo_is_not_enough_for_forty_people() -> None:
    people = [enrolled(f"p{axis}", *[axis] * (1 if axis < 2 else 4)) for axis in range(40)]
    found = health(people)
    assert [(one.person.id, one.photos, one.want) for one in found.wanted] == [
        ("p0", 1, Want.MORE_PHOTOS),
        ("p1", 1, Want.MORE_PHOTOS),
    ]
    assert [(one.photos, one.people) for one in found.named] == [(1, 2), (4, 38)]
    assert found.wanted[0].named == found.named[0].by_picture < ENOUGH_NAMED
    assert found.needs_attention


def test_a_photo_of_somebody_else_is_found() -> None:
    ann = enrolled("ann", 0, 0, 0, 9)
    (wanted,) = health([ann, enrolled("bob", 1, 1, 1, 1)]).wanted
    assert wanted.want is Want.UNLIKE_PHOTO
    assert wanted.face_ids == (hashlib.sha256(b"ann/3").hexdigest(),)


def test_of_two_photos_that_differ_both_are_named() -> None:
    (wanted,) = health([enrolled("ann", 0, 9), enrolled("bob", 1, 1, 1, 1)]).wanted
    assert set(wanted.face_ids) == set(enrolled("ann", 0, 9).face_ids)


def test_look_alikes_are_reported() -> None:
    found = health([enrolled("ann", *[0] * 4), enrolled("eve", *[0] * 4), enrolled("bob", *[1] * 4)])
    assert [[person.id for person in pair.people] for pair in found.look_alikes] == [["ann", "eve"]]
    assert found.needs_attention


def test_a_collection_beyond_the_calibration_is_warned_of() -> None:
    found = health([enrolled(f"p{axis}", *[axis] * 4) for axis in range(30)], rate=1e-4)
    assert found.strictness.warning is not None
    assert found.needs_attention


def test_nobody() -> None:
    found = health([])
    assert (found.people, found.photos, found.named, found.wanted) == (0, 0, (), ())
    assert not found.needs_attention


def test_a_rate_that_cannot_be() -> None:
    with pytest.raises(CalibrationError, match="lies between 0 and 1"):
        health([], rate=1)
